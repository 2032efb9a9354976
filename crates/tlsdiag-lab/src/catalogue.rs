//! What the lab can show: faults with their near misses, odd but healthy servers, pairs of faults, hostile servers.
use crate::{error::Error, maker::Maker, path::PathPlan, plan::Plan};
use tlsdiag_model::{Cause, Impact, Layer, Tpl};

/// A fault, and a working server that resembles it as closely as can be.
#[derive(Debug)]
pub struct Fault {
    /// Its name in the catalogue. A probe never sees it.
    pub slug: &'static str,
    /// The rung of the ladder that breaks.
    pub layer: Layer,
    /// What is wrong, in a few words.
    pub title: Tpl,
    /// What somebody sees who opens the address in a browser.
    pub visitor: Tpl,
    /// What a diagnosis should say.
    pub expect: Expect,
    /// Why the twin works although it looks much the same.
    pub near_miss: Tpl,
    /// Where it can be served.
    pub needs: Needs,
    /// Turns the plan of a healthy server into the fault, or into its twin.
    pub apply: fn(&mut Maker, &mut Plan, Twin),
}

/// The fault or its near miss.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Twin {
    /// The fault itself.
    Broken,
    /// The near miss, which works.
    Works,
}

impl Twin {
    /// Whether it is the near miss.
    pub fn works(self) -> bool {
        self == Self::Works
    }
}

/// What a diagnosis should say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Expect {
    /// The leading label: a slug of [`Cause`].
    pub label: &'static str,
    /// The code of the rule, as in `TD2501`.
    pub code: u16,
    /// Further labels that are right too.
    pub also: &'static [&'static str],
    /// Further codes that are right too.
    pub also_codes: &'static [u16],
    /// What the fault does to visitors.
    pub impact: Impact,
}

impl Expect {
    pub(crate) const fn broken(label: &'static str, code: u16) -> Self {
        Self { label, code, also: &[], also_codes: &[], impact: Impact::Broken }
    }

    pub(crate) const fn or(mut self, also: &'static [&'static str]) -> Self {
        self.also = also;
        self
    }

    pub(crate) const fn or_code(mut self, also: &'static [u16]) -> Self {
        self.also_codes = also;
        self
    }

    pub(crate) const fn impact(mut self, impact: Impact) -> Self {
        self.impact = impact;
        self
    }

    /// Every label that is right, the leading one first.
    pub fn labels(&self) -> impl Iterator<Item = &'static str> {
        std::iter::once(self.label).chain(self.also.iter().copied())
    }

    /// The leading label as a cause; `None` only if the catalogue is wrong, which a test excludes.
    pub fn cause(&self) -> Option<Cause> {
        Cause::from_label(self.label)
    }
}

/// Where a fault can be served.
#[derive(Clone, Copy, Debug)]
pub enum Needs {
    /// On loopback; any system will do.
    Loopback,
    /// On loopback of Linux.
    LinuxLoopback,
    /// Behind a path with these properties; the port of the server is given.
    Path(fn(u16, Twin) -> PathPlan),
}

/// An unusual server that works.
#[derive(Debug)]
pub struct Healthy {
    /// Its name in the catalogue.
    pub slug: &'static str,
    /// What is unusual.
    pub title: Tpl,
    /// What somebody sees.
    pub visitor: Tpl,
    /// A note that a diagnosis may well make: label and code.
    pub note: Option<(&'static str, u16)>,
    /// Turns the plan of a plain server into this one.
    pub apply: fn(&mut Maker, &mut Plan),
}

/// Two faults at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pair {
    /// The fault that a diagnosis should name first.
    pub leads: &'static str,
    /// The fault that it should name too, if it can be seen behind the first.
    pub follows: &'static str,
    /// Whether the second can be seen although the first is there.
    pub both_seen: bool,
}

impl Pair {
    /// The name of the pair.
    pub fn slug(&self) -> String {
        format!("{}+{}", self.leads, self.follows)
    }
}

/// A server that means harm.
#[derive(Debug)]
pub struct Menace {
    /// Its name in the catalogue.
    pub slug: &'static str,
    /// What it does.
    pub title: Tpl,
    /// Turns the plan of a plain server into this one.
    pub apply: fn(&mut Maker, &mut Plan),
}

