//! What the server chose and should not have: HTTP/2 on a suite that it prohibits, a short Diffie-Hellman prime, no secure
//! renegotiation. All read from its ServerHello and ServerKeyExchange.
use super::experiment::{refused, version};
use super::words;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{Answered, Handshake, Trial, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_wire::registry::{CipherSuite, ExtensionType, Version};

/// HTTP/2 on a prohibited suite.
pub static H2: Rule = Rule {
    code: Code(5014),
    slug: "h2-on-prohibited-suite",
    title: Tpl {
        en: "HTTP/2 on a suite that it prohibits", ko: "HTTP/2가 금지한 암호 그룹으로 HTTP/2를 협상함"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::CipherH2Forbidden],
    explains: &[],
    routine: false,
    check: h2,
    sources: &["RFC 9113 section 9.2.2 and appendix A"],
    page: page!("risky_choices"),
};

/// A short Diffie-Hellman prime.
pub static DH: Rule = Rule {
    code: Code(5015),
    slug: "weak-dh-group",
    title: Tpl { en: "Diffie-Hellman over a short prime", ko: "짧은 소수를 쓰는 Diffie-Hellman" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::CipherDhSize],
    explains: &[explains(5001), explains(5002), explains(5005), explains(5006)],
    routine: false,
    check: dh,
    sources: &["RFC 7919 section 1", "RFC 9325 section 4.4 (2048 bits at least)", "CVE-2015-4000 (Logjam)"],
    page: page!("risky_choices"),
};

/// No renegotiation_info.
pub static RENEGOTIATION: Rule = Rule {
    code: Code(5016),
    slug: "no-secure-renegotiation",
    title: Tpl { en: "no secure renegotiation", ko: "안전한 재협상을 지원하지 않음" },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::HsLegacyRenego],
    explains: &[],
    routine: false,
    check: renegotiation,
    sources: &["RFC 5746 section 3.4", "OpenSSL 3.0 migration guide (SSL_OP_LEGACY_SERVER_CONNECT off by default)"],
    page: page!("risky_choices"),
};

fn h2(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    let Some(a) = base.answered.saw().filter(|a| a.version <= Version::TLS1_2.0) else {
        return Ok(Outcome::NotApplicable);
    };
    if a.alpn.as_deref() != Some("h2") || !CipherSuite(a.suite).forbidden_in_h2() {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "the server agrees on HTTP/2 with a suite that HTTP/2 prohibits",
        "서버가 HTTP/2에서 금지된 암호 그룹으로 HTTP/2를 협상합니다"
    );
    let because = say!(
        "ServerHello has ALPN h2 and {suite}; browsers break such a connection off (INADEQUATE_SECURITY)",
        "ServerHello가 ALPN h2와 {suite:을} 골랐습니다. 브라우저는 이런 연결을 끊습니다(INADEQUATE_SECURITY)",
        suite = Arg::term(CipherSuite(a.suite))
    );
    let order = Cure::new(
        Safety::Manual,
        say!(
            "put ECDHE suites with AES-GCM or ChaCha20 first and let the server's order count (nginx, Apache)",
            "ECDHE의 AES-GCM이나 ChaCha20 암호 그룹을 앞에 두고 서버 순서를 따르게 합니다(nginx, Apache)"
        ),
    )
    .run(Platform::Any, "ssl_prefer_server_ciphers on;")
    .run(Platform::Any, "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;")
    .run(Platform::Any, "SSLHonorCipherOrder on")
    .run(Platform::Any, "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256");
    let off = Cure::new(
        Safety::Manual,
        say!(
            "switch HTTP/2 off until then (Apache; HTTP.sys, restart)",
            "그때까지 HTTP/2를 끕니다(Apache, HTTP.sys는 다시 시작)"
        ),
    )
    .run(Platform::Any, "Protocols http/1.1")
    .run(
        Platform::Windows,
        r"reg add HKLM\SYSTEM\CurrentControlSet\Services\HTTP\Parameters /v EnableHttp2Tls /t REG_DWORD /d 0 /f",
    );
    Ok(look.reads_as(Impact::Broken, &base, headline).because(because).cure(order).cure(off).into())
}

/// Is it Diffie-Hellman over a prime that is too short for today?
pub(crate) fn short_prime(a: &Answered) -> bool {
    a.dh_bits.is_some_and(|b| b < 2048)
}

fn dh(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if let Some(a) = base.answered.saw() {
        if !short_prime(a) {
            return Ok(Outcome::Pass);
        }
        let broken = a.dh_bits.is_some_and(|b| b < 1024);
        return Ok(prime(look, if broken { Impact::Broken } else { Impact::Risk }, &base).into());
    }
    let base = refused(look)?;
    let works = |h: &Handshake| matches!(h.trial, Trial::Vary(_)) && h.answered.saw().is_some_and(|a| !short_prime(a));
    if look.handshakes()?.iter().any(|h| works(h)) {
        return Ok(Outcome::Pass);
    }
    let wide = look.trial(Vary::Wide)?;
    if !wide.answered.saw().is_some_and(short_prime) {
        return Ok(Outcome::Pass);
    }
    let mut f = prime(look, Impact::Broken, &wide).and(base.at).because(words::line(&base));
    // what a server is configured for holds for the base, too
    f.held = f.held.join(base.row.span);
    Ok(f.into())
}

