//! Cipher suites: the number, its name, and what a diagnosis must know of it.

use super::suite_table::SUITES;
use std::borrow::Cow;
use std::fmt;

/// A cipher suite number (IANA "TLS Cipher Suites"). SSLv2 kinds have three bytes and stand in [`crate::sslv2`].
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CipherSuite(pub u16);

/// How the keys of the session come about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum KeyExchange {
    /// No exchange (`TLS_NULL_WITH_NULL_NULL`).
    Null,
    /// The client encrypts to the RSA key of the certificate (static RSA).
    Rsa,
    /// Static RSA or a temporary RSA key of at most 512 or 1024 bits.
    RsaExport,
    /// A Diffie-Hellman key in the certificate.
    Dh,
    /// Static Diffie-Hellman, export strength.
    DhExport,
    /// Ephemeral Diffie-Hellman.
    Dhe,
    /// Ephemeral Diffie-Hellman, export strength.
    DheExport,
    /// An elliptic-curve key in the certificate.
    Ecdh,
    /// Ephemeral elliptic-curve Diffie-Hellman.
    Ecdhe,
    /// A pre-shared key alone.
    Psk,
    /// A pre-shared key with ephemeral Diffie-Hellman.
    DhePsk,
    /// A pre-shared key with ephemeral elliptic-curve Diffie-Hellman.
    EcdhePsk,
    /// A pre-shared key with RSA.
    RsaPsk,
    /// Kerberos 5 (RFC 2712).
    Kerberos,
    /// Kerberos 5, export strength.
    KerberosExport,
    /// Secure Remote Password (RFC 5054).
    Srp,
    /// A password over elliptic curves (RFC 8492).
    EccPwd,
    /// The Russian key transports and agreements.
    Gost,
    /// Fortezza KEA of SSL 3.0.
    Fortezza,
    /// TLS 1.3: the suite does not say; it stands in key_share and pre_shared_key.
    Tls13,
    /// Not a suite but a signal (SCSV).
    Signalling,
}

/// How the server proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Authentication {
    /// Not at all, and nothing is exchanged either.
    Null,
    /// An RSA certificate.
    Rsa,
    /// A DSA certificate.
    Dss,
    /// An ECDSA or EdDSA certificate.
    Ecdsa,
    /// Nobody is authenticated: open to anyone in the middle.
    Anonymous,
    /// Knowledge of a shared secret.
    Psk,
    /// A Kerberos ticket.
    Kerberos,
    /// A password verifier.
    Srp,
    /// A GOST certificate.
    Gost,
    /// TLS 1.3: any certificate that signature_algorithms allows.
    Any,
}

/// The block or stream cipher.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Cipher {
    Null,
    Rc2,
    Rc4,
    Des,
    TripleDes,
    Idea,
    Seed,
    Fortezza,
    Aes,
    Camellia,
    Aria,
    ChaCha20,
    Sm4,
    Aegis,
    Gost28147,
    Kuznyechik,
    Magma,
}

/// How the cipher is used on a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mode {
    /// No encryption.
    None,
    /// A stream cipher with a separate MAC.
    Stream,
    /// Cipher block chaining with a separate MAC.
    Cbc,
    /// Counter mode with a separate MAC.
    Counter,
    /// Galois/counter mode.
    Gcm,
    /// Counter with CBC-MAC, tag of 16 bytes.
    Ccm,
    /// Counter with CBC-MAC, tag of 8 bytes.
    Ccm8,
    /// The Poly1305 authenticator.
    Poly1305,
    /// The AEGIS construction.
    Aegis,
    /// Multilinear Galois mode (RFC 9058).
    Mgm,
}

/// The hash of the MAC, and for AEAD suites that of the key schedule.
#[allow(missing_docs)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Mac {
    None,
    Md5,
    Sha1,
    Sha256,
    Sha384,
    Sha512,
    Sm3,
    Gost,
}

