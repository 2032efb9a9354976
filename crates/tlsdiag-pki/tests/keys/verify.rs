//! Signatures that openssl made, of every kind that it makes, and each of them spoilt.
use crate::support::*;
use tlsdiag_pki::key::PublicKey;
use tlsdiag_pki::request::Request;
use tlsdiag_pki::{Hash, MlDsa, RustVerifier, SignatureAlgorithm, VerifyError, verify_raw};

/// A self-signed certificate by openssl verifies, and does not when a bit of it is another.
fn check(f: &Folder, key: &str, options: &str) -> SignatureAlgorithm {
    f.openssl(&format!("req -x509 -new -key {key} -out c.pem -subj /CN=x -days 30 {options}"));
    let certificate = tlsdiag_pki::read_certificates(&f.read("c.pem")).remove(0).unwrap();
    let algorithm = certificate.signature_algorithm.clone();
    let spki = &certificate.public_key.spki;
    let say = |m: &[u8], s: &[u8]| verify_raw(&algorithm, spki, m, s);
    assert_eq!(say(certificate.tbs(), certificate.signature()), Ok(()), "{key} {options} {algorithm}");
    let mut message = certificate.tbs().to_vec();
    message[30] ^= 1;
    assert_eq!(say(&message, certificate.signature()), Err(VerifyError::BadSignature), "{key} {options}");
    let mut signature = certificate.signature().to_vec();
    *signature.last_mut().unwrap() ^= 1;
    assert!(say(certificate.tbs(), &signature).is_err(), "{key} {options}");
    algorithm
}

#[test]
fn every_curve() {
    let f = Folder::new();
    let mut done = 0;
    for curve in tlsdiag_pki::curve::NamedCurve::all() {
        let name = curve
            .aliases
            .iter()
            .find(|a| !a.contains('-') && !a.starts_with("secp256r1") && !a.starts_with("secp192r1"));
        let name = name.copied().unwrap_or(curve.name);
        if f.try_openssl(&["ecparam", "-name", name, "-genkey", "-noout", "-out", "k.pem"]).is_err() {
            continue;
        }
        // SM2 signs in its own way; tiny and mid curves take cut digests.
        if name != "SM2" {
            assert_eq!(check(&f, "k.pem", "-sha512"), SignatureAlgorithm::Ecdsa(Hash::Sha512));
            check(&f, "k.pem", "-sha1");
            done += 1;
        }
    }
    assert!(done > 70, "{done}");
    f.openssl("ecparam -name brainpoolP384r1 -genkey -noout -param_enc explicit -out k.pem");
    check(&f, "k.pem", "-sha256");
    f.openssl("ecparam -name prime256v1 -genkey -noout -param_enc explicit -conv_form compressed -out k.pem");
    check(&f, "k.pem", "-sha3-256");
}

#[test]
fn rsa_with_every_hash_and_size() {
    let f = Folder::new();
    f.openssl("genrsa -out k.pem 1024");
    for (option, hash) in [
        ("-md5", Hash::Md5),
        ("-sha1", Hash::Sha1),
        ("-sha224", Hash::Sha224),
        ("-sha256", Hash::Sha256),
        ("-sha384", Hash::Sha384),
        ("-sha512", Hash::Sha512),
        ("-sha512-224", Hash::Sha512_224),
        ("-sha512-256", Hash::Sha512_256),
        ("-sha3-224", Hash::Sha3_224),
        ("-sha3-256", Hash::Sha3_256),
        ("-sha3-384", Hash::Sha3_384),
        ("-sha3-512", Hash::Sha3_512),
    ] {
        assert_eq!(check(&f, "k.pem", option), SignatureAlgorithm::RsaPkcs1(hash));
    }
    // MD2 is in no openssl of today, and its MD4 writes MD3's number into the DigestInfo: sign one that we wrote.
    let spki = f.openssl("pkey -in k.pem -pubout -outform DER");
    for hash in [Hash::Md2, Hash::Md4] {
        use tlsdiag_pki::{der::Tag, writer};
        let algorithm = writer::sequence(&[writer::oid(hash.oid().unwrap()), writer::tlv(Tag::NULL, &[])]);
        f.write("info", writer::sequence(&[algorithm, writer::octets(&hash.digest(b"text"))]));
        let signature = f.openssl("pkeyutl -sign -inkey k.pem -in info");
        let algorithm = SignatureAlgorithm::RsaPkcs1(hash);
        assert!(algorithm.is_weak());
        assert_eq!(verify_raw(&algorithm, &spki, b"text", &signature), Ok(()));
        assert_eq!(verify_raw(&algorithm, &spki, b"test", &signature), Err(VerifyError::BadSignature));
    }
    for (salt, hash) in [(0, "sha1"), (20, "sha256"), (32, "sha384")] {
        check(&f, "k.pem", &format!("-{hash} -sigopt rsa_padding_mode:pss -sigopt rsa_pss_saltlen:{salt}"));
    }
    for (bits, exponent) in [(512, 3), (1_023, 65_537), (1_032, 17), (2_047, 65_537), (4_096, 65_537)] {
        f.openssl(&format!(
            "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:{bits} -pkeyopt rsa_keygen_pubexp:{exponent} -out k.pem"
        ));
        check(&f, "k.pem", "-sha256");
    }
    f.openssl("genpkey -algorithm RSA-PSS -pkeyopt rsa_keygen_bits:1024 -pkeyopt rsa_pss_keygen_md:sha256 -pkeyopt rsa_pss_keygen_mgf1_md:sha256 -pkeyopt rsa_pss_keygen_saltlen:32 -out k.pem");
    let algorithm = check(&f, "k.pem", "-sha256");
    // What the key's parameters forbid is refused, whatever the numbers say.
    let SignatureAlgorithm::RsaPss(mut p) = algorithm else { panic!("{algorithm}") };
    p.hash = Hash::Sha1;
    let certificate = tlsdiag_pki::read_certificates(&f.read("c.pem")).remove(0).unwrap();
    let other = verify_raw(&SignatureAlgorithm::RsaPss(p), &certificate.public_key.spki, b"", certificate.signature());
    assert_eq!(other, Err(VerifyError::KeyMismatch));
    assert_eq!(certificate.public_key.pss_restriction().map(|p| p.salt_len), Some(32));
}

