//! The lab behind a slow link that loses packets: whether what is lost on the way is taken for a fault of the server.
use super::spread::{Spread, cell};
use super::{Options, TIMEOUT, say, table::Table};
use crate::catalogue;
use crate::diagnose::{Line, Outcome, Request, examine_all, told};
use crate::error::Error;
use crate::path::{EmulatorProgram, Net, PathPlan};
use crate::serve;
use std::{
    io::Write,
    path::PathBuf,
    time::{Duration, Instant},
};
use tlsdiag_model::Lang;

/// One direction; a round trip takes twice as long.
const DELAY: Duration = Duration::from_millis(75);
/// How much longer or shorter one direction takes; a round trip varies by twice as much.
const JITTER: Duration = Duration::from_millis(15);
/// Of the packets of either direction.
const LOSS: f64 = 0.02;
/// Of the answers, at most.
const UNKNOWN: f64 = 0.05;

/// A run, in numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Run {
    right: u32,
    wrong: u32,
    unknown: u32,
    unmade: u32,
    /// Packets lost, of those sent.
    lost: u64,
    sent: u64,
    seconds: f64,
}

/// Diagnoses the lab as often as asked for; what missed its target.
pub(super) fn measure(options: &Options, output: &mut impl Write) -> Result<Vec<String>, Error> {
    let title = format!(
        "Slow lossy link: {} ± {} ms round trip, {} % of packets lost each way",
        2 * DELAY.as_millis(),
        2 * JITTER.as_millis(),
        LOSS * 100.0
    );
    let head = [
        "seed",
        "right",
        "wrong cause",
        "unknown",
        "not made",
        "packets",
        "lost %",
        "seconds",
        "one of them (median, extremes)",
        "slowest",
    ];
    let mut table = Table::new(title, &head);
    let mut amiss = Table::new(
        "What was not right over the lossy link",
        &["seed", "server", "expected", "said", "how it misses", "seconds", "connections"],
    );
    let (mut sum, mut missed) = (Run::default(), vec![]);
    for n in 0..u64::from(options.runs) {
        let seed = options.seed.wrapping_add(n);
        let (run, lines) = match once(options, seed) {
            Ok(done) => done,
            Err(why) => {
                say(output, &table.to_string())?;
                return Ok(vec![format!("lossy link, seed {seed}: cannot be made here: {why}")]);
            }
        };
        let mut row = run.row(seed.to_string());
        row.extend(paces(&lines));
        table.row(row);
        for line in &lines {
            if let Some(row) = told_amiss(seed, line) {
                amiss.row(row);
            }
            if matches!(line.outcome, Outcome::Miss(why) if why.misleads()) {
                missed.push(format!("lossy link, seed {seed}: wrong cause for {}", name(line)));
            }
        }
        sum = sum.and(&run);
    }
    table.row(sum.row("all".to_owned()));
    say(output, &table.to_string())?;
    say(output, &amiss.to_string())?;
    let answers = sum.right + sum.wrong + sum.unknown;
    if answers == 0 {
        missed.push("lossy link: nothing was diagnosed".to_owned());
    } else if f64::from(sum.unknown) > UNKNOWN * f64::from(answers) {
        missed.push(format!(
            "lossy link: {} of {answers} unknown (target: at most {} %)",
            sum.unknown,
            UNKNOWN * 100.0
        ));
    }
    Ok(missed)
}

/// The path of a run.
fn path(seed: u64) -> PathPlan {
    let mut plan = PathPlan { seed, ..PathPlan::new() };
    for leg in [&mut plan.forward, &mut plan.back] {
        (leg.delay, leg.jitter, leg.loss) = (DELAY, JITTER, LOSS);
    }
    plan
}

/// Serves on one side of the link, examines everything from the other.
fn once(options: &Options, seed: u64) -> Result<(Run, Vec<Line>), String> {
    let emulator =
        EmulatorProgram { program: options.program.clone(), arguments: vec!["lab".into(), "path-emulator".into()] };
    let net = Net::build(&path(seed), &emulator).map_err(|e| e.to_string())?;
    let mut command = net.server_command(&options.program);
    command.args(["lab", "serve"]);
    let items = catalogue::select(&["faults", "twins", "healthy", "pairs"]).map_err(|e| e.to_string())?;
    let serving = serve::Options {
        seed: Some(seed),
        address: Some(net.server_addr()),
        words: items.iter().map(catalogue::word).collect(),
        ..serve::Options::default()
    };
    let lab = serve::spawn(command, &serving).map_err(|e| e.to_string())?;
    let requests: Vec<Request> = lab
        .list()
        .iter()
        .map(|served| Request { keep: folder(options, seed, served), ..Request::of(served, lab.root_pem(), TIMEOUT) })
        .collect();
    let begun = Instant::now();
    let found = examine_all(net.client_command(&options.program), &requests, options.jobs)?;
    let seconds = begun.elapsed().as_secs_f64();
    let lines: Vec<Line> = lab.list().iter().cloned().zip(found).map(|(served, f)| Line::of(served, f)).collect();
    for (line, request) in lines.iter().zip(&requests) {
        if let (Outcome::Hit, Some(folder)) = (&line.outcome, &request.keep) {
            let _ = std::fs::remove_dir_all(folder);
        }
    }
    let counters = net.counters().map_err(|e| e.to_string())?;
    let both = [&counters.forward, &counters.back];
    let mut run = Run {
        lost: both.iter().map(|leg| leg.lost).sum(),
        sent: both.iter().map(|leg| leg.seen - leg.stray).sum(),
        seconds,
        ..Run::default()
    };
    lines.iter().for_each(|line| run.count(&line.outcome));
    Ok((run, lines))
}

