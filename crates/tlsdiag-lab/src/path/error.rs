//! Why no network can be made here, and what can go wrong while one is made.

use std::{fmt, io};

/// By what right the namespaces are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Means {
    /// In a user namespace of our own; no privilege is needed.
    UserNamespace,
    /// As root, where user namespaces are switched off.
    Root,
}

/// Why no network can be made on this machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// Network namespaces exist on Linux only.
    NotLinux,
    /// A program that is needed is not on the `PATH`.
    ToolMissing {
        /// The program, such as `ip`.
        tool: &'static str,
        /// The Debian package that brings it.
        package: &'static str,
    },
    /// `/dev/net/tun` cannot be opened for reading and writing.
    TunClosed {
        /// What the kernel said.
        error: String,
    },
    /// Neither a user namespace nor, as root, a network namespace can be made.
    NoNamespace {
        /// What was said to `unshare --user --map-root-user --net`.
        as_user: String,
        /// What was said to `unshare --net`.
        as_root: String,
    },
}

impl Why {
    /// Whether only a missing right is in the way, so that the same machine could do it for another user.
    pub fn is_denied(&self) -> bool {
        matches!(self, Self::TunClosed { .. } | Self::NoNamespace { .. })
    }
}

impl fmt::Display for Why {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotLinux => f.write_str("network namespaces exist on Linux only"),
            Self::ToolMissing { tool, package } => {
                write!(f, "the program {tool} is missing (Debian package {package})")
            }
            Self::TunClosed { error } => write!(f, "/dev/net/tun cannot be opened: {error}"),
            Self::NoNamespace { as_user, as_root } => {
                write!(f, "no network namespace can be made: in a user namespace: {as_user}; directly: {as_root}")
            }
        }
    }
}

/// What is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// A probability is not between 0 and 1.
    Probability {
        /// Where in the plan.
        at: &'static str,
    },
    /// The interface MTU is under 576 (IPv4, RFC 791), or under 1280 with IPv6 (RFC 8200 section 5).
    Mtu {
        /// The least that the plan's addresses allow, in bytes.
        least: u16,
        /// What the plan has, in bytes.
        found: u16,
    },
    /// A host has no address.
    NoAddress {
        /// `client` or `server`.
        host: &'static str,
    },
    /// An address is used twice, or is one that a host cannot have.
    Address {
        /// The address.
        address: std::net::IpAddr,
    },
    /// A link with a rate of nothing lets nothing through; drop everything with a rule instead.
    NoRate,
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Probability { at } => write!(f, "{at} is not a probability between 0 and 1"),
            Self::Mtu { least, found } => write!(f, "an interface MTU of {found} is under the least of {least}"),
            Self::NoAddress { host } => write!(f, "the {host} has no address"),
            Self::Address { address } => write!(f, "{address} is used twice or is no host's address"),
            Self::NoRate => f.write_str("a rate of 0 bit/s lets nothing through"),
        }
    }
}

/// What went wrong while a network was made or used.
#[derive(Debug)]
pub enum Error {
    /// The machine or the user cannot do it.
    Unavailable(Why),
    /// The plan cannot be carried out.
    Plan(PlanError),
    /// The emulator, or a program it ran, failed.
    Emulator {
        /// What it was doing.
        step: String,
        /// What it said.
        said: String,
    },
    /// The system refused something.
    Io {
        /// What was being done.
        doing: &'static str,
        /// What the system said.
        source: io::Error,
    },
}

impl Error {
    pub(super) fn io(doing: &'static str) -> impl FnOnce(io::Error) -> Self {
        move |source| Self::Io { doing, source }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unavailable(why) => why.fmt(f),
            Self::Plan(error) => error.fmt(f),
            Self::Emulator { step, said } => write!(f, "path emulator: {step}: {said}"),
            Self::Io { doing, source } => write!(f, "{doing}: {source}"),
        }
    }
}

impl std::error::Error for Why {}
impl std::error::Error for PlanError {}
impl std::error::Error for Error {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            Self::Unavailable(why) => Some(why),
            Self::Plan(error) => Some(error),
            Self::Io { source, .. } => Some(source),
            Self::Emulator { .. } => None,
        }
    }
}

impl From<PlanError> for Error {
    fn from(error: PlanError) -> Self {
        Self::Plan(error)
    }
}

impl From<Why> for Error {
    fn from(why: Why) -> Self {
        Self::Unavailable(why)
    }
}
