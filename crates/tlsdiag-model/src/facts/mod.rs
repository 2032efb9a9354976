//! The kinds of statement, one file each. A kind knows where its rows lie in a [`Case`] and what makes two rows
//! statements about the same thing.
use crate::{Case, Row, Time};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

mod asked;
mod binding;
mod certificate;
mod connect;
mod event;
mod file;
mod handshake;
mod here;
mod http;
mod listener;
mod lookup;
mod said;
mod site;
mod stored;
mod system;
mod talk;

pub use asked::{Asked, Scheme};
pub use binding::{Binding, ListenList, Protocol, RecordFlag, RecordKind, Url};
pub use certificate::{Anchors, Fetch, FetchEnd, Holding, Revocation, RevocationAnswer, Role, Set, Via};
pub use connect::{Connect, ConnectEnd, Unreachable};
pub use event::{Event, Side, Spot};
pub use file::{File, Filed, Identity, Key, KeyAt, Pasted, PastedIs, Protection, Refusal, Thing};
pub use handshake::{
    After, Answered, CertificateRequest, Client, End, Handshake, KeyProof, Offer, Stage, Staple, Trial, Vary, Violation,
};
pub use here::{HostsLine, Proxy, Skew};
pub use http::{HttpAnswer, HttpEnd, HttpVersion, Over};
pub use listener::{Listener, Process, Service};
pub use lookup::{Answer, Family, Lookup, Resolver};
pub use said::Said;
pub use site::{OldBinding, Pool, SiteAccess, SiteBinding};
pub use stored::{Ace, KeyFile, KeyFolder, KeyLink, KeyName, KeyTest, Location, Stored};
pub use system::{Datum, Setting, Suites, System, Whole};
pub use talk::{Opening, Spoke, Talk};

/// A kind of statement.
pub trait Fact: Sized + Clone + PartialEq + Serialize + DeserializeOwned + 'static {
    /// Its kind.
    const KIND: Kind;
    /// Version of its serialised form.
    const VERSION: u32 = 1;
    /// What makes two rows statements about the same thing.
    type Key: PartialEq;
    /// The key of this statement.
    fn key(&self) -> Self::Key;
    /// Whether two statements with the same key say the same; what one does not tell is no contradiction.
    fn agrees(&self, other: &Self) -> bool {
        self == other
    }
    /// The rows of a case.
    fn rows(case: &Case) -> &Vec<Row<Self>>;
    /// The rows of a case, to add to.
    fn rows_mut(case: &mut Case) -> &mut Vec<Row<Self>>;
}

macro_rules! kinds {
    ($($kind:ident $slug:literal $ty:ty, $field:ident, $key:ty, |$x:ident| $e:expr $(, agrees $agrees:path)?;)*) => {
        /// The kinds of statement that this build knows.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        #[allow(missing_docs)]
        pub enum Kind { $($kind,)* }

        impl Kind {
            /// All kinds.
            pub const ALL: &'static [Kind] = &[$(Kind::$kind,)*];
            /// The stable word, as in JSON and bundles.
            pub fn slug(self) -> &'static str { match self { $(Kind::$kind => $slug,)* } }
        }

        $(impl Fact for $ty {
            const KIND: Kind = Kind::$kind;
            type Key = $key;
            fn key(&self) -> $key { let $x = self; $e }
            $(fn agrees(&self, other: &Self) -> bool { $agrees(self, other) })?
            fn rows(case: &Case) -> &Vec<Row<Self>> { &case.$field }
            fn rows_mut(case: &mut Case) -> &mut Vec<Row<Self>> { &mut case.$field }
        })*

        /// Runs a generic visitor once for every kind.
        pub(crate) fn each_kind(v: &mut impl EachKind) { $(v.visit::<$ty>();)* }
    };
}

/// Something that is done for every kind.
pub(crate) trait EachKind {
    fn visit<T: Fact>(&mut self);
}

