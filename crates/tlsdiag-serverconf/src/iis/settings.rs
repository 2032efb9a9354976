//! What a configuration asks of TLS beside the bindings: client certificates, redirects to https, HSTS, metadata.

use super::value::{Value, kept};

/// Where a setting holds: the path of the `<location>` around it, or nothing for the whole file.
pub type Scope = Option<String>;

/// A word of FTP's channel policies, as it stands.
pub type SslPolicy = String;

/// `<security><access sslFlags="…">`.
///
/// Source: Microsoft, system.webServer/security/access.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Access {
    /// Where it holds.
    pub scope: Scope,
    /// Sum of the [`Access`] constants.
    pub flags: u32,
    /// Words that are none of the flags.
    pub unknown: Vec<String>,
    /// Line of the tag.
    pub line: u32,
}

impl Access {
    /// Requests without TLS get 403.4.
    pub const SSL: u32 = 0x8;
    /// A client certificate is asked for.
    pub const NEGOTIATE_CERTIFICATE: u32 = 0x20;
    /// Without a client certificate requests get 403.7.
    pub const REQUIRE_CERTIFICATE: u32 = 0x40;
    /// Client certificates are mapped to accounts.
    pub const MAP_CERTIFICATE: u32 = 0x80;
    /// Requests with ciphers below 128 bits get 403.5.
    pub const SSL_128: u32 = 0x100;

    pub(super) fn new(scope: Scope, raw: &str, line: u32) -> Self {
        let (mut flags, mut unknown) = (0, Vec::new());
        for word in raw.split([',', '|']).map(str::trim).filter(|word| !word.is_empty()) {
            match word.to_ascii_lowercase().as_str() {
                "none" => {}
                "ssl" => flags |= Self::SSL,
                "sslnegotiatecert" => flags |= Self::NEGOTIATE_CERTIFICATE,
                "sslrequirecert" => flags |= Self::REQUIRE_CERTIFICATE,
                "sslmapcert" => flags |= Self::MAP_CERTIFICATE,
                "ssl128" => flags |= Self::SSL_128,
                number => match number.parse::<u32>() {
                    Ok(bits) => flags |= bits,
                    Err(_) if unknown.len() < 16 => unknown.push(kept(word)),
                    Err(_) => {}
                },
            }
        }
        Self { scope, flags, unknown, line }
    }
}

/// `<iisClientCertificateMappingAuthentication>`, `<clientCertificateMappingAuthentication>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientMapping {
    /// Where it holds.
    pub scope: Scope,
    /// `enabled`.
    pub enabled: Option<Value<bool>>,
    /// The mapper of IIS (true) or the one of Active Directory.
    pub of_iis: bool,
    /// Accounts that certificates are mapped to, with line; passwords are not read.
    pub accounts: Vec<(String, u32)>,
    /// Line of the tag.
    pub line: u32,
}

/// `<httpRedirect>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRedirect {
    /// Where it holds.
    pub scope: Scope,
    /// `enabled`; absent means false.
    pub enabled: Option<Value<bool>>,
    /// `destination`.
    pub destination: Option<String>,
    /// `exactDestination`: the path is not appended.
    pub exact: Option<Value<bool>>,
    /// `childOnly`.
    pub child_only: Option<Value<bool>>,
    /// `httpResponseStatus` (`Found`, `Permanent`, …).
    pub status: Option<String>,
    /// Line of the tag.
    pub line: u32,
}

/// A rule of URL Rewrite that redirects.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RedirectRule {
    /// Where it holds.
    pub scope: Scope,
    /// In `<globalRules>`, before any site is chosen.
    pub global: bool,
    /// The name.
    pub name: String,
    /// `enabled`; absent means true.
    pub enabled: Option<Value<bool>>,
    /// `stopProcessing`.
    pub stops: Option<Value<bool>>,
    /// `url` of `<match>`.
    pub pattern: Option<String>,
    /// `negate` of `<match>`.
    pub negated: bool,
    /// Conditions in order.
    pub conditions: Vec<Condition>,
    /// `logicalGrouping="MatchAny"`: one condition is enough.
    pub any_condition: bool,
    /// `url` of `<action type="Redirect">`.
    pub target: String,
    /// `redirectType` (`Permanent`, 301, …).
    pub status: Option<String>,
    /// Line of the rule.
    pub line: u32,
}

/// A condition of a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// `input`, such as `{HTTPS}`.
    pub input: String,
    /// `pattern`.
    pub pattern: Option<String>,
    /// `negate`.
    pub negated: bool,
    /// Line of the tag.
    pub line: u32,
}

/// When a redirect rule sends a request to https.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SendsToHttps {
    /// Its target is not https.
    Never,
    /// No condition asks how the request came: one that came by TLS is sent to https again, without end.
    Always,
    /// A condition asks this server whether TLS was used, so behind a proxy that ends TLS it never ends.
    WhenPlainHere,
    /// A condition asks what a proxy says (`X-Forwarded-Proto` and its kin).
    WhenPlainAtProxy,
    /// Other conditions only.
    WhenOther,
}

