//! Elliptic curve private keys (RFC 5915): scalar, curve, and the point that belongs to them.

use super::KeyFault;
use crate::curve::{Explicit, NamedCurve};
use crate::der::{Reader, Result, Tag, Tlv};
use crate::group;
use crate::key::{Curve, PublicKey};
use crate::oid::{self, Oid};
use crate::writer;

/// What an ECPrivateKey amounts to.
pub(super) struct EcKey {
    pub(super) curve: Curve,
    pub(super) explicit: Option<Explicit>,
    pub(super) public: Option<PublicKey>,
    /// The parameters as they stand, for the AlgorithmIdentifier; NULL where there are none.
    pub(super) parameters: Vec<u8>,
}

/// Reads an ECPrivateKey; `outer` are the parameters of the PKCS#8 around it.
pub(super) fn read(der: &[u8], offset: usize, outer: Option<Tlv<'_>>, faults: &mut Vec<KeyFault>) -> Result<EcKey> {
    let mut r = Reader::at(der, offset).expect(Tag::SEQUENCE, "ECPrivateKey")?.reader();
    r.expect(Tag::INTEGER, "version of ECPrivateKey")?;
    let scalar = r.expect(Tag::OCTET_STRING, "privateKey")?.content;
    let inner = match r.optional(Tag::context_constructed(0), "parameters")? {
        Some(wrapper) => Some(wrapper.reader().read("ECParameters")?),
        None => None,
    };
    let stored = match r.optional(Tag::context_constructed(1), "publicKey")? {
        Some(wrapper) => Some(wrapper.inner(Tag::BIT_STRING, "publicKey")?.bits()?.1),
        None => None,
    };
    let outer = outer.filter(|t| t.tag != Tag::NULL);
    let parameters = outer.or(inner);
    if let (Some(a), Some(b)) = (outer, inner)
        && a.raw != b.raw
        && named(&a).is_none_or(|a| named(&b) != Some(a))
    {
        faults.push(KeyFault::CurvesDiffer);
    }
    let curve = match parameters {
        Some(t) if t.tag == Tag::OID => Curve::from_oid(t.content),
        Some(t) if t.tag == Tag::SEQUENCE => Curve::Explicit,
        _ => Curve::Other(Oid::from_der(&[])),
    };
    let explicit = parameters.filter(|t| t.tag == Tag::SEQUENCE).map(|t| NamedCurve::explicit(&t));
    let known = parameters.and_then(|t| named(&t));
    let point = match known {
        Some(known) => on_curve(known, scalar, stored, faults),
        None => {
            faults.push(if parameters.is_none() { KeyFault::CurveMissing } else { KeyFault::CurveUnknown });
            stored.map(<[u8]>::to_vec)
        }
    };
    let parameters = parameters.map_or_else(|| writer::tlv(Tag::NULL, &[]), |t| t.raw.to_vec());
    let public = point.and_then(|point| {
        let algorithm = writer::sequence(&[writer::oid(oid::EC), parameters.clone()]);
        PublicKey::from_der(&writer::sequence(&[algorithm, writer::bit_string(&point)])).ok()
    });
    Ok(EcKey { curve, explicit, public, parameters })
}

/// The point of the scalar, uncompressed; a stored one is checked against it.
fn on_curve(
    curve: &'static NamedCurve,
    scalar: &[u8],
    stored: Option<&[u8]>,
    faults: &mut Vec<KeyFault>,
) -> Option<Vec<u8>> {
    if scalar.len() != curve.order_len() {
        faults.push(KeyFault::ScalarLength { expected: curve.order_len(), found: scalar.len() });
    }
    let Some(point) = group::public_point(curve, scalar) else {
        faults.push(KeyFault::ScalarOutOfRange);
        return None;
    };
    if let Some(stored) = stored {
        if !group::is_point(curve, stored) {
            faults.push(KeyFault::PublicNotOnCurve);
        } else if !crate::key::same_point(curve, &point, stored) {
            faults.push(KeyFault::PublicDiffers);
        }
    }
    Some(point)
}

/// The curve that parameters name or, written out, equal.
fn named(parameters: &Tlv<'_>) -> Option<&'static NamedCurve> {
    match parameters.tag {
        Tag::OID => NamedCurve::by_oid(parameters.content),
        Tag::SEQUENCE => match NamedCurve::explicit(parameters) {
            Explicit::Named(curve) => Some(curve),
            _ => None,
        },
        _ => None,
    }
}
