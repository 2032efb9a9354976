//! GnuTLS and curl built with it.

use crate::client::gnutls::GnuTls;
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

const SOURCES: &[&str] =
    &["run on loopback, 2026-11-22", "recalled: GnuTLS lib/x509/verify.c, verify-high.c, hostname-verify.c"];

const fn profile(key: &'static str, name: &'static str, rules: GnuTls) -> Profile {
    Profile { key, name, family: "gnutls", basis: Basis::Measured, sources: SOURCES, rules: Rules::GnuTls(rules) }
}

pub(super) static GNUTLS_3_7: Profile =
    profile("gnutls-3.7", "GnuTLS 3.7", GnuTls { uri_is_a_name: true, curl: false });

pub(super) static GNUTLS_3_8: Profile =
    profile("gnutls-3.8", "GnuTLS 3.8", GnuTls { uri_is_a_name: false, curl: false });

pub(super) static CURL: Profile =
    profile("curl-gnutls", "curl with GnuTLS", GnuTls { uri_is_a_name: true, curl: true });
