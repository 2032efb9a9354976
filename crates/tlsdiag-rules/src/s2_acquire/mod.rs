//! Scenario 2, first half: the key can be opened.
