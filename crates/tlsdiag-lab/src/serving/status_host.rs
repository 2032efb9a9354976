//! The authority's own web server: CRLs, OCSP responses and issuers' certificates at addresses that certificates name.
use super::{http, listening::Listening, wire::Wire};
use crate::{error::Error, seed::Chance};
use std::{
    collections::HashMap,
    io::{Read, Write},
    net::TcpListener,
    sync::{Arc, PoisonError, RwLock},
};

type Shelf = Arc<RwLock<HashMap<String, (&'static str, Vec<u8>)>>>;

/// A web server for what an authority publishes.
#[derive(Debug)]
pub(crate) struct StatusHost {
    shelf: Shelf,
    base: String,
    _listening: Listening,
}

impl StatusHost {
    pub(crate) fn start(listener: TcpListener) -> Result<Self, Error> {
        let address = listener.local_addr().map_err(Error::io("ask for the port"))?;
        let shelf = Shelf::default();
        let seen = Arc::clone(&shelf);
        let listening = Listening::start(listener, Arc::new(move |wire| serve(wire, &seen)))?;
        Ok(Self { shelf, base: format!("http://{address}"), _listening: listening })
    }

    /// A new place whose name says nothing; until something is put there it gives 404.
    pub(crate) fn place(&self, chance: &mut Chance) -> Place {
        let path = format!("/{}", hex(&chance.bytes::<6>()));
        Place { url: format!("{}{path}", self.base), path }
    }

    /// Puts bytes in a place.
    pub(crate) fn put(&self, place: &Place, kind: &'static str, bytes: Vec<u8>) {
        self.shelf.write().unwrap_or_else(PoisonError::into_inner).insert(place.path.clone(), (kind, bytes));
    }
}

/// A place on the authority's web server.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) url: String,
    path: String,
}

/// What is published, by media type.
pub(crate) const CRL: &str = "application/pkix-crl";
pub(crate) const OCSP: &str = "application/ocsp-response";
pub(crate) const CERTIFICATE: &str = "application/pkix-cert";

fn serve(mut wire: Wire, shelf: &Shelf) {
    let Ok(Some(request)) = http::request(&mut wire) else { return };
    // Takes the OCSP request of a POST; each certificate has a responder address of its own, so it need not be read.
    let left = request.length.saturating_sub(request.begun).min(1 << 16) as u64;
    let _ = std::io::copy(&mut (&mut wire).take(left), &mut std::io::sink());
    let found = {
        let shelf = shelf.read().unwrap_or_else(PoisonError::into_inner);
        // RFC 6960 appendix A.1: in a GET the request follows the path.
        let first = request.path.get(1..).unwrap_or_default().split(['/', '?']).next().unwrap_or_default();
        shelf.get(&format!("/{first}")).cloned()
    };
    let answer = match found {
        Some((kind, bytes)) => {
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
                bytes.len()
            );
            [head.into_bytes(), bytes].concat()
        }
        None => http::page(1, 404, &[], "", false),
    };
    let _ = wire.write_all(&answer);
    wire.close();
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
