//! Requests on a certificate's word: issuers, OCSP and lists, and everything that such a word may not bring about.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;
use common::*;
use rcgen::{PublicKeyData, SigningKey};
use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::{
    io::{Read, Write},
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};
use tlsdiag_collect::{Probe, Settings};
use tlsdiag_model::{
    Addr, Ask, Case, CertId, Endpoint, Host, Sight, Sink, Source, Vantage, Why,
    facts::{FetchEnd, Revocation, RevocationAnswer, Staple, Trial, Via},
};
use tlsdiag_pki::{
    Certificate, Hash, SignatureAlgorithm,
    make::{self, CertificateMaker, CrlMaker, Extension, OcspMaker, RevokedEntry, Signer},
    ocsp::OcspAnswer,
    oid,
    revocation::RevocationReason,
};

const NOW: i64 = 1_790_000_000;

struct Key(rcgen::KeyPair);

impl Key {
    fn new() -> Key {
        Key(rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap())
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        make::ec_spki(oid::P256, self.0.der_bytes())
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, _: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        SigningKey::sign(&self.0, message).unwrap()
    }
}

/// A root, a leaf below it with some extensions, and their keys.
struct Family {
    root: Certificate,
    root_key: Key,
    leaf: Certificate,
    leaf_key: Key,
}

fn family(more: &[Extension]) -> Family {
    let (root_key, leaf_key) = (Key::new(), Key::new());
    let root = Certificate::from_der(&CertificateMaker::root("Test Root", &root_key, NOW).sign(&root_key)).unwrap();
    let leaf = CertificateMaker::leaf(&[SITE], &leaf_key, &root, NOW);
    let leaf = more.iter().cloned().fold(leaf, CertificateMaker::set).sign(&root_key);
    Family { leaf: Certificate::from_der(&leaf).unwrap(), root, root_key, leaf_key }
}

/// A probe that has looked at nothing yet, and a certificate in its case.
struct Desk {
    probe: Probe,
    sink: Sink,
    cert: CertId,
    issuer: CertId,
}

fn desk(f: &Family) -> Desk {
    let sink = Sink::new(Case::here("here"));
    let (cert, issuer) = sink.with(|c| (c.certificate(&f.leaf.der), c.certificate(&f.root.der)));
    let s = Settings { now: Arc::new(|| NOW * 1000), timeout: Duration::from_millis(1500), ..settings() };
    Desk { probe: Probe::new(s).unwrap(), sink, cert, issuer }
}

/// An endpoint at an address; nobody connects to it here.
fn sent_by(sink: &Sink, addr: &str) -> Endpoint {
    let host: Host = sink.with(|c| c.host(addr, Vantage::Outside));
    Endpoint { host, addr: Addr::Is(addr.parse().unwrap()), port: 443, name: Some(SITE.into()) }
}

impl Desk {
    fn fetch_for(&mut self, url: &str, addr: &str) -> FetchEnd {
        let to = sent_by(&self.sink, addr);
        self.probe.answer(&[Ask::Fetch { url: url.to_owned(), cert: self.cert, to: Some(to) }], &self.sink);
        self.sink.snapshot().fetches.last().unwrap().what.end.clone()
    }
    fn fetch(&mut self, url: &str) -> FetchEnd {
        self.fetch_for(url, "127.0.0.1")
    }
    fn revocation(&mut self) -> Vec<Revocation> {
        let to = sent_by(&self.sink, "127.0.0.1");
        self.probe.answer(&[Ask::Revocation { cert: self.cert, issuer: self.issuer, to: Some(to) }], &self.sink);
        self.sink.snapshot().revocations.into_iter().map(|r| r.what).collect()
    }
}

fn ok(body: &[u8]) -> Vec<u8> {
    let mut out = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n", body.len()).into_bytes();
    out.extend(body);
    out
}

#[test]
fn an_issuer_is_fetched() {
    let f = family(&[]);
    let (der, chunked) = (f.root.der.clone(), f.root.der.clone());
    let at = http(move |path| match path {
        "/ca.der" => ok(&der),
        "/chunked" => {
            let (a, b) = chunked.split_at(100);
            let mut out = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n".to_vec();
            for piece in [a, b, &[]] {
                out.extend(format!("{:x}\r\n", piece.len()).bytes().chain(piece.iter().copied()).chain(*b"\r\n"));
            }
            out
        }
        "/moved" => b"HTTP/1.1 302 Found\r\nLocation: /ca.der\r\nContent-Length: 0\r\n\r\n".to_vec(),
        _ => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
    });
    let mut d = desk(&f);
    let issuer = d.issuer;
    for path in ["ca.der", "chunked", "moved"] {
        assert_eq!(d.fetch(&format!("http://{at}/{path}")), FetchEnd::Certs(vec![issuer]), "{path}");
    }
    assert_eq!(d.fetch(&format!("http://{at}/none")), FetchEnd::Status(404));
    assert_eq!(d.probe.connections(), 0, "counted apart from the target");
    // Four and no more.
    let to = sent_by(&d.sink, "127.0.0.1");
    let ask = Ask::Fetch { url: format!("http://{at}/ca.der"), cert: d.cert, to: Some(to) };
    assert_eq!(d.probe.offers(&ask), None);
    assert_eq!(d.fetch(&format!("http://{at}/ca.der")), FetchEnd::Failed(Why::OverBudget));
}

