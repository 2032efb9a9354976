//! How TCP does not open: refused, no answer, unreachable, or something that only the system can put into words.
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use std::net::IpAddr;
use tlsdiag_model::facts::{Connect, ConnectEnd, Unreachable};
use tlsdiag_model::{Arg, Ask, Cause, Code, Cure, Impact, Layer, Platform, Safety, Subject, Tpl, say};

/// RST in answer to SYN.
pub static REFUSED: Rule = Rule {
    code: Code(101),
    slug: "connection-refused",
    title: Tpl { en: "the connection is refused", ko: "연결이 거부됨" },
    layer: Layer::Reach,
    over: Over::Endpoints,
    causes: &[Cause::BindNoListener, Cause::NetPortBlocked],
    explains: &[],
    routine: false,
    check: refused,
    sources: &["RFC 9293 section 3.5.2 (reset of a SYN to a closed port)", "connect(2) (ECONNREFUSED)"],
    page: page!("connect"),
};

/// No answer to any SYN.
pub static SILENT: Rule = Rule {
    code: Code(102),
    slug: "no-answer-to-connect",
    title: Tpl { en: "nothing answers the attempt to connect", ko: "연결 시도에 응답이 없음" },
    layer: Layer::Reach,
    over: Over::Paths,
    causes: &[Cause::NetPortBlocked, Cause::AppOverload],
    explains: &[],
    routine: false,
    check: silent,
    sources: &["connect(2) (ETIMEDOUT)", "listen(2) (backlog)", "ss(8)"],
    page: page!("connect"),
};

/// No way there.
pub static UNREACHABLE: Rule = Rule {
    code: Code(103),
    slug: "unreachable",
    title: Tpl { en: "the address cannot be reached", ko: "주소에 도달할 수 없음" },
    layer: Layer::Reach,
    over: Over::Paths,
    causes: &[Cause::NetUnreachable],
    explains: &[],
    routine: false,
    check: unreachable,
    sources: &["connect(2) (ENETUNREACH, EHOSTUNREACH, EACCES)", "RFC 792 (destination unreachable)"],
    page: page!("connect"),
};

/// Anything else.
pub static FAILED: Rule = Rule {
    code: Code(105),
    slug: "connect-failed",
    title: Tpl { en: "the connection could not be opened", ko: "연결을 열지 못함" },
    layer: Layer::Reach,
    over: Over::Paths,
    causes: &[],
    explains: &[],
    routine: false,
    check: failed,
    sources: &["connect(2)"],
    page: page!("connect"),
};

/// The first attempt that did not open, of those that count for the subject. `None`: all opened.
pub(crate) fn unopened<'a>(look: &Look<'a>) -> Result<Option<Cited<'a, Connect>>, Stop> {
    let subject = look.subject();
    let mine = |from| !matches!(subject, Subject::Path { from: f, .. } if *f != from);
    let all: Vec<_> = look.connects()?.into_iter().filter(|c| mine(c.from)).collect();
    if all.is_empty() {
        return Err(Stop::NotApplicable);
    }
    Ok(all.into_iter().find(|c| c.end != ConnectEnd::Open))
}

fn refused(look: &Look<'_>) -> Judged {
    let Some(c) = unopened(look)?.filter(|c| c.end == ConnectEnd::Refused) else { return Ok(Outcome::Pass) };
    let port = || Arg::num(c.port);
    let f = look.connect_ends(
        Impact::Broken,
        &c,
        say!(
            "port {port} of {addr} refuses the connection",
            "{addr}의 {port}번 포트가 연결을 거부합니다",
            port = port(),
            addr = Arg::quote(c.addr)
        ),
    )?;
    Ok(f.because(say!(
        "RST came in answer to SYN: no program listens on {addr} port {port}, or a firewall rejects in its place",
        "SYN에 RST가 돌아왔습니다. {addr}의 {port}번 포트에서 수신 대기하는 프로그램이 없거나, 방화벽이 대신 거부한 것입니다",
        addr = Arg::quote(c.addr),
        port = port()
    ))
    .cure(
        Cure::new(
            Safety::Safe,
            say!(
                "see on the server what listens on the port, and on which address: a listener on 127.0.0.1 is deaf to the network",
                "서버에서 이 포트를 어떤 프로그램이 어느 주소로 수신 대기하는지 확인합니다. 127.0.0.1의 수신기에는 네트워크에서 닿을 수 없습니다"
            ),
        )
        .run(Platform::Linux, format!("ss -ltnp 'sport = :{}'", c.port))
        .run(Platform::Windows, format!("netstat -ano | findstr :{}", c.port)),
    )
    .cure(Cure::new(
        Safety::Confirm,
        say!(
            "start the service; if it does not start, its own log says why (often a certificate or key that it cannot read)",
            "서비스를 시작합니다. 시작되지 않으면 그 서비스의 로그에 이유가 있습니다(읽을 수 없는 인증서나 개인 키인 경우가 많습니다)"
        ),
    ))
    .into())
}

