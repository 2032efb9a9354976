//! Which root store trusts a root, since when and until when: facts of published lists, compiled in.
//!
//! A chain that works with one client and not with another often ends at a root that only one of their stores holds.
//! Roots are known by the SHA-256 of their certificate, and by name and key, since the same root exists as several
//! certificates (self-signed twice, or cross-signed). No clock is asked: whether a limit strikes depends on the dates
//! of the certificate below and on the caller's time.

use crate::certificate::{CertId, Certificate};
use crate::dn::DistinguishedName;
use crate::stores_table::{EDITIONS, LIMITS, ROWS, SOURCES};
use sha2::Digest as _;
use std::fmt;

/// A list of trusted roots.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Store {
    /// Mozilla's (Firefox, and most of Linux by way of it), TLS servers only.
    Mozilla,
    /// Windows, by the Microsoft Trusted Root Program.
    Microsoft,
    /// macOS, iOS and the other systems of Apple.
    Apple,
    /// Android (AOSP).
    Android,
    /// Oracle's builds of Java.
    OracleJava,
    /// OpenJDK's own builds.
    OpenJdk,
    /// Package ca-certificates of Debian 12.
    Debian,
    /// Package ca-certificates-java of Debian 12: what Java reads there.
    DebianJava,
    /// Python package certifi: what requests and pip read.
    Certifi,
}

/// One published state of a store.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edition {
    /// Which store.
    pub store: Store,
    /// Version as its maker calls it; empty where the store only has dates.
    pub version: &'static str,
    /// The day it was published or read, `YYYY-MM-DD`.
    pub date: &'static str,
    /// How many roots it holds.
    pub roots: u16,
}

/// What a store does not trust of a root that it lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Limit {
    /// Only certificates whose notBefore is not later than this (unix seconds) are trusted: Mozilla's
    /// `CKA_NSS_SERVER_DISTRUST_AFTER`, Microsoft's NotBefore.
    IssuedUntil(i64),
    /// Not trusted from this moment on (unix seconds), whenever issued: Microsoft's Disable.
    DisabledSince(i64),
    /// Listed for other purposes, not for TLS servers.
    NotForTls,
    /// Listed as distrusted.
    Blocked,
}

/// A root as one store sees it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// In the last known edition.
    Trusted {
        /// First edition with it, where an earlier one without it is known.
        since: Option<&'static Edition>,
    },
    /// Listed, with a limit.
    Limited(Limit),
    /// It was in the store, and is not any more.
    Removed {
        /// First known edition without it.
        until: &'static Edition,
    },
    /// In no edition that is known.
    Absent,
}

/// How a root was recognised.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Known {
    /// The very certificate is in the lists.
    Certificate,
    /// A certificate of the same name and key is: this one is another copy, mostly a cross-signed one.
    NameAndKey,
    /// Only name and key identifier fit, which is all that can be seen of an issuer that was not sent.
    NameAndKeyId,
}

/// A root that some store lists or listed.
#[derive(Clone, Copy)]
pub struct Root {
    row: &'static Row,
    index: u16,
    /// How it was recognised.
    pub known: Known,
}

/// Fingerprint (first 16 octets), print of the key, print of the name, print of the key identifier, short name,
/// `[store, first edition, first edition without it or 255]`.
pub(crate) struct Row(
    pub(crate) u128,
    pub(crate) u64,
    pub(crate) u64,
    pub(crate) u32,
    pub(crate) &'static str,
    pub(crate) &'static [[u8; 3]],
);

impl Store {
    /// All of them.
    pub const ALL: [Store; 9] = [
        Store::Mozilla,
        Store::Microsoft,
        Store::Apple,
        Store::Android,
        Store::OracleJava,
        Store::OpenJdk,
        Store::Debian,
        Store::DebianJava,
        Store::Certifi,
    ];

    /// Root programs of their own, current in the table: what "trusted by n of m" is counted over.
    pub const PROGRAMS: [Store; 4] = [Store::Mozilla, Store::Microsoft, Store::Apple, Store::Android];

