//! Digests and HMACs by name, as key derivations and integrity checks need them.

use crate::oid;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Digest as _;
use std::fmt;
use zeroize::Zeroizing;

/// A hash function.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Digest {
    /// MD2 (RFC 1319)
    Md2,
    /// MD5 (RFC 1321)
    Md5,
    /// SHA-1
    Sha1,
    /// SHA-224
    Sha224,
    /// SHA-256
    Sha256,
    /// SHA-384
    Sha384,
    /// SHA-512
    Sha512,
    /// SHA-512/224
    Sha512Of224,
    /// SHA-512/256
    Sha512Of256,
    /// SHA3-224
    Sha3Of224,
    /// SHA3-256
    Sha3Of256,
    /// SHA3-384
    Sha3Of384,
    /// SHA3-512
    Sha3Of512,
}

macro_rules! with {
    ($digest:expr, $D:ident => $body:expr) => {
        match $digest {
            Digest::Md2 => {
                type $D = md2::Md2;
                $body
            }
            Digest::Md5 => {
                type $D = md5::Md5;
                $body
            }
            Digest::Sha1 => {
                type $D = sha1::Sha1;
                $body
            }
            Digest::Sha224 => {
                type $D = sha2::Sha224;
                $body
            }
            Digest::Sha256 => {
                type $D = sha2::Sha256;
                $body
            }
            Digest::Sha384 => {
                type $D = sha2::Sha384;
                $body
            }
            Digest::Sha512 => {
                type $D = sha2::Sha512;
                $body
            }
            Digest::Sha512Of224 => {
                type $D = sha2::Sha512_224;
                $body
            }
            Digest::Sha512Of256 => {
                type $D = sha2::Sha512_256;
                $body
            }
            Digest::Sha3Of224 => {
                type $D = sha3::Sha3_224;
                $body
            }
            Digest::Sha3Of256 => {
                type $D = sha3::Sha3_256;
                $body
            }
            Digest::Sha3Of384 => {
                type $D = sha3::Sha3_384;
                $body
            }
            Digest::Sha3Of512 => {
                type $D = sha3::Sha3_512;
                $body
            }
        }
    };
}

type Row = (Digest, &'static [u8], Option<&'static [u8]>);

/// Every digest with its object identifier and that of its HMAC (RFC 8018 B.1.2, NIST CSOR).
const TABLE: &[Row] = &[
    (Digest::Md2, &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 2], None),
    (Digest::Md5, oid::MD5, Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 6])),
    (Digest::Sha1, oid::SHA1, Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 7])),
    (Digest::Sha224, oid::SHA224, Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 8])),
    (Digest::Sha256, oid::SHA256, Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 9])),
    (Digest::Sha384, oid::SHA384, Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 10])),
    (Digest::Sha512, oid::SHA512, Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 11])),
    (Digest::Sha512Of224, &nist(2, 5), Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 12])),
    (Digest::Sha512Of256, &nist(2, 6), Some(&[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 13])),
    (Digest::Sha3Of224, &nist(2, 7), Some(&nist(2, 13))),
    (Digest::Sha3Of256, &nist(2, 8), Some(&nist(2, 14))),
    (Digest::Sha3Of384, &nist(2, 9), Some(&nist(2, 15))),
    (Digest::Sha3Of512, &nist(2, 10), Some(&nist(2, 16))),
];

/// 2.16.840.1.101.3.4.`arc`.`n`
pub(crate) const fn nist(arc: u8, n: u8) -> [u8; 9] {
    [0x60, 0x86, 0x48, 1, 0x65, 3, 4, arc, n]
}

impl Digest {
    /// By the object identifier of the hash.
    pub fn from_oid(content: &[u8]) -> Option<Digest> {
        TABLE.iter().find(|(_, o, _)| *o == content).map(|(d, ..)| *d)
    }

    /// By the object identifier of its HMAC.
    pub fn from_hmac_oid(content: &[u8]) -> Option<Digest> {
        TABLE.iter().find(|(.., h)| *h == Some(content)).map(|(d, ..)| *d)
    }

    /// Object identifier of the hash, content octets.
    pub fn oid(self) -> &'static [u8] {
        TABLE.iter().find(|(d, ..)| *d == self).map_or(&[], |(_, o, _)| *o)
    }

    /// Object identifier of the HMAC, content octets; none for MD2.
    pub fn hmac_oid(self) -> Option<&'static [u8]> {
        TABLE.iter().find(|(d, ..)| *d == self).and_then(|(.., h)| *h)
    }

    /// Octets that the hash gives.
    pub fn size(self) -> usize {
        with!(self, D => D::output_size())
    }

    /// Octets of the block that the hash works on: the `v` of RFC 7292 B.2.
    pub fn block(self) -> usize {
        use hmac::digest::common::BlockSizeUser as _;
        match self {
            Digest::Md2 => 16,
            Digest::Md5 => md5::Md5::block_size(),
            Digest::Sha1 => sha1::Sha1::block_size(),
            Digest::Sha224 | Digest::Sha256 => 64,
            Digest::Sha384 | Digest::Sha512 | Digest::Sha512Of224 | Digest::Sha512Of256 => 128,
            Digest::Sha3Of224 => 144,
            Digest::Sha3Of256 => 136,
            Digest::Sha3Of384 => 104,
            Digest::Sha3Of512 => 72,
        }
    }

    /// The hash of some parts in a row.
    pub fn of(self, parts: &[&[u8]]) -> Zeroizing<Vec<u8>> {
        with!(self, D => {
            let mut d = D::new();
            for p in parts {
                d.update(p);
            }
            Zeroizing::new(d.finalize().to_vec())
        })
    }

    /// Whether `tag` is the HMAC of `message` under `key`, compared in constant time; a shorter tag is no match.
    pub fn hmac_is(self, key: &[u8], message: &[u8], tag: &[u8]) -> bool {
        with!(self, D => match Hmac::<D>::new_from_slice(key) {
            Ok(mut mac) => {
                mac.update(message);
                mac.verify_slice(tag).is_ok()
            }
            Err(_) => false,
        })
    }

    /// The HMAC of `message` under `key`.
    pub fn hmac(self, key: &[u8], message: &[u8]) -> Vec<u8> {
        with!(self, D => match Hmac::<D>::new_from_slice(key) {
            Ok(mut mac) => {
                mac.update(message);
                mac.finalize().into_bytes().to_vec()
            }
            // HMAC takes keys of any length
            Err(_) => Vec::new(),
        })
    }

    /// PBKDF2 with this hash's HMAC (RFC 8018 5.2).
    pub(crate) fn pbkdf2(self, password: &[u8], salt: &[u8], iterations: u32, out: &mut [u8]) {
        with!(self, D => pbkdf2::pbkdf2_hmac::<D>(password, salt, iterations, out));
    }

    /// Its name, such as `SHA-256`.
    pub fn name(self) -> &'static str {
        match self {
            Digest::Md2 => "MD2",
            Digest::Md5 => "MD5",
            Digest::Sha1 => "SHA-1",
            Digest::Sha224 => "SHA-224",
            Digest::Sha256 => "SHA-256",
            Digest::Sha384 => "SHA-384",
            Digest::Sha512 => "SHA-512",
            Digest::Sha512Of224 => "SHA-512/224",
            Digest::Sha512Of256 => "SHA-512/256",
            Digest::Sha3Of224 => "SHA3-224",
            Digest::Sha3Of256 => "SHA3-256",
            Digest::Sha3Of384 => "SHA3-384",
            Digest::Sha3Of512 => "SHA3-512",
        }
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
