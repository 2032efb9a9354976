//! `tlsdiag THING…`: targets are parsed, looked at, diagnosed and told.
use crate::args::{Check, FailOn, Format, Show};
use crate::progress::Progress;
use crate::{COULD_NOT, output, terminal};
use std::collections::BTreeMap;
use std::path::Path;
use tlsdiag_collect::{Settings, Target};
use tlsdiag_engine::{Checked, check, conclude};
use tlsdiag_model::facts::{Asked, FetchEnd};
use tlsdiag_model::{Arg, Case, CertId, Impact, Sink, Time, say};
use tlsdiag_pki::Certificate;
use tlsdiag_report::{CertNote, Report, Style, json, text};

/// Interrupted.
const INTERRUPTED: u8 = 130;
/// How the program names itself in what it writes.
pub(crate) const TOOL: &str = concat!("tlsdiag ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(c: &Check) -> anyhow::Result<u8> {
    let style = terminal::style(&c.show);
    let Some(asked) = targets(c, &style) else { return Ok(COULD_NOT) };
    let settings = settings(c)?;
    let sink = Sink::new(Case::here("this machine"));
    on_interrupt(&sink, &c.show, style, settings.now.clone());
    let progress = Progress::start(style.lang, c.show.quiet);
    let raw = style.verbosity == tlsdiag_report::Verbosity::Raw;
    let checked = check(&asked, &settings, &sink, &mut |r| {
        progress.doing(r.asks);
        if raw {
            output::note(&format!("{:>6} ms  {:?}", r.elapsed.as_millis(), r.asks));
        }
    })?;
    drop(progress);
    if sink.stopped() {
        // the handler prints and ends the program
        loop {
            std::thread::park();
        }
    }
    let exit = checked.diagnosis.exit(fail_on(&c.show));
    output::result(&shown(&checked, &c.show, &style, (settings.now)(), exit))?;
    Ok(exit)
}

/// All targets, or `None` after saying what is wrong with each that is none.
fn targets(c: &Check, style: &Style) -> Option<Vec<Asked>> {
    let mut all = vec![];
    let mut bad = false;
    if c.things.is_empty() {
        output::complain(
            &say!("name a URL, a host or an address", "URL, 호스트 또는 주소를 지정하세요").render(style.lang),
        );
        return None;
    }
    for thing in &c.things {
        if Path::new(thing).exists() && !thing.contains("://") {
            let what = say!(
                "{thing} is a file or folder; this version looks at URLs, hosts and addresses",
                "{thing:은} 파일 또는 폴더입니다. 이 버전은 URL, 호스트, 주소를 확인합니다",
                thing = Arg::quote(thing)
            );
            output::complain(&what.render(style.lang));
            bad = true;
            continue;
        }
        match Target::parse(thing) {
            Ok(t) => {
                for note in &t.notes {
                    output::complain(&note.render(style.lang));
                }
                all.push(Asked { client: c.client.clone(), ..t.asked });
            }
            Err(e) => {
                output::complain(&e.say().render(style.lang));
                bad = true;
            }
        }
    }
    (!bad).then_some(all)
}

fn settings(c: &Check) -> anyhow::Result<Settings> {
    let ca_file = match &c.ca_file {
        Some(path) => {
            let bytes = std::fs::read(path).map_err(|e| anyhow::anyhow!("{}: {e}", path.display()))?;
            let (set, errors) = tlsdiag_pki::AnchorSet::from_bytes("file", &bytes);
            if set.is_empty() {
                let why = errors.first().map_or_else(|| "no certificate in it".to_owned(), ToString::to_string);
                anyhow::bail!("{}: {why}", path.display());
            }
            Some(bytes)
        }
        None => None,
    };
    Ok(Settings {
        timeout: c.timeout,
        offline: c.offline,
        resolve: c.resolve.iter().map(|r| (r.0.clone(), r.1, r.2.clone())).collect(),
        ca_file,
        ..Settings::default()
    })
}

/// Ctrl-C prints what is known so far.
fn on_interrupt(sink: &Sink, show: &Show, style: Style, now: tlsdiag_collect::probe::WallClock) {
    let sink = sink.clone();
    let (format, fail_on) = (format(show), fail_on(show));
    let set = ctrlc::set_handler(move || {
        sink.stop();
        let checked = conclude(sink.snapshot());
        let note =
            say!("interrupted; this is what is known so far", "중단되었습니다. 지금까지 알아낸 것은 다음과 같습니다");
        output::complain(&note.render(style.lang));
        let _ = (fail_on, output::result(&written(&checked, format, &style, now(), INTERRUPTED)));
        std::process::exit(i32::from(INTERRUPTED));
    });
    if let Err(e) = set {
        output::complain(&format!("Ctrl-C will end the program without an answer: {e}"));
    }
}

fn shown(checked: &Checked, show: &Show, style: &Style, now: Time, exit: u8) -> String {
    written(checked, format(show), style, now, exit)
}

fn written(checked: &Checked, format: Format, style: &Style, taken: Time, exit: u8) -> String {
    let certs = notes(&checked.case);
    let report = Report {
        diagnosis: &checked.diagnosis,
        case: &checked.case,
        certs: &certs,
        verdicts: &checked.verdicts,
        tool: TOOL,
        taken,
        exit,
    };
    match format {
        Format::Text => text::render(&report, style),
        Format::Json => json::document(&report),
        Format::Jsonl => json::lines(&report),
    }
}

pub(crate) fn format(show: &Show) -> Format {
    if show.json { Format::Json } else { show.format }
}

fn fail_on(show: &Show) -> Impact {
    match show.fail_on {
        FailOn::Broken => Impact::Broken,
        FailOn::Partial => Impact::Partial,
        FailOn::Risk => Impact::Risk,
        FailOn::Note => Impact::Note,
    }
}

/// Readable facts of the certificates that servers sent or that were fetched; anchors stay unread.
fn notes(case: &Case) -> BTreeMap<CertId, CertNote> {
    let sent = case.handshakes.iter().flat_map(|h| h.what.chain.saw().into_iter().flatten());
    let held = case.holdings.iter().map(|h| &h.what.cert);
    let fetched = case.fetches.iter().flat_map(|f| match &f.what.end {
        FetchEnd::Certs(ids) => ids.as_slice(),
        _ => &[],
    });
    sent.chain(held)
        .chain(fetched)
        .filter_map(|id| Some((*id, Certificate::from_der(case.certs.get(id)?).ok()?)))
        .map(|(id, c)| (id, note(&c)))
        .collect()
}

fn note(c: &Certificate) -> CertNote {
    CertNote {
        subject: c.subject.to_string(),
        issuer: c.issuer.to_string(),
        serial: c.serial_hex(),
        not_before: c.not_before.saturating_mul(1000),
        not_after: c.not_after.saturating_mul(1000),
        names: c.dns_names().map(str::to_owned).chain(c.ip_addresses().map(|a| a.to_string())).collect(),
        key: c.public_key.kind.to_string(),
        signature: c.signature_algorithm.to_string(),
        thumbprint: c.thumbprint.to_string(),
    }
}
