//! Real servers, healthy and broken by their own configuration: nginx, Apache, HAProxy, OpenSSL, GnuTLS. The causes are
//! those that the lab's servers get for the same faults, so that a mistake of our own codec cannot hide in both.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]
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
    /// The answer must be that it works, and these must be told as notes.
    fn works_with(&self, what: &str, notes: &[&str], s: &Server) {
        let also = format!("{NAME}:{}:127.0.0.1", s.second);
        let said = self.ask(NAME, s.port, &["--resolve", &also]);
        assert!(said.exit == 0 && said.json["verdict"] == "works", "{what}: {}\n{}", said.brief(), s.said());
        assert_eq!(said.labels(), notes, "{what}: {}\n{}", said.brief(), s.said());
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

/// The two lines that give nginx a certificate.
fn pair(f: &authority::Files) -> String {
    format!("ssl_certificate {};\nssl_certificate_key {};", p(&f.fullchain), p(&f.key))
}

#[test]
fn nginx() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let expired = w.ca.leaf("expired", Leaf { days: (-60, -5), ..Leaf::good(NAME) });
    let other = w.ca.leaf("other", Leaf::good("other.test"));
    let serve = |place: &str, f: &authority::Files, more: &str| {
        let tls = format!("listen 127.0.0.1:PORT ssl http2;\nserver_name {NAME};\n{}\n{more}", pair(f));
        server::nginx(&w.place(place), &tls)
    };
    let alone = |place: &str, f: &authority::Files| {
        serve(place, &authority::Files { fullchain: f.cert.clone(), ..f.clone() }, "")
    };
    w.works("as it should be", &serve("a", &good, ""));
    w.works("TLS 1.2 only", &serve("b", &rsa, "ssl_protocols TLSv1.2;"));
    w.works("403 at /", &serve("c", &good, "location / { return 403; }"));
    w.names("expired", "cert.expired", &serve("d", &expired, ""));
    w.names("cert.pem instead of fullchain.pem", "chain.missing_intermediate", &alone("e", &good));
    w.names("another name", "cert.name_mismatch", &serve("f", &other, ""));
    let old = serve("g", &rsa, "ssl_protocols TLSv1;\nssl_ciphers DEFAULT@SECLEVEL=0;");
    w.names("TLS 1.0 only", "proto.version_server_old", &old);
    let h2 = serve("i", &rsa, "ssl_protocols TLSv1.2;\nssl_ciphers ECDHE-RSA-AES128-SHA;");
    w.names("h2 on CBC", "cipher.h2_forbidden", &h2);
    let camellia = serve("j", &rsa, "ssl_protocols TLSv1.2;\nssl_ciphers CAMELLIA128-SHA256;");
    w.names("no suite", "cipher.no_overlap", &camellia);
    w.names("name refused", "bind.no_cert_for_name", &serve("l", &good, "ssl_reject_handshake on;"));
    let plain = server::nginx(&w.place("m"), &format!("listen 127.0.0.1:PORT;\nserver_name {NAME};"));
    w.names("ssl left out", "proto.plain_on_tls_port", &plain);
    let both = alone("n", &expired);
    let said = w.ask(NAME, both.port, &[]);
    let has = |l: &str| said.labels().contains(&l);
    assert!(has("cert.expired") && has("chain.missing_intermediate"), "two at once: {}", said.brief());
    let staple = format!("ssl_stapling on;\nssl_stapling_file {};", p(&w.ca.revoked("good")));
    w.names("stapled: revoked", "cert.revoked", &serve("s", &good, &staple));
}

