//! Keys and certificates in a form that servers do not read, other things in their place, and keys that are damaged.
use super::at_hand::{about, beside, files, holders, in_command, spki, things, things_in, users};
use crate::look::{Cited, Look};
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{File, Filed, Identity, KeyAt, Refusal, Thing};
use tlsdiag_model::{
    Arg, Cause, Code, Cure, Finding, Fingerprint, Impact, Layer, Platform, Safety, Say, Sight, Subject, Tpl, Who, say,
};

/// Servers cannot read it as it is written.
pub static FORM: Rule = Rule {
    code: Code(1104),
    slug: "form-that-servers-do-not-read",
    title: Tpl {
        en: "a file is in a form that servers do not read", ko: "서버가 읽지 못하는 형식의 파일"
    },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyFormat, Cause::CertEncoding],
    explains: &[],
    routine: false,
    check: form,
    sources: &[
        "RFC 7468 (textual encodings: five dashes, label, base64, END)",
        "OpenSSL PEM_read_bio: no start line, bad end line, bad base64 decode",
        "ssh-keygen(1): -m PKCS8",
    ],
    page: page!("form"),
};

/// A request where a certificate should be.
pub static REQUEST: Rule = Rule {
    code: Code(1105),
    slug: "request-instead-of-certificate",
    title: Tpl {
        en: "a request is there in place of a certificate", ko: "인증서 대신 인증서 요청(CSR)이 있음"
    },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyFormat, Cause::CertNoneConfigured],
    explains: &[],
    routine: false,
    check: request,
    sources: &["RFC 2986 (certification request syntax)", "RFC 7468 section 7 (CERTIFICATE REQUEST)"],
    page: page!("form"),
};

/// A key that is wrong in itself.
pub static DAMAGED: Rule = Rule {
    code: Code(1106),
    slug: "private-key-damaged",
    title: Tpl { en: "the private key is damaged", ko: "손상된 개인 키" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyDamaged],
    explains: &[],
    routine: false,
    check: damaged,
    sources: &[
        "RFC 8017 section 3.2 (RSA private keys)",
        "RFC 5915 section 3 (EC private keys)",
        "OpenSSL EVP_PKEY_check",
    ],
    page: page!("form"),
};

/// How text is written that OpenSSL, and with it most servers, passes over: what to look for in the words of the
/// reader, and how it is told.
const ODD: &[(&str, Tpl)] = &[
    ("UTF-16", Tpl { en: "the text is UTF-16", ko: "UTF-16으로 저장되어 있습니다" }),
    ("byte order mark", Tpl { en: "a byte order mark stands before BEGIN", ko: "BEGIN 앞에 BOM이 있습니다" }),
    ("lone CR", Tpl { en: "lines end in a lone CR", ko: "줄이 CR 하나로만 끝납니다" }),
    ("written as \\n", Tpl { en: "line ends are written out as \\n", ko: "줄바꿈이 \\n이라는 글자로 적혀 있습니다" }),
    ("base64 without BEGIN", Tpl { en: "the BEGIN and END lines are missing", ko: "BEGIN 줄과 END 줄이 없습니다" }),
    (
        "labelled ",
        Tpl {
            en: "a block holds something else than its label says", ko: "블록의 내용이 이름표와 다릅니다"
        },
    ),
    ("written out as", Tpl { en: "line ends are written out as \\n", ko: "줄바꿈이 \\n이라는 글자로 적혀 있습니다" }),
    ("in one line", Tpl { en: "BEGIN, base64 and END stand in one line", ko: "BEGIN, base64, END가 한 줄에 있습니다" }),
    ("indented", Tpl { en: "the block is indented", ko: "블록이 들여쓰기되어 있습니다" }),
    (
        "five dashes",
        Tpl {
            en: "the marker lines have not exactly five dashes",
            ko: "BEGIN이나 END 줄의 하이픈이 다섯 개가 아닙니다",
        },
    ),
    (
        "before BEGIN or END",
        Tpl {
            en: "something stands before BEGIN or END on its line",
            ko: "BEGIN이나 END 줄의 앞에 다른 글자가 있습니다",
        },
    ),
    (
        "behind BEGIN or END",
        Tpl {
            en: "something stands behind BEGIN or END on its line",
            ko: "BEGIN이나 END 줄의 뒤에 다른 글자가 있습니다",
        },
    ),
    (
        "another block's END",
        Tpl {
            en: "two blocks run together: BEGIN follows on the line of END",
            ko: "두 블록이 붙어 있습니다. END와 같은 줄에서 BEGIN이 이어집니다",
        },
    ),
    ("carry a prefix", Tpl { en: "its lines carry a prefix", ko: "줄마다 앞에 다른 글자가 붙어 있습니다" }),
    (
        "quotes or backslashes",
        Tpl {
            en: "quotes or backslashes stand around its lines", ko: "줄에 따옴표나 백슬래시가 있습니다"
        },
    ),
    (
        "invisible",
        Tpl {
            en: "invisible characters stand among the base64", ko: "base64 사이에 보이지 않는 문자가 있습니다"
        },
    ),
    ("padding at the end", Tpl { en: "the padding at the end is missing", ko: "끝의 채움 문자(=)가 없습니다" }),
    (
        "divides headers",
        Tpl {
            en: "no empty line divides headers and base64", ko: "머리말과 base64 사이에 빈 줄이 없습니다"
        },
    ),
];

