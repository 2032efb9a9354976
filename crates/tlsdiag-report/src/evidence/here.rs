//! What this machine brings along, what was fetched, what revocation services and messages say.
use super::short;
use crate::Report;
use tlsdiag_model::facts::{
    Anchors, Fetch, FetchEnd, HostsLine, Proxy, Revocation, RevocationAnswer, Said, Set, Skew, Via,
};
use tlsdiag_model::{Arg, Host, Row, Say, say};

fn nested(s: Say) -> Arg {
    Arg::Say(Box::new(s))
}

pub(crate) fn hosts_line(h: &HostsLine) -> Say {
    say!("{addr} {name}", "{addr} {name}", addr = Arg::term(h.addr), name = Arg::quote(&h.name))
}

pub(crate) fn proxy(p: &Proxy) -> Say {
    if p.exempt {
        say!("{at}, this target exempted", "{at}, 이 대상은 예외", at = Arg::quote(&p.at))
    } else {
        say!("{at}", "{at}", at = Arg::quote(&p.at))
    }
}

pub(crate) fn skew(s: &Skew) -> Say {
    let n = Arg::term(crate::words::grouped(s.ahead_s.unsigned_abs()));
    if s.ahead_s < 0 {
        say!(
            "this machine's clock is {n} s behind the server's Date",
            "이 컴퓨터 시계가 서버의 Date보다 {n}초 느림",
            n = n
        )
    } else {
        say!(
            "this machine's clock is {n} s ahead of the server's Date",
            "이 컴퓨터 시계가 서버의 Date보다 {n}초 빠름",
            n = n
        )
    }
}

pub(crate) fn anchors(r: &Report<'_>, row: &Row<Anchors>) -> Say {
    let n = Arg::num(row.what.certs.len());
    match row.what.set {
        Set::Mozilla => say!("Mozilla's list, {n} roots", "Mozilla 목록, 루트 {n}개", n = n),
        Set::Machine if row.host == Host::HERE => {
            say!("this machine trusts {n} roots", "이 컴퓨터가 신뢰하는 루트 {n}개", n = n)
        }
        Set::Machine => say!(
            "{machine} trusts {n} roots",
            "{machine:이} 신뢰하는 루트 {n}개",
            machine = Arg::quote(r.case.label(row.host)),
            n = n
        ),
        Set::File => say!("the given file holds {n} roots", "지정한 파일의 루트 {n}개", n = n),
    }
}

pub(crate) fn fetch(f: &Fetch) -> Say {
    match &f.end {
        FetchEnd::Certs(ids) => say!(
            "fetched {certs}",
            "내려받음 {certs}",
            certs = Arg::List(ids.iter().map(|id| Arg::term(short(*id))).collect())
        ),
        FetchEnd::NotCertificates => say!("holds no certificate", "인증서가 들어 있지 않음"),
        FetchEnd::Status(s) => say!("HTTP {status}", "HTTP {status}", status = Arg::num(*s)),
        FetchEnd::Failed(w) => say!("{why}", "{why}", why = nested(w.say())),
    }
}

/// Why a certificate was revoked (RFC 5280 section 5.3.1).
fn reason(n: u8) -> Arg {
    match n {
        0 => Arg::word("unspecified (0)", "지정하지 않음 (0)"),
        1 => Arg::word("key compromise (1)", "개인 키 유출 (1)"),
        2 => Arg::word("CA compromise (2)", "CA 키 유출 (2)"),
        3 => Arg::word("affiliation changed (3)", "소속 변경 (3)"),
        4 => Arg::word("superseded (4)", "다른 인증서로 대체 (4)"),
        5 => Arg::word("cessation of operation (5)", "운영 중단 (5)"),
        6 => Arg::word("on hold (6)", "일시 정지 (6)"),
        9 => Arg::word("privilege withdrawn (9)", "권한 취소 (9)"),
        10 => Arg::word("attribute authority compromise (10)", "속성 인증 기관 유출 (10)"),
        _ => Arg::num(n),
    }
}

pub(crate) fn revocation(r: &Revocation) -> Say {
    let via = Arg::term(match r.via {
        Via::Staple => "OCSP staple",
        Via::Ocsp => "OCSP",
        Via::Crl => "CRL",
    });
    let answer = match &r.answer {
        RevocationAnswer::Good => say!("not revoked", "해지되지 않음"),
        RevocationAnswer::Revoked { at, reason: None } => say!("revoked {at}", "해지됨 {at}", at = Arg::Date(*at)),
        RevocationAnswer::Revoked { at, reason: Some(n) } => {
            say!("revoked {at}, reason: {why}", "해지됨 {at}, 사유: {why}", at = Arg::Date(*at), why = reason(*n))
        }
        RevocationAnswer::Unknown => say!("the responder does not know it", "응답 서버가 모르는 인증서"),
        RevocationAnswer::Unusable(w) => {
            say!("unusable answer: {what}", "쓸 수 없는 응답: {what}", what = Arg::quote(w))
        }
        RevocationAnswer::Unavailable(w) => say!("no answer: {why}", "응답 없음: {why}", why = nested(w.say())),
        RevocationAnswer::NotOffered => say!("the certificate names no such service", "인증서에 해당 서비스가 없음"),
    };
    say!("{via}: {answer}", "{via}: {answer}", via = via, answer = nested(answer))
}

pub(crate) fn said(s: &Said) -> Say {
    say!(
        "a message that points to {labels}",
        "{labels:을} 가리키는 메시지",
        labels = Arg::List(s.points_to.iter().map(|c| Arg::term(c.label())).collect())
    )
}
