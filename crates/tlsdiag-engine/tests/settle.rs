//! The loop, with a source of the test's own: what it grants, in which order, and when it stops.
use std::{cell::Cell, net::IpAddr, time::Duration};
use tlsdiag_engine::{Limits, settle};
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_rules::{Judged, Look, Outcome, Over as Subjects, Page, Rule, explains};

const ADDR: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

static RESET: Rule = Rule { check: reset, ..bare(5001, "reset") };
static SILENT: Rule = Rule { check: silent, ..bare(5007, "silent") };
static LONG: Rule = Rule {
    causes: &[Cause::HsLargeClientHello],
    explains: &[explains(5001), explains(5007)],
    check: long,
    ..bare(6901, "long-hello")
};
static BINDING: Rule = Rule {
    causes: &[Cause::BindHttpsysMissing],
    explains: &[explains(5001)],
    check: |look| look.whole::<Binding>().map(|_| Outcome::Pass),
    ..bare(4901, "binding")
};
static RULES: &[&Rule] = &[&RESET, &SILENT, &LONG, &BINDING];

const fn bare(code: u16, slug: &'static str) -> Rule {
    Rule {
        code: Code(code),
        slug,
        title: Tpl { en: slug, ko: slug },
        layer: Layer::Negotiate,
        over: Subjects::Endpoints,
        causes: &[],
        explains: &[],
        routine: false,
        check: |_| Ok(Outcome::NotApplicable),
        sources: &["a test"],
        page: Page { en: "", ko: "" },
    }
}

fn reset(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if base.end != End::Reset {
        return Ok(Outcome::Pass);
    }
    Ok(look.ends(Impact::Broken, &base, say!("reset", "재설정"))?.into())
}

fn silent(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if !matches!(base.end, End::Pending { .. } | End::Silent { .. }) {
        return Ok(Outcome::Pass);
    }
    Ok(look.behaves(Impact::Broken, &base, say!("silent", "응답 없음")).into())
}

fn long(look: &Look<'_>) -> Judged {
    let base = look.base()?;
    if base.done() {
        return Ok(Outcome::Pass);
    }
    let short = look.trial(Vary::Classic)?;
    if !short.done() {
        return Ok(Outcome::NotApplicable);
    }
    let found = look.concludes(Impact::Broken, &base, &[short], say!("long", "긴"))?;
    Ok(found.map_or(Outcome::NotApplicable, Outcome::from))
}

/// A server that bears hellos up to a length, and ends longer ones in one way; it keeps book.
struct Wire {
    end: End,
    budget: u32,
    opened: u32,
    batches: Vec<usize>,
    waits: u32,
    /// The control ends otherwise than the first hello did.
    fickle: bool,
    now: Time,
}

impl Wire {
    fn new(end: End) -> Wire {
        Wire { end, budget: 38, opened: 0, batches: vec![], waits: 0, fickle: false, now: 1000 }
    }
    fn row(&mut self, trial: Trial) -> Row<Handshake> {
        self.now += 10;
        let works = matches!(trial, Trial::Vary(Vary::Classic))
            || self.end == End::Done
            || (self.fickle && trial == Trial::Again);
        let end = if works { End::Done } else { self.end.clone() };
        let h = Handshake {
            from: Host::HERE,
            addr: ADDR,
            port: 443,
            name: None,
            trial,
            offer: Offer::default(),
            stage: if works { Stage::Flight } else { Stage::Nothing },
            end,
            delivered: Sight::Hidden,
            answered: Sight::NotReached,
            chain: Sight::NotReached,
            unreadable: vec![],
            staple: Sight::NotReached,
            proof: Sight::NotReached,
            request: Sight::NotReached,
            after: Sight::NotReached,
        };
        Row::once(h, Host(1), How::Watched, self.now, Origin::Api("test".into()))
    }
    fn case(&mut self) -> Case {
        let mut c = Case::here("here");
        c.host("10.0.0.1", Vantage::Outside);
        let base = self.row(Trial::Base);
        c.add(base);
        c
    }
}

impl Source for Wire {
    fn offers(&self, ask: &Ask) -> Option<Grant> {
        let free = self.budget > self.opened;
        match ask {
            Ask::Trial { .. } => free.then_some(Grant { connections: 1, weight: 10 }),
            Ask::Again { .. } => free.then_some(Grant { connections: 1, weight: 5 }),
            Ask::Wait(_) => Some(Grant { connections: 0, weight: 1000 }),
            _ => None,
        }
    }
    fn answer(&mut self, asks: &[Ask], sink: &Sink) {
        self.batches.push(asks.len());
        for ask in asks {
            match ask {
                Ask::Trial { vary, .. } => {
                    self.opened += 1;
                    let row = self.row(Trial::Vary(vary.clone()));
                    sink.add(row);
                }
                Ask::Again { .. } => {
                    self.opened += 1;
                    let row = self.row(Trial::Again);
                    sink.add(row);
                }
                Ask::Wait(_) => {
                    self.waits += 1;
                    sink.with(|c| {
                        for h in &mut c.handshakes {
                            if h.what.pending() {
                                h.what.end = End::Silent { after_ms: 10_000 };
                            }
                        }
                    });
                }
                _ => {}
            }
        }
    }
}

