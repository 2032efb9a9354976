//! Whether a diagnosis names what is wrong, and how that is told.
use super::{Found, Line, Named, Tally};
use crate::catalogue;
use crate::lab::Served;
use std::time::Duration;
use tlsdiag_model::{Impact, Lang, escape};

/// How a diagnosis compares with what is served.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Named rightly.
    Hit,
    /// Not, and how.
    Miss(Miss),
    /// Could not be made here.
    Unmade,
}

/// How a diagnosis misses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Miss {
    /// A server that means harm was not survived with an answer.
    NoAnswer,
    /// Something is surely wrong with a server that works.
    FaultWhereNone,
    /// A server that works is not said to work.
    NotSaidToWork,
    /// What is only worth a note is not said.
    NotSaid,
    /// What is only worth a note is said to break something.
    MoreThanANote,
    /// The right cause stands first, and only as possible.
    OnlyPossible,
    /// No cause is sure.
    NothingNamed,
    /// Another cause stands first, and is said to be sure.
    AnotherCause,
    /// The cause is right and the exit code is not that of a fault.
    WrongExit,
    /// Of two faults, the one that leads is not named.
    FirstUnnamed,
    /// Of two faults, the other one is not named.
    SecondUnnamed,
}

impl Miss {
    /// Whether something wrong was said, rather than too little.
    pub fn misleads(self) -> bool {
        matches!(self, Miss::FaultWhereNone | Miss::MoreThanANote | Miss::AnotherCause | Miss::FirstUnnamed)
    }

    /// In words.
    pub fn words(self) -> &'static str {
        match self {
            Miss::NoAnswer => "no answer",
            Miss::FaultWhereNone => "a fault where there is none",
            Miss::NotSaidToWork => "does not say that it works",
            Miss::NotSaid => "not said",
            Miss::MoreThanANote => "more than a note",
            Miss::OnlyPossible => "only possible",
            Miss::NothingNamed => "nothing named",
            Miss::AnotherCause => "another cause",
            Miss::WrongExit => "wrong exit code",
            Miss::FirstUnnamed => "the first is not named",
            Miss::SecondUnnamed => "the second is not named",
        }
    }
}

/// Compares.
pub fn compare(served: &Served, found: &Result<Found, String>) -> Outcome {
    let Ok(found) = found else { return Outcome::Unmade };
    let sure: Vec<&Named> = found.causes.iter().filter(|c| c.sure).collect();
    let Some(expect) = &served.expect else {
        if served.kind == "menace" {
            // it means harm: surviving it with an answer is all that is asked
            return if found.exit == 2 { Outcome::Miss(Miss::NoAnswer) } else { Outcome::Hit };
        }
        let fault = sure.iter().any(|c| c.impact <= Impact::Partial);
        return match (found.health.as_str(), fault, found.exit) {
            ("works", false, 0) => Outcome::Hit,
            (_, true, _) => Outcome::Miss(Miss::FaultWhereNone),
            _ => Outcome::Miss(Miss::NotSaidToWork),
        };
    };
    let right = |c: &Named, labels: &[String]| c.labels.first().is_some_and(|l| labels.contains(l));
    if expect.impact > Impact::Partial {
        // worth a note, and no fault: it must be among what is said, and the site works
        let said = sure.iter().any(|c| right(c, &expect.labels));
        return match (said, found.exit) {
            (true, 0) => Outcome::Hit,
            (false, _) => Outcome::Miss(Miss::NotSaid),
            _ => Outcome::Miss(Miss::MoreThanANote),
        };
    }
    let leading = sure.first().copied();
    match leading {
        None if found.causes.first().is_some_and(|c| right(c, &expect.labels)) => Outcome::Miss(Miss::OnlyPossible),
        None => Outcome::Miss(Miss::NothingNamed),
        Some(c) if !right(c, &expect.labels) && !second_of_the_same_rung(served, c) => {
            Outcome::Miss(Miss::AnotherCause)
        }
        Some(_) if found.exit != 1 => Outcome::Miss(Miss::WrongExit),
        Some(_) => both(served, &sure),
    }
}

/// Of two faults on one rung either may be told first.
fn second_of_the_same_rung(served: &Served, c: &Named) -> bool {
    let pair = catalogue::pairs().find(|p| p.slug() == served.slug);
    let Some((a, b)) = pair.and_then(|p| Some((catalogue::find_fault(p.leads)?, catalogue::find_fault(p.follows)?)))
    else {
        return false;
    };
    a.layer == b.layer && b.expect.labels().any(|l| c.labels.first().is_some_and(|f| f == l))
}

/// Of two faults at once both must be named, where the second can be seen.
fn both(served: &Served, sure: &[&Named]) -> Outcome {
    let Some(pair) = catalogue::pairs().find(|p| p.slug() == served.slug && p.both_seen) else { return Outcome::Hit };
    let named = |slug: &str| {
        catalogue::find_fault(slug).is_none_or(|f| {
            f.expect.labels().any(|l| sure.iter().any(|c| c.labels.first().is_some_and(|first| first == l)))
        })
    };
    match (named(pair.leads), named(pair.follows)) {
        (true, true) => Outcome::Hit,
        (false, _) => Outcome::Miss(Miss::FirstUnnamed),
        _ => Outcome::Miss(Miss::SecondUnnamed),
    }
}

/// A line of the table.
pub(super) fn line(l: &Line, lang: Lang) -> String {
    let ko = lang == Lang::Ko;
    let expected = match &l.served.expect {
        Some(e) => e.labels.first().cloned().unwrap_or_default(),
        None if l.served.kind == "menace" => "-".to_owned(),
        None => if ko { "정상" } else { "works" }.to_owned(),
    };
    let name = format!("{}{}", l.served.slug, if l.served.twin { " ~" } else { "" });
    match &l.found {
        Err(why) => format!("??  {name:<46} {expected:<28} {}", escape(why)),
        Ok(f) => {
            let told = told(&l.served, f, lang);
            let (mark, why) = match &l.outcome {
                Outcome::Hit => ("ok", String::new()),
                Outcome::Miss(why) => ("XX", format!("  <- {}", why.words())),
                Outcome::Unmade => ("??", String::new()),
            };
            format!("{mark}  {name:<46} {expected:<28} {told:<36} {:>5.1} s {:>3}{why}", f.seconds, f.connections)
        }
    }
}

/// What is said first, in a few words: code and label of the sure cause that leads, or the health.
pub(crate) fn told(served: &Served, f: &Found, lang: Lang) -> String {
    match f.causes.iter().find(|c| c.sure) {
        Some(c) if f.health != "works" || served.expect.is_some() => format!(
            "{} {}{}",
            c.code.map(|c| format!("TD{c:04}")).unwrap_or_default(),
            c.labels.first().map_or("-", |l| l),
            if c.proven { "" } else { "?" }
        ),
        _ if lang == Lang::Ko && f.health == "works" => "정상".to_owned(),
        _ => f.health.clone(),
    }
}

/// The last line of a lab.
pub(super) fn sum(t: &Tally, took: Duration, lang: Lang) -> String {
    let secs = took.as_secs();
    match lang {
        Lang::En => {
            format!("{} named rightly, {} not, {} could not be made here, {secs} s", t.hits, t.misses, t.unmade)
        }
        Lang::Ko => format!("맞음 {}, 틀림 {}, 여기서 만들 수 없음 {}, {secs}초", t.hits, t.misses, t.unmade),
    }
}
