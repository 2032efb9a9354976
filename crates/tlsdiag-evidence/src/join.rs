//! Fragments of one machine become one set of facts: their hosts are named, their clocks aligned, and every certificate
//! that is bound gets the chain that the machine's stores make of it.
use crate::{fragment::Fragment, fragment::Mark, machines, walk::Evidence};
use std::collections::{BTreeMap, BTreeSet, btree_map::Entry};
use std::sync::Arc;
use tlsdiag_model::facts::{Event, Identity, Location};
use tlsdiag_model::{
    Case, CertId, Cover, Host, How, Kind, Name, Origin, Reading, Row, Sight, Span, Survey, Thumb, Time, Vantage,
};
use tlsdiag_pki::{Certificate, Thumbprint};

/// Places at which a row can be looked up that are kept.
const EXAMPLES: usize = 3;
/// Certificates of a chain that are put together from stores.
const LONGEST: usize = 8;

/// Puts everything into a case; gives the machines that it found.
pub fn join(evidence: &mut Evidence, name: Option<&Name>, into: &mut Case) -> Vec<Host> {
    let fragments = std::mem::take(&mut evidence.fragments);
    let of = machines::assign(&fragments);
    let mut groups: BTreeMap<usize, Vec<Fragment>> = BTreeMap::new();
    for (f, n) in fragments.into_iter().zip(of) {
        groups.entry(n).or_default().push(f);
    }
    let several = groups.len() > 1;
    let mut hosts = vec![];
    for files in groups.into_values() {
        let host = into.host(&label(&files, several), Vantage::Evidence);
        hosts.push(host);
        machine(files, host, into);
        identities(into, host, name);
    }
    copies(into);
    hosts
}

/// Entries of a log that came in several copies are one: the same event, seen as often from the same to the same moment.
fn copies(into: &mut Case) {
    let mut at: BTreeMap<(Host, Span, u64, Event), usize> = BTreeMap::new();
    let mut kept: Vec<Row<Event>> = vec![];
    for row in std::mem::take(&mut into.events) {
        match at.entry((row.host, row.span, row.count, row.what.clone())) {
            Entry::Vacant(e) => {
                e.insert(kept.len());
                kept.push(row);
            }
            Entry::Occupied(e) => {
                let Some(first) = kept.get_mut(*e.get()) else { continue };
                for origin in row.examples {
                    if first.examples.len() < EXAMPLES && !first.examples.contains(&origin) {
                        first.examples.push(origin);
                    }
                }
            }
        }
    }
    into.events = kept;
}

/// How people call a machine: by its name, else by where its files lay.
fn label(files: &[Fragment], several: bool) -> String {
    let computer = files.iter().flat_map(|f| &f.marks).find_map(|m| match m {
        Mark::Computer(c) => Some(c.clone()),
        _ => None,
    });
    if let Some(c) = computer {
        return c;
    }
    let paths: Vec<&str> = files.iter().map(|f| &*f.path).collect();
    match paths.as_slice() {
        [one] => (*one).to_owned(),
        [first, ..] => {
            let mut folder = first.rsplit_once('/').map_or("", |(f, _)| f);
            while !folder.is_empty() && !paths.iter().all(|p| p.starts_with(folder)) {
                folder = folder.rsplit_once('/').map_or("", |(f, _)| f);
            }
            match folder {
                "" if several => (*first).to_owned(),
                "" => "the server".to_owned(),
                f => f.to_owned(),
            }
        }
        [] => "the server".to_owned(),
    }
}

fn machine(files: Vec<Fragment>, host: Host, into: &mut Case) {
    let bias = files.iter().flat_map(|f| &f.case.systems).find_map(|s| s.what.bias_min);
    for mut f in files {
        if let Some(bias) =
            bias.filter(|_| f.kinds.iter().any(|k| matches!(*k, "event-text" | "event-csv" | "evt-text")))
        {
            let by = Time::from(bias).saturating_mul(60_000);
            for e in &mut f.case.events {
                e.span.first = e.span.first.saturating_add(by);
                e.span.last = e.span.last.saturating_add(by);
            }
        }
        surveys_of_faults(&mut f, host);
        let mut hosts = vec![host];
        for h in f.case.hosts.iter().skip(1) {
            hosts.push(named(&h.label, host, into));
        }
        let case = std::mem::take(&mut f.case);
        into.absorb(case, &hosts);
    }
}

/// The machine that an entry names: the one of the file, or another.
fn named(computer: &str, own: Host, into: &mut Case) -> Host {
    if into.label(own) == computer { own } else { into.host(computer, Vantage::Evidence) }
}

/// A file that was not read whole leaves its mark on every kind of fact that it gave.
fn surveys_of_faults(f: &mut Fragment, _host: Host) {
    let Some(first) = f.faults.first() else { return };
    let told: BTreeSet<Kind> = Kind::ALL.iter().copied().filter(|k| f.case.count(*k) > 0).collect();
    for kind in told.into_iter().filter(|k| *k != Kind::Wholes) {
        if f.case.surveys.iter().any(|s| s.kind == kind) {
            continue;
        }
        let (cover, origin) = (Cover::Partial(first.why.clone()), first.origin.clone());
        f.case.surveys.push(Survey { kind, host: Host(0), cover, span: Span::at(f.taken), origin });
    }
}

