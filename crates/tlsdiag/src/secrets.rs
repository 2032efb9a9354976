//! Passwords for encrypted keys and containers: from files, from the environment, from whoever sits at the terminal. Never
//! from arguments, which every user of the machine can read.
use std::{
    fs::File,
    io::{self, IsTerminal, Read},
    path::{Path, PathBuf},
};
use tlsdiag_collect::files::Secrets;
use tlsdiag_model::{Arg, Lang, Say, say};
use tlsdiag_pki::secret::{Locked, Password};

/// The variable that may hold a password.
const VARIABLE: &str = "TLSDIAG_PASSWORD";
/// Longest file of a password, octets.
const LONGEST: u64 = 64 << 10;

/// What is known beforehand; a terminal is asked for the rest.
///
/// # Errors
/// A file of `--password-file` cannot be used; which, and why.
pub(crate) fn secrets(files: &[PathBuf], lang: Lang) -> Result<Secrets<'static>, Say> {
    let secrets = Secrets::known(known(files)?);
    if !attended() {
        return Ok(secrets);
    }
    Ok(secrets.or_ask(Box::new(move |path, locked| ask(path, locked, lang))))
}

/// The passwords of files and of the environment.
///
/// # Errors
/// A file cannot be used; which, and why.
pub(crate) fn known(files: &[PathBuf]) -> Result<Vec<Password>, Say> {
    let mut known = vec![];
    for path in files {
        known.push(first_line(path)?);
    }
    if let Some(p) = std::env::var_os(VARIABLE) {
        known.push(Password::new(p.to_string_lossy().into_owned()));
    }
    Ok(known)
}

/// The first line of a file of `--password-file`.
pub(crate) fn first_line(path: &Path) -> Result<Password, Say> {
    let failed = |why: &dyn std::fmt::Display| {
        let (file, why) = (Arg::quote(path.display()), Arg::quote(why));
        say!("--password-file {file}: {why}", "--password-file {file}: {why}", file = file, why = why)
    };
    // what a shell hands over as <(command) is a pipe, so that sizes are not asked for
    let mut octets = zeroize::Zeroizing::new(vec![]);
    let read = File::open(path).and_then(|f| f.take(LONGEST).read_to_end(&mut octets));
    read.map_err(|e| failed(&e))?;
    let line = octets.split(|b| *b == b'\n').next().unwrap_or_default();
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    std::str::from_utf8(line).map(Password::new).map_err(|e| failed(&e))
}

pub(crate) fn ask(path: &str, locked: &Locked, lang: Lang) -> Option<Password> {
    let (file, what) = (Arg::quote(path), Arg::word(locked.what, korean(locked.what)));
    let question = if locked.place.is_empty() {
        say!(
            "{file}: password of the {what} (empty: leave it): ",
            "{file}: {what} 암호(비우면 건너뜀): ",
            file = file,
            what = what
        )
    } else {
        say!(
            "{file}, {place}: password of the {what} (empty: leave it): ",
            "{file}, {place}: {what} 암호(비우면 건너뜀): ",
            file = file,
            place = Arg::quote(&locked.place),
            what = what
        )
    };
    prompt(&question, lang)
}

/// Asks for a password without showing it; `None` where nothing is typed.
pub(crate) fn prompt(question: &Say, lang: Lang) -> Option<Password> {
    echo::keep();
    let typed = rpassword::prompt_password(question.render(lang)).ok();
    echo::forget();
    typed.filter(|t| !t.is_empty()).map(Password::new)
}

/// Is there somebody to ask? Standard input may be the file itself.
pub(crate) fn attended() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}

fn korean(what: &'static str) -> &'static str {
    match what {
        "private key" => "개인 키",
        "PKCS#12 file" => "PKCS#12 파일",
        "Java key store" => "Java 키 저장소",
        other => other,
    }
}

/// The terminal as it was before somebody was asked: an interrupted question must not leave it mute.
pub(crate) mod echo {
    #[cfg(unix)]
    use std::sync::{Mutex, PoisonError};

    #[cfg(unix)]
    static BEFORE: Mutex<Option<rustix::termios::Termios>> = Mutex::new(None);

    #[cfg(unix)]
    pub(super) fn keep() {
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = rustix::termios::tcgetattr(std::io::stdin()).ok();
    }

    #[cfg(unix)]
    pub(super) fn forget() {
        *BEFORE.lock().unwrap_or_else(PoisonError::into_inner) = None;
    }

    /// Gives the terminal back as it was.
    #[cfg(unix)]
    pub(crate) fn restore() {
        if let Some(before) = BEFORE.lock().unwrap_or_else(PoisonError::into_inner).take() {
            let now = rustix::termios::OptionalActions::Now;
            let _ = rustix::termios::tcsetattr(std::io::stdin(), now, &before);
        }
    }

    #[cfg(not(unix))]
    pub(super) fn keep() {}

    #[cfg(not(unix))]
    pub(super) fn forget() {}

    /// Gives the terminal back as it was; the console does so itself.
    #[cfg(not(unix))]
    pub(crate) fn restore() {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_line_is_the_password() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("p");
        for (content, password) in [
            ("geheim\nsecond\n", "geheim"),
            ("ge heim \r\n", "ge heim "),
            ("\u{feff}암호", "암호"),
            ("", ""),
            ("\nx", ""),
        ] {
            std::fs::write(&path, content).unwrap();
            assert_eq!(first_line(&path).unwrap().text(), password);
        }
        std::fs::write(&path, [0xff, 0xfe, b'\n']).unwrap();
        assert!(first_line(&path).is_err() && first_line(&dir.path().join("missing")).is_err());
    }
}
