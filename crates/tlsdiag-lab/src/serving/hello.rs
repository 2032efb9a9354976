//! The client's hello as a server sees it before TLS begins, and the gates that it has to pass.
use super::wire::Wire;
use crate::plan::{Gate, Reaction, Reading, When};
use std::io::{Read, Write};
use tlsdiag_wire::{Alert, ClientHello, ContentType, ExtensionType, Version, record};

/// The longest hello that is read.
const MOST: usize = 96 * 1024;

/// How a connection opened.
#[derive(Debug)]
pub(crate) enum Opening {
    /// With a hello that takes so many bytes on the wire. All bytes have been put back.
    Hello(Box<ClientHello>, usize),
    /// With something else; its first bytes.
    Other(Vec<u8>),
    /// With a hello that did not come whole in the one read that this server does.
    Torn(Reaction),
    /// It ended.
    Gone,
}

/// Reads until it is clear how the connection opens.
pub(crate) fn opening(wire: &mut Wire, reading: Reading) -> Opening {
    let mut bytes = Vec::new();
    let mut buffer = vec![0; 16 * 1024];
    let room = match reading {
        Reading::Whole => buffer.len(),
        Reading::Once(most, _) => most.min(buffer.len()),
    };
    loop {
        let Ok(n @ 1..) = wire.read(buffer.get_mut(..room).unwrap_or_default()) else { return Opening::Gone };
        bytes.extend_from_slice(buffer.get(..n).unwrap_or_default());
        match ClientHello::parse_records(&bytes) {
            Ok((hello, length)) => {
                wire.put_back(bytes);
                return Opening::Hello(Box::new(hello), length);
            }
            Err(error) if error.is_truncated() && bytes.len() < MOST => {
                if let Reading::Once(_, reaction) = reading {
                    return Opening::Torn(reaction);
                }
            }
            Err(_) => return Opening::Other(bytes),
        }
    }
}

/// Lets a hello through the gates, or gives what has to be done to it.
pub(crate) fn judge(gates: &[Gate], hello: &ClientHello, length: usize, site: &str) -> Option<Reaction> {
    gates.iter().find(|gate| matches(&gate.when, hello, length, site)).map(|gate| gate.then)
}

/// Does what a gate demands. Gives the connection back if the handshake goes on.
pub(crate) fn react(mut wire: Wire, reaction: Reaction, hello: Option<&ClientHello>) -> Option<Wire> {
    let version = record_version(hello);
    let alert = |alert: Alert| record::encode(ContentType::ALERT, version, &alert.to_payload(), 2);
    match reaction {
        Reaction::Reset => wire.reset(),
        Reaction::Close => wire.close(),
        Reaction::Swallow => wire.swallow(),
        Reaction::Alert(description) => {
            let _ = wire.write_all(&alert(Alert::fatal(description)));
            wire.close();
        }
        Reaction::Warn(description) => {
            let _ = wire.write_all(&alert(Alert::warning(description)));
            return Some(wire);
        }
    }
    None
}

/// The version for records that a server sends before it has chosen one.
fn record_version(hello: Option<&ClientHello>) -> Version {
    hello.map_or(Version::TLS1_2, |hello| hello.legacy_version.min(Version::TLS1_2))
}

fn matches(when: &When, hello: &ClientHello, length: usize, site: &str) -> bool {
    let kinds = || hello.extensions.iter().flat_map(|extensions| extensions.kinds());
    match when {
        When::Always => true,
        When::LongerThan(most) => length > *most,
        When::Group(group) => hello.groups().contains(group) || hello.key_shares().iter().any(|s| s.group == *group),
        When::Offers(version) => hello.offered_versions().contains(version),
        When::Carries(kind) => hello.has(*kind),
        When::Grease => {
            kinds().any(|kind| kind.is_grease())
                || hello.cipher_suites.iter().any(|suite| suite.is_grease())
                || hello.groups().iter().any(|group| group.is_grease())
        }
        When::Modern => kinds().any(|kind| !kind.is_grease() && is_modern(kind)),
        When::AsksForSite => asks_for(hello, site),
        When::AsksForNothing => !hello.has(ExtensionType::SERVER_NAME),
        When::LacksAll(suites) => !hello.cipher_suites.iter().any(|suite| suites.contains(suite)),
    }
}

/// Whether the hello asks for a name; capitals and a dot at the end make no difference (RFC 6066 section 3).
pub(crate) fn asks_for(hello: &ClientHello, site: &str) -> bool {
    hello.server_name().is_some_and(|name| name.trim_end_matches('.').eq_ignore_ascii_case(site))
}

/// Extensions that a server of 2015 had never heard of and TLS 1.3 does not need to be negotiated.
fn is_modern(kind: ExtensionType) -> bool {
    const OLD: [u16; 10] = [13172, 30031, 30032, 65281, 41, 43, 45, 50, 51, 42];
    kind.0 > 24 && kind != ExtensionType::SESSION_TICKET && !OLD.contains(&kind.0)
}
