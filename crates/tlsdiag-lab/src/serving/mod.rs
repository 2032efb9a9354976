//! Carrying plans out: ports, threads, hellos, TLS, HTTP.
mod flight;
mod h2;
mod hello;
mod hostile;
mod http;
mod legacy;
mod listening;
mod site;
pub(crate) mod status_host;
mod tls;
mod wire;

pub(crate) use http::Place;
pub(crate) use listening::Listening;
pub(crate) use site::Site;
pub(crate) use status_host::StatusHost;
