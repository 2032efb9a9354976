//! `tlsdiag`: why does https not work here, and how do I mend it?
#![forbid(unsafe_code)]

mod args;
mod check;
mod collect;
mod explain;
mod fix;
mod handed;
mod lines;
mod output;
mod password;
mod progress;
mod secrets;
mod sent;
mod terminal;
mod trial;

use args::{Args, Command};
use clap::Parser;
use std::process::ExitCode;

/// Exit code for what could not be done at all.
const COULD_NOT: u8 = 2;

fn main() -> ExitCode {
    let args = Args::parse();
    let done = match args.command {
        Some(Command::Check(c)) => check::run(&c),
        Some(Command::Collect(c)) => collect::run(&c),
        Some(Command::Explain(e)) => explain::run(&e),
        Some(Command::Fix(f)) => fix::run(&f),
        Some(Command::Trial(t)) => trial::run(&t),
        Some(Command::Lab(l)) => tlsdiag_lab::cli::run(&l).map_err(anyhow::Error::from),
        None => check::run(&args.check),
    };
    match done {
        Ok(code) => ExitCode::from(code),
        // a reader that went away, as `head` does
        Err(e) if output::gone(&e) => ExitCode::SUCCESS,
        Err(e) => {
            output::complain(&format!("{e:#}"));
            ExitCode::from(COULD_NOT)
        }
    }
}
