//! An order of cipher suites, or switches of hashes, ciphers and key exchanges, that leave nothing which today's clients take.
use super::schannel::{Switches, in_order, is_windows, told_by, works_now};
use super::suites::{
    From, Order, POLICY, ask, bound_key, left, off, offered, only_static, order, serving, surely_none,
};
use crate::{Edge, Fit, Judged, Look, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{Event, Side};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Who, say};
use tlsdiag_wire::registry::Authentication;

/// The order of suites.
pub static ORDER: Rule = Rule {
    code: Code(5105),
    slug: "suite-order-unusable",
    title: Tpl {
        en: "the order of cipher suites leaves none for current clients",
        ko: "암호 그룹 순서에 최신 클라이언트용이 남지 않음",
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::CipherNoOverlap],
    explains: &[
        Edge { symptom: Code(5001), fits: bites },
        Edge { symptom: Code(5002), fits: bites },
        Edge { symptom: Code(5005), fits: bites },
        Edge { symptom: Code(5012), fits: bites },
        Edge { symptom: Code(5013), fits: bites },
        Edge { symptom: Code(5201), fits: bites },
        Edge { symptom: Code(5204), fits: about_suites },
    ],
    routine: false,
    check: check_order,
    sources: &[
        "Microsoft: Prioritizing Schannel Cipher Suites (Functions under 00010002)",
        "Microsoft: Cipher Suites in TLS/SSL (Schannel SSP), lists of every version",
    ],
    page: page!("algorithms"),
};

/// Algorithms.
pub static OFF: Rule = Rule {
    code: Code(5106),
    slug: "algorithm-off",
    title: Tpl { en: "an algorithm is switched off", ko: "알고리즘이 꺼져 있음" },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::ProtoRegistryDisabled, Cause::CipherNoOverlap],
    explains: &[
        Edge { symptom: Code(5001), fits: bites },
        Edge { symptom: Code(5002), fits: bites },
        Edge { symptom: Code(5005), fits: bites },
        Edge { symptom: Code(5012), fits: bites },
        Edge { symptom: Code(5201), fits: bites },
        Edge { symptom: Code(5204), fits: about_suites },
    ],
    routine: false,
    check: check_off,
    sources: &[
        "Microsoft KB 245030: restrict cryptographic algorithms and protocols in Schannel",
        "Microsoft: Transport Layer Security (TLS) registry settings",
        "RFC 5246 section 5 (the hash of TLS 1.2)",
    ],
    page: page!("algorithms"),
};

fn bites(f: &Fit<'_>) -> bool {
    f.cause.impact <= Impact::Partial
}

fn about_suites(f: &Fit<'_>) -> bool {
    let event = f.symptom.evidence().find_map(|at| f.look.cited::<Event>(at));
    bites(f) && event.is_some_and(|e| matches!(e.alert, Some(40 | 71)) && e.side != Some(Side::Client))
}

