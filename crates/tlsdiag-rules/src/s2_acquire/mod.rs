//! Scenario 2: the private key can be opened.
pub mod guarded;
pub mod key_not_opened;
pub mod locked;
pub mod old_windows;
