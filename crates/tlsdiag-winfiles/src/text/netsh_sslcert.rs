//! Records of HTTP.sys in `netsh http show sslcert` and `httpcfg query ssl`, every kind, any language.
//!
//! A record is its key, a thumbprint, an id in braces and a store, one below the other; only these shapes are looked at.
//! After the store netsh prints three switches, two numbers, two names and more switches.
use super::binding::{Entry, Key, Printer, Setting, SslBinding, State, Switch};
use super::damaged::Damaged;
use super::httpcfg;
use super::lines::Text;
use super::shape::{self, EXPECTED_HASH, Endpoint, Hash};
use std::net::IpAddr;

/// How sure it is that the text has such records, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    match read(text).as_slice() {
        [] => 0,
        [one] if one.cut && one.app_id.is_none() => 60,
        _ => 95,
    }
}

/// Every record of a text.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<SslBinding> {
    let entries: Vec<Entry<'_>> = text.filled().filter(|line| line.command().is_none()).map(Entry::of).collect();
    let heads = heads(&entries);
    let ends = heads.iter().skip(1).map(|head| head.key).chain([entries.len()]);
    let mut out: Vec<SslBinding> = heads
        .iter()
        .zip(ends)
        .filter_map(|(head, end)| record(entries.get(head.key..end)?, head, entries.len() == end))
        .collect();
    if let (true, Some(last), Some(end)) = (text.open_end, out.last_mut(), entries.last()) {
        last_hash_is_open(last, end.line);
    }
    words_to_states(&mut out);
    out
}

/// The first 40 digits of 64 look like a whole thumbprint: at the end of a file that was cut nobody knows which it is.
fn last_hash_is_open(record: &mut SslBinding, end: u32) {
    if let (Some(Hash::Whole(octets)), true) =
        (&record.hash, record.lines.last == end && record.app_id.is_none() && record.cut)
        && octets.len() < 32
    {
        let raw: String = octets.iter().map(|octet| format!("{octet:02x}")).collect();
        let value = Damaged::new(&raw, EXPECTED_HASH, "the end of the file", end);
        record.hash = Some(Hash::Damaged { value, prefix: Some(octets.clone()) });
    }
}

/// Where a record begins, and which of its lines are there, as distances from the key.
struct Head {
    key: usize,
    hash: Option<usize>,
    id: Option<usize>,
}

fn heads(entries: &[Entry<'_>]) -> Vec<Head> {
    let mut out: Vec<Head> = Vec::new();
    let mut at = 0;
    let mut label: Option<&str> = None;
    while let Some(entry) = entries.get(at) {
        let next = entries.get(at + 1);
        let after = entries.get(at + 2);
        let braced = |entry: Option<&Entry<'_>>| entry.is_some_and(Entry::is_braced);
        let is_endpoint = entry.endpoint().is_some();
        let could_be_key = is_endpoint || port(entry).is_some() || is_masked_key(entry);
        let whole_hash = next.is_some_and(|next| {
            matches!(Hash::parse(next.value, 0), Hash::Whole(_)) || continues(next, after).is_some()
        });
        let wrapped = next.is_some_and(|next| continues(next, after).is_some());
        let id_at = 2 + usize::from(wrapped);
        let head = if could_be_key && braced(entries.get(at + id_at)) && !braced(next) {
            Some(Head { key: at, hash: Some(1), id: Some(id_at) })
        } else if could_be_key
            && !is_masked_key(entry)
            && braced(next)
            && is_plain_head(entry, entries.get(at.wrapping_sub(1)))
        {
            Some(Head { key: at, hash: None, id: Some(1) })
        } else if is_endpoint && whole_hash {
            Some(Head { key: at, hash: Some(1), id: None })
        } else if is_endpoint && label == Some(entry.label) && after.is_none() {
            // the file ends inside of the record
            Some(Head { key: at, hash: next.map(|_| 1), id: None })
        } else {
            None
        };
        match head {
            Some(head) => {
                at += head.id.or(head.hash).unwrap_or(0) + 1;
                label = Some(entry.label);
                out.push(head);
            }
            None => at += 1,
        }
    }
    out
}

/// A key right above the id must not be the thumbprint of the record before.
fn is_plain_head(entry: &Entry<'_>, before: Option<&Entry<'_>>) -> bool {
    entry.endpoint().is_some() || before.is_none_or(|before| before.endpoint().is_none() && port(before).is_none())
}

/// The port of a record of the central store.
fn port(entry: &Entry<'_>) -> Option<u16> {
    shape::number(entry.value)
        .and_then(|number| u16::try_from(number).ok())
        .filter(|port| *port != 0 && !entry.label.is_empty())
}

/// `xxx.xxx.xxx.xxx:443`, `***:443`, `<address>:443`.
fn is_masked_key(entry: &Entry<'_>) -> bool {
    let Some((host, port)) = entry.value.rsplit_once(':') else { return false };
    let port = shape::number(port).is_some() || port.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '#'));
    let masked =
        super::binding::is_masked(host) || (host.starts_with(['<', '[', '(']) && host.ends_with(['>', ']', ')']));
    let broken =
        !host.contains(|c: char| c.is_whitespace()) && Endpoint::parse(entry.value).is_none() && host.contains('.');
    port && !host.is_empty() && (masked || broken)
}

