//! The path without a kernel: fates, times, and the bytes of the packets that it makes itself.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says by a panic what is wrong")]

use etherparse::{
    Icmpv4Type, Icmpv6Type, IpHeaders, NetSlice, PacketBuilder, PacketBuilderStep, SlicedPacket, TransportSlice,
    icmpv4, icmpv6,
};
use proptest::prelude::*;
use std::{net::IpAddr, time::Duration};
use tlsdiag_lab::path::{
    PathPlan, PlanError, Rate, Reorder, ResetTo, Road, Rule, Segment, Side, Then, Transport, When,
};

const MS: Duration = Duration::from_millis(1);
const NOW: Duration = Duration::from_secs(5);

#[test]
fn packet_is_delivered_when_due_with_one_hop_less_and_a_right_checksum() {
    let mut road = Road::new(PathPlan::new().round_trip(20 * MS));
    for family in [0, 1] {
        let sent = data(family, 1000, 2000, 300);
        road.enter(Side::Client, sent.clone(), NOW);
        assert_eq!(road.next_due(), Some(NOW + 10 * MS));
        assert_eq!(road.leave(NOW + 9 * MS), None);
        let (to, got) = road.leave(NOW + 10 * MS).unwrap();
        assert_eq!(to, Side::Server);
        check(&got);
        assert_eq!(got.len(), sent.len());
        assert_eq!(hop_limit(&got), hop_limit(&sent) - 1);
        assert_eq!(got[got.len() - 300..], sent[sent.len() - 300..]);
    }
}

#[test]
fn resets_stand_where_both_ends_expect_data_and_come_from_the_middle() {
    for family in [0, 1] {
        let mut plan = PathPlan::new().forward_rule(Rule::reset_longer_than(200));
        plan.forward.delay = 30 * MS;
        plan.back.delay = 10 * MS;
        let mut road = Road::new(plan);
        road.enter(Side::Client, data(family, 1000, 2000, 300), NOW);
        let (to, to_client) = road.leave(NOW + 20 * MS).unwrap();
        assert_eq!(to, Side::Client);
        assert_eq!(road.leave(NOW + 29 * MS), None);
        let (to, to_server) = road.leave(NOW + 30 * MS).unwrap();
        assert_eq!(to, Side::Server);
        check(&to_client);
        check(&to_server);
        let reset = tcp(&to_client);
        assert_eq!((reset.source_port(), reset.destination_port()), (443, 40000));
        assert!(reset.rst() && !reset.ack() && reset.payload().is_empty());
        assert_eq!(reset.sequence_number(), 2000);
        let reset = tcp(&to_server);
        assert_eq!((reset.source_port(), reset.destination_port()), (40000, 443));
        assert!(reset.rst());
        assert_eq!((reset.sequence_number(), reset.acknowledgment_number()), (1000, 2000));
        assert_eq!(addresses(&to_server), (PathPlan::new().client[family], PathPlan::new().server[family]));
        assert_eq!(addresses(&to_client), (PathPlan::new().server[family], PathPlan::new().client[family]));
    }
}

#[test]
fn reset_for_a_syn_acknowledges_it_and_a_reset_is_never_answered() {
    let rule = Rule::new(When::default(), Then::Reset { to: ResetTo::Sender });
    let mut road = Road::new(PathPlan::new().forward_rule(rule));
    let mut syn = Vec::new();
    ip(0, Side::Client).tcp(40000, 443, u32::MAX, 1024).syn().write(&mut syn, &[]).unwrap();
    road.enter(Side::Client, syn, NOW);
    let (_, bytes) = road.leave(NOW).unwrap();
    let reset = tcp(&bytes);
    assert!(reset.rst() && reset.ack());
    assert_eq!((reset.sequence_number(), reset.acknowledgment_number()), (0, 0), "wraps around");
    road.enter(Side::Client, bytes_of_reset(), NOW);
    assert_eq!(road.leave(NOW), None);
    assert_eq!(road.counters().forward.ruled, 2);
}

#[test]
fn reset_does_not_overtake_what_was_sent_before() {
    let mut plan = PathPlan::new().forward_rule(Rule::reset_longer_than(200));
    plan.forward.delay = 10 * MS;
    plan.forward.jitter = 10 * MS;
    let mut road = Road::new(plan);
    for n in 0..50 {
        road.enter(Side::Client, data(0, 1000 + n, 2000, 50), NOW);
    }
    road.enter(Side::Client, data(0, 1050, 2000, 500), NOW);
    let arrived: Vec<_> = all(&mut road).into_iter().filter(|(to, _)| *to == Side::Server).collect();
    assert_eq!(arrived.len(), 51);
    assert!(tcp(&arrived[50].1).rst(), "the reset is the last");
    let numbers: Vec<_> = arrived.iter().map(|(_, bytes)| tcp(bytes).sequence_number()).collect();
    assert!(numbers.is_sorted(), "jitter keeps the order: {numbers:?}");
}

