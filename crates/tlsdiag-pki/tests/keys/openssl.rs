//! Every kind of key in every form that openssl writes: kind, public key and faults, and no secret in any output.
use crate::support::*;
use tlsdiag_pki::PrivateKey;
use tlsdiag_pki::key::PublicKey;
use tlsdiag_pki::pem;
use tlsdiag_pki::private::{Form, PrivateKeyError};
use tlsdiag_pki::secret::{Scheme, SecretError};

/// No output of a key, nor of the block it came from, holds eight octets of its secret.
fn assert_silent(key: &PrivateKey, block: &pem::Block<'_>) {
    let hex = |bytes: &[u8]| bytes.iter().map(|b| format!("{b:02x}")).collect::<String>();
    let shown = format!("{key:?} {key} {block:?} {:?}", key.faults).to_lowercase();
    let digits: String = shown.chars().filter(char::is_ascii_hexdigit).collect();
    for window in key.to_pkcs8_der().windows(8) {
        assert!(!digits.contains(&hex(window)), "{shown}");
    }
    for line in key.to_pkcs8_pem().lines().filter(|l| !l.starts_with('-')) {
        assert!(!shown.contains(&line.to_lowercase()));
    }
}

#[test]
fn every_kind_in_pkcs8_and_its_own_form() {
    let f = Folder::new();
    let mut made = 0;
    for (kind, line) in kinds() {
        let words: Vec<&str> = line.split_whitespace().collect();
        let pem = match f.try_openssl(&words) {
            Ok(pem) => pem,
            // Only a few curves of the list have no key in this openssl.
            Err(e) => {
                assert!(line.contains("wtls") || line.contains("SM2") || line.contains("secp112r2"), "{line}: {e}");
                continue;
            }
        };
        f.write("key.pem", &pem);
        let block = first(&pem);
        let key = key_of(&pem, &[]).unwrap_or_else(|e| panic!("{line}: {e}"));
        let shown = key.kind.to_string();
        assert!(shown == kind || kind.contains("wtls") || shown == "P-256" && kind == "prime256v1", "{line}: {shown}");
        assert_eq!(key.form, Form::Pkcs8, "{line}");
        let odd = key.faults.iter().filter(|f| f.breaks()).count();
        assert_eq!(odd, 0, "{line}: {:?}", key.faults);
        assert_eq!(key.faults.is_empty(), !line.contains("primes:3"), "{line}: {:?}", key.faults);
        let spki = f.openssl("pkey -in key.pem -pubout -outform DER");
        let public = PublicKey::from_der(&spki).unwrap();
        let computed = key.public().unwrap_or_else(|| panic!("{line}: no public key"));
        assert!(computed.same_key(&public), "{line}");
        assert_eq!(computed.spki, public.spki, "{line}");
        assert_silent(&key, &block);

        // The form of before PKCS#8, where there is one, and without the stored public key.
        if let Ok(der) = f.try_openssl(&["pkey", "-in", "key.pem", "-traditional", "-outform", "DER"]) {
            let old = PrivateKey::from_der(&der, &mut words_of(&[]), &limits()).unwrap();
            assert!(old.public().unwrap().same_key(&public), "{line}");
            let again = PrivateKey::from_der(&old.to_pkcs8_der(), &mut words_of(&[]), &limits()).unwrap();
            assert_eq!(again.form, Form::Pkcs8);
            assert!(again.public().unwrap().same_key(&public), "{line}");
        }
        if line.contains("ec_paramgen") {
            let bare = f.openssl("ec -in key.pem -no_public");
            let bare = key_of(&bare, &[]).unwrap();
            assert!(bare.form == Form::Sec1 && bare.public().unwrap().same_key(&public), "{line}");
            let short = f.openssl("ec -in key.pem -conv_form compressed -pubout -outform DER");
            assert!(computed.same_key(&PublicKey::from_der(&short).unwrap()), "{line} compressed");
        }
        made += 1;
    }
    assert!(made > 70, "{made} kinds were made");
}

fn words_of(list: &[&str]) -> Vec<tlsdiag_pki::secret::Password> {
    words(list)
}

#[test]
fn dsa_keys() {
    let f = Folder::new();
    f.openssl(
        "genpkey -genparam -algorithm DSA -pkeyopt dsa_paramgen_bits:1024 -pkeyopt dsa_paramgen_q_bits:160 -out p.pem",
    );
    f.openssl("genpkey -paramfile p.pem -out key.pem");
    let public = PublicKey::from_der(&f.openssl("pkey -in key.pem -pubout -outform DER")).unwrap();
    let key = key_of(&f.read("key.pem"), &[]).unwrap();
    assert_eq!(key.kind.to_string(), "DSA 1024");
    assert_eq!((key.public(), key.faults.len()), (Some(&public), 0));
    let old = key_of(&f.openssl("pkey -in key.pem -traditional"), &[]).unwrap();
    assert_eq!((old.form.clone(), old.public(), old.faults.len()), (Form::Dsa, Some(&public), 0));
    assert_silent(&old, &first(&f.read("key.pem")));
}