#[test]
fn nginx_and_client_certificates() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let serve = |place: &str, listen: &str, verify: &str| {
        let ca = p(&w.ca.root());
        let tls = format!("listen 127.0.0.1:PORT {listen};\n{}\nssl_client_certificate {ca};\n{verify}", pair(&good));
        server::nginx(&w.place(place), &tls)
    };
    w.names("required", "hs.client_cert_required", &serve("a", "ssl http2", "ssl_verify_client on;"));
    let two = "ssl_protocols TLSv1.2;\nssl_verify_client on;";
    w.names("required, TLS 1.2", "hs.client_cert_required", &serve("b", "ssl", two));
    w.works_with("optional", &[], &serve("c", "ssl", "ssl_verify_client optional;"));
    let page = "ssl_verify_client optional;\nlocation / { if ($ssl_client_verify != SUCCESS) { return 403; } }";
    w.works_with("optional, and 403 of the site's own", &["http.status"], &serve("d", "ssl", page));
}

#[test]
fn nginx_with_cbc_suites_alone() {
    let w = World::new();
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let serve = |suite: &str| {
        let tls = format!("listen 127.0.0.1:PORT ssl;\n{}\nssl_protocols TLSv1.2;\nssl_ciphers {suite};", pair(&rsa));
        server::nginx(&w.place(suite), &tls)
    };
    w.works_with("ECDHE", &[], &serve("ECDHE-RSA-AES128-SHA"));
    // no signature of the server shows that it has the key
    let fixed = serve("AES128-SHA");
    let said = w.ask(NAME, fixed.port, &[]);
    assert!(said.exit == 3 && said.json["verdict"] == "unknown" && said.labels().is_empty(), "{}", said.brief());
}

#[test]
fn nginx_with_two_servers() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let other = w.ca.leaf("other", Leaf::good("other.test"));
    let beside = |place: &str, name: &str| {
        let first = format!("listen 127.0.0.1:PORT ssl default_server;\nserver_name other.test;\n{}", pair(&other));
        let next = format!("listen 127.0.0.1:PORT ssl;\nserver_name {name};\n{}", pair(&good));
        server::nginx(&w.place(place), &format!("{first}\n}}\nserver {{\n{next}"))
    };
    w.names("the default server takes an unknown name", "cert.name_mismatch", &beside("a", "shop.test"));
    w.works_with("one of two names", &["hs.client_no_sni"], &beside("b", NAME));

    let tls = |more: &str| format!("listen 127.0.0.1:PORT ssl http2;\nserver_name {NAME};\n{}\n{more}", pair(&good));
    let plain =
        |to: &str| format!("listen 127.0.0.1:SECOND;\nserver_name {NAME};\nreturn 301 https://{NAME}:PORT{to};");
    let chain = |place: &str, more: &str, to: &str| {
        server::nginx(&w.place(place), &format!("{}\n}}\nserver {{\n{}", tls(more), plain(to)))
    };
    let login = format!("location = / {{ return 302 http://{NAME}:SECOND/; }}\nlocation /home {{ return 200 hello; }}");
    w.works_with("https to http and back", &[], &chain("c", &login, "/home"));
    w.works_with("http redirects to https", &[], &chain("d", "", "$request_uri"));
    let circle = format!("location / {{ return 301 https://{NAME}:PORT/; }}");
    w.names("redirect loop", "http.redirect_loop", &chain("e", &circle, "/"));
    let circle = format!("location / {{ return 301 http://{NAME}:SECOND/; }}");
    w.names("redirect loop over http", "http.redirect_loop", &chain("f", &circle, "/"));
}

#[test]
fn a_proxy_header_is_expected() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let nginx = server::nginx(&w.place("a"), &format!("listen 127.0.0.1:PORT ssl proxy_protocol;\n{}", pair(&good)));
    let bind = format!("ssl crt {} accept-proxy", p(&good.bundle));
    let haproxy = server::haproxy(&w.place("b"), &bind, 2048, HELLO);
    for s in [nginx, haproxy] {
        let said = w.ask(NAME, s.port, &[]);
        let labels = said.sure().next().map(|c| c["labels"].clone()).unwrap_or_default();
        let hangs_up = labels[0] == "hs.reset_after_hello" || labels[0] == "hs.closed_after_hello";
        let named = hangs_up && labels[1] == "proxy.proxy_protocol_mismatch";
        assert!(said.exit == 1 && named, "{}\n{}", said.brief(), s.said());
    }
}

