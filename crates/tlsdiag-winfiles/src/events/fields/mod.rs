//! What an event says about TLS, whatever form it came in: codes, states, alerts, endpoints, keys, certificates.
//!
//! Names of EventData come first, then the places of unnamed strings, then the numbers of a message text, in whatever
//! language it is.

mod capi2;
mod httpevent;
mod schannel;

use super::Event;
use super::known::{Class, class_of};
use super::text::shape;

pub use self::capi2::{Capi2, ChainCertificate};

/// Which side of a handshake this machine was on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Side {
    /// It answered.
    Server,
    /// It called out.
    Client,
    /// The event does not tell.
    #[default]
    Unknown,
}

/// The process on whose behalf something happened.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Process {
    /// Its name as the event has it, `lsass` or `C:\Windows\System32\inetsrv\w3wp.exe`.
    pub name: Option<String>,
    /// Its number.
    pub id: Option<u32>,
}

/// The private key that a credential uses, from event 36868.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Key {
    /// The provider (CSP or key storage provider).
    pub provider: Option<String>,
    /// The type of the provider; 0 for CNG, 12 for RSA SChannel.
    pub provider_type: Option<u32>,
    /// The name of the key container.
    pub container: Option<String>,
    /// 1 for key exchange, 2 for signature, where the event tells it by a number.
    pub spec: Option<u32>,
    /// What the event says of the key's kind, in the language of the machine.
    pub spec_words: Option<String>,
    /// Flags of the key.
    pub flags: Option<u32>,
}

/// What an event says about TLS. What it does not say is `None`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Fields {
    /// Whose event it is.
    pub class: Class,
    /// The event id.
    pub id: u32,
    /// The HRESULT, security status or NTSTATUS.
    pub code: Option<u32>,
    /// Schannel's internal error state.
    pub state: Option<u32>,
    /// The alert's number.
    pub alert: Option<u8>,
    /// Which side this machine was on.
    pub side: Side,
    /// The protocol version, `TLS 1.2`.
    pub protocol: Option<String>,
    /// The cipher suite's number, from 36880.
    pub suite: Option<u16>,
    /// The endpoint or URL, from HttpEvent: `0.0.0.0:443`.
    pub endpoint: Option<String>,
    /// The process.
    pub process: Option<Process>,
    /// The SHA-1 thumbprint of the certificate that the event is about, where the event names it.
    pub thumbprint: Option<[u8; 20]>,
    /// A certificate that the event carries, DER.
    pub certificate: Option<Vec<u8>>,
    /// The key, from 36868.
    pub key: Option<Key>,
    /// The remote end's or expected name.
    pub remote: Option<String>,
    /// Subject names, from 36880: this machine's, the peer's.
    pub subjects: (Option<String>, Option<String>),
    /// What CAPI2 tells.
    pub capi2: Option<Capi2>,
}

/// Alerts of TLS that have a number in the IANA registry or in SSL 3.0.
pub fn is_alert(number: u64) -> bool {
    matches!(number, 0 | 10 | 20..=22 | 30 | 40..=51 | 60 | 70 | 71 | 80 | 86 | 90 | 100 | 109..=116 | 120 | 121)
}

/// Reads what an event says about TLS.
pub fn fields(event: &Event) -> Fields {
    let class = class_of(&event.provider);
    let mut fields = Fields { class, id: event.id, ..Fields::default() };
    match class {
        Class::Schannel => schannel::read(event, &mut fields),
        Class::HttpEvent | Class::HttpService => httpevent::read(event, &mut fields),
        Class::Capi2 => capi2::read(event, &mut fields),
        Class::CertificateServicesClient => {
            let texts = event.data.iter().map(|d| d.value.as_str()).chain(event.message.as_deref());
            for text in texts {
                fields.code = fields.code.or_else(|| shape::codes(text).first().map(|c| c.value));
                fields.thumbprint = fields.thumbprint.or_else(|| shape::thumbprint(text));
            }
        }
        Class::Other => {}
    }
    fields
}

/// A number of 32 bits as an event's value has it: decimal, signed, hex with or without `0x`.
pub(crate) fn code(value: &str) -> Option<u32> {
    let value = shape::trim(value);
    if let Some(digits) = value.strip_prefix("0x").or_else(|| value.strip_prefix("0X")) {
        let number = u64::from_str_radix(digits, 16).ok()?;
        // A status of 32 bits, widened with its sign.
        let widened = number >> 32 == 0xffff_ffff;
        return u32::try_from(if widened { number & 0xffff_ffff } else { number }).ok();
    }
    if let Ok(number) = value.parse::<i64>() {
        return u32::try_from(number).ok().or_else(|| i32::try_from(number).ok().map(i32::cast_unsigned));
    }
    shape::codes(value).first().filter(|c| c.start == 0).map(|c| c.value)
}

/// A code written as hex digits without `0x`, as CAPI2 does.
pub(crate) fn bare_hex(value: &str) -> Option<u32> {
    let digits = shape::trim(value);
    let digits = digits.strip_prefix("0x").unwrap_or(digits);
    if (1..=8).contains(&digits.len()) { u32::from_str_radix(digits, 16).ok() } else { None }
}

/// An event's value that is not empty.
pub(crate) fn filled(value: Option<&str>) -> Option<String> {
    value.map(shape::trim).filter(|v| !v.is_empty()).map(str::to_owned)
}
