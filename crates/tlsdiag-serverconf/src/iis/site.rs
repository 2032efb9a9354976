//! Sites with their bindings, applications and what they say about TLS themselves.

use super::binding::Binding;
use super::settings::{Hsts, SslPolicy};
use super::value::Value;

/// `<site>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The name.
    pub name: String,
    /// `id`, the number in `W3SVC/<id>`.
    pub id: Option<Value<u32>>,
    /// `serverAutoStart`; absent means true.
    pub auto_start: Option<Value<bool>>,
    /// `Started` or `Stopped`, where a tool wrote the state of the moment.
    pub state: Option<String>,
    /// In order.
    pub bindings: Vec<Binding>,
    /// In order; the root is the one with path `/`.
    pub applications: Vec<Application>,
    /// The site's own `applicationDefaults applicationPool`.
    pub default_pool: Option<String>,
    /// `<hsts>` of the site (from version 1709).
    pub hsts: Option<Hsts>,
    /// `<ftpServer><security><ssl>`.
    pub ftp_tls: Option<FtpTls>,
    /// Line of the tag.
    pub line: u32,
    /// The tag that ends it was seen; without it there may have been more.
    pub complete: bool,
}

impl Site {
    /// The application with path `/`.
    #[must_use]
    pub fn root(&self) -> Option<&Application> {
        self.applications.iter().find(|application| application.path == "/")
    }
}

/// `<application>`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Application {
    /// The path in URLs.
    pub path: String,
    /// `applicationPool`; absent if a default holds.
    pub pool: Option<String>,
    /// `physicalPath` of the virtual directory `/`, where its web.config lies.
    pub folder: Option<String>,
    /// Line of the tag.
    pub line: u32,
}

/// TLS of an FTP site.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FtpTls {
    /// `serverCertHash`; an empty one means none is chosen.
    pub hash: Option<Value<Vec<u8>>>,
    /// `serverCertStoreName`.
    pub store: Option<String>,
    /// `ssl128`.
    pub only_128_bits: Option<Value<bool>>,
    /// `controlChannelPolicy` (`SslRequire`, `SslAllow`, …).
    pub control: Option<SslPolicy>,
    /// `dataChannelPolicy`.
    pub data: Option<SslPolicy>,
    /// Line of the tag.
    pub line: u32,
}
