//! `tlsdiag lab`: list, serve, diagnose; and what the lab's own processes are called by.
use crate::bench;
use crate::diagnose;
use crate::error::Error;
use crate::{catalogue, path, serve};
use clap::{Args, Subcommand, ValueEnum};
use std::{io::Write, path::PathBuf, time::Duration};
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
    /// Examines what standard input asks for, a JSON line each, and answers so
    #[command(hide = true)]
    Examine {
        /// How many at once
        #[arg(long, default_value = "1")]
        jobs: usize,
    },
    /// Measures connections, time, memory and rightness, beside other tools
    #[command(hide = true)]
    Bench(Bench),
    /// The network path between two namespaces
    #[command(hide = true)]
    PathEmulator,
}

/// What to measure.
#[derive(Args, Debug)]
struct Bench {
    /// Only this part; may be given several times
    #[arg(long, value_enum)]
    only: Vec<bench::Part>,
    /// The first seed
    #[arg(long, default_value = "1")]
    seed: u64,
    /// How often each healthy server is examined
    #[arg(long, default_value = "7")]
    repeats: u32,
    /// How many runs over the lossy link, each of another seed
    #[arg(long, default_value = "10")]
    runs: u32,
    /// How many are examined at once over the lossy link
    #[arg(long, default_value = "48")]
    jobs: usize,
    /// Leave all evidence of wrong and missing answers over the lossy link in this folder
    #[arg(long, value_name = "FOLDER")]
    keep: Option<PathBuf>,
    /// Where sslyze is, if not in PATH
    #[arg(long, value_name = "FILE")]
    sslyze: Option<PathBuf>,
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
        Command::Examine { jobs } => {
            diagnose::serve_requests(std::io::stdin().lock(), &mut out, *jobs)?;
            Ok(0)
        }
        Command::Bench(b) => {
            let options = bench::Options {
                program: std::env::current_exe().map_err(Error::io("find this program"))?,
                parts: if b.only.is_empty() { bench::Part::ALL.to_vec() } else { b.only.clone() },
                seed: b.seed,
                repeats: b.repeats,
                runs: b.runs,
                jobs: b.jobs,
                keep: b.keep.clone(),
                sslyze: b.sslyze.clone(),
            };
            Ok(u8::from(!bench::run(&options, &mut out)?))
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
