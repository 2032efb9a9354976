//! Servers as functions from a hello to an end, asked until nothing is left to ask: exactly the cause of each world is
//! named, and it costs few connections.
use std::collections::BTreeSet;
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_rules::{ALL, Derived, Diagnosis, examine};

const T0: Time = 1_795_521_600_000;
const NAME: &str = "shop.example";
/// Milliseconds after which silence counts.
const SILENCE: i64 = 10_000;

/// What a world's server sees of a hello.
struct Hello {
    vary: Option<Vary>,
    versions: Vec<u16>,
    suites: Vec<u16>,
    groups: Vec<u16>,
    extensions: Vec<u16>,
    grease: bool,
    named: Option<&'static str>,
    bytes: u32,
    /// The largest packet that it takes.
    packet: u32,
    split: bool,
    /// How often this same hello was sent before.
    before: usize,
}

/// What a server does.
#[derive(Clone, Debug)]
enum Does {
    /// A whole flight.
    Answers { version: u16, suite: u16, dh: Option<u32> },
    /// An end, having come so far.
    Ends(Stage, End),
}
use Does::{Answers, Ends};

fn reset() -> Does {
    Ends(Stage::Nothing, End::Reset)
}
fn closed() -> Does {
    Ends(Stage::Nothing, End::Closed)
}
fn alert(n: u8) -> Does {
    Ends(Stage::Nothing, End::Alert(n))
}
fn silence() -> Does {
    Ends(Stage::Nothing, End::Silent { after_ms: 10_000 })
}

const MODERN: [u16; 16] = [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35,
    0xff,
];
const OLD: [u16; 8] = [0xc012, 0x16, 0x33, 0x39, 0x0a, 0x05, 0x04, 0x84];
const EXTENSIONS: [u16; 16] = [0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17613, 65037];
const OF_TLS13: [u16; 5] = [43, 51, 45, 27, 65037];
const PQ: u16 = 0x11ec;

/// The hellos as the probe makes them.
fn hello(vary: Option<&Vary>, before: usize) -> Hello {
    let mut h = Hello {
        vary: vary.cloned(),
        versions: vec![0x304, 0x303],
        suites: MODERN.to_vec(),
        groups: vec![PQ, 0x1d, 0x17, 0x18],
        extensions: EXTENSIONS.to_vec(),
        grease: true,
        named: Some(NAME),
        bytes: 1780,
        packet: 1500,
        split: false,
        before,
    };
    let classic = |h: &mut Hello| {
        h.groups.retain(|g| *g != PQ);
        h.bytes -= 1220;
    };
    let tls12 = |h: &mut Hello| {
        classic(h);
        h.versions = vec![0x303];
        h.suites.retain(|s| s >> 8 != 0x13);
        h.extensions.retain(|x| !OF_TLS13.contains(x));
        h.bytes -= 250;
    };
    match vary {
        None => {}
        Some(Vary::Classic) => classic(&mut h),
        Some(Vary::ClassicPadded) => {
            classic(&mut h);
            (h.bytes, h.extensions) = (1780, [EXTENSIONS.as_slice(), &[21]].concat());
        }
        Some(Vary::ClassicSplit) => {
            classic(&mut h);
            h.split = true;
        }
        Some(Vary::SmallSegments) => h.packet = 576,
        Some(Vary::ClassicSmallSegments) => {
            classic(&mut h);
            h.packet = 576;
        }
        Some(Vary::Tls12) => tls12(&mut h),
        Some(Vary::Tls13) => {
            h.versions = vec![0x304];
            h.suites.retain(|s| s >> 8 == 0x13);
        }
        Some(Vary::Wide) => {
            h.versions = vec![0x304, 0x303, 0x302, 0x301, 0x300];
            h.suites.extend(OLD);
            h.bytes += 200;
        }
        Some(Vary::Only(v)) => {
            tls12(&mut h);
            h.versions = vec![*v];
            h.suites.extend(OLD);
            h.grease = false;
            h.extensions.retain(|x| *x != 17613 && (*v >= 0x303 || *x != 13));
        }
        Some(Vary::NoGrease) => h.grease = false,
        Some(Vary::FewExtensions) => {
            tls12(&mut h);
            h.extensions.retain(|x| [0, 10, 11, 13].contains(x));
        }
        Some(Vary::NoExtensions) => {
            tls12(&mut h);
            h.extensions.clear();
            h.named = None;
        }
        Some(Vary::Without(x)) => h.extensions.retain(|y| y != x),
        Some(Vary::NoName) => {
            h.extensions.retain(|x| *x != 0);
            h.named = None;
        }
        Some(Vary::OtherName) => h.named = Some("no-such-site.invalid"),
        Some(Vary::NoAlpn) => h.extensions.retain(|x| *x != 16 && *x != 17613),
        Some(Vary::Http1) => {}
        Some(Vary::RsaOnly) => {
            tls12(&mut h);
            h.suites.retain(|s| ![0xc02b, 0xc02c, 0xcca9].contains(s));
        }
        Some(Vary::EcdsaOnly) => {
            tls12(&mut h);
            h.suites.retain(|s| [0xc02b, 0xc02c, 0xcca9, 0xff].contains(s));
        }
        Some(Vary::Group(g)) => h.groups = vec![*g],
        Some(Vary::Length(n)) => {
            classic(&mut h);
            h.bytes = u32::from(*n);
        }
        Some(Vary::Ssl2) => {
            tls12(&mut h);
            h.versions = vec![2];
        }
    }
    h
}

