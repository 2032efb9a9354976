//! `httpcfg` of Windows Server 2003: `query ssl`, `query iplisten`, `query urlacl`, and the numbers with which it ends.
//!
//! It prints each octet of a thumbprint in a field of two columns padded with a blank, not with a zero: `2b` and ` 3`. A
//! whole thumbprint therefore has 40 columns, with blanks only where a field begins.
use super::binding::{Entry, Printer, SslBinding};
use super::damaged::Damaged;
use super::lines::{Text, is_blank};
use super::shape::{self, Hash};

/// A number with which httpcfg ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Completion {
    /// The function of the HTTP Server API that was called, such as `HttpQueryServiceConfiguration`.
    pub function: String,
    /// The Win32 error; 0 for success. 1168 of a query means that there is nothing to list, which is sound for the listen
    /// list.
    pub code: u32,
    /// Line of the file.
    pub line: u32,
}

/// How sure it is that the text has output of httpcfg, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    let records = super::netsh_sslcert::read(text);
    if records.iter().any(|record| record.printer == Printer::Httpcfg) || !completions(text).is_empty() {
        95
    } else {
        0
    }
}

/// Every `Http…ServiceConfiguration completed with n` of a text.
#[must_use]
pub fn completions(text: &Text<'_>) -> Vec<Completion> {
    let mut out = Vec::new();
    for line in text.filled() {
        let Some(start) = line.text.find("Http") else { continue };
        let rest = line.text.get(start..).unwrap_or("");
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let (function, rest) = rest.split_at_checked(end).unwrap_or((rest, ""));
        if !function.ends_with("ServiceConfiguration") || function.len() > 64 {
            continue;
        }
        let code = rest.split(|c: char| !c.is_ascii_digit()).rfind(|digits| !digits.is_empty());
        let code = code.and_then(|digits| digits.parse().ok());
        out.extend(code.map(|code| Completion { function: function.to_owned(), code, line: line.number }));
    }
    out
}

/// The octets that a padded thumbprint says. `None` if the text is no such field at all.
pub(super) fn columns(text: &str) -> Option<Columns> {
    let text = text.as_bytes();
    let digits = text.iter().filter(|o| o.is_ascii_hexdigit()).count();
    if !(30..=41).contains(&text.len()) || text.iter().any(|o| !o.is_ascii_hexdigit() && *o != b' ') || digits < 24 {
        return None;
    }
    let odd = text.iter().enumerate().any(|(at, o)| *o == b' ' && at % 2 == 1);
    let even = text.iter().enumerate().any(|(at, o)| *o == b' ' && at % 2 == 0);
    Some(match (text.len(), even, odd) {
        (40, _, false) => Columns::Whole(octets(text)),
        // the blank of the first field was taken off
        (39, false, true) => Columns::Whole(octets(&[b" ", text].concat())),
        // blanks stand at the head of their fields: what is lost is at the end
        (..40, true, false) => Columns::Prefix(octets(text)),
        _ => Columns::Unknown,
    })
}

/// What the columns of a padded thumbprint say.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Columns {
    Whole(Vec<u8>),
    Prefix(Vec<u8>),
    Unknown,
}

/// Reads a thumbprint with its padding.
pub(super) fn hash(entry: &Entry<'_>) -> Hash {
    let plain = Hash::parse(entry.value, entry.line);
    let Hash::Damaged { value, .. } = &plain else { return plain };
    let padded = [entry.padded, entry.value].into_iter().find_map(|text| match columns(text)? {
        Columns::Whole(octets) if octets.len() == 20 => Some(Hash::Whole(octets)),
        Columns::Prefix(octets) if (10..20).contains(&octets.len()) => Some(Hash::Damaged {
            value: Damaged {
                found: format!("{} columns", entry.value.chars().count()),
                expected: EXPECTED_COLUMNS,
                ..value.clone()
            },
            prefix: Some(octets),
        }),
        _ => None,
    });
    padded.unwrap_or(plain)
}

const EXPECTED_COLUMNS: &str = "40 columns, two for each octet";

fn octets(text: &[u8]) -> Vec<u8> {
    text.chunks_exact(2)
        .filter_map(|pair| {
            std::str::from_utf8(pair).ok().and_then(|pair| u8::from_str_radix(pair.trim_start(), 16).ok())
        })
        .collect()
}

