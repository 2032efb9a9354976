//! Server configurations: sites, listeners, certificates and protocols, each with the line where it stands.
#![forbid(unsafe_code)]

pub mod iis;
