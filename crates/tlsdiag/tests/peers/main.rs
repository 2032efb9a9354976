//! Real servers, healthy and broken by their own configuration: nginx, Apache, HAProxy, OpenSSL, GnuTLS. The causes are
//! those that the lab's servers get for the same faults, so that a mistake of our own codec cannot hide in both.
#![cfg(target_os = "linux")]
mod authority;
mod server;

use authority::{Authority, Leaf};
use serde_json::Value;
use server::Server;
use std::{path::Path, process::Command};

const NAME: &str = "peer.test";

/// Everything that one test needs; the folder goes when it is dropped.
struct World {
    dir: tempfile::TempDir,
    ca: Authority,
}

impl World {
    fn new() -> World {
        let dir = tempfile::tempdir().unwrap();
        let ca_dir = dir.path().join("ca");
        std::fs::create_dir(&ca_dir).unwrap();
        let ca = Authority::new(&ca_dir);
        World { dir, ca }
    }
    /// A folder of its own for a server.
    fn place(&self, name: &str) -> std::path::PathBuf {
        let p = self.dir.path().join(name);
        std::fs::create_dir_all(&p).unwrap();
        p
    }
    fn ask(&self, name: &str, port: u16, more: &[&str]) -> Said {
        let root = self.ca.root();
        let mut c = Command::new(env!("CARGO_BIN_EXE_tlsdiag"));
        c.args([&format!("https://{name}:{port}/"), "--json", "--offline", "--timeout", "4", "--ca-file"]).arg(root);
        c.args(["--resolve", &format!("{name}:{port}:127.0.0.1")]).args(more);
        let out = c.output().unwrap();
        let text = String::from_utf8(out.stdout).unwrap();
        let json = serde_json::from_str(&text)
            .unwrap_or_else(|e| panic!("{e}: {text}{}", String::from_utf8_lossy(&out.stderr)));
        Said { json, exit: out.status.code().unwrap() }
    }
    /// The answer must be that it works.
    fn works(&self, what: &str, s: &Server) {
        let said = self.ask(NAME, s.port, &[]);
        assert!(said.exit == 0 && said.json["verdict"] == "works", "{what}: {}\n{}", said.brief(), s.said());
    }
    /// The leading cause must carry the label.
    fn names(&self, what: &str, label: &str, s: &Server) {
        let said = self.ask(NAME, s.port, &[]);
        assert!(
            said.leading() == Some(label) && said.exit == 1,
            "{what}: {label} expected, {}\n{}",
            said.brief(),
            s.said()
        );
    }
}

struct Said {
    json: Value,
    exit: i32,
}

impl Said {
    fn sure(&self) -> impl Iterator<Item = &Value> {
        self.json["causes"].as_array().into_iter().flatten().filter(|c| c["confidence"] != "possible")
    }
    fn leading(&self) -> Option<&str> {
        self.sure().next().and_then(|c| c["labels"][0].as_str())
    }
    fn labels(&self) -> Vec<&str> {
        self.sure().filter_map(|c| c["labels"][0].as_str()).collect()
    }
    fn brief(&self) -> String {
        let causes: Vec<String> = self.json["causes"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|c| format!("{} {} {}", c["code"], c["labels"], c["confidence"]))
            .collect();
        format!("{} exit {}: {causes:#?}", self.json["verdict"], self.exit)
    }
}

