//! Tests of tlsdiag-pki on chains that it makes itself, on what OpenSSL says of them, and on a corpus where one is given.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod containers;
mod containers_made;
mod corpus;
mod encoding;
mod hostile;
mod lists;
mod names;
mod openssl;
mod path;
mod policy;
mod read;
mod revocation;
mod standard;
mod support;
