//! The path emulator against the kernel's own TCP: each fault is seen as a program sees it, and counted.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says by a panic what is wrong")]
#![cfg(target_os = "linux")]

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::{IpAddr, SocketAddr},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tlsdiag_lab::path::{
    EmulatorProgram, Error, FullQueue, Guest, Means, Net, PathPlan, PlanError, Rate, Reorder, ResetTo, Rule, Segment,
    Then, When, Why,
};

const PEER: &str = env!("CARGO_BIN_EXE_path-peer");
const PORT: u16 = 4433;

#[test]
fn perfect_path_carries_everything_over_both_families() {
    let Some(net) = build(&PathPlan::new()) else { return };
    for address in [net.plan().server[0], net.plan().server[1]] {
        let _echo = serve(&net, "echo", address);
        talk(&net, address, 100_000, 0, 3000).well();
    }
    let counters = net.counters().unwrap();
    for leg in [&counters.forward, &counters.back] {
        assert!(leg.seen_bytes > 200_000, "{leg:?}");
        assert_eq!(leg.forwarded + leg.stray, leg.seen, "{leg:?}");
        assert_eq!((leg.lost, leg.ruled, leg.resets, leg.icmp), (0, 0, 0, 0));
    }
}

#[test]
fn segments_are_no_longer_than_the_interface_mtu() {
    let beyond = Rule::black_hole(1500);
    let Some(net) = build(&PathPlan::new().both_rule(beyond)) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    talk(&net, net.server_addr(), 300_000, 0, 3000).well();
    let counters = net.counters().unwrap();
    assert_eq!((counters.forward.ruled, counters.back.ruled), (0, 0));
}

#[test]
fn delay_is_what_the_plan_says() {
    let Some(net) = build(&PathPlan::new().round_trip(Duration::from_millis(120))) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    let took: Vec<_> = (0..3).map(|_| talk(&net, net.server_addr(), 10, 0, 3000).well()).collect();
    assert!(took.iter().all(|&(connected, all)| connected >= 120 && all >= 240), "connected, all in ms: {took:?}");
    // A busy machine may make any one of them late, but not each.
    assert!(took.iter().any(|&(connected, all)| connected < 135 && all < 265), "connected, all in ms: {took:?}");
}

#[test]
fn twenty_connections_at_once_share_the_delay() {
    let Some(net) = build(&PathPlan::new().round_trip(Duration::from_millis(300))) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    let said = client(&net, &["crowd", &socket(net.server_addr()), "20"]);
    let (well, milliseconds) = said.split_once(' ').unwrap();
    assert_eq!(well, "20");
    let milliseconds: u64 = milliseconds.parse().unwrap();
    assert!((600..3000).contains(&milliseconds), "two round trips took {milliseconds} ms");
}

#[test]
fn loss_jitter_and_reordering_are_counted_and_tcp_completes() {
    let mut plan = PathPlan::new().round_trip(Duration::from_millis(4));
    plan.seed = 7;
    plan.forward.loss = 0.05;
    plan.back.jitter = Duration::from_millis(2);
    plan.back.reorder = Some(Reorder { probability: 0.1, hold: Duration::from_millis(3) });
    let Some(net) = build(&plan) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    talk(&net, net.server_addr(), 200_000, 0, 8000).well();
    let counters = net.counters().unwrap();
    assert!(counters.forward.lost > 0, "{:?}", counters.forward);
    assert_eq!(counters.back.lost, 0);
    assert!(counters.back.reordered > 0, "{:?}", counters.back);
}

#[test]
fn slow_link_takes_its_time() {
    let mut plan = PathPlan::new();
    plan.back.rate = Some(Rate { bits_per_second: 1_000_000, queue: Duration::from_secs(2) });
    let Some(net) = build(&plan) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    let (_, all) = talk(&net, net.server_addr(), 50_000, 0, 5000).well();
    assert!((400..3000).contains(&all), "50 kB at 1 Mbit/s took {all} ms");
}

#[test]
fn black_hole_swallows_long_packets_only() {
    let Some(net) = build(&PathPlan::new().forward_rule(Rule::black_hole(600))) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    talk(&net, net.server_addr(), 100, 0, 1000).well();
    assert_eq!(talk(&net, net.server_addr(), 1400, 0, 1000).0, "error WouldBlock");
    let swallowed = net.counters().unwrap().forward.ruled;
    assert!(swallowed >= 2, "sent again and swallowed again: {swallowed}");
    talk(&net, net.server_addr(), 5000, 500, 1000).well();
}

