//! What is wrong with a certificate's encoding or profile without keeping it from being read.

use crate::oid::Oid;

/// A deviation from DER (X.690) or from the certificate profile (RFC 5280), with the octet where it stands if it is
/// one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Lint {
    /// The serial number has no octets.
    SerialEmpty,
    /// The serial number is negative (RFC 5280 4.1.2.2 wants positive).
    SerialNegative,
    /// The serial number is zero.
    SerialZero,
    /// The serial number is longer than 20 octets: how many.
    SerialLong(usize),
    /// The serial number has needless leading octets.
    SerialNotMinimal,
    /// A length is not in its shortest form, or indefinite; offset of the element.
    LengthNotMinimal(usize),
    /// Octets after the certificate: how many.
    TrailingOctets(usize),
    /// Octets after the last known field inside of an element; offset.
    TrailingInside(usize),
    /// An extension occurs more than once (RFC 5280 4.2).
    DuplicateExtension(Oid),
    /// An extension cannot be read: which, and why.
    DamagedExtension(Oid, crate::der::DerError),
    /// A time without seconds, with a fraction or with a zone other than Z (RFC 5280 4.1.2.5 forbids them); offset.
    TimeForm(usize),
    /// A GeneralizedTime before 2050 (RFC 5280 4.1.2.5 wants UTCTime); offset.
    TimeType(usize),
    /// A time cannot be read; offset.
    DamagedTime(usize),
    /// notAfter lies before notBefore.
    ValidityReversed,
    /// The version field holds this unknown number (0 is v1).
    UnknownVersion(u64),
    /// Extensions in a certificate that is not v3.
    ExtensionsWithoutV3,
    /// The algorithm inside the signed part differs from the one beside the signature (RFC 5280 4.1.1.2).
    AlgorithmMismatch,
    /// The algorithm identifier carries NULL where it must be absent, or lacks it where it must be there.
    AlgorithmParameters,
    /// The signature has unused bits or is no BIT STRING of whole octets.
    SignatureBits,
    /// A name has characters that its string type does not allow: which attribute.
    NameCharacters(Oid),
    /// The issuer name is empty (RFC 5280 4.1.2.4).
    IssuerEmpty,
    /// The subject is empty and subjectAltName is missing or not critical (RFC 5280 4.1.2.6).
    SubjectEmpty,
    /// A CA without a subject name.
    CaSubjectEmpty,
    /// basicConstraints of a CA is not critical (RFC 5280 4.2.1.9).
    BasicConstraintsNotCritical,
    /// keyCertSign without cA, or pathLenConstraint without cA or keyCertSign (RFC 5280 4.2.1.3, 4.2.1.9).
    CaBitsContradict,
    /// A default value written out, which DER forbids; which extension.
    DefaultEncoded(Oid),
    /// A BOOLEAN that is neither 0x00 nor 0xff; offset.
    BooleanForm(usize),
    /// keyUsage names no use at all (RFC 5280 4.2.1.3).
    KeyUsageEmpty,
    /// A CA without keyUsage (RFC 5280 4.2.1.3 wants one).
    KeyUsageMissing,
    /// A CA without subjectKeyIdentifier (RFC 5280 4.2.1.2).
    SkiMissing,
    /// Not self-signed and without authorityKeyIdentifier (RFC 5280 4.2.1.1).
    AkiMissing,
    /// An extension is critical that must not be: which.
    MustNotBeCritical(Oid),
    /// nameConstraints is not critical (RFC 5280 4.2.1.10).
    NameConstraintsNotCritical,
    /// nameConstraints in a certificate that is not a CA, or empty.
    NameConstraintsMisplaced,
    /// subjectAltName is there but holds no name (RFC 5280 4.2.1.6).
    SanEmpty,
    /// A name in subjectAltName has a form that no client can match; the name.
    SanMalformed(String),
    /// authorityInfoAccess is empty (RFC 5280 4.2.2.1).
    AiaMalformed,
    /// authorityInfoAccess has a place of another form than a URI, where nobody can fetch anything.
    AiaLocation,
    /// The version is written out though it is the default, v1, which DER forbids.
    VersionEncoded,
    /// An extensions field without any extension (RFC 5280 4.1.2.9).
    ExtensionsEmpty,
    /// A policy stands twice in certificatePolicies (RFC 5280 4.2.1.4).
    PolicyTwice(Oid),
    /// A BIT STRING of flags with needless zero bits, or with bits set where it says there are none (X.690 11.2); which
    /// extension.
    BitPadding(Oid),
    /// A name is longer than its attribute may be (RFC 5280 appendix A.1), or a country is not two letters: which.
    NameLength(Oid),
    /// authorityKeyIdentifier with issuer but no serial number, or the other way round (RFC 5280 4.2.1.1).
    AkiPair,
    /// An RSA modulus or exponent that is negative, zero or has needless leading octets.
    KeyNumbers,
    /// An RSA key whose exponent is even or 1, or an explicit curve: a key that clients refuse.
    KeyForm,
}

impl Lint {
    /// Whether clients in wide use refuse the certificate for this when it is a leaf or an intermediate.
    ///
    /// By measurement of some thirty clients, most of them refuse these; the other lints trouble few.
    pub fn refused_widely(&self) -> bool {
        matches!(
            self,
            Lint::DuplicateExtension(_)
                | Lint::DamagedExtension(..)
                | Lint::DamagedTime(_)
                | Lint::TimeForm(_)
                | Lint::MustNotBeCritical(_)
                | Lint::AlgorithmMismatch
                | Lint::TrailingOctets(_)
                | Lint::SerialEmpty
        )
    }
}
