//! Elements become records: which element in which place means what.

use std::collections::HashMap;

use super::binding::{self, Binding};
use super::fault::{Fault, Trouble};
use super::pool::{AppPool, Identity};
use super::settings::{
    Access, ClientMapping, Condition, Elsewhere, Hsts, HstsBy, HttpRedirect, Metadata, Named, RedirectRule, Scope,
    ServerRuntime, SharedConfiguration,
};
use super::site::{Application, FtpTls, Site};
use super::value::{Value, base64, boolean, hash, kept, number};
use super::xml::{Element, Sink};
use super::{Configuration, Unread};

/// Records kept of one file.
const MAX_RECORDS: usize = 200_000;
/// Names of sections that are counted as not read.
const MAX_UNREAD: usize = 500;

/// What a file gives while it is walked through.
#[derive(Default)]
pub(super) struct Build {
    pub(super) out: Configuration,
    /// The first element, with its line.
    pub(super) root: Option<(String, u32)>,
    path: Vec<String>,
    scopes: Vec<Scope>,
    rule: Option<RedirectRule>,
    /// An outbound rule that writes the header of HSTS.
    outbound_hsts: bool,
    records: usize,
    /// Where in the list a section stands that is not read.
    unread_at: HashMap<String, usize>,
    /// Where in the list a site of appcmd stands.
    site_at: HashMap<String, usize>,
}

impl Sink for Build {
    fn open(&mut self, element: Element) {
        if self.root.is_none() {
            self.root = Some((element.name.clone(), element.line));
        }
        match element.name.as_str() {
            "configuration" | "appcmd" => {}
            "location" => self.scopes.push(element.get("path").filter(|path| !path.is_empty()).map(kept)),
            _ => {
                self.path.push(element.name.clone());
                self.take(&element);
                return;
            }
        }
        // A frame of its own, so that closing is uniform.
        self.path.push(format!("<{}", element.name));
    }

    fn close(&mut self, found: bool) {
        let Some(name) = self.path.pop() else { return };
        match name.as_str() {
            "<location" => {
                self.scopes.pop();
            }
            "site" | "SITE" => {
                if let Some(site) = self.out.sites.last_mut() {
                    site.complete |= found;
                }
            }
            "rule" => {
                self.outbound_hsts = false;
                if let Some(rule) = self.rule.take()
                    && !rule.target.is_empty()
                {
                    self.out.redirect_rules.push(rule);
                }
            }
            _ => {}
        }
    }
}

impl Build {
    fn scope(&self) -> Scope {
        self.scopes.last().cloned().flatten()
    }

    fn take(&mut self, element: &Element) {
        let owned: Vec<String> = self.path.iter().filter(|name| !name.starts_with('<')).cloned().collect();
        let path: Vec<&str> = owned.iter().map(String::as_str).collect();
        self.note_section(&path, element);
        if !self.is_known(&path) {
            return;
        }
        self.records = self.records.saturating_add(1);
        if self.records > MAX_RECORDS {
            if self.records == MAX_RECORDS.saturating_add(1) {
                let fault = Fault::TooMany { what: "records", limit: MAX_RECORDS };
                self.out.troubles.push(Trouble { line: element.line, column: 1, fault });
            }
            return;
        }
        match path.as_slice() {
            ["system.applicationHost", rest @ ..] => self.host(rest, element),
            ["SITE", rest @ ..] | ["sites", "site", rest @ ..] => self.site(rest, element),
            ["APP"] => self.appcmd_application(element),
            ["APPPOOL"] => self.appcmd_pool(element),
            ["configurationRedirection"] => {
                self.out.shared = Some(SharedConfiguration {
                    enabled: element.get("enabled").map(boolean),
                    path: text(element, "path"),
                    user: text(element, "userName"),
                    line: element.line,
                });
            }
            ["system.webServer", rest @ ..] => self.web(rest, element),
            _ => {}
        }
    }

