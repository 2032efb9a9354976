//! Does a name or an address match, by each matcher in use: they differ on common names, asterisks, dots and addresses.

use super::cert::Cert;
use crate::extensions::GeneralName;
use std::net::IpAddr;

/// The dNSName entries as written.
pub(crate) fn dns_names(c: &Cert) -> Vec<&str> {
    c.sans().iter().filter_map(|n| if let GeneralName::Dns(d) = n { Some(d.as_str()) } else { None }).collect()
}

/// The iPAddress entries.
pub(crate) fn addresses(c: &Cert) -> Vec<IpAddr> {
    c.sans().iter().filter_map(|n| if let GeneralName::Ip(a) = n { Some(*a) } else { None }).collect()
}

/// The uniformResourceIdentifier entries.
pub(crate) fn uris(c: &Cert) -> Vec<&str> {
    c.sans().iter().filter_map(|n| if let GeneralName::Uri(u) = n { Some(u.as_str()) } else { None }).collect()
}

fn same(a: &str, b: &str) -> bool {
    a.eq_ignore_ascii_case(b)
}

/// Removes one trailing dot.
pub(crate) fn undotted(name: &str) -> &str {
    name.strip_suffix('.').unwrap_or(name)
}

/// OpenSSL's X509_check_host; `partial` is the default, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS takes it away.
pub(crate) fn openssl_host(c: &Cert, host: &str, partial: bool) -> bool {
    let names = dns_names(c);
    if !names.is_empty() {
        return names.iter().any(|n| openssl_pattern(n, host, partial));
    }
    c.subject().common_names().any(|n| openssl_pattern(n, host, partial))
}

fn openssl_pattern(pattern: &str, host: &str, partial: bool) -> bool {
    let Some(star) = openssl_star(pattern, partial) else { return same(pattern, host) };
    let (Some(prefix), Some(suffix)) = (pattern.get(..star), pattern.get(star + 1..)) else { return false };
    let Some(middle_len) = host.len().checked_sub(prefix.len() + suffix.len()) else { return false };
    let (Some(head), Some(middle), Some(tail)) = (
        host.get(..prefix.len()),
        host.get(prefix.len()..prefix.len() + middle_len),
        host.get(prefix.len() + middle_len..),
    ) else {
        return false;
    };
    if !same(head, prefix) || !same(tail, suffix) {
        return false;
    }
    let whole_label = prefix.is_empty() && suffix.starts_with('.');
    if whole_label && middle.is_empty() {
        return false;
    }
    if !whole_label && host.get(..4).is_some_and(|h| same(h, "xn--")) {
        return false;
    }
    middle == "*" || middle.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
}

/// Where OpenSSL sees a wildcard: one asterisk in the first label, at its start or end, two labels after it.
fn openssl_star(pattern: &str, partial: bool) -> Option<usize> {
    let bytes = pattern.as_bytes();
    let (mut star, mut dots) = (None, 0);
    let (mut start, mut hyphen, mut idna) = (true, false, false);
    for (i, b) in bytes.iter().enumerate() {
        match b {
            b'*' => {
                let at_end = matches!(bytes.get(i + 1), None | Some(b'.'));
                let misplaced = if partial { !start && !at_end } else { !start || !at_end };
                if star.is_some() || idna || dots > 0 || misplaced {
                    return None;
                }
                star = Some(i);
                start = false;
            }
            b'.' => {
                if start || hyphen {
                    return None;
                }
                (start, hyphen, idna) = (true, false, false);
                dots += 1;
            }
            b'-' => {
                if start {
                    return None;
                }
                hyphen = true;
            }
            b if b.is_ascii_alphanumeric() => {
                if start && pattern.get(i..i + 4).is_some_and(|p| same(p, "xn--")) {
                    idna = true;
                }
                (start, hyphen) = (false, false);
            }
            _ => return None,
        }
    }
    (!start && !hyphen && dots >= 2).then_some(star).flatten()
}

