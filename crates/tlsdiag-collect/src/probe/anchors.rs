//! Which roots are trusted: this machine's, and those of a file that was handed over.
use super::run::Run;
use std::time::Instant;
use tlsdiag_model::{
    CertId, Cover, Host, How, Kind, Origin, Row, Survey, Why,
    facts::{Anchors, Set},
};
use tlsdiag_pki::read_certificates;

/// Reads the anchors in a blocking thread and adds them.
pub(crate) async fn read(run: &Run) {
    let started = Instant::now();
    if let Some(bytes) = &run.settings.ca_file {
        let (mut certs, mut bad) = (vec![], None);
        for c in read_certificates(bytes) {
            match c {
                Ok(c) => certs.push(run.sink.with(|case| case.certificate(&c.der))),
                Err(e) => bad = bad.or(Some(e.to_string())),
            }
        }
        add(run, Set::File, certs, bad, started, "--ca-file");
    }
    if !run.settings.machine_anchors {
        return;
    }
    let loaded = match tokio::task::spawn_blocking(rustls_native_certs::load_native_certs).await {
        Ok(l) => l,
        Err(e) => return run.missed(Kind::Anchors, Host::HERE, Why::Said(e.to_string())),
    };
    let certs = run.sink.with(|case| loaded.certs.iter().map(|c| case.certificate(c)).collect());
    let bad = loaded.errors.first().map(ToString::to_string);
    add(run, Set::Machine, certs, bad, started, "certificate store");
}

fn add(run: &Run, set: Set, mut certs: Vec<CertId>, bad: Option<String>, started: Instant, origin: &str) {
    certs.sort_unstable();
    certs.dedup();
    let origin = Origin::Api(origin.into());
    let span = run.clock.since(started);
    let cover = match bad {
        None => Cover::Complete,
        Some(words) if certs.is_empty() => Cover::Failed(Why::Said(words)),
        Some(words) => Cover::Partial(Why::Said(words)),
    };
    run.sink.survey(Survey { kind: Kind::Anchors, host: Host::HERE, cover, span, origin: origin.clone() });
    run.sink.add(Row::during(Anchors { set, certs }, Host::HERE, How::Read, span, origin));
}
