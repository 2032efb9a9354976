//! A Windows machine in the words of its own tools: listeners as netstat prints them, stores as certutil, rights as
//! icacls, settings as reg, sites as the configuration of IIS.
use super::handshake::alert;
use super::{at, bare, by_thumb, joined, short_name};
use crate::{Report, words};
use tlsdiag_model::facts::*;
use tlsdiag_model::{Arg, Host, Reading, Row, Say, Sight, Thumb, say};

/// Names that a list shows before it only counts the rest.
const SHOWN: usize = 6;

fn nested(s: Say) -> Arg {
    Arg::Say(Box::new(s))
}

/// Some of many.
fn some<T: std::fmt::Display>(all: &[T]) -> Arg {
    let shown: Vec<Arg> = all.iter().take(SHOWN).map(Arg::quote).collect();
    match all.len().saturating_sub(SHOWN) {
        0 => Arg::List(shown),
        n => nested(say!("{some} and {n} more", "{some} 외 {n}개", some = Arg::List(shown), n = Arg::num(n))),
    }
}

pub(crate) fn hresult(code: u32) -> Arg {
    Arg::term(format!("0x{code:08x}"))
}

/// A thumbprint, with what is known of its certificate.
pub(crate) fn hash(r: &Report<'_>, reading: &Reading<Thumb>) -> Say {
    match reading {
        Reading::Good(t) => match by_thumb(r, t) {
            Some(id) => say!(
                "certificate hash: {hash} ({name})",
                "인증서 해시: {hash} ({name})",
                hash = Arg::quote(t),
                name = Arg::quote(short_name(r, id))
            ),
            None => say!("certificate hash: {hash}", "인증서 해시: {hash}", hash = Arg::quote(t)),
        },
        Reading::Damaged { raw, expected, found } => say!(
            "certificate hash: {raw} ({found} characters instead of {expected})",
            "인증서 해시: {raw} ({expected}자가 아니라 {found}자)",
            raw = Arg::quote(raw),
            found = Arg::num(*found),
            expected = Arg::num(*expected)
        ),
        Reading::Empty => say!("certificate hash: none", "인증서 해시: 없음"),
    }
}

pub(crate) fn listen_list(l: &ListenList) -> Say {
    if l.addrs.is_empty() {
        say!("IP listen list: empty, thus every address", "IP 수신 대기 목록: 비어 있음(모든 주소)")
    } else {
        say!("IP listen list: {addrs}", "IP 수신 대기 목록: {addrs}", addrs = some(&l.addrs))
    }
}

pub(crate) fn url(u: &Url) -> Say {
    let mut all = vec![match (&u.owner, u.active) {
        (Some(o), true) => say!("request queue {queue}", "요청 큐 {queue}", queue = Arg::quote(o)),
        (None, true) => say!("a request queue is attached", "요청 큐가 연결됨"),
        (Some(o), false) => say!("reserved for {account}", "{account}에 예약됨", account = Arg::quote(o)),
        (None, false) => say!("reserved", "예약됨"),
    }];
    if !u.pids.is_empty() {
        all.push(say!("process {pids}", "프로세스 {pids}", pids = some(&u.pids)));
    }
    joined(all)
}

pub(crate) fn listener_place(l: &Listener) -> String {
    at(l.addr, l.port)
}

/// The program behind a process id on the same machine, where another listing tells it.
fn program<'a>(r: &Report<'a>, host: Host, pid: u32) -> Option<&'a str> {
    r.case.processes.iter().find(|p| p.host == host && p.what.pid == pid).map(|p| p.what.name.as_str())
}

pub(crate) fn listener(r: &Report<'_>, row: &Row<Listener>) -> Say {
    let l = &row.what;
    let name = l.program.as_deref().or_else(|| program(r, row.host, l.pid?));
    let services = (!l.services.is_empty()).then(|| say!("{services}", "{services}", services = some(&l.services)));
    let who = match (l.pid, name) {
        (Some(pid), Some(name)) => {
            say!(
                "LISTENING, PID {pid} ({name})",
                "LISTENING, PID {pid} ({name})",
                pid = Arg::num(pid),
                name = Arg::quote(name)
            )
        }
        (Some(pid), None) => say!("LISTENING, PID {pid}", "LISTENING, PID {pid}", pid = Arg::num(pid)),
        (None, Some(name)) => say!("LISTENING ({name})", "LISTENING ({name})", name = Arg::quote(name)),
        (None, None) => say!("LISTENING", "LISTENING"),
    };
    joined(std::iter::once(who).chain(services).collect())
}

