//! What servers see of a hello and what they do; the hellos are made as the probe makes them.
use tlsdiag_model::Time;
use tlsdiag_model::facts::*;

pub(crate) const T0: Time = 1_795_521_600_000;
pub(crate) const NAME: &str = "shop.example";

/// What a world's server sees of a hello.
pub(crate) struct Hello {
    pub(crate) vary: Option<Vary>,
    pub(crate) versions: Vec<u16>,
    pub(crate) suites: Vec<u16>,
    pub(crate) groups: Vec<u16>,
    pub(crate) extensions: Vec<u16>,
    pub(crate) grease: bool,
    pub(crate) named: Option<&'static str>,
    pub(crate) bytes: u32,
    /// The largest packet that it takes.
    pub(crate) packet: u32,
    pub(crate) split: bool,
    /// How often this same hello was sent before.
    pub(crate) before: usize,
}

/// What a server does.
#[derive(Clone, Debug)]
pub(crate) enum Does {
    /// A whole flight.
    Answers { version: u16, suite: u16, dh: Option<u32> },
    /// An end, having come so far.
    Ends(Stage, End),
}
pub(crate) use Does::{Answers, Ends};

pub(crate) fn reset() -> Does {
    Ends(Stage::Nothing, End::Reset)
}
pub(crate) fn closed() -> Does {
    Ends(Stage::Nothing, End::Closed)
}
pub(crate) fn alert(n: u8) -> Does {
    Ends(Stage::Nothing, End::Alert(n))
}
pub(crate) fn silence() -> Does {
    Ends(Stage::Nothing, End::Silent { after_ms: 10_000 })
}

pub(crate) const MODERN: [u16; 16] = [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x9c, 0x9d, 0x2f, 0x35,
    0xff,
];
pub(crate) const OLD: [u16; 8] = [0xc012, 0x16, 0x33, 0x39, 0x0a, 0x05, 0x04, 0x84];
pub(crate) const EXTENSIONS: [u16; 16] = [0, 23, 65281, 10, 11, 35, 16, 5, 13, 18, 51, 45, 43, 27, 17613, 65037];
pub(crate) const OF_TLS13: [u16; 5] = [43, 51, 45, 27, 65037];
pub(crate) const PQ: u16 = 0x11ec;

/// The hellos as the probe makes them.
pub(crate) fn hello(vary: Option<&Vary>, before: usize) -> Hello {
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
        Some(Vary::Tls12NoName) => {
            tls12(&mut h);
            h.extensions.retain(|x| *x != 0);
            h.named = None;
        }
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
            if *v == 0x303 {
                h.extensions.push(43);
            }
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
pub(crate) fn well(h: &Hello) -> Does {
    negotiate(h, &[0x304, 0x303], &[0x1301, 0xc02f, 0xc030], None)
}

pub(crate) fn negotiate(h: &Hello, versions: &[u16], suites: &[u16], dh: Option<u32>) -> Does {
    let Some(&version) = versions.iter().find(|v| h.versions.contains(v)) else { return alert(70) };
    let fits = |s: &&u16| (**s >> 8 == 0x13) == (version == 0x304) && h.suites.contains(s);
    match suites.iter().find(fits) {
        Some(&suite) => Answers { version, suite, dh },
        None => alert(40),
    }
}