    /// What people call it.
    pub fn name(self) -> &'static str {
        match self {
            Store::Mozilla => "Mozilla",
            Store::Microsoft => "Microsoft",
            Store::Apple => "Apple",
            Store::Android => "Android",
            Store::OracleJava => "Oracle Java",
            Store::OpenJdk => "OpenJDK",
            Store::Debian => "Debian 12",
            Store::DebianJava => "Java of Debian 12",
            Store::Certifi => "Python certifi",
        }
    }

    /// Its known editions, oldest first.
    pub fn editions(self) -> impl DoubleEndedIterator<Item = &'static Edition> {
        EDITIONS.iter().filter(move |e| e.store == self)
    }

    /// The last known edition.
    pub fn latest(self) -> Option<&'static Edition> {
        self.editions().next_back()
    }

    /// Where the lists come from: an address or the name of a package.
    pub fn source(self) -> &'static str {
        SOURCES.iter().find(|(s, _)| *s == self).map_or("", |(_, source)| source)
    }

    fn edition(self, number: u8) -> Option<&'static Edition> {
        self.editions().nth(usize::from(number))
    }
}

impl fmt::Display for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The editions that the table was made of, by store, oldest first: what people must be told with every statement.
pub fn editions() -> &'static [Edition] {
    EDITIONS
}

/// The root whose certificate has this SHA-256.
pub fn by_id(id: CertId) -> Option<Root> {
    let fingerprint = first16(&id.0);
    Root::at(ROWS.binary_search_by(|r| r.0.cmp(&fingerprint)).ok()?, Known::Certificate)
}

/// The root that this certificate is: itself in a list, or another certificate of the same name and key.
pub fn look_up(certificate: &Certificate) -> Option<Root> {
    if let Some(root) = by_id(certificate.id) {
        return Some(root);
    }
    let key = print(&sha2::Sha256::digest(&certificate.public_key.spki));
    let name = name_print(&certificate.subject);
    let same = |r: &Row| r.1 == key && r.2 == name;
    // of several certificates with that key the one that most stores list
    let best = ROWS.iter().enumerate().filter(|(_, r)| same(r)).max_by_key(|(_, r)| r.5.len())?;
    Root::at(best.0, Known::NameAndKey)
}

/// Roots that can be the issuer of a certificate whose issuer was not sent: of that name, and of that key identifier
/// where one is given.
pub fn named(issuer: &DistinguishedName, key_id: Option<&[u8]>) -> Vec<Root> {
    let name = name_print(issuer);
    let key_id = key_id.map(key_id_print);
    let fits = |r: &Row| r.2 == name && r.1 != 0 && key_id.is_none_or(|k| k == r.3);
    let found = ROWS.iter().enumerate().filter(|(_, r)| fits(r));
    found.filter_map(|(i, _)| Root::at(i, Known::NameAndKeyId)).collect()
}

impl Root {
    fn at(index: usize, known: Known) -> Option<Root> {
        Some(Root { row: ROWS.get(index)?, index: u16::try_from(index).ok()?, known })
    }

    /// Short name, mostly the common name, cut after 40 characters.
    pub fn name(&self) -> &'static str {
        self.row.4
    }

    /// What a store says of it today, as far as its last known edition tells.
    ///
    /// Where the store does not list this very certificate, another one of the same name and key speaks for it: a
    /// path can end there as well.
    pub fn standing(&self, store: Store) -> Standing {
        let own = standing_of(usize::from(self.index), self.row, store);
        if matches!(own, Standing::Trusted { .. } | Standing::Limited(_)) {
            return own;
        }
        let rank = |s: &Standing| match s {
            Standing::Trusted { .. } => 3,
            Standing::Limited(_) => 2,
            Standing::Removed { .. } => 1,
            Standing::Absent => 0,
        };
        let others = self.twins().map(|(i, row)| standing_of(i, row, store));
        others.fold(own, |best, s| if rank(&s) > rank(&best) { s } else { best })
    }

    /// Whether the last known edition trusts it for TLS servers without a limit, or within its limit a certificate
    /// issued at `not_before` and judged at `time` (unix seconds both).
    pub fn trusts(&self, store: Store, not_before: i64, time: i64) -> bool {
        match self.standing(store) {
            Standing::Trusted { .. } => true,
            Standing::Limited(Limit::IssuedUntil(last)) => not_before <= last,
            Standing::Limited(Limit::DisabledSince(from)) => time < from,
            Standing::Limited(Limit::NotForTls | Limit::Blocked) | Standing::Removed { .. } | Standing::Absent => false,
        }
    }

    /// Whether one edition held it, with or without limits.
    pub fn in_edition(&self, edition: &Edition) -> bool {
        let Some(number) = edition.store.editions().position(|e| e == edition) else { return false };
        self.twins().flat_map(|(_, r)| r.5).any(|[s, since, until]| {
            Store::ALL.get(usize::from(*s)) == Some(&edition.store)
                && usize::from(*since) <= number
                && (*until == 255 || number < usize::from(*until))
        })
    }

    /// Certificates of the same name and key, itself among them.
    fn twins(&self) -> impl Iterator<Item = (usize, &'static Row)> {
        let (index, key, name) = (usize::from(self.index), self.row.1, self.row.2);
        ROWS.iter().enumerate().filter(move |(i, r)| *i == index || (key != 0 && r.1 == key && r.2 == name))
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Root({:?}, {:?})", self.name(), self.known)
    }
}

