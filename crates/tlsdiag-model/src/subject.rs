//! What a verdict is about: machine, site, endpoint, path, certificate. Verdicts are per (rule, subject).
use crate::{CertId, Thumb};
use serde::{Deserialize, Serialize};
use std::{fmt, net::IpAddr, sync::Arc};

/// A machine, interned in [`crate::Case::hosts`]. An address that nobody has looked inside of is a machine too, until an
/// alias says which.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Host(pub u32);

impl Host {
    /// The machine on which tlsdiag runs.
    pub const HERE: Host = Host(0);
}

/// A host name as asked for, in lower case, without a trailing dot.
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Name(Arc<str>);

impl Name {
    /// Lower-cases ASCII and drops one trailing dot.
    pub fn new(s: &str) -> Name {
        let s = s.strip_suffix('.').unwrap_or(s);
        Name(s.to_ascii_lowercase().into())
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl fmt::Debug for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", &*self.0)
    }
}
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}
impl From<&str> for Name {
    fn from(s: &str) -> Name {
        Name::new(s)
    }
}

/// An address, or all of a machine's addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Addr {
    /// Every address, of both families: `*`.
    Any,
    /// Every address of IPv4: `0.0.0.0`.
    AnyV4,
    /// Every address of IPv6: `[::]`.
    AnyV6,
    /// This one.
    Is(IpAddr),
}

impl Addr {
    /// Reads an address; the unspecified ones and `*` are wildcards.
    pub fn parse(s: &str) -> Option<Addr> {
        match s.trim_start_matches('[').trim_end_matches(']') {
            "*" | "" => Some(Addr::Any),
            ip => ip.split('%').next()?.parse().ok().map(Addr::of),
        }
    }
    /// Of an address, the unspecified ones being wildcards.
    pub fn of(ip: IpAddr) -> Addr {
        match ip {
            IpAddr::V4(a) if a.is_unspecified() => Addr::AnyV4,
            IpAddr::V6(a) if a.is_unspecified() => Addr::AnyV6,
            a => Addr::Is(a),
        }
    }
    /// Is it a wildcard?
    pub fn is_wildcard(self) -> bool {
        !matches!(self, Addr::Is(_))
    }
    /// Does it hold all that `other` holds?
    pub fn covers(self, other: Addr) -> bool {
        match (self, other) {
            (Addr::Any, _) => true,
            (Addr::AnyV4, Addr::Is(a)) => a.is_ipv4(),
            (Addr::AnyV6, Addr::Is(a)) => a.is_ipv6(),
            (a, b) => a == b,
        }
    }
    /// Have the two an address in common?
    pub fn meets(self, other: Addr) -> bool {
        self.covers(other) || other.covers(self)
    }
}

/// Where TLS is spoken: machine, address or wildcard, port, and the name that a client sends.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Endpoint {
    /// The machine.
    pub host: Host,
    /// Its address.
    pub addr: Addr,
    /// TCP port.
    pub port: u16,
    /// Server name; `None` for whatever name.
    pub name: Option<Name>,
}

/// What a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Subject {
    /// A whole machine.
    Host(Host),
    /// What a person asks for: a name and a port, as seen from one machine; several endpoints may serve it.
    Site {
        /// From where it is asked for.
        from: Host,
        /// The name or address as typed.
        name: Name,
        /// TCP port.
        port: u16,
    },
    /// One endpoint.
    Endpoint(Endpoint),
    /// The way from one machine to an endpoint: two vantages that differ are no contradiction.
    Path {
        /// From where.
        from: Host,
        /// To where.
        to: Endpoint,
    },
    /// A certificate on a machine.
    Cert {
        /// The machine that holds or sends it.
        host: Host,
        /// Which.
        id: CertId,
    },
    /// A certificate in the stores of a machine, by its thumbprint.
    Stored {
        /// The machine.
        host: Host,
        /// Which.
        thumb: Thumb,
    },
    /// Certificates and a key in files, as a server would be given them.
    Identity {
        /// The machine where the files lie.
        host: Host,
        /// How people call it: the files.
        label: Arc<str>,
    },
}

impl Subject {
    /// The machine whose rows the subject's rules read first.
    pub fn host(&self) -> Host {
        match self {
            Subject::Host(h)
            | Subject::Cert { host: h, .. }
            | Subject::Identity { host: h, .. }
            | Subject::Stored { host: h, .. } => *h,
            Subject::Endpoint(e) | Subject::Path { to: e, .. } => e.host,
            Subject::Site { from, .. } => *from,
        }
    }
    /// The endpoint, where there is one.
    pub fn endpoint(&self) -> Option<&Endpoint> {
        match self {
            Subject::Endpoint(e) | Subject::Path { to: e, .. } => Some(e),
            _ => None,
        }
    }
}

impl fmt::Display for Addr {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Addr::Any => f.write_str("*"),
            Addr::AnyV4 => f.write_str("0.0.0.0"),
            Addr::AnyV6 => f.write_str("[::]"),
            Addr::Is(a) => write!(f, "{a}"),
        }
    }
}

impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.addr {
            Addr::Is(IpAddr::V6(a)) => write!(f, "[{a}]:{}", self.port)?,
            a => write!(f, "{a}:{}", self.port)?,
        }
        match &self.name {
            Some(n) => write!(f, " ({n})"),
            None => Ok(()),
        }
    }
}
