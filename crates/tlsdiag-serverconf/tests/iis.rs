//! Configurations of IIS as people have them: sites, pools, client certificates, redirects, faults, and damage anywhere.

use proptest::prelude::*;
use tlsdiag_serverconf::iis::{
    self, Access, Address, Binding, Fault, HstsBy, Identity, Information, Kind, Refused, SendsToHttps, Value, make,
};

const HOST: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<configuration>
  <configSections><sectionGroup name="x"><section name="sites"/></sectionGroup></configSections>
  <system.applicationHost>
    <applicationPools>
      <add name="Shop"><processModel identityType="SpecificUser" userName="EX\svc" password="[enc:P:AAA:enc]" loadUserProfile="false" /></add>
      <add name="DefaultAppPool" autoStart="false" />
      <applicationPoolDefaults><processModel identityType="ApplicationPoolIdentity" /></applicationPoolDefaults>
    </applicationPools>
    <customMetadata>
      <key path="LM/W3SVC/7">
        <property id="5506" dataType="Binary" userType="1" attributes="None" value="AAECAwQFBgcICQoLDA0ODxAREhM=" />
        <property id="5511" dataType="String" userType="1" attributes="None" value="My" />
        <property id="9999" dataType="String" value="hunter2" />
      </key>
    </customMetadata>
    <listenerAdapters><add name="http" /></listenerAdapters>
    <sites>
      <site name="가게 &amp; Co" id="7">
        <application path="/" applicationPool="shop"><virtualDirectory path="/" physicalPath="D:\shop" /></application>
        <bindings>
          <binding protocol="https" bindingInformation="*:443:shop.example" sslFlags="3" />
          <binding protocol="https" bindingInformation="[::]:8443:" sslFlags="100" certificateHash="00" certificateStoreName="My" />
        </bindings>
        <hsts enabled="true" max-age="31536000" includeSubDomains="true" redirectHttpToHttps="true" />
      </site>
      <site name="Plain" id="x" serverAutoStart="false"><bindings><binding protocol="ftp" bindingInformation="*:21:" /></bindings>
        <ftpServer><security><ssl serverCertHash="0102030405060708090A0B0C0D0E0F1011121314" controlChannelPolicy="SslRequire" /></security></ftpServer>
      </site>
      <siteDefaults><hsts enabled="false" /></siteDefaults>
    </sites>
  </system.applicationHost>
  <location path="가게 &amp; Co/admin" overrideMode="Allow">
    <system.webServer>
      <security>
        <access sslFlags="Ssl, SslNegotiateCert, SslRequireCert, Ssl128, SslMapCert, Wrong" />
        <authentication><iisClientCertificateMappingAuthentication enabled="true">
          <manyToOneMappings><add name="m" userName="EX\mapped" password="p" /></manyToOneMappings>
        </iisClientCertificateMappingAuthentication></authentication>
      </security>
      <serverRuntime uploadReadAheadSize="49152" />
      <caching configSource="caching.config" />
    </system.webServer>
  </location>
  <system.webServer>
    <httpRedirect enabled="true" destination="https://shop.example/" exactDestination="false" />
    <globalModules><add name="X" image="c:\CentralCertStore.dll" /></globalModules>
    <httpProtocol><customHeaders><add name="Strict-Transport-Security" value="max-age=600; preload" /></customHeaders></httpProtocol>
    <rewrite>
      <rules>
        <rule name="to https" stopProcessing="true"><match url="(.*)" /><conditions><add input="{HTTPS}" pattern="off" /></conditions>
          <action type="Redirect" url="https://{HTTP_HOST}/{R:1}" redirectType="Permanent" /></rule>
        <rule name="loop"><match url=".*" /><action type="Redirect" url="HTTPS://a/" /></rule>
        <rule name="proxy"><match url=".*" /><conditions logicalGrouping="MatchAny"><add input="{HTTP_X_FORWARDED_PROTO}" pattern="https" negate="true" /></conditions>
          <action type="Redirect" url="https://a/" /></rule>
        <rule name="other"><match url="x" /><action type="Rewrite" url="https://a/" /></rule>
      </rules>
      <outboundRules><rule name="h"><match serverVariable="RESPONSE_Strict_Transport_Security" pattern=".*" /><action type="Rewrite" value="max-age=1" /></rule></outboundRules>
    </rewrite>
  </system.webServer>
