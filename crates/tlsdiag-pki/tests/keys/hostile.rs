//! Damaged input never panics, hangs or is taken for whole.
use crate::support::*;
use proptest::prelude::*;
use std::sync::LazyLock;
use tlsdiag_pki::PrivateKey;
use tlsdiag_pki::secret::{Limits, Password};

/// Small keys of every kind, and their PEM texts in the clear and encrypted.
static SEEDS: LazyLock<Vec<Vec<u8>>> = LazyLock::new(|| {
    let f = Folder::new();
    let mut out = Vec::new();
    for line in [
        "genpkey -algorithm RSA -pkeyopt rsa_keygen_bits:512",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp160r1",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:secp128r2 -pkeyopt ec_param_enc:explicit",
        "genpkey -algorithm EC -pkeyopt ec_paramgen_curve:sect113r1 -pkeyopt ec_param_enc:explicit",
        "genpkey -algorithm ED25519",
        "genpkey -algorithm ED448",
        "genpkey -algorithm X25519",
        "genpkey -algorithm DH -pkeyopt group:modp_1536",
    ] {
        f.write("k.pem", f.openssl(line));
        out.push(f.openssl("pkey -in k.pem -outform DER"));
        out.push(f.read("k.pem"));
        out.extend(f.try_openssl(&["pkey", "-in", "k.pem", "-traditional", "-outform", "DER"]));
        out.push(f.openssl("pkcs8 -topk8 -in k.pem -iter 1 -passout pass:a"));
        out.extend(f.try_openssl(&["pkey", "-in", "k.pem", "-traditional", "-aes128", "-passout", "pass:a"]));
    }
    out
});

fn look(octets: &[u8]) {
    let limits = Limits { iterations: 1_000, work: 10_000, memory: 1 << 20, ..Limits::default() };
    let mut passwords = vec![Password::new("a")];
    if let Ok(key) = PrivateKey::from_der(octets, &mut passwords, &limits) {
        let _ = (format!("{key:?}"), key.public().map(|p| (p.weaknesses(), p.strength(), p.curve())));
    }
    for block in tlsdiag_pki::pem::blocks(octets) {
        let _ = (format!("{block:?}"), PrivateKey::from_pem(&block, &mut passwords, &limits));
    }
    let _ = tlsdiag_pki::request::Request::from_der(octets);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn mutations(which in any::<prop::sample::Index>(), changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6), cut in any::<prop::sample::Index>(), cuts in any::<bool>()) {
        let mut octets = which.get(&SEEDS).clone();
        for (at, value) in changes {
            let at = at.index(octets.len());
            octets[at] = value;
        }
        if cuts {
            octets.truncate(cut.index(octets.len()));
        }
        look(&octets);
    }

    #[test]
    fn pem_of_anything(octets in prop::collection::vec(any::<u8>(), 0..400), text in "[-— BEGINED\\\\nr\n\r\"':A-Z=]{0,120}") {
        let _ = tlsdiag_pki::pem::blocks(&octets);
        let _ = tlsdiag_pki::pem::blocks(text.as_bytes());
        let framed = format!("-----BEGIN A-----{text}-----END A-----");
        for block in tlsdiag_pki::pem::blocks(framed.as_bytes()) {
            prop_assert!(block.offset < framed.len() && block.line >= 1 && block.end_line >= block.line);
            if let Err(e) = &block.content {
                prop_assert!(e.offset <= framed.len());
            }
        }
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(framed.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        for block in tlsdiag_pki::pem::blocks(&wide) {
            prop_assert!(block.offset < wide.len());
        }
    }

    #[test]
    fn what_is_encoded_is_read_again(der in prop::collection::vec(any::<u8>(), 1..300), label in "[A-Z][A-Z0-9 ]{0,20}[A-Z]", ends in prop::sample::select(vec!["\n", "\r\n", "\r", "\\n", "\\r\\n"])) {
        let text = tlsdiag_pki::pem::encode(&label, &der).replace('\n', ends);
        let found = tlsdiag_pki::pem::blocks(text.as_bytes());
        prop_assert_eq!(found.len(), 1);
        prop_assert_eq!(found[0].label.as_ref(), label.as_str());
        prop_assert_eq!(found[0].content.as_ref().map(|c| c.as_slice()), Ok(der.as_slice()));
    }

    #[test]
    fn thumbprints_of_anything(text in "\\PC{0,200}") {
        let pasted = tlsdiag_pki::thumb::parse(&text);
        prop_assert!(pasted.digits.bytes().all(|b| b.is_ascii_hexdigit()));
        prop_assert!(pasted.oddities.iter().all(|o| text.is_char_boundary(o.at)));
        let none: [tlsdiag_pki::Certificate; 0] = [];
        prop_assert_eq!(tlsdiag_pki::thumb::compare(&pasted, &none), tlsdiag_pki::thumb::Verdict::None);
    }
}

/// Texts that would take minutes if each block or character cost a look at the whole text.
#[test]
fn long_texts_take_linear_time() {
    let n = 20_000;
    let line = "-----BEGIN A-----\\nAQID\\n-----END A-----\\n";
    for text in [
        "-----BEGIN A-----\nAQID\n".repeat(n * 5),
        line.repeat(n * 5),
        "-----BEGIN A-----AQID-----END A-----".repeat(n * 5),
        format!("-----BEGIN A-----\n{}", "\\".repeat(n * 100)),
        "-".repeat(n * 100) + &"END ".repeat(n),
        "\"".repeat(n * 100),
        format!("-----BEGIN A-----\n{}", "A: b\n".repeat(n * 10)),
        "ssh-rsa AAAA\n".repeat(n * 5),
    ] {
        assert!(tlsdiag_pki::pem::blocks(text.as_bytes()).len() <= 10_000);
        let wide: Vec<u8> = [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
        assert!(tlsdiag_pki::pem::blocks(&wide).len() <= 10_000);
    }
}
