//! Trying passwords on locked things of one file: those that opened another first, within a budget of work.

use super::{Limits, Locked, Password, Passwords, SecretError};
use std::fmt;

/// The passwords of one file and the work they have cost.
pub struct Unlocker<'a> {
    passwords: &'a mut dyn Passwords,
    /// What the file may ask for.
    pub limits: &'a Limits,
    worked: Vec<Password>,
    spent: u64,
    octets: usize,
}

/// A password that opened something, and what came out.
#[derive(Debug)]
pub struct Opened<T> {
    /// What came out.
    pub value: T,
    /// The password.
    pub password: Password,
    /// Whether it was the empty one or none, which nobody had to name.
    pub silent: bool,
}

impl<'a> Unlocker<'a> {
    /// For one file.
    pub fn new(passwords: &'a mut dyn Passwords, limits: &'a Limits) -> Unlocker<'a> {
        Unlocker { passwords, limits, worked: Vec::new(), spent: 0, octets: 0 }
    }

    /// Tries passwords on one locked thing: those that opened something of this file, the empty one and "no
    /// password", then those that are handed out. `cost` is what one attempt takes, in iterations.
    ///
    /// # Errors
    /// `NoPassword` if none was handed out, `WrongPassword` if none fitted, `TooMuchWork` past the budget, or the
    /// first error of `attempt` that another password cannot mend.
    pub fn unlock<T>(
        &mut self,
        place: &str,
        what: &'static str,
        cost: u64,
        mut attempt: impl FnMut(&Password) -> Result<T, SecretError>,
    ) -> Result<Opened<T>, SecretError> {
        let silent = [Password::new(""), Password::absent()];
        let known: Vec<(Password, bool)> = self
            .worked
            .iter()
            .map(|p| (p.clone(), p.is_empty()))
            .chain(silent.into_iter().map(|p| (p, true)))
            .collect();
        for (password, silent) in known {
            self.spend(cost)?;
            match attempt(&password) {
                Ok(value) => return Ok(self.opened(value, password, silent)),
                Err(SecretError::WrongPassword) => {}
                Err(e) => return Err(e),
            }
        }
        let mut locked = Locked { place: place.to_owned(), what, attempt: 0 };
        while let Some(password) = self.passwords.next(&locked) {
            locked.attempt = locked.attempt.saturating_add(1);
            if self.worked.iter().any(|w| w.text() == password.text()) {
                continue;
            }
            self.spend(cost)?;
            match attempt(&password) {
                Ok(value) => return Ok(self.opened(value, password, false)),
                Err(SecretError::WrongPassword) => {}
                Err(e) => return Err(e),
            }
        }
        Err(if locked.attempt == 0 && self.worked.iter().all(Password::is_empty) {
            SecretError::NoPassword
        } else {
            SecretError::WrongPassword
        })
    }

    /// Counts octets that are joined or decrypted, of all of the file.
    pub(crate) fn take(&mut self, octets: usize) -> bool {
        self.octets = self.octets.saturating_add(octets);
        self.octets <= self.limits.octets
    }

    fn spend(&mut self, cost: u64) -> Result<(), SecretError> {
        self.spent = self.spent.saturating_add(cost.min(self.limits.iterations.saturating_mul(4)));
        if self.spent > self.limits.work { Err(SecretError::TooMuchWork { limit: self.limits.work }) } else { Ok(()) }
    }

    fn opened<T>(&mut self, value: T, password: Password, silent: bool) -> Opened<T> {
        if !self.worked.iter().any(|w| w.text() == password.text() && w.is_absent() == password.is_absent()) {
            self.worked.insert(0, password.clone());
        }
        Opened { value, password, silent }
    }
}

impl fmt::Debug for Unlocker<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Unlocker").field("worked", &self.worked.len()).field("spent", &self.spent).finish()
    }
}
