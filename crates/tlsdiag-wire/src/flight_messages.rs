//! The messages of a server's flight: collected, checked against the hello, counted against the limits.

use crate::certificate::{CertificateMessage, CertificateStatus};
use crate::certificate_request::CertificateRequest;
use crate::client_hello::ClientHello;
use crate::error::ParseError;
use crate::flight::{FlightLimits, Stage};
use crate::handshake::{HandshakeMessage, HandshakeReader};
use crate::key_exchange::{ServerKeyExchange, SignatureKind};
use crate::message::{Alert, NewSessionTicket, parse_empty};
use crate::record::Record;
use crate::registry::{
    AlertDescription, AlertLevel, Authentication, CipherSuite, ContentType, HandshakeType, KeyExchange, Version,
};
use crate::server_hello::ServerHello;
use crate::violation::{self, Violation};

/// An alert in the flight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SeenAlert {
    /// Offset of its record in the stream.
    pub offset: u64,
    /// Version in the header of its record, which some boxes leave at 0.0.
    pub record_version: Version,
    /// Level and description; `None` if the alert is encrypted.
    pub alert: Option<Alert>,
    /// The handshake message after which it came.
    pub after: Option<HandshakeType>,
}

/// What the server said.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Said {
    /// Version in the header of the first record.
    pub record_version: Option<Version>,
    /// The HelloRetryRequest.
    pub hello_retry: Option<ServerHello>,
    /// The ServerHello.
    pub server_hello: Option<ServerHello>,
    /// The chain in DER, as sent, leaf first if the server keeps the rules. `None` if there was no Certificate message.
    pub certificates: Option<Vec<Vec<u8>>>,
    /// The stapled OCSP responses.
    pub certificate_status: Option<CertificateStatus>,
    /// The key exchange.
    pub key_exchange: Option<ServerKeyExchange>,
    /// What the server wants of a client certificate.
    pub certificate_request: Option<CertificateRequest>,
    /// A ticket that came in the flight of a resumption.
    pub ticket: Option<NewSessionTicket>,
    /// Alerts in order.
    pub alerts: Vec<SeenAlert>,
    /// Types of all handshake messages in order.
    pub messages: Vec<HandshakeType>,
    /// Breaches of the protocol, each once, in order.
    pub violations: Vec<Violation>,
    /// A ChangeCipherSpec was seen.
    pub change_cipher_spec: bool,
    /// True if the server resumed a session (ChangeCipherSpec right after ServerHello, below TLS 1.3).
    pub resumed: bool,
    /// Payload length of the first encrypted record.
    pub first_encrypted_len: Option<usize>,
    /// Whole records.
    pub records: u32,
    /// Records without payload.
    pub empty_records: u32,
    /// Greatest payload of a record.
    pub largest_record: usize,
}

impl Said {
    /// The version spoken, once the ServerHello is there.
    pub fn version(&self) -> Option<Version> {
        self.server_hello.as_ref().map(ServerHello::version)
    }

    /// The suite chosen, once the ServerHello is there.
    pub fn suite(&self) -> Option<CipherSuite> {
        self.server_hello.as_ref().map(|hello| hello.cipher_suite)
    }

    /// The group of the key exchange, of the HelloRetryRequest if there is no other.
    pub fn group(&self) -> Option<crate::Group> {
        let tls13 = self.server_hello.as_ref().and_then(ServerHello::key_share).map(|share| share.group);
        let below = self.key_exchange.as_ref().and_then(|exchange| exchange.params.group());
        let retry = self.hello_retry.as_ref().and_then(ServerHello::key_share).map(|share| share.group);
        tls13.or(below).or(retry)
    }

    /// The alert that ended the flight: the first that is fatal or close_notify and can be read.
    pub fn fatal_alert(&self) -> Option<Alert> {
        self.alerts.iter().filter_map(|seen| seen.alert).find(|alert| ends(*alert))
    }
}

/// An alert that nothing may follow. A level that does not exist counts as fatal.
fn ends(alert: Alert) -> bool {
    alert.level != AlertLevel::WARNING || alert.description == AlertDescription::CLOSE_NOTIFY
}

