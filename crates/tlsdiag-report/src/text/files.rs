//! The first line about files: whether they will do for a server, or what they are where they make nothing together.
use super::{Scope, answer};
use crate::Report;
use tlsdiag_model::facts::{Filed, Thing};
use tlsdiag_model::{Arg, Row, Say, say};
use tlsdiag_rules::Health;

/// The answer about an identity.
pub(crate) fn sentence(s: &Scope<'_>, files: &str, reason: Option<Say>) -> Say {
    let files = Arg::quote(files);
    let nested = |s: Say| Arg::Say(Box::new(s));
    match (s.health, reason) {
        (Health::Works, _) => match &s.host {
            Some(host) => {
                say!(
                    "{files}: good for {host}",
                    "{files}: {host}에 쓸 수 있습니다",
                    files = files,
                    host = Arg::quote(host)
                )
            }
            None => say!("{files}: good", "{files}: 정상입니다", files = files),
        },
        (Health::Broken, Some(r)) => {
            say!("{files}: will not work: {what}", "{files}: 쓸 수 없습니다: {what}", files = files, what = nested(r))
        }
        (Health::Broken, None) => say!("{files}: will not work", "{files}: 쓸 수 없습니다", files = files),
        (Health::Partial, Some(r)) => match s.shown().and_then(answer::affected) {
            Some(who) => say!(
                "{files}: will work only for some: {what} ({who})",
                "{files}: 일부에게만 작동합니다: {what} ({who})",
                files = files,
                what = nested(r),
                who = nested(who)
            ),
            None => say!(
                "{files}: will work only for some: {what}",
                "{files}: 일부에게만 작동합니다: {what}",
                files = files,
                what = nested(r)
            ),
        },
        (Health::Partial, None) => {
            say!("{files}: will work only for some", "{files}: 일부에게만 작동합니다", files = files)
        }
        (Health::Unknown, reason) => match s.why.clone().or(reason) {
            Some(w) => {
                say!(
                    "{files}: could not be judged: {why}",
                    "{files}: 판단할 수 없습니다: {why}",
                    files = files,
                    why = nested(w)
                )
            }
            None => say!("{files}: could not be judged", "{files}: 판단할 수 없습니다", files = files),
        },
    }
}

/// What was handed over, where it makes no identity: what stayed closed or cannot be read, else what there is.
pub(crate) fn alone(report: &Report<'_>) -> Option<Say> {
    let case = report.case;
    let given = |path: &str| !case.files.iter().any(|f| &*f.what.path == path && !f.what.given);
    let things: Vec<&Row<Filed>> = case.filed.iter().filter(|f| given(&f.what.path)).collect();
    let refused = things.iter().find_map(|f| match &f.what.what {
        Thing::Refused { of, detail, .. } => Some((f, of.as_str(), detail)),
        Thing::BadCert(detail) => Some((f, "certificate", detail)),
        _ => None,
    });
    if let Some((f, of, detail)) = refused {
        let (path, detail) = (Arg::quote(&f.what.path), Arg::quote(detail));
        return Some(match of {
            "file" => say!("{path}: {why}", "{path}: {why}", path = path, why = detail),
            _ => say!(
                "{path}, {what}: {why}",
                "{path}, {what}: {why}",
                path = path,
                what = Arg::word(of_word(of), korean(of)),
                why = detail
            ),
        });
    }
    let held = |what: fn(&Thing) -> bool| things.iter().find(|f| what(&f.what.what));
    if let Some(f) = held(|t| matches!(t, Thing::Key(_))) {
        return Some(say!(
            "{path} holds a private key; no certificate of that key was given",
            "{path:은} 개인 키입니다. 이 키의 인증서가 주어지지 않았습니다",
            path = Arg::quote(&f.what.path)
        ));
    }
    if let Some(f) = held(|t| matches!(t, Thing::Request { .. })) {
        return Some(say!(
            "{path} holds a certificate request; no certificate was given",
            "{path:은} 인증서 요청(CSR)입니다. 인증서가 주어지지 않았습니다",
            path = Arg::quote(&f.what.path)
        ));
    }
    let certs = things.iter().filter(|f| matches!(f.what.what, Thing::Cert(_))).count();
    if certs > 0 {
        return Some(say!(
            "there are {n} certificates in it, and none of them is a server's",
            "인증서가 {n}개 있지만 서버 인증서는 없습니다",
            n = Arg::num(certs)
        ));
    }
    if let Some(f) = things.first() {
        return Some(say!(
            "{path} holds no certificate and no private key",
            "{path}에 인증서도 개인 키도 없습니다",
            path = Arg::quote(&f.what.path)
        ));
    }
    if !case.pasted.is_empty() {
        return Some(say!(
            "a thumbprint alone tells nothing: name the certificate's file or the site as well",
            "지문만으로는 알 수 없습니다. 인증서 파일이나 사이트도 함께 지정하세요"
        ));
    }
    let why = case.surveys.iter().find_map(|s| s.cover.why());
    why.is_none().then(|| say!("no certificate and no private key was found", "인증서도 개인 키도 찾지 못했습니다"))
}

/// Words for what was refused; what is no English word of this program stays as it is.
fn of_word(of: &str) -> &'static str {
    match of {
        "private key" => "private key",
        "certificate" => "certificate",
        "certificate request" => "certificate request",
        "public key" => "public key",
        "revocation list" => "revocation list",
        "integrity check" => "integrity check",
        "PKCS#12" => "PKCS#12",
        "PKCS#7" => "PKCS#7",
        "Java key store" => "Java key store",
        "serialized store" => "serialized store",
        _ => "contents",
    }
}

fn korean(of: &str) -> &'static str {
    match of {
        "private key" => "개인 키",
        "certificate" => "인증서",
        "certificate request" => "인증서 요청",
        "public key" => "공개 키",
        "revocation list" => "해지 목록",
        "integrity check" => "무결성 검사",
        "PKCS#12" => "PKCS#12",
        "PKCS#7" => "PKCS#7",
        "Java key store" => "Java 키 저장소",
        "serialized store" => "직렬화된 저장소",
        _ => "내용",
    }
}
