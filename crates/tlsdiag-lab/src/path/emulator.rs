//! The emulator process: makes both hosts in namespaces of their own and moves packets between them.

use super::{
    error::Error,
    lines::{Line, Lines, wait_for},
    plan::{Leg, PathPlan},
    road::{Road, Side},
};
use crate::path::counters::Counters;
use rustix::event::{PollFd, PollFlags};
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write as _,
    io::{Read, Write},
    net::IpAddr,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tun_rs::{DeviceBuilder, SyncDevice};

/// What the process that built the network asks, one JSON object per line after the plan.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Order {
    Counters,
    Switch(Box<[Leg; 2]>),
}

/// What the emulator answers, one JSON object per line.
#[derive(Debug, Serialize, Deserialize)]
pub(super) enum Reply {
    /// Both hosts are up; these processes hold their namespaces.
    Ready {
        client: u32,
        server: u32,
    },
    Counters(Counters),
    Switched,
    Failed {
        step: String,
        said: String,
    },
}

/// The name of each host's only interface besides `lo`.
const INTERFACE: &str = "path0";
/// Packets read from one host before the other has its turn.
const TURN: usize = 64;

/// Runs the emulator: reads a [`PathPlan`] as one line of JSON from standard input, makes the hosts, and moves packets
/// until standard input ends. To be called by the hidden subcommand that [`super::EmulatorProgram`] names, which
/// [`super::Net::build`] starts in namespaces of its own; it is of no use elsewhere.
///
/// # Errors
/// When the hosts cannot be made or the pipes fail; the other side has been told as well.
pub fn run_emulator() -> Result<(), Error> {
    let mut orders = Lines::new(rustix::stdio::stdin());
    let plan: PathPlan = match orders.next(None).map_err(Error::io("read the plan"))? {
        Line::Text(text) => match serde_json::from_str(&text) {
            Ok(plan) => plan,
            Err(error) => return fail("read the plan", error.to_string()),
        },
        Line::Late | Line::End => return fail("read the plan", "standard input ended".to_owned()),
    };
    if let Err(error) = plan.check() {
        return fail("check the plan", error.to_string());
    }
    let hosts = match Host::new(Side::Client, &plan).and_then(|client| Ok([client, Host::new(Side::Server, &plan)?])) {
        Ok(hosts) => hosts,
        Err((step, said)) => return fail(&step, said),
    };
    let [client, server] = &hosts;
    reply(&Reply::Ready { client: client.holder.child.id(), server: server.holder.child.id() })?;
    forward(client, server, Road::new(plan), &mut orders)
}

fn forward<F: std::os::fd::AsFd>(
    client: &Host,
    server: &Host,
    mut road: Road,
    orders: &mut Lines<F>,
) -> Result<(), Error> {
    let started = Instant::now();
    let mut buffer = vec![0; usize::from(u16::MAX)];
    loop {
        while let Some((to, bytes)) = road.leave(started.elapsed()) {
            let host = if to == Side::Client { client } else { server };
            // A host whose interface is down or whose queue is full loses the packet, as on any wire.
            let _ = host.tun.send(&bytes);
        }
        let patience = road.next_due().map(|due| due.saturating_sub(started.elapsed()));
        let mut fds = [
            PollFd::new(&*client.tun, PollFlags::IN),
            PollFd::new(&*server.tun, PollFlags::IN),
            PollFd::new(orders.pipe(), PollFlags::IN),
        ];
        if !wait_for(&mut fds, patience).map_err(Error::io("wait for packets"))? {
            continue;
        }
        let [from_client, from_server, ordered] = fds.map(|fd| !fd.revents().is_empty());
        for (ready, side, host) in [(from_client, Side::Client, client), (from_server, Side::Server, server)] {
            if ready {
                for _ in 0..TURN {
                    match host.tun.recv(&mut buffer) {
                        Ok(length) => {
                            let packet = buffer.get(..length).unwrap_or_default().to_vec();
                            road.enter(side, packet, started.elapsed());
                        }
                        Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => break,
                        Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
                        Err(error) => return Err(Error::Io { doing: "read from a host", source: error }),
                    }
                }
            }
        }
        if ordered {
            loop {
                match orders.next(Some(Duration::ZERO)).map_err(Error::io("read an order"))? {
                    Line::End => return Ok(()),
                    Line::Late => break,
                    Line::Text(text) => reply(&obey(&text, &mut road))?,
                }
                if !orders.has_line() {
                    break;
                }
            }
        }
    }
}

