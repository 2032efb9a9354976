//! The server lets nobody in who shows no client certificate.
use super::words;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{After, CertificateRequest, End, Handshake, Stage, Trial};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who, say};

/// A client certificate is demanded.
pub static RULE: Rule = Rule {
    code: Code(5020),
    slug: "client-certificate-required",
    title: Tpl {
        en: "the server demands a client certificate", ko: "서버가 클라이언트 인증서를 요구함"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsClientCertRequired],
    explains: &[explains(5003), explains(5005), explains(5006)],
    routine: false,
    check,
    sources: &[
        "RFC 5246 section 7.4.6 (a server may refuse an empty certificate list)",
        "RFC 8446 section 4.4.2.4 and 6.2 (certificate_required)",
    ],
    page: page!("client_certificate"),
};

fn check(look: &Look<'_>) -> Judged {
    let all = look.handshakes()?;
    let tried = |h: &&Cited<'_, Handshake>| matches!(h.trial, Trial::Full | Trial::Base);
    let asked = |h: &&Cited<'_, Handshake>| matches!(h.request.saw(), Some(Some(_)));
    let Some(h) = all.iter().filter(tried).filter(asked).find(|h| turned_away(h)) else {
        // without a handshake nothing is known
        look.base()?;
        return Ok(Outcome::Pass);
    };
    let Some(Some(request)) = h.request.saw() else { return Ok(Outcome::Pass) };
    let headline = say!("the server demands a client certificate", "서버가 클라이언트 인증서를 요구합니다");
    let without = say!(
        "it asked for a certificate, and when none was shown: {end}",
        "인증서를 요청했고, 제시하지 않자: {end}",
        end = refusal(h)
    );
    let mut f = look.ends(Impact::Broken, h, headline)?.because(without).because(authorities(request));
    // in TLS 1.3 the refusal comes after Finished, where a repetition must be looked at, too
    let again = all.iter().filter(|a| a.trial == Trial::FullAgain && h.trial == Trial::Full);
    if again.clone().any(|a| !turned_away(a)) {
        f = f.at_most(Standing::Likely);
    }
    let who =
        say!("clients without a certificate that the server accepts", "서버가 받아들이는 인증서가 없는 클라이언트");
    Ok(f.who(Who::Clients(who))
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "if only some may enter: install a client certificate of one of these authorities in the client and choose it when asked",
                "일부 사용자만 접속하는 사이트라면, 이 인증 기관 중 하나가 발급한 클라이언트 인증서를 클라이언트에 설치하고 선택 창에서 고릅니다"
            ),
        ))
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "if everybody may enter: make it optional or switch it off (nginx, Apache, HAProxy in this order), or only ask where it is needed",
                    "누구나 접속하는 사이트라면 선택 사항으로 바꾸거나 끕니다(nginx, Apache, HAProxy 순). 필요한 경로에서만 요청할 수도 있습니다"
                ),
            )
            .run(Platform::Any, "ssl_verify_client optional;")
            .run(Platform::Any, "SSLVerifyClient optional")
            .run(Platform::Any, "bind :443 ssl crt site.pem ca-file clients.pem verify optional")
            .run(Platform::Windows, "netsh http show sslcert"),
        )
        .into())
}

/// Asked for a certificate, given none, and sent away.
fn turned_away(h: &Handshake) -> bool {
    if h.done() {
        return h.stage == Stage::Finished
            && matches!(h.after.saw(), Some(After::Alert(_) | After::Closed | After::Reset));
    }
    h.stage >= Stage::Flight && matches!(h.end, End::Alert(_) | End::Closed | End::Reset)
}

fn refusal(h: &Handshake) -> Arg {
    let said = match h.after.saw() {
        Some(After::Alert(n)) => {
            say!("alert {alert} after Finished", "Finished 뒤 경고(alert) {alert}", alert = words::alert(*n))
        }
        Some(After::Closed) => say!("closed after Finished", "Finished 뒤 연결 닫힘"),
        Some(After::Reset) => say!("reset after Finished", "Finished 뒤 연결 재설정"),
        _ => return words::end(h),
    };
    Arg::Say(Box::new(said))
}

fn authorities(r: &CertificateRequest) -> Say {
    if r.names.is_empty() {
        return say!(
            "it names no authority whose certificates it wants",
            "어느 인증 기관의 인증서를 원하는지는 알려 주지 않았습니다"
        );
    }
    say!(
        "it wants one from {count} authorities: {names}",
        "원하는 인증 기관 {count}곳: {names}",
        count = Arg::num(r.authorities),
        names = Arg::List(r.names.iter().map(Arg::quote).collect())
    )
}
