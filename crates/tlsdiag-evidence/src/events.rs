//! Event logs, binary and as text: entries that speak of TLS, alike ones folded into one row as they are read.
use crate::fragment::{Fragment, Mark};
use crate::input::{Input, Refused};
use std::collections::HashMap;
use std::io::Read;
use std::ops::Range;
use tlsdiag_model::facts::{Event, Side, Spot};
use tlsdiag_model::{Addr, Arg, Cover, Folder, Host, How, Kind, Name, Origin, Say, Span, Survey, Thumb, Why, say};
use tlsdiag_pki::Thumbprint;
use tlsdiag_winfiles::events as logs;
use tlsdiag_winfiles::events::fields::{Fields, fields};
use tlsdiag_winfiles::events::{Class, FaultKind, Item, Place, Summary, evt, evtx, text};
use tlsdiag_winfiles::text::decode::Decoded;

/// Different rows of one log that are kept.
const ROWS: usize = 5000;
/// Longest text of an entry that becomes part of a fact.
const LONGEST: usize = 256;

/// Is it an .evtx log, or a chunk of one?
pub(crate) fn sniff_evtx(head: &[u8]) -> bool {
    evtx::is_evtx(head)
}

/// Is it a legacy .evt log?
pub(crate) fn sniff_evt(head: &[u8]) -> bool {
    evt::is_evt(head)
}

/// Reads an .evtx log.
pub(crate) fn read_evtx(input: &mut Input<'_>, out: &mut Fragment) -> Result<(), Refused> {
    binary(input, out, |source, sink| evtx::read(source, &mut logs::wanted, sink))
}

/// Reads an .evt log.
pub(crate) fn read_evt(input: &mut Input<'_>, out: &mut Fragment) -> Result<(), Refused> {
    binary(input, out, |source, sink| evt::read(source, &mut logs::wanted, sink))
}

fn binary(
    input: &mut Input<'_>,
    out: &mut Fragment,
    read: impl FnOnce(&mut dyn Read, &mut dyn FnMut(Item)) -> std::io::Result<Summary>,
) -> Result<(), Refused> {
    let refused =
        |e: std::io::Error| Refused(say!("cannot be read: {why}", "읽을 수 없습니다: {why}", why = Arg::quote(e)));
    input.octets.rewind().map_err(refused)?;
    let mut rows = Rows::new(out);
    let summary = read(&mut input.octets, &mut |item| rows.item(item)).map_err(refused)?;
    let Rows { folder, worst, .. } = rows;
    let (events, capped) = folder.finish();
    events.into_iter().for_each(|row| out.add(row));
    out.more_faults = out.more_faults.saturating_add(summary.faults.saturating_sub(logs::FAULTS_TOLD));
    out.newest = summary.last.map(|w| w.unix_ms);
    if let [only] = summary.computers.as_slice() {
        out.mark(Mark::computer(only));
    }
    // Schannel and HTTP.sys write to the System log alone; a log of the legacy form does not tell which it is.
    let system = summary.channels.iter().any(|c| c.eq_ignore_ascii_case("System"));
    let told = summary.channels.is_empty() && summary.wanted > 0;
    if system || told {
        let cover = match (worst, capped) {
            (Some(why), _) => Cover::Partial(why),
            (None, capped) => capped,
        };
        survey(out, cover, &summary);
    }
    Ok(())
}

fn survey(out: &mut Fragment, cover: Cover, summary: &Summary) {
    let at = |w: Option<logs::When>| w.map_or(out.taken, |w| w.unix_ms);
    let (first, last) = (at(summary.first), at(summary.last));
    let span = Span { first: first.min(last), last: last.max(first) };
    let origin = Origin::File { path: out.path.clone(), line: 1 };
    out.case.surveys.push(Survey { kind: Kind::Events, host: Host(0), cover, span, origin });
}

/// Events as text in any form; the rest of the text may be anything else.
pub(crate) fn read_text(decoded: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    let mut rows = Rows::new(out);
    let Some(reading) = text::read(&decoded.text, &mut |item| rows.item(item)) else { return vec![] };
    finish_text(rows, &reading.summary, &reading, decoded)
}

