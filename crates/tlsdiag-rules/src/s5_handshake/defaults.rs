//! Which protocol versions each version of Windows has on, has but leaves off, or lacks, for servers and clients.
//!
//! Source: Microsoft, "Protocols in TLS/SSL (Schannel SSP)", as of 2025-03-20, both roles of every row; Server 2003 is not
//! in that table and stands here by Microsoft KB 245030 (TLS 1.0 and older only). Builds by Microsoft's release notes.
use std::fmt;
use tlsdiag_model::Arg;

/// A protocol version of Schannel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Proto {
    Ssl2,
    Ssl3,
    Tls10,
    Tls11,
    Tls12,
    Tls13,
}

impl Proto {
    /// Oldest first.
    pub(crate) const ALL: [Proto; 6] =
        [Proto::Ssl2, Proto::Ssl3, Proto::Tls10, Proto::Tls11, Proto::Tls12, Proto::Tls13];
    /// What clients of today speak (RFC 8996).
    pub(crate) const CURRENT: [Proto; 2] = [Proto::Tls12, Proto::Tls13];

    /// The name of its key under `SCHANNEL\Protocols`, which is also how events write it.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Proto::Ssl2 => "SSL 2.0",
            Proto::Ssl3 => "SSL 3.0",
            Proto::Tls10 => "TLS 1.0",
            Proto::Tls11 => "TLS 1.1",
            Proto::Tls12 => "TLS 1.2",
            Proto::Tls13 => "TLS 1.3",
        }
    }
    /// Its number on the wire.
    pub(crate) fn wire(self) -> u16 {
        match self {
            Proto::Ssl2 => 0x0002,
            Proto::Ssl3 => 0x0300,
            Proto::Tls10 => 0x0301,
            Proto::Tls11 => 0x0302,
            Proto::Tls12 => 0x0303,
            Proto::Tls13 => 0x0304,
        }
    }
    /// Its bit in masks such as DefaultSecureProtocols.
    pub(crate) fn bit(self) -> u32 {
        match self {
            Proto::Ssl2 => 0x8,
            Proto::Ssl3 => 0x20,
            Proto::Tls10 => 0x80,
            Proto::Tls11 => 0x200,
            Proto::Tls12 => 0x800,
            Proto::Tls13 => 0x2000,
        }
    }
}

impl fmt::Display for Proto {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.key())
    }
}

/// Whose side of a handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Role {
    Server,
    Client,
}

impl Role {
    pub(crate) const BOTH: [Role; 2] = [Role::Server, Role::Client];

    /// The name of its key.
    pub(crate) fn key(self) -> &'static str {
        match self {
            Role::Server => "Server",
            Role::Client => "Client",
        }
    }
}

/// What a version of Windows does about a protocol version if nobody tells it otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Preset {
    /// On.
    On,
    /// There, and off until somebody switches it on.
    Off,
    /// Not there.
    Lacks,
}

