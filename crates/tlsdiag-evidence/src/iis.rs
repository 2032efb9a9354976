//! Configurations of IIS: bindings of sites, what they ask of clients, pools, bindings of the old metabase form.
use crate::cert_reading::{damaged_thumb, store_name};
use crate::fragment::Fragment;
use crate::input::{Input, Refused};
use tlsdiag_model::facts::{OldBinding, Pool, SiteAccess, SiteBinding};
use tlsdiag_model::{Addr, Arg, Cover, Kind, Name, Reading, Thumb, Why, say};
use tlsdiag_serverconf::iis::{
    self, Access, Address, Binding, Configuration, Identity, Information, Site, Trouble, Value,
};

/// Whether the first octets are of applicationHost.config, redirection.config or XML of appcmd.
pub(crate) fn sniff(head: &[u8]) -> bool {
    iis::recognise(head).is_some_and(|kind| kind != iis::Kind::Web)
}

/// Whether the first octets are of a web.config.
pub(crate) fn sniff_web(head: &[u8]) -> bool {
    iis::recognise(head) == Some(iis::Kind::Web)
}

/// Reads a configuration of any kind.
pub(crate) fn read(input: &mut Input<'_>, out: &mut Fragment) -> Result<(), Refused> {
    let mut octets = &mut *input.octets;
    let read = iis::read(&mut octets)
        .map_err(|why| Refused(say!("not read: {why}", "읽지 못했습니다: {why}", why = Arg::quote(&why))))?;
    let kind = read.kind.unwrap_or(iis::Kind::Web);
    if kind == iis::Kind::Appcmd {
        out.is("appcmd");
    }
    sites(&read, kind, out);
    for access in &read.access {
        let on = |bit: u32| access.flags & bit != 0;
        let what = SiteAccess {
            location: location(access, kind, input.path),
            ssl: on(Access::SSL) || on(Access::SSL_128),
            negotiate: on(Access::NEGOTIATE_CERTIFICATE),
            require: on(Access::REQUIRE_CERTIFICATE),
        };
        out.state(what, access.line);
    }
    for pool in &read.pools {
        let identity = read.identity_of(pool).map(|identity| account(identity, pool.user.as_deref()));
        let default = read.pool_defaults.as_ref().and_then(|pool| pool.load_user_profile.as_ref());
        let load_profile = pool.load_user_profile.as_ref().or(default).and_then(Value::sound).copied();
        out.state(Pool { name: pool.name.clone(), identity, load_profile }, pool.line);
    }
    for old in &read.metadata {
        if let Some(hash) = &old.hash {
            out.state(OldBinding { path: old.path.clone(), hash: thumb(hash) }, old.line);
        }
    }
    elsewhere(&read, out);
    for trouble in &read.troubles {
        fault(trouble, out);
    }
    cover(&read, kind, out);
    Ok(())
}

fn sites(read: &Configuration, kind: iis::Kind, out: &mut Fragment) {
    for site in &read.sites {
        let pool = (!site.applications.is_empty() || kind == iis::Kind::ApplicationHost)
            .then(|| read.pool_of(site).to_owned());
        let started = site.state.as_deref().map(|state| state.eq_ignore_ascii_case("started"));
        let starts = site.auto_start.as_ref().map_or(Some(true), |start| start.sound().copied());
        let running = started.or(starts.filter(|_| kind == iis::Kind::ApplicationHost));
        for binding in &site.bindings {
            match &binding.information {
                Value::Is(Information::Listen { address, port, host }) => {
                    let addr = match address {
                        Address::All => Addr::Any,
                        Address::Ip(ip) => Addr::of(*ip),
                    };
                    let what = SiteBinding {
                        site: site.name.clone(),
                        id: site.id.as_ref().and_then(Value::sound).copied(),
                        protocol: binding.protocol.as_deref().unwrap_or_default().to_ascii_lowercase(),
                        addr,
                        port: *port,
                        name: host.as_deref().map(Name::new),
                        flags: flags(binding, kind),
                        hash: certificate(site, binding).map(thumb),
                        store: store(site, binding),
                        running,
                        pool: pool.clone(),
                    };
                    out.state(what, binding.line);
                }
                // Protocols without a port in that form are not served by HTTP.sys as https.
                Value::Is(Information::Other(_)) => {}
                Value::Damaged(raw) => {
                    let origin = out.line(binding.line);
                    out.fault(
                        origin,
                        Why::DamagedAt { at: u64::from(binding.line) },
                        say!(
                            "line {line}: a binding of the site {site} is not address:port:host but {raw}",
                            "{line}번째 줄: 사이트 {site}의 바인딩이 주소:포트:호스트 형식이 아닙니다: {raw}",
                            line = Arg::Num(u64::from(binding.line)),
                            site = Arg::quote(&site.name),
                            raw = Arg::quote(raw)
                        ),
                    );
                }
            }
        }
    }
}

