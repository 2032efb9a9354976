//! Scenario 1: the certificate has its private key.
