//! Certificate and private key in files: is the key there, and is it this certificate's?
use super::at_hand::{beside, file, holders, in_command, keys, name_of, owners, spki};
use crate::look::{Cited, Look};
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{Identity, Key, KeyAt, Thing};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Fingerprint, Impact, Layer, Platform, Safety, Sight, Tpl, say};

/// No key in what was handed over.
pub static MISSING: Rule = Rule {
    code: Code(1102),
    slug: "private-key-missing",
    title: Tpl { en: "there is no private key beside the certificate", ko: "인증서에 개인 키가 없음" },
    layer: Layer::Key,
    over: Over::Identities,
    causes: &[Cause::KeyMissing],
    explains: &[],
    routine: false,
    check: missing,
    sources: &[
        "RFC 7292 section 4.2 (bags of PKCS#12: keyBag, pkcs8ShroudedKeyBag, certBag)",
        "Microsoft: Troubleshooting SSL related issues, scenario 1",
        "HAProxy configuration manual, crt (certificate and private key in one PEM)",
    ],
    page: page!("pair"),
};

/// A key, but another's.
pub static OTHER: Rule = Rule {
    code: Code(1103),
    slug: "key-of-another-certificate",
    title: Tpl { en: "the private key is another certificate's", ko: "다른 인증서의 개인 키" },
    layer: Layer::Key,
    over: Over::Identities,
    causes: &[Cause::KeyMismatch],
    explains: &[],
    routine: false,
    check: other,
    sources: &[
        "RFC 5280 section 4.1.2.7 (subjectPublicKeyInfo)",
        "OpenSSL X509_check_private_key (key values mismatch)",
        "nginx, Apache (AH02565), HAProxy, Go: refuse to start with such a pair",
    ],
    page: page!("pair"),
};

fn missing(look: &Look<'_>) -> Judged {
    let i = look.identity()?;
    match &i.key {
        Sight::Saw(KeyAt::Missing) => {}
        Sight::Saw(KeyAt::Is(_)) => return Ok(Outcome::Pass),
        _ => return Ok(Outcome::NotApplicable),
    }
    let path = Arg::quote(&i.path);
    let mut f = look
        .reads_as(
            Impact::Broken,
            &i,
            say!("{path} holds no private key", "{path}에 개인 키가 없습니다", path = path.clone()),
        )
        .because(say!(
            "certificates in it: {n}; without the private key of the first a server cannot prove itself",
            "들어 있는 인증서: {n}개. 서버가 자신을 증명하려면 서버 인증서의 개인 키가 있어야 합니다",
            n = Arg::num(i.chain.len())
        ));
    let key = spki(look, i.leaf);
    let elsewhere = key.and_then(|k| holders(look, k).into_iter().next());
    if let Some(at) = &elsewhere {
        f = f.and(at.at).because(say!(
            "its key is at hand, in {file}",
            "이 인증서의 개인 키는 {file}에 있습니다",
            file = Arg::quote(&at.path)
        ));
    } else if let Some((at, whose)) = key.and_then(|k| requests(look, k).into_iter().next()) {
        f = f.and(at).because(say!(
            "the key was made together with {request}: it lies where that request was made",
            "개인 키는 {request:을} 만들 때 함께 만들어졌습니다. 그 요청을 만든 곳에 있습니다",
            request = Arg::Say(Box::new(whose))
        ));
    }
    Ok(with_key(f, look, &i, elsewhere.map(|at| at.path.to_string())).into())
}

/// Requests for the certificate's key.
fn requests(look: &Look<'_>, key: Fingerprint) -> Vec<(tlsdiag_model::FactRef, tlsdiag_model::Say)> {
    let all = owners(look, key).into_iter();
    all.filter(|(f, _)| matches!(f.row.what.what, Thing::Request { .. })).map(|(f, s)| (f.at, s)).collect()
}

