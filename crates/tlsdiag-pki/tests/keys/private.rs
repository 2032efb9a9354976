//! Keys that are wrong in themselves, and things that are no keys.
use crate::support::*;
use tlsdiag_pki::PrivateKey;
use tlsdiag_pki::curve::Explicit;
use tlsdiag_pki::der::{Reader, Tag};
use tlsdiag_pki::oid;
use tlsdiag_pki::private::{KeyFault, NotPrivate, OtherFormat, PrivateKeyError};
use tlsdiag_pki::writer;

fn read(der: &[u8]) -> PrivateKey {
    PrivateKey::from_der(der, &mut words(&[]), &limits()).unwrap()
}

/// The INTEGERs of a PKCS#1 key, and a key of such.
fn numbers(pkcs1: &[u8]) -> Vec<Vec<u8>> {
    let outer = Reader::new(pkcs1).read("key").unwrap();
    outer.reader().elements("number").map(|n| n.unwrap().content.to_vec()).collect()
}

fn pkcs1(numbers: &[Vec<u8>]) -> Vec<u8> {
    writer::sequence(&numbers.iter().map(|n| writer::integer(n)).collect::<Vec<_>>())
}

#[test]
fn rsa_numbers_that_do_not_fit() {
    let f = Folder::new();
    f.openssl("genrsa -out a.pem 1024");
    f.openssl("genrsa -out b.pem 1024");
    let good = numbers(&f.openssl("rsa -in a.pem -traditional -outform DER"));
    let other = numbers(&f.openssl("rsa -in b.pem -traditional -outform DER"));
    assert_eq!(read(&pkcs1(&good)).faults, []);
    let swapped = |i: usize| {
        let mut n = good.clone();
        n[i] = other[i].clone();
        read(&pkcs1(&n)).faults
    };
    assert_eq!(swapped(1), [KeyFault::ModulusNotProduct]);
    assert_eq!(swapped(4), [KeyFault::ModulusNotProduct]);
    let mut d = swapped(3);
    d.sort_by_key(|f| f.to_string());
    assert!(d.contains(&KeyFault::ExponentsDoNotFit) && d.contains(&KeyFault::CrtPart("exponent1")), "{d:?}");
    assert_eq!(swapped(6), [KeyFault::CrtPart("exponent1")]);
    assert_eq!(swapped(7), [KeyFault::CrtPart("exponent2")]);
    assert_eq!(swapped(8), [KeyFault::CrtPart("coefficient")]);
    // A leading zero forgotten, and parts for the Chinese remainder left out.
    let mut n = good.clone();
    n[1].remove(0);
    assert!(read(&pkcs1(&n)).faults.contains(&KeyFault::Negative("modulus")));
    let mut n = good.clone();
    for part in &mut n[4..] {
        *part = vec![0];
    }
    let faults = read(&pkcs1(&n)).faults;
    assert_eq!(faults.len(), 5);
    assert!(faults.contains(&KeyFault::PartMissing("prime1")));
    // Trailing octets are odd, no more.
    let key = read(&[pkcs1(&good), vec![0, 0]].concat());
    assert_eq!(key.faults, [KeyFault::TrailingOctets(2)]);
    assert!(!key.is_broken() && key.public().is_some());
}

#[test]
fn points_that_do_not_fit() {
    let curve = tlsdiag_pki::curve::NamedCurve::by_name("secp256k1").unwrap();
    let ec = |scalar: &[u8], point: &[u8], inner: Option<&[u8]>| {
        let mut parts = vec![writer::small(1), writer::octets(scalar)];
        parts.extend(inner.map(|id| writer::explicit(0, &writer::oid(id))));
        if !point.is_empty() {
            parts.push(writer::explicit(1, &writer::bit_string(point)));
        }
        let algorithm = writer::sequence(&[writer::oid(oid::EC), writer::oid(curve.oid)]);
        read(&writer::sequence(&[writer::small(0), algorithm, writer::octets(&writer::sequence(&parts))]))
    };
    let one = {
        let mut s = vec![0; 32];
        s[31] = 1;
        s
    };
    let two = {
        let mut s = vec![0; 32];
        s[31] = 2;
        s
    };
    let g = ec(&one, &[], None).public().unwrap().bits.to_vec();
    let g2 = ec(&two, &[], None).public().unwrap().bits.to_vec();
    assert_eq!(ec(&one, &g, None).faults, []);
    assert_eq!(ec(&two, &g, None).faults, [KeyFault::PublicDiffers]);
    assert_eq!(ec(&two, &g2, Some(oid::P256)).faults, [KeyFault::CurvesDiffer]);
    let mut off = g.clone();
    off[40] ^= 1;
    assert_eq!(ec(&one, &off, None).faults, [KeyFault::PublicNotOnCurve]);
    assert_eq!(ec(&[1], &g, None).faults, [KeyFault::ScalarLength { expected: 32, found: 1 }]);
    assert!(ec(&[0; 32], &g, None).faults.contains(&KeyFault::ScalarOutOfRange));
    assert!(ec(&[0xff; 32], &[], None).public().is_none());
}

