//! What OCSP and CRL have in common: the reason of a revocation.

/// Why a certificate was revoked (RFC 5280 5.3.1); unknown numbers are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RevocationReason(pub u64);

impl RevocationReason {
    /// The name of RFC 5280, such as `keyCompromise`.
    pub fn name(self) -> Option<&'static str> {
        Some(match self.0 {
            0 => "unspecified",
            1 => "keyCompromise",
            2 => "cACompromise",
            3 => "affiliationChanged",
            4 => "superseded",
            5 => "cessationOfOperation",
            6 => "certificateHold",
            8 => "removeFromCRL",
            9 => "privilegeWithdrawn",
            10 => "aACompromise",
            _ => return None,
        })
    }
}

/// How far a thisUpdate may lie in the future: clocks differ.
pub(crate) const CLOCK_SKEW: i64 = 300;
