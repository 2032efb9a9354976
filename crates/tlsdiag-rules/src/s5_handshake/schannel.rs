//! How the protocol switches of Schannel stand on a machine, and which handshakes fail because of them.
use super::defaults::{Preset, Proto, Role, Windows, of_build};
use crate::{Cited, Look, Outcome, State, Stop};
use tlsdiag_model::facts::{Binding, Client, Datum, End, Event, Handshake, Setting, SiteBinding, Stage, System, Trial};
use tlsdiag_model::{Arg, Ask, Cure, FactRef, Finding, Kind, Platform, Safety, Say, Standing, say};

/// The branch of the registry that everything here lies in.
pub(crate) const SCHANNEL: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL";
/// Where the protocol switches lie.
pub(crate) const PROTOCOLS: &str = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols";
/// The extension by which a hello lists its versions; without it, it stands for everything up to the one that it names.
const SUPPORTED_VERSIONS: u16 = 43;
/// The alert for versions that do not meet.
const PROTOCOL_VERSION: u8 = 70;

/// How a version stands for a role.
pub(crate) enum Now<'a> {
    /// On.
    On,
    /// Off for everybody: `Enabled` is 0.
    Off(State<'a, Setting>),
    /// Off for whoever does not ask for it by name: `DisabledByDefault` is not 0.
    NotByDefault(State<'a, Setting>),
    /// Nobody said anything, and this Windows leaves it off. `Some`: `Enabled` was set, and that alone is not enough.
    Preset(Option<State<'a, Setting>>),
    /// This Windows has no such version.
    Lacks,
    /// Neither the switches nor the version of Windows are known.
    Unknown,
}

/// A machine's switches.
pub(crate) struct Switches<'l, 'a> {
    look: &'l Look<'a>,
    /// The version of Windows, where it is known and in the table.
    pub(crate) windows: Option<&'static Windows>,
    server: Option<bool>,
    /// Everything below the protocols was read: what is not told of is not set.
    pub(crate) whole: Option<FactRef>,
}

/// The key of a version and role.
pub(crate) fn key_of(proto: Proto, role: Role) -> String {
    format!("{PROTOCOLS}\\{proto}\\{}", role.key())
}

/// Is anything told of this machine that only Windows has?
pub(crate) fn is_windows(look: &Look<'_>) -> bool {
    look.seen::<Setting>().next().is_some()
        || look.seen::<System>().next().is_some()
        || look.seen::<Event>().next().is_some()
        || look.seen::<Binding>().next().is_some()
        || look.seen::<SiteBinding>().next().is_some()
}

/// The value that a state holds, where it has the type that Schannel reads.
pub(crate) fn dword(s: &State<'_, Setting>) -> Option<u32> {
    match s.cited.data {
        Datum::Dword(n) => Some(n),
        _ => None,
    }
}

/// How a registry value stood over time.
pub(crate) fn value<'a>(look: &Look<'a>, key: &str, name: &str) -> Vec<State<'a, Setting>> {
    look.states::<Setting>(&(key.to_ascii_lowercase(), name.to_ascii_lowercase()))
}

