//! Relative links of Markdown pages lead to files of the project.
use super::Violation;
use crate::tree::Tree;

/// Follows every relative link.
pub(crate) fn check(tree: &Tree) -> Vec<Violation> {
    let mut wrong = vec![];
    for (file, text) in tree.texts().filter(|(f, _)| f.ends_with(".md")) {
        let folder = file.rsplit_once('/').map_or("", |(f, _)| f);
        let mut fenced = false;
        for (line, content) in (1..).zip(text.lines()) {
            if content.trim_start().starts_with("```") {
                fenced = !fenced;
                continue;
            }
            for target in if fenced { vec![] } else { targets(content) } {
                let elsewhere = target.starts_with('#') || target.contains("://") || target.starts_with("mailto:");
                let path = target.split(['#', '?']).next().unwrap_or_default();
                if elsewhere || path.is_empty() {
                    continue;
                }
                match joined(folder, path) {
                    Some(full) if tree.holds(&full) => {}
                    _ => wrong.push(Violation::at(file, line, format!("the link to {target} leads nowhere"))),
                }
            }
        }
    }
    wrong
}

/// What the links of a line lead to: `](target)` outside of code.
fn targets(line: &str) -> Vec<String> {
    let mut out = vec![];
    let mut code = false;
    let mut rest = line;
    while let Some(c) = rest.chars().next() {
        if c == '`' {
            code = !code;
        } else if !code && let Some(inside) = rest.strip_prefix("](") {
            let target = inside.split([')', ' ']).next().unwrap_or_default();
            out.push(target.trim_matches(['<', '>']).to_owned());
        }
        rest = rest.get(c.len_utf8()..).unwrap_or_default();
    }
    out
}

/// A relative path from a folder; `None` where it leaves the project.
fn joined(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|p| !p.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            _ => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_followed_from_the_page_that_has_them() {
        let page = "[a](../README.md#use) [b](b.md) [c](../crates) `[no](x.md)` [d](https://example.com/x.md)\n\n```\n[no](x.md)\n```\n[e](../../x.md) [f](#top)\n";
        let tree = Tree::from_texts(&[("docs/a.md", page), ("README.md", ""), ("crates/x/src/lib.rs", "")]);
        let found: Vec<(usize, String)> = check(&tree).into_iter().map(|v| (v.line, v.reason)).collect();
        assert_eq!(
            found,
            [(1, "the link to b.md leads nowhere".to_owned()), (6, "the link to ../../x.md leads nowhere".to_owned())]
        );
    }
}
