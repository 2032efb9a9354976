//! What is expensive to change later, one hard scenario each: who may explain whom, at what time, on whose word.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
#[allow(dead_code, reason = "the pages use more of it")]
#[path = "../common/certs.rs"]
mod certs;
mod local;

use local::*;
use std::net::IpAddr;
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_rules::{Candidate, Derived, Diagnosis, Rule, Subjects, examine, judge};

/// For certificates: they count from this time.
pub(crate) const T0: Time = 1_795_521_600_000;
const MON: Time = T0;
const DAY: Time = 86_400_000;
const FRI: Time = MON + 4 * DAY;

fn ip(n: u8) -> IpAddr {
    [10, 0, 0, n].into()
}
fn file(line: u32) -> Origin {
    Origin::File { path: "x".into(), line }
}
fn row<T>(what: T, host: u32, how: How, t: Time) -> Row<T> {
    Row::once(what, Host(host), how, t, file(1))
}
fn looked(kind: Kind, host: u32, cover: Cover) -> Survey {
    Survey { kind, host: Host(host), cover, span: Span::at(MON), origin: Origin::Api("x".into()) }
}
fn shook(a: u8, end: End) -> Handshake {
    Handshake {
        from: Host::HERE,
        addr: ip(a),
        port: 443,
        name: None,
        trial: Trial::Base,
        offer: Offer { versions: vec![0x304, 0x303], ..Offer::default() },
        stage: Stage::Nothing,
        end,
        delivered: Sight::Hidden,
        answered: Sight::NotReached,
        chain: Sight::NotReached,
        unreadable: vec![],
        staple: Sight::NotReached,
        proof: Sight::NotReached,
        request: Sight::NotReached,
        after: Sight::NotReached,
    }
}
fn hs(host: u32, a: u8, end: End, t: Time) -> Row<Handshake> {
    row(shook(a, end), host, How::Watched, t)
}
fn bind(host: u32, addr: Addr, cert: Reading<CertId>, t: Time) -> Row<Binding> {
    let hash = match cert {
        Reading::Good(id) => Reading::Good(Thumb::of_octets(&id.0).unwrap()),
        Reading::Damaged { raw, expected, found } => Reading::Damaged { raw, expected, found },
        Reading::Empty => Reading::Empty,
    };
    row(Binding::new(addr, 443, None, hash), host, How::Read, t)
}
fn event(id: u32, host: u32, t: Time) -> Row<Event> {
    row(Event { source: "HttpEvent".into(), id, ..Event::default() }, host, How::Told, t)
}
fn ep(host: u32, a: u8) -> Endpoint {
    Endpoint { host: Host(host), addr: Addr::Is(ip(a)), port: 443, name: None }
}
fn subject(host: u32, a: u8) -> Subject {
    Subject::Endpoint(ep(host, a))
}
fn cert(n: u8) -> CertId {
    Fingerprint([n; 32])
}
fn case() -> Case {
    let hosts = (0..60).map(|i| HostInfo { label: format!("host{i}"), vantage: Vantage::Evidence }).collect();
    Case { hosts, ..Case::default() }
}
fn run_with(c: &Case, rules: &[&'static Rule]) -> Diagnosis {
    examine(c, &Derived::default(), rules)
}
fn run(c: &Case) -> Diagnosis {
    run_with(c, ALL)
}
fn find(d: &Diagnosis, cause: Cause) -> Option<&Candidate> {
    d.causes.iter().find(|c| c.labels.first() == Some(&cause) && c.standing < Standing::Possible)
}
/// Which endpoints' symptoms a cause explains.
fn explained<'d>(d: &'d Diagnosis, c: &Candidate) -> Vec<&'d Endpoint> {
    let mut v: Vec<_> = d.symptoms.iter().filter(|s| c.explains.contains(&s.id)).flat_map(|s| &s.endpoints).collect();
    v.sort();
    v
}
fn asks(d: &Diagnosis, kind: Kind, host: u32) -> Option<Option<Why>> {
    d.wanted.iter().find_map(|w| match &w.ask {
        Ask::Table { kind: k, host: h, why } if (*k, *h) == (kind, Host(host)) => Some(why.clone()),
        _ => None,
    })
}