/// What is known of a named suite.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SuiteInfo {
    /// The suite.
    pub suite: CipherSuite,
    /// Its name in the registry.
    pub name: &'static str,
    /// How keys are agreed upon.
    pub key_exchange: KeyExchange,
    /// What kind of certificate it needs.
    pub authentication: Authentication,
    /// The cipher.
    pub cipher: Cipher,
    /// Its mode.
    pub mode: Mode,
    /// Effective size of the cipher's key in bits (3DES: 168, its nominal size).
    pub key_bits: u16,
    /// The hash.
    pub mac: Mac,
}

#[allow(clippy::too_many_arguments)]
pub(super) const fn info(
    code: u16,
    name: &'static str,
    key_exchange: KeyExchange,
    authentication: Authentication,
    cipher: Cipher,
    mode: Mode,
    key_bits: u16,
    mac: Mac,
) -> SuiteInfo {
    SuiteInfo { suite: CipherSuite(code), name, key_exchange, authentication, cipher, mode, key_bits, mac }
}

impl CipherSuite {
    /// Says that the client understands secure renegotiation (RFC 5746).
    pub const EMPTY_RENEGOTIATION_INFO_SCSV: Self = Self(0x00ff);
    /// Says that the client has stepped down from a higher version (RFC 7507).
    pub const FALLBACK_SCSV: Self = Self(0x5600);
    /// `TLS_AES_128_GCM_SHA256`.
    pub const AES_128_GCM_SHA256: Self = Self(0x1301);
    /// `TLS_AES_256_GCM_SHA384`.
    pub const AES_256_GCM_SHA384: Self = Self(0x1302);
    /// `TLS_CHACHA20_POLY1305_SHA256`.
    pub const CHACHA20_POLY1305_SHA256: Self = Self(0x1303);

    /// Every suite that has a name, in the order of the number.
    pub fn all_named() -> &'static [SuiteInfo] {
        SUITES
    }

    /// The suite of a registry name such as `TLS_RSA_WITH_AES_128_CBC_SHA`.
    pub fn from_name(name: &str) -> Option<Self> {
        SUITES.iter().find(|info| info.name == name).map(|info| info.suite)
    }

    /// What is known of this suite; `None` for an unknown number and for GREASE.
    pub fn info(self) -> Option<&'static SuiteInfo> {
        let index = SUITES.binary_search_by_key(&self, |info| info.suite).ok()?;
        SUITES.get(index)
    }

    /// The registered name, or `GREASE`.
    pub fn name(self) -> Option<Cow<'static, str>> {
        if self.is_grease() {
            return Some(Cow::Borrowed("GREASE"));
        }
        self.info().map(|info| Cow::Borrowed(info.name))
    }

    /// True for the values that RFC 8701 reserves.
    pub const fn is_grease(self) -> bool {
        super::is_grease(self.0)
    }

    /// The GREASE value that `seed` selects.
    pub const fn grease(seed: u8) -> Self {
        Self(super::grease(seed))
    }

    /// True for a value that only signals something and can never be chosen (SCSV).
    pub fn is_signalling(self) -> bool {
        self.info().is_some_and(|info| info.key_exchange == KeyExchange::Signalling)
    }

    /// True for a suite of TLS 1.3, which cannot be used below it (and no other suite can be used with it).
    pub fn is_tls1_3(self) -> bool {
        self.info().is_some_and(|info| info.key_exchange == KeyExchange::Tls13) || matches!(self.0, 0xc103..=0xc106)
    }

    /// True if a passive listener who gets the key later cannot read the traffic. TLS 1.3 suites count as ephemeral.
    pub fn is_ephemeral(self) -> bool {
        use KeyExchange::{Dhe, DheExport, DhePsk, EccPwd, Ecdhe, EcdhePsk, Tls13};
        self.is_tls1_3()
            || self.info().is_some_and(|info| {
                matches!(info.key_exchange, Dhe | DheExport | DhePsk | EccPwd | Ecdhe | EcdhePsk | Tls13)
            })
    }

    /// True if encryption and integrity are one operation.
    pub fn is_aead(self) -> bool {
        self.info().is_some_and(|info| {
            matches!(info.mode, Mode::Gcm | Mode::Ccm | Mode::Ccm8 | Mode::Poly1305 | Mode::Aegis | Mode::Mgm)
        })
    }

    /// True if HTTP/2 over TLS 1.2 prohibits this suite (RFC 9113 section 9.2.2 and appendix A): everything that is not
    /// an AEAD with an ephemeral and authenticated key exchange. Suites of TLS 1.3 are never prohibited, and of an
    /// unknown suite nothing is said (false).
    pub fn forbidden_in_h2(self) -> bool {
        let Some(info) = self.info() else { return false };
        if self.is_tls1_3() || self == Self::FALLBACK_SCSV {
            return false;
        }
        info.authentication == Authentication::Anonymous || !(self.is_aead() && self.is_ephemeral())
    }
}

