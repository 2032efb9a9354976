//! Makes applicationHost.config files from a description, for tests and cases.

use std::fmt::Write as _;

/// A site to write.
#[derive(Debug, Clone, Default)]
pub struct MadeSite {
    /// The name.
    pub name: String,
    /// The id.
    pub id: u32,
    /// The pool of its root.
    pub pool: String,
    /// `serverAutoStart`.
    pub auto_start: bool,
    /// Protocol, information, `sslFlags`.
    pub bindings: Vec<(String, String, Option<u32>)>,
    /// Hash and store of the bindings' certificate, where a tool wrote them.
    pub certificate: Option<(String, String)>,
    /// `sslFlags` of `<access>` in a `<location>` of the site.
    pub access: Option<String>,
    /// Base64 of property 5506.
    pub old_hash: Option<String>,
}

/// A pool to write: name, `identityType`, `userName`.
pub type MadePool = (String, Option<String>, Option<String>);

/// The text of an applicationHost.config with these sites and pools.
#[must_use]
pub fn application_host(sites: &[MadeSite], pools: &[MadePool]) -> String {
    let mut out = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n<configuration>\r\n");
    out.push_str("  <system.applicationHost>\r\n    <applicationPools>\r\n");
    for (name, identity, user) in pools {
        let _ = write!(out, "      <add name=\"{}\">\r\n        <processModel", escaped(name));
        if let Some(identity) = identity {
            let _ = write!(out, " identityType=\"{}\"", escaped(identity));
        }
        if let Some(user) = user {
            let _ =
                write!(out, " userName=\"{}\" password=\"[enc:IISWASOnlyCngProvider:AAECAwQ=:enc]\"", escaped(user));
        }
        out.push_str(" />\r\n      </add>\r\n");
    }
    out.push_str("    </applicationPools>\r\n");
    metadata(&mut out, sites);
    out.push_str("    <listenerAdapters>\r\n      <add name=\"http\" />\r\n    </listenerAdapters>\r\n    <sites>\r\n");
    for site in sites {
        one_site(&mut out, site);
    }
    out.push_str("    </sites>\r\n  </system.applicationHost>\r\n");
    for site in sites {
        if let Some(flags) = &site.access {
            let _ = write!(
                out,
                "  <location path=\"{}\">\r\n    <system.webServer>\r\n      <security>\r\n        <access sslFlags=\"{}\" />\r\n      </security>\r\n    </system.webServer>\r\n  </location>\r\n",
                escaped(&site.name),
                escaped(flags)
            );
        }
    }
    out.push_str("</configuration>\r\n");
    out
}

fn metadata(out: &mut String, sites: &[MadeSite]) {
    out.push_str("    <customMetadata>\r\n");
    for site in sites {
        if let Some(hash) = &site.old_hash {
            let _ = write!(
                out,
                "      <key path=\"LM/W3SVC/{}\">\r\n        <property id=\"5506\" dataType=\"Binary\" userType=\"1\" attributes=\"None\" value=\"{}\" />\r\n      </key>\r\n",
                site.id,
                escaped(hash)
            );
        }
    }
    out.push_str("    </customMetadata>\r\n");
}

fn one_site(out: &mut String, site: &MadeSite) {
    let start = if site.auto_start { "" } else { " serverAutoStart=\"false\"" };
    let _ = write!(out, "      <site name=\"{}\" id=\"{}\"{start}>\r\n", escaped(&site.name), site.id);
    let _ = write!(
        out,
        "        <application path=\"/\" applicationPool=\"{}\">\r\n          <virtualDirectory path=\"/\" physicalPath=\"%SystemDrive%\\inetpub\\wwwroot\" />\r\n        </application>\r\n        <bindings>\r\n",
        escaped(&site.pool)
    );
    for (protocol, information, flags) in &site.bindings {
        let _ = write!(
            out,
            "          <binding protocol=\"{}\" bindingInformation=\"{}\"",
            escaped(protocol),
            escaped(information)
        );
        if let Some(flags) = flags {
            let _ = write!(out, " sslFlags=\"{flags}\"");
        }
        if let Some((hash, store)) = site.certificate.as_ref().filter(|_| protocol == "https") {
            let _ = write!(out, " certificateHash=\"{}\" certificateStoreName=\"{}\"", escaped(hash), escaped(store));
        }
        out.push_str(" />\r\n");
    }
    out.push_str("        </bindings>\r\n      </site>\r\n");
}

fn escaped(raw: &str) -> String {
    quick_xml::escape::escape(raw).into_owned()
}