/// One message alone, where nobody else knew the text.
pub(crate) fn read_message(decoded: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    if !out.kinds.is_empty() {
        return vec![];
    }
    let mut rows = Rows::new(out);
    let Some(reading) = text::read_message(&decoded.text, &mut |item| rows.item(item)) else { return vec![] };
    finish_text(rows, &reading.summary, &reading, decoded)
}

fn finish_text(rows: Rows<'_>, summary: &Summary, reading: &text::Reading, decoded: &Decoded) -> Vec<Range<u32>> {
    let Rows { folder, worst, out, .. } = rows;
    let (events, capped) = folder.finish();
    events.into_iter().for_each(|row| out.add(row));
    out.is(match reading.form {
        text::Form::Xml => "event-xml",
        text::Form::Clixml => "event-clixml",
        text::Form::Json => "event-json",
        text::Form::Columns => "event-csv",
        text::Form::Table | text::Form::Lines | text::Form::Message => "event-text",
    });
    out.more_faults = out.more_faults.saturating_add(summary.faults.saturating_sub(logs::FAULTS_TOLD));
    if let [only] = summary.computers.as_slice() {
        out.mark(Mark::computer(only));
    }
    out.newest = out.newest.max(summary.last.map(|w| w.unix_ms));
    // A text holds what somebody chose to send.
    let chosen = Why::Said(format!("{} of the log's entries, as text ({})", summary.records, decoded.encoding));
    let cover = match (worst, capped) {
        (Some(why), _) => Cover::Partial(why),
        (None, Cover::Complete) => Cover::Partial(chosen),
        (None, capped) => capped,
    };
    if summary.wanted > 0 {
        survey(out, cover, summary);
    }
    reading.lines.clone()
}

/// Rows as they come in.
struct Rows<'f> {
    out: &'f mut Fragment,
    folder: Folder<Event>,
    computers: HashMap<String, Host>,
    worst: Option<Why>,
}

