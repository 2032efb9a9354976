//! The server refuses by a fatal alert: internal_error, handshake_failure, or another.
use super::experiment::repeated;
use super::words;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{End, Handshake, Stage, Trial};
use tlsdiag_model::{Ask, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who, say};
use tlsdiag_wire::registry::AlertDescription as Alert;

/// internal_error.
pub static INTERNAL_ERROR: Rule = Rule {
    code: Code(5004),
    slug: "internal-error",
    title: Tpl { en: "the server answers with internal_error", ko: "서버가 internal_error로 응답함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsInternalError],
    explains: &[],
    routine: false,
    check: |look| {
        let headline = say!(
            "the server breaks off with alert internal_error",
            "서버가 internal_error 경고(alert)로 핸드셰이크를 중단합니다"
        );
        refusal(
            look,
            |a| a == Alert::INTERNAL_ERROR.0,
            headline,
            |f| {
                f.cure(Cure::new(
                Safety::Manual,
                say!(
                    "read the server's own error log at the minute of this attempt: the reason (key not readable, provider not loaded, out of memory, exception) stands only there",
                    "시도한 시각의 서버 오류 로그를 확인합니다. 개인 키를 읽지 못함, 공급자 로드 실패, 메모리 부족, 예외 등 실제 이유는 로그에만 남습니다"
                ),
            )
            .run(Platform::Windows, "wevtutil qe System /rd:true /c:50 /f:text /q:\"*[System[Provider[@Name='Schannel']]]\"")
            .run(Platform::Linux, "journalctl --since -15min -p err"))
            },
        )
    },
    sources: &["RFC 8446 section 6.2 (internal_error: an error unrelated to the peer)"],
    page: page!("alerts"),
};

/// handshake_failure.
pub static HANDSHAKE_FAILURE: Rule = Rule {
    code: Code(5005),
    slug: "handshake-failure",
    title: Tpl { en: "the server answers with handshake_failure", ko: "서버가 handshake_failure로 응답함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsHandshakeFailure],
    explains: &[],
    routine: false,
    check: |look| {
        let headline = say!(
            "the server refuses with alert handshake_failure",
            "서버가 handshake_failure 경고(alert)로 거부합니다"
        );
        refusal(
            look,
            |a| a == Alert::HANDSHAKE_FAILURE.0,
            headline,
            |f| {
                f.cure(Cure::new(
                Safety::Manual,
                say!(
                    "on the server, compare the configured suites with the type of the certificate's key (RSA or ECDSA), and check that a certificate is configured for this name at all",
                    "서버에 설정된 암호 그룹이 인증서의 키 종류(RSA 또는 ECDSA)와 맞는지, 이 이름에 인증서가 설정되어 있는지 확인합니다"
                ),
            )
            .run(Platform::Linux, "nginx -T | grep -nE 'server_name|ssl_(protocols|ciphers|certificate)'")
            .run(Platform::Windows, "powershell -Command \"Get-TlsCipherSuite | Format-Table Name,Certificate\""))
            },
        )
    },
    sources: &["RFC 8446 section 6.2, RFC 5246 section 7.2.2 (handshake_failure: no acceptable set of parameters)"],
    page: page!("alerts"),
};

/// Any other fatal alert.
pub static OTHER: Rule = Rule {
    code: Code(5006),
    slug: "other-alert",
    title: Tpl { en: "the server refuses with an alert", ko: "서버가 경고(alert)로 거부함" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[],
    explains: &[],
    routine: false,
    check: |look| {
        let row = ended(look)?;
        let End::Alert(number) = row.end else { return Ok(Outcome::Pass) };
        let headline = say!(
            "the server refuses with alert {alert}",
            "서버가 {alert} 경고(alert)로 거부합니다",
            alert = words::alert(number)
        );
        let ours = |a| a != Alert::INTERNAL_ERROR.0 && a != Alert::HANDSHAKE_FAILURE.0;
        refusal(look, ours, headline, |f| f)
    },
    sources: &["RFC 8446 section 6.2 (error alerts)", "IANA TLS Alerts"],
    page: page!("alerts"),
};

/// The handshake that the server ended: the base, or where that was fine, the one that a library tried to complete.
pub(crate) fn ended<'a>(look: &Look<'a>) -> Result<Cited<'a, Handshake>, Stop> {
    let base = look.base()?;
    if !base.done() {
        return Ok(base);
    }
    let full = look.handshakes()?.into_iter().find(|h| h.trial == Trial::Full && !h.done());
    Ok(full.unwrap_or(base))
}

/// Who is hit: where only a library's own hello is refused at once, those that send such hellos.
pub(crate) fn reach(row: &Handshake) -> (Impact, Who) {
    if row.trial == Trial::Full && row.stage < Stage::ServerHello {
        let who =
            say!("programs whose hello differs from a browser's", "브라우저와 다른 ClientHello를 보내는 프로그램");
        return (Impact::Partial, Who::Clients(who));
    }
    (Impact::Broken, Who::Everyone)
}

/// Repetitions of a library's handshake that show that its hello is the matter: a balancer that deals to two or three
/// servers in turn can make one or two of them end alike.
const REPETITIONS: usize = 3;

/// Where a browser's hello is answered and a library's is not, the finding stays likely until that was repeated often
/// enough; the repetitions are wished for one after the other.
pub(crate) fn steadily<'a>(look: &Look<'a>, f: Finding, row: &Cited<'a, Handshake>) -> Finding {
    let (Ok(all), Ok(to)) = (look.handshakes(), look.endpoint()) else { return f };
    if row.trial != Trial::Full || row.stage >= Stage::ServerHello {
        return f;
    }
    let mut again: Vec<_> = all.into_iter().filter(|h| h.trial == Trial::FullAgain && h.from == row.from).collect();
    again.dedup_by_key(|h| h.row.span);
    let enough = again.len() >= REPETITIONS;
    if let Some(last) = again.last().filter(|_| !enough) {
        look.wish(Ask::FullAgain { to: to.clone(), after: last.row.span.first.saturating_add(1) });
    }
    let f = again.iter().fold(f, |f, h| f.and(h.at));
    if enough { f } else { f.at_most(Standing::Likely) }
}

fn refusal(look: &Look<'_>, ours: fn(u8) -> bool, headline: Say, cures: fn(Finding) -> Finding) -> Judged {
    let row = ended(look)?;
    if !matches!(row.end, End::Alert(a) if ours(a)) {
        return Ok(Outcome::Pass);
    }
    let (impact, who) = reach(&row);
    let before =
        say!("before the alert came: {stage}", "경고(alert) 전까지 받은 것: {stage}", stage = words::stage(row.stage));
    let f = repeated(look, impact, &row, headline).who(who).because(words::line(&row));
    let f = if row.stage > Stage::Nothing { f.because(before) } else { f };
    Ok(cures(steadily(look, f, &row)).into())
}
