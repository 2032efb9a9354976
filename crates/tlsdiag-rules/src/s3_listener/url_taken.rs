//! Another program holds the site's URL in HTTP.sys: the port is right, and the answers are not the site's.
use crate::s4_binding::records::{parts_of, site_name, sites_at};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Process, Url};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Platform, Safety, Standing, Tpl, say};

/// Taken.
pub static RULE: Rule = Rule {
    code: Code(3005),
    slug: "url-taken-by-another",
    title: Tpl {
        en: "another program holds the site's URL in HTTP.sys",
        ko: "다른 프로그램이 HTTP.sys에서 사이트의 URL을 쓰고 있음",
    },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::BindPortOwner],
    explains: &[explains(7002)],
    routine: false,
    check,
    sources: &[
        "Microsoft: UrlPrefix strings (a strong wildcard + goes before host names, a weak one * after)",
        "Microsoft: netsh http show servicestate",
    ],
    page: page!("url_taken"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let mine = sites_at(look, e);
    let Some(site) = mine.first() else { return Err(Stop::NotApplicable) };
    // only the whole of the host stands in the way of a site; programs share a port by paths
    let whole = |u: &Url| {
        u.active
            && parts_of(&u.url).is_some_and(|(host, port, path)| {
                let same = site.row.what.name.as_ref().is_some_and(|n| n.as_str().eq_ignore_ascii_case(host));
                port == e.port
                    && path.is_empty()
                    && (host == "+" || same || host == "*" && site.row.what.name.is_none())
            })
    };
    let mut all: Vec<_> = look.seen::<Url>().filter(|u| whole(u)).collect();
    if all.is_empty() {
        return Err(Stop::NotApplicable);
    }
    all.sort_by(|a, b| (&a.row.what, a.at).cmp(&(&b.row.what, b.at)));
    let Some((url, process)) = all.iter().find_map(|u| other(look, u).map(|p| (u, p))) else {
        // a process that nobody has named may be anybody's
        let named = |pid: &u32| look.seen::<Process>().any(|p| p.pid == *pid);
        if all.iter().any(|u| !u.pids.is_empty() && !u.pids.iter().any(named)) {
            look.whole::<Process>()?;
            return Ok(Outcome::NotApplicable);
        }
        return Ok(Outcome::Pass);
    };
    let who = Arg::Say(Box::new(say!(
        "{program} (process {pid})",
        "{program}(프로세스 {pid})",
        program = Arg::quote(&process.row.what.name),
        pid = Arg::num(process.pid)
    )));
    let headline = say!(
        "{who} holds {url} in HTTP.sys, in the way of site {site}",
        "{who:이} HTTP.sys에서 {url:을} 쓰고 있어 사이트 {site:을} 가로막습니다",
        who = who,
        url = Arg::quote(&url.row.what.url),
        site = site_name(site)
    );
    let f = look
        .reads_as(Impact::Broken, url, headline)
        .and(process.at)
        .and(site.at)
        .at_most(Standing::Likely)
        .because(say!(
            "netstat shows process 4 for both, so the port does not tell them apart; requests go to whoever holds the URL, under the same certificate",
            "netstat에는 둘 다 프로세스 4로 나오므로 포트만으로는 구별되지 않습니다. 요청은 같은 인증서로 URL을 가진 프로그램에 갑니다"
        ))
        .cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "give the program a URL with a path or port of its own, or stop it; then start the site",
                    "그 프로그램에 별도의 경로나 포트를 지정하거나 중지한 뒤 사이트를 시작합니다"
                ),
            )
            .run(Platform::Windows, "netsh http show servicestate view=requestq")
            .run(Platform::Windows, "netsh http show urlacl"),
        );
    Ok(f.into())
}

/// The process behind a URL that is not a worker of IIS. A queue without a process waits for IIS to start one.
fn other<'a>(look: &Look<'a>, u: &Cited<'a, Url>) -> Option<Cited<'a, Process>> {
    let mut rows: Vec<_> = look.seen::<Process>().filter(|p| u.pids.contains(&p.pid)).collect();
    rows.sort_by(|a, b| (&a.row.what, a.at).cmp(&(&b.row.what, b.at)));
    let iis = |p: &Process| {
        ["w3wp.exe", "inetinfo.exe", "iisexpress.exe"].iter().any(|n| p.name.eq_ignore_ascii_case(n))
            || p.services.iter().any(|s| ["w3svc", "was", "iisadmin"].contains(&s.to_ascii_lowercase().as_str()))
    };
    if rows.iter().any(|p| iis(p)) {
        return None;
    }
    rows.into_iter().next()
}
