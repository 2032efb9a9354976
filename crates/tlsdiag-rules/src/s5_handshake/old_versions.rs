//! The server speaks nothing newer than TLS 1.1, which clients of today refuse.
use super::experiment::{anything_works, chose_old, conclude, refused, shown, version};
use super::words;
use crate::{Cited, Edge, Fit, Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::facts::{Event, Handshake, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Tpl, say};
use tlsdiag_wire::registry::Version;

/// Old versions only.
pub static RULE: Rule = Rule {
    code: Code(5010),
    slug: "only-old-versions",
    title: Tpl {
        en: "the server speaks only old protocol versions", ko: "서버가 이전 프로토콜 버전만 지원함"
    },
    layer: Layer::Negotiate,
    over: Over::Endpoints,
    causes: &[Cause::ProtoVersionServerOld],
    explains: &[
        explains(5001),
        explains(5002),
        explains(5005),
        explains(5006),
        Edge { symptom: Code(5204), fits: about_versions },
    ],
    routine: false,
    check,
    sources: &["RFC 8996 (TLS 1.0 and 1.1 deprecated)", "RFC 7568 (SSL 3.0 prohibited)"],
    page: page!("old_versions"),
};

/// The entry reports that versions did not meet.
fn about_versions(f: &Fit<'_>) -> bool {
    f.symptom.evidence().find_map(|at| f.look.cited::<Event>(at)).is_some_and(|e| e.alert == Some(70))
}

fn check(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if base.done() {
        // a server takes the highest version that it has in common with the client
        return Ok(if chose_old(&base) { chosen(look, &base, &base).into() } else { Outcome::Pass });
    }
    let base = refused(look)?;
    if let Some(h) = look.handshakes()?.into_iter().find(|h| chose_old(h)) {
        return Ok(chosen(look, &base, &h).into());
    }
    if anything_works(look)? {
        return Ok(Outcome::Pass);
    }
    let wide = look.trial(Vary::Wide)?;
    if version(&wide).is_some() {
        return Ok(Outcome::Pass);
    }
    // the wide hello can be too much by itself for a server of that age
    let plain = look.trial(Vary::Only(Version::TLS1_0.0))?;
    let Some(v) = version(&plain).filter(|_| plain.done()) else { return Ok(Outcome::Pass) };
    let newer = look.trial(Vary::Only(Version::TLS1_2.0))?;
    if newer.done() {
        return Ok(Outcome::Pass);
    }
    let f = conclude(look, Impact::Broken, &base, &[plain], headline(v))?;
    let f = f.and(newer.at).because(words::line(&plain)).because(words::line(&newer));
    Ok(cures(f).into())
}

fn chosen<'a>(look: &Look<'a>, base: &Cited<'a, Handshake>, shows: &Cited<'a, Handshake>) -> Finding {
    let f = shown(look, shows, base, headline(version(shows).unwrap_or_default()));
    let offered = say!(
        "the hello offered up to {offered}; a server takes the highest version that it has, and this one took {chosen}",
        "ClientHello는 {offered}까지 제안했습니다. 서버는 지원하는 가장 높은 버전을 고르는데, 이 서버는 {chosen:을} 골랐습니다",
        offered = Arg::term(Version(shows.offer.versions.iter().copied().max().unwrap_or_default())),
        chosen = Arg::term(Version(version(shows).unwrap_or_default()))
    );
    let f = f.because(offered);
    cures(if base.done() { f } else { f.because(words::line(base)) })
}

fn headline(v: u16) -> Say {
    say!(
        "the server speaks nothing newer than {version}",
        "서버가 {version}보다 새로운 버전을 지원하지 않습니다",
        version = Arg::term(Version(v))
    )
}

fn cures(f: Finding) -> Finding {
    let key = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "switch TLS 1.2 and 1.3 on in the server's configuration and reload it (nginx, Apache, HAProxy in this order)",
                "서버 설정에서 TLS 1.2와 1.3을 켜고 다시 읽힙니다(nginx, Apache, HAProxy 순)"
            ),
        )
        .run(Platform::Any, "ssl_protocols TLSv1.2 TLSv1.3;")
        .run(Platform::Any, "SSLProtocol -all +TLSv1.2 +TLSv1.3")
        .run(Platform::Any, "ssl-default-bind-options ssl-min-ver TLSv1.2"),
    )
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "on Windows, enable TLS 1.2 for the server role and restart (Windows Server 2008 R2 and later have it; 2008 needs an update)",
                "Windows에서는 서버 역할에 TLS 1.2를 켜고 다시 시작합니다(Windows Server 2008 R2 이후에 포함, 2008은 업데이트 필요)"
            ),
        )
        .run(Platform::Windows, format!("reg add \"{key}\" /v Enabled /t REG_DWORD /d 1 /f"))
        .run(Platform::Windows, format!("reg add \"{key}\" /v DisabledByDefault /t REG_DWORD /d 0 /f")),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "a program whose TLS library has no TLS 1.2 (OpenSSL before 1.0.1, Java 6, Windows Server 2003) must be upgraded, or served through a reverse proxy that speaks TLS 1.2",
            "TLS 라이브러리에 TLS 1.2가 없으면(1.0.1 이전 OpenSSL, Java 6, Windows Server 2003) 업그레이드하거나, TLS 1.2를 지원하는 역방향 프록시를 앞에 둡니다"
        ),
    ))
}
