//! Keys encrypted by PEM headers, `Proc-Type: 4,ENCRYPTED` and `DEK-Info` (RFC 1421 4.6), with OpenSSL's derivation.

use super::PrivateKeyError;
use crate::der::{Reader, Tag};
use crate::pem::Block;
use crate::secret::{Cipher, Coding, Password, SecretError, is_sequence};
use zeroize::{Zeroize as _, Zeroizing};

/// What the headers say.
pub(super) struct DekInfo {
    /// The cipher's name as it stands.
    pub(super) name: String,
    cipher: Cipher,
    iv: Vec<u8>,
}

/// Reads the headers; `None` where the block is not encrypted so.
pub(super) fn dek_info(block: &Block<'_>) -> Result<Option<DekInfo>, PrivateKeyError> {
    let header = |name: &str| {
        block.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_ref())
    };
    let Some(value) = header("DEK-Info") else {
        return match header("Proc-Type") {
            Some(p) if p.to_ascii_uppercase().contains("ENCRYPTED") => {
                Err(PrivateKeyError::Headers("DEK-Info is missing"))
            }
            _ => Ok(None),
        };
    };
    let (name, iv) = value.split_once(',').unwrap_or((value, ""));
    let (name, iv) = (name.trim(), iv.trim());
    let Some(cipher) = cipher(&name.to_ascii_uppercase()) else {
        return Err(SecretError::Unsupported { algorithm: name.to_owned() }.into());
    };
    let iv = unhex(iv).ok_or(PrivateKeyError::Headers("the initialisation vector is no hex number"))?;
    if iv.len() != cipher.iv_len() {
        return Err(PrivateKeyError::Headers("the initialisation vector has the wrong length"));
    }
    Ok(Some(DekInfo { name: name.to_owned(), cipher, iv }))
}

impl DekInfo {
    /// Decrypts. What comes out must be one of the three forms that are encrypted so.
    pub(super) fn decrypt(&self, ciphertext: &[u8], password: &Password) -> Result<Zeroizing<Vec<u8>>, SecretError> {
        let key = self.key(&password.octets(Coding::Utf8));
        let plain = self.cipher.decrypt(&key, &self.iv, ciphertext)?;
        let starts_with_number = Reader::new(&plain)
            .expect(Tag::SEQUENCE, "key")
            .is_ok_and(|t| t.reader().expect(Tag::INTEGER, "version").is_ok());
        if is_sequence(&plain) && starts_with_number { Ok(plain) } else { Err(SecretError::WrongPassword) }
    }

    /// EVP_BytesToKey with MD5, one round: D1 = MD5(password, salt), D2 = MD5(D1, password, salt), …; the salt is the
    /// first eight octets of the initialisation vector.
    fn key(&self, password: &[u8]) -> Zeroizing<Vec<u8>> {
        let salt = self.iv.get(..8).unwrap_or(&self.iv);
        let mut key = Zeroizing::new(Vec::with_capacity(64));
        let mut last: Vec<u8> = Vec::new();
        while key.len() < self.cipher.key_len() {
            let input = Zeroizing::new([&last, password, salt].concat());
            last.zeroize();
            last = crate::algorithm::Hash::Md5.digest(&input);
            key.extend_from_slice(&last);
        }
        last.zeroize();
        key.truncate(self.cipher.key_len());
        key
    }
}

/// By OpenSSL's name, upper case.
fn cipher(name: &str) -> Option<Cipher> {
    Some(match name {
        "DES-CBC" => Cipher::Des,
        "DES-EDE-CBC" => Cipher::TripleDes { keys: 2 },
        "DES-EDE3-CBC" => Cipher::TripleDes { keys: 3 },
        "RC2-CBC" => Cipher::Rc2 { key: 16, effective: 128 },
        "RC2-64-CBC" => Cipher::Rc2 { key: 8, effective: 64 },
        "RC2-40-CBC" => Cipher::Rc2 { key: 5, effective: 40 },
        _ => {
            let (family, rest) = name.split_once('-')?;
            let bits = rest.strip_suffix("-CBC")?.parse().ok().filter(|b| matches!(b, 128 | 192 | 256))?;
            match family {
                "AES" => Cipher::Aes { bits },
                "CAMELLIA" => Cipher::Camellia { bits },
                "ARIA" => Cipher::Aria { bits },
                _ => return None,
            }
        }
    })
}

fn unhex(digits: &str) -> Option<Vec<u8>> {
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    let pair = |p: &[u8]| u8::from_str_radix(std::str::from_utf8(p).ok()?, 16).ok();
    digits.bytes().all(|b| b.is_ascii_hexdigit()).then(|| digits.as_bytes().chunks(2).map(pair).collect())?
}