impl RedirectRule {
    /// Judges target and conditions.
    #[must_use]
    pub fn sends_to_https(&self) -> SendsToHttps {
        if !self.target.trim_start().get(..8).is_some_and(|scheme| scheme.eq_ignore_ascii_case("https://")) {
            return SendsToHttps::Never;
        }
        let asks = |words: &[&str]| {
            self.conditions.iter().any(|condition| {
                let input = condition.input.to_ascii_uppercase();
                words.iter().any(|word| input.contains(word))
            })
        };
        if asks(&["HTTP_X_FORWARDED", "HTTP_X_ARR_SSL", "HTTP_FRONT_END_HTTPS", "HTTP_X_SCHEME", "HTTP_CF_VISITOR"]) {
            SendsToHttps::WhenPlainAtProxy
        } else if asks(&["{HTTPS}", "{SERVER_PORT}", "{SERVER_PORT_SECURE}", "{REQUEST_SCHEME}"]) {
            SendsToHttps::WhenPlainHere
        } else if self.conditions.is_empty() {
            SendsToHttps::Always
        } else {
            SendsToHttps::WhenOther
        }
    }
}

/// Where HSTS is said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HstsBy {
    /// `<hsts>` of a site or of `<siteDefaults>`.
    Site,
    /// `<customHeaders>`.
    CustomHeader,
    /// An outbound rule that sets the response header.
    OutboundRule,
}

/// `Strict-Transport-Security`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Hsts {
    /// Where it holds.
    pub scope: Scope,
    /// How it is said.
    pub by: HstsBy,
    /// Off where `enabled` is false or absent in `<hsts>`.
    pub enabled: bool,
    /// Seconds, if they can be read.
    pub max_age: Option<u64>,
    /// Names below are covered.
    pub subdomains: bool,
    /// Asks for the browsers' list.
    pub preload: bool,
    /// `redirectHttpToHttps` of `<hsts>`.
    pub redirects: bool,
    /// Line of the tag.
    pub line: u32,
}

impl Hsts {
    /// Reads the header's value.
    pub(super) fn header(scope: Scope, by: HstsBy, raw: &str, line: u32) -> Self {
        let mut out =
            Self { scope, by, enabled: true, max_age: None, subdomains: false, preload: false, redirects: false, line };
        for part in raw.split(';').map(str::trim) {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            match name.trim().to_ascii_lowercase().as_str() {
                "max-age" => out.max_age = value.trim().trim_matches('"').parse().ok(),
                "includesubdomains" => out.subdomains = true,
                "preload" => out.preload = true,
                _ => {}
            }
        }
        out
    }
}

/// `<property>` of `<customMetadata>`: what the IIS 6 layer keeps.
///
/// KB 2025598: with property 5506 any program of that layer deletes the binding and writes it again with this old hash.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata {
    /// `path` of the key, such as `LM/W3SVC/1`.
    pub path: String,
    /// The site in the path.
    pub site: Option<u32>,
    /// `id` of the property.
    pub id: Value<u32>,
    /// The hash of property 5506.
    pub hash: Option<Value<Vec<u8>>>,
    /// The store name of property 5511.
    pub store: Option<String>,
    /// Line of the tag.
    pub line: u32,
}

impl Metadata {
    /// `MD_SSL_CERT_HASH`.
    pub const CERTIFICATE_HASH: u32 = 5506;
    /// `MD_SSL_CERT_STORE_NAME`.
    pub const STORE_NAME: u32 = 5511;
}

/// A section that stands in another file (`configSource`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Elsewhere {
    /// The section.
    pub section: String,
    /// The file, relative to this one.
    pub file: String,
    /// Line of the tag.
    pub line: u32,
}

/// `<configurationRedirection>`: the configuration of this server lies on a share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SharedConfiguration {
    /// `enabled`; absent means false.
    pub enabled: Option<Value<bool>>,
    /// `path`.
    pub path: Option<String>,
    /// `userName`.
    pub user: Option<String>,
    /// Line of the tag.
    pub line: u32,
}

/// `<serverRuntime>`: what decides how much of a request is read before a client certificate is asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerRuntime {
    /// Where it holds.
    pub scope: Scope,
    /// `enabled`; false answers 503.
    pub enabled: Option<Value<bool>>,
    /// `uploadReadAheadSize` in bytes; a larger body while the certificate is asked for gets 413.
    pub upload_read_ahead: Option<Value<u32>>,
    /// Line of the tag.
    pub line: u32,
}

/// Something named that stands in a line: a listener adapter, a module, an encrypted section.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Named {
    /// The name.
    pub name: String,
    /// Line of the tag.
    pub line: u32,
}
