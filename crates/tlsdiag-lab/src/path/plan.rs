//! What a path does to packets, as data.

use super::error::PlanError;
use serde::{Deserialize, Serialize};
use std::{
    collections::HashSet,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    time::Duration,
};

/// Two hosts and the path between them. [`PathPlan::new`] is a perfect path; change the fields that matter.
///
/// The addresses are those set aside for benchmarks (RFC 2544 section C.2.2, RFC 5180 section 8), which no real host has.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PathPlan {
    /// The client's addresses, at most one per family that matters; at least one.
    pub client: Vec<IpAddr>,
    /// The server's addresses; at least one. The first is [`super::Net::server_addr`].
    pub server: Vec<IpAddr>,
    /// Further addresses that the client has a route to and nobody answers. All others are unreachable at once.
    pub silent: Vec<IpAddr>,
    /// MTU of both hosts' interfaces in bytes. What fits them but not the path is for a rule to refuse.
    pub interface_mtu: u16,
    /// Routers between the hosts: how much of the time to live a packet spends. The path's own packets spend half.
    pub hops: u8,
    /// Client to server.
    pub forward: Leg,
    /// Server to client.
    pub back: Leg,
    /// Seed of loss, jitter and reordering. The n-th packet of a leg always meets the same fate with the same seed.
    pub seed: u64,
}

impl PathPlan {
    /// A path that delivers everything at once, over IPv4 and IPv6, with an MTU of 1500.
    pub fn new() -> Self {
        Self {
            client: vec![
                IpAddr::V4(Ipv4Addr::new(198, 18, 0, 1)),
                IpAddr::V6(Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 1)),
            ],
            server: vec![
                IpAddr::V4(Ipv4Addr::new(198, 18, 1, 1)),
                IpAddr::V6(Ipv6Addr::new(0x2001, 2, 0, 1, 0, 0, 0, 1)),
            ],
            silent: Vec::new(),
            interface_mtu: 1500,
            hops: 1,
            forward: Leg::default(),
            back: Leg::default(),
            seed: 1,
        }
    }

    /// The same with half of `round_trip` as the delay of each direction.
    pub fn round_trip(mut self, round_trip: Duration) -> Self {
        self.forward.delay = round_trip / 2;
        self.back.delay = round_trip / 2;
        self
    }

    /// The same with `rule` added to client-to-server packets.
    pub fn forward_rule(mut self, rule: Rule) -> Self {
        self.forward.rules.push(rule);
        self
    }

    /// The same with `rule` added to server-to-client packets.
    pub fn back_rule(mut self, rule: Rule) -> Self {
        self.back.rules.push(rule);
        self
    }

    /// The same with `rule` added to packets of both directions.
    pub fn both_rule(self, rule: Rule) -> Self {
        self.forward_rule(rule.clone()).back_rule(rule)
    }

    /// Whether the plan can be carried out.
    ///
    /// # Errors
    /// The first thing that is wrong with it.
    pub fn check(&self) -> Result<(), PlanError> {
        for (host, addresses) in [("client", &self.client), ("server", &self.server)] {
            if addresses.is_empty() {
                return Err(PlanError::NoAddress { host });
            }
        }
        let mut seen: HashSet<IpAddr> = self.routers().into_iter().collect();
        for &address in self.client.iter().chain(&self.server).chain(&self.silent) {
            if !seen.insert(address) || !is_host_address(address) {
                return Err(PlanError::Address { address });
            }
        }
        let least = if seen.iter().any(|a| a.is_ipv6() && !self.routers().contains(a)) { 1280 } else { 576 };
        if self.interface_mtu < least {
            return Err(PlanError::Mtu { least, found: self.interface_mtu });
        }
        self.forward.check()?;
        self.back.check()
    }

    /// The addresses from which the path speaks for itself (ICMP errors).
    pub fn routers(&self) -> [IpAddr; 2] {
        [IpAddr::V4(Ipv4Addr::new(198, 18, 0, 254)), IpAddr::V6(Ipv6Addr::new(0x2001, 2, 0, 0, 0, 0, 0, 0xfe))]
    }
}

impl Default for PathPlan {
    fn default() -> Self {
        Self::new()
    }
}

/// One direction. A packet meets the rules, then the time to live, random loss, the rate and the delay.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Leg {
    /// How long each packet is on its way.
    pub delay: Duration,
    /// How much longer or shorter at random (uniform). Packets still arrive in their order.
    pub jitter: Duration,
    /// Probability that a packet is lost, 0 to 1.
    pub loss: f64,
    /// Packets that later ones overtake.
    pub reorder: Option<Reorder>,
    /// A slow link.
    pub rate: Option<Rate>,
    /// What is done to particular packets; the first rule that matches acts, and takes the packet away.
    pub rules: Vec<Rule>,
}

impl Leg {
    fn check(&self) -> Result<(), PlanError> {
        let probability =
            |at, p: f64| if (0.0..=1.0).contains(&p) { Ok(()) } else { Err(PlanError::Probability { at }) };
        probability("loss", self.loss)?;
        if let Some(reorder) = &self.reorder {
            probability("reorder", reorder.probability)?;
        }
        if self.rate.is_some_and(|rate| rate.bits_per_second == 0) {
            return Err(PlanError::NoRate);
        }
        Ok(())
    }
}

/// Packets held back so that those sent after them arrive first.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reorder {
    /// Probability that a packet is held back, 0 to 1.
    pub probability: f64,
    /// How much longer than the others it is on its way.
    pub hold: Duration,
}

