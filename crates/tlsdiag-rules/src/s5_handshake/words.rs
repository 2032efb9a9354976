//! How hellos and their ends are called in sentences.
use tlsdiag_model::facts::{End, Handshake, Stage, Trial, Vary};
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_wire::registry::{AlertDescription, CipherSuite, ExtensionType, Version};

/// One experiment in one line: what was sent, and what came of it.
pub(crate) fn line(h: &Handshake) -> Say {
    say!(
        "{hello}, {bytes} bytes: {end}",
        "{hello}, {bytes}바이트: {end}",
        hello = hello(&h.trial),
        bytes = Arg::num(h.offer.bytes),
        end = end(h)
    )
}

/// The name of an alert with its number.
pub(crate) fn alert(number: u8) -> Arg {
    Arg::term(format!("{} ({number})", AlertDescription(number)))
}

/// The name of an extension with its number.
pub(crate) fn extension(number: u16) -> Arg {
    match ExtensionType(number).name() {
        Some(name) => Arg::term(format!("{name} ({number})")),
        None => Arg::term(number),
    }
}

/// How far the server came.
pub(crate) fn stage(stage: Stage) -> Arg {
    match stage {
        Stage::Unconnected => Arg::word("nothing", "아무것도 아님"),
        Stage::Nothing => Arg::word("not a byte", "한 바이트도 없음"),
        Stage::Partial => Arg::word("a part of a message", "메시지의 일부"),
        Stage::ServerHello => Arg::term("ServerHello"),
        Stage::InCertificate => Arg::word("a part of Certificate", "Certificate의 일부"),
        Stage::Certificate => Arg::term("Certificate"),
        Stage::Flight => Arg::word("its whole first flight", "첫 응답 전체"),
        Stage::Finished => Arg::term("Finished"),
    }
}

/// How a handshake ended.
pub(crate) fn end(h: &Handshake) -> Arg {
    let said = match &h.end {
        End::Done => match h.answered.saw() {
            Some(a) => say!(
                "answered with {version}, {suite}",
                "{version}, {suite}로 응답",
                version = Arg::term(Version(a.version)),
                suite = Arg::term(CipherSuite(a.suite))
            ),
            None => say!("answered", "응답함"),
        },
        End::Alert(n) => say!("alert {alert}", "경고(alert) {alert}", alert = alert(*n)),
        End::Refused(n) => {
            say!("refused by us, alert {alert}", "클라이언트가 거부, 경고(alert) {alert}", alert = alert(*n))
        }
        End::Reset => say!("reset", "연결 재설정"),
        End::Closed => say!("closed", "연결 닫힘"),
        End::Silent { after_ms } => say!("silence for {wait}", "{wait} 동안 무응답", wait = Arg::wait(*after_ms)),
        End::Pending { .. } => say!("no answer so far", "아직 응답 없음"),
        End::NotTls(_) => say!("an answer that is not TLS", "TLS가 아닌 응답"),
        End::Garbled(_) | End::TooMuch(_) => say!("a damaged answer", "손상된 응답"),
        End::NotConnected => say!("no TCP connection", "TCP 연결 안 됨"),
    };
    Arg::Say(Box::new(said))
}

fn hello(trial: &Trial) -> Arg {
    let Trial::Vary(vary) = trial else {
        return match trial {
            Trial::Full | Trial::FullAgain => Arg::word("the hello of a TLS library", "TLS 라이브러리의 ClientHello"),
            _ => Arg::word("the hello of a browser", "브라우저와 같은 ClientHello"),
        };
    };
    match vary {
        Vary::Classic => Arg::word("without the post-quantum group", "양자 내성 그룹 없이"),
        Vary::ClassicPadded => Arg::word(
            "without the post-quantum group, padded to the same length",
            "양자 내성 그룹 없이 같은 길이로 채워서",
        ),
        Vary::ClassicSplit => {
            Arg::word("without the post-quantum group, in two segments", "양자 내성 그룹 없이 두 세그먼트로 나누어")
        }
        Vary::SmallSegments => {
            Arg::word("the same in packets of at most 576 bytes", "같은 내용을 576바이트 이하의 패킷으로")
        }
        Vary::ClassicSmallSegments => Arg::word(
            "without the post-quantum group, in packets of at most 576 bytes",
            "양자 내성 그룹 없이 576바이트 이하의 패킷으로",
        ),
        Vary::Tls12 => Arg::word("at most TLS 1.2", "TLS 1.2까지만"),
        Vary::Only(v) => Arg::Say(Box::new(only(*v))),
        Vary::Tls13 => Arg::word("TLS 1.3 alone", "TLS 1.3만"),
        Vary::Wide => Arg::word("every version and suite", "모든 버전과 암호 그룹"),
        Vary::NoGrease => Arg::word("without GREASE", "GREASE 없이"),
        Vary::FewExtensions => Arg::word("TLS 1.2 with four extensions", "확장 네 개만 담은 TLS 1.2"),
        Vary::NoExtensions => Arg::word("without extensions", "확장 없이"),
        Vary::Without(x) => {
            Arg::Say(Box::new(say!("without {extension}", "{extension} 없이", extension = extension(*x))))
        }
        Vary::NoName => Arg::word("without a server name", "서버 이름 없이"),
        Vary::Tls12NoName => Arg::word("at most TLS 1.2, without a server name", "TLS 1.2까지, 서버 이름 없이"),
        Vary::OtherName => Arg::word("with another server name", "다른 서버 이름으로"),
        Vary::NoAlpn => Arg::word("without ALPN", "ALPN 없이"),
        Vary::Http1 => Arg::word("with http/1.1 alone", "http/1.1만"),
        Vary::RsaOnly => Arg::word("suites for RSA certificates", "RSA 인증서용 암호 그룹만"),
        Vary::EcdsaOnly => Arg::word("suites for ECDSA certificates", "ECDSA 인증서용 암호 그룹만"),
        Vary::Group(_) => Arg::word("one group alone", "그룹 하나만"),
        Vary::Length(_) => Arg::word("padded to another length", "다른 길이로 채워서"),
        Vary::Ssl2 => Arg::term("SSLv2"),
    }
}

fn only(version: u16) -> Say {
    say!(
        "{version} alone, with every suite of its time",
        "{version}만, 그 버전의 모든 암호 그룹으로",
        version = Arg::term(Version(version))
    )
}
