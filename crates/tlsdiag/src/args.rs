//! Arguments as typed.
use clap::{ArgAction, Args as ClapArgs, Parser, Subcommand, ValueEnum};
use std::{net::IpAddr, path::PathBuf, str::FromStr, time::Duration};
use tlsdiag_collect::Target;
use tlsdiag_model::{Name, Time};

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
    /// Check sites, files and folders (the default: `tlsdiag shop.example` does the same)
    Check(Check),
    /// What a code means, how it is known and how to mend it
    Explain(Explain),
    /// Evidence of a server: a script that gathers it where nothing may be installed, one file of what was gathered
    Collect(crate::collect::Collect),
    /// The files that a server wants (chain, key, PFX), made of those that there are
    Fix(crate::fix::Fix),
    /// Does this certificate with its key work at all? Served for a while and visited
    Trial(crate::trial::Trial),
    /// HTTPS servers that are broken on purpose
    Lab(tlsdiag_lab::cli::Lab),
}

#[derive(ClapArgs, Debug)]
pub(crate) struct Check {
    /// URL, host, host:port or address; file or folder with certificates and keys (PEM, DER, PFX, P7B, JKS; - for
    /// standard input); thumbprint as copied
    #[arg(value_name = "THING")]
    pub(crate) things: Vec<String>,
    /// The host that the files are for
    #[arg(long, value_name = "HOST", value_parser = host)]
    pub(crate) name: Option<Name>,
    /// Judge files at this time: 2026-11-24, 2026-11-24T08:00:00Z or seconds since 1970
    #[arg(long, value_name = "TIME", value_parser = moment)]
    pub(crate) at: Option<Time>,
    /// Try the first line of this file as a password; TLSDIAG_PASSWORD is tried too, and a terminal is asked
    #[arg(long, value_name = "FILE")]
    pub(crate) password_file: Vec<PathBuf>,
    /// Iterations that one encrypted file or key may ask for
    #[arg(long, value_name = "N", default_value_t = 10_000_000, value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) max_iterations: u64,
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

/// A host name or address, in the form that certificates have.
fn host(s: &str) -> Result<Name, String> {
    let plain = !s.contains(['/', '?', '#', '@', ' ']);
    let target = Target::parse(s).ok().filter(|t| plain && t.asked.port == 443);
    target.map(|t| t.asked.name).ok_or_else(|| "a host name or an address expected".to_owned())
}

/// A time in UTC, or with its distance from it.
fn moment(s: &str) -> Result<Time, String> {
    let wrong = || "a date, a time such as 2026-11-24T08:00:00Z, or seconds since 1970 expected".to_owned();
    if let Ok(seconds) = s.parse::<i64>() {
        return seconds.checked_mul(1000).filter(|ms| ms.abs() < FAR).ok_or_else(wrong);
    }
    let (date, rest) = s.split_at_checked(10).ok_or_else(wrong)?;
    let [year, month, day] = numbers::<3>(date, '-').ok_or_else(wrong)?;
    let (clock, offset) = match rest.strip_prefix(['T', 't', ' ']) {
        Some(r) => zone(r).ok_or_else(wrong)?,
        None if rest.is_empty() => ("00:00:00", 0),
        None => return Err(wrong()),
    };
    // fractions of a second decide nothing here
    let clock = clock.split('.').next().unwrap_or_default();
    let [hour, minute, second] = match numbers::<3>(clock, ':') {
        Some(c) => c,
        None => numbers::<2>(clock, ':').map(|[h, m]| [h, m, 0]).ok_or_else(wrong)?,
    };
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let days = match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => 0,
    };
    if !(1..=days).contains(&day) || hour > 23 || minute > 59 || second > 60 {
        return Err(wrong());
    }
    let unix = tlsdiag_pki::time::unix_from_civil(year, month, day, hour, minute, second);
    Ok(unix.saturating_sub(offset.saturating_mul(60)).saturating_mul(1000))
}

/// The year 9999 and its mirror image, milliseconds.
const FAR: i64 = 253_402_300_800_000;

fn numbers<const N: usize>(s: &str, between: char) -> Option<[i64; N]> {
    let digits = |p: &str| p.len().is_multiple_of(2) && p.bytes().all(|b| b.is_ascii_digit());
    let parts: Option<Vec<i64>> = s.split(between).map(|p| digits(p).then(|| p.parse().ok()).flatten()).collect();
    parts?.try_into().ok()
}

/// The time of day, and minutes by which it is ahead of UTC.
fn zone(s: &str) -> Option<(&str, i64)> {
    if let Some(clock) = s.strip_suffix(['Z', 'z']) {
        return Some((clock, 0));
    }
    let Some(at) = s.rfind(['+', '-']) else { return Some((s, 0)) };
    let (clock, offset) = s.split_at_checked(at)?;
    let [h, m] = numbers::<2>(offset.get(1..)?, ':')?;
    let minutes = h.checked_mul(60)?.checked_add(m).filter(|m| *m < 24 * 60)?;
    Some((clock, if offset.starts_with('-') { -minutes } else { minutes }))
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

    #[test]
    fn times_are_read_as_people_write_them() {
        for (typed, seconds) in [
            ("0", 0),
            ("-1", -1),
            ("1795509300", 1_795_509_300),
            ("2026-11-24", 1_795_478_400),
            ("2026-11-24T08:35:00Z", 1_795_509_300),
            ("2026-11-24 08:35", 1_795_509_300),
            ("2026-11-24t17:35:00.25+09:00", 1_795_509_300),
            ("2026-11-24T03:05:00-05:30", 1_795_509_300),
            ("2028-02-29", 1_835_395_200),
        ] {
            assert_eq!(moment(typed), Ok(seconds * 1000), "{typed}");
        }
        for typed in [
            "",
            "yesterday",
            "2026-02-29",
            "2026-13-01",
            "2026-11-24T25:00Z",
            "2026-11-24x",
            "9999999999999999",
            "24.11.2026",
        ] {
            assert!(moment(typed).is_err(), "{typed}");
        }
    }

    #[test]
    fn names_are_hosts_alone() {
        assert_eq!(host("WWW.Example.KR."), Ok("www.example.kr".into()));
        assert_eq!(host("한국.example"), Ok("xn--3e0b707e.example".into()));
        assert_eq!(host("[2001:db8::1]"), Ok("2001:db8::1".into()));
        for typed in ["", "https://a.example", "a.example:8443", "a.example/x", "a b"] {
            assert!(host(typed).is_err(), "{typed}");
        }
    }
}
