//! What other programs read: `tlsdiag/1`, one shape whatever the command, as `docs/schema/v1.json` describes it.
mod build;
mod file;
mod time;
pub mod v1;
mod value;
mod windows;

use crate::Report;
use crate::evidence::piece;
use tlsdiag_model::{Cause, Code, FactRef, Say, Time, Tpl, escape};

/// The whole diagnosis as one object, indented, with a line feed at its end.
pub fn document(report: &Report<'_>) -> String {
    let mut out = written(&build::whole(report), true);
    out.push('\n');
    out
}

/// One object per target, one line each: each holds its own causes and the facts that those cite. `exit` is that of the
/// whole run. Without targets: one line with everything.
pub fn lines(report: &Report<'_>) -> String {
    let mut out = String::new();
    if report.diagnosis.targets.is_empty() {
        out.push_str(&written(&build::whole(report), false));
        out.push('\n');
    }
    for t in &report.diagnosis.targets {
        out.push_str(&written(&build::target(report, t), false));
        out.push('\n');
    }
    out
}

/// The document as values, for callers that put it into another one.
pub fn value(report: &Report<'_>) -> v1::Document {
    build::whole(report)
}

/// One meaning of what `tlsdiag explain` was asked.
#[derive(Clone, Debug)]
pub struct Explained<'a> {
    /// The rule; `None` for an entry of the dictionary.
    pub code: Option<Code>,
    /// The rule's or the entry's name.
    pub slug: &'a str,
    /// The fault in one line.
    pub title: Say,
    /// The causes that it points to, best first.
    pub labels: &'a [Cause],
    /// Its page in both languages (Markdown), where it has one.
    pub page: Option<Tpl>,
}

/// The same shape for `tlsdiag explain`: each meaning is an entry of `causes`, the most likely first, as `possible`.
pub fn explain(all: &[Explained<'_>], tool: &str, taken: Time, exit: u8) -> String {
    let mut out = written(&build::explained(all, tool, taken, exit), true);
    out.push('\n');
    out
}

/// A fact on one line, as it stands in `facts`.
pub(crate) fn fact(report: &Report<'_>, at: FactRef) -> String {
    piece(report, at).map(|p| written(&build::fact(report, p), false)).unwrap_or_default()
}

/// The name of a piece of evidence: kind and position.
pub(crate) fn reference(at: FactRef) -> String {
    match at {
        FactRef::Row(kind, i) => format!("{}/{i}", kind.slug()),
        FactRef::Survey(i) => format!("surveys/{i}"),
    }
}

/// Serialises; control, bidi and invisible characters stand as `\u` escapes, so that a terminal shows JSON safely and a
/// reader still gets the text whole.
fn written(value: &impl serde::Serialize, pretty: bool) -> String {
    let text = if pretty { serde_json::to_string_pretty(value) } else { serde_json::to_string(value) };
    // only a map with keys that are no strings, or a failing Serialize, could fail: v1 has neither
    let text = text.unwrap_or_else(|e| serde_json::json!({ "schema": v1::SCHEMA, "error": e.to_string() }).to_string());
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        // serde_json escapes what is below a space itself
        let plain = c.is_ascii() && c != '\u{7f}';
        let hidden = !plain && escape(c.encode_utf8(&mut [0; 4])).len() != c.len_utf8();
        if hidden {
            for unit in c.encode_utf16(&mut [0; 2]) {
                out.push_str(&format!("\\u{unit:04x}"));
            }
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod tests {
    #[test]
    fn hidden_characters_are_escaped_and_come_back() {
        let s = "a\u{7f}\u{1b}[2J\u{9b}\u{202e}\u{200b}\u{e0001}한√\n\"";
        let out = super::written(&s, false);
        assert!(out.chars().all(|c| !c.is_control()), "{out}");
        assert!(!out.contains('\u{202e}') && !out.contains('\u{9b}') && out.contains("\\udb40\\udc01"));
        assert_eq!(serde_json::from_str::<String>(&out).unwrap(), s);
    }
}