fn form(look: &Look<'_>) -> Judged {
    let mut out = vec![];
    for f in files(look) {
        if let Some(public) = public_only(look, &f) {
            out.push(public);
            continue;
        }
        let found = odd(look, &f).or_else(|| foreign(look, &f)).or_else(|| der(look, &f));
        out.extend(found.iter().flat_map(|x| about(look, &f.path, x)));
    }
    Ok(found(out))
}

/// What was found; that nothing was acquits nobody, as other files may lack.
fn found(out: Vec<Finding>) -> Outcome {
    if out.is_empty() { Outcome::NotApplicable } else { out.into() }
}

fn holds_key(look: &Look<'_>, path: &str) -> bool {
    let key = |t: &Thing| matches!(t, Thing::Key(_)) || matches!(t, Thing::Refused { of, .. } if of.contains("key"));
    things_in(look, path).iter().any(|f| key(&f.row.what.what)) || users(look, path).iter().any(|i| *i.path != *path)
}

/// Text that is written so that OpenSSL passes over it.
fn odd(look: &Look<'_>, f: &Cited<'_, File>) -> Option<Finding> {
    let told: Vec<&Tpl> =
        ODD.iter().filter(|(w, _)| f.oddities.iter().any(|o| o.contains(w))).map(|(_, t)| t).collect();
    if told.is_empty() || !holds_something(look, &f.path) {
        return None;
    }
    let key = holds_key(look, &f.path);
    let path = Arg::quote(&f.path);
    let headline = if key {
        say!("servers cannot read the private key in {path}", "서버가 {path}의 개인 키를 읽지 못합니다", path = path)
    } else {
        say!("servers cannot read the certificates in {path}", "서버가 {path}의 인증서를 읽지 못합니다", path = path)
    };
    let mut out = look.reads_as(Impact::Broken, f, headline).who(openssl_and_go());
    for t in told {
        out = out.because(say!("{what}", "{what}", what = Arg::Word(*t)));
    }
    out = out.because(say!(
        "a block counts only where -----BEGIN stands alone at the start of a line of plain ASCII; what does not is passed over",
        "-----BEGIN이 일반 ASCII 줄의 맨 앞에 혼자 있어야 블록으로 인정되고 그렇지 않으면 무시됩니다"
    ));
    if !key {
        out = out.labels(&[Cause::CertEncoding, Cause::KeyFormat]);
    }
    let (file, fixed) = (in_command(&f.path, "FILE"), beside(&f.path, ".fixed.pem", "FIXED.pem"));
    let cure = Cure::new(
        Safety::Safe,
        say!("write it anew as plain PEM, and name the new file", "일반 PEM으로 다시 써서 새 파일을 지정합니다"),
    )
    .run(Platform::Any, format!("tlsdiag fix {file} -o {fixed}"));
    let has = |w: &str| f.oddities.iter().any(|o| o.contains(w));
    Some(out.cure(if has("UTF-16") {
        cure.run(Platform::Linux, format!("iconv -f UTF-16 -t ASCII {file} | tr -d '\\r' > {fixed}")).run(
            Platform::Windows,
            format!("powershell -c \"Get-Content {file} | Set-Content -Encoding ascii {fixed}\""),
        )
    } else if has("byte order mark") {
        cure.run(Platform::Linux, format!("sed '1s/^\\xEF\\xBB\\xBF//' {file} > {fixed}"))
    } else {
        cure
    }))
}

