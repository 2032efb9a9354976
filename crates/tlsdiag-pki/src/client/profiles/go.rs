//! Go's crypto/tls by version; what go.mod says counts.

use crate::client::go::Go;
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

const SOURCES: &[&str] =
    &["run on loopback, 2026-11-22", "recalled: Go crypto/x509/verify.go, parser.go, crypto/tls/handshake_client.go"];

const fn profile(key: &'static str, name: &'static str, rules: Go) -> Profile {
    Profile { key, name, family: "go", basis: Basis::Measured, sources: SOURCES, rules: Rules::Go(rules) }
}

pub(super) static GO_1_19: Profile = profile("go-1.19", "Go 1.19", Go { newer: false, newest: false });
pub(super) static GO_1_24: Profile = profile("go-1.24", "Go 1.24", Go { newer: true, newest: false });
pub(super) static GO_1_27: Profile = profile("go-1.27", "Go 1.27", Go { newer: true, newest: true });
