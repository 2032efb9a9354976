//! One handshake: what was offered, how far the server came, how it ended. The probe and a capture fill the same fact.
//! Host of the row: the machine that was spoken to.
use crate::{CertId, Host, Name, Sight};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// Whose hello it was.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Client {
    /// Our own hello, as long and as new as a current browser's; the handshake is not completed.
    #[default]
    BrowserLike,
    /// A current TLS library (rustls) that completes the handshake.
    Library,
    /// Somebody else's, seen in a capture.
    Foreign,
}

/// What a hello offered.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Offer {
    /// Whose.
    pub client: Client,
    /// Versions, wire numbers, best first.
    pub versions: Vec<u16>,
    /// Cipher suites in order, without GREASE.
    pub suites: Vec<u16>,
    /// Groups in order, without GREASE.
    pub groups: Vec<u16>,
    /// Groups for which a key share was sent.
    pub shares: Vec<u16>,
    /// Signature schemes in order.
    pub signatures: Vec<u16>,
    /// Extension types in order, without GREASE.
    pub extensions: Vec<u16>,
    /// ALPN protocols.
    pub alpn: Vec<String>,
    /// Server name sent.
    pub sni: Option<Name>,
    /// Length of the hello on the wire with record headers, bytes.
    pub bytes: u32,
    /// Over how many writes with a pause between it went.
    pub writes: u16,
    /// Maximum segment size asked for, where it was limited.
    pub mss: Option<u16>,
}

/// One property changed against the base hello. The order is that of cost and of how much it tells.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Vary {
    /// No post-quantum group: a hello of one small segment.
    Classic,
    /// No post-quantum group, padded to the length of the base hello (RFC 7685): length or content?
    ClassicPadded,
    /// The classic hello in two TCP segments with a pause: length or segmentation?
    ClassicSplit,
    /// The base hello with a small maximum segment size (TCP_MAXSEG): packets of at most about 576 bytes both ways.
    SmallSegments,
    /// The classic hello with a small maximum segment size: both ways small packets, the hello still in one.
    ClassicSmallSegments,
    /// At most TLS 1.2: no supported_versions, no key_share.
    Tls12,
    /// Exactly this version and suites of its time; TLS 1.2 is named in supported_versions, too, so that a stack of TLS 1.3
    /// can tell a version that it lacks from suites that it lacks.
    Only(u16),
    /// TLS 1.3 alone.
    Tls13,
    /// Everything from SSL 3.0 to TLS 1.3 with every suite known.
    Wide,
    /// No GREASE values (RFC 8701).
    NoGrease,
    /// At most TLS 1.2 with only server_name, groups, point formats, signature_algorithms.
    FewExtensions,
    /// No extension at all, not even server_name: TLS 1.0 style.
    NoExtensions,
    /// Without this extension.
    Without(u16),
    /// No server_name.
    NoName,
    /// At most TLS 1.2 and no server_name: certificates show, so it can be seen whether another one is sent.
    Tls12NoName,
    /// Another server_name: one that no server is likely to know.
    OtherName,
    /// No ALPN.
    NoAlpn,
    /// ALPN `http/1.1` alone.
    Http1,
    /// Only suites and signature schemes for RSA certificates (at most TLS 1.2).
    RsaOnly,
    /// Only suites and signature schemes for ECDSA certificates (at most TLS 1.2).
    EcdsaOnly,
    /// This group alone.
    Group(u16),
    /// Classic hello padded to this many bytes on the wire, to find a limit.
    Length(u16),
    /// An SSLv2 CLIENT-HELLO.
    Ssl2,
}

/// Why a handshake was made.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trial {
    /// The first one, or one that a client made of its own accord.
    #[default]
    Base,
    /// The base hello once more: the control.
    Again,
    /// One property changed.
    Vary(Vary),
    /// A current library completes the handshake and asks for a page.
    Full,
    /// The full handshake once more.
    FullAgain,
}

/// How far the server came.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// No TCP connection.
    Unconnected,
    /// Not a byte came back.
    #[default]
    Nothing,
    /// Something came that is not a whole message.
    Partial,
    /// ServerHello.
    ServerHello,
    /// It broke off inside its Certificate message (at most TLS 1.2).
    InCertificate,
    /// Certificate.
    Certificate,
    /// The server's first flight is whole: ServerHelloDone, or in TLS 1.3 the first encrypted record.
    Flight,
    /// Both Finished were exchanged.
    Finished,
}

