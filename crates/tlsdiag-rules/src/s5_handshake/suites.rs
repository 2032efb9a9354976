//! Which cipher suites of today's clients a Windows machine can serve: its order of suites, its version, the algorithms that
//! are switched off, and the keys of the certificates that are bound.
use super::defaults::{Proto, Role};
use super::schannel::{Now, SCHANNEL, Switches, dword, value};
use crate::{Look, State, Stop};
use tlsdiag_model::facts::{Binding, Datum, Setting, Suites};
use tlsdiag_model::{Ask, FactRef, Host, Reading};
use tlsdiag_pki::key::KeyKind;
use tlsdiag_wire::registry::{Authentication, Cipher, CipherSuite, KeyExchange, Mac, Mode, SuiteInfo};

/// The order of suites by policy.
pub(crate) const POLICY: &str = r"HKLM\SOFTWARE\Policies\Microsoft\Cryptography\Configuration\SSL\00010002";
/// The order of suites of the machine itself.
const LOCAL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\Cryptography\Configuration\Local\SSL\00010002";
/// First build of Windows 10 and Server 2016: names of suites lost their curves.
const WINDOWS_10: u32 = 10_240;

/// What browsers offer, with the first build whose Schannel has it (Microsoft: Cipher Suites in TLS/SSL (Schannel SSP)).
/// ChaCha20 for TLS 1.2 is in none.
const CLIENTS: &[(u16, u32)] = &[
    (0x1301, 20_348),
    (0x1302, 20_348),
    (0x1303, 20_348),
    (0xc02b, 7_600),
    (0xc02c, 7_600),
    (0xc02f, WINDOWS_10),
    (0xc030, WINDOWS_10),
    (0x009c, 7_600),
    (0x009d, 7_600),
    (0xc013, 6_000),
    (0xc014, 6_000),
    (0x002f, 3_790),
    (0x0035, 3_790),
];

/// Where an order of suites was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum From {
    /// Policy.
    Policy,
    /// The machine's own list.
    Local,
    /// `Get-TlsCipherSuite`.
    Listed,
}

/// An order of suites.
pub(crate) struct Order<'a> {
    pub(crate) from: From,
    /// The value, where it is one of the registry.
    pub(crate) state: Option<State<'a, Setting>>,
    pub(crate) at: FactRef,
    /// Those that this Windows knows by that name.
    pub(crate) known: Vec<CipherSuite>,
    /// The others.
    pub(crate) strange: Vec<String>,
}

/// The order that is in force: policy replaces the machine's own.
pub(crate) fn order<'a>(look: &Look<'a>) -> Option<Order<'a>> {
    for (key, from) in [(POLICY, From::Policy), (LOCAL, From::Local)] {
        let Some(state) = value(look, key, "Functions").pop() else { continue };
        let names: Vec<String> = match &state.cited.row.what.data {
            Datum::Text(t) => t.split(',').map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect(),
            Datum::List(l) => {
                l.iter().flat_map(|n| n.split(',')).map(|n| n.trim().to_owned()).filter(|n| !n.is_empty()).collect()
            }
            _ => continue,
        };
        let at = state.cited.at;
        return Some(read(look, names, from, at, Some(state)));
    }
    let listed = look.states::<Suites>(&()).pop()?;
    Some(read(look, listed.cited.list.clone(), From::Listed, listed.cited.at, None))
}

fn read<'a>(
    look: &Look<'a>,
    names: Vec<String>,
    from: From,
    at: FactRef,
    state: Option<State<'a, Setting>>,
) -> Order<'a> {
    let build = look.version().build;
    let (mut known, mut strange) = (vec![], vec![]);
    for n in names {
        match suite(&n, build) {
            Some(s) => known.push(s),
            None => strange.push(n),
        }
    }
    Order { from, state, at, known, strange }
}

/// The suite of a name; before Windows 10 the name of a suite may end in its curve.
fn suite(name: &str, build: Option<u32>) -> Option<CipherSuite> {
    let bare = ["_P256", "_P384", "_P521"].iter().find_map(|c| name.strip_suffix(c));
    match bare {
        Some(_) if build.is_some_and(|b| b >= WINDOWS_10) => None,
        bare => CipherSuite::from_name(bare.unwrap_or(name)),
    }
}

/// An algorithm that is switched off.
pub(crate) struct OffSwitch<'a> {
    /// `Hashes\SHA256`.
    pub(crate) name: &'static str,
    pub(crate) state: State<'a, Setting>,
    kills: fn(&SuiteInfo) -> bool,
}

impl OffSwitch<'_> {
    /// Does the suite need it?
    pub(crate) fn kills(&self, suite: &SuiteInfo) -> bool {
        (self.kills)(suite)
    }
}

/// The switch whose effect is reported, not documented, for some suites.
pub(crate) const SHA256: &str = r"Hashes\SHA256";

