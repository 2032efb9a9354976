//! Something answers on the port, and it does not speak TLS: plain http, or another protocol altogether.
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{End, Handshake, Opening, Spoke, Stage, Talk};
use tlsdiag_model::{
    Arg, Cause, Code, Cure, Finding, Impact, Layer, Origin, Platform, Safety, Say, Standing, Tpl, say,
};

/// Plain http where TLS should be.
pub static PLAIN_HTTP: Rule = Rule {
    code: Code(3101),
    slug: "plain-http",
    title: Tpl { en: "the port speaks plain http", ko: "포트가 TLS 없는 http로 응답함" },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::ProtoPlainOnTlsPort],
    explains: &[explains(5001), explains(5002), explains(5007)],
    routine: false,
    check: plain_http,
    sources: &["RFC 9110 section 4.2.2 (https is TLS from the first byte)", "RFC 9112 section 2.1 (status line)"],
    page: page!("other_protocol"),
};

/// Another protocol.
pub static OTHER: Rule = Rule {
    code: Code(3102),
    slug: "other-protocol",
    title: Tpl { en: "the port speaks another protocol", ko: "포트가 다른 프로토콜로 응답함" },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::ProtoOtherProtocol],
    explains: &[explains(5001), explains(5002), explains(5007), explains(5030)],
    routine: false,
    check: other_protocol,
    sources: &[
        "RFC 8446 section 5.1 (every record begins with a content type)",
        "RFC 8314 (STARTTLS and TLS from the first byte)",
    ],
    page: page!("other_protocol"),
};

/// Protocols that begin in clear text and change to TLS on request.
const UPGRADED: [&str; 11] =
    ["SMTP", "FTP", "SMTP or FTP", "POP3", "IMAP", "NNTP", "ManageSieve", "LDAP", "XMPP", "PostgreSQL", "MySQL"];

/// Words of the probe for http in clear text.
fn is_http(protocol: &str) -> bool {
    protocol == "HTTP" || protocol == "HTTP/2 without TLS"
}

/// Nothing of TLS came, so something else may speak here.
fn speechless(h: &Handshake) -> bool {
    h.stage <= Stage::Partial
        && matches!(h.end, End::Reset | End::Closed | End::Silent { .. } | End::Pending { .. } | End::Garbled(_))
}

fn plain_http(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    let headline = || {
        say!(
            "port {port} answers in plain http, not TLS",
            "{port}번 포트가 TLS가 아닌 http로 응답합니다",
            port = Arg::num(base.port)
        )
    };
    if let End::NotTls(protocol) = &base.end {
        if !is_http(protocol) {
            return Ok(Outcome::Pass);
        }
        let f = look.reads_as(Impact::Broken, &base, headline()).because(say!(
            "the answer to ClientHello was an http response in clear text",
            "ClientHello에 대한 응답이 암호화되지 않은 http 응답이었습니다"
        ));
        return Ok(serve_tls(f, base.port).into());
    }
    if !speechless(&base) || matches!(base.end, End::Garbled(_)) {
        return Ok(Outcome::Pass);
    }
    let talk = look.talk(Opening::HttpGet)?;
    let Spoke::Http { status, location, wants_tls, .. } = &talk.spoke else { return Ok(Outcome::Pass) };
    // a TLS server may know plain http when it sees it, and say so or send the client to https
    if *wants_tls || location.as_ref().is_some_and(|l| l.get(..8).is_some_and(|s| s.eq_ignore_ascii_case("https://"))) {
        return Ok(Outcome::Pass);
    }
    // a slow TLS server may still answer
    let base = look.settled_base()?;
    let mut f = with_base(look.reads_as(Impact::Broken, &talk, headline()), &base).because(say!(
        "ClientHello got no TLS answer, and a plain http request on the same port got status {status}",
        "ClientHello에는 TLS 응답이 없었지만 같은 포트에 http로 요청하니 상태 {status:이} 돌아왔습니다",
        status = Arg::num(*status)
    ));
    if *status == 400 {
        // some TLS servers answer so without saying why
        f = f.at_most(Standing::Likely);
    }
    Ok(serve_tls(f, base.port).into())
}

/// Ties a finding on a conversation to the handshake that it accounts for.
fn with_base(mut f: Finding, base: &Cited<'_, Handshake>) -> Finding {
    f.held = f.held.join(base.row.span);
    f.and(base.at)
}

fn serve_tls(f: Finding, port: u16) -> Finding {
    f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "switch TLS on for this listener, with certificate and key",
                "이 수신기에 인증서와 개인 키를 지정하고 TLS를 켭니다"
            ),
        )
        .run(Platform::Any, format!("listen {port} ssl;  # nginx, with ssl_certificate and ssl_certificate_key"))
        .run(Platform::Any, "SSLEngine on  # Apache, in the VirtualHost of this port")
        .run(Platform::Any, format!("bind :{port} ssl crt /etc/haproxy/site.pem  # HAProxy")),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "if TLS ends at a proxy or load balancer, this port belongs behind it: let it forward here by http, and visitors come to its port",
            "TLS를 프록시나 부하 분산 장치에서 끝낸다면 이 포트는 그 뒤에 있어야 합니다. 그 장치가 http로 여기에 전달하고 방문자는 장치의 포트로 오게 합니다"
        ),
    ))
}