fn check_order(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let Some(o) = order(look) else {
        // nobody set an order: that of Windows holds
        return look.whole_of(POLICY).map(|_| in_order(look)).map_err(|_| ask(look.subject().host()));
    };
    let all = offered(look, &sw, Some(&o));
    let bound = bound_key(look);
    let fitting = bound.map(|(key, _)| serving(&all, key));
    if !all.is_empty() && fitting.as_ref().is_none_or(|f| !f.is_empty()) {
        return Ok(if bound.is_some() { Outcome::Pass } else { Outcome::NotApplicable });
    }
    let headline = match o.from {
        _ if !all.is_empty() => say!(
            "the cipher suites that are allowed do not fit the bound certificate's key",
            "허용된 암호 그룹이 바인딩된 인증서의 키와 맞지 않습니다"
        ),
        From::Policy => say!(
            "the order of cipher suites by policy leaves none that current clients offer",
            "정책의 암호 그룹 순서에 최신 클라이언트가 제안하는 것이 없습니다"
        ),
        From::Local | From::Listed => say!(
            "Schannel's list of cipher suites holds none that current clients offer",
            "Schannel의 암호 그룹 목록에 최신 클라이언트가 제안하는 것이 없습니다"
        ),
    };
    let works = works_now(look);
    let impact = if works.is_some() { Impact::Risk } else { Impact::Broken };
    let mut f = match &o.state {
        Some(s) => look.state(impact, s, headline),
        None => match look.cited::<tlsdiag_model::facts::Suites>(o.at) {
            Some(row) => look.reads_as(impact, &row, headline),
            None => return Ok(Outcome::NotApplicable),
        },
    };
    f = f.because(listed(&o));
    if o.from == From::Local && look.whole_of(POLICY).is_err() {
        f = f.at_most(Standing::Likely).because(say!(
            "a policy would replace this list, and whether there is one is not known",
            "정책이 있으면 이 목록 대신 적용되는데, 정책이 있는지는 알 수 없습니다"
        ));
    }
    if !o.strange.is_empty() {
        f = f.at_most(if o.known.is_empty() { Standing::Likely } else { Standing::Proven }).because(say!(
            "{n} names are none of this Windows and are skipped: {names}",
            "이 Windows에 없는 이름 {n}개는 무시됩니다: {names}",
            n = Arg::num(o.strange.len()),
            names = few(&o.strange)
        ));
    }
    if let (false, Some((key, at))) = (all.is_empty(), bound) {
        f = f.and(at).labels(&[Cause::CipherCertType, Cause::CipherNoOverlap]).because(say!(
            "the bound certificate has an {key} key",
            "바인딩된 인증서의 키는 {key}입니다",
            key = Arg::term(if key == Authentication::Rsa { "RSA" } else { "ECDSA" })
        ));
    }
    Ok(mend_order(sw.known_version(f), o.from).into())
}

fn listed(o: &Order<'_>) -> Say {
    let names: Vec<String> = o.known.iter().map(ToString::to_string).collect();
    if names.is_empty() {
        return say!("it holds no suite that this Windows knows", "이 Windows가 아는 암호 그룹이 하나도 없습니다");
    }
    say!(
        "it holds {n} suites: {names}",
        "암호 그룹 {n}개가 들어 있습니다: {names}",
        n = Arg::num(names.len()),
        names = few(&names)
    )
}

fn few(names: &[String]) -> Arg {
    let mut list: Vec<Arg> = names.iter().take(4).map(Arg::quote).collect();
    let rest = names.len().saturating_sub(4);
    if rest > 0 {
        list.push(Arg::Say(Box::new(say!("{n} more", "외 {n}개", n = Arg::num(rest)))));
    }
    Arg::List(list)
}

fn mend_order(f: Finding, from: From) -> Finding {
    let show = "powershell -Command \"Get-TlsCipherSuite | Format-Table Name\"";
    let c = match from {
        From::Policy => Cure::new(
            Safety::Confirm,
            say!(
                "set \"SSL Cipher Suite Order\" (Computer Configuration, Administrative Templates, Network, SSL Configuration Settings) to Not Configured, or add ECDHE with AES-GCM for the certificate's type of key, and restart",
                "그룹 정책 \"SSL 암호 그룹 순서\"(컴퓨터 구성, 관리 템플릿, 네트워크, SSL 구성 설정)를 '구성되지 않음'으로 바꾸거나 인증서의 키 종류에 맞는 ECDHE AES-GCM을 추가한 뒤 다시 시작합니다"
            ),
        )
        .run(Platform::Windows, format!("reg query \"{POLICY}\" /v Functions")),
        From::Local | From::Listed => Cure::new(
            Safety::Confirm,
            say!(
                "enable the suites that current clients have (Windows Server 2016 and later), and restart",
                "최신 클라이언트가 쓰는 암호 그룹을 켜고(Windows Server 2016 이상) 다시 시작합니다"
            ),
        )
        .run(Platform::Windows, "powershell -Command \"Enable-TlsCipherSuite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\"")
        .run(Platform::Windows, "powershell -Command \"Enable-TlsCipherSuite TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256\""),
    };
    f.cure(c.run(Platform::Windows, show))
}