fn prime<'a>(look: &Look<'a>, impact: Impact, h: &Cited<'a, Handshake>) -> Finding {
    let bits = Arg::num(h.answered.saw().and_then(|a| a.dh_bits).unwrap_or_default());
    let suite = Arg::term(CipherSuite(h.answered.saw().map_or(0, |a| a.suite)));
    let headline = say!(
        "the server's Diffie-Hellman prime has only {bits} bits",
        "서버의 Diffie-Hellman 소수가 {bits}비트에 불과합니다",
        bits = bits
    );
    let because = say!(
        "it chose {suite}; browsers offer no DHE any more, and libraries refuse primes below 1024 bits, on many systems below 2048",
        "{suite:을} 골랐습니다. 브라우저는 더 이상 DHE를 제안하지 않고, 라이브러리는 1024비트 미만을, 많은 시스템에서는 2048비트 미만을 거부합니다",
        suite = suite
    );
    look.reads_as(impact, h, headline)
        .because(because)
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "allow ECDHE suites, which need no such prime (nginx, Apache)",
                    "이런 소수가 필요 없는 ECDHE 암호 그룹을 허용합니다(nginx, Apache)"
                ),
            )
            .run(Platform::Any, "ssl_ciphers ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256;")
            .run(Platform::Any, "SSLCipherSuite ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256"),
        )
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "where DHE must stay, take a prime of 2048 bits (nginx ssl_dhparam; Java 8: jdk.tls.ephemeralDHKeySize)",
                    "DHE를 남겨야 하면 2048비트 소수를 씁니다(nginx ssl_dhparam, Java 8은 jdk.tls.ephemeralDHKeySize)"
                ),
            )
            .run(Platform::Linux, "openssl dhparam -out dhparam.pem 2048")
            .run(Platform::Any, "ssl_dhparam dhparam.pem;")
            .run(Platform::Any, "-Djdk.tls.ephemeralDHKeySize=2048"),
        )
}

fn renegotiation(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    // a server of TLS 1.3 shows it only to a hello of TLS 1.2
    let shown = if version(&base) == Some(Version::TLS1_2.0) { Some(base) } else { look.trial_if_made(Vary::Tls12) };
    let Some(h) = shown else { return Ok(Outcome::NotApplicable) };
    let Some(a) = h.answered.saw() else { return Ok(Outcome::NotApplicable) };
    let asked = h.offer.extensions.contains(&ExtensionType::RENEGOTIATION_INFO.0)
        || h.offer.suites.contains(&CipherSuite::EMPTY_RENEGOTIATION_INFO_SCSV.0);
    if a.version != Version::TLS1_2.0 || !asked {
        return Ok(Outcome::NotApplicable);
    }
    if a.secure_renegotiation {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "the server lacks secure renegotiation, so OpenSSL 3 refuses it",
        "서버가 안전한 재협상을 지원하지 않아 OpenSSL 3이 연결을 거부합니다"
    );
    let because = say!(
        "the hello had renegotiation_info and the ServerHello of {version} did not answer it; OpenSSL 3 breaks off there (unsafe legacy renegotiation disabled)",
        "ClientHello에 renegotiation_info가 있었지만 {version} ServerHello에 응답이 없습니다. OpenSSL 3은 여기서 중단합니다(unsafe legacy renegotiation disabled)",
        version = Arg::term(Version(a.version))
    );
    let who = say!(
        "clients of OpenSSL 3: curl, PHP, Python, Ruby and others on current Linux; browsers get in",
        "OpenSSL 3을 쓰는 클라이언트(최신 Linux의 curl, PHP, Python, Ruby 등). 브라우저는 접속됩니다"
    );
    let upgrade = Cure::new(
        Safety::Manual,
        say!(
            "upgrade the server's TLS library or the firmware of the box in front of it: RFC 5746 is of 2010, and everything maintained has it",
            "서버의 TLS 라이브러리나 앞단 장비의 펌웨어를 업그레이드합니다. RFC 5746은 2010년 규격이며 유지 보수되는 제품에는 모두 들어 있습니다"
        ),
    );
    let windows = Cure::new(
        Safety::Manual,
        say!(
            "on Windows Server 2008 and 2008 R2 it came with the update MS10-049",
            "Windows Server 2008과 2008 R2에서는 MS10-049 업데이트로 추가되었습니다"
        ),
    );
    let f = look.reads_as(Impact::Partial, &h, headline).who(Who::Clients(who)).because(because);
    Ok(f.cure(upgrade).cure(windows).into())
}
