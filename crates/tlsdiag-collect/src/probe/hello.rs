//! The hellos of the probe: the base, as long and as new as a current browser's, and every one that differs from it in a
//! single property.
use super::run::Shared;
use tlsdiag_model::{
    Name,
    facts::{Client, Offer, Vary},
};
use tlsdiag_wire::{
    CipherSuite, ClientHello, EncodeError, Extension, ExtensionType as X, Group, HelloRandomness, HelloTarget,
    SignatureScheme, Version, extension::KeyShare, profile, registry::Authentication,
};

/// A hello ready to be sent.
pub(crate) struct Hello {
    /// The hello; for SSLv2 what a reader of the answer takes as offered.
    pub hello: ClientHello,
    /// The bytes, in as many pieces as there are writes.
    pub pieces: Vec<Vec<u8>>,
    /// What it offers, as a fact.
    pub offer: Offer,
    /// Maximum segment size to ask for.
    pub mss: Option<u16>,
}

/// Packets of 576 bytes, the least that every IPv4 path takes (RFC 791 section 3.2).
pub(crate) const SMALL_MSS: u16 = 536;

/// The base hello for a name; none is sent for an address.
pub(crate) fn base(shared: &Shared, name: Option<&Name>, number: u32) -> Result<Hello, EncodeError> {
    let d = dice(shared, number);
    plain(profile::modern(&target(name), &d)?, None)
}

/// The base hello with one property changed.
pub(crate) fn varied(shared: &Shared, name: Option<&Name>, number: u32, vary: &Vary) -> Result<Hello, EncodeError> {
    let d = dice(shared, number);
    let target = target(name);
    let base = profile::modern(&target, &d)?;
    let small = Some(SMALL_MSS);
    match vary {
        Vary::Classic => plain(classic(base)?, None),
        Vary::ClassicPadded => {
            let n = base.encoded_len();
            plain(classic(base)?.padded_to(n), None)
        }
        Vary::ClassicSplit => {
            let mut h = plain(classic(base)?, None)?;
            if let Some(whole) = h.pieces.pop() {
                let (a, b) = whole.split_at_checked(whole.len() / 2).unwrap_or((&whole, &[]));
                h.pieces = vec![a.to_vec(), b.to_vec()];
            }
            h.offer.writes = 2;
            Ok(h)
        }
        Vary::SmallSegments => plain(base, small),
        Vary::ClassicSmallSegments => plain(classic(base)?, small),
        Vary::Tls12 => plain(tls12(base), None),
        Vary::Only(0x0304) | Vary::Tls13 => plain(tls13(base)?, None),
        Vary::Only(0x0300) => plain(profile::ssl3(d.random), None),
        // Listed, too: a stack of TLS 1.3 then says of the version what it would say of the suites without the list.
        Vary::Only(0x0303) => {
            let listed = Extension::supported_versions(&[Version::TLS1_2])?;
            plain(profile::legacy(Version::TLS1_2, &target, d.random)?.with_extension(listed), None)
        }
        Vary::Only(v) => plain(profile::legacy(Version(*v), &target, d.random)?, None),
        Vary::Wide => plain(wide(base, &target, d.random)?, None),
        Vary::NoGrease => plain(no_grease(base)?, None),
        Vary::FewExtensions => plain(few(tls12(base)), None),
        Vary::NoExtensions => plain(tls12(base).without_extensions(), None),
        Vary::Without(kind) => plain(base.without(X(*kind)), None),
        Vary::NoName => plain(base.without(X::SERVER_NAME), None),
        Vary::Tls12NoName => plain(tls12(base).without(X::SERVER_NAME), None),
        Vary::OtherName => plain(base.with_replaced(Extension::server_name(NOBODY)?), None),
        // Application settings are said of a protocol that ALPN names.
        Vary::NoAlpn => plain(without_h2(base).without(X::ALPN), None),
        Vary::Http1 => plain(without_h2(base).with_replaced(Extension::alpn(&[b"http/1.1"])?), None),
        Vary::RsaOnly => plain(certified_by(tls12(base), Authentication::Rsa)?, None),
        Vary::EcdsaOnly => plain(certified_by(tls12(base), Authentication::Ecdsa)?, None),
        Vary::Group(g) => plain(only_group(base, shared, Group(*g))?, None),
        Vary::Length(n) => {
            let h = classic(base)?;
            plain(h.padded_to(usize::from(*n).saturating_sub(RECORD_HEADER)), None)
        }
        Vary::Ssl2 => ssl2(d.random),
    }
}

/// The second hello after a HelloRetryRequest (RFC 8446 section 4.1.2): the share that was asked for, and the cookie.
/// `None`: the group is one for which no share can be made here.
pub(crate) fn second(
    shared: &Shared,
    first: &ClientHello,
    retry: &tlsdiag_wire::ServerHello,
) -> Option<Result<ClientHello, EncodeError>> {
    let mut hello = first.clone();
    if let Some(asked) = retry.key_share() {
        let public = shared.library.share(asked.group.0)?;
        match Extension::key_share(&[KeyShare { group: asked.group, public }]) {
            Ok(e) => hello = hello.with_replaced(e),
            Err(e) => return Some(Err(e)),
        }
    }
    let cookie = retry.extensions.as_ref().and_then(|e| e.cookie()).and_then(Result::ok);
    Some(match cookie.map(|c| Extension::cookie(&c)) {
        None => Ok(hello),
        Some(Ok(e)) => Ok(hello.with_extension(e)),
        Some(Err(e)) => Err(e),
    })
}

