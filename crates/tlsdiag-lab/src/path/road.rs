//! What happens to each packet and when it arrives: the path itself, without any I/O or clock.

use super::{
    counters::{Counters, LegCounters},
    packet::{Packet, age},
    plan::{Leg, PathPlan, ResetTo, Rule, Then},
};
use std::{cmp::Reverse, collections::BinaryHeap, net::IpAddr, time::Duration};

/// Packets on their way at the most; further ones are dropped as by a full queue. Bounds memory to about 100 MB.
const MOST_ON_THE_WAY: usize = 65_536;

/// One of the two hosts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Side {
    /// The host that asks: where a probe runs.
    Client,
    /// The host that answers: where a lab server runs.
    Server,
}

impl Side {
    /// The other host.
    pub fn other(self) -> Self {
        match self {
            Self::Client => Self::Server,
            Self::Server => Self::Client,
        }
    }
}

/// A path under way: packets go in with the time at which they were sent, and come out when they are due. Times count
/// from any fixed moment.
#[derive(Debug)]
pub struct Road {
    plan: PathPlan,
    forward: LegState,
    back: LegState,
    on_the_way: BinaryHeap<Reverse<Due>>,
    order: u64,
}

impl Road {
    /// A path with nothing on it yet.
    pub fn new(plan: PathPlan) -> Self {
        let forward = LegState::new(&plan.forward, plan.seed);
        let back = LegState::new(&plan.back, !plan.seed);
        Self { plan, forward, back, on_the_way: BinaryHeap::new(), order: 0 }
    }

    /// Puts other directions in place of the present ones. Packets on their way still arrive, in their order; counters and seeds begin anew.
    pub fn switch(&mut self, forward: Leg, back: Leg) {
        let (forward_last, back_last) = (self.forward.last_due, self.back.last_due);
        self.forward = LegState { last_due: forward_last, ..LegState::new(&forward, self.plan.seed) };
        self.back = LegState { last_due: back_last, ..LegState::new(&back, !self.plan.seed) };
        self.plan.forward = forward;
        self.plan.back = back;
    }

    /// Takes one IP packet that the host `from` sends at `now`.
    pub fn enter(&mut self, from: Side, mut bytes: Vec<u8>, now: Duration) {
        let leg = self.leg(from);
        leg.counters.seen += 1;
        leg.counters.seen_bytes += bytes.len() as u64;
        let chance = leg.chance();
        let Some(packet) = Packet::read(&bytes).filter(|packet| self.is_between_hosts(packet, from)) else {
            self.leg(from).counters.stray += 1;
            return;
        };
        if let Some(then) = self.leg(from).rule_for(&packet, from) {
            self.act(then, &packet, from, now);
            return;
        }
        if packet.hop_limit <= self.plan.hops {
            self.leg(from).counters.expired += 1;
            let answer = packet.time_exceeded(self.router(packet.source));
            self.answer_icmp(answer, from, now);
            return;
        }
        let leg = self.leg(from);
        if chance.loss < leg.leg.loss {
            leg.counters.lost += 1;
            return;
        }
        age(&mut bytes, self.plan.hops);
        self.carry(from, bytes, now, &chance);
    }

    /// The next packet that has arrived by `now`, and the host that gets it.
    pub fn leave(&mut self, now: Duration) -> Option<(Side, Vec<u8>)> {
        if self.next_due()? > now {
            return None;
        }
        self.on_the_way.pop().map(|Reverse(due)| (due.to, due.bytes))
    }

    /// When the next packet arrives.
    pub fn next_due(&self) -> Option<Duration> {
        self.on_the_way.peek().map(|Reverse(due)| due.at)
    }

    /// What has become of the packets so far.
    pub fn counters(&self) -> Counters {
        Counters { forward: self.forward.counters.clone(), back: self.back.counters.clone() }
    }

    fn leg(&mut self, from: Side) -> &mut LegState {
        match from {
            Side::Client => &mut self.forward,
            Side::Server => &mut self.back,
        }
    }

    fn is_between_hosts(&self, packet: &Packet<'_>, from: Side) -> bool {
        let (ours, theirs) = match from {
            Side::Client => (&self.plan.client, &self.plan.server),
            Side::Server => (&self.plan.server, &self.plan.client),
        };
        ours.contains(&packet.source) && theirs.contains(&packet.destination)
    }

    fn router(&self, family_of: IpAddr) -> IpAddr {
        let [v4, v6] = self.plan.routers();
        if family_of.is_ipv4() { v4 } else { v6 }
    }

    fn act(&mut self, then: Then, packet: &Packet<'_>, from: Side, now: Duration) {
        self.leg(from).counters.ruled += 1;
        match then {
            Then::Drop => {}
            Then::Reset { to } => {
                if to != ResetTo::Receiver
                    && let Some(reset) = packet.reset_to_sender()
                {
                    self.leg(from).counters.resets += 1;
                    self.answer(reset, from, now);
                }
                if to != ResetTo::Sender
                    && let Some(mut reset) = packet.reset_to_receiver()
                {
                    self.leg(from).counters.resets += 1;
                    age(&mut reset, self.plan.hops / 2);
                    // In the packet's place, so that it does not overtake what was sent before.
                    let delay = self.leg(from).leg.delay;
                    let at = self.leg(from).in_order(now + delay);
                    self.push(at, from.other(), reset);
                }
            }
            Then::Unreachable { reason } => {
                let answer = packet.unreachable(self.router(packet.source), reason);
                self.answer_icmp(answer, from, now);
            }
            Then::TooBig { mtu } => {
                let answer = packet.too_big(self.router(packet.source), mtu);
                self.answer_icmp(answer, from, now);
            }
        }
    }

