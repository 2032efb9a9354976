//! The rest of a handshake of TLS 1.0 to 1.2 with a CBC suite, and the records after it (RFC 2246, RFC 5246).
//!
//! It exists so that an old client gets its page from an old server, which shows that the flight was sound. It checks
//! the client's Finished and MACs but hides no timing; nothing secret ever passes here.
use super::{
    flight::{Begun, Secret},
    h2, hello,
    site::Site,
    wire::Wire,
};
use crate::plan::Reaction;
use aws_lc_rs::{
    agreement,
    cipher::{AES_128, AES_256, DecryptingKey, DecryptionContext, EncryptingKey, EncryptionContext, UnboundCipherKey},
    digest, hmac,
    iv::FixedLength,
};
use md5::Digest as _;
use std::io::{self, Read, Write};
use tlsdiag_wire::{
    Alert, AlertDescription, AlertLevel, CipherSuite, ContentType, HandshakeType, Version, handshake,
    message::CHANGE_CIPHER_SPEC,
    record,
    registry::{Cipher, Mac, Mode},
};

const BLOCK: usize = 16;

/// Takes the client's second flight, answers it, and serves one request.
pub(super) fn finish(mut wire: Wire, mut begun: Begun, site: &Site) {
    match keys(&mut wire, &mut begun, site) {
        Ok(mut stream) => {
            let h2 = begun.h2;
            let spoken = if h2 { h2::serve(&mut stream, &site.place.word).is_ok() } else { site.answer(&mut stream) };
            if !spoken && !h2 {
                return wire.swallow();
            }
            let (out, version) = (stream.out, begun.version);
            site.end(wire, |wire| {
                let mut stream = Stream { wire, input: None, out, version, plain: Vec::new() };
                let notify = Alert { level: AlertLevel::WARNING, description: AlertDescription::CLOSE_NOTIFY };
                let _ = stream.send(ContentType::ALERT, &notify.to_payload());
            });
        }
        Err(Stop::Refuse(description)) => {
            hello::react(wire, Reaction::Alert(description), None);
        }
        Err(Stop::Over) => wire.close(),
    }
}

/// Why a handshake is not finished.
enum Stop {
    Refuse(AlertDescription),
    Over,
}

impl From<io::Error> for Stop {
    fn from(_: io::Error) -> Self {
        Self::Over
    }
}

/// Makes the keys from the client's flight, checks its Finished, sends ours.
fn keys<'w>(wire: &'w mut Wire, begun: &mut Begun, site: &Site) -> Result<Stream<'w>, Stop> {
    let refuse = |description| move || Stop::Refuse(description);
    let mut plain = Vec::new();
    let exchange = loop {
        let (kind, payload) = read_record(wire)?;
        match kind {
            ContentType::HANDSHAKE => plain.extend(payload),
            ContentType::ALERT => return Err(Stop::Over),
            _ => return Err(Stop::Refuse(AlertDescription::UNEXPECTED_MESSAGE)),
        }
        if let Some(message) = whole_message(&plain) {
            break message.to_vec();
        }
    };
    let suite = Suite::of(begun.suite).ok_or_else(refuse(AlertDescription::HANDSHAKE_FAILURE))?;
    let unexpected = refuse(AlertDescription::UNEXPECTED_MESSAGE);
    let body = match exchange.split_at_checked(4) {
        Some(([kind, ..], body)) if *kind == HandshakeType::CLIENT_KEY_EXCHANGE.0 => body,
        _ => return Err(unexpected()),
    };
    let premaster = premaster(&begun.secret, body, site).ok_or_else(refuse(AlertDescription::DECRYPT_ERROR))?;
    begun.transcript.extend_from_slice(&exchange);
    let (client, server) = (begun.client_random, begun.server_random);
    let master = prf(begun.version, &premaster, b"master secret", &[client, server].concat(), 48);
    let length = 2 * (suite.mac.digest_algorithm().output_len() + suite.key + BLOCK);
    let block = prf(begun.version, &master, b"key expansion", &[server, client].concat(), length);
    let (mut input, out) =
        halves(&block, &suite, begun.version).ok_or_else(refuse(AlertDescription::INTERNAL_ERROR))?;

    match read_record(wire)? {
        (ContentType::CHANGE_CIPHER_SPEC, payload) if payload == CHANGE_CIPHER_SPEC => {}
        (ContentType::ALERT, _) => return Err(Stop::Over),
        _ => return Err(unexpected()),
    }
    let (kind, sealed) = read_record(wire)?;
    let finished = input.open(kind, begun.version, &sealed).ok_or_else(refuse(AlertDescription::BAD_RECORD_MAC))?;
    let expected = finished_message(begun, &master, b"client finished");
    if kind != ContentType::HANDSHAKE || Some(&finished) != expected.as_ref() {
        return Err(Stop::Refuse(AlertDescription::DECRYPT_ERROR));
    }
    begun.transcript.extend_from_slice(&finished);
    let ours = finished_message(begun, &master, b"server finished").ok_or_else(unexpected)?;
    wire.write_all(&record::encode(ContentType::CHANGE_CIPHER_SPEC, begun.version, &CHANGE_CIPHER_SPEC, 1))?;
    let mut stream = Stream { wire, input: Some(input), out, version: begun.version, plain: Vec::new() };
    stream.send(ContentType::HANDSHAKE, &ours)?;
    Ok(stream)
}

