//! What HTTP.sys knows about TLS for one endpoint, as `netsh http show sslcert` and `httpcfg query ssl` print it.
use super::damaged::Damaged;
use super::lines::{Line, is_blank};
use super::shape::{Endpoint, Guid, Hash};

/// The lines of the file from which something was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// Counted from 1.
    pub first: u32,
    /// Counted from 1, included.
    pub last: u32,
}

impl Span {
    /// One line.
    #[must_use]
    pub fn line(number: u32) -> Self {
        Self { first: number, last: number }
    }
}

/// What a record is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Key {
    /// An address with its port.
    Ip(Endpoint),
    /// A host name with its port, for clients that send SNI; `*:443` in the first listings of the central store is
    /// [`Key::Central`].
    Host(Endpoint),
    /// The central certificate store on this port.
    Central(u16),
    /// Masked or damaged.
    Damaged(Damaged),
}

impl Key {
    /// The port, if it can be read.
    #[must_use]
    pub fn port(&self) -> Option<u16> {
        match self {
            Self::Ip(endpoint) | Self::Host(endpoint) => Some(endpoint.port),
            Self::Central(port) => Some(*port),
            Self::Damaged(_) => None,
        }
    }
}

/// Which tool printed a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Printer {
    /// `netsh http show sslcert`, from Windows Server 2008.
    Netsh,
    /// `httpcfg query ssl`, Windows Server 2003.
    Httpcfg,
}

/// A switch of a record, in the order in which netsh prints them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Switch {
    /// Verify Client Certificate Revocation.
    VerifyRevocation,
    /// Verify Revocation Using Cached Client Certificate Only.
    CachedRevocationOnly,
    /// Usage Check.
    UsageCheck,
    /// DS Mapper Usage.
    DsMapper,
    /// Negotiate Client Certificate.
    NegotiateClientCertificate,
    /// Reject Connections.
    RejectConnections,
    /// Disable HTTP2.
    DisableHttp2,
    /// Disable QUIC.
    DisableQuic,
    /// Disable TLS1.2.
    DisableTls12,
    /// Disable TLS1.3.
    DisableTls13,
    /// Disable OCSP Stapling.
    DisableOcspStapling,
    /// Enable Token Binding.
    EnableTokenBinding,
    /// Log Extended Events.
    LogExtendedEvents,
    /// Disable Legacy TLS Versions.
    DisableLegacyTls,
    /// Enable Session Ticket.
    EnableSessionTicket,
}

/// What a switch is set to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    /// Enabled.
    On,
    /// Disabled.
    Off,
    /// Not Set: the default of the machine holds.
    NotSet,
}

/// One line of a record with a switch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Setting {
    /// Which switch it is, if its place tells.
    pub switch: Option<Switch>,
    /// The word that stands there, in the language of that machine.
    pub word: String,
    /// What the word means, if that is certain.
    pub state: Option<State>,
    /// Line of the file.
    pub line: u32,
}

/// One record of HTTP.sys.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SslBinding {
    /// Who printed it.
    pub printer: Printer,
    /// What it is found by.
    pub key: Key,
    /// Its label, in the language of that machine. In English it tells a scoped central store from a host name.
    pub key_label: String,
    /// The thumbprint; `None` if there is no such line.
    pub hash: Option<Hash>,
    /// The id of the application that made it; `None` if there is no such line.
    pub app_id: Option<Result<Guid, Damaged>>,
    /// The store; `Some(None)` for `(null)`, which means MY.
    pub store: Option<Option<String>>,
    /// Seconds; see `RevocationFreshnessTime` of `HTTP_SERVICE_CONFIG_SSL_PARAM`.
    pub freshness_time: Option<u64>,
    /// Milliseconds.
    pub retrieval_timeout: Option<u64>,
    /// Of the list of issuers that is sent to clients.
    pub ctl_identifier: Option<String>,
    /// Store of that list, such as `AdfsTrustedDevices`.
    pub ctl_store: Option<String>,
    /// `CertCheckMode` of httpcfg: 1 no revocation check, 2 cached only, 4 freshness time, 0x10000 no usage check.
    pub check_mode: Option<u64>,
    /// `Flags` of httpcfg: 1 DS mapper, 2 negotiate client certificates, 4 no raw ISAPI filter.
    pub flags: Option<u64>,
    /// Switches of netsh.
    pub settings: Vec<Setting>,
    /// Whether the file ends inside of it, or it lacks lines that every such record has.
    pub cut: bool,
    /// From its key to its last line.
    pub lines: Span,
}