    /// Places that [`Build::take`] makes records of; everything else costs nothing.
    fn is_known(&self, path: &[&str]) -> bool {
        matches!(
            path,
            ["system.applicationHost" | "SITE" | "sites" | "APP" | "APPPOOL" | "configurationRedirection", ..]
                | [
                    "system.webServer",
                    "security"
                        | "httpRedirect"
                        | "rewrite"
                        | "httpProtocol"
                        | "serverRuntime"
                        | "globalModules"
                        | "modules",
                    ..
                ]
        )
    }

    fn note_section(&mut self, path: &[&str], element: &Element) {
        if let Some(file) = element.get("configSource").filter(|_| self.out.elsewhere.len() < MAX_UNREAD) {
            self.out.elsewhere.push(Elsewhere { section: path.join("/"), file: kept(file), line: element.line });
        }
        if element.get("configProtectionProvider").is_some() || path.last() == Some(&"EncryptedData") {
            let section = path.strip_suffix(&["EncryptedData"]).unwrap_or(path).join("/");
            if !self.out.encrypted.iter().any(|have| have.name == section) && self.out.encrypted.len() < MAX_UNREAD {
                self.out.encrypted.push(Named { name: section, line: element.line });
            }
        }
        let hints = self.out.central_store_hints.len();
        if hints < MAX_UNREAD && element.name.to_ascii_lowercase().contains("centralcert") {
            self.out.central_store_hints.push(Named { name: element.name.clone(), line: element.line });
        }
        let unread = match path {
            [
                "configSections"
                | "configProtectedData"
                | "system.applicationHost"
                | "system.webServer"
                | "SITE"
                | "APP",
            ]
            | ["APPPOOL" | "sites" | "configurationRedirection" | "runtime" | "#text"] => false,
            [_] => true,
            ["system.webServer", section] => !matches!(
                *section,
                "security"
                    | "httpRedirect"
                    | "rewrite"
                    | "httpProtocol"
                    | "serverRuntime"
                    | "globalModules"
                    | "modules"
            ),
            ["system.webServer", "security", section] => !matches!(*section, "access" | "authentication"),
            ["system.applicationHost", section] => {
                !matches!(*section, "sites" | "applicationPools" | "listenerAdapters" | "customMetadata")
            }
            _ => false,
        };
        if unread {
            let section = path.join("/");
            let known = self.unread_at.get(&section).and_then(|at| self.out.unread.get_mut(*at));
            if let Some(have) = known {
                have.count = have.count.saturating_add(1);
            } else if self.out.unread.len() < MAX_UNREAD {
                self.unread_at.insert(section.clone(), self.out.unread.len());
                self.out.unread.push(Unread { section, count: 1, line: element.line });
            }
        }
    }

    fn host(&mut self, path: &[&str], element: &Element) {
        // a section within another is one whose close tag is missing; so is a site, a pool, a list of bindings
        let path = from_last(path, &["sites", "applicationPools", "customMetadata", "listenerAdapters"]);
        match path {
            ["sites", "site", rest @ ..] => {
                let rest = match rest.iter().rposition(|name| *name == "site") {
                    Some(at) => rest.get(at..).and_then(<[&str]>::split_first).map_or(rest, |(_, below)| below),
                    None => rest,
                };
                self.site(from_last(rest, &["bindings", "application"]), element);
            }
            ["sites", "applicationDefaults"] => self.out.default_pool = text(element, "applicationPool"),
            ["sites", "siteDefaults", "hsts"] => self.out.default_hsts = Some(self.hsts(element)),
            ["sites", "siteDefaults", "ftpServer", "security", "ssl"] => {
                self.out.default_ftp_tls = Some(ftp_tls(element))
            }
            ["applicationPools", "add", rest @ ..] if rest.first() == Some(&"add") => {
                let skipped = rest.iter().take_while(|name| **name == "add").count();
                let below = rest.get(skipped..).unwrap_or_default();
                self.host(&[&["applicationPools", "add"], below].concat(), element);
            }
            ["applicationPools", "add"] => {
                self.out.pools.push(pool(element, text(element, "name").unwrap_or_default()))
            }
            ["applicationPools", "add", "processModel"] => {
                if let Some(pool) = self.out.pools.last_mut() {
                    process_model(pool, element);
                }
            }
            ["applicationPools", "applicationPoolDefaults"] => {
                self.out.pool_defaults = Some(pool(element, String::new()))
            }
            ["applicationPools", "applicationPoolDefaults", "processModel"] => {
                if let Some(pool) = self.out.pool_defaults.as_mut() {
                    process_model(pool, element);
                }
            }
            ["listenerAdapters", "add"] => self.out.listener_adapters.push(named(element, "name")),
            ["customMetadata", "key"] => {
                self.out.metadata_path = text(element, "path").unwrap_or_default();
            }
            ["customMetadata", "key", "property"] => {
                let path = self.out.metadata_path.clone();
                self.out.metadata.push(metadata(path, element));
            }
            _ => {}
        }
    }

