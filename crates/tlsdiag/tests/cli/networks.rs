//! Machines without network, and with DNS servers that are silent or say that there is no such name: namespaces.
use crate::run::{PROGRAM, Ran, settled, wait};
use std::{fs, net::UdpSocket, path::Path, process::Command, time::Duration};

/// The environment variable that makes this program the DNS server of a test.
const ROLE: &str = "TLSDIAG_TEST_DNS";

/// Runs the program in a network of its own, in which `shell` was typed before. `None`, and said so, where this system
/// allows no namespaces.
fn within(dir: &Path, dns: &str, shell: &str, args: &[&str]) -> Option<Ran> {
    let possible = Command::new("unshare").args(["-rmn", "true"]).output();
    if !possible.as_ref().is_ok_and(|o| o.status.success()) {
        eprintln!("skipped: no namespaces here: {possible:?}");
        return None;
    }
    let conf = dir.join("resolv.conf");
    fs::write(&conf, format!("nameserver {dns}\noptions timeout:1 attempts:1\n")).unwrap();
    let mut c = settled(Command::new("unshare"));
    let script = format!("set -e; mount --bind \"$1\" /etc/resolv.conf; {shell}; shift; exec \"$@\"");
    c.args(["-rmn", "sh", "-c", &script, "sh"]).arg(&conf).arg(PROGRAM).args(args);
    let r = wait(c);
    assert!(!r.err.contains("mount:") && !r.err.contains("RTNETLINK"), "{}", r.err);
    Some(r)
}

/// What starts a DNS server in the namespace of a test: this program again, in the role that is named.
struct Server {
    shell: String,
}

impl Server {
    fn new(dir: &Path, role: &str) -> Server {
        let up = dir.join("up");
        let _ = fs::remove_file(&up);
        let (up, me) = (up.display(), std::env::current_exe().unwrap());
        let me = me.display();
        let shell = format!(
            "ip link set lo up; \
             {ROLE}='{role}' {ROLE}_UP='{up}' '{me}' --exact networks::the_dns_server_of_another_test --ignored \
             >/dev/null 2>&1 & for i in $(seq 200); do test -e '{up}' && break; sleep 0.05; done; test -e '{up}'"
        );
        Server { shell }
    }
}

#[test]
fn without_network_a_name_and_an_address_get_their_answers_at_once() {
    let dir = tempfile::tempdir().unwrap();
    for (typed, code, en, ko) in [
        ("shop.example.kr", "TD0003", "could not be looked up", "조회하지 못했습니다"),
        ("203.0.113.10", "TD0103", "203.0.113.10 cannot be reached from here", "203.0.113.10에 도달할 수 없습니다"),
        ("https://[2001:db8::1]/", "TD0103", "2001:db8::1 cannot be reached from here", "도달할 수 없습니다"),
    ] {
        for (lang, part) in [("en", en), ("ko", ko)] {
            let Some(r) = within(dir.path(), "192.0.2.53", "true", &[typed, "--lang", lang]) else { return };
            assert_eq!(r.exit, 1, "{typed}: {r:?}");
            assert!(r.took < Duration::from_secs(3) && r.out.contains(code), "{typed}: {r:?}");
            let first = r.out.split("\n\n").next().unwrap().replace('\n', " ");
            assert!(first.contains(part), "{typed}: {first}");
        }
    }
    // the cure begins with this machine, not with somebody's zone
    let r = within(dir.path(), "192.0.2.53", "true", &["shop.example.kr"]).unwrap();
    let mend = r.out.split("\nmend  ").nth(1).unwrap();
    assert!(mend.starts_with("check that this machine has a network"), "{}", r.out);
}

#[test]
fn a_silent_dns_server_costs_the_timeout_and_no_more() {
    let dir = tempfile::tempdir().unwrap();
    let args = ["shop.example.kr", "--timeout", "2"];
    let server = Server::new(dir.path(), "silent");
    let Some(r) = within(dir.path(), "127.0.0.53", &server.shell, &args) else { return };
    assert!(r.exit == 1 && r.took < Duration::from_secs(5), "{r:?}");
    assert!(r.out.contains("TD0003") && r.out.contains("no answer within"), "{}", r.out);
    let server = Server::new(dir.path(), "silent");
    let args = [&args[..], &["--lang", "ko", "-q"]].concat();
    let korean = within(dir.path(), "127.0.0.53", &server.shell, &args).unwrap();
    assert_eq!((korean.exit, korean.out.lines().count()), (1, 1));
    assert!(korean.out.contains("조회하지 못했습니다"), "{}", korean.out);
}

#[test]
fn a_name_that_does_not_exist_is_said_so() {
    let dir = tempfile::tempdir().unwrap();
    for (lang, part) in [("en", "the name no-such.example.kr does not exist"), ("ko", "이름이 존재하지 않습니다")]
    {
        let server = Server::new(dir.path(), "no-such-name");
        let Some(r) = within(dir.path(), "127.0.0.53", &server.shell, &["no-such.example.kr", "-q", "--lang", lang])
        else {
            return;
        };
        assert!(r.exit == 1 && r.took < Duration::from_secs(5), "{r:?}");
        assert!(r.first().contains(part), "{}", r.out);
    }
}

/// Not a test: the process that is silent or answers NXDOMAIN in the namespace of one. It ends some seconds after the last
/// question.
#[test]
#[ignore = "the DNS server of another test"]
fn the_dns_server_of_another_test() {
    let Ok(role) = std::env::var(ROLE) else { return };
    let socket = UdpSocket::bind("127.0.0.53:53").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(4))).unwrap();
    fs::write(std::env::var(format!("{ROLE}_UP")).unwrap(), "").unwrap();
    let mut query = [0; 1500];
    while let Ok((n, from)) = socket.recv_from(&mut query) {
        if role == "silent" {
            continue;
        }
        // the question as it came, up to the end of its name, type and class
        let end = 12 + query[12..n].iter().position(|b| *b == 0).unwrap() + 5;
        let mut answer = query[..end].to_vec();
        // response, recursion available, NXDOMAIN (RFC 1035 section 4.1.1); one question and nothing else
        answer[2] = 0x81;
        answer[3] = 0x83;
        answer[4..12].copy_from_slice(&[0, 1, 0, 0, 0, 0, 0, 0]);
        socket.send_to(&answer, from).unwrap();
    }
}
