//! One certificate in certutil's output: its fields by shape and place, its key, its properties.

use super::super::lines::{Line, is_blank};
use super::chain::{self, Chain};
use super::date::{self, Order, Stamp};
use super::shapes::{
    Code, Hash, algorithm_label, code, columns, is_hash_line, is_name, is_oid, is_provider, is_solid_hex, oids_in,
    unique_container,
};

/// Values kept of each list of a certificate.
const MAX_LIST: usize = 1000;
/// Sentences kept of a certificate.
const MAX_SENTENCES: usize = 20;

/// A certificate as printed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Certificate {
    /// The number in its separator.
    pub number: Option<u32>,
    /// A mark between separator and fields says that it is archived, or a property does.
    pub archived: bool,
    /// Serial number in hex, as printed.
    pub serial: Option<String>,
    /// The issuer.
    pub issuer: Option<String>,
    /// The subject.
    pub subject: Option<String>,
    /// A name that could be either: it stands alone, and its label is used nowhere else.
    pub lone_name: Option<String>,
    /// Start of validity.
    pub not_before: Option<Stamp>,
    /// End of validity.
    pub not_after: Option<Stamp>,
    /// The thumbprint.
    pub sha1: Option<Hash<20>>,
    /// The hash by SHA-256, where printed.
    pub sha256: Option<Hash<32>>,
    /// What is said about its private key.
    pub key: Key,
    /// Names by extension 2.5.29.17: of hosts.
    pub dns_names: Vec<String>,
    /// Addresses in 2.5.29.17.
    pub addresses: Vec<std::net::IpAddr>,
    /// Usages by extension 2.5.29.37.
    pub usages: Option<Vec<String>>,
    /// Usages that the store's own property allows (`CERT_ENHKEY_USAGE_PROP_ID`); empty means none.
    pub store_usages: Option<Vec<String>>,
    /// `CERT_FRIENDLY_NAME_PROP_ID`.
    pub friendly_name: Option<String>,
    /// `CERT_REQUEST_ORIGINATOR_PROP_ID`: the machine that made the request.
    pub request_originator: Option<String>,
    /// Properties with their numbers.
    pub properties: Vec<(String, u32)>,
    /// Verdict of a chain.
    pub chain: Option<Chain>,
    /// Codes within its part of the text, those of the chain among them.
    pub codes: Vec<Code>,
    /// Sentences after the hash, which no shape tells apart: whether the key is exportable, tests of it.
    pub sentences: Vec<(String, u32)>,
    /// Line of its first field or separator.
    pub line: u32,
    /// Line of its last.
    pub last_line: u32,
    /// Labels of the first and second name.
    pub(super) labels: [Option<String>; 2],
}

/// What the text says about the private key.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Key {
    /// A key container belongs to it.
    Has(KeyInfo),
    /// Something about the key failed; the container, as far as printed.
    Failed {
        /// The container.
        info: KeyInfo,
        /// The code.
        code: Code,
    },
    /// In the place where others have their container there is only a sentence.
    None {
        /// Its line.
        line: u32,
    },
    /// The text does not go that far.
    #[default]
    NotTold,
}

impl Key {
    /// The container, if any of it is printed.
    #[must_use]
    pub const fn info(&self) -> Option<&KeyInfo> {
        match self {
            Self::Has(info) | Self::Failed { info, .. } => Some(info),
            Self::None { .. } | Self::NotTold => None,
        }
    }
}

/// Key provider information.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct KeyInfo {
    /// Name of the container.
    pub container: Option<String>,
    /// Name of its file: 32 hex digits, `_`, a GUID.
    pub unique: Option<String>,
    /// The provider.
    pub provider: Option<String>,
    /// `ProviderType`, printed in hex; 0 for CNG.
    pub provider_type: Option<u32>,
    /// `Flags`, printed in hex: 0x20 is the machine's key set.
    pub flags: Option<u32>,
    /// `KeySpec`: 0 CNG, 1 `AT_KEYEXCHANGE`, 2 `AT_SIGNATURE`.
    pub key_spec: Option<u32>,
    /// Line of the first of these.
    pub line: u32,
}