#[test]
fn what_a_certificates_word_may_not_bring_about() {
    let f = family(&[]);
    let came = Arc::new(AtomicU32::new(0));
    let counter = Arc::clone(&came);
    let at = http(move |path| {
        counter.fetch_add(1, Ordering::SeqCst);
        let moved =
            |to: &str| format!("HTTP/1.1 302 Found\r\nLocation: {to}\r\nContent-Length: 0\r\n\r\n").into_bytes();
        match path {
            "/https" => moved("https://127.0.0.1/ca.der"),
            "/file" => moved("file:///etc/hosts"),
            "/port" => moved("http://127.0.0.1:22/"),
            "/round" => moved("/round"),
            "/large" => ok(&[0x30; 70_000]),
            "/lies" => b"HTTP/1.1 200 OK\r\nContent-Length: 4000000000\r\n\r\n0".to_vec(),
            "/endless" => [b"HTTP/1.1 200 OK\r\n\r\n".to_vec(), vec![0x30; 900_000]].concat(),
            _ => ok(b"<html>not found</html>"),
        }
    });
    let refused = FetchEnd::Failed(Why::AddressRefused);
    // A public site's certificate does not lead inside, and nobody is asked.
    assert_eq!(desk(&f).fetch_for(&format!("http://{at}/ca.der"), "203.0.113.5"), refused);
    for url in
        ["https://127.0.0.1/ca.der", "ldap://127.0.0.1/cn=x", "http://127.0.0.1:25/", "http://u:p@127.0.0.1/", "x"]
    {
        assert_eq!(desk(&f).fetch(url), refused, "{url}");
    }
    assert_eq!(came.load(Ordering::SeqCst), 0);
    for path in ["https", "file", "port"] {
        assert_eq!(desk(&f).fetch(&format!("http://{at}/{path}")), refused, "{path}");
    }
    assert_eq!(came.swap(0, Ordering::SeqCst), 3);
    assert!(matches!(desk(&f).fetch(&format!("http://{at}/round")), FetchEnd::Failed(Why::Said(_))));
    assert_eq!(came.load(Ordering::SeqCst), 3, "the URL and two redirects");
    for path in ["large", "lies", "endless"] {
        let end = desk(&f).fetch(&format!("http://{at}/{path}"));
        assert!(matches!(end, FetchEnd::Failed(Why::OverCap { .. })), "{path}: {end:?}");
    }
    assert_eq!(desk(&f).fetch(&format!("http://{at}/html")), FetchEnd::NotCertificates);
    // Nobody there, and somebody who says nothing.
    let closed = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap();
    assert!(matches!(desk(&f).fetch(&format!("http://{closed}/")), FetchEnd::Failed(Why::Said(_))));
    let silent = serve(|mut s, _| {
        let _ = s.read(&mut [0; 4096]);
        std::thread::sleep(Duration::from_secs(4));
    });
    let started = Instant::now();
    assert!(matches!(desk(&f).fetch(&format!("http://{silent}/")), FetchEnd::Failed(Why::TimedOut { .. })));
    assert!(started.elapsed() < Duration::from_secs(3));
}

/// The certificate must name the responder before it is there: its port is found first.
fn named(at: SocketAddr) -> [Extension; 2] {
    let (ocsp, crl) = (format!("http://{at}/ocsp"), format!("http://{at}/crl"));
    [Extension::authority_info_access(&[], &[&ocsp]), Extension::crl_distribution_points(&[&crl])]
}

