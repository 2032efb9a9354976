//! The ciphers that encrypted keys and containers use, behind one door.

use super::SecretError;
use crate::der::DerError;
use aes_gcm::aead::KeyInit as _;
use cbc::cipher::block_padding::Pkcs7;
use cbc::cipher::common::InnerIvInit as _;
use cbc::cipher::{BlockCipherDecrypt, BlockCipherEncrypt, BlockModeDecrypt as _, BlockModeEncrypt as _};
use std::fmt;
use zeroize::Zeroizing;

/// A cipher with its key size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Cipher {
    /// DES-CBC
    Des,
    /// Triple DES in CBC mode with two or three keys (EDE)
    TripleDes {
        /// 2 or 3
        keys: u8,
    },
    /// RC2-CBC (RFC 2268)
    Rc2 {
        /// octets of key
        key: usize,
        /// effective key bits
        effective: usize,
    },
    /// RC4
    Rc4 {
        /// octets of key
        key: usize,
    },
    /// AES-CBC
    Aes {
        /// 128, 192 or 256
        bits: u16,
    },
    /// AES-GCM with a tag of 16 octets
    AesGcm {
        /// 128, 192 or 256
        bits: u16,
    },
    /// Camellia-CBC
    Camellia {
        /// 128, 192 or 256
        bits: u16,
    },
    /// ARIA-CBC
    Aria {
        /// 128, 192 or 256
        bits: u16,
    },
}

impl Cipher {
    /// Octets of key.
    pub fn key_len(self) -> usize {
        match self {
            Cipher::Des => 8,
            Cipher::TripleDes { keys } => usize::from(keys).saturating_mul(8),
            Cipher::Rc2 { key, .. } | Cipher::Rc4 { key } => key,
            Cipher::Aes { bits } | Cipher::AesGcm { bits } | Cipher::Camellia { bits } | Cipher::Aria { bits } => {
                usize::from(bits / 8)
            }
        }
    }

    /// Octets of initialisation vector; 0 where there is none.
    pub fn iv_len(self) -> usize {
        match self {
            Cipher::Des | Cipher::TripleDes { .. } | Cipher::Rc2 { .. } => 8,
            Cipher::Rc4 { .. } => 0,
            Cipher::AesGcm { .. } => 12,
            Cipher::Aes { .. } | Cipher::Camellia { .. } | Cipher::Aria { .. } => 16,
        }
    }

    /// Whether the ciphertext comes in whole blocks with padding.
    fn blocks(self) -> bool {
        !matches!(self, Cipher::Rc4 { .. } | Cipher::AesGcm { .. })
    }

    /// Decrypts and takes the padding off. Bad padding or a bad tag is [`SecretError::WrongPassword`]; a length that
    /// no ciphertext of this cipher has is [`SecretError::Damaged`].
    pub(crate) fn decrypt(self, key: &[u8], iv: &[u8], input: &[u8]) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        if self.blocks() && (input.is_empty() || !input.len().is_multiple_of(self.iv_len())) {
            return Err(SecretError::Damaged("the ciphertext is not a whole number of blocks"));
        }
        match self {
            Cipher::Des => open(des::Des::new_from_slice(key), iv, input),
            Cipher::TripleDes { keys: 2 } => open(des::TdesEde2::new_from_slice(key), iv, input),
            Cipher::TripleDes { .. } => open(des::TdesEde3::new_from_slice(key), iv, input),
            Cipher::Rc2 { effective, .. } => {
                open(Ok::<_, Never>(rc2::Rc2::new_with_eff_key_len(key, effective)), iv, input)
            }
            Cipher::Rc4 { .. } => Ok(Zeroizing::new(rc4(key, input))),
            Cipher::Aes { bits: 128 } => open(aes::Aes128::new_from_slice(key), iv, input),
            Cipher::Aes { bits: 192 } => open(aes::Aes192::new_from_slice(key), iv, input),
            Cipher::Aes { .. } => open(aes::Aes256::new_from_slice(key), iv, input),
            Cipher::Camellia { bits: 128 } => open(camellia::Camellia128::new_from_slice(key), iv, input),
            Cipher::Camellia { bits: 192 } => open(camellia::Camellia192::new_from_slice(key), iv, input),
            Cipher::Camellia { .. } => open(camellia::Camellia256::new_from_slice(key), iv, input),
            Cipher::Aria { bits: 128 } => open(aria::Aria128::new_from_slice(key), iv, input),
            Cipher::Aria { bits: 192 } => open(aria::Aria192::new_from_slice(key), iv, input),
            Cipher::Aria { .. } => open(aria::Aria256::new_from_slice(key), iv, input),
            Cipher::AesGcm { .. } if input.len() < 16 => Err(SecretError::Damaged("the ciphertext has no tag")),
            Cipher::AesGcm { bits: 128 } => open_gcm(aes_gcm::Aes128Gcm::new_from_slice(key), iv, input),
            Cipher::AesGcm { bits: 192 } => {
                open_gcm(aes_gcm::AesGcm::<aes::Aes192, aes_gcm::aead::consts::U12>::new_from_slice(key), iv, input)
            }
            Cipher::AesGcm { .. } => open_gcm(aes_gcm::Aes256Gcm::new_from_slice(key), iv, input),
        }
    }

    /// Encrypts with padding. Only what is written today: AES-CBC and three-key triple DES.
    pub(crate) fn encrypt(self, key: &[u8], iv: &[u8], input: &[u8]) -> Result<Vec<u8>, SecretError> {
        match self {
            Cipher::TripleDes { keys: 3 } => seal(des::TdesEde3::new_from_slice(key), iv, input),
            Cipher::Aes { bits: 128 } => seal(aes::Aes128::new_from_slice(key), iv, input),
            Cipher::Aes { bits: 192 } => seal(aes::Aes192::new_from_slice(key), iv, input),
            Cipher::Aes { .. } => seal(aes::Aes256::new_from_slice(key), iv, input),
            other => Err(SecretError::Unsupported { algorithm: format!("writing with {other}") }),
        }
    }
}

