//! What tells the machine: its names, its Windows, its addresses, its clock.
use super::Teller;
use crate::fragment::Mark;
use std::net::IpAddr;
use tlsdiag_model::facts::System;
use tlsdiag_winfiles::registry::{Key, Value};

const CONTROL: &str = "HKLM\\SYSTEM\\CurrentControlSet\\Control";
const TCPIP: &str = "HKLM\\SYSTEM\\CurrentControlSet\\Services\\Tcpip\\Parameters";
const WINDOWS: &str = "HKLM\\SOFTWARE\\Microsoft\\Windows NT\\CurrentVersion";

/// Tells the system and marks the machine.
pub(super) fn tell(teller: &mut Teller<'_>) {
    computer(teller);
    windows(teller);
    guid(teller);
    addresses(teller);
    clock(teller);
    account(teller);
}

fn text(key: &Key, name: &str) -> Option<String> {
    key.value(name)?.text().map(|text| text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn computer(teller: &mut Teller<'_>) {
    let places = [
        (format!("{CONTROL}\\ComputerName\\ComputerName"), "ComputerName"),
        (format!("{CONTROL}\\ComputerName\\ActiveComputerName"), "ComputerName"),
        (TCPIP.to_owned(), "NV Hostname"),
        (TCPIP.to_owned(), "Hostname"),
    ];
    for (path, value) in places {
        let Some(key) = teller.tree.key(&path) else { continue };
        let Some(name) = text(key, value) else { continue };
        teller.out.mark(Mark::computer(&name));
        teller.fact(System { computer: Some(name), ..System::default() }, key, key.place);
        return;
    }
}

fn windows(teller: &mut Teller<'_>) {
    if let Some(key) = teller.tree.key(WINDOWS) {
        let build = text(key, "CurrentBuildNumber").or_else(|| text(key, "CurrentBuild"));
        let server = text(key, "InstallationType").map(|kind| kind.starts_with("Server"));
        let system = System {
            product: text(key, "ProductName"),
            build: build.and_then(|build| build.parse().ok()),
            server,
            ..System::default()
        };
        if system != System::default() {
            teller.fact(system, key, key.place);
        }
    }
    let Some(key) = teller.tree.key(&format!("{CONTROL}\\ProductOptions")) else { return };
    // WinNT is a workstation, ServerNT a server, LanmanNT a domain controller
    if let Some(kind) = text(key, "ProductType") {
        let server = Some(!kind.eq_ignore_ascii_case("WinNT"));
        teller.fact(System { server, ..System::default() }, key, key.place);
    }
}

fn guid(teller: &mut Teller<'_>) {
    let Some(key) = teller.tree.key("HKLM\\SOFTWARE\\Microsoft\\Cryptography") else { return };
    let Some(guid) = text(key, "MachineGuid").map(|guid| guid.trim_matches(['{', '}']).to_lowercase()) else { return };
    teller.out.mark(Some(Mark::Guid(guid.clone())));
    teller.fact(System { machine_guid: Some(guid), ..System::default() }, key, key.place);
}

fn addresses(teller: &mut Teller<'_>) {
    let tree = teller.tree;
    for key in tree.children(&format!("{TCPIP}\\Interfaces")) {
        let leased = key.value("EnableDHCP").and_then(Value::number).is_some_and(|on| on != 0);
        let value = key.value(if leased { "DhcpIPAddress" } else { "IPAddress" });
        let texts = value.map(Value::strings).unwrap_or_default();
        let addrs: Vec<IpAddr> =
            texts.iter().filter_map(|text| text.parse().ok()).filter(|addr: &IpAddr| !addr.is_unspecified()).collect();
        if !addrs.is_empty() {
            teller.fact(System { addrs, ..System::default() }, key, key.place);
        }
    }
}

fn clock(teller: &mut Teller<'_>) {
    let Some(key) = teller.tree.key(&format!("{CONTROL}\\TimeZoneInformation")) else { return };
    let Some(bias) = key.value("ActiveTimeBias").and_then(Value::number).and_then(|bias| u32::try_from(bias).ok())
    else {
        return;
    };
    let bias_min = Some(bias.cast_signed()).filter(|bias| bias.unsigned_abs() <= 16 * 60);
    teller.fact(System { bias_min, ..System::default() }, key, key.place);
}

/// The SID of the machine's accounts: the last twelve octets of a value of the SAM.
fn account(teller: &mut Teller<'_>) {
    let Some(value) = teller.tree.value("HKLM\\SAM\\SAM\\Domains\\Account", "V") else { return };
    let Some(last) = value.data.last_chunk::<12>().filter(|_| value.data.len() > 64) else { return };
    let [a, b, c] = [0, 4, 8]
        .map(|at| last.get(at..).and_then(|rest| rest.first_chunk::<4>()).map_or(0, |four| u32::from_le_bytes(*four)));
    teller.out.mark(Some(Mark::Sid(format!("S-1-5-21-{a}-{b}-{c}"))));
}