/// The state between records.
#[derive(Debug, Clone)]
pub(crate) struct Reading {
    offered: ClientHello,
    limits: FlightLimits,
    messages: HandshakeReader,
    said: Said,
    reached: Option<Stage>,
    rank: u8,
    ended: bool,
    awaits_second_hello: bool,
    warnings: u32,
}

const MAX_VIOLATIONS: usize = 64;

impl Reading {
    pub(crate) fn new(offered: ClientHello, limits: FlightLimits) -> Self {
        Self {
            offered,
            limits,
            messages: HandshakeReader::new(limits.max_message),
            said: Said::default(),
            reached: None,
            rank: 0,
            ended: false,
            awaits_second_hello: false,
            warnings: 0,
        }
    }

    pub(crate) fn said(&self) -> &Said {
        &self.said
    }

    pub(crate) fn offered(&self) -> &ClientHello {
        &self.offered
    }

    pub(crate) fn messages(&self) -> &HandshakeReader {
        &self.messages
    }

    pub(crate) fn reached(&self) -> Option<Stage> {
        self.reached
    }

    pub(crate) fn is_retry(&self) -> bool {
        self.awaits_second_hello && !self.ended
    }

    pub(crate) fn is_complete(&self) -> bool {
        self.ended || self.awaits_second_hello
    }

    pub(crate) fn answer_retry(&mut self, hello: ClientHello) {
        if self.awaits_second_hello {
            self.offered = hello;
            self.awaits_second_hello = false;
        }
    }

    fn violate(&mut self, violation: Violation) {
        if self.said.violations.len() < MAX_VIOLATIONS && !self.said.violations.contains(&violation) {
            self.said.violations.push(violation);
        }
    }

    pub(crate) fn begin(&mut self, kind: HandshakeType) {
        self.reached = self.reached.max(Stage::of_beginning(kind));
    }

    fn reach(&mut self, stage: Stage) {
        self.reached = self.reached.max(Some(stage));
        self.ended |= stage == Stage::Done;
    }

    pub(crate) fn on_record(&mut self, record: Record<'_>) -> Result<(), ParseError> {
        if record.content_type == ContentType::HANDSHAKE
            && self.messages.waiting() == 0
            && let Some(first) = record.payload.first()
        {
            self.begin(HandshakeType(*first));
        }
        let said = &mut self.said;
        said.records = said.records.saturating_add(1);
        over(said.records, self.limits.max_records, record.offset, "records")?;
        said.largest_record = said.largest_record.max(record.payload.len());
        let first_version = *said.record_version.get_or_insert(record.version);
        let second = said.records == 2 || said.server_hello.is_some();
        if record.version != first_version && second && !self.version_may_change() {
            self.violate(Violation::RecordVersionChanged { from: first_version, to: record.version });
        }
        if record.payload.is_empty() {
            self.said.empty_records = self.said.empty_records.saturating_add(1);
            over(self.said.empty_records, self.limits.max_empty_records, record.offset, "empty records")?;
            if record.content_type != ContentType::APPLICATION_DATA {
                self.violate(Violation::EmptyRecord);
            }
            return Ok(());
        }
        if record.content_type != ContentType::HANDSHAKE && self.messages.waiting() > 0 {
            self.violate(Violation::InterleavedRecord(record.content_type));
        }
        match record.content_type {
            ContentType::HANDSHAKE => self.on_handshake(record),
            ContentType::ALERT => self.on_alert(record),
            ContentType::CHANGE_CIPHER_SPEC => {
                self.said.change_cipher_spec = true;
                if self.said.version().is_some_and(|version| !version.is_tls1_3()) {
                    self.said.resumed = self.said.certificates.is_none();
                    self.reach(Stage::Done);
                }
                Ok(())
            }
            ContentType::APPLICATION_DATA => self.on_encrypted(record),
            _ => Ok(()),
        }
    }

    /// In TLS 1.3 the records after ServerHello are marked TLS 1.2 whatever the first one was marked.
    fn version_may_change(&self) -> bool {
        match &self.said.server_hello {
            Some(hello) => hello.version().is_tls1_3(),
            None => self.said.hello_retry.is_some() || !self.said.alerts.is_empty(),
        }
    }