/// The rest of a thumbprint that the console broke at its edge: two lines of hex digits that make a whole one together.
fn continues(hash: &Entry<'_>, next: Option<&Entry<'_>>) -> Option<Vec<u8>> {
    let next = next?;
    let rest = if next.label.is_empty() || !next.value.is_empty() { next.value } else { next.label };
    let whole = shape::hex(&format!("{}{}", hash.value, rest));
    let pure =
        !next.label.contains(|c: char| !c.is_ascii_hexdigit()) && !hash.value.is_empty() && hash.value.len() < 64;
    whole.filter(|octets| pure && matches!(octets.len(), 20 | 32) && octets.len() * 2 > hash.value.len())
}

fn record(entries: &[Entry<'_>], head: &Head, last: bool) -> Option<SslBinding> {
    let first = entries.first()?;
    let mut out = SslBinding::new(Printer::Netsh, key(first), first.label, first.line);
    if let Some(entry) = head.hash.and_then(|at| entries.get(at)) {
        let next = head.hash.and_then(|at| entries.get(at + 1));
        out.hash = Some(match continues(entry, next) {
            Some(octets) if head.id.is_none_or(|id| Some(id) > head.hash.map(|at| at + 1)) => Hash::Whole(octets),
            _ => httpcfg::hash(entry),
        });
        out.lines.last = entry.line;
    }
    let Some(id) = head.id else { return Some(out) };
    let entry = entries.get(id)?;
    out.app_id = Some(entry.guid());
    out.lines.last = entry.line;
    let rest = entries.get(id + 1..).unwrap_or_default();
    let rest = rest.get(..end_of_record(rest, first)).unwrap_or_default();
    let Some(store) = rest.first() else { return Some(out) };
    out.store = Some((!shape::is_null(store.value) && !store.value.is_empty()).then(|| store.value.to_owned()));
    out.lines.last = store.line;
    let rest = rest.get(1..).unwrap_or_default();
    if rest.first().is_some_and(|entry| shape::number(entry.value).is_some() || entry.value.starts_with("0x")) {
        httpcfg::tail(&mut out, rest);
    } else {
        tail(&mut out, rest);
    }
    // the last record of a file may have lost its end
    out.cut &= last || out.settings.len() < 5;
    Some(out)
}

/// Lines of a record: until something that is no `label : value`, or less indented than its key.
fn end_of_record(entries: &[Entry<'_>], key: &Entry<'_>) -> usize {
    let mut before = key.line;
    for (at, entry) in entries.iter().enumerate() {
        let gap = entry.line.saturating_sub(before) > 40;
        let heading = entry.label.is_empty() || (entry.value.is_empty() && at < 11 && at != 0);
        if entry.indent < key.indent || gap || heading && at > 0 {
            return at;
        }
        before = entry.line;
    }
    entries.len()
}

fn key(entry: &Entry<'_>) -> Key {
    match entry.endpoint() {
        Some(endpoint) if endpoint.host == "*" => Key::Central(endpoint.port),
        Some(endpoint) if endpoint.host.parse::<IpAddr>().is_ok() => Key::Ip(endpoint),
        Some(endpoint) => Key::Host(endpoint),
        None => match port(entry) {
            Some(port) => Key::Central(port),
            None => Key::Damaged(Damaged::new(
                entry.value,
                "an address or a name with a port",
                "a masked or damaged value",
                entry.line,
            )),
        },
    }
}

/// Switches that netsh prints before the two numbers, and those after the two names.
const BEFORE: &[Switch] = &[Switch::VerifyRevocation, Switch::CachedRevocationOnly, Switch::UsageCheck];
const AFTER: &[Switch] = &[
    Switch::DsMapper,
    Switch::NegotiateClientCertificate,
    Switch::RejectConnections,
    Switch::DisableHttp2,
    Switch::DisableQuic,
    Switch::DisableTls12,
    Switch::DisableTls13,
    Switch::DisableOcspStapling,
    Switch::EnableTokenBinding,
    Switch::LogExtendedEvents,
    Switch::DisableLegacyTls,
    Switch::EnableSessionTicket,
];

fn tail(out: &mut SslBinding, entries: &[Entry<'_>]) {
    let number = |at: usize| entries.get(at).and_then(|entry| shape::number(entry.value));
    // three switches and two numbers in their places, as far as the file goes
    let known = (0..3).all(|at| entries.get(at).is_none_or(|e| shape::number(e.value).is_none()))
        && (3..5).all(|at| entries.get(at).is_none_or(|e| shape::number(e.value).is_some()));
    let name = |at: usize| {
        let value = entries.get(at)?.value;
        (!value.is_empty() && !shape::is_null(value)).then(|| value.to_owned())
    };
    if known {
        out.freshness_time = number(3);
        out.retrieval_timeout = number(4);
        out.ctl_identifier = name(5);
        out.ctl_store = name(6);
    }
    for (at, entry) in entries.iter().enumerate() {
        if (known && (3..7).contains(&at)) || shape::number(entry.value).is_some() || shape::is_null(entry.value) {
            out.lines.last = entry.line;
            continue;
        }
        // what follows are properties with a heading of their own
        if entry.value.is_empty() {
            break;
        }
        let place = if at < 3 { BEFORE.get(at) } else { at.checked_sub(7).and_then(|at| AFTER.get(at)) };
        let switch = place.copied().filter(|_| known);
        out.settings.push(Setting {
            switch: named(entry.label).or(switch),
            word: entry.value.to_owned(),
            state: None,
            line: entry.line,
        });
        out.lines.last = entry.line;
    }
    out.cut = entries.len() < 9;
}

/// Product names stand in the label of every language.
fn named(label: &str) -> Option<Switch> {
    let label = label.to_uppercase();
    let has = |word: &str| label.contains(word);
    Some(if has("QUIC") {
        Switch::DisableQuic
    } else if has("OCSP") {
        Switch::DisableOcspStapling
    } else if has("HTTP2") || has("HTTP/2") {
        Switch::DisableHttp2
    } else if has("TLS1.2") || has("TLS 1.2") {
        Switch::DisableTls12
    } else if has("TLS1.3") || has("TLS 1.3") {
        Switch::DisableTls13
    } else {
        return None;
    })
}

/// Words of languages of which they are known: on, off, not set.
const WORDS: &[(&str, State)] = &[
    ("enabled", State::On),
    ("disabled", State::Off),
    ("not set", State::NotSet),
    ("aktiviert", State::On),
    ("deaktiviert", State::Off),
    ("nicht festgelegt", State::NotSet),
    ("activé", State::On),
    ("désactivé", State::Off),
    ("non défini", State::NotSet),
    ("habilitado", State::On),
    ("deshabilitado", State::Off),
    ("desabilitado", State::Off),
    ("abilitato", State::On),
    ("disabilitato", State::Off),
    ("attivato", State::On),
    ("disattivato", State::Off),
    ("有効", State::On),
    ("無効", State::Off),
    ("사용", State::On),
    ("사용 안 함", State::Off),
    ("사용함", State::On),
    ("설정되지 않음", State::NotSet),
    ("启用", State::On),
    ("禁用", State::Off),
    ("已启用", State::On),
    ("已禁用", State::Off),
    ("啟用", State::On),
    ("停用", State::Off),
    ("已啟用", State::On),
    ("已停用", State::Off),
    ("включено", State::On),
    ("отключено", State::Off),
    ("включена", State::On),
    ("отключена", State::Off),
];

/// Gives words their meaning. A word of an unknown language has one only where it cannot be otherwise: HTTP.sys checks
/// revocation and usage, and not with cached certificates only, in every record that nobody changed; a record that shows
/// exactly this pattern in two words tells which is which, and every record of the file uses the same two.
fn words_to_states(records: &mut [SslBinding]) {
    let mut on_off: Option<(String, String)> = None;
    let mut contradiction = false;
    for record in records.iter() {
        let word = |switch| record.settings.iter().find(|s| s.switch == Some(switch)).map(|s| s.word.as_str());
        let (Some(first), Some(second), Some(third)) =
            (word(Switch::VerifyRevocation), word(Switch::CachedRevocationOnly), word(Switch::UsageCheck))
        else {
            continue;
        };
        if first == third && first != second {
            match &on_off {
                Some((on, off)) => contradiction |= on != first || off != second,
                None => on_off = Some((first.to_owned(), second.to_owned())),
            }
        }
    }
    for setting in records.iter_mut().flat_map(|record| record.settings.iter_mut()) {
        let word = setting.word.to_lowercase();
        let known = WORDS.iter().find(|(known, _)| *known == word).map(|(_, state)| *state);
        setting.state = known.or_else(|| match &on_off {
            Some((on, _)) if !contradiction && *on == setting.word => Some(State::On),
            Some((_, off)) if !contradiction && *off == setting.word => Some(State::Off),
            _ => None,
        });
    }
}

/// Records that end before their id or their thumbprint, told as damage.
#[must_use]
pub fn damage(record: &SslBinding) -> Vec<Damaged> {
    let mut out = Vec::new();
    if let Key::Damaged(damaged) = &record.key {
        out.push(damaged.clone());
    }
    if let Some(Hash::Damaged { value, .. }) = &record.hash {
        out.push(value.clone());
    }
    if let Some(Err(damaged)) = &record.app_id {
        out.push(damaged.clone());
    }
    if record.cut && record.hash.is_none() && record.app_id.is_none() {
        out.push(Damaged::new("", EXPECTED_HASH, "the end of the file", record.lines.last));
    }
    out
}

#[cfg(test)]
mod tests;