pub(crate) fn process(p: &Process) -> Say {
    let name = Arg::quote(&p.name);
    if p.services.is_empty() {
        say!("{name}", "{name}", name = name)
    } else {
        say!("{name}, services {services}", "{name}, 서비스 {services}", name = name, services = some(&p.services))
    }
}

pub(crate) fn service(s: &Service) -> Say {
    if s.running { say!("runs", "실행 중") } else { say!("does not run", "실행 중이 아님") }
}

pub(crate) fn site_binding(r: &Report<'_>, b: &SiteBinding) -> Say {
    let name = b.name.as_ref().map(|n| n.as_str()).unwrap_or_default();
    let mut all = vec![say!(
        "{protocol}/{info}",
        "{protocol}/{info}",
        protocol = Arg::quote(&b.protocol),
        info = Arg::quote(format!("{}:{}:{name}", bare(b.addr), b.port))
    )];
    if let Some(f) = b.flags {
        all.push(say!("sslFlags={n}", "sslFlags={n}", n = Arg::num(f)));
    }
    all.extend(b.hash.as_ref().map(|h| hash(r, h)));
    if let Some(s) = &b.store {
        all.push(say!("store {store}", "저장소 {store}", store = Arg::quote(s)));
    }
    if let Some(p) = &b.pool {
        all.push(say!("application pool {pool}", "응용 프로그램 풀 {pool}", pool = Arg::quote(p)));
    }
    match b.running {
        Some(true) => all.push(say!("the site is started", "사이트 시작됨")),
        Some(false) => all.push(say!("the site is stopped", "사이트 중지됨")),
        None => {}
    }
    joined(all)
}

pub(crate) fn site_access(a: &SiteAccess) -> Say {
    let flags: Vec<&str> = [(a.ssl, "Ssl"), (a.negotiate, "SslNegotiateCert"), (a.require, "SslRequireCert")]
        .into_iter()
        .filter_map(|(on, word)| on.then_some(word))
        .collect();
    let flags = if flags.is_empty() { "None".to_owned() } else { flags.join(", ") };
    say!("access sslFlags=\"{flags}\"", "access sslFlags=\"{flags}\"", flags = Arg::term(flags))
}

pub(crate) fn pool(p: &Pool) -> Say {
    let mut all = vec![];
    if let Some(i) = &p.identity {
        all.push(say!("identity {account}", "ID {account}", account = Arg::quote(i)));
    }
    if let Some(l) = p.load_profile {
        all.push(say!("loadUserProfile={set}", "loadUserProfile={set}", set = Arg::term(l)));
    }
    if all.is_empty() {
        all.push(say!("application pool", "응용 프로그램 풀"));
    }
    joined(all)
}

pub(crate) fn old_binding(r: &Report<'_>, b: &OldBinding) -> Say {
    say!("property 5506, {hash}", "속성 5506, {hash}", hash = nested(hash(r, &b.hash)))
}

/// Store and thumbprint, a few cells wide.
pub(crate) fn stored_place(s: &Stored) -> String {
    let thumb = match &s.thumb {
        Reading::Good(t) => t.short(),
        Reading::Damaged { raw, .. } => raw.get(..8).unwrap_or(raw),
        Reading::Empty => "",
    };
    format!("{} {thumb}", s.store).trim().to_owned()
}

