//! A message text alone, without source or id: told by the numbers in it where these can mean one event only.

use super::super::{Event, Place};
use super::shape::{codes, endpoint, numbers, protocol};

/// Longest text taken for a single message.
const LONGEST: usize = 4096;

/// Words of Schannel's and HTTP.sys's own English texts, for messages whose numbers tell too little.
const ENGLISH: &[(&str, u32, &str)] = &[
    ("credential private key", 36870, "Schannel"),
    ("does not have a private key information property", 36869, "Schannel"),
    ("while creating", 36871, "Schannel"),
    ("chain could not be retrieved", 36872, "Schannel"),
    ("No supported cipher suites were found", 36873, "Schannel"),
    ("none of the cipher suites supported", 36874, "Schannel"),
    ("no suitable client certificate", 36875, "Schannel"),
    ("remote server has not validated", 36876, "Schannel"),
    ("client application has not validated", 36877, "Schannel"),
    ("not suitable for direct mapping", 36878, "Schannel"),
    ("not successfully mapped", 36879, "Schannel"),
    ("handshake completed successfully", 36880, "Schannel"),
    ("either expired or is not yet valid", 36881, "Schannel"),
    ("untrusted certificate authority", 36882, "Schannel"),
    ("does not contain the expected name", 36884, "Schannel"),
    ("list has grown too long", 36885, "Schannel"),
    ("No suitable default server credential", 36886, "Schannel"),
    ("fatal alert was received", 36887, "Schannel"),
    ("fatal alert was generated", 36888, "Schannel"),
    ("using SSL configuration for endpoint", 15021, "Microsoft-Windows-HttpEvent"),
    ("SSL Certificate Settings deleted for", 15300, "Microsoft-Windows-HttpEvent"),
    ("SSL Certificate Settings created by", 15301, "Microsoft-Windows-HttpEvent"),
    ("SSL Certificate Settings updated for", 15302, "Microsoft-Windows-HttpEvent"),
    ("Unable to bind to the underlying transport for", 15005, "Microsoft-Windows-HttpEvent"),
];

/// What a message alone tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Told {
    Event(Box<Event>),
    /// It speaks of TLS, but its numbers do not say which event it is.
    Unknown(String),
    Nothing,
}

/// Reads a text that is one message and nothing else.
pub(crate) fn read(text: &str, place: Place) -> Told {
    let text = text.trim();
    if text.is_empty() || text.len() > LONGEST {
        return Told::Nothing;
    }
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let lower = flat.to_ascii_lowercase();
    let found = ENGLISH.iter().find(|(words, _, _)| lower.contains(&words.to_ascii_lowercase()));
    let speaks = ["SSL", "TLS", "Schannel", "SChannel", "SCHANNEL"].iter().any(|w| flat.contains(w));
    let (codes, numbers) = (codes(&flat), numbers(&flat));
    let (id, provider) = match found {
        Some((_, id, provider)) if speaks || lower.contains("fatal alert") || *id == 15005 => (*id, *provider),
        _ if !speaks => return Told::Nothing,
        _ => match shape(&codes.iter().map(|c| c.value).collect::<Vec<_>>(), &numbers) {
            Some(id) => (id, "Schannel"),
            None if codes.is_empty()
                && numbers.is_empty()
                && endpoint(&flat).is_none()
                && protocol(&flat).is_none() =>
            {
                return Told::Nothing;
            }
            None => {
                let seen: Vec<String> = codes
                    .iter()
                    .map(|c| format!("{:#010x}", c.value))
                    .chain(numbers.iter().map(u64::to_string))
                    .chain(endpoint(&flat).map(str::to_owned))
                    .chain(protocol(&flat))
                    .collect();
                return Told::Unknown(seen.join(", "));
            }
        },
    };
    Told::Event(Box::new(Event {
        provider: provider.to_owned(),
        id,
        message: Some(text.to_owned()),
        inferred: true,
        place,
        ..Event::default()
    }))
}

/// The event that codes and numbers can only belong to.
fn shape(codes: &[u32], numbers: &[u64]) -> Option<u32> {
    match (codes, numbers) {
        // An error of a key provider, with or without the internal state: the private key.
        ([0x8009_0001..=0x8009_0030 | 0x8009_030d | 0x8009_030e], [] | [10_001..=10_013]) => Some(36870),
        // Only states of credential creation are that large.
        ([], [10_001..=10_013]) => Some(36871),
        // An alert and a state of the handshake.
        ([], [alert, state]) if super::super::fields::is_alert(*alert) && (100..=2000).contains(state) => Some(36888),
        _ => None,
    }
}
