//! The server has suites or groups, but none that clients of today offer.
use super::experiment::{refused, shown, version, works};
use super::words;
use crate::{Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{Answered, Handshake, Trial, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Layer, Platform, Safety, Say, Tpl, say};
use tlsdiag_wire::registry::{Authentication, Cipher, CipherSuite, Group, KeyExchange, Mode, Version};

/// No suite (or group) in common.
pub static RULE: Rule = Rule {
    code: Code(5012),
    slug: "no-common-suite",
    title: Tpl {
        en: "no cipher suite in common with current clients",
        ko: "최신 클라이언트와 공통된 암호 그룹이 없음",
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::CipherNoOverlap],
    explains: &[explains(5001), explains(5002), explains(5005), explains(5006), explains(5201)],
    routine: false,
    check,
    sources: &[
        "RFC 7465 (RC4 prohibited)",
        "RFC 9325 section 4 (suites recommended and not)",
        "Chromium and Firefox release notes (3DES, DHE and CBC-SHA1 with ECDSA removed)",
    ],
    page: page!("no_common_suite"),
};

fn check(look: &Look<'_>) -> Judged {
    let base = refused(look)?;
    let all = look.handshakes()?;
    let subset = |h: &Handshake| match &h.trial {
        Trial::Vary(Vary::Wide | Vary::Only(_) | Vary::NoExtensions | Vary::Ssl2) => false,
        Trial::Vary(_) => true,
        _ => false,
    };
    // with suites of the base alone it works: they are not the matter
    if all.iter().any(|h| subset(h) && works(h)) {
        return Ok(Outcome::Pass);
    }
    let wide = look.trial(Vary::Wide)?;
    let Some(chosen) = wide.answered.saw().filter(|_| version(&wide) >= Some(Version::TLS1_2.0)) else {
        return Ok(Outcome::Pass);
    };
    if super::risky_choices::short_prime(chosen) {
        return Ok(Outcome::Pass);
    }
    let suite = CipherSuite(chosen.suite);
    let strange = |g: &u16| !base.offer.groups.contains(g) && version(&wide) <= Some(Version::TLS1_2.0);
    let f = if !base.offer.suites.contains(&chosen.suite) {
        let headline = say!(
            "the server has no cipher suite in common with current clients",
            "서버에 최신 클라이언트와 공통된 암호 그룹이 없습니다"
        );
        shown(look, &wide, &base, headline).because(took(chosen)).because(why_not_offered(suite))
    } else if let Some(group) = chosen.group.filter(strange) {
        let headline = say!(
            "the server has no key-exchange group in common with current clients",
            "서버에 최신 클라이언트와 공통된 키 교환 그룹이 없습니다"
        );
        let only = say!(
            "of all groups it took {group}, which current browsers do not offer",
            "모든 그룹을 제안하자 {group:을} 골랐는데, 최신 브라우저는 이 그룹을 제안하지 않습니다",
            group = Arg::term(Group(group))
        );
        shown(look, &wide, &base, headline).because(only)
    } else {
        return Ok(Outcome::Pass);
    };
    Ok(cures(f.because(words::line(&base))).into())
}

fn took(a: &Answered) -> Say {
    say!(
        "offered every suite there is, the server took {suite} with {version}",
        "모든 암호 그룹을 제안하자 서버는 {version}에서 {suite:을} 골랐습니다",
        suite = Arg::term(CipherSuite(a.suite)),
        version = Arg::term(Version(a.version))
    )
}

fn why_not_offered(suite: CipherSuite) -> Say {
    let info = suite.info();
    match info.map(|i| (i.cipher, i.key_exchange, i.authentication, i.mode)) {
        Some((Cipher::Rc4, ..)) => say!(
            "RC4 has been forbidden since 2015 (RFC 7465); no browser offers it",
            "RC4는 2015년부터 금지되어(RFC 7465) 제안하는 브라우저가 없습니다"
        ),
        Some((Cipher::TripleDes, ..)) => say!(
            "browsers gave 3DES up after Sweet32 (CVE-2016-2183)",
            "Sweet32(CVE-2016-2183) 이후 브라우저는 3DES를 제안하지 않습니다"
        ),
        Some((_, KeyExchange::Dhe, ..)) => say!(
            "browsers gave DHE up because of short primes (Logjam); ECDHE took its place",
            "짧은 소수 문제(Logjam) 때문에 브라우저는 DHE를 버리고 ECDHE를 씁니다"
        ),
        Some((_, _, Authentication::Ecdsa, Mode::Cbc)) => say!(
            "browsers offer CBC suites only for RSA certificates any more; for ECDSA they offer GCM and ChaCha20",
            "브라우저는 CBC 암호 그룹을 RSA 인증서용으로만 제안하며, ECDSA에는 GCM과 ChaCha20을 제안합니다"
        ),
        Some((_, _, Authentication::Anonymous | Authentication::Null, _)) => say!(
            "it authenticates nobody, so no browser offers it",
            "서버를 인증하지 않는 암호 그룹이라 제안하는 브라우저가 없습니다"
        ),
        _ => say!(
            "browsers never offered it, or have given it up",
            "브라우저가 제안한 적이 없거나 더는 제안하지 않는 암호 그룹입니다"
        ),
    }
}

fn cures(f: Finding) -> Finding {
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "allow ECDHE with AES-GCM for the type of your certificate's key (nginx, Apache, HAProxy in this order)",
                "인증서의 키 종류에 맞는 ECDHE AES-GCM 암호 그룹을 허용합니다(nginx, Apache, HAProxy 순)"
            ),
        )
        .run(Platform::Any, format!("ssl_ciphers {GOOD};"))
        .run(Platform::Any, format!("SSLCipherSuite {GOOD}"))
        .run(Platform::Any, format!("ssl-default-bind-ciphers {GOOD}")),
    )
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "on Windows, see which suites policy has left over and enable the missing ones",
                "Windows에서는 정책에 남아 있는 암호 그룹을 확인하고 빠진 것을 켭니다"
            ),
        )
        .run(Platform::Windows, "powershell -Command \"Get-TlsCipherSuite | Format-Table Name\"")
        .run(Platform::Windows, "powershell -Command \"Enable-TlsCipherSuite TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256\""),
    )
}

/// In OpenSSL's words: what every current client has, for both types of key.
const GOOD: &str = "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384";