    fn site(&mut self, path: &[&str], element: &Element) {
        let hsts = (path == ["hsts"] || path == ["site", "hsts"]).then(|| self.hsts(element));
        if path.is_empty() {
            let site = site(element);
            if element.name == "SITE" {
                self.site_at.insert(site.name.clone(), self.out.sites.len());
            }
            self.out.sites.push(site);
            return;
        }
        let Some(site) = self.out.sites.last_mut() else { return };
        match path.strip_prefix(&["site"]).unwrap_or(path) {
            // appcmd with /config puts the site of the file within its own element.
            [] => {
                site.bindings.clear();
                site.auto_start = element.get("serverAutoStart").map(boolean);
                site.id = element.get("id").map(number).or(site.id.take());
            }
            ["bindings", "clear"] => site.bindings.clear(),
            ["bindings", "binding"] => site.bindings.push(binding(element)),
            ["application"] => site.applications.push(Application {
                path: text(element, "path").unwrap_or_default(),
                pool: text(element, "applicationPool"),
                folder: None,
                line: element.line,
            }),
            ["application", "virtualDirectory"] => {
                if let Some(application) = site.applications.last_mut()
                    && element.get("path") == Some("/")
                {
                    application.folder = text(element, "physicalPath");
                }
            }
            ["applicationDefaults"] => site.default_pool = text(element, "applicationPool"),
            ["hsts"] => site.hsts = hsts,
            ["ftpServer", "security", "ssl"] => site.ftp_tls = Some(ftp_tls(element)),
            _ => {}
        }
    }

    fn hsts(&self, element: &Element) -> Hsts {
        let on = |name: &str| element.get(name).map(boolean) == Some(Value::Is(true));
        Hsts {
            scope: self.scope(),
            by: HstsBy::Site,
            enabled: on("enabled"),
            max_age: element.get("max-age").and_then(|age| age.trim().parse().ok()),
            subdomains: on("includeSubDomains"),
            preload: on("preload"),
            redirects: on("redirectHttpToHttps"),
            line: element.line,
        }
    }

    fn appcmd_application(&mut self, element: &Element) {
        let of = element.get("SITE.NAME").unwrap_or_default();
        let application = Application {
            path: text(element, "path").unwrap_or_default(),
            pool: text(element, "APPPOOL.NAME"),
            folder: None,
            line: element.line,
        };
        if let Some(site) = self.site_at.get(of).and_then(|at| self.out.sites.get_mut(*at)) {
            return site.applications.push(application);
        }
        let mut site = site(element);
        site.complete = true;
        site.applications.push(application);
        self.site_at.insert(site.name.clone(), self.out.sites.len());
        self.out.sites.push(site);
    }

    fn appcmd_pool(&mut self, element: &Element) {
        let mut pool = pool(element, text(element, "APPPOOL.NAME").unwrap_or_default());
        pool.state = text(element, "state");
        self.out.pools.push(pool);
    }