</configuration>
"#;

#[test]
fn sites_with_their_bindings_and_pools() {
    let read = iis::read(&mut HOST.as_bytes()).unwrap();
    assert!(read.troubles.is_empty(), "{:?}", read.troubles);
    assert_eq!(read.kind, Some(Kind::ApplicationHost));
    let [shop, plain] = read.sites.as_slice() else { panic!("{:?}", read.sites) };
    assert_eq!((shop.name.as_str(), &shop.id, shop.line, shop.complete), ("가게 & Co", &Some(Value::Is(7)), 19, true));
    assert_eq!(
        shop.bindings[0].information,
        Value::Is(Information::Listen { address: Address::All, port: 443, host: Some("shop.example".into()) })
    );
    assert_eq!(shop.bindings[0].ssl_flags, Some(Value::Is(Binding::SNI | Binding::CENTRAL_STORE)));
    assert_eq!(shop.bindings[0].line, 22);
    assert!(shop.bindings[1].is_https());
    assert_eq!(shop.bindings[1].certificate_hash, Some(Value::Damaged("00".into())));
    assert_eq!(
        shop.bindings[1].ssl_flags,
        Some(Value::Is(Binding::NO_LEGACY_TLS | Binding::NO_TLS13 | Binding::NO_HTTP2))
    );
    assert_eq!(shop.root().unwrap().folder.as_deref(), Some("D:\\shop"));
    assert_eq!(
        shop.hsts.as_ref().map(|hsts| (hsts.enabled, hsts.max_age, hsts.redirects)),
        Some((true, Some(31_536_000), true))
    );
    assert_eq!(plain.id, Some(Value::Damaged("x".into())));
    assert_eq!(plain.auto_start, Some(Value::Is(false)));
    let ftp = plain.ftp_tls.as_ref().unwrap();
    assert_eq!((ftp.hash.as_ref().unwrap().sound().unwrap().len(), ftp.control.as_deref()), (20, Some("SslRequire")));

    assert_eq!(read.pool_of(shop), "shop");
    assert_eq!(read.pool_of(plain), "DefaultAppPool");
    let pool = read.pool("shop").unwrap();
    assert_eq!(read.identity_of(pool), Some(&Identity::SpecificUser));
    assert_eq!((pool.user.as_deref(), pool.has_password), (Some("EX\\svc"), true));
    let default = read.pool("DefaultAppPool").unwrap();
    assert_eq!(read.identity_of(default), Some(&Identity::ApplicationPoolIdentity));
    let all = format!("{read:?}");
    for secret in ["[enc:", "hunter2", "\"p\""] {
        assert!(!all.contains(secret), "{secret} was kept");
    }
}

