//! `tlsdiag trial FILE…`: does this certificate with its key work at all? Served for a while and visited.
use crate::{
    COULD_NOT,
    args::Language,
    handed,
    lines::{self, entry},
    output,
    password::{self, Given},
};
use clap::Args as ClapArgs;
use std::{
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpListener},
    path::PathBuf,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tlsdiag_fix::{Held, called, identify};
use tlsdiag_model::{Arg, Lang, Say, say};
use tlsdiag_pki::{Certificate, Host, read_certificates};
use tlsdiag_report::{GlyphSet, Style};
use tlsdiag_trial::{End, Event, Material, Outcome, Server, Terms, Visit, clients, tools};
use unicode_width::UnicodeWidthStr;

/// It does not work.
const NOT_GOOD: u8 = 1;
/// The longest that our own visitors may take together; the time that was asked for begins after them.
const VISITS: Duration = Duration::from_secs(120);

#[derive(ClapArgs, Debug)]
#[command(
    after_help = "Exit codes: 0 the certificate and its key work and clients accept them, 1 they do not, 2 it could \
    not be tried, 130 interrupted."
)]
pub(crate) struct Trial {
    /// The certificate, its chain and its private key in any form, or a folder of them
    #[arg(value_name = "FILE", required_unless_present = "self_signed")]
    files: Vec<PathBuf>,
    /// Make a self-signed certificate for this name instead; its key stays in memory
    #[arg(long, value_name = "NAME", conflicts_with = "files")]
    self_signed: Option<String>,
    /// Where to listen (default: a free port of 127.0.0.1, which only this machine reaches)
    #[arg(long, value_name = "ADDR:PORT")]
    listen: Option<SocketAddr>,
    /// How long to serve
    #[arg(long = "for", value_name = "SECONDS", default_value = "60", value_parser = clap::value_parser!(u32).range(1..=86_400))]
    seconds: u32,
    /// The host that visitors mean (default: the certificate's first name)
    #[arg(long, value_name = "HOST")]
    name: Option<String>,
    /// Have the visitors trust these certificates too (PEM or DER)
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,
    #[command(flatten)]
    passwords: Given,
    /// Language (default: from LC_ALL, LC_MESSAGES or LANG)
    #[arg(long, value_enum)]
    lang: Option<Language>,
}

/// What will be served, and what is to be said about it.
struct Prepared {
    material: Material,
    /// What servers would stumble over in these files though they can be served here.
    faults: Vec<Say>,
}