/// libcurl's Curl_cert_hostcheck (7.88 and near): one trailing dot goes, `*.` wants two dots, never for addresses.
pub(crate) fn curl_pattern(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (undotted(pattern), undotted(host));
    if !pattern.starts_with("*.") || host.parse::<IpAddr>().is_ok() {
        return same(pattern, host);
    }
    let rest = pattern.get(1..).unwrap_or_default();
    if rest.matches('.').count() < 2 {
        return same(pattern, host);
    }
    host.find('.').and_then(|dot| host.get(dot..)).is_some_and(|h| same(h, rest)) && !host.starts_with('.')
}

/// Node's tls.checkServerIdentity for one pattern.
pub(crate) fn node_pattern(host: &str, pattern: &str, wildcards: bool) -> bool {
    let (host, pattern) = (undotted(host).to_ascii_lowercase(), undotted(pattern).to_ascii_lowercase());
    if pattern.is_empty() {
        return false;
    }
    let (hosts, patterns): (Vec<_>, Vec<_>) = (host.split('.').collect(), pattern.split('.').collect());
    let odd = |s: &str| !s.bytes().all(|b| (0x21..=0x7f).contains(&b));
    if hosts.len() != patterns.len() || patterns.iter().any(|p| p.is_empty() || odd(p)) {
        return false;
    }
    let (Some((h, hosts)), Some((p, rest))) = (hosts.split_first(), patterns.split_first()) else { return false };
    if hosts != rest {
        return false;
    }
    if !p.contains('*') || p.contains("xn--") {
        return h == p;
    }
    if !wildcards || p.matches('*').count() > 1 || rest.len() < 2 {
        return false;
    }
    let (head, tail) = p.split_once('*').unwrap_or((p, ""));
    h.len() >= head.len() + tail.len() && h.starts_with(head) && h.ends_with(tail)
}

/// urllib3's _dnsname_match.
pub(crate) fn urllib3_pattern(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.to_lowercase(), host.to_lowercase());
    let (first, rest) = pattern.split_once('.').map_or((pattern.as_str(), None), |(f, r)| (f, Some(r)));
    if !first.contains('*') {
        return pattern == host;
    }
    let (h, host_rest) = host.split_once('.').map_or((host.as_str(), None), |(f, r)| (f, Some(r)));
    if first.matches('*').count() > 1 || rest != host_rest {
        return false;
    }
    if first == "*" {
        return !h.is_empty();
    }
    if first.starts_with("xn--") || host.starts_with("xn--") {
        return first == h;
    }
    label_glob(first, h)
}

/// GnuTLS: the asterisk only as the first character, for any run without dots, two labels after it.
pub(crate) fn gnutls_pattern(pattern: &str, host: &str) -> bool {
    if same(pattern, host) {
        return true;
    }
    let Some(rest) = pattern.strip_prefix('*') else { return false };
    let dots = pattern.matches('.').count();
    if dots < 2 || pattern.ends_with('.') {
        return false;
    }
    let first_dot = host.find('.').unwrap_or(host.len());
    (0..=first_dot).any(|i| host.get(i..).is_some_and(|h| same(h, rest)))
}

/// Go's validHostname: for a pattern a leading `*` label may stand, for a host a trailing dot.
pub(crate) fn go_valid(name: &str, pattern: bool) -> bool {
    let name = if pattern { name } else { undotted(name) };
    if name.is_empty() || name == "*" {
        return false;
    }
    name.split('.').enumerate().all(|(i, part)| {
        (pattern && i == 0 && part == "*")
            || (!part.is_empty()
                && part
                    .bytes()
                    .enumerate()
                    .all(|(j, b)| b.is_ascii_alphanumeric() || b == b'_' || (b == b'-' && j != 0)))
    })
}

/// Go's matchHostnames.
pub(crate) fn go_labels(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (pattern.to_ascii_lowercase(), undotted(host).to_ascii_lowercase());
    if pattern.is_empty() || host.is_empty() || pattern.split('.').count() != host.split('.').count() {
        return false;
    }
    pattern.split('.').zip(host.split('.')).enumerate().all(|(i, (p, h))| (i == 0 && p == "*") || p == h)
}

