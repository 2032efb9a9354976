//! Every fault is really there, and every near miss and odd server really works: looked at with rustls, with bare hellos
//! and with openssl, for several seeds, since a seed chooses among the forms of a fault.
// openssl judges beside rustls; it is at hand where people develop on Unix.
#![cfg(unix)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests and their tables")]
mod common;

use common::{Client, End, SILENCE, Seen, address, exchange, flight, legacy, modern, open, openssl};
use rustls::{AlertDescription as Alert, CertificateError, Error, version};
use std::{
    io::ErrorKind,
    net::TcpStream,
    path::Path,
    process::Command,
    sync::{
        Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};
use tlsdiag_lab::{Lab, Served, catalogue};
use tlsdiag_pki::Certificate;
use tlsdiag_wire::{AlertDescription, ClientHello, ServerFlight, Stage, Version, registry::Authentication};

const SEEDS: [u64; 3] = [11, 12, 13];
/// A flight is whole long before this.
const SOON: Duration = Duration::from_millis(1500);

#[test]
fn faults_are_there_seed_11() {
    each(SEEDS[0], &["faults"], fault);
}

#[test]
fn faults_are_there_seed_12() {
    each(SEEDS[1], &["faults"], fault);
}

#[test]
fn faults_are_there_seed_13() {
    each(SEEDS[2], &["faults"], fault);
}

#[test]
fn near_misses_and_odd_servers_work() {
    each(SEEDS[0], &["twins", "healthy"], works);
}

#[test]
fn near_misses_and_odd_servers_work_for_another_seed() {
    each(SEEDS[1], &["twins", "healthy"], works);
}

#[test]
fn pairs_break_and_their_twins_work() {
    let pairs: Vec<_> = catalogue::pairs().map(catalogue::Pair::slug).collect();
    let words: Vec<_> = pairs.iter().flat_map(|slug| [slug.clone(), format!("{slug}~")]).collect();
    each(SEEDS[2], &words, |served, root| {
        if served.twin {
            return works(served, root);
        }
        let seen = open(served, root, &Client::default());
        // What upsets new hellos only is met by rustls's short one with the second fault.
        check(!matches!(seen, Seen::Page(200, _)) || served.slug.contains("redirect"), &seen)
    });
}

/// Runs a check on everything that words select, eight at a time, and names all that fail.
fn each<S: AsRef<str> + Sync>(seed: u64, words: &[S], look: impl Fn(&Served, &str) -> Result<(), String> + Sync) {
    let lab = Lab::start(seed, &catalogue::select(words).unwrap()).unwrap();
    let (next, failed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                while let Some(served) = lab.list().get(next.fetch_add(1, Ordering::Relaxed)) {
                    if let Err(why) = look(served, lab.root_pem()) {
                        let twin = if served.twin { "~" } else { "" };
                        failed.lock().unwrap().push(format!("{}{twin}: {why}", served.slug));
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap();
    assert!(lab.list().len() > 20 && failed.is_empty(), "seed {seed}:\n{}", failed.join("\n"));
}

fn check(holds: bool, seen: &impl std::fmt::Debug) -> Result<(), String> {
    if holds { Ok(()) } else { Err(format!("{seen:?}").chars().take(400).collect()) }
}

fn works(served: &Served, root: &str) -> Result<(), String> {
    let status = served.slug.strip_prefix("status-").map_or(200, |code| code.parse().unwrap());
    let one = |part: &str| served.slug.split('+').any(|slug| slug == part);
    match served.slug.as_str() {
        // Suites that rustls does not have.
        "no-secure-renegotiation"
        | "rsa-suite-with-ecdsa-certificate"
        | "h2-on-prohibited-suite"
        | "short-dh-group" => {
            let directory = tempfile::tempdir().unwrap();
            let file = write(directory.path(), "root.pem", root.as_bytes());
            let said = openssl(served, &["-CAfile", &file, "-verify_return_error", "-verify_hostname", &served.name]);
            check(said.contains("HTTP/1.1 200") && said.contains("Verify return code: 0"), &said)
        }
        "h2-only" => {
            let seen = open(served, root, &Client { alpn: vec!["h2"], ..Client::default() });
            // SETTINGS first, whatever the client says.
            check(matches!(&seen, Seen::Page(..)) || matches!(seen, Seen::Io(_)), &seen)?;
            let said = openssl(served, &["-alpn", "h2"]);
            check(said.contains("ALPN protocol: h2"), &said)
        }
        _ if one("http-silent") => expect_page(served, root, 404, ""),
        _ if one("redirect-loop") => {
            expect_page(served, root, 301, "")?;
            expect_page(served, root, 200, "/home")
        }
        "http-1.0" => {
            let seen = open(served, root, &Client::default());
            check(matches!(&seen, Seen::Page(200, text) if text.starts_with("HTTP/1.0 200")), &seen)
        }
        _ => expect_page(served, root, status, ""),
    }?;
    beyond(served)
}

/// What is special about some of the servers that work.
fn beyond(served: &Served) -> Result<(), String> {
    let chain = || flight(served, &legacy(served), SOON).0.said().certificates.clone().unwrap_or_default();
    match served.slug.as_str() {
        "long-chain" => {
            let bytes: usize = chain().iter().map(Vec::len).sum();
            check(bytes > 8192, &bytes)
        }
        "duplicate-certificate" => {
            let chain = chain();
            check(chain.len() == 3 && chain.iter().any(|a| chain.iter().filter(|b| a == *b).count() == 2), &chain.len())
        }
        "root-sent" | "self-signed" => check(chain().len() == 3, &chain().len()),
        "missing-intermediate" => check(chain().len() == 1, &chain().len()),
        "name-refused" => {
            let (flight, _) = flight(served, &legacy(served), SOON);
            let alerts = &flight.said().alerts;
            check(
                alerts
                    .iter()
                    .any(|a| a.alert == Some(tlsdiag_wire::Alert::warning(AlertDescription::UNRECOGNIZED_NAME))),
                alerts,
            )
        }
        "plain-http" => {
            let (answer, _) = exchange(address(served), &[b"GET / HTTP/1.1\r\n\r\n"], SOON);
            check(answer.starts_with(b"HTTP/1.1 400"), &answer)
        }
        "p384-only" | "x25519-only" => {
            let (flight, _) = flight(served, &legacy(served), SOON);
            let group = flight.said().key_exchange.as_ref().and_then(|k| k.params.group()).map(|g| g.0);
            check(group == Some(if served.slug.starts_with('p') { 24 } else { 29 }), &group)
        }
        "idn" => check(!served.host.is_ascii() && served.name.starts_with("xn--"), &served.host),
        "capitals" => check(served.host == served.name.to_uppercase(), &served.host),
        "trailing-dot" => check(served.url.contains(&format!("{}.:", served.name)), &served.url),
        _ => Ok(()),
    }
}

fn expect_page(served: &Served, root: &str, status: u16, path: &str) -> Result<(), String> {
    let seen = open(served, root, &Client { path: path.to_owned(), ..Client::default() });
    check(matches!(&seen, Seen::Page(found, _) if *found == status), &seen)
}

fn fault(served: &Served, root: &str) -> Result<(), String> {
    let look = || open(served, root, &Client::default());
    let with = |version| open(served, root, &Client { only: Some(version), ..Client::default() });
    let send = |hello: &ClientHello| flight(served, hello, SOON);
    match served.slug.as_str() {
        "port-closed" => {
            let (_, end) = exchange(address(served), &[b"x"], SOON);
            check(end == End::Refused, &end)
        }
        "queue-full" => {
            let end = TcpStream::connect_timeout(&address(served), Duration::from_millis(600)).map_err(|e| e.kind());
            check(matches!(end, Err(ErrorKind::TimedOut)), &end)
        }
        "plain-http" => {
            let (answer, _) = exchange(address(served), &[&modern(served).to_records().unwrap()], SOON);
            check(answer.starts_with(b"HTTP/1.1 400"), &answer)?;
            let (answer, _) = exchange(address(served), &[b"GET / HTTP/1.1\r\n\r\n"], SOON);
            check(answer.starts_with(b"HTTP/1.1 200"), &answer)
        }
        "other-protocol" => {
            let (flight, _) = flight(served, &modern(served), SILENCE);
            check(!flight.head().is_empty() && flight.opening() == tlsdiag_wire::Opening::NotTls, &flight.head())
        }
        "accepts-and-stays-silent" => {
            for bytes in [modern(served).to_records().unwrap(), b"GET / HTTP/1.1\r\n\r\n".to_vec()] {
                let seen = exchange(address(served), &[&bytes], SILENCE);
                check(seen == (Vec::new(), End::Silent), &seen)?;
            }
            Ok(())
        }
        "name-refused" => {
            alert(&send(&modern(served)), AlertDescription::UNRECOGNIZED_NAME)?;
            greeted(&send(&nameless(served)))
        }
        "refuses-without-name" => {
            snubbed(&send(&nameless(served)))?;
            expect_page(served, root, 200, "")
        }
        "other-certificate-without-name" => {
            let chain = |hello| send(&hello).0.said().certificates.clone().unwrap_or_default();
            let nameless = legacy(served).without(tlsdiag_wire::ExtensionType::SERVER_NAME);
            let (own, other) = (chain(legacy(served)), chain(nameless));
            check(!own.is_empty() && !other.is_empty() && own != other, &(own.len(), other.len()))?;
            expect_page(served, root, 200, "")
        }
        "foreign-key" | "foreign-key-tls12" => certificate(&look(), |e| matches!(e, CertificateError::BadSignature)),
        "reset-after-hello" => all_hellos(served, SOON, &End::Reset),
        "closed-after-hello" => all_hellos(served, SOON, &End::Closed),
        "breaks-off-in-certificate" => {
            let (flight, end) = send(&legacy(served));
            check(flight.stage() == Stage::PartialCertificate && end != End::Silent, &(flight.stage(), &end))
        }
        "internal-error" => {
            alert(&send(&modern(served)), AlertDescription::INTERNAL_ERROR)?;
            alert(&send(&legacy(served)), AlertDescription::INTERNAL_ERROR)
        }
        "handshake-failure" => {
            alert(&send(&modern(served)), AlertDescription::HANDSHAKE_FAILURE)?;
            alert(&send(&legacy(served)), AlertDescription::HANDSHAKE_FAILURE)
        }
        "client-certificate-tls12" => {
            let seen = look();
            check(matches!(seen, Seen::Tls(Error::AlertReceived(Alert::HandshakeFailure))), &seen)?;
            check(send(&legacy(served)).0.said().certificate_request.is_some(), &"no CertificateRequest")
        }
        "client-certificate-tls13" => {
            let seen = look();
            check(matches!(seen, Seen::Tls(Error::AlertReceived(Alert::CertificateRequired))), &seen)
        }
        "old-version-only" => {
            let (flight, _) = send(&modern(served));
            let version = flight.said().version();
            check(version < Some(Version::TLS1_2) && flight.is_complete(), &version)?;
            let flag = if version == Some(Version::TLS1_0) { "-tls1" } else { "-tls1_1" };
            // Completed by a stranger: signature, key exchange, Finished and records were right.
            let said = openssl(served, &[flag, "-cipher", "ALL:@SECLEVEL=0"]);
            check(said.contains("HTTP/1.1 200"), &said)
        }
        "tls13-intolerance" => {
            snubbed(&send(&classic(served)))?;
            let seen = with(&version::TLS12);
            check(matches!(seen, Seen::Page(200, _)), &seen)
        }
        "no-secure-renegotiation" => {
            let said = openssl(served, &[]);
            check(said.contains("unsafe legacy renegotiation disabled"), &said)?;
            let said = openssl(served, &["-legacy_server_connect"]);
            check(said.contains("HTTP/1.1 200") && said.contains("Secure Renegotiation IS NOT supported"), &said)
        }
        "no-common-suite" => {
            alert(&send(&modern(served)), AlertDescription::HANDSHAKE_FAILURE)?;
            let (flight, _) = send(&legacy(served));
            check(flight.is_complete() && !flight.said().suite().unwrap().is_ephemeral(), &flight.said().suite())
        }
        "rsa-suite-with-ecdsa-certificate" => {
            let (flight, _) = send(&legacy(served));
            let authentication = flight.said().suite().and_then(|s| s.info()).map(|info| info.authentication);
            let key = leaf(&flight)?.public_key.kind.to_string();
            check(authentication == Some(Authentication::Rsa) && key.starts_with("P-"), &(authentication, key))
        }
        "rsa-suites-only-for-ecdsa-certificate" => {
            let (new, old) = (with(&version::TLS13), with(&version::TLS12));
            check(matches!(new, Seen::Page(200, _)), &new)?;
            check(matches!(old, Seen::Tls(Error::AlertReceived(Alert::HandshakeFailure))), &old)
        }
        "h2-on-prohibited-suite" => {
            let (flight, _) = send(&modern(served));
            let hello = flight.said().server_hello.clone().unwrap();
            check(hello.alpn().as_deref() == Some(b"h2") && hello.cipher_suite.forbidden_in_h2(), &hello)?;
            let said = openssl(served, &["-tls1_2", "-alpn", "h2"]);
            check(said.contains("ALPN protocol: h2") && said.contains("Cipher is ECDHE"), &said)
        }
        "short-dh-group" => {
            let (flight, _) = send(&legacy(served));
            let bits = flight.said().key_exchange.as_ref().and_then(|exchange| exchange.params.bits());
            check(bits.is_some_and(|bits| bits <= 1024), &bits)?;
            let said = openssl(served, &["-tls1_2", "-cipher", "ALL:@SECLEVEL=0"]);
            check(said.contains("HTTP/1.1 200"), &said)
        }
        "long-hello-reset" | "long-hello-swallowed" => {
            let silent = served.slug.ends_with("swallowed");
            greeted(&send(&classic(served)))?;
            let records = classic(served).padded_to(3000).to_records().unwrap();
            // In one piece and in many: it is the length that counts.
            for pieces in [vec![records.as_slice()], records.chunks(900).collect()] {
                let seen = exchange(address(served), &pieces, SILENCE);
                check(seen == (Vec::new(), if silent { End::Silent } else { End::Reset }), &seen)?;
            }
            Ok(())
        }
        "split-hello" => {
            let records = classic(served).to_records().unwrap();
            greeted(&send(&classic(served)))?;
            let (head, tail) = records.split_at(records.len() / 2);
            let (answer, end) = exchange(address(served), &[head, tail], SILENCE);
            check(!answer.starts_with(&[22]), &(answer, end))?;
            snubbed(&flight(served, &classic(served).padded_to(3000), SILENCE))
        }
        "new-group" => {
            greeted(&send(&classic(served)))?;
            greeted(&send(&classic(served).padded_to(modern(served).encoded_len())))?;
            snubbed(&send(&modern(served)))
        }
        "extension-intolerance" => {
            greeted(&send(&classic(served)))?;
            snubbed(&send(&modern(served)))
        }
        "http-silent" => {
            let client = Client { patience: Some(SILENCE), ..Client::default() };
            let seen = open(served, root, &client);
            check(matches!(seen, Seen::Io(ErrorKind::WouldBlock | ErrorKind::TimedOut)), &seen)
        }
        "redirect-loop" => redirects(served, root),
        _ => trust(served, root),
    }
}

/// The faults of certificates, as rustls or openssl judges them.
fn trust(served: &Served, root: &str) -> Result<(), String> {
    let directory = tempfile::tempdir().unwrap();
    let file = write(directory.path(), "root.pem", root.as_bytes());
    let judged = || openssl(served, &["-CAfile", &file]);
    let with_old_rules = || openssl(served, &["-CAfile", &file, "-cipher", "DEFAULT:@SECLEVEL=0"]);
    let seen = open(served, root, &Client::default());
    use CertificateError as E;
    match served.slug.as_str() {
        "expired" | "expired-intermediate" => {
            certificate(&seen, |e| matches!(e, E::Expired | E::ExpiredContext { .. }))?;
            let depth = if served.slug == "expired" { "depth=0" } else { "depth=1" };
            let said = judged();
            let at = said.find("verify error:num=10").and_then(|at| said[..at].rfind("depth=")).unwrap_or(0);
            check(said[at..].starts_with(depth), &&said[at..])
        }
        "not-yet-valid" => certificate(&seen, |e| matches!(e, E::NotValidYet | E::NotValidYetContext { .. })),
        "self-signed" | "untrusted-root" | "missing-intermediate" | "wrong-intermediate" => {
            certificate(&seen, |e| matches!(e, E::UnknownIssuer | E::BadSignature))?;
            let (flight, _) = flight(served, &legacy(served), SOON);
            let chain = chain(&flight)?;
            let self_signed = |c: &Certificate| c.subject == c.issuer;
            match served.slug.as_str() {
                "self-signed" => check(chain.len() == 1 && self_signed(&chain[0]), &chain.len()),
                "missing-intermediate" => check(chain.len() == 1 && !self_signed(&chain[0]), &chain.len()),
                _ => check(chain.len() >= 2 && chain[0].issuer == chain[1].subject, &chain.len()),
            }
        }
        "leaf-not-first" => {
            check(matches!(seen, Seen::Tls(_)), &seen)?;
            let (flight, _) = flight(served, &legacy(served), SOON);
            let chain = chain(&flight)?;
            check(chain[0].is_ca() && chain[1].issuer == chain[0].subject, &chain.len())
        }
        "swapped-intermediates" => {
            check(matches!(seen, Seen::Page(200, _)), &seen)?;
            let (flight, _) = flight(served, &legacy(served), SOON);
            let chain = chain(&flight)?;
            check(chain[0].issuer == chain[2].subject && chain[2].issuer == chain[1].subject, &chain.len())
        }
        "issuer-is-no-authority" => {
            check(matches!(seen, Seen::Tls(Error::InvalidCertificate(_))), &seen)?;
            let said = judged();
            check(said.contains("invalid CA certificate"), &said)
        }
        "name-constraints" => {
            let said = judged();
            check(said.contains("subtree violation"), &said)
        }
        "wrong-host" | "wildcard-depth" | "address-not-in-certificate" | "common-name-only" => {
            certificate(&seen, |e| matches!(e, E::NotValidForName | E::NotValidForNameContext { .. }))
        }
        "no-server-authentication" => {
            certificate(&seen, |e| matches!(e, E::InvalidPurpose | E::InvalidPurposeContext { .. }))
        }
        "key-usage-unfit" => {
            let said = judged();
            check(said.contains("unsuitable certificate purpose"), &said)
        }
        "weak-key" => {
            let (strict, lax) = (judged(), with_old_rules());
            check(strict.contains("key too weak"), &strict)?;
            check(lax.contains("HTTP/1.1 200") && lax.contains("Server public key is 1024 bit"), &lax)
        }
        "sha1-signature" => {
            let (strict, lax) = (judged(), with_old_rules());
            check(strict.contains("digest algorithm too weak"), &strict)?;
            check(lax.contains("Verify return code: 0") && lax.contains("HTTP/1.1 200"), &lax)
        }
        "revoked-by-staple" | "bad-staple" | "must-staple-unmet" | "revoked-by-responder" | "revoked-by-list" => {
            check(matches!(seen, Seen::Page(200, _)), &seen)?;
            revocation(served, directory.path(), &file)
        }
        other => Err(format!("no check is written for {other}")),
    }
}

#[test]
fn authorities_say_good_of_near_misses() {
    let words =
        ["revoked-by-staple~", "revoked-by-responder~", "revoked-by-list~", "must-staple-unmet~", "bad-staple~"];
    let lab = Lab::start(14, &catalogue::select(&words).unwrap()).unwrap();
    for served in lab.list() {
        let directory = tempfile::tempdir().unwrap();
        let file = write(directory.path(), "root.pem", lab.root_pem().as_bytes());
        revocation(served, directory.path(), &file).unwrap_or_else(|why| panic!("{}: {why}", served.slug));
    }
}

/// What the authority says, by openssl's own reading of responses and lists, signatures included.
fn revocation(served: &Served, directory: &Path, root: &str) -> Result<(), String> {
    let (flight, _) = flight(served, &legacy(served), SOON);
    let chain = flight.said().certificates.clone().ok_or("no certificate")?;
    let leaf_file = write(directory, "leaf.der", &chain[0]);
    let issuer = write(directory, "issuer.der", &chain[1]);
    let staple = flight.said().certificate_status.as_ref().and_then(|status| status.responses.first().cloned());
    let field = |flag: &str| run("openssl", &["x509", "-in", &leaf_file, "-noout", flag]);
    let ocsp = |more: &[&str]| {
        let arguments =
            [&["ocsp", "-issuer", &issuer, "-cert", &leaf_file, "-CAfile", root, "-no_nonce"], more].concat();
        run("openssl", &arguments)
    };
    let said = |text: &str, revoked: bool| {
        let right = if revoked { "leaf.der: revoked" } else { "leaf.der: good" };
        check(text.contains("Response verify OK") && text.contains(right) && !text.contains("WARNING"), &text)
    };
    match served.slug.as_str() {
        "must-staple-unmet" => {
            let demands = run("openssl", &["x509", "-in", &leaf_file, "-noout", "-ext", "tlsfeature"]);
            check(demands.contains("status_request") && staple.is_some() == served.twin, &demands)
        }
        "revoked-by-staple" | "bad-staple" => {
            let file = write(directory, "staple.der", &staple.ok_or("no staple")?);
            let text = ocsp(&["-respin", &file]);
            match (served.slug.as_str(), served.twin) {
                ("bad-staple", false) => check(said(&text, false).is_err(), &text),
                (_, twin) => said(&text, !twin),
            }
        }
        "revoked-by-responder" => said(&ocsp(&["-url", field("-ocsp_uri").trim()]), !served.twin),
        "revoked-by-list" => {
            let text = run("openssl", &["x509", "-in", &leaf_file, "-noout", "-ext", "crlDistributionPoints"]);
            let url = text.split("URI:").nth(1).ok_or("no CRL distribution point")?.trim().to_owned();
            let list = write(directory, "list.der", &fetch(&url));
            let pem = |name: &str, file: &str, kind: &str| {
                let out = directory.join(name).display().to_string();
                run("openssl", &[kind, "-in", file, "-inform", "DER", "-out", &out]);
                out
            };
            let (leaf, issuer, list) =
                (pem("l.pem", &leaf_file, "x509"), pem("i.pem", &issuer, "x509"), pem("c.pem", &list, "crl"));
            let text = run(
                "openssl",
                &["verify", "-crl_check", "-CAfile", root, "-untrusted", &issuer, "-CRLfile", &list, &leaf],
            );
            let right = if served.twin { "l.pem: OK" } else { "certificate revoked" };
            check(text.contains(right), &text)
        }
        other => Err(format!("no check is written for {other}")),
    }
}

fn redirects(served: &Served, root: &str) -> Result<(), String> {
    let seen = open(served, root, &Client::default());
    let Seen::Page(301, text) = &seen else { return check(false, &seen) };
    let location = text.split("Location: ").nth(1).and_then(|rest| rest.lines().next()).unwrap_or_default();
    if location == served.url {
        return Ok(());
    }
    let plain = location.strip_prefix(&format!("http://{}:", served.host)).ok_or(location)?;
    let port: u16 = plain.trim_end_matches('/').parse().map_err(|_| location)?;
    let to = std::net::SocketAddr::new(served.address, port);
    let (answer, _) = exchange(to, &[b"GET / HTTP/1.1\r\n\r\n"], SOON);
    let answer = String::from_utf8_lossy(&answer).into_owned();
    check(answer.contains(&format!("Location: {}", served.url)), &answer)
}

/// A short hello of TLS 1.3 and 1.2 with nothing in it that a box of 2018 does not know.
fn classic(served: &Served) -> ClientHello {
    use tlsdiag_wire::{CipherSuite, Extension, ExtensionType as X, Group, extension::KeyShare};
    let share = modern(served).key_shares().into_iter().find(|share| share.group == Group::X25519).unwrap();
    let share = KeyShare { group: Group::X25519, public: share.public };
    let mut hello = ClientHello::new(Version::TLS1_2, [9; 32])
        .with_session_id([3; 32])
        .with_suites([0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030].map(CipherSuite))
        .with_extension(Extension::supported_groups(&[Group::X25519, Group::SECP256R1, Group::SECP384R1]).unwrap())
        .with_extension(Extension::supported_versions(&[Version::TLS1_3, Version::TLS1_2]).unwrap())
        .with_extension(Extension::key_share(&[share]).unwrap());
    for kind in [X::SERVER_NAME, X::SIGNATURE_ALGORITHMS, X::PSK_KEY_EXCHANGE_MODES] {
        let found = modern(served).extensions.unwrap().get(kind).cloned().unwrap();
        hello = hello.with_extension(found);
    }
    hello
}

fn nameless(served: &Served) -> ClientHello {
    classic(served).without(tlsdiag_wire::ExtensionType::SERVER_NAME)
}

fn all_hellos(served: &Served, patience: Duration, wanted: &End) -> Result<(), String> {
    for hello in [classic(served), modern(served), legacy(served)] {
        let seen = exchange(address(served), &[&hello.to_records().unwrap()], patience);
        check(seen.0.is_empty() && seen.1 == *wanted, &seen)?;
    }
    Ok(())
}

/// The server answered with a ServerHello.
fn greeted((flight, end): &(ServerFlight, End)) -> Result<(), String> {
    check(flight.said().server_hello.is_some(), &(flight.stage(), end, &flight.said().alerts))
}

/// The server answered with none.
fn snubbed((flight, end): &(ServerFlight, End)) -> Result<(), String> {
    check(flight.said().server_hello.is_none(), &(flight.stage(), end))
}

fn alert((flight, end): &(ServerFlight, End), wanted: AlertDescription) -> Result<(), String> {
    let alerts = &flight.said().alerts;
    let found = alerts.iter().any(|seen| seen.alert == Some(tlsdiag_wire::Alert::fatal(wanted)));
    check(found && matches!(end, End::Closed | End::Enough) && flight.said().server_hello.is_none(), &(alerts, end))
}

fn certificate(seen: &Seen, fits: impl Fn(&CertificateError) -> bool) -> Result<(), String> {
    check(matches!(seen, Seen::Tls(Error::InvalidCertificate(error)) if fits(error)), seen)
}

fn chain(flight: &ServerFlight) -> Result<Vec<Certificate>, String> {
    let sent = flight.said().certificates.clone().ok_or("no certificate")?;
    sent.iter().map(|der| Certificate::from_der(der).map_err(|error| format!("{error:?}"))).collect()
}

fn leaf(flight: &ServerFlight) -> Result<Certificate, String> {
    chain(flight)?.into_iter().next().ok_or_else(|| "an empty chain".to_owned())
}

fn write(directory: &Path, name: &str, bytes: &[u8]) -> String {
    let path = directory.join(name);
    std::fs::write(&path, bytes).unwrap();
    path.display().to_string()
}

fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program).args(arguments).output().expect("openssl is needed for this test");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

fn fetch(url: &str) -> Vec<u8> {
    let (host, path) = url.strip_prefix("http://").unwrap().split_once('/').unwrap();
    let request = format!("GET /{path} HTTP/1.1\r\nHost: {host}\r\n\r\n");
    let (answer, _) = exchange(host.parse().unwrap(), &[request.as_bytes()], SOON);
    let body = answer.windows(4).position(|w| w == b"\r\n\r\n").unwrap() + 4;
    answer[body..].to_vec()
}
