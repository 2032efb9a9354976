//! Scenario 2: the private key can be opened.
mod codes;
pub(crate) mod joined;
mod key_file;
mod rights;

pub mod container;
pub mod guarded;
pub mod key_not_opened;
pub mod key_rights;
pub mod locked;
pub mod not_acquired;
pub mod old_windows;
pub mod provider;
