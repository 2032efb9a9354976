//! Tests of tlsdiag-pki on chains that it makes itself, on what OpenSSL says of them, and on a corpus where one is given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod corpus;
mod hostile;
mod names;
mod openssl;
mod path;
mod read;
mod revocation;
mod support;