/// A healthy server of today.
fn well(h: &Hello) -> Does {
    negotiate(h, &[0x304, 0x303], &[0x1301, 0xc02f, 0xc030], None)
}

fn negotiate(h: &Hello, versions: &[u16], suites: &[u16], dh: Option<u32>) -> Does {
    let Some(&version) = versions.iter().find(|v| h.versions.contains(v)) else { return alert(70) };
    let fits = |s: &&u16| (**s >> 8 == 0x13) == (version == 0x304) && h.suites.contains(s);
    match suites.iter().find(fits) {
        Some(&suite) => Answers { version, suite, dh },
        None => alert(40),
    }
}

/// The site in a world: the case so far, and the server.
struct World {
    case: Case,
    server: fn(&Hello) -> Does,
    plain: Spoke,
    clock: Time,
    connections: usize,
    /// Silent conversations with their ends.
    open: Vec<(usize, End, Stage, Time)>,
    asks: BTreeSet<String>,
}

fn at() -> (std::net::IpAddr, u16) {
    ([192, 0, 2, 10].into(), 443)
}

impl World {
    fn new(server: fn(&Hello) -> Does, plain: Spoke) -> World {
        let mut case = Case::here("here");
        let (addr, port) = at();
        let asked = Asked {
            typed: format!("https://{NAME}/"),
            scheme: Scheme::Https,
            name: Name::new(NAME),
            literal: None,
            port,
            path: "/".into(),
            pinned: vec![addr],
            client: None,
        };
        case.add(Row::once(asked, Host::HERE, How::Told, T0, Origin::Api("test".into())));
        let host = case.host(&addr.to_string(), Vantage::Outside);
        let open = Connect { from: Host::HERE, addr, port, end: ConnectEnd::Open };
        case.add(Row::once(open, host, How::Watched, T0, Origin::Api("test".into())));
        let mut w = World { case, server, plain, clock: T0, connections: 0, open: vec![], asks: BTreeSet::new() };
        w.shake(Trial::Base);
        w
    }