    fn on_encrypted(&mut self, record: Record<'_>) -> Result<(), ParseError> {
        if !self.said.version().is_some_and(Version::is_tls1_3) {
            return Err(ParseError::malformed(
                record.offset,
                "ContentType",
                "handshake, alert or change_cipher_spec",
                ContentType::APPLICATION_DATA.0.into(),
            ));
        }
        self.said.first_encrypted_len.get_or_insert(record.payload.len());
        // Alert, content type and tag: 2 + 1 + 16 bytes, 8 of tag with CCM_8. EncryptedExtensions is never so short.
        let tag = if self.said.suite() == Some(CipherSuite(0x1305)) { 8 } else { 16 };
        if record.payload.len() == 3 + tag {
            self.see_alert(record, None);
        }
        self.reach(Stage::Done);
        Ok(())
    }

    fn see_alert(&mut self, record: Record<'_>, alert: Option<Alert>) {
        let after = self.said.messages.last().copied();
        self.said.alerts.push(SeenAlert { offset: record.offset, record_version: record.version, alert, after });
    }

    fn on_alert(&mut self, record: Record<'_>) -> Result<(), ParseError> {
        // Encrypted alerts carry a MAC or tag and so are longer; nothing can be read of them.
        if record.payload.len() > 8 {
            self.see_alert(record, None);
            self.ended = true;
            return Ok(());
        }
        let alert = Alert::parse(record.payload).map_err(|error| error.at_base(record.offset + 5))?;
        self.see_alert(record, Some(alert));
        if ends(alert) {
            self.ended = true;
            return Ok(());
        }
        self.warnings = self.warnings.saturating_add(1);
        over(self.warnings, self.limits.max_warnings, record.offset, "warning alerts")
    }

    fn on_handshake(&mut self, record: Record<'_>) -> Result<(), ParseError> {
        self.messages.feed(record.payload, record.offset + 5);
        while let Some(kind) = self.messages.begun() {
            self.begin(kind);
            let Some(message) = self.messages.next_message()? else { break };
            let count = u32::try_from(self.said.messages.len()).unwrap_or(u32::MAX).saturating_add(1);
            over(count, self.limits.max_messages, message.offset, "handshake messages")?;
            self.on_message(&message).map_err(|error| error.at_base(message.offset + 4))?;
            self.said.messages.push(message.kind);
        }
        Ok(())
    }

    fn on_message(&mut self, message: &HandshakeMessage) -> Result<(), ParseError> {
        let body = message.body.as_slice();
        if message.kind == HandshakeType::HELLO_REQUEST {
            return parse_empty(body, "hello_request");
        }
        if message.kind == HandshakeType::SERVER_HELLO {
            return self.on_server_hello(ServerHello::parse(body)?);
        }
        let (version, suite) = match &self.said.server_hello {
            Some(hello) if !hello.version().is_tls1_3() => (hello.version(), hello.cipher_suite),
            _ => {
                self.unexpected(message.kind);
                return Ok(());
            }
        };
        if !self.in_order(message.kind) {
            self.unexpected(message.kind);
            return Ok(());
        }
        match message.kind {
            HandshakeType::CERTIFICATE => {
                let chain = CertificateMessage::parse(body, false)?;
                if chain.entries.is_empty() {
                    self.violate(Violation::CertificateEmpty);
                }
                self.said.certificates = Some(chain.entries.into_iter().map(|entry| entry.der).collect());
                self.reach(Stage::Certificate);
            }
            HandshakeType::CERTIFICATE_STATUS => {
                self.said.certificate_status = Some(CertificateStatus::parse(body)?);
                self.reach(Stage::CertificateStatus);
            }
            HandshakeType::SERVER_KEY_EXCHANGE => self.on_key_exchange(body, version, suite)?,
            HandshakeType::CERTIFICATE_REQUEST => {
                self.said.certificate_request = Some(CertificateRequest::parse(body, version)?);
                self.reach(Stage::CertificateRequest);
            }
            HandshakeType::SERVER_HELLO_DONE => {
                parse_empty(body, "server_hello_done")?;
                self.on_done(suite);
            }
            HandshakeType::NEW_SESSION_TICKET => self.said.ticket = Some(NewSessionTicket::parse(body, false)?),
            _ => {}
        }
        Ok(())
    }

