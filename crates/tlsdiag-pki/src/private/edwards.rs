//! Keys of RFC 8410: Ed25519, Ed448, X25519, X448.

use super::KeyFault;
use crate::group::ed448;
use crate::group::montgomery::Ladder;
use crate::key::KeyKind;
use zeroize::Zeroizing;

/// The public key of a private one of the kind; a wrong length is a fault.
pub(super) fn public(kind: &KeyKind, private: &[u8], faults: &mut Vec<KeyFault>) -> Option<Vec<u8>> {
    let expected = match kind {
        KeyKind::Ed25519 | KeyKind::X25519 => 32,
        KeyKind::Ed448 => ed448::LEN,
        _ => 56,
    };
    if private.len() != expected {
        faults.push(KeyFault::Length { expected, found: private.len() });
        return None;
    }
    match kind {
        KeyKind::Ed25519 => {
            let seed = Zeroizing::new(<[u8; 32]>::try_from(private).ok()?);
            Some(ed25519_dalek::SigningKey::from_bytes(&seed).verifying_key().as_bytes().to_vec())
        }
        KeyKind::Ed448 => ed448::public(private),
        KeyKind::X25519 => Ladder::X25519.public(private),
        KeyKind::X448 => Ladder::X448.public(private),
        _ => None,
    }
}
