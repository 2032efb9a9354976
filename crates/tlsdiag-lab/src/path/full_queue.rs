//! A listener whose queue of accepted connections is full: further connection requests go unanswered.

use socket2::{Domain, Protocol, Socket, Type};
use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream},
    time::Duration,
};

/// On the own host a connection is made within the call, or not at all.
const OWN_HOST: Duration = Duration::from_millis(250);
/// More than a backlog of nothing ever holds.
const MOST: usize = 16;

/// A port on which a program listens but does not accept, as a hung or overloaded server does. The kernel drops a SYN
/// while the queue is full, so a client sees a filtered port although the process is there.
///
/// Needs no network of our own: it works on loopback too.
#[derive(Debug)]
pub struct FullQueue {
    listener: Socket,
    address: SocketAddr,
    held: Vec<TcpStream>,
}

impl FullQueue {
    /// Listens on `address` and fills the queue with connections of its own.
    ///
    /// # Errors
    /// When the address cannot be had, or the system still answers after 16 connections.
    pub fn bind(address: SocketAddr) -> io::Result<Self> {
        let listener = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
        listener.set_reuse_address(true)?;
        listener.bind(&address.into())?;
        listener.listen(0)?;
        let mut address = listener
            .local_addr()?
            .as_socket()
            .ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "a listener without an IP address"))?;
        let mut full = Self { listener, address, held: Vec::new() };
        match address.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => address.set_ip(IpAddr::V4(Ipv4Addr::LOCALHOST)),
            IpAddr::V6(ip) if ip.is_unspecified() => address.set_ip(IpAddr::V6(Ipv6Addr::LOCALHOST)),
            _ => {}
        }
        while full.held.len() < MOST {
            match TcpStream::connect_timeout(&address, OWN_HOST) {
                Ok(stream) => full.held.push(stream),
                Err(error) if error.kind() == io::ErrorKind::TimedOut => return Ok(full),
                Err(error) => return Err(error),
            }
        }
        Err(io::Error::other("the queue does not fill"))
    }

    /// Where it listens.
    pub fn local_addr(&self) -> SocketAddr {
        self.address
    }

    /// How many connections fill the queue.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Lets the queue drain: accepts and closes what is in it, so that the port answers again.
    ///
    /// # Errors
    /// When accepting fails.
    pub fn drain(&mut self) -> io::Result<()> {
        self.listener.set_nonblocking(true)?;
        self.held.clear();
        loop {
            match self.listener.accept() {
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
                Err(error) => return Err(error),
            }
        }
    }
}