    fn unexpected(&mut self, kind: HandshakeType) {
        let after = self.said.messages.last().copied();
        self.violate(Violation::UnexpectedMessage { kind, after });
    }

    /// True if a message below TLS 1.3 may come now; remembers that it came.
    fn in_order(&mut self, kind: HandshakeType) -> bool {
        let rank = match kind {
            HandshakeType::SUPPLEMENTAL_DATA => 2,
            HandshakeType::CERTIFICATE => 3,
            HandshakeType::CERTIFICATE_STATUS => 4,
            HandshakeType::SERVER_KEY_EXCHANGE => 5,
            HandshakeType::CERTIFICATE_REQUEST => 6,
            HandshakeType::SERVER_HELLO_DONE | HandshakeType::NEW_SESSION_TICKET => 7,
            _ => return false,
        };
        let fits = rank > self.rank;
        self.rank = self.rank.max(rank);
        fits
    }

    fn on_server_hello(&mut self, hello: ServerHello) -> Result<(), ParseError> {
        if self.said.server_hello.is_some() {
            self.unexpected(HandshakeType::SERVER_HELLO);
            return Ok(());
        }
        let mut found = Vec::new();
        violation::of_server_hello(&self.offered, &hello, &mut found);
        found.into_iter().for_each(|violation| self.violate(violation));
        if hello.is_hello_retry_request() {
            if self.said.hello_retry.is_some() {
                self.violate(Violation::SecondRetry);
                self.ended = true;
            } else {
                self.said.hello_retry = Some(hello);
                self.awaits_second_hello = true;
                self.reach(Stage::HelloRetryRequest);
            }
            return Ok(());
        }
        self.said.server_hello = Some(hello);
        self.rank = 1;
        self.reach(Stage::ServerHello);
        Ok(())
    }

    fn on_key_exchange(&mut self, body: &[u8], version: Version, suite: CipherSuite) -> Result<(), ParseError> {
        self.reach(Stage::ServerKeyExchange);
        let (exchange, authentication) = match suite.info() {
            Some(info) => (info.key_exchange, info.authentication),
            None => (KeyExchange::Null, Authentication::Null),
        };
        let parsed = ServerKeyExchange::parse(body, exchange, authentication, version)?;
        if let Some(group) = parsed.params.group()
            && !self.offered.groups().is_empty()
            && !self.offered.groups().contains(&group)
        {
            self.violate(Violation::GroupNotOffered(group));
        }
        if let Some(signature) = &parsed.signature
            && let SignatureKind::Scheme(scheme) = signature.algorithm
            && !self.offered.signature_schemes().is_empty()
            && !self.offered.signature_schemes().contains(&scheme)
        {
            self.violate(Violation::SignatureSchemeNotOffered(scheme));
        }
        self.said.key_exchange = Some(parsed);
        Ok(())
    }

    fn on_done(&mut self, suite: CipherSuite) {
        if let Some(info) = suite.info() {
            use KeyExchange::{Dhe, DheExport, DhePsk, Ecdhe, EcdhePsk};
            let needs_exchange = matches!(info.key_exchange, Dhe | DheExport | DhePsk | Ecdhe | EcdhePsk);
            if needs_exchange && self.said.key_exchange.is_none() {
                self.violate(Violation::KeyExchangeMissing(suite));
            }
            use Authentication::{Dss, Ecdsa, Rsa};
            let needs_certificate =
                matches!(info.authentication, Rsa | Dss | Ecdsa) && info.key_exchange != KeyExchange::Srp;
            if needs_certificate && self.said.certificates.is_none() {
                self.violate(Violation::CertificateMissing(suite));
            }
        }
        self.reach(Stage::Done);
    }
}

fn over(count: u32, limit: u32, offset: u64, what: &'static str) -> Result<(), ParseError> {
    if count > limit { Err(ParseError::over_limit(offset, what, count.into(), limit.into())) } else { Ok(()) }
}
