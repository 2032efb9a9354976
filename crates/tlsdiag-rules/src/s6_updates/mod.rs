//! Scenario 6: what an update of the client brings to light: longer hellos, new groups, versions and extensions, packets of
//! another size, and servers or boxes that cannot bear them.
pub mod extension_intolerance;
pub mod hello_shape;
pub mod packet_size;
pub mod record_splitting;
pub mod version_intolerance;