    fn answer_icmp(&mut self, answer: Option<Vec<u8>>, to: Side, now: Duration) {
        if let Some(bytes) = answer {
            self.leg(to).counters.icmp += 1;
            self.answer(bytes, to, now);
        }
    }

    /// Sends the path's own packet back to the host `to`: the path answers from its middle, so after half of the way
    /// there and half of the way back.
    fn answer(&mut self, mut bytes: Vec<u8>, to: Side, now: Duration) {
        age(&mut bytes, self.plan.hops / 2);
        let at = now + (self.forward.leg.delay + self.back.leg.delay) / 2;
        self.push(at, to, bytes);
    }

    fn carry(&mut self, from: Side, bytes: Vec<u8>, now: Duration, chance: &Chance) {
        let crowded = self.on_the_way.len() >= MOST_ON_THE_WAY;
        let leg = self.leg(from);
        let Some(sent) = leg.send(bytes.len(), now).filter(|_| !crowded) else {
            leg.counters.tail_dropped += 1;
            return;
        };
        leg.counters.forwarded += 1;
        let arrival =
            (sent + leg.leg.delay + leg.leg.jitter.mul_f64(chance.jitter * 2.0)).saturating_sub(leg.leg.jitter);
        let arrival = arrival.max(sent);
        let at = match leg.leg.reorder {
            Some(reorder) if chance.reorder < reorder.probability => {
                leg.counters.reordered += 1;
                arrival + reorder.hold
            }
            _ => leg.in_order(arrival),
        };
        self.push(at, from.other(), bytes);
    }

    fn push(&mut self, at: Duration, to: Side, bytes: Vec<u8>) {
        self.order += 1;
        self.on_the_way.push(Reverse(Due { at, order: self.order, to, bytes }));
    }
}

#[derive(Debug)]
struct LegState {
    leg: Leg,
    counters: LegCounters,
    random: SplitMix64,
    /// When the slow link has sent what it has.
    free_at: Duration,
    /// When the last packet in order arrives.
    last_due: Duration,
}

impl LegState {
    fn new(leg: &Leg, seed: u64) -> Self {
        let counters = LegCounters { rule_hits: vec![0; leg.rules.len()], ..LegCounters::default() };
        Self { leg: leg.clone(), counters, random: SplitMix64(seed), free_at: Duration::ZERO, last_due: Duration::ZERO }
    }

    /// Three draws for every packet, wanted or not, so that a packet's fate hangs on its place alone.
    fn chance(&mut self) -> Chance {
        Chance { loss: self.random.fraction(), jitter: self.random.fraction(), reorder: self.random.fraction() }
    }

    /// The first rule that matches and is awake, counted as a hit.
    fn rule_for(&mut self, packet: &Packet<'_>, from: Side) -> Option<Then> {
        let pairs = self.leg.rules.iter().zip(self.counters.rule_hits.iter_mut());
        for (rule, hits) in pairs {
            if rule.at_most.is_none_or(|most| *hits < most) && matches(rule, packet, from) {
                *hits += 1;
                return Some(rule.then);
            }
        }
        None
    }

    /// When the last bit of a packet has left the slow link; `None` if its queue is full.
    fn send(&mut self, bytes: usize, now: Duration) -> Option<Duration> {
        let Some(rate) = self.leg.rate else { return Some(now) };
        let start = self.free_at.max(now);
        if start.saturating_sub(now) > rate.queue {
            return None;
        }
        let nanoseconds = bytes as u128 * 8 * 1_000_000_000 / u128::from(rate.bits_per_second.max(1));
        self.free_at = start.saturating_add(Duration::from_nanos(u64::try_from(nanoseconds).unwrap_or(u64::MAX)));
        Some(self.free_at)
    }

    fn in_order(&mut self, arrival: Duration) -> Duration {
        self.last_due = self.last_due.max(arrival);
        self.last_due
    }
}

/// Whether all of the rule's conditions hold for a packet that the host `from` sent.
fn matches(rule: &Rule, packet: &Packet<'_>, from: Side) -> bool {
    let when = &rule.when;
    let server_address = if from == Side::Client { packet.destination } else { packet.source };
    let server_port =
        packet.ports().map(|(source, destination)| if from == Side::Client { destination } else { source });
    when.server_port.is_none_or(|port| server_port == Some(port))
        && when.server_address.is_none_or(|address| server_address == address)
        && when.longer_than.is_none_or(|bytes| packet.length() > usize::from(bytes))
        && when.transport.is_none_or(|transport| packet.transport() == Some(transport))
        && when.segment.is_none_or(|kind| packet.is_segment(kind))
        && when.carries.as_ref().is_none_or(|bytes| packet.carries(bytes))
}

struct Chance {
    loss: f64,
    jitter: f64,
    reorder: f64,
}

#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Due {
    at: Duration,
    order: u64,
    to: Side,
    bytes: Vec<u8>,
}

/// The generator of Steele, Lea and Flood (OOPSLA 2014): its numbers are fixed for good, where a library may change its
/// generator with a version, and with it the packets that a test loses.
#[derive(Debug)]
struct SplitMix64(u64);

impl SplitMix64 {
    /// A number from 0 up to but not including 1.
    fn fraction(&mut self) -> f64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        (z >> 11) as f64 / (1u64 << 53) as f64
    }
}