#[test]
fn settings_with_their_places() {
    let read = iis::read(&mut HOST.as_bytes()).unwrap();
    let [access] = read.access.as_slice() else { panic!("{:?}", read.access) };
    assert_eq!(access.scope.as_deref(), Some("가게 & Co/admin"));
    assert_eq!(
        access.flags,
        Access::SSL
            | Access::NEGOTIATE_CERTIFICATE
            | Access::REQUIRE_CERTIFICATE
            | Access::MAP_CERTIFICATE
            | Access::SSL_128
    );
    assert_eq!(access.unknown, ["Wrong"]);
    assert_eq!(read.client_mappings[0].accounts, [("EX\\mapped".to_owned(), 38)]);
    assert_eq!(read.server_runtime[0].upload_read_ahead, Some(Value::Is(49152)));
    assert_eq!(
        (read.elsewhere[0].section.as_str(), read.elsewhere[0].file.as_str()),
        ("system.webServer/caching", "caching.config")
    );
    assert_eq!(read.http_redirects[0].scope, None);
    assert_eq!(read.central_store_hints.len(), 1);
    let says: Vec<_> = read.redirect_rules.iter().map(|rule| (rule.name.as_str(), rule.sends_to_https())).collect();
    assert_eq!(
        says,
        [
            ("to https", SendsToHttps::WhenPlainHere),
            ("loop", SendsToHttps::Always),
            ("proxy", SendsToHttps::WhenPlainAtProxy)
        ]
    );
    assert!(read.redirect_rules[2].any_condition && read.redirect_rules[2].conditions[0].negated);
    let hsts: Vec<_> = read.hsts.iter().map(|hsts| (hsts.by, hsts.max_age, hsts.preload)).collect();
    assert_eq!(hsts, [(HstsBy::CustomHeader, Some(600), true), (HstsBy::OutboundRule, Some(1), false)]);
    let old = &read.metadata[0];
    assert_eq!((old.site, old.hash.as_ref(), old.line), (Some(7), Some(&Value::Is((0..20).collect())), 12));
    assert_eq!(read.metadata[1].store.as_deref(), Some("My"));
    assert!(read.unread.iter().any(|unread| unread.section == "system.webServer/caching" && unread.count == 1));
}

#[test]
fn a_missing_close_tag_loses_nothing() {
    let broken = HOST.replacen("</bindings>", "", 1);
    let read = iis::read(&mut broken.as_bytes()).unwrap();
    let whole = iis::read(&mut HOST.as_bytes()).unwrap();
    assert_eq!(read.troubles.len(), 1);
    let trouble = &read.troubles[0];
    assert!(
        matches!(&trouble.fault, Fault::Unclosed { element, opened: 21, found } if element == "bindings" && found == "site")
    );
    assert_eq!(trouble.line, 26);
    assert_eq!((read.sites.len(), &read.sites[0].bindings), (2, &whole.sites[0].bindings));
    assert_eq!((&read.access, &read.redirect_rules), (&whole.access, &whole.redirect_rules));
    assert!(!read.is_cut_off());
}

#[test]
fn a_cut_file_gives_what_stands_before_the_cut() {
    let at = HOST.find("<siteDefaults>").unwrap();
    let read = iis::read(&mut &HOST.as_bytes()[..at]).unwrap();
    assert!(read.is_cut_off());
    assert_eq!(read.sites.len(), 2);
    assert!(read.sites[0].complete && read.sites[1].complete);
    let at = HOST.find("sslFlags=\"100\"").unwrap();
    let read = iis::read(&mut &HOST.as_bytes()[..at]).unwrap();
    assert_eq!((read.sites[0].bindings.len(), read.sites[0].complete), (1, false));
    assert_eq!(
        read.troubles[0].to_string(),
        "line 23, column 11: cut off: expected </binding>, found the end of the file"
    );
}

#[test]
fn utf16_files_read_the_same() {
    let utf16: Vec<u8> = format!("\u{feff}{HOST}").encode_utf16().flat_map(u16::to_le_bytes).collect();
    assert_eq!(iis::recognise(&utf16), Some(Kind::ApplicationHost));
    assert_eq!(iis::read_bytes(&utf16).unwrap(), iis::read_bytes(HOST.as_bytes()).unwrap());
}

