//! Text: a template in two languages and typed arguments, joined at the last moment; what came from outside is escaped.
use crate::{Time, ko, say};
use serde::Serialize;
use std::fmt::Write as _;

/// A template in both languages. Holes are `{name}`; in Korean `{name:을}` adds the particle that fits the value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Tpl {
    /// English.
    pub en: &'static str,
    /// Korean.
    pub ko: &'static str,
}

impl Tpl {
    /// The text in one language.
    pub fn text(&self, lang: Lang) -> &'static str {
        match lang {
            Lang::En => self.en,
            Lang::Ko => self.ko,
        }
    }
}

/// A language of the program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lang {
    /// English.
    En,
    /// Korean.
    Ko,
}

/// A typed argument of a [`Say`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "type", content = "value")]
pub enum Arg {
    /// A word of the program's own, in both languages.
    Word(Tpl),
    /// Text from outside (a certificate, a banner, an argument): escaped when shown, whole in JSON.
    Quote(String),
    /// A number.
    Num(u64),
    /// A protocol literal or code that the program itself made: shown as it is.
    Term(String),
    /// A point in time, shown as a UTC date (and the hour, where it matters).
    Date(Time),
    /// A point in time, shown with minutes.
    Moment(Time),
    /// Several, joined by commas.
    List(Vec<Arg>),
    /// Another sentence.
    Say(Box<Say>),
}

impl Arg {
    /// Text from outside.
    pub fn quote(s: impl ToString) -> Arg {
        Arg::Quote(s.to_string())
    }
    /// Something of the program's own that prints itself.
    pub fn term(s: impl ToString) -> Arg {
        Arg::Term(s.to_string())
    }
    /// A number.
    pub fn num(n: impl TryInto<u64>) -> Arg {
        Arg::Num(n.try_into().unwrap_or(u64::MAX))
    }
    /// A span of time of so many milliseconds; from one second on in seconds, to a tenth.
    pub fn wait(ms: u32) -> Arg {
        if ms < 1000 {
            return Arg::Say(Box::new(say!("{n} ms", "{n}ms", n = Arg::num(ms))));
        }
        let tenths = ms.saturating_add(50) / 100;
        let n = match (tenths / 10, tenths % 10) {
            (whole, 0) => whole.to_string(),
            (whole, part) => format!("{whole}.{part}"),
        };
        Arg::Say(Box::new(say!("{n} s", "{n}초", n = Arg::Term(n))))
    }
    /// A word in both languages.
    pub fn word(en: &'static str, ko: &'static str) -> Arg {
        Arg::Word(Tpl { en, ko })
    }
    fn show(&self, lang: Lang) -> String {
        match self {
            Arg::Word(t) => t.text(lang).to_owned(),
            Arg::Quote(q) => escape(q),
            Arg::Num(n) => n.to_string(),
            Arg::Term(s) => s.clone(),
            Arg::Date(t) => date(*t),
            Arg::Moment(t) => moment(*t),
            Arg::List(l) => l.iter().map(|a| a.show(lang)).collect::<Vec<_>>().join(", "),
            Arg::Say(s) => s.render(lang),
        }
    }
}

/// A sentence: template and arguments.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Say {
    /// The template.
    pub tpl: &'static Tpl,
    /// Arguments by hole.
    pub args: Vec<(&'static str, Arg)>,
}

impl Say {
    /// The sentence in one language, with everything from outside escaped.
    pub fn render(&self, lang: Lang) -> String {
        let mut out = String::new();
        let mut rest = self.tpl.text(lang);
        while let Some((before, tail)) = rest.split_once('{') {
            let Some((hole, after)) = tail.split_once('}') else { break };
            let (name, particle) = hole.split_once(':').unwrap_or((hole, ""));
            out.push_str(before);
            let value = match self.args.iter().find(|(k, _)| *k == name) {
                Some((_, arg)) => arg.show(lang),
                None => format!("{{{name}}}"),
            };
            out.push_str(&value);
            out.push_str(ko::particle(particle, &value));
            rest = after;
        }
        out.push_str(rest);
        out
    }
}

/// Makes a [`Say`]: `say!("{who} holds port {port}", "포트 {port:을} {who:이} 쓰고 있습니다", who = …, port = …)`.
/// That both languages use the same holes, and that every hole has an argument, is checked while compiling.
#[macro_export]
macro_rules! say {
    ($en:literal, $ko:literal $(, $k:ident = $v:expr)* $(,)?) => {{
        const _: () = assert!($crate::same_holes($en, $ko), "the two languages use different holes");
        const _: () = assert!($crate::__holes_named($en, &[$(stringify!($k)),*]), "a hole without an argument");
        static T: $crate::Tpl = $crate::Tpl { en: $en, ko: $ko };
        $crate::Say { tpl: &T, args: vec![$((stringify!($k), $v)),*] }
    }};
}

/// Do both templates use the same holes?
pub const fn same_holes(a: &str, b: &str) -> bool {
    covers(a.as_bytes(), b.as_bytes()) && covers(b.as_bytes(), a.as_bytes())
}

