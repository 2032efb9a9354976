//! Makes reports in the layout of SSLDiag, for tests and cases.

use std::fmt::Write as _;

/// A site to report.
#[derive(Debug, Clone, Default)]
pub struct MadeSite {
    /// The number.
    pub id: u32,
    /// The name.
    pub name: String,
    /// `SSLCertHash` as it shall stand there.
    pub hash: String,
    /// The subject.
    pub subject: String,
    /// The issuer.
    pub issuer: String,
    /// Hex.
    pub serial: String,
    /// The code of `CryptAcquireCertificatePrivateKey`; nothing if the key was acquired.
    pub key_code: Option<String>,
    /// The code of `CertVerifyCertificateChainPolicy`.
    pub chain_code: Option<String>,
}

/// A report. `word` gives the words of each place that is prose; the places are numbered.
#[must_use]
pub fn report(word: &dyn Fn(usize) -> String, system: &str, sites: &[MadeSite]) -> String {
    let mut out = format!("{}: 2012-03-04 10:20:30\r\n{}: {system}\r\n\r\n{}\r\n\r\n", word(0), word(1), word(2));
    for (name, on) in [("PCT 1.0", 0), ("SSL 2.0", 1), ("SSL 3.0", 1), ("TLS 1.0", 1)] {
        let _ = write!(out, "{name}: {on}\r\n");
    }
    let _ = write!(out, "SChannel EventLogging: 1 (hex)\r\n-----\r\n");
    for site in sites {
        let _ = write!(
            out,
            "[W3SVC/{}]\r\nServerComment  : {}\r\nServerAutoStart: True\r\nServerState    : {}\r\n\r\nSSLCertHash: {}\r\n",
            site.id,
            site.name,
            word(3),
            site.hash
        );
        match &site.key_code {
            None => {
                let _ = write!(out, "#{}\r\n", word(4));
            }
            Some(code) => {
                let _ = write!(out, "#{} CryptAcquireCertificatePrivateKey {} {code}\r\n", word(5), word(6));
            }
        }
        let _ = write!(
            out,
            "#{}: {}\r\n#{}: {}\r\n#{}: 2011-01-01 00:00:00 - 2013-01-01 00:00:00\r\n#{}: {}\r\n",
            word(7),
            site.subject,
            word(8),
            site.issuer,
            word(9),
            word(10),
            site.serial
        );
        let _ = write!(out, "#{}: {} (1.3.6.1.5.5.7.3.1)\r\n", word(11), word(12));
        if let Some(code) = &site.chain_code {
            let _ = write!(out, "#CertVerifyCertificateChainPolicy {}\r\n#{code}\r\n", word(13));
        }
        out.push_str("\r\n");
    }
    out
}
