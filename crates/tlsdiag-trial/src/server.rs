//! The server: one certificate for everybody, a page, and an end that no client can put off.
use crate::{Material, connection::Bounded, page};
use rustls::{
    ProtocolVersion, ServerConfig, ServerConnection, StreamOwned,
    crypto::aws_lc_rs,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert},
    sign::CertifiedKey,
};
use std::{
    collections::HashMap,
    fmt, io,
    io::{Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread::{self, JoinHandle},
    time::{Duration, Instant},
};
use tlsdiag_model::Lang;

/// The most connections that are served at once; further ones are closed at once.
const MOST: usize = 32;
/// The most connections of one trial.
const ALL: usize = 100_000;
/// The longest that one connection may last, whatever it does.
const LONGEST: Duration = Duration::from_secs(20);
/// Octets that are read of one connection.
const OCTETS: usize = 64 << 10;
/// Kinds of events that are remembered.
const EVENTS: usize = 50;
const STACK: usize = 512 * 1024;
/// How often it is looked whether the end has come.
const GLANCE: Duration = Duration::from_millis(10);

/// For how long, and how it speaks.
#[derive(Clone, Copy, Debug)]
pub struct Terms {
    /// When it ends.
    pub end: Instant,
    /// The language of the page.
    pub lang: Lang,
}

/// What happened, and how often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Event {
    /// A page was sent over this version.
    Page(String),
    /// A client ended the handshake with this alert, or did something else in its words.
    Handshake(String),
    /// Plain http on this port.
    PlainHttp,
}

/// A server that ends at its time, or when it is dropped.
#[derive(Debug)]
pub struct Server {
    address: SocketAddr,
    shared: Arc<Shared>,
    accepting: Option<JoinHandle<()>>,
}

impl Server {
    /// Serves everybody who connects to `listener`.
    ///
    /// # Errors
    /// Where the system gives no thread, or the TLS library cannot be set up.
    pub fn start(listener: TcpListener, material: &Material, terms: Terms) -> io::Result<Server> {
        let address = listener.local_addr()?;
        // accept must not wait for a client that never comes
        listener.set_nonblocking(true)?;
        let shared = Arc::new(Shared {
            config: config(material).map_err(io::Error::other)?,
            material: material.clone(),
            end: Mutex::new(terms.end),
            lang: terms.lang,
            stop: AtomicBool::new(false),
            open: Mutex::default(),
            events: Mutex::default(),
            count: AtomicUsize::new(0),
        });
        let ours = Arc::clone(&shared);
        let accepting = thread::Builder::new()
            .name("trial".to_owned())
            .stack_size(STACK)
            .spawn(move || accept(&listener, &ours))?;
        Ok(Server { address, shared, accepting: Some(accepting) })
    }

    /// Where it is served.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Moves the end. Connections that are open keep theirs.
    pub fn end_at(&self, end: Instant) {
        *lock(&self.shared.end) = end;
    }

    /// Waits until no connection is open, at most so long.
    pub fn settle(&self, most: Duration) {
        let begun = Instant::now();
        while begun.elapsed() < most && !lock(&self.shared.open).is_empty() {
            thread::sleep(GLANCE);
        }
    }

    /// What happened so far, most frequent first; the counts start again from here.
    pub fn take_events(&self) -> Vec<(Event, u64)> {
        let mut all: Vec<_> = lock(&self.shared.events).drain().collect();
        all.sort_by_key(|(e, n)| (std::cmp::Reverse(*n), format!("{e:?}")));
        all
    }

    /// Waits for the end.
    pub fn wait(mut self) {
        if let Some(a) = self.accepting.take() {
            let _ = a.join();
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        if let Some(a) = self.accepting.take() {
            let _ = a.join();
        }
    }
}

struct Shared {
    config: Arc<ServerConfig>,
    material: Material,
    end: Mutex<Instant>,
    lang: Lang,
    stop: AtomicBool,
    open: Mutex<HashMap<usize, TcpStream>>,
    events: Mutex<HashMap<Event, u64>>,
    count: AtomicUsize,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("material", &self.material).field("end", &self.end).finish_non_exhaustive()
    }
}

impl Shared {
    fn over(&self) -> bool {
        self.stop.load(Ordering::SeqCst) || Instant::now() >= *lock(&self.end)
    }

    fn note(&self, event: Event) {
        let mut events = lock(&self.events);
        if events.len() < EVENTS || events.contains_key(&event) {
            let n = events.entry(event).or_default();
            *n = n.saturating_add(1);
        }
    }
}

fn lock<T>(m: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    m.lock().unwrap_or_else(PoisonError::into_inner)
}

