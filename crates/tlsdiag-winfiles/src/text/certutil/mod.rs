//! certutil: stores, single certificates and PFX files, key containers, chain verdicts, and what its commands answered.
//!
//! Nothing is told by words of a language: separators, `(sha1)`, ` = `, names of properties, bits and codes are the same in
//! all of them, and so is the order of the fields.

mod block;
mod chain;
mod command;
mod date;
mod key_list;
#[cfg(any(test, feature = "make"))]
pub mod make;
mod shapes;

pub use block::{Certificate, Key, KeyInfo};
pub use chain::{Chain, Element};
pub use command::{Command, PasteFault};
pub use date::{LocalTime, Stamp};
pub use key_list::Container;
pub use shapes::{Code, Hash};

use std::ops::Range;

use self::date::Order;
use super::lines::{Line, Text};

/// Certificates kept of one text.
pub const MAX_CERTIFICATES: usize = 50_000;
/// Characters kept of one PEM block.
const MAX_PEM: usize = 256 << 10;
/// PEM blocks kept.
const MAX_PEMS: usize = 1000;

/// What a text of certutil says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certutil {
    /// One for each time it was called, in order.
    pub runs: Vec<Run>,
    /// Certificates and requests as PEM between the lines.
    pub pem: Vec<Pem>,
    /// Lines where a private key stands in the text; it was not read.
    pub private_keys: Vec<u32>,
    /// Certificates beyond [`MAX_CERTIFICATES`].
    pub over_cap: u32,
}

/// One call.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Run {
    /// The command, where the text has it.
    pub command: Option<Command>,
    /// The store, from the heading, or else from the command.
    pub store: Option<Store>,
    /// In order.
    pub certificates: Vec<Certificate>,
    /// Containers that `-key` lists.
    pub containers: Vec<Container>,
    /// Revocation lists and trust lists in the store.
    pub lists: u32,
    /// What the program said at the end; nothing if the text was cut off before.
    pub outcome: Option<Outcome>,
    /// Nesting levels stand in it, as in what `-dump` shows of a PFX file: its certificates lie in no store.
    pub nested: bool,
    /// Lines that were understood: first, and the one after the last.
    pub lines: Vec<Range<u32>>,
}

impl Run {
    /// Whether the whole store was listed: from its first certificate to the word of success, none asked for by name.
    #[must_use]
    pub fn is_whole_store(&self) -> bool {
        let ended = self
            .outcome
            .as_ref()
            .is_some_and(|end| end.code.is_none() && matches!(end.verb.as_str(), "store" | "verifystore"));
        let numbers = self.certificates.iter().map(|certificate| certificate.number);
        let counted = self.lists > 0 || numbers.eq((0..).map(Some).take(self.certificates.len()));
        let asked = match &self.command {
            Some(command) => command.arguments.len() <= 1,
            // One certificate alone could have been asked for.
            None => self.certificates.len() != 1,
        };
        ended && counted && asked && self.store.is_some()
    }
}

/// A store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    /// Its name, such as `My`.
    pub name: String,
    /// The name that people see, in the machine's language.
    pub display: Option<String>,
    /// `-user` was asked for; nothing if the command is not in the text.
    pub user: Option<bool>,
    /// Line of the heading or of the command.
    pub line: u32,
}

/// `CertUtil: -store …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The verb.
    pub verb: String,
    /// The code; nothing if it succeeded.
    pub code: Option<Code>,
    /// Its line.
    pub line: u32,
}

/// A PEM block.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pem {
    /// `CERTIFICATE`, …
    pub label: String,
    /// With its BEGIN and END lines.
    pub text: String,
    /// Line of BEGIN.
    pub line: u32,
    /// END was there.
    pub complete: bool,
}

/// Shapes that reports of other programs share.
pub(in super::super) mod shape {
    pub(in super::super::super) use super::date::find as find_date;
    pub(in super::super::super) use super::shapes::{code, is_name, is_solid_hex, oids_in};
}

/// A date in the format of a region, where only one reading is possible.
pub(in super::super) fn local_time(raw: &str) -> Option<LocalTime> {
    date::read(raw, None)
}

