//! What the server does with the name that a client sends: it refuses ours, or it has another certificate for clients that
//! send none.
use crate::s0_reach::plain;
use crate::s5_handshake::experiment::conclude;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{End, Handshake, Stage, Trial, Vary};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Finding, Impact, Layer, Name, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::names;

/// Our name is refused.
pub static REFUSED: Rule = Rule {
    code: Code(4101),
    slug: "name-refused",
    title: Tpl { en: "the server refuses this name", ko: "서버가 이 이름을 거부함" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindNoCertForName],
    explains: &[explains(5001), explains(5002), explains(5004), explains(5005), explains(5006)],
    routine: false,
    check: refused,
    sources: &[
        "RFC 6066 section 3 (server_name, unrecognized_name)",
        "nginx: ssl_reject_handshake",
        "HAProxy: strict-sni",
    ],
    page: page!("server_name"),
};

/// Clients without server_name get something else.
pub static NO_NAME: Rule = Rule {
    code: Code(4102),
    slug: "other-certificate-without-name",
    title: Tpl {
        en: "clients without SNI get another certificate", ko: "SNI 없는 클라이언트에게 다른 인증서를 보냄"
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::HsClientNoSni, Cause::BindNoCertForName],
    explains: &[],
    routine: true,
    check: without_name,
    sources: &["RFC 6066 section 3 (server_name)"],
    page: page!("server_name"),
};

const UNRECOGNIZED_NAME: u8 = 112;
const HANDSHAKE_FAILURE: u8 = 40;
const PROTOCOL_VERSION: u8 = 70;
const INTERNAL_ERROR: u8 = 80;

fn refused(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if base.done() || base.stage > Stage::Nothing {
        return Ok(Outcome::Pass);
    }
    let Some(name) = base.offer.sni.clone() else { return Ok(Outcome::NotApplicable) };
    let headline =
        say!("the server refuses the name {name}", "서버가 {name:이라}는 이름을 거부합니다", name = Arg::quote(&name));
    match base.end {
        End::Alert(UNRECOGNIZED_NAME) => {
            // one of several servers behind an address may know the name: once more tells
            if !look.contradictions(&base)?.is_empty() {
                return Ok(Outcome::NotApplicable);
            }
            if !look.handshakes()?.iter().any(|h| h.trial == Trial::Again) {
                look.wish(Ask::Again { to: look.endpoint()?.clone(), after: base.row.span.last });
            }
            let f = look.reads_as(Impact::Broken, &base, headline).because(say!(
                "it ended the handshake with the fatal alert unrecognized_name (112)",
                "치명적 경고 unrecognized_name(112)로 핸드셰이크를 끝냈습니다"
            ));
            Ok(give_it_one(f, &name, base.port).into())
        }
        End::Alert(HANDSHAKE_FAILURE | INTERNAL_ERROR) | End::Reset | End::Closed => {
            if look.handshakes()?.iter().any(|h| h.done() && names_it(h, &name)) {
                return Ok(Outcome::Pass);
            }
            let mut trials = vec![look.trial(Vary::NoName)?];
            let mut answered = trials.iter().any(|t| t.done());
            if !answered {
                let other = look.trial(Vary::OtherName)?;
                answered = other.done();
                trials.push(other);
            }
            if !answered {
                return Ok(Outcome::Pass);
            }
            let f = conclude(look, Impact::Broken, &base, &trials, headline)?;
            // a filter on the way that dislikes the name resets too
            let f = if base.end == End::Reset {
                f.labels(&[Cause::BindNoCertForName, Cause::NetMiddleboxReset])
            } else {
                f
            };
            let f = f.because(match trials.len() {
                1 => say!(
                    "the same hello without a name got a whole answer; with the name it failed before and after",
                    "이름을 뺀 같은 ClientHello에는 온전한 응답이 왔고, 이름을 넣은 것은 그 전후로 모두 실패했습니다"
                ),
                _ => say!(
                    "the same hello with another name got a whole answer; with this name it failed before and after",
                    "다른 이름을 넣은 같은 ClientHello에는 온전한 응답이 왔고, 이 이름을 넣은 것은 그 전후로 모두 실패했습니다"
                ),
            });
            Ok(give_it_one(f, &name, base.port).into())
        }
        _ => Ok(Outcome::Pass),
    }
}

