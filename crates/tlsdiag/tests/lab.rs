//! The main job: everything that the lab can serve is served by a process of its own and diagnosed rightly, three seeds.
use std::process::Command;

#[test]
fn every_fault_is_named_and_every_healthy_server_works() {
    let out = Command::new(env!("CARGO_BIN_EXE_tlsdiag"))
        .args(["lab", "diagnose", "--seed", "1", "--seeds", "3"])
        .output()
        .expect("the program runs");
    let text = String::from_utf8_lossy(&out.stdout);
    let not_right: Vec<&str> = text.lines().filter(|l| l.starts_with("XX") || l.starts_with("??")).collect();
    assert!(not_right.is_empty(), "{}", not_right.join("\n"));
    assert_eq!(out.status.code(), Some(0), "{text}{}", String::from_utf8_lossy(&out.stderr));
    let right = text.lines().filter(|l| l.starts_with("ok")).count();
    assert!(right >= 3 * 160, "only {right} were served:\n{text}");
}