/// What a hello offers, as a fact.
pub(crate) fn offer(h: &ClientHello, client: Client, bytes: usize) -> Offer {
    Offer {
        client,
        versions: sorted_versions(h),
        suites: h.cipher_suites.iter().filter(|s| !s.is_grease()).map(|s| s.0).collect(),
        groups: h.groups().iter().filter(|g| !g.is_grease()).map(|g| g.0).collect(),
        shares: h.key_shares().iter().filter(|s| !s.group.is_grease()).map(|s| s.group.0).collect(),
        signatures: h.signature_schemes().iter().map(|s| s.0).filter(|s| !greased(*s)).collect(),
        extensions: h.extensions.iter().flat_map(|e| e.kinds()).map(|k| k.0).filter(|k| !greased(*k)).collect(),
        alpn: h.alpn().iter().map(|p| String::from_utf8_lossy(p).into_owned()).collect(),
        sni: h.server_name().map(|n| Name::new(&n)),
        bytes: u32::try_from(bytes).unwrap_or(u32::MAX),
        writes: 1,
        mss: None,
    }
}

const RECORD_HEADER: usize = 5;
/// A name under a domain that RFC 6761 section 6.4 keeps from ever being given to anybody.
const NOBODY: &str = "no-such-site.invalid";

fn target(name: Option<&Name>) -> HelloTarget {
    HelloTarget::web(name.map(Name::as_str))
}

fn plain(hello: ClientHello, mss: Option<u16>) -> Result<Hello, EncodeError> {
    let bytes = hello.to_records()?;
    let mut offer = offer(&hello, Client::BrowserLike, bytes.len());
    offer.mss = mss;
    Ok(Hello { hello, pieces: vec![bytes], offer, mss })
}

fn ssl2(random: [u8; 32]) -> Result<Hello, EncodeError> {
    let mut challenge = [0; 16];
    challenge.iter_mut().zip(random).for_each(|(c, r)| *c = r);
    let bytes = profile::sslv2(challenge).to_record()?;
    let hello = profile::ssl3(random);
    let offer = Offer {
        client: Client::BrowserLike,
        versions: vec![Version::SSL2.0],
        bytes: u32::try_from(bytes.len()).unwrap_or(u32::MAX),
        writes: 1,
        ..Offer::default()
    };
    Ok(Hello { hello, pieces: vec![bytes], offer, mss: None })
}

/// Without the post-quantum group and its share, which alone is longer than a packet.
fn classic(h: ClientHello) -> Result<ClientHello, EncodeError> {
    let groups: Vec<Group> = h.groups().into_iter().filter(|g| !g.is_post_quantum()).collect();
    let shares: Vec<KeyShare> = h.key_shares().into_iter().filter(|s| !s.group.is_post_quantum()).collect();
    Ok(h.with_replaced(Extension::supported_groups(&groups)?).with_replaced(Extension::key_share(&shares)?))
}

/// Extensions that mean nothing below TLS 1.3.
const TLS13_ONLY: [X; 5] = [
    X::SUPPORTED_VERSIONS,
    X::KEY_SHARE,
    X::PSK_KEY_EXCHANGE_MODES,
    X::COMPRESS_CERTIFICATE,
    X::ENCRYPTED_CLIENT_HELLO,
];

fn tls12(h: ClientHello) -> ClientHello {
    let suites: Vec<CipherSuite> = h.cipher_suites.iter().copied().filter(|s| !s.is_tls1_3()).collect();
    let groups: Vec<Group> = h.groups().into_iter().filter(|g| !g.is_post_quantum()).collect();
    let h = TLS13_ONLY.iter().fold(h.with_suites(suites), |h, x| h.without(*x));
    match Extension::supported_groups(&groups) {
        Ok(e) => h.with_replaced(e),
        Err(_) => h,
    }
}

fn tls13(h: ClientHello) -> Result<ClientHello, EncodeError> {
    let suites: Vec<CipherSuite> = h.cipher_suites.iter().copied().filter(|s| s.is_tls1_3() || s.is_grease()).collect();
    Ok(h.with_suites(suites).with_replaced(Extension::supported_versions(&[Version::TLS1_3])?))
}