pub(crate) fn stored(s: &Stored) -> Say {
    let mut all = vec![];
    match &s.location {
        Location::Machine | Location::Unknown => {}
        Location::Policy => all.push(say!("by group policy", "그룹 정책으로 배포")),
        Location::User => all.push(say!("in a user's store", "사용자 저장소")),
        Location::Service(name) => {
            all.push(say!("in the store of service {name}", "서비스 {name}의 저장소", name = Arg::quote(name)));
        }
    }
    if let Reading::Damaged { raw, expected, found } = &s.thumb {
        all.push(say!(
            "sha1 {raw} ({found} characters instead of {expected})",
            "sha1 {raw} ({expected}자가 아니라 {found}자)",
            raw = Arg::quote(raw),
            found = Arg::num(*found),
            expected = Arg::num(*expected)
        ));
    }
    let name = s.subject.as_ref().filter(|t| !t.is_empty()).or(s.friendly.as_ref());
    if let Some(name) = name {
        all.push(say!("{name}", "{name}", name = Arg::quote(name)));
    }
    if let Some(t) = s.not_after {
        all.push(say!("to {until}", "{until}까지", until = Arg::Date(t)));
    }
    if let Some(k) = s.key.saw() {
        all.push(key(k));
    }
    if s.archived == Some(true) {
        all.push(say!("archived", "보관됨(Archived)"));
    }
    if let Sight::Saw(Some(usages)) = &s.purposes {
        all.push(if usages.is_empty() {
            say!("the store's property allows no usage", "저장소 속성이 모든 용도를 금지")
        } else {
            say!("the store's property allows {usages} alone", "저장소 속성이 {usages}만 허용", usages = some(usages))
        });
    }
    match s.verified {
        None => {}
        Some(0) => all.push(say!("verified", "확인에 성공")),
        Some(code) => all.push(say!("verification says {code}", "확인 결과 {code}", code = hresult(code))),
    }
    if all.is_empty() {
        all.push(say!("in the store", "저장소에 있음"));
    }
    joined(all)
}

fn key(k: &KeyLink) -> Say {
    match k {
        KeyLink::None => say!("no key provider information", "키 공급자 정보 없음"),
        KeyLink::Held => say!("HasPrivateKey True", "HasPrivateKey True"),
        KeyLink::Failed(code) => {
            say!("the private key cannot be reached: {code}", "개인 키에 접근할 수 없음: {code}", code = hresult(*code))
        }
        KeyLink::Named(n) => named(n),
    }
}

fn named(n: &KeyName) -> Say {
    let mut all = vec![];
    match (&n.container, &n.file) {
        (Some(c), _) => all.push(say!("key container {name}", "키 컨테이너 {name}", name = Arg::quote(c))),
        (None, Some(f)) => {
            all.push(say!("unique container name {name}", "고유 컨테이너 이름 {name}", name = Arg::quote(f)))
        }
        (None, None) => all.push(say!("names a private key", "개인 키가 연결됨")),
    }
    match (&n.provider, n.provider_type) {
        (Some(p), Some(t)) => all.push(say!(
            "provider {name} (type {n})",
            "공급자 {name}(유형 {n})",
            name = Arg::quote(p),
            n = Arg::num(t)
        )),
        (Some(p), None) => all.push(say!("provider {name}", "공급자 {name}", name = Arg::quote(p))),
        (None, Some(t)) => all.push(say!("provider type {n}", "공급자 유형 {n}", n = Arg::num(t))),
        (None, None) => {}
    }
    if let Some(f) = n.flags {
        all.push(say!("flags {n}", "플래그 {n}", n = Arg::term(format!("0x{f:x}"))));
    }
    if let Some(spec) = n.spec {
        all.push(match spec {
            1 => say!("KeySpec 1 (AT_KEYEXCHANGE)", "KeySpec 1(AT_KEYEXCHANGE)"),
            2 => say!("KeySpec 2 (AT_SIGNATURE)", "KeySpec 2(AT_SIGNATURE)"),
            n => say!("KeySpec {n}", "KeySpec {n}", n = Arg::num(n)),
        });
    }
    match n.test {
        None => {}
        Some(KeyTest::Passed) => all.push(say!("the key was tried and works", "키 테스트 통과")),
        Some(KeyTest::Failed(Some(code))) => {
            all.push(say!("the key was tried and failed: {code}", "키 테스트 실패: {code}", code = hresult(code)));
        }
        Some(KeyTest::Failed(None)) => all.push(say!("the key was tried and failed", "키 테스트 실패")),
    }
    joined(all)
}

