//! The certificate does not cover the name or address that was asked for: which names it has, and how near they come.
use super::chain::Chain;
use super::in_file;
use super::words::{few, plain_host};
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};
use tlsdiag_pki::path::Role;
use tlsdiag_pki::{Host, Mismatch, MismatchReason, Reason};

/// How many names of a certificate are told.
const TOLD: usize = 5;

/// Another name.
pub static MISMATCH: Rule = Rule {
    code: Code(2530),
    slug: "name-mismatch",
    title: Tpl { en: "the certificate is for another name", ko: "다른 이름의 인증서" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertNameMismatch],
    explains: &[explains(2500)],
    routine: false,
    check: mismatch,
    sources: &["RFC 9525 section 6 (verifying service identity)", "RFC 6066 section 3 (server_name)"],
    page: page!("names"),
};

/// A wildcard of another depth.
pub static DEPTH: Rule = Rule {
    code: Code(2531),
    slug: "wildcard-depth",
    title: Tpl { en: "the wildcard does not reach so far", ko: "와일드카드 범위 밖의 이름" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertWildcardDepth],
    explains: &[explains(2500)],
    routine: false,
    check: depth,
    sources: &["RFC 9525 section 6.3 (a wildcard is one whole leftmost label)"],
    page: page!("names"),
};

/// An address that is not named.
pub static ADDRESS: Rule = Rule {
    code: Code(2532),
    slug: "address-not-in-certificate",
    title: Tpl { en: "the certificate does not name the address", ko: "인증서에 IP 주소가 없음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertNoIpSan],
    explains: &[explains(2500)],
    routine: false,
    check: address,
    sources: &["RFC 9525 section 6.5 (IP-ID)", "RFC 5280 section 4.2.1.6 (iPAddress)"],
    page: page!("names"),
};

/// The name stands in the common name alone.
pub static COMMON_NAME: Rule = Rule {
    code: Code(2533),
    slug: "common-name-only",
    title: Tpl { en: "the name stands in the common name alone", ko: "이름이 CN에만 있음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::CertNoSan],
    explains: &[explains(2500)],
    routine: false,
    check: common_name,
    sources: &[
        "RFC 9525 section 2 (the common name is not used)",
        "measured: OpenSSL, GnuTLS, Java and Mbed TLS accept it, Go, rustls, Firefox and Chromium refuse it",
    ],
    page: page!("names"),
};

/// The chain, where a host was meant: files alone name none.
fn meant<'a>(look: &'a Look<'a>) -> Result<Chain<'a>, Stop> {
    let chain = Chain::of(look)?;
    if chain.trust.host.is_none() { Err(Stop::NotApplicable) } else { Ok(chain) }
}

/// How the served names miss the host that was meant; `None` where they do not.
fn missed(chain: &Chain<'_>) -> Option<Mismatch> {
    chain.faults().into_iter().find_map(|(step, reason)| match reason {
        Reason::NameMismatch(m) if step.role == Role::Leaf => Some(m.clone()),
        _ => None,
    })
}

fn is_address(chain: &Chain<'_>) -> bool {
    matches!(chain.trust.host, Some(Host::Ip(_)))
}

fn mismatch(look: &Look<'_>) -> Judged {
    let chain = meant(look)?;
    let Some(m) = missed(&chain).filter(|_| !is_address(&chain)) else { return Ok(Outcome::Pass) };
    if matches!(m.reason, MismatchReason::WildcardDepth { .. } | MismatchReason::CnOnly { .. }) {
        return Ok(Outcome::Pass);
    }
    let host = chain.host();
    let f = chain.says(
        Impact::Broken,
        match chain.file() {
            Some(file) => say!(
                "the certificate in {file} is not for {host}",
                "{file:은} {host}의 인증서가 아닙니다",
                file = file,
                host = Arg::quote(&host)
            ),
            None => say!("the certificate is not for {host}", "{host}의 인증서가 아닙니다", host = Arg::quote(&host)),
        },
    );
    let f = nearest(with_names(f, &m), &m.reason);
    if chain.in_files() {
        return Ok(in_file::covering(&chain, f, &host).cure(issue(&host)).into());
    }
    let f = f.cure(Cure::new(
        Safety::Confirm,
        say!(
            "if the server has the right certificate too: give it to the virtual host of {host}, and look whether the request reaches another one",
            "서버에 올바른 인증서가 있다면 {host} 가상 호스트에 지정하고, 요청이 다른 가상 호스트로 가지 않는지 확인합니다",
            host = Arg::quote(&host)
        ),
    )
    .run(Platform::Linux, "nginx -T | grep -E 'server_name|ssl_certificate '")
    .run(Platform::Linux, "apachectl -S")
    .run(Platform::Windows, "netsh http show sslcert"));
    let f = f.cure(issue(&host));
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "if the address is not the site's server: correct the DNS record",
            "이 주소가 해당 사이트의 서버가 아니라면 DNS 레코드를 고칩니다"
        ),
    ))
    .into())
}

fn with_names(f: Finding, m: &Mismatch) -> Finding {
    if m.names.is_empty() {
        return f.because(say!("the certificate names no host at all", "인증서에 호스트 이름이 하나도 없습니다"));
    }
    f.because(say!("its names: {names}", "인증서의 이름: {names}", names = few(&m.names, TOLD)))
}