    fn web(&mut self, path: &[&str], element: &Element) {
        let (scope, line) = (self.scope(), element.line);
        match path {
            ["security", "access"] => {
                if let Some(raw) = element.get("sslFlags") {
                    self.out.access.push(Access::new(scope, raw, line));
                }
            }
            [
                "security",
                "authentication",
                section @ ("iisClientCertificateMappingAuthentication" | "clientCertificateMappingAuthentication"),
            ] => {
                self.out.client_mappings.push(ClientMapping {
                    scope,
                    enabled: element.get("enabled").map(boolean),
                    of_iis: section.starts_with("iis"),
                    accounts: Vec::new(),
                    line,
                });
            }
            ["security", "authentication", "iisClientCertificateMappingAuthentication", _, "add"] => {
                if let (Some(mapping), Some(user)) = (self.out.client_mappings.last_mut(), text(element, "userName")) {
                    mapping.accounts.push((user, line));
                }
            }
            ["httpRedirect"] => self.out.http_redirects.push(HttpRedirect {
                scope,
                enabled: element.get("enabled").map(boolean),
                destination: text(element, "destination"),
                exact: element.get("exactDestination").map(boolean),
                child_only: element.get("childOnly").map(boolean),
                status: text(element, "httpResponseStatus"),
                line,
            }),
            ["rewrite", group @ ("rules" | "globalRules" | "outboundRules"), "rule", rest @ ..] => {
                self.rule(group, rest, element);
            }
            ["httpProtocol", "customHeaders", "add"]
                if element.get("name").is_some_and(|name| name.eq_ignore_ascii_case("Strict-Transport-Security")) =>
            {
                let value = element.get("value").unwrap_or_default();
                self.out.hsts.push(Hsts::header(scope, HstsBy::CustomHeader, value, line));
            }
            ["serverRuntime"] => self.out.server_runtime.push(ServerRuntime {
                scope,
                enabled: element.get("enabled").map(boolean),
                upload_read_ahead: element.get("uploadReadAheadSize").map(number),
                line,
            }),
            ["globalModules" | "modules", "add"] => {
                let said = |word: &str| element.all().any(|(_, value)| value.to_ascii_lowercase().contains(word));
                if said("centralcert") || said("certificatestore") {
                    self.out.central_store_hints.push(named(element, "name"));
                }
            }
            _ => {}
        }
    }

    fn rule(&mut self, group: &str, path: &[&str], element: &Element) {
        let negated = element.get("negate").map(boolean) == Some(Value::Is(true));
        match (path, self.rule.as_mut()) {
            ([], _) => {
                self.rule = (group != "outboundRules").then(|| RedirectRule {
                    scope: self.scope(),
                    global: group == "globalRules",
                    name: text(element, "name").unwrap_or_default(),
                    enabled: element.get("enabled").map(boolean),
                    stops: element.get("stopProcessing").map(boolean),
                    pattern: None,
                    negated: false,
                    conditions: Vec::new(),
                    any_condition: false,
                    target: String::new(),
                    status: None,
                    line: element.line,
                });
            }
            (["match"], Some(rule)) => {
                rule.pattern = text(element, "url");
                rule.negated = negated;
            }
            (["match"], None) => {
                let variable = element.get("serverVariable").unwrap_or_default();
                self.outbound_hsts = variable.eq_ignore_ascii_case("RESPONSE_Strict_Transport_Security");
            }
            (["conditions"], Some(rule)) => {
                rule.any_condition =
                    element.get("logicalGrouping").is_some_and(|word| word.eq_ignore_ascii_case("MatchAny"));
            }
            (["conditions", "add"], Some(rule)) => rule.conditions.push(Condition {
                input: text(element, "input").unwrap_or_default(),
                pattern: text(element, "pattern"),
                negated,
                line: element.line,
            }),
            (["action"], Some(rule))
                if element.get("type").is_some_and(|kind| kind.eq_ignore_ascii_case("Redirect")) =>
            {
                rule.target = text(element, "url").unwrap_or_default();
                rule.status = text(element, "redirectType");
            }
            (["action"], None) if self.outbound_hsts => {
                let value = element.get("value").unwrap_or_default();
                self.out.hsts.push(Hsts::header(self.scope(), HstsBy::OutboundRule, value, element.line));
            }
            _ => {}
        }
    }
}

