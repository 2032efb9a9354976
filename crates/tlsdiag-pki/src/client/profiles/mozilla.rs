//! Firefox.

use crate::client::mozilla::Mozilla;
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

pub(super) static FIREFOX: Profile = Profile {
    key: "firefox-153",
    name: "Firefox 153 ESR (imported roots)",
    family: "nss",
    basis: Basis::Measured,
    sources: &[
        "run on loopback, 2026-11-22",
        "recalled: mozilla::pkix lib/pkixbuild.cpp, pkixcheck.cpp, pkixnames.cpp",
    ],
    rules: Rules::Mozilla(Mozilla { public: false }),
};

pub(super) static FIREFOX_PUBLIC: Profile = Profile {
    key: "firefox-public",
    name: "Firefox (public roots)",
    family: "nss",
    basis: Basis::Documented,
    sources: &[
        "wiki.mozilla.org SecurityEngineering/Certificate_Transparency",
        "blog.mozilla.org 2015-11-23 on must-staple",
        "the verifier measured with imported roots",
    ],
    rules: Rules::Mozilla(Mozilla { public: true }),
};