/// A CBC suite that can be completed here.
struct Suite {
    mac: hmac::Algorithm,
    key: usize,
}

impl Suite {
    fn of(suite: CipherSuite) -> Option<Self> {
        let info = suite.info()?;
        let mac = match info.mac {
            Mac::Sha1 => hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY,
            Mac::Sha256 => hmac::HMAC_SHA256,
            _ => return None,
        };
        let aes_cbc = info.cipher == Cipher::Aes && info.mode == Mode::Cbc;
        aes_cbc.then_some(Self { mac, key: usize::from(info.key_bits / 8) })
    }
}

fn premaster(secret: &Secret, body: &[u8], site: &Site) -> Option<Vec<u8>> {
    let short = || body.split_first().map(|(_, rest)| rest);
    let long = || body.get(2..);
    match secret {
        Secret::Curve(key) => {
            let theirs = agreement::UnparsedPublicKey::new(key.algorithm(), short()?);
            agreement::agree(key, theirs, (), |shared| Ok(shared.to_vec())).ok()
        }
        Secret::FiniteField(dh) => Some(dh.agree(long()?)),
        Secret::Rsa => site.ready.key.decrypt(long()?),
    }
}

/// The pseudorandom function of a version (RFC 2246 section 5, RFC 5246 section 5).
fn prf(version: Version, secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let seed = [label, seed].concat();
    if version >= Version::TLS1_2 {
        return p_hash(|key, message| aws_hmac(hmac::HMAC_SHA256, key, message), secret, &seed, length);
    }
    let half = secret.len().div_ceil(2);
    let first = secret.get(..half).unwrap_or_default();
    let second = secret.get(secret.len().saturating_sub(half)..).unwrap_or_default();
    let sha1 = p_hash(|k, m| aws_hmac(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, k, m), second, &seed, length);
    p_hash(hmac_md5, first, &seed, length).iter().zip(sha1).map(|(a, b)| a ^ b).collect()
}

fn p_hash(hmac: impl Fn(&[u8], &[u8]) -> Vec<u8>, secret: &[u8], seed: &[u8], length: usize) -> Vec<u8> {
    let mut out = Vec::new();
    let mut a = seed.to_vec();
    while out.len() < length {
        a = hmac(secret, &a);
        out.extend(hmac(secret, &[a.as_slice(), seed].concat()));
    }
    out.truncate(length);
    out
}

fn aws_hmac(algorithm: hmac::Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    hmac::sign(&hmac::Key::new(algorithm, key), message).as_ref().to_vec()
}

