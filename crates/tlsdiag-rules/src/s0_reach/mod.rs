//! Scenario 0: name, route, TCP, plain http.
pub mod addresses_differ;
pub mod connect;
pub mod hosts_file;
pub mod name;
pub mod proxy_needed;

use tlsdiag_model::Name;

/// A name that may stand in a command line: letters, digits, dots, hyphens, underscores and the colons of an address, and no
/// option. `None`: it stands in no command.
pub(crate) fn plain(name: &Name) -> Option<&str> {
    let text = name.as_str();
    let sound = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b'_' | b':');
    (!text.is_empty() && !text.starts_with('-') && text.bytes().all(sound)).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_names_without_shell_meaning_stand_in_commands() {
        assert_eq!(plain(&Name::new("Shop.Example.")), Some("shop.example"));
        assert_eq!(plain(&Name::new("2001:db8::1")), Some("2001:db8::1"));
        for bad in ["", "-rf", "a b", "a;b", "a$(b)", "a'b", "a\nb", "é.example"] {
            assert_eq!(plain(&Name::new(bad)), None, "{bad:?}");
        }
    }
}
