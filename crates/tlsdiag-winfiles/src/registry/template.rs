//! Security templates (`GptTmpl.inf`, `secedit /export`): the registry values in their section `[Registry Values]`, where
//! the switch for FIPS lies. Section names are never translated.
//!
//! Format: MS-GPSB 2.2 (a line is `MACHINE\path\value=type,data`).
use super::export::shown;
use super::model::{Fault, FaultKind, KeyPath, Kind, Place, Root, Sink, Soundness, Value, utf16_bytes};

/// What the template was like.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Template {
    /// Lines read.
    pub lines: u32,
    /// Registry values read.
    pub values: u64,
}

/// Whether a text is a template: its first section, and the signature of its version section.
pub fn is_template(text: &str) -> bool {
    let first = text.lines().map(|line| line.trim().trim_start_matches('\u{feff}')).find(|line| !line.is_empty());
    let first =
        first.is_some_and(|line| line.eq_ignore_ascii_case("[Unicode]") || line.eq_ignore_ascii_case("[Version]"));
    let mut lines = text.lines().take(100_000);
    let section = |line: &str| {
        let known =
            ["[Unicode]", "[Registry Values]", "[System Access]", "[Service General Setting]", "[Privilege Rights]"];
        known.iter().any(|known| known.eq_ignore_ascii_case(line.trim()))
    };
    first && text.lines().take(1000).any(|line| line.to_ascii_uppercase().contains("$CHICAGO$")) && lines.any(section)
}

/// Reads a template that was decoded before.
pub fn read_text(text: &str, sink: &mut impl Sink) -> Template {
    let mut template = Template { lines: 0, values: 0 };
    let mut inside = false;
    for line in text.lines() {
        template.lines = template.lines.saturating_add(1);
        let line = line.trim();
        if line.starts_with('[') {
            inside = line.eq_ignore_ascii_case("[Registry Values]");
        } else if inside && !line.is_empty() && !line.starts_with(';') {
            let place = Place::Line(template.lines);
            match value(line, place) {
                Some((path, value)) => {
                    template.values = template.values.saturating_add(1);
                    sink.take_key(&path, None, place);
                    sink.take_value(&path, value);
                }
                None => sink.fault(Fault {
                    place,
                    key: None,
                    what: FaultKind::Malformed,
                    expected: "MACHINE\\path\\value=type,data",
                    found: shown(line.split('=').next().unwrap_or_default()),
                }),
            }
        }
    }
    template
}

fn value(line: &str, place: Place) -> Option<(KeyPath, Value)> {
    let (left, right) = line.split_once('=')?;
    let (kind, data) = right.split_once(',').unwrap_or((right, ""));
    let kind = Kind(kind.trim().parse().ok()?);
    let mut names = left.trim().trim_matches('"').split('\\').filter(|name| !name.is_empty());
    let root = match names.next()?.to_ascii_uppercase().as_str() {
        "MACHINE" => Root::LocalMachine,
        "USERS" => Root::Users,
        "CLASSES_ROOT" => Root::ClassesRoot,
        _ => return None,
    };
    let name = names.next_back()?.to_owned();
    let path = names.fold(KeyPath::root(root), |path, name| path.join(name));
    let damaged = |expected| Soundness::Damaged { expected, found: shown(data) };
    let text = |text: &str| {
        let mut data = utf16_bytes(text.trim().trim_matches('"'));
        data.extend([0, 0]);
        data
    };
    let (data, sound) = match kind {
        Kind::DWORD => match data.trim().trim_matches('"').parse::<u32>() {
            Ok(number) => (number.to_le_bytes().to_vec(), Soundness::Sound),
            Err(_) => (Vec::new(), damaged("a number")),
        },
        Kind::SZ | Kind::EXPAND_SZ => (text(data), Soundness::Sound),
        Kind::MULTI_SZ => {
            let mut all: Vec<u8> = data.split(',').filter(|part| !part.trim().is_empty()).flat_map(text).collect();
            all.extend([0, 0]);
            (all, Soundness::Sound)
        }
        _ => (utf16_bytes(data), damaged("type 1, 2, 4 or 7")),
    };
    Some((path, Value { name, kind: Some(kind), data, place, sound }))
}
