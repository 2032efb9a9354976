//! Scenario 3: who owns the address and port.
pub mod other_protocol;
pub mod silent_listener;
