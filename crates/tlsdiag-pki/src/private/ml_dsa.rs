//! ML-DSA private keys (RFC 9881 6): a seed, an expanded key, or both.

use super::KeyFault;
use crate::algorithm::MlDsa;
use crate::der::{DerError, Reader, Result, Tag};
use ::ml_dsa::signature::Keypair as _;
use ::ml_dsa::{ExpandedSigningKey, ExpandedSigningKeyBytes, MlDsa44, MlDsa65, MlDsa87, MlDsaParams, Seed, SigningKey};
use sha3::digest::{ExtendableOutput as _, Update as _, XofReader as _};

/// Which parts are there.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum MlDsaForm {
    /// The seed of 32 octets; everything follows from it.
    Seed,
    /// The expanded key only: the seed is lost, and programs that want it refuse the key.
    Expanded,
    /// Both.
    Both,
}

/// The public key of what the OCTET STRING of a PKCS#8 holds, and what is wrong.
pub(super) fn read(
    set: MlDsa,
    inner: &[u8],
    offset: usize,
    faults: &mut Vec<KeyFault>,
) -> Result<(Option<Vec<u8>>, Option<MlDsaForm>)> {
    let (seed, expanded) = parts(set, inner, offset, faults)?;
    let form = match (seed, expanded) {
        (Some(_), Some(_)) => MlDsaForm::Both,
        (Some(_), None) => MlDsaForm::Seed,
        _ => MlDsaForm::Expanded,
    };
    let public = match set {
        MlDsa::MlDsa44 => public::<MlDsa44>(set, seed, expanded, faults),
        MlDsa::MlDsa65 => public::<MlDsa65>(set, seed, expanded, faults),
        MlDsa::MlDsa87 => public::<MlDsa87>(set, seed, expanded, faults),
    };
    Ok((public, Some(form)))
}

/// Seed and expanded key.
type Parts<'a> = (Option<&'a [u8]>, Option<&'a [u8]>);

fn parts<'a>(set: MlDsa, inner: &'a [u8], offset: usize, faults: &mut Vec<KeyFault>) -> Result<Parts<'a>> {
    // Before RFC 9881 the bare octets were written: seed, expanded key, or expanded and public key.
    let bare = sizes(set);
    if inner.len() == 32 || inner.len() == bare.expanded {
        faults.push(KeyFault::OldMlDsaForm);
        return Ok(if inner.len() == 32 { (Some(inner), None) } else { (None, Some(inner)) });
    }
    let mut r = Reader::at(inner, offset);
    let outer = r.read("ML-DSA-PrivateKey")?;
    let (mut seed, mut expanded) = (None, None);
    match outer.tag {
        t if t == Tag::context(0) => seed = Some(outer.content),
        Tag::OCTET_STRING if outer.content.len() == 32 => {
            faults.push(KeyFault::OldMlDsaForm);
            seed = Some(outer.content);
        }
        Tag::OCTET_STRING if outer.content.len() == bare.expanded + bare.public => {
            faults.push(KeyFault::OldMlDsaForm);
            expanded = outer.content.get(..bare.expanded);
        }
        Tag::OCTET_STRING => expanded = Some(outer.content),
        Tag::SEQUENCE => {
            let mut both = outer.reader();
            seed = Some(both.expect(Tag::OCTET_STRING, "seed")?.content);
            expanded = Some(both.expect(Tag::OCTET_STRING, "expandedKey")?.content);
        }
        _ => return Err(DerError::value(outer.offset, "seed, expandedKey or both", "another element")),
    }
    for (part, expected) in [(&mut seed, 32), (&mut expanded, bare.expanded)] {
        if let Some(found) = part.map(<[u8]>::len).filter(|found| *found != expected) {
            faults.push(KeyFault::Length { expected, found });
            *part = None;
        }
    }
    Ok((seed, expanded))
}

fn public<P: MlDsaParams>(
    set: MlDsa,
    seed: Option<&[u8]>,
    expanded: Option<&[u8]>,
    faults: &mut Vec<KeyFault>,
) -> Option<Vec<u8>> {
    if let Some(seed) = seed {
        let seed = Seed::try_from(seed).ok()?;
        let key = SigningKey::<P>::from_seed(&seed);
        if let Some(expanded) = expanded {
            // The crate would have nobody use expanded keys any more; files hold them all the same.
            #[allow(deprecated)]
            let same = key.expanded_key().to_expanded().as_slice() == expanded;
            if !same {
                faults.push(KeyFault::SeedAndExpandedDiffer);
            }
        }
        return Some(key.verifying_key().encode().to_vec());
    }
    let expanded = expanded?;
    if !coefficients_in_range(set, expanded) {
        faults.push(KeyFault::ExpandedInconsistent);
        return None;
    }
    let octets = ExpandedSigningKeyBytes::<P>::try_from(expanded).ok()?;
    // Panics on coefficients out of range, which are refused above.
    #[allow(deprecated)]
    let public = ExpandedSigningKey::<P>::from_expanded(&octets).verifying_key().encode().to_vec();
    // tr, the hash of the public key, stands after rho and K (FIPS 204 algorithm 24).
    let mut hash = sha3::Shake256::default();
    hash.update(&public);
    let mut tr = [0; 64];
    hash.finalize_xof().read(&mut tr);
    if expanded.get(64..128) != Some(&tr) {
        faults.push(KeyFault::ExpandedInconsistent);
    }
    Some(public)
}

struct Sizes {
    expanded: usize,
    public: usize,
    /// Polynomials in s1 and s2.
    secrets: usize,
    /// 2 or 4: coefficients lie between -eta and eta.
    eta: u8,
}

/// FIPS 204 tables 1 and 2.
fn sizes(set: MlDsa) -> Sizes {
    match set {
        MlDsa::MlDsa44 => Sizes { expanded: 2_560, public: 1_312, secrets: 8, eta: 2 },
        MlDsa::MlDsa65 => Sizes { expanded: 4_032, public: 1_952, secrets: 11, eta: 4 },
        MlDsa::MlDsa87 => Sizes { expanded: 4_896, public: 2_592, secrets: 15, eta: 2 },
    }
}

/// Each coefficient of s1 and s2 is packed as eta - value in 3 or 4 bits (FIPS 204 algorithm 17), little end first.
fn coefficients_in_range(set: MlDsa, expanded: &[u8]) -> bool {
    let Sizes { secrets, eta, .. } = sizes(set);
    let width = if eta == 2 { 3 } else { 4 };
    let Some(packed) = expanded.get(128..128 + secrets * 32 * width) else { return false };
    packed.chunks(width).all(|group| {
        let bits = group.iter().rev().fold(0u32, |n, octet| (n << 8) | u32::from(*octet));
        (0..group.len() * 8 / width).all(|i| (bits >> (i * width)) & ((1 << width) - 1) <= u32::from(eta) * 2)
    })
}