fn obey(order: &str, road: &mut Road) -> Reply {
    match serde_json::from_str(order) {
        Ok(Order::Counters) => Reply::Counters(road.counters()),
        Ok(Order::Switch(legs)) => {
            let [forward, back] = *legs;
            road.switch(forward, back);
            Reply::Switched
        }
        Err(error) => Reply::Failed { step: "read an order".to_owned(), said: error.to_string() },
    }
}

/// One host: a namespace with a TUN device in it whose other end we hold.
struct Host {
    tun: SyncDevice,
    holder: Holder,
}

impl Host {
    fn new(side: Side, plan: &PathPlan) -> Result<Self, Failed> {
        let (name, own, peers) = match side {
            Side::Client => ("client0", &plan.client, plan.server.iter().chain(&plan.silent)),
            Side::Server => ("server0", &plan.server, plan.client.iter().chain(&[])),
        };
        let holder = Holder::new()?;
        // A TUN device can change its namespace while its descriptor stays here: so one thread serves both hosts.
        let tun = DeviceBuilder::new().name(name).enable(false).build_sync();
        let tun = tun.map_err(failed("open /dev/net/tun"))?;
        tun.set_nonblocking(true).map_err(failed("set up the TUN device"))?;
        let pid = holder.child.id().to_string();
        run("move an interface", "ip", &["link", "set", "dev", name, "netns", &pid, "name", INTERFACE], "")?;
        let mut batch =
            format!("link set lo up\nlink set {INTERFACE} mtu {} addrgenmode none up\n", plan.interface_mtu);
        for address in own {
            let (length, extra) = if address.is_ipv4() { (32, "") } else { (128, " nodad") };
            let _ = writeln!(batch, "addr add {address}/{length} dev {INTERFACE}{extra}");
        }
        let has_family = |address: &IpAddr| own.iter().any(|o| o.is_ipv4() == address.is_ipv4());
        for address in peers.copied().chain(plan.routers()).filter(has_family) {
            let _ = writeln!(batch, "route add {address} dev {INTERFACE}");
        }
        let inside = ["--target", &pid, "--net", "--", "ip", "-batch", "-"];
        run("give a host its addresses", "nsenter", &inside, &batch)?;
        Ok(Self { tun, holder })
    }
}

/// A process that does nothing but keep a network namespace alive, and ends when its standard input does: with us,
/// whatever ends us.
struct Holder {
    child: Child,
}

impl Holder {
    fn new() -> Result<Self, Failed> {
        let doing = "make a network namespace";
        let mut command = Command::new("unshare");
        command.args(["--net", "--", "cat"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut holder = Self { child: command.spawn().map_err(failed(doing))? };
        // `cat` gives the byte back when the namespace is there.
        if let Some(stdin) = &mut holder.child.stdin {
            stdin.write_all(b"\n").map_err(failed(doing))?;
        }
        if let Some(stdout) = &mut holder.child.stdout {
            stdout.read_exact(&mut [0]).map_err(failed(doing))?;
        }
        Ok(holder)
    }
}

impl Drop for Holder {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// A step, and what was said to it.
type Failed = (String, String);

fn failed(step: &'static str) -> impl FnOnce(std::io::Error) -> Failed {
    move |error| (step.to_owned(), error.to_string())
}

fn run(step: &'static str, program: &str, arguments: &[&str], input: &str) -> Result<(), Failed> {
    let mut command = Command::new(program);
    command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().map_err(failed(step))?;
    if let Some(mut stdin) = child.stdin.take() {
        // A program that has failed reads no more; what it said counts.
        let _ = stdin.write_all(input.as_bytes());
    }
    let output = child.wait_with_output().map_err(failed(step))?;
    if output.status.success() {
        return Ok(());
    }
    Err((step.to_owned(), format!("{program}: {}: {}", output.status, String::from_utf8_lossy(&output.stderr).trim())))
}

fn reply(reply: &Reply) -> Result<(), Error> {
    let mut line = serde_json::to_string(reply).map_err(|error| Error::io("write a reply")(error.into()))?;
    line.push('\n');
    let mut stdout = std::io::stdout().lock();
    stdout.write_all(line.as_bytes()).and_then(|()| stdout.flush()).map_err(Error::io("write a reply"))
}

fn fail(step: &str, said: String) -> Result<(), Error> {
    reply(&Reply::Failed { step: step.to_owned(), said: said.clone() })?;
    Err(Error::Emulator { step: step.to_owned(), said })
}
