//! Verdict profiles: what the verifier of each real client says of a chain, and in which words.
//!
//! A profile is data about behaviour: how issuers are chosen, what ends a path, which checks apply where, how names are
//! matched, what the parser takes. One engine per search strategy reads that data. Nothing in it knows a test case.

mod algorithms;
mod cert;
mod chromium;
mod constraints;
mod documented;
mod gnutls;
mod go;
mod java;
mod mbedtls;
mod mozilla;
mod naming;
mod openssl;
mod prediction;
mod profile;
mod profiles;
mod pyca;
mod question;
mod shared;
#[cfg(test)]
mod tests;
mod webpki;
mod wolfssl;

pub use prediction::{Basis, ErrorKind, Prediction, Verdict};
pub use profile::Profile;
pub use profiles::ALL;
pub use question::{Question, Settings, Tls};

use shared::{Outcome, Shared};

/// The profile with that key.
pub fn by_key(key: &str) -> Option<&'static Profile> {
    ALL.iter().copied().find(|p| p.key == key)
}

/// What one client says.
pub fn predict(client: &Profile, question: &Question<'_>) -> Prediction {
    predict_with(client, question, &Settings::default())
}

/// What one client says when a program sets it up in its own way.
pub fn predict_with(client: &Profile, question: &Question<'_>, settings: &Settings) -> Prediction {
    told(client, client.judge(&Shared::new(question), settings))
}

/// What every client says; certificates are read once, and every signature is checked once.
pub fn predict_all(question: &Question<'_>) -> Vec<(&'static str, Prediction)> {
    let shared = Shared::new(question);
    ALL.iter().map(|p| (p.key, told(p, p.judge(&shared, &Settings::default())))).collect()
}

fn told(client: &Profile, outcome: Outcome) -> Prediction {
    let basis = client.basis;
    let plain = |verdict, because| Prediction { verdict, error: None, text: String::new(), basis, at: None, because };
    match outcome {
        Outcome::Accept => plain(Verdict::Accepts, String::new()),
        Outcome::Unknown(because) => plain(Verdict::Unknown, because),
        Outcome::Refuse(r) => Prediction {
            verdict: Verdict::Refuses,
            error: Some(r.kind),
            text: r.text,
            basis,
            at: r.at,
            because: r.because,
        },
    }
}
