//! What this machine itself brings along: lines of the hosts file that name the host, and proxies from the environment.
use super::settings::{Environment, Settings};
use std::{io::Read, net::IpAddr, path::PathBuf, sync::Arc};
use tlsdiag_model::{
    Cover, Host, How, Kind, Name, Origin, Row, Sink, Span, Survey, Time, Why,
    facts::{HostsLine, Proxy},
};

/// A hosts file longer than this is a block list; it is read no further.
const MOST: u64 = 16 << 20;

/// Reads the hosts file for one name.
pub(crate) fn hosts_file(settings: &Settings, name: &Name, now: Time, sink: &Sink) {
    let Some(path) = settings.hosts_file.clone().or_else(|| system_path(&settings.environment)) else { return };
    let shown: Arc<str> = path.display().to_string().into();
    let cover = match read(&path) {
        Err(e) if e.kind() == std::io::ErrorKind::NotFound => Cover::Complete,
        Err(e) => Cover::Failed(Why::Said(e.to_string())),
        Ok((text, whole)) => {
            for (line, addr) in lines(&text, name) {
                let what = HostsLine { name: name.clone(), addr };
                let origin = Origin::File { path: shown.clone(), line };
                sink.add(Row::once(what, Host::HERE, How::Read, now, origin));
            }
            if whole { Cover::Complete } else { Cover::Partial(Why::CutOff { at: MOST }) }
        }
    };
    let origin = Origin::File { path: shown, line: 1 };
    sink.survey(Survey { kind: Kind::HostsLines, host: Host::HERE, cover, span: Span::at(now), origin });
}

fn read(path: &PathBuf) -> std::io::Result<(String, bool)> {
    let mut bytes = vec![];
    std::fs::File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    let whole = u64::try_from(bytes.len()).is_ok_and(|n| n <= MOST);
    Ok((String::from_utf8_lossy(&bytes).into_owned(), whole))
}

/// Lines, from 1, that give the name an address.
fn lines(text: &str, name: &Name) -> Vec<(u32, IpAddr)> {
    let mut out = vec![];
    for (line, text) in (1..).zip(text.trim_start_matches('\u{feff}').lines()) {
        let mut words = text.split('#').next().unwrap_or_default().split_ascii_whitespace();
        // A zone (`fe80::1%lo0`) does not make another address of it.
        let addr = words.next().and_then(|a| a.split('%').next()).and_then(|a| a.parse().ok());
        if let Some(addr) = addr
            && words.any(|w| Name::new(w) == *name)
        {
            out.push((line, addr));
        }
    }
    out
}

#[cfg(not(windows))]
fn system_path(_: &Environment) -> Option<PathBuf> {
    Some(PathBuf::from("/etc/hosts"))
}
#[cfg(windows)]
fn system_path(env: &Environment) -> Option<PathBuf> {
    env("SystemRoot").map(|r| PathBuf::from(r).join(r"System32\drivers\etc\hosts"))
}

/// The variables that command-line clients look at for an https URL, in their order.
const VARIABLES: [&str; 4] = ["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"];

/// Reads the proxies from the environment.
pub(crate) fn proxies(settings: &Settings, name: &Name, port: u16, now: Time, sink: &Sink) {
    let env = &settings.environment;
    let exempt = ["no_proxy", "NO_PROXY"].iter().filter_map(|v| env(v)).any(|list| exempted(&list, name, port));
    let mut seen: Vec<String> = vec![];
    for variable in VARIABLES {
        let Some(at) = env(variable).filter(|v| !v.trim().is_empty()).map(|v| without_user(&v)) else { continue };
        // The Windows environment knows no case: the same variable would be told twice.
        if cfg!(windows) && seen.contains(&at) {
            continue;
        }
        seen.push(at.clone());
        let what = Proxy { setting: variable.to_owned(), at, exempt };
        sink.add(Row::once(what, Host::HERE, How::Read, now, Origin::Api(format!("environment: {variable}").into())));
    }
    let origin = Origin::Api("environment".into());
    sink.survey(Survey { kind: Kind::Proxies, host: Host::HERE, cover: Cover::Complete, span: Span::at(now), origin });
}

