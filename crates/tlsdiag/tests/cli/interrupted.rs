//! Ctrl-C while a server is silent: what is known so far is printed at once.
use crate::lab::Lab;
use crate::run::{INTERRUPTED, Ran, command, finish};
use std::{
    process::Command,
    thread,
    time::{Duration, Instant},
};

fn interrupt(lab: &Lab, more: &[&str]) -> Ran {
    let mut c = command();
    c.args(lab.args(&lab.list()[0])).args(["--timeout", "30"]).args(more);
    let child = c.spawn().unwrap();
    // the first second is needed to tell silence from slowness
    thread::sleep(Duration::from_millis(2500));
    let begun = Instant::now();
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(sent.success());
    let r = finish(child, begun);
    assert!(r.exit == INTERRUPTED && r.took < Duration::from_secs(1), "{r:?}");
    r
}

#[test]
fn what_is_known_so_far_is_printed() {
    let lab = Lab::of(7, &["accepts-and-stays-silent"]);
    let s = &lab.list()[0];
    thread::scope(|scope| {
        scope.spawn(|| {
            let r = interrupt(&lab, &[]);
            assert_eq!(r.err, "tlsdiag: interrupted; this is what is known so far\n");
            assert!(r.first().starts_with(&s.url) && r.out.contains("does not answer"), "{}", r.out);
            assert!(r.out.contains(&format!("{} open", s.port)), "the ladder: {}", r.out);
        });
        scope.spawn(|| {
            let r = interrupt(&lab, &["--lang", "ko", "-q"]);
            assert!(r.err.contains("중단되었습니다") && r.out.lines().count() == 1, "{r:?}");
        });
        scope.spawn(|| {
            let doc = interrupt(&lab, &["--json"]).json();
            assert_eq!(doc["exit"], INTERRUPTED);
            let rung = |n: &str| {
                let all = doc["targets"][0]["ladder"].as_array().unwrap();
                all.iter().find(|r| r["layer"] == n).unwrap()["state"].clone()
            };
            assert_eq!((rung("reach"), rung("trust")), ("ok".into(), "not_reached".into()));
            assert!(!doc["facts"].as_object().unwrap().is_empty());
        });
    });
}