kinds! {
    Asked "asked" Asked, asked, Asked, |x| x.clone();
    Lookups "lookups" Lookup, lookups, (crate::Name, Resolver, Family), |x| (x.name.clone(), x.resolver, x.family);
    HostsLines "hosts_lines" HostsLine, hosts_lines, (crate::Name, std::net::IpAddr), |x| (x.name.clone(), x.addr);
    Proxies "proxies" Proxy, proxies, Proxy, |x| x.clone();
    Skews "skews" Skew, skews, (std::net::IpAddr, u16), |x| (x.addr, x.port);
    Connects "connects" Connect, connects, (crate::Host, std::net::IpAddr, u16), |x| (x.from, x.addr, x.port);
    Talks "talks" Talk, talks, (crate::Host, std::net::IpAddr, u16, Opening), |x| (x.from, x.addr, x.port, x.opening);
    Handshakes "handshakes" Handshake, handshakes, Handshake, |x| x.clone();
    HttpAnswers "http_answers" HttpAnswer, http_answers, (std::net::IpAddr, u16, Over, String), |x| (x.addr, x.port, x.over, x.path.clone());
    Holdings "holdings" Holding, holdings, (crate::CertId, Role), |x| (x.cert, x.role);
    Anchors "anchors" Anchors, anchors, Set, |x| x.set.clone();
    Fetches "fetches" Fetch, fetches, String, |x| x.url.clone();
    Revocations "revocations" Revocation, revocations, (crate::CertId, Via), |x| (x.cert, x.via);
    Bindings "bindings" Binding, bindings, (RecordKind, crate::Addr, u16, Option<crate::Name>), |x| (x.kind, x.addr, x.port, x.name.clone()), agrees Binding::agrees;
    ListenLists "listen_lists" ListenList, listen_lists, (), |_x| ();
    Urls "urls" Url, urls, (String, bool), |x| (x.url.clone(), x.active);
    Listeners "listeners" Listener, listeners, Listener, |x| x.clone();
    Processes "processes" Process, processes, u32, |x| x.pid;
    Services "services" Service, services, String, |x| x.name.clone();
    SiteBindings "site_bindings" SiteBinding, site_bindings, (String, String, crate::Addr, u16, Option<crate::Name>), |x| (x.site.clone(), x.protocol.clone(), x.addr, x.port, x.name.clone());
    SiteAccesses "site_accesses" SiteAccess, site_accesses, String, |x| x.location.clone();
    Pools "pools" Pool, pools, String, |x| x.name.clone();
    OldBindings "old_bindings" OldBinding, old_bindings, String, |x| x.path.clone();
    Stored "stored" Stored, stored, (Location, String, crate::Reading<crate::Thumb>), |x| (x.location.clone(), x.store.clone(), x.thumb.clone());
    KeyFiles "key_files" KeyFile, key_files, (KeyFolder, String), |x| (x.folder, x.name.clone());
    Systems "systems" System, systems, (), |_x| ();
    Settings "settings" Setting, settings, (String, String), |x| (x.key.to_ascii_lowercase(), x.name.to_ascii_lowercase());
    Wholes "wholes" Whole, wholes, std::sync::Arc<str>, |x| x.of.clone();
    Suites "suites" Suites, suites, (), |_x| ();
    Protocols "protocols" Protocol, protocols, (u16, bool), |x| (x.version, x.server);
    Events "events" Event, events, Event, |x| x.clone();
    Files "files" File, files, std::sync::Arc<str>, |x| x.path.clone();
    Filed "filed" Filed, filed, (std::sync::Arc<str>, u32), |x| (x.path.clone(), x.order);
    Identities "identities" Identity, identities, std::sync::Arc<str>, |x| x.label.clone();
    Pasted "pasted" Pasted, pasted, String, |x| x.text.clone();
    Said "said" Said, said, Said, |x| x.clone();
}

impl Case {
    /// Adds a row of any kind.
    pub fn add<T: Fact>(&mut self, row: Row<T>) {
        T::rows_mut(self).push(row);
    }

