//! Evidence of machines among what was handed over: logs, listings, hives, archives. The rest goes on to whoever reads
//! certificates and keys.
use crate::output;
use std::path::PathBuf;
use tlsdiag_collect::files::Given;
use tlsdiag_evidence::Evidence;
use tlsdiag_model::{Arg, Lang, Say, Sink, Time, say};
use zeroize::Zeroizing;

/// Octets of a file that is no evidence but lies with some: it may hold certificates.
const MOST: u64 = 16 << 20;
/// Lines of a file that are named as not understood.
const RANGES: usize = 3;
/// Files whose faults are told one by one.
const FAULTS: usize = 8;

/// Reads what is evidence and takes it out of `given`; facts go to the sink. Gives whether there was any.
pub(crate) fn read(given: &mut Given, at: Time, sink: &Sink, lang: Lang, quiet: bool) -> bool {
    let mut any = false;
    let mut left = vec![];
    let mut all = Evidence::default();
    for path in std::mem::take(&mut given.paths) {
        let mut found = tlsdiag_evidence::read(std::slice::from_ref(&path), at, &|| sink.stopped());
        let evidence = !found.fragments.is_empty() || !found.unpacked.is_empty() || !found.notes.is_empty();
        if !evidence {
            left.push(path);
            continue;
        }
        any = true;
        let rest = std::mem::take(&mut found.rest);
        found.unpacked.extend(rest.into_iter().filter_map(octets));
        take(&mut all, found);
    }
    if let Some(octets) = given.stdin.take() {
        let found = tlsdiag_evidence::read_octets("standard input", &octets, at);
        if found.fragments.is_empty() && found.notes.is_empty() {
            given.stdin = Some(octets);
        } else {
            any = true;
            take(&mut all, found);
        }
    }
    given.paths = left;
    if !any {
        return false;
    }
    given.unpacked.append(&mut all.unpacked);
    if !quiet {
        notes(&all).iter().for_each(|n| output::complain(&n.render(lang)));
    }
    sink.with(|case| tlsdiag_evidence::join(&mut all, given.name.as_ref(), case));
    true
}

fn take(all: &mut Evidence, mut found: Evidence) {
    all.fragments.append(&mut found.fragments);
    all.unpacked.append(&mut found.unpacked);
    all.notes.append(&mut found.notes);
}

fn octets(path: PathBuf) -> Option<(String, Zeroizing<Vec<u8>>)> {
    let small = std::fs::metadata(&path).is_ok_and(|m| m.is_file() && m.len() <= MOST);
    let octets = if small { std::fs::read(&path).ok()? } else { vec![] };
    Some((path.display().to_string(), Zeroizing::new(octets)))
}

/// What could not be read, and lines that nobody understood.
fn notes(e: &Evidence) -> Vec<Say> {
    let mut out = e.notes.clone();
    for f in &e.fragments {
        for fault in f.faults.iter().take(FAULTS) {
            out.push(say!(
                "{path}: {what}",
                "{path}: {what}",
                path = Arg::quote(place(&fault.origin, &f.path)),
                what = Arg::Say(Box::new(fault.say.clone()))
            ));
        }
        let more = u64::try_from(f.faults.len().saturating_sub(FAULTS)).unwrap_or(0).saturating_add(f.more_faults);
        if more > 0 {
            out.push(say!(
                "{path}: {n} more such places",
                "{path}: 이런 곳이 {n}곳 더 있습니다",
                path = Arg::quote(&f.path),
                n = Arg::num(more)
            ));
        }
        let ranges: Vec<Arg> = f.not_understood.iter().take(RANGES).map(|r| Arg::term(lines(r))).collect();
        if !ranges.is_empty() {
            let count = f.not_understood.iter().map(|r| u64::from(r.end.saturating_sub(r.start))).sum::<u64>();
            out.push(say!(
                "{path}: {n} lines were not understood ({ranges})",
                "{path}: {n}줄은 이해하지 못했습니다({ranges})",
                path = Arg::quote(&f.path),
                n = Arg::num(count),
                ranges = Arg::List(ranges)
            ));
        }
    }
    out
}

fn lines(r: &std::ops::Range<u32>) -> String {
    let last = r.end.saturating_sub(1);
    if r.start >= last { r.start.to_string() } else { format!("{}-{last}", r.start) }
}

fn place(origin: &tlsdiag_model::Origin, path: &str) -> String {
    use tlsdiag_model::Origin;
    match origin {
        Origin::File { path, line } => format!("{path}:{line}"),
        Origin::Inside { path, place } => format!("{path}: {place}"),
        _ => path.to_owned(),
    }
}
