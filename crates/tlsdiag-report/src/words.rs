//! The program's own words for what a diagnosis says in enumerations, in both languages.
use tlsdiag_model::{Arg, Impact, Kind, Platform, Safety, Say, Standing, Tpl, Who, say};

pub(crate) fn standing(s: Standing) -> Tpl {
    match s {
        Standing::Proven => Tpl { en: "proven", ko: "확인됨" },
        Standing::Likely => Tpl { en: "likely", ko: "유력" },
        Standing::Possible => Tpl { en: "possible", ko: "가능" },
    }
}

pub(crate) fn impact(i: Impact) -> Tpl {
    match i {
        Impact::Broken => Tpl { en: "broken", ko: "작동하지 않음" },
        Impact::Partial => Tpl { en: "partly", ko: "일부만 작동" },
        Impact::Risk => Tpl { en: "risk", ko: "위험" },
        Impact::Note => Tpl { en: "note", ko: "참고" },
    }
}

pub(crate) fn safety(s: Safety) -> Tpl {
    match s {
        Safety::Safe => Tpl { en: "safe", ko: "안전" },
        Safety::Confirm => Tpl {
            en: "confirm: interrupts or touches trust, can be undone",
            ko: "확인 필요: 중단 또는 신뢰 변경, 되돌릴 수 있음",
        },
        Safety::Manual => Tpl { en: "by hand: a person decides", ko: "수동: 사람이 결정" },
    }
}

pub(crate) fn platform(p: Platform) -> &'static str {
    match p {
        Platform::Windows => "Windows",
        Platform::Linux => "Linux",
        Platform::Any => "",
    }
}

/// Who is affected, where it is not everyone.
pub(crate) fn who(w: &Who) -> Option<Say> {
    Some(match w {
        Who::Everyone => return None,
        Who::Clients(s) => say!("{who}", "{who}", who = Arg::Say(Box::new(s.clone()))),
        Who::Addresses(a) => say!(
            "whoever comes to {addresses}",
            "{addresses}에 접속하는 사용자",
            addresses = Arg::List(a.iter().map(Arg::term).collect())
        ),
        Who::Some { n, of } => {
            say!("{n} of {of} attempts fail", "{of}번 중 {n}번 실패", n = Arg::num(*n), of = Arg::num(*of))
        }
    })
}

/// What a kind of statement is called.
pub(crate) fn kind(k: Kind) -> Tpl {
    match k {
        Kind::Asked => Tpl { en: "targets", ko: "대상" },
        Kind::Lookups => Tpl { en: "DNS answers", ko: "DNS 응답" },
        Kind::HostsLines => Tpl { en: "hosts file", ko: "hosts 파일" },
        Kind::Proxies => Tpl { en: "proxy settings", ko: "프록시 설정" },
        Kind::Skews => Tpl { en: "clock", ko: "시계" },
        Kind::Connects => Tpl { en: "TCP connections", ko: "TCP 연결" },
        Kind::Talks => Tpl { en: "answers without TLS", ko: "TLS 없는 응답" },
        Kind::Handshakes => Tpl { en: "handshakes", ko: "핸드셰이크" },
        Kind::HttpAnswers => Tpl { en: "HTTP answers", ko: "HTTP 응답" },
        Kind::Holdings => Tpl { en: "certificates and keys", ko: "인증서와 개인 키" },
        Kind::Anchors => Tpl { en: "trusted roots", ko: "신뢰할 수 있는 루트" },
        Kind::Fetches => Tpl { en: "fetched issuers", ko: "내려받은 발급자 인증서" },
        Kind::Revocations => Tpl { en: "revocation", ko: "해지 확인" },
        Kind::Bindings => Tpl { en: "HTTP.sys bindings", ko: "HTTP.sys 바인딩" },
        Kind::ListenLists => Tpl { en: "IP listen list", ko: "IP 수신 대기 목록" },
        Kind::Urls => Tpl { en: "URLs of HTTP.sys", ko: "HTTP.sys URL" },
        Kind::Listeners => Tpl { en: "listening ports", ko: "수신 대기 포트" },
        Kind::Processes => Tpl { en: "processes", ko: "프로세스" },
        Kind::Services => Tpl { en: "services", ko: "서비스" },
        Kind::SiteBindings => Tpl { en: "site bindings", ko: "사이트 바인딩" },
        Kind::SiteAccesses => Tpl { en: "site SSL settings", ko: "사이트 SSL 설정" },
        Kind::Pools => Tpl { en: "application pools", ko: "응용 프로그램 풀" },
        Kind::OldBindings => Tpl { en: "old metabase bindings", ko: "이전 메타베이스 바인딩" },
        Kind::Stored => Tpl { en: "certificate stores", ko: "인증서 저장소" },
        Kind::KeyFiles => Tpl { en: "key files", ko: "키 파일" },
        Kind::Systems => Tpl { en: "machines", ko: "컴퓨터" },
        Kind::Settings => Tpl { en: "registry", ko: "레지스트리" },
        Kind::Wholes => Tpl { en: "read whole", ko: "전부 읽음" },
        Kind::Suites => Tpl { en: "cipher suites", ko: "암호 그룹" },
        Kind::Protocols => Tpl { en: "Schannel protocols", ko: "Schannel 프로토콜" },
        Kind::Events => Tpl { en: "event log", ko: "이벤트 로그" },
        Kind::Files => Tpl { en: "files", ko: "파일" },
        Kind::Filed => Tpl { en: "contents of files", ko: "파일 내용" },
        Kind::Identities => Tpl { en: "certificates with their keys", ko: "인증서와 개인 키의 짝" },
        Kind::Pasted => Tpl { en: "pasted thumbprints", ko: "붙여넣은 지문" },
        Kind::Said => Tpl { en: "messages", ko: "메시지" },
    }
}

/// A number with its thousands set apart.
pub(crate) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut out = String::new();
    for (i, c) in digits.chars().enumerate() {
        if i > 0 && digits.len().saturating_sub(i) % 3 == 0 {
            out.push(',');
        }
        out.push(c);
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn thousands() {
        for (n, s) in [(0, "0"), (999, "999"), (1812, "1,812"), (1_234_567, "1,234,567")] {
            assert_eq!(super::grouped(n), s);
        }
    }
}