#[test]
fn narrow_link_that_says_so_is_found_by_path_mtu_discovery() {
    let Some(net) = build(&PathPlan::new().forward_rule(Rule::narrow(1300))) else { return };
    for address in net.plan().server.clone() {
        let _echo = serve(&net, "echo", address);
        let before = net.counters().unwrap().forward.icmp;
        talk(&net, address, 20_000, 0, 2000).well();
        assert!(net.counters().unwrap().forward.icmp > before, "{address} was told");
    }
}

#[test]
fn box_resets_by_packet_length_on_both_sides() {
    for back in [false, true] {
        let rule = Rule::reset_longer_than(600);
        let plan = if back { PathPlan::new().back_rule(rule) } else { PathPlan::new().forward_rule(rule) };
        let Some(net) = build(&plan.round_trip(Duration::from_millis(20))) else { return };
        for address in net.plan().server.clone() {
            let _echo = serve(&net, "echo", address);
            talk(&net, address, 500, 0, 2000).well();
            assert_eq!(talk(&net, address, 1400, 0, 2000).0, "error ConnectionReset", "{address} back {back}");
        }
        // The kernel of each host believed it: nothing is left that would send the segment again.
        std::thread::sleep(Duration::from_millis(300));
        let leg = |net: &Net| if back { net.counters().unwrap().back } else { net.counters().unwrap().forward };
        let leg = leg(&net);
        assert!(leg.ruled >= 2 && leg.resets == 2 * leg.ruled, "{leg:?}");
        assert_eq!(established(&net, true) + established(&net, false), 0);
    }
}

#[test]
fn reset_to_one_side_is_believed_by_that_side() {
    // Each rule acts once: an end that does not believe the reset would send again, and the talk would end well.
    for to in [ResetTo::Sender, ResetTo::Receiver] {
        for back in [false, true] {
            let when = When { longer_than: Some(600), ..When::default() };
            let rule = Rule::new(when, Then::Reset { to }).at_most(1);
            let plan = if back { PathPlan::new().back_rule(rule) } else { PathPlan::new().forward_rule(rule) };
            let Some(net) = build(&plan) else { return };
            let _echo = serve(&net, "echo", net.server_addr());
            let said = talk(&net, net.server_addr(), 1400, 0, 1000).0;
            if to == ResetTo::Sender && back {
                // The server has forgotten the connection; a client that has nothing to send may never learn it.
                assert!(said == "error WouldBlock" || said == "error ConnectionReset", "{said}");
                assert_eq!(established(&net, false), 0);
            } else {
                // The end that got none sends again, and the other, which has forgotten the connection, resets it.
                assert_eq!(said, "error ConnectionReset", "{to:?} back {back}");
            }
            let counters = net.counters().unwrap();
            let leg = if back { counters.back } else { counters.forward };
            assert_eq!((leg.ruled, leg.resets), (1, 1));
        }
    }
}

#[test]
fn box_resets_what_carries_a_name() {
    // 251 bytes of pattern: the client's bytes 100, 101, 102 stand in a row.
    let plan = PathPlan::new().forward_rule(Rule::reset_carrying([100, 101, 102]));
    let Some(net) = build(&plan) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    talk(&net, net.server_addr(), 50, 0, 1000).well();
    assert_eq!(talk(&net, net.server_addr(), 150, 0, 1000).0, "error ConnectionReset");
}

#[test]
fn filtered_prohibited_and_refused_ports_look_as_they_should() {
    let mut plan = PathPlan::new().forward_rule(Rule::filtered(PORT));
    plan = plan.forward_rule(Rule::prohibited(PORT + 1)).forward_rule(Rule::refused(PORT + 2));
    plan.silent = vec!["198.18.1.9".parse().unwrap()];
    let Some(net) = build(&plan) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    let at = |port: u16, patience: &str| {
        let target = SocketAddr::new(net.server_addr(), port).to_string();
        client(&net, &["talk", &target, "10", "0", patience])
    };
    assert_eq!(at(PORT, "400"), "error TimedOut");
    assert_eq!(at(PORT + 1, "3000"), "error HostUnreachable");
    assert_eq!(at(PORT + 2, "3000"), "error ConnectionRefused");
    assert_eq!(client(&net, &["talk", "198.18.1.9:443", "10", "0", "400"]), "error TimedOut");
    assert_eq!(client(&net, &["talk", "198.18.1.10:443", "10", "0", "3000"]), "error NetworkUnreachable");
    let v6 = SocketAddr::new(net.plan().server[1], PORT + 1).to_string();
    assert_eq!(client(&net, &["talk", &v6, "10", "0", "3000"]), "error PermissionDenied");
    let hits = net.counters().unwrap().forward.rule_hits;
    assert_eq!(hits, [1, 2, 1]);
}

