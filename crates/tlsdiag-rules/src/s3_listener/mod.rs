//! Scenario 3: who owns the address and port.
pub mod nothing_listens;
pub mod other_protocol;
pub mod port_owner;
pub mod silent_listener;
pub mod url_taken;
