//! Chrome, Chromium, Edge.

use crate::client::chromium::Chromium;
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

pub(super) static CHROME: Profile = Profile {
    key: "chrome-156",
    name: "Chrome 156 (imported roots)",
    family: "chrome",
    basis: Basis::Measured,
    sources: &[
        "run on loopback, 2026-11-22",
        "recalled: BoringSSL pki/verify_certificate_chain.cc, path_builder.cc; Chromium net/cert/cert_verify_proc_builtin.cc, \
         net/cert/x509_certificate.cc, net/cert/cert_status_flags.cc",
    ],
    rules: Rules::Chromium(Chromium { public: false }),
};

pub(super) static CHROME_PUBLIC: Profile = Profile {
    key: "chrome-public",
    name: "Chrome and Edge (public roots)",
    family: "chrome",
    basis: Basis::Documented,
    sources: &[
        "Chromium net/cert/cert_verify_proc.cc at 013de294 (2023): validity by date of issue",
        "that Certificate Transparency is required is recalled",
        "the verifier measured with imported roots",
    ],
    rules: Rules::Chromium(Chromium { public: true }),
};
