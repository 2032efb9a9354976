//! Certificate stores: entries with the key that they name, what the store allows them, and the roots that a machine trusts.
use super::Teller;
use crate::fragment::Fragment;
use tlsdiag_model::facts::{Anchors, KeyLink, KeyName, Location as Whose, Set, Stored};
use tlsdiag_model::{Arg, CertId, Host, How, Reading, Row, Sight, Thumb, Why, say};
use tlsdiag_pki::Thumbprint;
use tlsdiag_winfiles::registry::Tree;
use tlsdiag_winfiles::registry::store::{Content, Element, Entry, Location, entries, property};

/// The branch of the machine's stores.
const MACHINE: &str = "HKLM\\SOFTWARE\\Microsoft\\SystemCertificates";
/// Stores by their true names.
const NAMES: [&str; 11] = [
    "MY",
    "WebHosting",
    "CA",
    "Root",
    "AuthRoot",
    "REQUEST",
    "Disallowed",
    "TrustedPeople",
    "TrustedPublisher",
    "Trust",
    "SmartCardRoot",
];

/// Tells the entries of all stores, and which of the machine's were seen whole.
pub(super) fn tell(teller: &mut Teller<'_>) {
    let tree = teller.tree;
    for entry in entries(tree).filter(|entry| entry.position.content == Content::Certificate) {
        one(teller, &entry);
    }
    if !teller.shows(MACHINE) {
        for name in NAMES.iter().filter(|name| teller.shows(&format!("{MACHINE}\\{name}"))).collect::<Vec<_>>() {
            whole(teller, name);
        }
        return;
    }
    let mut names: Vec<String> = NAMES.iter().map(|name| (*name).to_owned()).collect();
    for key in tree.children(MACHINE) {
        let name = true_name(key.path.name());
        if !names.contains(&name) {
            names.push(name);
        }
    }
    for name in names {
        whole(teller, &name);
    }
}

fn whole(teller: &mut Teller<'_>, store: &str) {
    let origin = teller.out.inside(&format!("{MACHINE}\\{store}"));
    teller.out.whole(&format!("store:Machine\\{store}"), origin);
}

fn true_name(store: &str) -> String {
    NAMES
        .iter()
        .find(|name| name.eq_ignore_ascii_case(store))
        .map_or_else(|| store.to_owned(), |name| (*name).to_owned())
}

fn one(teller: &mut Teller<'_>, entry: &Entry<'_>) {
    let (position, element) = (&entry.position, &entry.element);
    let Some(blob) = entry.key.value("Blob") else { return };
    let origin = teller.origin(entry.key, blob.place);
    for fault in &element.faults {
        let at = fault.offset as u64;
        let why = if fault.cut_off { Why::CutOff { at } } else { Why::DamagedAt { at } };
        let say = say!(
            "store {store}, entry {thumb}, property {id}: expected {expected}, found {found}",
            "저장소 {store}, 항목 {thumb}, 속성 {id}: {expected:이} 있어야 하는데 {found:이} 있습니다",
            store = Arg::quote(&position.store),
            thumb = Arg::quote(&position.name),
            id = fault.property.map_or(Arg::term("-"), Arg::num),
            expected = Arg::term(fault.expected),
            found = Arg::quote(&fault.found)
        );
        teller.out.fault(origin.clone(), why, say);
    }
    let own = element.der.as_deref().map(|der| Thumbprint::of(der).0);
    let named = Thumb::from_hex(&position.name);
    let thumb = match (&named, own.and_then(|octets| Thumb::of_octets(&octets))) {
        (Some(named), Some(own)) if *named != own => {
            let say = say!(
                "store {store}: the entry is called {name} but its certificate has the thumbprint {own}",
                "저장소 {store}: 항목 이름은 {name}이지만 인증서의 지문은 {own}입니다",
                store = Arg::quote(&position.store),
                name = Arg::term(named),
                own = Arg::term(&own)
            );
            teller.out.fault(origin, Why::DamagedAt { at: 0 }, say);
            Reading::Good(own)
        }
        (_, Some(own)) => Reading::Good(own),
        (Some(named), None) => Reading::Good(named.clone()),
        (None, None) => {
            Reading::Damaged { raw: position.name.as_str().into(), expected: 40, found: position.name.len() }
        }
    };
    let mut stored = Stored::new(whose(&position.location), &true_name(&position.store), thumb);
    stored.cert =
        element.der.as_deref().filter(|der| der.first() == Some(&0x30)).map(|der| teller.out.certificate(der));
    let cut = element.faults.iter().any(|fault| fault.cut_off);
    stored.key = key(element, cut);
    stored.purposes = match &element.usages {
        Some(usages) => Sight::Saw(Some(usages.clone())),
        None if cut || damaged(element, property::ENHKEY_USAGE) => Sight::Hidden,
        None => Sight::Saw(None),
    };
    stored.archived = if element.archived || !cut { Some(element.archived) } else { None };
    stored.friendly = element.friendly_name.clone().filter(|name| !name.is_empty());
    teller.fact(stored, entry.key, blob.place);
}

fn damaged(element: &Element, id: u32) -> bool {
    element.faults.iter().any(|fault| fault.property == Some(id))
}

fn key(element: &Element, cut: bool) -> Sight<KeyLink> {
    match &element.key {
        Some(key) => Sight::Saw(KeyLink::Named(KeyName {
            container: Some(key.container.clone()).filter(|name| !name.is_empty()),
            provider: Some(key.provider.clone()).filter(|name| !name.is_empty()),
            provider_type: Some(key.provider_type),
            flags: Some(key.flags),
            spec: Some(key.key_spec),
            ..KeyName::default()
        })),
        None if cut || damaged(element, property::KEY_PROV_INFO) => Sight::Hidden,
        None => Sight::Saw(KeyLink::None),
    }
}

fn whose(location: &Location) -> Whose {
    match location {
        Location::LocalMachine => Whose::Machine,
        Location::MachinePolicy | Location::Enterprise => Whose::Policy,
        Location::Service(name) => Whose::Service(name.clone()),
        Location::User(_) | Location::UserPolicy(_) => Whose::User,
    }
}

/// Tells the roots that the machine trusts: those of the machine, of policies and of the directory, without those that it
/// disallows.
pub(super) fn anchors(tree: &Tree, out: &mut Fragment) {
    let mut roots: Vec<CertId> = Vec::new();
    let mut barred: Vec<String> = Vec::new();
    let mut found: Vec<(String, Vec<u8>)> = Vec::new();
    for entry in entries(tree).filter(|entry| entry.position.content == Content::Certificate) {
        let machine =
            matches!(entry.position.location, Location::LocalMachine | Location::MachinePolicy | Location::Enterprise);
        let name = entry.position.name.to_ascii_uppercase();
        match (true_name(&entry.position.store).as_str(), entry.element.der) {
            ("Disallowed", _) if machine => barred.push(name),
            ("Root" | "AuthRoot", Some(der)) if machine => found.push((name, der)),
            _ => {}
        }
    }
    for (_, der) in found.iter().filter(|(name, _)| !barred.contains(name)) {
        let id = out.certificate(der);
        if !roots.contains(&id) {
            roots.push(id);
        }
    }
    let origin = out.inside(&format!("{MACHINE}\\Root"));
    let row = Row::once(Anchors { set: Set::Machine, certs: roots }, Host(0), How::Read, out.taken, origin);
    out.add(row);
}
