//! `lab bench`: what a diagnosis costs and how often it is right, measured on the lab and printed as tables.
//!
//! Machines are noisy, so times of one kind are repeated and told as a median with the least and the greatest, and where
//! another tool does something comparable it is run on the same servers in between, so that a ratio can be read.
mod faults;
mod healthy;
mod lossy;
mod peers;
mod relay;
mod spread;
mod table;
mod timed;
mod tools;

use crate::catalogue::{self, Item};
use crate::diagnose::{Found, Request, examine_one};
use crate::error::Error;
use crate::serve::{self, Spawned};
use std::{
    io::Write,
    path::PathBuf,
    process::Command,
    time::{Duration, Instant},
};

/// After how long silence counts: what the program takes if nothing else is said.
const TIMEOUT: Duration = Duration::from_secs(10);

/// A part of the benchmark.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Part {
    /// Healthy servers on loopback: connections, processor time, time, memory.
    Healthy,
    /// Every fault, one after the other.
    Faults,
    /// The lab behind a slow link that loses packets.
    Lossy,
    /// Other tools on the same servers.
    Peers,
}

impl Part {
    /// All, in the order in which they are run.
    pub const ALL: [Part; 4] = [Part::Healthy, Part::Faults, Part::Lossy, Part::Peers];
}

/// What to measure.
#[derive(Clone, Debug)]
pub struct Options {
    /// The program that serves, emulates and examines: itself.
    pub program: PathBuf,
    /// The parts.
    pub parts: Vec<Part>,
    /// The first seed.
    pub seed: u64,
    /// How often each healthy server is examined.
    pub repeats: u32,
    /// Runs over the lossy link.
    pub runs: u32,
    /// Examinations at once over the lossy link.
    pub jobs: usize,
    /// Where evidence is left of what was not named rightly over the lossy link.
    pub keep: Option<PathBuf>,
    /// Where sslyze is, if not in PATH.
    pub sslyze: Option<PathBuf>,
}

/// Measures and prints; whether every target was met.
///
/// # Errors
/// When a part cannot be measured at all.
pub fn run(options: &Options, output: &mut impl Write) -> Result<bool, Error> {
    let mut met = true;
    let begun = Instant::now();
    for part in &options.parts {
        let missed = match part {
            Part::Healthy => healthy::measure(options, output)?,
            Part::Faults => faults::measure(options, output)?,
            Part::Lossy => lossy::measure(options, output)?,
            Part::Peers => peers::measure(options, output)?,
        };
        say(output, &told(&missed))?;
        met &= missed.is_empty();
    }
    say(output, &format!("{} s in all", begun.elapsed().as_secs()))?;
    Ok(met)
}

fn told(missed: &[String]) -> String {
    if missed.is_empty() {
        return "every target met\n".to_owned();
    }
    let list: Vec<String> = missed.iter().map(|m| format!("- {m}\n")).collect();
    format!("over target:\n\n{}", list.concat())
}

fn say(output: &mut impl Write, text: &str) -> Result<(), Error> {
    writeln!(output, "{text}").and_then(|()| output.flush()).map_err(Error::io("write"))
}

/// Serves items on loopback, in a process of its own.
fn serve_here(options: &Options, items: &[Item]) -> Result<Spawned, Error> {
    let mut command = Command::new(&options.program);
    command.args(["lab", "serve"]);
    let words = items.iter().map(catalogue::word).collect();
    serve::spawn(command, &serve::Options { seed: Some(options.seed), words, ..serve::Options::default() })
}

/// Examines one endpoint in a process of its own; its answer, and the seconds from before its start to after its end.
fn examined(options: &Options, request: &Request) -> (Result<Found, String>, f64) {
    let begun = Instant::now();
    let found = examine_one(Command::new(&options.program), request);
    (found, begun.elapsed().as_secs_f64())
}

/// Megabytes of 1000 kilobytes, from KiB.
fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}
