//! A record of HTTP.sys and what it meets: who needs it, whether its certificate is there, what could take its place.
use super::commands::{IIS, ZERO, owner};
use crate::{Cited, Look, State};
use std::collections::BTreeSet;
use tlsdiag_model::facts::{
    Binding, End, Handshake, KeyLink, Listener, Location, RecordKind, SiteBinding, Stage, Stored, System, Trial, Url,
};
use tlsdiag_model::{
    Addr, Arg, Cure, Endpoint, FactRef, Finding, Impact, Name, Platform, Reading, Safety, Span, Thumb, Time, Who, say,
};

/// `sslFlags` of a binding: the name decides (SNI).
pub(crate) const SNI: u32 = 1;
/// `sslFlags` of a binding: the certificate comes from the central store.
pub(crate) const CENTRAL: u32 = 2;

/// The records that stand at this very endpoint, over time.
pub(crate) fn own<'a>(look: &Look<'a>, e: &Endpoint) -> Vec<State<'a, Binding>> {
    let kinds = match e.name {
        None => [RecordKind::IpPort, RecordKind::Ccs],
        Some(_) => [RecordKind::HostnamePort, RecordKind::ScopedCcs],
    };
    kinds.into_iter().flat_map(|k| look.states::<Binding>(&(k, e.addr, e.port, e.name.clone()))).collect()
}

/// A record that names no certificate by design. In the days of Server 2012 the central store's showed as `*:443`.
pub(crate) fn central(b: &Binding) -> bool {
    let star = |n: &Name| n.as_str() == "*";
    matches!(b.kind, RecordKind::Ccs | RecordKind::ScopedCcs) || b.name.as_ref().is_some_and(star)
}

/// Records that could answer for an endpoint, best first; that of 0.0.0.0 counts for IPv6 too, as Microsoft documents.
pub(crate) fn answering<'a>(look: &Look<'a>, e: &Endpoint) -> Vec<Cited<'a, Binding>> {
    let mut all = look.answering(e.addr, e.port, e.name.as_ref());
    let wide = |b: &Cited<'_, Binding>| b.kind == RecordKind::IpPort && b.addr == Addr::AnyV4 && b.port == e.port;
    for b in look.seen::<Binding>().filter(wide) {
        if all.iter().all(|a| a.at != b.at) {
            all.push(b);
        }
    }
    all
}

/// The https bindings of IIS that are not stopped.
pub(crate) fn sites<'a>(look: &Look<'a>) -> Vec<Cited<'a, SiteBinding>> {
    let mut all: Vec<_> =
        look.seen::<SiteBinding>().filter(|s| s.protocol == "https" && s.running != Some(false)).collect();
    all.sort_by(|a, b| (&a.site, a.port, &a.name, a.at).cmp(&(&b.site, b.port, &b.name, b.at)));
    all.dedup_by(|a, b| a.row.what == b.row.what);
    all
}

/// The https bindings that are this very endpoint.
pub(crate) fn sites_at<'a>(look: &Look<'a>, e: &Endpoint) -> Vec<Cited<'a, SiteBinding>> {
    sites(look).into_iter().filter(|s| (s.addr, s.port, &s.name) == (e.addr, e.port, &e.name)).collect()
}

/// Is a connection to this binding served by that record, as far as IIS made the two for each other?
pub(crate) fn serves(b: &Binding, s: &SiteBinding) -> bool {
    let flags = s.flags.unwrap_or(0);
    b.port == s.port
        && match b.kind {
            RecordKind::IpPort => flags & (SNI | CENTRAL) == 0 && (s.addr.meets(b.addr) || b.addr == Addr::AnyV4),
            RecordKind::HostnamePort | RecordKind::ScopedCcs => s.name.is_some() && s.name == b.name,
            RecordKind::Ccs => flags & CENTRAL != 0,
        }
}

/// Who needs a record.
pub(crate) enum Need<'a> {
    /// A site of IIS.
    Site(Cited<'a, SiteBinding>),
    /// Another program than IIS made it.
    Program,
    /// The sites were not all told.
    Unknown,
    /// IIS made it and has no such site any more; the survey that says so.
    Nobody(FactRef),
}

