//! What real clients on this machine do with chains made here, beside what `tlsdiag_pki::client` predicts of them. The
//! server sends exactly the octets that the prediction is made from.
#![cfg(target_os = "linux")]
#![allow(missing_docs, unreachable_pub, clippy::unwrap_used, clippy::expect_used, clippy::panic)]
mod authority;
mod cases;
mod clients;

use cases::Case;
use clients::Shown;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant, SystemTime};
use tlsdiag_pki::client::{self, Question, Tls, Verdict};
use tlsdiag_pki::{AnchorSet, RustVerifier, pem};

/// Client, case, and why the prediction and the client may differ there.
const DIFFERENCES: &[(&str, &str, &str)] = &[
    ("openssl verify", "wildcard-part", "the profile has Python's flag that refuses partial wildcards"),
    ("openssl s_client", "wildcard-part", "the profile has Python's flag that refuses partial wildcards"),
    (
        "gnutls-cli",
        "eku-client",
        "the program asks its library for the purpose of a TLS server, which plain use does not",
    ),
    ("gnutls-cli", "int-eku-client", "the same for an issuer that is limited to clients"),
];

/// A server of one chain; ended when dropped.
struct Server {
    child: Child,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn clients_do_what_is_predicted_of_them() {
    let (clients, absent) = clients::found();
    absent.iter().for_each(|name| println!("skipped: {name} is not on this machine"));
    if absent.contains(&"openssl s_client") {
        println!("skipped altogether: openssl makes the keys and is the server");
        return;
    }
    let dir = tempfile::tempdir().unwrap();
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_secs() as i64;
    let (shown, servers): (Vec<Shown>, Vec<Server>) =
        cases::all(dir.path(), now).into_iter().map(|c| serve(c, dir.path())).unzip();
    assert_eq!(servers.len(), shown.len());

    let mut wrong = Vec::new();
    let (mut verdicts, mut refusals, mut same_words) = (0, 0, 0);
    for c in &clients {
        let Some(profile) = c.profile.and_then(client::by_key) else {
            println!("skipped: nothing was measured with this {}: {}", c.name, c.version);
            continue;
        };
        println!("\n{} ({}) as {}", c.name, c.version, profile.key);
        let said = c.ask(&shown, dir.path());
        for s in &shown {
            let chain: Vec<&[u8]> = s.case.chain.iter().map(Vec::as_slice).collect();
            let (anchors, errors) = AnchorSet::from_bytes("test", &std::fs::read(&s.roots).unwrap());
            assert!(errors.is_empty());
            let tls = Tls::default();
            let question = Question {
                chain: &chain,
                anchors: &anchors,
                host: Some(s.case.host),
                time: now,
                verifier: &RustVerifier,
                tls,
            };
            let told = client::predict_with(profile, &question, &c.settings);
            let did = &said[s.case.id];
            let verdict = if did.is_ok() { Verdict::Accepts } else { Verdict::Refuses };
            let known = DIFFERENCES.iter().find(|(name, id, _)| *name == c.name && *id == s.case.id);
            let mark = match (told.verdict == verdict, known) {
                (true, None) => "",
                (false, Some(_)) => "differs, as is known",
                (true, Some(_)) => "AGREES, which is not what is noted",
                (false, None) => "DIFFERS",
            };
            let words = did.as_ref().err().map_or("", String::as_str);
            verdicts += 1;
            if told.verdict == verdict && verdict == Verdict::Refuses {
                refusals += 1;
                if same_fault(words, &told.text) {
                    same_words += 1;
                } else {
                    wrong.push(format!("{} {}: said {words:?}, predicted {:?}", c.name, s.case.id, told.text));
                }
            }
            let (id, short): (_, String) = (s.case.id, words.chars().take(110).collect());
            println!("  {id:<22} {verdict:?} {short:<112} predicted {:?} {} {mark}", told.verdict, told.text);
            if mark.starts_with(|c: char| c.is_ascii_uppercase()) {
                wrong.push(format!(
                    "{} {}: {mark}: {words:?}, predicted {:?} {}",
                    c.name, s.case.id, told.verdict, told.because
                ));
            }
        }
    }
    println!(
        "\n{verdicts} verdicts, {} not as expected; of {refusals} refusals {same_words} for the reason predicted",
        wrong.len()
    );
    for (name, id, why) in DIFFERENCES {
        println!("known difference: {name} {id}: {why}");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether a client names the fault that was predicted: OpenSSL by its number, others in the words predicted.
fn same_fault(said: &str, predicted: &str) -> bool {
    let (first, rest) = predicted.split_once(' ').unwrap_or((predicted, ""));
    let number = first.strip_prefix('V').filter(|n| n.bytes().all(|b| b.is_ascii_digit()));
    if let Some(n) = number {
        return [format!("error {n} "), format!("num={n}:"), format!("V{n} ")].iter().any(|form| said.contains(form));
    }
    let words = if ["V0x", "E-", "("].iter().any(|p| first.starts_with(p)) { rest } else { predicted };
    let said = said.to_lowercase();
    !words.is_empty() && words.to_lowercase().split(" / ").all(|part| said.contains(part.trim_end_matches([':', '.'])))
}

/// Starts `openssl s_server` with the chain and waits until it listens.
fn serve(case: Case, dir: &Path) -> (Shown, Server) {
    let place = dir.join(case.id);
    std::fs::create_dir(&place).unwrap();
    let write = |name: &str, certificates: &[Vec<u8>]| {
        let text: String = certificates.iter().map(|c| pem::encode("CERTIFICATE", c)).collect();
        let file = place.join(name);
        std::fs::write(&file, text).unwrap();
        file
    };
    let (leaf, rest) = (write("leaf.pem", &case.chain[..1]), write("rest.pem", &case.chain[1..]));
    let roots = write("roots.pem", &case.roots);
    for _ in 0..5 {
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let mut c = Command::new("openssl");
        c.args([
            "s_server",
            "-quiet",
            "-www",
            "-cipher",
            "DEFAULT@SECLEVEL=0",
            "-accept",
            &format!("127.0.0.1:{port}"),
        ]);
        c.args(["-no-CAfile", "-no-CApath", "-no-CAstore", "-cert"]).arg(&leaf).arg("-key").arg(&case.key.pem);
        if case.chain.len() > 1 {
            c.arg("-cert_chain").arg(&rest);
        }
        let child = c.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
        let mut server = Server { child };
        let begun = Instant::now();
        while begun.elapsed() < Duration::from_secs(10) && server.child.try_wait().unwrap().is_none() {
            if TcpStream::connect(("127.0.0.1", port)).is_ok() {
                return (Shown { case, port, roots, leaf, rest }, server);
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
    panic!("{}: no server came up", case.id);
}
