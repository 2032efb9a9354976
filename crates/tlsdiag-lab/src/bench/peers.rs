//! Other tools beside ours, on the same servers in the same run, through a relay that counts what they open.
use super::relay::Relay;
use super::spread::{Spread, cell, ratio};
use super::timed::{self, Scratch, Spent};
use super::tools::{self, Endpoint, LIMIT, Tool, Verdict};
use super::{Options, say, serve_here, table::Table};
use crate::{catalogue, error::Error};
use std::{io::Write, net::SocketAddr, path::PathBuf};

/// One healthy server, and nine with a fault each of another kind.
const SERVERS: [&str; 10] = [
    "plain",
    "expired",
    "missing-intermediate",
    "reset-after-hello",
    "long-hello-reset",
    "old-version-only",
    "client-certificate-tls13",
    "plain-http",
    "http-silent",
    "accepts-and-stays-silent",
];

/// A tool on a server.
struct Bout {
    healthy: bool,
    connections: u32,
    spent: Spent,
    verdict: Verdict,
}

/// Runs every tool on every server, one after the other; what we did not name.
pub(super) fn measure(options: &Options, output: &mut impl Write) -> Result<Vec<String>, Error> {
    let items = catalogue::select(&SERVERS)?;
    let lab = serve_here(options, &items)?;
    let root = Scratch::new("root.pem", lab.root_pem().as_bytes())?;
    let programs = Tool::ALL.map(|tool| (tool, program(options, tool)));
    let mut each = Table::new(
        "The same servers by other tools",
        &["server", "tool", "seconds", "connections", "CPU ms", "exit", "says"],
    );
    let mut bouts: Vec<(Tool, Bout)> = vec![];
    let mut missed = vec![];
    for served in lab.list() {
        for (tool, program) in &programs {
            let Some(program) = program else {
                each.row([served.slug.clone(), tool.name().to_owned(), "missing".to_owned()]);
                continue;
            };
            let relay = Relay::start(SocketAddr::new(served.address, served.port))?;
            let at = Endpoint::of(served, relay.port());
            let (command, input) = tool.command(program, &at, root.path());
            let spent = timed::run(command, input, LIMIT)?;
            let verdict = tool.verdict(&at, &spent);
            let bout = Bout { healthy: served.works, connections: relay.connections(), spent, verdict };
            each.row(bout.row(&served.slug, *tool));
            if *tool == Tool::Tlsdiag && bout.verdict != Verdict::Named {
                missed.push(format!("{}: {} instead of the cause", served.slug, verdict.words(bout.healthy)));
            }
            bouts.push((*tool, bout));
        }
    }
    say(output, &each.to_string())?;
    say(output, &summary(&programs, &bouts).to_string())?;
    Ok(missed)
}

fn program(options: &Options, tool: Tool) -> Option<PathBuf> {
    match tool {
        Tool::Tlsdiag => Some(options.program.clone()),
        Tool::Openssl => tools::find("openssl"),
        Tool::Sslscan => tools::find("sslscan"),
        Tool::Sslyze => options.sslyze.clone().filter(|p| p.is_file()).or_else(|| tools::find("sslyze")),
    }
}

impl Bout {
    fn row(&self, slug: &str, tool: Tool) -> Vec<String> {
        let exit = match self.spent.code {
            _ if self.spent.cut => "cut off".to_owned(),
            Some(code) => code.to_string(),
            None => "signal".to_owned(),
        };
        vec![
            slug.to_owned(),
            tool.name().to_owned(),
            format!("{:.2}", self.spent.seconds),
            self.connections.to_string(),
            self.spent.cpu_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0}")),
            exit,
            self.verdict.words(self.healthy).to_owned(),
        ]
    }
}

fn summary(programs: &[(Tool, Option<PathBuf>)], bouts: &[(Tool, Bout)]) -> Table {
    let of = |tool: Tool, number: &dyn Fn(&Bout) -> Option<f64>| {
        Spread::of(bouts.iter().filter(|(t, _)| *t == tool).filter_map(|(_, b)| number(b)))
    };
    let seconds = |b: &Bout| Some(b.spent.seconds);
    let connections = |b: &Bout| Some(f64::from(b.connections));
    let head =
        ["tool", "names the cause", "nothing wrong", "seconds", "/ tlsdiag", "connections", "/ tlsdiag", "CPU ms"];
    let mut table = Table::new("Tools in sum: medians over the servers, with the least and the greatest", &head);
    for (tool, program) in programs {
        if program.is_none() {
            table.row([tool.name().to_owned(), "missing".to_owned()]);
            continue;
        }
        let broken = || bouts.iter().filter(|(t, b)| t == tool && !b.healthy);
        let count =
            |v: Verdict| format!("{} of {}", broken().filter(|(_, b)| b.verdict == v).count(), broken().count());
        table.row([
            tool.name().to_owned(),
            count(Verdict::Named),
            count(Verdict::Content),
            cell(of(*tool, &seconds), 2),
            ratio(of(*tool, &seconds), of(Tool::Tlsdiag, &seconds)),
            cell(of(*tool, &connections), 0),
            ratio(of(*tool, &connections), of(Tool::Tlsdiag, &connections)),
            cell(of(*tool, &|b| b.spent.cpu_ms), 0),
        ]);
    }
    table
}