fn standing_of(index: usize, row: &Row, store: Store) -> Standing {
    let limit = LIMITS.iter().find(|(r, s, _)| usize::from(*r) == index && *s == store);
    if let Some((_, _, limit)) = limit {
        return Standing::Limited(*limit);
    }
    let spans = row.5.iter().filter(|[s, _, _]| Store::ALL.get(usize::from(*s)) == Some(&store));
    match spans.max_by_key(|[_, since, _]| *since) {
        None => Standing::Absent,
        Some([_, since, 255]) => Standing::Trusted { since: store.edition(*since).filter(|_| *since > 0) },
        Some([_, _, until]) => store.edition(*until).map_or(Standing::Absent, |until| Standing::Removed { until }),
    }
}

/// First 8 octets of a digest, by which keys stand in the table.
pub fn print(digest: &[u8]) -> u64 {
    digest.iter().take(8).fold(0, |n, b| (n << 8) | u64::from(*b))
}

/// A name as it stands in the table: types and values, without regard to string type, case and anything but letters
/// and digits.
pub fn name_print(name: &DistinguishedName) -> u64 {
    let mut hash = sha2::Sha256::new();
    for a in name.attributes() {
        hash.update(a.oid.as_bytes());
        let folded: String = a.value.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
        hash.update(folded.as_bytes());
        hash.update([0]);
    }
    print(&hash.finalize())
}

/// A key identifier as it stands in the table: its first 4 octets.
pub fn key_id_print(key_id: &[u8]) -> u32 {
    key_id.iter().take(4).fold(0, |n, b| (n << 8) | u32::from(*b))
}

