//! Servers and network paths that are broken on purpose, so that a diagnosis can be shown, tested and measured.
#![forbid(unsafe_code)]

pub mod path;
