//! The other tools: OpenSSL, keytool and p12-keystore on one file, with the same passwords, and what counts as opened.
//! They are given the benefit of the doubt: one of their commands that ends well counts, whatever it leaves out.
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// What kind of file it is, which decides the commands that are tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Pkcs12,
    Java,
    Pkcs7,
    PrivateKey,
    Certificate,
    Other,
}

impl Class {
    pub(super) const ALL: [Class; 6] =
        [Class::Pkcs12, Class::Java, Class::Pkcs7, Class::PrivateKey, Class::Certificate, Class::Other];

    pub(super) fn name(self) -> &'static str {
        match self {
            Class::Pkcs12 => "PKCS#12",
            Class::Java => "Java key store",
            Class::Pkcs7 => "PKCS#7",
            Class::PrivateKey => "private keys",
            Class::Certificate => "certificates",
            Class::Other => "other",
        }
    }
}

/// A tool and how it came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Tool {
    OpenSsl,
    OpenSslLegacy,
    Keytool,
    P12Keystore,
}

impl Tool {
    pub(super) const ALL: [Tool; 4] = [Tool::OpenSsl, Tool::OpenSslLegacy, Tool::Keytool, Tool::P12Keystore];

    pub(super) fn name(self) -> &'static str {
        match self {
            Tool::OpenSsl => "openssl",
            Tool::OpenSslLegacy => "openssl -legacy",
            Tool::Keytool => "keytool",
            Tool::P12Keystore => "p12-keystore",
        }
    }

    /// Whether the tool is here.
    pub(super) fn found(self) -> bool {
        let program = match self {
            Tool::OpenSsl | Tool::OpenSslLegacy => "openssl",
            Tool::Keytool => "keytool",
            Tool::P12Keystore => return true,
        };
        std::env::var_os("PATH")
            .is_some_and(|path| std::env::split_paths(&path).any(|folder| folder.join(program).is_file()))
    }

    /// Whether it is made for files of this kind.
    pub(super) fn is_for(self, class: Class) -> bool {
        match self {
            Tool::OpenSsl | Tool::OpenSslLegacy => true,
            Tool::Keytool => matches!(class, Class::Pkcs12 | Class::Java),
            Tool::P12Keystore => class == Class::Pkcs12,
        }
    }

    /// Whether it opens the file with one of the passwords.
    pub(super) fn opens(self, path: &Path, octets: &[u8], class: Class, passwords: &[&str]) -> bool {
        match self {
            Tool::OpenSsl | Tool::OpenSslLegacy => openssl(self == Tool::OpenSslLegacy, path, class, passwords),
            Tool::Keytool => passwords.iter().any(|p| keytool(path, p)),
            Tool::P12Keystore => passwords.iter().any(|p| p12_keystore(octets, p)),
        }
    }
}

/// Commands that read one kind of thing each, in the clear.
const OPEN: &[&[&str]] = &[
    &["x509", "-noout"],
    &["crl", "-noout"],
    &["req", "-noout"],
    &["pkcs7", "-noout"],
    &["pkey", "-pubin", "-noout"],
    &["rsa", "-RSAPublicKey_in", "-noout"],
    &["dhparam", "-noout"],
    &["dsaparam", "-noout"],
    &["ecparam", "-noout"],
];

fn openssl(legacy: bool, path: &Path, class: Class, passwords: &[&str]) -> bool {
    const PASSWORD: [&str; 2] = ["-passin", "env:CONFORM_PASSWORD"];
    let run = |arguments: &[&str], more: &[&str], password: &str| {
        let mut command = Command::new("openssl");
        command.args(arguments).args(more).arg("-in").arg(path).env("CONFORM_PASSWORD", password);
        ends_well(command)
    };
    let provider: &[&str] = if legacy { &["-provider", "legacy", "-provider", "default"] } else { &[] };
    let key = || {
        let more = [&PASSWORD[..], provider].concat();
        passwords.iter().any(|p| run(&["pkey", "-noout"], &more, p))
    };
    let open = || {
        let (pem, der) = ([&["-inform", "PEM"][..], provider].concat(), [&["-inform", "DER"][..], provider].concat());
        OPEN.iter().any(|a| run(a, &pem, "") || run(a, &der, ""))
    };
    match class {
        Class::Pkcs12 => {
            let more = if legacy { [&PASSWORD[..], &["-legacy"]].concat() } else { PASSWORD.to_vec() };
            passwords.iter().any(|p| run(&["pkcs12", "-nodes"], &more, p))
        }
        Class::Java => false,
        Class::PrivateKey => key() || open(),
        _ => open() || key(),
    }
}

fn keytool(path: &Path, password: &str) -> bool {
    // keytool takes no password from the environment under its own name but by this suffix
    let mut command = Command::new("keytool");
    command.args(["-list", "-rfc", "-storepass:env", "CONFORM_PASSWORD", "-keystore"]).arg(path);
    command.env("CONFORM_PASSWORD", password);
    ends_well(command)
}

fn p12_keystore(octets: &[u8], password: &str) -> bool {
    let read = || p12_keystore::KeyStore::from_pkcs12(octets, password).is_ok_and(|s| s.entries().next().is_some());
    std::panic::catch_unwind(read).unwrap_or(false)
}

/// Longest that one command of another tool may take.
const PATIENCE: Duration = Duration::from_secs(20);

/// Runs a command with nothing to read and says whether it ended well, and in time.
fn ends_well(mut command: Command) -> bool {
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
    let Ok(mut child) = command.spawn() else { return false };
    if let Some(mut input) = child.stdin.take() {
        // a closed pipe only means that it did not ask
        let _ = input.write_all(b"\n");
    }
    let start = Instant::now();
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return status.success(),
            Ok(None) if start.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(2)),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return false;
            }
        }
    }
}