fn holds_something(look: &Look<'_>, path: &str) -> bool {
    !things_in(look, path).is_empty() || !users(look, path).is_empty()
}

fn openssl_and_go() -> Who {
    Who::Clients(say!(
        "servers built on OpenSSL (nginx, Apache, HAProxy, Node.js, Python) and Go",
        "OpenSSL을 쓰는 서버(nginx, Apache, HAProxy, Node.js, Python)와 Go"
    ))
}

/// A key in a form of other programs.
fn foreign(look: &Look<'_>, f: &Cited<'_, File>) -> Option<Finding> {
    const FORMATS: &[&str] = &["OpenSSH", "SSH2", "PuTTY", ".pvk", "PRIVATEKEYBLOB", "OpenPGP"];
    let (at, format) = things_in(look, &f.path).into_iter().find_map(|t| {
        let said = match &t.row.what.what {
            Thing::Other(what) if what.contains("private key") => what,
            Thing::Key(k) => &k.form,
            Thing::Refused { of, why: Refusal::Unsupported, detail } if of.contains("key") => detail,
            _ => return None,
        };
        FORMATS.iter().find(|x| said.contains(**x)).map(|x| (t, *x))
    })?;
    let (file, fixed) = (in_command(&f.path, "FILE"), beside(&f.path, ".fixed.key", "FIXED.key"));
    let cure = Cure::new(Safety::Safe, say!("convert a copy of it to PKCS#8", "사본을 PKCS#8로 변환합니다"));
    let cure = match format {
        "OpenSSH" | "SSH2" => cure
            .run(Platform::Any, format!("cp {file} {fixed}"))
            .run(Platform::Any, format!("ssh-keygen -p -m PKCS8 -f {fixed}")),
        "PuTTY" => cure
            .run(Platform::Any, format!("puttygen {file} -O private-openssh -o {fixed}"))
            .run(Platform::Any, format!("ssh-keygen -p -m PKCS8 -f {fixed}")),
        ".pvk" | "PRIVATEKEYBLOB" => cure.run(Platform::Any, format!("openssl pkey -in {file} -out {fixed}")),
        _ => cure,
    };
    Some(
        look.reads_as(
            Impact::Broken,
            f,
            say!(
                "the private key in {path} is in the form of {format}, which TLS servers do not read",
                "{path}의 개인 키는 TLS 서버가 읽지 못하는 {format} 형식입니다",
                path = Arg::quote(&f.path),
                format = Arg::term(format)
            ),
        )
        .and(at.at)
        .because(say!(
            "at {place}; they want PKCS#8, PKCS#1 or SEC1 in PEM",
            "위치: {place}. PEM으로 된 PKCS#8, PKCS#1 또는 SEC1이어야 합니다",
            place = Arg::quote(&at.place)
        ))
        .cure(cure),
    )
}

