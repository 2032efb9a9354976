//! Writes the seeds of the fuzz targets `pkcs12` and `keystore`: `cargo run -p tlsdiag-pki --example container_seeds --
//! fuzz/corpus`.
//!
//! Nothing is drawn: keys are hashes of labels and salts are fixed, so a second run writes the same octets, and none of
//! the keys protects anything. What is encrypted is so with few iterations, for speed.

use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner as _};
use std::path::PathBuf;
use tlsdiag_pki::make::{CertificateMaker, Signer, ec_spki};
use tlsdiag_pki::secret::{Password, Scheme};
use tlsdiag_pki::writer::{explicit, octets, sequence, set, small, tlv};
use tlsdiag_pki::{Certificate, Hash, SignatureAlgorithm, oid, pem, writer};

/// 2026-11-24T00:00:00Z
const NOW: i64 = 1_795_478_400;
const BAG: [u8; 10] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 12, 10, 1];
const ENCRYPTED_DATA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 6];
const FRIENDLY_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 20];
const X509_CERTIFICATE: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 22, 1];

struct Key(SigningKey);

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        ec_spki(oid::P256, self.0.verifying_key().to_sec1_point(false).as_bytes())
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let digest = algorithm.hash().unwrap_or(Hash::Sha256).digest(message);
        let signature: Result<Signature, _> = self.0.sign_prehash(&digest);
        signature.map(|s| s.to_der().as_bytes().to_vec()).unwrap_or_default()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: container_seeds FOLDER")?);
    let write = |target: &str, name: &str, octets: &[u8]| -> std::io::Result<()> {
        std::fs::create_dir_all(folder.join(target))?;
        std::fs::write(folder.join(target).join(name), octets)
    };
    let scalar = Hash::Sha256.digest(b"container seed");
    let key = Key(SigningKey::from_slice(&scalar)?);
    let root = Certificate::from_der(&CertificateMaker::root("Seed", &key, NOW).sign(&key))?;
    let ec = sequence(&[small(1), octets(&scalar)]);
    let pkcs8 = sequence(&[small(0), sequence(&[writer::oid(oid::EC), writer::oid(oid::P256)]), octets(&ec)]);

    let bag = |n: u8, value: &[u8]| {
        let name: Vec<u8> = "웹".encode_utf16().flat_map(u16::to_be_bytes).collect();
        let name = sequence(&[writer::oid(FRIENDLY_NAME), set(&[tlv(tlsdiag_pki::der::Tag::BMP, &name)])]);
        sequence(&[writer::oid(&[&BAG[..], &[n]].concat()), explicit(0, value), set(&[name])])
    };
    let data = |content: &[u8]| sequence(&[writer::oid(oid::PKCS7_DATA), explicit(0, &octets(content))]);
    let pfx = |contents: &[Vec<u8>]| sequence(&[small(3), data(&sequence(contents))]);
    let certificate = sequence(&[writer::oid(X509_CERTIFICATE), explicit(0, &octets(&root.der))]);
    let open = sequence(&[
        bag(1, &pkcs8),
        bag(3, &certificate),
        bag(5, &sequence(&[writer::oid(oid::CN), explicit(0, &octets(b"secret"))])),
        bag(6, &sequence(&[bag(3, &certificate)])),
    ]);
    write("pkcs12", "open", &pfx(&[data(&open)]))?;
    for (name, scheme) in
        [("pbes2", Scheme::aes256_sha256([1; 16], [2; 16], 3)), ("triple-des", Scheme::triple_des_sha1([3; 8], 3))]
    {
        let password = Password::new("a");
        let shrouded = sequence(&[scheme.to_der()?, octets(&scheme.encrypt(&pkcs8, &password)?)]);
        let sealed = scheme.encrypt(&sequence(&[bag(3, &certificate)]), &password)?;
        let content = tlv(tlsdiag_pki::der::Tag::context(0), &sealed);
        let info = sequence(&[writer::oid(oid::PKCS7_DATA), scheme.to_der()?, content]);
        let encrypted = sequence(&[writer::oid(ENCRYPTED_DATA), explicit(0, &sequence(&[small(0), info]))]);
        let file = pfx(&[data(&sequence(&[bag(2, &shrouded)])), encrypted]);
        write("pkcs12", name, &file)?;
        write("keystore", &format!("{name}.pfx"), &file)?;
    }

    let text = |t: &str| [&(t.len() as u16).to_be_bytes()[..], t.as_bytes()].concat();
    let counted = |octets: &[u8]| [&(octets.len() as u32).to_be_bytes()[..], octets].concat();
    let trusted = [&[0, 0, 0, 2][..], &text("ca"), &[0; 8], &text("X.509"), &counted(&root.der)].concat();
    let protector = sequence(&[writer::oid(&[0x2b, 6, 1, 4, 1, 0x2a, 2, 17, 1, 1])]);
    let sealed = sequence(&[protector, octets(&[0; 60])]);
    let chain = [&[0, 0, 0, 1][..], &text("X.509"), &counted(&root.der)].concat();
    let locked = [&[0, 0, 0, 1][..], &text("key"), &[0; 8], &counted(&sealed), &chain].concat();
    // a serialised object with one byte array, as sealed keys are
    let class =
        [&b"\x72"[..], &text("Sealed"), &[0; 8], &[2, 0, 1], b"[", &text("content"), b"\x74", &text("[B"), b"\x78\x70"];
    let array = [&b"\x75\x72"[..], &text("[B"), &[0; 8], &[2, 0, 0], b"\x78\x70", &counted(&[7; 8])];
    let secret =
        [&[0, 0, 0, 3][..], &text("aes"), &[0; 8], b"\xac\xed\x00\x05\x73", &class.concat(), &array.concat()].concat();
    for (name, magic, entries) in
        [("jks", [0xfe, 0xed, 0xfe, 0xed], vec![trusted.clone(), locked]), ("jceks", [0xce; 4], vec![secret, trusted])]
    {
        let count = (entries.len() as u32).to_be_bytes();
        let store = [&magic[..], &[0, 0, 0, 2], &count, &entries.concat(), &[0; 20]].concat();
        write("keystore", name, &store)?;
    }
    let element = |id: u32, octets: &[u8]| {
        let head: Vec<u8> = [id, 1, octets.len() as u32].iter().flat_map(|w| w.to_le_bytes()).collect();
        [&head[..], octets].concat()
    };
    let name: Vec<u8> = "web\0".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let store = [&b"\0\0\0\0CERT"[..], &element(11, &name), &element(32, &root.der), &[0; 12]].concat();
    write("keystore", "sst", &store)?;
    let signed = sequence(&[
        small(1),
        set::<&[u8]>(&[]),
        sequence(&[writer::oid(oid::PKCS7_DATA)]),
        explicit(0, &root.der),
        set::<&[u8]>(&[]),
    ]);
    write("keystore", "p7b", &sequence(&[writer::oid(oid::PKCS7_SIGNED_DATA), explicit(0, &signed)]))?;
    let block = format!("{}{}", root.to_pem(), pem::encode("PRIVATE KEY", &pkcs8));
    write("keystore", "pem", block.as_bytes())?;
    let bare: String = root.to_pem().lines().filter(|l| !l.starts_with('-')).collect();
    write("keystore", "base64", bare.as_bytes())?;
    write("keystore", "der", &[&root.der[..], &root.der].concat())?;
    Ok(())
}