#[test]
fn revocation_by_ocsp_and_by_list() {
    // The responder answers with what is put here once the certificates exist.
    let answers: Arc<std::sync::Mutex<(Vec<u8>, Vec<u8>)>> = Arc::default();
    let given = Arc::clone(&answers);
    let at = serve(move |mut s, _| {
        let Some(head) = request(&mut s) else { return };
        let (ocsp, crl) = given.lock().unwrap().clone();
        if head.starts_with("POST") {
            assert!(head.contains("Content-Type: application/ocsp-request"));
            let n: usize =
                head.split("Content-Length: ").nth(1).unwrap().split("\r\n").next().unwrap().parse().unwrap();
            let mut body = vec![0; n];
            s.read_exact(&mut body).unwrap();
            assert_eq!(body[0], 0x30);
            let _ = s.write_all(&ok(&ocsp));
        } else {
            let _ = s.write_all(&ok(&crl));
        }
    });
    let f = family(&named(at));
    let ocsp = |answer| OcspMaker::new(&f.leaf, &f.root, answer, NOW);
    let set = |o: Vec<u8>, c: Vec<u8>| *answers.lock().unwrap() = (o, c);

    set(ocsp(OcspAnswer::Good).sign(&f.root_key), vec![]);
    let r = desk(&f).revocation();
    assert_eq!((r.len(), r[0].via, &r[0].answer), (1, Via::Ocsp, &RevocationAnswer::Good));
    assert_eq!(r[0].url.as_deref(), Some(format!("http://{at}/ocsp").as_str()));

    let bad = OcspAnswer::Revoked { at: NOW - 99, reason: Some(RevocationReason(1)) };
    set(ocsp(bad).sign(&f.root_key), vec![]);
    let r = desk(&f).revocation();
    assert_eq!(r[0].answer, RevocationAnswer::Revoked { at: (NOW - 99) * 1000, reason: Some(1) });

    // A signature of somebody else's is worth nothing; the list decides.
    let mut list = CrlMaker::new(&f.root, NOW);
    set(ocsp(OcspAnswer::Good).sign(&f.leaf_key), list.sign(&f.root_key));
    let r = desk(&f).revocation();
    assert!(matches!(&r[0].answer, RevocationAnswer::Unusable(_)), "{r:?}");
    assert_eq!((r[1].via, &r[1].answer), (Via::Crl, &RevocationAnswer::Good));

    list.revoked.push(RevokedEntry { serial: f.leaf.serial.to_vec(), at: NOW - 5, reason: None });
    set(make::ocsp_error(3), list.sign(&f.root_key));
    let r = desk(&f).revocation();
    assert_eq!(r[0].answer, RevocationAnswer::Unavailable(Why::Said("tryLater".into())));
    assert_eq!(r[1].answer, RevocationAnswer::Revoked { at: (NOW - 5) * 1000, reason: None });

    set(b"<html>".to_vec(), b"<html>".to_vec());
    let r = desk(&f).revocation();
    assert!(r.iter().all(|r| matches!(&r.answer, RevocationAnswer::Unusable(w) if w.starts_with("not "))), "{r:?}");

    let r = desk(&family(&[])).revocation();
    assert!(r.len() == 2 && r.iter().all(|r| r.answer == RevocationAnswer::NotOffered));
}

#[derive(Debug)]
struct Serving(Arc<CertifiedKey>);
impl ResolvesServerCert for Serving {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[test]
fn a_staple_is_read_in_both_versions() {
    for version in [&TLS12, &TLS13] {
        let f = family(&[]);
        let key = rustls::pki_types::PrivateKeyDer::try_from(f.leaf_key.0.serialize_der()).unwrap();
        let chain = vec![f.leaf.der.to_vec().into(), f.root.der.to_vec().into()];
        let mut served = CertifiedKey::new(chain, provider().key_provider.load_private_key(key).unwrap());
        served.ocsp = Some(OcspMaker::new(&f.leaf, &f.root, OcspAnswer::Good, NOW).sign(&f.root_key));
        let c = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Serving(Arc::new(served))));
        let at = https(c, |_, _| OK.to_owned());
        let l = look(at, Settings { now: Arc::new(|| NOW * 1000), ..settings() });
        assert_eq!(l.shake(Trial::Full).staple, Sight::Saw(Staple::Sent));
        if std::ptr::eq(version, &TLS12) {
            assert_eq!(l.shake(Trial::Base).staple, Sight::Saw(Staple::Sent));
        }
        let case = l.case();
        assert_eq!(case.revocations.len(), 1, "told once");
        let r = &case.revocations[0].what;
        assert_eq!(
            (r.via, &r.answer, r.stapled_by),
            (Via::Staple, &RevocationAnswer::Good, Some((at.ip(), at.port())))
        );
        assert_eq!(case.holdings.len(), 2);
    }
}

#[test]
fn anchors_of_a_file_and_of_this_machine() {
    let f = family(&[]);
    let mut pem = f.root.to_pem().into_bytes();
    pem.extend(b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
    let at = https(rustls_config(), |_, _| OK.to_owned());
    let s = Settings { ca_file: Some(pem), machine_anchors: true, ..settings() };
    let case = look(at, s).case();
    use tlsdiag_model::{Cover, Kind, facts::Set};
    let file = case.anchors.iter().find(|a| a.what.set == Set::File).unwrap();
    assert_eq!(file.what.certs, [CertId::of(&f.root.der)]);
    assert!(case.anchors.iter().any(|a| a.what.set == Set::Machine));
    let partial = |s: &&tlsdiag_model::Survey| s.kind == Kind::Anchors && matches!(s.cover, Cover::Partial(_));
    assert!(case.surveys.iter().any(|s| partial(&s)), "the damaged block is told");
}

fn rustls_config() -> ServerConfig {
    config(&[&TLS13], &[])
}