/// What would have fitted but for its form.
fn nearest(f: Finding, reason: &MismatchReason) -> Finding {
    match reason {
        MismatchReason::CnIgnored { cn } => f.because(say!(
            "the common name {cn} fits, but is not looked at where there are alternative names",
            "CN {cn:은} 맞지만 주체 대체 이름(SAN)이 있으면 CN은 보지 않습니다",
            cn = Arg::quote(cn)
        )),
        MismatchReason::WildcardForm { pattern } => f.because(say!(
            "clients do not accept a pattern like {pattern}: an asterisk must be the whole first label, above at least two more",
            "클라이언트는 {pattern} 같은 형식을 받지 않습니다. 별표는 첫 레이블 전체여야 하고 뒤에 둘 이상의 레이블이 있어야 합니다",
            pattern = Arg::quote(pattern)
        )),
        MismatchReason::TrailingDot { name } => f.because(say!(
            "{name} ends in a dot, which names in certificates must not",
            "{name:은} 점으로 끝나는데 인증서의 이름은 그래서는 안 됩니다",
            name = Arg::quote(name)
        )),
        MismatchReason::NotInALabels { name } => f.because(say!(
            "{name} is written in its own script instead of its xn-- form",
            "{name:이} xn-- 형식이 아니라 원래 문자로 적혀 있습니다",
            name = Arg::quote(name)
        )),
        _ => f,
    }
}

/// A certificate that covers the host.
fn issue(host: &str) -> Cure {
    let cure = Cure::new(
        Safety::Manual,
        say!(
            "else have one issued whose alternative names include {host}",
            "그렇지 않다면 주체 대체 이름(SAN)에 {host:이} 들어 있는 인증서를 발급받습니다",
            host = Arg::quote(host)
        ),
    );
    match plain_host(host) {
        Some(h) if h.parse::<std::net::IpAddr>().is_err() => {
            cure.run(Platform::Linux, format!("certbot certonly --nginx -d {h}"))
        }
        _ => cure,
    }
}

fn depth(look: &Look<'_>) -> Judged {
    let chain = meant(look)?;
    let Some(m) = missed(&chain) else { return Ok(Outcome::Pass) };
    let MismatchReason::WildcardDepth { pattern } = &m.reason else { return Ok(Outcome::Pass) };
    let host = chain.host();
    let f = chain
        .says(
            Impact::Broken,
            say!(
                "the wildcard {pattern} does not cover {host}",
                "와일드카드 {pattern:은} {host:을} 포함하지 않습니다",
                pattern = Arg::quote(pattern),
                host = Arg::quote(&host)
            ),
        )
        .because(say!(
            "an asterisk stands for exactly one label: neither none nor two",
            "별표는 레이블 하나만 대신합니다. 없거나 둘이면 맞지 않습니다"
        ));
    Ok(with_names(f, &m)
        .cure(issue(&host))
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "give the service a name at the depth that the wildcard covers, and redirect in plain http only",
                "와일드카드가 포함하는 깊이의 이름으로 서비스를 옮깁니다. 이전 이름에서는 http로만 리디렉션할 수 있습니다"
            ),
        ))
        .into())
}

fn address(look: &Look<'_>) -> Judged {
    let chain = meant(look)?;
    let Some(m) = missed(&chain).filter(|_| is_address(&chain)) else { return Ok(Outcome::Pass) };
    let host = chain.host();
    let f = chain.says(
        Impact::Broken,
        say!(
            "the certificate does not name the address {host}",
            "인증서에 주소 {host:이} 없습니다",
            host = Arg::quote(&host)
        ),
    );
    let f = match m.reason {
        MismatchReason::IpOnlyAsDns => f.because(say!(
            "the address stands there as a dNSName, where it does not count; it must be an iPAddress",
            "주소가 dNSName으로 적혀 있어 인정되지 않습니다. iPAddress여야 합니다"
        )),
        MismatchReason::CnOnly { .. } => {
            f.because(say!("the address stands in the common name alone", "주소가 CN에만 있습니다"))
        }
        _ => f,
    };
    Ok(with_names(f, &m)
        .cure(Cure::new(
            Safety::Safe,
            say!("use the host name of the certificate in the URL", "URL에 인증서에 있는 호스트 이름을 씁니다"),
        ))
        .cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "have a certificate issued with the address as iPAddress in its alternative names",
                    "주체 대체 이름(SAN)에 이 주소가 iPAddress로 들어 있는 인증서를 발급받습니다"
                ),
            )
            .run(Platform::Any, format!("subjectAltName = IP:{host}")),
        )
        .into())
}

fn common_name(look: &Look<'_>) -> Judged {
    let chain = meant(look)?;
    let Some(m) = missed(&chain).filter(|_| !is_address(&chain)) else { return Ok(Outcome::Pass) };
    let MismatchReason::CnOnly { cn } = &m.reason else { return Ok(Outcome::Pass) };
    let host = chain.host();
    Ok(chain
        .says(
            Impact::Broken,
            say!(
                "the certificate names {cn} in the common name alone, without alternative names",
                "인증서에 주체 대체 이름(SAN)이 없고 {cn:이} CN에만 있습니다",
                cn = Arg::quote(cn)
            ),
        )
        .who(Who::Clients(say!(
            "every current browser, Go, rustls, Python requests; curl, OpenSSL, Java and GnuTLS still accept it",
            "현재의 모든 브라우저, Go, rustls, Python requests. curl, OpenSSL, Java, GnuTLS는 아직 받아들입니다"
        )))
        .cure(
            issue(&host)
                .run(Platform::Linux, "openssl req -new -key site.key -out site.csr -addext subjectAltName=DNS:NAME"),
        )
        .into())
}