impl fmt::Display for Cipher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Cipher::Des => f.write_str("DES-CBC"),
            Cipher::TripleDes { keys } => write!(f, "{keys}-key 3DES-CBC"),
            Cipher::Rc2 { effective, .. } => write!(f, "RC2-{effective}-CBC"),
            Cipher::Rc4 { key } => write!(f, "RC4-{}", key.saturating_mul(8)),
            Cipher::Aes { bits } => write!(f, "AES-{bits}-CBC"),
            Cipher::AesGcm { bits } => write!(f, "AES-{bits}-GCM"),
            Cipher::Camellia { bits } => write!(f, "Camellia-{bits}-CBC"),
            Cipher::Aria { bits } => write!(f, "ARIA-{bits}-CBC"),
        }
    }
}

/// A key schedule that cannot fail.
#[derive(Debug)]
struct Never;

fn wrong_size<E>(_: E) -> SecretError {
    SecretError::Malformed(DerError::value(0, "key and initialisation vector of the cipher's size", "another size"))
}

fn open<C: BlockCipherDecrypt, E>(
    cipher: Result<C, E>,
    iv: &[u8],
    input: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let mode = cbc::Decryptor::inner_iv_slice_init(cipher.map_err(wrong_size)?, iv).map_err(wrong_size)?;
    mode.decrypt_padded_vec::<Pkcs7>(input).map(Zeroizing::new).map_err(|_| SecretError::WrongPassword)
}

fn open_gcm<C: aes_gcm::aead::Aead, E>(
    cipher: Result<C, E>,
    nonce: &[u8],
    input: &[u8],
) -> Result<Zeroizing<Vec<u8>>, SecretError> {
    let nonce = nonce.try_into().map_err(wrong_size)?;
    let cipher = cipher.map_err(wrong_size)?;
    cipher.decrypt(nonce, input).map(Zeroizing::new).map_err(|_| SecretError::WrongPassword)
}

fn seal<C: BlockCipherEncrypt, E>(cipher: Result<C, E>, iv: &[u8], input: &[u8]) -> Result<Vec<u8>, SecretError> {
    let mode = cbc::Encryptor::inner_iv_slice_init(cipher.map_err(wrong_size)?, iv).map_err(wrong_size)?;
    Ok(mode.encrypt_padded_vec::<Pkcs7>(input))
}

/// RC4 (RFC 6229 has answers). The stream cipher crates want its key size at compile time, for a dozen lines.
fn rc4(key: &[u8], input: &[u8]) -> Vec<u8> {
    let mut s: [u8; 256] = std::array::from_fn(|i| i as u8);
    let mut j = 0u8;
    let swap = |s: &mut [u8; 256], i: u8, j: u8| s.swap(usize::from(i), usize::from(j));
    for (i, k) in (0..=255u8).zip(key.iter().cycle()) {
        j = j.wrapping_add(s[usize::from(i)]).wrapping_add(*k);
        swap(&mut s, i, j);
    }
    let (mut i, mut j) = (0u8, 0u8);
    input
        .iter()
        .map(|octet| {
            i = i.wrapping_add(1);
            j = j.wrapping_add(s[usize::from(i)]);
            swap(&mut s, i, j);
            octet ^ s[usize::from(s[usize::from(i)].wrapping_add(s[usize::from(j)]))]
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::certificate::hex;

    #[test]
    fn rc4_known_answer() {
        // RFC 6229: key 0102030405
        assert_eq!(hex(&rc4(&[1, 2, 3, 4, 5], &[0; 16])), "b2396305f03dc027ccc3524a0a1118a8");
    }

    #[test]
    fn rc2_known_answer() {
        // RFC 2268 5: 64 effective bits of a key of 16 octets, ECB; one block in CBC with a zero vector is the same
        let key: Vec<u8> =
            vec![0x88, 0xbc, 0xa9, 0x0e, 0x90, 0x87, 0x5a, 0x7f, 0x0f, 0x79, 0xc3, 0x84, 0x62, 0x7b, 0xaf, 0xb2];
        let cipher = rc2::Rc2::new_with_eff_key_len(&key, 128);
        let mut block = cbc::cipher::Block::<rc2::Rc2>::default();
        cipher.encrypt_block(&mut block);
        assert_eq!(hex(&block), "2269552ab0f85ca6");
    }

    #[test]
    fn what_is_sealed_opens_and_lengths_are_checked() {
        for cipher in [Cipher::TripleDes { keys: 3 }, Cipher::Aes { bits: 128 }, Cipher::Aes { bits: 256 }] {
            let key: Vec<u8> = (1..=cipher.key_len() as u8).collect();
            let iv = vec![7; cipher.iv_len()];
            let sealed = cipher.encrypt(&key, &iv, b"text").unwrap();
            assert_eq!(cipher.decrypt(&key, &iv, &sealed).unwrap().as_slice(), b"text");
            let cut = sealed.get(1..).unwrap();
            assert!(matches!(cipher.decrypt(&key, &iv, cut), Err(SecretError::Damaged(_))));
            assert!(matches!(cipher.decrypt(&key, &[], &sealed), Err(SecretError::Malformed(_))));
        }
        assert!(matches!(Cipher::Des.encrypt(&[0; 8], &[0; 8], b""), Err(SecretError::Unsupported { .. })));
    }
}