#[test]
fn two_hosts_with_one_wildcard_do_not_explain_each_other() {
    let mut c = case();
    c.bindings = vec![bind(1, Addr::Any, Reading::Empty, MON)];
    c.handshakes = vec![hs(1, 1, End::Reset, MON), hs(2, 2, End::Reset, MON)];
    c.surveys = vec![looked(Kind::Bindings, 1, Cover::Complete)];
    let d = run(&c);
    let x = find(&d, Cause::BindHttpsysMissing).unwrap();
    assert_eq!(x.standing, Standing::Proven);
    assert!(explained(&d, x).iter().all(|e| e.host == Host(1)));
    assert!(asks(&d, Kind::Bindings, 2).is_some(), "the other machine's table is asked for");
    assert!(asks(&d, Kind::Bindings, 1).is_none(), "what was read whole is not asked for again");
}

#[test]
fn outside_and_inside_of_one_machine_meet_only_by_an_alias_and_aliases_are_transitive() {
    let mut c = case();
    c.bindings = vec![bind(1, Addr::Any, Reading::Empty, MON)];
    c.handshakes = vec![hs(9, 200, End::Reset, MON)];
    c.surveys = vec![looked(Kind::Bindings, 1, Cover::Complete)];
    let joined = |c: &Case| {
        let d = run(c);
        find(&d, Cause::BindHttpsysMissing).is_some_and(|x| explained(&d, x).iter().any(|e| e.host == Host(9)))
    };
    assert!(!joined(&c));
    c.aliases = vec![(Host(1), Host(5)), (Host(5), Host(9))];
    assert!(joined(&c));
}

#[test]
fn a_host_wide_fault_is_one_finding_on_many_endpoints_and_only_where_it_fits() {
    let mut c = case();
    c.protocols = vec![row(Protocol { version: 0x303, server: true, enabled: false }, 1, How::Read, MON)];
    c.handshakes = (1..=3).map(|a| hs(1, a, End::Alert(70), MON)).collect();
    for (i, h) in c.handshakes.iter_mut().enumerate() {
        // the third client never offered what is off: its alert has another reason
        h.what.offer.versions = vec![if i == 2 { 0x301 } else { 0x303 }];
    }
    let d = run(&c);
    let off: Vec<_> = d
        .causes
        .iter()
        .filter(|x| x.labels == [Cause::ProtoRegistryDisabled] && x.standing == Standing::Proven)
        .collect();
    assert_eq!(off.len(), 1);
    assert_eq!(off[0].endpoints.len(), 3, "it concerns all of the machine's endpoints");
    assert_eq!(explained(&d, off[0]), [&ep(1, 1), &ep(1, 2)]);
    assert!(d.symptoms.iter().any(|s| s.endpoints == [ep(1, 3)]), "the third alert stays unexplained");
}

#[test]
fn one_certificate_in_many_roles() {
    let mut c = case();
    c.bindings = vec![bind(1, Addr::Any, Reading::Good(cert(7)), MON)];
    c.handshakes = vec![hs(1, 1, End::Reset, MON), hs(1, 2, End::Reset, MON)];
    for n in [7, 8] {
        let h = Holding { cert: cert(n), role: Role::Store, has_key: Sight::Saw(false) };
        c.holdings.push(row(h, 1, How::Read, MON));
    }
    let d = run(&c);
    let by = |n| d.causes.iter().find(|x| x.subject == Subject::Cert { host: Host(1), id: cert(n) }).unwrap();
    assert_eq!((by(7).impact, explained(&d, by(7)).len(), by(7).endpoints.len()), (Impact::Broken, 2, 3));
    assert_eq!((by(8).impact, by(8).explains.len()), (Impact::Note, 0), "it lies in the store unused");
    assert_eq!(d.causes[0].subject, by(7).subject);
}