type Algorithm = (&'static str, fn(&SuiteInfo) -> bool);

/// The switches for algorithms, and the suites that need what they switch. TLS 1.2 makes its keys with the hash of the
/// suite, and with SHA-256 where that is an older one (RFC 5246 section 5). Suites with SHA-384 could do without SHA-256,
/// but certificates and signatures of today could not: administrators report that nothing is left.
const ALGORITHMS: &[Algorithm] = &[
    (r"Hashes\SHA", |i| i.mac == Mac::Sha1),
    (SHA256, |_| true),
    (r"Hashes\SHA384", |i| i.mac == Mac::Sha384),
    (r"Ciphers\AES 128/128", |i| i.cipher == Cipher::Aes && i.key_bits == 128),
    (r"Ciphers\AES 256/256", |i| i.cipher == Cipher::Aes && i.key_bits == 256),
    (r"KeyExchangeAlgorithms\PKCS", |i| i.key_exchange == KeyExchange::Rsa),
    (r"KeyExchangeAlgorithms\ECDH", |i| matches!(i.key_exchange, KeyExchange::Ecdhe | KeyExchange::Tls13)),
];

/// The algorithms that are switched off, of those that clients of today need.
pub(crate) fn off<'a>(look: &Look<'a>) -> Vec<OffSwitch<'a>> {
    ALGORITHMS
        .iter()
        .filter_map(|(name, kills)| {
            let state = value(look, &format!("{SCHANNEL}\\{name}"), "Enabled").pop()?;
            (dword(&state) == Some(0)).then_some(OffSwitch { name, state, kills: *kills })
        })
        .collect()
}

/// Is all that is left without SHA-256 gone by itself, too?
pub(crate) fn surely_none(all: &[&SuiteInfo], off: &[OffSwitch<'_>]) -> bool {
    let others = || off.iter().filter(|o| o.name != SHA256);
    all.iter().filter(|i| i.mac == Mac::Sha384).all(|i| others().any(|o| o.kills(i)))
}

/// The suites of today's clients that this Windows has, on the versions that are on, in the order that is in force.
pub(crate) fn offered(look: &Look<'_>, sw: &Switches<'_, '_>, order: Option<&Order<'_>>) -> Vec<&'static SuiteInfo> {
    let build = look.version().build;
    let tls13 =
        !matches!(sw.now(Proto::Tls13, Role::Server), Now::Off(_) | Now::NotByDefault(_) | Now::Lacks | Now::Preset(_));
    CLIENTS
        .iter()
        .filter(|(_, since)| build.is_none_or(|b| *since <= b))
        .map(|(n, _)| CipherSuite(*n))
        .filter(|s| order.is_none_or(|o| o.known.contains(s)))
        .filter_map(CipherSuite::info)
        .filter(|i| tls13 || i.key_exchange != KeyExchange::Tls13)
        .collect()
}

/// Those that are left without what is switched off.
pub(crate) fn left<'s>(all: &[&'s SuiteInfo], off: &[OffSwitch<'_>]) -> Vec<&'s SuiteInfo> {
    all.iter().copied().filter(|i| !off.iter().any(|o| o.kills(i))).collect()
}

/// Is forward secrecy gone, which TLS 1.3 and many current programs insist on?
pub(crate) fn only_static(all: &[&SuiteInfo]) -> bool {
    !all.is_empty() && all.iter().all(|i| i.key_exchange == KeyExchange::Rsa)
}

/// What kind of key the certificates have that are bound on this machine, where all are known and alike.
pub(crate) fn bound_key(look: &Look<'_>) -> Option<(Authentication, FactRef)> {
    let mut kind: Option<(Authentication, FactRef)> = None;
    for b in look.seen::<Binding>() {
        let Reading::Good(thumb) = &b.hash else { continue };
        let cert = look.certificate_of(thumb).and_then(|id| look.derived().certificate(id))?;
        let auth = match cert.public_key.kind {
            KeyKind::Rsa { .. } => Authentication::Rsa,
            KeyKind::Ec(_) => Authentication::Ecdsa,
            _ => return None,
        };
        match kind {
            Some((k, _)) if k != auth => return None,
            _ => kind = Some((auth, b.at)),
        }
    }
    kind
}

/// The suites that a certificate with such a key can serve; browsers offer CBC with ECDSA no more.
pub(crate) fn serving<'s>(all: &[&'s SuiteInfo], key: Authentication) -> Vec<&'s SuiteInfo> {
    let fits = |i: &SuiteInfo| i.authentication == key || i.authentication == Authentication::Any;
    all.iter().copied().filter(|i| fits(i) && !(key == Authentication::Ecdsa && i.mode == Mode::Cbc)).collect()
}

/// What would tell the order of suites.
pub(crate) fn ask(host: Host) -> Stop {
    Stop::Missing(Ask::Under { host, of: POLICY.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_end_in_curves_before_windows_10_only() {
        let name = "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA_P256";
        assert_eq!(suite(name, Some(9600)), Some(CipherSuite(0xc013)));
        assert_eq!(suite(name, Some(14_393)), None);
        assert_eq!(suite("TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA", Some(14_393)), Some(CipherSuite(0xc013)));
        assert_eq!(suite("ECDHE-RSA-AES128-GCM-SHA256", None), None);
    }

    #[test]
    fn every_suite_of_clients_is_one() {
        assert!(CLIENTS.iter().all(|(n, _)| CipherSuite(*n).info().is_some()));
    }
}
