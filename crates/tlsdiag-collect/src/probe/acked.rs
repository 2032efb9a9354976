//! How many bytes the peer's TCP has not yet acknowledged: what tells a server that is silent from a path that swallows.
use std::net::SocketAddr;

/// Bytes of our side that are written and not acknowledged, where the system tells: on Linux by netlink sock_diag(7),
/// whose `idiag_wqueue` is `write_seq - snd_una` for a connection. A connection that was reset is no longer known.
#[cfg(target_os = "linux")]
pub(crate) fn unacked(local: SocketAddr, peer: SocketAddr) -> Option<u32> {
    linux::ask(local, peer)
}

/// No other system tells without a privilege or unsafe code.
#[cfg(not(target_os = "linux"))]
pub(crate) fn unacked(_: SocketAddr, _: SocketAddr) -> Option<u32> {
    None
}

#[cfg(target_os = "linux")]
mod linux {
    use rustix::net::{AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, netlink, recv, send, socket_with};
    use std::net::{IpAddr, SocketAddr};

    const SOCK_DIAG_BY_FAMILY: u16 = 20;
    const NLM_F_REQUEST: u16 = 1;
    const IPPROTO_TCP: u8 = 6;
    const AF_INET: u8 = 2;
    const AF_INET6: u8 = 10;
    /// `struct nlmsghdr` and `struct inet_diag_req_v2`.
    const REQUEST_LEN: usize = 16 + 56;
    /// Offset of `idiag_wqueue`: behind nlmsghdr (16), family to retrans (4), inet_diag_sockid (48), expires, rqueue.
    const WQUEUE: usize = 16 + 4 + 48 + 8;

    pub(super) fn ask(local: SocketAddr, peer: SocketAddr) -> Option<u32> {
        let s = socket_with(
            AddressFamily::NETLINK,
            SocketType::DGRAM,
            SocketFlags::CLOEXEC | SocketFlags::NONBLOCK,
            Some(netlink::SOCK_DIAG),
        )
        .ok()?;
        send(&s, &request(local, peer), SendFlags::empty()).ok()?;
        let mut answer = [0u8; 1024];
        // The kernel answers within the send.
        let (_, n) = recv(&s, answer.as_mut_slice(), RecvFlags::empty()).ok()?;
        let answer = answer.get(..n)?;
        let kind = u16::from_ne_bytes(*answer.get(4..6)?.first_chunk()?);
        if kind != SOCK_DIAG_BY_FAMILY {
            return None;
        }
        Some(u32::from_ne_bytes(*answer.get(WQUEUE..WQUEUE + 4)?.first_chunk()?))
    }

    fn request(local: SocketAddr, peer: SocketAddr) -> Vec<u8> {
        let mut out = Vec::with_capacity(REQUEST_LEN);
        out.extend(72u32.to_ne_bytes());
        out.extend(SOCK_DIAG_BY_FAMILY.to_ne_bytes());
        out.extend(NLM_F_REQUEST.to_ne_bytes());
        out.extend(1u32.to_ne_bytes());
        out.extend(0u32.to_ne_bytes());
        out.extend([if local.is_ipv4() { AF_INET } else { AF_INET6 }, IPPROTO_TCP, 0, 0]);
        // Every state.
        out.extend(u32::MAX.to_ne_bytes());
        out.extend(local.port().to_be_bytes());
        out.extend(peer.port().to_be_bytes());
        out.extend(octets(local.ip()));
        out.extend(octets(peer.ip()));
        let scope = match peer {
            SocketAddr::V6(a) => a.scope_id(),
            SocketAddr::V4(_) => 0,
        };
        out.extend(scope.to_ne_bytes());
        // INET_DIAG_NOCOOKIE
        out.extend([0xff; 8]);
        out
    }

    fn octets(a: IpAddr) -> [u8; 16] {
        match a {
            IpAddr::V6(a) => a.octets(),
            IpAddr::V4(a) => {
                let mut out = [0; 16];
                out.iter_mut().zip(a.octets()).for_each(|(o, b)| *o = b);
                out
            }
        }
    }
}

#[cfg(all(test, target_os = "linux"))]
mod tests {
    use super::*;
    use std::{
        io::{Read, Write},
        net::{TcpListener, TcpStream},
    };

    #[test]
    fn what_a_full_window_holds_back_is_not_acknowledged() {
        let l = TcpListener::bind("127.0.0.1:0").unwrap();
        socket2::SockRef::from(&l).set_recv_buffer_size(4096).unwrap();
        let mut ours = TcpStream::connect(l.local_addr().unwrap()).unwrap();
        let (mut theirs, _) = l.accept().unwrap();
        let (local, peer) = (ours.local_addr().unwrap(), ours.peer_addr().unwrap());
        assert_eq!(unacked(local, peer), Some(0));
        ours.set_nonblocking(true).unwrap();
        let mut sent = 0;
        while let Ok(n) = ours.write(&[0; 4096]) {
            sent += n;
        }
        let held = unacked(local, peer).unwrap();
        assert!(held > 0 && held as usize <= sent, "{held} of {sent}");
        theirs.set_nonblocking(false).unwrap();
        let mut got = 0;
        let mut b = vec![0; 65536];
        while got < sent {
            got += theirs.read(&mut b).unwrap();
        }
        assert_eq!(unacked(local, peer), Some(0));
        drop((ours, theirs));
    }
}