impl<'l, 'a> Switches<'l, 'a> {
    /// Reads them.
    pub(crate) fn of(look: &'l Look<'a>) -> Self {
        let version = look.version();
        let windows = version.build.and_then(of_build);
        Switches { look, windows, server: version.server, whole: look.whole_of(PROTOCOLS).ok() }
    }
    /// The name of the Windows, where it is known.
    pub(crate) fn called(&self) -> Option<Arg> {
        self.windows.map(|w| w.name(self.server))
    }
    /// What would tell the rest of the switches.
    pub(crate) fn ask(&self) -> Stop {
        Stop::Missing(Ask::Under { host: self.look.subject().host(), of: SCHANNEL.to_owned() })
    }
    /// What would tell the version of Windows.
    pub(crate) fn ask_version(&self) -> Ask {
        Ask::Table { kind: Kind::Systems, host: self.look.subject().host(), why: None }
    }
    /// What this Windows does by itself.
    pub(crate) fn preset(&self, proto: Proto, role: Role) -> Option<Preset> {
        self.windows.map(|w| w.preset(proto, role))
    }
    /// How a version stands now.
    pub(crate) fn now(&self, proto: Proto, role: Role) -> Now<'a> {
        let preset = self.preset(proto, role);
        if preset == Some(Preset::Lacks) {
            return Now::Lacks;
        }
        let key = key_of(proto, role);
        let last = |name| value(self.look, &key, name).pop().and_then(|s| dword(&s).map(|n| (n, s)));
        match (last("Enabled"), last("DisabledByDefault")) {
            (Some((0, s)), _) => Now::Off(s),
            (_, Some((1.., s))) => Now::NotByDefault(s),
            (_, Some((0, _))) => Now::On,
            (Some((_, s)), None) if preset == Some(Preset::Off) => Now::Preset(Some(s)),
            // whether that is enough depends on the version of Windows
            (Some(_), None) if preset.is_none() => Now::Unknown,
            (Some(_), None) => Now::On,
            (None, None) => match preset {
                Some(Preset::On) => Now::On,
                Some(Preset::Off) => Now::Preset(None),
                _ => Now::Unknown,
            },
        }
    }
    /// Is every value of a version and role known, told or by a look at all of them?
    pub(crate) fn told(&self, proto: Proto, role: Role) -> bool {
        let key = key_of(proto, role);
        self.whole.is_some() || ["Enabled", "DisabledByDefault"].iter().any(|n| !value(self.look, &key, n).is_empty())
    }
    /// The versions that are on, by all that is known.
    pub(crate) fn on(&self, role: Role) -> Vec<Proto> {
        Proto::ALL.into_iter().filter(|p| matches!(self.now(*p, role), Now::On)).collect()
    }
    /// Was all of Schannel's branch read?
    pub(crate) fn whole_branch(&self) -> bool {
        self.look.whole_of(SCHANNEL).is_ok()
    }
    /// What the version of Windows does by itself, in words; where that is not known, what would tell.
    pub(crate) fn default_said(&self, proto: Proto, role: Role) -> Say {
        let (Some(w), Some(name)) = (self.windows, self.called()) else {
            return say!(
                "the version of Windows is not known, so neither is its default for {proto}: `systeminfo` tells it",
                "Windows 버전을 알 수 없어 {proto}의 기본값도 알 수 없습니다. `systeminfo`로 확인합니다",
                proto = Arg::term(proto)
            );
        };
        let preset = w.preset(proto, role);
        let (role, proto_arg) = (role_word(role), Arg::term(proto));
        match preset {
            Preset::On => say!(
                "left alone, {windows} has {proto} on for {role}",
                "{windows}의 기본값은 {role}의 {proto} 켬입니다",
                windows = name,
                proto = proto_arg,
                role = role
            ),
            Preset::Off => say!(
                "left alone, {windows} has {proto} off for {role}",
                "{windows}의 기본값은 {role}의 {proto} 끔입니다",
                windows = name,
                proto = proto_arg,
                role = role
            ),
            Preset::Lacks => say!(
                "{windows} has no {proto} for {role}",
                "{windows}에는 {role}의 {proto} 기능이 없습니다",
                windows = name,
                proto = proto_arg,
                role = role
            ),
        }
    }
    /// Where the version of Windows is not known, nothing is surer than likely, and it is wished for.
    pub(crate) fn known_version(&self, f: Finding) -> Finding {
        if self.windows.is_some() {
            return f;
        }
        self.look.wish(self.ask_version());
        f.at_most(Standing::Likely)
    }
}

/// The role in sentences.
pub(crate) fn role_word(role: Role) -> Arg {
    match role {
        Role::Server => Arg::word("servers", "서버 역할"),
        Role::Client => Arg::word("clients", "클라이언트 역할"),
    }
}

/// A setting as people find it in the registry editor.
pub(crate) fn shown(s: &Setting) -> Arg {
    let data = match &s.data {
        Datum::Dword(n) if *n > 9 => format!("0x{n:x}"),
        Datum::Dword(n) => n.to_string(),
        Datum::Qword(n) => format!("REG_QWORD {n}"),
        Datum::Text(t) => format!("REG_SZ \"{t}\""),
        Datum::List(l) => format!("REG_MULTI_SZ {l:?}"),
        Datum::Octets(o) => format!("REG_BINARY {o}"),
        Datum::Key => String::new(),
        Datum::Damaged(d) => d.clone(),
    };
    Arg::quote(format!("{}\\{} = {data}", s.key, s.name))
}

/// The line for a finding on a setting: where it stands, and what it holds.
pub(crate) fn told_by(s: &Setting) -> Say {
    say!("the registry has {setting}", "레지스트리 값: {setting}", setting = shown(s))
}

/// A hello as a client sends it, not one of an experiment.
pub(crate) fn own_hello(h: &Handshake) -> bool {
    matches!(h.trial, Trial::Base | Trial::Full)
}

/// A client's own handshake with this machine that the server ended before its first message.
fn refused(h: &Handshake) -> bool {
    own_hello(h) && h.stage == Stage::Nothing && matches!(h.end, End::Alert(_) | End::Reset | End::Closed)
}