#[test]
fn icmp_errors_quote_the_packet_and_carry_right_checksums() {
    let mut plan = PathPlan::new().forward_rule(Rule::narrow(1000)).forward_rule(Rule::prohibited(443));
    plan.hops = 2;
    let mut road = Road::new(plan.clone());
    for family in [0, 1] {
        let long = data(family, 1, 2, 1300);
        road.enter(Side::Client, long.clone(), NOW);
        let (to, answer) = road.leave(NOW).unwrap();
        assert_eq!(to, Side::Client);
        check(&answer);
        assert_eq!(addresses(&answer).0, plan.routers()[family]);
        let sliced = SlicedPacket::from_ip(&answer).unwrap();
        let quoted = match sliced.transport.unwrap() {
            TransportSlice::Icmpv4(icmp) => {
                let header = icmpv4::DestUnreachableHeader::FragmentationNeeded { next_hop_mtu: 1000 };
                assert_eq!(icmp.icmp_type(), Icmpv4Type::DestinationUnreachable(header));
                assert_eq!(answer.len(), 576);
                icmp.payload().to_vec()
            }
            TransportSlice::Icmpv6(icmp) => {
                assert_eq!(icmp.icmp_type(), Icmpv6Type::PacketTooBig { mtu: 1000 });
                assert_eq!(answer.len(), 1280);
                icmp.payload().to_vec()
            }
            other => panic!("{other:?}"),
        };
        assert_eq!(quoted, long[..quoted.len()], "quoted as it was sent");

        let mut dying = data(family, 1, 2, 10);
        let slot = if family == 0 { 8 } else { 7 };
        dying[slot] = 2;
        road.enter(Side::Client, dying, NOW);
        let (_, answer) = road.leave(NOW).unwrap();
        match SlicedPacket::from_ip(&answer).unwrap().transport.unwrap() {
            TransportSlice::Icmpv4(icmp) => {
                assert_eq!(icmp.icmp_type(), Icmpv4Type::TimeExceeded(icmpv4::TimeExceededCode::TtlExceededInTransit))
            }
            TransportSlice::Icmpv6(icmp) => {
                assert_eq!(icmp.icmp_type(), Icmpv6Type::TimeExceeded(icmpv6::TimeExceededCode::HopLimitExceeded));
            }
            other => panic!("{other:?}"),
        }
        // An error is not answered by an error.
        road.enter(Side::Client, icmp_error(family), NOW);
        assert_eq!(road.leave(NOW), None);
    }
    let counters = road.counters().forward;
    assert_eq!((counters.icmp, counters.expired, counters.ruled), (4, 2, 4));
}

#[test]
fn rules_match_what_they_name() {
    let matches = |when: When, from: Side, bytes: &[u8]| {
        let rule = Rule::new(when, Then::Drop);
        let plan = PathPlan::new();
        let mut road = Road::new(if from == Side::Client { plan.forward_rule(rule) } else { plan.back_rule(rule) });
        road.enter(from, bytes.to_vec(), NOW);
        road.leave(NOW).is_none()
    };
    let request = data(0, 1, 2, 100);
    let mut answer = Vec::new();
    ip(0, Side::Server).udp(443, 40000).write(&mut answer, b"hello").unwrap();
    let server = PathPlan::new().server;
    let port = |port| When { server_port: Some(port), ..When::default() };
    assert!(matches(port(443), Side::Client, &request) && matches(port(443), Side::Server, &answer));
    assert!(!matches(port(40000), Side::Client, &request) && !matches(port(40000), Side::Server, &answer));
    let address = |n: usize| When { server_address: Some(server[n]), ..When::default() };
    assert!(matches(address(0), Side::Client, &request) && matches(address(0), Side::Server, &answer));
    assert!(!matches(address(1), Side::Client, &request));
    let length = |bytes| When { longer_than: Some(bytes), ..When::default() };
    assert!(matches(length(139), Side::Client, &request) && !matches(length(140), Side::Client, &request));
    let transport = |transport| When { transport: Some(transport), ..When::default() };
    assert!(matches(transport(Transport::Udp), Side::Server, &answer));
    assert!(!matches(transport(Transport::Udp), Side::Client, &request));
    let segment = |kind| When { segment: Some(kind), ..When::default() };
    assert!(matches(segment(Segment::Data), Side::Client, &request));
    for kind in [Segment::Syn, Segment::SynAck, Segment::Fin] {
        assert!(!matches(segment(kind), Side::Client, &request));
    }
    assert!(!matches(segment(Segment::Data), Side::Server, &answer));
    let carries = |bytes: &[u8]| When { carries: Some(bytes.to_vec()), ..When::default() };
    assert!(matches(carries(b"ell"), Side::Server, &answer) && !matches(carries(b"elk"), Side::Server, &answer));
}