/// Absent means 0 in the file; appcmd's list does not tell.
fn flags(binding: &Binding, kind: iis::Kind) -> Option<u32> {
    match &binding.ssl_flags {
        Some(flags) => flags.sound().copied(),
        None => (kind == iis::Kind::ApplicationHost && binding.is_https()).then_some(0),
    }
}

fn certificate<'a>(site: &'a Site, binding: &'a Binding) -> Option<&'a Value<Vec<u8>>> {
    let ftp = binding.protocol.as_deref().is_some_and(|protocol| protocol.eq_ignore_ascii_case("ftp"));
    let of_ftp = site.ftp_tls.as_ref().filter(|_| ftp).and_then(|tls| tls.hash.as_ref());
    binding.certificate_hash.as_ref().or(of_ftp)
}

fn store(site: &Site, binding: &Binding) -> Option<String> {
    let ftp = binding.protocol.as_deref().is_some_and(|protocol| protocol.eq_ignore_ascii_case("ftp"));
    let of_ftp = site.ftp_tls.as_ref().filter(|_| ftp).and_then(|tls| tls.store.as_ref());
    binding.certificate_store.as_ref().or(of_ftp).map(|name| store_name(name))
}

fn thumb(hash: &Value<Vec<u8>>) -> Reading<Thumb> {
    match hash {
        Value::Is(octets) => Thumb::of_octets(octets).map_or(Reading::Empty, Reading::Good),
        Value::Damaged(raw) => damaged_thumb(raw, 40),
    }
}

/// A web.config does not say which site it is of: its own path stands for that.
fn location(access: &Access, kind: iis::Kind, path: &str) -> String {
    match (&access.scope, kind) {
        (Some(scope), iis::Kind::Web) => format!("{path}#{scope}"),
        (None, iis::Kind::Web) => path.to_owned(),
        (scope, _) => scope.clone().unwrap_or_default(),
    }
}

fn account(identity: &Identity, user: Option<&str>) -> String {
    match identity {
        Identity::LocalSystem => "LocalSystem".into(),
        Identity::LocalService => "LocalService".into(),
        Identity::NetworkService => "NetworkService".into(),
        Identity::SpecificUser => user.unwrap_or("SpecificUser").to_owned(),
        Identity::ApplicationPoolIdentity => "ApplicationPoolIdentity".into(),
        Identity::Other(raw) => raw.clone(),
    }
}

/// What of the configuration lies somewhere else or cannot be read.
fn elsewhere(read: &Configuration, out: &mut Fragment) {
    if let Some(shared) = read.shared.as_ref().filter(|shared| shared.enabled == Some(Value::Is(true))) {
        let origin = out.line(shared.line);
        let path = Arg::quote(shared.path.as_deref().unwrap_or_default());
        out.fault(
            origin,
            Why::Said("configurationRedirection".into()),
            say!(
                "this server reads its configuration from {path}: applicationHost.config of the machine itself does not count",
                "이 서버는 설정을 {path}에서 읽으므로 로컬 applicationHost.config는 쓰이지 않습니다",
                path = path
            ),
        );
    }
    for part in read.elsewhere.iter().filter(|part| part.section.contains("sites") || part.section.contains("security"))
    {
        let origin = out.line(part.line);
        out.fault(
            origin,
            Why::Said("configSource".into()),
            say!(
                "the section {section} lies in {file}, which is not here",
                "{section} 섹션은 여기에 없는 {file} 파일에 있습니다",
                section = Arg::quote(&part.section),
                file = Arg::quote(&part.file)
            ),
        );
    }
    for part in read.encrypted.iter().filter(|part| part.name.contains("sites") || part.name.contains("security")) {
        let origin = out.line(part.line);
        out.fault(
            origin,
            Why::NeedsElevation,
            say!(
                "the section {section} is encrypted",
                "{section} 섹션이 암호화되어 있습니다",
                section = Arg::quote(&part.name)
            ),
        );
    }
}

fn fault(trouble: &Trouble, out: &mut Fragment) {
    let origin = out.line(trouble.line);
    let at = u64::from(trouble.line);
    let why = if trouble.fault.is_cut_off() { Why::CutOff { at } } else { Why::DamagedAt { at } };
    let what = Arg::Term(trouble.to_string());
    out.fault(origin, why, say!("{what}", "XML 오류: {what}", what = what));
}

