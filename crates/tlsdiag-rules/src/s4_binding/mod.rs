//! Scenario 4: which certificate the server is configured to serve.
pub mod null_certificate_hash;
pub mod served_and_file;
pub mod server_name;
pub mod thumbprint;
