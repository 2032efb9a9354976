//! Programs around a network: the one that is the emulator, and those that run on the hosts.

use super::error::Error;
use std::{
    ffi::OsString,
    path::PathBuf,
    process::{Child, Command},
};

/// The program that calls [`super::run_emulator`], and the arguments that make it do so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmulatorProgram {
    /// The program's file.
    pub program: PathBuf,
    /// Its arguments.
    pub arguments: Vec<OsString>,
}

impl EmulatorProgram {
    /// The running program itself, called again with `arguments`, such as `["lab", "path-emulator"]`.
    ///
    /// # Errors
    /// When the system does not say which file is running.
    pub fn this_program<A: Into<OsString>>(arguments: impl IntoIterator<Item = A>) -> Result<Self, Error> {
        let program = std::env::current_exe().map_err(Error::io("find the running program"))?;
        Ok(Self { program, arguments: arguments.into_iter().map(Into::into).collect() })
    }
}

/// A program that is killed when this is dropped, so that a server does not outlive its network after a panic.
#[derive(Debug)]
pub struct Guest(Child);

impl Guest {
    /// Starts `command`, usually one of `Net::server_command`.
    ///
    /// # Errors
    /// When it cannot be started.
    pub fn start(command: &mut Command) -> Result<Self, Error> {
        command.spawn().map(Self).map_err(Error::io("start a program on a host"))
    }

    /// The process, for its pipes and its end.
    pub fn child(&mut self) -> &mut Child {
        &mut self.0
    }
}

impl Drop for Guest {
    fn drop(&mut self) {
        // It may have ended already; then there is nothing to kill, only to wait for.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}
