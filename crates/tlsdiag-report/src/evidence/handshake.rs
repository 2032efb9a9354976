//! A handshake in a line: what was offered, how far the server came, how it ended, what went over the wire.
use crate::words::grouped;
use tlsdiag_model::facts::{After, End, Handshake, KeyProof, Stage, Trial, Vary};
use tlsdiag_model::{Arg, Origin, Row, Say, say};
use tlsdiag_wire::{AlertDescription, CipherSuite, ExtensionType, Group, Version};

/// The whole line.
pub(crate) fn says(row: &Row<Handshake>) -> Say {
    let plain = outcome(&row.what);
    let plain = match wire(row) {
        Some(w) => say!("{end} ({wire})", "{end} ({wire})", end = nested(plain), wire = nested(w)),
        None => plain,
    };
    match trial(&row.what.trial) {
        Some(t) => say!("{trial}: {end}", "{trial}: {end}", trial = nested(t), end = nested(plain)),
        None => plain,
    }
}

/// How it ended, without what was changed in the hello and without counts: what alike handshakes have in common.
pub(crate) fn outcome(h: &Handshake) -> Say {
    match after(h) {
        Some(a) => say!("{end}, {after}", "{end}, {after}", end = nested(end(h)), after = nested(a)),
        None => end(h),
    }
}

fn nested(s: Say) -> Arg {
    Arg::Say(Box::new(s))
}

/// Bytes of the first connection of our own.
pub(crate) fn wire(row: &Row<Handshake>) -> Option<Say> {
    if matches!(row.what.end, End::Done | End::NotConnected) {
        return None;
    }
    row.examples.iter().find_map(|o| match o {
        Origin::Probe { wire, .. } => Some(say!(
            "{sent} bytes sent, {got} received",
            "{sent}바이트 보냄, {got} 받음",
            sent = Arg::term(grouped(wire.sent.into())),
            got = Arg::term(grouped(wire.got.into()))
        )),
        _ => None,
    })
}

fn end(h: &Handshake) -> Say {
    let stage = nested(stage(h.stage));
    match &h.end {
        End::Pending { after_ms } => say!(
            "still open after {wait}, so far {stage}",
            "{wait}가 지나도 열려 있음, 여기까지: {stage}",
            wait = Arg::wait(*after_ms),
            stage = stage
        ),
        End::Done => done(h),
        End::Alert(a) => say!(
            "alert {alert} after {stage}",
            "{stage} 뒤에 경고(alert) {alert}",
            alert = Arg::term(alert(*a)),
            stage = stage
        ),
        End::Refused(a) => say!(
            "the client refused with alert {alert} after {stage}",
            "{stage} 뒤에 클라이언트가 경고(alert) {alert:으로} 거부",
            alert = Arg::term(alert(*a)),
            stage = stage
        ),
        End::Reset => say!("reset right after {stage}", "{stage} 직후 연결 재설정", stage = stage),
        End::Closed => {
            say!("closed without an alert right after {stage}", "{stage} 직후 경고(alert) 없이 닫힘", stage = stage)
        }
        End::Silent { after_ms } => say!(
            "silent after {stage}, waited {wait}",
            "{stage} 뒤 응답 없음, {wait} 기다림",
            stage = stage,
            wait = Arg::wait(*after_ms)
        ),
        End::NotTls(p) => say!("the answer is not TLS but {what}", "응답이 TLS가 아니라 {what}", what = Arg::quote(p)),
        End::Garbled(w) => say!(
            "damaged TLS after {stage}: {what}",
            "{stage} 뒤 손상된 TLS: {what}",
            stage = stage,
            what = Arg::quote(w)
        ),
        End::TooMuch(w) => say!("the answer is too large: {what}", "응답이 너무 큼: {what}", what = Arg::quote(w)),
        End::NotConnected => say!("TCP did not connect", "TCP 연결 안 됨"),
    }
}

fn done(h: &Handshake) -> Say {
    let Some(a) = h.answered.saw() else {
        return say!("completed", "완료");
    };
    let (version, suite) = (Arg::term(Version(a.version)), Arg::term(CipherSuite(a.suite)));
    let base = match a.group {
        Some(g) => say!(
            "{version}, {group}, {suite}",
            "{version}, {group}, {suite}",
            version = version,
            group = Arg::term(Group(g)),
            suite = suite
        ),
        None => say!("{version}, {suite}", "{version}, {suite}", version = version, suite = suite),
    };
    match h.proof.saw() {
        Some(KeyProof::Bad) => say!(
            "{what}; the key proof does not fit the certificate",
            "{what}; 개인 키 증명이 인증서와 맞지 않음",
            what = nested(base)
        ),
        _ => base,
    }
}

fn after(h: &Handshake) -> Option<Say> {
    Some(match h.after.saw()? {
        After::Well => return None,
        After::Alert(a) => say!("then alert {alert}", "그 뒤 경고(alert) {alert}", alert = Arg::term(alert(*a))),
        After::Closed => say!("then closed", "그 뒤 닫힘"),
        After::Reset => say!("then reset", "그 뒤 연결 재설정"),
        After::Renegotiation => say!("then asked to renegotiate", "그 뒤 재협상 요청"),
    })
}

