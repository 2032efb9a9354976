//! What `certutil -key` lists: the key containers of a provider, with the names of their files.

use super::super::lines::Line;
use super::shapes::{is_provider, unique_container};

/// Containers kept of one listing.
pub(super) const MAX_CONTAINERS: usize = 50_000;

/// One container.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Container {
    /// The provider above it.
    pub provider: Option<String>,
    /// Its name.
    pub name: String,
    /// The name of its file, where one is printed.
    pub unique: Option<String>,
    /// `AT_KEYEXCHANGE`, `AT_SIGNATURE`, as printed.
    pub specs: Vec<String>,
    /// `RSA`, `ECDSA_P256`, as printed.
    pub algorithm: Option<String>,
    /// Line of the name.
    pub line: u32,
}

/// A line with the name of a provider and a colon, and nothing before it.
pub(super) fn is_heading(line: &Line<'_>) -> bool {
    let text = line.trimmed();
    text.strip_suffix([':', '：']).is_some_and(|name| is_provider(name) && !name.contains([':', '=']))
}

/// Reads a listing from its first heading on.
pub(super) fn read(lines: &[Line<'_>]) -> Vec<Container> {
    let mut out: Vec<Container> = Vec::new();
    let (mut provider, mut fresh) = (None, true);
    for line in lines {
        let text = line.trimmed();
        if text.is_empty() {
            fresh = true;
        } else if is_heading(line) {
            provider = Some(text.trim_end_matches([':', '：']).to_owned());
            fresh = true;
        } else if line.indent() == 0 {
            // A sentence about the listing.
            fresh = true;
        } else if fresh || out.is_empty() {
            if out.len() < MAX_CONTAINERS {
                out.push(Container {
                    provider: provider.clone(),
                    name: text.chars().take(300).collect(),
                    line: line.number,
                    ..Container::default()
                });
            }
            fresh = false;
        } else if let Some(container) = out.last_mut() {
            if let Some(unique) = unique_container(text) {
                container.unique = Some(unique.to_owned());
            } else if text.starts_with("AT_") {
                container.specs.push(text.chars().take(40).collect());
            } else if container.algorithm.is_none()
                && text.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            {
                container.algorithm = Some(text.chars().take(40).collect());
            }
        }
    }
    // A container without a name of its own is listed by the name of its file.
    for container in &mut out {
        if container.unique.is_none() && unique_container(&container.name).is_some() {
            container.unique = Some(container.name.clone());
        }
    }
    out
}
