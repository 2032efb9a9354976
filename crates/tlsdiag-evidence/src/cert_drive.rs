//! Certificates of PowerShell's drive, sites and bindings of its IIS modules.
use crate::cert_reading::{serial, store_name, thumb, time};
use crate::fragment::Fragment;
use std::ops::Range;
use tlsdiag_model::facts::{Binding, KeyLink, Location, SiteBinding, Stored};
use tlsdiag_model::{Addr, Arg, Name, Sight, Time, Why, say};
use tlsdiag_winfiles::text::powershell_certs::{self, DriveCertificate, IisSite, PowershellBinding, SslBinding, When};
use tlsdiag_winfiles::text::{decode::Decoded, lines::Text};

/// Reads what PowerShell printed of certificates and sites.
pub(crate) fn read(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    let read = powershell_certs::read(&Text::new(&text.text));
    for certificate in &read.certificates {
        out.is("cert-drive");
        let what = stored(certificate, out);
        out.state(what, certificate.line);
    }
    for binding in &read.bindings {
        out.is("get-website");
        site_binding(binding, None, out);
    }
    for site in &read.sites {
        out.is("get-website");
        for binding in &site.bindings {
            site_binding(binding, Some(site), out);
        }
        if site.cut {
            let origin = out.line(site.line);
            out.fault(
                origin,
                Why::CutOff { at: u64::from(site.line) },
                say!(
                    "line {line}: the window cut the bindings of the site {site}",
                    "{line}번째 줄: 창 너비 때문에 사이트 {site}의 바인딩이 잘렸습니다",
                    line = Arg::Num(u64::from(site.line)),
                    site = Arg::quote(&site.name)
                ),
            );
        }
    }
    for record in &read.ssl_bindings {
        out.is("get-website");
        ssl_binding(record, out);
    }
    read.lines
}

fn stored(certificate: &DriveCertificate, out: &mut Fragment) -> Stored {
    let location = match certificate.location.as_deref() {
        Some(told) if told.eq_ignore_ascii_case("LocalMachine") => Location::Machine,
        Some(_) => Location::User,
        None => Location::Unknown,
    };
    let store = certificate.store.as_deref().map(store_name).unwrap_or_default();
    let hash = thumb(&certificate.thumbprint, out);
    let when = |when: &Option<When>| -> Option<Time> {
        let when = when.as_ref()?;
        when.unix_ms.or_else(|| time(when.local?))
    };
    Stored {
        cert: certificate.der.as_deref().map(|der| out.certificate(der)),
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.as_deref().map(serial),
        not_before: when(&certificate.not_before),
        not_after: when(&certificate.not_after),
        names: certificate.dns_names.iter().map(|name| Name::new(name)).collect(),
        usages: certificate.usages.clone(),
        key: match certificate.has_private_key {
            Some(true) => Sight::Saw(KeyLink::Held),
            Some(false) => Sight::Saw(KeyLink::None),
            None => Sight::Hidden,
        },
        archived: certificate.archived,
        friendly: certificate.friendly_name.clone(),
        ..Stored::new(location, &store, hash)
    }
}

fn site_binding(binding: &PowershellBinding, site: Option<&IisSite>, out: &mut Fragment) {
    let Some((addr, port, name)) = information(&binding.information) else { return };
    let hash = binding.hash.as_ref().map(|hash| thumb(hash, out));
    let what = SiteBinding {
        site: site.map(|site| site.name.clone()).or_else(|| binding.site.clone()).unwrap_or_default(),
        id: site.and_then(|site| site.id),
        protocol: binding.protocol.to_ascii_lowercase(),
        addr,
        port,
        name,
        flags: binding.ssl_flags,
        hash,
        store: binding.store.as_deref().map(store_name),
        running: site.and_then(|site| site.state.as_deref()).map(|state| state.eq_ignore_ascii_case("started")),
        pool: None,
    };
    out.state(what, binding.line);
}

/// `*:443:host` of http and https.
pub(crate) fn information(raw: &str) -> Option<(Addr, u16, Option<Name>)> {
    let (rest, host) = raw.rsplit_once(':')?;
    let (addr, port) = rest.rsplit_once(':')?;
    let port = port.parse().ok().filter(|port| *port != 0)?;
    let name = (!host.is_empty() && host != "*").then(|| Name::new(host));
    Some((Addr::parse(addr)?, port, name))
}

/// A record of HTTP.sys, where its hash is shown; a table shows none.
fn ssl_binding(record: &SslBinding, out: &mut Fragment) {
    let (Some(port), Some(hash)) = (record.port, &record.thumbprint) else { return };
    let name = record.host.as_deref().filter(|host| *host != "*").map(Name::new);
    let addr = if name.is_some() { Some(Addr::Any) } else { Addr::parse(&record.address) };
    let Some(addr) = addr else { return };
    let hash = thumb(hash, out);
    let what = Binding { store: record.store.as_deref().map(store_name), ..Binding::new(addr, port, name, hash) };
    out.state(what, record.line);
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::facts::Fact;
    use tlsdiag_model::{Reading, Thumb};
    use tlsdiag_winfiles::text::decode::decode;
    use tlsdiag_winfiles::text::powershell_certs::make::{MadeCertificate, list};

    #[test]
    fn certificates_with_and_without_key() {
        let one = MadeCertificate {
            thumbprint: "A1".repeat(20),
            subject: "CN=a".into(),
            not_after: "2027-01-01 오전 9:30:00".into(),
            has_private_key: true,
            ..MadeCertificate::default()
        };
        let two = MadeCertificate { thumbprint: "B2".repeat(20), has_private_key: false, ..one.clone() };
        let mut out = Fragment::new("certs.txt", 0);
        let lines = read(&decode(list("WebHosting", &[one, two]).as_bytes()), &mut out);
        assert_eq!((out.kinds.as_slice(), lines.len()), (["cert-drive"].as_slice(), 2));
        let rows = Stored::rows(&out.case);
        assert_eq!(rows[0].what.thumb, Reading::Good(Thumb::from_hex(&"a1".repeat(20)).unwrap()));
        assert_eq!((rows[0].what.not_after, rows[0].what.store.as_str()), (Some(1_798_795_800_000), "WebHosting"));
        assert_eq!((&rows[0].what.key, &rows[1].what.key), (&Sight::Saw(KeyLink::Held), &Sight::Saw(KeyLink::None)));
    }

    #[test]
    fn bindings_of_sites() {
        let text = "Name ID State   Physical Path Bindings\n---- -- -----   ------------- --------\nShop 2  Stopped D:\\shop       https [::1]:8443:shop.example sslFlags=1\n";
        let mut out = Fragment::new("sites.txt", 0);
        read(&decode(text.as_bytes()), &mut out);
        let found = &SiteBinding::rows(&out.case)[0].what;
        assert_eq!((found.site.as_str(), found.id, found.port, found.running), ("Shop", Some(2), 8443, Some(false)));
        assert_eq!((found.addr, found.flags), (Addr::Is("::1".parse().unwrap()), Some(1)));
    }
}