    /// Shifts the rows whose span is of a kind, by `by` milliseconds.
    pub fn shift_where(&mut self, by: Time, which: impl Fn(crate::Span) -> bool) {
        struct Shift<'a>(&'a mut Case, Time, &'a dyn Fn(crate::Span) -> bool);
        impl EachKind for Shift<'_> {
            fn visit<T: Fact>(&mut self) {
                for r in T::rows_mut(self.0).iter_mut().filter(|r| (self.2)(r.span)) {
                    r.span.last = r.span.last.saturating_add(self.1);
                    r.span.first = r.span.first.min(r.span.last);
                }
            }
        }
        for s in self.surveys.iter_mut().filter(|s| which(s.span)) {
            s.span.last = s.span.last.saturating_add(by);
            s.span.first = s.span.first.min(s.span.last);
        }
        each_kind(&mut Shift(self, by, &which));
    }

    /// Takes over all rows, surveys and certificates of another case; its machine `i` is this case's `hosts[i]`. Hosts and
    /// aliases of the other are the caller's business.
    pub fn absorb(&mut self, other: Case, hosts: &[crate::Host]) {
        struct Take<'a>(&'a mut Case, Case, &'a [crate::Host]);
        impl EachKind for Take<'_> {
            fn visit<T: Fact>(&mut self) {
                let rows = std::mem::take(T::rows_mut(&mut self.1));
                let own = T::rows_mut(self.0);
                for mut r in rows {
                    r.host = self.2.get(r.host.0 as usize).copied().unwrap_or(r.host);
                    own.push(r);
                }
            }
        }
        for mut s in other.surveys.iter().cloned() {
            s.host = hosts.get(s.host.0 as usize).copied().unwrap_or(s.host);
            self.surveys.push(s);
        }
        for (id, der) in &other.certs {
            self.certs.entry(*id).or_insert_with(|| der.clone());
        }
        each_kind(&mut Take(self, other, hosts));
    }

    /// Shifts every time by `by` milliseconds: for tests that no rule reads a clock, and for evidence of another clock.
    pub fn shift(&mut self, by: Time) {
        struct Shift<'a>(&'a mut Case, Time);
        impl EachKind for Shift<'_> {
            fn visit<T: Fact>(&mut self) {
                for r in T::rows_mut(self.0) {
                    r.span.first = r.span.first.saturating_add(self.1);
                    r.span.last = r.span.last.saturating_add(self.1);
                }
            }
        }
        for s in &mut self.surveys {
            s.span.first = s.span.first.saturating_add(by);
            s.span.last = s.span.last.saturating_add(by);
        }
        each_kind(&mut Shift(self, by));
    }

    /// Takes a whole kind away, rows and surveys: what a rule must survive without acquitting.
    pub fn without(&self, kind: Kind) -> Case {
        struct Drop<'a>(&'a mut Case, Kind);
        impl EachKind for Drop<'_> {
            fn visit<T: Fact>(&mut self) {
                if T::KIND == self.1 {
                    T::rows_mut(self.0).clear();
                }
            }
        }
        let mut c = self.clone();
        c.surveys.retain(|s| s.kind != kind);
        each_kind(&mut Drop(&mut c, kind));
        c
    }

    /// Turns the order of every table round: no verdict may depend on it.
    pub fn reversed(&self) -> Case {
        struct Turn<'a>(&'a mut Case);
        impl EachKind for Turn<'_> {
            fn visit<T: Fact>(&mut self) {
                T::rows_mut(self.0).reverse();
            }
        }
        let mut c = self.clone();
        c.surveys.reverse();
        each_kind(&mut Turn(&mut c));
        c
    }

    /// Every row twice, as from a second source that read the same.
    pub fn doubled(&self) -> Case {
        struct Twice<'a>(&'a mut Case);
        impl EachKind for Twice<'_> {
            fn visit<T: Fact>(&mut self) {
                let rows = T::rows_mut(self.0);
                let again = rows.clone();
                rows.extend(again);
            }
        }
        let mut c = self.clone();
        let again = c.surveys.clone();
        c.surveys.extend(again);
        each_kind(&mut Twice(&mut c));
        c
    }

    /// How many rows there are of a kind.
    pub fn count(&self, kind: Kind) -> usize {
        struct Count<'a>(&'a Case, Kind, usize);
        impl EachKind for Count<'_> {
            fn visit<T: Fact>(&mut self) {
                if T::KIND == self.1 {
                    self.2 = T::rows(self.0).len();
                }
            }
        }
        let mut v = Count(self, kind, 0);
        each_kind(&mut v);
        v.2
    }
}
