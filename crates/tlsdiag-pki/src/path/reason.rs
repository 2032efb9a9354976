//! The reasons why a certificate fails on a path, and how they rank.

use crate::algorithm::SignatureAlgorithm;
use crate::certificate::CertId;
use crate::lint::Lint;
use crate::names::Mismatch;
use crate::oid::Oid;

/// Why a certificate fails at its place in a path, or a note about it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Its time is over.
    Expired {
        /// End of validity, unix seconds.
        not_after: i64,
    },
    /// Its time has not come.
    NotYetValid {
        /// Start of validity, unix seconds.
        not_before: i64,
    },
    /// Its signature is not that of the issuer it names.
    BadSignature {
        /// The issuer's certificate whose key was tried; `None` for an anchor without certificate.
        issuer: Option<CertId>,
    },
    /// Its signature could not be checked.
    SignatureUnchecked {
        /// What could not be checked, in words of the trade.
        algorithm: String,
    },
    /// No certificate of its issuer is there.
    IssuerNotFound {
        /// The issuer's name (RFC 4514).
        issuer: String,
        /// The issuer's key identifier, if the certificate tells.
        key_id: Option<Vec<u8>>,
        /// Where the issuer can be fetched (AIA).
        urls: Vec<String>,
        /// Certificates that have the issuer's name but another key.
        same_name: Vec<CertId>,
    },
    /// The chain is complete, and ends in this self-signed certificate that is not trusted.
    UntrustedRoot,
    /// The leaf itself is self-signed and not trusted.
    SelfSignedLeaf,
    /// The bound of the search came first.
    SearchEnded,
    /// It issued a certificate on this path but is no CA.
    NotACa,
    /// More CA certificates follow than it allows.
    PathLen {
        /// pathLenConstraint
        limit: u64,
        /// How many follow.
        found: u64,
    },
    /// It issued a certificate on this path but its keyUsage lacks keyCertSign.
    KeyUsageNoCertSign,
    /// Its extKeyUsage does not include the purpose.
    EkuExcludes {
        /// What it includes.
        allowed: Vec<Oid>,
    },
    /// The leaf's keyUsage fits no handshake with this kind of key.
    LeafKeyUsageUnfit {
        /// What it includes.
        usage: Vec<&'static str>,
    },
    /// A name lies outside of what a CA above may certify.
    NameConstraints {
        /// Position of the CA on the path.
        by: usize,
        /// The name.
        name: String,
        /// In an excluded subtree, as opposed to in no permitted one.
        excluded: bool,
    },
    /// More names and constraints than can be compared.
    NameConstraintsTooMany,
    /// The key is too small.
    WeakKey {
        /// Its size.
        bits: usize,
    },
    /// It is signed with a broken hash.
    WeakSignature {
        /// How.
        algorithm: SignatureAlgorithm,
    },
    /// Extensions that must be understood and are not.
    UnknownCriticalExtension(Oid),
    /// It is a precertificate (RFC 6962), never to be used.
    Precertificate,
    /// The leaf does not cover the host.
    NameMismatch(Mismatch),
    /// An encoding or profile fault.
    Lint(Lint),

    /// Note: its authority key identifier is not the issuer's subject key identifier. OpenSSL, GnuTLS and wolfSSL then
    /// find no issuer, the others do.
    AkiMismatch,
    /// Note: its authority key identifier names another issuer or serial number than the issuer's certificate has.
    AkiSerialMismatch,
    /// Note: its issuer name and the issuer's subject are equal only after folding; Go, rustls, Firefox and wolfSSL
    /// compare octets.
    NameEncodingDiffers,
    /// Note: its extKeyUsage allows the purpose only by anyExtendedKeyUsage.
    AnyEkuOnly,
    /// Note: an RSA leaf for keyEncipherment only: fit for RSA key exchange, refused by Chrome, Java and GnuTLS in any
    /// modern handshake.
    KeyEnciphermentOnly,
    /// Note: the leaf says that it is a CA.
    LeafIsCa,
    /// Note: the leaf itself is a trust anchor.
    LeafIsAnchor,
    /// Note: an anchor that is not self-signed; plain OpenSSL, Node and Windows do not stop there.
    AnchorNotSelfSigned,
    /// Note: an anchor of X.509 version 1, which has no basicConstraints.
    OldVersionAnchor,
    /// Note: a certificate above demands that a policy be valid, and none is (RFC 5280 6.1.5 g). Java, Chrome and Go
    /// refuse the chain, most others do not look at policies.
    PolicyNotValid,
    /// Note: it maps from or to anyPolicy (RFC 5280 6.1.4 a).
    PolicyMapsAny,
}

impl Reason {
    /// Whether it counts for nothing by itself: some clients stumble over it, most do not.
    pub fn is_note(&self) -> bool {
        match self {
            Reason::Lint(l) => !l.refused_widely(),
            Reason::AkiMismatch
            | Reason::AkiSerialMismatch
            | Reason::NameEncodingDiffers
            | Reason::AnyEkuOnly
            | Reason::KeyEnciphermentOnly
            | Reason::LeafIsCa
            | Reason::LeafIsAnchor
            | Reason::AnchorNotSelfSigned
            | Reason::OldVersionAnchor
            | Reason::PolicyNotValid
            | Reason::PolicyMapsAny => true,
            _ => false,
        }
    }

    /// How much a fault says about the path as a whole, from 0 (a note) upwards.
    ///
    /// The table is read in two ways. *Within* a path the highest rank is named first: what keeps the chain from being
    /// a chain comes before what is wrong with a link, and that before what is wrong with the leaf alone. *Between*
    /// paths the one whose worst fault ranks lowest is the nearest to working, and so the most useful to show.
    pub fn rank(&self) -> u8 {
        match self {
            // Nothing is known beyond this point.
            Reason::SearchEnded => 100,
            // The wrong way altogether: a forged or damaged link.
            Reason::BadSignature { .. } => 90,
            // The way leads nowhere.
            Reason::IssuerNotFound { .. } => 80,
            Reason::SelfSignedLeaf => 71,
            Reason::UntrustedRoot => 70,
            // A link that may not be one.
            Reason::NotACa => 62,
            Reason::KeyUsageNoCertSign => 61,
            Reason::PathLen { .. } => 60,
            Reason::NameConstraints { .. } | Reason::NameConstraintsTooMany => 58,
            Reason::EkuExcludes { .. } => 56,
            Reason::LeafKeyUsageUnfit { .. } => 54,
            Reason::UnknownCriticalExtension(_) => 52,
            Reason::Precertificate => 51,
            Reason::SignatureUnchecked { .. } => 48,
            Reason::WeakSignature { .. } => 46,
            Reason::WeakKey { .. } => 44,
            // The chain is right, the time is not.
            Reason::Expired { .. } => 31,
            Reason::NotYetValid { .. } => 30,
            // The chain is right, it is another's.
            Reason::NameMismatch(_) => 20,
            Reason::Lint(l) if l.refused_widely() => 10,
            _ => 0,
        }
    }
}