fn check_off(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let sw = Switches::of(look);
    let off = off(look);
    if off.is_empty() {
        return if sw.whole_branch() { Ok(in_order(look)) } else { Err(sw.ask()) };
    }
    let o = order(look);
    let mut before = offered(look, &sw, o.as_ref());
    let bound = bound_key(look);
    if let Some((key, _)) = bound {
        before = serving(&before, key);
    }
    let rest = left(&before, &off);
    if before.is_empty() || !rest.is_empty() && !only_static(&rest) || only_static(&before) && !rest.is_empty() {
        return Ok(if bound.is_some() { Outcome::Pass } else { Outcome::NotApplicable });
    }
    // those without which more would be left
    let guilty: Vec<_> = (0..off.len())
        .filter(|i| {
            let others: Vec<_> = off.iter().enumerate().filter(|(j, _)| j != i).map(|(_, o)| o).collect();
            let kept = before.iter().filter(|s| !others.iter().any(|o| o.kills(s))).count();
            kept > rest.len() || off.len() == 1
        })
        .filter_map(|i| off.get(i))
        .collect();
    let guilty = if guilty.is_empty() { off.iter().collect() } else { guilty };
    let names = Arg::List(guilty.iter().map(|o| Arg::term(o.name)).collect());
    let works = works_now(look);
    let (headline, impact) = if rest.is_empty() {
        let headline = say!(
            "{names}: switched off, which leaves no cipher suite that current clients offer",
            "{names}: 꺼져 있어 최신 클라이언트가 제안하는 암호 그룹이 남지 않습니다",
            names = names
        );
        (headline, Impact::Broken)
    } else {
        let headline = say!(
            "{names}: switched off, which leaves only key exchange by static RSA",
            "{names}: 꺼져 있어 고정 RSA 키 교환만 남습니다",
            names = names
        );
        (headline, Impact::Partial)
    };
    let impact = if works.is_some() { Impact::Risk } else { impact };
    let Some((first, more)) = guilty.split_first() else { return Ok(Outcome::Pass) };
    let mut f = look.state(impact, &first.state, headline).because(told_by(&first.state.cited));
    for o in more {
        f = f.and(o.state.cited.at).because(told_by(&o.state.cited));
    }
    if let Some((_, at)) = bound {
        f = f.and(at);
    }
    if rest.is_empty() && !surely_none(&before, &off) {
        f = f.at_most(Standing::Likely);
    }
    if rest.is_empty() {
        // which suites Windows would take without that is known by its version only
        f = f.because(say!(
            "without it {n} of the suites that browsers offer would be left",
            "그렇지 않으면 브라우저가 제안하는 암호 그룹 {n}개를 쓸 수 있습니다",
            n = Arg::num(before.len())
        ));
    } else {
        f = f.who(Who::Clients(say!(
            "clients that insist on forward secrecy (TLS 1.3, Go since 1.22, many libraries' defaults)",
            "순방향 비밀성을 요구하는 클라이언트(TLS 1.3, Go 1.22 이상, 여러 라이브러리의 기본 설정)"
        )));
    }
    let mut c = Cure::new(
        Safety::Confirm,
        say!(
            "switch it on again (or remove the value: on is the default), and restart",
            "다시 켜거나 값을 지우고(기본값은 켬) 다시 시작합니다"
        ),
    );
    for o in &guilty {
        let line = format!("reg delete \"{}\\{}\" /v Enabled /f", super::schannel::SCHANNEL, o.name);
        c = c.run(Platform::Windows, line);
    }
    Ok(sw.known_version(f).cure(c).into())
}