/// The folder as its path ends.
pub(crate) fn folder(f: KeyFolder) -> Say {
    match f {
        KeyFolder::MachineKeys => say!("RSA\\MachineKeys", "RSA\\MachineKeys"),
        KeyFolder::DssMachineKeys => say!("DSS\\MachineKeys", "DSS\\MachineKeys"),
        KeyFolder::Keys => say!("Crypto\\Keys", "Crypto\\Keys"),
        KeyFolder::SystemKeys => say!("Crypto\\SystemKeys", "Crypto\\SystemKeys"),
        KeyFolder::Account => say!("an account's keys", "계정의 키 폴더"),
        KeyFolder::Other => say!("key folder", "키 폴더"),
    }
}

pub(crate) fn key_file(f: &KeyFile) -> Say {
    let mut all = vec![match (f.name.as_str(), f.size) {
        ("", _) => say!("the folder itself", "폴더 자체"),
        (name, Some(size)) => say!(
            "{name}, {size} bytes",
            "{name}, {size}바이트",
            name = Arg::quote(name),
            size = Arg::term(words::grouped(size))
        ),
        (name, None) => say!("{name}", "{name}", name = Arg::quote(name)),
    }];
    if let Sight::Saw(acl) = &f.acl {
        let aces: Vec<String> = acl.iter().map(ace).collect();
        all.push(if aces.is_empty() {
            say!("nobody has rights", "권한 항목 없음")
        } else {
            say!("{aces}", "{aces}", aces = some(&aces))
        });
    }
    joined(all)
}

/// As icacls writes an entry: `NT AUTHORITY\SYSTEM:(I)(F)`. Rights other than reading are told as such, not in full.
fn ace(a: &Ace) -> String {
    let inherited = if a.inherited { "(I)" } else { "" };
    let deny = if a.allow { "" } else { "(DENY)" };
    let rights = match (a.full, a.read) {
        (true, _) => "(F)",
        (false, true) => "(R)",
        (false, false) => "(...)",
    };
    format!("{}:{inherited}{deny}{rights}", a.account)
}

pub(crate) fn system(s: &System) -> Say {
    let mut all = vec![];
    if let Some(p) = &s.product {
        all.push(say!("{product}", "{product}", product = Arg::quote(p)));
    }
    if let Some(b) = s.build {
        all.push(say!("build {n}", "빌드 {n}", n = Arg::num(b)));
    }
    if let Some(g) = &s.machine_guid {
        all.push(say!("MachineGuid {guid}", "MachineGuid {guid}", guid = Arg::quote(g)));
    }
    if !s.addrs.is_empty() {
        all.push(say!("addresses {addrs}", "주소 {addrs}", addrs = some(&s.addrs)));
    }
    if let Some(m) = s.bias_min {
        let n = Arg::num(m.unsigned_abs());
        all.push(match m {
            0 => say!("its clock shows UTC", "시계가 UTC"),
            1.. => say!("its local time is {n} minutes behind UTC", "현지 시각이 UTC보다 {n}분 늦음", n = n),
            _ => say!("its local time is {n} minutes ahead of UTC", "현지 시각이 UTC보다 {n}분 빠름", n = n),
        });
    }
    if all.is_empty() {
        all.push(say!("a Windows machine", "Windows 컴퓨터"));
    }
    joined(all)
}

/// The key, from the part on that tells it apart.
pub(crate) fn setting_place(s: &Setting) -> String {
    // looked for in upper case: the registry does not tell cases apart
    let upper = s.key.to_ascii_uppercase();
    let mut from =
        ["\\SCHANNEL\\", "\\HTTP\\PARAMETERS"].iter().filter_map(|m| upper.find(m)).map(|i| i.saturating_add(1));
    let tail = match from.next() {
        Some(i) => s.key.get(i..),
        None => {
            let two = s.key.rmatch_indices('\\').nth(1).map(|(i, _)| i.saturating_add(1));
            two.and_then(|i| s.key.get(i..))
        }
    };
    tail.unwrap_or(&s.key).to_owned()
}

/// Is its content a secret? Readers give only whether one is set; this holds whatever they give.
pub(crate) fn secret(s: &Setting) -> bool {
    s.name.to_ascii_lowercase().contains("password") && !matches!(&s.data, Datum::Text(t) if t.is_empty() || t == "set")
}