#[test]
fn rule_sleeps_after_its_last_time_and_the_next_one_acts() {
    let plan = PathPlan::new()
        .forward_rule(Rule::new(When::default(), Then::Drop).at_most(2))
        .forward_rule(Rule::black_hole(300));
    let mut road = Road::new(plan);
    for length in [400, 10, 400, 10] {
        road.enter(Side::Client, data(0, 1, 2, length), NOW);
    }
    assert_eq!(all(&mut road).len(), 1);
    assert_eq!(road.counters().forward.rule_hits, [2, 1]);
}

#[test]
fn slow_link_queues_then_drops() {
    let mut plan = PathPlan::new();
    // 1000 bytes take 80 ms.
    plan.forward.rate = Some(Rate { bits_per_second: 100_000, queue: 100 * MS });
    let mut road = Road::new(plan);
    for _ in 0..4 {
        road.enter(Side::Client, data(0, 1, 2, 960), NOW);
    }
    let due: Vec<_> = std::iter::from_fn(|| {
        let due = road.next_due()?;
        road.leave(due).map(|_| due - NOW)
    })
    .collect();
    assert_eq!(due, [80 * MS, 160 * MS]);
    assert_eq!(road.counters().forward.tail_dropped, 2);
    road.enter(Side::Client, data(0, 1, 2, 960), NOW + 500 * MS);
    assert_eq!(road.next_due(), Some(NOW + 580 * MS));
}

#[test]
fn same_seed_same_fates_and_loss_is_near_what_was_asked() {
    let fates = |seed| {
        let mut plan = PathPlan::new();
        plan.seed = seed;
        plan.forward.loss = 0.2;
        plan.forward.reorder = Some(Reorder { probability: 0.1, hold: 5 * MS });
        let mut road = Road::new(plan);
        for n in 0..2000 {
            road.enter(Side::Client, data(0, n, 2, 10), NOW + n * MS);
        }
        let numbers: Vec<u32> = all(&mut road).iter().map(|(_, bytes)| tcp(bytes).sequence_number()).collect();
        (numbers, road.counters().forward)
    };
    let (order, counters) = fates(3);
    assert_eq!(fates(3).0, order);
    assert_ne!(fates(4).0, order);
    assert!((340..460).contains(&counters.lost), "{counters:?}");
    assert!((110..210).contains(&counters.reordered), "{counters:?}");
    assert!(!order.is_sorted());
    assert_eq!(counters.lost + counters.forwarded, counters.seen);
}

#[test]
fn impossible_plans_are_named() {
    let mut plan = PathPlan::new();
    plan.forward.loss = 1.5;
    assert_eq!(plan.check(), Err(PlanError::Probability { at: "loss" }));
    let mut plan = PathPlan::new();
    plan.server.clear();
    assert_eq!(plan.check(), Err(PlanError::NoAddress { host: "server" }));
    let mut plan = PathPlan::new();
    plan.silent = vec![plan.client[0]];
    assert_eq!(plan.check(), Err(PlanError::Address { address: plan.client[0] }));
    let mut plan = PathPlan::new();
    plan.back.rate = Some(Rate { bits_per_second: 0, queue: MS });
    assert_eq!(plan.check(), Err(PlanError::NoRate));
    let mut plan = PathPlan::new();
    plan.interface_mtu = 600;
    assert_eq!(plan.check(), Err(PlanError::Mtu { least: 1280, found: 600 }));
    plan.client.truncate(1);
    plan.server.truncate(1);
    assert_eq!(plan.check(), Ok(()));
}

proptest! {
    #[test]
    fn any_bytes_are_counted_once_and_never_panic(
        packets in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..120), 0..20),
        seed in any::<u64>(),
    ) {
        let mut road = Road::new(eventful(seed));
        for bytes in &packets {
            road.enter(Side::Client, bytes.clone(), NOW);
        }
        all(&mut road);
        sums_up(&road);
    }

    #[test]
    fn damaged_packets_are_counted_once_and_what_the_path_says_is_valid(
        family in 0..2usize, length in 0..1400usize, at in 0..80usize, to in any::<u8>(), seed in any::<u64>(),
    ) {
        let mut bytes = data(family, 1, 2, length);
        if let Some(slot) = bytes.get_mut(at) {
            *slot = to;
        }
        let mut road = Road::new(eventful(seed));
        road.enter(Side::Client, bytes, NOW);
        for (to, bytes) in all(&mut road) {
            if to == Side::Client {
                check(&bytes);
            }
        }
        sums_up(&road);
    }
}

fn eventful(seed: u64) -> PathPlan {
    let mut plan = PathPlan::new()
        .round_trip(10 * MS)
        .forward_rule(Rule::reset_longer_than(900))
        .forward_rule(Rule::narrow(400))
        .forward_rule(Rule::prohibited(444));
    plan.seed = seed;
    plan.forward.loss = 0.3;
    plan.forward.jitter = 20 * MS;
    plan
}

