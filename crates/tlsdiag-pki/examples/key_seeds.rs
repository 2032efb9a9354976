//! Writes the seeds of the fuzz targets `private_key` and `pem`: `cargo run -p tlsdiag-pki --example key_seeds --
//! fuzz/corpus`.
//!
//! Nothing is drawn: the scalars are hashes of labels and the primes those of Mersenne, so a second run writes the same
//! octets, and none of the keys protects anything.

use num_bigint::BigUint;
use std::path::PathBuf;
use tlsdiag_pki::secret::{Limits, NoPasswords, Password, Scheme};
use tlsdiag_pki::{Hash, PrivateKey, oid, pem, writer};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: key_seeds FOLDER")?);
    let write = |target: &str, name: &str, octets: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join(target))?;
        std::fs::write(folder.join(target).join(name), octets)
    };
    let mut keys = vec![("rsa", rsa()), ("rsa-pkcs1", pkcs1())];
    let scalar = Hash::Sha256.digest(b"scalar");
    for (name, curve, len) in [("p256", oid::P256, 32), ("secp160k1", &[0x2b, 0x81, 4, 0, 9][..], 20)] {
        keys.push((name, ec(curve, scalar.get(..len).unwrap_or_default())));
    }
    let edwards = |id: &[u8], len: usize| {
        let octets = Hash::Sha512.digest(id);
        info(id, &[], &writer::octets(octets.get(..len).unwrap_or_default()))
    };
    keys.push(("ed25519", edwards(oid::ED25519, 32)));
    keys.push(("ed448", edwards(oid::ED448, 57)));
    keys.push(("x448", edwards(oid::X448, 56)));
    keys.push(("ml-dsa-44", info(oid::ML_DSA_44, &[], &writer::tlv(tlsdiag_pki::der::Tag::context(0), &scalar))));
    keys.push(("unknown", info(&[0x88, 0x37, 3], &[], &[1, 2, 3])));
    for (name, der) in &keys {
        write("private_key", &format!("{name}.der"), der)?;
        let key =
            PrivateKey::from_der(der, &mut NoPasswords, &Limits::default()).map_err(|e| format!("{name}: {e}"))?;
        let scheme = Scheme::aes256_sha256([1; 16], [2; 16], 1);
        let locked = key.to_encrypted_pem(&scheme, &Password::new("a"))?;
        write("private_key", &format!("{name}.locked.pem"), locked.as_bytes())?;
    }
    let block = pem::encode("CERTIFICATE", &[0x5a; 60]);
    let headers = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: DES-EDE3-CBC,0011223344556677\n\nAAAAAAAAAAA=\n-----END RSA PRIVATE KEY-----\n";
    let wide: Vec<u8> = block.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for (name, octets) in [
        ("plain", block.clone().into_bytes()),
        ("utf16", [vec![0xff, 0xfe], wide].concat()),
        ("escaped", block.replace('\n', "\\n").into_bytes()),
        ("one-line", block.replace('\n', " ").into_bytes()),
        ("quoted", block.lines().map(|l| format!("  \"{l}\\n\" +\n")).collect::<String>().into_bytes()),
        ("mail", block.lines().map(|l| format!("> {l}\n")).collect::<String>().into_bytes()),
        ("joined", format!("{}{block}", block.trim_end()).into_bytes()),
        ("dashes", block.replace("-----", "\u{2014}\u{2013}-").into_bytes()),
        ("json", block.replace('\n', "\\n").replace('/', "\\/").replace('+', "\\u002B").into_bytes()),
        ("headers", headers.as_bytes().to_vec()),
        ("bag", format!("Bag Attributes\n    friendlyName: x\n{block}ssh-rsa AAAA me\n").into_bytes()),
        ("no-end", block.lines().take(2).collect::<Vec<_>>().join("\n").into_bytes()),
    ] {
        write("pem", name, &octets)?;
    }
    Ok(())
}

/// A PrivateKeyInfo.
fn info(algorithm: &[u8], parameters: &[u8], key: &[u8]) -> Vec<u8> {
    let algorithm = writer::sequence(&[writer::oid(algorithm), parameters.to_vec()]);
    writer::sequence(&[writer::small(0), algorithm, writer::octets(key)])
}

fn ec(curve: &[u8], scalar: &[u8]) -> Vec<u8> {
    let key = writer::sequence(&[writer::small(1), writer::octets(scalar)]);
    info(oid::EC, &writer::oid(curve), &key)
}

fn rsa() -> Vec<u8> {
    info(oid::RSA, &writer::tlv(tlsdiag_pki::der::Tag::NULL, &[]), &pkcs1())
}

/// The primes 2^521 - 1 and 2^607 - 1.
fn pkcs1() -> Vec<u8> {
    let one = BigUint::from(1u8);
    let (p, q) = ((&one << 521u32) - &one, (&one << 607u32) - &one);
    let e = BigUint::from(65_537u32);
    let d = e.modinv(&((&p - &one) * (&q - &one))).unwrap_or_default();
    let number = |n: &BigUint| writer::integer(&[vec![0], n.to_bytes_be()].concat());
    let qi = q.modinv(&p).unwrap_or_default();
    let parts = [number(&(&p * &q)), number(&e), number(&d), number(&p), number(&q)];
    let rest = [number(&(&d % (&p - &one))), number(&(&d % (&q - &one))), number(&qi)];
    writer::sequence(&[vec![writer::small(0)], parts.to_vec(), rest.to_vec()].concat())
}