/// Whether a text is of certutil.
#[must_use]
pub fn recognise(text: &Text<'_>) -> bool {
    text.filled().any(|line| {
        let trimmed = line.trimmed();
        outcome(&line).is_some()
            || command::read(&line).is_some_and(|command| !command.verb.is_empty())
            || shapes::algorithm_label(trimmed, "sha1").is_some_and(|(label, value)| {
                // Where the digits are masked, the brackets alone would be too little.
                !label.is_empty() && value.chars().filter(char::is_ascii_hexdigit).count() >= 20
            })
            || trimmed.starts_with("CERT_KEY_PROV_INFO_PROP_ID")
            || trimmed.starts_with("CERT_SHA1_HASH_PROP_ID")
            || trimmed.starts_with("ChainContext.dw")
            || trimmed.starts_with("CertContext[0][0]")
    })
}

/// Reads a text. Whatever is no output of certutil gives no runs.
#[must_use]
pub fn read(text: &Text<'_>) -> Certutil {
    let mut out = Certutil::default();
    let lines = without_pem(&text.lines, &mut out);
    let order = order_of(&lines);
    let mut run = Run::default();
    let mut pending: Vec<Line<'_>> = Vec::new();
    for line in lines.iter().flat_map(|line| pieces(*line)) {
        let typed = command::read(&line).filter(|command| !command.verb.is_empty());
        if typed.is_some() || line.command().is_some() {
            finish(&mut run, &mut pending, order, &mut out);
            run.command = typed;
        } else if let Some(end) = outcome(&line) {
            run.outcome = Some(end);
            finish(&mut run, &mut pending, order, &mut out);
        } else if line.trimmed().starts_with("CertUtil: ") && pending.is_empty() {
            // The message of the code above.
            if let Some(last) = out.runs.last_mut() {
                claim(&mut last.lines, line.number, line.number);
            }
        } else {
            pending.push(line);
        }
    }
    finish(&mut run, &mut pending, order, &mut out);
    settle_lone_names(&mut out);
    out
}

/// `CertUtil: -store …`: the program's name and the verb are never translated.
fn outcome(line: &Line<'_>) -> Option<Outcome> {
    let rest = line.trimmed().strip_prefix("CertUtil:")?.trim_start();
    let verb = rest.strip_prefix('-')?;
    // In some languages a suffix follows at once: `-store-Befehl`, `-store 명령`.
    let end = verb.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(verb.len());
    let verb = verb.get(..end)?.to_ascii_lowercase();
    (!verb.is_empty()).then(|| Outcome { verb, code: shapes::code(rest, line.number), line: line.number })
}

fn finish(run: &mut Run, pending: &mut Vec<Line<'_>>, order: Option<Order>, out: &mut Certutil) {
    let mut done = std::mem::take(run);
    let lines = std::mem::take(pending);
    fill(&mut done, &lines, order, &mut out.over_cap);
    let says = done.command.is_some()
        || done.outcome.is_some()
        || !done.certificates.is_empty()
        || !done.containers.is_empty()
        || done.lists > 0;
    if says {
        if let Some(command) = &done.command {
            claim(&mut done.lines, command.line, command.line);
        }
        if let Some(end) = &done.outcome {
            claim(&mut done.lines, end.line, end.line);
        }
        out.runs.push(done);
    }
}

fn claim(lines: &mut Vec<Range<u32>>, first: u32, last: u32) {
    lines.push(first..last.saturating_add(1));
}