    fn shake(&mut self, trial: Trial) {
        self.connections += 1;
        self.clock += 20;
        let vary = match &trial {
            Trial::Vary(v) => Some(v.clone()),
            _ => None,
        };
        let library = matches!(trial, Trial::Full | Trial::FullAgain);
        let before = self.connections - 1;
        let h = hello(vary.as_ref(), before);
        let (mut end, mut stage, mut answered) = (End::Done, Stage::Flight, Sight::NotReached);
        let first = self.clock;
        match (self.server)(&h) {
            Answers { version, suite, dh } => {
                answered = Sight::Saw(Answered {
                    version,
                    suite,
                    group: Some(0x1d),
                    dh_bits: dh,
                    secure_renegotiation: true,
                    ..Answered::default()
                });
                if library {
                    stage = Stage::Finished;
                }
            }
            Ends(s, e) => (stage, end) = (s, e),
        }
        if let End::Silent { .. } = end {
            let rest = std::mem::replace(&mut end, End::Pending { after_ms: 400 });
            self.clock += 400;
            self.open.push((self.case.handshakes.len(), rest, stage, first + SILENCE));
        }
        let (addr, port) = at();
        let offer = Offer {
            client: if library { Client::Library } else { Client::BrowserLike },
            versions: h.versions.clone(),
            suites: h.suites.clone(),
            groups: h.groups.clone(),
            extensions: h.extensions.clone(),
            sni: h.named.map(Name::new),
            bytes: h.bytes,
            writes: if h.split { 2 } else { 1 },
            mss: (h.packet < 1500).then_some(536),
            ..Offer::default()
        };
        let what = Handshake {
            from: Host::HERE,
            addr,
            port,
            name: Some(Name::new(NAME)),
            trial,
            offer,
            stage,
            end,
            delivered: Sight::Saw(true),
            answered,
            chain: Sight::Hidden,
            unreadable: vec![],
            staple: Sight::Hidden,
            proof: if library && stage == Stage::Finished { Sight::Saw(KeyProof::Good) } else { Sight::Hidden },
            request: Sight::Saw(None),
            after: if library && stage == Stage::Finished { Sight::Saw(After::Well) } else { Sight::NotReached },
        };
        let host = self.case.host(&addr.to_string(), Vantage::Outside);
        let span = Span { first, last: self.clock };
        self.case.add(Row::during(what, host, How::Watched, span, Origin::Api("test".into())));
    }

    /// Every open conversation comes to its end.
    fn wait(&mut self) {
        for (at, end, stage, last) in std::mem::take(&mut self.open) {
            let row = &mut self.case.handshakes[at];
            (row.what.end, row.what.stage, row.span.last) = (end, stage, last);
            self.clock = self.clock.max(last);
        }
    }

    fn answer(&mut self, ask: &Ask) {
        match ask {
            Ask::Trial { vary, .. } => self.shake(Trial::Vary(vary.clone())),
            Ask::Again { .. } => self.shake(Trial::Again),
            Ask::Full(_) => self.shake(Trial::Full),
            Ask::FullAgain { .. } => self.shake(Trial::FullAgain),
            Ask::Handshake(_) => self.shake(Trial::Base),
            Ask::Talk { opening, .. } => {
                self.connections += 1;
                self.clock += 20;
                let (addr, port) = at();
                let talk = Talk { from: Host::HERE, addr, port, opening: *opening, spoke: self.plain.clone() };
                let host = self.case.host(&addr.to_string(), Vantage::Outside);
                self.case.add(Row::once(talk, host, How::Watched, self.clock, Origin::Api("test".into())));
            }
            Ask::Wait(_) => self.wait(),
            _ => {}
        }
    }

