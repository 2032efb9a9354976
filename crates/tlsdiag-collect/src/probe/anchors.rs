//! Which roots are trusted: this machine's, and those of a file that was handed over.
use super::{clock::Clock, run::Run, settings::Settings};
use std::time::Instant;
use tlsdiag_model::{
    CertId, Cover, Host, How, Kind, Origin, Row, Sink, Survey, Why,
    facts::{Anchors, Set},
};
use tlsdiag_pki::read_certificates;

/// Reads the anchors and adds them, unless they are known. It blocks as long as the system takes to read its store.
pub fn read(settings: &Settings, sink: &Sink) {
    read_at(settings, Clock::new((settings.now)()), sink);
}

/// The same in a blocking thread of a run.
pub(crate) async fn read_beside(run: &Run) {
    let inner = run.clone();
    if let Err(e) = tokio::task::spawn_blocking(move || read_at(&inner.settings, inner.clock, &inner.sink)).await {
        run.missed(Kind::Anchors, Host::HERE, Why::Said(e.to_string()));
    }
}

fn read_at(settings: &Settings, clock: Clock, sink: &Sink) {
    let started = Instant::now();
    let known = |set: &Set| sink.with(|case| case.anchors.iter().any(|a| a.host == Host::HERE && a.what.set == *set));
    if let Some(bytes) = settings.ca_file.as_ref().filter(|_| !known(&Set::File)) {
        let (mut certs, mut bad) = (vec![], None);
        for c in read_certificates(bytes) {
            match c {
                Ok(c) => certs.push(sink.with(|case| case.certificate(&c.der))),
                Err(e) => bad = bad.or(Some(e.to_string())),
            }
        }
        add((clock, sink), Set::File, certs, bad, started, "--ca-file");
    }
    if !settings.machine_anchors || known(&Set::Machine) {
        return;
    }
    let loaded = rustls_native_certs::load_native_certs();
    let certs = sink.with(|case| loaded.certs.iter().map(|c| case.certificate(c)).collect());
    let bad = loaded.errors.first().map(ToString::to_string);
    add((clock, sink), Set::Machine, certs, bad, started, "certificate store");
}

fn add(
    (clock, sink): (Clock, &Sink),
    set: Set,
    mut certs: Vec<CertId>,
    bad: Option<String>,
    started: Instant,
    origin: &str,
) {
    certs.sort_unstable();
    certs.dedup();
    let origin = Origin::Api(origin.into());
    let span = clock.since(started);
    let cover = match bad {
        None => Cover::Complete,
        Some(words) if certs.is_empty() => Cover::Failed(Why::Said(words)),
        Some(words) => Cover::Partial(Why::Said(words)),
    };
    sink.survey(Survey { kind: Kind::Anchors, host: Host::HERE, cover, span, origin: origin.clone() });
    sink.add(Row::during(Anchors { set, certs }, Host::HERE, How::Read, span, origin));
}