/// HMAC-MD5 (RFC 2104), which the library does not have.
fn hmac_md5(key: &[u8], message: &[u8]) -> Vec<u8> {
    let mut block = [0; 64];
    let short = if key.len() > block.len() { md5::Md5::digest(key).to_vec() } else { key.to_vec() };
    for (to, from) in block.iter_mut().zip(short) {
        *to = from;
    }
    let padded = |pad: u8| block.map(|byte| byte ^ pad);
    let inner = md5::Md5::digest([padded(0x36).as_slice(), message].concat());
    md5::Md5::digest([padded(0x5c).as_slice(), &inner].concat()).to_vec()
}

fn finished_message(begun: &Begun, master: &[u8], label: &[u8]) -> Option<Vec<u8>> {
    let hashed = if begun.version >= Version::TLS1_2 {
        digest::digest(&digest::SHA256, &begun.transcript).as_ref().to_vec()
    } else {
        let sha1 = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &begun.transcript);
        [md5::Md5::digest(&begun.transcript).as_slice(), sha1.as_ref()].concat()
    };
    handshake::encode(HandshakeType::FINISHED, &prf(begun.version, master, label, &hashed, 12)).ok()
}

/// Cuts the key block: client's, then server's half.
fn halves(block: &[u8], suite: &Suite, version: Version) -> Option<(Half<DecryptingKey>, Half<EncryptingKey>)> {
    let mac = suite.mac.digest_algorithm().output_len();
    let aes = if suite.key == 16 { &AES_128 } else { &AES_256 };
    let (client_mac, rest) = block.split_at_checked(mac)?;
    let (server_mac, rest) = rest.split_at_checked(mac)?;
    let (client_key, rest) = rest.split_at_checked(suite.key)?;
    let (server_key, rest) = rest.split_at_checked(suite.key)?;
    let (client_iv, rest) = rest.split_first_chunk::<BLOCK>()?;
    let (server_iv, _) = rest.split_first_chunk::<BLOCK>()?;
    let explicit = version > Version::TLS1_0;
    let input = Half {
        mac: hmac::Key::new(suite.mac, client_mac),
        cipher: DecryptingKey::cbc(UnboundCipherKey::new(aes, client_key).ok()?).ok()?,
        chained: *client_iv,
        explicit,
        sequence: 0,
    };
    let out = Half {
        mac: hmac::Key::new(suite.mac, server_mac),
        cipher: EncryptingKey::cbc(UnboundCipherKey::new(aes, server_key).ok()?).ok()?,
        chained: *server_iv,
        explicit,
        sequence: 0,
    };
    Some((input, out))
}

/// One direction of a protected connection (RFC 5246 section 6.2.3.2).
struct Half<C> {
    mac: hmac::Key,
    cipher: C,
    /// TLS 1.0: the last block of the record before.
    chained: [u8; BLOCK],
    explicit: bool,
    sequence: u64,
}

impl<C> Half<C> {
    fn tag(&mut self, kind: ContentType, version: Version, payload: &[u8]) -> Vec<u8> {
        let mut context = hmac::Context::with_key(&self.mac);
        context.update(&self.sequence.to_be_bytes());
        context.update(&[kind.0]);
        context.update(&version.0.to_be_bytes());
        context.update(&u16::try_from(payload.len()).unwrap_or(u16::MAX).to_be_bytes());
        context.update(payload);
        self.sequence = self.sequence.wrapping_add(1);
        context.sign().as_ref().to_vec()
    }
}

