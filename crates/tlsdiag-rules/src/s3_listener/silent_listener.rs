//! The port accepts connections, TCP acknowledges what is sent, and the program behind it never says a word to anybody.
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{End, Handshake, Opening, Spoke, Stage, Trial, Vary};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Impact, Layer, Platform, Safety, Sight, Standing, Tpl, say};

/// Accepts and stays silent.
pub static RULE: Rule = Rule {
    code: Code(3103),
    slug: "accepts-and-stays-silent",
    title: Tpl {
        en: "the program accepts connections and never answers",
        ko: "연결은 받지만 아무 응답이 없는 프로그램",
    },
    layer: Layer::Listen,
    over: Over::Endpoints,
    causes: &[Cause::AppHung, Cause::AppOverload],
    explains: &[explains(5007)],
    routine: false,
    check,
    sources: &["listen(2) (the kernel accepts before the program does)", "tcp(7) (tcp_abort_on_overflow)"],
    page: page!("silent_listener"),
};

fn check(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if !silent(&base) || base.delivered == Sight::Saw(false) {
        return Ok(Outcome::Pass);
    }
    // everything is asked while the first hello still waits: silence costs seconds
    let varied = [Vary::Classic, Vary::Tls12];
    let all = look.handshakes()?;
    let made = |v: &Vary| all.iter().find(|h| h.trial == Trial::Vary(v.clone()));
    if varied.iter().filter_map(&made).any(|h| !silent(h)) {
        return Ok(Outcome::Pass);
    }
    if let Some(vary) = varied.iter().find(|v| made(v).is_none()) {
        return Err(Stop::Missing(Ask::Trial { to: look.endpoint()?.clone(), vary: vary.clone() }));
    }
    let talk = look.talk(Opening::HttpGet)?;
    let Spoke::Silent { after_ms } = talk.spoke else { return Ok(Outcome::Pass) };
    let base = look.settled_base()?;
    let mut f = look.ends(
        Impact::Broken,
        &base,
        say!(
            "port {port} accepts connections and never answers anything",
            "{port}번 포트는 연결을 받지만 아무것에도 응답하지 않습니다",
            port = Arg::num(base.port)
        ),
    )?;
    for vary in varied {
        f = f.and(look.trial(vary)?.at);
    }
    f = f.and(talk.at).because(say!(
        "silence to a browser's hello, to a short one, to one of TLS 1.2 and, for {wait}, to a plain http request",
        "브라우저의 ClientHello, 짧은 ClientHello, TLS 1.2의 ClientHello, http 요청({wait}) 모두에 응답이 없었습니다",
        wait = Arg::wait(after_ms)
    ));
    f = match base.delivered {
        Sight::Saw(true) => f.because(say!(
            "TCP acknowledged every byte, so what was sent did arrive",
            "TCP가 모든 바이트를 확인 응답했으므로 보낸 내용은 도착했습니다"
        )),
        // whether the bytes arrived is not known here
        _ => f.at_most(Standing::Likely),
    };
    Ok(f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "on the server: see whether connections wait unaccepted (Recv-Q of the listener) or were accepted and are not read, and what the program is doing",
                "서버에서 연결이 수락되지 않고 쌓여 있는지(수신기의 Recv-Q), 수락된 뒤 읽히지 않는지, 프로그램이 무엇을 하고 있는지 확인합니다"
            ),
        )
        .run(Platform::Linux, format!("ss -tnp 'sport = :{}'; ss -ltnp 'sport = :{}'", base.port, base.port))
        .run(Platform::Windows, format!("netstat -ano | findstr :{}", base.port)),
    )
    .cure(Cure::new(
        Safety::Confirm,
        say!(
            "restart the program; take a stack or thread dump before, as afterwards the reason is gone",
            "프로그램을 다시 시작합니다. 그 전에 스택이나 스레드 덤프를 받아 둡니다. 다시 시작하면 이유가 사라집니다"
        ),
    ))
    .into())
}

fn silent(h: &Cited<'_, Handshake>) -> bool {
    h.stage == Stage::Nothing && matches!(h.end, End::Silent { .. } | End::Pending { .. })
}
