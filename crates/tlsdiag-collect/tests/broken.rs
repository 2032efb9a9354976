//! Every way in which a server fails is told from every other, with the evidence that tells it.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod common;
use common::*;
use rustls::{
    ServerConfig,
    server::{ClientHello, ResolvesServerCert, WebPkiClientVerifier},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::{
    io::{Read, Write},
    net::{SocketAddr, TcpListener},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};
use tlsdiag_collect::Settings;
use tlsdiag_model::{
    Ask, Origin, Sight, Source, Why,
    facts::{After, ConnectEnd, End, HttpEnd, KeyProof, Opening, Spoke, Stage, Trial, Vary},
};

/// Reads the hello and does something.
fn after_hello(f: impl Fn(&mut std::net::TcpStream) + Send + Sync + 'static) -> SocketAddr {
    serve(move |mut s, _| {
        let mut b = [0; 4096];
        let _ = s.read(&mut b);
        f(&mut s);
    })
}

#[test]
fn reset_and_close_are_told_apart() {
    let at = after_hello(|s| {
        socket2::SockRef::from(&*s).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let l = look(at, settings());
    let h = l.shake(Trial::Base);
    assert_eq!((&h.end, h.stage), (&End::Reset, Stage::Nothing));
    assert!(l.case().http_answers.is_empty() && l.probe.connections() == 1);

    let at = after_hello(|_| {});
    let h = look(at, settings()).shake(Trial::Base);
    assert_eq!((&h.end, h.stage), (&End::Closed, Stage::Nothing));
    assert_eq!(h.delivered, Sight::Saw(true));
}

#[test]
fn an_alert_is_read_though_the_server_reset_while_we_wrote() {
    // Each hello goes in two pieces; the server answers the first, and resets when the second comes.
    let at = after_hello(|s| {
        s.write_all(&[21, 3, 3, 0, 2, 2, 47]).unwrap();
        thread::sleep(Duration::from_millis(20));
        socket2::SockRef::from(&*s).set_linger(Some(Duration::ZERO)).unwrap();
    });
    let mut l = look(at, settings());
    l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::ClassicSplit });
    assert_eq!(l.shake(Trial::Vary(Vary::ClassicSplit)).end, End::Alert(47));
    // Without an alert the reset is told, though a write heard of it first.
    let at = after_hello(|s| socket2::SockRef::from(&*s).set_linger(Some(Duration::ZERO)).unwrap());
    let mut l = look(at, settings());
    l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::ClassicSplit });
    assert_eq!(l.shake(Trial::Vary(Vary::ClassicSplit)).end, End::Reset);
}

#[test]
fn silence_is_pending_first_and_replaced_in_the_end() {
    let at = after_hello(|_| thread::sleep(Duration::from_secs(3)));
    let started = Instant::now();
    let mut l = look(at, short());
    assert!(started.elapsed() < Duration::from_millis(800), "does not wait for the end of silence");
    let h = l.shake(Trial::Base);
    assert!(h.pending());
    if cfg!(target_os = "linux") {
        assert_eq!(h.delivered, Sight::Saw(true), "the peer's TCP has it all");
    }
    assert!(l.probe.offers(&Ask::Wait(l.endpoint())).is_some());
    assert_eq!(l.probe.width(), 6, "a silent server is asked several things at once");
    // Two more at once: silence is waited for together, not in turn.
    let to = l.endpoint();
    let both = [Vary::Classic, Vary::NoName].map(|vary| Ask::Trial { to: to.clone(), vary });
    l.ask_all(&both);
    // each wait ends with the next end
    while l.probe.offers(&Ask::Wait(to.clone())).is_some() {
        l.ask(Ask::Wait(to.clone()));
    }
    assert!(started.elapsed() < Duration::from_millis(2500));
    for trial in [Trial::Base, Trial::Vary(Vary::Classic), Trial::Vary(Vary::NoName)] {
        let h = l.shake(trial);
        let End::Silent { after_ms } = h.end else { panic!("{h:?}") };
        assert!((800..2000).contains(&after_ms), "{after_ms}");
        assert_eq!(h.stage, Stage::Nothing);
    }
    assert_eq!(l.probe.offers(&Ask::Wait(to)), None);
    let case = l.case();
    let Origin::Probe { wire, .. } = &case.handshakes[0].examples[0] else { panic!() };
    if cfg!(target_os = "linux") {
        assert_eq!(wire.acked, Some(wire.sent));
    }
}

#[test]
fn an_answer_that_comes_late_takes_the_place_of_pending() {
    let at = after_hello(|s| {
        thread::sleep(Duration::from_millis(500));
        s.write_all(&[21, 3, 3, 0, 2, 2, 40]).unwrap();
    });
    let mut l = look(at, short());
    assert!(l.shake(Trial::Base).pending());
    l.ask(Ask::Wait(l.endpoint()));
    assert_eq!(l.shake(Trial::Base).end, End::Alert(40));
}

