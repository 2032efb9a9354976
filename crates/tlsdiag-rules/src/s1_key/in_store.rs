//! A certificate in the stores of a Windows machine: what the entries tell of its key, who rests on it, and until when.
use crate::{Cited, Look, State, Stop};
use tlsdiag_model::facts::{Binding, Fact, Handshake, KeyLink, KeyName, KeyProof, Location, SiteBinding, Stored};
use tlsdiag_model::{
    Addr, Arg, Endpoint, FactRef, Finding, Impact, Name, Platform, Reading, Safety, Say, Span, Standing, Subject,
    Thumb, say,
};
use tlsdiag_model::{Cure, Time};
use tlsdiag_pki::{Certificate, Host as Asked, names};

/// Something that is served by a certificate, or should be.
#[derive(Clone)]
pub(crate) struct Use {
    /// As people write it: `0.0.0.0:443`, `shop.example:443`.
    pub(crate) place: String,
    /// The row that says so.
    pub(crate) at: FactRef,
    /// A record, or a site's own configuration, names the certificate; else the site merely needs one.
    pub(crate) bound: bool,
    /// Where clients meet it.
    pub(crate) endpoint: Endpoint,
}

/// All that is told of one certificate in one store.
pub(crate) struct Entry<'l, 'a> {
    look: &'l Look<'a>,
    rows: Vec<Cited<'a, Stored>>,
    /// The thumbprint.
    pub(crate) thumb: Thumb,
    /// Name of the store; empty: not told.
    pub(crate) store: String,
    /// What rests on this very entry.
    pub(crate) uses: Vec<Use>,
    served: Option<FactRef>,
}

/// The entries of the subject in the machine's stores from which a server takes its certificate (MY, WebHosting).
pub(crate) fn entries<'l, 'a>(look: &'l Look<'a>) -> Result<Vec<Entry<'l, 'a>>, Stop> {
    entries_of(look, look.thumb()?)
}

/// The same for any thumbprint.
pub(crate) fn entries_of<'l, 'a>(look: &'l Look<'a>, thumb: &Thumb) -> Result<Vec<Entry<'l, 'a>>, Stop> {
    let mut out: Vec<Entry<'l, 'a>> = vec![];
    let mut all: Vec<Cited<'a, Stored>> =
        look.stored_as(thumb).filter(|s| of_machine(&s.location) && serves_from(&s.store)).collect();
    all.sort_by_key(|s| (s.row.span, s.row.how, s.at));
    for s in all {
        match out.iter_mut().find(|e| e.store.eq_ignore_ascii_case(&s.store)) {
            Some(e) => e.rows.push(s),
            None => {
                let uses = uses(look, thumb, &s.row.what.store);
                let served = served(look, thumb);
                let (thumb, store) = (thumb.clone(), s.row.what.store.clone());
                out.push(Entry { look, rows: vec![s], thumb, store, uses, served });
            }
        }
    }
    if out.is_empty() {
        return Err(Stop::NotApplicable);
    }
    // a store that is not told is one of those that are
    if out.len() > 1 {
        out.retain(|e| !e.store.is_empty());
    }
    out.sort_by_key(|e| e.store.to_ascii_lowercase());
    for e in out.iter_mut().filter(|e| e.uses.is_empty()) {
        e.uses = needs(look, e);
    }
    Ok(out)
}

pub(crate) fn of_machine(l: &Location) -> bool {
    matches!(l, Location::Machine | Location::Policy | Location::Unknown)
}

fn serves_from(store: &str) -> bool {
    ["", "MY", "WebHosting"].iter().any(|s| s.eq_ignore_ascii_case(store))
}