fn run(wire: &mut Wire, limits: &Limits, elapsed: &dyn Fn() -> Duration) -> (tlsdiag_rules::Diagnosis, u32) {
    let sink = Sink::new(wire.case());
    let settled = settle(&sink, RULES, &mut [wire], limits, elapsed, &mut |_| ());
    (settled.diagnosis, settled.rounds)
}

fn at_once() -> Duration {
    Duration::ZERO
}

#[test]
fn experiments_are_asks_that_were_granted() {
    let mut w = Wire::new(End::Reset);
    let (d, _) = run(&mut w, &Limits::default(), &at_once);
    assert_eq!((d.causes[0].labels[0], d.causes[0].standing), (Cause::HsLargeClientHello, Standing::Proven));
    assert_eq!(w.opened, 2, "the short hello and the control; nothing more than was needed");
}

#[test]
fn a_healthy_server_is_not_experimented_with() {
    let mut w = Wire::new(End::Done);
    let (d, rounds) = run(&mut w, &Limits::default(), &at_once);
    assert!(d.causes.is_empty() && d.wanted.is_empty());
    assert_eq!((w.opened, rounds), (0, 1));
}

#[test]
fn without_a_source_the_same_ask_goes_to_the_person() {
    let mut w = Wire::new(End::Reset);
    let sink = Sink::new(w.case());
    let settled = settle(&sink, RULES, &mut [], &Limits::default(), &at_once, &mut |_| ());
    assert!(settled.diagnosis.ask_for.iter().any(|a| matches!(a.ask, Ask::Trial { vary: Vary::Classic, .. })));
    assert!(
        settled
            .diagnosis
            .causes
            .iter()
            .any(|c| c.labels == [Cause::HsLargeClientHello] && c.standing == Standing::Possible)
    );
    assert!(
        settled.diagnosis.ask_for.iter().any(|a| a.decides == [Cause::BindHttpsysMissing]),
        "with the table that no source has"
    );
}

#[test]
fn the_budget_ends_it_and_leaves_the_candidate_possible() {
    let mut w = Wire { budget: 1, ..Wire::new(End::Reset) };
    let (d, _) = run(&mut w, &Limits::default(), &at_once);
    assert_eq!(w.opened, 1);
    assert!(d.causes.iter().any(|c| c.labels == [Cause::HsLargeClientHello] && c.standing == Standing::Possible));
}

#[test]
fn a_control_that_ends_otherwise_proves_nothing() {
    let mut w = Wire { fickle: true, ..Wire::new(End::Reset) };
    let (d, _) = run(&mut w, &Limits::default(), &at_once);
    assert!(d.causes.iter().all(|c| c.labels != [Cause::HsLargeClientHello] || c.standing == Standing::Possible));
}

#[test]
fn silence_is_waited_for_once_and_last() {
    let mut w = Wire::new(End::Pending { after_ms: 600 });
    let (d, _) = run(&mut w, &Limits::default(), &at_once);
    assert_eq!((d.causes[0].labels[0], d.causes[0].standing), (Cause::HsLargeClientHello, Standing::Proven));
    assert_eq!(w.waits, 1);
    assert_eq!(w.batches.last(), Some(&1), "the last thing that was done is the waiting");
}

#[test]
fn after_its_time_nothing_new_is_opened() {
    let mut w = Wire::new(End::Pending { after_ms: 600 });
    let (_, _) = run(
        &mut w,
        &Limits { asking_in_silence: Duration::ZERO, asking: Duration::ZERO, ..Limits::default() },
        &at_once,
    );
    assert_eq!((w.opened, w.waits), (0, 1), "only what costs no connection: waiting");
}

#[test]
fn a_stop_ends_it_with_what_is_known() {
    let mut w = Wire::new(End::Reset);
    let sink = Sink::new(w.case());
    let rounds = Cell::new(0);
    let stop = sink.clone();
    let settled = settle(&sink, RULES, &mut [&mut w], &Limits::default(), &at_once, &mut |_| {
        rounds.set(rounds.get() + 1);
        stop.stop();
    });
    assert_eq!(rounds.get(), 1);
    assert!(!settled.diagnosis.symptoms.is_empty());
}
