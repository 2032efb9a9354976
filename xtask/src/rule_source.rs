//! The rules as their sources write them: codes, slugs, titles, labels, edges and pages, read without compiling.
use crate::folder::{self, RULES};
use crate::rust_text::{self, Keep};
use crate::tidy::Violation;
use crate::tree::Tree;

/// What one `pub static NAME: Rule` says.
#[derive(Debug)]
pub(crate) struct RuleSource {
    /// File that it stands in.
    pub(crate) file: String,
    /// Line of the static.
    pub(crate) line: usize,
    /// Path under the crate, as the registry names it: `s2_chain::no_trusted_path::RULE`.
    pub(crate) path: String,
    /// Number.
    pub(crate) code: u16,
    /// Name.
    pub(crate) slug: String,
    /// Title in English and Korean.
    pub(crate) title: (String, String),
    /// Variants of `Cause`.
    pub(crate) causes: Vec<String>,
    /// Codes of the symptoms that it explains, with the line.
    pub(crate) explains: Vec<(u16, usize)>,
    /// How many sources it cites.
    pub(crate) sources: usize,
    /// Page beside it, without extension, from the root.
    pub(crate) page: String,
}

/// Every rule of the tree by code, and what could not be read.
pub(crate) fn read(tree: &Tree) -> (Vec<RuleSource>, Vec<Violation>) {
    let mut rules = vec![];
    let mut wrong = vec![];
    for (file, text) in tree.texts().filter(|(f, _)| f.starts_with(RULES) && f.ends_with(".rs")) {
        let code = rust_text::without_tests(&rust_text::only(text, Keep::Code));
        let mut from = 0;
        while let Some(found) = code.get(from..).and_then(|rest| rest.find(": Rule = Rule {")) {
            let at = from + found;
            from = at + 1;
            let line = rust_text::line_at(&code, at);
            match one(tree, file, text, &code, at) {
                Ok(rule) => rules.push(rule),
                Err(why) => wrong.push(Violation::at(file, line, why)),
            }
        }
    }
    rules.sort_by(|a, b| (a.code, &a.path).cmp(&(b.code, &b.path)));
    (rules, wrong)
}

fn one(tree: &Tree, file: &str, text: &str, code: &str, at: usize) -> Result<RuleSource, String> {
    let head = code.get(..at).unwrap_or_default();
    let name = head.rsplit_once("static ").map(|(_, n)| n.trim()).filter(|n| is_name(n));
    let name = name.ok_or("a rule must be a `pub static NAME: Rule = Rule { … }`")?;
    let open = code.get(at..).and_then(|t| t.find('{')).map(|o| at + o).ok_or("the rule has no body")?;
    let close = rust_text::closing(code, open).ok_or("the rule's brace is not closed")?;
    let body = Body { code, text, open: open + 1, close };

    let number = body.code_of("code")?;
    let number = between(number, "Code(", ")").and_then(|n| n.replace('_', "").parse().ok());
    let slug = body.strings_of("slug")?.into_iter().next();
    let titles = body.strings_of("title")?;
    let page = body.strings_of("page")?.into_iter().next();
    let (folder, _) = file.rsplit_once('/').ok_or("no folder")?;
    let module = file.strip_prefix(RULES).and_then(|f| f.strip_suffix(".rs")).unwrap_or(file);
    let module = module.trim_start_matches('/').trim_end_matches("/mod").replace('/', "::");
    Ok(RuleSource {
        file: file.to_owned(),
        line: rust_text::line_at(code, at),
        path: format!("{module}::{name}"),
        code: number.ok_or("`code` must be written `Code(n)`")?,
        slug: slug.ok_or("`slug` must be a string")?,
        title: match <[String; 2]>::try_from(titles) {
            Ok([en, ko]) => (en, ko),
            Err(_) => return Err("`title` must be written `Tpl { en: \"…\", ko: \"…\" }`".to_owned()),
        },
        causes: body.code_of("causes")?.split("Cause::").skip(1).map(word).collect(),
        explains: edges(tree, &body)?,
        sources: body.strings_of("sources")?.len(),
        page: format!("{folder}/{}", page.ok_or("`page` must be written `page!(\"name\")`")?),
    })
}

/// Edges written in place, or in a constant of any rule file that is named there.
fn edges(tree: &Tree, body: &Body<'_>) -> Result<Vec<(u16, usize)>, String> {
    let (start, value) = body.field("explains")?;
    let line = rust_text::line_at(body.code, start);
    let trimmed = value.trim().trim_start_matches('&').trim();
    if trimmed.starts_with('[') {
        return Ok(codes_in(value).into_iter().map(|(c, o)| (c, line + rust_text::line_at(value, o) - 1)).collect());
    }
    let name = trimmed.rsplit("::").next().unwrap_or_default();
    for (_, text) in tree.texts().filter(|(f, _)| f.starts_with(RULES) && f.ends_with(".rs")) {
        let code = rust_text::only(text, Keep::Code);
        let heads = [format!("{name}: &[Edge] ="), format!("{name}: [Edge;")];
        if let Some(at) = heads.iter().find_map(|h| code.find(h.as_str())) {
            let list = code.get(at..).and_then(|t| t.split_once("];")).map_or("", |(l, _)| l);
            return Ok(codes_in(list).into_iter().map(|(c, _)| (c, line)).collect());
        }
    }
    Err(format!("`explains` must be a list `&[…]` or name a constant of edges; {name:?} is none"))
}

