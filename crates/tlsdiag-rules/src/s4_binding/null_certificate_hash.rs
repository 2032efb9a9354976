//! HTTP.sys holds a record for the port that names no certificate, or no record at all: it hangs up on every ClientHello.
use super::commands::{Commands, called, place};
use super::records::{
    CENTRAL, Need, SNI, answering, central, hellos, hung_up, need, of_app, own, site_name, sites, sites_at, successor,
    thumb_of, wanted, weigh,
};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, State, explains, page};
use tlsdiag_model::facts::{Binding, RecordKind, SiteBinding};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, Finding, Impact, Layer, Platform, Reading, Safety, Say, Standing, Thumb,
    Tpl, say,
};

/// A record without a certificate.
pub static RULE: Rule = Rule {
    code: Code(4001),
    slug: "null-certificate-hash",
    title: Tpl { en: "HTTP.sys has no certificate for the port", ko: "HTTP.sys의 포트에 인증서가 없음" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindHttpsysMissing],
    explains: &[explains(5001), explains(5002)],
    routine: false,
    check,
    sources: &[
        "Microsoft: Troubleshooting SSL related issues, scenario 4",
        "Microsoft: netsh http show sslcert",
        "Microsoft: HttpSetServiceConfiguration",
        "Microsoft: IIS Central Certificates (a record of the central store has no hash)",
    ],
    page: page!("null_certificate_hash"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let seen = hellos(look, e);
    if !seen.is_empty() && !seen.iter().any(|h| hung_up(h)) {
        return Ok(Outcome::Pass);
    }
    let states = own(look, e);
    if !states.is_empty() {
        let empty = states.iter().filter(|s| s.cited.hash == Reading::Empty && !central(&s.cited));
        let needed = empty.filter(|s| !matches!(need(look, &s.cited), Need::Nobody(_)));
        return Ok(needed.map(|s| nameless(look, s)).collect::<Vec<Finding>>().into());
    }
    let site = sites_at(look, e).into_iter().next();
    // the site's own binding is judged as such
    let of_site =
        sites(look).iter().any(|s| s.port == e.port && s.addr.covers(e.addr) && (s.name.is_none() || s.name == e.name));
    if site.is_none() && (seen.is_empty() || of_site) || covered(look, e, site.as_ref()) {
        return Ok(Outcome::NotApplicable);
    }
    let looked = look.whole::<Binding>()?;
    let f = match &site {
        Some(s) => {
            let headline = say!(
                "HTTP.sys has no record for the https binding {place} of site {site}",
                "사이트 {site}의 https 바인딩 {place}에 해당하는 HTTP.sys 레코드가 없습니다",
                place = Arg::quote(called(&record_for(s))),
                site = site_name(s)
            );
            look.absent(Impact::Broken, looked, headline).and(s.at)
        }
        None => {
            let headline = say!(
                "HTTP.sys has no certificate record for port {port}",
                "HTTP.sys에 {port}번 포트의 인증서 레코드가 없습니다",
                port = Arg::num(e.port)
            );
            // another program may own the port
            look.absent(Impact::Broken, looked, headline).at_most(Standing::Likely)
        }
    };
    let record = match &site {
        Some(s) => record_for(s),
        None => Binding::new(Addr::AnyV4, e.port, None, Reading::Empty),
    };
    Ok(bind(look, f.because(hangs_up()), &record, false).into())
}

/// A record that could answer for the endpoint stands elsewhere. A binding that takes its certificate from the central
/// store is served by that store's record alone.
fn covered(look: &Look<'_>, e: &Endpoint, site: Option<&Cited<'_, SiteBinding>>) -> bool {
    let from_central = site.is_some_and(|s| s.flags.unwrap_or(0) & CENTRAL != 0);
    answering(look, e).iter().any(|b| !from_central || central(b))
}

/// The record that IIS makes for a binding.
pub(crate) fn record_for(s: &SiteBinding) -> Binding {
    let flags = s.flags.unwrap_or(0);
    let (kind, name) = match &s.name {
        _ if flags & CENTRAL != 0 => (RecordKind::Ccs, None),
        Some(n) if flags & SNI != 0 => (RecordKind::HostnamePort, Some(n.clone())),
        _ => (RecordKind::IpPort, None),
    };
    let addr = match (kind, s.addr) {
        (RecordKind::IpPort, Addr::Any) => Addr::AnyV4,
        (RecordKind::IpPort, a) => a,
        _ => Addr::Any,
    };
    Binding { kind, store: s.store.clone(), ..Binding::new(addr, s.port, name, Reading::Empty) }
}

fn nameless<'a>(look: &Look<'a>, s: &State<'a, Binding>) -> Finding {
    let b = &s.cited.row.what;
    let headline = say!(
        "the HTTP.sys record {record} names no certificate",
        "HTTP.sys 레코드 {record}에 인증서가 지정되어 있지 않습니다",
        record = Arg::quote(called(b))
    );
    let f = weigh(look, s, look.state(Impact::Broken, s, headline)).because(hangs_up());
    let f = match need(look, b) {
        Need::Site(site) => f.and(site.at).because(say!(
            "site {site} is bound to {place}",
            "사이트 {site}의 바인딩: {place}",
            site = site_name(&site),
            place = Arg::term(place(site.addr, site.port))
        )),
        _ => f,
    };
    bind(look, of_app(b, f), b, true)
}

