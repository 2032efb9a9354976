//! What the terminal can show: colour, width, glyphs, language.
use crate::args::{Colour, Language, Show};
use std::io::IsTerminal;
use tlsdiag_model::Lang;
use tlsdiag_report::{GlyphSet, Style, Verbosity};

/// Resolves what was asked for against what there is.
pub(crate) fn style(show: &Show) -> Style {
    let tty = std::io::stdout().is_terminal();
    let colour = match show.color {
        Colour::Always => true,
        Colour::Never => false,
        Colour::Auto => tty && !set("NO_COLOR") && std::env::var("TERM").as_deref() != Ok("dumb"),
    };
    let width = if tty { terminal_size::terminal_size().map_or(80, |(w, _)| usize::from(w.0)) } else { 80 };
    Style {
        colour,
        glyphs: glyphs(tty),
        lang: lang(show.lang),
        width: width.clamp(40, 120),
        verbosity: match (show.quiet, show.verbose) {
            (true, _) => Verbosity::Quiet,
            (_, 0) => Verbosity::Normal,
            (_, 1) => Verbosity::Verbose,
            _ => Verbosity::Raw,
        },
    }
}

/// The language asked for, else that of the system.
pub(crate) fn lang(asked: Option<Language>) -> Lang {
    match asked {
        Some(Language::En) => Lang::En,
        Some(Language::Ko) => Lang::Ko,
        None => {
            let locale = locale(&["LC_ALL", "LC_MESSAGES", "LANG"]);
            if locale.starts_with("ko") { Lang::Ko } else { Lang::En }
        }
    }
}

/// A console whose encoding cannot show the marks gets words. A pipe gets UTF-8, as JSON and files do.
fn glyphs(tty: bool) -> GlyphSet {
    if !tty {
        return GlyphSet::Unicode;
    }
    if cfg!(windows) {
        // Windows Terminal sets this; the classic console's code page is not UTF-8 as a rule
        return if set("WT_SESSION") { GlyphSet::Unicode } else { GlyphSet::Cp949 };
    }
    let ctype = locale(&["LC_ALL", "LC_CTYPE", "LANG"]).to_ascii_lowercase();
    if ctype.contains("utf-8") || ctype.contains("utf8") { GlyphSet::Unicode } else { GlyphSet::Ascii }
}

fn set(name: &str) -> bool {
    std::env::var_os(name).is_some_and(|v| !v.is_empty())
}

fn locale(names: &[&str]) -> String {
    names.iter().find_map(|n| std::env::var(n).ok().filter(|v| !v.is_empty())).unwrap_or_default()
}
