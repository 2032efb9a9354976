//! IP packets as a path sees them, and the packets that a path makes itself: TCP resets and ICMP errors.

use super::plan::{Segment, Transport, Unreachable};
use etherparse::{
    Icmpv4Type, Icmpv6Type, IpHeaders, NetSlice, PacketBuilder, PacketBuilderStep, SlicedPacket, TransportSlice,
    icmpv4, icmpv6,
};
use std::net::IpAddr;

/// The time to live with which the path's own packets start, as most systems' do.
const OWN_HOP_LIMIT: u8 = 64;

/// What a path reads of a packet.
pub(super) struct Packet<'a> {
    bytes: &'a [u8],
    pub(super) source: IpAddr,
    pub(super) destination: IpAddr,
    pub(super) hop_limit: u8,
    body: Body<'a>,
}

enum Body<'a> {
    Tcp(Tcp<'a>),
    Udp {
        source: u16,
        destination: u16,
        payload: &'a [u8],
    },
    /// An ICMP echo request or reply: it may be answered by an error.
    Echo,
    /// A later fragment, an ICMP error or a protocol that is not read: never answered.
    Other,
}

struct Tcp<'a> {
    source: u16,
    destination: u16,
    sequence: u32,
    acknowledgment: Option<u32>,
    syn: bool,
    fin: bool,
    rst: bool,
    payload: &'a [u8],
}

impl<'a> Packet<'a> {
    /// Reads one whole IPv4 or IPv6 packet; `None` if it is none.
    pub(super) fn read(bytes: &'a [u8]) -> Option<Self> {
        let sliced = SlicedPacket::from_ip(bytes).ok()?;
        let (source, destination, hop_limit) = match sliced.net? {
            NetSlice::Ipv4(v4) => {
                let header = v4.header();
                (IpAddr::V4(header.source_addr()), IpAddr::V4(header.destination_addr()), header.ttl())
            }
            NetSlice::Ipv6(v6) => {
                let header = v6.header();
                (IpAddr::V6(header.source_addr()), IpAddr::V6(header.destination_addr()), header.hop_limit())
            }
            NetSlice::Arp(_) => return None,
        };
        let body = match sliced.transport {
            Some(TransportSlice::Tcp(tcp)) => Body::Tcp(Tcp {
                source: tcp.source_port(),
                destination: tcp.destination_port(),
                sequence: tcp.sequence_number(),
                acknowledgment: tcp.ack().then(|| tcp.acknowledgment_number()),
                syn: tcp.syn(),
                fin: tcp.fin(),
                rst: tcp.rst(),
                payload: tcp.payload(),
            }),
            Some(TransportSlice::Udp(udp)) => {
                Body::Udp { source: udp.source_port(), destination: udp.destination_port(), payload: udp.payload() }
            }
            Some(TransportSlice::Icmpv4(icmp))
                if matches!(icmp.icmp_type(), Icmpv4Type::EchoRequest(_) | Icmpv4Type::EchoReply(_)) =>
            {
                Body::Echo
            }
            Some(TransportSlice::Icmpv6(icmp))
                if matches!(icmp.icmp_type(), Icmpv6Type::EchoRequest(_) | Icmpv6Type::EchoReply(_)) =>
            {
                Body::Echo
            }
            _ => Body::Other,
        };
        Some(Self { bytes, source, destination, hop_limit, body })
    }

    /// Length of the IP packet in bytes, header included.
    pub(super) fn length(&self) -> usize {
        self.bytes.len()
    }

    /// Source and destination port, where there are ports.
    pub(super) fn ports(&self) -> Option<(u16, u16)> {
        match &self.body {
            Body::Tcp(tcp) => Some((tcp.source, tcp.destination)),
            Body::Udp { source, destination, .. } => Some((*source, *destination)),
            Body::Echo | Body::Other => None,
        }
    }

