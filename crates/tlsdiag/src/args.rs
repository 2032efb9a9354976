//! Arguments as typed.
use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::{net::IpAddr, path::PathBuf, str::FromStr, time::Duration};
use tlsdiag_model::Name;

/// Names the cause, the evidence and the cure when https breaks.
#[derive(Parser, Debug)]
#[command(version, about, args_conflicts_with_subcommands = true, arg_required_else_help = true)]
#[command(after_help = "Exit codes: 0 works, 1 found at or above --fail-on, 2 could not do what was asked, \
    3 nothing found but not all could be looked at, 130 interrupted.")]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
    #[command(flatten)]
    pub(crate) check: Check,
}

#[derive(Subcommand, Debug)]
pub(crate) enum Command {
    /// Check one or more sites (the default: `tlsdiag shop.example` does the same)
    Check(Check),
    /// What a code means, how it is known and how to mend it
    Explain(Explain),
    /// HTTPS servers that are broken on purpose
    Lab(tlsdiag_lab::cli::Lab),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Check {
    /// URL, host, host:port or address
    #[arg(value_name = "THING")]
    pub(crate) things: Vec<String>,
    /// Use this address for a name and port, as curl does: NAME:PORT:ADDR[,ADDR]
    #[arg(long, value_name = "NAME:PORT:ADDR")]
    pub(crate) resolve: Vec<Resolve>,
    /// Trust these certificates too (PEM or DER)
    #[arg(long, value_name = "FILE")]
    pub(crate) ca_file: Option<PathBuf>,
    /// Seconds after which silence counts
    #[arg(long, value_name = "SECONDS", default_value = "10", value_parser = seconds)]
    pub(crate) timeout: Duration,
    /// The client that matters, such as "java 8"; what it cannot do then counts
    #[arg(long, value_name = "CLIENT")]
    pub(crate) client: Option<String>,
    /// Ask nobody but the site itself: fetch no issuers, ask no revocation service
    #[arg(long)]
    pub(crate) offline: bool,
    #[command(flatten)]
    pub(crate) show: Show,
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Explain {
    /// A TD code, a rule's name or a cause label
    #[arg(required = true, value_name = "WORDS")]
    pub(crate) words: Vec<String>,
    #[command(flatten)]
    pub(crate) show: Show,
}

/// How it is shown.
#[derive(ClapArgs, Debug)]
pub(crate) struct Show {
    /// Language (default: from LC_ALL, LC_MESSAGES or LANG)
    #[arg(long, value_enum)]
    pub(crate) lang: Option<Language>,
    /// Short for --format json
    #[arg(long)]
    pub(crate) json: bool,
    /// How to print the answer
    #[arg(long, value_enum, default_value = "text")]
    pub(crate) format: Format,
    /// The first line only
    #[arg(short, long)]
    pub(crate) quiet: bool,
    /// -v: a line per rule and every fact's origin; -vv: raw evidence
    #[arg(short, long, action = ArgAction::Count, conflicts_with = "quiet")]
    pub(crate) verbose: u8,
    /// Colour
    #[arg(long, value_enum, default_value = "auto")]
    pub(crate) color: Colour,
    /// Exit with 1 from this impact on
    #[arg(long, value_enum, default_value = "partial")]
    pub(crate) fail_on: FailOn,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Language {
    En,
    Ko,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Text,
    Json,
    Jsonl,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Colour {
    Auto,
    Always,
    Never,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum FailOn {
    Broken,
    Partial,
    Risk,
    Note,
}

/// `NAME:PORT:ADDR[,ADDR]`; IPv6 addresses with or without brackets.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolve(pub(crate) Name, pub(crate) u16, pub(crate) Vec<IpAddr>);

impl FromStr for Resolve {
    type Err = String;
    fn from_str(s: &str) -> Result<Self, String> {
        let mut parts = s.splitn(3, ':');
        let (Some(name), Some(port), Some(addrs)) = (parts.next(), parts.next(), parts.next()) else {
            return Err("NAME:PORT:ADDR expected".into());
        };
        let port = port.parse().map_err(|_| format!("{port:?} is no port"))?;
        let addrs = addrs
            .split(',')
            .map(|a| {
                a.trim_start_matches('[').trim_end_matches(']').parse().map_err(|_| format!("{a:?} is no address"))
            })
            .collect::<Result<Vec<IpAddr>, String>>()?;
        Ok(Resolve(Name::new(name), port, addrs))
    }
}

fn seconds(s: &str) -> Result<Duration, String> {
    let n: f64 = s.parse().map_err(|_| "a number of seconds expected".to_owned())?;
    if (0.1..=600.0).contains(&n) { Ok(Duration::from_secs_f64(n)) } else { Err("0.1 to 600 seconds".into()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn arguments_are_well_formed() {
        Args::command().debug_assert();
    }

    #[test]
    fn resolve_as_curl_does() {
        let r: Resolve = "Shop.Example:443:127.0.0.1,[::1]".parse().unwrap();
        assert_eq!(r, Resolve("shop.example".into(), 443, vec![[127, 0, 0, 1].into(), "::1".parse().unwrap()]));
        assert!("a:1".parse::<Resolve>().is_err());
        assert!("a:x:127.0.0.1".parse::<Resolve>().is_err());
        assert!("a:1:nowhere".parse::<Resolve>().is_err());
    }
}