#[test]
fn encrypted_keys_and_the_three_errors() {
    let f = Folder::new();
    f.openssl("genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out key.pem");
    let plain = key_of(&f.read("key.pem"), &[]).unwrap();
    // OpenSSL's headers; the providers of this openssl hold no DES or RC2 without the legacy one.
    for cipher in
        ["aes-128-cbc", "aes-192-cbc", "aes-256-cbc", "des-ede3-cbc", "des-ede-cbc", "camellia-192-cbc", "aria-256-cbc"]
    {
        let pem = f.openssl(&format!("pkey -in key.pem -traditional -{cipher} -passout pass:Geheim1"));
        let block = first(&pem);
        let key = key_of(&pem, &["nein", "Geheim1"]).unwrap_or_else(|e| panic!("{cipher}: {e}"));
        assert!(
            matches!(&key.form, Form::Traditional { inner, cipher: c }
            if **inner == Form::Sec1 && c.eq_ignore_ascii_case(cipher)),
            "{:?}",
            key.form
        );
        assert_eq!(key.public(), plain.public());
        assert_eq!(key_of(&pem, &[]).unwrap_err(), PrivateKeyError::Secret(SecretError::NoPassword), "{cipher}");
        assert_eq!(key_of(&pem, &["nein"]).unwrap_err(), PrivateKeyError::Secret(SecretError::WrongPassword));
        assert!(!format!("{key:?}{block:?}").contains("Geheim1"));
        // The empty line behind the headers went astray: we read it, and know who does not.
        let joined = String::from_utf8_lossy(&pem).replace("\n\n", "\n");
        let block = first(joined.as_bytes());
        assert!(block.oddities == [pem::Oddity::NoLineAfterHeaders] && key_of(joined.as_bytes(), &["Geheim1"]).is_ok());
        f.write("joined.pem", &joined);
        assert!(f.try_openssl(&["pkey", "-in", "joined.pem", "-passin", "pass:Geheim1", "-noout"]).is_err());
    }
    for cipher in ["des-cbc", "rc2-cbc", "rc2-40-cbc", "rc2-64-cbc"] {
        let line =
            format!("pkey -provider legacy -provider default -in key.pem -traditional -{cipher} -passout pass:Geheim1");
        let pem = f.openssl(&line);
        let key = key_of(&pem, &["Geheim1"]).unwrap_or_else(|e| panic!("{cipher}: {e}"));
        assert_eq!(key.public(), plain.public(), "{cipher}");
    }
    for cipher in ["aes-256-cfb", "seed-cbc", "bf-cbc", "cast5-cbc"] {
        let line =
            format!("pkey -provider legacy -provider default -in key.pem -traditional -{cipher} -passout pass:Geheim1");
        let pem = f.openssl(&line);
        let error = key_of(&pem, &["Geheim1"]).unwrap_err();
        assert!(
            matches!(&error, PrivateKeyError::Secret(SecretError::Unsupported { algorithm })
            if algorithm.eq_ignore_ascii_case(cipher)),
            "{error}"
        );
    }
    for (scheme, named) in [
        ("-v2 aes256", "AES-256"),
        ("-v2 aes-128-cbc -v2prf hmacWithSHA512", "AES-128"),
        ("-scrypt", "scrypt"),
        ("-v1 PBE-SHA1-3DES", "3DES"),
    ] {
        let pem = f.openssl(&format!("pkcs8 -topk8 -in key.pem {scheme} -passout pass:Geheim1"));
        let key = key_of(&pem, &["Geheim1"]).unwrap_or_else(|e| panic!("{scheme}: {e}"));
        assert!(matches!(&key.form, Form::Pkcs8Encrypted(_)) && key.form.to_string().contains(named), "{}", key.form);
        assert_eq!((key.public(), key.faults.len()), (plain.public(), 0));
        assert_eq!(key_of(&pem, &[]).unwrap_err(), PrivateKeyError::Secret(SecretError::NoPassword));
        assert_eq!(key_of(&pem, &["a", "b"]).unwrap_err(), PrivateKeyError::Secret(SecretError::WrongPassword));
    }
}

#[test]
fn what_we_write_openssl_reads() {
    let f = Folder::new();
    for (i, line) in [
        "genpkey -algorithm ED448",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp256k1",
        "genrsa -traditional 2048",
    ]
    .iter()
    .enumerate()
    {
        let key = key_of(&f.openssl(line), &[]).unwrap();
        f.write("plain.pem", key.to_pkcs8_pem().as_bytes());
        let scheme = Scheme::aes256_sha256([i as u8; 16], [7; 16], 2_048);
        f.write("locked.pem", key.to_encrypted_pem(&scheme, &tlsdiag_pki::secret::Password::new("ä b")).unwrap());
        let plain = f.openssl("pkey -in plain.pem -pubout -outform DER");
        assert_eq!(plain, *key.public().unwrap().spki);
        let locked = f.try_openssl(&["pkey", "-in", "locked.pem", "-pubout", "-outform", "DER", "-passin", "pass:ä b"]);
        assert_eq!(locked.unwrap(), plain);
    }
}

#[test]
fn a_key_and_its_certificate() {
    let f = Folder::new();
    f.openssl("req -x509 -newkey rsa:2048 -nodes -keyout a.key -out a.crt -subj /CN=a -days 30");
    f.openssl("req -x509 -newkey rsa:2048 -nodes -keyout b.key -out b.crt -subj /CN=b -days 30");
    f.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-384 -nodes -keyout c.key -out c.crt -subj /CN=c -days 30",
    );
    let cert = |name: &str| tlsdiag_pki::read_certificates(&f.read(name)).remove(0).unwrap();
    let key = |name: &str| key_of(&f.read(name), &[]).unwrap();
    assert!(key("a.key").matches(&cert("a.crt")) && key("c.key").matches(&cert("c.crt")));
    use tlsdiag_pki::private::Mismatch;
    assert_eq!(key("a.key").mismatch(&cert("b.crt")), Some(Mismatch::OtherKey));
    let other = key("c.key").mismatch(&cert("a.crt")).unwrap();
    assert_eq!(other.to_string(), "the key is P-384, the certificate is for RSA 2048");
    // A key with written-out parameters is the same key.
    let explicit = f.openssl("ec -in c.key -param_enc explicit");
    assert!(key_of(&explicit, &[]).unwrap().matches(&cert("c.crt")));
}
