//! The passwords of a run: those given beforehand, then a person who is asked, file by file.
use std::fmt;
use tlsdiag_pki::secret::{Locked, Password, Passwords};

/// How often a person is asked for each locked thing.
const TIMES: usize = 3;

/// Asks a person: the path of the file, and what in it is locked. `None` gives up.
pub type Ask<'a> = dyn FnMut(&str, &Locked) -> Option<Password> + 'a;

/// Passwords that are tried on every file. What a person typed for one file is tried on the next ones too.
#[derive(Default)]
pub struct Secrets<'a> {
    known: Vec<Password>,
    ask: Option<Box<Ask<'a>>>,
}

impl<'a> Secrets<'a> {
    /// Passwords known beforehand; nobody is asked.
    pub fn known(known: Vec<Password>) -> Secrets<'a> {
        Secrets { known, ask: None }
    }

    /// The same, and a person who can be asked.
    #[must_use]
    pub fn or_ask(mut self, ask: Box<Ask<'a>>) -> Secrets<'a> {
        self.ask = Some(ask);
        self
    }

    /// For one file. Nobody is asked about a file that was only found beside others.
    pub(crate) fn of<'s>(&'s mut self, path: &'s str, given: bool) -> OfFile<'s, 'a> {
        OfFile { secrets: self, path, given, known: 0 }
    }
}

impl fmt::Debug for Secrets<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Secrets").field("known", &self.known.len()).field("ask", &self.ask.is_some()).finish()
    }
}

/// The passwords for one file.
pub(crate) struct OfFile<'s, 'a> {
    secrets: &'s mut Secrets<'a>,
    path: &'s str,
    given: bool,
    /// How many were known when the locked thing came up.
    known: usize,
}

impl Passwords for OfFile<'_, '_> {
    fn next(&mut self, what: &Locked) -> Option<Password> {
        if what.attempt == 0 {
            self.known = self.secrets.known.len();
        }
        if let Some(p) = self.secrets.known.get(what.attempt) {
            return Some(p.clone());
        }
        if !self.given || what.attempt >= self.known.saturating_add(TIMES) {
            return None;
        }
        let ask = self.secrets.ask.as_mut()?;
        let typed = ask(self.path, what)?;
        self.secrets.known.push(typed.clone());
        Some(typed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn locked(attempt: usize) -> Locked {
        Locked { place: String::new(), what: "private key", attempt }
    }

    #[test]
    fn the_known_come_first_and_the_typed_are_remembered() {
        let mut asked = 0;
        let mut s = Secrets::known(vec![Password::new("a")]).or_ask(Box::new(|path, _| {
            assert_eq!(path, "x.pfx");
            asked += 1;
            Some(Password::new(format!("typed {asked}")))
        }));
        {
            let mut of = s.of("x.pfx", true);
            let tried: Vec<String> = (0..9).map_while(|n| of.next(&locked(n))).map(|p| p.text().to_owned()).collect();
            assert_eq!(tried, ["a", "typed 1", "typed 2", "typed 3"]);
        }
        let mut of = s.of("beside.pfx", false);
        assert_eq!((0..9).map_while(|n| of.next(&locked(n))).count(), 4);
        assert!(!format!("{s:?}").contains("typed"));
    }
}
