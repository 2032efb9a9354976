//! Files in words: what they are, what lies in them, what a pasted thumbprint stands for.
use super::{certificate, short};
use crate::{Report, words};
use tlsdiag_model::facts::{File, Filed, Identity, KeyAt, Pasted, PastedIs, Thing};
use tlsdiag_model::{Arg, Say, Sight, say};

pub(super) fn file(f: &File) -> Say {
    let size = Arg::term(words::grouped(f.size));
    let form = Arg::term(&f.form);
    let more: Vec<Arg> =
        f.protections.iter().map(|p| Arg::term(&p.scheme)).chain(f.oddities.iter().map(Arg::quote)).collect();
    let mode = f.mode.saw().map(|m| Arg::term(format!("{:03o}", m & 0o777)));
    match (mode, more.is_empty()) {
        (None, true) => say!("{form}, {size} bytes", "{form}, {size}바이트", form = form, size = size),
        (Some(mode), true) => {
            say!(
                "{form}, {size} bytes, mode {mode}",
                "{form}, {size}바이트, 모드 {mode}",
                form = form,
                size = size,
                mode = mode
            )
        }
        (None, false) => say!(
            "{form}, {size} bytes; {more}",
            "{form}, {size}바이트. {more}",
            form = form,
            size = size,
            more = Arg::List(more)
        ),
        (Some(mode), false) => say!(
            "{form}, {size} bytes, mode {mode}; {more}",
            "{form}, {size}바이트, 모드 {mode}. {more}",
            form = form,
            size = size,
            mode = mode,
            more = Arg::List(more)
        ),
    }
}

pub(super) fn filed(r: &Report<'_>, f: &Filed) -> Say {
    match &f.what {
        Thing::Cert(id) => certificate(r, *id),
        Thing::BadCert(why) => {
            say!("a certificate that cannot be read: {why}", "읽을 수 없는 인증서: {why}", why = Arg::quote(why))
        }
        Thing::Key(k) => {
            let (kind, form) = (Arg::term(&k.kind), Arg::term(&k.form));
            match k.faults.as_slice() {
                [] => say!("private key {kind} ({form})", "개인 키 {kind} ({form})", kind = kind, form = form),
                faults => say!(
                    "private key {kind} ({form}): {faults}",
                    "개인 키 {kind} ({form}): {faults}",
                    kind = kind,
                    form = form,
                    faults = Arg::List(faults.iter().map(Arg::quote).collect())
                ),
            }
        }
        Thing::Request { subject, .. } => {
            say!("certificate request for {subject}", "{subject}의 인증서 요청", subject = Arg::quote(subject))
        }
        Thing::PublicKey { spki } => say!("public key {hash}", "공개 키 {hash}", hash = Arg::term(short(*spki))),
        Thing::Crl => say!("revocation list", "해지 목록"),
        Thing::Other(what) => say!("{what}", "{what}", what = Arg::quote(what)),
        Thing::Refused { of, detail, .. } => {
            say!("{of}: {why}", "{of}: {why}", of = Arg::quote(of), why = Arg::quote(detail))
        }
    }
}

pub(super) fn identity(i: &Identity) -> Say {
    let n = Arg::num(i.chain.len());
    match &i.key {
        Sight::Saw(KeyAt::Is(path)) => say!(
            "{n} certificates, and the key in {path}",
            "인증서 {n}개와 {path}의 개인 키",
            n = n,
            path = Arg::quote(path)
        ),
        Sight::Saw(KeyAt::Other(path)) => say!(
            "{n} certificates, and another key in {path}",
            "인증서 {n}개와 {path}의 다른 개인 키",
            n = n,
            path = Arg::quote(path)
        ),
        Sight::Saw(KeyAt::Locked(path)) => say!(
            "{n} certificates, and a key in {path} that was not opened",
            "인증서 {n}개와 열지 못한 {path}의 개인 키",
            n = n,
            path = Arg::quote(path)
        ),
        Sight::Saw(KeyAt::Missing) => say!("{n} certificates, no private key", "인증서 {n}개, 개인 키 없음", n = n),
        _ => say!("{n} certificates", "인증서 {n}개", n = n),
    }
}

pub(super) fn pasted(p: &Pasted) -> Say {
    let (text, kind) = (Arg::quote(&p.text), Arg::term(&p.kind));
    match &p.is {
        PastedIs::Same(id) => say!("{text}: {id}", "{text}: {id}", text = text, id = Arg::term(short(*id))),
        PastedIs::OtherHash(id) => {
            say!(
                "{text}: the {kind} of {id}",
                "{text}: {id}의 {kind}",
                text = text,
                kind = kind,
                id = Arg::term(short(*id))
            )
        }
        PastedIs::Near(id, how) => say!(
            "{text}: nearly {id}: {how}",
            "{text}: {id}와 비슷함: {how}",
            text = text,
            id = Arg::term(short(*id)),
            how = Arg::quote(how)
        ),
        PastedIs::Nothing => say!("{text} ({kind})", "{text} ({kind})", text = text, kind = kind),
    }
}