fn first16(id: &[u8; 32]) -> u128 {
    id.iter().take(16).fold(0, |n, b| (n << 8) | u128::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::anchors::mozilla;
    use crate::read::read_certificates;

    fn id(hex: &str) -> CertId {
        let octet = |i: usize| u8::from_str_radix(&hex[2 * i..2 * i + 2], 16).unwrap();
        CertId(std::array::from_fn(octet))
    }

    const DST_X3: &str = "0687260331a72403d909f105e69bcf0d32e1bd2493ffc6d9206d11bcd6770739";
    const ISRG_X1: &str = "96bcec06264976f37460779acf28c5a7cfe8a3c0aae11a8ffcee05c0bddf08c6";
    const ENTRUST_G2: &str = "43df5774b03e7fef5fe40d931a7bedf1bb2e6b42738c4e6d3841103d3aa7f339";
    const DIGINOTAR: &str = "0d136e439f0ab6e97f3a02a540da9f0641aa554e1d66ea51ae2920d51b2f7217";

    #[test]
    fn the_table_is_in_order() {
        assert!(ROWS.windows(2).all(|w| w[0].0 < w[1].0));
        for store in Store::ALL {
            let n = store.editions().count();
            assert!(n > 0 && !store.source().is_empty(), "{store}");
            assert!(store.editions().zip(store.editions().skip(1)).all(|(a, b)| a.date < b.date), "{store}");
            let number = Store::ALL.iter().position(|s| *s == store).unwrap();
            let spans = ROWS.iter().flat_map(|r| r.5).filter(|[s, _, _]| usize::from(*s) == number);
            assert!(
                spans.clone().all(|[_, a, b]| usize::from(*a) < n && (*b == 255 || (a < b && usize::from(*b) < n)))
            );
            let open = spans.filter(|[_, _, b]| *b == 255).count();
            assert_eq!(open, usize::from(store.latest().unwrap().roots), "{store}");
        }
        assert!(LIMITS.iter().all(|(row, _, _)| usize::from(*row) < ROWS.len()));
        for store in [Store::Mozilla, Store::Microsoft] {
            assert!(LIMITS.iter().any(|(_, s, l)| *s == store && matches!(l, Limit::IssuedUntil(_))), "{store}");
        }
    }

    #[test]
    fn known_histories() {
        let isrg = by_id(id(ISRG_X1)).unwrap();
        for store in Store::PROGRAMS {
            assert!(matches!(isrg.standing(store), Standing::Trusted { .. }), "{store}");
        }
        // OpenJDK's list has had it since Java 8u141, before the first edition known here
        assert_eq!(isrg.standing(Store::OpenJdk), Standing::Trusted { since: None });

        // D-TRUST BR Root CA 2 2023, not there from the beginning
        let young = by_id(id("0552e6f83fdf65e8fa9670e666df28a4e21340b510cbe52566f97c4fb94b2bd1")).unwrap();
        let Standing::Trusted { since: Some(since) } = young.standing(Store::Mozilla) else { panic!("{young:?}") };
        assert!(since.date > "2023-05-09" && young.in_edition(since));
        assert!(Store::Mozilla.editions().take_while(|e| e.date < since.date).all(|e| !young.in_edition(e)));

        let dst = by_id(id(DST_X3)).unwrap();
        assert_eq!(dst.name(), "DST Root CA X3");
        let Standing::Removed { until } = dst.standing(Store::Mozilla) else {
            panic!("{:?}", dst.standing(Store::Mozilla))
        };
        assert!(("2021-01-01".."2024-01-01").contains(&until.date), "{until:?}");
        assert!(Store::Mozilla.editions().next().is_some_and(|e| dst.in_edition(e)));
        assert!(!dst.trusts(Store::Mozilla, 0, 0));

        let blocked = by_id(id(DIGINOTAR)).unwrap();
        assert_eq!(blocked.standing(Store::Mozilla), Standing::Absent);
        assert!(matches!(blocked.standing(Store::OpenJdk), Standing::Limited(Limit::Blocked)), "{blocked:?}");
    }

    #[test]
    fn a_limit_asks_when_the_leaf_was_issued() {
        let entrust = by_id(id(ENTRUST_G2)).unwrap();
        let Standing::Limited(Limit::IssuedUntil(last)) = entrust.standing(Store::Microsoft) else {
            panic!("{:?}", entrust.standing(Store::Microsoft))
        };
        assert!(
            entrust.trusts(Store::Microsoft, last, last + 1) && !entrust.trusts(Store::Microsoft, last + 1, last + 1)
        );
    }

    #[test]
    fn every_root_compiled_in_is_known_by_itself_and_by_its_name() {
        for anchor in mozilla().iter() {
            let c = anchor.certificate().unwrap();
            let root = look_up(c).unwrap_or_else(|| panic!("{}", c.subject));
            assert_eq!(root.known, Known::Certificate);
            let key_id = c.extensions.subject_key_id.as_deref();
            assert!(named(&c.subject, key_id).iter().any(|r| r.index == root.index), "{}", c.subject);
            // the same name and key in another certificate
            let mut twin = Certificate::clone(c);
            twin.id = CertId([7; 32]);
            let twin = look_up(&twin).unwrap();
            assert_eq!((twin.known, twin.name()), (Known::NameAndKey, root.name()));
        }
    }

    #[test]
    fn every_root_of_the_packages_is_there() {
        let Ok(corpus) = std::env::var("TLSDIAG_CORPUS") else {
            println!("skipped: TLSDIAG_CORPUS names no corpus");
            return;
        };
        let root = std::path::Path::new(&corpus).join("truststores");
        let mut seen = 0;
        for folder in std::fs::read_dir(&root).unwrap().flatten() {
            let name = folder.file_name().to_string_lossy().into_owned();
            let (store, file) = if name.starts_with("certifi-") {
                (Store::Certifi, "cacert.pem")
            } else if name == "debian-12" {
                (Store::Debian, "ca-certificates.crt")
            } else {
                continue;
            };
            for c in read_certificates(&std::fs::read(folder.path().join(file)).unwrap()).into_iter().flatten() {
                let standing = look_up(&c).map(|r| r.standing(store));
                assert_eq!(standing, Some(Standing::Trusted { since: None }), "{}", c.subject);
                seen += 1;
            }
        }
        assert!(seen > 200, "{seen}");
    }
}