impl Half<DecryptingKey> {
    fn open(&mut self, kind: ContentType, version: Version, sealed: &[u8]) -> Option<Vec<u8>> {
        let (iv, body) = if self.explicit {
            let (iv, body) = sealed.split_first_chunk::<BLOCK>()?;
            (*iv, body)
        } else {
            (self.chained, sealed)
        };
        self.chained = *sealed.last_chunk::<BLOCK>()?;
        let mut text = body.to_vec();
        let length = self.cipher.decrypt(&mut text, DecryptionContext::Iv128(FixedLength::from(&iv))).ok()?.len();
        text.truncate(length);
        let padding = usize::from(*text.last()?);
        text.truncate(text.len().checked_sub(padding)?.checked_sub(1)?);
        let tag_length = self.mac.algorithm().digest_algorithm().output_len();
        let tag = text.split_off(text.len().checked_sub(tag_length)?);
        (self.tag(kind, version, &text) == tag).then_some(text)
    }
}

impl Half<EncryptingKey> {
    fn seal(&mut self, kind: ContentType, version: Version, payload: &[u8]) -> Option<Vec<u8>> {
        let mut text = [payload, &self.tag(kind, version, payload)].concat();
        let padding = BLOCK - text.len() % BLOCK;
        let filler = u8::try_from(padding.checked_sub(1)?).ok()?;
        text.resize(text.len().checked_add(padding)?, filler);
        let mut iv = self.chained;
        if self.explicit {
            aws_lc_rs::rand::fill(&mut iv).ok()?;
        }
        let context = EncryptionContext::Iv128(FixedLength::from(&iv));
        self.cipher.less_safe_encrypt(&mut text, context).ok()?;
        self.chained = *text.last_chunk::<BLOCK>()?;
        Some(if self.explicit { [iv.as_slice(), &text].concat() } else { text })
    }
}

/// The protected connection as bytes.
struct Stream<'w> {
    wire: &'w mut Wire,
    input: Option<Half<DecryptingKey>>,
    out: Half<EncryptingKey>,
    version: Version,
    plain: Vec<u8>,
}

impl Stream<'_> {
    fn send(&mut self, kind: ContentType, payload: &[u8]) -> io::Result<()> {
        for piece in payload.chunks(record::MAX_PLAINTEXT) {
            let sealed = self.out.seal(kind, self.version, piece).ok_or(io::ErrorKind::InvalidData)?;
            let length = u16::try_from(sealed.len()).map_err(|_| io::ErrorKind::InvalidData)?;
            let [high, low] = self.version.0.to_be_bytes();
            self.wire.write_all(&[kind.0, high, low])?;
            self.wire.write_all(&length.to_be_bytes())?;
            self.wire.write_all(&sealed)?;
        }
        Ok(())
    }
}

impl Read for Stream<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        while self.plain.is_empty() {
            let (kind, sealed) = read_record(self.wire)?;
            let input = self.input.as_mut().ok_or(io::ErrorKind::UnexpectedEof)?;
            let text = input.open(kind, self.version, &sealed).ok_or(io::ErrorKind::InvalidData)?;
            match kind {
                // Empty ones are the client's guard against a known flaw of TLS 1.0.
                ContentType::APPLICATION_DATA => self.plain = text,
                _ => return Ok(0),
            }
        }
        let n = self.plain.len().min(into.len());
        for (to, from) in into.iter_mut().zip(self.plain.drain(..n)) {
            *to = from;
        }
        Ok(n)
    }
}

impl Write for Stream<'_> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.send(ContentType::APPLICATION_DATA, bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.wire.flush()
    }
}

fn read_record(wire: &mut Wire) -> io::Result<(ContentType, Vec<u8>)> {
    let mut header = [0; 5];
    wire.read_exact(&mut header)?;
    let [kind, _, _, high, low] = header;
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length > record::MAX_PAYLOAD {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut payload = vec![0; length];
    wire.read_exact(&mut payload)?;
    Ok((ContentType(kind), payload))
}

/// The first handshake message, once it is whole.
fn whole_message(bytes: &[u8]) -> Option<&[u8]> {
    let [_, a, b, c] = *bytes.first_chunk::<4>()?;
    let length = usize::try_from(u32::from_be_bytes([0, a, b, c])).ok()?;
    bytes.get(..length.checked_add(4)?)
}