#[test]
fn alerts_garbage_and_other_protocols() {
    for (answer, end) in [
        (&[21u8, 3, 3, 0, 2, 2, 112][..], End::Alert(112)),
        (b"HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\n<center>The plain HTTP request was sent to HTTPS port</center>", End::NotTls("HTTP".into())),
        (b"220 mail.test ESMTP Postfix\r\n", End::NotTls("SMTP".into())),
        (b"SSH-2.0-OpenSSH_9.2\r\n", End::NotTls("SSH".into())),
    ] {
        let at = after_hello(move |s| s.write_all(answer).unwrap());
        assert_eq!(look(at, settings()).shake(Trial::Base).end, end);
    }
    let at = after_hello(|s| s.write_all(&[22, 3, 3, 0, 4, 14, 0, 0, 9]).unwrap());
    let h = look(at, settings()).shake(Trial::Base);
    assert!(matches!(h.end, End::Closed | End::Garbled(_)) && h.stage == Stage::Partial, "{h:?}");
}

#[test]
fn hostile_servers_cost_bounded_time_and_memory() {
    // A Certificate message of 16 MB: claimed, and not read.
    let at = after_hello(|s| {
        // ServerHello of TLS 1.2 with ECDHE-RSA-AES128-GCM, then the Certificate's header and a first piece.
        let mut hello = vec![2, 0, 0, 38, 3, 3];
        hello.extend([7; 32]);
        hello.extend([0, 0xc0, 0x2f, 0]);
        let mut record = vec![22, 3, 3, 0, u8::try_from(hello.len()).unwrap()];
        record.extend(&hello);
        let _ = s.write_all(&record);
        let mut piece = vec![22, 3, 3, 0x40, 0];
        piece.extend([11, 0xff, 0xff, 0xff]);
        piece.resize(5 + 0x4000, 0);
        for _ in 0..1024 {
            if s.write_all(&piece).is_err() {
                return;
            }
            piece[5..9].fill(0);
        }
    });
    let h = look(at, settings()).shake(Trial::Base);
    assert!(matches!(h.end, End::TooMuch(_)), "{h:?}");
    assert_eq!(h.answered.saw().unwrap().suite, 0xc02f);

    // Endless warnings.
    let at = after_hello(|s| while s.write_all(&[21, 3, 3, 0, 2, 1, 90]).is_ok() {});
    let h = look(at, settings()).shake(Trial::Base);
    assert!(matches!(h.end, End::TooMuch(_)), "{h:?}");

    // A byte now and then.
    let at = after_hello(|s| {
        for b in [22u8, 3, 3, 0x10, 0].into_iter().chain(std::iter::repeat(0)) {
            if s.write_all(&[b]).is_err() {
                return;
            }
            thread::sleep(Duration::from_millis(200));
        }
    });
    let started = Instant::now();
    let mut l = look(at, short());
    l.ask(Ask::Wait(l.endpoint()));
    let h = l.shake(Trial::Base);
    assert!(matches!(h.end, End::Silent { .. }) && h.stage == Stage::Partial, "{h:?}");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
}

#[test]
fn what_speaks_on_the_port_without_tls() {
    let at = serve(|mut s, _| {
        s.write_all(b"220 mail.test ESMTP\r\n").unwrap();
        thread::sleep(Duration::from_millis(300));
    });
    let mut l = look(at, settings());
    assert_eq!(l.shake(Trial::Base).end, End::NotTls("SMTP".into()));
    l.ask(Ask::Talk { to: l.endpoint(), opening: Opening::Listened });
    let case = l.case();
    let Spoke::Other { protocol, greeting } = &case.talks[0].what.spoke else { panic!("{:?}", case.talks) };
    assert_eq!((protocol.as_str(), greeting.as_str()), ("SMTP", "220 mail.test ESMTP"));

    let at = http(|_| b"HTTP/1.1 200 OK\r\nServer: plain\r\n\r\nhello".to_vec());
    let mut l = look(at, settings());
    l.ask(Ask::Talk { to: l.endpoint(), opening: Opening::HttpGet });
    let spoke = l.case().talks[0].what.spoke.clone();
    assert_eq!(spoke, Spoke::Http { status: 200, server: Some("plain".into()), location: None, wants_tls: false });

    let at = after_hello(|_| thread::sleep(Duration::from_secs(3)));
    let mut l = look(at, short());
    l.ask(Ask::Talk { to: l.endpoint(), opening: Opening::HttpGet });
    while l.probe.offers(&Ask::Wait(l.endpoint())).is_some() {
        l.ask(Ask::Wait(l.endpoint()));
    }
    assert!(matches!(l.case().talks[0].what.spoke, Spoke::Silent { .. }));
}