/// Go's VerifyHostname for DNS names.
pub(crate) fn go_pattern(pattern: &str, host: &str) -> bool {
    if go_valid(host, false) && go_valid(pattern, true) {
        return go_labels(pattern, host);
    }
    !pattern.is_empty() && pattern != "." && !host.is_empty() && same(pattern, host)
}

/// Java's HostnameChecker for TLS. `everywhere`: asterisks count in any label (before 21), else in the first only.
pub(crate) fn java_pattern(pattern: &str, host: &str, everywhere: bool) -> bool {
    let (pattern, host) = (pattern.to_ascii_lowercase(), host.to_ascii_lowercase());
    if let Some(star) = pattern.rfind('*')
        && !pattern.get(star..).is_some_and(|after| after.contains('.'))
    {
        return false;
    }
    if pattern == "*." || !java_name(&pattern.replace('*', "z")) {
        return false;
    }
    if pattern.split('.').count() != host.split('.').count() {
        return false;
    }
    pattern
        .split('.')
        .zip(host.split('.'))
        .enumerate()
        .all(|(i, (p, h))| if everywhere || i == 0 { label_glob(p, h) } else { p == h })
}

/// What Java's SNIHostName takes: letters, digits and inner hyphens, no trailing dot (after IDN.toASCII).
pub(crate) fn java_name(name: &str) -> bool {
    let ascii = match name.is_ascii() {
        true => name.to_owned(),
        // A raw octet string comes out as characters that the identifier check refuses.
        false => return false,
    };
    !ascii.is_empty()
        && ascii.split('.').all(|l| {
            !l.is_empty()
                && l.len() <= 63
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// One label with any number of asterisks.
fn label_glob(pattern: &str, label: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(first) = parts.next() else { return false };
    let Some(mut rest) = label.strip_prefix(first) else { return false };
    let tail: Vec<_> = parts.collect();
    let Some((last, middle)) = tail.split_last() else { return rest.is_empty() };
    for part in middle {
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    rest.ends_with(last)
}

/// Whether webpki and mozilla::pkix take a text as a presented DNS name.
pub(crate) fn webpki_valid(name: &str, wildcard: bool) -> bool {
    let (body, starred) = match name.strip_prefix("*.") {
        Some(rest) if wildcard => (rest, true),
        _ => (name, false),
    };
    if body.is_empty() || name.len() > 253 {
        return false;
    }
    let labels: Vec<_> = body.split('.').collect();
    let fine = labels.iter().all(|l| {
        !l.is_empty()
            && l.len() <= 63
            && !l.starts_with('-')
            && !l.ends_with('-')
            && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
    });
    let numeric_end = labels.last().is_some_and(|l| l.bytes().all(|b| b.is_ascii_digit()));
    fine && !numeric_end && (!starred || labels.len() >= 2)
}

/// webpki and mozilla::pkix: an asterisk is a whole first label with two after it.
pub(crate) fn webpki_pattern(pattern: &str, host: &str) -> bool {
    let host = undotted(host);
    if !webpki_valid(pattern, true) {
        return false;
    }
    match pattern.strip_prefix('*') {
        Some(rest) => host.find('.').and_then(|d| host.get(d..)).is_some_and(|h| same(h, rest)),
        None => same(pattern, host),
    }
}

/// pyca's DNSName: no underscores.
pub(crate) fn pyca_valid(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 253
        && name.split('.').all(|l| {
            !l.is_empty()
                && l.len() <= 63
                && !l.starts_with('-')
                && !l.ends_with('-')
                && l.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        })
}

/// pyca's DNSPattern.
pub(crate) fn pyca_pattern(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => pyca_valid(rest) && host.split_once('.').is_some_and(|(_, parent)| same(parent, rest)),
        None => pyca_valid(pattern) && same(pattern, host),
    }
}

/// Chromium's X509Certificate::VerifyHostname for one dNSName: no asterisk right below a registry.
pub(crate) fn chromium_pattern(pattern: &str, host: &str) -> bool {
    let (pattern, host) = (undotted(pattern), undotted(host));
    let Some(rest) = pattern.strip_prefix("*.") else { return same(pattern, host) };
    let Some((_, parent)) = host.split_once('.') else { return false };
    same(parent, rest) && !is_registry(&parent.to_ascii_lowercase())
}

/// Whether a name is a public suffix of a registry (the private part of the list does not count), or a single label.
pub(crate) fn is_registry(name: &str) -> bool {
    if !name.contains('.') {
        return true;
    }
    match psl::suffix(name.as_bytes()) {
        Some(s) => s.as_bytes() == name.as_bytes() && s.typ() == Some(psl::Type::Icann),
        None => false,
    }
}

/// Mbed TLS 2.28's x509_check_wildcard and comparison.
pub(crate) fn mbedtls_pattern(pattern: &str, host: &str) -> bool {
    if same(pattern, host) {
        return true;
    }
    pattern.len() >= 3
        && pattern.starts_with("*.")
        && host
            .find('.')
            .filter(|d| *d > 0)
            .and_then(|d| host.get(d..))
            .is_some_and(|h| pattern.get(1..).is_some_and(|p| same(h, p)))
}

/// wolfSSL's MatchDomainName: an asterisk anywhere eats up to the next occurrence of the character after it.
pub(crate) fn wolfssl_pattern(pattern: &str, host: &str) -> bool {
    let (p, s) = (pattern.to_ascii_lowercase().into_bytes(), host.to_ascii_lowercase().into_bytes());
    let (mut i, mut j) = (0, 0);
    while i < p.len() {
        let mut c = p.get(i).copied().unwrap_or(0);
        if c == 0 {
            break;
        }
        if c == b'*' {
            loop {
                i += 1;
                match p.get(i) {
                    Some(b'*') => {}
                    Some(next) => {
                        c = *next;
                        break;
                    }
                    None => break,
                }
            }
            while let Some(h) = s.get(j) {
                if *h == c {
                    break;
                }
                if *h == b'.' {
                    return false;
                }
                j += 1;
            }
        } else if s.get(j) != Some(&c) {
            return false;
        }
        if j < s.len() {
            j += 1;
        }
        i += 1;
    }
    j >= s.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn asterisks_by_matcher() {
        let host = "foo.wild.test";
        for (pattern, openssl, strict, node, gnutls, wolf) in [
            ("*.wild.test", true, true, true, true, true),
            ("f*.wild.test", true, false, true, false, true),
            ("*o.wild.test", true, false, true, true, false),
            ("foo.*.test", false, false, false, false, true),
            ("*", false, false, false, false, false),
        ] {
            assert_eq!(openssl_pattern(pattern, host, true), openssl, "{pattern} OpenSSL");
            assert_eq!(openssl_pattern(pattern, host, false), strict, "{pattern} Python");
            assert_eq!(node_pattern(host, pattern, true), node, "{pattern} Node");
            assert_eq!(gnutls_pattern(pattern, host), gnutls, "{pattern} GnuTLS");
            assert_eq!(wolfssl_pattern(pattern, host), wolf, "{pattern} wolfSSL");
        }
        assert!(wolfssl_pattern("127.0.0.*", "127.0.0.1"));
        assert!(java_pattern("a.*.wild.test", "a.b.wild.test", true));
        assert!(!java_pattern("a.*.wild.test", "a.b.wild.test", false));
        assert!(go_pattern("*.com", "example.com") && !webpki_pattern("*.com", "example.com"));
        assert!(curl_pattern("dot.test.", "dot.test") && !curl_pattern("*.com", "example.com"));
    }

    #[test]
    fn registries_are_told_from_private_suffixes() {
        assert!(is_registry("co.uk") && is_registry("com") && is_registry("test"));
        assert!(!is_registry("github.io") && !is_registry("example.com"));
        assert!(chromium_pattern("*.github.io", "foo.github.io") && !chromium_pattern("*.co.uk", "foo.co.uk"));
    }
}
