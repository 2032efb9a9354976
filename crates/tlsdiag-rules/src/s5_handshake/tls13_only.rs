//! The server speaks TLS 1.3 and nothing older: worth knowing where old clients must get in.
use super::experiment::{version, works};
use super::words;
use crate::{Judged, Look, Outcome, Over, Rule, clients, page};
use tlsdiag_model::facts::{End, Handshake, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, FactRef, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_wire::registry::{AlertDescription as Alert, Version};

/// TLS 1.3 only.
pub static RULE: Rule = Rule {
    code: Code(5011),
    slug: "tls13-only",
    title: Tpl { en: "the server speaks only TLS 1.3", ko: "서버가 TLS 1.3만 지원함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::ProtoTls13Only],
    explains: &[],
    routine: true,
    check,
    sources: &["RFC 8446 section 4.1.3 and 4.2.1 (protocol_version where no version is acceptable)"],
    page: page!("tls13_only"),
};

fn check(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if !base.done() || version(&base) != Some(Version::TLS1_3.0) {
        return Ok(Outcome::NotApplicable);
    }
    let old = look.trial(Vary::Tls12)?;
    let headline = || say!("the server speaks only TLS 1.3", "서버가 TLS 1.3만 지원합니다");
    let version_refused = |h: &Handshake| h.end == End::Alert(Alert::PROTOCOL_VERSION.0);
    let (f, shows) = match old.end {
        // the server itself says that it is the version
        _ if version_refused(&old) => (look.reads_as(Impact::Note, &old, headline()), old),
        End::Reset | End::Closed | End::Silent { .. } => (look.behaves(Impact::Note, &old, headline()), old),
        // GnuTLS takes a hello of TLS 1.2 without a list of versions as far as the suites, of which it then has none
        End::Alert(a) if a == Alert::HANDSHAKE_FAILURE.0 => {
            let listed = look.trial(Vary::Only(Version::TLS1_2.0))?;
            if !version_refused(&listed) {
                return Ok(Outcome::NotApplicable);
            }
            (look.reads_as(Impact::Note, &listed, headline()).and(old.at), listed)
        }
        // any other alert is about something else than the version (TD5013)
        _ => return Ok(if works(&old) { Outcome::Pass } else { Outcome::NotApplicable }),
    };
    let who = say!(
        "clients without TLS 1.3: Java before 8u261, .NET Framework before 4.8, Schannel before Windows Server 2022, OpenSSL before 1.1.1",
        "TLS 1.3이 없는 클라이언트: 8u261 이전 Java 8, 4.8 이전 .NET Framework, Windows Server 2022 이전 Schannel, 1.1.1 이전 OpenSSL"
    );
    let cure = Cure::new(
        Safety::Manual,
        say!(
            "nothing to mend, unless such clients must get in: then allow TLS 1.2 beside it (nginx, Apache)",
            "고칠 것은 없습니다. 이런 클라이언트도 접속해야 하면 TLS 1.2를 함께 허용합니다(nginx, Apache)"
        ),
    )
    .run(Platform::Any, "ssl_protocols TLSv1.2 TLSv1.3;")
    .run(Platform::Any, "SSLProtocol -all +TLSv1.2 +TLSv1.3");
    let f = f.and(base.at).because(words::line(&shows)).cure(cure);
    Ok(match kept_out(look) {
        None => f.who(Who::Clients(who)),
        // a note for the world is a fault for the client that was named
        Some((client, names)) => {
            let mut f = f.and(client);
            f.impact = Impact::Partial;
            f.who(Who::Clients(say!("{clients}", "{clients}", clients = names)))
        }
    }
    .into())
}

/// The client that the question names, if it has no TLS 1.3: the question as evidence, and who exactly.
fn kept_out(look: &Look<'_>) -> Option<(FactRef, Arg)> {
    let asked = look.asked()?;
    let found = clients::find(asked.client.as_deref()?);
    let out: Vec<Arg> = found.iter().filter(|c| c.max < Version::TLS1_3.0).take(4).map(|c| Arg::term(c.name)).collect();
    (!out.is_empty()).then_some((asked.at, Arg::List(out)))
}
