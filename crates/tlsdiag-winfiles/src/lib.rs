//! Files that people send from Windows: event logs, registry hives and exports, certificate stores, and what Windows
//! tools print, in any language and code page.
//!
//! Nothing here opens a file, reads a clock or knows what a value means for TLS. Readers take `Read`, `Seek` or bytes, hold
//! a bounded amount of them, never panic, and go on after what is damaged: a bad record is an item with its place.
#![forbid(unsafe_code)]

pub mod events;
pub mod registry;
pub mod text;
