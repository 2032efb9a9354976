//! The same items on systems without network namespaces: they say so.

use super::{
    counters::Counters,
    error::{Error, Means, Why},
    guest::EmulatorProgram,
    plan::{Leg, PathPlan},
    road::Side,
};
use std::{convert::Infallible, ffi::OsStr, io, net::IpAddr, net::SocketAddr, process::Command};

impl Means {
    /// By what right a network can be made here.
    ///
    /// # Errors
    /// Always [`Why::NotLinux`].
    pub fn here() -> Result<Self, Why> {
        Err(Why::NotLinux)
    }
}

/// Runs the emulator.
///
/// # Errors
/// Always [`Why::NotLinux`].
pub fn run_emulator() -> Result<(), Error> {
    Err(Why::NotLinux.into())
}

/// A network; none can be built on this system.
#[derive(Debug)]
pub struct Net(Infallible);

impl Net {
    /// Makes the hosts and the path.
    ///
    /// # Errors
    /// Always [`Why::NotLinux`].
    pub fn build(_: &PathPlan, _: &EmulatorProgram) -> Result<Self, Error> {
        Err(Why::NotLinux.into())
    }

    /// The same by a given right.
    ///
    /// # Errors
    /// Always [`Why::NotLinux`].
    pub fn build_by(_: Means, _: &PathPlan, _: &EmulatorProgram) -> Result<Self, Error> {
        Err(Why::NotLinux.into())
    }

    /// A command that runs `program` on the client host.
    pub fn client_command(&self, _program: impl AsRef<OsStr>) -> Command {
        match self.0 {}
    }

    /// A command that runs `program` on the server host.
    pub fn server_command(&self, _program: impl AsRef<OsStr>) -> Command {
        match self.0 {}
    }

    /// A command that runs `program` on a host.
    pub fn command(&self, _side: Side, _program: impl AsRef<OsStr>) -> Command {
        match self.0 {}
    }

    /// The client's first address.
    pub fn client_addr(&self) -> IpAddr {
        match self.0 {}
    }

    /// The server's first address.
    pub fn server_addr(&self) -> IpAddr {
        match self.0 {}
    }

    /// The plan.
    pub fn plan(&self) -> &PathPlan {
        match self.0 {}
    }

    /// What has become of the packets so far.
    ///
    /// # Errors
    /// Never: there is no network.
    pub fn counters(&self) -> Result<Counters, Error> {
        match self.0 {}
    }

    /// Changes what the path does.
    ///
    /// # Errors
    /// Never: there is no network.
    pub fn switch(&mut self, _forward: Leg, _back: Leg) -> Result<(), Error> {
        match self.0 {}
    }
}

/// A listener whose queue is full; other systems answer a full queue in other ways.
#[derive(Debug)]
pub struct FullQueue(Infallible);

impl FullQueue {
    /// Listens and fills the queue.
    ///
    /// # Errors
    /// Always [`io::ErrorKind::Unsupported`].
    pub fn bind(_: SocketAddr) -> io::Result<Self> {
        Err(io::Error::new(io::ErrorKind::Unsupported, Why::NotLinux))
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        match self.0 {}
    }

    /// How many connections fill the queue.
    pub fn held(&self) -> usize {
        match self.0 {}
    }

    /// Lets the queue drain.
    ///
    /// # Errors
    /// Never: there is no queue.
    pub fn drain(&mut self) -> io::Result<()> {
        match self.0 {}
    }
}