pub(crate) fn run(trial: &Trial) -> anyhow::Result<u8> {
    let style = lines::style(trial.lang);
    let lang = style.lang;
    let refuse = |why: &Say, exit: u8| {
        output::complain(&why.render(lang));
        Ok(exit)
    };
    let serving = Arc::new(AtomicBool::new(false));
    let served = Arc::clone(&serving);
    let interrupted =
        say!("interrupted; nothing is served any more", "중단되었습니다. 이제 아무것도 제공하지 않습니다");
    password::on_interrupt(move || {
        if served.load(Ordering::SeqCst) {
            output::complain(&interrupted.render(lang));
        }
    });
    let extra = match trial.ca_file.as_ref().map(std::fs::read).transpose() {
        Ok(octets) => octets.unwrap_or_default(),
        Err(e) => return refuse(&say!("--ca-file: {why}", "--ca-file: {why}", why = Arg::quote(e)), COULD_NOT),
    };
    let mut trusted: Vec<Vec<u8>> = read_certificates(&extra).into_iter().flatten().map(|c| c.der.to_vec()).collect();
    if trial.ca_file.is_some() && trusted.is_empty() {
        let why = say!("--ca-file: there is no certificate in it", "--ca-file: 인증서가 들어 있지 않습니다");
        return refuse(&why, COULD_NOT);
    }
    let prepared = match prepare(trial, &style) {
        Ok(p) => p,
        Err((why, exit)) => return refuse(&why, exit),
    };
    let leaf = Arc::clone(&prepared.material.leaf);
    let name = match trial.name.clone().or_else(|| trial.self_signed.clone()).or_else(|| first_name(&leaf)) {
        Some(n) => n,
        None => "localhost".to_owned(),
    };
    let name = match Host::parse(&name) {
        Ok(h) => h.to_string(),
        Err(_) => {
            let why = say!("{name} is no host name", "{name:은} 호스트 이름이 아닙니다", name = Arg::quote(name));
            return refuse(&why, COULD_NOT);
        }
    };
    if prepared.material.made {
        trusted.push(leaf.der.to_vec());
    }

    let at = trial.listen.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
    let listener = match TcpListener::bind(at) {
        Ok(l) => l,
        Err(e) => {
            let why = say!(
                "{at} cannot be listened on: {why}",
                "{at}에서 수신 대기할 수 없습니다: {why}",
                at = Arg::term(at),
                why = Arg::quote(e)
            );
            return refuse(&why, COULD_NOT);
        }
    };
    let terms = Terms { end: Instant::now() + VISITS, lang };
    serving.store(true, Ordering::SeqCst);
    let server = match Server::start(listener, &prepared.material, terms) {
        Ok(s) => s,
        Err(e) => {
            return refuse(
                &say!("it cannot be served: {why}", "제공할 수 없습니다: {why}", why = Arg::quote(e)),
                COULD_NOT,
            );
        }
    };
    let address = reachable(server.address());
    let roots = Arc::new(roots());
    let visit = Visit { address, name: name.clone(), roots, trusted };
    let mut outcomes = clients::visit(&visit);
    outcomes.extend(tools::visit(&visit));
    // what comes later comes from others
    server.settle(Duration::from_secs(2));
    server.take_events();

    let exit = verdict(&outcomes, &prepared);
    output::result(&screen(&outcomes, &prepared, &name, exit, &style))?;
    let end = Instant::now() + Duration::from_secs(u64::from(trial.seconds));
    server.end_at(end);
    output::result(&farewell(server.address(), &name, trial.seconds, &style))?;
    while Instant::now() < end {
        std::thread::sleep(end.saturating_duration_since(Instant::now()).min(Duration::from_millis(100)));
    }
    let events = server.take_events();
    server.wait();
    output::result(&visitors(&events, &style))?;
    Ok(exit)
}

/// What is served: made for the occasion, or out of the files, in the order in which they stand there.
fn prepare(trial: &Trial, style: &Style) -> Result<Prepared, (Say, u8)> {
    let could_not = |why: Say| (why, COULD_NOT);
    if let Some(name) = &trial.self_signed {
        let material = Material::self_signed(name, handed::now()).map_err(|e| could_not(e.say()))?;
        return Ok(Prepared { material, faults: vec![] });
    }
    let mut passwords = trial.passwords.source(style.lang).map_err(could_not)?;
    let held = handed::read(&trial.files, &mut passwords, style.lang)
        .ok_or_else(|| could_not(say!("nothing was tried", "시험하지 않았습니다")))?;
    let host = trial.name.as_deref().and_then(|n| Some((n, Host::parse(n).ok()?)));
    // the name may be the very thing that is wrong: visitors will say so
    let identity = identify(&held, host.as_ref().map(|(n, h)| (*n, h)), handed::now())
        .or_else(|_| identify(&held, None, handed::now()))
        .map_err(|why| {
            let not_good =
                matches!(why, tlsdiag_fix::Refusal::OtherKey { .. } | tlsdiag_fix::Refusal::BrokenKey { .. });
            (why.say(), if not_good { NOT_GOOD } else { COULD_NOT })
        })?;
    let Some(key) = identity.key else {
        let why = tlsdiag_fix::Refusal::NoKey { beside: None, closed: held.closed.clone() };
        return Err(could_not(why.say()));
    };
    let (chain, faults) = chain(&held, &identity.leaf.certificate, &identity.leaf.path);
    let pkcs8 = key.key.to_pkcs8_der();
    let material = Material::new(Arc::clone(&identity.leaf.certificate), &chain, &pkcs8);
    Ok(Prepared { material: material.map_err(|e| could_not(e.say()))?, faults })
}