impl<'f> Rows<'f> {
    fn new(out: &'f mut Fragment) -> Rows<'f> {
        Rows { out, folder: Folder::of_log(ROWS), computers: HashMap::new(), worst: None }
    }

    fn item(&mut self, item: Item) {
        match item {
            Item::Event(event) => self.event(*event),
            Item::Fault(fault) => self.fault(&fault),
        }
    }

    fn event(&mut self, event: logs::Event) {
        let f = fields(&event);
        if !matters(&event, &f) {
            return;
        }
        let host = match &event.computer {
            None => Host(0),
            Some(name) => match self.computers.get(name) {
                Some(host) => *host,
                None => {
                    let host = self.out.computer(name);
                    self.computers.insert(name.clone(), host);
                    host
                }
            },
        };
        if let Some(der) = &f.certificate {
            self.out.certificate(der);
        }
        let origin = self.origin(event.place, event.record);
        let at = event.time.map_or(self.out.taken, |w| w.unix_ms);
        self.folder.add(fact(&event, f), host, How::Watched, at, || origin);
    }

    fn origin(&self, place: Place, record: Option<u64>) -> Origin {
        match (place, record) {
            (Place::Line(line), _) => self.out.line(line),
            (Place::Offset(_), Some(record)) => self.out.inside(&format!("record {record}")),
            (Place::Offset(at), None) => self.out.inside(&format!("offset {at}")),
        }
    }

    fn fault(&mut self, fault: &logs::Fault) {
        let at = match fault.place {
            Place::Offset(at) => at,
            Place::Line(line) => u64::from(line),
        };
        let why = match fault.kind {
            FaultKind::CutOff => Why::CutOff { at },
            FaultKind::Limit => Why::OverCap { kept: 0, dropped: 1 },
            FaultKind::Malformed | FaultKind::Checksum | FaultKind::Skipped => Why::DamagedAt { at },
        };
        // What is cut off weighs most, as it tells of entries that are missing.
        if self.worst.is_none() || matches!(why, Why::CutOff { .. }) {
            self.worst = Some(why.clone());
        }
        let origin = match fault.place {
            Place::Line(line) => self.out.line(line),
            Place::Offset(at) => self.out.inside(&format!("offset {at}")),
        };
        self.out.fault(origin, why, words(fault));
    }
}

fn words(fault: &logs::Fault) -> Say {
    let (expected, found) = (Arg::quote(fault.expected), Arg::quote(&fault.found));
    match fault.kind {
        FaultKind::CutOff => say!(
            "cut off: expected {expected}, found {found}",
            "잘렸습니다: 예상 {expected}, 실제 {found}",
            expected = expected,
            found = found
        ),
        FaultKind::Checksum => say!(
            "damaged: {expected} does not fit ({found}); its entries were read all the same",
            "손상: 체크섬이 맞지 않습니다({expected}: {found}). 항목은 그대로 읽었습니다",
            expected = expected,
            found = found
        ),
        FaultKind::Skipped => say!(
            "passed over {found}: no {expected} stands there",
            "{found:을} 건너뛰었습니다. 예상한 {expected:이} 없습니다",
            expected = expected,
            found = found
        ),
        FaultKind::Limit => say!(
            "more than is read: {expected} ({found})",
            "읽는 한도를 넘었습니다: {expected}({found})",
            expected = expected,
            found = found
        ),
        FaultKind::Malformed => say!(
            "damaged: expected {expected}, found {found}",
            "손상: 예상 {expected}, 실제 {found}",
            expected = expected,
            found = found
        ),
    }
}

/// Is it worth a row? Of chains and enrolment only what failed, of HTTP.sys only what speaks of TLS.
fn matters(event: &logs::Event, f: &Fields) -> bool {
    match f.class {
        Class::Schannel => true,
        Class::HttpEvent => !matches!(f.id, 15007 | 15008),
        Class::HttpService => matches!(f.id, 20 | 34..=38 | 56 | 61 | 89 | 91 | 93 | 94 | 96 | 98),
        Class::Capi2 => f.code.is_some_and(|c| c != 0),
        Class::CertificateServicesClient => event.level.is_some_and(|l| (1..=3).contains(&l)),
        Class::Other => false,
    }
}

fn fact(event: &logs::Event, f: Fields) -> Event {
    let thumb = match (&f.certificate, &f.thumbprint) {
        (_, Some(octets)) => Thumb::of_octets(octets),
        (Some(der), None) => Thumb::of_octets(&Thumbprint::of(der).0),
        (None, None) => None,
    };
    let endpoint = f.endpoint.as_deref().and_then(spot);
    // A URL or another name that is no endpoint.
    let named = if endpoint.is_none() { f.endpoint } else { None };
    Event {
        source: source(f.class, &event.provider),
        id: f.id,
        code: f.code,
        state: f.state,
        alert: f.alert,
        side: match f.side {
            logs::fields::Side::Server => Some(Side::Server),
            logs::fields::Side::Client => Some(Side::Client),
            logs::fields::Side::Unknown => None,
        },
        protocol: f.protocol.map(short),
        endpoint,
        process: f.process.and_then(|p| p.name).map(|n| short(program(&n).to_owned())),
        thumb,
        container: f.key.and_then(|k| k.container).map(short),
        peer: f.remote.or(named).map(short),
    }
}

fn source(class: Class, provider: &str) -> String {
    match class {
        Class::Schannel => "Schannel".to_owned(),
        Class::HttpEvent => "HttpEvent".to_owned(),
        Class::HttpService => "HttpService".to_owned(),
        Class::Capi2 => "CAPI2".to_owned(),
        Class::CertificateServicesClient => "CertificateServicesClient".to_owned(),
        Class::Other => short(provider.to_owned()),
    }
}

fn short(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|k| text.is_char_boundary(*k)).unwrap_or(0);
        text.truncate(end);
    }
    text
}

/// A program's name without its folder.
fn program(path: &str) -> &str {
    path.rsplit(['\\', '/']).next().unwrap_or(path)
}

/// `0.0.0.0:443`, `[::]:443`, `host:443`, `https://+:443/`.
fn spot(text: &str) -> Option<Spot> {
    let text = text.strip_prefix("https://").or_else(|| text.strip_prefix("http://")).unwrap_or(text);
    let text = text.split('/').next()?;
    let (host, port) = text.rsplit_once(':')?;
    let port: u16 = port.parse().ok()?;
    let weak = matches!(host, "+" | "*");
    Some(match Addr::parse(host).filter(|_| !host.is_empty()) {
        Some(addr) if !weak => Spot { addr, port, name: None },
        _ if weak => Spot { addr: Addr::Any, port, name: None },
        _ if host.is_empty() => return None,
        _ => Spot { addr: Addr::Any, port, name: Some(Name::new(host)) },
    })
}

#[cfg(test)]
mod tests;