fn other_protocol(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if let End::NotTls(protocol) = &base.end {
        if is_http(protocol) || protocol.starts_with("SSLv2") {
            return Ok(Outcome::Pass);
        }
        let talk = look.talk(Opening::Listened);
        let spoken = talk.as_ref().ok().and_then(spoken);
        if let Err(Stop::Missing(ask)) = talk {
            look.wish(ask);
        }
        let name = spoken.as_ref().map_or(protocol.as_str(), |(_, p, _)| p);
        let line = spoken.as_ref().map(|(_, _, greeting)| (*greeting).to_owned()).or_else(|| first_line(&base));
        let f = look.reads_as(Impact::Broken, &base, headline(base.port, name));
        let f = match &spoken {
            Some((t, ..)) => f.and(t.at),
            None => f,
        };
        return Ok(told(f, name, line).into());
    }
    if !speechless(&base) {
        return Ok(Outcome::Pass);
    }
    // a server that speaks first waits for its turn or hangs up; one that is asked answers in its own tongue
    for opening in [Opening::Listened, Opening::HttpGet] {
        let talk = look.talk(opening)?;
        if let Some((_, protocol, greeting)) = spoken(&talk) {
            let base = look.settled_base()?;
            let f = with_base(look.reads_as(Impact::Broken, &talk, headline(base.port, protocol)), &base);
            return Ok(told(f, protocol, Some(greeting.to_owned())).into());
        }
    }
    Ok(Outcome::Pass)
}

/// The protocol and the greeting of a conversation, where it is neither TLS nor http.
fn spoken<'a>(t: &Cited<'a, Talk>) -> Option<(Cited<'a, Talk>, &'a str, &'a str)> {
    match &t.row.what.spoke {
        Spoke::Other { protocol, greeting } if !is_http(protocol) => Some((*t, protocol, greeting)),
        _ => None,
    }
}

/// The first line of what came, from the bytes that are kept of every conversation.
fn first_line(h: &Cited<'_, Handshake>) -> Option<String> {
    let first = h.row.examples.iter().find_map(|o| match o {
        Origin::Probe { first, .. } if !first.is_empty() => Some(first),
        _ => None,
    })?;
    let line = first.split(|b| *b == b'\n').next().unwrap_or_default();
    match std::str::from_utf8(line) {
        Ok(text) => Some(text.trim_end().to_owned()).filter(|t| !t.is_empty()),
        // no text at all: bytes, as a dump shows them
        Err(_) => Some(first.iter().take(16).map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")),
    }
}

fn headline(port: u16, protocol: &str) -> Say {
    let port = Arg::num(port);
    if protocol == "unknown" {
        return say!(
            "port {port} answers with something that is not TLS",
            "{port}번 포트의 응답이 TLS가 아닙니다",
            port = port
        );
    }
    say!(
        "port {port} speaks {protocol}, not TLS",
        "{port}번 포트는 TLS가 아니라 {protocol:로} 응답합니다",
        port = port,
        protocol = Arg::quote(protocol)
    )
}

fn told(f: Finding, protocol: &str, line: Option<String>) -> Finding {
    let f = match line {
        Some(l) => f.because(say!("it says: {line}", "받은 내용: {line}", line = Arg::quote(l))),
        None => f.because(say!(
            "what came does not begin as a TLS record does",
            "받은 내용이 TLS 레코드로 시작하지 않습니다"
        )),
    };
    if UPGRADED.contains(&protocol) {
        return f.labels(&[Cause::ProtoOtherProtocol, Cause::ProtoStarttlsMismatch]).cure(Cure::new(
            Safety::Manual,
            say!(
                "this service begins in clear text and changes to TLS on request: use its port for TLS from the first byte, or a client that asks for the change",
                "이 서비스는 평문으로 시작해 요청을 받으면 TLS로 바꿉니다. 처음부터 TLS를 쓰는 포트를 사용하거나 전환을 요청하는 클라이언트를 사용합니다"
            ),
        ));
    }
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "find out which program owns the port: move it, or send visitors (DNS, port forwarding, load balancer) to the port where the site is served",
                "어떤 프로그램이 포트를 쓰는지 확인하여 그 프로그램을 옮기거나, 방문자를 사이트가 있는 포트로 보냅니다(DNS, 포트 포워딩, 부하 분산 장치)"
            ),
        )
        .run(Platform::Linux, "ss -ltnp")
        .run(Platform::Windows, "netstat -ano"),
    )
}
