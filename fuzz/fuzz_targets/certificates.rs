//! Everything in tlsdiag-pki that reads octets from outside: certificates in any container, CRLs, OCSP responses, and
//! path building over what was read. Seeds: `cargo run -p tlsdiag-pki --example certificate_seeds -- fuzz/corpus/certificates`.
#![no_main]

use libfuzzer_sys::fuzz_target;
use std::sync::Arc;
use tlsdiag_pki::{
    AnchorSet, Certificate, Host, Limits, Purpose, Question, RustVerifier, crl, fullchain_pem, mozilla, names, ocsp,
    paths, read_certificates,
};

/// 2026-11-24T00:00:00Z
const NOW: i64 = 1_795_478_400;

fuzz_target!(|data: &[u8]| {
    let certificates: Vec<Arc<Certificate>> = read_certificates(data).into_iter().flatten().take(8).collect();
    let (own, _) = AnchorSet::from_bytes("own", data);
    let (Some(leaf), Some(last)) = (certificates.first(), certificates.last()) else {
        // Not a certificate: then perhaps an answer about one.
        if let Some(issuer) = mozilla().iter().next().and_then(|a| a.certificate()) {
            let _ = ocsp::check(data, issuer, issuer, NOW, &RustVerifier);
            let _ = crl::check(data, issuer, issuer, NOW, &RustVerifier);
        }
        return;
    };
    for c in &certificates {
        // What was read reads back the same.
        let again = Certificate::from_der(&c.der).expect("a certificate that was read reads again");
        assert_eq!(again.id, c.id);
        assert!(c.der.len() >= c.tbs().len() + c.signature().len());
        let _ = (c.subject.to_string(), c.to_pem(), ocsp::request(c, last, None));
    }
    for host in ["shop.example.kr", "192.0.2.1"] {
        let host = Host::parse(host).expect("a host");
        let _ = names::covers(leaf, &host);
        let search = paths(&Question {
            leaf,
            sent: &certificates,
            extra: &[],
            anchors: &[&own, mozilla()],
            time: NOW,
            purpose: Purpose::ServerAuth,
            host: Some(&host),
            verifier: &RustVerifier,
            limits: Limits::default(),
        });
        let best = search.best().expect("a leaf alone is a path");
        assert!(best.path.is_valid() == best.leading.is_none());
        let _ = fullchain_pem(best.path);
    }
});
