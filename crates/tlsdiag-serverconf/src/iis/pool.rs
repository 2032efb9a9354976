//! Application pools and the accounts that their workers run as.

use super::value::Value;

/// `<add>` of `<applicationPools>`, or its defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AppPool {
    /// The name; empty for `applicationPoolDefaults`.
    pub name: String,
    /// `identityType` of `processModel`; absent if the defaults hold.
    pub identity: Option<Identity>,
    /// `userName` of `processModel`, used with [`Identity::SpecificUser`].
    pub user: Option<String>,
    /// A password stands in the file. What it is is never read.
    pub has_password: bool,
    /// `loadUserProfile`; without a profile some keys of the user cannot be opened.
    pub load_user_profile: Option<Value<bool>>,
    /// `Started` or `Stopped`, where a tool wrote the state of the moment.
    pub state: Option<String>,
    /// `autoStart`.
    pub auto_start: Option<Value<bool>>,
    /// Line of the tag.
    pub line: u32,
}

/// The account of a pool.
///
/// Source: Microsoft, applicationPools/add/processModel, attribute `identityType` and its numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    /// 0
    LocalSystem,
    /// 1
    LocalService,
    /// 2
    NetworkService,
    /// 3: the account in `userName`.
    SpecificUser,
    /// 4: `IIS APPPOOL\<name>`, the default from IIS 7.5 on.
    ApplicationPoolIdentity,
    /// A word that is none of these.
    Other(String),
}

impl Identity {
    /// Reads the word or the number.
    #[must_use]
    pub fn new(raw: &str) -> Self {
        match raw.trim().to_ascii_lowercase().as_str() {
            "localsystem" | "0" => Self::LocalSystem,
            "localservice" | "1" => Self::LocalService,
            "networkservice" | "2" => Self::NetworkService,
            "specificuser" | "3" => Self::SpecificUser,
            "applicationpoolidentity" | "4" => Self::ApplicationPoolIdentity,
            _ => Self::Other(super::value::kept(raw)),
        }
    }
}
