//! Ready hellos: like a current Chrome, wide for TLS 1.2 and below, SSL 3.0, SSLv2. Randomness is the caller's.

use crate::client_hello::ClientHello;
use crate::error::EncodeError;
use crate::extension::{Extension, Extensions, KeyShare};
use crate::registry::{CertificateCompression, CipherSuite, Group, PskKeyExchangeMode, SignatureScheme as S, Version};
use crate::sslv2::{CipherKind, Sslv2ClientHello};

/// Whom a hello is for.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct HelloTarget {
    /// The name for server_name; `None` (as for an address) leaves the extension out.
    pub server_name: Option<String>,
    /// The protocols for ALPN; empty leaves the extension out.
    pub alpn: Vec<Vec<u8>>,
}

impl HelloTarget {
    /// A target that is asked for HTTP/2 and HTTP/1.1.
    pub fn web(server_name: Option<&str>) -> Self {
        Self { server_name: server_name.map(str::to_owned), alpn: vec![b"h2".to_vec(), b"http/1.1".to_vec()] }
    }
}

/// Everything in a hello that has to be random.
#[derive(Clone, PartialEq, Eq)]
pub struct HelloRandomness {
    /// `random`.
    pub random: [u8; 32],
    /// `legacy_session_id`, which asks a TLS 1.3 server for middlebox compatibility.
    pub session_id: [u8; 32],
    /// The share for x25519: a public value, or random bytes if the handshake is never finished.
    pub x25519: [u8; 32],
    /// The encapsulation key for ML-KEM-768 (FIPS 203): a real one, or what [`plausible_mlkem768`] makes.
    pub mlkem768: Vec<u8>,
    /// Seeds of the GREASE values: suite, group, version, two extensions, ECH configuration id.
    pub grease: [u8; 6],
    /// `enc` of the GREASE encrypted_client_hello.
    pub ech_enc: [u8; 32],
    /// `payload` of the GREASE encrypted_client_hello.
    pub ech_payload: [u8; 144],
    /// Shuffles the extensions as Chrome does; `None` keeps a fixed order, so that two hellos can be compared.
    pub order: Option<u64>,
}

impl HelloRandomness {
    /// Fills everything from `fill`, which writes random bytes. The key shares look right to any server but nobody
    /// knows their private keys: good for reading the first flight, not for finishing a handshake. The order of
    /// extensions stays fixed.
    pub fn generate(mut fill: impl FnMut(&mut [u8])) -> Self {
        let mut randomness = Self {
            random: [0; 32],
            session_id: [0; 32],
            x25519: [0; 32],
            mlkem768: Vec::new(),
            grease: [0; 6],
            ech_enc: [0; 32],
            ech_payload: [0; 144],
            order: None,
        };
        let mut key = [0; MLKEM768_KEY];
        fill(&mut randomness.random);
        fill(&mut randomness.session_id);
        fill(&mut randomness.x25519);
        fill(&mut key);
        fill(&mut randomness.grease);
        fill(&mut randomness.ech_enc);
        fill(&mut randomness.ech_payload);
        randomness.mlkem768 = plausible_mlkem768(&key);
        randomness
    }
}

impl std::fmt::Debug for HelloRandomness {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("HelloRandomness").finish_non_exhaustive()
    }
}

/// Bytes of an ML-KEM-768 encapsulation key: 768 coefficients of 12 bits and a seed.
pub const MLKEM768_KEY: usize = 768 * 12 / 8 + 32;

/// An encapsulation key that passes the modulus check of FIPS 203 section 7.2, made of random bytes: every coefficient
/// is reduced below 3329. Nobody knows the decapsulation key.
pub fn plausible_mlkem768(random: &[u8; MLKEM768_KEY]) -> Vec<u8> {
    const Q: u16 = 3329;
    let (coefficients, seed) = random.split_at(MLKEM768_KEY - 32);
    let (triples, _) = coefficients.as_chunks::<3>();
    let mut key = Vec::with_capacity(MLKEM768_KEY);
    for &[a, b, c] in triples {
        let first = (u16::from(a) | (u16::from(b) & 0x0f) << 8) % Q;
        let second = (u16::from(b) >> 4 | u16::from(c) << 4) % Q;
        key.extend_from_slice(&[first as u8, (first >> 8) as u8 | (second << 4) as u8, (second >> 4) as u8]);
    }
    key.extend_from_slice(seed);
    key
}

