//! A site that was looked at from outside and a machine whose files were sent are one, where something says so: the
//! certificate, the address, or the name in the machine's own configuration.
use std::collections::BTreeSet;
use tlsdiag_model::facts::Trial;
use tlsdiag_model::{Addr, Case, Host, Reading, Thumb, Vantage};
use tlsdiag_pki::Thumbprint;

/// Adds what joins them. Where two machines could both be the site, none is joined.
pub fn alias(case: &mut Case) {
    let sent: Vec<Host> = hosts(case, Vantage::Evidence);
    if sent.is_empty() {
        return;
    }
    for site in hosts(case, Vantage::Outside) {
        let mut same = sent.iter().filter(|m| is_one(case, site, **m));
        if let (Some(machine), None) = (same.next(), same.next())
            && !case.same(site, *machine)
        {
            case.aliases.push((*machine, site));
        }
    }
}

fn hosts(case: &Case, vantage: Vantage) -> Vec<Host> {
    let all = case.hosts.iter().enumerate().filter(|(_, h)| h.vantage == vantage);
    all.filter_map(|(i, _)| u32::try_from(i).ok()).map(Host).collect()
}

fn is_one(case: &Case, site: Host, machine: Host) -> bool {
    let mut served: BTreeSet<Thumb> = BTreeSet::new();
    let mut at = BTreeSet::new();
    for h in case.handshakes.iter().filter(|h| h.host == site && h.what.trial != Trial::Again) {
        at.insert((h.what.addr, h.what.port, h.what.name.clone()));
        let der = h.what.leaf().and_then(|id| case.certs.get(&id));
        served.extend(der.and_then(|der| Thumb::of_octets(&Thumbprint::of(der).0)));
    }
    for c in case.connects.iter().filter(|c| c.host == site) {
        for a in case.asked.iter().filter(|a| a.what.port == c.what.port) {
            at.insert((c.what.addr, c.what.port, Some(a.what.name.clone())));
        }
    }
    let own = |h: Host| h == machine;
    let bound = case.bindings.iter().filter(|b| own(b.host)).map(|b| &b.what.hash);
    if bound.into_iter().any(|h| matches!(h, Reading::Good(t) if served.contains(t))) {
        return true;
    }
    let has_address = |ip| case.systems.iter().any(|s| own(s.host) && s.what.addrs.contains(&ip));
    if at.iter().any(|(ip, ..)| has_address(*ip)) {
        return true;
    }
    let records = case.bindings.iter().filter(|b| own(b.host)).map(|b| (b.what.addr, b.what.port, &b.what.name));
    let sites = case.site_bindings.iter().filter(|b| own(b.host)).map(|b| (b.what.addr, b.what.port, &b.what.name));
    records.chain(sites).any(|(addr, port, name)| {
        at.iter().any(|(ip, p, n)| *p == port && (addr == Addr::Is(*ip) || name.is_some() && name == n))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::facts::{Asked, Binding, Connect, ConnectEnd, Scheme, System};
    use tlsdiag_model::{How, Name, Origin, Row};

    fn case() -> (Case, Host) {
        let mut c = Case::here("here");
        let site = c.host("192.0.2.10", Vantage::Outside);
        let at = Origin::Api("test".into());
        let asked = Asked {
            typed: "shop.example".into(),
            scheme: Scheme::Https,
            name: Name::new("shop.example"),
            literal: None,
            port: 443,
            path: "/".into(),
            pinned: vec![],
            client: None,
        };
        c.add(Row::once(asked, Host::HERE, How::Told, 0, at.clone()));
        let open = Connect { from: Host::HERE, addr: [192, 0, 2, 10].into(), port: 443, end: ConnectEnd::Open };
        c.add(Row::once(open, site, How::Watched, 0, at));
        (c, site)
    }

    #[test]
    fn by_name_or_address_and_only_if_one_machine_fits() {
        let at = || Origin::Api("test".into());
        let (mut c, site) = case();
        let (a, b) = (c.host("A", Vantage::Evidence), c.host("B", Vantage::Evidence));
        let record = Binding::new(Addr::Any, 443, Some(Name::new("shop.example")), Reading::Empty);
        c.add(Row::once(record.clone(), a, How::Read, 0, at()));
        c.add(Row::once(Binding::new(Addr::AnyV4, 443, None, Reading::Empty), b, How::Read, 0, at()));
        alias(&mut c);
        assert_eq!(c.aliases, [(a, site)]);
        alias(&mut c);
        assert_eq!(c.aliases.len(), 1);
        let (mut c, _) = case();
        let (a, b) = (c.host("A", Vantage::Evidence), c.host("B", Vantage::Evidence));
        c.add(Row::once(record, a, How::Read, 0, at()));
        let system = System { addrs: vec![[192, 0, 2, 10].into()], ..System::default() };
        c.add(Row::once(system, b, How::Read, 0, at()));
        alias(&mut c);
        assert!(c.aliases.is_empty());
    }
}