/// How the key comes to the certificate, by the form of the file.
fn with_key(f: Finding, look: &Look<'_>, i: &Identity, key: Option<String>) -> Finding {
    let form = file(look, &i.path).map(|f| f.form.clone()).unwrap_or_default();
    let cert = in_command(&i.path, "site.pem");
    let key = key.map_or_else(|| "site.key".to_owned(), |k| in_command(&k, "site.key"));
    let joined = beside(&i.path, "-with-key.pem", "site-with-key.pem");
    let join = || {
        Cure::new(
            Safety::Safe,
            say!("put certificate and key together anew", "인증서와 개인 키를 다시 하나로 묶습니다"),
        )
    };
    let f = match form.as_str() {
        "pkcs12" | "pkcs7" => f
            .cure(
                join()
                    .run(Platform::Any, format!("tlsdiag fix {cert} {key} -o site-with-key.pfx"))
                    .run(Platform::Any, format!("openssl pkcs12 -export -inkey {key} -in fullchain.pem -out site-with-key.pfx")),
            )
            .cure(
                Cure::new(
                    Safety::Confirm,
                    say!(
                        "Windows: on the machine that made the request, accept the certificate there, and export it again with 'Yes, export the private key'",
                        "Windows: 요청을 만든 컴퓨터에서 인증서를 받아들인 뒤 '예, 개인 키를 내보냅니다'를 선택해 다시 내보냅니다"
                    ),
                )
                .run(Platform::Windows, "certreq -accept site.cer")
                .run(Platform::Windows, "certutil -repairstore my THUMBPRINT"),
            ),
        "jks" | "jceks" => f.cure(
            join()
                .run(Platform::Any, format!("openssl pkcs12 -export -inkey {key} -in fullchain.pem -out site.pfx -name tls"))
                .run(Platform::Any, "keytool -importkeystore -srckeystore site.pfx -srcstoretype PKCS12 -destkeystore keystore.p12 -deststoretype PKCS12"),
        ),
        _ => f.cure(
            Cure::new(
                Safety::Safe,
                say!(
                    "HAProxy wants certificate, intermediates and key in one file; nginx and Apache name the key in a line of its own",
                    "HAProxy는 인증서, 중간 인증서, 개인 키를 한 파일에 두어야 하고 nginx와 Apache는 개인 키를 따로 지정합니다"
                ),
            )
            .run(Platform::Linux, format!("(umask 077 && cat {cert} {key} > {joined})"))
            .run(Platform::Any, format!("nginx:   ssl_certificate_key    {key};"))
            .run(Platform::Any, format!("Apache:  SSLCertificateKeyFile  {key}")),
        ),
    };
    f.cure(Cure::new(
        Safety::Manual,
        say!(
            "where the key is gone: make a new one and have the certificate issued anew for it; no CA can give it back",
            "개인 키를 찾을 수 없으면 새 키를 만들어 다시 발급받습니다. CA는 개인 키를 돌려줄 수 없습니다"
        ),
    ))
}

