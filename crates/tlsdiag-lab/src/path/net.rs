//! A network that was built, from the side of who uses it.

use super::{
    counters::Counters,
    emulator::{Order, Reply},
    error::{Error, Means, Why},
    guest::EmulatorProgram,
    lines::{Line, Lines},
    plan::{Leg, PathPlan},
    road::Side,
};
use std::{
    ffi::OsStr,
    fs::File,
    io::{Read, Write},
    net::IpAddr,
    os::unix::process::CommandExt,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// The programs that are run, and where Debian has them.
const TOOLS: [(&str, &str); 4] =
    [("unshare", "util-linux"), ("nsenter", "util-linux"), ("ip", "iproute2"), ("cat", "coreutils")];
/// How long the emulator may take to answer; it takes about 50 ms to begin.
const PATIENCE: Duration = Duration::from_secs(15);
/// How long the emulator may take to clear up.
const FAREWELL: Duration = Duration::from_secs(3);

impl Means {
    /// By what right a network can be made here: a user namespace of our own first, else root.
    ///
    /// # Errors
    /// Why none can be made.
    pub fn here() -> Result<Self, Why> {
        for (tool, package) in TOOLS {
            if !is_on_path(tool) {
                return Err(Why::ToolMissing { tool, package });
            }
        }
        if let Err(error) = File::options().read(true).write(true).open("/dev/net/tun") {
            return Err(Why::TunClosed { error: error.to_string() });
        }
        let Err(as_user) = try_unshare(Self::UserNamespace) else { return Ok(Self::UserNamespace) };
        let Err(as_root) = try_unshare(Self::Root) else { return Ok(Self::Root) };
        Err(Why::NoNamespace { as_user, as_root })
    }

    fn unshare_arguments(self) -> &'static [&'static str] {
        match self {
            Self::UserNamespace => &["--user", "--map-root-user", "--net", "--"],
            Self::Root => &["--net", "--"],
        }
    }
}

/// Two hosts and the path between them. Dropping it takes everything away.
///
/// Programs in it that were not started as a [`super::Guest`] outlive it, in a namespace without a path.
#[derive(Debug)]
pub struct Net {
    plan: PathPlan,
    means: Means,
    client: u32,
    server: u32,
    emulator: Child,
    talk: Mutex<Talk>,
}

impl Net {
    /// Makes the hosts and the path. `emulator` names the program that calls [`super::run_emulator`].
    ///
    /// # Errors
    /// [`Error::Unavailable`] when this machine or user cannot do it, [`Error::Plan`] when the plan is impossible, and
    /// what went wrong otherwise.
    pub fn build(plan: &PathPlan, emulator: &EmulatorProgram) -> Result<Self, Error> {
        plan.check()?;
        Self::build_by(Means::here()?, plan, emulator)
    }

    /// The same by a given right.
    ///
    /// # Errors
    /// As for [`Net::build`].
    pub fn build_by(means: Means, plan: &PathPlan, emulator: &EmulatorProgram) -> Result<Self, Error> {
        plan.check()?;
        let mut command = Command::new("unshare");
        command.args(means.unshare_arguments()).arg(&emulator.program).args(&emulator.arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Ctrl-C is for us; the emulator ends when we do, after what still wants to be sent or counted.
        command.process_group(0);
        let mut child = command.spawn().map_err(Error::io("start the path emulator"))?;
        let (stdin, stdout) = (child.stdin.take(), child.stdout.take());
        let mut emulator = Starting(Some(child));
        let (Some(stdin), Some(stdout)) = (stdin, stdout) else {
            return Err(Error::Emulator { step: "start".to_owned(), said: "it has no pipes".to_owned() });
        };
        let mut talk = Talk { orders: Some(stdin), replies: Lines::new(stdout) };
        match talk.ask(plan) {
            Ok(Reply::Ready { client, server }) => {
                let emulator = emulator.0.take().ok_or_else(lost)?;
                Ok(Self { plan: plan.clone(), means, client, server, emulator, talk: Mutex::new(talk) })
            }
            Ok(Reply::Failed { step, said }) => Err(Error::Emulator { step, said }),
            Ok(other) => Err(unexpected(&other)),
            Err(error) => {
                Err(emulator.last_words().map_or(error, |said| Error::Emulator { step: "start".to_owned(), said }))
            }
        }
    }

    /// A command that runs `program` on the client host. Working directory, environment and pipes are as for any
    /// command; the process id is the program's own.
    pub fn client_command(&self, program: impl AsRef<OsStr>) -> Command {
        self.command(Side::Client, program)
    }

    /// A command that runs `program` on the server host, as [`Net::client_command`].
    pub fn server_command(&self, program: impl AsRef<OsStr>) -> Command {
        self.command(Side::Server, program)
    }

    /// A command that runs `program` on a host. It is root there and the caller outside.
    pub fn command(&self, side: Side, program: impl AsRef<OsStr>) -> Command {
        let holder = if side == Side::Client { self.client } else { self.server };
        let mut command = Command::new("nsenter");
        command.arg("--target").arg(holder.to_string()).arg("--net");
        if self.means == Means::UserNamespace {
            command.args(["--user", "--preserve-credentials"]);
        }
        command.arg("--").arg(program);
        command
    }

    /// The client's first address.
    pub fn client_addr(&self) -> IpAddr {
        self.plan.client.first().copied().unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))
    }

    /// The server's first address; see the plan for the others.
    pub fn server_addr(&self) -> IpAddr {
        self.plan.server.first().copied().unwrap_or(IpAddr::V4(std::net::Ipv4Addr::UNSPECIFIED))
    }

    /// The plan as it was built or last switched.
    pub fn plan(&self) -> &PathPlan {
        &self.plan
    }

    /// What has become of the packets so far.
    ///
    /// # Errors
    /// When the emulator has ended.
    pub fn counters(&self) -> Result<Counters, Error> {
        match self.talk().ask(&Order::Counters)? {
            Reply::Counters(counters) => Ok(counters),
            other => Err(unexpected(&other)),
        }
    }

    /// Changes what the path does, without making the hosts anew. Counters and seeds begin anew.
    ///
    /// # Errors
    /// [`Error::Plan`], or when the emulator has ended.
    pub fn switch(&mut self, forward: Leg, back: Leg) -> Result<(), Error> {
        let plan = PathPlan { forward, back, ..self.plan.clone() };
        plan.check()?;
        let order = Order::Switch(Box::new([plan.forward.clone(), plan.back.clone()]));
        let answer = self.talk().ask(&order)?;
        match answer {
            Reply::Switched => {
                self.plan = plan;
                Ok(())
            }
            other => Err(unexpected(&other)),
        }
    }

    fn talk(&self) -> MutexGuard<'_, Talk> {
        self.talk.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Net {
    fn drop(&mut self) {
        self.talk.get_mut().unwrap_or_else(PoisonError::into_inner).hang_up();
        end(&mut self.emulator);
    }
}