fn fill(run: &mut Run, lines: &[Line<'_>], order: Option<Order>, over_cap: &mut u32) {
    let first = lines.iter().position(|line| separator(line.trimmed()).is_some());
    let (head, rest) = lines.split_at_checked(first.unwrap_or(lines.len())).unwrap_or((lines, &[]));
    run.store = store(head, run.command.as_ref());
    if let Some(store) = &run.store {
        claim(&mut run.lines, store.line, store.line);
    }
    let listed = run.command.as_ref().map(|command| command.verb.as_str()) == Some("key")
        || run.outcome.as_ref().map(|outcome| outcome.verb.as_str()) == Some("key");
    if listed {
        run.containers = key_list::read(lines);
        if let (Some(first), Some(last)) = (run.containers.first(), run.containers.last()) {
            claim(&mut run.lines, first.line.saturating_sub(1), last.line.saturating_add(2));
        }
        return;
    }
    let head_is_heading = first.is_some()
        && head.len() < 12
        && !head.iter().any(|line| shapes::algorithm_label(line.trimmed(), "sha1").is_some());
    if !head_is_heading {
        let first = head.iter().position(|line| is_own(line)).unwrap_or(head.len());
        // Between a command and its end nothing else was printed; without the command, two sentences stand above the hash.
        let from = if run.command.is_some() { 0 } else { first.saturating_sub(2) };
        if let (Some(first), Some(last), true) =
            (head.get(from), head.last(), run.outcome.is_some() && first < head.len())
        {
            claim(&mut run.lines, first.number, last.number);
        }
        let ended = run.outcome.is_some();
        push(run, head.get(first..).unwrap_or_default(), None, order, ended, over_cap);
    }
    let mut start: Option<(usize, Option<u32>)> = None;
    for (at, line) in rest.iter().enumerate() {
        let Some(mark) = separator(line.trimmed()) else { continue };
        claim(&mut run.lines, line.number, line.number);
        let between = start.map(|(from, _)| rest.get(from..at).unwrap_or_default());
        match (mark, between) {
            // A nesting level opens right after the certificate's separator and belongs to it.
            (Separator::Block(_), Some(lines)) if lines.iter().all(|line| line.text.is_empty()) => {
                run.nested = true;
                start = start.map(|(_, number)| (at.saturating_add(1), number));
            }
            (Separator::Block(number), between) => {
                if let (Some(lines), Some((_, before))) = (between, start) {
                    push(run, lines, before, order, true, over_cap);
                }
                start = Some((at.saturating_add(1), number));
            }
            (Separator::Nested, _) => {}
        }
    }
    if let Some((from, number)) = start {
        let ended = run.outcome.is_some();
        push(run, rest.get(from..).unwrap_or_default(), number, order, ended, over_cap);
    }
}

/// A line that no other tool prints, or fields of a certificate, so that text before it is not taken for certutil's.
fn is_own(line: &Line<'_>) -> bool {
    let text = line.trimmed();
    shapes::algorithm_label(text, "sha1").is_some()
        || chain::begins(text)
        || block::property(text).is_some()
        || shapes::unique_container(text).is_some()
        || text.contains("KeySpec")
        || line.splits().any(|(label, value)| !label.is_empty() && shapes::is_name(value))
}

fn push(run: &mut Run, lines: &[Line<'_>], number: Option<u32>, order: Option<Order>, ended: bool, over_cap: &mut u32) {
    let lines: Vec<Line<'_>> = lines.iter().copied().filter(|line| separator(line.trimmed()).is_none()).collect();
    if let Some(certificate) = block::read(&lines, number, order, ended) {
        claim(&mut run.lines, certificate.line.saturating_sub(u32::from(number.is_some())), certificate.last_line);
        if is_list(&certificate) {
            run.lists = run.lists.saturating_add(1);
        } else if run.certificates.len() < MAX_CERTIFICATES {
            run.certificates.push(certificate);
        } else {
            *over_cap = over_cap.saturating_add(1);
        }
    }
}

/// A revocation list has dates and one name, and no serial number.
fn is_list(certificate: &Certificate) -> bool {
    certificate.serial.is_none()
        && certificate.subject.is_none()
        && certificate.issuer.is_some()
        && certificate.not_before.is_some()
        && certificate.key.info().is_none()
        && certificate.chain.is_none()
}

enum Separator {
    /// `==== Certificate 3 ====`.
    Block(Option<u32>),
    /// `---- End Nesting Level 1 ----`.
    Nested,
}

fn separator(text: &str) -> Option<Separator> {
    for (sign, nested) in [('=', false), ('-', true)] {
        let inner = text.trim_start_matches(sign);
        let word = inner.trim_end_matches(sign);
        let (before, after) = (text.len().saturating_sub(inner.len()), inner.len().saturating_sub(word.len()));
        if before >= 4 && after >= 4 && word.chars().any(char::is_alphanumeric) {
            let digits = word.split(|c: char| !c.is_ascii_digit()).rfind(|part| !part.is_empty());
            // Headings within a chain, such as those of its addresses, have no number.
            return match (nested, digits) {
                (true, None) => None,
                (true, Some(_)) => Some(Separator::Nested),
                (false, digits) => Some(Separator::Block(digits.and_then(|digits| digits.parse().ok()))),
            };
        }
    }
    None
}

/// `My "Personal"`, or a word alone, or else what the command says.
fn store(head: &[Line<'_>], command: Option<&Command>) -> Option<Store> {
    let user = command.map(|command| command.options.iter().any(|option| option == "user"));
    let named = head.iter().rev().find_map(|line| {
        let text = line.trimmed();
        let (name, rest) = text.split_once(' ')?;
        let display = rest.trim().strip_prefix('"')?.strip_suffix('"')?;
        let plain = !name.is_empty() && !name.contains([':', '=', '"']);
        plain.then(|| Store {
            name: name.to_owned(),
            display: Some(display.chars().take(200).collect()),
            user,
            line: line.number,
        })
    });
    let alone = || {
        let line = head.iter().rfind(|line| !line.text.is_empty())?;
        let text = line.trimmed();
        let plain = line.indent() == 0
            && text.len() < 100
            && text.starts_with(|c: char| c.is_ascii_alphabetic())
            && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'\\' | b'.'));
        plain.then(|| Store { name: text.to_owned(), display: None, user, line: line.number })
    };
    let asked = || {
        let command = command
            .filter(|command| matches!(command.verb.as_str(), "store" | "verifystore" | "repairstore" | "viewstore"))?;
        let name = command.arguments.first().cloned().unwrap_or_else(|| "CA".to_owned());
        Some(Store { name, display: None, user, line: command.line })
    };
    named.or_else(asked).or_else(alone)
}

/// The order of day and month that any date of the text proves; nothing if dates disagree.
fn order_of(lines: &[Line<'_>]) -> Option<Order> {
    let mut found = None;
    for order in lines.iter().filter_map(|line| date::order(line.text)) {
        if found.is_some_and(|before| before != order) {
            return None;
        }
        found = Some(order);
    }
    found
}

/// A text whose line ends were lost has its separators in the middle of lines.
fn pieces(line: Line<'_>) -> Vec<Line<'_>> {
    const RULE: &str = "================";
    let text = line.text;
    let inner = text.trim_matches('=');
    if !inner.contains(RULE) || text.len() > super::lines::MAX_LINE {
        return vec![line];
    }
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(at) = rest.find(RULE) {
        let (before, from) = rest.split_at(at);
        if !before.is_empty() {
            out.push(Line { number: line.number, text: before });
        }
        let body = from.trim_start_matches('=');
        let Some(close) = body.find(RULE) else {
            rest = from;
            break;
        };
        let after = body.get(close..).unwrap_or_default().trim_start_matches('=');
        let Some(end) = from.len().checked_sub(after.len()) else { break };
        out.push(Line { number: line.number, text: from.get(..end).unwrap_or_default() });
        rest = after;
    }
    if !rest.is_empty() {
        out.push(Line { number: line.number, text: rest });
    }
    out
}

/// A name that stands alone takes the meaning that its label has in other blocks of the text.
fn settle_lone_names(out: &mut Certutil) {
    let mut labels: [Option<String>; 2] = [None, None];
    for certificate in out.runs.iter().flat_map(|run| &run.certificates) {
        if let [Some(first), Some(second)] = &certificate.labels
            && first != second
        {
            labels = [Some(first.clone()), Some(second.clone())];
            break;
        }
    }
    for certificate in out.runs.iter_mut().flat_map(|run| &mut run.certificates) {
        if certificate.lone_name.is_none() {
            continue;
        }
        let own = certificate.labels.iter().flatten().next();
        let [first, second] = &labels;
        if own.is_some() && own == first.as_ref() {
            certificate.issuer = certificate.lone_name.take();
        } else if own.is_some() && own == second.as_ref() {
            certificate.subject = certificate.lone_name.take();
        }
    }
}

fn without_pem<'a>(lines: &[Line<'a>], out: &mut Certutil) -> Vec<Line<'a>> {
    let mut kept = Vec::with_capacity(lines.len());
    let mut open: Option<(Pem, bool)> = None;
    for line in lines {
        let text = line.trimmed();
        if let Some((pem, secret)) = open.as_mut() {
            let ends = text.starts_with("-----END ");
            let body = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'='));
            if ends || body {
                if !*secret && pem.text.len() < MAX_PEM {
                    pem.text.push_str(text);
                    pem.text.push('\n');
                }
                pem.complete = ends;
            }
            if ends || !body {
                close_pem(open.take(), out);
            }
            if ends || body {
                continue;
            }
        }
        let label = text.strip_prefix("-----BEGIN ").and_then(|rest| rest.strip_suffix("-----"));
        match label {
            Some(label) => {
                let secret = label.contains("PRIVATE KEY");
                let text = format!("{text}\n");
                open = Some((Pem { label: label.to_owned(), text, line: line.number, complete: false }, secret));
            }
            None => kept.push(*line),
        }
    }
    close_pem(open, out);
    kept
}

fn close_pem(open: Option<(Pem, bool)>, out: &mut Certutil) {
    match open {
        Some((pem, true)) if out.private_keys.len() < MAX_PEMS => out.private_keys.push(pem.line),
        Some((pem, false)) if out.pem.len() < MAX_PEMS => out.pem.push(pem),
        _ => {}
    }
}

#[cfg(test)]
mod tests;
