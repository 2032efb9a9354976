//! How the screen is written: colour, glyphs, language, width and how much is told; resolved by the caller.
use tlsdiag_model::Lang;
use tlsdiag_rules::RungState;
use unicode_width::UnicodeWidthStr;

/// How much is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verbosity {
    /// The first line only (`-q`).
    Quiet,
    /// The screen.
    #[default]
    Normal,
    /// A line per rule and every fact's origin (`-v`).
    Verbose,
    /// Raw evidence too (`-vv`).
    Raw,
}

/// The marks that a console can show: `✓ ✗` are in no Windows console code page.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GlyphSet {
    /// A UTF-8 console: `✓ ✗ ·`.
    #[default]
    Unicode,
    /// Code pages 949 and 936: `√ × ·`.
    Cp949,
    /// Code page 932: `√ × -`.
    Cp932,
    /// Anything else: `ok XX --`.
    Ascii,
}

impl GlyphSet {
    /// The marks for a console code page: 65001, 949, 936, 932, or another.
    pub fn for_code_page(page: u32) -> GlyphSet {
        match page {
            65001 => GlyphSet::Unicode,
            949 | 936 => GlyphSet::Cp949,
            932 => GlyphSet::Cp932,
            _ => GlyphSet::Ascii,
        }
    }

    pub(crate) fn rung(self, state: RungState) -> &'static str {
        let all = match self {
            GlyphSet::Unicode => ["✓", "✗", "!", "?", "·"],
            GlyphSet::Cp949 => ["√", "×", "!", "?", "·"],
            GlyphSet::Cp932 => ["√", "×", "!", "?", "-"],
            GlyphSet::Ascii => ["ok", "XX", "!!", "??", "--"],
        };
        let [ok, fail, warn, unseen, not_reached] = all;
        match state {
            RungState::Ok => ok,
            RungState::Fail => fail,
            RungState::Warn => warn,
            RungState::Unseen => unseen,
            RungState::NotReached => not_reached,
        }
    }

    /// Cells of a text. Consoles of the East Asian code pages draw ambiguous characters two cells wide.
    pub(crate) fn cells(self, s: &str) -> usize {
        match self {
            GlyphSet::Unicode | GlyphSet::Ascii => s.width(),
            GlyphSet::Cp949 | GlyphSet::Cp932 => s.width_cjk(),
        }
    }
}

/// How the screen is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Whether to colour: the caller has asked `--color`, `NO_COLOR` and the terminal.
    pub colour: bool,
    /// The marks.
    pub glyphs: GlyphSet,
    /// The language.
    pub lang: Lang,
    /// Cells per line; less than 40 counts as 40.
    pub width: usize,
    /// How much is told.
    pub verbosity: Verbosity,
}

impl Default for Style {
    /// No colour, UTF-8, English, 80 cells.
    fn default() -> Style {
        Style { colour: false, glyphs: GlyphSet::Unicode, lang: Lang::En, width: 80, verbosity: Verbosity::Normal }
    }
}

/// The four roles of colour. Every meaning is in a glyph and a word too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Plain,
    Good,
    Bad,
    Warn,
    Dim,
}

impl Role {
    pub(crate) fn of(state: RungState) -> Role {
        match state {
            RungState::Ok => Role::Good,
            RungState::Fail => Role::Bad,
            RungState::Warn => Role::Warn,
            RungState::Unseen | RungState::NotReached => Role::Dim,
        }
    }

    pub(crate) fn style(self) -> anstyle::Style {
        let s = anstyle::Style::new();
        match self {
            Role::Plain => s,
            Role::Good => s.fg_color(Some(anstyle::AnsiColor::Green.into())),
            Role::Bad => s.fg_color(Some(anstyle::AnsiColor::Red.into())).bold(),
            Role::Warn => s.fg_color(Some(anstyle::AnsiColor::Yellow.into())),
            Role::Dim => s.dimmed(),
        }
    }
}