fn silent(look: &Look<'_>) -> Judged {
    let Some(c) = unopened(look)? else { return Ok(Outcome::Pass) };
    let ConnectEnd::Silent { after_ms } = c.end else { return Ok(Outcome::Pass) };
    let f = look
        .connect_ends(
            Impact::Broken,
            &c,
            say!(
                "{addr} port {port} does not answer",
                "{addr}의 {port}번 포트가 응답하지 않습니다",
                addr = Arg::quote(c.addr),
                port = Arg::num(c.port)
            ),
        )?
        .because(say!(
            "no answer to any SYN within {wait}: neither an acceptance nor a refusal",
            "{wait} 동안 SYN에 수락도 거부도 오지 않았습니다",
            wait = Arg::wait(after_ms)
        ));
    let f = match other_port(look, &c) {
        None => {
            if c.port != 80 {
                look.wish(Ask::Connect { host: look.endpoint()?.host, addr: c.addr, port: 80 });
            }
            f
        }
        Some(o) if matches!(o.end, ConnectEnd::Open | ConnectEnd::Refused) => f.and(o.at).because(say!(
            "port {port} of the same address answers: the machine is up, so something drops this port's packets or its accept queue is full",
            "같은 주소의 {port}번 포트는 응답합니다. 컴퓨터는 켜져 있으므로 이 포트의 패킷이 버려지거나 수락 대기열이 가득 찬 것입니다",
            port = Arg::num(o.port)
        )),
        Some(o) => f.and(o.at).labels(&[Cause::NetPortBlocked, Cause::NetDnsWrongAddress, Cause::AppOverload]).because(say!(
            "port {port} does not answer either: everything is filtered, the machine is off, or the address is not its own any more",
            "{port}번 포트도 응답하지 않습니다. 모든 것이 차단되었거나, 컴퓨터가 꺼져 있거나, 주소가 더 이상 그 서버의 것이 아닙니다",
            port = Arg::num(o.port)
        )),
    };
    Ok(f.because(say!(
        "from outside a dropped packet and a full accept queue look alike; `ss -ltn` on the server tells them apart",
        "밖에서는 버려진 패킷과 가득 찬 수락 대기열을 구별할 수 없습니다. 서버에서 `ss -ltn`으로 구별합니다"
    ))
    .cure(
        Cure::new(
            Safety::Safe,
            say!(
                "on the server: Recv-Q above Send-Q on the listener means a full accept queue, so the program is too slow or hangs; otherwise a firewall drops",
                "서버에서 확인합니다. 수신기의 Recv-Q가 Send-Q보다 크면 수락 대기열이 가득 찬 것이므로 프로그램이 느리거나 멈춘 것이고, 아니면 방화벽이 버리는 것입니다"
            ),
        )
        .run(Platform::Linux, format!("ss -ltn 'sport = :{}'", c.port))
        .run(Platform::Linux, format!("tcpdump -ni any 'tcp port {} and tcp[tcpflags] & tcp-syn != 0'", c.port)),
    )
    .cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "where no SYN arrives, open the port in every filter on the way: security group, router, the server's own firewall",
                "SYN이 도착하지 않으면 경로의 모든 필터(보안 그룹, 라우터, 서버 자체 방화벽)에서 포트를 엽니다"
            ),
        )
        .run(Platform::Linux, "nft list ruleset")
        .run(Platform::Windows, "netsh advfirewall firewall show rule name=all dir=in"),
    )
    .into())
}

/// An attempt to reach another port of the same address; one that was answered before one that was not.
fn other_port<'a>(look: &Look<'a>, c: &Cited<'a, Connect>) -> Option<Cited<'a, Connect>> {
    let (from, addr, port) = (c.from, c.addr, c.port);
    look.seen::<Connect>()
        .filter(|o| o.from == from && o.addr == addr && o.port != port)
        .min_by_key(|o| (!matches!(o.end, ConnectEnd::Open | ConnectEnd::Refused), o.port, o.row.span))
}