#[test]
fn what_appcmd_prints_as_xml() {
    let text = r#"<?xml version="1.0" encoding="UTF-8"?>
<appcmd>
    <SITE SITE.NAME="Default Web Site" SITE.ID="1" bindings="http/*:80:,https/*:443:a.example" state="Stopped" />
    <SITE SITE.NAME="B" SITE.ID="2" bindings="https/*:444:" state="Started">
      <site name="B" id="2"><bindings><binding protocol="https" bindingInformation="*:444:" sslFlags="1"/></bindings></site>
    </SITE>
    <APP APP.NAME="Default Web Site/" path="/" APPPOOL.NAME="P" SITE.NAME="Default Web Site" />
    <APPPOOL APPPOOL.NAME="P" PipelineMode="Integrated" state="Stopped" />
</appcmd>"#;
    let read = iis::read_bytes(text.as_bytes()).unwrap();
    assert_eq!(read.kind, Some(Kind::Appcmd));
    assert_eq!(read.sites.len(), 2, "{:?}", read.sites);
    assert_eq!((read.sites[0].bindings.len(), read.sites[0].state.as_deref()), (2, Some("Stopped")));
    assert!(read.sites[0].bindings[1].is_https());
    assert_eq!(read.sites[1].bindings[0].ssl_flags, Some(Value::Is(1)));
    assert_eq!(read.pool_of(&read.sites[0]), "P");
    assert_eq!(read.pool("p").unwrap().state.as_deref(), Some("Stopped"));
}

#[test]
fn redirection_and_foreign_files() {
    let text = r#"<configuration><configurationRedirection enabled="true" path="\\share\iis" userName="u" password="p"/></configuration>"#;
    let read = iis::read_bytes(text.as_bytes()).unwrap();
    assert_eq!(read.kind, Some(Kind::Redirection));
    assert_eq!(read.shared.unwrap().path.as_deref(), Some("\\\\share\\iis"));
    let html = iis::read_bytes(b"<!DOCTYPE html>\n<html><body/></html>");
    assert_eq!(html, Err(Refused::OtherRoot { root: "html".into(), line: 2 }));
    assert_eq!(iis::read_bytes(b"IP:port : 0.0.0.0:443"), Err(Refused::NoElement));
    assert_eq!(iis::recognise(b"<Events><Event/></Events>"), None);
    assert_eq!(iis::recognise(b"<configuration><system.webServer/></configuration>"), Some(Kind::Web));
    let protected = r#"<configuration><connectionStrings configProtectionProvider="X"><EncryptedData>abc</EncryptedData></connectionStrings></configuration>"#;
    let read = iis::read_bytes(protected.as_bytes()).unwrap();
    assert_eq!(read.encrypted.len(), 1);
    assert_eq!(read.encrypted[0].name, "connectionStrings");
}

#[test]
fn zeros_and_repetitions_end_quickly() {
    assert_eq!(iis::read(&mut std::io::repeat(0)), Err(Refused::TooLong));
    let many = format!("<configuration><system.applicationHost><sites>{}", "<site/>".repeat(400_000));
    let read = iis::read_bytes(many.as_bytes()).unwrap();
    assert!(read.sites.len() < 200_001);
    assert!(read.troubles.iter().any(|trouble| matches!(trouble.fault, Fault::TooMany { what: "records", .. })));
    let quotes = format!("<configuration>{}", "<a b=\"".repeat(300_000));
    assert!(!iis::read_bytes(quotes.as_bytes()).unwrap().troubles.is_empty());
}

#[test]
fn every_file_of_the_corpus() {
    let Ok(corpus) = std::env::var("TLSDIAG_CORPUS") else {
        println!("skipped: TLSDIAG_CORPUS is not set");
        return;
    };
    let mut folders = vec![std::path::PathBuf::from(corpus).join("iis")];
    let (mut files, mut sites, mut bindings) = (0, 0, 0);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let bytes = std::fs::read(&path).unwrap();
            assert!(
                iis::recognise(&bytes[..bytes.len().min(4096)]).is_some() || iis::recognise(&bytes).is_some(),
                "{}",
                path.display()
            );
            let read = iis::read_bytes(&bytes).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let text = String::from_utf8_lossy(&bytes);
            let comments: usize = text
                .split("<!--")
                .skip(1)
                .map(|part| part.split("-->").next().unwrap().matches("<binding ").count())
                .sum();
            assert_eq!(
                read.sites.iter().map(|site| site.bindings.len()).sum::<usize>(),
                text.matches("<binding ").count() - comments,
                "{}",
                path.display()
            );
            let broken = path.to_string_lossy().contains("missing_closing");
            assert_eq!(!read.troubles.is_empty(), broken, "{}: {:?}", path.display(), read.troubles);
            files += 1;
            sites += read.sites.len();
            bindings += read.sites.iter().map(|site| site.bindings.len()).sum::<usize>();
        }
    }
    println!("{files} files, {sites} sites, {bindings} bindings");
    assert!(files >= 18);
}