#[test]
fn apache() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let client_only = w.ca.leaf("client", Leaf { eku: "clientAuth", ..Leaf::good(NAME) });
    let own = w.ca.self_signed("self", NAME);
    let ca = format!("SSLCACertificateFile {}", p(&w.ca.root()));
    let serve = |place: &str, f: &authority::Files, cert: &Path, more: &str| {
        let pair = format!("SSLCertificateFile {}\nSSLCertificateKeyFile {}", p(cert), p(&f.key));
        server::apache(&w.place(place), &format!("ServerName {NAME}\nSSLEngine on\n{pair}\n{more}"))
    };
    let with = |place: &str, more: &str| serve(place, &good, &good.fullchain, more);
    w.works("as it should be", &with("a", ""));
    w.works_with("client certificate optional", &[], &with("b", &format!("SSLVerifyClient optional\n{ca}")));
    let three = with("c", &format!("SSLVerifyClient require\n{ca}"));
    w.names("client certificate, TLS 1.3", "hs.client_cert_required", &three);
    let two = with("d", &format!("SSLProtocol TLSv1.2\nSSLVerifyClient require\n{ca}"));
    w.names("client certificate, TLS 1.2", "hs.client_cert_required", &two);
    w.names("missing intermediate", "chain.missing_intermediate", &serve("e", &good, &good.cert, ""));
    w.names("self-signed", "chain.self_signed", &serve("f", &own, &own.cert, ""));
    let unfit = serve("g", &client_only, &client_only.fullchain, "");
    w.names("not for servers", "cert.eku", &unfit);
    let suites = with("h", "SSLProtocol TLSv1.2\nSSLCipherSuite ECDHE-RSA-AES128-GCM-SHA256");
    w.names("suites for another key", "cipher.cert_type", &suites);
    let plain = server::apache(&w.place("i"), &format!("ServerName {NAME}"));
    w.names("SSLEngine left out", "proto.plain_on_tls_port", &plain);
    let stale = serve("j", &good, &good.cert, &format!("SSLCertificateChainFile {}", p(&w.ca.sibling())));
    w.names("chain file of a replaced intermediate", "chain.wrong_intermediate", &stale);
    let part = format!("{ca}\n<Location />\nSSLVerifyClient require\n</Location>");
    w.names("client certificate for a part, TLS 1.3", "hs.renego_clientcert", &with("k", &part));
    let part = format!("SSLProtocol TLSv1.2\n{part}");
    w.names("client certificate for a part, TLS 1.2", "hs.renego_clientcert", &with("l", &part));
}

/// How HAProxy answers by itself.
const HELLO: &str = "http-request return status 200 content-type text/plain string hello";

