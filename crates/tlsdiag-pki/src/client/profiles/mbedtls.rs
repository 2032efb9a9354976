//! Mbed TLS.

use crate::client::mbedtls::MbedTls;
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

pub(super) static MBEDTLS_2_28: Profile = Profile {
    key: "mbedtls-2.28",
    name: "Mbed TLS 2.28",
    family: "mbedtls",
    basis: Basis::Measured,
    sources: &["run on loopback, 2026-11-22", "recalled: Mbed TLS 2.28 library/x509_crt.c, ssl_tls.c"],
    rules: Rules::MbedTls(MbedTls { addresses: false, later: false }),
};

pub(super) static MBEDTLS_3: Profile = Profile {
    key: "mbedtls-3",
    name: "Mbed TLS 3 and 4",
    family: "mbedtls",
    basis: Basis::Documented,
    sources: &["Mbed TLS ChangeLog (iPAddress since 3.5.0)", "the walk measured with 2.28"],
    rules: Rules::MbedTls(MbedTls { addresses: true, later: true }),
};
