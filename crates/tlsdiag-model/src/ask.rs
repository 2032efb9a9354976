//! What would decide: a table that nobody read, an experiment that nobody made. Sources grant asks; the rest go to the person.
use crate::facts::{Opening, Vary};
use crate::{CertId, Endpoint, Host, Kind, Sink, Time, Why};
use serde::Serialize;
use std::net::IpAddr;

/// Something that a verdict lacks.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Ask {
    /// The base handshake with an endpoint.
    Handshake(Endpoint),
    /// A hello with one property changed.
    Trial {
        /// With whom.
        to: Endpoint,
        /// What to change.
        vary: Vary,
    },
    /// The base hello once more, started at or after this time.
    Again {
        /// With whom.
        to: Endpoint,
        /// Not before.
        after: Time,
    },
    /// A library's whole handshake with a request.
    Full(Endpoint),
    /// The library's handshake once more.
    FullAgain {
        /// With whom.
        to: Endpoint,
        /// Not before.
        after: Time,
    },
    /// The end of conversations that are still open.
    Wait(Endpoint),
    /// A conversation without TLS.
    Talk {
        /// With whom.
        to: Endpoint,
        /// How to begin.
        opening: Opening,
    },
    /// Another attempt to connect, to the same address (`port` may differ from the site's).
    Connect {
        /// Machine.
        host: Host,
        /// Address.
        addr: IpAddr,
        /// Port.
        port: u16,
    },
    /// An issuer, from the URL in a certificate.
    Fetch {
        /// The URL.
        url: String,
        /// The certificate that names it.
        cert: CertId,
        /// The endpoint that sent it, which decides whether private addresses may be asked; none where it lies in a file.
        to: Option<Endpoint>,
    },
    /// Whether a certificate is revoked, by OCSP or CRL.
    Revocation {
        /// Which certificate.
        cert: CertId,
        /// Its issuer.
        issuer: CertId,
        /// The endpoint that sent it; none where it lies in a file.
        to: Option<Endpoint>,
    },
    /// All that lies under a registry key, in a certificate store or in a folder of keys ([`crate::facts::Whole`]).
    Under {
        /// Of which machine.
        host: Host,
        /// What, as in [`crate::facts::Whole::of`].
        of: String,
    },
    /// A table of a machine that nobody read whole.
    Table {
        /// Which.
        kind: Kind,
        /// Of which machine.
        host: Host,
        /// Why an earlier look was not whole.
        why: Option<Why>,
    },
}

impl Ask {
    /// The machine that it is about.
    pub fn host(&self) -> Host {
        match self {
            Ask::Handshake(to) | Ask::Full(to) | Ask::Wait(to) => to.host,
            Ask::Trial { to, .. } | Ask::Again { to, .. } | Ask::FullAgain { to, .. } | Ask::Talk { to, .. } => to.host,
            Ask::Fetch { to, .. } | Ask::Revocation { to, .. } => to.as_ref().map_or(Host::HERE, |e| e.host),
            Ask::Connect { host, .. } | Ask::Table { host, .. } | Ask::Under { host, .. } => *host,
        }
    }
}

/// What a source says to an ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Grant {
    /// Price in connections; 0 for waiting and reading.
    pub connections: u32,
    /// Order among grants of equal use: small goes first. Silence is dear, as it costs seconds.
    pub weight: u32,
}

/// Something that can look: the probe, a file, a machine.
pub trait Source {
    /// Whether it can answer, and at what price.
    fn offers(&self, ask: &Ask) -> Option<Grant>;
    /// How many asks may be answered at once just now: more than one when the server is slow or silent.
    fn width(&self) -> usize {
        1
    }
    /// Answers; facts and surveys go to the sink. An ask that could not be answered leaves a survey that says why.
    fn answer(&mut self, asks: &[Ask], sink: &Sink);
}