/// Who needs a record.
pub(crate) fn need<'a>(look: &Look<'a>, b: &Binding) -> Need<'a> {
    if let Some(s) = sites(look).into_iter().find(|s| serves(b, s)) {
        return Need::Site(s);
    }
    let foreign = b.app.as_deref().is_some_and(|a| a != IIS && a != ZERO);
    if foreign || look.seen::<Url>().any(|u| u.active && port_of(&u.url) == Some(b.port)) {
        return Need::Program;
    }
    match look.whole::<SiteBinding>() {
        // only IIS says by its configuration that nobody needs it
        Ok(at) if b.app.as_deref() == Some(IIS) => Need::Nobody(at),
        _ => Need::Unknown,
    }
}

/// The port of an https URL.
pub(crate) fn port_of(url: &str) -> Option<u16> {
    parts_of(url).map(|(_, port, _)| port)
}

/// Host, port and path of an https URL as HTTP.sys writes it: `https://+:443/sra/`, and with the address behind the port
/// `https://shop.example:443:10.0.0.1/`.
pub(crate) fn parts_of(url: &str) -> Option<(&str, u16, &str)> {
    let rest = url.get(..8).filter(|s| s.eq_ignore_ascii_case("https://")).and(url.get(8..))?;
    let (place, path) = rest.split_once('/').unwrap_or((rest, ""));
    let (host, port) = match place.split_once("]:") {
        Some((v6, port)) => (v6.trim_start_matches('['), port),
        None => place.split_once(':')?,
    };
    let port = port.split(':').next()?.parse().ok()?;
    Some((host, port, path))
}

/// What clients saw of the endpoint; of a wildcard, on every address.
pub(crate) fn hellos<'a>(look: &Look<'a>, e: &Endpoint) -> Vec<Cited<'a, Handshake>> {
    look.seen::<Handshake>()
        .filter(|h| h.trial == Trial::Base && h.port == e.port && e.addr.covers(Addr::Is(h.addr)))
        .filter(|h| e.name.is_none() || h.name == e.name)
        .collect()
}

/// The connection ended after ClientHello without a word.
pub(crate) fn hung_up(h: &Handshake) -> bool {
    h.stage == Stage::Nothing && matches!(h.end, End::Reset | End::Closed)
}

/// Handshakes were seen and none was hung up on: whatever is configured, it works.
pub(crate) fn works(look: &Look<'_>, e: &Endpoint) -> bool {
    let seen = hellos(look, e);
    !seen.is_empty() && !seen.iter().any(|h| hung_up(h))
}

/// How grave the fault of a record is: nothing of today where it has been changed since; where it is for some addresses
/// only, it is for their visitors.
pub(crate) fn weigh<'a>(look: &Look<'a>, s: &State<'a, Binding>, f: Finding) -> Finding {
    let b = &s.cited.row.what;
    let mut f = f;
    if s.held.last != Span::FOREVER {
        f.impact = f.impact.max(Impact::Risk);
        return f.because(say!("the record has been changed since", "레코드는 그 뒤에 바뀌었습니다"));
    }
    let good = |o: &Cited<'_, Binding>| o.port == b.port && matches!(o.hash, Reading::Good(_)) && o.hash != b.hash;
    let wide = look.seen::<Binding>().any(|o| o.kind == RecordKind::IpPort && o.addr == Addr::AnyV4 && good(&o));
    match (b.kind, b.addr) {
        (RecordKind::IpPort, Addr::AnyV6) if wide => {
            f.impact = f.impact.max(Impact::Partial);
            f.who(Who::Clients(say!("those who come by IPv6", "IPv6로 접속하는 방문자")))
        }
        (RecordKind::IpPort, Addr::Is(a)) if wide => f.who(Who::Addresses(vec![a])),
        _ => f,
    }
}

// ---- certificates ----