impl<'a> Entry<'_, 'a> {
    /// How something that these rows tell stands now; `None`: none tells it.
    pub(crate) fn now<V: Ord>(&self, value: impl Fn(&Stored) -> Option<V>) -> Option<(V, State<'a, Stored>)> {
        over_time(self.look, self.rows.iter().filter_map(|c| value(&c.row.what).map(|v| (v, *c))))
    }
    /// The same of the key that the entry names.
    pub(crate) fn key<V: Ord>(&self, value: impl Fn(&KeyName) -> Option<V>) -> Option<(V, State<'a, Stored>)> {
        self.now(|s| match s.key.saw() {
            Some(KeyLink::Named(n)) => value(n),
            _ => None,
        })
    }
    /// Does the entry have a key? `None`: no row tells.
    pub(crate) fn has_key(&self) -> Option<(bool, State<'a, Stored>)> {
        self.now(|s| match s.key.saw()? {
            KeyLink::None => Some(false),
            KeyLink::Named(_) | KeyLink::Held => Some(true),
            KeyLink::Failed(_) => None,
        })
    }
    /// The certificate, where its octets are known.
    pub(crate) fn certificate(&self) -> Option<std::sync::Arc<Certificate>> {
        let id = self.rows.iter().find_map(|r| r.row.what.cert).or_else(|| self.look.certificate_of(&self.thumb))?;
        self.look.derived().certificate(id)
    }
    /// Names, from the certificate or from the listing.
    fn covers(&self, name: &Name) -> bool {
        match (self.certificate(), Asked::parse(name.as_str())) {
            (Some(c), Ok(host)) => names::covers(&c, &host).is_ok(),
            _ => self.rows.iter().any(|r| {
                let row = &r.row.what;
                let cn = row.subject.as_deref().and_then(common_name).map(Name::new);
                row.names.iter().chain(&cn).any(|n| fits(n.as_str(), name.as_str()))
            }),
        }
    }
    /// Is it the only server's certificate in the machine's stores?
    fn alone(&self) -> bool {
        let own = Reading::Good(self.thumb.clone());
        let authority = |s: &Stored| {
            let c = s.cert.and_then(|id| self.look.derived().certificate(id));
            c.is_some_and(|c| c.is_ca())
        };
        self.look
            .seen::<Stored>()
            .filter(|s| of_machine(&s.location) && !s.store.is_empty() && serves_from(&s.store))
            .all(|s| s.thumb == own || authority(&s.row.what))
    }
    /// Does a record name it?
    pub(crate) fn bound(&self) -> bool {
        self.uses.iter().any(|u| u.bound)
    }
    /// Broken where something rests on it, a risk where it is served all the same, else a note.
    pub(crate) fn impact(&self) -> Impact {
        match (self.uses.is_empty(), self.served.is_some()) {
            (true, _) => Impact::Note,
            (false, true) => Impact::Risk,
            (false, false) => Impact::Broken,
        }
    }
    /// A name for headlines.
    pub(crate) fn called(&self) -> Arg {
        called(&self.rows, self.certificate().as_deref(), &self.thumb)
    }
    /// A finding on a state of the entry, with who rests on it.
    pub(crate) fn says(&self, state: &State<'a, Stored>, say: Say) -> Finding {
        let mut f = self.look.state(self.impact(), state, say);
        f = f.because(say!(
            "thumbprint {thumb}, store {store}",
            "지문 {thumb}, 저장소 {store}",
            thumb = Arg::term(&self.thumb),
            store = self.store_arg()
        ));
        if self.store.is_empty() {
            f = f.at_most(Standing::Likely);
        }
        f = rests(f, &self.uses);
        if let Some(at) = self.served {
            f = f.and(at).because(say!(
                "a handshake with this certificate succeeded all the same: what is in memory serves until the next start",
                "그래도 이 인증서로 한 핸드셰이크가 성공했습니다. 메모리에 있는 것은 다시 시작할 때까지 쓰입니다"
            ));
        }
        let needed = self.uses.iter().find(|u| !u.bound).filter(|_| !self.bound());
        if let Some(u) = needed {
            f.subject = Subject::Endpoint(u.endpoint.clone());
            f = f.at_most(Standing::Likely);
        }
        f
    }
    fn store_arg(&self) -> Arg {
        if self.store.is_empty() { Arg::term("MY") } else { Arg::quote(&self.store) }
    }
    /// The store's name as a command takes it.
    pub(crate) fn store_word(&self) -> &'static str {
        if self.store.eq_ignore_ascii_case("WebHosting") { "WebHosting" } else { "MY" }
    }
    /// What ties the certificate to a key that lies in some container of the machine.
    pub(crate) fn repair(&self) -> Cure {
        let line = format!("certutil -repairstore {} \"{}\"", self.store_word(), self.thumb);
        Cure::new(
            Safety::Confirm,
            say!(
                "search this machine's key containers for the key of the certificate and tie the two together; it cannot make a key",
                "이 컴퓨터의 키 컨테이너에서 인증서에 맞는 개인 키를 찾아 서로 연결합니다. 키를 새로 만들지는 못합니다"
            ),
        )
        .run(Platform::Windows, line)
    }
    /// Importing the certificate together with its key.
    pub(crate) fn import(&self) -> Cure {
        let store = self.store_word();
        let cure = Cure::new(
            Safety::Confirm,
            say!(
                "import the certificate with its key (PFX) into the machine's store, from a backup or from the machine where the key was made, then choose it again in the binding",
                "백업이나 키를 만든 컴퓨터에서 개인 키가 든 PFX를 컴퓨터 저장소로 가져온 뒤 바인딩에서 다시 선택합니다"
            ),
        );
        // Server 2003's certutil takes no store; AT_KEYEXCHANGE matters to old providers
        cure.run(
            Platform::Windows,
            match self.look.version().build {
                Some(..6000) => "certutil -importpfx site.pfx".to_owned(),
                _ => format!("certutil -f -importpfx {store} site.pfx AT_KEYEXCHANGE"),
            },
        )
    }
}

