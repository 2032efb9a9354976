//! The octets of each form.
use crate::{Chain, HeldKey, Refusal, Shape};
use std::io;
use tlsdiag_pki::{
    container::pkcs12::{self, Salts, Writing},
    der::Tag,
    oid,
    secret::{Password, Scheme},
    writer,
};
use zeroize::Zeroizing;

/// Iterations of PBKDF2 for a private key that is encrypted by itself: a tenth of a second on a small server, once at
/// its start.
const ITERATIONS: u64 = 210_000;

/// What goes into a file.
pub(crate) struct Material<'a> {
    pub(crate) chain: &'a Chain,
    pub(crate) key: Option<&'a HeldKey>,
    pub(crate) password: Option<&'a Password>,
    /// Name shown by Windows, alias in Java.
    pub(crate) label: &'a str,
}

/// Makes the octets. `random` fills with random octets of the operating system.
pub(crate) fn octets(
    shape: Shape,
    with: &Material<'_>,
    random: &mut dyn FnMut(&mut [u8]) -> io::Result<()>,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let key = || with.key.ok_or_else(|| Refusal::NoKey { beside: None, closed: vec![] });
    let chain = with.chain.links.iter().map(|l| &l.certificate);
    Ok(match shape {
        Shape::Chain => Zeroizing::new(chain.map(|c| c.to_pem()).collect::<String>().into_bytes()),
        Shape::Key => key_pem(key()?, with.password, random)?,
        Shape::Combined => {
            let key = key_pem(key()?, with.password, random)?;
            let mut out = chain.map(|c| c.to_pem()).collect::<String>().into_bytes();
            // no growing, which would leave a copy of the key behind
            let mut all = Zeroizing::new(Vec::with_capacity(out.len().saturating_add(key.len())));
            all.append(&mut out);
            all.extend_from_slice(&key);
            all
        }
        Shape::Pfx(profile) => {
            let der: Vec<&[u8]> = chain.map(|c| &*c.der).collect();
            let pkcs8 = key()?.key.to_pkcs8_der();
            let writing = Writing {
                key: &pkcs8,
                chain: &der,
                friendly_name: Some(with.label),
                provider: None,
                machine_key: false,
            };
            let mut draw = || -> Result<[u8; 16], Refusal> {
                let mut salt = [0; 16];
                random(&mut salt).map_err(|e| Refusal::NotMade(e.to_string()))?;
                Ok(salt)
            };
            let salts = Salts { certificates: (draw()?, draw()?), key: (draw()?, draw()?), mac: draw()? };
            let password = with.password.ok_or_else(|| Refusal::NotMade("no password".to_owned()))?;
            let made = pkcs12::write(&writing, password, profile, &salts);
            Zeroizing::new(made.map_err(|e| Refusal::NotMade(e.to_string()))?)
        }
        Shape::Leaf => Zeroizing::new(chain.take(1).flat_map(|c| c.der.iter().copied()).collect()),
        Shape::Pkcs7 => Zeroizing::new(pkcs7(chain.map(|c| c.der.to_vec()).collect())),
    })
}

fn key_pem(
    key: &HeldKey,
    password: Option<&Password>,
    random: &mut dyn FnMut(&mut [u8]) -> io::Result<()>,
) -> Result<Zeroizing<Vec<u8>>, Refusal> {
    let text = match password {
        None => key.key.to_pkcs8_pem(),
        Some(password) => {
            let (mut salt, mut iv) = ([0; 16], [0; 16]);
            random(&mut salt).and_then(|()| random(&mut iv)).map_err(|e| Refusal::NotMade(e.to_string()))?;
            let scheme = Scheme::aes256_sha256(salt, iv, ITERATIONS);
            Zeroizing::new(key.key.to_encrypted_pem(&scheme, password).map_err(|e| Refusal::NotMade(e.to_string()))?)
        }
    };
    Ok(Zeroizing::new(text.as_bytes().to_vec()))
}

/// A SignedData without signers, as certificates are handed around (RFC 5652 5.1, RFC 5652 10.2.3); a SET OF is sorted
/// in DER.
fn pkcs7(mut certificates: Vec<Vec<u8>>) -> Vec<u8> {
    certificates.sort();
    let data = writer::sequence(&[
        writer::small(1),
        writer::set::<&[u8]>(&[]),
        writer::sequence(&[writer::oid(oid::PKCS7_DATA)]),
        writer::explicit(0, &certificates.concat()),
        writer::tlv(Tag::SET, &[]),
    ]);
    writer::sequence(&[writer::oid(oid::PKCS7_SIGNED_DATA), writer::explicit(0, &data)])
}