/// A hello like that of Chrome 131 and later: TLS 1.3 and 1.2, shares for X25519MLKEM768 and x25519, GREASE, GREASE ECH.
/// One thing is added: `TLS_EMPTY_RENEGOTIATION_INFO_SCSV`, last among the suites.
///
/// # Errors
/// If the server name, a protocol or the ML-KEM key is too long for the wire.
pub fn modern(target: &HelloTarget, randomness: &HelloRandomness) -> Result<ClientHello, EncodeError> {
    let [suite_seed, group_seed, version_seed, first_seed, second_seed, ech_id] = randomness.grease;
    let second_seed = if first_seed & 0xf0 == second_seed & 0xf0 { second_seed ^ 0x10 } else { second_seed };
    let greased_group = Group::grease(group_seed);
    let hybrid = [randomness.mlkem768.as_slice(), &randomness.x25519].concat();
    let mut middle = Vec::with_capacity(16);
    if let Some(name) = &target.server_name {
        middle.push(Extension::server_name(name)?);
    }
    middle.extend([
        Extension::extended_master_secret(),
        Extension::renegotiation_info(&[])?,
        Extension::supported_groups(&[
            greased_group,
            Group::X25519MLKEM768,
            Group::X25519,
            Group::SECP256R1,
            Group::SECP384R1,
        ])?,
        Extension::ec_point_formats(&[0])?,
        Extension::session_ticket(&[]),
    ]);
    if !target.alpn.is_empty() {
        middle.push(Extension::alpn(&target.alpn)?);
    }
    middle.extend([
        Extension::status_request(),
        Extension::signature_algorithms(&MODERN_SCHEMES)?,
        Extension::signed_certificate_timestamp(),
        Extension::key_share(&[
            KeyShare { group: greased_group, public: vec![0] },
            KeyShare { group: Group::X25519MLKEM768, public: hybrid },
            KeyShare { group: Group::X25519, public: randomness.x25519.to_vec() },
        ])?,
        Extension::psk_key_exchange_modes(&[PskKeyExchangeMode::PSK_DHE_KE])?,
        Extension::supported_versions(&[Version::grease(version_seed), Version::TLS1_3, Version::TLS1_2])?,
        Extension::compress_certificate(&[CertificateCompression::BROTLI])?,
    ]);
    if target.alpn.iter().any(|protocol| protocol == b"h2") {
        middle.push(Extension::application_settings(&[b"h2"])?);
    }
    middle.push(Extension::ech_grease(ech_id, &randomness.ech_enc, &randomness.ech_payload)?);
    if let Some(seed) = randomness.order {
        shuffle(&mut middle, seed);
    }
    let mut extensions = vec![Extension::grease(first_seed, &[])];
    extensions.append(&mut middle);
    extensions.push(Extension::grease(second_seed, &[0]));
    let mut suites = vec![CipherSuite::grease(suite_seed)];
    suites.extend(MODERN_SUITES.map(CipherSuite));
    Ok(ClientHello {
        session_id: randomness.session_id.to_vec(),
        cipher_suites: suites,
        extensions: Some(Extensions(extensions)),
        ..ClientHello::new(Version::TLS1_2, randomness.random)
    })
}

const MODERN_SUITES: [u16; 16] = [
    0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0xc013, 0xc014, 0x009c, 0x009d, 0x002f,
    0x0035, 0x00ff,
];

const MODERN_SCHEMES: [S; 8] = [
    S::ECDSA_SECP256R1_SHA256,
    S::RSA_PSS_RSAE_SHA256,
    S::RSA_PKCS1_SHA256,
    S::ECDSA_SECP384R1_SHA384,
    S::RSA_PSS_RSAE_SHA384,
    S::RSA_PKCS1_SHA384,
    S::RSA_PSS_RSAE_SHA512,
    S::RSA_PKCS1_SHA512,
];

/// A hello for TLS 1.2 or below (`version` is the highest offered) with every suite that servers still have, strong ones
/// first, weak and export ones last. For SSL 3.0 use [`ssl3`].
///
/// # Errors
/// If the server name or a protocol is too long for the wire.
pub fn legacy(version: Version, target: &HelloTarget, random: [u8; 32]) -> Result<ClientHello, EncodeError> {
    let mut extensions = Vec::with_capacity(10);
    if let Some(name) = &target.server_name {
        extensions.push(Extension::server_name(name)?);
    }
    extensions.extend([
        Extension::renegotiation_info(&[])?,
        Extension::supported_groups(&LEGACY_GROUPS)?,
        Extension::ec_point_formats(&[0, 1, 2])?,
        Extension::session_ticket(&[]),
    ]);
    if !target.alpn.is_empty() {
        extensions.push(Extension::alpn(&target.alpn)?);
    }
    extensions.extend([
        Extension::status_request(),
        Extension::signed_certificate_timestamp(),
        Extension::encrypt_then_mac(),
        Extension::extended_master_secret(),
    ]);
    if version >= Version::TLS1_2 {
        extensions.push(Extension::signature_algorithms(&LEGACY_SCHEMES)?);
    }
    let newest_only = |suite: &CipherSuite| version >= Version::TLS1_2 || !needs_tls1_2(*suite);
    Ok(ClientHello {
        cipher_suites: LEGACY_SUITES.iter().map(|number| CipherSuite(*number)).filter(newest_only).collect(),
        extensions: Some(Extensions(extensions)),
        ..ClientHello::new(version, random)
    })
}

