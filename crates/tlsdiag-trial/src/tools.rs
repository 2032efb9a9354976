//! Tools of this machine as clients: `openssl s_client`, `curl`, `gnutls-cli`, each if it is found.
use crate::{
    End, Outcome, Visit,
    process::{Ended, find, run},
};
use std::{io::Write as _, net::IpAddr, path::Path, time::Duration};
use tlsdiag_pki::pem;

/// The longest that a tool may take.
const LONGEST: Duration = Duration::from_secs(10);

/// Visits with every tool that is found, one after the other.
pub fn visit(visit: &Visit) -> Vec<Outcome> {
    // what clients are told to trust: certificates only, no secret
    let mut trusted = None;
    if !visit.trusted.is_empty() {
        let text: String = visit.trusted.iter().map(|der| pem::encode("CERTIFICATE", der)).collect();
        trusted = tempfile::NamedTempFile::new().and_then(|mut f| f.write_all(text.as_bytes()).map(|()| f)).ok();
    }
    let trusted = trusted.as_ref().map(|f| f.path().display().to_string());
    let trusted = trusted.as_deref();
    let tools: [(&str, Arguments, Reading); 3] =
        [("openssl", openssl, read_openssl), ("curl", curl, read_curl), ("gnutls-cli", gnutls, read_gnutls)];
    tools
        .into_iter()
        .filter_map(|(name, arguments, read)| {
            let program = find(name)?;
            let client = version(name, &program);
            let (end, words) = match run(&program, &arguments(visit, trusted), LONGEST) {
                Ok(ended) => read(&ended),
                Err(why) => (End::NotRun, why),
            };
            Some(Outcome { client, end, words })
        })
        .collect()
}

type Arguments = fn(&Visit, Option<&str>) -> Vec<String>;
type Reading = fn(&Ended) -> (End, String);

/// What a tool calls itself, as far as it is of interest: `curl 8.5.0`, `OpenSSL 3.0.13 s_client`.
fn version(name: &str, program: &Path) -> String {
    let args = if name == "openssl" { "version" } else { "--version" };
    let said = run(program, &[args.to_owned()], LONGEST).map(|e| e.out).unwrap_or_default();
    let words: Vec<&str> = said.lines().next().unwrap_or_default().split_whitespace().take(2).collect();
    match (name, words.as_slice()) {
        ("openssl", [library, version]) => format!("{library} {version} s_client"),
        (_, [tool, version]) if *tool == name => format!("{tool} {version}"),
        _ => name.to_owned(),
    }
}

fn list<const N: usize>(words: [&str; N]) -> Vec<String> {
    words.map(str::to_owned).to_vec()
}

fn openssl(visit: &Visit, trusted: Option<&str>) -> Vec<String> {
    let mut args = list(["s_client", "-connect", &visit.address.to_string()]);
    match visit.name.parse::<IpAddr>() {
        Ok(_) => args.extend(list(["-verify_ip", &visit.name])),
        Err(_) => args.extend(list(["-servername", &visit.name, "-verify_hostname", &visit.name])),
    }
    if let Some(file) = trusted {
        args.extend(list(["-CAfile", file]));
    }
    args
}

fn read_openssl(e: &Ended) -> (End, String) {
    let line = |start: &str| e.out.lines().find_map(|l| l.trim().strip_prefix(start)).map(str::trim);
    let suite = line("New, ").filter(|s| !s.contains("(NONE)"));
    let verified = line("Verify return code: ");
    match (suite, verified) {
        (Some(suite), Some(code)) if code.starts_with("0 ") => (End::Good, format!("{suite}, {code}")),
        (Some(suite), Some(code)) => (End::Refused, format!("{code} ({suite})")),
        _ => (End::Failed, first_error(e, |l| l.contains("error:") || l.contains("errno"))),
    }
}

