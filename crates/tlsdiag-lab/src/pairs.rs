//! Two faults at once: which a diagnosis should name first.
//!
//! The earlier rung of the ladder leads. Within trust the one leads whose cure helps more: who gets a new certificate
//! for another reason gets rid of most other faults with it.
use crate::catalogue::Pair;

const fn both(leads: &'static str, follows: &'static str) -> Pair {
    Pair { leads, follows, both_seen: true }
}

/// The first hides the second until it is mended.
const fn hidden(leads: &'static str, follows: &'static str) -> Pair {
    Pair { leads, follows, both_seen: false }
}

/// All of them.
pub(crate) static ALL: &[Pair] = &[
    both("expired", "wrong-host"),
    both("expired", "missing-intermediate"),
    both("wrong-host", "weak-key"),
    both("self-signed", "expired"),
    both("self-signed", "wrong-host"),
    both("tls13-intolerance", "expired"),
    both("tls13-intolerance", "wrong-host"),
    both("long-hello-reset", "wrong-host"),
    both("long-hello-swallowed", "expired"),
    both("split-hello", "missing-intermediate"),
    both("new-group", "expired"),
    both("extension-intolerance", "wrong-host"),
    both("expired", "other-certificate-without-name"),
    both("client-certificate-tls12", "expired"),
    both("expired", "redirect-loop"),
    both("wrong-host", "http-silent"),
    both("foreign-key-tls12", "expired"),
    both("missing-intermediate", "common-name-only"),
    both("untrusted-root", "wrong-host"),
    both("expired", "sha1-signature"),
    both("old-version-only", "expired"),
    both("expired-intermediate", "redirect-loop"),
    both("revoked-by-responder", "missing-intermediate"),
    hidden("reset-after-hello", "expired"),
    hidden("port-closed", "wrong-host"),
];