#[test]
fn written_out_parameters_are_recognised() {
    let f = Folder::new();
    f.openssl("ecparam -name secp224r1 -genkey -noout -param_enc explicit -out a.pem");
    let key = key_of(&f.read("a.pem"), &[]).unwrap();
    assert!(matches!(key.explicit_curve, Some(Explicit::Named(c)) if c.name == "P-224"), "{:?}", key.explicit_curve);
    assert_eq!(key.faults, []);
    // The same with another base point, as the forgeries of CVE-2020-0601 have it.
    let der = key.to_pkcs8_der();
    let at = der.windows(3).position(|w| w == [0x04, 0x39, 0x04]).unwrap();
    let mut forged = der.to_vec();
    forged[at + 20] ^= 1;
    let forged = read(&forged);
    assert!(matches!(forged.explicit_curve, Some(Explicit::OtherGenerator(c)) if c.name == "P-224"));
    assert!(forged.faults.contains(&KeyFault::CurveUnknown));
}

#[test]
fn other_things_are_named() {
    let f = Folder::new();
    f.openssl("req -x509 -newkey ed25519 -nodes -keyout a.key -out a.crt -subj /CN=a -days 30");
    f.openssl("req -new -key a.key -out a.csr -subj /CN=a");
    f.openssl("pkcs12 -export -inkey a.key -in a.crt -out a.p12 -passout pass:x");
    f.openssl("crl2pkcs7 -nocrl -certfile a.crt -outform DER -out a.p7b");
    let error = |der: &[u8]| PrivateKey::from_der(der, &mut words(&[]), &limits()).unwrap_err();
    use NotPrivate as N;
    let not = |n: N| PrivateKeyError::NotPrivate(n);
    assert_eq!(error(&f.openssl("x509 -in a.crt -outform DER")), not(N::Certificate));
    assert_eq!(error(&f.openssl("req -in a.csr -outform DER")), not(N::Request));
    assert_eq!(error(&f.openssl("pkey -in a.key -pubout -outform DER")), not(N::PublicKey));
    assert_eq!(error(&f.read("a.p12")), not(N::Pkcs12));
    assert_eq!(error(&f.read("a.p7b")), not(N::Pkcs7));
    assert_eq!(error(&f.openssl("ecparam -name P-256 -param_enc explicit -outform DER")), not(N::Parameters));
    assert_eq!(key_of(&f.read("a.crt"), &[]).unwrap_err(), not(N::Certificate));
    assert_eq!(key_of(&f.read("a.csr"), &[]).unwrap_err(), not(N::Request));
    let ssh = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n";
    assert_eq!(key_of(ssh.as_bytes(), &[]).unwrap_err(), PrivateKeyError::Other(OtherFormat::OpenSsh));
    let public = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIHh0 me@here\n";
    assert_eq!(key_of(public.as_bytes(), &[]).unwrap_err(), PrivateKeyError::Other(OtherFormat::SshPublic));
    assert_eq!(error(b"PuTTY-User-Key-File-3: ssh-ed25519"), PrivateKeyError::Other(OtherFormat::Putty));
    let cut = error(&f.openssl("pkey -in a.key -outform DER")[..20]);
    assert!(matches!(&cut, PrivateKeyError::Malformed(e) if e.truncated()), "{cut:?}");
}

#[test]
fn a_label_that_lies() {
    let f = Folder::new();
    let pem = String::from_utf8(f.openssl("genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:1024")).unwrap();
    let lying = pem.replace("PRIVATE KEY", "RSA PRIVATE KEY");
    let key = key_of(lying.as_bytes(), &[]).unwrap();
    assert_eq!(key.faults, [KeyFault::Label { label: "RSA PRIVATE KEY".into(), fits: "PRIVATE KEY" }]);
}

#[test]
fn ml_dsa_in_three_forms() {
    use ml_dsa::signature::Keypair as _;
    use tlsdiag_pki::MlDsa;
    use tlsdiag_pki::private::MlDsaForm;
    macro_rules! check {
        ($set:ident) => {{
            let signing = ml_dsa::SigningKey::<ml_dsa::$set>::from_seed(&[7u8; 32].into());
            let public = signing.verifying_key().encode().to_vec();
            #[allow(deprecated)]
            let expanded = signing.expanded_key().to_expanded().to_vec();
            let key = |inner: &[u8]| {
                let algorithm = writer::sequence(&[writer::oid(MlDsa::$set.oid())]);
                read(&writer::sequence(&[writer::small(0), algorithm, writer::octets(inner)]))
            };
            let seed = key(&writer::tlv(Tag::context(0), &[7; 32]));
            assert_eq!((seed.ml_dsa_form, seed.faults.len()), (Some(MlDsaForm::Seed), 0));
            assert_eq!(*seed.public().unwrap().bits, *public);
            let long = key(&writer::octets(&expanded));
            assert_eq!((long.ml_dsa_form, long.faults.len()), (Some(MlDsaForm::Expanded), 0));
            assert_eq!(*long.public().unwrap().bits, *public);
            let both = |seed: u8| key(&writer::sequence(&[writer::octets(&[seed; 32]), writer::octets(&expanded)]));
            assert_eq!((both(7).ml_dsa_form, both(7).faults.len()), (Some(MlDsaForm::Both), 0));
            assert_eq!(both(8).faults, [KeyFault::SeedAndExpandedDiffer]);
            assert_eq!(key(&[7; 32]).faults, [KeyFault::OldMlDsaForm]);
            // Coefficients out of range, and a t0 that is another key's.
            let mut wild = expanded.clone();
            wild[130] = 0xff;
            assert_eq!(key(&writer::octets(&wild)).faults, [KeyFault::ExpandedInconsistent]);
            let mut other = expanded.clone();
            other[70] ^= 1;
            assert_eq!(key(&writer::octets(&other)).faults, [KeyFault::ExpandedInconsistent]);
            assert!(!format!("{seed:?}").contains("0707"));
        }};
    }
    check!(MlDsa44);
    check!(MlDsa65);
    check!(MlDsa87);
}