/// A link that takes time to send each byte, with a queue before it that drops what comes when it is full.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rate {
    /// Bits in a second, IP headers counted.
    pub bits_per_second: u64,
    /// The longest that a packet waits for its turn; one that would wait longer is dropped.
    pub queue: Duration,
}

/// What is done to which packets.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rule {
    /// Which packets.
    pub when: When,
    /// What is done to them.
    pub then: Then,
    /// How often the rule acts before it sleeps for good; `None`: always.
    pub at_most: Option<u64>,
}

impl Rule {
    /// A rule that always acts.
    pub fn new(when: When, then: Then) -> Self {
        Self { when, then, at_most: None }
    }

    /// A black hole: packets longer than `bytes` vanish and nobody is told (RFC 2923 section 2.1).
    pub fn black_hole(bytes: u16) -> Self {
        Self::new(When { longer_than: Some(bytes), ..When::default() }, Then::Drop)
    }

    /// A narrower link whose router says so: ICMP *fragmentation needed* (RFC 1191) or *packet too big* (RFC 8201).
    pub fn narrow(mtu: u16) -> Self {
        Self::new(When { longer_than: Some(mtu), ..When::default() }, Then::TooBig { mtu })
    }

    /// A box that resets both ends of a connection when a packet is longer than `bytes`.
    pub fn reset_longer_than(bytes: u16) -> Self {
        let when = When { longer_than: Some(bytes), transport: Some(Transport::Tcp), ..When::default() };
        Self::new(when, Then::Reset { to: ResetTo::Both })
    }

    /// A box that resets both ends of a connection when one segment carries `bytes`, such as a host name in clear.
    pub fn reset_carrying(bytes: impl Into<Vec<u8>>) -> Self {
        Self::new(When { carries: Some(bytes.into()), ..When::default() }, Then::Reset { to: ResetTo::Both })
    }

    /// A filtered port: connection requests to it vanish. For the forward leg.
    pub fn filtered(port: u16) -> Self {
        Self::new(When::syn_to(port), Then::Drop)
    }

    /// A port closed by a firewall that says so: ICMP *administratively prohibited*. For the forward leg.
    pub fn prohibited(port: u16) -> Self {
        Self::new(When::syn_to(port), Then::Unreachable { reason: Unreachable::Prohibited })
    }

    /// A firewall that answers connection requests to a port with a reset. For the forward leg.
    pub fn refused(port: u16) -> Self {
        Self::new(When::syn_to(port), Then::Reset { to: ResetTo::Sender })
    }

    /// The same, but it acts only `times` times.
    pub fn at_most(mut self, times: u64) -> Self {
        self.at_most = Some(times);
        self
    }
}

/// Which packets: all conditions that are set must hold; none set means every packet to or from the hosts.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct When {
    /// The server's port: destination on the forward leg, source on the way back. Later IP fragments have none.
    pub server_port: Option<u16>,
    /// The server's address: destination on the forward leg, source on the way back.
    pub server_address: Option<IpAddr>,
    /// IP packets with more bytes than this, header included.
    pub longer_than: Option<u16>,
    /// The transport protocol.
    pub transport: Option<Transport>,
    /// TCP segments of a kind; other packets do not match.
    pub segment: Option<Segment>,
    /// These bytes stand in the payload of one TCP or UDP packet.
    pub carries: Option<Vec<u8>>,
}

impl When {
    /// Connection requests to `port`.
    pub fn syn_to(port: u16) -> Self {
        Self { server_port: Some(port), segment: Some(Segment::Syn), ..Self::default() }
    }
}

/// A transport protocol.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Transport {
    /// TCP.
    Tcp,
    /// UDP, QUIC in it.
    Udp,
}

/// A kind of TCP segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    /// SYN without ACK: a connection request.
    Syn,
    /// SYN with ACK: the answer to it.
    SynAck,
    /// A segment that carries data.
    Data,
    /// A segment with FIN.
    Fin,
}

/// What is done to a packet. In every case it does not arrive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Then {
    /// It vanishes.
    Drop,
    /// TCP resets are sent with the sequence numbers that the ends expect; other packets vanish.
    Reset {
        /// Who gets one.
        to: ResetTo,
    },
    /// The sender gets an ICMP *destination unreachable*.
    Unreachable {
        /// Which one.
        reason: Unreachable,
    },
    /// The sender gets ICMP *fragmentation needed* or *packet too big*; also for IPv4 packets without DF, which this
    /// path does not fragment.
    TooBig {
        /// The MTU that it is told, in bytes.
        mtu: u16,
    },
}

/// Who gets a reset.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ResetTo {
    /// Both ends.
    Both,
    /// The end that sent the packet.
    Sender,
    /// The end that the packet was for.
    Receiver,
}

/// Why a destination cannot be reached, as ICMP says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Unreachable {
    /// No route: type 3 code 0, ICMPv6 type 1 code 0.
    Network,
    /// The host does not answer: type 3 code 1, ICMPv6 type 1 code 3.
    Host,
    /// Nobody listens: type 3 code 3, ICMPv6 type 1 code 4.
    Port,
    /// A filter forbids it: type 3 code 13 (RFC 1812 section 5.2.7.1), ICMPv6 type 1 code 1.
    Prohibited,
}

fn is_host_address(address: IpAddr) -> bool {
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    !(address.is_unspecified() || address.is_loopback() || address.is_multicast() || broadcast || link_local)
}
