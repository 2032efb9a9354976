//! How certificates and times are called in texts, and which strings are plain enough for a command line.
use tlsdiag_model::{Arg, Time, say};
use tlsdiag_pki::Certificate;

/// A certificate in a headline: its common name, else its first name, else its whole subject, else its serial number.
pub(crate) fn called(c: &Certificate) -> Arg {
    let cn = c.subject.common_names().next().map(str::to_owned);
    let named = cn.or_else(|| c.sans().next().map(ToString::to_string));
    let subject = || if c.subject.is_empty() { c.serial_hex() } else { c.subject.to_string() };
    Arg::quote(named.unwrap_or_else(subject))
}

/// The issuer in a headline: its common name, else its whole name.
pub(crate) fn issuer_called(c: &Certificate) -> Arg {
    let cn = c.issuer.common_names().next().map(str::to_owned);
    Arg::quote(cn.unwrap_or_else(|| c.issuer.to_string()))
}

/// A time in unix seconds as a date.
pub(crate) fn date(unix: i64) -> Arg {
    Arg::Date(ms(unix))
}

/// A time in unix seconds with minutes.
pub(crate) fn moment(unix: i64) -> Arg {
    Arg::Moment(ms(unix))
}

fn ms(unix: i64) -> Time {
    unix.saturating_mul(1000)
}

/// A span of seconds in the largest unit that leaves at least two of it, rounded down.
pub(crate) fn span(seconds: i64) -> Arg {
    let s = seconds.unsigned_abs();
    let n = |unit: u64| Arg::num(s / unit);
    Arg::Say(Box::new(match s {
        172_800.. => say!("{n} days", "{n}일", n = n(86_400)),
        7_200.. => say!("{n} hours", "{n}시간", n = n(3_600)),
        120.. => say!("{n} minutes", "{n}분", n = n(60)),
        _ => say!("{n} seconds", "{n}초", n = n(1)),
    }))
}

/// Several texts from outside, at most `most`, and how many are left.
pub(crate) fn few(all: &[String], most: usize) -> Arg {
    let mut list: Vec<Arg> = all.iter().take(most).map(Arg::quote).collect();
    let rest = all.len().saturating_sub(most);
    if rest > 0 {
        list.push(Arg::Say(Box::new(say!("{n} more", "외 {n}개", n = Arg::num(rest)))));
    }
    Arg::List(list)
}

/// A host name that may stand in a command as it is.
pub(crate) fn plain_host(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':'));
    (plain && !text.is_empty() && !text.starts_with('-')).then_some(text)
}

/// A URL that may stand in a command as it is.
pub(crate) fn plain_url(text: &str) -> Option<&str> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'.' | b'-' | b':' | b'/' | b'_' | b'%'));
    (plain && (text.starts_with("http://") || text.starts_with("https://"))).then_some(text)
}

/// Host and port as `openssl s_client` wants them.
pub(crate) fn target(look: &crate::Look<'_>) -> Option<String> {
    let e = look.endpoint().ok()?;
    let (addr, port) = look.address().ok()?;
    let bracketed = if addr.is_ipv6() { format!("[{addr}]") } else { addr.to_string() };
    let name = e.name.as_ref().and_then(|n| plain_host(n.as_str()));
    Some(match name {
        Some(n) if n.parse::<std::net::IpAddr>().is_err() => format!("-connect {bracketed}:{port} -servername {n}"),
        _ => format!("-connect {bracketed}:{port}"),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::Lang;

    fn shown(arg: Arg) -> String {
        say!("{x}", "{x}", x = arg).render(Lang::En)
    }

    #[test]
    fn spans_use_the_largest_unit_of_which_there_are_two() {
        for (seconds, want) in [
            (0, "0 seconds"),
            (-90, "90 seconds"),
            (7_199, "119 minutes"),
            (172_799, "47 hours"),
            (172_800, "2 days"),
            (i64::MIN, "106751991167300 days"),
        ] {
            assert_eq!(shown(span(seconds)), want);
        }
    }

    #[test]
    fn long_lists_say_how_many_are_left() {
        let names: Vec<String> = (1..=7).map(|n| format!("n{n}")).collect();
        assert_eq!(shown(few(&names, 5)), "n1, n2, n3, n4, n5, 2 more");
        assert_eq!(shown(few(&names[..5], 5)), "n1, n2, n3, n4, n5");
    }

    #[test]
    fn nothing_that_a_shell_reads_passes_into_a_command() {
        for bad in ["", "-rf", "a;b", "a b", "$(x)", "a\nb", "한국.kr", "a'b", "*.example"] {
            assert_eq!(plain_host(bad), None, "{bad}");
        }
        assert_eq!(plain_host("xn--3e0b707e.kr"), Some("xn--3e0b707e.kr"));
        for bad in ["ldap://ca/x", "http://a/?q=1&r", "http://a/$(x)", "http://a b", "file:///etc/passwd"] {
            assert_eq!(plain_url(bad), None, "{bad}");
        }
        assert_eq!(plain_url("http://ca.example/int_1.cer"), Some("http://ca.example/int_1.cer"));
    }
}
