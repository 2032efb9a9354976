//! Files that were handed over and are not what they should be: damaged, cut off, or nothing that belongs to TLS.
use crate::look::{Cited, Look};
use crate::s1_key::at_hand::{about, files, in_command, things_in, users};
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{File, Filed, Refusal, Thing};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, say};

/// Not to be read.
pub static RULE: Rule = Rule {
    code: Code(2547),
    slug: "file-damaged",
    title: Tpl { en: "a file is damaged or not recognised", ko: "손상되었거나 알 수 없는 파일" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::CertEncoding],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "RFC 7468 (PEM: BEGIN and END lines, base64)",
        "X.690 (DER)",
        "RFC 7292 (PKCS#12)",
        "OpenSSL: bad base64 decode, asn1 encoding routines (too long, wrong tag)",
    ],
    page: page!("damaged_file"),
};

/// What is wrong with one thing.
struct Wrong {
    of: String,
    detail: String,
    unknown: bool,
}

fn check(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for f in files(look).into_iter().filter(|f| f.given) {
        let held = things_in(look, &f.path);
        // certificates that an identity holds are judged with its chain
        let told = users(look, &f.path).iter().any(|i| *i.path == *f.path && !i.unreadable.is_empty());
        let wrong: Vec<(&Cited<'_, Filed>, Wrong)> =
            held.iter().filter_map(|t| Some((t, wrong(&t.row.what.what, told)?))).collect();
        let said = match wrong.first() {
            Some((t, w)) => damaged(look, &f, t, w, wrong.len()),
            None if held.is_empty() && f.form == "unknown" => unknown(look, &f),
            None => continue,
        };
        out.extend(about(look, &f.path, &said));
    }
    Ok(if out.is_empty() { Outcome::NotApplicable } else { out.into() })
}

fn wrong(what: &Thing, told: bool) -> Option<Wrong> {
    match what {
        Thing::BadCert(why) if !told => {
            Some(Wrong { of: "certificate".to_owned(), detail: why.clone(), unknown: false })
        }
        // damaged keys have a rule of their own
        Thing::Refused { of, why: Refusal::Damaged, detail } if !of.contains("key") || of.contains("store") => {
            Some(Wrong { of: of.clone(), detail: detail.clone(), unknown: false })
        }
        Thing::Refused { of, why: Refusal::Unknown, detail } => {
            Some(Wrong { of: of.clone(), detail: detail.clone(), unknown: true })
        }
        _ => None,
    }
}

fn damaged(look: &Look<'_>, f: &Cited<'_, File>, t: &Cited<'_, Filed>, w: &Wrong, n: usize) -> Finding {
    let path = Arg::quote(&f.path);
    let headline = if w.unknown {
        say!(
            "{path} is nothing that a TLS server can use",
            "{path:은} TLS 서버가 쓸 수 있는 파일이 아닙니다",
            path = path
        )
    } else {
        say!("{path} is damaged", "{path:이} 손상되었습니다", path = path)
    };
    let mut said = look.reads_as(Impact::Broken, f, headline).and(t.at).because(say!(
        "{what} at {place}: {why}",
        "{what}, 위치 {place}: {why}",
        what = Arg::quote(&w.of),
        place = if t.place.is_empty() { Arg::word("its start", "처음") } else { Arg::quote(&t.place) },
        why = Arg::quote(&w.detail)
    ));
    if n > 1 {
        said = said.because(say!(
            "{n} parts of the file are affected",
            "파일에서 {n}곳이 손상되었습니다",
            n = Arg::num(n)
        ));
    }
    mend(said, f, w.unknown)
}

fn unknown(look: &Look<'_>, f: &Cited<'_, File>) -> Finding {
    let said = look
        .reads_as(
            Impact::Broken,
            f,
            say!(
                "{path} is nothing that a TLS server can use",
                "{path:은} TLS 서버가 쓸 수 있는 파일이 아닙니다",
                path = Arg::quote(&f.path)
            ),
        )
        .because(say!(
            "its {n} octets are no certificate, no key and no container of them",
            "{n}바이트의 내용이 인증서도, 키도, 그 컨테이너도 아닙니다",
            n = Arg::num(f.size)
        ));
    mend(said, f, true)
}

fn mend(f: Finding, file: &File, unknown: bool) -> Finding {
    let path = in_command(&file.path, "FILE");
    let f = if unknown { f.labels(&[Cause::CertEncoding, Cause::KeyFormat]) } else { f };
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "take the file from its source once more, and copy it in binary mode; compare sizes and checksums on both sides",
                "원본에서 파일을 다시 가져옵니다. 바이너리로 복사하고 양쪽의 크기와 체크섬을 비교합니다"
            ),
        )
        .run(Platform::Linux, format!("sha256sum {path}"))
        .run(Platform::Windows, format!("certutil -hashfile {path} SHA256")),
    )
}
