//! The folders of the rules: one per scenario, with the range of codes that it may use.

/// A scenario.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Folder {
    /// Its name under `crates/tlsdiag-rules/src`.
    pub(crate) name: &'static str,
    /// First code that may be used.
    pub(crate) first: u16,
    /// Last code that may be used.
    pub(crate) last: u16,
    /// What its rules are about, for the first line of `mod.rs` and the list of rules.
    pub(crate) about: &'static str,
    /// The rung that most of its rules belong to.
    pub(crate) layer: &'static str,
}

/// Where the rules lie.
pub(crate) const RULES: &str = "crates/tlsdiag-rules/src";

/// All scenarios in the order of their codes.
pub(crate) const FOLDERS: &[Folder] = &[
    Folder { name: "s0_reach", first: 0, last: 999, about: "name, route, TCP, plain http", layer: "Reach" },
    Folder { name: "s1_key", first: 1000, last: 1999, about: "the certificate has its private key", layer: "Key" },
    Folder { name: "s2_acquire", first: 2000, last: 2499, about: "the private key can be opened", layer: "Key" },
    Folder {
        name: "s2_chain",
        first: 2500,
        last: 2999,
        about: "chain, root, name, usage, dates, revocation, weak algorithms",
        layer: "Trust",
    },
    Folder { name: "s3_listener", first: 3000, last: 3999, about: "who owns the address and port", layer: "Listen" },
    Folder {
        name: "s4_binding",
        first: 4000,
        last: 4999,
        about: "which certificate the server is configured to serve",
        layer: "Bind",
    },
    Folder {
        name: "s5_handshake",
        first: 5000,
        last: 5999,
        about: "version, cipher suite, group, extensions, alerts, resets",
        layer: "Negotiate",
    },
    Folder {
        name: "s6_updates",
        first: 6000,
        last: 6999,
        about: "record splitting, intolerances, middleboxes",
        layer: "Negotiate",
    },
    Folder { name: "s7_http", first: 7000, last: 7999, about: "HTTP over TLS", layer: "Http" },
    Folder { name: "s9_self", first: 9000, last: 9999, about: "what the tool could not read or do", layer: "Reach" },
];

impl Folder {
    /// May its rules use this code?
    pub(crate) fn takes(&self, code: u16) -> bool {
        (self.first..=self.last).contains(&code)
    }
}

/// The folder whose name begins with these letters.
pub(crate) fn by_prefix(prefix: &str) -> Result<&'static Folder, String> {
    let mut fit = FOLDERS.iter().filter(|f| f.name.starts_with(prefix));
    match (fit.next(), fit.next()) {
        (Some(folder), None) => Ok(folder),
        _ => {
            let names: Vec<_> = FOLDERS.iter().map(|f| f.name).collect();
            Err(format!("{prefix:?} is not the beginning of one folder; there are {}", names.join(", ")))
        }
    }
}

/// The folder that a path lies in.
pub(crate) fn of_path(path: &str) -> Option<&'static Folder> {
    let (name, _) = path.strip_prefix(RULES)?.strip_prefix('/')?.split_once('/')?;
    FOLDERS.iter().find(|f| f.name == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_must_name_one_folder() {
        assert_eq!(by_prefix("s4").map(|f| f.name), Ok("s4_binding"));
        assert!(by_prefix("s2").is_err() && by_prefix("s8").is_err());
    }

    #[test]
    fn ranges_are_in_order_and_do_not_meet() {
        for (a, b) in FOLDERS.iter().zip(FOLDERS.iter().skip(1)) {
            assert!(a.last < b.first, "{} and {}", a.name, b.name);
        }
    }
}
