//! Windows and Apple, by their vendors' documents; nobody ran them.

use crate::client::documented::{Documented, Names, Words};
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

/// 2019-07-01T00:00:00Z, from which Apple's rules of 2019 count.
const JULY_2019: i64 = 1_561_939_200;

const WINDOWS: Documented = Documented {
    self_signed_only: true,
    fetches: true,
    remembers: true,
    // KB2661254
    least_rsa: 1_024,
    no_sha1: false,
    longest: None,
    wants_server_auth: None,
    names: Names::Windows,
    words: Words::Windows,
};

pub(super) static SCHANNEL: Profile = Profile {
    key: "schannel",
    name: "Windows (Schannel, WinHTTP, .NET)",
    family: "windows",
    basis: Basis::Documented,
    sources: &[
        "learn.microsoft.com CertGetCertificateChain, CERT_CHAIN_ENGINE_CONFIG, CERT_TRUST_STATUS",
        "KB258858 (names), KB2661254 (RSA 1024), KB2862973 (MD5)",
        "blogs.windows.com/msedgedev 2016-11-18 (SHA-1 under private roots)",
    ],
    rules: Rules::Documented(WINDOWS),
};

pub(super) static CURL_SCHANNEL: Profile = Profile {
    key: "curl-schannel",
    name: "curl with Schannel",
    family: "windows",
    basis: Basis::Documented,
    sources: &["curl lib/vtls/schannel_verify.c", "the sources of schannel"],
    // With --cacert an intermediate is an anchor from Windows 8 on.
    rules: Rules::Documented(Documented { self_signed_only: false, words: Words::Curl, ..WINDOWS }),
};

pub(super) static APPLE: Profile = Profile {
    key: "apple",
    name: "Apple (iOS 13, macOS 10.15 and later)",
    family: "apple",
    basis: Basis::Documented,
    sources: &["support.apple.com/en-us/103769 (was HT210176)", "developer.apple.com/forums thread 709253"],
    rules: Rules::Documented(Documented {
        self_signed_only: false,
        fetches: true,
        remembers: true,
        least_rsa: 2_048,
        no_sha1: true,
        longest: Some((JULY_2019, 825)),
        wants_server_auth: Some(JULY_2019),
        names: Names::NoCommonName,
        words: Words::None,
    }),
};
