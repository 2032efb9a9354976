//! Which rule explains which: every target exists, and nothing explains itself by a detour.
use super::Violation;
use crate::codes::shown;
use crate::rule_source::RuleSource;
use std::collections::BTreeMap;

/// Targets that do not exist, and circles.
pub(crate) fn check(rules: &[RuleSource]) -> Vec<Violation> {
    let by_code: BTreeMap<u16, &RuleSource> = rules.iter().map(|r| (r.code, r)).collect();
    let mut wrong = vec![];
    for rule in rules {
        for (target, line) in &rule.explains {
            if !by_code.contains_key(target) {
                wrong.push(Violation::at(&rule.file, *line, format!("explains {}, which no rule has", shown(*target))));
            }
        }
        if let Some(circle) = circle(rule.code, &by_code) {
            // reported once, at the lowest code of the circle
            if circle.iter().min() == Some(&rule.code) {
                let way: Vec<String> = circle.iter().chain([&rule.code]).map(|c| shown(*c)).collect();
                wrong.push(Violation::at(&rule.file, rule.line, format!("explains itself: {}", way.join(" → "))));
            }
        }
    }
    wrong
}

/// A way from a code back to itself.
fn circle(start: u16, rules: &BTreeMap<u16, &RuleSource>) -> Option<Vec<u16>> {
    let mut before: BTreeMap<u16, u16> = BTreeMap::new();
    let mut open = vec![start];
    while let Some(code) = open.pop() {
        for (next, _) in rules.get(&code).map_or(&[][..], |r| &r.explains) {
            if *next == start {
                let mut way = vec![code];
                let mut at = code;
                while let Some(p) = before.get(&at).filter(|_| at != start) {
                    way.push(*p);
                    at = *p;
                }
                way.reverse();
                return Some(way);
            }
            if !before.contains_key(next) {
                before.insert(*next, code);
                open.push(*next);
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tree::Tree;

    fn reasons(edges: &[(u16, &str)]) -> Vec<String> {
        let texts: Vec<(String, String)> = edges
            .iter()
            .map(|(code, list)| {
                let rule = format!(
                    "pub static RULE: Rule = Rule {{ code: Code({code}), slug: \"a\", title: Tpl {{ en: \"a\", ko: \"가\" }}, \
                     causes: &[], explains: &[{list}], sources: &[], page: page!(\"a\") }};"
                );
                (format!("crates/tlsdiag-rules/src/s5_handshake/r{code}.rs"), rule)
            })
            .collect();
        let files: Vec<(&str, &str)> = texts.iter().map(|(p, t)| (p.as_str(), t.as_str())).collect();
        let (rules, wrong) = crate::rule_source::read(&Tree::from_texts(&files));
        assert!(wrong.is_empty(), "{wrong:?}");
        check(&rules).into_iter().map(|v| v.reason).collect()
    }

    #[test]
    fn a_target_must_exist() {
        assert_eq!(reasons(&[(5001, "explains(5009)")]), ["explains TD5009, which no rule has"]);
        assert!(reasons(&[(5001, "explains(5002)"), (5002, "")]).is_empty());
    }

    #[test]
    fn a_circle_is_named_once_with_its_way() {
        let edges = [(5001, "explains(5002)"), (5002, "Edge { symptom: Code(5003), fits }"), (5003, "explains(5001)")];
        assert_eq!(reasons(&edges), ["explains itself: TD5001 → TD5002 → TD5003 → TD5001"]);
        assert_eq!(reasons(&[(5004, "explains(5004)")]), ["explains itself: TD5004 → TD5004"]);
    }
}
