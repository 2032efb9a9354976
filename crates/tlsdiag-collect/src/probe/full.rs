//! A current library shakes hands to the end and asks for a page: what a program of today gets, and what comes after
//! Finished, where TLS 1.3 refuses a client without a certificate.
use super::{
    GRACE,
    clock::ms,
    converse::Peer,
    flight, hello,
    http::{self, Answer, Request},
    net::{Conn, Meter, NoConn, connect, is_reset},
    reach, redirect, revocation,
    run::Run,
    tls::Recorder,
};
use std::{
    io,
    sync::Arc,
    time::{Duration, Instant},
};
use tlsdiag_model::{
    Host, How, Kind, Name, Origin, Row, Sight, Why,
    facts::{After, Client, End, Handshake, HttpAnswer, HttpEnd, HttpVersion, Offer, Over, Skew, Stage, Staple, Trial},
};
use tlsdiag_wire::{ClientHello, FlightLimits, ServerFlight};
use tokio::time::timeout;
use tokio_rustls::{TlsConnector, client::TlsStream, rustls, rustls::pki_types::ServerName};

/// Bytes of a handshake that are kept to be read again by our own codec.
const KEPT: usize = 128 << 10;
/// The record type of handshake messages.
const HANDSHAKE: u8 = 22;
/// Type, version and length of a record.
const RECORD_HEADER: usize = 5;
/// How long a refusal of an absent client certificate is awaited before the request goes out: a request on its way
/// when the server resets would take the alert with it.
const REFUSAL: Duration = Duration::from_millis(150);

/// The handshake and, where it is finished, the request; rows are in the sink when this returns.
pub(crate) async fn full(run: &Run, peer: &Peer, path: &str, trial: Trial) {
    let Some(mut open) = shake(run, peer, Some(trial)).await else { return };
    let request = request(run, peer, path, "");
    let (answer, version, started) = open.ask(run, &request).await;
    open.settle(run, &answer);
    skew(run, peer.at, &answer, started, open.meter.origin());
    let origin = open.meter.origin();
    drop(open);
    let trail = redirect::follow(run, peer, path, answer).await;
    let what = HttpAnswer {
        from: Host::HERE,
        addr: peer.at.ip(),
        port: peer.at.port(),
        name: peer.name.clone(),
        over: Over::Tls,
        version,
        path: path.to_owned(),
        end: trail.end,
        followed: trail.followed,
        loops: trail.loops,
    };
    let took = ms(started.elapsed());
    run.sink.add(Row::during(what, peer.host, How::Watched, run.clock.since(started), origin).took(took));
}

/// One more request on a new connection, for a redirect: nothing but the answer is kept.
pub(crate) async fn page(run: &Run, peer: &Peer, path: &str, cookies: &str) -> Option<Answer> {
    let mut open = shake(run, peer, None).await?;
    let request = request(run, peer, path, cookies);
    Some(open.ask(run, &request).await.0)
}

/// The request for a path of the peer.
pub(crate) fn request(run: &Run, peer: &Peer, path: &str, cookies: &str) -> Request {
    Request {
        authority: peer.authority(peer.at.port(), 443),
        path: path.to_owned(),
        agent: run.settings.user_agent.clone(),
        cookies: cookies.to_owned(),
        timeout: run.settings.timeout,
        deadline: tokio::time::Instant::now() + run.settings.timeout + GRACE,
    }
}

/// The `Date` of an answer against this machine's clock.
pub(crate) fn skew(run: &Run, at: std::net::SocketAddr, answer: &Answer, asked: Instant, origin: Origin) {
    let Some(date) = answer.date else { return };
    // The answer was dated somewhere between request and receipt, and cut to whole seconds.
    let span = run.clock.since(asked);
    let here = span.first.midpoint(span.last);
    let ahead_s = here.saturating_sub(date.saturating_mul(1000)).saturating_sub(500).div_euclid(1000);
    let ahead_s = if ahead_s == -1 { 0 } else { ahead_s };
    let what = Skew { addr: at.ip(), port: at.port(), ahead_s };
    run.sink.add(Row::during(what, Host::HERE, How::Read, span, origin));
}

/// A finished handshake.
struct Open {
    stream: TlsStream<Conn>,
    meter: Arc<Meter>,
    /// The fact and its row's place, to be completed by what comes after Finished.
    row: Option<Row<Handshake>>,
    asked_for_certificate: bool,
}