/// Everything from SSL 3.0 to TLS 1.3 with every suite, group and scheme that the wire crate's wide hello has.
fn wide(h: ClientHello, target: &HelloTarget, random: [u8; 32]) -> Result<ClientHello, EncodeError> {
    let old = profile::legacy(Version::TLS1_2, target, random)?;
    let mut suites = h.cipher_suites.clone();
    suites.retain(|s| !s.is_signalling());
    suites.extend(old.cipher_suites.iter().copied().filter(|s| !h.cipher_suites.contains(s) || s.is_signalling()));
    let (mut groups, mut schemes) = (h.groups(), h.signature_schemes());
    groups.extend(old.groups().into_iter().filter(|g| !h.groups().contains(g)));
    schemes.extend(old.signature_schemes().into_iter().filter(|s| !h.signature_schemes().contains(s)));
    let versions = [Version::TLS1_3, Version::TLS1_2, Version::TLS1_1, Version::TLS1_0, Version::SSL3];
    Ok(h.with_suites(suites)
        .with_replaced(Extension::supported_groups(&groups)?)
        .with_replaced(Extension::signature_algorithms(&schemes)?)
        .with_replaced(Extension::supported_versions(&versions)?))
}

fn no_grease(mut h: ClientHello) -> Result<ClientHello, EncodeError> {
    h.cipher_suites.retain(|s| !s.is_grease());
    let groups: Vec<Group> = h.groups().into_iter().filter(|g| !g.is_grease()).collect();
    let shares: Vec<KeyShare> = h.key_shares().into_iter().filter(|s| !s.group.is_grease()).collect();
    let versions = [Version::TLS1_3, Version::TLS1_2];
    if let Some(list) = &mut h.extensions {
        list.0.retain(|e| !greased(e.kind.0));
    }
    Ok(h.with_replaced(Extension::supported_groups(&groups)?)
        .with_replaced(Extension::key_share(&shares)?)
        .with_replaced(Extension::supported_versions(&versions)?))
}

fn few(mut h: ClientHello) -> ClientHello {
    let keep = [X::SERVER_NAME, X::SUPPORTED_GROUPS, X::EC_POINT_FORMATS, X::SIGNATURE_ALGORITHMS];
    if let Some(list) = &mut h.extensions {
        list.0.retain(|e| keep.contains(&e.kind));
    }
    h
}

fn without_h2(h: ClientHello) -> ClientHello {
    h.without(X::APPLICATION_SETTINGS)
}

fn certified_by(h: ClientHello, by: Authentication) -> Result<ClientHello, EncodeError> {
    let fits = |s: &CipherSuite| s.is_signalling() || s.info().is_some_and(|i| i.authentication == by);
    let suites: Vec<CipherSuite> = h.cipher_suites.iter().copied().filter(|s| fits(s)).collect();
    let ecdsa = by == Authentication::Ecdsa;
    let schemes: Vec<SignatureScheme> = h.signature_schemes().into_iter().filter(|s| for_ecdsa(*s) == ecdsa).collect();
    Ok(h.with_suites(suites).with_replaced(Extension::signature_algorithms(&schemes)?))
}

/// Schemes for keys on curves: the ECDSA ones of RFC 8446 section 4.2.3, and the Edwards curves.
fn for_ecdsa(s: SignatureScheme) -> bool {
    s.0 & 0xff == 3 && s.0 >> 8 <= 6 || matches!(s.0, 0x0807 | 0x0808 | 0x081a..=0x081c)
}

fn only_group(h: ClientHello, shared: &Shared, g: Group) -> Result<ClientHello, EncodeError> {
    let own = h.key_shares().into_iter().find(|s| s.group == g);
    let share = own.or_else(|| shared.library.share(g.0).map(|public| KeyShare { group: g, public }));
    // Without a share of its own the hello asks for a HelloRetryRequest (RFC 8446 section 4.2.8): an answer, too.
    let shares: Vec<KeyShare> = share.into_iter().collect();
    Ok(h.with_replaced(Extension::supported_groups(&[g])?).with_replaced(Extension::key_share(&shares)?))
}

fn sorted_versions(h: &ClientHello) -> Vec<u16> {
    let mut v: Vec<u16> = h.offered_versions().into_iter().map(|v| v.0).collect();
    v.sort_unstable_by(|a, b| b.cmp(a));
    v
}

/// The GREASE values of RFC 8701 section 2.
fn greased(v: u16) -> bool {
    v & 0x0f0f == 0x0a0a && v >> 8 == v & 0xff
}

/// Randomness of one connection: GREASE stays the same throughout the run, so that only the named property changes.
fn dice(shared: &Shared, number: u32) -> HelloRandomness {
    let fixed = |salt: u64| shared.settings.seed.map(|s| SplitMix(s ^ salt.wrapping_mul(0xd134_2543_de82_ef95)));
    let mut stream = fixed(u64::from(number));
    let mut d = HelloRandomness::generate(|out| match &mut stream {
        Some(s) => s.fill(out),
        None => shared.library.random(out),
    });
    d.grease = shared.grease;
    d
}

/// SplitMix64: repeatable, spread out, and no secret.
pub(crate) struct SplitMix(pub u64);

impl SplitMix {
    pub(crate) fn fill(&mut self, out: &mut [u8]) {
        for piece in out.chunks_mut(8) {
            self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mut z = self.0;
            z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            z ^= z >> 31;
            piece.iter_mut().zip(z.to_le_bytes()).for_each(|(p, b)| *p = b);
        }
    }
}
