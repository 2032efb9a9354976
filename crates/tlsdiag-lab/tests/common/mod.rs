//! The clients that look at a lab: rustls, bare hellos, and openssl for what rustls does not speak.
#![allow(dead_code, unreachable_pub, reason = "each test file uses a part")]
#![allow(clippy::unwrap_used, clippy::expect_used, reason = "a client of a test")]

use rustls::{
    ClientConfig, ClientConnection, RootCertStore,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName, pem::PemObject},
};
use std::{
    io::{ErrorKind, Read, Write},
    net::{SocketAddr, TcpStream},
    process::{Command, Stdio},
    sync::Arc,
    time::Duration,
};
use tlsdiag_lab::Served;
use tlsdiag_wire::{ClientHello, HelloRandomness, HelloTarget, ServerFlight, Version, profile};

/// How long a server may take that answers at all (its own delay is up to 30 ms, or a second for a near miss).
const PATIENCE: Duration = Duration::from_millis(3500);
/// How long a server is listened to that must stay silent.
pub const SILENCE: Duration = Duration::from_millis(700);

/// What a client saw.
#[derive(Debug)]
pub enum Seen {
    /// A page with this status; the whole answer.
    Page(u16, String),
    /// TLS failed.
    Tls(rustls::Error),
    /// The connection failed.
    Io(ErrorKind),
}

/// How rustls looks at a server.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Versions; empty: both.
    pub only: Option<&'static rustls::SupportedProtocolVersion>,
    /// Protocols in ALPN.
    pub alpn: Vec<&'static str>,
    /// A path to ask for; empty: `/`.
    pub path: String,
    /// How long it waits.
    pub patience: Option<Duration>,
}

pub fn address(served: &Served) -> SocketAddr {
    SocketAddr::new(served.address, served.port)
}

/// Opens the page as a careful client does: chain, name and dates are checked against the lab's root.
pub fn open(served: &Served, root_pem: &str, client: &Client) -> Seen {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(root_pem.as_bytes()).unwrap()).unwrap();
    let versions = client.only.map_or(rustls::ALL_VERSIONS.to_vec(), |only| vec![only]);
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&versions)
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = client.alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    let by_address = served.resolve.is_empty();
    let asked = if by_address { served.address.to_string() } else { served.name.clone() };
    let mut tls = ClientConnection::new(Arc::new(config), ServerName::try_from(asked).unwrap()).unwrap();
    let mut tcp = match TcpStream::connect_timeout(&address(served), PATIENCE) {
        Ok(tcp) => tcp,
        Err(error) => return Seen::Io(error.kind()),
    };
    tcp.set_read_timeout(Some(client.patience.unwrap_or(PATIENCE))).unwrap();
    let mut stream = rustls::Stream::new(&mut tls, &mut tcp);
    let path = if client.path.is_empty() { "/" } else { &client.path };
    let request = format!("GET {path} HTTP/1.1\r\nHost: {}:{}\r\n\r\n", served.host, served.port);
    let fail = |error: std::io::Error| match error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()) {
        Some(error) => Seen::Tls(error.clone()),
        None => Seen::Io(error.kind()),
    };
    if let Err(error) = stream.write_all(request.as_bytes()) {
        return fail(error);
    }
    let mut answer = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        match stream.read(&mut buffer) {
            Ok(0) => break,
            Ok(n) => answer.extend_from_slice(&buffer[..n]),
            // A page that came whole stays a page, however the connection ends.
            Err(_) if !answer.is_empty() => break,
            Err(error) => return fail(error),
        }
    }
    let text = String::from_utf8_lossy(&answer).into_owned();
    let status = text.split(' ').nth(1).and_then(|word| word.parse().ok()).unwrap_or(0);
    Seen::Page(status, text)
}

/// What became of bytes that were sent.
#[derive(Debug, PartialEq, Eq)]
pub enum End {
    Reset,
    Closed,
    Silent,
    Refused,
    /// We had heard enough.
    Enough,
}

/// Sends pieces, a moment apart, and reads until the other side ends or is silent for `patience`.
pub fn exchange(to: SocketAddr, pieces: &[&[u8]], patience: Duration) -> (Vec<u8>, End) {
    let mut answer = Vec::new();
    let end = converse(to, pieces, patience, |bytes| {
        answer.extend_from_slice(bytes);
        true
    });
    (answer, end)
}

/// Sends a hello and reads the flight. A flight that is whole ends the reading.
pub fn flight(served: &Served, hello: &ClientHello, patience: Duration) -> (ServerFlight, End) {
    let records = hello.to_records().unwrap();
    let mut flight = ServerFlight::new(hello.clone());
    let end = converse(address(served), &[&records], patience, |bytes| {
        flight.feed(bytes);
        flight.need_more()
    });
    (flight, end)
}

/// Sends pieces and hands on what comes until `more` says that it is enough.
fn converse(to: SocketAddr, pieces: &[&[u8]], patience: Duration, mut more: impl FnMut(&[u8]) -> bool) -> End {
    let Ok(mut tcp) = TcpStream::connect_timeout(&to, PATIENCE) else { return End::Refused };
    tcp.set_nodelay(true).unwrap();
    tcp.set_read_timeout(Some(patience)).unwrap();
    for (n, piece) in pieces.iter().enumerate() {
        if n > 0 {
            std::thread::sleep(Duration::from_millis(40));
        }
        // The server may have gone already; that shows while reading.
        let _ = tcp.write_all(piece);
    }
    let mut buffer = [0; 16 * 1024];
    loop {
        match tcp.read(&mut buffer) {
            Ok(0) => return End::Closed,
            Ok(n) if more(&buffer[..n]) => {}
            Ok(_) => return End::Enough,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => return End::Silent,
            Err(_) => return End::Reset,
        }
    }
}

/// A hello of TLS 1.2 at most, with every suite there is.
pub fn legacy(served: &Served) -> ClientHello {
    profile::legacy(Version::TLS1_2, &target(served), [7; 32]).unwrap()
}

/// A hello as browsers send it.
pub fn modern(served: &Served) -> ClientHello {
    let mut byte = 1_u8;
    let randomness = HelloRandomness::generate(|out| {
        for to in out {
            byte = byte.wrapping_mul(73).wrapping_add(41);
            *to = byte;
        }
    });
    profile::modern(&target(served), &randomness).unwrap()
}

fn target(served: &Served) -> HelloTarget {
    HelloTarget::web(Some(&served.name))
}

/// What `openssl s_client` says, with `GET /` on its input.
pub fn openssl(served: &Served, arguments: &[&str]) -> String {
    let mut child = Command::new("openssl")
        .args(["s_client", "-connect", &address(served).to_string(), "-servername", &served.name, "-ign_eof"])
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("openssl is needed for this test");
    let request = format!("GET / HTTP/1.1\r\nHost: {}\r\n\r\n", served.host);
    let _ = child.stdin.take().unwrap().write_all(request.as_bytes());
    let output = child.wait_with_output().unwrap();
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}
