//! IIS: applicationHost.config, web.config, redirection.config and the XML that `appcmd` prints.
//!
//! A faulty file gives everything that can be read of it, with its faults. Passwords are never kept.

mod binding;
mod build;
mod encoding;
mod fault;
#[cfg(feature = "make")]
pub mod make;
mod pool;
mod settings;
mod site;
mod value;
mod xml;

use std::io::Read;

pub use binding::{Address, Binding, Information};
pub use fault::{Fault, Refused, Trouble};
pub use pool::{AppPool, Identity};
pub use settings::{
    Access, ClientMapping, Condition, Elsewhere, Hsts, HstsBy, HttpRedirect, Metadata, Named, RedirectRule, Scope,
    SendsToHttps, ServerRuntime, SharedConfiguration, SslPolicy,
};
pub use site::{Application, FtpTls, Site};
pub use value::Value;

/// Files longer than this are refused; real ones with thousands of sites have a few MiB.
pub const MAX_BYTES: u64 = 32 << 20;

/// The pool of a site that names none, if the file names no other default.
pub const DEFAULT_POOL: &str = "DefaultAppPool";

/// The kinds of file, by what stands in them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// It has `system.applicationHost`.
    ApplicationHost,
    /// It says where the shared configuration lies.
    Redirection,
    /// It holds for one folder.
    Web,
    /// Output of `appcmd … /xml` or `appcmd list config`.
    Appcmd,
}

/// Everything that a file says about sites and TLS.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Configuration {
    /// What kind of file it is.
    pub kind: Option<Kind>,
    /// In the order of the file.
    pub sites: Vec<Site>,
    /// In the order of the file.
    pub pools: Vec<AppPool>,
    /// `applicationPoolDefaults`.
    pub pool_defaults: Option<AppPool>,
    /// `applicationPool` of the `applicationDefaults` of all sites.
    pub default_pool: Option<String>,
    /// `<hsts>` of `<siteDefaults>`.
    pub default_hsts: Option<Hsts>,
    /// FTP's TLS of `<siteDefaults>`.
    pub default_ftp_tls: Option<FtpTls>,
    /// What `<access sslFlags>` asks, by place.
    pub access: Vec<Access>,
    /// Mapping of client certificates.
    pub client_mappings: Vec<ClientMapping>,
    /// `<httpRedirect>`.
    pub http_redirects: Vec<HttpRedirect>,
    /// Rules of URL Rewrite that redirect.
    pub redirect_rules: Vec<RedirectRule>,
    /// HSTS by header.
    pub hsts: Vec<Hsts>,
    /// Properties of the IIS 6 layer.
    pub metadata: Vec<Metadata>,
    /// Names of `<listenerAdapters>`.
    pub listener_adapters: Vec<Named>,
    /// `<serverRuntime>`.
    pub server_runtime: Vec<ServerRuntime>,
    /// Elements and modules that speak of the central certificate store.
    pub central_store_hints: Vec<Named>,
    /// The share that the configuration lies on.
    pub shared: Option<SharedConfiguration>,
    /// Sections in other files.
    pub elsewhere: Vec<Elsewhere>,
    /// Sections that are encrypted and therefore not read.
    pub encrypted: Vec<Named>,
    /// Sections that say nothing about TLS and were passed over.
    pub unread: Vec<Unread>,
    /// What is wrong with the file.
    pub troubles: Vec<Trouble>,
    /// The key whose properties are being read.
    metadata_path: String,
}

/// Sections passed over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unread {
    /// The path of the section.
    pub section: String,
    /// How often it stands in the file.
    pub count: u32,
    /// Line of the first.
    pub line: u32,
}

impl Configuration {
    /// The name of the pool that runs the root of a site.
    #[must_use]
    pub fn pool_of<'a>(&'a self, site: &'a Site) -> &'a str {
        let own = site.root().and_then(|root| root.pool.as_deref());
        own.or(site.default_pool.as_deref()).or(self.default_pool.as_deref()).unwrap_or(DEFAULT_POOL)
    }

    /// A pool by name; IIS compares without case.
    #[must_use]
    pub fn pool(&self, name: &str) -> Option<&AppPool> {
        self.pools.iter().find(|pool| pool.name.to_lowercase() == name.to_lowercase())
    }

    /// The identity that the file states for a pool, by itself or by the defaults; nothing if the default of the
    /// version of IIS holds.
    #[must_use]
    pub fn identity_of<'a>(&'a self, pool: &'a AppPool) -> Option<&'a Identity> {
        pool.identity.as_ref().or_else(|| self.pool_defaults.as_ref()?.identity.as_ref())
    }

