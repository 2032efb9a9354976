//! What a DER element is, by the types of what stands in it. Names and labels play no part.

use crate::container::{pkcs7, pkcs12};
use crate::der::{self, Reader, Tag, Tlv};
use crate::{oid, writer};

/// What an element is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Certificate,
    Request,
    Crl,
    PublicKey,
    RsaPublicKey,
    /// OpenSSL's own form: y, p, q, g
    DsaPublicKey,
    PrivateKey,
    EncryptedPrivateKey,
    Pkcs7,
    /// SignedData without a ContentInfo around it
    SignedData,
    Pkcs12,
    /// certificates in a SEQUENCE (PkiPath)
    Path,
    Parameters,
    /// an AlgorithmIdentifier by itself
    Algorithm,
    OcspResponse,
    /// BouncyCastle's BCFKS
    Bcfks,
    Unknown,
}

impl Shape {
    /// What a person calls it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Shape::Certificate => "a certificate",
            Shape::Request => "a certificate request",
            Shape::Crl => "a revocation list",
            Shape::PublicKey | Shape::RsaPublicKey | Shape::DsaPublicKey => "a public key",
            Shape::PrivateKey => "a private key",
            Shape::EncryptedPrivateKey => "an encrypted private key",
            Shape::Pkcs7 | Shape::SignedData => "a PKCS#7 file",
            Shape::Pkcs12 => "a PKCS#12 file",
            Shape::Path => "a sequence of certificates",
            Shape::Parameters => "parameters",
            Shape::Algorithm => "an algorithm identifier",
            Shape::OcspResponse => "an OCSP response",
            Shape::Bcfks => "a BouncyCastle key store (BCFKS)",
            Shape::Unknown => "an unknown structure",
        }
    }

    /// By the types inside.
    pub(super) fn of(outer: &Tlv<'_>) -> Shape {
        if outer.tag == Tag::OID {
            return Shape::Parameters;
        }
        if outer.tag != Tag::SEQUENCE {
            return Shape::Unknown;
        }
        if pkcs12::looks_like(outer) {
            return Shape::Pkcs12;
        }
        if pkcs7::looks_like(outer) {
            return Shape::Pkcs7;
        }
        const INTEGER: Tag = Tag::INTEGER;
        const SEQUENCE: Tag = Tag::SEQUENCE;
        match tags(outer).as_slice() {
            [SEQUENCE, SEQUENCE, Tag::BIT_STRING, ..] => signed(outer),
            [SEQUENCE, Tag::BIT_STRING] => Shape::PublicKey,
            [SEQUENCE, Tag::OCTET_STRING, ..] => Shape::EncryptedPrivateKey,
            [INTEGER, SEQUENCE, Tag::OCTET_STRING, ..] | [INTEGER, Tag::OCTET_STRING, ..] => Shape::PrivateKey,
            [INTEGER, SEQUENCE, SEQUENCE, Tag::OCTET_STRING, INTEGER, ..] => Shape::Parameters,
            [Tag::OID] | [Tag::OID, SEQUENCE | Tag::NULL | Tag::OID] => Shape::Algorithm,
            [INTEGER, Tag::SET, SEQUENCE, ..] => Shape::SignedData,
            [INTEGER, INTEGER] if generator(outer) => Shape::Parameters,
            [INTEGER, INTEGER] => Shape::RsaPublicKey,
            [INTEGER, INTEGER, INTEGER] => Shape::Parameters,
            [INTEGER, INTEGER, INTEGER, INTEGER] => Shape::DsaPublicKey,
            [INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, INTEGER, ..] => Shape::PrivateKey,
            [Tag::ENUMERATED] | [Tag::ENUMERATED, Tag(0xa0)] => Shape::OcspResponse,
            [SEQUENCE, ..] => match first(outer).map(|t| (tags(&t), t)) {
                Some((inner, _)) if inner.as_slice() == [SEQUENCE, Tag::OCTET_STRING] => Shape::Bcfks,
                Some((inner, t)) if inner.starts_with(&[SEQUENCE, SEQUENCE, Tag::BIT_STRING]) => match signed(&t) {
                    Shape::Certificate => Shape::Path,
                    _ => Shape::Unknown,
                },
                // the frame of a certificate whose later parts are cut off
                Some((inner, _)) if inner.starts_with(&[Tag(0xa0), INTEGER, SEQUENCE]) => Shape::Certificate,
                _ => Shape::Unknown,
            },
            _ => Shape::Unknown,
        }
    }
}

/// Certificate, request or list: all three are a signed part, an algorithm and a signature.
fn signed(outer: &Tlv<'_>) -> Shape {
    const TIMES: [Tag; 2] = [Tag::UTC_TIME, Tag::GENERALIZED_TIME];
    let inner = first(outer).map(|t| tags(&t)).unwrap_or_default();
    let rest = match inner.as_slice() {
        [Tag::INTEGER, rest @ ..] => rest,
        rest => rest,
    };
    match (inner.first(), rest) {
        (_, [Tag::SEQUENCE, Tag::SEQUENCE, time, ..]) if TIMES.contains(time) => Shape::Crl,
        (Some(&Tag::INTEGER), [Tag::SEQUENCE, Tag::SEQUENCE] | [Tag::SEQUENCE, Tag::SEQUENCE, Tag(0xa0), ..]) => {
            Shape::Request
        }
        _ => Shape::Certificate,
    }
}

/// Whether the second of two numbers is a generator of Diffie-Hellman rather than an RSA exponent.
fn generator(outer: &Tlv<'_>) -> bool {
    outer.reader().elements("number").nth(1).and_then(Result::ok).is_some_and(|g| matches!(g.content, [2 | 5]))
}

fn first<'a>(outer: &Tlv<'a>) -> Option<Tlv<'a>> {
    outer.reader().read("element").ok()
}

/// The types of the first elements inside.
fn tags(outer: &Tlv<'_>) -> Vec<Tag> {
    outer.reader().elements("element").take(10).map_while(Result::ok).map(|t| t.tag).collect()
}

/// The element that starts here as far as it goes, where its length says more than there is.
pub(super) fn as_far_as_it_goes(input: &[u8]) -> Option<Tlv<'_>> {
    let second = *input.get(1)?;
    let header = if second & 0x80 == 0 { 2 } else { 2 + usize::from(second & 0x7f) };
    let content = input.get(header..)?;
    let tag = Tag(*input.first()?);
    Some(Tlv { tag, offset: 0, content, raw: input, content_offset: header, minimal_length: true })
}

/// The octets of the first element, without what follows it.
pub(super) fn first_element(input: &[u8]) -> &[u8] {
    Reader::new(input).read("element").map_or(input, |t| t.raw)
}

/// The SubjectPublicKeyInfo of a DSA key in OpenSSL's own form.
pub(super) fn dsa_spki(input: &[u8]) -> der::Result<Vec<u8>> {
    let mut r = Reader::new(input).expect(Tag::SEQUENCE, "DSAPublicKey")?.reader();
    let mut number = |what| r.expect(Tag::INTEGER, what).map(|t| t.raw);
    let (y, p, q, g) = (number("y")?, number("p")?, number("q")?, number("g")?);
    let algorithm = writer::sequence(&[writer::oid(oid::DSA), writer::sequence(&[p, q, g])]);
    Ok(writer::sequence(&[algorithm, writer::bit_string(y)]))
}
