//! The *Cases* of every page run: each gives the diagnosis that it promises, whatever the order of the evidence, doubled
//! or at another time; taking a table away never acquits; every rule and every edge is needed by some case.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;

use common::{PageCase, all_cases, ask_word, by_code, told};
use std::collections::BTreeMap;
use tlsdiag_model::{Case, Code};
use tlsdiag_rules::{ALL, Derived, Outcome, Rule, Subjects, diagnose, examine, judge};

fn run(case: &Case, rules: &[&'static Rule]) -> (Vec<String>, Vec<String>) {
    told(&examine(case, &Derived::default(), rules))
}

#[test]
fn every_case_gives_the_diagnosis_that_its_page_promises() {
    let mut wrong = vec![];
    for c in all_cases() {
        let case = c.case();
        let d = examine(&case, &Derived::default(), ALL);
        let (causes, symptoms) = told(&d);
        let want = c.expected();
        if causes != want.causes || want.symptoms.as_ref().is_some_and(|s| *s != symptoms) {
            wrong.push(format!(
                "{}\n   expected {:?} {:?}\n   told     {causes:?} {symptoms:?}",
                c.where_(),
                want.causes,
                want.symptoms
            ));
        }
        let asks: Vec<String> = d.wanted.iter().map(|w| ask_word(&w.ask)).collect();
        for a in want.asks.iter().filter(|a| !asks.contains(a)) {
            wrong.push(format!("{}\n   should ask for {a:?}, asks for {asks:?}", c.where_()));
        }
        let found = told_codes(&d);
        if c.near_miss == found.contains(&c.code) {
            wrong.push(format!(
                "{}\n   {} {}",
                c.where_(),
                c.code,
                if c.near_miss { "fires" } else { "does not fire" }
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases:\n{}", wrong.len(), wrong.join("\n"));
}

fn told_codes(d: &tlsdiag_rules::Diagnosis) -> Vec<Code> {
    let sure = d.causes.iter().filter(|c| c.standing < tlsdiag_model::Standing::Possible);
    sure.chain(&d.symptoms).filter_map(|c| c.code).collect()
}

#[test]
fn every_rule_has_a_case_that_fires_and_a_near_miss() {
    let mut seen: BTreeMap<Code, [bool; 2]> = BTreeMap::new();
    for c in all_cases() {
        if let Some(s) = seen.entry(c.code).or_default().get_mut(usize::from(c.near_miss)) {
            *s = true;
        }
    }
    let lacking: Vec<Code> = by_code().into_keys().filter(|c| seen.get(c) != Some(&[true, true])).collect();
    assert!(lacking.is_empty(), "rules without both kinds of case: {lacking:?}");
}

#[test]
fn the_order_of_the_evidence_a_second_source_and_the_hour_do_not_matter() {
    for c in all_cases() {
        let case = c.case();
        let want = run(&case, ALL);
        assert_eq!(run(&case.reversed(), ALL), want, "reversed: {}", c.where_());
        assert_eq!(run(&case.doubled(), ALL), want, "doubled: {}", c.where_());
        let mut later = case.clone();
        later.shift(3_600_000);
        assert_eq!(run(&later, ALL), want, "an hour later: {}", c.where_());
    }
}

#[test]
fn taking_a_table_away_never_acquits() {
    let mut wrong = vec![];
    for c in all_cases().into_iter().filter(|c| !c.near_miss) {
        let case = c.case();
        let derived = Derived::default();
        let subjects = Subjects::of(&case);
        let rule = by_code()[&c.code];
        for v in judge(&case, &subjects, &derived, &[rule]).iter().filter(|v| !v.findings().is_empty()) {
            for kind in &v.reads {
                let less = case.without(*kind);
                for again in judge(&less, &Subjects::of(&less), &derived, &[rule]) {
                    let acquitted = again.subject == v.subject && again.judged == Ok(Outcome::Pass);
                    if acquitted {
                        wrong.push(format!("{}: without {} {} passes", c.where_(), kind.slug(), c.code));
                    }
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} acquitted:\n{}", wrong.len(), wrong.join("\n"));
}

/// Leaves each rule, and each edge, out once: some case must come out otherwise.
#[test]
fn every_rule_and_every_edge_is_needed() {
    let cases: Vec<(PageCase, Case)> = all_cases()
        .into_iter()
        .map(|c| {
            let case = c.case();
            (c, case)
        })
        .collect();
    let derived = Derived::default();
    let whole: Vec<_> = cases.iter().map(|(_, case)| whole_answer(case, &derived, ALL)).collect();
    let mut idle = vec![];
    for rule in ALL {
        let without: Vec<&'static Rule> = ALL.iter().copied().filter(|r| r.code != rule.code).collect();
        let changes = cases.iter().zip(&whole).any(|((_, case), w)| whole_answer(case, &derived, &without) != *w);
        if !changes {
            idle.push(format!("{} {}", rule.code, rule.slug));
        }
        for (i, edge) in rule.explains.iter().enumerate() {
            let needed = cases.iter().zip(&whole).any(|((_, case), w)| {
                let subjects = Subjects::of(case);
                let mut verdicts = judge(case, &subjects, &derived, ALL);
                if !verdicts.iter().any(|v| v.rule.code == rule.code && (v.judged.is_err() || !v.findings().is_empty()))
                {
                    return false;
                }
                let cut = leak_without_edge(rule, i);
                for v in verdicts.iter_mut().filter(|v| v.rule.code == rule.code) {
                    v.rule = cut;
                }
                answer(&diagnose(case, &subjects, &derived, &verdicts)) != *w
            });
            if !needed {
                idle.push(format!("{} {} -> {}", rule.code, rule.slug, edge.symptom));
            }
        }
    }
    assert!(idle.is_empty(), "no case needs: {idle:#?}");
}

/// A copy of a rule without one of its edges; leaked, as rules are static.
fn leak_without_edge(rule: &'static Rule, at: usize) -> &'static Rule {
    let edges: Vec<tlsdiag_rules::Edge> = rule
        .explains
        .iter()
        .enumerate()
        .filter(|(i, _)| *i != at)
        .map(|(_, e)| tlsdiag_rules::Edge { symptom: e.symptom, fits: e.fits })
        .collect();
    Box::leak(Box::new(Rule { explains: Box::leak(edges.into_boxed_slice()), ..*rule }))
}

type Answer = (Vec<String>, Vec<String>, Vec<String>, Vec<String>);

fn whole_answer(case: &Case, derived: &Derived, rules: &[&'static Rule]) -> Answer {
    answer(&examine(case, derived, rules))
}

/// Everything that a person would see change: causes with candidates, symptoms, asks, health.
fn answer(d: &tlsdiag_rules::Diagnosis) -> Answer {
    let all =
        d.causes.iter().map(|c| format!("{:?} {:?} {:?} {:?}", c.code, c.labels, c.standing, c.explains)).collect();
    let asks = d.wanted.iter().map(|w| ask_word(&w.ask)).collect();
    let health = d
        .targets
        .iter()
        .map(|t| format!("{:?} {:?}", t.health, t.ladder.iter().map(|r| (r.state, r.code)).collect::<Vec<_>>()))
        .collect();
    (all, told(d).1, asks, health)
}
