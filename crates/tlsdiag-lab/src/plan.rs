//! One endpoint as data: what listens, what it does to hellos, which certificate it has, how it speaks TLS and HTTP.
//!
//! A fault changes a plan and nothing else, so two faults can be laid over each other, and the machinery that carries a
//! plan out knows no fault by name.

use crate::key::{Digest, KeyType};
use crate::names::Spoken;
use std::{net::IpAddr, time::Duration};
use tlsdiag_wire::{AlertDescription, CipherSuite, ExtensionType, Group, Version};

/// One endpoint.
#[derive(Clone, Debug)]
pub struct Plan {
    /// The DNS name of the site, in A-labels.
    pub name: String,
    /// How a visitor writes the host in the URL.
    pub asked: Asked,
    /// What listens on the port.
    pub listen: Listen,
    /// How much of a hello it takes from the socket.
    pub reading: Reading,
    /// What it does to certain hellos before anything else; the first that matches acts.
    pub gates: Vec<Gate>,
    /// The certificate.
    pub credential: Credential,
    /// What clients get that do not ask for the name.
    pub nameless: Nameless,
    /// How TLS is spoken.
    pub tls: TlsPlan,
    /// How HTTP is spoken.
    pub http: HttpPlan,
    /// How long it waits before its first bytes.
    pub delay: Duration,
    /// A further port that speaks plain HTTP.
    pub plain_port: Option<PlainPort>,
}

/// How a visitor writes the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// The name as it is.
    Name,
    /// The name in capitals.
    Capitals,
    /// The name with a dot at the end.
    TrailingDot,
    /// The name with its labels in Unicode.
    Unicode,
    /// The address.
    Address,
}

/// What listens on the port.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listen {
    /// A TLS server.
    Tls,
    /// Nothing: connections are refused.
    Nothing,
    /// A program that accepts and reads but never writes.
    Silent,
    /// A program that never accepts; its queue is full.
    Full,
    /// Plain HTTP.
    PlainHttp,
    /// Another protocol.
    Speaks(Spoken),
    /// Bytes that no honest server sends.
    Hostile(Hostile),
}

/// What a server sends that wants to harm who looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hostile {
    /// Random bytes without end (limited by the time a connection may last).
    Garbage,
    /// A handshake whose Certificate claims 16 MiB - 1, sent as long as somebody reads.
    HugeCertificate,
    /// A good ServerHello, one byte a second.
    Trickle,
    /// Empty handshake records without end.
    EmptyRecords,
    /// Warning alerts without end.
    EndlessWarnings,
    /// A certificate of indefinite lengths, a thousand deep, and lengths that reach beyond the end.
    HostileDer,
    /// A greeting of a mail server that carries terminal control sequences.
    ControlGreeting,
    /// TLS records whose length field says more than the protocol allows.
    OversizedRecord,
}

/// How much of a hello the server takes from the socket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reading {
    /// All of it, in however many segments it comes.
    Whole,
    /// What one `read` of so many bytes gives; a hello that is not complete then is met with the reaction.
    Once(usize, Reaction),
}

/// What is done to which hellos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gate {
    /// Which.
    pub when: When,
    /// What.
    pub then: Reaction,
}

/// Which hellos.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum When {
    /// All.
    Always,
    /// Those that take more bytes than this on the wire, record headers included.
    LongerThan(usize),
    /// Those that offer a group.
    Group(Group),
    /// Those that offer a version.
    Offers(Version),
    /// Those that carry an extension.
    Carries(ExtensionType),
    /// Those that carry GREASE as a suite, extension, group or version (RFC 8701).
    Grease,
    /// Those that carry an extension which was not registered in 2015.
    Modern,
    /// Those that ask for the site's name.
    AsksForSite,
    /// Those that ask for no name.
    AsksForNothing,
    /// Those with none of these suites.
    LacksAll(&'static [CipherSuite]),
}