/// An experiment that sent the name and changed something else: where it is answered, the name is not the matter.
fn names_it(h: &Handshake, name: &Name) -> bool {
    let nameless =
        |v: &Vary| matches!(v, Vary::NoName | Vary::OtherName | Vary::Tls12NoName | Vary::NoExtensions | Vary::Ssl2);
    matches!(&h.trial, Trial::Vary(v) if !nameless(v)) && h.offer.sni.as_ref() == Some(name)
}

fn give_it_one(f: Finding, name: &Name, port: u16) -> Finding {
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "add the name to the server's configuration with a certificate that covers it, or correct the DNS record that leads it here",
            "서버 설정에 이 이름과 이름을 포함하는 인증서를 추가하거나, 이 서버를 가리키는 DNS 레코드를 고칩니다"
        ),
    );
    f.cure(match plain(name) {
        Some(n) => c
            .run(Platform::Any, format!("server_name {n};  # nginx, in a server block that listens with ssl"))
            .run(Platform::Any, format!("ServerName {n}  # Apache, in a VirtualHost with SSLEngine on"))
            .run(
                Platform::Any,
                format!("bind :{port} ssl crt /etc/haproxy/certs/  # HAProxy picks by the names in the certificates"),
            )
            .run(Platform::Windows, format!("netsh http show sslcert hostnameport={n}:{port}")),
        None => c,
    })
}

fn without_name(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    let Some(name) = base.offer.sni.as_ref().filter(|_| base.done()) else { return Ok(Outcome::NotApplicable) };
    // from TLS 1.3 on our own hello does not get to see certificates, so an older one without the name is sent
    let shows = base.chain.saw().is_some();
    let bare = match look.trial_if_made(Vary::NoName) {
        Some(t) => t,
        None if shows => look.trial(Vary::NoName)?,
        None => {
            let bare = look.trial(Vary::Tls12NoName)?;
            // a server of TLS 1.3 alone refuses every older hello, with or without a name
            let refused = !bare.done();
            if refused && (bare.end == End::Alert(PROTOCOL_VERSION) || !look.trial(Vary::Tls12)?.done()) {
                return Ok(Outcome::NotApplicable);
            }
            bare
        }
    };
    let who = || {
        Who::Clients(say!(
            "clients that send no server name (very old ones, health checks, some devices)",
            "서버 이름을 보내지 않는 클라이언트(매우 오래된 것, 상태 확인 도구, 일부 장치)"
        ))
    };
    if bare.done() {
        return other_certificate(look, &base, &bare, name, who());
    }
    if !matches!(bare.end, End::Alert(_) | End::Reset | End::Closed) {
        return Ok(Outcome::NotApplicable);
    }
    Ok(look
        .behaves(
            Impact::Note,
            &bare,
            say!(
                "clients that send no server name get no answer",
                "서버 이름을 보내지 않는 클라이언트는 응답을 받지 못합니다"
            ),
        )
        .and(base.at)
        .because(say!(
            "the same hello without server_name was refused; every current client sends it",
            "server_name을 뺀 같은 ClientHello는 거부되었습니다. 현재의 클라이언트는 모두 server_name을 보냅니다"
        ))
        .who(who())
        .into())
}

fn other_certificate(
    look: &Look<'_>,
    base: &Cited<'_, Handshake>,
    bare: &Cited<'_, Handshake>,
    name: &Name,
    who: Who,
) -> Judged {
    let ours = base.leaf().or_else(|| look.served().ok().and_then(|h| h.leaf()));
    let (Some(ours), Some(theirs)) = (ours, bare.leaf()) else { return Ok(Outcome::NotApplicable) };
    if ours == theirs {
        return Ok(Outcome::Pass);
    }
    let (Some(leaf), Ok(host)) = (look.derived().certificate(theirs), names::Host::parse(name.as_str())) else {
        return Ok(Outcome::NotApplicable);
    };
    if names::covers(&leaf, &host).is_ok() {
        return Ok(Outcome::Pass);
    }
    let names = names::presented(&leaf);
    let shown = names.iter().take(4).map(Arg::quote).collect();
    Ok(look
        .reads_as(
            Impact::Note,
            bare,
            say!(
                "clients that send no server name get a certificate for {names}",
                "서버 이름을 보내지 않는 클라이언트는 {names}의 인증서를 받습니다",
                names = Arg::List(shown)
            ),
        )
        .and(base.at)
        .because(say!(
            "with the name {name} the server shows another certificate; every current client sends the name",
            "{name:이라}는 이름을 보내면 서버는 다른 인증서를 보냅니다. 현재의 클라이언트는 모두 이름을 보냅니다",
            name = Arg::quote(name)
        ))
        .who(who)
        .into())
}