fn codes_in(list: &str) -> Vec<(u16, usize)> {
    let mut out = vec![];
    for head in ["explains(", "symptom: Code("] {
        for (at, _) in list.match_indices(head) {
            let digits = list.get(at + head.len()..).unwrap_or_default();
            let digits: String = digits.chars().take_while(|c| c.is_ascii_digit() || *c == '_').collect();
            if let Ok(code) = digits.replace('_', "").parse() {
                out.push((code, at));
            }
        }
    }
    out
}

/// The inside of a rule's braces.
struct Body<'a> {
    code: &'a str,
    text: &'a str,
    open: usize,
    close: usize,
}

impl<'a> Body<'a> {
    /// Where a field's value begins, and its code.
    fn field(&self, name: &str) -> Result<(usize, &'a str), String> {
        let inside = self.code.get(self.open..self.close).unwrap_or_default();
        let mut depth = 0_i32;
        let mut begins = 0;
        let mut ends = vec![];
        for (i, b) in inside.bytes().enumerate() {
            match b {
                b'{' | b'(' | b'[' => depth += 1,
                b'}' | b')' | b']' => depth -= 1,
                b',' if depth == 0 => {
                    ends.push((begins, i));
                    begins = i + 1;
                }
                _ => {}
            }
        }
        ends.push((begins, inside.len()));
        for (from, to) in ends {
            let field = inside.get(from..to).unwrap_or_default();
            if let Some(value) = field.trim_start().strip_prefix(name).and_then(|v| v.strip_prefix(':')) {
                return Ok((self.open + to - value.len(), value));
            }
        }
        Err(format!("the rule has no `{name}`"))
    }
    fn code_of(&self, name: &str) -> Result<&'a str, String> {
        self.field(name).map(|(_, v)| v)
    }
    fn strings_of(&self, name: &str) -> Result<Vec<String>, String> {
        let (start, value) = self.field(name)?;
        Ok(rust_text::strings(self.text.get(start..start + value.len()).unwrap_or_default()))
    }
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(inside, _)| inside.trim())
}

fn word(text: &str) -> String {
    text.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_alphanumeric() || c == '_')
}

/// The folder's range holds the code, and the file lies in such a folder at all.
pub(crate) fn in_range(rule: &RuleSource) -> bool {
    folder::of_path(&rule.file).is_some_and(|f| f.takes(rule.code))
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = "crates/tlsdiag-rules/src/s5_handshake/ended.rs";

    #[test]
    fn everything_a_rule_says_is_read() {
        let text = r#"//! Ends.
pub static RESET: Rule = Rule {
    code: Code(5_001),
    slug: "reset",
    title: Tpl { en: "reset, \"so\"", ko: "재설정" },
    causes: &[Cause::HsReset, Cause::NetSize],
    explains: &[explains(5002), // explains(9)
        Edge { symptom: Code(5003), fits: |f| f.ok() }],
    check: |look| { let code: u8 = 1; Ok(code.into()) },
    sources: &["a, b", "c"],
    page: page!("ended"),
};
"#;
        let (rules, wrong) = read(&Tree::from_texts(&[(FILE, text)]));
        assert!(wrong.is_empty(), "{wrong:?}");
        let rule = rules.first().unwrap();
        assert_eq!((rule.code, rule.slug.as_str(), rule.line, rule.sources), (5001, "reset", 2, 2));
        assert_eq!(rule.path, "s5_handshake::ended::RESET");
        assert_eq!(rule.title, ("reset, \"so\"".to_owned(), "재설정".to_owned()));
        assert_eq!(rule.causes, ["HsReset", "NetSize"]);
        assert_eq!(rule.explains, [(5002, 7), (5003, 8)]);
        assert_eq!(rule.page, "crates/tlsdiag-rules/src/s5_handshake/ended");
        assert!(in_range(rule));
    }

    #[test]
    fn edges_of_a_shared_constant_are_followed() {
        let rule = r#"pub static A: Rule = Rule { code: Code(5001), slug: "a", title: Tpl { en: "a", ko: "가" }, causes: &[],
            explains: ENDINGS, sources: &[], page: page!("a") };"#;
        let shared = "pub const ENDINGS: &[Edge] = &[explains(5001), explains(5002)];";
        let (rules, _) = read(&Tree::from_texts(&[(FILE, rule), ("crates/tlsdiag-rules/src/edges.rs", shared)]));
        assert_eq!(rules.first().unwrap().explains, [(5001, 2), (5002, 2)]);
        let (_, wrong) = read(&Tree::from_texts(&[(FILE, rule)]));
        assert!(wrong.first().unwrap().reason.contains("ENDINGS"));
    }
}
