//! Programs of other makers that the tests run against, from Debian's packages.
use crate::shell;
use std::path::Path;

/// Program and the Debian package that has it.
const PROGRAMS: [(&str, &str); 15] = [
    ("nginx", "nginx"),
    ("apache2", "apache2"),
    ("haproxy", "haproxy"),
    ("gnutls-cli", "gnutls-bin"),
    ("openssl", "openssl"),
    ("curl", "curl"),
    ("java", "default-jre-headless"),
    ("python3", "python3"),
    ("sslscan", "sslscan"),
    ("nft", "nftables"),
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("hivexsh", "libhivex-bin"),
    ("evtxexport", "libevtx-utils"),
    ("evtexport", "libevt-utils"),
];

/// While this file answers 101, Debian starts no service that it installs.
const POLICY: &str = "/usr/sbin/policy-rc.d";

/// Installs what is missing, or says what a person has to install.
pub(crate) fn install() -> Result<(), String> {
    let missing: Vec<&str> =
        PROGRAMS.iter().filter(|(program, _)| shell::found(program).is_none()).map(|(_, package)| *package).collect();
    if missing.is_empty() {
        println!("nothing is missing: {}", PROGRAMS.map(|(program, _)| program).join(" "));
        return Ok(());
    }
    let by_hand = format!("apt-get install --no-install-recommends {}", missing.join(" "));
    let root = shell::text_of(&mut shell::command("id", &["-u"])).is_ok_and(|id| id.trim() == "0");
    if !root || shell::found("apt-get").is_none() {
        return Err(format!("the tests need programs that are missing; as root: {by_hand}"));
    }
    println!("{by_hand}");
    let quiet = NoServices::begin()?;
    let install = || {
        let mut c = shell::command("apt-get", &["install", "--yes", "--quiet", "--no-install-recommends"]);
        shell::run(c.args(&missing).env("DEBIAN_FRONTEND", "noninteractive"))
    };
    let done = install().or_else(|_| {
        // the lists of packages may be old or absent
        shell::run(&mut shell::command("apt-get", &["update", "--quiet"]))?;
        install()
    });
    quiet.end()?;
    done?;
    match PROGRAMS.iter().find(|(program, _)| shell::found(program).is_none()) {
        Some((program, package)) => Err(format!("{package} is installed, but {program} is not found")),
        None => Ok(()),
    }
}

/// Keeps installed services from being started; a policy of the machine's own is left as it is.
struct NoServices {
    ours: bool,
}

impl NoServices {
    fn begin() -> Result<NoServices, String> {
        if Path::new(POLICY).exists() {
            return Ok(NoServices { ours: false });
        }
        std::fs::write(POLICY, "#!/bin/sh\nexit 101\n").map_err(|e| format!("{POLICY}: {e}"))?;
        shell::run(&mut shell::command("chmod", &["755", POLICY]))?;
        Ok(NoServices { ours: true })
    }
    fn end(self) -> Result<(), String> {
        if self.ours { std::fs::remove_file(POLICY).map_err(|e| format!("{POLICY}: {e}")) } else { Ok(()) }
    }
}