#[test]
fn the_rest() {
    let f = Folder::new();
    for (kind, algorithm) in [("ED25519", SignatureAlgorithm::Ed25519), ("ED448", SignatureAlgorithm::Ed448)] {
        for _ in 0..4 {
            f.openssl(&format!("genpkey -algorithm {kind} -out k.pem"));
            assert_eq!(check(&f, "k.pem", ""), algorithm);
        }
    }
    for (bits, q) in [(1_024, 160), (2_048, 256)] {
        f.openssl(&format!("genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:{bits} -pkeyopt dsa_paramgen_q_bits:{q} -out p.pem"));
        f.openssl("genpkey -paramfile p.pem -out k.pem");
        for (option, hash) in [("-sha1", Hash::Sha1), ("-sha256", Hash::Sha256), ("-sha512", Hash::Sha512)] {
            assert_eq!(check(&f, "k.pem", option), SignatureAlgorithm::Dsa(hash));
        }
    }
}

#[test]
fn ml_dsa() {
    use ml_dsa::signature::{Keypair as _, Signer as _};
    macro_rules! check {
        ($set:ident) => {{
            let key = ml_dsa::SigningKey::<ml_dsa::$set>::from_seed(&[3u8; 32].into());
            let algorithm = tlsdiag_pki::writer::sequence(&[tlsdiag_pki::writer::oid(MlDsa::$set.oid())]);
            let bits = tlsdiag_pki::writer::bit_string(&key.verifying_key().encode());
            let spki = tlsdiag_pki::writer::sequence(&[algorithm, bits]);
            let mut signature = key.sign(b"text").encode().to_vec();
            let algorithm = SignatureAlgorithm::MlDsa(MlDsa::$set);
            assert_eq!(PublicKey::from_der(&spki).unwrap().kind.to_string(), algorithm.to_string());
            assert_eq!(verify_raw(&algorithm, &spki, b"text", &signature), Ok(()));
            assert_eq!(verify_raw(&algorithm, &spki, b"test", &signature), Err(VerifyError::BadSignature));
            signature[5] ^= 1;
            assert_eq!(verify_raw(&algorithm, &spki, b"text", &signature), Err(VerifyError::BadSignature));
            assert!(verify_raw(&SignatureAlgorithm::Ed448, &spki, b"text", &signature).is_err());
        }};
    }
    check!(MlDsa44);
    check!(MlDsa65);
    check!(MlDsa87);
}

#[test]
fn requests() {
    let f = Folder::new();
    let csr = "req -new -key k.pem -subj /C=KR/O=Firma/CN=shop.example.kr -addext subjectAltName=DNS:shop.example.kr,DNS:www.example.kr,IP:192.0.2.1 -outform DER";
    for line in [
        "genrsa -out k.pem 2048",
        "ecparam -name brainpoolP256r1 -genkey -noout -out k.pem",
        "genpkey -algorithm ED448 -out k.pem",
    ] {
        f.openssl(line);
        let der = f.openssl(csr);
        let request = Request::from_der(&der).unwrap();
        assert_eq!(request.verify(&RustVerifier), Ok(()), "{line}");
        assert_eq!(request.dns_names().collect::<Vec<_>>(), ["shop.example.kr", "www.example.kr"]);
        assert!(request.subject.to_string().contains("shop.example.kr"));
        assert!(!request.has_challenge_password() && request.lints.is_empty());
        let mut spoilt = der.clone();
        let at = spoilt.windows(4).position(|w| w == b"shop").unwrap();
        spoilt[at] = b'S';
        assert_eq!(Request::from_der(&spoilt).unwrap().verify(&RustVerifier), Err(VerifyError::BadSignature));
        assert!(Request::from_der(&der[..der.len() - 9]).unwrap_err().truncated());
    }
}