/// Does a hello offer a version?
pub(crate) fn offers(h: &Handshake, proto: Proto) -> bool {
    if h.offer.extensions.contains(&SUPPORTED_VERSIONS) {
        return h.offer.versions.contains(&proto.wire());
    }
    h.offer.versions.iter().max().is_some_and(|most| proto.wire() <= *most)
}

/// The server chose a version that is too old for the client, as an old hello cannot say beforehand: the client broke off,
/// or it was ours, which looks how far the server comes.
fn refused_old(h: &Handshake) -> bool {
    let old = h.answered.saw().is_some_and(|a| a.version < Proto::Tls12.wire());
    let ours = h.done() && h.offer.client != Client::Foreign && offers(h, Proto::Tls12);
    own_hello(h) && old && (h.end == End::Refused(PROTOCOL_VERSION) || ours)
}

/// A failed handshake whose hello offers none of the versions that are on.
pub(crate) fn shut_out<'a>(look: &Look<'a>, on: &[Proto]) -> Option<Cited<'a, Handshake>> {
    let mut all: Vec<_> = look.seen::<Handshake>().collect();
    all.sort_by_key(|h| (h.row.span, h.at));
    let nothing = |h: &Handshake| {
        let shared = on.iter().filter(|p| **p != Proto::Ssl2).any(|p| offers(h, *p));
        refused(h) && !h.offer.versions.is_empty() && !shared
    };
    all.into_iter().find(|h| nothing(h) || refused_old(h))
}

/// A handshake with this machine that succeeded in one of these versions all the same.
pub(crate) fn works_in(look: &Look<'_>, of: &[Proto]) -> Option<FactRef> {
    let among = |v: u16| of.iter().any(|p| p.wire() == v);
    let works = |h: &Handshake| own_hello(h) && h.done() && h.answered.saw().is_some_and(|a| among(a.version));
    look.seen::<Handshake>().find(|h| works(&h.row.what)).map(|h| h.at)
}

/// The same for a version of today.
pub(crate) fn works_now(look: &Look<'_>) -> Option<FactRef> {
    works_in(look, &Proto::CURRENT)
}

/// Nothing amiss among the settings; without a single one told there is nothing to say.
pub(crate) fn in_order(look: &Look<'_>) -> Outcome {
    if look.seen::<Setting>().next().is_some() { Outcome::Pass } else { Outcome::NotApplicable }
}

/// Because of the hello that found nothing to speak.
pub(crate) fn offered(h: &Handshake) -> Say {
    if let (true, Some(a)) = (refused_old(h), h.answered.saw()) {
        return say!(
            "offered TLS 1.2 or newer, the server chose {version}, which clients of today refuse",
            "TLS 1.2 이상을 제안했으나 서버가 {version:을} 골랐으며, 최신 클라이언트는 이를 거부합니다",
            version = Arg::term(tlsdiag_wire::registry::Version(a.version))
        );
    }
    let list = Proto::ALL.into_iter().filter(|p| *p != Proto::Ssl2 && offers(h, *p)).rev();
    say!(
        "a client that offered {versions} was refused",
        "{versions:을} 제안한 클라이언트가 거부되었습니다",
        versions = Arg::List(list.map(Arg::term).collect())
    )
}

/// Switches a version on for a role; the machine must start again.
pub(crate) fn switch_on(proto: Proto, role: Role) -> Cure {
    let key = key_of(proto, role);
    Cure::new(
        Safety::Confirm,
        say!(
            "switch {proto} on for {role} and restart the machine: HTTP.sys and services read the switches when they start",
            "{role}의 {proto:을} 켜고 컴퓨터를 다시 시작합니다. HTTP.sys와 서비스는 시작할 때 이 값을 읽습니다",
            proto = Arg::term(proto),
            role = role_word(role)
        ),
    )
    .run(Platform::Windows, format!("reg add \"{key}\" /v Enabled /t REG_DWORD /d 1 /f"))
    .run(Platform::Windows, format!("reg add \"{key}\" /v DisabledByDefault /t REG_DWORD /d 0 /f"))
    .run(Platform::Windows, "shutdown /r /t 60")
}

/// Which role a finding on a switch is about, by the key that it cites.
pub(crate) fn role_cited(look: &Look<'_>, f: &Finding) -> Option<Role> {
    let mut keys = f.evidence().filter_map(|at| look.cited::<Setting>(at));
    keys.find_map(|s| {
        Role::BOTH
            .into_iter()
            .find(|r| s.key.to_ascii_lowercase().ends_with(&format!("\\{}", r.key().to_ascii_lowercase())))
    })
}