pub(crate) fn setting(s: &Setting) -> Say {
    if let (Datum::Key, "") = (&s.data, s.name.as_str()) {
        return say!("the key exists", "키가 있음");
    }
    let data = if secret(s) { say!("(not shown)", "(표시하지 않음)") } else { datum(&s.data) };
    // reg query writes the unnamed value so
    let name = if s.name.is_empty() { Arg::word("(Default)", "(기본값)") } else { Arg::quote(&s.name) };
    say!("{name} {data}", "{name} {data}", name = name, data = nested(data))
}

fn datum(d: &Datum) -> Say {
    let typed =
        |kind: &str, value: Arg| say!("{kind} {value}", "{kind} {value}", kind = Arg::term(kind), value = value);
    match d {
        Datum::Dword(n) => typed("REG_DWORD", Arg::term(format!("0x{n:x}"))),
        Datum::Qword(n) => typed("REG_QWORD", Arg::term(format!("0x{n:x}"))),
        Datum::Text(t) => typed("REG_SZ", Arg::quote(format!("\"{t}\""))),
        Datum::List(l) => typed("REG_MULTI_SZ", some(l)),
        Datum::Octets(hex) => typed("REG_BINARY", Arg::quote(hex)),
        Datum::Key => say!("the key exists", "키가 있음"),
        Datum::Damaged(raw) => say!("damaged: {raw}", "손상됨: {raw}", raw = Arg::quote(raw)),
    }
}

pub(crate) fn whole(w: &Whole) -> Say {
    let of = |what: &str| Arg::quote(what);
    match w.of.split_once(':') {
        Some(("store", s)) => say!("the whole store {store} was read", "저장소 {store:을} 전부 읽음", store = of(s)),
        Some(("folder", f)) => {
            say!("the whole folder {folder} was listed", "폴더 {folder:을} 전부 나열함", folder = of(f))
        }
        Some(("acl", f)) => {
            say!(
                "the rights of every file in {folder} were read",
                "{folder}에 있는 모든 파일의 권한을 읽음",
                folder = of(f)
            )
        }
        _ => say!("all under {key} was read", "{key} 아래를 전부 읽음", key = of(&w.of)),
    }
}

pub(crate) fn suites(s: &Suites) -> Say {
    if s.list.is_empty() {
        say!("no cipher suite is offered", "제공하는 암호 그룹 없음")
    } else {
        say!("{n} cipher suites: {list}", "암호 그룹 {n}개: {list}", n = Arg::num(s.list.len()), list = some(&s.list))
    }
}

/// An entry of a log, by what it carries.
pub(crate) fn event(e: &Event) -> Say {
    let mut all = vec![];
    if let Some(c) = e.code {
        all.push(say!("status {code}", "상태 {code}", code = hresult(c)));
    }
    if let Some(a) = e.alert {
        all.push(say!("alert {alert}", "경고(alert) {alert}", alert = Arg::term(alert(a))));
    }
    if let Some(n) = e.state {
        all.push(say!("error state {n}", "오류 상태 {n}", n = Arg::num(n)));
    }
    match e.side {
        Some(Side::Server) => all.push(say!("server side", "서버 쪽")),
        Some(Side::Client) => all.push(say!("client side", "클라이언트 쪽")),
        None => {}
    }
    let quoted = |s: &String| say!("{text}", "{text}", text = Arg::quote(s));
    all.extend(e.protocol.as_ref().map(quoted));
    if let Some(s) = &e.endpoint {
        let at = match &s.name {
            Some(n) => format!("{n}:{}", s.port),
            None => at(s.addr, s.port),
        };
        all.push(say!("{endpoint}", "{endpoint}", endpoint = Arg::quote(at)));
    }
    all.extend(e.process.as_ref().map(quoted));
    if let Some(t) = &e.thumb {
        all.push(say!("certificate {hash}", "인증서 {hash}", hash = Arg::quote(t)));
    }
    if let Some(c) = &e.container {
        all.push(say!("key container {name}", "키 컨테이너 {name}", name = Arg::quote(c)));
    }
    if let Some(p) = &e.peer {
        all.push(say!("target {peer}", "대상 {peer}", peer = Arg::quote(p)));
    }
    if all.is_empty() { say!("logged", "기록됨") } else { joined(all) }
}
