//! HTTP over TLS: silence, status, redirects.
