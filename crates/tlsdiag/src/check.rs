//! `tlsdiag THING…`: sites are looked at, files are read; both are diagnosed and told.
use crate::args::{Check, FailOn, Format, Show};
use crate::progress::Progress;
use crate::{COULD_NOT, output, secrets, sent, terminal};
use std::collections::BTreeMap;
use std::path::Path;
use tlsdiag_collect::Settings;
use tlsdiag_collect::files::{self, Given, Reading, Thing};
use tlsdiag_engine::{Checked, check, conclude};
use tlsdiag_model::facts::{Asked, FetchEnd};
use tlsdiag_model::{Arg, Case, CertId, Impact, Say, Sink, Time, say};
use tlsdiag_pki::Certificate;
use tlsdiag_pki::secret::Limits;
use tlsdiag_report::{CertNote, Report, Style, json, text};
use tlsdiag_rules::clients;

/// Interrupted.
const INTERRUPTED: u8 = 130;
/// How the program names itself in what it writes.
pub(crate) const TOOL: &str = concat!("tlsdiag ", env!("CARGO_PKG_VERSION"));

pub(crate) fn run(c: &Check) -> anyhow::Result<u8> {
    let style = terminal::style(&c.show);
    let Some((asked, mut given)) = things(c, &style) else { return Ok(COULD_NOT) };
    let Some(settings) = settings(c, &style) else { return Ok(COULD_NOT) };
    given.name = c.name.clone().or_else(|| match asked.as_slice() {
        [one] => Some(one.name.clone()),
        _ => None,
    });
    let sink = Sink::new(Case::here("this machine"));
    on_interrupt(&sink, &c.show, style, settings.now.clone());
    if !read(c, &mut given, &settings, &sink, &style) {
        return Ok(COULD_NOT);
    }
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

/// All sites, and all files and thumbprints; or `None` after saying what is wrong with each thing that is neither.
fn things(c: &Check, style: &Style) -> Option<(Vec<Asked>, Given)> {
    let (mut asked, mut given) = (vec![], Given::default());
    let mut bad = false;
    if c.things.is_empty() {
        output::complain(
            &say!(
                "name a URL, a host, an address, a file or a folder",
                "URL, 호스트, 주소, 파일 또는 폴더를 지정하세요"
            )
            .render(style.lang),
        );
        return None;
    }
    if let Some(client) = c.client.as_deref().filter(|w| clients::find(w).is_empty()) {
        let near = clients::near(client).iter().map(|k| Arg::term(k.name)).collect();
        let what = say!(
            "no client is known as {client}; known are, for example: {near}",
            "{client:이라}는 클라이언트는 알려져 있지 않습니다. 알려진 것의 예: {near}",
            client = Arg::quote(client),
            near = Arg::List(near)
        );
        output::complain(&what.render(style.lang));
        return None;
    }
    for typed in &c.things {
        match files::thing(typed) {
            Ok(Thing::Site(t)) => {
                for note in &t.notes {
                    output::complain(&note.render(style.lang));
                }
                asked.push(Asked { client: c.client.clone(), ..t.asked });
            }
            Ok(Thing::Path(path)) => {
                if files::reads_as_host(typed) {
                    let note = say!(
                        "{thing} is a file or folder here and is read; the host is https://{thing}",
                        "{thing:은} 여기 있는 파일 또는 폴더여서 그것을 읽습니다. 호스트는 https://{thing}로 지정합니다",
                        thing = Arg::quote(typed)
                    );
                    output::complain(&note.render(style.lang));
                }
                given.paths.push(path);
            }
            Ok(Thing::Thumbprint(text)) => given.thumbprints.push(text),
            Ok(Thing::Stdin) => match files::standard_input(&mut std::io::stdin().lock()) {
                Ok(octets) => given.stdin = Some(octets),
                Err(e) => {
                    output::complain(&e.render(style.lang));
                    bad = true;
                }
            },
            Err(e) => {
                output::complain(&e.say().render(style.lang));
                bad = true;
            }
        }
    }
    (!bad).then_some((asked, given))
}

/// Reads the files; false after saying what cannot be done.
fn read(c: &Check, given: &mut Given, settings: &Settings, sink: &Sink, style: &Style) -> bool {
    let at = c.at.unwrap_or_else(|| (settings.now)());
    let evidence = sent::read(given, at, sink, style.lang, c.show.quiet);
    let nothing_else = given.paths.is_empty() && given.stdin.is_none() && given.unpacked.is_empty();
    if nothing_else && given.thumbprints.is_empty() {
        return true;
    }
    let mut secrets = match secrets::secrets(&c.password_file, style.lang) {
        Ok(s) => s,
        Err(why) => {
            output::complain(&why.render(style.lang));
            return false;
        }
    };
    let allowed = Limits::default();
    let limits =
        Limits { iterations: c.max_iterations, work: allowed.work.max(c.max_iterations.saturating_mul(4)), ..allowed };
    let reading = Reading { at, limits };
    let told = files::read(given, &reading, &mut secrets, sink);
    let unknown = told.unknown.iter().filter(|_| evidence).map(|path| tlsdiag_evidence::not_understood(path));
    for note in told.refused.iter().cloned().chain(told.notes.clone()).chain(unknown) {
        output::complain(&note.render(style.lang));
    }
    told.refused.is_empty()
}

/// How to look, or `None` after saying what is wrong with the file of `--ca-file`.
fn settings(c: &Check, style: &Style) -> Option<Settings> {
    let ca_file = match &c.ca_file {
        Some(path) => match certificates(path) {
            Ok(bytes) => Some(bytes),
            Err(why) => {
                output::complain(&why.render(style.lang));
                return None;
            }
        },
        None => None,
    };
    Some(Settings {
        timeout: c.timeout,
        offline: c.offline,
        resolve: c.resolve.iter().map(|r| (r.0.clone(), r.1, r.2.clone())).collect(),
        ca_file,
        ..Settings::default()
    })
}

/// The bytes of a file that holds a certificate at least.
fn certificates(path: &Path) -> Result<Vec<u8>, Say> {
    let file = Arg::quote(path.display());
    let bytes = std::fs::read(path).map_err(|e| {
        say!("--ca-file {file}: {why}", "--ca-file {file}: {why}", file = file.clone(), why = Arg::quote(e))
    })?;
    let (set, errors) = tlsdiag_pki::AnchorSet::from_bytes("file", &bytes);
    match errors.first() {
        _ if !set.is_empty() => Ok(bytes),
        // neither the armour of PEM nor the first byte of DER
        Some(why) if bytes.first() == Some(&0x30) || bytes.windows(10).any(|w| w == b"-----BEGIN") => Err(say!(
            "--ca-file {file}: no certificate could be read from it: {why}",
            "--ca-file {file}: 인증서를 읽을 수 없습니다: {why}",
            file = file,
            why = Arg::quote(why)
        )),
        _ => Err(say!(
            "--ca-file {file}: there is no certificate in it, neither PEM nor DER",
            "--ca-file {file}: PEM이나 DER 형식의 인증서가 들어 있지 않습니다",
            file = file
        )),
    }
}

/// Ctrl-C prints what is known so far.
fn on_interrupt(sink: &Sink, show: &Show, style: Style, now: tlsdiag_collect::probe::WallClock) {
    let sink = sink.clone();
    let (format, fail_on) = (format(show), fail_on(show));
    let set = ctrlc::set_handler(move || {
        sink.stop();
        secrets::echo::restore();
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
    let stored = case.stored.iter().filter_map(|s| s.what.cert.as_ref());
    sent.chain(held)
        .chain(fetched)
        .chain(stored)
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