    pub(super) fn transport(&self) -> Option<Transport> {
        match &self.body {
            Body::Tcp(_) => Some(Transport::Tcp),
            Body::Udp { .. } => Some(Transport::Udp),
            Body::Echo | Body::Other => None,
        }
    }

    pub(super) fn is_segment(&self, kind: Segment) -> bool {
        let Body::Tcp(tcp) = &self.body else { return false };
        match kind {
            Segment::Syn => tcp.syn && tcp.acknowledgment.is_none(),
            Segment::SynAck => tcp.syn && tcp.acknowledgment.is_some(),
            Segment::Data => !tcp.payload.is_empty(),
            Segment::Fin => tcp.fin,
        }
    }

    /// Whether the payload of the TCP segment or UDP datagram holds `bytes`.
    pub(super) fn carries(&self, bytes: &[u8]) -> bool {
        let payload = match &self.body {
            Body::Tcp(tcp) => tcp.payload,
            Body::Udp { payload, .. } => payload,
            Body::Echo | Body::Other => return false,
        };
        bytes.is_empty() || payload.windows(bytes.len()).any(|window| window == bytes)
    }

    /// A reset that the sender takes as its peer's: in sequence where it expects data (RFC 9293 section 3.5.2, and
    /// exactly there, as RFC 5961 section 3.2 asks). `None` for what is no TCP or a reset itself.
    pub(super) fn reset_to_sender(&self) -> Option<Vec<u8>> {
        let tcp = self.resettable()?;
        match tcp.acknowledgment {
            Some(next) => self.segment(self.destination, (tcp.destination, tcp.source), next, None, self.source),
            None => {
                let after = tcp.after();
                self.segment(self.destination, (tcp.destination, tcp.source), 0, Some(after), self.source)
            }
        }
    }

    /// A reset that the receiver takes as the sender's: it stands where this segment would have stood.
    pub(super) fn reset_to_receiver(&self) -> Option<Vec<u8>> {
        let tcp = self.resettable()?;
        self.segment(self.source, (tcp.source, tcp.destination), tcp.sequence, tcp.acknowledgment, self.destination)
    }

    /// *Destination unreachable* to the sender. `None` for what must not be answered.
    pub(super) fn unreachable(&self, router: IpAddr, reason: Unreachable) -> Option<Vec<u8>> {
        use icmpv4::DestUnreachableHeader as V4;
        use icmpv6::DestUnreachableCode as V6;
        let (v4, v6) = match reason {
            Unreachable::Network => (V4::Network, V6::NoRoute),
            Unreachable::Host => (V4::Host, V6::Address),
            Unreachable::Port => (V4::Port, V6::Port),
            Unreachable::Prohibited => (V4::FilterProhibited, V6::Prohibited),
        };
        self.icmp(router, Icmpv4Type::DestinationUnreachable(v4), Icmpv6Type::DestinationUnreachable(v6))
    }

    /// *Fragmentation needed* or *packet too big* to the sender. `None` for what must not be answered.
    pub(super) fn too_big(&self, router: IpAddr, mtu: u16) -> Option<Vec<u8>> {
        let v4 = icmpv4::DestUnreachableHeader::FragmentationNeeded { next_hop_mtu: mtu };
        let v6 = Icmpv6Type::PacketTooBig { mtu: u32::from(mtu) };
        self.icmp(router, Icmpv4Type::DestinationUnreachable(v4), v6)
    }

    /// *Time exceeded* to the sender. `None` for what must not be answered.
    pub(super) fn time_exceeded(&self, router: IpAddr) -> Option<Vec<u8>> {
        let v4 = Icmpv4Type::TimeExceeded(icmpv4::TimeExceededCode::TtlExceededInTransit);
        let v6 = Icmpv6Type::TimeExceeded(icmpv6::TimeExceededCode::HopLimitExceeded);
        self.icmp(router, v4, v6)
    }

