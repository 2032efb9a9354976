//! Makers of certificates, CRLs and OCSP responses, right or wrong on purpose, for tests and for the lab.
//!
//! Nothing here holds a private key: the caller brings a [`Signer`]. Every field can be set to any octets, and the
//! result is not checked in any way.

mod certificate;
mod extension;
mod revocation;

pub use certificate::{CertificateMaker, name};
pub use extension::{Extension, San};
pub use revocation::{CrlMaker, OcspMaker, OcspSingle, RevokedEntry, ocsp_error};

use crate::algorithm::{Hash, PssParameters, SignatureAlgorithm};
use crate::der::Tag;
use crate::{oid, writer};

/// A private key that signs.
pub trait Signer {
    /// DER of the SubjectPublicKeyInfo.
    fn spki(&self) -> Vec<u8>;

    /// The algorithm it signs with when nothing else is asked for.
    fn algorithm(&self) -> SignatureAlgorithm;

    /// Signs a message; the octets go into the signature BIT STRING (ECDSA: DER of r and s).
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8>;
}

/// What to do with the finished signature.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum SignatureFault {
    /// Leave it right.
    #[default]
    None,
    /// Flip its last bit: a well-formed signature (the last bit of RSA's number or of ECDSA's s) that does not fit.
    FlipLastBit,
    /// Put these octets in its place.
    Replace(Vec<u8>),
}

/// DER of an AlgorithmIdentifier (RFC 4055, RFC 5758, RFC 8410).
pub fn algorithm_identifier(algorithm: &SignatureAlgorithm) -> Vec<u8> {
    let null = writer::tlv(Tag::NULL, &[]);
    let with = |id: &[u8], parameters: &[u8]| writer::sequence(&[writer::oid(id), parameters.to_vec()]);
    match algorithm {
        SignatureAlgorithm::RsaPkcs1(_) => with(algorithm.oid().unwrap_or(oid::MD5_RSA), &null),
        SignatureAlgorithm::RsaPss(p) => with(oid::RSA_PSS, &pss_parameters(p)),
        SignatureAlgorithm::Ecdsa(_) => with(algorithm.oid().unwrap_or(oid::SHA1_ECDSA), &[]),
        SignatureAlgorithm::Dsa(_) => with(algorithm.oid().unwrap_or(oid::DSA_SHA256), &[]),
        other => with(other.oid().unwrap_or_default(), &[]),
    }
}

/// DER of the SubjectPublicKeyInfo of an uncompressed point on a named curve.
pub fn ec_spki(curve: &[u8], point: &[u8]) -> Vec<u8> {
    let algorithm = writer::sequence(&[writer::oid(oid::EC), writer::oid(curve)]);
    writer::sequence(&[algorithm, writer::bit_string(point)])
}

/// DER of the SubjectPublicKeyInfo of an RSA key; numbers big endian, any sizes.
pub fn rsa_spki(modulus: &[u8], exponent: &[u8]) -> Vec<u8> {
    let positive = |n: &[u8]| {
        let n = crate::der::strip_zeros(n);
        let zero = n.first().is_none_or(|b| b & 0x80 != 0);
        writer::integer(&if zero { [&[0], n].concat() } else { n.to_vec() })
    };
    let algorithm = writer::sequence(&[writer::oid(oid::RSA), writer::tlv(Tag::NULL, &[])]);
    let key = writer::sequence(&[positive(modulus), positive(exponent)]);
    writer::sequence(&[algorithm, writer::bit_string(&key)])
}

/// Signed part, algorithm and signature as one SEQUENCE.
pub(crate) fn sign(
    tbs: &[u8],
    signer: &dyn Signer,
    algorithm: &SignatureAlgorithm,
    fault: &SignatureFault,
) -> [Vec<u8>; 3] {
    let mut signature = match fault {
        SignatureFault::Replace(octets) => octets.clone(),
        SignatureFault::None | SignatureFault::FlipLastBit => signer.sign(algorithm, tbs),
    };
    if *fault == SignatureFault::FlipLastBit
        && let Some(last) = signature.last_mut()
    {
        *last ^= 1;
    }
    [tbs.to_vec(), algorithm_identifier(algorithm), writer::bit_string(&signature)]
}

fn pss_parameters(p: &PssParameters) -> Vec<u8> {
    let hash = |h: Hash| writer::sequence(&[writer::oid(h.oid().unwrap_or_default()), writer::tlv(Tag::NULL, &[])]);
    writer::sequence(&[
        writer::explicit(0, &hash(p.hash)),
        writer::explicit(1, &writer::sequence(&[writer::oid(oid::MGF1), hash(p.mgf_hash)])),
        writer::explicit(2, &writer::small(p.salt_len as u64)),
    ])
}
