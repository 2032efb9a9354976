//! Whole cases: each is the folder of evidence that a support engineer gets of one broken (or healthy) Windows server, in
//! mixed languages and encodings, with the diagnosis that it must lead to.
//!
//! A case is a function that puts files into a [`Folder`]; everything in them is made here, by the writers of
//! `tlsdiag-winfiles`, from names alone, so every run makes the same octets. `cargo xtask cases` writes them to `cases/`.
#![forbid(unsafe_code)]

pub mod cases;
mod certs;
mod folder;
pub mod server;

pub use certs::{Certs, Made, Wish};
pub use folder::{Case, Folder, NOW};