/// What is done to a hello.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reaction {
    /// TCP reset.
    Reset,
    /// TCP close without an alert.
    Close,
    /// Nothing at all, until the client gives up.
    Swallow,
    /// A fatal alert, then close.
    Alert(AlertDescription),
    /// A warning alert, then the handshake goes on.
    Warn(AlertDescription),
}

/// The certificate of the site, its chain and what is sent of it.
#[derive(Clone, Debug)]
pub struct Credential {
    /// The end-entity certificate.
    pub leaf: LeafPlan,
    /// The authorities from the leaf's issuer upward, without the root.
    pub authorities: Vec<AuthorityPlan>,
    /// Where the chain ends.
    pub root: RootPlan,
    /// What is sent, in this order.
    pub sent: Vec<Sent>,
    /// Sign handshakes with another key than the certificate's.
    pub foreign_key: bool,
}

/// The end-entity certificate.
#[derive(Clone, Debug)]
pub struct LeafPlan {
    /// Its key.
    pub key: KeyType,
    /// Common name in the subject.
    pub common_name: Option<String>,
    /// dNSName entries.
    pub dns: Vec<String>,
    /// iPAddress entries.
    pub addresses: Vec<IpAddr>,
    /// Whether there is a subjectAltName extension, even if it holds nothing.
    pub has_san: bool,
    /// Validity.
    pub valid: Validity,
    /// Extended key usages; empty: no such extension.
    pub purposes: Vec<Purpose>,
    /// Key usage bits.
    pub usage: Usage,
    /// Whether it is a certificate of an authority.
    pub ca: bool,
    /// The hash of the signature on it; `None`: what the issuer's key usually takes.
    pub digest: Option<Digest>,
    /// Where its status can be asked, and what the answer is.
    pub status: StatusPlan,
    /// Bytes of an extension nobody knows, to make it long.
    pub ballast: usize,
    /// The further text in the subject, raw.
    pub organization: String,
}

/// Validity in hours from now: not before, not after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Validity(pub i64, pub i64);

/// An extended key usage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// id-kp-serverAuth
    ServerAuth,
    /// id-kp-clientAuth
    ClientAuth,
    /// id-kp-codeSigning
    CodeSigning,
    /// id-kp-emailProtection
    EmailProtection,
    /// id-kp-OCSPSigning
    OcspSigning,
}

/// The keyUsage extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Usage {
    /// What fits the key: digitalSignature, and keyEncipherment for RSA.
    Fitting,
    /// keyCertSign and cRLSign only.
    AuthorityOnly,
    /// nonRepudiation and dataEncipherment only.
    DocumentsOnly,
    /// No such extension.
    Absent,
}

/// Where the status of a certificate can be asked, and what the answer is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StatusPlan {
    /// An OCSP responder (RFC 6960).
    pub ocsp: Option<Status>,
    /// A CRL (RFC 5280 section 5).
    pub crl: Option<Status>,
    /// A stapled response (RFC 6066 section 8).
    pub staple: Option<Staple>,
    /// A link to the issuer's certificate (RFC 5280 section 4.2.2.1), and whether it leads to it.
    pub issuer_link: Option<Link>,
    /// The TLS feature extension that demands a staple (RFC 7633).
    pub must_staple: bool,
}

/// What an authority says of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// Good.
    Good,
    /// Revoked some days ago.
    Revoked,
}

/// A stapled response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Staple {
    /// As the authority would give it now.
    Fresh(Status),
    /// Its nextUpdate has passed.
    Stale,
    /// It speaks of another serial number.
    OfAnother,
    /// Its signature is another key's.
    Forged,
}

/// Where a link leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Link {
    /// To what it names.
    Leads,
    /// To HTTP 404.
    Dead,
}

/// An intermediate authority.
#[derive(Clone, Debug)]
pub struct AuthorityPlan {
    /// Its key.
    pub key: KeyType,
    /// Validity.
    pub valid: Validity,
    /// Whether its certificate says that it is an authority.
    pub ca: bool,
    /// Names that certificates below it may hold (RFC 5280 section 4.2.1.10); empty: any.
    pub permitted: Vec<String>,
    /// Names that certificates below it may not hold.
    pub excluded: Vec<String>,
    /// Bytes of an extension nobody knows, to make it long.
    pub ballast: usize,
}

