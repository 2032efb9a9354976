//! What works is seen as working, by every version and both HTTPs, and costs few connections.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;
use common::*;
use rustls::version::{TLS12, TLS13};
use std::{sync::Arc, thread};
use tlsdiag_model::{
    Ask, How, Kind, Origin, Sight, Source,
    facts::{After, Client, ConnectEnd, End, HttpEnd, HttpVersion, KeyProof, Role, Stage, Staple, Trial, Vary},
};

#[test]
fn tls13_is_seen_whole() {
    let at = https(config(&[&TLS13], &["http/1.1"]), |_, _| OK.to_owned());
    let mut s = settings();
    s.now = Arc::new(|| OK_AT + 60_000);
    let mut l = look(at, s);
    let case = l.case();
    assert_eq!(l.probe.connections(), 2, "one for the base hello, one for the library");
    assert_eq!(case.connects.len(), 1);
    assert_eq!(case.connects[0].what.end, ConnectEnd::Open);
    let base = l.shake(Trial::Base);
    assert_eq!((base.stage, &base.end), (Stage::Flight, &End::Done));
    assert_eq!(base.chain, Sight::Hidden, "encrypted in TLS 1.3");
    let a = base.answered.saw().unwrap();
    assert_eq!((a.version, a.group, a.retried), (0x0304, Some(0x11ec), false));
    assert_eq!(base.offer.client, Client::BrowserLike);
    assert_eq!(base.offer.shares, [0x11ec, 0x001d]);
    assert_eq!(base.offer.versions, [0x0304, 0x0303]);
    assert_eq!(base.offer.alpn, ["h2", "http/1.1"]);
    assert!(base.offer.bytes > 1500, "as long as a browser's: {}", base.offer.bytes);
    let full = l.shake(Trial::Full);
    assert_eq!((full.stage, &full.end), (Stage::Finished, &End::Done));
    assert_eq!(full.proof, Sight::Saw(KeyProof::Good));
    assert_eq!(full.chain.saw().unwrap().len(), 1);
    assert_eq!(full.staple, Sight::Saw(Staple::Absent));
    assert_eq!(full.request, Sight::Saw(None));
    assert_eq!(full.after, Sight::Saw(After::Well));
    assert_eq!(full.offer.client, Client::Library);
    assert!(case.certs.contains_key(&full.leaf().unwrap()));
    let http = &case.http_answers[0].what;
    assert_eq!(http.version, HttpVersion::One);
    assert!(matches!(&http.end, HttpEnd::Status { status: 200, server: Some(s), .. } if s == "t"));
    assert_eq!(case.holdings.len(), 1);
    assert_eq!(case.holdings[0].what.role, Role::Sent);
    assert_eq!(case.holdings[0].what.has_key, Sight::Saw(true));
    let skew = case.skews[0].what.ahead_s;
    assert!((59..=62).contains(&skew), "{skew}");
    // Evidence: which connection, how many bytes, and the first of them.
    let row = case.handshakes.iter().find(|h| h.what.trial == Trial::Base).unwrap();
    let Origin::Probe { number: 1, wire, first } = &row.examples[0] else { panic!("{:?}", row.examples) };
    assert_eq!(wire.sent, base.offer.bytes);
    assert!(wire.got > 1000 && first.len() == 64 && first.starts_with(&[22, 3]));
    assert_eq!(row.how, How::Watched);
    // Nothing is owed: a control and a trial go by themselves, in order of time.
    let after = row.span.last;
    l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::Classic });
    l.ask(Ask::Again { to: l.endpoint(), after });
    assert_eq!(l.shake(Trial::Vary(Vary::Classic)).answered.saw().unwrap().group, Some(0x001d));
    let case = l.case();
    let again = case.handshakes.iter().find(|h| h.what.trial == Trial::Again).unwrap();
    let trial = case.handshakes.iter().find(|h| h.what.trial == Trial::Vary(Vary::Classic)).unwrap();
    assert!(again.span.first >= trial.span.last && again.span.first >= after);
    assert_eq!(again.what.outcome(), base.outcome());
    assert_eq!(l.probe.width(), 1, "a prompt server is asked one thing at a time");
    assert!(case.surveys.iter().any(|s| s.kind == Kind::Connects));
}

#[test]
fn tls12_shows_its_chain_and_its_signature_to_the_base_hello() {
    let at = https(config(&[&TLS12], &["http/1.1"]), |_, _| OK.to_owned());
    let l = look(at, settings());
    let base = l.shake(Trial::Base);
    assert_eq!((base.stage, &base.end), (Stage::Flight, &End::Done));
    assert_eq!(base.proof, Sight::Saw(KeyProof::Good));
    assert_eq!(base.staple, Sight::Saw(Staple::Absent));
    assert_eq!(base.request, Sight::Saw(None));
    let a = base.answered.saw().unwrap();
    assert_eq!((a.version, a.secure_renegotiation, a.extended_master_secret), (0x0303, true, true));
    assert_eq!(a.alpn.as_deref(), Some("http/1.1"));
    let full = l.shake(Trial::Full);
    assert_eq!((full.stage, full.proof.clone()), (Stage::Finished, Sight::Saw(KeyProof::Good)));
    assert_eq!(full.chain, base.chain);
    assert!(matches!(l.case().http_answers[0].what.end, HttpEnd::Status { status: 200, .. }));
}

