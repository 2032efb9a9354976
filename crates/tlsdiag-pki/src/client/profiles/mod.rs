//! All clients, one file per family.

mod chromium;
mod documented;
mod gnutls;
mod go;
mod java;
mod mbedtls;
mod mozilla;
mod openssl;
mod pyca;
mod webpki;
mod wolfssl;

use super::profile::Profile;

/// Every client there is a profile of, in the order of the families.
pub static ALL: &[&Profile] = &[
    &openssl::OPENSSL_1_0_2,
    &openssl::OPENSSL_1_1_1,
    &openssl::NODE_20,
    &openssl::OPENSSL_3_5,
    &openssl::LEVEL_0,
    &openssl::LEVEL_1,
    &openssl::LEVEL_2,
    &openssl::LEVEL_3,
    &openssl::STRICT,
    &openssl::PARTIAL,
    &openssl::PYTHON_3_13,
    &openssl::CURL,
    &openssl::URLLIB3,
    &gnutls::GNUTLS_3_7,
    &gnutls::GNUTLS_3_8,
    &gnutls::CURL,
    &go::GO_1_19,
    &go::GO_1_24,
    &go::GO_1_27,
    &java::JAVA_11,
    &java::JAVA_17,
    &java::JAVA_21,
    &java::JAVA_25,
    &webpki::RING,
    &webpki::AWS_LC,
    &pyca::PYCA_48,
    &mozilla::FIREFOX,
    &chromium::CHROME,
    &mbedtls::MBEDTLS_2_28,
    &wolfssl::WOLFSSL_5_5,
    &documented::SCHANNEL,
    &documented::CURL_SCHANNEL,
    &documented::APPLE,
    &chromium::CHROME_PUBLIC,
    &mozilla::FIREFOX_PUBLIC,
    &mbedtls::MBEDTLS_3,
    &java::JAVA_8,
];