impl KeyInfo {
    /// `CRYPT_MACHINE_KEYSET`.
    pub const MACHINE_KEYSET: u32 = 0x20;

    fn is_empty(&self) -> bool {
        self.line == 0
    }
}

/// Reads a block. Nothing comes of a block without any field of a certificate.
/// `ended`: something of certutil's follows it, so that its last line is not cut off.
pub(super) fn read(lines: &[Line<'_>], number: Option<u32>, order: Option<Order>, ended: bool) -> Option<Certificate> {
    let chain_at = lines.iter().position(|line| chain::begins(line.trimmed()));
    let (body, chained) = lines.split_at_checked(chain_at.unwrap_or(lines.len())).unwrap_or((lines, &[]));
    let mut out = Certificate {
        number,
        line: lines.iter().find(|line| !line.text.is_empty())?.number,
        last_line: lines.last().map_or(0, |line| line.number),
        ..Certificate::default()
    };
    let hash_at = hashes(&mut out, body);
    let properties_at = body.iter().position(|line| property(line.trimmed()).is_some());
    let fields_end = hash_at.or(properties_at).unwrap_or(body.len());
    fields(&mut out, body.get(..fields_end).unwrap_or_default(), order);
    extensions(&mut out, body.get(..fields_end).unwrap_or_default());
    properties(&mut out, body);
    let from = match (hash_at, properties_at) {
        (Some(at), Some(first)) => at.saturating_add(1).min(first),
        (Some(at), None) => at.saturating_add(1),
        (None, at) => at.unwrap_or(0),
    };
    let ended = ended || chain_at.is_some();
    key(&mut out, body.get(from..).unwrap_or_default(), hash_at.is_some(), ended);
    if chain_at.is_some() {
        out.chain = Some(chain::read(chained));
    }
    out.codes = lines.iter().filter_map(|line| code_of(line)).take(MAX_LIST).collect();
    let says = out.serial.is_some()
        || out.issuer.is_some()
        || out.lone_name.is_some()
        || out.sha1.is_some()
        || out.chain.is_some()
        || !matches!(out.key, Key::NotTold);
    says.then_some(out)
}

/// A code that is a status, not a mask or a flag.
fn code_of(line: &Line<'_>) -> Option<Code> {
    let found = code(line.trimmed(), line.number)?;
    (found.value >= 0x8000_0000).then_some(found)
}

/// Finds the hash of the certificate among the hashes of its parts. With `-v` there are those of names and keys before it,
/// and its own stands right below `(md5)` of the same label.
fn hashes(out: &mut Certificate, body: &[Line<'_>]) -> Option<usize> {
    let verbose = body.iter().any(|line| {
        let text = line.trimmed();
        text.split(is_blank).any(|word| is_oid(word.trim_end_matches(':')) && word.matches('.').count() >= 5)
            || algorithm_label(text, "md5").is_some()
    });
    let mut at = None;
    let mut label = "";
    for (place, line) in body.iter().enumerate() {
        let Some((own, value)) = algorithm_label(line.trimmed(), "sha1") else { continue };
        let above = place.checked_sub(1).and_then(|above| body.get(above)).map(|line| line.trimmed());
        let below_md5 = above.and_then(|text| algorithm_label(text, "md5")).is_some_and(|(above, _)| above == own);
        if verbose && !below_md5 {
            continue;
        }
        // A console breaks a long line; the rest of the digits stands alone on the next.
        let next = place.checked_add(1).and_then(|next| body.get(next)).map_or("", |line| line.trimmed());
        let mut hash = Hash::read(value, line.number);
        if hash.whole().is_none() && !next.is_empty() && next.chars().all(|c| c.is_ascii_hexdigit() || is_blank(c)) {
            let joined = Hash::read(&format!("{value}{next}"), line.number);
            if joined.whole().is_some() {
                hash = joined;
            }
        }
        out.sha1 = Some(hash);
        at = Some(place);
        label = own;
    }
    let mut end = at?;
    if let Some(line) = body.get(end.checked_add(1)?)
        && let Some((own, value)) = algorithm_label(line.trimmed(), "sha256")
        && own == label
    {
        out.sha256 = Some(Hash::read(value, line.number));
        end = end.checked_add(1)?;
    }
    Some(end)
}

fn fields(out: &mut Certificate, body: &[Line<'_>], order: Option<Order>) {
    let mut names: Vec<(String, String, bool)> = Vec::new();
    let mut dates = 0_usize;
    let mut skip = 0_usize;
    for (at, line) in body.iter().enumerate() {
        let text = line.trimmed();
        if skip > 0 {
            skip -= 1;
            continue;
        }
        let first = out.serial.is_none() && names.is_empty() && dates == 0;
        if first && !text.is_empty() && line.splits().next().is_none() && text.ends_with(['!', '！']) {
            out.archived = true;
        }
        if let Some((label, value)) = line.splits().find(|(_, value)| is_name(value)) {
            let rest = wrapped(text, body.get(at.saturating_add(1)));
            skip = usize::from(!rest.is_empty());
            push_name(&mut names, label, &format!("{value}{rest}"), dates);
        } else if text.ends_with([':', '：'])
            && body.get(at.saturating_add(1)).is_some_and(|next| is_name(next.trimmed()))
        {
            let parts: Vec<&str> = body
                .get(at.saturating_add(1)..)
                .unwrap_or_default()
                .iter()
                .map(|line| line.trimmed())
                .take_while(|text| is_name(text))
                .take(64)
                .collect();
            skip = parts.len();
            push_name(&mut names, text.trim_end_matches([':', '：', ' ', '\u{a0}']), &parts.join(", "), dates);
        } else if let Some(raw) = date_in(line) {
            let stamp = Stamp { raw: raw.to_owned(), local: date::read(raw, order), line: line.number };
            match dates {
                0 => out.not_before = Some(stamp),
                1 => out.not_after = Some(stamp),
                _ => {}
            }
            dates = dates.saturating_add(1);
        } else if first && let Some(value) = line.last_value().filter(|value| is_solid_hex(value)) {
            out.serial = Some(value.chars().take(80).collect());
        }
    }
    let mut names = names.into_iter();
    match (names.next(), names.next()) {
        (Some((first, issuer, _)), Some((second, subject, _))) => {
            out.issuer = Some(issuer);
            out.subject = Some(subject);
            out.labels = [Some(first), Some(second)];
        }
        (Some((label, name, true)), None) => {
            out.subject = Some(name);
            out.labels = [None, Some(label)];
        }
        (Some((label, name, false)), None) if dates > 0 => {
            out.issuer = Some(name);
            out.labels = [Some(label), None];
        }
        (Some((label, name, false)), None) => {
            out.lone_name = Some(name);
            out.labels = [Some(label), None];
        }
        _ => {}
    }
}

/// A name after both dates is the subject.
fn push_name(names: &mut Vec<(String, String, bool)>, label: &str, name: &str, dates: usize) {
    if names.len() < 2 {
        names.push((label.to_owned(), name.chars().take(2048).collect(), dates >= 2));
    }
}

/// The next line, if a console broke this one at its width.
fn wrapped<'a>(text: &str, next: Option<&Line<'a>>) -> &'a str {
    let Some(next) = next else { return "" };
    let at_edge = matches!(columns(text), 80 | 100 | 120);
    let plain = next.indent() == 0 && next.splits().next().is_none() && !next.is_rule();
    if at_edge && plain { next.text } else { "" }
}

/// A date, from behind the label's separator on.
fn date_in<'a>(line: &Line<'a>) -> Option<&'a str> {
    let text = line.trimmed();
    let at = date::find(text)?;
    let starts =
        line.splits().filter_map(|(_, value)| text.len().checked_sub(value.len())).filter(|start| *start <= at);
    let start = starts.last()?;
    text.get(start..)
}