/// One thing to serve.
#[derive(Clone, Copy, Debug)]
pub enum Item {
    /// A fault or its twin.
    Fault(&'static Fault, Twin),
    /// An unusual server that works.
    Healthy(&'static Healthy),
    /// Two faults at once, or both twins.
    Pair(&'static Pair, Twin),
    /// A server that means harm.
    Menace(&'static Menace),
}

impl Item {
    /// Its name in the catalogue; twins have the name of the fault.
    pub fn slug(&self) -> String {
        match self {
            Self::Fault(fault, _) => fault.slug.to_owned(),
            Self::Healthy(healthy) => healthy.slug.to_owned(),
            Self::Pair(pair, _) => pair.slug(),
            Self::Menace(menace) => menace.slug.to_owned(),
        }
    }

    /// Whether it is a near miss.
    pub fn twin(&self) -> bool {
        matches!(self, Self::Fault(_, Twin::Works) | Self::Pair(_, Twin::Works))
    }

    /// Whether there is nothing to mend: a near miss or a healthy server.
    pub fn works(&self) -> bool {
        self.twin() || matches!(self, Self::Healthy(_))
    }

    /// The kind of thing, in one word.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Fault(..) => "fault",
            Self::Healthy(_) => "healthy",
            Self::Pair(..) => "pair",
            Self::Menace(_) => "menace",
        }
    }

    /// What a visitor sees.
    pub fn visitor(&self) -> Tpl {
        const WORKS: Tpl = Tpl { en: "the page, without a warning", ko: "경고 없이 페이지가 열립니다" };
        match self {
            Self::Fault(fault, Twin::Broken) => fault.visitor,
            Self::Pair(pair, Twin::Broken) => find_fault(pair.leads).map_or(WORKS, |fault| fault.visitor),
            Self::Fault(_, Twin::Works) | Self::Pair(_, Twin::Works) => WORKS,
            Self::Healthy(healthy) => healthy.visitor,
            Self::Menace(menace) => menace.title,
        }
    }

    /// What is wrong or unusual, in a few words.
    pub fn title(&self) -> Tpl {
        match self {
            Self::Fault(fault, Twin::Broken) => fault.title,
            Self::Fault(fault, Twin::Works) => fault.near_miss,
            Self::Healthy(healthy) => healthy.title,
            Self::Pair(pair, Twin::Broken) => find_fault(pair.leads).map_or(Tpl { en: "", ko: "" }, |f| f.title),
            Self::Pair(pair, Twin::Works) => find_fault(pair.leads).map_or(Tpl { en: "", ko: "" }, |f| f.near_miss),
            Self::Menace(menace) => menace.title,
        }
    }

    /// What a diagnosis should say; `None` where it should say *works* (or, for a menace, only must survive).
    pub fn expect(&self) -> Option<Expect> {
        match self {
            Self::Fault(fault, Twin::Broken) => Some(fault.expect),
            Self::Pair(pair, Twin::Broken) => find_fault(pair.leads).map(|fault| fault.expect),
            _ => None,
        }
    }

    /// Where it can be served: where the most demanding of its faults can.
    pub fn needs(&self) -> Needs {
        match self {
            Self::Fault(fault, _) => fault.needs,
            Self::Pair(pair, _) => [pair.leads, pair.follows]
                .into_iter()
                .filter_map(find_fault)
                .map(|fault| fault.needs)
                .find(|needs| !matches!(needs, Needs::Loopback))
                .unwrap_or(Needs::Loopback),
            Self::Healthy(_) | Self::Menace(_) => Needs::Loopback,
        }
    }

    /// Changes the plan of a healthy server into this.
    pub(crate) fn apply(&self, maker: &mut Maker, plan: &mut Plan) -> Result<(), Error> {
        match self {
            Self::Fault(fault, twin) => (fault.apply)(maker, plan, *twin),
            Self::Healthy(healthy) => (healthy.apply)(maker, plan),
            Self::Menace(menace) => (menace.apply)(maker, plan),
            Self::Pair(pair, twin) => {
                for slug in [pair.leads, pair.follows] {
                    let fault = find_fault(slug).ok_or_else(|| Error::Unknown(slug.to_owned()))?;
                    (fault.apply)(maker, plan, *twin);
                }
            }
        }
        Ok(())
    }
}

/// All faults, in the order of the ladder.
pub fn faults() -> impl Iterator<Item = &'static Fault> {
    crate::faults::ALL.iter().flat_map(|family| family.iter())
}

/// The unusual servers that work.
pub fn healthy() -> impl Iterator<Item = &'static Healthy> {
    crate::healthy::ALL.iter()
}

/// The pairs of faults.
pub fn pairs() -> impl Iterator<Item = &'static Pair> {
    crate::pairs::ALL.iter()
}

/// The servers that mean harm.
pub fn menaces() -> impl Iterator<Item = &'static Menace> {
    crate::hostile::ALL.iter()
}

/// The fault with a slug.
pub fn find_fault(slug: &str) -> Option<&'static Fault> {
    faults().find(|fault| fault.slug == slug)
}

/// The word by which [`select`] finds an item.
pub fn word(item: &Item) -> String {
    format!("{}{}", item.slug(), if item.twin() { "~" } else { "" })
}

/// The faults that need a path, and their twins.
pub fn away() -> Vec<Item> {
    let far = faults().filter(|f| matches!(f.needs, Needs::Path(_)));
    far.flat_map(|f| [Item::Fault(f, Twin::Broken), Item::Fault(f, Twin::Works)]).collect()
}