fn p(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

#[test]
fn nginx() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let expired = w.ca.leaf("expired", Leaf { days: (-60, -5), ..Leaf::good(NAME) });
    let other = w.ca.leaf("other", Leaf::good("other.test"));
    let serve = |place: &str, f: &authority::Files, cert: &Path, more: &str| {
        let tls = format!(
            "listen 127.0.0.1:PORT ssl http2;\nserver_name {NAME};\nssl_certificate {};\nssl_certificate_key {};\n{more}",
            p(cert),
            p(&f.key)
        );
        server::nginx(&w.place(place), &tls)
    };
    w.works("as it should be", &serve("a", &good, &good.fullchain, ""));
    w.works("TLS 1.2 only", &serve("b", &rsa, &rsa.fullchain, "ssl_protocols TLSv1.2;"));
    w.works("403 at /", &serve("c", &good, &good.fullchain, "location / { return 403; }"));
    w.names("expired", "cert.expired", &serve("d", &expired, &expired.fullchain, ""));
    w.names("cert.pem instead of fullchain.pem", "chain.missing_intermediate", &serve("e", &good, &good.cert, ""));
    w.names("another name", "cert.name_mismatch", &serve("f", &other, &other.fullchain, ""));
    w.names(
        "TLS 1.0 only",
        "proto.version_server_old",
        &serve("g", &rsa, &rsa.fullchain, "ssl_protocols TLSv1;\nssl_ciphers DEFAULT@SECLEVEL=0;"),
    );
    w.names(
        "client certificate",
        "hs.client_cert_required",
        &serve(
            "h",
            &good,
            &good.fullchain,
            &format!("ssl_verify_client on;\nssl_client_certificate {};", p(&w.ca.root())),
        ),
    );
    w.names(
        "h2 on CBC",
        "cipher.h2_forbidden",
        &serve("i", &rsa, &rsa.fullchain, "ssl_protocols TLSv1.2;\nssl_ciphers ECDHE-RSA-AES128-SHA;"),
    );
    w.names(
        "no suite",
        "cipher.no_overlap",
        &serve("j", &rsa, &rsa.fullchain, "ssl_protocols TLSv1.2;\nssl_ciphers CAMELLIA128-SHA256;"),
    );
    w.names(
        "redirect loop",
        "http.redirect_loop",
        &serve("k", &good, &good.fullchain, &format!("location / {{ return 301 https://{NAME}:PORT/; }}")),
    );
    w.names("name refused", "bind.no_cert_for_name", &serve("l", &good, &good.fullchain, "ssl_reject_handshake on;"));
    let plain = server::nginx(&w.place("m"), &format!("listen 127.0.0.1:PORT;\nserver_name {NAME};"));
    w.names("ssl left out", "proto.plain_on_tls_port", &plain);
    let both = serve("n", &expired, &expired.cert, "");
    let said = w.ask(NAME, both.port, &[]);
    assert!(
        said.labels().contains(&"cert.expired") && said.labels().contains(&"chain.missing_intermediate"),
        "two at once: {}",
        said.brief()
    );
}

#[test]
fn apache() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let client_only = w.ca.leaf("client", Leaf { eku: "clientAuth", ..Leaf::good(NAME) });
    let own = w.ca.self_signed("self", NAME);
    let serve = |place: &str, f: &authority::Files, cert: &Path, more: &str| {
        let tls = format!(
            "ServerName {NAME}\nSSLEngine on\nSSLCertificateFile {}\nSSLCertificateKeyFile {}\n{more}",
            p(cert),
            p(&f.key)
        );
        server::apache(&w.place(place), &tls)
    };
    w.works("as it should be", &serve("a", &good, &good.fullchain, ""));
    w.works(
        "client certificate optional",
        &serve(
            "b",
            &good,
            &good.fullchain,
            &format!("SSLVerifyClient optional\nSSLCACertificateFile {}", p(&w.ca.root())),
        ),
    );
    w.names(
        "client certificate, TLS 1.3",
        "hs.client_cert_required",
        &serve(
            "c",
            &good,
            &good.fullchain,
            &format!("SSLVerifyClient require\nSSLCACertificateFile {}", p(&w.ca.root())),
        ),
    );
    w.names(
        "client certificate, TLS 1.2",
        "hs.client_cert_required",
        &serve(
            "d",
            &good,
            &good.fullchain,
            &format!("SSLProtocol TLSv1.2\nSSLVerifyClient require\nSSLCACertificateFile {}", p(&w.ca.root())),
        ),
    );
    w.names("missing intermediate", "chain.missing_intermediate", &serve("e", &good, &good.cert, ""));
    w.names("self-signed", "chain.self_signed", &serve("f", &own, &own.cert, ""));
    w.names("not for servers", "cert.eku", &serve("g", &client_only, &client_only.fullchain, ""));
    w.names(
        "suites for another key",
        "cipher.cert_type",
        &serve("h", &good, &good.fullchain, "SSLProtocol TLSv1.2\nSSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256"),
    );
    let plain = server::apache(&w.place("i"), &format!("ServerName {NAME}"));
    w.names("SSLEngine left out", "proto.plain_on_tls_port", &plain);
}