#[test]
fn path_can_be_changed_while_hosts_live_on() {
    let Some(mut net) = build(&PathPlan::new()) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    talk(&net, net.server_addr(), 10, 0, 1000).well();
    let broken = PathPlan::new().forward_rule(Rule::refused(PORT));
    net.switch(broken.forward, broken.back).unwrap();
    assert_eq!(talk(&net, net.server_addr(), 10, 0, 1000).0, "error ConnectionRefused");
    assert_eq!(net.counters().unwrap().forward.rule_hits, [1]);
    net.switch(PathPlan::new().forward, PathPlan::new().back).unwrap();
    talk(&net, net.server_addr(), 10, 0, 1000).well();
}

#[test]
fn full_accept_queue_leaves_connection_requests_unanswered() {
    let Some(net) = build(&PathPlan::new()) else { return };
    let _full = serve(&net, "full-queue", net.server_addr());
    assert_eq!(talk(&net, net.server_addr(), 10, 0, 500).0, "error TimedOut");
    let counters = net.counters().unwrap();
    assert!(counters.forward.forwarded >= 1, "the SYN arrived");
    assert_eq!(counters.back.forwarded, 0, "and nothing answered");
}

#[test]
fn full_queue_drains_on_loopback() {
    let mut queue = FullQueue::bind("127.0.0.1:0".parse().unwrap()).unwrap();
    assert!(queue.held() >= 1);
    let address = queue.local_addr();
    let connect = || std::net::TcpStream::connect_timeout(&address, Duration::from_millis(300));
    assert_eq!(connect().unwrap_err().kind(), std::io::ErrorKind::TimedOut);
    queue.drain().unwrap();
    connect().unwrap();
}

#[test]
fn both_rights_make_a_network() {
    let Some(_) = build(&PathPlan::new()) else { return };
    if !is_root() {
        return;
    }
    let net = Net::build_by(Means::Root, &PathPlan::new(), &emulator()).unwrap();
    let _echo = serve(&net, "echo", net.server_addr());
    talk(&net, net.server_addr(), 10, 0, 1000).well();
}

