//! `lab diagnose`: serves everything from a process of its own, examines each endpoint as a visitor's machine would, and
//! compares what is said with what is wrong.
mod away;
mod examine;
mod many;
mod usage;
mod verdict;

pub use examine::{Found, Named, Request, examine};
pub use many::{examine_all, examine_one, serve_requests};
pub use usage::{Usage, of_children, of_this_process};
pub use verdict::{Miss, Outcome, compare};

pub(crate) use away::line as away_line;
pub(crate) use verdict::told;

use crate::catalogue::{self, Item, Needs};
use crate::error::Error;
use crate::lab::Served;
use crate::serve::{self, Spawned};
use std::{
    io::Write,
    path::PathBuf,
    process::Command,
    sync::{Mutex, PoisonError, mpsc},
    time::{Duration, Instant},
};
use tlsdiag_model::Lang;

/// What to diagnose and how it is told.
#[derive(Clone, Debug)]
pub struct Options {
    /// The first seed; `None`: one of the clock's making.
    pub seed: Option<u64>,
    /// How many labs, each of its own seed.
    pub seeds: u32,
    /// What to serve, in the words of [`catalogue::select`]; empty: all but what means harm.
    pub words: Vec<String>,
    /// How many are examined at once.
    pub jobs: usize,
    /// After how long silence counts.
    pub timeout: Duration,
    /// The program that serves (`lab serve`), emulates (`lab path-emulator`) and examines (`lab examine`): itself.
    pub program: PathBuf,
    /// The language.
    pub lang: Lang,
}

/// How it came out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Named rightly.
    pub hits: u32,
    /// Named wrongly, or not.
    pub misses: u32,
    /// Could not be made here.
    pub unmade: u32,
}

impl Tally {
    /// 1 on a miss, 3 where something could not be made here, else 0.
    pub fn exit(&self) -> u8 {
        match self {
            Tally { misses: 1.., .. } => 1,
            Tally { unmade: 1.., .. } => 3,
            _ => 0,
        }
    }
}

/// One line of the table.
pub struct Line {
    /// What was served.
    pub served: Served,
    /// What was found, or why it could not be made.
    pub found: Result<Found, String>,
    /// How the two compare.
    pub outcome: Outcome,
}

/// Runs as many labs as asked for; each line is printed as soon as those before it are there.
///
/// # Errors
/// When no lab can be started at all.
pub fn run(options: &Options, output: &mut impl Write) -> Result<Tally, Error> {
    let mut tally = Tally::default();
    let first = options.seed.unwrap_or_else(clock_seed);
    for n in 0..u64::from(options.seeds.max(1)) {
        let seed = first.wrapping_add(n);
        let begun = Instant::now();
        writeln!(output, "{}", heading(options.lang, seed)).map_err(Error::io("write"))?;
        let lines = one_lab(options, seed, &mut |l| writeln!(output, "{}", verdict::line(l, options.lang)))?;
        let mut here = Tally::default();
        for l in &lines {
            match l.outcome {
                Outcome::Hit => here.hits += 1,
                Outcome::Miss(_) => here.misses += 1,
                Outcome::Unmade => here.unmade += 1,
            }
        }
        tally = Tally {
            hits: tally.hits + here.hits,
            misses: tally.misses + here.misses,
            unmade: tally.unmade + here.unmade,
        };
        let sum = verdict::sum(&here, begun.elapsed(), options.lang);
        writeln!(output, "{sum}\n").map_err(Error::io("write"))?;
    }
    Ok(tally)
}

fn one_lab(
    options: &Options,
    seed: u64,
    print: &mut dyn FnMut(&Line) -> std::io::Result<()>,
) -> Result<Vec<Line>, Error> {
    let items = if options.words.is_empty() {
        let mut all = catalogue::select(&["faults", "twins", "healthy", "pairs"])?;
        all.extend(catalogue::away());
        all
    } else {
        catalogue::select(&options.words)?
    };
    let (away, here): (Vec<Item>, Vec<Item>) = items.iter().partition(|i| matches!(i.needs(), Needs::Path(_)));
    let lab = if here.is_empty() { None } else { Some(serve_here(options, seed, &here)?) };
    let mut work: Vec<Work<'_>> = vec![];
    let mut near = lab.iter().flat_map(|l| l.list().iter().map(move |s| (l, s)));
    // in the order of the catalogue, wherever it is served
    for item in &items {
        if away.iter().any(|a| a.slug() == item.slug() && a.twin() == item.twin()) {
            work.push(Work::Away(*item));
        } else if let Some((lab, served)) = near.next() {
            work.push(Work::Here(lab, served));
        }
    }
    work_off(options, seed, &work, print)
}

enum Work<'l> {
    Here(&'l Spawned, &'l Served),
    Away(Item),
}

fn serve_here(options: &Options, seed: u64, items: &[Item]) -> Result<Spawned, Error> {
    let mut command = Command::new(&options.program);
    command.args(["lab", "serve"]);
    let words = items.iter().map(catalogue::word).collect();
    serve::spawn(command, &serve::Options { seed: Some(seed), words, ..serve::Options::default() })
}

/// Examines several at once, prints in order.
fn work_off(
    options: &Options,
    seed: u64,
    work: &[Work<'_>],
    print: &mut dyn FnMut(&Line) -> std::io::Result<()>,
) -> Result<Vec<Line>, Error> {
    let next = Mutex::new(0usize);
    let (send, receive) = mpsc::channel::<(usize, Line)>();
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.clamp(1, 64) {
            let (next, send) = (&next, send.clone());
            scope.spawn(move || {
                loop {
                    let i = {
                        let mut n = next.lock().unwrap_or_else(PoisonError::into_inner);
                        *n += 1;
                        *n - 1
                    };
                    let Some(w) = work.get(i) else { return };
                    let line = match w {
                        Work::Here(lab, served) => {
                            let request = Request::of(served, lab.root_pem(), options.timeout);
                            Line::of((*served).clone(), examine(&request))
                        }
                        Work::Away(item) => away::line(options, seed, item),
                    };
                    if send.send((i, line)).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        let mut waiting: Vec<Option<Line>> = work.iter().map(|_| None).collect();
        let mut printed = 0;
        for (i, line) in receive {
            if let Some(slot) = waiting.get_mut(i) {
                *slot = Some(line);
            }
            while let Some(Some(l)) = waiting.get(printed) {
                print(l).map_err(Error::io("write"))?;
                printed += 1;
            }
        }
        Ok(waiting.into_iter().flatten().collect())
    })
}

impl Line {
    pub(crate) fn of(served: Served, found: Result<Found, String>) -> Line {
        let outcome = compare(&served, &found);
        Line { served, found, outcome }
    }
}

fn heading(lang: Lang, seed: u64) -> String {
    match lang {
        Lang::En => format!("lab of seed {seed}"),
        Lang::Ko => format!("시드 {seed}의 실습 서버"),
    }
}

fn clock_seed() -> u64 {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    now.map_or(1, |d| u64::from(d.subsec_nanos()) ^ d.as_secs()) % 1_000_000
}