#[test]
fn haproxy() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let early = w.ca.leaf("early", Leaf { days: (5, 60), ..Leaf::good(NAME) });
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let other = w.ca.leaf("other", Leaf::good("other.test"));
    let serve = |place: &str, crt: &Path, more: &str| {
        server::haproxy(&w.place(place), &format!("ssl crt {} {more}", p(crt)), 2048, HELLO)
    };
    w.works("as it should be", &serve("a", &good.bundle, "alpn h2,http/1.1"));
    w.works_with("TLS 1.3 only", &["proto.tls13_only"], &serve("b", &good.bundle, "ssl-min-ver TLSv1.3"));
    w.names("missing intermediate", "chain.missing_intermediate", &serve("c", &good.short_bundle, ""));
    w.names("not yet valid", "cert.not_yet_valid", &serve("d", &early.bundle, ""));
    let verify = format!("verify required ca-file {}", p(&w.ca.root()));
    w.names("client certificate", "hs.client_cert_required", &serve("f", &good.bundle, &verify));
    w.names("strict-sni", "bind.no_cert_for_name", &serve("g", &other.bundle, "strict-sni"));
    w.names("ssl left out", "proto.plain_on_tls_port", &server::haproxy(&w.place("h"), "", 2048, HELLO));
    let dhe = |place: &str, bits: u16| {
        let suite = "ssl-max-ver TLSv1.2 ciphers DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0";
        server::haproxy(&w.place(place), &format!("ssl crt {} {suite}", p(&rsa.bundle)), bits, HELLO)
    };
    w.names("DHE over 1024 bits", "cipher.dh_size", &dhe("i", 1024));
    w.names("DHE over 2048 bits", "cipher.no_overlap", &dhe("e", 2048));
    let bind = format!("ssl crt {} alpn h2,http/1.1", p(&good.bundle));
    let down = server::haproxy(&w.place("j"), &bind, 2048, "http-request deny deny_status 503");
    w.works_with("503", &["http.status"], &down);
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
    w.works_with("TLS 1.3 only", &["proto.tls13_only"], &serve("j", &good, true, &["-tls1_3"]));
    w.names("expired", "cert.expired", &serve("d", &expired, true, &[]));
    w.names("missing intermediate", "chain.missing_intermediate", &serve("e", &good, false, &[]));
    let old = serve("f", &rsa, true, &["-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"]);
    w.names("TLS 1.1 only", "proto.version_server_old", &old);
    let unfit = ["-cipher", "ECDHE-RSA-AES128-GCM-SHA256"];
    let two = serve("g", &good, true, &[&unfit[..], &["-tls1_2"]].concat());
    w.names("suites for another key", "cipher.cert_type", &two);
    w.names("the same beside TLS 1.3", "cipher.cert_type", &serve("k", &good, true, &unfit));
    let verify = ["-Verify", "2", "-CAfile", &p(&w.ca.root()), "-verify_return_error"];
    w.names("client certificate", "hs.client_cert_required", &serve("h", &good, true, &verify));
    let dh = p(&w.ca.dh());
    let weak = ["-tls1_2", "-dhparam", &dh, "-cipher", "DHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0"];
    w.names("DHE over 1024 bits", "cipher.dh_size", &serve("i", &rsa, true, &weak));
}

#[test]
fn gnutls() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let other = w.ca.leaf("other", Leaf::good("other.test"));
    let expired = w.ca.leaf("expired", Leaf { days: (-60, -5), ..Leaf::good(NAME) });
    let serve = |place: &str, f: &authority::Files, cert: &Path, more: &[&str]| {
        let (cert, key) = (p(cert), p(&f.key));
        let mut args = vec!["--x509certfile", &cert, "--x509keyfile", &key];
        args.extend(more);
        server::gnutls(&w.place(place), &args)
    };
    let with = |place: &str, priority: &str| serve(place, &rsa, &rsa.fullchain, &["--priority", priority]);
    w.works("as it should be", &serve("a", &good, &good.fullchain, &[]));
    w.works("TLS 1.2 only", &with("b", "NORMAL:-VERS-ALL:+VERS-TLS1.2"));
    w.works_with("TLS 1.3 only", &["proto.tls13_only"], &with("g", "NORMAL:-VERS-ALL:+VERS-TLS1.3"));
    w.names("another name", "cert.name_mismatch", &serve("c", &other, &other.fullchain, &[]));
    w.names("missing intermediate", "chain.missing_intermediate", &serve("d", &good, &good.cert, &[]));
    w.names("expired", "cert.expired", &serve("i", &expired, &expired.fullchain, &[]));
    w.names("TLS 1.1 only", "proto.version_server_old", &with("e", "NORMAL:-VERS-ALL:+VERS-TLS1.1"));
    let unfit = "NORMAL:-VERS-ALL:+VERS-TLS1.3:+VERS-TLS1.2:-KX-ALL:+ECDHE-ECDSA";
    w.names("suites of TLS 1.2 for another key", "cipher.cert_type", &with("h", unfit));
    let verify = ["--require-client-cert", "--x509cafile", &p(&w.ca.root())];
    w.names("client certificate", "hs.client_cert_required", &serve("f", &good, &good.fullchain, &verify));
}

