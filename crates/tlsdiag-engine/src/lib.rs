//! The loop: look, judge, see what would decide, get what can be got, judge again. Differential hellos and "what to
//! collect next" are one mechanism: an ask that a source can grant is granted, the others are put to the person.
#![forbid(unsafe_code)]

mod check;
mod settle;

pub use check::{Checked, check, conclude};
pub use settle::{Limits, Round, Settled, settle};

/// Empty tables, with signatures checked by aws-lc.
fn derived() -> tlsdiag_rules::Derived {
    tlsdiag_rules::Derived::new(std::sync::Arc::new(tlsdiag_collect::AwsLcVerifier))
}