fn made() -> impl Strategy<Value = Vec<make::MadeSite>> {
    let site = (
        "[^\\x00-\\x1f]{1,12}",
        1..9999_u32,
        "[a-z가-힣]{1,8}",
        any::<bool>(),
        1..65535_u16,
        proptest::option::of(0..128_u32),
    );
    proptest::collection::vec(site, 0..6).prop_map(|sites| {
        sites
            .into_iter()
            .map(|(name, id, pool, auto_start, port, flags)| make::MadeSite {
                name,
                id,
                pool,
                auto_start,
                bindings: vec![("https".into(), format!("*:{port}:a.example"), flags)],
                ..make::MadeSite::default()
            })
            .collect()
    })
}

proptest! {
    #[test]
    fn what_is_made_is_read(sites in made()) {
        let text = make::application_host(&sites, &[("p".into(), Some("LocalSystem".into()), None)]);
        let read = iis::read_bytes(text.as_bytes()).unwrap();
        prop_assert!(read.troubles.is_empty(), "{:?}", read.troubles);
        prop_assert_eq!(read.sites.len(), sites.len());
        for (site, made) in read.sites.iter().zip(&sites) {
            prop_assert_eq!(&site.name, &made.name);
            prop_assert_eq!(&site.id, &Some(Value::Is(made.id)));
            prop_assert_eq!(&site.bindings[0].ssl_flags, &made.bindings[0].2.map(Value::Is));
            prop_assert_eq!(read.pool_of(site), &made.pool);
        }
    }

    #[test]
    fn a_cut_anywhere_keeps_a_prefix(sites in made(), at in any::<prop::sample::Index>()) {
        let text = make::application_host(&sites, &[]);
        let bytes = text.as_bytes();
        let cut = at.index(bytes.len());
        if let Ok(read) = iis::read_bytes(&bytes[..cut]) {
            prop_assert!(read.sites.len() <= sites.len());
            for (site, made) in read.sites.iter().zip(&sites).filter(|(site, _)| site.complete) {
                prop_assert_eq!(&site.id, &Some(Value::Is(made.id)));
                prop_assert_eq!(site.bindings.len(), made.bindings.len());
            }
            let end = bytes.len() - "</configuration>\r\n".len();
            prop_assert!(cut > end + 15 || read.is_cut_off());
        }
    }

    #[test]
    fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = iis::read_bytes(&bytes);
    }

    #[test]
    fn arbitrary_markup_never_panics(parts in proptest::collection::vec(prop_oneof![
        Just("<configuration>"), Just("<system.applicationHost>"), Just("<sites>"), Just("<site name='a"), Just("<bindings>"), Just("'>"),
        Just("<binding protocol='https' bindingInformation='*:443:'"), Just("/>"), Just("</site>"), Just("</"), Just("<!--"),
        Just("-->"), Just("<![CDATA["), Just("]]>"), Just("&lt"), Just("&#x110000;"), Just("<?"), Just("<SITE>"), Just("<location path=''>"),
        Just("</location>"), Just("<rewrite>"), Just("<rules>"), Just("<rule>"), Just("</rule>"), Just("<system.webServer>"), Just("<")
    ], 0..40)) {
        let _ = iis::read_bytes(format!("<configuration>{}", parts.concat()).as_bytes());
    }
}