/// Number and name of an alert.
pub(crate) fn alert(number: u8) -> String {
    match AlertDescription(number).name() {
        Some(n) => format!("{number} {n}"),
        None => number.to_string(),
    }
}

fn stage(s: Stage) -> Say {
    match s {
        Stage::Unconnected => say!("no connection", "연결 없음"),
        Stage::Nothing => say!("ClientHello", "ClientHello"),
        Stage::Partial => say!("part of a message", "메시지 일부"),
        Stage::ServerHello => say!("ServerHello", "ServerHello"),
        Stage::InCertificate => say!("part of Certificate", "Certificate 일부"),
        Stage::Certificate => say!("Certificate", "Certificate"),
        Stage::Flight => say!("the server's flight", "서버의 첫 응답 묶음"),
        Stage::Finished => say!("Finished", "Finished"),
    }
}

/// What was changed in the hello; `None` for the base and its control.
pub(crate) fn trial(t: &Trial) -> Option<Say> {
    Some(match t {
        Trial::Base | Trial::Again => return None,
        Trial::Full | Trial::FullAgain => say!("TLS library", "TLS 라이브러리"),
        Trial::Vary(v) => vary(v),
    })
}

fn vary(v: &Vary) -> Say {
    let bytes = |n: &u16| Arg::term(grouped((*n).into()));
    match v {
        Vary::Classic => say!("no post-quantum group", "양자 내성 그룹 없이"),
        Vary::ClassicPadded => say!("no post-quantum group, same length", "양자 내성 그룹 없이, 같은 길이로"),
        Vary::ClassicSplit => say!("small hello in two segments", "작은 ClientHello를 두 조각으로"),
        Vary::SmallSegments => say!("small packets", "작은 패킷으로"),
        Vary::ClassicSmallSegments => say!("small hello, small packets", "작은 ClientHello, 작은 패킷으로"),
        Vary::Tls12 => say!("TLS 1.2 at most", "TLS 1.2까지만"),
        Vary::Only(v) => say!("{version} only", "{version}만", version = Arg::term(Version(*v))),
        Vary::Tls13 => say!("TLS 1.3 only", "TLS 1.3만"),
        Vary::Wide => say!("SSL 3.0 to TLS 1.3, every suite", "SSL 3.0 ~ TLS 1.3, 모든 암호 그룹"),
        Vary::NoGrease => say!("no GREASE", "GREASE 없이"),
        Vary::FewExtensions => say!("few extensions", "확장 몇 개만"),
        Vary::NoExtensions => say!("no extensions", "확장 없이"),
        Vary::Without(e) => say!("without {ext}", "{ext} 없이", ext = Arg::term(ExtensionType(*e))),
        Vary::NoName => say!("without SNI", "SNI 없이"),
        Vary::Tls12NoName => say!("at most TLS 1.2, without SNI", "TLS 1.2까지, SNI 없이"),
        Vary::OtherName => say!("with an unknown SNI", "모르는 이름의 SNI로"),
        Vary::NoAlpn => say!("without ALPN", "ALPN 없이"),
        Vary::Http1 => say!("ALPN http/1.1 only", "ALPN http/1.1만"),
        Vary::RsaOnly => say!("RSA certificates only", "RSA 인증서만"),
        Vary::EcdsaOnly => say!("ECDSA certificates only", "ECDSA 인증서만"),
        Vary::Group(g) => say!("{group} only", "{group}만", group = Arg::term(Group(*g))),
        Vary::Length(n) => say!("hello of {n} bytes", "{n}바이트 ClientHello", n = bytes(n)),
        Vary::Ssl2 => say!("SSLv2 hello", "SSLv2 CLIENT-HELLO"),
    }
}

/// The stable word for a trial, as in JSON.
pub(crate) fn trial_slug(t: &Trial) -> String {
    match t {
        Trial::Base => "base".to_owned(),
        Trial::Again => "again".to_owned(),
        Trial::Vary(v) => vary_slug(v),
        Trial::Full => "full".to_owned(),
        Trial::FullAgain => "full_again".to_owned(),
    }
}

/// The stable word for a changed property, as in JSON.
pub(crate) fn vary_slug(v: &Vary) -> String {
    let plain = match v {
        Vary::Classic => "classic",
        Vary::ClassicPadded => "classic_padded",
        Vary::ClassicSplit => "classic_split",
        Vary::SmallSegments => "small_segments",
        Vary::ClassicSmallSegments => "classic_small_segments",
        Vary::Tls12 => "tls12",
        Vary::Tls13 => "tls13",
        Vary::Wide => "wide",
        Vary::NoGrease => "no_grease",
        Vary::FewExtensions => "few_extensions",
        Vary::NoExtensions => "no_extensions",
        Vary::NoName => "no_name",
        Vary::Tls12NoName => "tls12_no_name",
        Vary::OtherName => "other_name",
        Vary::NoAlpn => "no_alpn",
        Vary::Http1 => "http1",
        Vary::RsaOnly => "rsa_only",
        Vary::EcdsaOnly => "ecdsa_only",
        Vary::Ssl2 => "ssl2",
        Vary::Only(v) => return format!("only_0x{v:04x}"),
        Vary::Without(e) => return format!("without_{e}"),
        Vary::Group(g) => return format!("group_0x{g:04x}"),
        Vary::Length(n) => return format!("length_{n}"),
    };
    plain.to_owned()
}
