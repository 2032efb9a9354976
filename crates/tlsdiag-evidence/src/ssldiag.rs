//! Reports of SSLDiag: bindings, certificates of sites with the codes of the calls, protocols, event logging.
use crate::cert_drive::information;
use crate::cert_reading::{serial, thumb, time};
use crate::fragment::Fragment;
use std::ops::Range;
use tlsdiag_model::facts::{Datum, KeyLink, Location, Protocol, Setting, SiteBinding, Stored, System};
use tlsdiag_model::{Arg, Reading, Sight, Why, say};
use tlsdiag_winfiles::text::ssldiag::{self, DiagCertificate, DiagSite};
use tlsdiag_winfiles::text::{decode::Decoded, lines::Text};

const SCHANNEL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";

/// Reads a report.
pub(crate) fn read(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    let lines = Text::new(&text.text);
    if !ssldiag::recognise(&lines) {
        return vec![];
    }
    out.is("ssldiag");
    let report = ssldiag::read(&lines);
    if let Some((system, line)) = &report.system {
        let what = System { product: Some(system.clone()), build: build(system), ..System::default() };
        out.state(what, *line);
    }
    for (name, on, line) in &report.protocols {
        if let (Some(version), Some(enabled)) = (version(name), *on) {
            out.state(Protocol { version, server: true, enabled }, *line);
        }
    }
    if let Some((bits, line)) = report.event_logging {
        out.state(Setting { key: SCHANNEL.into(), name: "EventLogging".into(), data: Datum::Dword(bits) }, line);
    }
    for site in &report.sites {
        one(site, out);
    }
    if report.over_cap > 0 {
        let origin = out.inside("file");
        let why = Why::OverCap {
            kept: u64::try_from(report.sites.len()).unwrap_or(u64::MAX),
            dropped: u64::from(report.over_cap),
        };
        let words = why.say();
        out.fault(origin, why, words);
    }
    vec![report.lines]
}

fn one(site: &DiagSite, out: &mut Fragment) {
    let name = site.name.clone().unwrap_or_else(|| format!("W3SVC/{}", site.id));
    let mut hashes = vec![];
    for certificate in &site.certificates {
        let hash = match &certificate.hash {
            Some(hash) => thumb(hash, out),
            None if certificate.empty_hash => Reading::Empty,
            None => continue,
        };
        hashes.push((certificate.binding.clone(), hash.clone()));
        if hash == Reading::Empty {
            let origin = out.line(certificate.line);
            out.fault(
                origin,
                Why::Said("SSLCertHash".into()),
                say!(
                    "line {line}: the site {site} has no certificate (SSLCertHash is empty)",
                    "{line}번째 줄: 사이트 {site}에 인증서가 없습니다(SSLCertHash가 비어 있음)",
                    line = Arg::Num(u64::from(certificate.line)),
                    site = Arg::quote(&name)
                ),
            );
            continue;
        }
        let what = stored(certificate, hash);
        out.state(what, certificate.line);
    }
    for (protocol, raw, line) in &site.bindings {
        let Some((addr, port, host)) = information(raw) else { continue };
        let told = format!("{protocol} {raw}");
        let hash = hashes.iter().find(|(of, _)| of.as_ref() == Some(&told)).map(|(_, hash)| hash.clone());
        let what = SiteBinding {
            site: name.clone(),
            id: Some(site.id),
            protocol: protocol.clone(),
            addr,
            port,
            name: host,
            flags: None,
            hash,
            store: None,
            running: site.auto_start.filter(|_| site.state.is_none()),
            pool: None,
        };
        out.state(what, *line);
    }
}

fn stored(certificate: &DiagCertificate, hash: Reading<tlsdiag_model::Thumb>) -> Stored {
    let [from, to] = certificate.validity;
    Stored {
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.as_deref().map(serial),
        not_before: from.and_then(time),
        not_after: to.and_then(time),
        usages: (!certificate.usages.is_empty()).then(|| certificate.usages.clone()),
        key: certificate.key.as_ref().map_or(Sight::Hidden, |code| Sight::Saw(KeyLink::Failed(code.value))),
        verified: certificate.chain.as_ref().map(|code| code.value),
        ..Stored::new(Location::Machine, "", hash)
    }
}

fn version(name: &str) -> Option<u16> {
    Some(match name {
        "SSL 2.0" => 0x0002,
        "SSL 3.0" => 0x0300,
        "TLS 1.0" => 0x0301,
        "TLS 1.1" => 0x0302,
        "TLS 1.2" => 0x0303,
        "TLS 1.3" => 0x0304,
        _ => return None,
    })
}

/// `5.2.3790`, `10.0.17763.0`, `(build 3790)`.
fn build(system: &str) -> Option<u32> {
    let numbers = system.split(|c: char| !c.is_ascii_digit()).filter(|part| (4..=5).contains(&part.len()));
    numbers.filter_map(|part| part.parse().ok()).find(|build| {
        (2195..=60_000).contains(build) && !matches!(build, 2000 | 2003 | 2008 | 2012 | 2016 | 2019 | 2022 | 2025)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::facts::Fact;
    use tlsdiag_winfiles::text::decode::decode;
    use tlsdiag_winfiles::text::ssldiag::make::{MadeSite, report};

    #[test]
    fn a_report_of_a_key_that_cannot_be_acquired() {
        let site = MadeSite {
            id: 1,
            name: "Default Web Site".into(),
            hash: "a1".repeat(20),
            subject: "CN=a".into(),
            issuer: "CN=b".into(),
            serial: "0102".into(),
            key_code: Some("0x80090016".into()),
            chain_code: Some("-2146762480".into()),
        };
        let text = report(&|_| "낱말".into(), "Windows NT 5.2.3790", &[site]);
        let mut out = Fragment::new("ssldiag.txt", 0);
        let lines = read(&decode(text.as_bytes()), &mut out);
        assert_eq!(lines.len(), 1);
        let found = &Stored::rows(&out.case)[0].what;
        assert_eq!((&found.key, found.verified), (&Sight::Saw(KeyLink::Failed(0x8009_0016)), Some(0x800b_0110)));
        assert_eq!(System::rows(&out.case)[0].what.build, Some(3790));
        assert_eq!(Protocol::rows(&out.case).len(), 3);
        assert_eq!(Setting::rows(&out.case)[0].what.data, Datum::Dword(1));
    }
}