fn unreachable(look: &Look<'_>) -> Judged {
    let Some(c) = unopened(look)? else { return Ok(Outcome::Pass) };
    let ConnectEnd::Unreachable(kind) = c.end else { return Ok(Outcome::Pass) };
    if kind == Unreachable::Network && other_family_only(look, &c) {
        return Ok(Outcome::NotApplicable);
    }
    let addr = Arg::quote(c.addr);
    let f = look.connect_ends(
        Impact::Broken,
        &c,
        say!("{addr} cannot be reached from here", "여기서 {addr}에 도달할 수 없습니다", addr = addr.clone()),
    )?;
    let v6 = c.addr.is_ipv6();
    Ok(match kind {
        Unreachable::Network => f
            .because(say!("this machine has no route to {addr}", "이 컴퓨터에는 {addr:로} 가는 경로가 없습니다", addr = addr))
            .cure(
                Cure::new(
                    Safety::Safe,
                    say!("look at this machine's addresses and default route", "이 컴퓨터의 주소와 기본 경로를 확인합니다"),
                )
                .run(Platform::Linux, format!("ip {} route get {}", if v6 { "-6" } else { "-4" }, c.addr))
                .run(Platform::Windows, "route print"),
            ),
        Unreachable::Host => f
            .because(say!(
                "the network says that there is no such machine at {addr} (no answer to ARP or neighbour discovery, or an ICMP refusal)",
                "네트워크에 따르면 {addr}에 해당하는 컴퓨터가 없습니다(ARP 또는 이웃 탐색에 응답이 없거나 ICMP로 거부됨)",
                addr = addr
            ))
            .cure(
                Cure::new(
                    Safety::Safe,
                    say!(
                        "check that the machine is on and has this address, and which router sends the refusal",
                        "컴퓨터가 켜져 있고 이 주소를 갖고 있는지, 어느 라우터가 거부하는지 확인합니다"
                    ),
                )
                .run(Platform::Linux, format!("traceroute -T -p {} {}", c.port, c.addr))
                .run(Platform::Windows, format!("tracert {}", c.addr)),
            ),
        Unreachable::Forbidden => f
            .because(say!(
                "this machine's own rules forbid the connection",
                "이 컴퓨터 자체의 규칙이 연결을 금지합니다"
            ))
            .cure(
                Cure::new(
                    Safety::Safe,
                    say!(
                        "look at the outgoing rules of this machine's firewall and at what confines this program (SELinux, AppArmor, a sandbox)",
                        "이 컴퓨터 방화벽의 나가는 규칙과 이 프로그램을 제한하는 것(SELinux, AppArmor, 샌드박스)을 확인합니다"
                    ),
                )
                .run(Platform::Linux, "nft list ruleset")
                .run(Platform::Windows, "netsh advfirewall firewall show rule name=all dir=out"),
            ),
    }
    .into())
}

/// The machine has no network of this family at all: the other one opens, and nothing of this one was ever reached.
fn other_family_only(look: &Look<'_>, c: &Connect) -> bool {
    let family = |a: &IpAddr| a.is_ipv6();
    let mine: Vec<_> = look.all::<Connect>().filter(|o| o.from == c.from).collect();
    let other_opens = mine.iter().any(|o| family(&o.addr) != family(&c.addr) && o.end == ConnectEnd::Open);
    other_opens
        && mine
            .iter()
            .filter(|o| family(&o.addr) == family(&c.addr) && !o.addr.is_loopback())
            .all(|o| o.end == ConnectEnd::Unreachable(Unreachable::Network))
}

fn failed(look: &Look<'_>) -> Judged {
    let Some(c) = unopened(look)? else { return Ok(Outcome::Pass) };
    let ConnectEnd::Failed(words) = &c.end else { return Ok(Outcome::Pass) };
    Ok(look
        .connect_ends(
            Impact::Broken,
            &c,
            say!(
                "the connection to {addr} could not be opened",
                "{addr:로} 가는 연결을 열지 못했습니다",
                addr = Arg::quote(c.addr)
            ),
        )?
        .because(say!("the system says: {words}", "시스템의 설명: {words}", words = Arg::quote(words)))
        .into())
}