/// Fills in what follows the id in a record of httpcfg: store, check mode, two times, two names, flags.
pub(super) fn tail(record: &mut SslBinding, entries: &[Entry<'_>]) {
    record.printer = Printer::Httpcfg;
    let text = |at: usize| entries.get(at).map(|entry| entry.value);
    let number = |at: usize| text(at).and_then(parse_number);
    let name = |at: usize| {
        text(at).filter(|text| !text.is_empty() && !shape::is_null(text) && *text != "0").map(str::to_owned)
    };
    record.check_mode = number(0);
    record.freshness_time = number(1);
    record.retrieval_timeout = number(2);
    record.ctl_identifier = name(3);
    record.ctl_store = name(4);
    record.flags = number(5);
    record.cut = entries.len() < 6;
    if let Some(last) = entries.get(..entries.len().min(6)).and_then(<[_]>::last) {
        record.lines.last = last.line;
    }
}

fn parse_number(text: &str) -> Option<u64> {
    match text.strip_prefix("0x") {
        Some(hex) => u64::from_str_radix(hex, 16).ok(),
        None => shape::number(text),
    }
}

/// One address of the listen list, from httpcfg (`IP : 10.0.0.1` above a rule) or netsh (below a heading and a rule).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListenAddress {
    /// The address on which HTTP.sys is allowed to listen.
    pub address: std::net::IpAddr,
    /// Line of the file.
    pub line: u32,
}

/// Addresses that httpcfg prints as the value of a label, with a rule of dashes below each.
pub(super) fn listen_list(text: &Text<'_>) -> Vec<ListenAddress> {
    let lines: Vec<_> = text.filled().collect();
    let pairs = lines.iter().zip(lines.iter().skip(1));
    pairs
        .filter(|(_, rule)| rule.is_rule() && rule.trimmed().len() >= 40)
        .filter_map(|(line, _)| {
            let entry = Entry::of(*line);
            let address = entry.value.trim_matches(is_blank).parse().ok()?;
            Some(ListenAddress { address, line: entry.line })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> SslBinding {
        let all = super::super::netsh_sslcert::read(&Text::new(text));
        assert_eq!(all.len(), 1, "{all:#?}");
        all.into_iter().next().unwrap()
    }

    const TAIL: &str = " Guid                    : {00000000-0000-0000-0000-000000000000}\n CertStoreName           : MY\n CertCheckMode           : 1\n RevocationFreshnessTime : 2\n UrlRetrievalTimeout     : 3\n SslCtlIdentifier        : (null)\n SslCtlStoreName         : (null)\n Flags                   : 2\n";

    #[test]
    fn a_blank_is_the_first_digit_of_a_small_octet() {
        let record = one(&format!(
            " IP                      : 0.0.0.0:999\n Hash                    :  b7f1ebe2ae632c5d7328a8f849ffde0b4 3c07c\n{TAIL}"
        ));
        let hash = record.hash.as_ref().unwrap().octets().unwrap();
        assert_eq!((hash[0], hash[17], hash.len()), (0x0b, 0x03, 20));
        assert_eq!(
            (
                record.printer,
                record.check_mode,
                record.freshness_time,
                record.retrieval_timeout,
                record.flags,
                record.cut
            ),
            (Printer::Httpcfg, Some(1), Some(2), Some(3), Some(2), false)
        );
        assert!(record.app_id.unwrap().unwrap().is_zero());
    }

    #[test]
    fn a_column_short_is_a_prefix_and_never_a_guess() {
        let record = one(&format!(" IP : 0.0.0.0:443\n Hash : c09b416d6b 8d615db22 64079d15638e96823d\n{TAIL}"));
        let Some(Hash::Damaged { value, prefix: Some(prefix) }) = record.hash else { panic!("{record:?}") };
        assert_eq!(
            (prefix.len(), prefix[5], prefix[18], value.found.as_str(), value.line),
            (19, 0x08, 0x23, "39 columns", 2)
        );
        // the first blank was trimmed: every other blank stands at an odd column, and nothing is lost
        let record = one(&format!("IP 0.0.0.0:443\nHash b7f1ebe2ae632c5d7328a8f849ffde0b4 3c07c\n{TAIL}"));
        assert_eq!(record.hash.unwrap().octets().unwrap()[0], 0x0b);
        // without an inner blank nobody knows which column is missing
        let record = one(&format!(" IP : 0.0.0.0:443\n Hash : {}\n{TAIL}", "a".repeat(39)));
        assert!(matches!(record.hash, Some(Hash::Damaged { prefix: None, .. })));
    }

    #[test]
    fn completion_numbers_in_any_language() {
        let text = Text::new(
            "HttpQueryServiceConfiguration이(가) 1168(으)로 완료되었습니다.\nHttpSetServiceConfiguration completed with 87.",
        );
        let all: Vec<(String, u32)> = completions(&text).into_iter().map(|c| (c.function, c.code)).collect();
        assert_eq!(
            all,
            [("HttpQueryServiceConfiguration".to_owned(), 1168), ("HttpSetServiceConfiguration".to_owned(), 87)]
        );
    }

    #[test]
    fn listen_list_by_its_rules() {
        let rule = "-".repeat(78);
        let text = format!(
            "    IP                      : 192.0.2.1\n{rule}\n    IP                      : 2001:db8::1\n{rule}\n"
        );
        let found: Vec<String> = listen_list(&Text::new(&text)).iter().map(|l| l.address.to_string()).collect();
        assert_eq!(found, ["192.0.2.1", "2001:db8::1"]);
    }
}
