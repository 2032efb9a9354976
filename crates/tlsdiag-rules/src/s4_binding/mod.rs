//! Scenario 4: which certificate the server is configured to serve.
