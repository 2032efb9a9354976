//! Real clients: how each is asked, and which profile its version belongs to.
use super::cases::Case;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use tlsdiag_pki::client::Settings;

/// A case with the server that shows it and the files that clients read.
pub struct Shown {
    pub case: Case,
    pub port: u16,
    pub roots: PathBuf,
    /// The leaf, and what was sent after it.
    pub leaf: PathBuf,
    pub rest: PathBuf,
}

/// What a client did with every case: nothing said is acceptance.
pub type Said = BTreeMap<&'static str, Result<(), String>>;

/// From the first line that a client says of its version to the key of a profile.
type ProfileOf = fn(&str) -> Option<&'static str>;

type Ask = fn(&[Shown], &Path) -> Said;

/// Name, program, arguments that make it say its version, settings, profile, how to ask.
type Row = (&'static str, &'static str, &'static [&'static str], Settings, ProfileOf, Ask);

/// A client on this machine.
pub struct Client {
    pub name: &'static str,
    pub version: String,
    /// Key of the profile that was measured with this version.
    pub profile: Option<&'static str>,
    pub settings: Settings,
    ask: Ask,
}

impl Client {
    pub fn ask(&self, shown: &[Shown], dir: &Path) -> Said {
        (self.ask)(shown, dir)
    }
}

/// Those that can be run here; of the others their names.
pub fn found() -> (Vec<Client>, Vec<&'static str>) {
    let plain = Settings::default();
    let alone = Settings { without_tls: true, ..plain };
    const PYTHON: &str = "import ssl, sys; print(sys.version.split()[0], ssl.OPENSSL_VERSION)";
    let all: [Row; 7] = [
        ("openssl verify", "openssl", &["version"], alone, openssl_verify_profile, openssl_verify),
        ("openssl s_client", "openssl", &["version"], plain, openssl_profile, s_client),
        ("python ssl", "python3", &["-c", PYTHON], plain, python_profile, python_ssl),
        ("node", "node", &["--version"], plain, node_profile, node),
        ("curl", "curl", &["--version"], plain, curl_profile, curl),
        ("gnutls-cli", "gnutls-cli", &["--version"], plain, gnutls_profile, gnutls_cli),
        ("java", "java", &["--version"], plain, java_profile, java),
    ];
    let (mut here, mut absent) = (Vec::new(), Vec::new());
    for (name, program, args, settings, profile, ask) in all {
        match clean(program).args(args).output() {
            Ok(out) if out.status.success() => {
                let text = String::from_utf8_lossy(&out.stdout);
                let version = text.lines().next().unwrap_or_default().to_owned();
                here.push(Client { name, profile: profile(&version), version, settings, ask });
            }
            _ => absent.push(name),
        }
    }
    (here, absent)
}

fn openssl_profile(version: &str) -> Option<&'static str> {
    version.starts_with("OpenSSL 3.0.").then_some("openssl-3.0-level2")
}

fn openssl_verify_profile(version: &str) -> Option<&'static str> {
    version.starts_with("OpenSSL 3.0.").then_some("openssl-3.0-level0")
}

fn python_profile(version: &str) -> Option<&'static str> {
    let minor: u32 = version.strip_prefix("3.")?.split('.').next()?.parse().ok()?;
    match minor {
        _ if !version.contains("OpenSSL 3.0.") => None,
        10..=12 => Some("openssl-3.0-level2"),
        13.. => Some("python-3.13-flags"),
        _ => None,
    }
}

fn node_profile(version: &str) -> Option<&'static str> {
    let known = [("v8.", "openssl-1.0.2"), ("v16.", "openssl-1.1.1"), ("v20.", "node-20"), ("v24.", "openssl-3.5")];
    known.iter().find(|(v, _)| version.starts_with(v)).map(|(_, key)| *key)
}

fn curl_profile(version: &str) -> Option<&'static str> {
    if version.contains(" OpenSSL/3.0.") {
        Some("curl-openssl")
    } else {
        version.contains(" GnuTLS/3.7.").then_some("curl-gnutls")
    }
}

fn gnutls_profile(version: &str) -> Option<&'static str> {
    let known = [("gnutls-cli 3.7.", "gnutls-3.7"), ("gnutls-cli 3.8.", "gnutls-3.8")];
    known.iter().find(|(v, _)| version.starts_with(v)).map(|(_, key)| *key)
}

fn java_profile(version: &str) -> Option<&'static str> {
    let release = version.split(' ').nth(1)?.split('.').next()?;
    let known = [("11", "java-11.0.13"), ("17", "java-17.0.15"), ("21", "java-21.0.8"), ("25", "java-25.0.2")];
    known.iter().find(|(v, _)| *v == release).map(|(_, key)| *key)
}

fn openssl_verify(shown: &[Shown], _: &Path) -> Said {
    each(shown, |s| {
        let mut c = clean("openssl");
        c.args(["verify", "-purpose", "sslserver", "-no-CApath", "-no-CAstore", "-CAfile"]).arg(&s.roots);
        if s.case.chain.len() > 1 {
            c.arg("-untrusted").arg(&s.rest);
        }
        let option = if s.case.host.parse::<std::net::IpAddr>().is_ok() { "-verify_ip" } else { "-verify_hostname" };
        c.args([option, s.case.host]).arg(&s.leaf);
        by_exit(c, |line| line.contains("error "))
    })
}

