//! pyca/cryptography.

use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};
use crate::client::pyca::Pyca;

pub(super) static PYCA_48: Profile = Profile {
    key: "pyca-48",
    name: "Python cryptography 48 (x509.verification)",
    family: "pyca",
    basis: Basis::Measured,
    sources: &[
        "run 2026-11-22 (chain and name only)",
        "recalled: pyca/cryptography src/rust/cryptography-x509-verification",
    ],
    rules: Rules::Pyca(Pyca),
};
