//! Scenario 5: version, cipher suite, group, extensions, alerts, resets.
pub mod alerts;
pub mod broken_mid_handshake;
pub mod certificate_type;
pub mod client_certificate;
pub mod ended_after_hello;
pub(crate) mod experiment;
pub mod garbled;
pub mod no_common_suite;
pub mod old_versions;
pub mod risky_choices;
pub mod silent;
pub mod tls13_only;
pub(crate) mod words;
