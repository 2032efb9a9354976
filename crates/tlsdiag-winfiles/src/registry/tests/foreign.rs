//! Hives of ours in programs that are not ours: hivexsh (libhivex) and the Python module `Registry`.
use super::system;
use crate::registry::make::hive::{Lists, MadeHive};
use std::io::Write;
use std::path::PathBuf;
use std::process::{Command, Stdio};

fn hive(name: &str, lists: Lists) -> PathBuf {
    let mut root = system();
    for number in 0..1300 {
        root.at(&format!("Many\\key{number:05}")).dword("n", number);
    }
    root.at("Big").binary("blob", &vec![0x5a; 70_000]);
    root.at("이름").text("값", "텍스트");
    let hive = MadeHive { lists, ..MadeHive::new(root) };
    let path = std::env::temp_dir().join(format!("tlsdiag-registry-{}-{name}", std::process::id()));
    std::fs::write(&path, hive.write().bytes).unwrap();
    path
}

/// What a program printed; `None`, said aloud, if it is not there.
fn run(program: &str, arguments: &[&str], input: &str) -> Option<String> {
    let child = Command::new(program)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let Ok(mut child) = child else {
        eprintln!("SKIPPED: {program} is not installed, so nothing foreign read the hive");
        return None;
    };
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    if errors.contains("No module named") {
        eprintln!("SKIPPED: {}", errors.trim());
        return None;
    }
    assert!(output.status.success(), "{program}: {errors}");
    Some(String::from_utf8_lossy(&output.stdout).into_owned())
}

#[test]
fn hivexsh_reads_our_hives() {
    for (name, lists) in [("lf", Lists::First), ("lh", Lists::Hash), ("li", Lists::Plain)] {
        let path = hive(name, lists);
        let script = "cd \\Select\nlsval Current\ncd \\ControlSet002\\Services\\HTTP\\Parameters\\SslBindingInfo\\0.0.0.0:443\nlsval\ncd \\Many\nls\n";
        let out = run("hivexsh", &[path.to_str().unwrap()], script);
        std::fs::remove_file(&path).unwrap();
        let Some(out) = out else { return };
        assert!(out.contains("\"SslCertHash\"=hex(3):ab,ab,ab"), "{out}");
        assert!(out.contains("\"SslCertStoreName\"=\"MY\""), "{out}");
        assert_eq!(out.lines().filter(|line| line.starts_with("key0")).count(), 1300, "{name}");
    }
}

#[test]
fn python_registry_reads_our_hives() {
    let path = hive("python", Lists::Hash);
    let script = "import sys\nfrom Registry import Registry\nr = Registry.Registry(sys.argv[1])\n\
        v = r.open('ControlSet002\\\\Services\\\\HTTP\\\\Parameters\\\\SslBindingInfo\\\\0.0.0.0:443')\n\
        print(v.value('SslCertHash').value().hex(), v.value('SslCertStoreName').value(), v.timestamp().year)\n\
        print(r.open('Select').value('Current').value(), len(r.open('Many').subkeys()))\n\
        b = r.open('Big').value('blob').value()\nprint(len(b), set(b) == {0x5a})\nprint(ascii(r.open('\\uc774\\ub984').value('\\uac12').value()))\n";
    let out = run("python3", &["-c", script, path.to_str().unwrap()], "");
    std::fs::remove_file(&path).unwrap();
    let Some(out) = out else { return };
    let expected = format!("{} MY 2020\n2 1300\n70000 True\n'\\ud14d\\uc2a4\\ud2b8'\n", "ab".repeat(20));
    assert_eq!(out, expected);
}

#[test]
fn regipy_reads_our_hives() {
    let path = hive("regipy", Lists::Hash);
    let script = "import sys\nfrom regipy.registry import RegistryHive\nh = RegistryHive(sys.argv[1])\n\
        k = h.get_key('\\\\ControlSet002\\\\Control\\\\SecurityProviders\\\\SCHANNEL\\\\Protocols\\\\TLS 1.2\\\\Server')\n\
        print(k.get_value('Enabled'), k.get_value('DisabledByDefault'))\nprint(h.get_key('\\\\Many').subkey_count)\n";
    let out = run("python3", &["-c", script, path.to_str().unwrap()], "");
    std::fs::remove_file(&path).unwrap();
    let Some(out) = out else { return };
    assert_eq!(out, "1 0\n1300\n");
}