#[test]
fn names_and_addresses() {
    let w = World::new();
    let wild = w.ca.leaf("wild", Leaf::good("*.peer.test"));
    let tls = format!("listen 127.0.0.1:PORT ssl;\nserver_name _;\n{}", pair(&wild));
    let s = server::nginx(&w.place("a"), &tls);
    for (name, label) in [
        ("shop.peer.test", None),
        ("eu.shop.peer.test", Some("cert.wildcard_depth")),
        ("peer.test", Some("cert.wildcard_depth")),
        ("shop.other.test", Some("cert.name_mismatch")),
        ("127.0.0.1", Some("cert.no_ip_san")),
    ] {
        let said = w.ask(name, s.port, &[]);
        assert!(said.leading() == label && said.exit == i32::from(label.is_some()), "{name}: {}", said.brief());
    }
    let addressed = w.ca.leaf("addressed", Leaf::good("127.0.0.1"));
    let s = server::nginx(&w.place("b"), &format!("listen 127.0.0.1:PORT ssl;\n{}", pair(&addressed)));
    let said = w.ask("127.0.0.1", s.port, &[]);
    assert!(said.exit == 0 && said.labels().is_empty(), "an address in the certificate: {}", said.brief());
}

/// HAProxy that deals connections to others in turn and does not look into them.
fn balancer(w: &World, place: &str, servers: &[&Server]) -> Server {
    let list: Vec<String> =
        servers.iter().enumerate().map(|(i, s)| format!("\n  server s{i} 127.0.0.1:{}", s.port)).collect();
    let more = format!("default_backend b\nbackend b\n  mode tcp\n  balance roundrobin{}", list.concat());
    server::haproxy(&w.place(place), "\n  mode tcp", 2048, &more)
}

#[test]
fn behind_a_balancer() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let rsa = w.ca.leaf("rsa", Leaf { key: "rsa", ..Leaf::good(NAME) });
    let nginx = |place: &str, f: &authority::Files, more: &str| {
        let tls = format!("listen 127.0.0.1:PORT ssl http2;\nserver_name {NAME};\n{}\n{more}", pair(f));
        server::nginx(&w.place(place), &tls)
    };
    let (a, b) = (nginx("a", &good, ""), nginx("b", &rsa, "ssl_protocols TLSv1.2;"));
    w.works("two that are well", &balancer(&w, "c", &[&a, &b]));
    let refuses = nginx("d", &good, "ssl_reject_handshake on;");
    w.names("the name is refused by both", "bind.no_cert_for_name", &balancer(&w, "e", &[&refuses, &refuses]));
    w.names("none is there", "hs.closed_after_hello", &balancer(&w, "f", &[]));
    // broken first or well first, hung up on or refused: what differs is told, and no finer cause made up
    let down = server::haproxy(&w.place("g"), "accept-proxy", 2048, HELLO);
    for (i, order) in
        [[&down, &a], [&a, &down], [&down, &b], [&b, &down], [&refuses, &a], [&a, &refuses]].iter().enumerate()
    {
        let s = balancer(&w, &format!("one-of-two-{i}"), order);
        let said = w.ask(NAME, s.port, &[]);
        assert!(said.leading() == Some("net.flapping") && said.exit == 1, "one of two, {i}: {}", said.brief());
    }
}

#[test]
fn a_proxy_and_its_upstream() {
    let w = World::new();
    let good = w.ca.leaf("good", Leaf::good(NAME));
    let behind = server::nginx(&w.place("a"), &format!("listen 127.0.0.1:PORT ssl;\n{}", pair(&good)));
    let front = |place: &str, to: &str| {
        let pass = format!("location / {{ proxy_pass {to}; }}");
        server::nginx(&w.place(place), &format!("listen 127.0.0.1:PORT ssl http2;\n{}\n{pass}", pair(&good)))
    };
    w.works_with("https", &[], &front("b", &format!("https://127.0.0.1:{}", behind.port)));
    let plain = front("c", &format!("http://127.0.0.1:{}", behind.port));
    w.works_with("http to https", &["proxy.upstream_scheme"], &plain);
    let nobody = front("d", &format!("http://127.0.0.1:{}", behind.second));
    w.works_with("nothing behind", &["http.status"], &nobody);
}
