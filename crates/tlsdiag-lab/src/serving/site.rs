//! One endpoint at work: from the accepted connection to the end of the answer.
use super::{
    flight, h2,
    hello::{self, Opening},
    hostile,
    http::{self, Place},
    tls,
    wire::Wire,
};
use crate::{
    credential::Ready,
    error::Error,
    names::Spoken,
    plan::{Answer, Ending, Listen, Plan, Reaction},
    seed::Chance,
};
use rustls::{ServerConfig, ServerConnection};
use std::{
    io::{Read, Write},
    sync::Arc,
    time::Duration,
};
use tlsdiag_wire::AlertDescription;

/// How long a server waits for a client that asks nothing.
const IDLE: Duration = Duration::from_secs(10);

/// One endpoint at work.
#[derive(Debug)]
pub(crate) struct Site {
    pub(crate) plan: Plan,
    pub(crate) ready: Ready,
    pub(crate) place: Place,
    config: Option<Arc<ServerConfig>>,
    seed: u64,
}

impl Site {
    pub(crate) fn new(
        plan: Plan,
        ready: Ready,
        other: Option<&Ready>,
        root: &[u8],
        place: Place,
        seed: u64,
    ) -> Result<Self, Error> {
        let config = match (&plan.listen, &plan.tls.flight) {
            (Listen::Tls, None) => Some(tls::config(&plan.tls, &plan.name, &ready, other, root)?),
            _ => None,
        };
        Ok(Self { plan, ready, place, config, seed })
    }

    /// Serves one connection to its end.
    pub(crate) fn serve(&self, wire: Wire) {
        match &self.plan.listen {
            Listen::Tls => self.tls(wire),
            Listen::PlainHttp => self.plain(wire),
            Listen::Speaks(spoken) => self.other(wire, *spoken),
            Listen::Hostile(menace) => hostile::serve(wire, *menace, &self.ready, &mut self.chance()),
            // Nothing and a full queue never come here.
            Listen::Silent | Listen::Nothing | Listen::Full => wire.swallow(),
        }
    }

    fn chance(&self) -> Chance {
        Chance::new(self.seed, "connection")
    }

    fn tls(&self, mut wire: Wire) {
        let (hello, length) = match hello::opening(&mut wire, self.plan.reading) {
            Opening::Hello(hello, length) => (hello, length),
            Opening::Torn(reaction) => {
                hello::react(wire, reaction, None);
                return;
            }
            Opening::Other(first) => return self.stranger(wire, &first),
            Opening::Gone => return,
        };
        wire.pause(self.plan.delay);
        if let Some(reaction) = hello::judge(&self.plan.gates, &hello, length, &self.plan.name) {
            // Whoever reacts has taken the hello; what is put back would come again.
            let warned = matches!(reaction, Reaction::Warn(_));
            match hello::react(wire, reaction, Some(&hello)) {
                Some(back) if warned => wire = back,
                _ => return,
            }
        }
        match (&self.plan.tls.flight, &self.config) {
            (Some(flight), _) => flight::serve(wire, flight, &hello, length, self),
            (None, Some(config)) => self.complete(wire, config),
            (None, None) => wire.close(),
        }
    }

    /// Handshake, one request, one answer.
    fn complete(&self, mut wire: Wire, config: &Arc<ServerConfig>) {
        let Ok(mut tls) = ServerConnection::new(Arc::clone(config)) else { return wire.close() };
        if let Err(refusal) = shake_hands(&mut tls, &mut wire) {
            match refusal {
                Some(description) => {
                    hello::react(wire, Reaction::Alert(description), None);
                }
                None => wire.close(),
            }
            return;
        }
        wire.at_most(IDLE);
        let speaks_h2 = tls.alpn_protocol() == Some(b"h2");
        let mut stream = rustls::Stream::new(&mut tls, &mut wire);
        if speaks_h2 {
            if self.plan.http.answer == Answer::Silence {
                return wire.swallow();
            }
            let _ = h2::serve(&mut stream, &self.place.word);
        } else if !self.answer(&mut stream) {
            return wire.swallow();
        }
        let _ = send(&mut tls, &mut wire);
        self.end(wire, |wire| {
            tls.send_close_notify();
            let _ = send(&mut tls, wire);
        });
    }

