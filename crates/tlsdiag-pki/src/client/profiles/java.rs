//! Java (OpenJDK, JSSE with the PKIX trust manager) by release.

use crate::client::java::Java;
use crate::client::prediction::Basis;
use crate::client::profile::{Profile, Rules};

const SOURCES: &[&str] = &[
    "run on loopback, 2026-11-22",
    "recalled: OpenJDK sun.security.validator.PKIXValidator and EndEntityChecker, sun.security.provider.certpath, \
     sun.security.util.HostnameChecker, conf/security/java.security",
];

const fn profile(key: &'static str, name: &'static str, release: u8) -> Profile {
    Profile {
        key,
        name,
        family: "java",
        basis: Basis::Measured,
        sources: SOURCES,
        rules: Rules::Java(Java { release }),
    }
}

pub(super) static JAVA_11: Profile = profile("java-11.0.13", "Java 11", 11);
pub(super) static JAVA_17: Profile = profile("java-17.0.15", "Java 17", 17);
pub(super) static JAVA_21: Profile = profile("java-21.0.8", "Java 21", 21);
pub(super) static JAVA_25: Profile = profile("java-25.0.2", "Java 25", 25);

/// By update level it differs in what java.security switches off; read, not run.
pub(super) static JAVA_8: Profile = Profile {
    key: "java-8",
    name: "Java 8",
    family: "java",
    basis: Basis::Documented,
    sources: &["release notes of 8u481 and java.security of later releases", "the verifier measured with Java 11"],
    rules: Rules::Java(Java { release: 8 }),
};