/// Where a machine's stores hold a certificate.
pub(crate) fn held<'a>(look: &Look<'a>, t: &Thumb) -> Vec<Cited<'a, Stored>> {
    let id = look.certificate_of(t);
    let same = |s: &Cited<'_, Stored>| s.thumb == Reading::Good(t.clone()) || id.is_some() && s.cert == id;
    let mut all: Vec<_> = look.seen::<Stored>().filter(same).collect();
    all.sort_by(|a, b| (&a.location, &a.store, a.at).cmp(&(&b.location, &b.store, b.at)));
    all.dedup_by(|a, b| a.row.what == b.row.what);
    all
}

/// A store of the machine, not of a user.
pub(crate) fn machines(s: &Stored) -> bool {
    matches!(s.location, Location::Machine | Location::Policy | Location::Unknown)
}

/// Until when a certificate is good, where that is known.
pub(crate) fn not_after(look: &Look<'_>, s: &Stored) -> Option<Time> {
    let read = s.cert.and_then(|id| look.derived().certificate(id));
    s.not_after.or_else(|| read.map(|c| c.not_after.saturating_mul(1000)))
}

/// The host names in a certificate; empty: not told.
pub(crate) fn names(look: &Look<'_>, s: &Stored) -> Vec<String> {
    if let Some(c) = s.cert.and_then(|id| look.derived().certificate(id)) {
        return c.dns_names().map(str::to_ascii_lowercase).collect();
    }
    let mut out: Vec<String> = s.names.iter().map(ToString::to_string).collect();
    let cn = s.subject.as_deref().and_then(common_name).filter(|_| out.is_empty());
    out.extend(cn);
    out
}

/// The common name of a subject as tools write it.
fn common_name(subject: &str) -> Option<String> {
    let part = subject.split([',', '+', '\n']).map(str::trim).find_map(|p| {
        p.get(..3)
            .filter(|k| k.eq_ignore_ascii_case("cn="))
            .and_then(|_| p.get(3..))
            .map(|v| v.trim().trim_matches('"'))
    })?;
    let sound = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '*' | '_');
    (part.contains('.') && part.chars().all(sound)).then(|| part.to_ascii_lowercase())
}

/// Does a certificate hold for a name? `None`: its names are not known.
pub(crate) fn covers(look: &Look<'_>, s: &Stored, name: &str) -> Option<bool> {
    let all = names(look, s);
    (!all.is_empty()).then(|| all.iter().any(|n| fits(n, name)))
}

/// One name of a certificate against a host name (RFC 9525 section 6.3): a star stands for one label.
pub(crate) fn fits(pattern: &str, name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    match pattern.strip_prefix("*.") {
        Some(parent) => name.split_once('.').is_some_and(|(_, rest)| rest == parent) || name == pattern,
        None => pattern == name,
    }
}

/// Has it a private key? `None`: not told.
pub(crate) fn has_key(s: &Stored) -> Option<bool> {
    match s.key.saw()? {
        KeyLink::None | KeyLink::Failed(_) => Some(false),
        KeyLink::Named(_) | KeyLink::Held => Some(true),
    }
}

/// The certificate that should be bound instead: of the machine's stores for servers, with a key as far as is told, good
/// at the time of the listing, for all these names; the one that lasts longest. Without names, only where there is one.
pub(crate) fn successor<'a>(look: &Look<'a>, wanted: &[String], not: &Thumb) -> Option<Cited<'a, Stored>> {
    let store = |s: &Stored| ["MY", "WebHosting"].iter().any(|n| s.store.eq_ignore_ascii_case(n));
    let mut fit: Vec<Cited<'a, Stored>> = look
        .seen::<Stored>()
        .filter(|s| machines(s) && store(s) && s.archived != Some(true) && has_key(s) != Some(false))
        .filter(|s| matches!(&s.thumb, Reading::Good(t) if t != not))
        .filter(|s| not_after(look, s).is_none_or(|to| to > s.row.span.last))
        .filter(|s| wanted.iter().all(|n| covers(look, s, n) == Some(true)))
        .collect();
    fit.sort_by_key(|s| (not_after(look, s), thumb_of(s).map(ToString::to_string)));
    let only = fit.iter().filter_map(thumb_of).collect::<BTreeSet<_>>().len() == 1;
    fit.pop().filter(|s| only || !wanted.is_empty() && not_after(look, s).is_some())
}

