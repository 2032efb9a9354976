//! The ladder: eight rungs in connection order; those that nobody could see, or that were not reached, share a line.
use super::Scope;
use crate::Verbosity;
use crate::page::Page;
use crate::style::Role;
use tlsdiag_model::{Say, Tpl};
use tlsdiag_rules::{Health, Rung, RungState};

/// The column at which the words beside a rung begin.
const COLUMN: usize = 16;

pub(crate) fn write(s: &Scope<'_>, page: &mut Page<'_>) {
    if s.files || s.machine {
        of_files(s, page);
    } else if s.health == Health::Works && s.ladder.iter().all(|r| r.state == RungState::Ok) {
        compact(s.ladder, s.summary, page);
    } else {
        lines(s.ladder, page);
    }
}

/// Files show key and trust; what is a server's part shares the last line.
fn of_files(s: &Scope<'_>, page: &mut Page<'_>) {
    let (shown, mut rest): (Vec<Rung>, Vec<Rung>) = s.ladder.iter().cloned().partition(|r| !silent(r));
    if s.health == Health::Works && shown.iter().all(|r| r.state == RungState::Ok) {
        return compact(&shown, s.summary, page);
    }
    lines(&shown, page);
    rest.iter_mut().for_each(|r| r.state = RungState::Unseen);
    lines(&rest, page);
    if let Some(summary) = s.summary {
        let summary = summary.render(page.style().lang);
        page.para(&[], 2, (Role::Dim, &summary));
    }
}

/// Is nothing known of it?
fn silent(r: &Rung) -> bool {
    matches!(r.state, RungState::Unseen | RungState::NotReached) && r.say.is_none() && r.code.is_none()
}

/// The rungs on one line, and what was agreed. That some follow from the handshake is said where there is room for it: in
/// the long form.
fn compact(ladder: &[Rung], summary: Option<&Say>, page: &mut Page<'_>) {
    let style = page.style();
    let mut items = vec![];
    for r in ladder {
        let word = r.layer.word().text(style.lang).to_owned();
        items.push((Role::of(r.state), style.glyphs.rung(r.state).to_owned(), word));
    }
    page.row(2, &items);
    if let Some(summary) = summary {
        page.para(&[], 2, (Role::Plain, &summary.render(style.lang)));
    }
}

fn lines(ladder: &[Rung], page: &mut Page<'_>) {
    let style = page.style();
    let most = if style.verbosity == Verbosity::Normal { 2 } else { usize::MAX };
    for group in ladder.chunk_by(|a, b| a.state == b.state && silent(a) && silent(b)) {
        let Some(first) = group.first() else { continue };
        let name = names(group, style.lang);
        let role = Role::of(first.state);
        let text = match &first.say {
            Some(say) => say.render(style.lang),
            None => state(first.state).text(style.lang).to_owned(),
        };
        if group.len() > 1 {
            let text = format!("{name}: {text}");
            let mark = [(Role::Plain, "  "), (role, style.glyphs.rung(first.state)), (Role::Plain, " ")];
            page.para(&mark, page.cells(style.glyphs.rung(first.state)) + 3, (Role::Dim, &text));
            continue;
        }
        let body =
            if matches!(first.state, RungState::Unseen | RungState::NotReached) { Role::Dim } else { Role::Plain };
        let code = first.code.map(|c| c.to_string());
        page.para_tail(
            &[(Role::Plain, "  "), (role, style.glyphs.rung(first.state)), (Role::Plain, " "), (Role::Plain, &name)],
            COLUMN,
            (body, &text),
            code.as_deref().map(|c| (Role::Dim, c)),
            most,
        );
    }
}

fn names(group: &[Rung], lang: tlsdiag_model::Lang) -> String {
    group.iter().map(|r| r.layer.word().text(lang)).collect::<Vec<_>>().join(", ")
}

/// The word for a rung beside which nothing else stands.
fn state(s: RungState) -> Tpl {
    match s {
        RungState::Ok => Tpl { en: "good", ko: "정상" },
        RungState::Fail => Tpl { en: "gave way", ko: "실패" },
        RungState::Warn => Tpl { en: "holds for some", ko: "일부만 정상" },
        RungState::Unseen => Tpl { en: "cannot be seen from here", ko: "여기서는 볼 수 없음" },
        RungState::NotReached => Tpl { en: "not reached", ko: "도달하지 못함" },
    }
}
