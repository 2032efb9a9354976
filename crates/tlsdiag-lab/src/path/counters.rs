//! What became of each packet, per direction.

use serde::{Deserialize, Serialize};

/// The counters of both directions.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counters {
    /// Client to server.
    pub forward: LegCounters,
    /// Server to client.
    pub back: LegCounters,
}

/// What became of the packets that entered one direction. Each packet seen is in exactly one of `forwarded`, `lost`,
/// `ruled`, `tail_dropped`, `expired` and `stray`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegCounters {
    /// Packets that the host on this side sent.
    pub seen: u64,
    /// Bytes of these packets, IP headers included.
    pub seen_bytes: u64,
    /// Packets accepted for delivery to the other host. They may still be on their way.
    pub forwarded: u64,
    /// Packets taken away by random loss.
    pub lost: u64,
    /// Packets taken away by a rule.
    pub ruled: u64,
    /// How often each rule of the leg acted, in the plan's order.
    pub rule_hits: Vec<u64>,
    /// Packets that found the queue before a slow link full.
    pub tail_dropped: u64,
    /// Packets whose time to live ended on the path.
    pub expired: u64,
    /// Packets to an address that no host has (neighbour discovery, multicast, a silent address), or no valid IP.
    pub stray: u64,
    /// Packets that were held back so that later ones overtake them; they are among `forwarded`.
    pub reordered: u64,
    /// TCP resets that the path made because of packets of this direction.
    pub resets: u64,
    /// ICMP errors that the path made because of packets of this direction.
    pub icmp: u64,
}