/// For every certificate that a record or a site names and whose octets are known: what the machine would send.
fn identities(case: &mut Case, host: Host, name: Option<&Name>) {
    let mut by_thumb: BTreeMap<Thumb, CertId> = BTreeMap::new();
    for (id, der) in &case.certs {
        by_thumb.extend(Thumb::of_octets(&Thumbprint::of(der).0).map(|t| (t, *id)));
        by_thumb.extend(Thumb::of_octets(&id.0).map(|t| (t, *id)));
    }
    let issuers = issuers(case, host);
    let mut made: Vec<Row<Identity>> = vec![];
    let records = case.bindings.iter().filter(|b| b.host == host).map(|b| {
        let what = &b.what;
        (&what.hash, what.name.as_ref(), shown(what.name.as_ref(), what.addr, what.port), b.span, b.examples.first())
    });
    let sites = case.site_bindings.iter().filter(|b| b.host == host && b.what.protocol == "https").filter_map(|b| {
        let what = &b.what;
        Some((
            what.hash.as_ref()?,
            what.name.as_ref(),
            shown(what.name.as_ref(), what.addr, what.port),
            b.span,
            b.examples.first(),
        ))
    });
    for (hash, own, place, span, origin) in records.chain(sites) {
        let Reading::Good(thumb) = hash else { continue };
        let Some(leaf) = by_thumb.get(thumb) else { continue };
        let label: Arc<str> = format!("{} {place} {}", case.label(host), thumb.short()).into();
        let name = own.or(name).cloned();
        if made.iter().any(|m| m.what.label == label) {
            continue;
        }
        let what = Identity {
            label,
            path: place.into(),
            chain: chain(case, *leaf, &issuers, span.last),
            unreadable: vec![],
            leaf: *leaf,
            key: Sight::Hidden,
            name,
        };
        let origin = origin.cloned().unwrap_or(Origin::Api("stores".into()));
        made.push(Row::during(what, host, How::Read, span, origin));
    }
    if !made.is_empty() {
        let survey = Survey {
            kind: Kind::Identities,
            host,
            cover: Cover::Complete,
            span: made.iter().map(|m| m.span).reduce(Span::join).unwrap_or(Span::always()),
            origin: Origin::Api("stores".into()),
        };
        case.surveys.push(survey);
    }
    case.identities.extend(made);
}

fn shown(name: Option<&Name>, addr: tlsdiag_model::Addr, port: u16) -> String {
    match name {
        Some(n) => format!("{n}:{port}"),
        None => format!("{addr}:{port}"),
    }
}

/// Certificates of the machine's stores from which a chain may be put together.
fn issuers(case: &Case, host: Host) -> Vec<(CertId, Certificate)> {
    let of_machine = |l: &Location| matches!(l, Location::Machine | Location::Policy | Location::Unknown);
    let mut ids: Vec<CertId> = case
        .stored
        .iter()
        .filter(|s| s.host == host && of_machine(&s.what.location) && !s.what.store.eq_ignore_ascii_case("Disallowed"))
        .filter_map(|s| s.what.cert)
        .collect();
    ids.sort();
    ids.dedup();
    ids.into_iter().filter_map(|id| Some((id, Certificate::from_der(case.certs.get(&id)?).ok()?))).collect()
}

/// The leaf and every certificate of the stores that may issue what is in the chain already; no self-signed one, as Windows
/// sends none. Of several that bear one name, those that are good then are taken, as Windows prefers them.
fn chain(case: &Case, leaf: CertId, issuers: &[(CertId, Certificate)], at: Time) -> Vec<CertId> {
    let at = at.div_euclid(1000);
    let good = |c: &Certificate| c.not_before <= at && at <= c.not_after;
    let mut out = vec![leaf];
    let mut open = vec![leaf];
    while let Some(id) = open.pop() {
        let Some(c) = case.certs.get(&id).and_then(|der| Certificate::from_der(der).ok()) else { continue };
        if c.self_issued() {
            continue;
        }
        let may: Vec<_> = issuers.iter().filter(|(_, i)| i.subject == c.issuer && !i.self_issued()).collect();
        let some_good = may.iter().any(|(_, i)| good(i));
        for (other, _) in may.into_iter().filter(|(_, i)| !some_good || good(i)) {
            if out.len() < LONGEST && !out.contains(other) {
                out.push(*other);
                open.push(*other);
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::facts::{Event, ListenList};

    #[test]
    fn a_log_that_ends_early_does_not_make_states_older() {
        const DAY: Time = 86_400_000;
        let mut log = Fragment::new("system.evtx", 100 * DAY);
        log.newest = Some(60 * DAY);
        let origin = log.inside("record 1");
        log.add(Row::once(Event::default(), Host(0), How::Watched, 60 * DAY, origin));
        let mut list = Fragment::new("iplisten.txt", 100 * DAY);
        list.state(ListenList { addrs: vec![] }, 1);
        let mut evidence = Evidence::default();
        evidence.fragments = vec![log, list];
        let mut case = Case::here("here");
        assert_eq!(join(&mut evidence, None, &mut case).len(), 1);
        assert_eq!(case.listen_lists.first().map(|r| r.span), Some(Span::at(100 * DAY)));
        assert_eq!(case.events.first().map(|r| r.span), Some(Span::at(60 * DAY)));
    }
}
