//! A profile: one client, the rules it verifies by as data, and what those rules rest on.

use super::chromium::Chromium;
use super::documented::Documented;
use super::gnutls::GnuTls;
use super::go::Go;
use super::java::Java;
use super::mbedtls::MbedTls;
use super::mozilla::Mozilla;
use super::openssl::OpenSsl;
use super::prediction::Basis;
use super::pyca::Pyca;
use super::question::Settings;
use super::shared::{Outcome, Shared};
use super::webpki::Webpki;
use super::wolfssl::WolfSsl;

/// One client.
#[derive(Debug)]
pub struct Profile {
    /// Stable key, such as `openssl-3.5`.
    pub key: &'static str,
    /// Display name in English.
    pub name: &'static str,
    /// Family of clients that share a verifier.
    pub family: &'static str,
    /// What the rules rest on.
    pub basis: Basis,
    /// Where the rules come from: what was run, what was read. What begins with `recalled:` was not opened for this
    /// profile: the rules are its author's knowledge of that source, borne out only as far as the runs go.
    pub sources: &'static [&'static str],
    pub(crate) rules: Rules,
}

/// The search strategy of a client and the data that drives it.
#[derive(Debug)]
pub(crate) enum Rules {
    Documented(Documented),
    Pyca(Pyca),
    WolfSsl(WolfSsl),
    MbedTls(MbedTls),
    Chromium(Chromium),
    Mozilla(Mozilla),
    OpenSsl(OpenSsl),
    GnuTls(GnuTls),
    Go(Go),
    Java(Java),
    Webpki(Webpki),
}

impl Profile {
    pub(crate) fn judge(&self, shared: &Shared<'_>, settings: &Settings) -> Outcome {
        match &self.rules {
            Rules::Documented(r) => r.judge(shared, settings),
            Rules::Pyca(r) => r.judge(shared, settings),
            Rules::WolfSsl(r) => r.judge(shared, settings),
            Rules::MbedTls(r) => r.judge(shared, settings),
            Rules::Chromium(r) => r.judge(shared, settings),
            Rules::Mozilla(r) => r.judge(shared, settings),
            Rules::OpenSsl(r) => r.judge(shared, settings),
            Rules::GnuTls(r) => r.judge(shared, settings),
            Rules::Go(r) => r.judge(shared, settings),
            Rules::Java(r) => r.judge(shared, settings),
            Rules::Webpki(r) => r.judge(shared, settings),
        }
    }
}