/// A hello of SSL 3.0: no extensions, the suites that SSL 3.0 can carry, in records marked SSL 3.0.
pub fn ssl3(random: [u8; 32]) -> ClientHello {
    let old = |suite: &CipherSuite| suite.0 < 0xc000 && !needs_tls1_2(*suite);
    ClientHello {
        cipher_suites: LEGACY_SUITES.iter().map(|number| CipherSuite(*number)).filter(old).collect(),
        ..ClientHello::new(Version::SSL3, random)
    }
}

/// A CLIENT-HELLO of SSLv2 with all its kinds.
pub fn sslv2(challenge: [u8; 16]) -> Sslv2ClientHello {
    Sslv2ClientHello {
        version: Version::SSL2,
        cipher_kinds: CipherKind::ALL.to_vec(),
        session_id: Vec::new(),
        challenge: challenge.to_vec(),
    }
}

/// True for suites that RFC 5246 and its successors define for TLS 1.2 alone: AEAD ones and those with SHA-2 MACs.
pub fn needs_tls1_2(suite: CipherSuite) -> bool {
    use crate::registry::Mac;
    suite.is_aead()
        || suite.info().is_some_and(|info| matches!(info.mac, Mac::Sha256 | Mac::Sha384 | Mac::Sha512 | Mac::Sm3))
}

const LEGACY_GROUPS: [Group; 12] = [
    Group::X25519,
    Group::SECP256R1,
    Group::X448,
    Group::SECP384R1,
    Group::SECP521R1,
    Group::BRAINPOOLP256R1,
    Group::BRAINPOOLP384R1,
    Group::BRAINPOOLP512R1,
    Group::SECP256K1,
    Group::SECP224R1,
    Group::SECP192R1,
    Group::SECT283R1,
];

const LEGACY_SCHEMES: [S; 21] = [
    S::ECDSA_SECP256R1_SHA256,
    S::ECDSA_SECP384R1_SHA384,
    S::ECDSA_SECP521R1_SHA512,
    S::ED25519,
    S::ED448,
    S::RSA_PSS_RSAE_SHA256,
    S::RSA_PSS_RSAE_SHA384,
    S::RSA_PSS_RSAE_SHA512,
    S::RSA_PSS_PSS_SHA256,
    S::RSA_PSS_PSS_SHA384,
    S::RSA_PSS_PSS_SHA512,
    S::RSA_PKCS1_SHA256,
    S::RSA_PKCS1_SHA384,
    S::RSA_PKCS1_SHA512,
    S::ECDSA_SHA224,
    S::RSA_PKCS1_SHA224,
    S::DSA_SHA256,
    S::ECDSA_SHA1,
    S::RSA_PKCS1_SHA1,
    S::DSA_SHA1,
    S::RSA_PKCS1_MD5,
];

const LEGACY_SUITES: &[u16] = &[
    0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8, 0x009e, 0x009f, 0xccaa, 0xc0ac, 0xc0ad, 0xc0ae, 0xc0af, 0xc09e,
    0xc09f, 0xc0a2, 0xc0a3, 0xc05c, 0xc05d, 0xc060, 0xc061, 0xc086, 0xc087, 0xc08a, 0xc08b, 0x00a2, 0x00a3, 0xc023,
    0xc027, 0xc024, 0xc028, 0xc009, 0xc013, 0xc00a, 0xc014, 0x0067, 0x006b, 0x0033, 0x0039, 0xc072, 0xc073, 0xc076,
    0xc077, 0x00be, 0x00c4, 0x0045, 0x0088, 0x0040, 0x006a, 0x0032, 0x0038, 0x0044, 0x0087, 0x009a, 0x0099, 0xc008,
    0xc012, 0x0016, 0x0013, 0x009c, 0x009d, 0xc09c, 0xc09d, 0xc0a0, 0xc0a1, 0xc050, 0xc051, 0xc07a, 0xc07b, 0x003c,
    0x003d, 0x002f, 0x0035, 0x00ba, 0x00c0, 0x0041, 0x0084, 0x0096, 0x0007, 0x000a, 0xc007, 0xc011, 0x0005, 0x0004,
    0x0066, 0xc02d, 0xc031, 0xc02e, 0xc032, 0xc004, 0xc00e, 0xc005, 0xc00f, 0xc003, 0xc00d, 0x0015, 0x0012, 0x0009,
    0x0062, 0x0063, 0x0064, 0x0065, 0x0014, 0x0011, 0x0008, 0x0006, 0x0003, 0xc100, 0xc101, 0xc102, 0xff85, 0x0081,
    0x00ff,
];

/// Fisher-Yates over a SplitMix64 stream.
fn shuffle(extensions: &mut [Extension], seed: u64) {
    let mut state = seed;
    for i in (1..extensions.len()).rev() {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ word >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ word >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        word ^= word >> 31;
        let j = (word % (i as u64 + 1)) as usize;
        extensions.swap(i, j);
    }
}
