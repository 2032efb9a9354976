//! Scenario 0: name, route, TCP, plain http.
