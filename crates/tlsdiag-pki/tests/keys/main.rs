//! Keys, PEM texts, signatures, requests and thumbprints, against the openssl program and the corpus.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod corpus;
mod hostile;
mod openssl;
mod pem;
mod private;
mod support;
mod thumb;
mod verify;