#[test]
fn haproxy() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let early = w.ca.leaf("early", Leaf { days: (5, 60), ..Leaf::good(NAME) });
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let serve = |place: &str, bind: &str| server::haproxy(&w.place(place), bind);
    w.works("as it should be", &serve("a", &format!("ssl crt {} alpn h2,http/1.1", p(&good.bundle))));
    w.works("TLS 1.3 only", &serve("b", &format!("ssl crt {} ssl-min-ver TLSv1.3", p(&good.bundle))));
    w.names(
        "missing intermediate",
        "chain.missing_intermediate",
        &serve("c", &format!("ssl crt {}", p(&good.short_bundle))),
    );
    w.names("not yet valid", "cert.not_yet_valid", &serve("d", &format!("ssl crt {}", p(&early.bundle))));
    w.names(
        "no suite",
        "cipher.no_overlap",
        &serve("e", &format!("ssl crt {} ssl-max-ver TLSv1.2 ciphers DHE-RSA-AES128-GCM-SHA256", p(&rsa.bundle))),
    );
    w.names(
        "client certificate",
        "hs.client_cert_required",
        &serve("f", &format!("ssl crt {} verify required ca-file {}", p(&good.bundle), p(&w.ca.root()))),
    );
    w.names(
        "strict-sni",
        "bind.no_cert_for_name",
        &serve("g", &format!("ssl strict-sni crt {}", p(&w.ca.leaf("other", Leaf::good("other.test")).bundle))),
    );
    w.names("ssl left out", "proto.plain_on_tls_port", &serve("h", ""));
}

#[test]
fn openssl() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let expired = w.ca.leaf("expired", Leaf { days: (-60, -5), ..Leaf::good(NAME) });
    let serve = |place: &str, f: &authority::Files, chain: bool, more: &[&str]| {
        let (cert, key, int) = (p(&f.cert), p(&f.key), p(&f.chain));
        let mut args = vec!["-cert", &cert, "-key", &key];
        if chain {
            args.extend(["-cert_chain", &int]);
        }
        args.extend(more);
        server::openssl(&w.place(place), &args)
    };
    w.works("as it should be", &serve("a", &good, true, &[]));
    w.works("P-384 only", &serve("b", &good, true, &["-groups", "P-384"]));
    w.works("TLS 1.2, no tickets", &serve("c", &rsa, true, &["-tls1_2", "-no_ticket"]));
    w.names("expired", "cert.expired", &serve("d", &expired, true, &[]));
    w.names("missing intermediate", "chain.missing_intermediate", &serve("e", &good, false, &[]));
    w.names(
        "TLS 1.1 only",
        "proto.version_server_old",
        &serve("f", &rsa, true, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]),
    );
    w.names(
        "suites for another key",
        "cipher.cert_type",
        &serve("g", &good, true, &["-tls1_2", "-cipher", "ECDHE-RSA-AES128-GCM-SHA256"]),
    );
    w.names(
        "client certificate",
        "hs.client_cert_required",
        &serve("h", &good, true, &["-Verify", "2", "-CAfile", &p(&w.ca.root()), "-verify_return_error"]),
    );
}

#[test]
fn gnutls() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let other = w.ca.leaf("other", Leaf::good("other.test"));
    let serve = |place: &str, f: &authority::Files, cert: &Path, more: &[&str]| {
        let (cert, key) = (p(cert), p(&f.key));
        let mut args = vec!["--x509certfile", &cert, "--x509keyfile", &key];
        args.extend(more);
        server::gnutls(&w.place(place), &args)
    };
    w.works("as it should be", &serve("a", &good, &good.fullchain, &[]));
    w.works("TLS 1.2 only", &serve("b", &rsa, &rsa.fullchain, &["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.2"]));
    w.names("another name", "cert.name_mismatch", &serve("c", &other, &other.fullchain, &[]));
    w.names("missing intermediate", "chain.missing_intermediate", &serve("d", &good, &good.cert, &[]));
    w.names(
        "TLS 1.1 only",
        "proto.version_server_old",
        &serve("e", &rsa, &rsa.fullchain, &["--priority", "NORMAL:-VERS-ALL:+VERS-TLS1.1"]),
    );
    w.names(
        "client certificate",
        "hs.client_cert_required",
        &serve("f", &good, &good.fullchain, &["--require-client-cert", "--x509cafile", &p(&w.ca.root())]),
    );
}
