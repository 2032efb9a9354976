//! The registry as people send it: hives with their logs, exports, group policies, and what `reg query` and PowerShell print
//! of it, all told alike.
//!
//! Kinds: `hive`, `hive-log`, `reg-export`, `reg-query`, `reg-powershell`, `registry-pol`, `security-template`.
mod httpsys;
mod settings;
mod stores;
mod system;
#[cfg(test)]
mod tests;

use crate::fragment::Fragment;
use crate::input::{Input, Octets, Refused};
use std::io::Read;
use std::ops::Range;
use tlsdiag_model::facts::Fact;
use tlsdiag_model::{Arg, Host, How, Origin, Row, Span, Time, Why, say};
use tlsdiag_winfiles::registry::hive::{Recovery, is_hive};
use tlsdiag_winfiles::registry::paths::Wants;
use tlsdiag_winfiles::registry::{
    Fault, FaultKind, FileTime, Hive, HiveError, HiveKind, Key, Place, Root, Tree, export, policy, powershell, query,
    template,
};
use tlsdiag_winfiles::text::decode::{Decoded, Encoding};

/// Octets of a group policy that are read; the largest met has 70 KB.
const POLICY_MOST: u64 = 64 << 20;

/// Whether a file begins as a hive or as a log of one.
pub(crate) fn sniff_hive(head: &[u8]) -> bool {
    is_hive(head)
}

/// Whether a file begins as a group policy.
pub(crate) fn sniff_policy(head: &[u8]) -> bool {
    policy::is_policy(head)
}

/// Reads a hive; its logs are looked for beside it.
pub(crate) fn read_hive(input: &mut Input<'_>, out: &mut Fragment) -> Result<(), Refused> {
    let logs: Vec<Vec<u8>> = [".LOG1", ".LOG2", ".LOG", ".log1", ".log2", ".log"]
        .iter()
        .filter_map(|end| (input.beside)(&format!("{}{end}", input.name())))
        .collect();
    let logs: Vec<&[u8]> = logs.iter().map(Vec::as_slice).collect();
    let octets: &mut dyn Octets = input.octets;
    let mut hive = match Hive::open(octets, &logs) {
        Ok(hive) => hive,
        Err(HiveError::IsALog(_)) => {
            // It is read together with its hive.
            out.kinds = vec!["hive-log"];
            return Ok(());
        }
        Err(why) => {
            return Err(Refused(say!(
                "not read as a hive: {why}",
                "하이브로 읽지 못했습니다: {why}",
                why = Arg::term(why)
            )));
        }
    };
    let kind = hive.kind();
    let wants = Wants::tls();
    let mut tree = Tree::wanting(wants.clone());
    hive.gather(&kind, &wants, &mut tree);
    let current = !recovery(hive.recovery(), out);
    if let HiveKind::Other(name) = &kind {
        let origin = out.inside("root");
        out.fault(
            origin,
            Why::Said(name.clone()),
            say!(
                "a hive that says nothing about TLS ({name})",
                "TLS와 관계없는 하이브입니다({name})",
                name = Arg::quote(name)
            ),
        );
    }
    tell(&mut tree, current, How::Read, out);
    if kind == HiveKind::Software && tree.faults.is_empty() {
        stores::anchors(&tree, out);
    }
    Ok(())
}

/// Says what a dirty hive lacks; true if it shows an older state.
fn recovery(recovery: &Recovery, out: &mut Fragment) -> bool {
    let origin = out.inside("base block");
    let why = Why::DamagedAt { at: 4 };
    match recovery {
        Recovery::Clean | Recovery::Applied { stopped: None, .. } => false,
        Recovery::Applied { stopped: Some(reason), .. } => {
            let reason = Arg::quote(reason);
            let say = say!(
                "the hive was not closed and its logs are not whole ({reason}): the newest changes are missing",
                "하이브가 닫히지 않았고 로그가 온전하지 않아({reason}) 최근 변경 내용이 빠져 있습니다",
                reason = reason
            );
            out.fault(origin, why, say);
            true
        }
        Recovery::Missing => {
            let say = say!(
                "the hive was not closed and its logs (.LOG1, .LOG2) were not sent: it shows an older state",
                "하이브가 닫히지 않았고 로그(.LOG1, .LOG2)가 없어 이전 상태를 보여 줍니다"
            );
            out.fault(origin, why, say);
            true
        }
        Recovery::Unusable(reasons) => {
            let reasons = Arg::List(reasons.iter().map(Arg::quote).collect());
            let say = say!(
                "the hive was not closed and its logs could not be used ({reasons}): it shows an older state",
                "하이브가 닫히지 않았고 로그를 쓸 수 없어({reasons}) 이전 상태를 보여 줍니다",
                reasons = reasons
            );
            out.fault(origin, why, say);
            true
        }
    }
}

