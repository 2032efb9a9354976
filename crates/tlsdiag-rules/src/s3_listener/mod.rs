//! Scenario 3: who listens, and what it speaks.
