//! wolfSSL.

use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};
use crate::client::wolfssl::WolfSsl;

pub(super) static WOLFSSL_5_5: Profile = Profile {
    key: "wolfssl-5.5",
    name: "wolfSSL 5.5",
    family: "wolfssl",
    basis: Basis::Measured,
    sources: &[
        "run on loopback, 2026-11-22, verification switched on",
        "recalled: wolfSSL 5.5 src/internal.c, wolfcrypt/src/asn.c",
    ],
    rules: Rules::WolfSsl(WolfSsl),
};