fn sums_up(road: &Road) {
    let leg = road.counters().forward;
    assert_eq!(leg.forwarded + leg.lost + leg.ruled + leg.tail_dropped + leg.expired + leg.stray, leg.seen);
}

fn all(road: &mut Road) -> Vec<(Side, Vec<u8>)> {
    std::iter::from_fn(|| road.leave(Duration::MAX)).collect()
}

fn ip(family: usize, from: Side) -> PacketBuilderStep<IpHeaders> {
    let plan = PathPlan::new();
    let (from, to) = if from == Side::Client {
        (plan.client[family], plan.server[family])
    } else {
        (plan.server[family], plan.client[family])
    };
    match (from, to) {
        (IpAddr::V4(from), IpAddr::V4(to)) => PacketBuilder::ipv4(from.octets(), to.octets(), 64),
        (IpAddr::V6(from), IpAddr::V6(to)) => PacketBuilder::ipv6(from.octets(), to.octets(), 64),
        _ => panic!("mixed families"),
    }
}

/// A client's segment from port 40000 to 443 with `length` bytes of data.
fn data(family: usize, sequence: u32, acknowledgment: u32, length: usize) -> Vec<u8> {
    let payload: Vec<u8> = (0..length).map(|n| (n % 256) as u8).collect();
    let mut bytes = Vec::new();
    let step = ip(family, Side::Client).tcp(40000, 443, sequence, 1024).ack(acknowledgment).psh();
    step.write(&mut bytes, &payload).unwrap();
    bytes
}

fn bytes_of_reset() -> Vec<u8> {
    let mut bytes = Vec::new();
    ip(0, Side::Client).tcp(40000, 443, 1, 0).rst().write(&mut bytes, &[]).unwrap();
    bytes
}

/// An ICMP error of the client that is longer than the narrow link lets through.
fn icmp_error(family: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let step = ip(family, Side::Client);
    let quoted = data(family, 1, 2, 1200);
    if family == 0 {
        let error = Icmpv4Type::DestinationUnreachable(icmpv4::DestUnreachableHeader::Port);
        step.icmpv4(error).write(&mut bytes, &quoted).unwrap();
    } else {
        let error = Icmpv6Type::DestinationUnreachable(icmpv6::DestUnreachableCode::Port);
        step.icmpv6(error).write(&mut bytes, &quoted).unwrap();
    }
    bytes
}

fn tcp(bytes: &[u8]) -> etherparse::TcpSlice<'_> {
    match SlicedPacket::from_ip(bytes).unwrap().transport {
        Some(TransportSlice::Tcp(tcp)) => tcp,
        other => panic!("no TCP: {other:?}"),
    }
}

fn addresses(bytes: &[u8]) -> (IpAddr, IpAddr) {
    match SlicedPacket::from_ip(bytes).unwrap().net.unwrap() {
        NetSlice::Ipv4(v4) => (v4.header().source_addr().into(), v4.header().destination_addr().into()),
        NetSlice::Ipv6(v6) => (v6.header().source_addr().into(), v6.header().destination_addr().into()),
        other => panic!("no IP: {other:?}"),
    }
}

fn hop_limit(bytes: &[u8]) -> u8 {
    match SlicedPacket::from_ip(bytes).unwrap().net.unwrap() {
        NetSlice::Ipv4(v4) => v4.header().ttl(),
        NetSlice::Ipv6(v6) => v6.header().hop_limit(),
        other => panic!("no IP: {other:?}"),
    }
}

/// Every checksum, added up by hand (RFC 1071): what it covers sums to all ones.
#[track_caller]
fn check(bytes: &[u8]) {
    let sum = |parts: &[&[u8]]| {
        let whole: Vec<u8> = parts.concat();
        let words = whole.chunks(2).map(|pair| u64::from(pair[0]) << 8 | pair.get(1).map_or(0, |&low| u64::from(low)));
        let mut sum: u64 = words.sum();
        while sum > 0xffff {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        sum
    };
    let (header, protocol, pseudo): (usize, u8, Vec<u8>) = if bytes[0] >> 4 == 4 {
        let header = usize::from(bytes[0] & 15) * 4;
        assert_eq!(sum(&[&bytes[..header]]), 0xffff, "IPv4 header");
        (header, bytes[9], bytes[12..20].to_vec())
    } else {
        (40, bytes[6], bytes[8..40].to_vec())
    };
    let body = &bytes[header..];
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    let covered = match protocol {
        1 => sum(&[body]),
        _ => sum(&[&pseudo, &length, &[0, 0, 0, protocol], body]),
    };
    assert_eq!(covered, 0xffff, "protocol {protocol}");
}
