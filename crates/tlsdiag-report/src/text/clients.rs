//! What the verifiers of known clients say of the certificates: a line, and with `-v` a table.
use super::Scope;
use crate::Verbosity;
use crate::page::Page;
use crate::style::Role;
use tlsdiag_model::{Arg, Lang, Standing, Tpl, say};
use tlsdiag_rules::{ClientVerdict, RungState, Says, StoreTrust};

/// Names in the line.
const NAMED: usize = 5;

pub(crate) fn write(s: &Scope<'_>, page: &mut Page<'_>) {
    let verbose = page.style().verbosity >= Verbosity::Verbose;
    if s.clients.is_empty() || !(verbose || s.files) {
        return;
    }
    page.blank();
    stores(s.stores, page);
    line(s.clients, page);
    if verbose {
        s.clients.iter().for_each(|c| row(c, page));
    }
}

/// Which lists of roots trust the root.
fn stores(all: &[StoreTrust], page: &mut Page<'_>) {
    let Some(first) = all.iter().find(|s| s.trusts).or_else(|| all.first()) else { return };
    let lang = page.style().lang;
    let (root, n, of) = (Arg::quote(first.root), all.iter().filter(|s| s.trusts).count(), Arg::num(all.len()));
    let without: Vec<Arg> =
        all.iter().filter(|s| !s.trusts).map(|s| Arg::term(format!("{} ({})", s.store, s.edition))).collect();
    let text = if without.is_empty() {
        say!("all {of} lists of roots have {root}", "루트 목록 {of}개 모두에 {root:이} 있음", of = of, root = root)
    } else {
        say!(
            "{n} of {of} lists of roots trust {root}; not {who}",
            "루트 목록 {of}개 중 {n}개가 {root:을} 신뢰. 제외: {who}",
            n = Arg::num(n),
            of = of,
            root = root,
            who = Arg::List(without)
        )
    };
    page.para(&[(Role::Plain, Tpl { en: "root", ko: "루트" }.text(lang))], 12, (Role::Plain, &text.render(lang)));
}

/// How many accept, and who does not.
fn line(all: &[ClientVerdict], page: &mut Page<'_>) {
    let lang = page.style().lang;
    let of = |says: Says| all.iter().filter(move |c| c.says == says);
    let judged = all.len().saturating_sub(of(Says::Unknown).count());
    let (n, all) = (Arg::num(of(Says::Accepts).count()), Arg::num(judged));
    let names: Vec<&str> = of(Says::Refuses).map(|c| c.name).collect();
    let text = match names.len() {
        0 => say!("{n} of {all} known clients accept", "알려진 클라이언트 {all}종 중 {n}종이 수락", n = n, all = all),
        _ => say!(
            "{n} of {all} known clients accept; not {who}",
            "알려진 클라이언트 {all}종 중 {n}종이 수락. 거부: {who}",
            n = n,
            all = all,
            who = few(&names)
        ),
    };
    let title = Tpl { en: "clients", ko: "클라이언트" }.text(lang);
    page.para(&[(Role::Plain, title)], 12, (Role::Plain, &text.render(lang)));
}

fn few(names: &[&str]) -> Arg {
    let mut list: Vec<Arg> = names.iter().take(NAMED).map(Arg::term).collect();
    let rest = names.len().saturating_sub(NAMED);
    if rest > 0 {
        list.push(Arg::Say(Box::new(say!("{n} more (-v)", "외 {n}종(-v)", n = Arg::num(rest)))));
    }
    Arg::List(list)
}

fn row(c: &ClientVerdict, page: &mut Page<'_>) {
    let style = page.style();
    let (state, word) = match c.says {
        Says::Accepts => (RungState::Ok, Tpl { en: "accepts", ko: "수락" }),
        Says::Refuses => (RungState::Fail, Tpl { en: "refuses", ko: "거부" }),
        Says::Unknown => (RungState::Unseen, Tpl { en: "unknown", ko: "알 수 없음" }),
    };
    let mut text = c.error.clone().unwrap_or_else(|| word.text(style.lang).to_owned());
    if c.says == Says::Unknown && style.lang == Lang::En && !c.because.is_empty() {
        text = format!("{text}: {}", c.because);
    }
    if c.standing != Standing::Proven && c.says != Says::Unknown {
        text = format!(
            "{text} ({})",
            Tpl { en: "by its documents, not measured", ko: "문서 기준, 측정 안 함" }.text(style.lang)
        );
    }
    page.para(
        &[(Role::Plain, "  "), (Role::of(state), style.glyphs.rung(state)), (Role::Plain, " "), (Role::Plain, c.name)],
        32,
        (Role::Dim, &text),
    );
}
