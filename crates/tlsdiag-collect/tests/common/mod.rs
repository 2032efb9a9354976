//! Small servers on 127.0.0.1, each a thread, and looks at them.
#![allow(dead_code)]
#![allow(unreachable_pub)]
use rustls::{ServerConfig, ServerConnection, StreamOwned, pki_types::PrivateKeyDer};
use std::{
    io::{Read, Write},
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};
use tlsdiag_collect::{Probe, Settings, target};
use tlsdiag_model::{
    Addr, Ask, Case, Endpoint, Name, Sink, Source,
    facts::{Handshake, Trial},
};

pub const SITE: &str = "site.test";
pub const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

/// A listening thread; each connection is served by its own, and told its number from 0.
pub fn serve(f: impl Fn(TcpStream, usize) + Send + Sync + 'static) -> SocketAddr {
    let l = TcpListener::bind((HERE, 0)).unwrap();
    let at = l.local_addr().unwrap();
    let f = Arc::new(f);
    let n = AtomicUsize::new(0);
    thread::spawn(move || {
        for s in l.incoming() {
            let (f, n) = (Arc::clone(&f), n.fetch_add(1, Ordering::SeqCst));
            let Ok(s) = s else { return };
            s.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
            thread::spawn(move || f(s, n));
        }
    });
    at
}

/// A self-signed certificate and its key.
pub fn identity() -> (Vec<u8>, PrivateKeyDer<'static>) {
    let c = rcgen::generate_simple_self_signed(vec![SITE.to_owned()]).unwrap();
    (c.cert.der().to_vec(), PrivateKeyDer::try_from(c.signing_key.serialize_der()).unwrap())
}

pub fn provider() -> Arc<rustls::crypto::CryptoProvider> {
    Arc::new(rustls::crypto::aws_lc_rs::default_provider())
}

pub fn config(versions: &[&'static rustls::SupportedProtocolVersion], alpn: &[&str]) -> ServerConfig {
    let (cert, key) = identity();
    let mut c = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(versions)
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![cert.into()], key)
        .unwrap();
    c.alpn_protocols = alpn.iter().map(|a| a.as_bytes().to_vec()).collect();
    c
}

/// Shakes hands; `None` where that fails.
pub fn tls(s: TcpStream, config: &Arc<ServerConfig>) -> Option<StreamOwned<ServerConnection, TcpStream>> {
    let mut s = StreamOwned::new(ServerConnection::new(Arc::clone(config)).ok()?, s);
    while s.conn.is_handshaking() {
        if s.conn.complete_io(&mut s.sock).is_err() {
            return None;
        }
    }
    Some(s)
}

/// The head of a request.
pub fn request(s: &mut impl Read) -> Option<String> {
    let (mut all, mut b) = (vec![], [0u8; 1]);
    while !all.ends_with(b"\r\n\r\n") {
        match s.read(&mut b) {
            Ok(1) => all.push(b[0]),
            _ => return None,
        }
    }
    String::from_utf8(all).ok()
}

/// An https server that answers every request by `f(path)`.
pub fn https(config: ServerConfig, f: impl Fn(&str, &str) -> String + Send + Sync + 'static) -> SocketAddr {
    let config = Arc::new(config);
    serve(move |s, _| {
        let Some(mut s) = tls(s, &config) else { return };
        let Some(r) = request(&mut s) else { return };
        let path = r.split(' ').nth(1).unwrap_or_default().to_owned();
        let _ = s.write_all(f(&path, &r).as_bytes());
        s.conn.send_close_notify();
        let _ = s.flush();
    })
}

pub fn http(f: impl Fn(&str) -> Vec<u8> + Send + Sync + 'static) -> SocketAddr {
    serve(move |mut s, _| {
        let Some(r) = request(&mut s) else { return };
        let _ = s.write_all(&f(r.split(' ').nth(1).unwrap_or_default()));
    })
}

pub const OK: &str =
    "HTTP/1.1 200 OK\r\nServer: t\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 2\r\n\r\nok";

/// 1994-11-06T08:49:37Z in milliseconds, the `Date` of [`OK`].
pub const OK_AT: i64 = 784_111_777_000;

pub fn settings() -> Settings {
    Settings {
        timeout: Duration::from_secs(5),
        machine_anchors: false,
        seed: Some(7),
        environment: Arc::new(|_| None),
        hosts_file: Some("/nonexistent/hosts".into()),
        dns: Some(vec![]),
        system_lookup: Arc::new(|_| tlsdiag_model::facts::Answer::NoSuchName),
        ..Settings::default()
    }
}

/// Settings for servers that say nothing.
pub fn short() -> Settings {
    Settings { timeout: Duration::from_millis(900), patience: Duration::from_millis(250), ..settings() }
}

pub struct Looked {
    pub probe: Probe,
    pub sink: Sink,
    pub at: SocketAddr,
}

/// A first look at `https://site.test:PORT/`, pinned to the address.
pub fn look(at: SocketAddr, settings: Settings) -> Looked {
    look_path(at, settings, "/")
}

pub fn look_path(at: SocketAddr, settings: Settings, path: &str) -> Looked {
    let mut asked = target::parse(&format!("https://{SITE}:{}{path}", at.port())).unwrap().asked;
    asked.pinned = vec![at.ip()];
    let mut probe = Probe::new(settings).unwrap();
    let sink = Sink::new(Case::here("here"));
    probe.look(&asked, &sink);
    Looked { probe, sink, at }
}

impl Looked {
    pub fn case(&self) -> Case {
        self.sink.snapshot()
    }
    pub fn endpoint(&self) -> Endpoint {
        let host = self.sink.with(|c| c.host(&self.at.ip().to_string(), tlsdiag_model::Vantage::Outside));
        Endpoint { host, addr: Addr::Is(self.at.ip()), port: self.at.port(), name: Some(Name::new(SITE)) }
    }
    pub fn ask(&mut self, ask: Ask) {
        self.ask_all(&[ask]);
    }
    pub fn ask_all(&mut self, asks: &[Ask]) {
        self.probe.answer(asks, &self.sink);
    }
    /// The only handshake of a trial.
    pub fn shake(&self, trial: Trial) -> Handshake {
        let found: Vec<_> = self.case().handshakes.into_iter().filter(|h| h.what.trial == trial).collect();
        assert_eq!(found.len(), 1, "{trial:?}: {found:#?}");
        found[0].what.clone()
    }
}
