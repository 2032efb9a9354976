//! What an authority says about the certificates it issued: CRLs (RFC 5280 section 5) and OCSP responses (RFC 6960).
use super::{
    certificate::{Issuer, extension, key_id, signature_algorithm, signed},
    der::{bits, context, element, enumerated, generalized_time, inside, number, octets, oid, sequence, time},
    oids,
};
use crate::{error::Error, key::Key, plan::Status};
use aws_lc_rs::digest::{SHA1_FOR_LEGACY_USE_ONLY, digest};

const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
/// RFC 5280 section 5.3.1: keyCompromise.
const KEY_COMPROMISE: u8 = 1;

/// A CRL of `issuer`, made 12 hours ago and good for a week, that names `revoked` (serial numbers, big endian).
pub(crate) fn crl(issuer: Issuer<'_>, revoked: &[&[u8]], now: i64) -> Result<Vec<u8>, Error> {
    let digest = issuer.key.usual_digest();
    let entry = |serial: &&[u8]| {
        let reason = sequence(&[extension(oids::CRL_REASON, false, &enumerated(KEY_COMPROMISE))]);
        sequence(&[number(serial), time(now - 3 * DAY), reason])
    };
    let entries: Vec<_> = revoked.iter().map(entry).collect();
    let extensions = sequence(&[
        extension(oids::AUTHORITY_KEY_ID, false, &sequence(&[context(0, &key_id(issuer.key))])),
        extension(oids::CRL_NUMBER, false, &number(&[4, 210])),
    ]);
    let mut body = vec![
        number(&[1]),
        signature_algorithm(issuer.key, digest)?,
        issuer.name.to_vec(),
        time(now - 12 * HOUR),
        time(now + 7 * DAY),
    ];
    if !entries.is_empty() {
        body.push(sequence(&entries));
    }
    body.push(inside(0, &extensions));
    signed(sequence(&body), issuer.key, digest, None)
}

/// An OCSP response about one serial number, signed by `signer` in the name of `issuer`. `made` is thisUpdate in seconds
/// since 1970; it is good for four days.
pub(crate) fn ocsp_response(
    issuer: Issuer<'_>,
    signer: &Key,
    serial: &[u8],
    status: Status,
    made: i64,
) -> Result<Vec<u8>, Error> {
    let sha1 = |bytes: &[u8]| octets(digest(&SHA1_FOR_LEGACY_USE_ONLY, bytes).as_ref());
    let id = sequence(&[
        sequence(&[oid(oids::SHA1), element(5, &[])]),
        sha1(issuer.name),
        octets(&key_id(issuer.key)),
        number(serial),
    ]);
    let status = match status {
        Status::Good => context(0, &[]),
        Status::Revoked => {
            inside(1, &[generalized_time(made - 2 * DAY), inside(0, &enumerated(KEY_COMPROMISE))].concat())
        }
    };
    let single = sequence(&[id, status, generalized_time(made), inside(0, &generalized_time(made + 4 * DAY))]);
    let body = sequence(&[inside(2, &octets(&key_id(issuer.key))), generalized_time(made), sequence(&[single])]);
    let algorithm = signer.usual_digest();
    let signature = signer.sign(algorithm, &body)?;
    let basic = sequence(&[body, signature_algorithm(signer, algorithm)?, bits(&signature)]);
    let bytes = sequence(&[oid(oids::OCSP_BASIC), octets(&basic)]);
    Ok(sequence(&[enumerated(0), inside(0, &bytes)]))
}