/// Reads a group policy: what it orders, not what the machine holds.
pub(crate) fn read_policy(input: &mut Input<'_>, out: &mut Fragment) -> Result<(), Refused> {
    let mut octets = Vec::new();
    let read = input.octets.rewind().and_then(|()| input.octets.take(POLICY_MOST).read_to_end(&mut octets));
    if let Err(error) = read {
        return Err(Refused(say!("{why}", "{why}", why = Arg::quote(error))));
    }
    let path = input.path.replace('\\', "/").to_lowercase();
    let root = if path.ends_with("/user/registry.pol") { Root::CurrentUser } else { Root::LocalMachine };
    let mut tree = Tree::wanting(Wants::tls());
    let report = policy::read(&octets, root, &mut tree);
    if report.is_none() {
        return Err(Refused(say!("not a group policy file", "그룹 정책 파일이 아닙니다")));
    }
    tell(&mut tree, false, How::Told, out);
    Ok(())
}

/// Exports (.reg), whole files or parts of a text.
pub(crate) fn read_export(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    let Some((part, before)) = export_part(&text.text) else { return Vec::new() };
    let wide = matches!(text.encoding, Encoding::Utf16Le | Encoding::Utf16Be);
    let page = match text.encoding {
        Encoding::CodePage(page) => Some(page.number()),
        _ => None,
    };
    let mut tree = Tree::wanting(Wants::tls());
    let report = export::read_text(part, wide, page, &mut tree);
    if report.keys == 0 && tree.removed.is_empty() {
        return Vec::new();
    }
    out.is("reg-export");
    if let Some(line) = report.cut_off {
        let line = line.saturating_add(before);
        let origin = out.line(line);
        let say = say!(
            "the export ends in line {line}, within a value",
            "내보낸 파일이 {line}번째 줄의 값 중간에서 끝납니다",
            line = Arg::num(line)
        );
        out.fault(origin, Why::CutOff { at: u64::from(line) }, say);
    }
    if before > 0 {
        tree.move_lines(before);
    }
    // A file that takes something away is an order, no picture of the machine.
    let how = if tree.removed.is_empty() { How::Read } else { How::Told };
    tell(&mut tree, report.cut_off.is_none(), how, out);
    report.understood.iter().map(|range| range.start.saturating_add(before)..range.end.saturating_add(before)).collect()
}

/// The text from where an export begins, and the lines before it.
fn export_part(text: &str) -> Option<(&str, u32)> {
    if export::is_export(text) {
        return Some((text, 0));
    }
    let (mut at, mut lines) = (0_usize, 0_u32);
    for line in text.split_inclusive('\n') {
        if export::is_export(line) && !line.trim_start().starts_with(';') {
            return text.get(at..).map(|part| (part, lines));
        }
        at = at.saturating_add(line.len());
        lines = lines.saturating_add(1);
    }
    None
}

/// What `reg query` prints.
pub(crate) fn read_query(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    if !query::is_query(&text.text) {
        return Vec::new();
    }
    let mut tree = Tree::wanting(Wants::tls());
    let report = query::read_text(&text.text, &mut tree);
    if report.keys == 0 {
        return Vec::new();
    }
    out.is("reg-query");
    tell(&mut tree, true, How::Read, out);
    report.understood
}

/// What PowerShell shows of the registry.
pub(crate) fn read_powershell(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    if !powershell::is_powershell(&text.text) {
        return Vec::new();
    }
    let mut tree = Tree::wanting(Wants::tls());
    let report = powershell::read_text(&text.text, &mut tree);
    if report.keys == 0 {
        return Vec::new();
    }
    out.is("reg-powershell");
    tell(&mut tree, true, How::Read, out);
    report.understood
}