/// Shakes hands. With a trial a row is made: at once where it fails, by [`Open::settle`] where it is finished.
async fn shake(run: &Run, peer: &Peer, trial: Option<Trial>) -> Option<Open> {
    let name = match peer.sni() {
        Some(n) => ServerName::try_from(n.to_string()).ok(),
        None => Some(ServerName::IpAddress(peer.at.ip().into())),
    };
    let Some(name) = name else {
        run.missed(Kind::Handshakes, peer.host, Why::ClientCannot);
        return None;
    };
    let started = Instant::now();
    let conn = match connect(run, peer.at, None, run.settings.timeout).await {
        Ok(c) => c,
        Err(NoConn::OverBudget) => {
            run.missed(Kind::Handshakes, peer.host, Why::OverBudget);
            return None;
        }
        Err(NoConn::End(end)) => {
            if let Some(trial) = trial {
                let offer = Offer { client: Client::Library, ..Offer::default() };
                let mut h = flight::blank(peer.at, peer.name.clone(), trial, offer);
                (h.stage, h.end) = (Stage::Unconnected, End::NotConnected);
                let origin = Origin::Api("connect".into());
                run.sink.add(Row::during(h, peer.host, How::Watched, run.clock.since(started), origin.clone()));
                reach::note(run, peer.host, peer.at, end, started, origin);
            }
            return None;
        }
    };
    let meter = Arc::clone(&conn.meter);
    meter.keep(KEPT);
    let (config, recorder) = run.library.recording();
    let hello_at = Instant::now();
    let connecting = TlsConnector::from(config).connect(name, conn);
    tokio::pin!(connecting);
    let mut result = timeout(run.settings.timeout, connecting.as_mut()).await;
    if result.is_err() && meter.first_after(hello_at).is_some() {
        result = timeout(GRACE, connecting.as_mut()).await;
    }
    let failed = match &result {
        Ok(Ok(_)) => None,
        Ok(Err(e)) => Some(failure(e, hello_at)),
        Err(_) => Some((End::Silent { after_ms: ms(hello_at.elapsed()) }, false)),
    };
    let row = trial.map(|trial| {
        let end = failed.as_ref().map_or(End::Done, |(end, _)| end.clone());
        let h = read_again(run, peer, trial, &meter, &recorder, end);
        let row = Row::during(h, peer.host, How::Watched, run.clock.since(hello_at), meter.origin());
        match meter.first_after(hello_at) {
            Some(t) => row.took(t),
            None => row,
        }
    });
    if let Some((_, incompatible)) = failed {
        if let Some(row) = row {
            flight::hold(run, peer.host, &row.what, row.span, &meter.origin());
            run.sink.add(row);
        }
        if incompatible {
            run.missed(Kind::HttpAnswers, peer.host, Why::ClientCannot);
        }
        return None;
    }
    let asked_for_certificate = recorder.seen().request.is_some();
    // the first record after the handshake shows by its type whether another handshake is asked for
    meter.keep(RECORD_HEADER);
    match result {
        Ok(Ok(stream)) => Some(Open { stream, meter, row, asked_for_certificate }),
        _ => None,
    }
}

impl Open {
    /// Asks, having waited for a refusal where the server wants a client certificate.
    async fn ask(&mut self, run: &Run, request: &Request) -> (Answer, HttpVersion, Instant) {
        let started = Instant::now();
        let version = match self.stream.get_ref().1.alpn_protocol() {
            Some(b"h2") => HttpVersion::Two,
            _ => HttpVersion::One,
        };
        let tls13 = self.stream.get_ref().1.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_3);
        if tls13
            && self.asked_for_certificate
            && let Some(end) = self.refused(run).await
        {
            return (Answer::bare(end), version, started);
        }
        (http::ask(&mut self.stream, version, request).await, version, started)
    }

    /// Reads one more record, if it comes soon, without taking anything from the answer.
    async fn refused(&mut self, run: &Run) -> Option<HttpEnd> {
        let limit = REFUSAL.max(self.meter.connected_in * 3).min(run.settings.timeout);
        let until = Instant::now() + limit;
        let mut buffer = vec![0; 4096];
        loop {
            let (conn, tls) = self.stream.get_mut();
            if !conn.readable(until.saturating_duration_since(Instant::now())).await {
                return None;
            }
            match conn.try_read(&mut buffer) {
                Ok(0) => return Some(HttpEnd::Closed),
                Ok(n) => {
                    let mut bytes = buffer.get(..n).unwrap_or_default();
                    while !bytes.is_empty() {
                        if let Err(e) = tls.read_tls(&mut bytes) {
                            return Some(HttpEnd::Garbled(e.to_string()));
                        }
                        match tls.process_new_packets() {
                            Err(rustls::Error::AlertReceived(a)) => return Some(HttpEnd::Alert(u8::from(a))),
                            Err(e) => return Some(HttpEnd::Garbled(e.to_string())),
                            Ok(state) if state.peer_has_closed() => return Some(HttpEnd::Closed),
                            // A piece of the answer: nobody refuses after that.
                            Ok(state) if state.plaintext_bytes_to_read() > 0 => return None,
                            Ok(_) => {}
                        }
                    }
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {}
                Err(e) if is_reset(&e) => return Some(HttpEnd::Reset),
                Err(e) => return Some(HttpEnd::Garbled(e.to_string())),
            }
        }
    }

    /// In TLS 1.2 a handshake record after Finished can only be a HelloRequest (RFC 5246 section 7.4.1.1); its content is
    /// encrypted, its type is not.
    fn renegotiates(&self) -> bool {
        let tls12 = self.stream.get_ref().1.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_2);
        tls12 && matches!(self.meter.kept().0.first(), Some(&HANDSHAKE))
    }

    /// Completes the handshake's row by what came after Finished, and adds it.
    fn settle(&mut self, run: &Run, answer: &Answer) {
        let Some(mut row) = self.row.take() else { return };
        row.what.after = Sight::Saw(match answer.end {
            HttpEnd::Status { .. } => After::Well,
            _ if self.renegotiates() => After::Renegotiation,
            HttpEnd::Alert(a) => After::Alert(a),
            HttpEnd::Closed => After::Closed,
            HttpEnd::Reset => After::Reset,
            HttpEnd::Silent { .. } | HttpEnd::Garbled(_) => After::Well,
        });
        if let Some(shown) = row.examples.first_mut() {
            *shown = self.meter.origin();
        }
        flight::hold(run, row.host, &row.what, row.span, &self.meter.origin());
        run.sink.add(row);
    }
}

