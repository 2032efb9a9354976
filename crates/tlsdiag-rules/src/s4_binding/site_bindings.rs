//! What IIS has in its configuration and what HTTP.sys has, where the two do not fit.
use super::commands::{Commands, called};
use super::records::{
    CENTRAL, Need, SNI, answering, central, covers, held, need, own, site_name, sites, sites_at, successor, thumb_of,
    works,
};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Binding, RecordKind, SiteBinding, Stored};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Reading, Safety, Standing, Thumb, Tpl, Who, say,
};

/// Left over.
pub static LEFT_OVER: Rule = Rule {
    code: Code(4009),
    slug: "record-without-site",
    title: Tpl {
        en: "a record of HTTP.sys that no site uses", ko: "사용하는 사이트가 없는 HTTP.sys 레코드"
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[],
    explains: &[],
    routine: false,
    check: left_over,
    sources: &["Microsoft: IIS and HTTP.sys keep bindings apart (applicationHost.config, netsh http show sslcert)"],
    page: page!("site_bindings"),
};

/// Flags that contradict the rest of the binding.
pub static FLAGS: Rule = Rule {
    code: Code(4012),
    slug: "ssl-flags-conflict",
    title: Tpl {
        en: "the binding's sslFlags do not fit the rest of it",
        ko: "바인딩의 sslFlags가 나머지 설정과 맞지 않음",
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindFlagsWrong],
    explains: &[explains(4001)],
    routine: false,
    check: flags,
    sources: &["Microsoft: IIS <binding> sslFlags"],
    page: page!("site_bindings"),
};

/// A site by name without a record by name.
pub static NO_NAME: Rule = Rule {
    code: Code(4031),
    slug: "name-without-record",
    title: Tpl {
        en: "HTTP.sys has no record for the site's name", ko: "사이트 이름의 HTTP.sys 레코드가 없음"
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindHttpsysMissing, Cause::BindNoCertForName],
    explains: &[explains(2530)],
    routine: false,
    check: no_name,
    sources: &[
        "Microsoft: IIS Server Name Indication (hostnameport records)",
        "Microsoft KB 2405568: deleting a binding in IIS Manager removes a record that others share",
    ],
    page: page!("site_bindings"),
};

fn left_over(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let states = own(look, e);
    let Some(s) = states.last() else { return Err(Stop::NotApplicable) };
    let b = &s.cited.row.what;
    let Need::Nobody(at) = need(look, b) else { return Err(Stop::NotApplicable) };
    let headline = say!(
        "the HTTP.sys record {record} was made by IIS, which has no https site for it",
        "HTTP.sys 레코드 {record:은} IIS가 만들었으나 이 레코드를 쓰는 https 사이트가 없습니다",
        record = Arg::quote(called(b))
    );
    let f = look.state(Impact::Note, s, headline).and(at).because(say!(
        "a site that was removed or stopped leaves its record behind; it harms only where it answers before another",
        "사이트를 제거하거나 중지하면 레코드가 남습니다. 다른 레코드보다 먼저 응답하는 경우에만 문제가 됩니다"
    ));
    let commands = Commands::of(look);
    let c = Cure::new(Safety::Confirm, say!("delete it, once nobody needs it", "필요 없음을 확인한 뒤 삭제합니다"))
        .run(Platform::Windows, commands.show_records());
    let c = commands.delete_record(b).into_iter().fold(c, |c, line| c.run(Platform::Windows, line));
    Ok(f.cure(c).into())
}

fn flags(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let mine = sites_at(look, e);
    if mine.is_empty() {
        return Err(Stop::NotApplicable);
    }
    if works(look, e) {
        return Ok(Outcome::Pass);
    }
    let mut out: Vec<Finding> = vec![];
    for s in &mine {
        match s.flags {
            Some(f) if f & SNI != 0 && s.name.is_none() => out.push(without_name(look, s)),
            Some(f) if f & (SNI | CENTRAL) == 0 => out.extend(by_name_only(look, s)),
            _ => {}
        }
    }
    let others = mine.iter().skip(1).find(|o| mine.first().is_some_and(|f| f.site != o.site));
    if let (Some(first), Some(other)) = (mine.first(), others) {
        out.push(twice(look, first, other));
    }
    Ok(if out.is_empty() { Outcome::NotApplicable } else { out.into() })
}

fn without_name<'a>(look: &Look<'a>, s: &Cited<'a, SiteBinding>) -> Finding {
    let headline = say!(
        "the https binding of site {site} asks for SNI (sslFlags {flags}) and has no host name",
        "사이트 {site}의 https 바인딩은 SNI를 쓰도록 되어 있으나(sslFlags {flags}) 호스트 이름이 없습니다",
        site = site_name(s),
        flags = Arg::num(s.flags.unwrap_or(0))
    );
    look.reads_as(Impact::Broken, s, headline)
        .at_most(Standing::Likely)
        .because(say!(
            "bit 1 of sslFlags makes the record one by name; without a name there is none to make",
            "sslFlags의 비트 1은 이름으로 찾는 레코드를 뜻합니다. 이름이 없으면 레코드를 만들 수 없습니다"
        ))
        .cure(Cure::new(
            Safety::Confirm,
            say!(
                "enter the host name in the binding, or clear Require Server Name Indication (sslFlags 0)",
                "바인딩에 호스트 이름을 입력하거나 서버 이름 표시 필요를 해제합니다(sslFlags 0)"
            ),
        ))
}