/// A public key where the private one should be.
fn public_only(look: &Look<'_>, f: &Cited<'_, File>) -> Option<Finding> {
    let held = things_in(look, &f.path);
    let public: Vec<Fingerprint> = held
        .iter()
        .map(|t| match &t.row.what.what {
            Thing::PublicKey { spki } => Some(*spki),
            _ => None,
        })
        .collect::<Option<_>>()?;
    let key = *public.first()?;
    if !f.given || !holders(look, key).is_empty() {
        return None;
    }
    let keyless = |i: &Identity| matches!(i.key, Sight::Hidden | Sight::Saw(KeyAt::Missing));
    let of = look.seen::<Identity>().find(|i| keyless(i) && spki(look, i.leaf) == Some(key));
    let mut out = look
        .reads_as(
            Impact::Broken,
            f,
            say!(
                "{path} holds the public key, not the private one",
                "{path}에는 개인 키가 아니라 공개 키가 들어 있습니다",
                path = Arg::quote(&f.path)
            ),
        )
        .labels(&[Cause::KeyFormat, Cause::KeyMissing]);
    for t in &held {
        out = out.and(t.at);
    }
    out.subject = Subject::Identity { host: look.subject().host(), label: f.path.clone() };
    if let Some(i) = of {
        out.subject = Subject::Identity { host: look.subject().host(), label: i.label.clone() };
        out = out.and(i.at).because(say!(
            "it is the one that the certificate in {cert} holds already",
            "{cert}의 인증서에 이미 들어 있는 공개 키입니다",
            cert = Arg::quote(&i.path)
        ));
    }
    Some(out.cure(Cure::new(
        Safety::Manual,
        say!(
            "name the file whose first line says PRIVATE KEY; a public key cannot be turned into one",
            "첫 줄에 PRIVATE KEY라고 적힌 파일을 지정합니다. 공개 키로 개인 키를 만들 수는 없습니다"
        ),
    )))
}

/// DER where servers want PEM.
fn der(look: &Look<'_>, f: &Cited<'_, File>) -> Option<Finding> {
    let key = holds_key(look, &f.path);
    // a certificate in DER is at home in Windows; beside a key of its own it is meant for a server that wants PEM
    let paired = users(look, &f.path).iter().any(|i| matches!(i.key, Sight::Saw(KeyAt::Is(_) | KeyAt::Other(_))));
    if f.form != "der" || !(key || paired) {
        return None;
    }
    let (file, fixed) = (in_command(&f.path, "FILE"), beside(&f.path, ".pem", "FILE.pem"));
    let line = if key {
        format!("openssl pkey -inform der -in {file} -out {fixed}")
    } else {
        format!("openssl x509 -inform der -in {file} -out {fixed}")
    };
    Some(
        look.reads_as(
            Impact::Partial,
            f,
            say!("{path} is DER, not PEM", "{path:은} PEM이 아니라 DER입니다", path = Arg::quote(&f.path)),
        )
        .who(Who::Clients(say!(
            "nginx, Apache, HAProxy, Node.js and most others (no start line); Java and Windows read DER",
            "nginx, Apache, HAProxy, Node.js 등 대부분(no start line). Java와 Windows는 DER을 읽습니다"
        )))
        .cure(
            Cure::new(Safety::Safe, say!("convert it to PEM", "PEM으로 변환합니다"))
                .run(Platform::Any, format!("tlsdiag fix {file} -o {fixed}"))
                .run(Platform::Any, line),
        ),
    )
}

fn request(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    let all = things(look);
    let certified = |key: Fingerprint| {
        all.iter().any(|f| matches!(f.row.what.what, Thing::Cert(id) if spki(look, id) == Some(key)))
    };
    if look.seen::<Identity>().next().is_some() {
        return Ok(Outcome::NotApplicable);
    }
    for f in files(look) {
        let asks = |t: &Cited<'_, Filed>| match &t.row.what.what {
            Thing::Request { spki, subject } => Some((t.at, *spki, subject.clone())),
            _ => None,
        };
        let Some((at, key, subject)) = things_in(look, &f.path).iter().find_map(asks) else { continue };
        if certified(key) {
            continue;
        }
        out.extend(about(look, &f.path, &unanswered(look, &f, at, key, &subject)));
    }
    Ok(found(out))
}

fn unanswered(
    look: &Look<'_>,
    f: &Cited<'_, File>,
    at: tlsdiag_model::FactRef,
    key: Fingerprint,
    subject: &str,
) -> Finding {
    let file = in_command(&f.path, "site.csr");
    let mut out = look
        .reads_as(
            Impact::Broken,
            f,
            say!(
                "{path} is a certificate request, not a certificate",
                "{path:은} 인증서가 아니라 인증서 요청(CSR)입니다",
                path = Arg::quote(&f.path)
            ),
        )
        .and(at)
        .because(say!(
            "it asks for a certificate of {subject}; nobody has signed it, and no server can serve it",
            "{subject}의 인증서를 요청하는 파일입니다. 아직 아무도 서명하지 않았으므로 서버에 쓸 수 없습니다",
            subject = Arg::quote(subject)
        ));
    out = match holders(look, key).first() {
        Some(k) => out.and(k.at).because(say!(
            "its private key is at hand, in {key}: keep it, the certificate will belong to it",
            "이 요청의 개인 키는 {key}에 있습니다. 발급될 인증서의 키이므로 보관합니다",
            key = Arg::quote(&k.path)
        )),
        None => out,
    };
    out.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "send the request to the CA, and use the certificate that comes back together with the same key",
                "요청을 CA에 보내고, 받은 인증서를 같은 개인 키와 함께 씁니다"
            ),
        )
        .run(Platform::Linux, format!("openssl req -in {file} -noout -subject -verify"))
        .run(Platform::Windows, format!("certreq -submit {file} site.cer")),
    )
}