fn hangs_up() -> Say {
    say!(
        "HTTP.sys picks the certificate by this record; without one it ends the connection after ClientHello, without an alert and without a Schannel event",
        "HTTP.sys는 이 레코드로 인증서를 고릅니다. 인증서가 없으면 경고(alert)나 Schannel 이벤트 없이 ClientHello 다음에 연결을 끊습니다"
    )
}

/// Where a record stands and is empty, it goes first.
fn bind(look: &Look<'_>, f: Finding, b: &Binding, stands: bool) -> Finding {
    let commands = Commands::of(look);
    if central(b) {
        let c = Cure::new(
            Safety::Confirm,
            say!(
                "choose the central certificate store again in the site's https binding, or make its record; it needs no thumbprint",
                "https 바인딩에서 중앙 인증서 저장소를 다시 선택하거나 그 레코드를 만듭니다. 지문은 필요하지 않습니다"
            ),
        );
        if stands {
            return f.cure(commands.replace(c, b, None, None));
        }
        let c = c.run(Platform::Windows, commands.show_records());
        return f
            .cure(commands.add_record(b, None, None).into_iter().fold(c, |c, line| c.run(Platform::Windows, line)));
    }
    let nobody: Option<Thumb> = Thumb::of_octets(&[0; 20]);
    let fit = nobody.and_then(|no| successor(look, &wanted(look, b), &no));
    let (thumb, store) = match &fit {
        Some(s) => (thumb_of(s), Some(s.row.what.store.as_str())),
        None => (None, b.store.as_deref()),
    };
    let say = match thumb {
        Some(t) => say!(
            "choose the certificate again in the site's https binding (IIS Manager), or make the record anew; {thumb} is in the store and fits",
            "IIS 관리자의 https 바인딩에서 인증서를 다시 선택하거나 레코드를 다시 만듭니다. 저장소의 {thumb:이} 맞는 인증서입니다",
            thumb = Arg::term(t)
        ),
        None => say!(
            "choose the certificate again in the site's https binding (IIS Manager), or make the record anew with the thumbprint of a certificate that has its private key",
            "IIS 관리자의 https 바인딩에서 인증서를 다시 선택하거나, 개인 키가 있는 인증서의 지문으로 레코드를 다시 만듭니다"
        ),
    };
    let c = Cure::new(Safety::Confirm, say);
    let c = if stands {
        commands.replace(c, b, thumb, store)
    } else {
        let c = c.run(Platform::Windows, commands.show_records());
        commands.add_record(b, thumb, store).into_iter().fold(c, |c, line| c.run(Platform::Windows, line))
    };
    f.cure(c)
}