/// The path from the last element of one of these names on; all of it where there is none.
fn from_last<'p, 'n>(path: &'p [&'n str], names: &[&str]) -> &'p [&'n str] {
    let at = path.iter().rposition(|name| names.contains(name)).unwrap_or(0);
    path.get(at..).unwrap_or_default()
}

fn text(element: &Element, name: &str) -> Option<String> {
    element.get(name).map(kept)
}

fn named(element: &Element, name: &str) -> Named {
    Named { name: text(element, name).unwrap_or_default(), line: element.line }
}

fn site(element: &Element) -> Site {
    let listed = element.get("bindings").unwrap_or_default();
    Site {
        name: text(element, "name").or_else(|| text(element, "SITE.NAME")).unwrap_or_default(),
        id: element.get("id").or_else(|| element.get("SITE.ID")).map(number),
        auto_start: element.get("serverAutoStart").map(boolean),
        state: text(element, "state"),
        bindings: listed
            .split(',')
            .filter(|one| !one.is_empty())
            .take(10_000)
            .map(|one| listed_binding(one, element.line))
            .collect(),
        applications: Vec::new(),
        default_pool: None,
        hsts: None,
        ftp_tls: None,
        line: element.line,
        complete: false,
    }
}

/// `https/*:443:` of appcmd.
fn listed_binding(raw: &str, line: u32) -> Binding {
    let (protocol, information) = raw.split_once('/').map_or((None, raw), |(protocol, rest)| (Some(protocol), rest));
    Binding {
        protocol: protocol.map(kept),
        information: binding::information(protocol, information),
        ssl_flags: None,
        certificate_hash: None,
        certificate_store: None,
        line,
    }
}

fn binding(element: &Element) -> Binding {
    let protocol = element.get("protocol");
    Binding {
        protocol: protocol.map(kept),
        information: match element.get("bindingInformation") {
            Some(raw) => binding::information(protocol, raw),
            None => Value::Damaged(String::new()),
        },
        ssl_flags: element.get("sslFlags").map(number),
        certificate_hash: element.get("certificateHash").filter(|raw| !raw.is_empty()).map(hash),
        certificate_store: text(element, "certificateStoreName").filter(|name| !name.is_empty()),
        line: element.line,
    }
}

fn pool(element: &Element, name: String) -> AppPool {
    AppPool {
        name,
        identity: None,
        user: None,
        has_password: false,
        load_user_profile: None,
        state: None,
        auto_start: element.get("autoStart").map(boolean),
        line: element.line,
    }
}

fn process_model(pool: &mut AppPool, element: &Element) {
    pool.identity = element.get("identityType").map(Identity::new);
    pool.user = text(element, "userName").filter(|user| !user.is_empty());
    pool.has_password = element.has_secret("password");
    pool.load_user_profile = element.get("loadUserProfile").map(boolean);
}

fn ftp_tls(element: &Element) -> FtpTls {
    FtpTls {
        hash: element.get("serverCertHash").filter(|raw| !raw.is_empty()).map(hash),
        store: text(element, "serverCertStoreName"),
        only_128_bits: element.get("ssl128").map(boolean),
        control: text(element, "controlChannelPolicy"),
        data: text(element, "dataChannelPolicy"),
        line: element.line,
    }
}

fn metadata(path: String, element: &Element) -> Metadata {
    let id = element.get("id").map_or_else(|| Value::Damaged(String::new()), number);
    let value = element.get("value");
    let mut parts = path.split('/').skip_while(|part| !part.eq_ignore_ascii_case("W3SVC")).skip(1);
    let site = parts.next().and_then(|part| part.parse().ok());
    let is = |known: u32| id == Value::Is(known);
    let hash = value.filter(|_| is(Metadata::CERTIFICATE_HASH)).map(|raw| match base64(raw) {
        Some(bytes) if bytes.len() == 20 => Value::Is(bytes),
        _ => Value::Damaged(kept(raw)),
    });
    let store = value.filter(|_| is(Metadata::STORE_NAME)).map(kept);
    Metadata { path, site, id, hash, store, line: element.line }
}