impl From<u16> for CipherSuite {
    fn from(number: u16) -> Self {
        Self(number)
    }
}

impl From<CipherSuite> for u16 {
    fn from(suite: CipherSuite) -> Self {
        suite.0
    }
}

impl fmt::Display for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.name() {
            Some(name) => f.pad(&name),
            None => f.pad(&format!("CipherSuite(0x{:04x})", self.0)),
        }
    }
}

impl fmt::Debug for CipherSuite {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_sorted_and_names_are_unique() {
        assert!(SUITES.windows(2).all(|pair| pair[0].suite < pair[1].suite));
        let mut names: Vec<_> = SUITES.iter().map(|info| info.name).collect();
        names.sort_unstable();
        assert!(names.windows(2).all(|pair| pair[0] != pair[1]));
        assert!(SUITES.len() > 350, "{}", SUITES.len());
    }

    #[test]
    fn known_suites_have_the_properties_of_their_rfc() {
        let suite = CipherSuite::from_name("TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256").unwrap();
        assert_eq!(suite, CipherSuite(0xc02f));
        let info = suite.info().unwrap();
        assert_eq!((info.key_exchange, info.authentication), (KeyExchange::Ecdhe, Authentication::Rsa));
        assert_eq!((info.cipher, info.mode, info.key_bits, info.mac), (Cipher::Aes, Mode::Gcm, 128, Mac::Sha256));
        let export = CipherSuite(0x0008).info().unwrap();
        assert_eq!((export.key_exchange, export.key_bits), (KeyExchange::RsaExport, 40));
        assert_eq!(CipherSuite(0x0005).info().unwrap().cipher, Cipher::Rc4);
        assert_eq!(CipherSuite(0xc0aa).name().unwrap(), "TLS_PSK_DHE_WITH_AES_128_CCM_8");
    }

    #[test]
    fn unknown_and_reserved_numbers_keep_their_value() {
        assert_eq!(CipherSuite(0x1399).to_string(), "CipherSuite(0x1399)");
        assert_eq!(CipherSuite(0x2a2a).to_string(), "GREASE");
        assert_eq!(CipherSuite::grease(0xf3), CipherSuite(0xfafa));
        assert!(!CipherSuite(0x2a3a).is_grease());
    }

    #[test]
    fn http2_prohibits_what_appendix_a_lists() {
        for name in [
            "TLS_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
            "TLS_ECDH_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_DH_anon_WITH_AES_128_GCM_SHA256",
            "TLS_PSK_WITH_AES_128_GCM_SHA256",
            "TLS_EMPTY_RENEGOTIATION_INFO_SCSV",
        ] {
            assert!(CipherSuite::from_name(name).unwrap().forbidden_in_h2(), "{name}");
        }
        for name in [
            "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
            "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
            "TLS_DHE_PSK_WITH_AES_128_GCM_SHA256",
            "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
            "TLS_AES_128_GCM_SHA256",
        ] {
            assert!(!CipherSuite::from_name(name).unwrap().forbidden_in_h2(), "{name}");
        }
    }
}