    /// Asks until nothing is left, as the engine does: one after the other, in one batch where it is silent.
    fn settle(&mut self) -> Diagnosis {
        let derived = Derived::default();
        for _ in 0..200 {
            let d = examine(&self.case, &derived, ALL);
            let can = |a: &Ask| {
                !matches!(a, Ask::Table { .. } | Ask::Fetch { .. } | Ask::Revocation { .. } | Ask::Connect { .. })
            };
            let mut wanted: Vec<(bool, u32, Ask)> = d
                .wanted
                .iter()
                .filter(|w| can(&w.ask) && !self.asks.contains(&format!("{:?}", w.ask)))
                .map(|w| (!w.needed, weight(&w.ask), w.ask.clone()))
                .collect();
            wanted.sort();
            let silent = !self.open.is_empty();
            let (waits, looks): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|w| matches!(w.2, Ask::Wait(_)));
            let batch: Vec<Ask> = looks.into_iter().take(if silent { 16 } else { 1 }).map(|w| w.2).collect();
            if batch.is_empty() {
                if waits.is_empty() || self.open.is_empty() {
                    return d;
                }
                self.wait();
                continue;
            }
            for ask in batch {
                self.asks.insert(format!("{ask:?}"));
                self.answer(&ask);
            }
        }
        panic!("it does not settle");
    }
}

/// Small for what is cheap and tells much, as the probe has it.
fn weight(a: &Ask) -> u32 {
    match a {
        Ask::Again { .. } => 5,
        Ask::Full(_) => 7,
        Ask::FullAgain { .. } => 9,
        Ask::Talk { opening: Opening::HttpGet, .. } => 11,
        Ask::Talk { .. } => 50,
        Ask::Trial { vary, .. } => match vary {
            Vary::Classic => 10,
            Vary::Tls12 => 12,
            Vary::Tls13 => 13,
            Vary::NoName => 14,
            Vary::Wide => 15,
            Vary::Only(_) => 16,
            Vary::FewExtensions => 17,
            Vary::NoExtensions => 18,
            Vary::OtherName => 19,
            Vary::SmallSegments => 20,
            Vary::NoAlpn | Vary::Http1 => 21,
            Vary::ClassicSmallSegments => 22,
            Vary::RsaOnly | Vary::EcdsaOnly => 23,
            Vary::ClassicPadded => 25,
            Vary::ClassicSplit => 26,
            Vary::NoGrease => 27,
            Vary::Group(_) => 28,
            Vary::Without(_) => 30,
            Vary::Length(_) => 35,
            Vary::Ssl2 => 40,
        },
        _ => 1,
    }
}