impl SslBinding {
    /// The state of a switch, if it is certain.
    #[must_use]
    pub fn state(&self, switch: Switch) -> Option<State> {
        self.settings.iter().find(|setting| setting.switch == Some(switch)).and_then(|setting| setting.state)
    }

    pub(super) fn new(printer: Printer, key: Key, label: &str, line: u32) -> Self {
        Self {
            printer,
            key,
            key_label: super::damaged::clip(label),
            hash: None,
            app_id: None,
            store: None,
            freshness_time: None,
            retrieval_timeout: None,
            ctl_identifier: None,
            ctl_store: None,
            check_mode: None,
            flags: None,
            settings: Vec::new(),
            cut: true,
            lines: Span::line(line),
        }
    }
}

/// A line of a listing taken apart: what stands before the value, the value, and the value with its padding.
#[derive(Debug, Clone, Copy)]
pub(super) struct Entry<'a> {
    pub(super) label: &'a str,
    pub(super) value: &'a str,
    /// With the blanks that belong to it: all but the one that follows the separator.
    pub(super) padded: &'a str,
    pub(super) line: u32,
    pub(super) indent: usize,
}

impl<'a> Entry<'a> {
    pub(super) fn of(line: Line<'a>) -> Self {
        let (label, padded) = split(line);
        let value = padded.trim_matches(is_blank);
        let padded = if line.text.contains(':') || line.text.contains('：') { padded } else { value };
        Self { label, value, padded, line: line.number, indent: line.indent() }
    }

    /// Whether it is an id in braces, sound or not.
    pub(super) fn is_braced(&self) -> bool {
        self.value.len() >= 10 && self.value.starts_with('{') && self.value.ends_with('}')
    }

    pub(super) fn guid(&self) -> Result<Guid, Damaged> {
        Guid::parse(self.value).ok_or_else(|| {
            Damaged::new(self.value, "a GUID in braces", "other characters or another length", self.line)
        })
    }

    /// The endpoint that is its value. A masked one is none.
    pub(super) fn endpoint(&self) -> Option<Endpoint> {
        Endpoint::parse(self.value).filter(|endpoint| !is_masked(&endpoint.host))
    }
}

/// `xxx.xxx.xxx.xxx`, `***`.
pub(super) fn is_masked(host: &str) -> bool {
    host != "*" && host.chars().all(|c| matches!(c, 'x' | 'X' | '*' | '#' | '.' | '-' | '_'))
}

/// Label and value. Without a separator the value is what follows the tabulator or the last blank; a line with one word
/// only is a label without a value.
fn split(line: Line<'_>) -> (&str, &str) {
    let text = line.trimmed();
    let separator = text.char_indices().filter(|(_, c)| matches!(c, ':' | '：')).rfind(|(at, c)| {
        let rest = text.get(at + c.len_utf8()..).unwrap_or("");
        rest.is_empty() || rest.starts_with(is_blank) || *c == '：'
    });
    if let Some((at, c)) = separator {
        let value = text.get(at + c.len_utf8()..).unwrap_or("");
        let mut rest = value.chars();
        let value = if rest.next().is_some_and(is_blank) { rest.as_str() } else { value };
        return (text.get(..at).unwrap_or("").trim_end_matches(is_blank), value);
    }
    if let Some((label, value)) = text.split_once('\t') {
        return (label, value);
    }
    if let Some((label, value)) = text.split_once(is_blank)
        && super::httpcfg::columns(value.trim_matches(is_blank)).is_some()
    {
        return (label, value.trim_matches(is_blank));
    }
    text.rsplit_once(is_blank).map_or((text, ""), |(label, value)| (label.trim_end_matches(is_blank), value))
}