/// How it ended.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum End {
    /// No answer so far; the connection is still open. A later row of the same trial replaces it.
    Pending {
        /// Milliseconds waited so far.
        after_ms: u32,
    },
    /// It came as far as it was meant to: the flight for our own hello, Finished for a library.
    #[default]
    Done,
    /// The server sent a fatal alert.
    Alert(u8),
    /// We (or the client) refused; alert number.
    Refused(u8),
    /// RST.
    Reset,
    /// FIN without an alert.
    Closed,
    /// No further byte in time.
    Silent {
        /// Milliseconds waited.
        after_ms: u32,
    },
    /// What came is not TLS: the protocol's name, or `unknown`.
    NotTls(String),
    /// TLS records that hold something that cannot be; what and at which byte.
    Garbled(String),
    /// More than we take: what, and how much it claimed.
    TooMuch(String),
    /// TCP did not connect.
    NotConnected,
}

/// Something that the server chose and that the client had not offered.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Violation {
    /// A version that was not offered.
    Version(u16),
    /// A suite that was not offered.
    Suite(u16),
    /// A group that was not offered.
    Group(u16),
    /// An ALPN protocol that was not offered.
    Alpn(String),
    /// Anything else, in words.
    Other(String),
}

/// What the server chose.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct Answered {
    /// Version.
    pub version: u16,
    /// Suite.
    pub suite: u16,
    /// Group, where it shows.
    pub group: Option<u16>,
    /// Bits of the Diffie-Hellman prime, for DHE.
    pub dh_bits: Option<u32>,
    /// ALPN, where it shows (TLS 1.3: only to the client that completes).
    pub alpn: Option<String>,
    /// HelloRetryRequest came first.
    pub retried: bool,
    /// renegotiation_info (RFC 5746).
    pub secure_renegotiation: bool,
    /// extended_master_secret (RFC 7627).
    pub extended_master_secret: bool,
    /// The server acknowledged server_name.
    pub name_acknowledged: bool,
    /// Warning alerts before ServerHello (112 unrecognized_name among them).
    pub warnings: Vec<u8>,
    /// What it must not have done.
    pub violations: Vec<Violation>,
}

/// Whether the server proved that it has the certificate's private key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyProof {
    /// Its signature in the handshake fits the certificate's key.
    Good,
    /// It does not.
    Bad,
    /// The algorithm is not known here.
    Unsupported(String),
    /// This key exchange holds no signature (static RSA, anonymous).
    Unsigned,
}

/// The server asked for a client certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(default)]
pub struct CertificateRequest {
    /// How many authorities it named.
    pub authorities: u32,
    /// The first few, readable.
    pub names: Vec<String>,
}

/// An OCSP response stapled to the handshake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Staple {
    /// None came.
    Absent,
    /// One came; what it says is a [`crate::facts::Revocation`] via [`crate::facts::Via::Staple`].
    Sent,
}

/// What came after Finished, before any answer to a request.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum After {
    /// Nothing bad.
    Well,
    /// A fatal alert: in TLS 1.3 a refusal of the client's certificate arrives here.
    Alert(u8),
    /// Closed.
    Closed,
    /// Reset.
    Reset,
    /// It asked to shake hands once more (TLS 1.2: HelloRequest), which current libraries decline, and answered nothing.
    Renegotiation,
}

/// One handshake.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Handshake {
    /// From which machine.
    pub from: Host,
    /// To this address.
    pub addr: IpAddr,
    /// And port.
    pub port: u16,
    /// The site's name, whether or not it was sent as server_name.
    pub name: Option<Name>,
    /// Why it was made.
    pub trial: Trial,
    /// What was offered.
    pub offer: Offer,
    /// How far the server came.
    pub stage: Stage,
    /// How it ended.
    pub end: End,
    /// All bytes that were sent were acknowledged by the peer's TCP.
    pub delivered: Sight<bool>,
    /// What the server chose.
    pub answered: Sight<Answered>,
    /// Certificates that it sent, in its order.
    pub chain: Sight<Vec<CertId>>,
    /// Certificates that it sent and that could not be read at all: position and why.
    pub unreadable: Vec<(u32, String)>,
    /// The staple.
    pub staple: Sight<Staple>,
    /// Proof of the private key.
    pub proof: Sight<KeyProof>,
    /// Client certificate asked for.
    pub request: Sight<Option<CertificateRequest>>,
    /// What came after Finished.
    pub after: Sight<After>,
}

impl Handshake {
    /// Is the connection still open, the end not known?
    pub fn pending(&self) -> bool {
        matches!(self.end, End::Pending { .. })
    }
    /// Did the server give a whole flight?
    pub fn done(&self) -> bool {
        self.end == End::Done
    }
    /// What a control must repeat: how it ended, how far it came and which version was chosen.
    pub fn outcome(&self) -> (End, Stage, Option<u16>) {
        let end = match &self.end {
            End::Silent { .. } => End::Silent { after_ms: 0 },
            End::Garbled(_) => End::Garbled(String::new()),
            e => e.clone(),
        };
        (end, self.stage, self.answered.saw().map(|a| a.version))
    }
    /// The first certificate that the server sent.
    pub fn leaf(&self) -> Option<CertId> {
        self.chain.saw().and_then(|c| c.first().copied())
    }
}