/// Security templates: what they order.
pub(crate) fn read_template(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    if !template::is_template(&text.text) {
        return Vec::new();
    }
    let mut tree = Tree::wanting(Wants::tls());
    let report = template::read_text(&text.text, &mut tree);
    out.is("security-template");
    tell(&mut tree, false, How::Told, out);
    std::iter::once(1..report.lines.saturating_add(1)).collect()
}

/// Tells everything in a tree. `current`: what it shows whole is whole as of when it was taken.
fn tell(tree: &mut Tree, current: bool, how: How, out: &mut Fragment) {
    tree.settle();
    faults(tree, out);
    let mut teller = Teller { tree, current, how, out };
    settings::tell(&mut teller);
    httpsys::tell(&mut teller);
    stores::tell(&mut teller);
    system::tell(&mut teller);
}

/// A tree and where its facts go.
struct Teller<'a> {
    tree: &'a Tree,
    current: bool,
    how: How,
    out: &'a mut Fragment,
}

impl Teller<'_> {
    /// A fact of a key, or of a value of it.
    fn fact<T: Fact>(&mut self, what: T, key: &Key, place: Place) {
        let origin = self.origin(key, place);
        let taken = self.out.taken;
        let since = key.written.map_or(taken, unix_ms).min(taken);
        self.out.add(Row::during(what, Host(0), self.how, Span { first: since, last: taken }, origin));
    }

    fn origin(&self, key: &Key, place: Place) -> Origin {
        match place {
            Place::Line(line) => self.out.line(line),
            Place::Offset(_) => self.out.inside(&settings::shown_path(key.path.as_str())),
        }
    }

    /// Whether the source shows the present state of everything below a path.
    fn shows(&self, path: &str) -> bool {
        self.current && self.how == How::Read && self.tree.shows(path)
    }

    /// Whether it shows the present state of the values of a key.
    fn shows_values(&self, path: &str) -> bool {
        self.current && self.how == How::Read && self.tree.shows_values(path)
    }
}

/// Milliseconds since 1970.
fn unix_ms(time: FileTime) -> Time {
    let within = i64::from(time.subsecond_nanos() / 1_000_000);
    time.unix_seconds().saturating_mul(1000).saturating_add(within)
}

/// What is wrong with the source. Lines that are not understood are counted by the caller.
fn faults(tree: &Tree, out: &mut Fragment) {
    for fault in tree.faults.iter().filter(|fault| fault.what != FaultKind::NotUnderstood) {
        told(fault, out);
    }
    let beyond = tree.fault_count.saturating_sub(tree.faults.len() as u64);
    out.more_faults = out.more_faults.saturating_add(beyond);
    if tree.left_out > 0 {
        let origin = out.inside("all keys");
        let kept = tree.keys().count() as u64;
        let say =
            say!("{n} keys and values were left out", "키와 값 {n}개를 제외했습니다", n = Arg::num(tree.left_out));
        out.fault(origin, Why::OverCap { kept, dropped: tree.left_out }, say);
    }
}

fn told(fault: &Fault, out: &mut Fragment) {
    let (origin, at) = match fault.place {
        Place::Line(line) => (out.line(line), u64::from(line)),
        Place::Offset(offset) => (out.inside(&fault.place.to_string()), offset),
    };
    let why = match fault.what {
        FaultKind::CutOff => Why::CutOff { at },
        FaultKind::TooMuch => Why::OverCap { kept: 0, dropped: 1 },
        FaultKind::Unreadable => Why::Said(fault.found.clone()),
        _ => Why::DamagedAt { at },
    };
    let (expected, found) = (Arg::term(fault.expected), Arg::quote(&fault.found));
    let say = match &fault.key {
        Some(key) => say!(
            "{key}: expected {expected}, found {found}",
            "{key}: {expected:이} 있어야 하는데 {found:이} 있습니다",
            key = Arg::quote(settings::shown_path(key.as_str())),
            expected = expected,
            found = found
        ),
        None => say!(
            "expected {expected}, found {found}",
            "{expected:이} 있어야 하는데 {found:이} 있습니다",
            expected = expected,
            found = found
        ),
    };
    out.fault(origin, why, say);
}
