//! Every fault, one after the other, so that nothing but the fault takes time.
use super::healthy::PEAK_MB;
use super::spread::{Spread, cell};
use super::{Options, TIMEOUT, examined, megabytes, say, serve_here, table::Table};
use crate::catalogue::{self, Item, Needs, Twin};
use crate::diagnose::{self, Line, Outcome, Request, told};
use crate::error::Error;
use std::io::Write;
use tlsdiag_model::Lang;

/// Faults of which nothing can be seen but silence, so that they take the time after which silence counts.
const SILENT: [&str; 6] = [
    "queue-full",
    "accepts-and-stays-silent",
    "long-hello-swallowed",
    "http-silent",
    "port-filtered",
    "path-mtu-black-hole",
];
/// Seconds for a diagnosis, less than.
const SECONDS: f64 = 3.0;
/// Seconds where there is only silence, less than.
const SECONDS_OF_SILENCE: f64 = 12.0;
/// Connections for one diagnosis, at most.
const CONNECTIONS: u32 = 40;

/// Diagnoses each; what missed its target.
pub(super) fn measure(options: &Options, output: &mut impl Write) -> Result<Vec<String>, Error> {
    let near = catalogue::select(&["faults"])?;
    let lab = serve_here(options, &near)?;
    let mut lines: Vec<Line> = vec![];
    for served in lab.list() {
        let (found, _) = examined(options, &Request::of(served, lab.root_pem(), TIMEOUT));
        lines.push(Line::of(served.clone(), found));
    }
    for far in catalogue::faults().filter(|f| matches!(f.needs, Needs::Path(_))) {
        lines.push(diagnose::away_line(&as_diagnosed(options), options.seed, &Item::Fault(far, Twin::Broken)));
    }
    let head = ["fault", "seconds", "connections", "CPU ms", "peak MB", "says"];
    let mut table = Table::new("Every fault, one after the other", &head);
    lines.iter().for_each(|line| table.row(row(line)));
    say(output, &table.to_string())?;
    say(output, &summary(&lines).to_string())?;
    Ok(lines.iter().flat_map(missed).collect())
}

fn as_diagnosed(options: &Options) -> diagnose::Options {
    diagnose::Options {
        seed: Some(options.seed),
        seeds: 1,
        words: vec![],
        jobs: 1,
        timeout: TIMEOUT,
        program: options.program.clone(),
        lang: Lang::En,
    }
}

fn row(line: &Line) -> Vec<String> {
    let slug = line.served.slug.clone();
    match &line.found {
        Err(why) => vec![slug, "-".to_owned(), "-".to_owned(), "-".to_owned(), "-".to_owned(), why.clone()],
        Ok(f) => {
            let told = told(&line.served, f, Lang::En);
            let says = if let Outcome::Miss(why) = line.outcome { format!("{told}: {}", why.words()) } else { told };
            vec![
                slug,
                format!("{:.2}", f.seconds),
                f.connections.to_string(),
                f.cpu_ms.map_or_else(|| "-".to_owned(), |ms| format!("{ms:.0}")),
                f.peak_kb.map_or_else(|| "-".to_owned(), |kb| format!("{:.1}", megabytes(kb))),
                says,
            ]
        }
    }
}

fn summary(lines: &[Line]) -> Table {
    let mut table = Table::new("Faults in sum", &["faults", "number", "seconds", "connections", "peak MB"]);
    for (name, silent) in [("answered or refused", false), ("only silence", true)] {
        let found: Vec<_> =
            lines.iter().filter(|l| is_silent(l) == silent).filter_map(|l| l.found.as_ref().ok()).collect();
        table.row([
            name.to_owned(),
            found.len().to_string(),
            cell(Spread::of(found.iter().map(|f| f.seconds)), 2),
            cell(Spread::of(found.iter().map(|f| f64::from(f.connections))), 0),
            cell(Spread::of(found.iter().filter_map(|f| f.peak_kb).map(megabytes)), 1),
        ]);
    }
    table
}

fn is_silent(line: &Line) -> bool {
    SILENT.contains(&line.served.slug.as_str())
}

fn missed(line: &Line) -> Vec<String> {
    let slug = &line.served.slug;
    let mut missed = vec![];
    let found = match &line.found {
        Ok(found) => found,
        Err(why) => return vec![format!("{slug}: could not be made here: {why}")],
    };
    let most = if is_silent(line) { SECONDS_OF_SILENCE } else { SECONDS };
    if found.seconds >= most {
        missed.push(format!("{slug}: {:.2} s (target: less than {most} s)", found.seconds));
    }
    if found.connections > CONNECTIONS {
        missed.push(format!("{slug}: {} connections (target: at most {CONNECTIONS})", found.connections));
    }
    if let Some(mb) = found.peak_kb.map(megabytes).filter(|mb| *mb >= PEAK_MB) {
        missed.push(format!("{slug}: {mb:.1} MB (target: less than {PEAK_MB})"));
    }
    if let Outcome::Miss(why) = line.outcome {
        missed.push(format!("{slug}: {}", why.words()));
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_said_to_be_silent_is_in_the_catalogue() {
        assert!(SILENT.iter().all(|s| catalogue::find_fault(s).is_some()));
    }
}
