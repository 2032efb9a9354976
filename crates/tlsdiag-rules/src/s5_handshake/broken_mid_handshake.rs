//! The server begins its flight and does not bring it to an end: by RST, by FIN, or by falling silent.
use super::experiment::repeated;
use super::{alerts, words};
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{End, Stage};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Impact, Layer, Platform, Safety, Tpl, say};

/// Broken off inside the server's part of the handshake.
pub static RULE: Rule = Rule {
    code: Code(5003),
    slug: "broken-mid-handshake",
    title: Tpl { en: "the handshake breaks off in the middle", ko: "핸드셰이크가 도중에 끊김" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsBrokenMidHandshake],
    // an open conversation that stopped on its way is waited for, to tell it from silence
    explains: &[explains(5007)],
    routine: false,
    check,
    sources: &["RFC 5246 section 7.3 (full handshake)", "RFC 8446 section 6 (an error wants an alert)"],
    page: page!("broken_mid_handshake"),
};

fn check(look: &Look<'_>) -> Judged {
    let row = alerts::ended(look)?;
    if row.stage <= Stage::Nothing {
        return Ok(Outcome::Pass);
    }
    if row.pending() {
        return Err(Stop::Missing(Ask::Wait(look.endpoint()?.clone())));
    }
    if !matches!(row.end, End::Reset | End::Closed | End::Silent { .. }) {
        return Ok(Outcome::Pass);
    }
    let headline = if row.stage >= Stage::Flight {
        say!(
            "the server hangs up after its first flight, before the handshake is complete",
            "서버가 첫 응답을 보낸 뒤 핸드셰이크가 끝나기 전에 연결을 끊습니다"
        )
    } else if let End::Silent { .. } = row.end {
        say!("the server begins its answer and does not finish it", "서버가 응답을 시작하고 끝내지 않습니다")
    } else {
        say!("the server breaks off in the middle of its flight", "서버가 응답을 보내는 도중에 끊습니다")
    };
    let came = match row.end {
        // a server that sends byte after byte was not silent
        End::Silent { after_ms } => say!(
            "received: {stage}; the rest had not come after {wait}",
            "받은 것: {stage}, 나머지는 {wait}가 지나도 오지 않았습니다",
            stage = words::stage(row.stage),
            wait = Arg::wait(after_ms)
        ),
        _ => say!(
            "received: {stage}; then: {end}",
            "받은 것: {stage}, 그 뒤: {end}",
            stage = words::stage(row.stage),
            end = words::end(&row)
        ),
    };
    let log = Cure::new(
        Safety::Manual,
        say!(
            "look for a crash or an exception in the server's log at the minute of this attempt; a process that dies while it sends leaves a core file or an event",
            "시도한 시각의 서버 로그에서 비정상 종료나 예외를 찾습니다. 전송 중에 죽은 프로세스는 코어 파일이나 이벤트를 남깁니다"
        ),
    )
    .run(Platform::Linux, "journalctl --since -15min -p warning")
    .run(Platform::Windows, "wevtutil qe Application /rd:true /c:50 /f:text /q:\"*[System[(EventID=1000)]]\"");
    let between = Cure::new(
        Safety::Manual,
        say!(
            "try from the server's own network: if it works there, a box on the way breaks it off",
            "서버와 같은 네트워크에서 시도해 봅니다. 거기서 되면 중간 장비가 끊는 것입니다"
        ),
    );
    Ok(repeated(look, Impact::Broken, &row, headline).because(came).cure(log).cure(between).into())
}
