//! An entry of an event log.
use serde::{Deserialize, Serialize};

/// One kind of entry: alike entries fold into one row.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Event {
    /// Source, as the log names it (`Schannel`, `HttpEvent`).
    pub source: String,
    /// Event id.
    pub id: u32,
    /// The status code that it carries, where there is one.
    pub code: Option<u32>,
}
