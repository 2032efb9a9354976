//! Other tools: how they are called, and which of their words name a cause.
//!
//! They are judged with good will. Words count as naming the cause if the tool prints them for this fault and not for a
//! healthy server, and somebody who knows the tool would take the cause from them, also where they leave another cause
//! open.
use super::timed::Spent;
use crate::lab::Served;
use std::{
    net::IpAddr,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

/// How long a tool may take for a server.
pub(super) const LIMIT: Duration = Duration::from_secs(30);
/// What openssl is given to send; without a request it would see no alert of TLS 1.3 and no silent server.
const GET: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// A server as a tool is told of it.
#[derive(Clone, Debug)]
pub(super) struct Endpoint {
    pub(super) slug: String,
    /// Host in the URL.
    host: String,
    address: IpAddr,
    port: u16,
    /// Codes of a right diagnosis.
    codes: Vec<u16>,
}

impl Endpoint {
    /// A server that is reached on another port than its own, through a relay on its address.
    pub(super) fn of(served: &Served, port: u16) -> Endpoint {
        Endpoint {
            slug: served.slug.clone(),
            host: served.host.clone(),
            address: served.address,
            port,
            codes: served.expect.as_ref().map(|e| e.codes.clone()).unwrap_or_default(),
        }
    }

    fn socket(&self) -> String {
        std::net::SocketAddr::new(self.address, self.port).to_string()
    }

    fn named(&self) -> bool {
        self.host.trim_matches(['[', ']']).parse::<IpAddr>().is_err()
    }
}

/// A tool of the comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Tool {
    Tlsdiag,
    Openssl,
    Sslscan,
    Sslyze,
}

impl Tool {
    pub(super) const ALL: [Tool; 4] = [Tool::Tlsdiag, Tool::Openssl, Tool::Sslscan, Tool::Sslyze];

    pub(super) fn name(self) -> &'static str {
        match self {
            Tool::Tlsdiag => "tlsdiag",
            Tool::Openssl => "openssl s_client",
            Tool::Sslscan => "sslscan",
            Tool::Sslyze => "sslyze",
        }
    }

    /// The command and what it is fed.
    pub(super) fn command(self, program: &Path, at: &Endpoint, root: &Path) -> (Command, &'static [u8]) {
        match self {
            Tool::Tlsdiag => {
                let mut c = Command::new(program);
                c.arg(format!("https://{}:{}/", at.host, at.port)).arg("--ca-file").arg(root);
                c.args(["--lang", "en", "--color", "never"]);
                if at.named() {
                    c.arg("--resolve").arg(format!("{}:{}:{}", at.host, at.port, at.address));
                }
                (c, b"")
            }
            Tool::Openssl => {
                let mut c = openssl(program, at, root);
                c.arg("-ign_eof");
                (c, GET)
            }
            Tool::Sslscan => {
                // line by line, so that what it has found is there when its time is up
                let mut c = match find("stdbuf") {
                    Some(stdbuf) => {
                        let mut c = Command::new(stdbuf);
                        c.arg("-oL").arg(program);
                        c
                    }
                    None => Command::new(program),
                };
                c.arg("--show-certificate").arg(format!("--sni-name={}", at.host)).arg(at.socket());
                (c, b"")
            }
            Tool::Sslyze => {
                let mut c = Command::new(program);
                c.arg("--certinfo_ca_file").arg(root).arg(format!("{}:{}{{{}}}", at.host, at.port, at.address));
                // progress and warnings as they come
                c.env("PYTHONUNBUFFERED", "1");
                (c, b"")
            }
        }
    }

    /// Words that name the cause, or for a healthy server that it is in order: one of the groups, all words of it.
    fn words(self, slug: &str) -> &'static [&'static [&'static str]] {
        const RED_DATE: &str = "Not valid after:  \u{1b}[31m";
        match (self, slug) {
            // told by the code on the line that begins with `cause`, see `verdict`
            (Tool::Tlsdiag, "plain") => &[&["/ works\n"]],
            (Tool::Tlsdiag, _) => &[],

            (Tool::Openssl, "plain") => &[&["Verify return code: 0 (ok)", "HTTP/1.1 200"]],
            (Tool::Openssl, "expired") => &[&["certificate has expired"]],
            // said of one certificate whose issuer is not there; an unknown issuer looks the same
            (Tool::Openssl, "missing-intermediate") => &[&["unable to verify the first certificate"]],
            (Tool::Openssl, "reset-after-hello") => &[&["errno=104"], &["Connection reset by peer"]],
            (Tool::Openssl, "old-version-only") => &[&["unsupported protocol"], &["alert protocol version"]],
            (Tool::Openssl, "client-certificate-tls13") => &[&["alert certificate required"]],
            (Tool::Openssl, "plain-http") => &[&["http request"], &["HTTP/1.1 400"], &["HTTP/1.1 200"]],

            (Tool::Sslscan, "expired") => &[&[RED_DATE]],
            (Tool::Sslscan, "old-version-only") => &[
                &["TLSv1.0   \u{1b}[33menabled", "TLSv1.2   disabled"],
                &["TLSv1.1   enabled", "TLSv1.2   disabled"],
                &["SSLv3     \u{1b}[31menabled", "TLSv1.2   disabled"],
            ],

            (Tool::Sslyze, "plain") => &[&["Supplied CA file CA Store (N/A):   OK - Certificate is trusted"]],
            (Tool::Sslyze, "expired") => &[&["cert is not valid at validation time"]],
            (Tool::Sslyze, "old-version-only") => &[
                &["TLS versions {'TLSv1'} are supported"],
                &["TLS versions {'TLSv1.1'} are supported"],
                &["TLS versions {'SSLv3'} are supported"],
            ],
            (Tool::Sslyze, "client-certificate-tls13") => &[&["Server REQUIRED client authentication"]],
            _ => &[],
        }
    }

    /// Words of a tool that has come to its end and has nothing against the server.
    fn content(self) -> &'static [&'static str] {
        match self {
            Tool::Tlsdiag => &["/ works\n"],
            Tool::Openssl => &["Verify return code: 0 (ok)", "Verified peername"],
            // it trusts no root that it is told of and makes no verdict: a complete list is all that it says
            Tool::Sslscan => &["Accepted ", "SSL Certificate:"],
            Tool::Sslyze => &["Supplied CA file CA Store (N/A):   OK - Certificate is trusted", "SCANS COMPLETED"],
        }
    }

    /// What it said.
    pub(super) fn verdict(self, at: &Endpoint, spent: &Spent) -> Verdict {
        let has = |word: &&str| spent.output.contains(*word);
        let code = |line: &str| at.codes.iter().any(|c| line.contains(&format!("TD{c:04} ")));
        let sure = |line: &str| line.starts_with("cause ") && !line.ends_with("possible");
        if self.words(&at.slug).iter().any(|group| group.iter().all(has))
            || (self == Tool::Tlsdiag && spent.output.lines().any(|l| sure(l) && code(l)))
        {
            return Verdict::Named;
        }
        let error = self == Tool::Openssl && spent.code != Some(0);
        if !spent.cut && !error && self.content().iter().all(has) { Verdict::Content } else { Verdict::Symptom }
    }
}