/// How a handshake of the library failed, and whether only as the library cannot do what the server chose.
fn failure(e: &io::Error, started: Instant) -> (End, bool) {
    let Some(inner) = e.get_ref().and_then(|i| i.downcast_ref::<rustls::Error>()) else {
        let end = match e.kind() {
            io::ErrorKind::UnexpectedEof => End::Closed,
            io::ErrorKind::TimedOut => End::Silent { after_ms: ms(started.elapsed()) },
            _ => End::Reset,
        };
        return (end, false);
    };
    use rustls::Error as E;
    match inner {
        E::AlertReceived(a) => (End::Alert(u8::from(*a)), false),
        // The numbers are those that the library sends (RFC 8446 section 6.2).
        E::PeerIncompatible(_) => (End::Refused(40), true),
        E::PeerMisbehaved(_) => (End::Refused(47), false),
        E::InappropriateMessage { .. } | E::InappropriateHandshakeMessage { .. } => (End::Refused(10), false),
        E::InvalidMessage(_) => (End::Refused(50), false),
        E::PeerSentOversizedRecord => (End::Refused(22), false),
        E::DecryptError => (End::Refused(20), false),
        E::NoApplicationProtocol => (End::Refused(120), false),
        E::InvalidCertificate(rustls::CertificateError::BadSignature) => (End::Refused(51), false),
        E::InvalidCertificate(_) | E::NoCertificatesPresented => (End::Refused(42), false),
        _ => (End::Refused(80), false),
    }
}

/// Reads the kept bytes once more with our own codec: the library does not tell what it was offered and answered.
fn read_again(run: &Run, peer: &Peer, trial: Trial, meter: &Meter, recorder: &Recorder, end: End) -> Handshake {
    let (heard, said, last) = meter.kept();
    let seen = recorder.seen();
    let mut h = flight::blank(peer.at, peer.name.clone(), trial, Offer { client: Client::Library, ..Offer::default() });
    if let Ok((first, bytes)) = ClientHello::parse_records(&said) {
        h.offer = hello::offer(&first, Client::Library, bytes);
        let mut f = ServerFlight::with_limits(first, FlightLimits::default());
        f.feed(&heard);
        if f.said().hello_retry.is_some()
            && let Some(second) = second_hello(said.get(bytes..).unwrap_or_default())
        {
            f.answer_retry(second);
        }
        h.stage = flight::stage(&f);
        flight::fill(run, &f, &mut h);
        let rest = flight::end(&f, flight::Stop::Enough);
        // What is no TLS at all is said better by our own codec than by the library's refusal.
        h.end = match (&end, rest) {
            (End::Refused(_), e @ (End::NotTls(_) | End::TooMuch(_))) => e,
            _ => end,
        };
    } else {
        h.end = end;
    }
    // The library's own alert, where it could be seen on the wire.
    if let (End::Refused(_), [21, 3, _, 0, 2, 2, alert, ..]) = (&h.end, last.as_slice()) {
        h.end = End::Refused(*alert);
    }
    h.delivered = meter.delivered();
    let finished = h.end == End::Done;
    if finished {
        h.stage = Stage::Finished;
    }
    if !seen.chain.is_empty() {
        let (ids, unreadable) = flight::intern(run, &seen.chain);
        (h.chain, h.unreadable) = (Sight::Saw(ids), unreadable);
        h.staple = Sight::Saw(if seen.staple.is_empty() { Staple::Absent } else { Staple::Sent });
        h.request = Sight::Saw(seen.request.clone());
        revocation::staple(run, peer.at, &seen.chain, &seen.staple);
    } else if seen.request.is_some() {
        h.request = Sight::Saw(seen.request.clone());
    }
    if let Some(p) = seen.proof {
        h.proof = Sight::Saw(p);
    }
    h
}

/// The second hello in what was said after the first; a ChangeCipherSpec may stand before it.
fn second_hello(mut rest: &[u8]) -> Option<ClientHello> {
    if let [20, 3, _, 0, 1, _, tail @ ..] = rest {
        rest = tail;
    }
    ClientHello::parse_records(rest).ok().map(|(h, _)| h)
}

/// The name as it stands in a URL.
pub(crate) fn site(name: Option<&Name>, peer: &Peer) -> String {
    match name {
        Some(n) if n.as_str().contains(':') => format!("[{n}]"),
        Some(n) => n.to_string(),
        None => peer.authority(443, 443),
    }
}
