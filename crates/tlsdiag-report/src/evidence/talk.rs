//! DNS answers, TCP connections and conversations in a line each.
use tlsdiag_model::facts::{
    Answer, Connect, ConnectEnd, Family, HttpAnswer, HttpEnd, HttpVersion, Lookup, Opening, Over, Resolver, Spoke,
    Talk, Unreachable,
};
use tlsdiag_model::{Arg, Say, say};

fn nested(s: Say) -> Arg {
    Arg::Say(Box::new(s))
}

pub(crate) fn lookup(l: &Lookup) -> Say {
    let who = match l.resolver {
        Resolver::System => Arg::word("this system", "이 시스템"),
        Resolver::Dns => Arg::word("DNS", "DNS"),
    };
    let family = Arg::term(match l.family {
        Family::V4 => "A",
        Family::V6 => "AAAA",
        Family::Both => "A/AAAA",
    });
    let answer = match &l.answer {
        Answer::Addresses(a) => {
            say!("{addresses}", "{addresses}", addresses = Arg::List(a.iter().map(Arg::term).collect()))
        }
        Answer::NoSuchName => say!("the name does not exist (NXDOMAIN)", "이름이 없음(NXDOMAIN)"),
        Answer::NoAddress => say!("the name has no such address (NODATA)", "이름에 해당 주소가 없음(NODATA)"),
        Answer::ServerFailure => say!("server failure (SERVFAIL)", "서버 실패(SERVFAIL)"),
        Answer::Refused => say!("refused (REFUSED)", "거부됨(REFUSED)"),
        Answer::Silent { after_ms } => {
            say!("no answer within {wait}", "{wait} 안에 응답 없음", wait = Arg::wait(*after_ms))
        }
        Answer::Failed(w) => say!("{what}", "{what}", what = Arg::quote(w)),
    };
    if l.cnames.is_empty() {
        say!(
            "{who} {family}: {answer}",
            "{who} {family}: {answer}",
            who = who,
            family = family,
            answer = nested(answer)
        )
    } else {
        say!(
            "{who} {family}: {answer}, via {cnames}",
            "{who} {family}: {answer}, 경유 {cnames}",
            who = who,
            family = family,
            answer = nested(answer),
            cnames = Arg::List(l.cnames.iter().map(Arg::quote).collect())
        )
    }
}

pub(crate) fn connect(c: &Connect) -> Say {
    match &c.end {
        ConnectEnd::Open => say!("TCP open", "TCP 열림"),
        ConnectEnd::Refused => say!("refused (RST in answer to SYN)", "거부됨(SYN에 RST 응답)"),
        ConnectEnd::Silent { after_ms } => {
            say!("no answer to SYN, waited {wait}", "SYN에 응답 없음, {wait} 기다림", wait = Arg::wait(*after_ms))
        }
        ConnectEnd::Unreachable(Unreachable::Network) => say!("network unreachable", "네트워크에 도달할 수 없음"),
        ConnectEnd::Unreachable(Unreachable::Host) => say!("host unreachable", "호스트에 도달할 수 없음"),
        ConnectEnd::Unreachable(Unreachable::Forbidden) => {
            say!("forbidden by this machine's rules", "이 컴퓨터의 규칙으로 금지됨")
        }
        ConnectEnd::Failed(w) => say!("failed: {what}", "실패: {what}", what = Arg::quote(w)),
    }
}

pub(crate) fn talk(t: &Talk) -> Say {
    let opening = match t.opening {
        Opening::Listened => Arg::word("listening", "듣기만 하면"),
        Opening::HttpGet => Arg::word("plain http", "http로 물으면"),
    };
    let spoke = match &t.spoke {
        Spoke::Http { status, server, location, wants_tls } => {
            let mut more: Vec<Arg> = vec![];
            more.extend(server.as_ref().map(|s| Arg::quote(format!("Server: {s}"))));
            more.extend(location.as_ref().map(|l| Arg::quote(format!("Location: {l}"))));
            if *wants_tls {
                more.push(Arg::word("says that the port wants TLS", "TLS 포트라고 함"));
            }
            answered(*status, more)
        }
        Spoke::Other { protocol, greeting } => say!(
            "{protocol} answers: {greeting}",
            "{protocol} 응답: {greeting}",
            protocol = Arg::quote(protocol),
            greeting = Arg::quote(greeting)
        ),
        Spoke::Tls => say!("TLS records", "TLS 레코드"),
        Spoke::Unknown => say!("unknown bytes", "알 수 없는 바이트"),
        Spoke::Closed => say!("closed without a byte", "한 바이트도 없이 닫힘"),
        Spoke::Reset => say!("reset without a byte", "한 바이트도 없이 연결 재설정"),
        Spoke::Silent { after_ms } => {
            say!("nothing within {wait}", "{wait} 안에 응답 없음", wait = Arg::wait(*after_ms))
        }
    };
    say!("{opening}: {spoke}", "{opening}: {spoke}", opening = opening, spoke = nested(spoke))
}

fn answered(status: u16, more: Vec<Arg>) -> Say {
    if more.is_empty() {
        say!("HTTP {status}", "HTTP {status}", status = Arg::num(status))
    } else {
        say!("HTTP {status} ({more})", "HTTP {status} ({more})", status = Arg::num(status), more = Arg::List(more))
    }
}

pub(crate) fn http(h: &HttpAnswer) -> Say {
    let over = Arg::term(match (h.over, h.version) {
        (Over::Plain, _) => "http",
        (Over::Tls, HttpVersion::One) => "https HTTP/1.1",
        (Over::Tls, HttpVersion::Two) => "https HTTP/2",
    });
    let end = match &h.end {
        HttpEnd::Status { status, location, server, detail, hsts: _ } => {
            let mut more: Vec<Arg> = vec![];
            more.extend(detail.as_ref().map(Arg::quote));
            more.extend(location.as_ref().map(|l| Arg::quote(format!("Location: {l}"))));
            more.extend(server.as_ref().map(|s| Arg::quote(format!("Server: {s}"))));
            answered(*status, more)
        }
        HttpEnd::Closed => say!("closed before an answer", "응답 전에 닫힘"),
        HttpEnd::Reset => say!("reset before an answer", "응답 전에 연결 재설정"),
        HttpEnd::Alert(a) => {
            say!(
                "alert {alert} instead of an answer",
                "응답 대신 경고(alert) {alert}",
                alert = Arg::term(super::handshake::alert(*a))
            )
        }
        HttpEnd::Silent { after_ms } => {
            say!("nothing within {wait}", "{wait} 안에 응답 없음", wait = Arg::wait(*after_ms))
        }
        HttpEnd::Garbled(w) => say!("not HTTP: {what}", "HTTP가 아님: {what}", what = Arg::quote(w)),
    };
    let line = say!(
        "{over} GET {path}: {end}",
        "{over} GET {path}: {end}",
        over = over,
        path = Arg::quote(&h.path),
        end = nested(end)
    );
    match (h.loops, h.followed.len()) {
        (true, n) => say!(
            "{what}, a loop after {n} redirects",
            "{what}, 리디렉션 {n}번 뒤 반복",
            what = nested(line),
            n = Arg::num(n)
        ),
        (false, 0) => line,
        (false, n) => {
            say!("{what}, after {n} redirects", "{what}, 리디렉션 {n}번 뒤", what = nested(line), n = Arg::num(n))
        }
    }
}
