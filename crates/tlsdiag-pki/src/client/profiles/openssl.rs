//! OpenSSL and the programs that carry it.

use crate::client::algorithms::CurveName::{P256, P384, P521};
use crate::client::openssl::{OpenSsl, Program};
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

const RUN: &str = "run on loopback, 2026-11-22";
const SOURCE: &str = "recalled: OpenSSL crypto/x509/x509_vfy.c, v3_purp.c, v3_ncons.c, v3_utl.c of the version named";

const BASE: OpenSsl = OpenSsl {
    untrusted_first: false,
    level: 2,
    graded: true,
    refuses_explicit: true,
    empty_usage_invalid: true,
    careful: true,
    short_time_unread: false,
    strict: false,
    partial: false,
    goes_on: false,
    curves: &[P256, P384, P521],
    edwards: true,
    ml_dsa: false,
    crashes_on_odd_curves: false,
    program: Program::Python,
};

const fn profile(key: &'static str, name: &'static str, rules: OpenSsl) -> Profile {
    Profile {
        key,
        name,
        family: "openssl",
        basis: Basis::Measured,
        sources: &[RUN, SOURCE],
        rules: Rules::OpenSsl(rules),
    }
}

pub(super) static OPENSSL_1_0_2: Profile = profile(
    "openssl-1.0.2",
    "OpenSSL 1.0.2 (Node 8)",
    OpenSsl {
        untrusted_first: true,
        level: 0,
        graded: false,
        refuses_explicit: false,
        empty_usage_invalid: false,
        careful: false,
        goes_on: true,
        // Node 8 sets prime256v1 as its only curve (tls.DEFAULT_ECDH_CURVE before Node 10).
        curves: &[P256],
        edwards: false,
        program: Program::Node8,
        ..BASE
    },
);

pub(super) static OPENSSL_1_1_1: Profile = profile(
    "openssl-1.1.1",
    "OpenSSL 1.1.1 (Node 16)",
    OpenSsl {
        level: 1,
        graded: false,
        refuses_explicit: false,
        empty_usage_invalid: false,
        goes_on: true,
        program: Program::Node16,
        ..BASE
    },
);

pub(super) static NODE_20: Profile =
    profile("node-20", "Node 20 (OpenSSL 3.0)", OpenSsl { level: 1, goes_on: true, program: Program::Node20, ..BASE });

pub(super) static OPENSSL_3_5: Profile = profile(
    "openssl-3.5",
    "OpenSSL 3.5 (Node 24)",
    OpenSsl {
        goes_on: true,
        short_time_unread: true,
        ml_dsa: true,
        crashes_on_odd_curves: true,
        program: Program::Node24,
        ..BASE
    },
);

pub(super) static LEVEL_0: Profile =
    profile("openssl-3.0-level0", "OpenSSL 3.0, security level 0", OpenSsl { level: 0, ..BASE });

pub(super) static LEVEL_1: Profile =
    profile("openssl-3.0-level1", "OpenSSL 3.0, security level 1", OpenSsl { level: 1, ..BASE });

pub(super) static LEVEL_2: Profile =
    profile("openssl-3.0-level2", "OpenSSL 3.0, security level 2 (Python, Debian)", BASE);

pub(super) static LEVEL_3: Profile =
    profile("openssl-3.0-level3", "OpenSSL 3.0, security level 3", OpenSsl { level: 3, ..BASE });

pub(super) static STRICT: Profile =
    profile("openssl-3.0-strict", "OpenSSL 3.0 with X509_STRICT", OpenSsl { strict: true, ..BASE });

pub(super) static PARTIAL: Profile =
    profile("openssl-3.0-partial", "OpenSSL 3.0 with partial chains", OpenSsl { partial: true, ..BASE });

pub(super) static PYTHON_3_13: Profile =
    profile("python-3.13-flags", "Python 3.13 and later", OpenSsl { strict: true, partial: true, ..BASE });

pub(super) static CURL: Profile =
    profile("curl-openssl", "curl with OpenSSL", OpenSsl { partial: true, program: Program::Curl, ..BASE });

pub(super) static URLLIB3: Profile =
    profile("urllib3", "Python requests and urllib3", OpenSsl { program: Program::Urllib3, ..BASE });
