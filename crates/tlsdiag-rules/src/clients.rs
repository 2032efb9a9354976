//! What TLS clients speak by default, for `--client`: found by the words that a person types.
#[path = "clients_table.rs"]
mod clients_table;

/// A client and the versions that it offers by default.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClientFact {
    /// Name and version as people call it.
    pub name: &'static str,
    /// Lowest version, wire number.
    pub min: u16,
    /// Highest version, wire number.
    pub max: u16,
}

/// The clients that every word fits: `java 8` finds all of Java 8, `openssl 1.1.0` both builds of it.
pub fn find(words: &str) -> Vec<&'static ClientFact> {
    let wanted = tokens(words);
    if wanted.is_empty() {
        return vec![];
    }
    let fits = |c: &&ClientFact| {
        let own = tokens(c.name);
        wanted.iter().all(|w| own.iter().any(|o| o == w || begins(o, w)))
    };
    clients_table::CLIENTS.iter().filter(fits).collect()
}

/// Three names that share the first word, or the first three of all: for a hint.
pub fn near(words: &str) -> Vec<&'static ClientFact> {
    let first = tokens(words).into_iter().next().unwrap_or_default();
    let alike: Vec<_> = clients_table::CLIENTS.iter().filter(|c| tokens(c.name).contains(&first)).take(3).collect();
    if alike.is_empty() { clients_table::CLIENTS.iter().take(3).collect() } else { alike }
}

fn tokens(s: &str) -> Vec<String> {
    s.to_lowercase()
        .split(|c: char| !(c.is_alphanumeric() || c == '.'))
        .map(|t| t.trim_matches('.').to_owned())
        .filter(|t| !t.is_empty())
        .collect()
}

/// `8` begins `8u161` and `8.1`, but not `80`; `open` does not begin `openssl`, as it is another word.
fn begins(own: &str, word: &str) -> bool {
    let digits = word.ends_with(|c: char| c.is_ascii_digit());
    digits && own.strip_prefix(word).is_some_and(|rest| !rest.starts_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_find_versions_and_not_their_look_alikes() {
        let names = |w: &str| find(w).iter().map(|c| c.name).collect::<Vec<_>>();
        assert!(names("android 4.4").iter().all(|n| n.starts_with("Android 4.4")) && !names("android 4.4").is_empty());
        assert!(names("java 8").iter().any(|n| n.starts_with("Java 8")));
        assert!(!names("java 1").iter().any(|n| n.starts_with("Java 11")));
        assert!(names("no such client").is_empty() && names("").is_empty());
    }
}
