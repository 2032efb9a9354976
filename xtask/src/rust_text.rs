//! Rust source with comments and literals blanked out, so that a search for words finds code only.
//!
//! Blanked bytes become spaces and line ends stay, so an offset or line means the same in both texts.

/// What is blanked.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Keep {
    /// Neither comments nor the insides of strings and characters.
    Code,
    /// Comments alone.
    Comments,
}

/// The text with everything else blanked out.
pub(crate) fn only(text: &str, keep: Keep) -> String {
    let s = text.as_bytes();
    let mut out = Vec::with_capacity(s.len());
    let mut i = 0;
    while i < s.len() {
        let (kind, end) = piece(s, i);
        let kept = match kind {
            Piece::Comment => keep == Keep::Comments,
            Piece::Literal => false,
            Piece::Code => keep == Keep::Code,
        };
        let bytes = s.get(i..end).unwrap_or_default();
        out.extend(bytes.iter().map(|&b| if kept || b == b'\n' { b } else { b' ' }));
        i = end;
    }
    // whole pieces were kept or blanked, and pieces end at character boundaries
    String::from_utf8(out).unwrap_or_default()
}

/// The text with every `#[cfg(test)]` item blanked out. Takes code as from [`only`].
pub(crate) fn without_tests(code: &str) -> String {
    let mut out = code.to_owned();
    while let Some(at) = out.find("#[cfg(test)]") {
        let rest = out.get(at..).unwrap_or_default();
        let item = rest.find('{').zip(rest.find(';'));
        let end = match (item, rest.find('{')) {
            (Some((brace, semicolon)), _) if semicolon < brace => semicolon + 1,
            (_, Some(brace)) => closing(rest, brace).map_or(rest.len(), |c| c + 1),
            (_, None) => rest.len(),
        };
        let blanked = blank(rest.get(..end).unwrap_or(rest));
        out.replace_range(at..at + blanked.len(), &blanked);
    }
    out
}

/// Offset of the bracket that closes the one at `open`. Takes code as from [`only`].
pub(crate) fn closing(code: &str, open: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for (i, b) in code.bytes().enumerate().skip(open) {
        match b {
            b'{' | b'(' | b'[' => depth += 1,
            b'}' | b')' | b']' => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(i);
                }
            }
            _ => {}
        }
    }
    None
}

/// Line of an offset, from 1.
pub(crate) fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|&b| b == b'\n').count() + 1
}

/// The values of the plain string literals in a piece of source.
pub(crate) fn strings(text: &str) -> Vec<String> {
    let s = text.as_bytes();
    let mut out = vec![];
    let mut i = 0;
    while i < s.len() {
        let (kind, end) = piece(s, i);
        if kind == Piece::Literal && s.get(i) == Some(&b'"') {
            out.push(unescape(text.get(i + 1..end.saturating_sub(1)).unwrap_or_default()));
        }
        i = end;
    }
    out
}

/// A plain string literal of a text.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push('\\');
        }
        out.push(c);
    }
    out.push('"');
    out
}

fn unescape(inside: &str) -> String {
    let mut out = String::new();
    let mut chars = inside.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('n')) => {
                chars.next();
                out.push('\n');
            }
            // a line end that is escaped swallows the next line's indentation
            ('\\', Some('\n')) => while chars.next_if(|c| c.is_whitespace()).is_some() {},
            ('\\', Some(_)) => out.extend(chars.next()),
            _ => out.push(c),
        }
    }
    out
}

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Piece {
    Code,
    Comment,
    Literal,
}

