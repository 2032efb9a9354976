//! The server's certificate is used outside of its time, or soon will be.
use super::chain::Chain;
use super::in_file;
use super::words::{called, date, issuer_called, moment, plain_host, span, target};
use crate::{Judged, Look, Outcome, Over, Rule, explains, page};
use tlsdiag_model::{Cause, Code, Cure, Impact, Layer, Platform, Safety, Tpl, say};
use tlsdiag_pki::path::{Origin, Role};
use tlsdiag_pki::{Certificate, Reason};

const DAY: i64 = 86_400;
/// A certificate that lives no longer than this is renewed by a program, and its last days mean nothing.
const SHORT_LIVED: i64 = 10 * DAY;
/// Below this much remaining life a certificate of usual length should have been renewed.
const SOON: i64 = 14 * DAY;

/// notAfter has passed.
pub static EXPIRED: Rule = Rule {
    code: Code(2501),
    slug: "certificate-expired",
    title: Tpl { en: "the certificate has expired", ko: "인증서가 만료됨" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertExpired],
    explains: &[explains(2500)],
    routine: false,
    check: expired,
    sources: &["RFC 5280 section 4.1.2.5 (validity)", "RFC 5280 section 6.1.3 (a) (2)"],
    page: page!("dates"),
};

/// notBefore has not come.
pub static NOT_YET: Rule = Rule {
    code: Code(2502),
    slug: "certificate-not-yet-valid",
    title: Tpl { en: "the certificate is not valid yet", ko: "인증서가 아직 유효하지 않음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertNotYetValid],
    explains: &[explains(2500)],
    routine: false,
    check: not_yet,
    sources: &["RFC 5280 section 4.1.2.5 (validity)", "RFC 5280 section 6.1.3 (a) (2)"],
    page: page!("dates"),
};

/// It works, but not for long.
pub static SOON_OVER: Rule = Rule {
    code: Code(2504),
    slug: "expires-soon",
    title: Tpl { en: "the certificate expires soon", ko: "인증서가 곧 만료됨" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertExpired],
    explains: &[],
    routine: false,
    check: soon_over,
    sources: &["RFC 5280 section 4.1.2.5 (validity)", "RFC 9773 (renewal information: when a CA wants a renewal)"],
    page: page!("dates"),
};

fn expired(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let leaf = &chain.trust.leaf;
    if !at_fault(&chain, |r| matches!(r, Reason::Expired { .. })) {
        return Ok(Outcome::Pass);
    }
    let ago = chain.trust.time.saturating_sub(leaf.not_after);
    let say = say!(
        "the certificate expired {ago} ago, on {day}",
        "인증서가 {ago} 전인 {day}에 만료되었습니다",
        ago = span(ago),
        day = date(leaf.not_after)
    );
    let mut f = chain.says(Impact::Broken, say);
    // what a server serves may be older than what it was given
    if !chain.in_files() {
        f = f.labels(&[Cause::CertExpired, Cause::CertStaleInMemory]);
    }
    f = f.because(say!(
        "the certificate of {subject}, issued by {issuer}, ends at {end}",
        "{issuer:이} 발급한 {subject} 인증서는 {end}까지입니다",
        subject = called(leaf),
        issuer = issuer_called(leaf),
        end = moment(leaf.not_after)
    ));
    if chain.in_files() {
        return Ok(in_file::newer(&chain, f).cure(renew(look)).into());
    }
    Ok(f.cure(renew(look)).cure(reload(look)).into())
}

/// Is the server's own certificate at fault on the path worth talking about?
fn at_fault(chain: &Chain<'_>, which: fn(&Reason) -> bool) -> bool {
    chain.faults().iter().any(|(s, r)| s.role == Role::Leaf && which(r))
}

fn renew(look: &Look<'_>) -> Cure {
    let name = look.endpoint().ok().and_then(|e| e.name.as_ref()).and_then(|n| plain_host(n.as_str()));
    let cure = Cure::new(
        Safety::Confirm,
        say!(
            "renew the certificate, install it with its chain and reload the server",
            "인증서를 갱신해 체인과 함께 설치하고 서버를 다시 읽게 합니다"
        ),
    );
    let cure = match name {
        Some(n) if n.parse::<std::net::IpAddr>().is_err() && !n.contains(':') => {
            cure.run(Platform::Linux, format!("certbot certificates --domain {n}"))
        }
        _ => cure,
    };
    cure.run(Platform::Linux, "certbot renew && systemctl reload nginx").run(Platform::Windows, "certutil -store my")
}

/// The renewed certificate may lie on the disk already while the running program still serves the old one.
fn reload(look: &Look<'_>) -> Cure {
    let cure = Cure::new(
        Safety::Confirm,
        say!(
            "if it has been renewed already: compare what is served with the file, and reload or bind it anew",
            "이미 갱신했다면 서버가 보내는 인증서와 파일을 비교하고, 서버를 다시 읽게 하거나 다시 바인딩합니다"
        ),
    );
    let cure = match target(look) {
        Some(t) => cure.run(
            Platform::Linux,
            format!("openssl s_client {t} </dev/null 2>/dev/null | openssl x509 -noout -dates -fingerprint -sha256"),
        ),
        None => cure,
    };
    cure.run(Platform::Windows, "netsh http show sslcert")
}

fn not_yet(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let leaf = &chain.trust.leaf;
    if !at_fault(&chain, |r| matches!(r, Reason::NotYetValid { .. })) {
        return Ok(Outcome::Pass);
    }
    let wait = leaf.not_before.saturating_sub(chain.trust.time);
    let say = say!(
        "the certificate is valid only in {wait}, from {day}",
        "인증서는 {wait} 뒤인 {day}부터 유효합니다",
        wait = span(wait),
        day = date(leaf.not_before)
    );
    Ok(chain
        .says(Impact::Broken, say)
        .because(say!(
            "the certificate of {subject}, issued by {issuer}, begins at {begin}",
            "{issuer:이} 발급한 {subject} 인증서는 {begin}부터입니다",
            subject = called(leaf),
            issuer = issuer_called(leaf),
            begin = moment(leaf.not_before)
        ))
        .cure(Cure::new(
            Safety::Confirm,
            say!(
                "serve the previous certificate until then, or have a new one issued that begins now",
                "그때까지 이전 인증서를 쓰거나 지금부터 유효한 인증서를 새로 발급받습니다"
            ),
        ))
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "a private CA whose own clock is ahead issues such certificates: correct its clock first",
                "사설 CA의 시계가 앞서 있으면 이런 인증서가 발급됩니다. CA의 시계부터 맞춥니다"
            ),
        ))
        .into())
}