fn accept(listener: &TcpListener, shared: &Arc<Shared>) {
    while !shared.over() {
        let Ok((stream, _)) = listener.accept() else {
            // nobody there, or out of descriptors
            thread::sleep(GLANCE);
            continue;
        };
        let number = shared.count.fetch_add(1, Ordering::Relaxed);
        if number >= ALL || lock(&shared.open).len() >= MOST || stream.set_nonblocking(false).is_err() {
            continue;
        }
        let Ok(handle) = stream.try_clone() else { continue };
        lock(&shared.open).insert(number, handle);
        let seat = Seat { number, shared: Arc::clone(shared) };
        let serve = move || {
            let shared = Arc::clone(&seat.shared);
            one(stream, &shared);
            drop(seat);
        };
        // where there is no thread the seat is given back with the closure
        let _ = thread::Builder::new().name("trial-connection".to_owned()).stack_size(STACK).spawn(serve);
    }
    // whoever still holds a connection loses it now
    for stream in lock(&shared.open).values() {
        let _ = stream.shutdown(Shutdown::Both);
    }
}

/// A place among the open connections, given back also when its thread panics.
struct Seat {
    number: usize,
    shared: Arc<Shared>,
}

impl Drop for Seat {
    fn drop(&mut self) {
        lock(&self.shared.open).remove(&self.number);
    }
}

fn one(stream: TcpStream, shared: &Shared) {
    let end = lock(&shared.end).min(Instant::now() + LONGEST);
    let mut bounded = Bounded::new(stream, end, OCTETS);
    match bounded.peek() {
        Ok(Some(b'A'..=b'Z')) => {
            shared.note(Event::PlainHttp);
            let mut head = [0; 1024];
            let _ = bounded.read(&mut head);
            let _ = bounded.write_all(&page::plain());
            return bounded.finish();
        }
        Ok(Some(_)) => {}
        _ => return,
    }
    let Ok(connection) = ServerConnection::new(Arc::clone(&shared.config)) else { return };
    let mut tls = StreamOwned::new(connection, bounded);
    match talk(&mut tls, shared) {
        Ok(version) => shared.note(Event::Page(version)),
        Err(e) if !shared.over() => {
            // what the handshake failed of: alerts of the client among them
            let words = e.get_ref().and_then(|e| e.downcast_ref::<rustls::Error>()).map(ToString::to_string);
            if let Some(words) = words {
                shared.note(Event::Handshake(words));
            }
        }
        Err(_) => {}
    }
    let _ = tls.flush();
    tls.sock.finish();
}

fn talk(tls: &mut StreamOwned<ServerConnection, Bounded>, shared: &Shared) -> io::Result<String> {
    let mut head = Vec::new();
    let mut buffer = [0; 2048];
    while !page::whole(&head) {
        let n = tls.read(&mut buffer)?;
        if n == 0 {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        head.extend_from_slice(buffer.get(..n).unwrap_or_default());
        if head.len() > page::HEAD {
            return Err(io::Error::other("the head of the request is too long"));
        }
    }
    let version = match tls.conn.protocol_version() {
        Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
        Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
        _ => "TLS",
    };
    let suite = tls.conn.negotiated_cipher_suite().map(|s| format!("{:?}", s.suite())).unwrap_or_default();
    let page = page::page(
        &shared.material.leaf,
        shared.material.made,
        &format!("{version}, {}", suite.replacen("TLS13_", "TLS_", 1)),
        shared.lang,
    );
    tls.write_all(&page::answer(&head, &page))?;
    tls.conn.send_close_notify();
    tls.flush()?;
    Ok(version.to_owned())
}

fn config(material: &Material) -> Result<Arc<ServerConfig>, rustls::Error> {
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_no_client_auth()
        .with_cert_resolver(Arc::new(Always(Arc::clone(&material.certified))));
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    // every visit proves the key again
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// The same certificate with and without a name.
#[derive(Debug)]
struct Always(Arc<CertifiedKey>);

impl ResolvesServerCert for Always {
    fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        Some(Arc::clone(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(life: Duration) -> Server {
        let material = Material::self_signed("trial.example", 1_800_000_000).unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        Server::start(listener, &material, Terms { end: Instant::now() + life, lang: Lang::En }).unwrap()
    }

    #[test]
    fn silent_and_dripping_clients_do_not_keep_it_alive() {
        let begun = Instant::now();
        let server = server(Duration::from_millis(700));
        let mut held: Vec<TcpStream> = (0..40).filter_map(|_| TcpStream::connect(server.address()).ok()).collect();
        for s in &mut held {
            let _ = s.write_all(&[0x16, 3, 1]);
        }
        server.wait();
        assert!(begun.elapsed() < Duration::from_secs(3), "{:?}", begun.elapsed());
    }

    #[test]
    fn plain_http_gets_an_answer() {
        let server = server(Duration::from_secs(10));
        let mut s = TcpStream::connect(server.address()).unwrap();
        s.write_all(b"GET / HTTP/1.1\r\n\r\n").unwrap();
        let mut said = String::new();
        s.read_to_string(&mut said).unwrap();
        assert!(said.starts_with("HTTP/1.1 400 ") && said.contains("speaks https"), "{said}");
        assert_eq!(server.take_events(), [(Event::PlainHttp, 1)]);
    }
}
