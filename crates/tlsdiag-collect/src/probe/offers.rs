//! What the probe can be asked, and in which order of cost and use.
use tlsdiag_model::{
    Addr, Ask, Grant, Kind,
    facts::{Opening, Vary},
};

/// What an ask costs, if it can be answered with what is left.
pub(crate) fn grant(ask: &Ask, connections_left: u32, fetches_left: u32, waits: bool) -> Option<Grant> {
    let addressed = match ask {
        Ask::Handshake(e) | Ask::Full(e) | Ask::Wait(e) => matches!(e.addr, Addr::Is(_)),
        Ask::Trial { to, .. } | Ask::Again { to, .. } | Ask::FullAgain { to, .. } | Ask::Talk { to, .. } => {
            matches!(to.addr, Addr::Is(_))
        }
        Ask::Fetch { to, .. } | Ask::Revocation { to, .. } => to.as_ref().is_none_or(|e| matches!(e.addr, Addr::Is(_))),
        Ask::Connect { .. } => true,
        Ask::Table { .. } | Ask::Under { .. } => false,
    };
    if !addressed {
        return None;
    }
    let one = |weight| Grant { connections: 1, weight };
    let free = |weight| Grant { connections: 0, weight };
    let grant = match ask {
        Ask::Handshake(_) => one(1),
        Ask::Again { .. } => one(5),
        Ask::Connect { .. } => one(6),
        Ask::Full(_) => one(7),
        Ask::FullAgain { .. } => one(9),
        Ask::Talk { opening: Opening::HttpGet, .. } => one(11),
        // A server that waits for us costs the whole time of silence.
        Ask::Talk { opening: Opening::Listened, .. } => one(50),
        Ask::Trial { vary, .. } => {
            if super::converse::impossible(vary) {
                return None;
            }
            one(weight(vary))
        }
        Ask::Fetch { .. } | Ask::Revocation { .. } => {
            return (fetches_left > 0).then_some(free(8));
        }
        Ask::Wait(_) => return waits.then_some(free(1000)),
        Ask::Table { .. } | Ask::Under { .. } => return None,
    };
    (grant.connections <= connections_left).then_some(grant)
}

/// Would somebody other than the target be asked?
pub(crate) fn of_others(ask: &Ask) -> bool {
    matches!(ask, Ask::Fetch { .. } | Ask::Revocation { .. })
}

/// Small for what is cheap and tells much.
fn weight(vary: &Vary) -> u32 {
    match vary {
        Vary::Classic => 10,
        Vary::Tls12 => 12,
        Vary::Tls13 => 13,
        Vary::NoName | Vary::Tls12NoName => 14,
        Vary::Wide => 15,
        Vary::Only(_) => 16,
        Vary::FewExtensions => 17,
        Vary::NoExtensions => 18,
        Vary::OtherName => 19,
        Vary::SmallSegments => 20,
        Vary::NoAlpn | Vary::Http1 => 21,
        Vary::ClassicSmallSegments => 22,
        Vary::RsaOnly | Vary::EcdsaOnly => 23,
        Vary::ClassicPadded => 25,
        Vary::ClassicSplit => 26,
        Vary::NoGrease => 27,
        Vary::Group(_) => 28,
        Vary::Without(_) => 30,
        Vary::Length(_) => 35,
        Vary::Ssl2 => 40,
    }
}

/// The kind of row that an ask leads to.
pub(crate) fn kind(ask: &Ask) -> Kind {
    match ask {
        Ask::Talk { .. } => Kind::Talks,
        Ask::Connect { .. } => Kind::Connects,
        Ask::Fetch { .. } => Kind::Fetches,
        Ask::Revocation { .. } => Kind::Revocations,
        Ask::Table { kind, .. } => *kind,
        Ask::Under { .. } => Kind::Wholes,
        _ => Kind::Handshakes,
    }
}
