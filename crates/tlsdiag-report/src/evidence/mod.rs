//! Evidence as people read it: where a statement is about, what it says in the words of its tool, where to look it up.
mod file;
mod handshake;
mod here;
mod server;
mod talk;
mod windows;

use crate::{Report, words};
use tlsdiag_model::facts::*;
use tlsdiag_model::{
    Addr, Arg, CertId, FactRef, Fingerprint, Host, How, Kind, Lang, Origin, Reading, Row, Say, Span, Survey, Thumb, say,
};

pub(crate) use handshake::{trial_slug, vary_slug};
pub(crate) use windows::secret;

/// A piece of evidence, found in the case.
#[derive(Clone, Copy)]
pub(crate) enum Piece<'a> {
    Asked(&'a Row<Asked>),
    Lookup(&'a Row<Lookup>),
    HostsLine(&'a Row<HostsLine>),
    Proxy(&'a Row<Proxy>),
    Skew(&'a Row<Skew>),
    Connect(&'a Row<Connect>),
    Talk(&'a Row<Talk>),
    Handshake(&'a Row<Handshake>),
    Http(&'a Row<HttpAnswer>),
    Holding(&'a Row<Holding>),
    Anchors(&'a Row<Anchors>),
    Fetch(&'a Row<Fetch>),
    Revocation(&'a Row<Revocation>),
    Binding(&'a Row<Binding>),
    ListenList(&'a Row<ListenList>),
    Url(&'a Row<Url>),
    Listener(&'a Row<Listener>),
    Process(&'a Row<Process>),
    Service(&'a Row<Service>),
    SiteBinding(&'a Row<SiteBinding>),
    SiteAccess(&'a Row<SiteAccess>),
    Pool(&'a Row<Pool>),
    OldBinding(&'a Row<OldBinding>),
    Stored(&'a Row<Stored>),
    KeyFile(&'a Row<KeyFile>),
    System(&'a Row<System>),
    Setting(&'a Row<Setting>),
    Whole(&'a Row<Whole>),
    Suites(&'a Row<Suites>),
    Protocol(&'a Row<Protocol>),
    Event(&'a Row<Event>),
    File(&'a Row<File>),
    Filed(&'a Row<Filed>),
    Identity(&'a Row<Identity>),
    Pasted(&'a Row<Pasted>),
    Said(&'a Row<Said>),
    Survey(&'a Survey),
}

/// What every statement has.
pub(crate) struct Head<'a> {
    pub(crate) host: Host,
    pub(crate) how: How,
    pub(crate) span: Span,
    pub(crate) count: u64,
    pub(crate) origins: &'a [Origin],
    pub(crate) took: Option<(u32, u32)>,
}

/// The evidence behind a reference; `None` only for a reference into another case.
pub(crate) fn piece<'a>(r: &Report<'a>, at: FactRef) -> Option<Piece<'a>> {
    let c = r.case;
    let (kind, i) = match at {
        FactRef::Survey(i) => return c.surveys.get(i as usize).map(Piece::Survey),
        FactRef::Row(kind, i) => (kind, i as usize),
    };
    match kind {
        Kind::Asked => c.asked.get(i).map(Piece::Asked),
        Kind::Lookups => c.lookups.get(i).map(Piece::Lookup),
        Kind::HostsLines => c.hosts_lines.get(i).map(Piece::HostsLine),
        Kind::Proxies => c.proxies.get(i).map(Piece::Proxy),
        Kind::Skews => c.skews.get(i).map(Piece::Skew),
        Kind::Connects => c.connects.get(i).map(Piece::Connect),
        Kind::Talks => c.talks.get(i).map(Piece::Talk),
        Kind::Handshakes => c.handshakes.get(i).map(Piece::Handshake),
        Kind::HttpAnswers => c.http_answers.get(i).map(Piece::Http),
        Kind::Holdings => c.holdings.get(i).map(Piece::Holding),
        Kind::Anchors => c.anchors.get(i).map(Piece::Anchors),
        Kind::Fetches => c.fetches.get(i).map(Piece::Fetch),
        Kind::Revocations => c.revocations.get(i).map(Piece::Revocation),
        Kind::Bindings => c.bindings.get(i).map(Piece::Binding),
        Kind::ListenLists => c.listen_lists.get(i).map(Piece::ListenList),
        Kind::Urls => c.urls.get(i).map(Piece::Url),
        Kind::Listeners => c.listeners.get(i).map(Piece::Listener),
        Kind::Processes => c.processes.get(i).map(Piece::Process),
        Kind::Services => c.services.get(i).map(Piece::Service),
        Kind::SiteBindings => c.site_bindings.get(i).map(Piece::SiteBinding),
        Kind::SiteAccesses => c.site_accesses.get(i).map(Piece::SiteAccess),
        Kind::Pools => c.pools.get(i).map(Piece::Pool),
        Kind::OldBindings => c.old_bindings.get(i).map(Piece::OldBinding),
        Kind::Stored => c.stored.get(i).map(Piece::Stored),
        Kind::KeyFiles => c.key_files.get(i).map(Piece::KeyFile),
        Kind::Systems => c.systems.get(i).map(Piece::System),
        Kind::Settings => c.settings.get(i).map(Piece::Setting),
        Kind::Wholes => c.wholes.get(i).map(Piece::Whole),
        Kind::Suites => c.suites.get(i).map(Piece::Suites),
        Kind::Protocols => c.protocols.get(i).map(Piece::Protocol),
        Kind::Events => c.events.get(i).map(Piece::Event),
        Kind::Files => c.files.get(i).map(Piece::File),
        Kind::Filed => c.filed.get(i).map(Piece::Filed),
        Kind::Identities => c.identities.get(i).map(Piece::Identity),
        Kind::Pasted => c.pasted.get(i).map(Piece::Pasted),
        Kind::Said => c.said.get(i).map(Piece::Said),
    }
}

fn head_of<T>(row: &Row<T>) -> Head<'_> {
    Head {
        host: row.host,
        how: row.how,
        span: row.span,
        count: row.count,
        origins: &row.examples,
        took: row.took.map(|t| (t.min, t.max)),
    }
}

impl<'a> Piece<'a> {
    pub(crate) fn head(self) -> Head<'a> {
        match self {
            Piece::Asked(r) => head_of(r),
            Piece::Lookup(r) => head_of(r),
            Piece::HostsLine(r) => head_of(r),
            Piece::Proxy(r) => head_of(r),
            Piece::Skew(r) => head_of(r),
            Piece::Connect(r) => head_of(r),
            Piece::Talk(r) => head_of(r),
            Piece::Handshake(r) => head_of(r),
            Piece::Http(r) => head_of(r),
            Piece::Holding(r) => head_of(r),
            Piece::Anchors(r) => head_of(r),
            Piece::Fetch(r) => head_of(r),
            Piece::Revocation(r) => head_of(r),
            Piece::Binding(r) => head_of(r),
            Piece::ListenList(r) => head_of(r),
            Piece::Url(r) => head_of(r),
            Piece::Listener(r) => head_of(r),
            Piece::Process(r) => head_of(r),
            Piece::Service(r) => head_of(r),
            Piece::SiteBinding(r) => head_of(r),
            Piece::SiteAccess(r) => head_of(r),
            Piece::Pool(r) => head_of(r),
            Piece::OldBinding(r) => head_of(r),
            Piece::Stored(r) => head_of(r),
            Piece::KeyFile(r) => head_of(r),
            Piece::System(r) => head_of(r),
            Piece::Setting(r) => head_of(r),
            Piece::Whole(r) => head_of(r),
            Piece::Suites(r) => head_of(r),
            Piece::Protocol(r) => head_of(r),
            Piece::Event(r) => head_of(r),
            Piece::File(r) => head_of(r),
            Piece::Filed(r) => head_of(r),
            Piece::Identity(r) => head_of(r),
            Piece::Pasted(r) => head_of(r),
            Piece::Said(r) => head_of(r),
            Piece::Survey(s) => Head {
                host: s.host,
                how: How::Read,
                span: s.span,
                count: 1,
                origins: std::slice::from_ref(&s.origin),
                took: None,
            },
        }
    }

    /// What the statement is about, a few cells wide.
    pub(crate) fn place(self, r: &Report<'_>, lang: Lang) -> String {
        match self {
            Piece::Asked(x) => x.what.name.to_string(),
            Piece::Lookup(x) => x.what.name.to_string(),
            Piece::HostsLine(_) => words::kind(Kind::HostsLines).text(lang).to_owned(),
            Piece::Proxy(x) => x.what.setting.clone(),
            Piece::Skew(x) => socket(x.what.addr, x.what.port),
            Piece::Connect(x) => socket(x.what.addr, x.what.port),
            Piece::Talk(x) => socket(x.what.addr, x.what.port),
            Piece::Handshake(x) => socket(x.what.addr, x.what.port),
            Piece::Http(x) => socket(x.what.addr, x.what.port),
            Piece::Holding(x) => short_name(r, x.what.cert),
            Piece::Anchors(_) => words::kind(Kind::Anchors).text(lang).to_owned(),
            Piece::Fetch(x) => x.what.url.clone(),
            Piece::Revocation(x) => short_name(r, x.what.cert),
            Piece::Binding(x) => server::binding_place(&x.what),
            Piece::ListenList(_) => words::kind(Kind::ListenLists).text(lang).to_owned(),
            Piece::Url(x) => x.what.url.clone(),
            Piece::Listener(x) => windows::listener_place(&x.what),
            Piece::Process(x) => format!("PID {}", x.what.pid),
            Piece::Service(x) => x.what.name.clone(),
            Piece::SiteBinding(x) => x.what.site.clone(),
            Piece::SiteAccess(x) if x.what.location.is_empty() => r.case.label(x.host).to_owned(),
            Piece::SiteAccess(x) => x.what.location.clone(),
            Piece::Pool(x) => x.what.name.clone(),
            Piece::OldBinding(x) => x.what.path.clone(),
            Piece::Stored(x) => windows::stored_place(&x.what),
            Piece::KeyFile(x) => windows::folder(x.what.folder).render(lang),
            Piece::System(x) => x.what.computer.clone().unwrap_or_else(|| r.case.label(x.host).to_owned()),
            Piece::Setting(x) => windows::setting_place(&x.what),
            Piece::Whole(_) => words::kind(Kind::Wholes).text(lang).to_owned(),
            Piece::Suites(_) => words::kind(Kind::Suites).text(lang).to_owned(),
            Piece::Protocol(x) => server::protocol_place(&x.what).render(lang),
            Piece::Event(x) => format!("{} {}", x.what.source, x.what.id),
            Piece::File(x) => x.what.path.to_string(),
            Piece::Filed(x) => format!("{}, {}", x.what.path, x.what.place),
            Piece::Identity(x) => x.what.label.to_string(),
            Piece::Pasted(_) => words::kind(Kind::Pasted).text(lang).to_owned(),
            Piece::Said(x) => x.what.entry.clone(),
            Piece::Survey(s) => words::kind(s.kind).text(lang).to_owned(),
        }
    }

    /// What the statement says.
    pub(crate) fn says(self, r: &Report<'_>) -> Say {
        match self {
            Piece::Asked(x) => say!("asked for {what}", "요청한 대상 {what}", what = Arg::quote(&x.what.typed)),
            Piece::Lookup(x) => talk::lookup(&x.what),
            Piece::HostsLine(x) => here::hosts_line(&x.what),
            Piece::Proxy(x) => here::proxy(&x.what),
            Piece::Skew(x) => here::skew(&x.what),
            Piece::Connect(x) => talk::connect(&x.what),
            Piece::Talk(x) => talk::talk(&x.what),
            Piece::Handshake(x) => handshake::says(x),
            Piece::Http(x) => talk::http(&x.what),
            Piece::Holding(x) => server::holding(&x.what),
            Piece::Anchors(x) => here::anchors(r, x),
            Piece::Fetch(x) => here::fetch(&x.what),
            Piece::Revocation(x) => here::revocation(&x.what),
            Piece::Binding(x) => server::binding(r, &x.what),
            Piece::ListenList(x) => windows::listen_list(&x.what),
            Piece::Url(x) => windows::url(&x.what),
            Piece::Listener(x) => windows::listener(r, x),
            Piece::Process(x) => windows::process(&x.what),
            Piece::Service(x) => windows::service(&x.what),
            Piece::SiteBinding(x) => windows::site_binding(r, &x.what),
            Piece::SiteAccess(x) => windows::site_access(&x.what),
            Piece::Pool(x) => windows::pool(&x.what),
            Piece::OldBinding(x) => windows::old_binding(r, &x.what),
            Piece::Stored(x) => windows::stored(&x.what),
            Piece::KeyFile(x) => windows::key_file(&x.what),
            Piece::System(x) => windows::system(&x.what),
            Piece::Setting(x) => windows::setting(&x.what),
            Piece::Whole(x) => windows::whole(&x.what),
            Piece::Suites(x) => windows::suites(&x.what),
            Piece::Protocol(x) => server::protocol(&x.what),
            Piece::Event(x) => windows::event(&x.what),
            Piece::File(x) => file::file(&x.what),
            Piece::Filed(x) => file::filed(r, &x.what),
            Piece::Identity(x) => file::identity(&x.what),
            Piece::Pasted(x) => file::pasted(&x.what),
            Piece::Said(x) => here::said(&x.what),
            Piece::Survey(s) => survey(r, s),
        }
    }

    /// What alike statements have in common, what sets this one apart, and what was counted on the way.
    pub(crate) fn parts(self, r: &Report<'_>) -> (Say, Option<Say>, Option<Say>) {
        match self {
            Piece::Handshake(x) => (handshake::outcome(&x.what), handshake::trial(&x.what.trial), handshake::wire(x)),
            p => (p.says(r), None, None),
        }
    }

    /// The certificates that the statement names, the server's own first.
    pub(crate) fn certs(self, r: &Report<'_>) -> Vec<CertId> {
        let read = |t: &Reading<Thumb>| match t {
            Reading::Good(t) => by_thumb(r, t),
            _ => None,
        };
        match self {
            Piece::Handshake(x) => x.what.chain.saw().cloned().unwrap_or_default(),
            Piece::Holding(x) => vec![x.what.cert],
            Piece::Identity(x) => x.what.chain.clone(),
            Piece::Filed(x) => match x.what.what {
                Thing::Cert(id) => vec![id],
                _ => vec![],
            },
            Piece::Revocation(x) => vec![x.what.cert],
            Piece::Binding(x) => read(&x.what.hash).into_iter().collect(),
            Piece::SiteBinding(x) => x.what.hash.as_ref().and_then(read).into_iter().collect(),
            Piece::OldBinding(x) => read(&x.what.hash).into_iter().collect(),
            Piece::Stored(x) => x.what.cert.or_else(|| read(&x.what.thumb)).into_iter().collect(),
            Piece::Event(x) => x.what.thumb.as_ref().and_then(|t| by_thumb(r, t)).into_iter().collect(),
            Piece::Fetch(x) => match &x.what.end {
                FetchEnd::Certs(ids) => ids.clone(),
                _ => vec![],
            },
            _ => vec![],
        }
    }
}

/// Address and port.
pub(crate) fn socket(addr: std::net::IpAddr, port: u16) -> String {
    std::net::SocketAddr::new(addr, port).to_string()
}

/// An address or wildcard as it stands in a socket or URL.
pub(crate) fn bare(addr: Addr) -> String {
    match addr {
        Addr::Is(std::net::IpAddr::V6(a)) => format!("[{a}]"),
        a => a.to_string(),
    }
}

/// Address or wildcard, and port.
pub(crate) fn at(addr: Addr, port: u16) -> String {
    format!("{}:{port}", bare(addr))
}

/// Several short statements as one line.
pub(crate) fn joined(mut all: Vec<Say>) -> Say {
    match (all.len(), all.pop()) {
        (1, Some(one)) => one,
        (_, last) => {
            all.extend(last);
            let parts = all.into_iter().map(|s| Arg::Say(Box::new(s))).collect();
            say!("{parts}", "{parts}", parts = Arg::List(parts))
        }
    }
}

/// The certificate with this thumbprint, where its octets were seen.
pub(crate) fn by_thumb(r: &Report<'_>, thumb: &Thumb) -> Option<CertId> {
    match Fingerprint::from_hex(thumb.as_str()) {
        Some(id) => r.certs.contains_key(&id).then_some(id),
        None => r.certs.iter().find(|(_, n)| n.thumbprint.eq_ignore_ascii_case(thumb.as_str())).map(|(id, _)| *id),
    }
}

/// A certificate in few cells: its subject, else its fingerprint.
pub(crate) fn short_name(r: &Report<'_>, id: CertId) -> String {
    match r.certs.get(&id) {
        Some(n) if !n.subject.is_empty() => n.subject.clone(),
        Some(n) if !n.names.is_empty() => n.names.first().cloned().unwrap_or_default(),
        _ => short(id),
    }
}

pub(crate) fn short(id: Fingerprint) -> String {
    format!("sha256 {}...", id.short())
}

/// Subject, issuer, dates, key.
pub(crate) fn certificate(r: &Report<'_>, id: CertId) -> Say {
    match r.certs.get(&id) {
        Some(n) => {
            let unnamed = || Arg::word("(no name)", "(이름 없음)");
            let name = |s: &str| if s.is_empty() { unnamed() } else { Arg::quote(s) };
            say!(
                "{subject}, issued by {issuer}, {from} to {until}, {key}",
                "{subject}, 발급자 {issuer}, {from} ~ {until}, {key}",
                subject = name(&n.subject),
                issuer = name(&n.issuer),
                from = Arg::Date(n.not_before),
                until = Arg::Date(n.not_after),
                key = Arg::quote(&n.key)
            )
        }
        None => say!("{id} (could not be read)", "{id} (읽을 수 없음)", id = Arg::term(short(id))),
    }
}

fn survey(r: &Report<'_>, s: &Survey) -> Say {
    let host = Arg::quote(r.case.label(s.host));
    match s.cover.why() {
        None => say!(
            "looked at whole on {host}: nothing else is there",
            "{host}에서 전부 살펴봄: 그 밖에는 없음",
            host = host
        ),
        Some(w) => say!(
            "{cover} look on {host}: {why}",
            "{host}에서 살펴봄({cover}): {why}",
            cover = Arg::Word(s.cover.word()),
            host = host,
            why = Arg::Say(Box::new(w.say()))
        ),
    }
}

/// Where a statement can be looked up again.
pub(crate) fn origin(o: &Origin) -> Say {
    match o {
        Origin::Api(name) => say!("{name}", "{name}", name = Arg::quote(name)),
        Origin::File { path, line } => {
            say!("{path}, line {line}", "{path}, {line}행", path = Arg::quote(path), line = Arg::num(*line))
        }
        Origin::Inside { path, place } => {
            say!("{path}, {place}", "{path}, {place}", path = Arg::quote(path), place = Arg::quote(place))
        }
        Origin::Frame { capture, number } => {
            say!("{file}, frame {n}", "{file}, 프레임 {n}", file = Arg::quote(capture), n = Arg::num(*number))
        }
        Origin::Probe { number, wire, first } => {
            let bytes = say!(
                "{sent} bytes sent, {got} received",
                "{sent}바이트 보냄, {got} 받음",
                sent = Arg::term(words::grouped(wire.sent.into())),
                got = Arg::term(words::grouped(wire.got.into()))
            );
            if first.is_empty() {
                say!(
                    "own connection {n}: {bytes}",
                    "자체 연결 {n}: {bytes}",
                    n = Arg::num(*number),
                    bytes = Arg::Say(Box::new(bytes))
                )
            } else {
                say!(
                    "own connection {n}: {bytes}, first {hex}",
                    "자체 연결 {n}: {bytes}, 첫 바이트 {hex}",
                    n = Arg::num(*number),
                    bytes = Arg::Say(Box::new(bytes)),
                    hex = Arg::term(hex(first))
                )
            }
        }
    }
}

/// Bytes as hex, set apart by spaces.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect::<Vec<_>>().join(" ")
}