    /// The file ends in the middle.
    #[must_use]
    pub fn is_cut_off(&self) -> bool {
        self.troubles.iter().any(|trouble| trouble.fault.is_cut_off())
    }
}

/// What the beginning of a file, in any encoding, is a configuration of; nothing if it is none of IIS or of an application
/// on it. A file that only begins as one may turn out to be of another kind: see [`Configuration::kind`].
#[must_use]
pub fn recognise(head: &[u8]) -> Option<Kind> {
    let text = encoding::decode(head.get(..head.len().min(64 << 10)).unwrap_or(head)).text;
    let root = root_name(&text).filter(|root| is_root(root))?;
    Some(match root.as_str() {
        "appcmd" | "system.applicationHost" | "sites" => Kind::Appcmd,
        _ if ["<system.applicationHost", "\"system.applicationHost\"", "<sites>"]
            .iter()
            .any(|part| text.contains(part)) =>
        {
            Kind::ApplicationHost
        }
        _ if text.contains("<configurationRedirection") => Kind::Redirection,
        _ => Kind::Web,
    })
}

/// Reads a file.
///
/// # Errors
/// [`Refused`] if nothing of it is a configuration. Faults within one are in [`Configuration::troubles`].
pub fn read(source: &mut dyn Read) -> Result<Configuration, Refused> {
    let mut bytes = Vec::new();
    let limit = MAX_BYTES.saturating_add(1);
    source.take(limit).read_to_end(&mut bytes).map_err(|error| Refused::Unreadable(error.kind()))?;
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(Refused::TooLong);
    }
    read_bytes(&bytes)
}

/// Reads a file that is in memory, of at most [`MAX_BYTES`].
///
/// # Errors
/// As [`read`].
pub fn read_bytes(bytes: &[u8]) -> Result<Configuration, Refused> {
    if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > MAX_BYTES {
        return Err(Refused::TooLong);
    }
    let decoded = encoding::decode(bytes);
    match root_name(&decoded.text) {
        Some(root) if !is_root(&root) => {
            let at = decoded.text.find(&format!("<{root}")).unwrap_or(0);
            let before = decoded.text.get(..at).unwrap_or_default().matches('\n').count();
            return Err(Refused::OtherRoot { root, line: u32::try_from(before).unwrap_or(u32::MAX).saturating_add(1) });
        }
        Some(_) => {}
        None => return Err(Refused::NoElement),
    }
    let mut build = build::Build::default();
    let troubles = xml::walk(&decoded.text, &mut build);
    let Some((root, _)) = build.root else { return Err(Refused::NoElement) };
    let mut out = build.out;
    if let Some(encoding) = decoded.damaged {
        let line = decoded.text.split('\u{fffd}').next().unwrap_or_default().matches('\n').count();
        let line = u32::try_from(line).unwrap_or(u32::MAX).saturating_add(1);
        out.troubles.push(Trouble { line, column: 1, fault: Fault::BadBytes { encoding } });
    }
    out.troubles.extend(troubles);
    out.metadata_path = String::new();
    out.kind = Some(kind(&root, &out));
    Ok(out)
}

fn kind(root: &str, out: &Configuration) -> Kind {
    if root == "configuration" {
        let host = !out.sites.is_empty() || !out.pools.is_empty() || out.pool_defaults.is_some();
        match (host, &out.shared) {
            (true, _) => Kind::ApplicationHost,
            (false, Some(_)) => Kind::Redirection,
            (false, None) => Kind::Web,
        }
    } else if root == "appcmd" {
        Kind::Appcmd
    } else if out.sites.is_empty() && out.pools.is_empty() {
        Kind::Web
    } else {
        Kind::Appcmd
    }
}

/// Sections stand alone in what `appcmd list config` prints and in files named by `configSource`.
fn is_root(name: &str) -> bool {
    matches!(name, "configuration" | "appcmd" | "system.applicationHost" | "system.webServer" | "sites" | "location")
}

/// The name of the first element, past declarations and comments.
fn root_name(text: &str) -> Option<String> {
    let mut rest = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']);
    loop {
        if let Some(comment) = rest.strip_prefix("<!--") {
            rest = comment.split_once("-->")?.1.trim_start();
        } else if rest.starts_with("<?") || rest.starts_with("<!") {
            rest = rest.split_once('>')?.1.trim_start();
        } else {
            let name = rest.strip_prefix('<')?;
            let end = name.find(|c: char| c.is_whitespace() || matches!(c, '>' | '/' | '<')).unwrap_or(name.len());
            let name: String = name.get(..end)?.chars().take(200).collect();
            return (!name.is_empty()).then_some(name);
        }
    }
}