/// A world: its name, its server, the codes and labels told (at least likely, in order), and most connections.
type Told = &'static [&'static str];
struct WorldOf(&'static str, fn(&Hello) -> Does, Told, usize);

/// What a gate does to hellos that it hates, and a good server does to all others.
macro_rules! hates {
    ($then:expr, |$h:ident| $when:expr) => {
        |$h: &Hello| if $when { $then } else { well($h) }
    };
}

fn carries(h: &Hello, x: u16) -> bool {
    h.extensions.contains(&x)
}

/// Packets longer than this do not pass towards the server: a hello in one piece of this length, plus 40 bytes of headers.
fn largest_packet(h: &Hello) -> u32 {
    (h.bytes + 52).min(h.packet)
}

const WORLDS: &[WorldOf] = &[
    WorldOf("healthy", well, &[], 3),
    WorldOf("healthy, TLS 1.2 only", |h| negotiate(h, &[0x303], &[0xc02f], None), &[], 3),
    WorldOf("healthy, TLS 1.3 only", |h| negotiate(h, &[0x304], &[0x1301], None), &["TD5011 proto.tls13_only"], 4),
    WorldOf("resets all", |_| reset(), &["TD5001 hs.reset_after_hello"], 14),
    WorldOf("closes all", |_| closed(), &["TD5002 hs.closed_after_hello"], 14),
    WorldOf("internal_error to all", |_| alert(80), &["TD5004 hs.internal_error"], 14),
    WorldOf("handshake_failure to all", |_| alert(40), &["TD5005 hs.handshake_failure"], 14),
    WorldOf("long hello, reset", hates!(reset(), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 12),
    WorldOf("long hello, swallowed", hates!(silence(), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 15),
    WorldOf("long hello, closed", hates!(closed(), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 12),
    WorldOf("long hello, decode_error", hates!(alert(50), |h| h.bytes > 1400), &["TD6001 hs.large_client_hello"], 12),
    WorldOf(
        "segments, reset",
        hates!(reset(), |h| h.split || h.bytes > h.packet - 52),
        &["TD6002 hs.large_client_hello"],
        12,
    ),
    WorldOf(
        "segments, swallowed",
        hates!(silence(), |h| h.split || h.bytes > h.packet - 52),
        &["TD6002 hs.large_client_hello"],
        15,
    ),
    WorldOf(
        "segments, decode_error",
        hates!(alert(50), |h| h.split || h.bytes > h.packet - 52),
        &["TD6002 hs.large_client_hello"],
        12,
    ),
    WorldOf("group, reset", hates!(reset(), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 11),
    WorldOf("group, silence", hates!(silence(), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 15),
    WorldOf("group, alert", hates!(alert(40), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 11),
    WorldOf("group, alert 47", hates!(alert(47), |h| h.groups.contains(&PQ)), &["TD6003 hs.extension_intolerance"], 11),
    WorldOf(
        "TLS 1.3, protocol_version",
        |h| if h.versions.contains(&0x304) { alert(70) } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        6,
    ),
    WorldOf(
        "TLS 1.3, reset",
        |h| if h.versions.contains(&0x304) { reset() } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        12,
    ),
    WorldOf(
        "TLS 1.3, silence",
        |h| if h.versions.contains(&0x304) { silence() } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        18,
    ),
    WorldOf(
        "TLS 1.3, handshake_failure",
        |h| if h.versions.contains(&0x304) { alert(40) } else { negotiate(h, &[0x303], &[0xc02f], None) },
        &["TD6010 hs.version_intolerance"],
        12,
    ),
    WorldOf("GREASE, reset", hates!(reset(), |h| h.grease), &["TD6011 hs.extension_intolerance"], 14),
    WorldOf("GREASE, decode_error", hates!(alert(50), |h| h.grease), &["TD6011 hs.extension_intolerance"], 12),
    WorldOf("ALPN, reset", hates!(reset(), |h| carries(h, 16)), &["TD6011 hs.extension_intolerance"], 16),
    WorldOf("ALPN, silence", hates!(silence(), |h| carries(h, 16)), &["TD6011 hs.extension_intolerance"], 22),
    WorldOf(
        "ALPN, no_application_protocol",
        hates!(alert(120), |h| carries(h, 16)),
        &["TD6011 hs.extension_intolerance"],
        16,
    ),
    WorldOf("status_request, closed", hates!(closed(), |h| carries(h, 5)), &["TD6011 hs.extension_intolerance"], 18),
    WorldOf(
        "certificate timestamps, reset",
        hates!(reset(), |h| carries(h, 18)),
        &["TD6011 hs.extension_intolerance"],
        17,
    ),
    WorldOf("tickets, reset", hates!(reset(), |h| carries(h, 35)), &["TD6011 hs.extension_intolerance"], 20),
    WorldOf(
        "extended master secret, 110",
        hates!(alert(110), |h| carries(h, 23)),
        &["TD6011 hs.extension_intolerance"],
        20,
    ),
    WorldOf(
        "compressed certificates, reset",
        hates!(reset(), |h| carries(h, 27)),
        &["TD6011 hs.extension_intolerance"],
        12,
    ),
    WorldOf("encrypted hello, reset", hates!(reset(), |h| carries(h, 65037)), &["TD6011 hs.extension_intolerance"], 12),
    WorldOf(
        "anything newer than 2015, reset",
        hates!(reset(), |h| carries(h, 27) || carries(h, 17613) || carries(h, 65037)),
        &["TD6011 hs.extension_intolerance"],
        22,
    ),
    WorldOf("path MTU, hello lost", hates!(silence(), |h| largest_packet(h) > 1400), &["TD6020 net.mtu"], 15),
    WorldOf("path MTU, flight lost", hates!(silence(), |h| h.packet > 1400), &["TD6020 net.mtu"], 15),
    WorldOf(
        "path MTU, flight stops in the middle",
        hates!(Ends(Stage::ServerHello, End::Silent { after_ms: 10_000 }), |h| h.packet > 1400),
        &["TD6020 net.mtu"],
        15,
    ),
    WorldOf("reset by packet size", hates!(reset(), |h| largest_packet(h) > 1000), &["TD6021 net.middlebox_reset"], 12),
    WorldOf(
        "reset by packet size, both ways",
        hates!(reset(), |h| h.packet > 1000),
        &["TD6021 net.middlebox_reset"],
        14,
    ),
    WorldOf(
        "reset by packet size in the flight",
        hates!(Ends(Stage::Partial, End::Reset), |h| h.packet > 1000),
        &["TD6021 net.middlebox_reset"],
        6,
    ),
    WorldOf(
        "TLS 1.0 only, by its number",
        |h| match h.versions.iter().max() {
            Some(v) if *v >= 0x301 => Answers { version: 0x301, suite: 0xc013, dh: None },
            _ => alert(70),
        },
        &["TD5010 proto.version_server_old"],
        3,
    ),
    WorldOf(
        "TLS 1.0 only, strict",
        |h| negotiate(h, &[0x301], &[0xc013, 0x2f], None),
        &["TD5010 proto.version_server_old"],
        6,
    ),
    WorldOf(
        "TLS 1.0 only, resets at more",
        |h| if h.versions == [0x301] { negotiate(h, &[0x301], &[0x2f], None) } else { reset() },
        &["TD5010 proto.version_server_old"],
        12,
    ),
    WorldOf("no suite in common", |h| negotiate(h, &[0x303], &[0x05, 0x04], None), &["TD5012 cipher.no_overlap"], 12),
    WorldOf(
        "no suite in common, reset",
        |h| match negotiate(h, &[0x303], &[0x0a], None) {
            Ends(..) => reset(),
            a => a,
        },
        &["TD5012 cipher.no_overlap"],
        12,
    ),
    WorldOf("DHE over 1024 bits", |h| negotiate(h, &[0x303], &[0x33], Some(1024)), &["TD5015 cipher.dh_size"], 12),
    WorldOf("DHE over 2048 bits", |h| negotiate(h, &[0x303], &[0x33], Some(2048)), &["TD5012 cipher.no_overlap"], 12),
    // OpenSSL with TLS 1.2 alone, RSA suites and an ECDSA certificate: 40 to all of TLS 1.2, 70 to TLS 1.0
    WorldOf("certificate type", |h| negotiate(h, &[0x303], &[], None), &["TD5013 cipher.cert_type"], 12),
    WorldOf(
        "breaks off in its certificate",
        |_| Ends(Stage::InCertificate, End::Reset),
        &["TD5003 hs.broken_mid_handshake"],
        6,
    ),
    WorldOf(
        "falls silent in its certificate",
        |_| Ends(Stage::InCertificate, End::Silent { after_ms: 10_000 }),
        &["TD5003 hs.broken_mid_handshake"],
        14,
    ),
];

/// Codes of this part: other rules may say more about a world.
fn mine(code: Code) -> bool {
    (5000..7000).contains(&code.0)
}

#[test]
fn every_world_is_told_by_its_own_cause_and_by_no_other() {
    let mut wrong = vec![];
    for WorldOf(name, server, want, most) in WORLDS {
        let mut w = World::new(*server, Spoke::Closed);
        let d = w.settle();
        let line = |c: &tlsdiag_rules::Candidate| {
            format!(
                "{} {}",
                c.code.map(|c| c.to_string()).unwrap_or_default(),
                c.labels.first().map_or("", |l| l.label())
            )
        };
        let sure = || d.causes.iter().filter(|c| c.standing < Standing::Possible && c.code.is_some_and(mine));
        let told: Vec<String> = sure().map(line).collect();
        println!("{:3} connections  {name}: {told:?}", w.connections);
        if told != *want {
            let rest: Vec<_> = d.symptoms.iter().map(line).collect();
            let trials: Vec<_> =
                w.case.handshakes.iter().map(|h| format!("{:?}: {:?}", h.what.trial, h.what.end)).collect();
            wrong.push(format!(
                "{name}: told {told:?}, symptoms {rest:?}, should be {want:?}\n   {}",
                trials.join("\n   ")
            ));
        }
        if w.connections > *most {
            let trials: Vec<_> = w.case.handshakes.iter().map(|h| format!("{:?}", h.what.trial)).collect();
            wrong.push(format!("{name}: {} connections, at most {most}: {}", w.connections, trials.join(" ")));
        }
        let unsure = sure().filter(|c| c.standing != Standing::Proven && c.code != Some(Code(5013))).count();
        if unsure > 0 {
            wrong.push(format!("{name}: not proven"));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn silence_to_everything_is_waited_for_but_twice() {
    let mut w = World::new(|_| silence(), Spoke::Silent { after_ms: 10_000 });
    let d = w.settle();
    assert!(d.symptoms.iter().chain(&d.causes).any(|c| c.code == Some(Code(5007)) && c.standing == Standing::Proven));
    let finer = d.causes.iter().filter(|c| c.standing < Standing::Possible && c.code.is_some_and(mine)).count();
    assert_eq!(finer, 0);
    assert!(w.connections <= 18, "{} connections", w.connections);
    assert!(w.clock - T0 < 3 * SILENCE, "{} ms", w.clock - T0);
}

#[test]
fn where_the_answers_change_by_themselves_nothing_finer_is_named() {
    // every second connection is reset, whatever the hello
    let every_second = |h: &Hello| if h.before % 2 == 0 { reset() } else { well(h) };
    // every third works
    let every_third = |h: &Hello| if h.before % 3 == 2 { well(h) } else { reset() };
    let others: [fn(&Hello) -> Does; 2] = [every_second, every_third];
    for server in others {
        let mut w = World::new(server, Spoke::Closed);
        let d = w.settle();
        let finer = |c: &&tlsdiag_rules::Candidate| {
            c.standing < Standing::Possible && c.code.is_some_and(|c| (5010..7000).contains(&c.0))
        };
        let told: Vec<_> = d.causes.iter().filter(finer).map(|c| c.code).collect();
        let trials: Vec<_> =
            w.case.handshakes.iter().map(|h| format!("{:?}: {:?}", h.what.trial, h.what.end)).collect();
        assert!(told.is_empty(), "{told:?}\n{}", trials.join("\n"));
    }
}

#[test]
fn a_refused_name_is_left_to_its_own_rule() {
    let mut w = World::new(|h| if h.named == Some(NAME) { alert(112) } else { well(h) }, Spoke::Closed);
    let d = w.settle();
    let told: Vec<_> =
        d.causes.iter().filter(|c| c.standing < Standing::Possible && c.code.is_some_and(mine)).collect();
    assert!(told.is_empty(), "{told:?}");
    assert!(d.symptoms.iter().any(|c| c.code == Some(Code(5006))));
}

/// What the experiments are is said by the hellos alone, so a hello of every kind must be made here.
#[test]
fn hellos_differ_from_the_base_in_what_they_say() {
    let base = hello(None, 0);
    for v in [Vary::Classic, Vary::Tls12, Vary::FewExtensions] {
        let h = hello(Some(&v), 0);
        assert!(h.bytes < base.bytes && !h.groups.contains(&PQ) && h.vary == Some(v));
    }
    assert_eq!(hello(Some(&Vary::ClassicPadded), 0).bytes, base.bytes);
}