fn extensions(out: &mut Certificate, body: &[Line<'_>]) {
    for (at, line) in body.iter().enumerate() {
        let Some((oid, _)) = line.trimmed().split_once(':') else { continue };
        let below =
            || body.get(at.saturating_add(1)..).unwrap_or_default().iter().take_while(|line| !line.text.is_empty());
        match oid {
            "2.5.29.37" => out.usages = Some(usages(below())),
            "2.5.29.17" => {
                for line in below().take(MAX_LIST) {
                    alternative_name(out, line.trimmed());
                }
            }
            _ => {}
        }
    }
}

fn usages<'a>(lines: impl Iterator<Item = &'a Line<'a>>) -> Vec<String> {
    lines.flat_map(|line| oids_in(line.text)).take(MAX_LIST).map(str::to_owned).collect()
}

fn alternative_name(out: &mut Certificate, text: &str) {
    let Some((label, value)) = text.split_once('=') else { return };
    let value = value.trim_matches(is_blank);
    if is_name(&format!("{label}=")) {
        return;
    }
    if let Ok(address) = value.parse() {
        out.addresses.push(address);
    } else if !value.is_empty()
        && value.len() <= 253
        && value.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_' | '*'))
    {
        out.dns_names.push(value.to_owned());
    }
}

/// `CERT_KEY_PROV_INFO_PROP_ID(2):`.
pub(super) fn property(text: &str) -> Option<(&str, u32)> {
    let (name, rest) = text.split_once('(')?;
    let (number, rest) = rest.split_once(')')?;
    let sound = name.starts_with("CERT_") && name.ends_with("_PROP_ID") && rest.starts_with(':');
    sound.then(|| number.parse().ok().map(|number| (name, number))).flatten()
}