/// The last way out.
pub(crate) fn issue_anew() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "where no copy of the key exists: make a new request on this machine and have the certificate issued anew",
            "개인 키의 사본이 없으면 이 컴퓨터에서 새 요청을 만들어 인증서를 다시 발급받습니다"
        ),
    )
}

/// Names what rests on a certificate.
fn rests(f: Finding, uses: &[Use]) -> Finding {
    let list = |bound: bool| -> Vec<Arg> {
        let mut places: Vec<&str> = uses.iter().filter(|u| u.bound == bound).map(|u| u.place.as_str()).collect();
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(Arg::quote).collect()
    };
    let (bound, needed) = (list(true), list(false));
    let mut f = uses.iter().fold(f, |f, u| f.and(u.at));
    if !bound.is_empty() {
        f = f.because(say!("bound to {places}", "{places}에 바인딩되어 있습니다", places = Arg::List(bound)));
    } else if !needed.is_empty() {
        f = f.because(say!(
            "the https site at {places} needs it and has no record in HTTP.sys",
            "{places}의 https 사이트에 필요하지만 HTTP.sys 레코드가 없습니다",
            places = Arg::List(needed)
        ));
    }
    f
}

/// The certificate by what people know it by.
pub(crate) fn called(rows: &[Cited<'_, Stored>], c: Option<&Certificate>, thumb: &Thumb) -> Arg {
    let of_cert = c.and_then(|c| c.subject.common_names().next().map(str::to_owned));
    let of_rows = || rows.iter().find_map(|r| r.row.what.subject.as_deref().and_then(common_name).map(str::to_owned));
    let named = || rows.iter().find_map(|r| r.row.what.names.first().map(Name::to_string));
    let friendly = || rows.iter().find_map(|r| r.row.what.friendly.clone().filter(|f| !f.is_empty()));
    let found = of_cert.or_else(of_rows).or_else(named).or_else(friendly);
    found.map_or_else(|| Arg::term(thumb), Arg::quote)
}

/// The common name in a subject as text.
pub(crate) fn common_name(subject: &str) -> Option<&str> {
    subject.split(',').map(str::trim).find_map(|part| {
        let (k, v) = part.split_once('=')?;
        k.trim().eq_ignore_ascii_case("CN").then(|| v.trim().trim_matches('"')).filter(|v| !v.is_empty())
    })
}

/// Does a name of a certificate stand for a host (RFC 6125 section 6.4: one label for the asterisk)?
fn fits(pattern: &str, host: &str) -> bool {
    match pattern.strip_prefix("*.") {
        Some(rest) => host.split_once('.').is_some_and(|(_, parent)| parent.eq_ignore_ascii_case(rest)),
        None => pattern.eq_ignore_ascii_case(host),
    }
}

/// Records and sites that name a certificate in this store. HTTP.sys takes MY where a record names no store.
pub(crate) fn uses(look: &Look<'_>, thumb: &Thumb, store: &str) -> Vec<Use> {
    let good = Reading::Good(thumb.clone());
    let here = |of: &Option<String>| {
        let of = of.as_deref().filter(|s| !s.is_empty()).unwrap_or("MY");
        store.is_empty() || of.eq_ignore_ascii_case(store)
    };
    let mut out: Vec<Use> = vec![];
    for b in look.seen::<Binding>().filter(|b| b.hash == good && here(&b.store)) {
        if current(look, &b) {
            out.push(used(&b, b.row.what.addr, b.row.what.port, b.row.what.name.clone(), b.row.host));
        }
    }
    for b in look.seen::<SiteBinding>().filter(|b| b.protocol == "https" && b.hash.as_ref() == Some(&good)) {
        if here(&b.store) {
            out.push(used(&b, b.row.what.addr, b.row.what.port, b.row.what.name.clone(), b.row.host));
        }
    }
    out.sort_by(|a, b| (&a.place, a.at).cmp(&(&b.place, b.at)));
    out
}

fn used<T>(c: &Cited<'_, T>, addr: Addr, port: u16, name: Option<Name>, host: tlsdiag_model::Host) -> Use {
    let endpoint = Endpoint { host, addr, port, name };
    Use { place: place(&endpoint), at: c.at, bound: true, endpoint }
}

/// An endpoint as records write it.
pub(crate) fn place(e: &Endpoint) -> String {
    match (&e.name, e.addr) {
        (Some(n), _) => format!("{n}:{}", e.port),
        (None, Addr::Is(a)) => std::net::SocketAddr::new(a, e.port).to_string(),
        (None, a) => format!("{a}:{}", e.port),
    }
}

/// Is this the newest reading of its record?
fn current(look: &Look<'_>, b: &Cited<'_, Binding>) -> bool {
    look.states::<Binding>(&b.row.what.key()).last().is_none_or(|s| s.cited.hash == b.hash)
}

/// https sites whose name the certificate covers and for which HTTP.sys, read whole, holds no certificate.
fn needs(look: &Look<'_>, e: &Entry<'_, '_>) -> Vec<Use> {
    let Ok(looked) = look.whole::<Binding>() else { return vec![] };
    let mut out: Vec<Use> = vec![];
    for b in look.seen::<SiteBinding>().filter(|b| b.protocol == "https" && b.running != Some(false)) {
        let row = &b.row.what;
        // a site without a name takes the only certificate that there is
        let meant = row.name.as_ref().map_or_else(|| e.alone(), |n| e.covers(n));
        if !meant {
            continue;
        }
        let central = row.flags.is_some_and(|f| f & 2 != 0);
        let records = look.answering(row.addr, row.port, row.name.as_ref());
        let answered = records.iter().any(|r| matches!(r.hash, Reading::Good(_)));
        if !central && !answered && row.hash.is_none() {
            let endpoint = Endpoint { host: b.row.host, addr: row.addr, port: row.port, name: row.name.clone() };
            out.push(Use { place: place(&endpoint), at: b.at, bound: false, endpoint });
        }
    }
    if let Some(u) = out.first().cloned() {
        // the look at the records is evidence too
        out.push(Use { at: looked, ..u });
    }
    out
}

/// A handshake in which the certificate was served well.
pub(crate) fn served(look: &Look<'_>, thumb: &Thumb) -> Option<FactRef> {
    let id = look.certificate_of(thumb)?;
    look.seen::<Handshake>()
        .filter(|h| h.done() && h.leaf() == Some(id) && h.proof.saw() != Some(&KeyProof::Bad))
        .map(|h| h.at)
        .min()
}

/// How a value stood over time, and how it stands now: as [`Look::states`], for what only some rows tell.
pub(crate) fn over_time<'a, T, V: Ord>(
    look: &Look<'a>,
    rows: impl Iterator<Item = (V, Cited<'a, T>)>,
) -> Option<(V, State<'a, T>)> {
    let mut rows: Vec<(V, Cited<'a, T>)> = rows.collect();
    // where rows of one age differ, the value decides and not their order
    rows.sort_by(|(v, c), (w, d)| (c.row.span, c.row.how, v, c.at).cmp(&(d.row.span, d.row.how, w, d.at)));
    let mut now: Option<(V, State<'a, T>)> = None;
    for (v, c) in rows {
        match &mut now {
            Some((known, s)) if *known == v => s.held.last = Span::FOREVER,
            Some((_, s)) if s.cited.row.span.meets(c.row.span) => s.against.push(c.at),
            _ => {
                let first = c.row.span.first.saturating_sub(if now.is_none() { back(look, &c) } else { 0 });
                let held = Span { first, last: Span::FOREVER };
                now = Some((v, State { cited: c, held, against: vec![] }));
            }
        }
    }
    now
}

/// Before the first reading a state is taken to have held a while, as in [`Look::states`].
fn back<T>(look: &Look<'_>, c: &Cited<'_, T>) -> Time {
    const DAY: Time = 86_400_000;
    match (look.handed_over(), c.row.span.first == c.row.span.last) {
        (true, true) => 3 * DAY,
        (true, false) => 0,
        (false, _) => DAY,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_subjects_and_patterns() {
        assert_eq!(common_name("O=Shop, CN=shop.example, C=KR"), Some("shop.example"));
        assert_eq!(common_name("cn = \"a b\""), Some("a b"));
        assert_eq!(common_name("O=CN"), None);
        assert!(fits("*.shop.example", "www.shop.example"));
        assert!(!fits("*.shop.example", "a.www.shop.example"));
        assert!(!fits("*.shop.example", "shop.example"));
    }
}
