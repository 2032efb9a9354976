//! Which machine it is: `systeminfo`, `ver`, `[Environment]::OSVersion`, `Get-ComputerInfo`, `hostname`, `ipconfig`.
//!
//! The line of the version is told by its shape, `10.0.17763 … 17763`: the build stands there twice. The product's name is
//! the line above, the machine's name the line above that.
use super::binding::Span;
use super::command::Command;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::powershell_table::Record;
use super::shape;
use std::net::{IpAddr, Ipv4Addr};

/// What a listing tells of the machine.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SystemFacts {
    /// Name of the computer.
    pub host: Option<String>,
    /// Name of the product, such as `Microsoft Windows Server 2019 Standard`.
    pub product: Option<String>,
    /// Major and minor version, such as 10.0.
    pub version: Option<(u32, u32)>,
    /// Build, such as 17763.
    pub build: Option<u32>,
    /// Addresses of its adapters.
    pub addresses: Vec<IpAddr>,
    /// Lines of the file.
    pub lines: Span,
}

/// How sure it is that the text tells of the machine, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    if read(text, None).is_empty() { 0 } else { 85 }
}

/// Everything of this kind in a text; `command` is what produced it, if that is known.
#[must_use]
pub fn read(text: &Text<'_>, command: Option<&Command>) -> Vec<SystemFacts> {
    let lines: Vec<Line<'_>> = text.filled().filter(|line| line.command().is_none()).collect();
    let mut out = systeminfo(&lines);
    out.extend(lines.iter().filter_map(|line| ver(*line)));
    out.extend(addresses(&lines));
    let names =
        command.is_some_and(|c| c.program == "hostname" || c.text.to_ascii_lowercase().contains("computername"));
    if let (true, [line, ..]) = (names, lines.as_slice())
        && Command::of(*line).is_none()
    {
        let name = line.trimmed();
        let sound =
            name.len() <= 63 && !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'));
        out.extend(sound.then(|| SystemFacts {
            host: Some(name.to_owned()),
            lines: Span::line(line.number),
            ..SystemFacts::default()
        }));
    }
    out
}

/// The list form, and the rows of `/fo csv`.
fn systeminfo(lines: &[Line<'_>]) -> Vec<SystemFacts> {
    let value = |line: &Line<'_>| line.last_value().map(str::to_owned);
    let mut out = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let listed = line.last_value().and_then(version);
        if let Some((major, minor, build)) = listed {
            let product = at.checked_sub(1).and_then(|at| lines.get(at)).and_then(value);
            let host = at.checked_sub(2).and_then(|at| lines.get(at)).and_then(value);
            let first = at.saturating_sub(2);
            let last = lines
                .get(at..)
                .unwrap_or_default()
                .iter()
                .take_while(|line| line.indent() >= 10 || line.splits().next().is_some());
            let last = last.last().map_or(line.number, |line| line.number);
            out.push(SystemFacts {
                host: host.filter(|name| is_computer(name)),
                product: product.filter(|name| name.contains("Windows")).map(|name| clip(&name)),
                version: Some((major, minor)),
                build: Some(build),
                addresses: Vec::new(),
                lines: Span { first: lines.get(first).map_or(line.number, |line| line.number), last },
            });
            continue;
        }
        let cells: Vec<&str> = match line.trimmed().strip_prefix('"').and_then(|t| t.strip_suffix('"')) {
            Some(inner) => inner.split("\",\"").take(64).collect(),
            None => continue,
        };
        let found = cells.iter().enumerate().find_map(|(at, cell)| Some((at, version(cell)?)));
        if let Some((at, (major, minor, build))) = found.filter(|(at, _)| *at >= 2) {
            out.push(SystemFacts {
                host: cells.get(at - 2).filter(|name| is_computer(name)).map(|name| clip(name)),
                product: cells.get(at - 1).filter(|name| name.contains("Windows")).map(|name| clip(name)),
                version: Some((major, minor)),
                build: Some(build),
                addresses: Vec::new(),
                lines: Span::line(line.number),
            });
        }
    }
    out
}

fn is_computer(name: &str) -> bool {
    !name.is_empty() && name.len() <= 63 && name.chars().all(|c| c.is_alphanumeric() || matches!(c, '-' | '_' | '.'))
}

/// `10.0.17763 N/A Build 17763`, `6.1.7601 Service Pack 1 빌드 7601`: the build stands at both ends.
fn version(text: &str) -> Option<(u32, u32, u32)> {
    let mut words = text.split(is_blank).filter(|word| !word.is_empty());
    let (major, minor, build) = numbers(words.next()?)?;
    words
        .any(|word| word.trim_matches(|c: char| !c.is_ascii_digit()).parse() == Ok(build))
        .then_some((major, minor, build))
}

fn numbers(text: &str) -> Option<(u32, u32, u32)> {
    let mut parts = text.split('.').map(|part| shape::number(part).and_then(|n| u32::try_from(n).ok()));
    let (major, minor, build) = (parts.next()??, parts.next()??, parts.next()??);
    // Windows from 5.0 to 10.0
    ((5..=10).contains(&major) && minor <= 3 && build >= 2000).then_some((major, minor, build))
}

/// `Microsoft Windows [Version 10.0.17763.1]`; the word in the brackets is translated.
fn ver(line: Line<'_>) -> Option<SystemFacts> {
    let (before, inside) = line.trimmed().split_once('[')?;
    let inside = inside.split_once(']')?.0;
    let digits = inside.trim_start_matches(|c: char| !c.is_ascii_digit());
    let (major, minor, build) = numbers(digits)?;
    before.contains("Windows").then(|| SystemFacts {
        version: Some((major, minor)),
        build: Some(build),
        lines: Span::line(line.number),
        ..SystemFacts::default()
    })
}