#[test]
fn a_refused_port_is_a_fact_and_not_a_handshake() {
    let at = TcpListener::bind((HERE, 0)).unwrap().local_addr().unwrap();
    let mut l = look(at, settings());
    assert_eq!(l.case().connects[0].what.end, ConnectEnd::Refused);
    assert!(l.case().handshakes.is_empty());
    l.ask(Ask::Connect { host: l.endpoint().host, addr: HERE, port: at.port() });
    assert_eq!(l.case().connects.len(), 2);
    l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::Classic });
    let h = l.shake(Trial::Vary(Vary::Classic));
    assert_eq!((h.end, h.stage), (End::NotConnected, Stage::Unconnected));
}

#[test]
fn one_address_of_several_that_does_not_answer() {
    let at = https(config(&[&TLS13], &["http/1.1"]), |_, _| OK.to_owned());
    // The same port on another address, where the queue of connections is full: the kernel drops every SYN.
    let dead: SocketAddr = (std::net::Ipv4Addr::new(127, 0, 0, 2), at.port()).into();
    let queue = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
    queue.bind(&dead.into()).unwrap();
    queue.listen(0).unwrap();
    let waiting: Vec<_> = (0..4)
        .map(|_| {
            let s = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
            s.set_nonblocking(true).unwrap();
            let _ = s.connect(&dead.into());
            s
        })
        .collect();
    thread::sleep(Duration::from_millis(50));
    let mut asked = tlsdiag_collect::target::parse(&format!("{SITE}:{}", at.port())).unwrap().asked;
    asked.pinned = vec![dead.ip(), at.ip()];
    let mut probe = tlsdiag_collect::Probe::new(short()).unwrap();
    let sink = tlsdiag_model::Sink::new(tlsdiag_model::Case::here("here"));
    probe.look(&asked, &sink);
    let case = sink.snapshot();
    let end = |ip| case.connects.iter().find(|c| c.what.addr == ip).unwrap().what.end.clone();
    assert_eq!(end(at.ip()), ConnectEnd::Open);
    assert!(matches!(end(dead.ip()), ConnectEnd::Silent { after_ms } if after_ms >= 800), "{:?}", case.connects);
    assert!(case.handshakes.iter().all(|h| h.what.addr == at.ip() && h.what.done()));
    assert_eq!(case.handshakes.len(), 2, "the living address is looked at whole");
    drop(waiting);
}

fn wants_client(version: &'static rustls::SupportedProtocolVersion) -> ServerConfig {
    let (cert, key) = identity();
    let ca = rcgen::CertificateParams::new(vec![]).unwrap();
    let mut ca = ca;
    ca.distinguished_name.push(rcgen::DnType::CommonName, "Client CA");
    let ca = ca.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap();
    let mut roots = rustls::RootCertStore::empty();
    roots.add(ca.der().clone()).unwrap();
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build().unwrap();
    ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[version])
        .unwrap()
        .with_client_cert_verifier(verifier)
        .with_single_cert(vec![cert.into()], key)
        .unwrap()
}

#[test]
fn a_client_certificate_that_is_required() {
    // TLS 1.2 refuses within the handshake.
    let l = look(https(wants_client(&TLS12), |_, _| OK.to_owned()), settings());
    let base = l.shake(Trial::Base);
    let named = base.request.saw().unwrap().as_ref().unwrap();
    assert_eq!((named.authorities, named.names.len()), (1, 1));
    assert!(named.names[0].contains("Client CA"), "{named:?}");
    let full = l.shake(Trial::Full);
    assert!(matches!(full.end, End::Alert(_)), "{full:?}");
    assert!(full.request.saw().unwrap().is_some() && full.after == Sight::NotReached);

    // TLS 1.3 refuses after Finished.
    let l = look(https(wants_client(&TLS13), |_, _| OK.to_owned()), settings());
    assert_eq!(l.shake(Trial::Base).request, Sight::Hidden);
    let full = l.shake(Trial::Full);
    assert_eq!((&full.end, full.stage), (&End::Done, Stage::Finished));
    assert!(full.request.saw().unwrap().is_some());
    assert_eq!(full.after, Sight::Saw(After::Alert(116)), "certificate_required");
    assert_eq!(l.case().http_answers[0].what.end, HttpEnd::Alert(116));
}