/// Everything that can be served on loopback of this system, menaces left out.
pub fn everything() -> Vec<Item> {
    let mut items = Vec::new();
    for fault in faults() {
        items.extend([Item::Fault(fault, Twin::Broken), Item::Fault(fault, Twin::Works)]);
    }
    items.extend(healthy().map(Item::Healthy));
    for pair in pairs() {
        items.extend([Item::Pair(pair, Twin::Broken), Item::Pair(pair, Twin::Works)]);
    }
    items.retain(|item| match item.needs() {
        Needs::Loopback => true,
        Needs::LinuxLoopback => cfg!(target_os = "linux"),
        Needs::Path(_) => false,
    });
    items
}

/// The items that words name: a slug, `slug~` for its near miss, `a+b` for a pair, or one of the words `faults`, `twins`,
/// `healthy`, `pairs`, `menaces`, `all`.
///
/// # Errors
/// [`Error::Unknown`] with the word that names nothing.
pub fn select<S: AsRef<str>>(words: &[S]) -> Result<Vec<Item>, Error> {
    let mut items: Vec<Item> = Vec::new();
    for word in words.iter().map(AsRef::as_ref) {
        let kind = |kind: &str, twin: bool| -> Vec<Item> {
            everything().into_iter().filter(|item| item.kind() == kind && item.twin() == twin).collect()
        };
        let (slug, twin) = match word.strip_suffix('~') {
            Some(slug) => (slug, Twin::Works),
            None => (word, Twin::Broken),
        };
        let found = match word {
            "all" => everything(),
            "faults" => kind("fault", false),
            "twins" => kind("fault", true),
            "healthy" => healthy().map(Item::Healthy).collect(),
            "pairs" => kind("pair", false),
            "menaces" => menaces().map(Item::Menace).collect(),
            _ => find_fault(slug)
                .map(|fault| Item::Fault(fault, twin))
                .or_else(|| pairs().find(|pair| pair.slug() == slug).map(|pair| Item::Pair(pair, twin)))
                .or_else(|| healthy().find(|healthy| healthy.slug == word).map(Item::Healthy))
                .or_else(|| menaces().find(|menace| menace.slug == word).map(Item::Menace))
                .into_iter()
                .collect(),
        };
        if found.is_empty() {
            return Err(Error::Unknown(word.to_owned()));
        }
        items.extend(found);
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::HashSet;

    #[test]
    fn slugs_are_unique_and_labels_exist() {
        let mut seen = HashSet::new();
        let pairs = pairs().map(Pair::slug);
        let slugs = faults().map(|f| f.slug).chain(healthy().map(|h| h.slug)).chain(menaces().map(|m| m.slug));
        for slug in slugs.map(str::to_owned).chain(pairs) {
            assert!(seen.insert(slug.clone()), "{slug} twice");
        }
        for fault in faults() {
            for label in fault.expect.labels() {
                assert!(Cause::from_label(label).is_some(), "{}: {label}", fault.slug);
            }
            assert!(fault.expect.cause().is_some());
        }
        for (label, _) in healthy().filter_map(|healthy| healthy.note) {
            assert!(Cause::from_label(label).is_some(), "{label}");
        }
    }

    #[test]
    fn pairs_name_faults_and_the_earlier_rung_leads() {
        for pair in pairs() {
            let leads = find_fault(pair.leads).unwrap_or_else(|| panic!("{}", pair.leads));
            let follows = find_fault(pair.follows).unwrap_or_else(|| panic!("{}", pair.follows));
            let noted = follows.expect.impact == Impact::Note;
            assert!(leads.layer <= follows.layer || noted, "{}", pair.slug());
        }
        assert!(pairs().count() >= 20 && healthy().count() >= 20 && faults().count() >= 50);
    }

    #[test]
    fn words_select() {
        let slugs = |words: &[&str]| select(words).unwrap().iter().map(|i| (i.slug(), i.twin())).collect::<Vec<_>>();
        assert_eq!(slugs(&["expired"]), [("expired".to_owned(), false)]);
        assert_eq!(slugs(&["expired~", "plain"]), [("expired".to_owned(), true), ("plain".to_owned(), false)]);
        assert_eq!(slugs(&["expired+wrong-host"]), [("expired+wrong-host".to_owned(), false)]);
        assert!(matches!(select(&["expird"]), Err(Error::Unknown(word)) if word == "expird"));
        assert_eq!(
            select(&["faults", "twins", "healthy", "pairs"]).unwrap().len(),
            everything().len() - pairs().count()
        );
    }

    #[test]
    fn texts_stand_in_both_languages() {
        let hangul = |text: &str| text.chars().any(|c| ('\u{ac00}'..='\u{d7a3}').contains(&c));
        for fault in faults() {
            for text in [fault.title, fault.visitor, fault.near_miss] {
                assert!(!text.en.is_empty() && hangul(text.ko), "{}: {text:?}", fault.slug);
            }
        }
        for text in healthy().flat_map(|h| [h.title, h.visitor]).chain(menaces().map(|m| m.title)) {
            assert!(!text.en.is_empty() && hangul(text.ko), "{text:?}");
        }
    }
}
