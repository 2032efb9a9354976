//! Passwords for `fix` and `trial`: for what is read, one after the other; for what is written, typed twice.
use crate::secrets::{ask, attended, echo, first_line, known, prompt};
use clap::Args as ClapArgs;
use std::path::{Path, PathBuf};
use tlsdiag_model::{Arg, Lang, Say, say};
use tlsdiag_pki::secret::{Locked, Password, Passwords};

/// Where a password for what is written may stand, besides its file.
const OUT_VARIABLE: &str = "TLSDIAG_OUT_PASSWORD";
/// How often a person is asked for one locked thing.
const TIMES: usize = 3;
/// Interrupted.
const INTERRUPTED: u8 = 130;

// Passwords as they are handed over. (Not a docstring: clap would take it for the command's own text.)
#[derive(ClapArgs, Clone, Debug, Default)]
pub(crate) struct Given {
    /// Try the first line of this file as a password; TLSDIAG_PASSWORD is tried too, and a terminal is asked
    #[arg(long = "password-file", value_name = "FILE")]
    pub(crate) password_files: Vec<PathBuf>,
}

impl Given {
    /// All that is known, tried for each locked thing in turn; after that a person is asked, if one sits there.
    ///
    /// # Errors
    /// Which file cannot be read.
    pub(crate) fn source(&self, lang: Lang) -> Result<Source, Say> {
        Ok(Source { known: known(&self.password_files)?, asked: 0, ask: attended(), lang, file: String::new() })
    }
}

/// Hands out passwords for one file after the other; what a person typed once is tried again.
pub(crate) struct Source {
    known: Vec<Password>,
    asked: usize,
    ask: bool,
    lang: Lang,
    file: String,
}

impl Source {
    /// Names the file that is read next, for the question.
    pub(crate) fn at(&mut self, file: &str) -> &mut Source {
        file.clone_into(&mut self.file);
        self
    }
}

impl Passwords for Source {
    fn next(&mut self, what: &Locked) -> Option<Password> {
        if what.attempt == 0 {
            self.asked = 0;
        }
        if let Some(known) = self.known.get(what.attempt) {
            return Some(known.clone());
        }
        if !self.ask || self.asked >= TIMES {
            return None;
        }
        self.asked = self.asked.saturating_add(1);
        let typed = ask(&self.file, what, self.lang)?;
        self.known.push(typed.clone());
        Some(typed)
    }
}

/// A password for what is written: from a file, the environment, or typed twice. `Ok(None)`: there is none.
///
/// # Errors
/// The file cannot be read or begins with an empty line, or the two that were typed differ.
pub(crate) fn for_output(file: Option<&Path>, ask: bool, lang: Lang) -> Result<Option<Password>, Say> {
    if let Some(path) = file {
        let password = first_line(path)?;
        return match password.is_empty() {
            true => Err(say!(
                "the first line of {file} is empty",
                "{file}의 첫 줄이 비어 있습니다",
                file = Arg::quote(path.display())
            )),
            false => Ok(Some(password)),
        };
    }
    if let Some(p) = std::env::var(OUT_VARIABLE).ok().filter(|v| !v.is_empty()) {
        return Ok(Some(Password::new(p)));
    }
    if !ask || !attended() {
        return Ok(None);
    }
    let Some(first) = prompt(&say!("password for the new file: ", "새 파일의 암호: "), lang) else {
        return Ok(None);
    };
    match prompt(&say!("the same again: ", "한 번 더: "), lang) {
        Some(second) if second.text() == first.text() => Ok(Some(first)),
        _ => Err(say!("the two passwords differ", "두 암호가 다릅니다")),
    }
}

/// Ctrl-C ends the program, and a terminal that was asked for a password is given back as it was; `also` runs before.
pub(crate) fn on_interrupt(also: impl Fn() + Send + 'static) {
    let set = ctrlc::set_handler(move || {
        echo::restore();
        also();
        std::process::exit(i32::from(INTERRUPTED));
    });
    if let Err(e) = set {
        crate::output::complain(&format!("Ctrl-C: {e}"));
    }
}