/// Everything was seen only if the sites' section is here, whole and readable.
fn cover(read: &Configuration, kind: iis::Kind, out: &mut Fragment) {
    if !matches!(kind, iis::Kind::ApplicationHost | iis::Kind::Appcmd) {
        return;
    }
    let moved = read
        .elsewhere
        .iter()
        .map(|part| (&part.section, part.line))
        .chain(read.encrypted.iter().map(|part| (&part.name, part.line)));
    let moved = moved.filter(|(section, _)| section.contains("sites") || section.ends_with("system.applicationHost"));
    let hole = moved.map(|(_, line)| line).next();
    let trouble = read.troubles.iter().max_by_key(|trouble| trouble.fault.is_cut_off());
    let cover = match (trouble, hole) {
        (Some(trouble), _) if trouble.fault.is_cut_off() => Cover::Partial(Why::CutOff { at: u64::from(trouble.line) }),
        (Some(trouble), _) => Cover::Partial(Why::DamagedAt { at: u64::from(trouble.line) }),
        (None, Some(line)) => Cover::Partial(Why::Said(format!("line {line}"))),
        (None, None) => Cover::Complete,
    };
    if !read.sites.is_empty() || kind == iis::Kind::ApplicationHost {
        out.looked(Kind::SiteBindings, cover.clone());
    }
    if kind == iis::Kind::ApplicationHost {
        out.looked(Kind::Pools, cover.clone());
        // web.config files may add to it.
        out.looked(Kind::OldBindings, cover);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Cursor;
    use tlsdiag_model::facts::Fact;

    const HOST: &str = r#"<configuration>
 <system.applicationHost>
  <applicationPools><add name="Shop"><processModel identityType="SpecificUser" userName="EX\svc" password="x"/></add></applicationPools>
  <customMetadata><key path="LM/W3SVC/7"><property id="5506" value="AAECAwQFBgcICQoLDA0ODxAREhM="/></key></customMetadata>
  <sites>
   <site name="Shop" id="7" serverAutoStart="false"><application path="/" applicationPool="Shop"/>
    <bindings>
     <binding protocol="https" bindingInformation="*:443:shop.example" sslFlags="1"/>
     <binding protocol="HTTPS" bindingInformation="10.0.0.5:8443:"/>
     <binding protocol="https" bindingInformation="*:443"/>
    </bindings></site>
  </sites>
 </system.applicationHost>
 <location path="Shop/admin"><system.webServer><security><access sslFlags="Ssl, SslRequireCert"/></security></system.webServer></location>
</configuration>"#;

    fn fragment(text: &str, name: &str) -> Fragment {
        let mut out = Fragment::new(name, 5);
        let mut octets = Cursor::new(text.as_bytes().to_vec());
        let mut input = Input { path: name, size: 0, taken: 5, octets: &mut octets, beside: &|_| None };
        read(&mut input, &mut out).unwrap();
        out
    }

    #[test]
    fn sites_pools_and_what_they_ask() {
        assert!(sniff(HOST.as_bytes()) && !sniff_web(HOST.as_bytes()));
        let out = fragment(HOST, "applicationHost.config");
        let rows = SiteBinding::rows(&out.case);
        assert_eq!(rows.len(), 2);
        let first = &rows[0].what;
        assert_eq!(
            (first.site.as_str(), first.id, first.flags, first.running),
            ("Shop", Some(7), Some(1), Some(false))
        );
        assert_eq!(
            (first.addr, first.pool.as_deref(), rows[0].examples[0].clone()),
            (Addr::Any, Some("Shop"), out.line(8))
        );
        assert_eq!(
            (rows[1].what.protocol.as_str(), rows[1].what.flags, rows[1].what.name.clone()),
            ("https", Some(0), None)
        );
        assert_eq!(Pool::rows(&out.case)[0].what.identity.as_deref(), Some("EX\\svc"));
        let access = &SiteAccess::rows(&out.case)[0].what;
        assert_eq!(
            (access.location.as_str(), access.ssl, access.negotiate, access.require),
            ("Shop/admin", true, false, true)
        );
        assert_eq!(
            OldBinding::rows(&out.case)[0].what.hash,
            Reading::Good(Thumb::of_octets(&(0..20).collect::<Vec<u8>>()).unwrap())
        );
        assert_eq!(out.faults.len(), 1);
        assert!(matches!(out.faults[0].why, Why::DamagedAt { at: 10 }));
        assert!(
            out.case.surveys.iter().any(|survey| survey.kind == Kind::SiteBindings && survey.cover == Cover::Complete)
        );
    }

    #[test]
    fn a_cut_file_is_partial() {
        let at = HOST.find("</sites>").unwrap();
        let out = fragment(&HOST[..at], "applicationHost.config");
        assert_eq!(SiteBinding::rows(&out.case).len(), 2);
        let survey = out.case.surveys.iter().find(|survey| survey.kind == Kind::SiteBindings).unwrap();
        assert!(matches!(survey.cover, Cover::Partial(Why::CutOff { at: 12 })), "{survey:?}");
    }

    #[test]
    fn a_web_config_speaks_for_its_folder_only() {
        let text = r#"<configuration><system.webServer><security><access sslFlags="SslNegotiateCert"/></security></system.webServer></configuration>"#;
        assert!(sniff_web(text.as_bytes()));
        let out = fragment(text, "shop/web.config");
        assert_eq!(SiteAccess::rows(&out.case)[0].what.location, "shop/web.config");
        assert!(out.case.surveys.is_empty());
    }

    #[test]
    fn a_shared_configuration_is_told() {
        let text = r#"<configuration><configurationRedirection enabled="true" path="\\share\iis" password="p"/></configuration>"#;
        let out = fragment(text, "redirection.config");
        assert_eq!(out.faults.len(), 1);
        assert!(!format!("{out:?}").contains("\"p\""));
    }
}
