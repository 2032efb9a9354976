//! Cipher suites in the order in which a Windows machine offers them: `Get-TlsCipherSuite` in any form, or bare names.
use super::binding::Span;
use super::lines::{Text, is_blank};
use super::powershell_table::Record;

/// A suite in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SuiteLine {
    /// Its name as Windows writes it, such as `TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384` or, before Windows 10, with `_P256`.
    pub name: String,
    /// Line of the file.
    pub line: u32,
}

/// How sure it is that the text is such a list, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    if bare(text).len() >= 3 { 85 } else { 0 }
}

/// Suites among records that PowerShell printed.
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<SuiteLine> {
    let suite = |record: &Record| {
        let name = record.get("Name").or_else(|| record.get("Value")).filter(|name| is_suite(name))?;
        Some(SuiteLine { name: name.to_owned(), line: record.line })
    };
    records.iter().filter_map(suite).collect()
}

/// Lines that hold nothing but the name of a suite.
#[must_use]
pub fn bare(text: &Text<'_>) -> Vec<SuiteLine> {
    text.filled()
        .filter(|line| is_suite(line.trimmed()))
        .map(|line| SuiteLine { name: line.trimmed().to_owned(), line: line.number })
        .collect()
}

/// From the first suite to the last.
#[must_use]
pub fn span(suites: &[SuiteLine]) -> Option<Span> {
    Some(Span { first: suites.first()?.line, last: suites.last()?.line })
}

/// Whether the text is the name of a suite: `TLS_` or `SSL_`, then capitals and digits with at least two underscores.
#[must_use]
pub fn is_suite(text: &str) -> bool {
    let rest = text.strip_prefix("TLS_").or_else(|| text.strip_prefix("SSL_"));
    rest.is_some_and(|rest| {
        text.len() <= 80
            && rest.matches('_').count() >= 2
            && rest.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
            && !rest.contains(is_blank)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::powershell_table;

    #[test]
    fn every_form() {
        let names = |suites: Vec<SuiteLine>| suites.into_iter().map(|s| s.name).collect::<Vec<_>>();
        let want = ["TLS_AES_256_GCM_SHA384", "TLS_RSA_WITH_AES_128_CBC_SHA"];
        let table = "\nKeyType Certificate MaximumExchangeLength MinimumExchangeLength Exchange HashLength Hash CipherBlockLength CipherLength BaseCipherSuite CipherSuite Cipher Name\n------- ----------- --------------------- --------------------- -------- ---------- ---- ----------------- ------------ --------------- ----------- ------ ----\n      0                                 0                     0                   0                     16          256            4866        4866 AES    TLS_AES_256_GCM_SHA384\n      0 RSA                          16384                   512 RSA               160 SHA1                16          128              47          47 AES    TLS_RSA_WITH_AES_128_CBC_SHA\n";
        assert_eq!(names(from_records(&powershell_table::records(&Text::new(table)))), want);
        let list =
            "\nKeyType : 0\nName    : TLS_AES_256_GCM_SHA384\n\nKeyType : 0\nName    : TLS_RSA_WITH_AES_128_CBC_SHA\n";
        assert_eq!(names(from_records(&powershell_table::records(&Text::new(list)))), want);
        assert_eq!(
            names(bare(&Text::new("TLS_AES_256_GCM_SHA384\n  TLS_RSA_WITH_AES_128_CBC_SHA\nTLS_ x\nTLS\n"))),
            want
        );
    }
}
