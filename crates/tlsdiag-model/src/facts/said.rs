//! A message that a person pasted or a log holds, recognised by the dictionary.
use crate::Cause;
use serde::{Deserialize, Serialize};

/// A recognised message.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Said {
    /// Entry of the dictionary.
    pub entry: String,
    /// The causes that it points to, best first.
    pub points_to: Vec<Cause>,
}