fn s_client(shown: &[Shown], _: &Path) -> Said {
    each(shown, |s| {
        let mut c = clean("openssl");
        c.args(["s_client", "-brief", "-verify_return_error", "-no-CApath", "-no-CAstore", "-CAfile"]).arg(&s.roots);
        c.args(["-cipher", "DEFAULT@SECLEVEL=2", "-connect", &format!("127.0.0.1:{}", s.port)]);
        if s.case.host.parse::<std::net::IpAddr>().is_ok() {
            c.args(["-verify_ip", s.case.host]);
        } else {
            c.args(["-servername", s.case.host, "-verify_hostname", s.case.host]);
        }
        by_exit(c, |line| line.contains("verify error") || line.contains(":error:"))
    })
}

fn curl(shown: &[Shown], _: &Path) -> Said {
    each(shown, |s| {
        let mut c = clean("curl");
        c.args(["--silent", "--show-error", "--noproxy", "*", "--max-time", "10", "--output", "/dev/null", "--cacert"]);
        c.arg(&s.roots).args(["--resolve", &format!("{}:{}:127.0.0.1", s.case.host, s.port)]);
        c.arg(format!("https://{}:{}/", s.case.host, s.port));
        by_exit(c, |line| line.starts_with("curl:"))
    })
}

fn gnutls_cli(shown: &[Shown], _: &Path) -> Said {
    each(shown, |s| {
        let mut c = clean("gnutls-cli");
        c.arg("--x509cafile").arg(&s.roots).args(["--port", &s.port.to_string(), "--verify-hostname", s.case.host]);
        if s.case.host.parse::<std::net::IpAddr>().is_err() {
            c.args(["--sni-hostname", s.case.host]);
        }
        by_exit(c.arg("127.0.0.1"), |line| line.contains("Status:") || line.contains("*** Fatal"))
    })
}

fn java(shown: &[Shown], dir: &Path) -> Said {
    program(shown, dir, "java", "Peer.java", include_str!("programs/Peer.java"))
}

fn node(shown: &[Shown], dir: &Path) -> Said {
    program(shown, dir, "node", "peer.js", include_str!("programs/peer.js"))
}

fn python_ssl(shown: &[Shown], dir: &Path) -> Said {
    program(shown, dir, "python3", "peer.py", include_str!("programs/peer.py"))
}

/// Runs a program of ours over a list of all servers.
fn program(shown: &[Shown], dir: &Path, interpreter: &str, name: &str, source: &str) -> Said {
    let (file, list) = (dir.join(name), dir.join(format!("{name}.list")));
    std::fs::write(&file, source).unwrap();
    let line = |s: &Shown| format!("{}\t{}\t{}\t{}\n", s.case.id, s.case.host, s.port, s.roots.display());
    std::fs::write(&list, shown.iter().map(line).collect::<String>()).unwrap();
    let out = clean(interpreter).arg(&file).arg(&list).stdin(Stdio::null()).output().unwrap();
    let text = String::from_utf8_lossy(&out.stdout);
    let answers: BTreeMap<&str, &str> = text.lines().filter_map(|l| l.split_once('\t')).collect();
    let of = |s: &Shown| {
        let said = answers.get(s.case.id);
        let said = said.unwrap_or_else(|| panic!("{name} on {}: {}", s.case.id, String::from_utf8_lossy(&out.stderr)));
        (s.case.id, if *said == "ok" { Ok(()) } else { Err((*said).to_owned()) })
    };
    shown.iter().map(of).collect()
}

fn each(shown: &[Shown], ask: impl Fn(&Shown) -> Result<(), String>) -> Said {
    shown.iter().map(|s| (s.case.id, ask(s))).collect()
}

/// Exit code 0 is acceptance; of what was said the first line that tells.
fn by_exit(mut c: impl std::borrow::BorrowMut<Command>, telling: fn(&str) -> bool) -> Result<(), String> {
    let out = c.borrow_mut().stdin(Stdio::null()).output().unwrap();
    if out.status.success() {
        return Ok(());
    }
    let all = [out.stdout, out.stderr].concat();
    let text = String::from_utf8_lossy(&all);
    Err(text.lines().find(|l| telling(l)).or_else(|| text.lines().last()).unwrap_or_default().trim().to_owned())
}

/// A program without what the surroundings tell it about trust and proxies.
fn clean(program: &str) -> Command {
    let mut c = Command::new(program);
    let trust = ["SSL_CERT_FILE", "SSL_CERT_DIR", "CURL_CA_BUNDLE", "NODE_EXTRA_CA_CERTS", "NODE_OPTIONS"];
    let java = ["JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS"];
    let more = ["OPENSSL_CONF", "GNUTLS_SYSTEM_PRIORITY_FILE", "SSLKEYLOGFILE"];
    for name in trust.iter().chain(&java).chain(&more) {
        c.env_remove(name);
    }
    c.env("LC_ALL", "C.UTF-8").env("TZ", "UTC");
    c
}