#[doc(hidden)]
pub const fn __holes_named(tpl: &str, names: &[&str]) -> bool {
    let s = tpl.as_bytes();
    let mut i = 0;
    while i < s.len() {
        if s[i] == b'{' {
            let end = hole_end(s, i + 1);
            let (mut k, mut hit) = (0, false);
            while k < names.len() {
                if same(s, i + 1, end, names[k].as_bytes(), 0, names[k].len()) {
                    hit = true;
                }
                k += 1;
            }
            if !hit {
                return false;
            }
        }
        i += 1;
    }
    true
}

const fn hole_end(s: &[u8], mut i: usize) -> usize {
    while i < s.len() && s[i] != b'}' && s[i] != b':' {
        i += 1;
    }
    i
}
const fn same(a: &[u8], i: usize, i_end: usize, b: &[u8], j: usize, j_end: usize) -> bool {
    if i_end - i != j_end - j {
        return false;
    }
    let mut k = 0;
    while k < i_end - i {
        if a[i + k] != b[j + k] {
            return false;
        }
        k += 1;
    }
    true
}
const fn covers(a: &[u8], b: &[u8]) -> bool {
    let mut i = 0;
    while i < a.len() {
        if a[i] == b'{' {
            let end = hole_end(a, i + 1);
            let (mut j, mut hit) = (0, false);
            while j < b.len() {
                if b[j] == b'{' && same(a, i + 1, end, b, j + 1, hole_end(b, j + 1)) {
                    hit = true;
                }
                j += 1;
            }
            if !hit {
                return false;
            }
        }
        i += 1;
    }
    true
}

/// Escapes what could move a cursor, turn text round or hide: control characters, bidi marks and overrides, zero-width and
/// private-use characters, line separators.
pub fn escape(s: &str) -> String {
    let mut out = String::with_capacity(s.len());
    for c in s.chars() {
        if dangerous(c) {
            let _ = write!(out, "\\u{{{:x}}}", u32::from(c));
        } else {
            out.push(c);
        }
    }
    out
}

fn dangerous(c: char) -> bool {
    c.is_control()
        || matches!(c,
            '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}' | '\u{e0000}'..='\u{e0fff}' | '\u{f0000}'..='\u{10ffff}')
}

/// Year, month, day of a time (proleptic Gregorian, UTC).
fn civil(t: Time) -> (i64, u32, u32, u32, u32) {
    let minutes = t.div_euclid(60_000);
    let days = minutes.div_euclid(1440);
    let of_day = minutes.rem_euclid(1440);
    let z = days.saturating_add(719_468);
    let era = z.div_euclid(146_097);
    let doe = z.rem_euclid(146_097);
    let yoe = (doe - doe / 1460 + doe / 36_524 - doe / 146_096) / 365;
    let doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
    let mp = (5 * doy + 2) / 153;
    let day = doy - (153 * mp + 2) / 5 + 1;
    let month = if mp < 10 { mp + 3 } else { mp - 9 };
    let year = yoe + era * 400 + i64::from(month <= 2);
    let small = |n: i64| u32::try_from(n).unwrap_or(0);
    (year, small(month), small(day), small(of_day / 60), small(of_day % 60))
}

pub(crate) fn date(t: Time) -> String {
    let (y, m, d, ..) = civil(t);
    format!("{y:04}-{m:02}-{d:02}")
}

pub(crate) fn moment(t: Time) -> String {
    let (y, m, d, h, min) = civil(t);
    format!("{y:04}-{m:02}-{d:02} {h:02}:{min:02} UTC")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_escaped_and_particles_fit() {
        let s = say!(
            "{who} holds port {port}",
            "포트 {port:을} {who:이} 쓰고 있습니다",
            who = Arg::quote("evil\u{1b}[2J\u{202e}"),
            port = Arg::Num(443)
        );
        assert_eq!(s.render(Lang::En), "evil\\u{1b}[2J\\u{202e} holds port 443");
        assert!(s.render(Lang::Ko).starts_with("포트 443을 "));
        assert_eq!(say!("{v} off", "{v:이} 꺼짐", v = Arg::word("server", "서버")).render(Lang::Ko), "서버가 꺼짐");
    }

    #[test]
    fn holes_are_compared_by_name() {
        assert!(!same_holes("{a} {b}", "{a}"));
        assert!(same_holes("{a} {b}", "{b:이} {a:을}"));
        assert!(!same_holes("{ab}", "{a}"));
        assert!(__holes_named("{a} {b:을}", &["b", "a"]) && !__holes_named("{c}", &["b", "a"]));
    }

    #[test]
    fn waits_are_told_to_a_tenth_of_a_second() {
        let told = |ms| say!("{w}", "{w}", w = Arg::wait(ms));
        let all = [(0, "0 ms"), (999, "999 ms"), (1000, "1 s"), (1049, "1 s"), (1050, "1.1 s"), (10_001, "10 s")];
        for (ms, text) in all {
            assert_eq!(told(ms).render(Lang::En), text);
        }
        assert_eq!(told(u32::MAX).render(Lang::Ko), "4294967.2초");
        assert_eq!(told(12_300).render(Lang::Ko), "12.3초");
    }

    #[test]
    fn dates() {
        assert_eq!(date(0), "1970-01-01");
        assert_eq!(date(951_782_400_000), "2000-02-29");
        assert_eq!(moment(1_795_511_700_000), "2026-11-24 09:15 UTC");
        assert_eq!(date(-1), "1969-12-31");
    }
}
