//! rustls by cryptography provider.

use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};
use crate::client::webpki::Webpki;

const SOURCES: &[&str] =
    &["run on loopback, 2026-11-22", "recalled: rustls-webpki 0.103 src/verify_cert.rs, subject_name, ring_algs.rs"];

const fn profile(key: &'static str, name: &'static str, rules: Webpki) -> Profile {
    Profile { key, name, family: "rustls", basis: Basis::Measured, sources: SOURCES, rules: Rules::Webpki(rules) }
}

pub(super) static RING: Profile = profile("rustls-ring", "rustls with ring", Webpki { aws: false });
pub(super) static AWS_LC: Profile = profile("rustls-aws-lc", "rustls with aws-lc-rs", Webpki { aws: true });