    fn resettable(&self) -> Option<&Tcp<'a>> {
        match &self.body {
            Body::Tcp(tcp) if !tcp.rst => Some(tcp),
            _ => None,
        }
    }

    fn segment(
        &self,
        from: IpAddr,
        (from_port, to_port): (u16, u16),
        sequence: u32,
        acknowledgment: Option<u32>,
        to: IpAddr,
    ) -> Option<Vec<u8>> {
        let mut step = ip(from, to)?.tcp(from_port, to_port, sequence, 0).rst();
        if let Some(number) = acknowledgment {
            step = step.ack(number);
        }
        let mut bytes = Vec::with_capacity(step.size(0));
        step.write(&mut bytes, &[]).ok()?;
        Some(bytes)
    }

    /// An ICMP error with as much of this packet as RFC 1812 section 4.3.2.3 (576 bytes in all) and RFC 4443 section
    /// 2.4 (1280 bytes in all) let in. Errors, fragments and what is no request are never answered.
    fn icmp(&self, router: IpAddr, v4: Icmpv4Type, v6: Icmpv6Type) -> Option<Vec<u8>> {
        if matches!(self.body, Body::Other) {
            return None;
        }
        let quoted = |most: usize| self.bytes.get(..most).unwrap_or(self.bytes);
        let mut bytes = Vec::new();
        match router {
            IpAddr::V4(_) => ip(router, self.source)?.icmpv4(v4).write(&mut bytes, quoted(576 - 28)).ok()?,
            IpAddr::V6(_) => ip(router, self.source)?.icmpv6(v6).write(&mut bytes, quoted(1280 - 48)).ok()?,
        }
        Some(bytes)
    }
}

impl Tcp<'_> {
    /// The sequence number after this segment: SYN and FIN count as one byte each.
    fn after(&self) -> u32 {
        let payload = u32::try_from(self.payload.len()).unwrap_or(u32::MAX);
        self.sequence.wrapping_add(payload).wrapping_add(u32::from(self.syn)).wrapping_add(u32::from(self.fin))
    }
}

/// Takes `hops` from the time to live of a whole packet and repairs the IPv4 header's checksum (RFC 1624). `false`,
/// with the packet unchanged, if it does not live that long.
pub(super) fn age(packet: &mut [u8], hops: u8) -> bool {
    match packet.first().map(|byte| byte >> 4) {
        Some(4) => {
            let (Some(&ttl), Some(&protocol)) = (packet.get(8), packet.get(9)) else { return false };
            let (Some(&high), Some(&low)) = (packet.get(10), packet.get(11)) else { return false };
            if ttl <= hops {
                return false;
            }
            let left = ttl - hops;
            let old = !u16::from_be_bytes([ttl, protocol]);
            let sum = u32::from(!u16::from_be_bytes([high, low]))
                + u32::from(old)
                + u32::from(u16::from_be_bytes([left, protocol]));
            let checksum = !fold(sum);
            if let Some(slot) = packet.get_mut(8) {
                *slot = left;
            }
            if let Some(slot) = packet.get_mut(10..12) {
                slot.copy_from_slice(&checksum.to_be_bytes());
            }
            true
        }
        Some(6) => match packet.get_mut(7) {
            Some(limit) if *limit > hops => {
                *limit -= hops;
                true
            }
            _ => false,
        },
        _ => false,
    }
}

fn fold(sum: u32) -> u16 {
    let once = (sum & 0xffff) + (sum >> 16);
    let twice = (once & 0xffff) + (once >> 16);
    u16::try_from(twice & 0xffff).unwrap_or(0)
}

fn ip(from: IpAddr, to: IpAddr) -> Option<PacketBuilderStep<IpHeaders>> {
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => Some(PacketBuilder::ipv4(from.octets(), to.octets(), OWN_HOP_LIMIT)),
        (IpAddr::V6(from), IpAddr::V6(to)) => Some(PacketBuilder::ipv6(from.octets(), to.octets(), OWN_HOP_LIMIT)),
        _ => None,
    }
}
