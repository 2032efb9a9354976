//! The public corpora, where the variable TLSDIAG_CORPUS names a folder that holds them.
use std::path::{Path as File, PathBuf};
use tlsdiag_pki::*;

fn corpus() -> Option<PathBuf> {
    let dir = std::env::var_os("TLSDIAG_CORPUS").map(PathBuf::from);
    if dir.is_none() {
        println!("skipped: TLSDIAG_CORPUS is not set");
    }
    dir
}

fn files(dir: &File, ext: &str, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(dir).unwrap().flatten() {
        let path = entry.path();
        if path.is_dir() {
            files(&path, ext, out);
        } else if path.extension().is_some_and(|e| e == ext) {
            out.push(path);
        }
    }
}

/// Chains that were shown to thirty clients: the well-known faults are named, and all of them are read.
#[test]
fn verifier_cases() {
    let Some(dir) = corpus() else { return };
    let mut chains = Vec::new();
    files(&dir.join("verifiers"), "pem", &mut chains);
    let mut seen = 0;
    let mut named = std::collections::BTreeMap::new();
    for path in chains {
        let text = path.to_str().unwrap();
        let Some(stem) = text.strip_suffix(".chain.pem") else { continue };
        let Ok(roots) = std::fs::read(format!("{stem}.roots.pem")) else { continue };
        let (set, _) = AnchorSet::from_bytes("roots", &roots);
        let sent: Vec<_> = read_certificates(&std::fs::read(&path).unwrap()).into_iter().flatten().collect();
        let Some(leaf) = sent.first() else { continue };
        let s = paths(&Question {
            leaf,
            sent: &sent,
            extra: &[],
            anchors: &[&set],
            time: time::unix_from_civil(2026, 11, 22, 13, 20, 0),
            purpose: Purpose::ServerAuth,
            host: None,
            verifier: &RustVerifier,
            limits: Limits { depth: 30, ..Limits::default() },
        });
        seen += 1;
        let leading = s.best().unwrap().leading.map(|(at, r)| {
            let text = format!("{r:?}");
            (at, text.split([' ', '(']).next().unwrap().to_owned())
        });
        named.insert(stem.rsplit('/').next().unwrap().to_owned(), leading);
    }
    assert!(seen >= 228, "{seen}");
    for (id, want) in [
        ("ok", None),
        ("rsa-ok", None),
        ("order", None),
        ("root-sent", None),
        ("stale-int-first", None),
        ("twin-int", None),
        ("cross-x-expired", None),
        ("missing-int", Some((0, "IssuerNotFound"))),
        ("untrusted", Some((2, "UntrustedRoot"))),
        ("ss-untrusted", Some((0, "SelfSignedLeaf"))),
        ("sig-bad-leaf", Some((0, "BadSignature"))),
        ("issuer-name-mismatch", Some((0, "IssuerNotFound"))),
        ("pathlen-int", Some((2, "PathLen"))),
        ("nc-mismatch", Some((0, "NameConstraints"))),
        ("eku-int-client", Some((1, "EkuExcludes"))),
        ("exp-int", Some((1, "Expired"))),
        ("nyv-leaf", Some((0, "NotYetValid"))),
        ("crit-leaf", Some((0, "UnknownCriticalExtension"))),
        ("crit-int", Some((1, "UnknownCriticalExtension"))),
        ("bc-int-false", Some((1, "NotACa"))),
        ("key-rsa512-int", Some((1, "WeakKey"))),
        ("dup-ext-leaf", Some((0, "Lint"))),
    ] {
        let want = want.map(|(at, r)| (at, r.to_owned()));
        assert_eq!(named.get(id), Some(&want), "{id}");
    }
}