#[test]
fn http2_alone() {
    let mut c = config(&[&TLS13], &["h2"]);
    c.alpn_protocols = vec![b"h2".to_vec()];
    let acceptor = Arc::new(c);
    let at = serve(move |s, _| {
        let acceptor = Arc::clone(&acceptor);
        s.set_nonblocking(true).unwrap();
        let rt = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        rt.block_on(async move {
            let s = tokio::net::TcpStream::from_std(s).unwrap();
            let Ok(s) = tokio_rustls::TlsAcceptor::from(acceptor).accept(s).await else { return };
            let mut h2 = h2::server::handshake(s).await.unwrap();
            while let Some(Ok((request, mut respond))) = h2.accept().await {
                assert_eq!(request.uri().path(), "/");
                let r = http::Response::builder().status(403).header("server", "two").body(()).unwrap();
                let mut body = respond.send_response(r, false).unwrap();
                body.send_data("<h3>HTTP Error 403.7 - Forbidden</h3>".into(), true).unwrap();
            }
        });
    });
    let l = look(at, settings());
    let http = &l.case().http_answers[0].what;
    assert_eq!(http.version, HttpVersion::Two);
    let HttpEnd::Status { status: 403, server, detail, .. } = &http.end else { panic!("{http:?}") };
    assert_eq!((server.as_deref(), detail.as_deref()), (Some("two"), Some("403.7")));
    assert_eq!(l.shake(Trial::Full).after, Sight::Saw(After::Well));
}

#[test]
fn a_retry_for_another_group_is_answered() {
    let mut p = rustls::crypto::aws_lc_rs::default_provider();
    p.kx_groups = vec![rustls::crypto::aws_lc_rs::kx_group::SECP384R1];
    let (cert, key) = identity();
    let c = rustls::ServerConfig::builder_with_provider(Arc::new(p))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.into()], key)
        .unwrap();
    let at = https(c, |_, _| OK.to_owned());
    let l = look(at, settings());
    for trial in [Trial::Base, Trial::Full] {
        let h = l.shake(trial);
        let a = h.answered.saw().unwrap();
        assert_eq!((&h.end, a.retried, a.group), (&End::Done, true, Some(0x0018)));
        assert!(a.violations.is_empty(), "{:?}", a.violations);
    }
}

#[test]
fn an_address_is_asked_without_a_server_name() {
    let at = https(config(&[&TLS13], &[]), |_, _| OK.to_owned());
    let asked = tlsdiag_collect::target::parse(&format!("127.0.0.1:{}", at.port())).unwrap().asked;
    let mut probe = tlsdiag_collect::Probe::new(settings()).unwrap();
    let sink = tlsdiag_model::Sink::new(tlsdiag_model::Case::here("here"));
    probe.look(&asked, &sink);
    let case = sink.snapshot();
    assert_eq!(case.handshakes.len(), 2);
    assert!(case.handshakes.iter().all(|h| h.what.offer.sni.is_none() && h.what.done()));
    assert!(case.lookups.is_empty() && case.surveys.iter().all(|s| s.kind != Kind::Lookups));
    assert_eq!(case.label(case.handshakes[0].host), "127.0.0.1");
}

#[test]
fn openssl_as_a_real_peer() {
    let dir = tempfile::tempdir().unwrap();
    let c = rcgen::generate_simple_self_signed(vec![SITE.to_owned()]).unwrap();
    let (cert, key) = (dir.path().join("cert.pem"), dir.path().join("key.pem"));
    std::fs::write(&cert, c.cert.pem()).unwrap();
    std::fs::write(&key, c.signing_key.serialize_pem()).unwrap();
    for (version, wire) in [("-tls1_2", 0x0303), ("-tls1_3", 0x0304)] {
        // A port that was free a moment ago.
        let port = std::net::TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap().port();
        let mut server = std::process::Command::new("openssl")
            .args(["s_server", "-quiet", "-www", version, "-accept", &format!("127.0.0.1:{port}")])
            .arg("-cert")
            .arg(&cert)
            .arg("-key")
            .arg(&key)
            .stdin(std::process::Stdio::null())
            .stdout(std::process::Stdio::null())
            .stderr(std::process::Stdio::null())
            .spawn()
            .unwrap();
        let at = (HERE, port).into();
        for _ in 0..100 {
            if std::net::TcpStream::connect(at).is_ok() {
                break;
            }
            thread::sleep(std::time::Duration::from_millis(30));
        }
        let mut l = look(at, settings());
        let base = l.shake(Trial::Base);
        let full = l.shake(Trial::Full);
        l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::Ssl2 });
        l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::Only(0x0302) });
        server.kill().unwrap();
        server.wait().unwrap();
        assert_eq!((&base.end, base.answered.saw().unwrap().version), (&End::Done, wire));
        assert_eq!((&full.end, full.stage), (&End::Done, Stage::Finished));
        assert_eq!(full.proof, Sight::Saw(KeyProof::Good));
        assert!(full.answered.saw().unwrap().secure_renegotiation || wire == 0x0304);
        assert!(matches!(l.case().http_answers[0].what.end, HttpEnd::Status { status: 200, .. }));
        assert_eq!(l.shake(Trial::Vary(Vary::Only(0x0302))).end, End::Alert(70), "protocol_version");
        assert_ne!(l.shake(Trial::Vary(Vary::Ssl2)).end, End::Done);
    }
}
