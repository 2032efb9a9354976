//! `tlsdiag lab`: list, serve, diagnose; and what the lab's own processes are called by.
use crate::diagnose::{self, Request};
use crate::error::Error;
use crate::{catalogue, path, serve};
use clap::{Args, Subcommand, ValueEnum};
use std::{
    io::{Read, Write},
    path::PathBuf,
    time::Duration,
};
use tlsdiag_model::Lang;

/// HTTPS servers that are broken on purpose.
#[derive(Args, Debug)]
pub struct Lab {
    #[command(subcommand)]
    command: Command,
}

#[derive(ValueEnum, Clone, Copy, Debug)]
enum Language {
    En,
    Ko,
}

impl Language {
    fn lang(self) -> Lang {
        match self {
            Language::En => Lang::En,
            Language::Ko => Lang::Ko,
        }
    }
}

#[derive(Subcommand, Debug)]
enum Command {
    /// What can be served
    List {
        /// Language
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
    },
    /// Serve until Ctrl-C, and print URLs and what a visitor sees
    Serve {
        /// Everything follows from it
        #[arg(long)]
        seed: Option<u64>,
        /// Serve at this address
        #[arg(long)]
        address: Option<std::net::IpAddr>,
        /// Write the root here, for --ca-file
        #[arg(long, value_name = "FILE")]
        root: Option<PathBuf>,
        /// For programs: a JSON line per endpoint, then `ready`; ends with standard input
        #[arg(long)]
        lines: bool,
        /// Language
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
        /// What to serve: slugs (`expired`, `expired~` for its near miss), or faults, twins, healthy, pairs, menaces
        words: Vec<String>,
    },
    /// Serve everything, diagnose each, print expected and found
    Diagnose {
        /// The first seed
        #[arg(long)]
        seed: Option<u64>,
        /// How many labs, each of another seed
        #[arg(long, default_value = "3")]
        seeds: u32,
        /// How many at once
        #[arg(long, default_value = "12")]
        jobs: usize,
        /// Seconds after which silence counts
        #[arg(long, default_value = "10")]
        timeout: f64,
        /// Language
        #[arg(long, value_enum, default_value = "en")]
        lang: Language,
        /// What to serve, as in `serve`
        words: Vec<String>,
    },
    /// Examines what standard input says, as JSON
    #[command(hide = true)]
    Examine,
    /// The network path between two namespaces
    #[command(hide = true)]
    PathEmulator,
}

/// Does what was asked; the exit code.
///
/// # Errors
/// When it cannot be done at all.
pub fn run(lab: &Lab) -> Result<u8, Error> {
    let mut out = std::io::stdout();
    match &lab.command {
        Command::List { lang } => list(lang.lang(), &mut out),
        Command::Serve { seed, address, root, lines, lang, words } => {
            let options = serve::Options {
                seed: *seed,
                address: *address,
                words: words.clone(),
                lines: *lines,
                root: root.clone(),
                lang: lang.lang(),
            };
            serve::run(&options, std::io::stdin(), out)?;
            Ok(0)
        }
        Command::Diagnose { seed, seeds, jobs, timeout, lang, words } => {
            let options = diagnose::Options {
                seed: *seed,
                seeds: *seeds,
                words: words.clone(),
                jobs: *jobs,
                timeout: Duration::from_secs_f64(timeout.clamp(0.1, 600.0)),
                program: std::env::current_exe().map_err(Error::io("find this program"))?,
                lang: lang.lang(),
            };
            Ok(diagnose::run(&options, &mut out)?.exit())
        }
        Command::Examine => {
            let mut text = String::new();
            std::io::stdin().take(1 << 20).read_to_string(&mut text).map_err(Error::io("read the request"))?;
            let request: Request = serde_json::from_str(&text).map_err(|e| Error::Argument(e.to_string()))?;
            let found = diagnose::examine(&request).map_err(Error::Argument)?;
            let line = serde_json::to_string(&found).map_err(|e| Error::Argument(e.to_string()))?;
            writeln!(out, "{line}").map_err(Error::io("write"))?;
            Ok(0)
        }
        Command::PathEmulator => {
            path::run_emulator().map_err(|e| Error::Argument(e.to_string()))?;
            Ok(0)
        }
    }
}

fn list(lang: Lang, out: &mut impl Write) -> Result<u8, Error> {
    for item in catalogue::everything().iter().filter(|i| !i.twin()) {
        let expect = item.expect().map_or(String::new(), |e| format!("TD{:04} {}", e.code, e.label));
        let title = item.title().text(lang);
        writeln!(out, "{:<8} {:<44} {expect:<34} {title}", item.kind(), item.slug()).map_err(Error::io("write"))?;
    }
    Ok(0)
}
