//! The same hello fails in packets of usual size and works in small ones: the way cannot bear large packets.
use crate::s5_handshake::experiment::{conclude, failed, works};
use crate::s5_handshake::words;
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use std::net::IpAddr;
use tlsdiag_model::facts::{End, Handshake, Vary};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Sight, Tpl, Who, say};

/// Large packets vanish.
pub static MTU: Rule = Rule {
    code: Code(6020),
    slug: "path-mtu",
    title: Tpl { en: "large packets vanish on the way", ko: "큰 패킷이 경로에서 사라짐" },
    layer: Layer::Negotiate,
    over: Over::Paths,
    causes: &[Cause::NetMtu],
    explains: &[explains(5003), explains(5007)],
    routine: false,
    check: vanish,
    sources: &["RFC 1191, RFC 8201 (path MTU discovery)", "RFC 2923 (black holes)", "RFC 4459 (tunnels)"],
    page: page!("packet_size"),
};

/// Large packets are answered by RST.
pub static RESET: Rule = Rule {
    code: Code(6021),
    slug: "reset-by-packet-size",
    title: Tpl {
        en: "a box on the way resets connections with large packets",
        ko: "중간 장비가 큰 패킷이 있는 연결을 재설정함",
    },
    layer: Layer::Negotiate,
    over: Over::Paths,
    causes: &[Cause::NetMiddleboxReset],
    explains: &[explains(5001), explains(5003)],
    routine: false,
    check: reset,
    sources: &["RFC 9293 section 3.7.1 (maximum segment size)", "RFC 3360 (resets sent by others than the peer)"],
    page: page!("packet_size"),
};

fn vanish(look: &Look<'_>) -> Judged {
    let base = failed(look)?;
    if !matches!(base.end, End::Silent { .. } | End::Pending { .. }) {
        return Ok(Outcome::Pass);
    }
    let small = look.trial(Vary::SmallSegments)?;
    if !works(&small) {
        return Ok(Outcome::Pass);
    }
    let headline =
        say!("large packets vanish on the way, and nobody says so", "큰 패킷이 경로에서 소리 없이 사라집니다");
    let f = conclude(look, Impact::Broken, &base, &[small], headline)?;
    let base = look.settled_base()?;
    let mut f = tell(f, &base, &small);
    if base.delivered == Sight::Saw(false) {
        f = f.because(say!(
            "the server's TCP did not acknowledge the whole hello, so it was lost on the way there",
            "서버의 TCP가 ClientHello 전체를 확인(ACK)하지 않았으므로 가는 길에서 사라진 것입니다"
        ));
    }
    let (addr, _) = look.address()?;
    Ok(f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "find the size that passes (with 28 bytes of headers, 48 for IPv6): raise and lower the number",
                "통과하는 크기를 찾습니다(여기에 헤더 28바이트, IPv6은 48바이트를 더함). 숫자를 올리고 내려 봅니다"
            ),
        )
        .run(Platform::Linux, ping(addr, true))
        .run(Platform::Windows, ping(addr, false)),
    )
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "on the router or tunnel with the smaller link, let TCP agree on smaller segments",
                "구간이 좁은 라우터나 터널에서 TCP 세그먼트 크기를 줄이게 합니다(MSS 조정)"
            ),
        )
        .run(
            Platform::Linux,
            "iptables -t mangle -A FORWARD -p tcp --tcp-flags SYN,RST SYN -j TCPMSS --clamp-mss-to-pmtu",
        )
        .run(Platform::Linux, "nft add rule inet filter forward tcp flags syn tcp option maxseg size set rt mtu"),
    )
    .cure(Cure::new(
        Safety::Manual,
        say!(
            "on firewalls, let ICMP type 3 code 4 (fragmentation needed) and ICMPv6 type 2 (packet too big) pass",
            "방화벽에서 ICMP 유형 3 코드 4(단편화 필요)와 ICMPv6 유형 2(패킷이 너무 큼)를 허용합니다"
        ),
    ))
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "set the MTU of the server's own interface to what passes (name and size are examples)",
                "서버 인터페이스의 MTU를 통과하는 크기로 낮춥니다(이름과 크기는 예)"
            ),
        )
        .run(Platform::Linux, "ip link set dev eth0 mtu 1400")
        .run(Platform::Windows, "netsh interface ipv4 set subinterface \"Ethernet\" mtu=1400 store=persistent"),
    )
    .into())
}