#[test]
fn contradictory_evidence_of_one_age_is_disputed_and_never_proven() {
    let mut c = case();
    c.bindings = vec![bind(1, Addr::Any, Reading::Empty, MON), bind(1, Addr::Any, Reading::Good(cert(7)), MON)];
    c.handshakes = vec![hs(1, 1, End::Reset, MON)];
    c.surveys = vec![looked(Kind::Bindings, 1, Cover::Complete)];
    let d = run(&c);
    let all: Vec<_> = d.causes.iter().filter(|x| x.labels == [Cause::BindHttpsysMissing]).collect();
    assert!(!all.is_empty() && all.iter().all(|x| x.standing >= Standing::Likely));
    let dispute = [FactRef::Row(Kind::Bindings, 0), FactRef::Row(Kind::Bindings, 1)];
    assert_eq!(d.disputes, [dispute.to_vec()]);
}

#[test]
fn a_flood_is_one_finding_and_a_cause_must_overlap_it() {
    let mut f = Folder::new(100);
    for i in 0..58_410i64 {
        let what = Event { source: "HttpEvent".into(), id: 15021, code: Some(0xc000_005f), ..Event::default() };
        f.add(what, Host(1), How::Told, MON + i * 1000, || file(u32::try_from(i).unwrap()));
    }
    let (events, cover) = f.finish();
    assert_eq!((events.len(), events[0].count, events[0].examples.len()), (1, 58_410, 3));
    assert_eq!(events[0].span, Span { first: MON, last: MON + 58_409_000 });
    let mut c = case();
    c.events = events;
    c.surveys = vec![looked(Kind::Events, 1, cover)];
    c.bindings = vec![bind(1, Addr::Any, Reading::Empty, MON)];
    let flood = |c: &Case| {
        let d = run(c);
        let s = d.symptoms.iter().find(|s| s.code == Some(Code(9915))).unwrap().clone();
        (s.count, d.causes.iter().any(|x| x.explains.contains(&s.id) && x.standing == Standing::Proven))
    };
    assert_eq!(flood(&c), (58_410, true));
    c.bindings[0].span = Span::at(FRI); // the hash went missing only after the flood had ended
    assert_eq!(flood(&c), (58_410, false));
}

#[test]
fn evidence_of_different_ages() {
    // Monday: no certificate. Friday: mended. One capture is of Monday, one of Saturday.
    let mut c = case();
    c.bindings = vec![bind(1, Addr::Any, Reading::Empty, MON), bind(1, Addr::Any, Reading::Good(cert(7)), FRI)];
    c.surveys = vec![looked(Kind::Bindings, 1, Cover::Complete)];
    c.handshakes = vec![hs(1, 1, End::Reset, MON + 60_000)];
    let d = run(&c);
    assert_eq!(explained(&d, find(&d, Cause::BindHttpsysMissing).unwrap()), [&ep(1, 1)]);
    c.handshakes = vec![hs(1, 1, End::Reset, FRI + DAY)];
    let d = run(&c);
    assert!(find(&d, Cause::BindHttpsysMissing).is_none_or(|x| x.explains.is_empty()));
}

#[test]
fn dates_are_judged_when_they_were_seen() {
    let mut certs = certs::Certs::default();
    let der = certs.make(&"name = \"leaf\"\ndays = [-5, 2]".parse().unwrap()).unwrap();
    let mut c = case();
    let id = c.certificate(&der);
    c.handshakes = vec![hs(1, 1, End::Done, MON)];
    c.handshakes[0].what.chain = Sight::Saw(vec![id]);
    assert!(run(&c).causes.is_empty(), "good when it was seen, whatever the day of reading");
    c.handshakes[0].span = Span::at(FRI);
    assert!(find(&run(&c), Cause::CertExpired).is_some());
}

