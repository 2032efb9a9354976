//! A lab in a process of its own.
#![forbid(unsafe_code)]

use std::{io, process::ExitCode};
use tlsdiag_lab::serve;

fn main() -> ExitCode {
    let done = serve::Options::parse(std::env::args().skip(1))
        .and_then(|options| serve::run(&options, io::stdin().lock(), io::stdout().lock()));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}