fn reset(look: &Look<'_>) -> Judged {
    let base = failed(look)?;
    if base.end != End::Reset || another_hello_decides(look)? {
        return Ok(Outcome::Pass);
    }
    let small = look.trial(Vary::SmallSegments)?;
    if !works(&small) {
        return Ok(Outcome::Pass);
    }
    let headline = say!(
        "a box on the way resets connections that carry large packets",
        "중간 장비가 큰 패킷이 지나가는 연결을 재설정합니다"
    );
    let f = tell(conclude(look, Impact::Broken, &base, &[small], headline)?, &base, &small);
    Ok(f.cure(Cure::new(
        Safety::Manual,
        say!(
            "look through the firewalls, VPN gateways and load balancers between here and the server for a limit on packet or segment size, and lift it",
            "이곳과 서버 사이의 방화벽, VPN 게이트웨이, 부하 분산 장치에서 패킷이나 세그먼트 크기 제한을 찾아 풉니다"
        ),
    ))
    .cure(
        Cure::new(
            Safety::Manual,
            say!(
                "until then a smaller segment size on the server keeps packets below the limit (size and name are examples)",
                "그때까지 서버에서 세그먼트 크기를 줄이면 제한에 걸리지 않습니다(크기와 이름은 예)"
            ),
        )
        .run(Platform::Linux, "ip route change default via 192.0.2.1 dev eth0 advmss 1200")
        .run(Platform::Windows, "netsh interface ipv4 set subinterface \"Ethernet\" mtu=1240 store=persistent"),
    )
    .into())
}

/// Has a hello of another content worked where the shorter one failed? Then size is not the matter.
fn another_hello_decides(look: &Look<'_>) -> Result<bool, Stop> {
    let made = |v: Vary| look.trial_if_made(v);
    let short_fails = made(Vary::Classic).is_some_and(|h| !works(&h));
    Ok(short_fails && made(Vary::Tls12).is_some_and(|h| works(&h)))
}

fn tell(f: Finding, base: &Handshake, small: &Handshake) -> Finding {
    let who =
        say!("everybody whose packets take this way at usual size", "이 경로로 보통 크기의 패킷을 보내는 모든 사용자");
    f.who(Who::Clients(who)).because(words::line(base)).because(words::line(small)).because(say!(
        "nothing but the size of the packets differs, both ways at most {size} bytes of data",
        "패킷 크기만 다릅니다. 양방향 모두 데이터 {size}바이트 이하입니다",
        size = Arg::num(small.offer.mss.unwrap_or(536))
    ))
}

/// A ping that may not be cut up. The address is written out, so nothing from outside stands in it.
fn ping(addr: IpAddr, linux: bool) -> String {
    match (addr, linux) {
        (IpAddr::V4(a), true) => format!("ping -M do -c 3 -s 1372 {a}"),
        (IpAddr::V6(a), true) => format!("ping -6 -M do -c 3 -s 1352 {a}"),
        (IpAddr::V4(a), false) => format!("ping -f -n 3 -l 1372 {a}"),
        (IpAddr::V6(a), false) => format!("ping -6 -n 3 -l 1352 {a}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pings_forbid_fragmentation_and_name_the_address() {
        assert_eq!(ping([192, 0, 2, 10].into(), true), "ping -M do -c 3 -s 1372 192.0.2.10");
        assert!(ping("2001:db8::1".parse().unwrap(), false).ends_with(" 2001:db8::1"));
    }
}