/// What begins at `i`, and where it ends (always past `i`).
fn piece(s: &[u8], i: usize) -> (Piece, usize) {
    let at = |k: usize| s.get(i + k).copied().unwrap_or(0);
    let in_word = i.checked_sub(1).and_then(|p| s.get(p)).is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
    match at(0) {
        b'/' if at(1) == b'/' => {
            (Piece::Comment, s.iter().skip(i).position(|&b| b == b'\n').map_or(s.len(), |n| i + n))
        }
        b'/' if at(1) == b'*' => (Piece::Comment, block_end(s, i)),
        b'"' => (Piece::Literal, quoted_end(s, i + 1, b'"')),
        b'b' if at(1) == b'"' && !in_word => (Piece::Literal, quoted_end(s, i + 2, b'"')),
        b'r' if !in_word && matches!(at(1), b'"' | b'#') => raw_end(s, i + 1).map_or((Piece::Code, i + 1), literal_to),
        b'b' if !in_word && at(1) == b'r' && matches!(at(2), b'"' | b'#') => {
            raw_end(s, i + 2).map_or((Piece::Code, i + 1), literal_to)
        }
        b'\'' => char_end(s, i).map_or((Piece::Code, i + 1), literal_to),
        first => (Piece::Code, i + char_len(first)),
    }
}

fn literal_to(end: usize) -> (Piece, usize) {
    (Piece::Literal, end)
}

fn char_len(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}

fn block_end(s: &[u8], from: usize) -> usize {
    let mut depth = 0_usize;
    let mut i = from;
    while i < s.len() {
        match (s.get(i), s.get(i + 1)) {
            (Some(b'/'), Some(b'*')) => {
                depth += 1;
                i += 2;
            }
            (Some(b'*'), Some(b'/')) => {
                depth = depth.saturating_sub(1);
                i += 2;
                if depth == 0 {
                    return i;
                }
            }
            _ => i += 1,
        }
    }
    s.len()
}

fn quoted_end(s: &[u8], from: usize, quote: u8) -> usize {
    let mut i = from;
    while let Some(&b) = s.get(i) {
        match b {
            b'\\' => i += 2,
            b if b == quote => return i + 1,
            _ => i += 1,
        }
    }
    s.len()
}

/// The end of a raw string whose hashes begin at `from`; `None` for a raw identifier.
fn raw_end(s: &[u8], from: usize) -> Option<usize> {
    let hashes = s.iter().skip(from).take_while(|&&b| b == b'#').count();
    if s.get(from + hashes) != Some(&b'"') {
        return None;
    }
    let mut i = from + hashes + 1;
    while i < s.len() {
        let tail = s.get(i + 1..i + 1 + hashes);
        if s.get(i) == Some(&b'"') && tail.is_some_and(|t| t.iter().all(|&b| b == b'#')) {
            return Some(i + 1 + hashes);
        }
        i += 1;
    }
    Some(s.len())
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(s: &[u8], from: usize) -> Option<usize> {
    match s.get(from + 1)? {
        b'\\' => Some(quoted_end(s, from + 1, b'\'')),
        first => {
            let end = from + 1 + char_len(*first);
            (s.get(end) == Some(&b'\'')).then_some(end + 1)
        }
    }
}

/// As many bytes of blank, with the lines kept.
fn blank(text: &str) -> String {
    text.bytes().map(|b| if b == b'\n' { '\n' } else { ' ' }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_and_literals_are_told_from_code() {
        let text = "let a = \"std::fs // no\"; // 한글 std::env\nlet c = '\"'; let r = r#\"x\"y\"#; fn f<'a>() {} /* a /* b */ c */ end";
        let code = only(text, Keep::Code);
        assert_eq!(code.len(), text.len());
        assert!(!code.contains("std::") && !code.contains('x') && !code.contains(" b "));
        assert!(code.contains("fn f<'a>() {}") && code.ends_with("end"));
        let comments = only(text, Keep::Comments);
        assert!(comments.contains("한글 std::env") && !comments.contains("std::fs"));
    }

    #[test]
    fn test_modules_and_test_uses_are_blanked() {
        let code = "fn a() {}\n#[cfg(test)]\nuse std::fs;\nfn b() {}\n#[cfg(test)]\nmod tests {\n fn x() { std::env::args(); }\n}\nfn c() {}\n";
        let kept = without_tests(code);
        assert_eq!(kept.lines().count(), code.lines().count());
        assert!(!kept.contains("std::") && kept.contains("fn b()") && kept.contains("fn c()"));
    }

    #[test]
    fn string_values_are_unescaped() {
        assert_eq!(strings(r#"f("a \"b\"", "c", 'd')"#), ["a \"b\"", "c"]);
        assert_eq!(strings(&literal("a \\ \"b\"")), ["a \\ \"b\""]);
    }
}