/// Where the evidence of one answer is left: a folder that is not there yet.
fn folder(options: &Options, seed: u64, served: &crate::lab::Served) -> Option<PathBuf> {
    let twin = if served.twin { "~" } else { "" };
    let folder = options.keep.as_ref()?.join(format!("{seed}-{}{twin}", served.slug));
    (!folder.exists()).then_some(folder)
}

impl Run {
    fn count(&mut self, outcome: &Outcome) {
        match outcome {
            Outcome::Hit => self.right += 1,
            Outcome::Miss(why) if why.misleads() => self.wrong += 1,
            Outcome::Miss(_) => self.unknown += 1,
            Outcome::Unmade => self.unmade += 1,
        }
    }

    fn and(&self, other: &Run) -> Run {
        Run {
            right: self.right + other.right,
            wrong: self.wrong + other.wrong,
            unknown: self.unknown + other.unknown,
            unmade: self.unmade + other.unmade,
            lost: self.lost + other.lost,
            sent: self.sent + other.sent,
            seconds: self.seconds + other.seconds,
        }
    }

    fn row(&self, seed: String) -> Vec<String> {
        vec![
            seed,
            self.right.to_string(),
            self.wrong.to_string(),
            self.unknown.to_string(),
            self.unmade.to_string(),
            self.sent.to_string(),
            format!("{:.2}", 100.0 * self.lost as f64 / (self.sent.max(1)) as f64),
            format!("{:.0}", self.seconds),
        ]
    }
}

/// How long the single diagnoses took, and which took longest.
fn paces(lines: &[Line]) -> [String; 2] {
    let timed: Vec<(f64, &Line)> = lines.iter().filter_map(|l| Some((l.found.as_ref().ok()?.seconds, l))).collect();
    let slowest = timed.iter().max_by(|a, b| a.0.total_cmp(&b.0)).map_or_else(String::new, |(_, l)| name(l));
    [cell(Spread::of(timed.iter().map(|(s, _)| *s)), 1), slowest]
}

fn name(line: &Line) -> String {
    format!("{}{}", line.served.slug, if line.served.twin { "~" } else { "" })
}

/// A row of what was not right; `None` of what was.
fn told_amiss(seed: u64, line: &Line) -> Option<Vec<String>> {
    let expected = match &line.served.expect {
        Some(e) => e.labels.join(", "),
        None => "works".to_owned(),
    };
    let (said, how, seconds, connections) = match (&line.outcome, &line.found) {
        (Outcome::Hit, _) => return None,
        (Outcome::Miss(why), Ok(f)) => {
            let how = if why.misleads() { format!("WRONG: {}", why.words()) } else { why.words().to_owned() };
            (told(&line.served, f, Lang::En), how, format!("{:.1}", f.seconds), f.connections.to_string())
        }
        (_, found) => {
            let why = found.as_ref().err().cloned().unwrap_or_default();
            ("-".to_owned(), format!("not made: {why}"), "-".to_owned(), "-".to_owned())
        }
    };
    Some(vec![seed.to_string(), name(line), expected, said, how, seconds, connections])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnose::Miss;

    #[test]
    fn the_link_is_what_the_heading_says() {
        let plan = path(7);
        assert!(plan.check().is_ok() && plan.seed == 7);
        for leg in [&plan.forward, &plan.back] {
            assert_eq!((leg.delay * 2, leg.jitter * 2), (Duration::from_millis(150), Duration::from_millis(30)));
            assert!((leg.loss - 0.02).abs() < 1e-9);
        }
    }

    #[test]
    fn too_little_is_unknown_and_too_much_is_wrong() {
        let mut run = Run::default();
        for outcome in [
            Outcome::Hit,
            Outcome::Miss(Miss::AnotherCause),
            Outcome::Miss(Miss::FaultWhereNone),
            Outcome::Miss(Miss::OnlyPossible),
            Outcome::Miss(Miss::SecondUnnamed),
            Outcome::Unmade,
        ] {
            run.count(&outcome);
        }
        assert_eq!((run.right, run.wrong, run.unknown, run.unmade), (1, 2, 2, 1));
    }
}