fn other(look: &Look<'_>) -> Judged {
    let i = look.identity()?;
    let path = match &i.key {
        Sight::Saw(KeyAt::Other(path)) => path,
        Sight::Saw(KeyAt::Is(_)) => return Ok(Outcome::Pass),
        _ => return Ok(Outcome::NotApplicable),
    };
    let leaf = look.derived().certificate(i.leaf);
    let found = keys(look, path);
    let mut f = look.reads_as(
        Impact::Broken,
        &i,
        say!(
            "the private key in {key} does not belong to the certificate in {cert}",
            "{key}의 개인 키는 {cert}에 있는 인증서의 것이 아닙니다",
            key = Arg::quote(path),
            cert = Arg::quote(&i.path)
        ),
    );
    if let Some(leaf) = &leaf {
        let kinds: Vec<Arg> = found.iter().map(|(_, k)| Arg::term(&k.kind)).collect();
        f = f.because(say!(
            "the certificate of {name} is for another public key; it has {kind}, the key file {kinds}",
            "{name}의 인증서에는 다른 공개 키가 들어 있습니다. 인증서는 {kind}, 키 파일은 {kinds}",
            name = name_of(leaf),
            kind = Arg::term(&leaf.public_key.kind),
            kinds = if kinds.is_empty() {
                Arg::word("no readable key", "읽을 수 있는 키 없음")
            } else {
                Arg::List(kinds)
            }
        ));
    }
    let whose: Vec<_> = found.iter().filter_map(|(_, k)| k.spki).flat_map(|k| owners(look, k)).collect();
    for (at, said) in whose.iter().take(3) {
        f = f.and(at.at).because(say!(
            "that key belongs to {owner}",
            "그 개인 키는 {owner}의 것입니다",
            owner = Arg::Say(Box::new(said.clone()))
        ));
    }
    for (at, _) in &found {
        f = f.and(at.at);
    }
    let right = spki(look, i.leaf).map(|k| holders(look, k)).unwrap_or_default();
    let f = match right.first() {
        Some(at) => f.and(at.at).because(say!(
            "the key that belongs to the certificate is in {file}",
            "인증서에 맞는 개인 키는 {file}에 있습니다",
            file = Arg::quote(&at.path)
        )),
        None => f.because(say!(
            "no file at hand holds the key that belongs to the certificate",
            "인증서에 맞는 개인 키는 살펴본 파일 가운데 없습니다"
        )),
    };
    let cert_of_key =
        whose.iter().find(|(f, _)| matches!(f.row.what.what, Thing::Cert(_))).map(|(f, _)| &*f.row.what.path);
    Ok(mend(f, &i, path, right.first().map(|at| &*at.row.what.path), cert_of_key, &found).into())
}

fn mend(
    f: Finding,
    i: &Identity,
    key: &str,
    right: Option<&str>,
    cert_of_key: Option<&str>,
    found: &[(Cited<'_, tlsdiag_model::facts::Filed>, &Key)],
) -> Finding {
    let f = match right {
        Some(right) => {
            let right = in_command(right, "RIGHT.key");
            f.cure(
                Cure::new(
                    Safety::Confirm,
                    say!("name the key that belongs to the certificate", "인증서에 맞는 개인 키를 지정합니다"),
                )
                .run(Platform::Any, format!("nginx:   ssl_certificate_key    {right};"))
                .run(Platform::Any, format!("Apache:  SSLCertificateKeyFile  {right}")),
            )
        }
        None => f,
    };
    let f = match cert_of_key.filter(|c| **c != *i.path) {
        Some(cert) => {
            let cert = in_command(cert, "OTHER.pem");
            f.cure(
                Cure::new(
                    Safety::Confirm,
                    say!(
                        "or keep this key and name the certificate that it belongs to",
                        "또는 이 개인 키를 그대로 두고 그에 맞는 인증서를 지정합니다"
                    ),
                )
                .run(Platform::Any, format!("nginx:   ssl_certificate        {cert};"))
                .run(Platform::Any, format!("Apache:  SSLCertificateFile     {cert}")),
            )
        }
        None => f,
    };
    let (cert, key) = (in_command(&i.path, "site.pem"), in_command(key, "site.key"));
    let f = f.cure(
        Cure::new(
            Safety::Safe,
            say!("to compare by hand: both lines must be equal", "직접 비교하려면: 두 줄이 같아야 합니다"),
        )
        .run(Platform::Linux, format!("openssl x509 -in {cert} -noout -pubkey | openssl sha256"))
        .run(Platform::Linux, format!("openssl pkey -in {key} -pubout | openssl sha256")),
    );
    if right.is_some() || found.is_empty() {
        return f;
    }
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "where the right key is gone: have the certificate issued anew for this key",
                "맞는 개인 키를 찾을 수 없으면 지금 있는 개인 키로 인증서를 다시 발급받습니다"
            ),
        )
        .run(Platform::Linux, format!("openssl req -new -key {key} -out site.csr")),
    )
}