fn properties(out: &mut Certificate, body: &[Line<'_>]) {
    for (at, line) in body.iter().enumerate() {
        let Some((name, number)) = property(line.trimmed()) else { continue };
        if out.properties.len() < MAX_LIST {
            out.properties.push((name.to_owned(), number));
        }
        let below = || {
            let rest = body.get(at.saturating_add(1)..).unwrap_or_default().iter();
            rest.take_while(|line| property(line.trimmed()).is_none() && !line.text.is_empty())
        };
        let first = || below().next().map(|line| line.trimmed().chars().take(300).collect::<String>());
        match number {
            3 => {
                if let Some(hash) = below().next().filter(|line| is_hash_line(line.trimmed())) {
                    out.sha1 = Some(Hash::read(hash.trimmed(), hash.number));
                }
            }
            9 => out.store_usages = Some(usages(below().filter(|line| line.indent() > 0))),
            11 => out.friendly_name = first(),
            19 => out.archived = true,
            71 => out.request_originator = first(),
            _ => {}
        }
    }
}

/// Key lines: with ` = ` in any width, the file's name by its shape, numbers by their untranslated names.
fn key(out: &mut Certificate, lines: &[Line<'_>], hash_seen: bool, ended: bool) {
    let mut info = KeyInfo::default();
    let mut failed = None;
    let mut property_above = None;
    // Whether the line right above names a property: its value follows, however it is indented.
    let mut fresh = false;
    for (at, line) in lines.iter().enumerate() {
        let text = line.trimmed();
        if let Some((_, number)) = property(text) {
            property_above = Some(number);
            fresh = true;
            continue;
        }
        if text.is_empty() {
            continue;
        }
        if line.indent() == 0 && !fresh {
            property_above = None;
        }
        fresh = false;
        // Values of other properties may look like anything.
        if property_above.is_some_and(|number| number != 2) {
            continue;
        }
        if !key_line(&mut info, line, lines.get(at.saturating_add(1))) && property_above.is_none() {
            sentence(out, line);
        }
        if failed.is_none() {
            failed = code_of(line);
        }
    }
    out.key = match (failed, info.is_empty()) {
        (Some(code), _) => Key::Failed { info, code },
        (None, false) => Key::Has(info),
        (None, true) if hash_seen => no_key(lines, ended),
        (None, true) => Key::NotTold,
    };
}

/// In the place of the container stands a sentence, at the left edge where containers are indented, and not cut off.
fn no_key(lines: &[Line<'_>], ended: bool) -> Key {
    let plain = |line: &&Line<'_>| line.splits().next().is_none() && line.text.chars().any(char::is_alphabetic);
    let found = lines.iter().position(|line| plain(&line) && line.indent() == 0 && property(line.trimmed()).is_none());
    match found.and_then(|at| lines.get(at)) {
        Some(line) if ended || found.is_some_and(|at| at.saturating_add(1) < lines.len()) => {
            Key::None { line: line.number }
        }
        _ => Key::NotTold,
    }
}

fn sentence(out: &mut Certificate, line: &Line<'_>) {
    let text = line.trimmed();
    if out.sentences.len() < MAX_SENTENCES && line.splits().next().is_none() && text.chars().any(char::is_alphabetic) {
        out.sentences.push((text.chars().take(300).collect(), line.number));
    }
}

/// Takes a line of the key's information; says whether it was one.
fn key_line(info: &mut KeyInfo, line: &Line<'_>, next: Option<&Line<'_>>) -> bool {
    let text = line.trimmed();
    let number = line.number;
    let mark = |info: &mut KeyInfo| {
        if info.line == 0 {
            info.line = number;
        }
        true
    };
    let joined;
    let whole = match (unique_container(text), next) {
        (None, Some(next)) if text.contains('_') && next.splits().next().is_none() => {
            joined = format!("{text}{}", next.text);
            unique_container(&joined)
        }
        (found, _) => found,
    };
    if let Some(unique) = whole {
        info.unique.get_or_insert_with(|| unique.to_owned());
        return mark(info);
    }
    if let Some((before, spec)) = text.split_once("KeySpec") {
        let Some(spec) = numeral(spec, 10) else { return false };
        info.key_spec = Some(spec);
        let provider = before.trim_matches(|c| is_blank(c) || c == ':');
        if info.provider.is_none() && is_provider(provider) {
            info.provider = Some(provider.to_owned());
        }
        return mark(info);
    }
    if let Some(kind) = text.strip_prefix("ProviderType") {
        info.provider_type = numeral(kind, 16);
        return mark(info);
    }
    if text.starts_with("Flags") && !text.contains(',') {
        info.flags = text.strip_prefix("Flags").and_then(|flags| numeral(flags, 16));
        return mark(info);
    }
    let Some((_, value)) = equals(text) else { return text.contains("CRYPT_") && text.contains("--") };
    if value.is_empty() || value.contains("CERT_") {
        return false;
    }
    let value = || value.chars().take(300).collect::<String>();
    if info.container.is_none() && info.provider.is_none() && !is_provider(&value()) {
        info.container = Some(value());
    } else if info.provider.is_none() {
        info.provider = Some(value());
    } else {
        return false;
    }
    mark(info)
}

/// `label = value`, in any width, with a blank before the sign.
fn equals(text: &str) -> Option<(&str, &str)> {
    let (at, sign) = text.char_indices().find(|(at, c)| {
        matches!(c, '=' | '＝') && (*c == '＝' || text.get(..*at).is_some_and(|before| before.ends_with(is_blank)))
    })?;
    let value = text.get(at.checked_add(sign.len_utf8())?..)?;
    Some((text.get(..at)?, value.trim_matches(is_blank)))
}

/// ` = 20 (32)`: the number behind the sign.
fn numeral(text: &str, radix: u32) -> Option<u32> {
    let text = text.trim_start_matches(is_blank).strip_prefix(['=', '＝', ':', '：'])?.trim_start_matches(is_blank);
    let text = text.strip_prefix("0x").unwrap_or(text);
    let end = text.find(|c: char| !c.is_digit(radix)).unwrap_or(text.len());
    u32::from_str_radix(text.get(..end)?, radix).ok()
}
