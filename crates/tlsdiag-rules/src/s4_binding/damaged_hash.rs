//! A thumbprint in a listing that lost digits on the way: which certificate it can only have been.
use super::commands::{Commands, called};
use super::records::{central, own};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use std::collections::BTreeMap;
use tlsdiag_model::facts::{Stored, Whole};
use tlsdiag_model::{Arg, Code, Cure, FactRef, Impact, Layer, Platform, Reading, Safety, Standing, Thumb, Tpl, say};

/// Damaged.
pub static RULE: Rule = Rule {
    code: Code(4015),
    slug: "record-hash-damaged",
    title: Tpl {
        en: "a record's thumbprint is damaged in the listing", ko: "목록에 있는 레코드의 지문이 손상됨"
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "Measured: httpcfg pads each octet of the hash with a blank to two columns, so a whole one has 40 columns",
    ],
    page: page!("damaged_hash"),
};

/// Fewest digits of forty from which a certificate may still be told.
const ENOUGH: usize = 36;

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let states = own(look, e);
    let Some(s) = states.iter().find(|s| !central(&s.cited)) else { return Err(Stop::NotApplicable) };
    let b = &s.cited.row.what;
    let Reading::Damaged { raw, expected, found } = &b.hash else { return Ok(Outcome::Pass) };
    let headline = say!(
        "the thumbprint in the record {record} is damaged: {found} of {expected} are left",
        "레코드 {record}의 지문이 손상되었습니다({expected} 중 {found})",
        record = Arg::quote(called(b)),
        found = Arg::num(*found),
        expected = Arg::num(*expected)
    );
    let mut f = look
        .state(Impact::Note, s, headline)
        .because(say!("it stands there as {raw}", "원문: {raw}", raw = Arg::quote(raw)))
        .because(say!(
            "HTTP.sys itself cannot hold such a one: the text was damaged on its way here, so nothing is concluded from it",
            "HTTP.sys에는 이런 지문이 있을 수 없습니다. 전달 과정에서 텍스트가 손상된 것이므로 이것으로 판단하지 않습니다"
        ));
    let fit = fitting(look, raw);
    if let [(thumb, at)] = fit.as_slice() {
        f = f.and(*at).at_most(Standing::Likely).because(say!(
            "of the certificates in the stores only {thumb} fits",
            "저장소의 인증서 중 {thumb}만 들어맞습니다",
            thumb = Arg::term(thumb)
        ));
    } else if let Some(whole) = look.seen::<Whole>().find(|w| fit.is_empty() && w.of.starts_with("store:Machine")) {
        f = f.and(whole.at).because(say!(
            "no certificate of the stores that were read fits",
            "읽은 저장소의 인증서 중 들어맞는 것이 없습니다"
        ));
    }
    let commands = Commands::of(look);
    let file = if commands.is_2003() { "ssl.txt" } else { "sslcert.txt" };
    Ok(f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "write the listing to a file and send that instead of copying it from the screen",
                "화면에서 복사하지 말고 목록을 파일로 저장하여 보냅니다"
            ),
        )
        .run(Platform::Windows, format!("{} > {file}", commands.show_records())),
    )
    .into())
}

/// The certificates whose thumbprint the damaged text can have been: what is left of it, in its order.
fn fitting(look: &Look<'_>, raw: &str) -> Vec<(Thumb, FactRef)> {
    let left = digits(raw);
    if left.len() < ENOUGH {
        return vec![];
    }
    let mut all: BTreeMap<Thumb, FactRef> = BTreeMap::new();
    for s in look.seen::<Stored>() {
        let Some(t) = whole_thumb(&s) else { continue };
        if within(&left, t.as_str()) {
            let at = all.entry(t.clone()).or_insert(s.at);
            *at = (*at).min(s.at);
        }
    }
    all.into_iter().collect()
}

fn whole_thumb<'a>(s: &Cited<'a, Stored>) -> Option<&'a Thumb> {
    match &s.row.what.thumb {
        Reading::Good(t) => Some(t),
        _ => None,
    }
}

/// The digits that are left. A blank in an even column stands for a zero that httpcfg did not print.
fn digits(raw: &str) -> String {
    let mut column = 0usize;
    let mut out = String::new();
    for c in raw.trim().chars() {
        if c.is_ascii_hexdigit() {
            out.push(c.to_ascii_lowercase());
        } else if c == ' ' && column.is_multiple_of(2) {
            out.push('0');
        }
        column = column.saturating_add(1);
    }
    out
}

/// Are these digits among those, in the same order?
fn within(left: &str, whole: &str) -> bool {
    let mut rest = whole.chars();
    left.len() <= whole.len() && left.chars().all(|c| rest.any(|w| w == c))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_of_httpcfg_and_lost_digits() {
        let d = digits("c09b416d6b 8d615db22 64079d15638e96823d");
        assert_eq!(d, "c09b416d6b08d615db22064079d15638e96823d");
        assert!(within(&d, "c09b416d6b08d615db22064079d15638e968230d"));
        assert!(within(&d, "c09b416d6b08d615db22064079d15638e96823d7"));
        assert!(!within(&d, "c09b416d6b08d615db22064079d15638e968ffd7"));
        // a whole word of blanks is no hash
        assert_eq!(digits("   ").len(), 0);
    }
}