/// Without SNI the certificate belongs to address and port; here only a record by name stands.
fn by_name_only<'a>(look: &Look<'a>, s: &Cited<'a, SiteBinding>) -> Option<Finding> {
    let name = s.row.what.name.as_ref()?;
    let by_name = |b: &Cited<'_, Binding>| {
        b.kind == RecordKind::HostnamePort && b.port == s.port && b.name.as_ref() == Some(name)
    };
    let record = look.seen::<Binding>().find(|b| by_name(b))?;
    let by_place = |b: &Cited<'_, Binding>| {
        b.kind == RecordKind::IpPort && b.port == s.port && (s.addr.meets(b.addr) || b.addr == Addr::AnyV4)
    };
    if look.seen::<Binding>().any(|b| by_place(&b)) {
        return None;
    }
    let whole = look.whole::<Binding>().ok()?;
    let headline = say!(
        "site {site} is bound without SNI, HTTP.sys has only a record by name for it",
        "사이트 {site:은} SNI 없이 바인딩되어 있으나 HTTP.sys에는 이름 레코드만 있습니다",
        site = site_name(s)
    );
    let f = look.reads_as(Impact::Partial, s, headline).and(record.at).and(whole).who(Who::Clients(say!(
        "clients that send no server name (old ones, probes of load balancers)",
        "서버 이름을 보내지 않는 클라이언트(오래된 클라이언트, 부하 분산 장치의 상태 검사)"
    )));
    Some(f.cure(Cure::new(
        Safety::Confirm,
        say!(
            "tick Require Server Name Indication in the binding, as its record is, or bind the certificate to the address too",
            "레코드에 맞게 바인딩에서 서버 이름 표시 필요를 선택하거나, 인증서를 주소에도 바인딩합니다"
        ),
    )))
}

fn twice<'a>(look: &Look<'a>, a: &Cited<'a, SiteBinding>, b: &Cited<'a, SiteBinding>) -> Finding {
    let headline = say!(
        "sites {a} and {b} claim the same https binding; IIS starts only one of them",
        "사이트 {a:과} {b}의 https 바인딩이 같습니다. IIS는 그중 하나만 시작합니다",
        a = site_name(a),
        b = site_name(b)
    );
    look.reads_as(Impact::Partial, a, headline)
        .and(b.at)
        .at_most(Standing::Likely)
        .who(Who::Clients(say!("visitors of the site that did not start", "시작되지 않은 사이트의 방문자")))
        .cure(Cure::new(
            Safety::Confirm,
            say!("give each its own host name or address", "사이트마다 다른 호스트 이름이나 주소를 지정합니다"),
        ))
}

fn no_name(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let by_name = |s: &Cited<'_, SiteBinding>| s.flags.is_some_and(|f| f & (SNI | CENTRAL) == SNI);
    let Some(site) = sites_at(look, e).into_iter().find(by_name) else { return Err(Stop::NotApplicable) };
    let Some(name) = &site.row.what.name else { return Err(Stop::NotApplicable) };
    let fits = |b: &Cited<'_, Binding>| b.port == e.port && (b.name.as_ref() == Some(name) || central(b));
    if look.seen::<Binding>().any(|b| fits(&b)) {
        return Ok(Outcome::Pass);
    }
    let whole = look.whole::<Binding>()?;
    // none at all is another fault
    let Some(other) = answering(look, e).into_iter().next() else { return Err(Stop::NotApplicable) };
    let cert: Option<Cited<'_, Stored>> = match &other.row.what.hash {
        Reading::Good(t) => held(look, t).into_iter().next(),
        _ => None,
    };
    let covered = cert.as_ref().and_then(|c| covers(look, c, name.as_str()));
    if covered == Some(true) {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "HTTP.sys has no record for {name}:{port}, which site {site} needs; visitors get the certificate of {other}",
        "사이트 {site}에 필요한 {name}:{port}의 HTTP.sys 레코드가 없어 방문자는 {other}의 인증서를 받습니다",
        name = Arg::quote(name),
        port = Arg::num(e.port),
        site = site_name(&site),
        other = Arg::quote(called(&other))
    );
    let mut f = look.absent(Impact::Broken, whole, headline).and(site.at).and(other.at);
    f = match covered {
        Some(_) => {
            f.because(say!("that certificate does not hold for the name", "그 인증서는 이 이름을 포함하지 않습니다"))
        }
        None => f.at_most(Standing::Likely),
    };
    let record = Binding::new(Addr::Any, e.port, Some(name.clone()), Reading::Empty);
    let named = [name.to_string()];
    let new = Thumb::of_octets(&[0; 20]).and_then(|no| successor(look, &named, &no));
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "choose the certificate again in the site's https binding, or make the record",
            "사이트의 https 바인딩에서 인증서를 다시 선택하거나 레코드를 만듭니다"
        ),
    );
    let line = Commands::of(look).add_record(
        &record,
        new.as_ref().and_then(thumb_of),
        new.as_ref().map(|n| n.row.what.store.as_str()),
    );
    let all = sites(look);
    let c = line.into_iter().fold(c, |c, line| c.run(Platform::Windows, line));
    let f = match all.iter().find(|s| s.at != site.at && s.port == e.port) {
        Some(_) => f.because(say!(
            "deleting another binding of the same port in IIS Manager may have taken it away",
            "IIS 관리자에서 같은 포트의 다른 바인딩을 삭제할 때 함께 지워졌을 수 있습니다"
        )),
        None => f,
    };
    Ok(f.cure(c).into())
}