/// What a tool made of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Its words name the cause (of a healthy server: that it is in order).
    Named,
    /// It fails, hangs or complains without naming the cause.
    Symptom,
    /// It comes to its end and has nothing against the server.
    Content,
}

impl Verdict {
    pub(super) fn words(self, healthy: bool) -> &'static str {
        match (self, healthy) {
            (Verdict::Named, false) => "cause",
            (Verdict::Named, true) => "works",
            (Verdict::Symptom, _) => "symptom",
            (Verdict::Content, false) => "nothing wrong",
            (Verdict::Content, true) => "lists only",
        }
    }
}

/// A handshake with verification by name, or by address.
pub(super) fn openssl(program: &Path, at: &Endpoint, root: &Path) -> Command {
    let mut c = Command::new(program);
    c.args(["s_client", "-connect", &at.socket(), "-CAfile"]).arg(root);
    if at.named() {
        c.args(["-servername", &at.host, "-verify_hostname", &at.host]);
    } else {
        c.args(["-noservername", "-verify_ip", at.host.trim_matches(['[', ']'])]);
    }
    c
}

/// Where a program is in PATH.
pub(super) fn find(program: &str) -> Option<PathBuf> {
    std::env::split_paths(&std::env::var_os("PATH")?).map(|folder| folder.join(program)).find(|p| p.is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(slug: &str, codes: &[u16]) -> Endpoint {
        let (host, address) = ("a.test".to_owned(), IpAddr::from([127, 0, 0, 1]));
        Endpoint { slug: slug.to_owned(), host, address, port: 4433, codes: codes.to_vec() }
    }

    fn said(output: &str, code: Option<i32>) -> Spent {
        Spent { seconds: 1.0, cpu_ms: None, code, cut: code.is_none(), output: output.to_owned() }
    }

    #[test]
    fn our_own_words_count_only_as_a_sure_cause_with_the_right_code() {
        let (tool, at) = (Tool::Tlsdiag, at("expired", &[2501]));
        let verdict = |text: &str| tool.verdict(&at, &said(text, Some(1)));
        assert_eq!(verdict("x\ncause  TD2501 certificate-expired  proven\n"), Verdict::Named);
        assert_eq!(verdict("cause  TD2501 certificate-expired  possible\n"), Verdict::Symptom);
        assert_eq!(verdict("cause  TD2502 certificate-not-yet-valid  proven\nsee TD2501 too\n"), Verdict::Symptom);
        assert_eq!(verdict("https://a.test:4433/ works\n"), Verdict::Content);
    }

    #[test]
    fn words_of_a_healthy_server_name_no_cause() {
        let healthy = "Verified peername: a.test\nVerify return code: 0 (ok)\nHTTP/1.1 200 OK\n";
        for (slug, want) in [("plain", Verdict::Named), ("expired", Verdict::Content)] {
            assert_eq!(Tool::Openssl.verdict(&at(slug, &[]), &said(healthy, Some(0))), want, "{slug}");
        }
        assert_eq!(Tool::Openssl.verdict(&at("expired", &[]), &said(healthy, None)), Verdict::Symptom);
        let expired = "Verify return code: 10 (certificate has expired)\nHTTP/1.1 200 OK\n";
        assert_eq!(Tool::Openssl.verdict(&at("expired", &[]), &said(expired, Some(0))), Verdict::Named);
        assert_eq!(Tool::Openssl.verdict(&at("reset-after-hello", &[]), &said(expired, Some(1))), Verdict::Symptom);
    }
}