#[test]
fn hosts_are_gone_after_a_drop_and_after_a_kill() {
    let Some(net) = build(&PathPlan::new()) else { return };
    let pids = holders(&net);
    assert!(pids.iter().all(|&pid| is_alive(pid)));
    let started = Instant::now();
    drop(net);
    assert!(pids.iter().all(|&pid| !is_alive(pid)), "gone when drop returns");
    assert!(started.elapsed() < Duration::from_secs(2), "the emulator went by itself: {:?}", started.elapsed());

    // A process that built a network is killed: everything that it started goes too.
    let mut command = Command::new(PEER);
    let mut owner = command.args(["hold", PEER]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(owner.stdout.take().unwrap()).read_line(&mut line).unwrap();
    assert_eq!(line, "ready\n");
    let mut family = descendants(owner.id());
    family.retain(|&pid| pid != owner.id());
    assert!(family.len() >= 3, "the emulator and two holders: {family:?}");
    owner.kill().unwrap();
    owner.wait().unwrap();
    let started = Instant::now();
    while family.iter().any(|&pid| is_alive(pid)) {
        assert!(started.elapsed() < Duration::from_secs(3), "left over: {family:?}");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn guests_end_with_their_guard() {
    let Some(net) = build(&PathPlan::new()) else { return };
    let mut echo = serve(&net, "echo", net.server_addr());
    let pid = echo.child().id();
    assert!(is_alive(pid));
    drop(echo);
    assert!(!is_alive(pid));
}

#[test]
fn wrong_plans_and_wrong_programs_are_named() {
    let mut plan = PathPlan::new();
    plan.interface_mtu = 1000;
    assert!(matches!(Net::build(&plan, &emulator()), Err(Error::Plan(PlanError::Mtu { least: 1280, found: 1000 }))));
    let Some(_) = build(&PathPlan::new()) else { return };
    let program = EmulatorProgram { program: PEER.into(), arguments: vec!["juggle".into()] };
    let Err(Error::Emulator { said, .. }) = Net::build(&PathPlan::new(), &program) else { panic!("built") };
    assert!(said.contains("juggle"), "{said}");
    let absent = EmulatorProgram { program: "/nowhere/at/all".into(), arguments: Vec::new() };
    let Err(Error::Emulator { said, .. }) = Net::build(&PathPlan::new(), &absent) else { panic!("built") };
    assert!(said.contains("/nowhere/at/all"), "{said}");
}

#[test]
fn first_answer_can_be_lost_alone() {
    let when = When { segment: Some(Segment::SynAck), ..When::default() };
    let Some(net) = build(&PathPlan::new().back_rule(Rule::new(when, Then::Drop).at_most(1))) else { return };
    let _echo = serve(&net, "echo", net.server_addr());
    let (connected, _) = talk(&net, net.server_addr(), 10, 0, 5000).well();
    assert!((900..2900).contains(&connected), "the SYN is sent again after a second (RFC 6298): {connected} ms");
    assert_eq!(net.counters().unwrap().back.rule_hits, [1]);
}

/// The network, or `None` with a line that says so where this user may not make one. Whatever else is missing fails,
/// and for root everything does.
fn build(plan: &PathPlan) -> Option<Net> {
    match Net::build(plan, &emulator()) {
        Ok(net) => Some(net),
        Err(Error::Unavailable(why @ (Why::NoNamespace { .. } | Why::TunClosed { .. }))) if !is_root() => {
            eprintln!("SKIPPED: {why}");
            None
        }
        Err(error) => panic!("{error}"),
    }
}

fn emulator() -> EmulatorProgram {
    EmulatorProgram { program: PEER.into(), arguments: vec!["emulate".into()] }
}

/// A server in place, until it is dropped.
fn serve(net: &Net, role: &str, address: IpAddr) -> Guest {
    let mut command = net.server_command(PEER);
    command.args([role, &socket(address)]).stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut guest = Guest::start(&mut command).unwrap();
    let mut said = [0; 6];
    guest.child().stdout.as_mut().unwrap().read_exact(&mut said).unwrap();
    assert_eq!(&said, b"ready\n");
    guest.child().stdin.as_mut().unwrap().flush().unwrap();
    guest
}

struct Said(String);

impl Said {
    /// Milliseconds until connected and until all came back.
    #[track_caller]
    fn well(self) -> (u64, u64) {
        let words: Vec<&str> = self.0.split(' ').collect();
        let ["ok", connected, all] = words[..] else { panic!("the client said {:?}", self.0) };
        (connected.parse().unwrap(), all.parse().unwrap())
    }
}

fn talk(net: &Net, address: IpAddr, bytes: usize, segment: u32, patience: u64) -> Said {
    let numbers = [bytes.to_string(), segment.to_string(), patience.to_string()];
    Said(client(net, &["talk", &socket(address), &numbers[0], &numbers[1], &numbers[2]]))
}

fn client(net: &Net, words: &[&str]) -> String {
    let output = net.client_command(PEER).args(words).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

fn socket(address: IpAddr) -> String {
    SocketAddr::new(address, PORT).to_string()
}

/// TCP connections that a host still holds open.
fn established(net: &Net, client: bool) -> usize {
    let command = if client { net.client_command("cat") } else { net.server_command("cat") };
    let mut command = command;
    let output = command.args(["/proc/net/tcp", "/proc/net/tcp6"]).output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter(|line| line.split_whitespace().nth(3) == Some("01")).count()
}

/// The processes whose namespaces the hosts are.
fn holders(net: &Net) -> [u32; 2] {
    [net.client_command("true"), net.server_command("true")].map(|command| {
        let arguments: Vec<_> = command.get_args().collect();
        arguments[1].to_str().unwrap().parse().unwrap()
    })
}

fn descendants(of: u32) -> Vec<u32> {
    let children = std::fs::read_to_string(format!("/proc/{of}/task/{of}/children")).unwrap_or_default();
    let deeper = children.split_whitespace().flat_map(|pid| descendants(pid.parse().unwrap()));
    std::iter::once(of).chain(deeper).collect()
}

fn is_alive(pid: u32) -> bool {
    let Ok(status) = std::fs::read_to_string(format!("/proc/{pid}/status")) else { return false };
    !status.lines().any(|line| line.starts_with("State:") && line.contains('Z'))
}

fn is_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    status.lines().any(|line| line.starts_with("Uid:") && line.split_whitespace().nth(2) == Some("0"))
}