#[test]
fn rights_that_are_missing_never_acquit() {
    let with = |cover: Cover, bindings: Vec<Row<Binding>>| {
        let mut c = case();
        c.bindings = bindings;
        c.handshakes = vec![hs(1, 1, End::Reset, MON)];
        c.surveys = vec![looked(Kind::Bindings, 1, cover)];
        c
    };
    let d = run(&with(Cover::Denied(Why::NeedsElevation), vec![]));
    assert_eq!(asks(&d, Kind::Bindings, 1), Some(Some(Why::NeedsElevation)), "run elevated");
    assert!(d.causes.iter().any(|x| x.labels == [Cause::BindHttpsysMissing] && x.standing == Standing::Possible));
    assert!(d.ask_for.iter().any(|a| a.commands.iter().any(|c| c.line == "netsh http show sslcert")));
    // a healthy row of another port proves nothing about ours
    let mut other = bind(1, Addr::Is(ip(99)), Reading::Good(cert(7)), MON);
    other.what.port = 8443;
    let d = run(&with(Cover::Partial(Why::CutOff { at: 812 }), vec![other]));
    assert!(asks(&d, Kind::Bindings, 1).is_some());
    // now absence is proved, and the look itself is the evidence
    let d = run(&with(Cover::Complete, vec![]));
    assert_eq!(find(&d, Cause::BindHttpsysMissing).unwrap().evidence, [FactRef::Survey(0)]);
}

#[test]
fn facts_of_a_newer_version_are_kept_and_not_taken_for_complete() {
    let mut c = case();
    c.hosts.truncate(2);
    c.handshakes = vec![hs(1, 1, End::Reset, MON)];
    c.surveys = vec![looked(Kind::Handshakes, 1, Cover::Complete)];
    let mut files = bundle::write(&c, "tlsdiag 9", MON, Some(12)).unwrap();
    let newer = "facts/bindings.2.jsonl".to_owned();
    files.insert(newer.clone(), b"{\"a\":1}\n".to_vec());
    let mut m: bundle::Manifest = serde_json::from_slice(&files["manifest.json"]).unwrap();
    m.files.insert(newer, Fingerprint::of(b"{\"a\":1}\n"));
    files.insert("manifest.json".into(), serde_json::to_vec(&m).unwrap());
    let (m, read) = bundle::read(&files).unwrap();
    assert_eq!((m.clock_ahead_ms, read.handshakes.clone(), read.hosts.clone()), (Some(12), c.handshakes, c.hosts));
    assert_eq!(read.opaque[0].lines, ["{\"a\":1}"], "kept as it stood");
    let d = run(&read);
    assert!(matches!(asks(&d, Kind::Bindings, 1), Some(Some(Why::NewerThanWe { .. }))));
    assert!(d.causes.iter().all(|x| x.standing == Standing::Possible));
    let again = bundle::write(&read, "tlsdiag 9", MON, None).unwrap();
    assert_eq!(again["facts/bindings.2.jsonl"], b"{\"a\":1}\n", "and passed on");
}

#[test]
fn pasted_text_and_rules_speak_of_the_same_cause() {
    let mut c = case();
    let points_to = vec![Cause::BindHttpsysMissing, Cause::NetMiddleboxReset];
    c.said = vec![row(Said { entry: "ERR_CONNECTION_RESET".into(), points_to }, 1, How::Told, MON)];
    let d = run(&c);
    let told: Vec<_> = d.causes.iter().map(|x| (x.labels[0], x.standing)).collect();
    assert_eq!(told.len(), 2);
    assert!(told.iter().all(|(_, s)| *s == Standing::Possible));
    c.bindings.push(bind(1, Addr::Any, Reading::Empty, MON));
    let d = run(&c);
    let x = find(&d, Cause::BindHttpsysMissing).unwrap();
    assert_eq!(
        (d.causes.len(), x.standing, x.evidence.len()),
        (1, Standing::Proven, 2),
        "one cause, one more piece of evidence"
    );
}

#[test]
fn hearsay_does_not_close_a_case() {
    let mut c = case();
    c.handshakes = vec![hs(1, 1, End::Reset, MON)];
    c.events = vec![event(36870, 1, MON)];
    let d = run_with(&c, &[&HUNG_UP, &NULL_HASH, &RUMOUR]);
    assert!(asks(&d, Kind::Bindings, 1).is_some(), "what is only told of explains nothing away");
    assert!(d.causes.iter().any(|x| x.labels == [Cause::KeyAcl] && x.standing == Standing::Possible));
}