/// Scheme, host and port of a proxy, without user name, password and path.
fn without_user(value: &str) -> String {
    let value = value.trim();
    let (scheme, rest) = match value.split_once("://") {
        Some((s, r)) => (Some(s), r),
        None => (None, value),
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    // A password may hold a slash: an `@` behind it still ends the user name.
    let at = match rest.rsplit_once('@') {
        Some((_, host)) => host.split(['/', '?', '#']).next().unwrap_or_default(),
        None => authority,
    };
    scheme.map_or_else(|| at.to_owned(), |s| format!("{s}://{at}"))
}

/// Is the name on a `no_proxy` list? Entries are names (with all names below), `*`, addresses or `address/bits`.
fn exempted(list: &str, name: &Name, port: u16) -> bool {
    let addr: Option<IpAddr> = name.as_str().parse().ok();
    list.split([',', ' ']).map(str::trim).filter(|e| !e.is_empty()).any(|entry| {
        if entry == "*" {
            return true;
        }
        if let (Some(a), Some((net, bits))) = (addr, entry.split_once('/')) {
            return net.parse().ok().zip(bits.parse().ok()).is_some_and(|(n, b)| within(a, n, b));
        }
        let bare = entry.trim_start_matches('[').trim_end_matches(']');
        if let Ok(e) = bare.parse::<IpAddr>() {
            return addr == Some(e);
        }
        let (host, wanted) = match entry.rsplit_once(':') {
            Some((h, p)) => (h, p.parse::<u16>().ok()),
            None => (entry, None),
        };
        let host = host.trim_start_matches('*').trim_start_matches('.').trim_end_matches('.').to_ascii_lowercase();
        let fits =
            name.as_str() == host || name.as_str().strip_suffix(host.as_str()).is_some_and(|head| head.ends_with('.'));
        !host.is_empty() && fits && wanted.is_none_or(|p| p == port)
    })
}

/// Is an address within a network of so many bits?
fn within(a: IpAddr, net: IpAddr, bits: u32) -> bool {
    match (a, net) {
        (IpAddr::V4(a), IpAddr::V4(n)) if bits <= 32 => {
            let mask = u32::MAX.checked_shl(32 - bits).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        (IpAddr::V6(a), IpAddr::V6(n)) if bits <= 128 => {
            let mask = u128::MAX.checked_shl(128 - bits).unwrap_or(0);
            a.to_bits() & mask == n.to_bits() & mask
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_lines_name_the_host_whatever_stands_around() {
        let text = "# 10.0.0.9 shop.example\n127.0.0.1 localhost\n  203.0.113.5\tother SHOP.example. # old\nbad shop.example\n::1 shop.example";
        let found = lines(text, &Name::new("shop.example"));
        assert_eq!(found, [(3, "203.0.113.5".parse().unwrap()), (5, "::1".parse().unwrap())]);
    }

    #[test]
    fn proxies_lose_their_passwords() {
        for (value, at) in [
            ("http://user:p@ss/w@proxy.example:3128/", "http://proxy.example:3128"),
            ("proxy.example:8080", "proxy.example:8080"),
            ("u:p@[::1]:1", "[::1]:1"),
        ] {
            assert_eq!(without_user(value), at);
        }
    }

    #[test]
    fn no_proxy_lists() {
        let n = Name::new("a.b.example");
        for (list, yes) in [
            ("*", true),
            ("b.example", true),
            (".b.example", true),
            ("xb.example", false),
            ("other, a.b.example:443", true),
            ("a.b.example:8443", false),
            ("", false),
            ("example.", true),
        ] {
            assert_eq!(exempted(list, &n, 443), yes, "{list}");
        }
        let a = Name::new("10.1.2.3");
        assert!(exempted("10.0.0.0/8", &a, 443) && !exempted("10.2.0.0/16", &a, 443) && exempted("10.1.2.3", &a, 443));
        assert!(exempted("fd00::/8", &Name::new("fd12::1"), 443) && exempted("[::1]", &Name::new("::1"), 443));
    }
}