/// The pipes to the emulator.
#[derive(Debug)]
struct Talk {
    orders: Option<ChildStdin>,
    replies: Lines<ChildStdout>,
}

impl Talk {
    fn ask(&mut self, order: &impl serde::Serialize) -> Result<Reply, Error> {
        let mut line = serde_json::to_string(order).map_err(|error| Error::io("write an order")(error.into()))?;
        line.push('\n');
        let orders = self.orders.as_mut().ok_or_else(lost)?;
        orders.write_all(line.as_bytes()).map_err(Error::io("write an order"))?;
        match self.replies.next(Some(PATIENCE)).map_err(Error::io("read a reply"))? {
            Line::Text(text) => serde_json::from_str(&text)
                .map_err(|error| Error::Emulator { step: "read a reply".to_owned(), said: format!("{error}: {text}") }),
            Line::Late => Err(Error::Emulator { step: "read a reply".to_owned(), said: "none came".to_owned() }),
            Line::End => Err(lost()),
        }
    }

    /// The emulator ends when its standard input does.
    fn hang_up(&mut self) {
        drop(self.orders.take());
    }
}

/// An emulator that has not said yet that it is ready, and is ended if it never does.
struct Starting(Option<Child>);

impl Starting {
    /// What it wrote to standard error, once it has ended.
    fn last_words(&mut self) -> Option<String> {
        let child = self.0.as_mut()?;
        end(child);
        let mut said = String::new();
        child.stderr.take()?.take(4096).read_to_string(&mut said).ok()?;
        Some(said.trim().to_owned()).filter(|said| !said.is_empty())
    }
}

impl Drop for Starting {
    fn drop(&mut self) {
        if let Some(child) = &mut self.0 {
            end(child);
        }
    }
}

/// Waits for a process whose pipe was closed, and kills it if it does not go.
fn end(child: &mut Child) {
    let started = Instant::now();
    while started.elapsed() < FAREWELL {
        match child.try_wait() {
            Ok(None) => std::thread::sleep(Duration::from_millis(2)),
            Ok(Some(_)) | Err(_) => return,
        }
    }
    let _ = child.kill();
    let _ = child.wait();
}

fn lost() -> Error {
    Error::Emulator { step: "talk".to_owned(), said: "it has ended".to_owned() }
}

fn unexpected(reply: &Reply) -> Error {
    match reply {
        Reply::Failed { step, said } => Error::Emulator { step: step.clone(), said: said.clone() },
        other => Error::Emulator { step: "talk".to_owned(), said: format!("unexpected answer {other:?}") },
    }
}

fn is_on_path(tool: &str) -> bool {
    std::env::var_os("PATH").is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(tool).is_file()))
}

/// Whether `unshare` works with these arguments, or what was said to it.
fn try_unshare(means: Means) -> Result<(), String> {
    let mut command = Command::new("unshare");
    command.args(means.unshare_arguments()).arg("true").stdin(Stdio::null());
    match command.output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(String::from_utf8_lossy(&output.stderr).trim().to_owned()),
        Err(error) => Err(error.to_string()),
    }
}