/// Serves one certificate and signs with another key.
#[derive(Debug)]
struct Wrong(Arc<CertifiedKey>);
impl ResolvesServerCert for Wrong {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[test]
fn a_key_that_is_not_the_certificates() {
    for version in [&TLS12, &TLS13] {
        let (cert, _) = identity();
        let (_, other) = identity();
        let key = provider().key_provider.load_private_key(other).unwrap();
        let c = ServerConfig::builder_with_provider(provider())
            .with_protocol_versions(&[version])
            .unwrap()
            .with_no_client_auth()
            .with_cert_resolver(Arc::new(Wrong(Arc::new(CertifiedKey::new(vec![cert.into()], key)))));
        let l = look(https(c, |_, _| OK.to_owned()), settings());
        let full = l.shake(Trial::Full);
        assert_eq!(full.proof, Sight::Saw(KeyProof::Bad));
        assert_eq!(full.end, End::Refused(51), "decrypt_error, as every client does");
        assert_eq!(full.chain.saw().unwrap().len(), 1);
        assert!(l.case().http_answers.is_empty());
        if std::ptr::eq(version, &TLS12) {
            assert_eq!(l.shake(Trial::Base).proof, Sight::Saw(KeyProof::Bad));
        }
    }
}

#[test]
fn http_that_stays_silent_inside_tls() {
    let config = Arc::new(config(&[&TLS13], &["http/1.1"]));
    let at = serve(move |s, _| {
        let Some(mut s) = tls(s, &config) else { return };
        let _ = request(&mut s);
        thread::sleep(Duration::from_secs(3));
    });
    let l = look(at, short());
    assert!(matches!(l.case().http_answers[0].what.end, HttpEnd::Silent { after_ms } if after_ms >= 800));
    assert_eq!(l.shake(Trial::Full).after, Sight::Saw(After::Well));
}

#[test]
fn a_choice_that_the_library_cannot_go_on_from_is_not_the_servers_fault() {
    // ServerHello of TLS 1.2 with ECDHE-RSA-AES128-CBC-SHA, an empty chain's worth of nothing, ServerHelloDone.
    let at = after_hello(|s| {
        let mut m = vec![2, 0, 0, 38, 3, 3];
        m.extend([7; 32]);
        m.extend([0, 0xc0, 0x13, 0]);
        m.extend([14, 0, 0, 0]);
        let mut record = vec![22, 3, 3, 0, u8::try_from(m.len()).unwrap()];
        record.extend(&m);
        s.write_all(&record).unwrap();
        let _ = s.read(&mut [0; 64]);
    });
    let l = look(at, settings());
    let base = l.shake(Trial::Base);
    assert_eq!((&base.end, base.answered.saw().unwrap().suite), (&End::Done, 0xc013));
    let case = l.case();
    assert!(case.handshakes.iter().all(|h| h.what.trial != Trial::Full));
    assert!(case.surveys.iter().any(|s| s.cover.why() == Some(&Why::ClientCannot)));
    assert!(!base.answered.saw().unwrap().violations.is_empty(), "a flight without what the suite needs");
}

#[test]
fn the_budget_is_hard() {
    let at = after_hello(|_| {});
    let mut l = look(at, Settings { budget: 2, ..settings() });
    l.ask(Ask::Again { to: l.endpoint(), after: 0 });
    assert_eq!((l.probe.connections(), l.probe.offers(&Ask::Handshake(l.endpoint()))), (2, None));
    l.ask(Ask::Trial { to: l.endpoint(), vary: Vary::Classic });
    assert_eq!(l.probe.connections(), 2);
    assert!(l.case().surveys.iter().any(|s| s.cover.why() == Some(&Why::OverBudget)));
}

#[test]
fn offline_asks_nobody_but_the_target() {
    let at = after_hello(|_| ());
    let mut l = look(at, Settings { offline: true, ..settings() });
    assert!(l.probe.connections() > 0 && l.case().handshakes.len() == 1);
    let cert = tlsdiag_model::Fingerprint([7; 32]);
    let fetch = Ask::Fetch { url: "http://127.0.0.1:9/ca.cer".into(), cert, to: Some(l.endpoint()) };
    assert_eq!(l.probe.offers(&fetch), None);
    l.ask(fetch);
    let case = l.case();
    assert!(case.fetches.is_empty() && case.surveys.iter().any(|s| s.cover.why() == Some(&Why::Offline)));
}

#[test]
fn a_stop_is_heard() {
    let at = after_hello(|_| thread::sleep(Duration::from_secs(8)));
    let mut l = look(at, Settings { patience: Duration::from_millis(100), ..settings() });
    let sink = l.sink.clone();
    thread::spawn(move || {
        thread::sleep(Duration::from_millis(200));
        sink.stop();
    });
    let started = Instant::now();
    l.ask(Ask::Wait(l.endpoint()));
    assert!(started.elapsed() < Duration::from_secs(2));
    assert!(l.case().surveys.iter().any(|s| s.cover.why() == Some(&Why::Interrupted)));
    assert!(l.shake(Trial::Base).pending(), "what is known stays");
}
