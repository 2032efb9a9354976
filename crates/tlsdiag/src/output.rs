//! Results go to stdout, everything else to stderr; a reader that went away is no error.
use std::io::{ErrorKind, Write};

/// Prints a result.
pub(crate) fn result(text: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(text.as_bytes()).and_then(|()| out.flush()) {
        Err(e) if e.kind() != ErrorKind::BrokenPipe => {
            Err(anyhow::Error::from(e).context("could not write the result"))
        }
        _ => Ok(()),
    }
}

/// Is it only that the reader of a result went away?
pub(crate) fn gone(e: &anyhow::Error) -> bool {
    let broken = |e: &std::io::Error| e.kind() == ErrorKind::BrokenPipe;
    e.chain().any(|c| c.downcast_ref().is_some_and(broken))
}

/// Says what is in the way. Where even that cannot be written there is nobody to tell.
pub(crate) fn complain(text: &str) {
    let text = tlsdiag_model::escape(text);
    let _ = writeln!(std::io::stderr().lock(), "tlsdiag: {text}");
}

/// A line beside the result, for whoever asked for everything.
pub(crate) fn note(text: &str) {
    let _ = writeln!(std::io::stderr().lock(), "{}", tlsdiag_model::escape(text));
}