/// Addresses of adapters: an IPv4 address is followed by its mask; IPv6 addresses stand above it in the same block. Labels
/// of ipconfig end in a row of dots.
fn addresses(lines: &[Line<'_>]) -> Option<SystemFacts> {
    let mut out = SystemFacts::default();
    let mut block: Vec<IpAddr> = Vec::new();
    for (at, line) in lines.iter().enumerate() {
        let Some((_, value)) = line.splits().find(|(label, _)| label.ends_with('.') && label.contains(". .")) else {
            if line.indent() == 0 {
                block.clear();
            }
            continue;
        };
        out.lines = Span { first: if out.lines.first == 0 { line.number } else { out.lines.first }, last: line.number };
        let bare = value.split(['(', '%']).next().unwrap_or("").trim_matches(is_blank);
        match bare.parse::<IpAddr>() {
            Ok(IpAddr::V4(address)) => {
                let next = lines.get(at + 1).and_then(Line::last_value);
                if next.and_then(|next| next.parse::<Ipv4Addr>().ok()).is_some_and(is_mask) && !is_mask(address) {
                    out.addresses.append(&mut block);
                    out.addresses.push(IpAddr::V4(address));
                }
            }
            Ok(address) => block.push(address),
            Err(_) => {}
        }
    }
    out.addresses.dedup();
    (!out.addresses.is_empty()).then_some(out)
}

fn is_mask(address: Ipv4Addr) -> bool {
    let bits = u32::from(address);
    bits != 0 && bits.leading_ones() + bits.trailing_zeros() == 32
}

/// What PowerShell tells: `Get-ComputerInfo`, `Win32_OperatingSystem`, `[Environment]::OSVersion`, `Get-NetIPAddress`.
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<SystemFacts> {
    records.iter().filter_map(from_record).collect()
}

fn from_record(record: &Record) -> Option<SystemFacts> {
    let get = |names: &[&str]| names.iter().find_map(|name| record.get(name)).filter(|value| !value.is_empty());
    let mut out = SystemFacts { lines: Span::line(record.line), ..SystemFacts::default() };
    if let Some(address) = record.get("IPAddress").filter(|_| record.has(&["InterfaceIndex"])) {
        out.addresses.push(address.split('%').next()?.parse().ok()?);
        return Some(out);
    }
    let told =
        get(&["VersionString"]).and_then(|text| text.rsplit(' ').next()).or_else(|| get(&["OsVersion", "Version"]));
    let (major, minor, build) = told.and_then(numbers)?;
    let is_system = record.raw("VersionString").is_some()
        || record.raw("OsVersion").is_some()
        || record.raw("BuildNumber").is_some();
    out.version = Some((major, minor));
    out.build = Some(build);
    out.host = get(&["CsName", "CSName", "CsDNSHostName"]).filter(|name| is_computer(name)).map(clip);
    out.product = get(&["OsName", "Caption", "WindowsProductName"]).filter(|name| name.contains("Windows")).map(clip);
    is_system.then_some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systeminfo_in_korean_and_as_rows() {
        let text = "\n호스트 이름:             WEB01\nOS 이름:                Microsoft Windows Server 2019 Standard\nOS 버전:                10.0.17763 해당 없음 빌드 17763\nOS 제조업체:            Microsoft Corporation\n";
        let all = read(&Text::new(text), None);
        assert_eq!(all.len(), 1);
        assert_eq!(
            (all[0].host.as_deref(), all[0].product.as_deref(), all[0].version, all[0].build),
            (Some("WEB01"), Some("Microsoft Windows Server 2019 Standard"), Some((10, 0)), Some(17763))
        );
        assert_eq!(all[0].lines, Span { first: 2, last: 5 });
        let rows = "\"Hostname\",\"Betriebssystemname\",\"Betriebssystemversion\"\n\"W2K3\",\"Microsoft(R) Windows(R) Server 2003\",\"5.2.3790 Service Pack 2 Build 3790\"\n";
        let all = read(&Text::new(rows), None);
        assert_eq!((all[0].host.as_deref(), all[0].build), (Some("W2K3"), Some(3790)));
    }

    #[test]
    fn ver_and_addresses() {
        let all = read(&Text::new("Microsoft Windows [버전 10.0.20348.587]\n"), None);
        assert_eq!(all[0].build, Some(20348));
        let text = "\nWindows IP 구성\n\n이더넷 어댑터 이더넷:\n\n   연결별 DNS 접미사. . . . : example\n   링크-로컬 IPv6 주소 . . . . : fe80::1%12\n   IPv4 주소 . . . . . . . . . : 192.0.2.10(기본 설정)\n   서브넷 마스크 . . . . . . . : 255.255.255.0\n   기본 게이트웨이 . . . . . . : 192.0.2.1\n";
        let all = read(&Text::new(text), None);
        let shown: Vec<String> = all[0].addresses.iter().map(ToString::to_string).collect();
        assert_eq!(shown, ["fe80::1", "192.0.2.10"]);
    }

    #[test]
    fn hostname_by_its_command() {
        let command = Command::of(Line { number: 1, text: "C:\\>hostname" });
        let all = read(&Text::new("WEB01\n"), command.as_ref());
        assert_eq!(all[0].host.as_deref(), Some("WEB01"));
        assert!(read(&Text::new("WEB01\n"), None).is_empty());
    }
}