/// The thumbprint of an entry, where it is whole.
pub(crate) fn thumb_of<'a>(s: &Cited<'a, Stored>) -> Option<&'a Thumb> {
    match &s.row.what.thumb {
        Reading::Good(t) => Some(t),
        _ => None,
    }
}

/// The names by which the sites behind a record are called.
pub(crate) fn wanted(look: &Look<'_>, b: &Binding) -> Vec<String> {
    let mut all: BTreeSet<String> =
        sites(look).iter().filter(|s| serves(b, s)).filter_map(|s| s.name.as_ref().map(ToString::to_string)).collect();
    all.extend(b.name.as_ref().filter(|n| n.as_str() != "*").map(ToString::to_string));
    all.into_iter().collect()
}

// ---- the machine ----

/// The machine's own addresses, as far as they are told; without those that never leave it.
pub(crate) fn addresses(look: &Look<'_>) -> BTreeSet<std::net::IpAddr> {
    look.seen::<System>().flat_map(|s| s.row.what.addrs.iter().copied()).filter(|a| !a.is_loopback()).collect()
}

/// Listeners at a port, each once.
pub(crate) fn listeners<'a>(look: &Look<'a>, port: u16) -> Vec<Cited<'a, Listener>> {
    let mut all: Vec<_> = look.seen::<Listener>().filter(|l| l.port == port).collect();
    all.sort_by(|a, b| (&a.row.what, a.at).cmp(&(&b.row.what, b.at)));
    all.dedup_by(|a, b| a.row.what == b.row.what);
    all
}

/// A site's name, as a quotation.
pub(crate) fn site_name(s: &SiteBinding) -> Arg {
    Arg::quote(&s.site)
}

/// Whose record it is, where that matters for mending it; a zero id says that no program owns it.
pub(crate) fn of_app(b: &Binding, f: Finding) -> Finding {
    match b.app.as_deref() {
        Some(ZERO) => f.because(say!(
            "its application id is zero: no program made it, so none will mend it (by itself a zero id is no fault)",
            "애플리케이션 ID가 0이므로 이 레코드를 만든 프로그램도, 고칠 프로그램도 없습니다(ID가 0인 것만으로는 문제가 아닙니다)"
        )),
        Some(app) => match owner(app) {
            Some((name, tool)) => {
                let f = f.because(say!(
                    "its application id is that of {name}, which may write the record again",
                    "애플리케이션 ID는 {name}의 것이며, 그 프로그램이 레코드를 다시 쓸 수 있습니다",
                    name = Arg::term(name)
                ));
                let Some(tool) = tool else { return f };
                f.cure(
                    Cure::new(
                        Safety::Confirm,
                        say!(
                            "use that program's own tool rather than netsh",
                            "netsh 대신 그 프로그램의 도구를 씁니다"
                        ),
                    )
                    .run(Platform::Windows, tool),
                )
            }
            None => f,
        },
        None => f,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn urls_and_names() {
        assert_eq!(port_of("https://+:443/path/"), Some(443));
        assert_eq!(parts_of("HTTPS://shop.example:8443:10.0.0.1/"), Some(("shop.example", 8443, "")));
        assert_eq!(parts_of("https://[::1]:443/a/b"), Some(("::1", 443, "a/b")));
        assert_eq!(port_of("http://+:80/"), None);
        assert!(fits("*.shop.example", "www.shop.example") && !fits("*.shop.example", "a.b.shop.example"));
        assert!(fits("shop.example", "Shop.Example"));
        assert_eq!(common_name("CN=www.shop.example, O=Shop"), Some("www.shop.example".into()));
        assert_eq!(common_name("O=Shop, CN=Shop Ltd"), None);
    }
}