fn curl(visit: &Visit, trusted: Option<&str>) -> Vec<String> {
    let port = visit.address.port();
    let host = if visit.name.contains(':') { format!("[{}]", visit.name) } else { visit.name.clone() };
    let address = match visit.address.ip() {
        IpAddr::V4(a) => a.to_string(),
        IpAddr::V6(a) => format!("[{a}]"),
    };
    // -q comes first: no settings of the person's
    let mut args = list(["-q", "-sS", "--max-time", "8", "--noproxy", "*"]);
    if visit.name.parse::<IpAddr>().is_err() {
        args.extend(list(["--resolve", &format!("{host}:{port}:{address}")]));
    }
    if let Some(file) = trusted {
        args.extend(list(["--cacert", file]));
    }
    args.extend(list(["-o", if cfg!(windows) { "NUL" } else { "/dev/null" }, "-w", "%{http_code}"]));
    args.push(format!("https://{host}:{port}/"));
    args
}

fn read_curl(e: &Ended) -> (End, String) {
    match e.code {
        Some(0) if e.out.trim() == "200" => (End::Good, "200".to_owned()),
        // CURLE_PEER_FAILED_VERIFICATION, and its old number for certificates
        Some(51 | 60) => (End::Refused, first_error(e, |l| l.starts_with("curl:"))),
        _ => (End::Failed, first_error(e, |l| l.starts_with("curl:"))),
    }
}

fn gnutls(visit: &Visit, trusted: Option<&str>) -> Vec<String> {
    let mut args = list(["--port", &visit.address.port().to_string()]);
    args.extend(list(["--verify-hostname", &visit.name]));
    if visit.name.parse::<IpAddr>().is_err() {
        args.extend(list(["--sni-hostname", &visit.name]));
    }
    if let Some(file) = trusted {
        args.extend(list(["--x509cafile", file]));
    }
    args.push(visit.address.ip().to_string());
    args
}

fn read_gnutls(e: &Ended) -> (End, String) {
    let line =
        |start: &str| e.out.lines().chain(e.err.lines()).find_map(|l| l.trim().strip_prefix(start)).map(str::trim);
    if let Some(shown) = line("- Description: ") {
        return (End::Good, shown.to_owned());
    }
    match line("- Status: ").filter(|s| s.contains("NOT trusted")) {
        Some(status) => (End::Refused, status.to_owned()),
        None => (End::Failed, first_error(e, |l| l.starts_with("***"))),
    }
}

/// The line in which the tool says why; else its last one, else its exit code.
fn first_error(e: &Ended, is: impl Fn(&str) -> bool) -> String {
    let all: Vec<&str> = e.err.lines().chain(e.out.lines()).map(str::trim).filter(|l| !l.is_empty()).collect();
    let line = all.iter().find(|l| is(l)).or_else(|| all.last());
    match (line, e.code) {
        (Some(l), _) => l.chars().take(300).collect(),
        (None, Some(code)) => format!("exit code {code}"),
        (None, None) => "ended by a signal".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ended(code: i32, out: &str, err: &str) -> Ended {
        Ended { code: Some(code), out: out.to_owned(), err: err.to_owned() }
    }

    #[test]
    fn words_of_the_tools_are_told_apart() {
        let ok = ended(0, "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\n    Verify return code: 0 (ok)\n", "");
        assert_eq!(read_openssl(&ok).0, End::Good);
        let not = ended(0, "New, TLSv1.3, Cipher is X\nVerify return code: 18 (self-signed certificate)\n", "");
        let (end, words) = read_openssl(&not);
        assert!(end == End::Refused && words.starts_with("18 (self-signed certificate)"), "{words}");
        let none = ended(1, "New, (NONE), Cipher is (NONE)\nVerify return code: 0 (ok)\n", "40:error:0A000410:SSL\n");
        assert_eq!(read_openssl(&none), (End::Failed, "40:error:0A000410:SSL".to_owned()));
        assert_eq!(read_curl(&ended(60, "000", "curl: (60) SSL certificate problem: x\nMore")).0, End::Refused);
        assert_eq!(read_curl(&ended(35, "000", "")), (End::Failed, "000".to_owned()));
        assert_eq!(read_curl(&ended(0, "200", "")).0, End::Good);
    }
}