#[test]
fn a_proof_on_a_late_rung_leads_a_guess_on_an_early_one() {
    let mut certs = certs::Certs::default();
    let der = certs.make(&"name = \"leaf\"\ndays = [-9, -2]".parse().unwrap()).unwrap();
    let mut c = case();
    let id = c.certificate(&der);
    c.handshakes = vec![hs(1, 1, End::Done, MON)];
    c.handshakes[0].what.chain = Sight::Saw(vec![id]);
    c.events = vec![event(36870, 1, MON)];
    let d = run_with(&c, &[&RUMOUR, &EXPIRED]);
    assert_eq!(d.causes.iter().map(|x| x.labels[0]).collect::<Vec<_>>(), [Cause::CertExpired, Cause::KeyAcl]);
}

#[test]
fn a_wildcard_touches_every_address_of_its_machine_and_port_and_a_path_only_its_own_end() {
    let mut c = case();
    c.handshakes = vec![hs(1, 1, End::Done, MON), hs(1, 2, End::Done, MON), hs(2, 1, End::Done, MON)];
    let s = Subjects::of(&c);
    let any = |host| Subject::Endpoint(Endpoint { host: Host(host), addr: Addr::Any, port: 443, name: None });
    assert!(s.touches(&any(1), &subject(1, 1)) && s.touches(&any(1), &subject(1, 2)));
    assert!(!s.touches(&any(1), &subject(2, 1)) && !s.touches(&subject(1, 2), &subject(1, 1)));
    let path = |from, host, a| Subject::Path { from: Host(from), to: ep(host, a) };
    assert!(s.touches(&path(0, 1, 1), &subject(1, 1)));
    assert!(!s.touches(&path(0, 1, 1), &path(7, 1, 1)), "two vantages that differ are no contradiction");
}

#[test]
fn taking_evidence_away_never_acquits_and_order_never_matters() {
    let mut c = case();
    c.bindings = vec![bind(1, Addr::Any, Reading::Empty, MON)];
    c.handshakes = vec![hs(1, 1, End::Reset, MON)];
    let told = |c: &Case| run(c).causes.iter().map(|x| (x.labels.clone(), x.standing)).collect::<Vec<_>>();
    assert_eq!(told(&c.doubled()), told(&c));
    assert_eq!(told(&c.reversed()), told(&c));
    let less = c.without(Kind::Bindings);
    let verdicts = judge(&less, &Subjects::of(&less), &Derived::default(), &[&NULL_HASH]);
    assert!(verdicts.iter().all(|v| v.judged.is_err()));
    let whole = judge(&c, &Subjects::of(&c), &Derived::default(), &[&NULL_HASH]);
    assert!(whole.iter().all(|v| v.reads == [Kind::Bindings].into()), "what a rule needs is recorded, not declared");
}

#[test]
fn ids_are_names_not_numbers() {
    let mut c = case();
    c.handshakes = vec![hs(1, 1, End::Reset, MON), hs(2, 2, End::Reset, MON)];
    c.bindings = vec![bind(2, Addr::Any, Reading::Empty, MON)];
    let first = run(&c);
    // the same machines under other numbers
    let swap = |h: Host| match h.0 {
        1 => Host(2),
        2 => Host(1),
        n => Host(n),
    };
    c.hosts.swap(1, 2);
    for h in &mut c.handshakes {
        h.host = swap(h.host)
    }
    for b in &mut c.bindings {
        b.host = swap(b.host)
    }
    let ids = |d: &Diagnosis| {
        let mut v: Vec<_> = d.causes.iter().chain(&d.symptoms).map(|x| x.id.clone()).collect();
        v.sort();
        v
    };
    assert_eq!(ids(&first), ids(&run(&c)));
    let mut unique = ids(&first);
    unique.dedup();
    assert_eq!(unique, ids(&first));
}