    /// Reads a request and answers it; false if the plan says nothing.
    pub(super) fn answer(&self, stream: &mut (impl Read + Write)) -> bool {
        let Ok(Some(request)) = http::request(stream) else { return true };
        let Some(answer) = http::answer(&self.plan.http, &self.place, &request) else { return false };
        let _ = stream.write_all(&answer).and_then(|()| stream.flush());
        true
    }

    /// Ends a connection as the plan says; `notify` sends close_notify.
    pub(super) fn end(&self, mut wire: Wire, notify: impl FnOnce(&mut Wire)) {
        match self.plan.http.ending {
            Ending::Proper => {
                notify(&mut wire);
                wire.close();
            }
            Ending::NoCloseNotify => wire.close(),
            Ending::Reset => {
                // The answer must have been taken before the reset makes the client forget it.
                wire.discard(Duration::from_millis(300));
                wire.reset();
            }
        }
    }

    /// Bytes that are no TLS on a TLS port.
    fn stranger(&self, mut wire: Wire, first: &[u8]) {
        let is_http = [&b"GET "[..], b"HEAD ", b"POST ", b"OPTIONS "].iter().any(|verb| first.starts_with(verb));
        if is_http && self.plan.http.tells_plain {
            let _ = wire.write_all(&http::plain_on_tls(self.plan.http.banner.as_deref()));
        }
        wire.close();
    }

    fn plain(&self, mut wire: Wire) {
        let mut first = [0; 1];
        let Ok(1) = wire.read(&mut first) else { return };
        wire.pause(self.plan.delay);
        if first[0].is_ascii_uppercase() {
            wire.put_back(first.to_vec());
            if !self.answer(&mut wire) {
                return wire.swallow();
            }
        } else {
            let fields: Vec<_> = self.plan.http.banner.iter().map(|b| ("Server", b.clone().into_bytes())).collect();
            let _ = wire.write_all(&http::page(1, 400, &fields, &self.place.word, false));
        }
        wire.close();
    }

    fn other(&self, mut wire: Wire, spoken: Spoken) {
        wire.pause(self.plan.delay);
        if wire.write_all(&spoken.greeting(&self.plan.name, &mut self.chance())).is_err() {
            return;
        }
        wire.at_most(IDLE);
        // One complaint for each line, a few times, as such servers do.
        let mut buffer = [0; 4096];
        for _ in 0..3 {
            let Ok(n @ 1..) = wire.read(&mut buffer) else { break };
            let quit = buffer.get(..n).unwrap_or_default().to_ascii_uppercase().starts_with(b"QUIT");
            if quit || spoken.complaint().is_empty() || wire.write_all(spoken.complaint()).is_err() {
                break;
            }
        }
        wire.close();
    }
}

/// Brings the handshake to its end. The error is the alert that is still to be sent in clear, if any.
fn shake_hands(tls: &mut ServerConnection, wire: &mut Wire) -> Result<(), Option<AlertDescription>> {
    while tls.is_handshaking() || tls.wants_write() {
        send(tls, wire).map_err(|_| None)?;
        if !tls.is_handshaking() {
            break;
        }
        if tls.read_tls(wire).map_err(|_| None)? == 0 {
            return Err(None);
        }
        if let Err(error) = tls.process_new_packets() {
            let is_old = tls.protocol_version() == Some(rustls::ProtocolVersion::TLSv1_2);
            if is_old && error == rustls::Error::NoCertificatesPresented {
                // certificate_required came with TLS 1.3 (RFC 8446 section 6); servers of TLS 1.2 send this (RFC 5246
                // section 7.4.6), rustls does not.
                return Err(Some(AlertDescription::HANDSHAKE_FAILURE));
            }
            let _ = tls.write_tls(wire);
            return Err(None);
        }
    }
    Ok(())
}

/// Sends what is ready to be sent. Not `complete_io`, which would wait for the client too.
fn send(tls: &mut ServerConnection, wire: &mut Wire) -> std::io::Result<()> {
    while tls.wants_write() {
        tls.write_tls(wire)?;
    }
    Ok(())
}
