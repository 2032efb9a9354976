//! HTTP.sys holds a record for the port that names no certificate, or no record at all: it hangs up on every ClientHello.
use crate::s0_reach::plain;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{Binding, End, Handshake, Stage, Trial};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, Finding, Impact, Layer, Name, Platform, Reading, Safety, Say, Standing,
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
    ],
    page: page!("null_certificate_hash"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let seen = hellos(look, e);
    if !seen.is_empty() && !seen.iter().any(|h| hung_up(h)) {
        return Ok(Outcome::Pass);
    }
    let records = records(e).map(|key| look.states::<Binding>(&key)).find(|s| !s.is_empty());
    let Some(states) = records else {
        if seen.is_empty() {
            return Ok(Outcome::NotApplicable);
        }
        let looked = look.whole::<Binding>()?;
        let headline = say!(
            "HTTP.sys has no certificate record for port {port}",
            "HTTP.sys에 {port}번 포트의 인증서 레코드가 없습니다",
            port = Arg::num(e.port)
        );
        // another program may own the port
        let f = look.absent(Impact::Broken, looked, headline).at_most(Standing::Likely);
        return Ok(bind(f.because(hangs_up()), Some(format!("ipport=0.0.0.0:{}", e.port)), false).into());
    };
    let empty = states.iter().filter(|s| s.cited.cert == Reading::Empty);
    let findings: Vec<Finding> = empty
        .map(|s| {
            let headline = say!(
                "the HTTP.sys record {record} names no certificate",
                "HTTP.sys 레코드 {record}에 인증서가 지정되어 있지 않습니다",
                record = Arg::quote(shown(&s.cited.row.what))
            );
            bind(look.state(Impact::Broken, s, headline).because(hangs_up()), argument(&s.cited.row.what), true)
        })
        .collect();
    Ok(findings.into())
}

/// What clients saw of the endpoint; of a wildcard, on every address.
fn hellos<'a>(look: &Look<'a>, e: &Endpoint) -> Vec<Cited<'a, Handshake>> {
    look.seen::<Handshake>()
        .filter(|h| h.trial == Trial::Base && h.port == e.port && (e.addr == Addr::Any || e.addr == Addr::Is(h.addr)))
        .filter(|h| e.name.is_none() || h.name == e.name)
        .collect()
}

fn hung_up(h: &Handshake) -> bool {
    h.stage == Stage::Nothing && matches!(h.end, End::Reset | End::Closed)
}

/// The records that could answer for an endpoint: an address and port before a name, a name before the wildcard.
fn records(e: &Endpoint) -> impl Iterator<Item = (Addr, u16, Option<Name>)> + use<> {
    let any = Addr::Any;
    [(e.addr, e.port, None), (e.addr, e.port, e.name.clone()), (any, e.port, e.name.clone()), (any, e.port, None)]
        .into_iter()
}

fn shown(b: &Binding) -> String {
    match (&b.name, b.addr) {
        (Some(n), _) => format!("{n}:{}", b.port),
        (None, Addr::Is(a)) => std::net::SocketAddr::new(a, b.port).to_string(),
        (None, Addr::Any) => format!("0.0.0.0:{}", b.port),
    }
}

fn hangs_up() -> Say {
    say!(
        "HTTP.sys picks the certificate by this record; without one it ends the connection after ClientHello, without an alert and without a Schannel event",
        "HTTP.sys는 이 레코드로 인증서를 고릅니다. 인증서가 없으면 경고(alert)나 Schannel 이벤트 없이 ClientHello 다음에 연결을 끊습니다"
    )
}

/// How `netsh` names a record; `None`: its name may not stand in a command.
fn argument(b: &Binding) -> Option<String> {
    match &b.name {
        Some(n) => plain(n).map(|n| format!("hostnameport={n}:{}", b.port)),
        None => Some(format!("ipport={}", shown(b))),
    }
}

/// Where a record stands and is empty, it goes first.
fn bind(f: Finding, record: Option<String>, stands: bool) -> Finding {
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "choose the certificate again in the site's https binding (IIS Manager), or make the record anew with the thumbprint of a certificate that has its private key",
            "IIS 관리자의 https 바인딩에서 인증서를 다시 선택하거나, 개인 키가 있는 인증서의 지문으로 레코드를 다시 만듭니다"
        ),
    )
    .run(Platform::Windows, "netsh http show sslcert");
    let Some(at) = record else { return f.cure(c) };
    let c = if stands { c.run(Platform::Windows, format!("netsh http delete sslcert {at}")) } else { c };
    let add = format!(
        "netsh http add sslcert {at} certhash=THUMBPRINT appid={{4dc3e181-e14b-4a21-b022-59fc669b0914}} certstorename=MY"
    );
    f.cure(c.run(Platform::Windows, add))
}
