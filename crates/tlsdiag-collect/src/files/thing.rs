//! What an argument is: a file or folder that is there, a thumbprint that somebody copied, else a site.
use crate::{Target, TargetError};
use std::{
    fmt, io,
    net::IpAddr,
    path::{Path, PathBuf},
};
use tlsdiag_model::{Arg, Lang, Say, say};

/// What a person named.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// Standard input.
    Stdin,
    /// A file or folder that is there.
    Path(PathBuf),
    /// A thumbprint, as pasted.
    Thumbprint(String),
    /// A site.
    Site(Box<Target>),
}

/// Why an argument is nothing that can be looked at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ThingError {
    /// It names a file by its path or its ending, and there is none.
    NoFile {
        /// As typed.
        typed: String,
        /// The system's words, where it is something other than absence.
        why: Option<String>,
    },
    /// No target.
    Target(TargetError),
}

impl ThingError {
    /// The reason, in two languages.
    pub fn say(&self) -> Say {
        match self {
            ThingError::NoFile { typed, why: None } => say!(
                "{path}: there is no such file or folder",
                "{path}: 그런 파일이나 폴더가 없습니다",
                path = Arg::quote(typed)
            ),
            ThingError::NoFile { typed, why: Some(why) } => {
                say!("{path}: {why}", "{path}: {why}", path = Arg::quote(typed), why = Arg::quote(why))
            }
            ThingError::Target(e) => e.say(),
        }
    }
}

impl fmt::Display for ThingError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.say().render(Lang::En))
    }
}
impl std::error::Error for ThingError {}

/// Endings of files with certificates, keys and evidence; none of them is a top-level domain.
const ENDINGS: &[&str] = &[
    "pem",
    "crt",
    "cer",
    "der",
    "key",
    "pfx",
    "p12",
    "p7b",
    "p7c",
    "csr",
    "crl",
    "jks",
    "jceks",
    "keystore",
    "truststore",
    "p8",
    "pk8",
    "pvk",
    "ppk",
    "sst",
    "spc",
    "evtx",
    "evt",
    "reg",
    "hiv",
    "txt",
    "log",
    "xml",
    "csv",
    "json",
    "config",
    "tlsdiag",
];

/// Reads an argument. A file that is there comes first; `https://` in front makes a site of anything.
///
/// # Errors
/// See [`ThingError`].
pub fn thing(typed: &str) -> Result<Thing, ThingError> {
    if typed == "-" {
        return Ok(Thing::Stdin);
    }
    if !typed.contains("://") {
        let path = Path::new(typed);
        match path.metadata() {
            Ok(_) => return Ok(Thing::Path(path.to_owned())),
            // a link that leads nowhere, a folder that may not be entered
            Err(e) if path.symlink_metadata().is_ok() || is_path(typed) && e.kind() != io::ErrorKind::NotFound => {
                let why = match e.kind() {
                    io::ErrorKind::NotFound => "the symbolic link leads nowhere".to_owned(),
                    _ => e.to_string(),
                };
                return Err(ThingError::NoFile { typed: typed.to_owned(), why: Some(why) });
            }
            Err(_) => {}
        }
        if is_address(typed) {
            return site(typed);
        }
        if super::pasted::looks_like(typed) {
            return Ok(Thing::Thumbprint(typed.to_owned()));
        }
        if is_path(typed) {
            return Err(ThingError::NoFile { typed: typed.to_owned(), why: None });
        }
    }
    site(typed)
}

/// Could a path that is there have been meant as a host?
pub fn reads_as_host(typed: &str) -> bool {
    let named = typed.contains('.') && !typed.starts_with('.') && !typed.contains(['/', '\\']);
    named && !has_ending(typed) && Target::parse(typed).is_ok()
}

fn site(typed: &str) -> Result<Thing, ThingError> {
    Target::parse(typed).map(|t| Thing::Site(Box::new(t))).map_err(ThingError::Target)
}

/// An IPv6 address in full has as many hex digits as an MD5.
fn is_address(typed: &str) -> bool {
    typed.trim().parse::<IpAddr>().is_ok() || typed.trim_start().starts_with('[')
}

/// Does the text name a file rather than a site? `host/path` is a site.
fn is_path(typed: &str) -> bool {
    let rooted = ["/", "./", "../", "~", "\\", ".\\", "..\\"].iter().any(|r| typed.starts_with(r));
    let drive = matches!(typed.as_bytes(), [d, b':', b'\\' | b'/', ..] if d.is_ascii_alphabetic());
    let bare = !typed.contains([':', '?', '#', '@', ' ']);
    // a folder's name seldom looks like a host's
    let first = typed.split(['/', '\\']).next().unwrap_or_default();
    let folder = typed.contains(['/', '\\']) && !first.contains('.') && first != "localhost";
    matches!(typed, "." | "..") || rooted || drive || bare && (has_ending(typed) || folder)
}

fn has_ending(typed: &str) -> bool {
    let name = typed.rsplit(['/', '\\']).next().unwrap_or_default();
    name.rsplit_once('.').is_some_and(|(_, e)| ENDINGS.iter().any(|x| x.eq_ignore_ascii_case(e)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(typed: &str) -> Result<Thing, ThingError> {
        thing(typed)
    }

    #[test]
    fn what_is_there_is_a_file_and_what_names_a_file_is_no_site() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("www.example.kr");
        std::fs::write(&file, "x").unwrap();
        let typed = file.display().to_string();
        assert_eq!(read(&typed), Ok(Thing::Path(file)));
        assert_eq!(read("-"), Ok(Thing::Stdin));
        for typed in
            ["./missing", "/missing/x", "missing.pem", "etc/missing.PFX", "folder/x", "C:\\keys\\a", "~/a.key", "..\\x"]
        {
            assert!(matches!(read(typed), Err(ThingError::NoFile { why: None, .. })), "{typed}");
        }
        for typed in
            ["shop.example", "shop.example/path", "localhost/x", "shop.example:8443/a.pem", "host", "[::1]:443"]
        {
            assert!(matches!(read(typed), Ok(Thing::Site(_))), "{typed}");
        }
        assert!(matches!(read("ftp://a.example/x.pem"), Err(ThingError::Target(_))));
        assert!(matches!(read("https://missing.pem"), Ok(Thing::Site(_))));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_that_leads_nowhere_is_told() {
        let dir = tempfile::tempdir().unwrap();
        let link = dir.path().join("cert.pem");
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        let e = read(&link.display().to_string()).unwrap_err();
        assert!(e.to_string().contains("leads nowhere"), "{e}");
    }

    #[test]
    fn thumbprints_are_told_from_hosts_and_addresses() {
        let sha1 = "\u{200e}a9 09 50 2d d8 2a e4 14 33 e6 f8 38 86 b0 0d 42 77 a3 2a 7b";
        assert_eq!(read(sha1), Ok(Thing::Thumbprint(sha1.to_owned())));
        assert!(matches!(read(&"ab".repeat(32)), Ok(Thing::Thumbprint(_))));
        assert!(matches!(read("2001:0db8:0000:0000:0000:0000:0000:0001"), Ok(Thing::Site(_))));
        assert!(matches!(read("d41d8cd98f00b204e9800998ecf8427e.example.kr"), Ok(Thing::Site(_))));
    }

    #[test]
    fn a_file_named_like_a_host() {
        assert!(reads_as_host("www.example.kr"));
        for typed in ["cert.pem", "./www.example.kr", "folder", "a/b.example", ".", ".."] {
            assert!(!reads_as_host(typed), "{typed}");
        }
    }
}