fn damaged(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for f in files(look) {
        let worst =
            things_in(look, &f.path).into_iter().filter_map(|t| wrong_in_itself(look, &f, &t)).min_by_key(|x| x.impact);
        out.extend(worst.iter().flat_map(|x| about(look, &f.path, x)));
    }
    Ok(found(out))
}

/// What a reader says of keys that are right and only written oddly: some programs refuse them.
const ODD_KEYS: &[&str] =
    &["primes instead of two", "the private number has", "before RFC 9881", "octets follow the key", "it is labelled"];
/// What it says where it could not check.
const UNCHECKED: &[&str] = &["too large to be checked", "the curve is unknown"];

fn wrong_in_itself(look: &Look<'_>, f: &Cited<'_, File>, t: &Cited<'_, Filed>) -> Option<Finding> {
    let is = |fault: &&String, words: &[&str]| words.iter().any(|w| fault.contains(w));
    let (faults, kind): (Vec<&String>, Arg) = match &t.row.what.what {
        Thing::Key(k) => (k.faults.iter().filter(|x| !is(x, UNCHECKED)).collect(), Arg::term(&k.kind)),
        Thing::Refused { of, why: Refusal::Damaged, detail } if of.contains("key") => (vec![detail], Arg::quote(of)),
        _ => return None,
    };
    if faults.is_empty() {
        return None;
    }
    let readable = matches!(t.row.what.what, Thing::Key(_));
    let only_odd = readable && faults.iter().all(|x| is(x, ODD_KEYS));
    let path = Arg::quote(&f.path);
    let (impact, headline): (Impact, Say) = if only_odd {
        let say = say!(
            "the private key in {path} is written oddly",
            "{path}의 개인 키가 표준과 다르게 적혀 있습니다",
            path = path
        );
        (Impact::Partial, say)
    } else {
        (Impact::Broken, say!("the private key in {path} is damaged", "{path}의 개인 키가 손상되었습니다", path = path))
    };
    let mut out = look.reads_as(impact, f, headline).and(t.at).because(say!(
        "{kind} at {place}: {faults}",
        "{kind}, 위치 {place}: {faults}",
        kind = kind,
        place = Arg::quote(&t.place),
        faults = Arg::List(faults.iter().take(4).map(Arg::quote).collect())
    ));
    let (file, fixed) = (in_command(&f.path, "site.key"), beside(&f.path, ".fixed.key", "FIXED.key"));
    if only_odd {
        out = out
            .labels(&[Cause::KeyFormat, Cause::KeyDamaged])
            .who(Who::Clients(say!("strict readers of keys", "키 형식을 엄격하게 읽는 프로그램")));
        return Some(
            out.cure(
                Cure::new(Safety::Safe, say!("write it anew", "다시 씁니다"))
                    .run(Platform::Any, format!("openssl pkey -in {file} -out {fixed}")),
            ),
        );
    }
    Some(
        out.cure(
            Cure::new(
                Safety::Manual,
                say!(
                    "take the key from a backup or from the machine that made it; a damaged key cannot be repaired",
                    "백업이나 키를 만든 컴퓨터에서 다시 가져옵니다. 손상된 키는 복구할 수 없습니다"
                ),
            )
            .run(Platform::Any, format!("openssl pkey -in {file} -noout -check")),
        )
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "where there is none: make a new key and have the certificate issued anew for it",
                "백업이 없으면 새 키를 만들어 인증서를 다시 발급받습니다"
            ),
        )),
    )
}