fn soon_over(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let time = chain.trust.time;
    if !in_time(&chain.trust.leaf, time) {
        return Ok(Outcome::NotApplicable);
    }
    let steps = chain.best().map(|p| p.steps.as_slice()).unwrap_or_default();
    let sent = steps.iter().filter(|s| matches!(s.origin, Origin::Sent(_) | Origin::Asked));
    let ending = sent
        .filter_map(|s| s.certificate.as_ref().map(|c| (s.role, c)))
        .filter(|(role, c)| *role != Role::UntrustedRoot && in_time(c, time) && nearly_over(c, time))
        .min_by_key(|(_, c)| c.not_after);
    let Some((role, c)) = ending else { return Ok(Outcome::Pass) };
    let left = c.not_after.saturating_sub(time);
    let say = match role {
        Role::Leaf => say!(
            "the certificate expires in {left}, on {day}",
            "인증서가 {left} 뒤인 {day}에 만료됩니다",
            left = span(left),
            day = date(c.not_after)
        ),
        _ => say!(
            "the intermediate certificate {name} expires in {left}, on {day}",
            "중간 인증서 {name:이} {left} 뒤인 {day}에 만료됩니다",
            name = called(c),
            left = span(left),
            day = date(c.not_after)
        ),
    };
    let mut f = chain.says(Impact::Risk, say).because(say!(
        "it ends at {end}, after a life of {life}",
        "{end}에 끝나며 전체 유효 기간은 {life}입니다",
        end = moment(c.not_after),
        life = span(c.not_after.saturating_sub(c.not_before))
    ));
    if role != Role::Leaf {
        f = f.labels(&[Cause::ChainExpiredIntermediate]);
    }
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "see whether the renewal runs by itself, and why it has not done so yet",
                "자동 갱신이 동작하는지, 왜 아직 갱신되지 않았는지 확인합니다"
            ),
        )
        .run(Platform::Linux, "certbot renew --dry-run")
        .run(Platform::Linux, "systemctl list-timers certbot.timer"),
    )
    .into())
}

fn in_time(c: &Certificate, time: i64) -> bool {
    c.not_before <= time && time <= c.not_after
}

fn nearly_over(c: &Certificate, time: i64) -> bool {
    let life = c.not_after.saturating_sub(c.not_before);
    let left = c.not_after.saturating_sub(time);
    if life > SHORT_LIVED { left < SOON } else { left < life / 5 }
}
