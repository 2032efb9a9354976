//! The tools whose output is known.
use super::lines::Text;

/// A tool of Windows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Tool {
    /// `netsh http show sslcert`.
    NetshSslcert,
    /// `netsh http show iplisten`.
    NetshIplisten,
    /// `netsh http show servicestate`.
    NetshServicestate,
    /// `netsh http show urlacl`.
    NetshUrlacl,
    /// An error of `netsh http add` or `delete`.
    NetshError,
    /// `httpcfg query ssl`.
    HttpcfgSsl,
    /// `httpcfg query iplisten`.
    HttpcfgIplisten,
    /// `httpcfg query urlacl`.
    HttpcfgUrlacl,
    /// `netstat` with any switches.
    Netstat,
    /// `Get-NetTCPConnection`.
    GetNetTcpConnection,
    /// `tasklist`, `Get-Process`.
    Tasklist,
    /// `sc query`, `Get-Service`.
    ScQuery,
    /// `appcmd list`.
    Appcmd,
    /// `icacls`, `cacls`, `Get-Acl`.
    Icacls,
    /// `dir`, `Get-ChildItem`.
    Dir,
    /// `Get-TlsCipherSuite`.
    GetTlsCipherSuite,
    /// `systeminfo`, `ver`, `hostname`, `ipconfig`, `Get-ComputerInfo`.
    Systeminfo,
    /// Help of a tool: no state of a machine.
    Help,
}

impl Tool {
    /// A stable word for it.
    #[must_use]
    pub fn slug(self) -> &'static str {
        match self {
            Self::NetshSslcert => "netsh-sslcert",
            Self::NetshIplisten => "netsh-iplisten",
            Self::NetshServicestate => "netsh-servicestate",
            Self::NetshUrlacl => "netsh-urlacl",
            Self::NetshError => "netsh-error",
            Self::HttpcfgSsl => "httpcfg-ssl",
            Self::HttpcfgIplisten => "httpcfg-iplisten",
            Self::HttpcfgUrlacl => "httpcfg-urlacl",
            Self::Netstat => "netstat",
            Self::GetNetTcpConnection => "get-nettcpconnection",
            Self::Tasklist => "tasklist",
            Self::ScQuery => "sc-query",
            Self::Appcmd => "appcmd",
            Self::Icacls => "icacls",
            Self::Dir => "dir",
            Self::GetTlsCipherSuite => "get-tlsciphersuite",
            Self::Systeminfo => "systeminfo",
            Self::Help => "help",
        }
    }
}

/// The tools whose output the text seems to hold, the surest first, from 1 to 100. Cheap enough for the head of a file.
#[must_use]
pub fn recognise(text: &Text<'_>) -> Vec<(Tool, u8)> {
    let mut out: Vec<(Tool, u8)> = vec![
        (Tool::NetshSslcert, super::netsh_sslcert::recognise(text)),
        (Tool::HttpcfgIplisten, super::httpcfg::recognise(text)),
        (Tool::NetshServicestate, super::servicestate::recognise(text)),
        (Tool::NetshUrlacl, super::netsh_other::recognise(text)),
        (Tool::NetshError, if super::netsh_other::errors(text, None).is_empty() { 0 } else { 70 }),
        (Tool::Help, if super::netsh_other::help(text).is_empty() { 0 } else { 80 }),
        (Tool::Netstat, super::netstat::recognise(text)),
        (Tool::Tasklist, super::tasklist::recognise(text)),
        (Tool::ScQuery, super::services::recognise(text)),
        (Tool::Appcmd, super::appcmd::recognise(text)),
        (Tool::Icacls, super::access::recognise(text)),
        (Tool::Dir, super::dir::recognise(text)),
        (Tool::GetTlsCipherSuite, super::cipher_suites::recognise(text)),
        (Tool::Systeminfo, super::system::recognise(text)),
    ];
    out.retain(|(_, sure)| *sure > 0);
    out.sort_by_key(|(_, sure)| std::cmp::Reverse(*sure));
    out
}
