//! Scenario 4: which certificate the server is configured to serve.
pub mod central_store;
pub mod client_demand;
pub(crate) mod commands;
pub mod configuration_error;
pub mod damaged_hash;
pub mod listen_list;
pub mod null_certificate_hash;
pub mod old_binding;
pub(crate) mod records;
pub mod refused_command;
pub mod served_and_file;
pub mod server_name;
pub mod shadowed;
pub mod site_bindings;
pub mod stale_record;
pub mod switched_off;
pub mod thumbprint;