/// One version of Windows.
#[derive(Debug)]
pub(crate) struct Windows {
    /// First build.
    from: u32,
    /// Name of the server edition, and of the client edition.
    names: [&'static str; 2],
    /// SSL 2.0, SSL 3.0, TLS 1.0, TLS 1.1, TLS 1.2, TLS 1.3 as a server.
    server: [Preset; 6],
    /// The same as a client.
    client: [Preset; 6],
}

use Preset::{Lacks as N, Off as F, On as O};

/// Oldest first.
#[rustfmt::skip]
static TABLE: &[Windows] = &[
    Windows { from: 2600, names: ["Windows XP", "Windows XP"], server: [O, O, O, N, N, N], client: [O, O, O, N, N, N] },
    Windows { from: 3790, names: ["Windows Server 2003", "Windows XP x64"], server: [O, O, O, N, N, N], client: [O, O, O, N, N, N] },
    Windows { from: 6000, names: ["Windows Server 2008", "Windows Vista"], server: [O, O, O, N, N, N], client: [F, O, O, N, N, N] },
    Windows { from: 6002, names: ["Windows Server 2008 SP2", "Windows Vista SP2"], server: [O, O, O, F, F, N], client: [F, O, O, F, F, N] },
    Windows { from: 7600, names: ["Windows Server 2008 R2", "Windows 7"], server: [O, O, O, F, F, N], client: [F, O, O, F, F, N] },
    Windows { from: 9200, names: ["Windows Server 2012", "Windows 8"], server: [F, O, O, O, O, N], client: [F, O, O, O, O, N] },
    Windows { from: 9600, names: ["Windows Server 2012 R2", "Windows 8.1"], server: [F, O, O, O, O, N], client: [F, O, O, O, O, N] },
    Windows { from: 10240, names: ["Windows 10 1507", "Windows 10 1507"], server: [F, O, O, O, O, N], client: [F, O, O, O, O, N] },
    Windows { from: 14393, names: ["Windows Server 2016", "Windows 10 1607"], server: [N, F, O, O, O, N], client: [N, F, O, O, O, N] },
    Windows { from: 15063, names: ["Windows Server (1709 and later)", "Windows 10"], server: [N, F, O, O, O, N], client: [N, F, O, O, O, N] },
    Windows { from: 17763, names: ["Windows Server 2019", "Windows 10 1809"], server: [N, F, O, O, O, N], client: [N, F, O, O, O, N] },
    Windows { from: 18362, names: ["Windows Server (1903 and later)", "Windows 10"], server: [N, F, O, O, O, N], client: [N, F, O, O, O, N] },
    Windows { from: 20348, names: ["Windows Server 2022", "Windows 11"], server: [N, F, O, O, O, O], client: [N, F, O, O, O, O] },
    Windows { from: 22000, names: ["Windows Server (23H2)", "Windows 11"], server: [N, F, O, O, O, O], client: [N, F, O, O, O, O] },
    Windows { from: 26100, names: ["Windows Server 2025", "Windows 11 24H2"], server: [N, F, O, O, O, O], client: [N, F, O, O, O, O] },
];

/// The version of Windows that a build belongs to; `None` for builds older than the table.
pub(crate) fn of_build(build: u32) -> Option<&'static Windows> {
    TABLE.iter().rfind(|w| w.from <= build)
}

impl Windows {
    /// What it does by itself.
    pub(crate) fn preset(&self, proto: Proto, role: Role) -> Preset {
        let all = match role {
            Role::Server => &self.server,
            Role::Client => &self.client,
        };
        all.get(proto as usize).copied().unwrap_or(Preset::Lacks)
    }
    /// Its name; the server's, unless it is known to be none.
    pub(crate) fn name(&self, server: Option<bool>) -> Arg {
        let [srv, cl] = self.names;
        Arg::term(if server == Some(false) { cl } else { srv })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_have_what_their_makers_table_says() {
        let of = |build, proto| of_build(build).map(|w| w.preset(proto, Role::Server));
        assert_eq!(of(3790, Proto::Tls12), Some(Preset::Lacks));
        assert_eq!(of(6001, Proto::Tls12), Some(Preset::Lacks));
        assert_eq!(of(6003, Proto::Tls12), Some(Preset::Off));
        assert_eq!(of(7601, Proto::Tls12), Some(Preset::Off));
        assert_eq!(of(7601, Proto::Ssl2), Some(Preset::On));
        assert_eq!(of_build(7601).map(|w| w.preset(Proto::Ssl2, Role::Client)), Some(Preset::Off));
        assert_eq!(of(9600, Proto::Tls12), Some(Preset::On));
        assert_eq!(of(17763, Proto::Tls13), Some(Preset::Lacks));
        assert_eq!(of(19045, Proto::Tls13), Some(Preset::Lacks));
        assert_eq!(of(20348, Proto::Tls13), Some(Preset::On));
        // the vendor's table still has TLS 1.0 on in Server 2025
        assert_eq!(of(26100, Proto::Tls10), Some(Preset::On));
        assert!(of_build(2195).is_none());
    }

    #[test]
    fn the_table_is_in_order() {
        assert!(TABLE.is_sorted_by_key(|w| w.from));
    }
}