/// What a server would send: the certificates of the leaf's file in their order, then those of the other files, as
/// servers that take a chain file append it.
fn chain(held: &Held, leaf: &Arc<Certificate>, path: &str) -> (Vec<Arc<Certificate>>, Vec<Say>) {
    let mut faults = vec![];
    let own = || held.given().filter(|c| &*c.path == path);
    let container = held.containers.iter().any(|c| &**c == path);
    if let Some(first) = own().next().filter(|f| f.certificate.id != leaf.id && !container) {
        faults.push(say!(
            "{path} begins with {first}, not with the certificate of the key: nginx, Apache and others do not start with it; tlsdiag fix puts it in order",
            "{path:은} 키의 인증서가 아니라 {first:으로} 시작합니다. nginx, Apache 등은 이 파일로 시작하지 못합니다. tlsdiag fix로 순서를 바로잡으세요",
            path = Arg::quote(path),
            first = Arg::quote(called(&first.certificate))
        ));
    }
    let others = held.given().filter(|c| &*c.path != path && c.certificate.is_ca());
    let mut all = vec![Arc::clone(leaf)];
    for c in own().chain(others) {
        if all.iter().all(|known| known.id != c.certificate.id) {
            all.push(Arc::clone(&c.certificate));
        }
    }
    (all, faults)
}

fn verdict(outcomes: &[Outcome], prepared: &Prepared) -> u8 {
    let bad = |o: &Outcome| matches!(o.end, End::Refused | End::Failed);
    if outcomes.iter().any(bad) || !prepared.faults.is_empty() { NOT_GOOD } else { 0 }
}

fn screen(outcomes: &[Outcome], prepared: &Prepared, name: &str, exit: u8, style: &Style) -> String {
    let lang = style.lang;
    let leaf = &prepared.material.leaf;
    let what = Arg::quote(called(leaf));
    let failed = outcomes.iter().any(|o| o.end == End::Failed);
    let all = !outcomes.iter().any(|o| o.end == End::Good);
    let head = match (exit, failed) {
        (0, _) if prepared.material.made => say!(
            "a new self-signed certificate for {name} works here: TLS itself is sound on this machine",
            "{name}의 새 자체 서명 인증서가 여기서 작동합니다. 이 컴퓨터의 TLS 자체는 정상입니다",
            name = Arg::quote(name)
        ),
        (0, _) => say!(
            "the certificate {what} and its private key work",
            "인증서 {what:과} 개인 키가 작동합니다",
            what = what
        ),
        (_, true) if all => say!(
            "the certificate {what} and its private key do not work: no client got through",
            "인증서 {what:과} 개인 키가 작동하지 않습니다. 연결된 클라이언트가 없습니다",
            what = what
        ),
        (_, true) => say!(
            "the certificate {what} and its private key work for some clients only",
            "인증서 {what:과} 개인 키가 일부 클라이언트에서만 작동합니다",
            what = what
        ),
        _ if outcomes.iter().any(|o| o.end == End::Refused) => say!(
            "the private key of {what} works, but clients do not accept the certificate",
            "{what}의 개인 키는 작동하지만 클라이언트가 인증서를 받아들이지 않습니다",
            what = what
        ),
        _ => say!(
            "certificate and key of {what} work, but servers will not start with the file as it is",
            "{what}의 인증서와 키는 작동하지만 파일이 이대로면 서버가 시작하지 못합니다",
            what = what
        ),
    };
    let mut text = format!("{}\n\n", head.render(lang));
    // cells of "refuses", "not run"
    let words: usize = if lang == Lang::Ko { 10 } else { 7 };
    let width = outcomes.iter().map(|o| o.client.width()).max().unwrap_or(0);
    for o in outcomes {
        let (mark, word) = marks(style.glyphs, o.end);
        let word = Arg::Word(word);
        let shown = say!("{word}", "{word}", word = word).render(lang);
        let client = tlsdiag_model::escape(&o.client);
        let client = format!("{mark} {client}{}", " ".repeat(width.saturating_sub(client.width())));
        let pad = " ".repeat(words.saturating_sub(shown.width()));
        let column = client.width().saturating_add(words).saturating_add(4);
        let row = format!("{client}  {shown}{pad}  ");
        text.push_str(&entry(&row, &tlsdiag_model::escape(&o.words), column, style.width));
    }
    for fault in &prepared.faults {
        text.push_str(&entry("! ", &fault.render(lang), 2, style.width));
    }
    text.push('\n');
    text
}

