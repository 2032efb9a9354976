//! A site in a world: the case so far, its server, and the loop that asks.
use crate::server::{Answers, Does, Ends, Hello, NAME, T0, hello};
use std::collections::BTreeSet;
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_rules::{ALL, Derived, Diagnosis, examine};

/// Milliseconds after which silence counts.
pub(crate) const SILENCE: i64 = 10_000;

/// The site in a world: the case so far, and the server.
pub(crate) struct World {
    pub(crate) case: Case,
    server: fn(&Hello) -> Does,
    plain: Spoke,
    pub(crate) clock: Time,
    pub(crate) connections: usize,
    /// Silent conversations with their ends.
    open: Vec<(usize, End, Stage, Time)>,
    asks: BTreeSet<String>,
}

pub(crate) fn at() -> (std::net::IpAddr, u16) {
    ([192, 0, 2, 10].into(), 443)
}

impl World {
    pub(crate) fn new(server: fn(&Hello) -> Does, plain: Spoke) -> World {
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
    pub(crate) fn settle(&mut self) -> Diagnosis {
        let derived = Derived::default();
        for round in 0.. {
            assert!(round < 200, "it does not settle");
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
        unreachable!("the bound above ends it")
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
            Vary::NoName | Vary::Tls12NoName => 14,
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