/// Where a chain ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RootPlan {
    /// At the lab's root, which `--ca-file` names.
    Lab,
    /// At a root that nobody trusts.
    Unknown,
    /// Nowhere: the leaf is signed with its own key.
    SelfSigned,
}

/// One of the certificates sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sent {
    /// The leaf.
    Leaf,
    /// The n-th authority above it.
    Authority(usize),
    /// A certificate with the subject of the n-th authority, from the same issuer, and another key.
    Double(usize),
    /// The root.
    Root,
}

/// What clients get that do not ask for the site's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Nameless {
    /// The same certificate.
    Same,
    /// The certificate of another site on the same machine.
    Another,
}

/// How TLS is spoken.
#[derive(Clone, Debug)]
pub struct TlsPlan {
    /// Versions that it completes; only TLS 1.2 and 1.3.
    pub versions: Vec<Version>,
    /// Suites that it takes; empty: all that are good.
    pub suites: Vec<CipherSuite>,
    /// Groups that it takes; empty: X25519MLKEM768, X25519, P-256, P-384.
    pub groups: Vec<Group>,
    /// Protocols that it takes, in its order; empty: it ignores ALPN.
    pub alpn: Vec<&'static str>,
    /// Whether it asks for a client's certificate.
    pub client_certificate: ClientCertificate,
    /// Whether it gives tickets.
    pub tickets: bool,
    /// Instead of completing handshakes: a flight and what follows it.
    pub flight: Option<FlightPlan>,
}

/// Whether a client's certificate is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientCertificate {
    /// No.
    Never,
    /// Yes, and clients without one are let in.
    Optional,
    /// Yes, and clients without one are refused.
    Required,
}

/// The server's first flight, put together by hand for what no honest library sends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FlightPlan {
    /// The version chosen, at most TLS 1.2.
    pub version: Version,
    /// The suites that the server has, best first; it takes the first that the client offers.
    pub suites: &'static [CipherSuite],
    /// Whether it echoes renegotiation_info (RFC 5746).
    pub secure_renegotiation: bool,
    /// Bits of the Diffie-Hellman prime, where such a suite is taken.
    pub dh_bits: usize,
    /// What happens in the middle of the flight or after it.
    pub end: FlightEnd,
}

/// How a flight ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlightEnd {
    /// The whole flight; the handshake is completed, and HTTP answers, where the suite can be completed here; else the
    /// client's answer is met with handshake_failure.
    Whole,
    /// Half of the Certificate message, then this.
    HalfCertificate(Reaction),
}

/// How HTTP is spoken.
#[derive(Clone, Debug)]
pub struct HttpPlan {
    /// The `Server` field; a server may have none.
    pub banner: Option<String>,
    /// 0 for HTTP/1.0, 1 for HTTP/1.1.
    pub minor: u8,
    /// What `/` answers.
    pub answer: Answer,
    /// How the connection ends.
    pub ending: Ending,
    /// Whether plain HTTP on the TLS port is told so (nginx, Apache) or met with silence.
    pub tells_plain: bool,
}

/// What `/` answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// A page with a status.
    Page(u16),
    /// Nothing, until the client gives up.
    Silence,
    /// A redirect to the place itself.
    ToItself,
    /// A redirect to the further port, which redirects back.
    ToPlainPort,
    /// A redirect to `/` + this, which answers 200.
    ToPath(&'static str),
    /// A page with these bytes in its `Server` and `Location` fields.
    Fields(Vec<u8>, Vec<u8>),
}

/// How a connection ends after the answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// close_notify, then FIN.
    Proper,
    /// FIN without close_notify.
    NoCloseNotify,
    /// Reset once the answer has been taken.
    Reset,
}

/// A further port of the site that speaks plain HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlainPort {
    /// It redirects to the TLS port.
    RedirectsToTls,
}