fn marks(glyphs: GlyphSet, end: End) -> (&'static str, tlsdiag_model::Tpl) {
    let [good, bad, none] = match glyphs {
        GlyphSet::Unicode => ["✓", "✗", "·"],
        GlyphSet::Cp949 => ["√", "×", "·"],
        GlyphSet::Cp932 => ["√", "×", "-"],
        GlyphSet::Ascii => ["ok", "XX", "--"],
    };
    let word = |en, ko| tlsdiag_model::Tpl { en, ko };
    match end {
        End::Good => (good, word("good", "정상")),
        End::Refused => (bad, word("refuses", "거부")),
        End::Failed => (bad, word("fails", "실패")),
        End::NotRun => (none, word("not run", "실행 못 함")),
    }
}

/// Where a person's browser finds it, and until when.
fn farewell(address: SocketAddr, name: &str, seconds: u32, style: &Style) -> String {
    let port = address.port();
    let here = reachable(address).ip();
    let host = match here {
        _ if address.ip().is_loopback() && address.is_ipv4() => "127.0.0.1".to_owned(),
        IpAddr::V4(a) => a.to_string(),
        IpAddr::V6(a) => format!("[{a}]"),
    };
    let open = say!(
        "open in a browser: {url} (it will complain about the name; with the line {line} in the hosts file: {named})",
        "브라우저로 열기: {url} (이름 경고가 나옵니다. hosts 파일에 {line}을 넣으면: {named})",
        url = Arg::term(format!("https://{host}:{port}/")),
        line = Arg::quote(format!("\"{here} {name}\"")),
        named = Arg::quote(format!("https://{name}:{port}/"))
    );
    let ends = say!(
        "served on {address} for {n} s from now, whoever is connected then; Ctrl-C ends it at once",
        "{address}에서 지금부터 {n}초 동안 제공하고, 그때 연결이 남아 있어도 끝납니다. Ctrl-C로 바로 끝낼 수 있습니다",
        address = Arg::term(address),
        n = Arg::num(seconds)
    );
    format!("{}{}", sentence(&open, style), sentence(&ends, style))
}

/// Who came besides our own visitors.
fn visitors(events: &[(Event, u64)], style: &Style) -> String {
    let mut text = String::new();
    for (event, n) in events {
        let n = Arg::num(*n);
        let what = match event {
            Event::Page(version) => say!(
                "the page was opened by others, {version}: {n}",
                "다른 방문자가 페이지를 열었습니다, {version}: {n}번",
                n = n,
                version = Arg::term(version)
            ),
            Event::Handshake(words) => say!(
                "handshakes that others did not complete, {words}: {n}",
                "다른 방문자가 핸드셰이크를 마치지 않았습니다, {words}: {n}번",
                n = n,
                words = Arg::quote(words)
            ),
            Event::PlainHttp => say!(
                "requests by http instead of https: {n}",
                "다른 방문자가 https 대신 http로 접속했습니다: {n}번",
                n = n
            ),
        };
        text.push_str(&sentence(&what, style));
    }
    let ended = say!("ended; nothing is served any more", "끝났습니다. 이제 아무것도 제공하지 않습니다");
    text.push_str(&sentence(&ended, style));
    text
}

/// A sentence on lines of its own.
fn sentence(what: &Say, style: &Style) -> String {
    entry("", &what.render(style.lang), 0, style.width)
}

/// The address by which this machine reaches its own server.
fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(a) if a.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(a) if a.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        other => other,
    };
    SocketAddr::new(ip, address.port())
}

/// The first name of a certificate; for a wildcard a name that it covers.
fn first_name(leaf: &Certificate) -> Option<String> {
    let named = leaf.dns_names().next().map(|n| n.replacen('*', "www", 1));
    named.or_else(|| leaf.ip_addresses().next().map(|a| a.to_string()))
}

/// This machine's roots and the public list, DER.
fn roots() -> Vec<Vec<u8>> {
    let machine = handed::machine();
    let public = tlsdiag_pki::mozilla().iter().filter_map(|a| a.certificate()).map(|c| c.der.to_vec());
    machine.iter().map(|c| c.der.to_vec()).chain(public).collect()
}
