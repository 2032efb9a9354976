//! Diagnoses made by hand, one for each thing that a screen must be able to tell.
#![allow(dead_code, unreachable_pub)]
mod files;
pub mod windows;

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;
use tlsdiag_model::facts::*;
use tlsdiag_model::*;
use tlsdiag_report::{CertNote, Report};
use tlsdiag_rules::{AskFor, Candidate, Diagnosis, Health, NotChecked, Rung, RungState, Target};

/// 2026-11-24 08:35 UTC.
pub const NOW: Time = 1_795_509_300_000;
pub const DAY: Time = 86_400_000;

/// What a [`Report`] borrows.
pub struct Made {
    pub name: &'static str,
    pub diagnosis: Diagnosis,
    pub case: Case,
    pub certs: BTreeMap<CertId, CertNote>,
    pub exit: u8,
}

impl Made {
    pub fn report(&self) -> Report<'_> {
        Report {
            diagnosis: &self.diagnosis,
            case: &self.case,
            certs: &self.certs,
            verdicts: &[],
            tool: "tlsdiag 0.1.0",
            taken: NOW,
            exit: self.exit,
        }
    }
}

/// Every case.
pub fn all() -> Vec<Made> {
    vec![
        healthy(),
        broken(),
        outside(),
        disputed(),
        partial(),
        hostile(),
        unknown(),
        busy(),
        evidence_only(),
        two(),
        files::files(),
        windows::server(),
    ]
}

pub fn ip(s: &str) -> IpAddr {
    s.parse().unwrap()
}

fn made(name: &'static str) -> Made {
    Made { name, diagnosis: Diagnosis::default(), case: Case::here("admin-pc"), certs: BTreeMap::new(), exit: 0 }
}

fn probe(number: u32, sent: u32, got: u32, first: &[u8]) -> Origin {
    Origin::Probe { number, wire: WireCount { sent, acked: Some(sent), got }, first: Arc::from(first) }
}

fn endpoint(host: Host, addr: &str, name: &str) -> Endpoint {
    Endpoint { host, addr: Addr::Is(ip(addr)), port: 443, name: Some(Name::new(name)) }
}

fn site(name: &str) -> Subject {
    Subject::Site { from: Host::HERE, name: Name::new(name), port: 443 }
}

fn rung(layer: Layer, state: RungState, code: Option<u16>, say: Option<Say>) -> Rung {
    Rung { layer, state, code: code.map(Code), say }
}

fn ladder(states: [RungState; 8]) -> Vec<Rung> {
    Layer::ALL.into_iter().zip(states).map(|(l, s)| rung(l, s, None, None)).collect()
}

fn target(name: &str, endpoints: Vec<Endpoint>, health: Health, ladder: Vec<Rung>, causes: Vec<usize>) -> Target {
    Target {
        id: format!("t-{name}"),
        typed: name.to_owned(),
        subject: site(name),
        endpoints,
        health,
        ladder,
        causes,
        summary: None,
        clients: vec![],
        stores: vec![],
    }
}

fn candidate(code: u16, slug: &'static str, labels: &[Cause], layer: Layer, e: &Endpoint, say: Say) -> Candidate {
    Candidate {
        id: format!("id-{code}"),
        code: Some(Code(code)),
        slug,
        labels: labels.to_vec(),
        standing: Standing::Proven,
        impact: Impact::Broken,
        layer,
        subject: Subject::Endpoint(e.clone()),
        endpoints: vec![e.clone()],
        who: Who::Everyone,
        held: Span { first: NOW - DAY, last: NOW },
        count: 1,
        say,
        because: vec![],
        cures: vec![],
        evidence: vec![],
        explains: vec![],
    }
}

fn base_handshake(addr: &str, name: &str, end: End, stage: Stage) -> Handshake {
    Handshake {
        from: Host::HERE,
        addr: ip(addr),
        port: 443,
        name: Some(Name::new(name)),
        trial: Trial::Base,
        offer: Offer {
            versions: vec![0x0304, 0x0303],
            suites: vec![0x1301, 0xc02b],
            groups: vec![0x11ec, 0x001d],
            sni: Some(Name::new(name)),
            bytes: 1812,
            writes: 1,
            ..Offer::default()
        },
        stage,
        end,
        delivered: Sight::Saw(true),
        answered: Sight::NotReached,
        chain: Sight::NotReached,
        unreadable: vec![],
        staple: Sight::NotReached,
        proof: Sight::NotReached,
        request: Sight::NotReached,
        after: Sight::NotReached,
    }
}

fn resets(m: &mut Made, host: Host, addr: &str, name: &str) {
    for (n, trial) in
        [(1, Trial::Base), (2, Trial::Again), (3, Trial::Vary(Vary::Tls12)), (4, Trial::Vary(Vary::NoName))]
    {
        let h = Handshake { trial, ..base_handshake(addr, name, End::Reset, Stage::Nothing) };
        m.case.add(Row::once(h, host, How::Watched, NOW + i64::from(n), probe(n, 1812, 0, &[])));
    }
}

fn note(subject: &str, issuer: &str, names: &[&str], until: Time) -> CertNote {
    CertNote {
        subject: subject.to_owned(),
        issuer: issuer.to_owned(),
        serial: "0a1b2c".to_owned(),
        not_before: until - 90 * DAY,
        not_after: until,
        names: names.iter().map(|s| (*s).to_owned()).collect(),
        key: "P-256".to_owned(),
        signature: "ecdsa-with-SHA256".to_owned(),
        thumbprint: "1a1f948b00112233445566778899aabbccddeeff".to_owned(),
    }
}

fn row(kind: Kind, i: u32) -> FactRef {
    FactRef::Row(kind, i)
}

fn revocation_unseen() -> NotChecked {
    NotChecked { what: say!("revocation", "해지 여부"), host: Host::HERE, why: Some(Why::Offline) }
}

fn binding_ask(host: Host) -> AskFor {
    AskFor {
        ask: Ask::Table { kind: Kind::Bindings, host, why: Some(Why::NeedsElevation) },
        host,
        say: say!("which certificate HTTP.sys is told to serve", "HTTP.sys에 지정된 인증서"),
        why: Some(Why::NeedsElevation),
        commands: vec![Command { on: Platform::Windows, line: "netsh http show sslcert".into() }],
        decides: vec![Cause::CertNoneConfigured, Cause::BindHttpsysMissing],
    }
}

pub fn healthy() -> Made {
    let mut m = made("healthy");
    let e = endpoint(Host(1), "203.0.113.10", "www.example.kr");
    m.case.host("203.0.113.10", Vantage::Outside);
    let mut t = target("www.example.kr", vec![e], Health::Works, ladder([RungState::Ok; 8]), vec![]);
    t.summary = Some(say!(
        "{version}, {group}; certificate good until {until}",
        "{version}, {group}; 인증서 유효 기간 {until}까지",
        version = Arg::term("TLS 1.3"),
        group = Arg::term("X25519MLKEM768"),
        until = Arg::Date(NOW + 81 * DAY)
    ));
    m.diagnosis.targets.push(t);
    m.diagnosis.not_checked.push(revocation_unseen());
    m.diagnosis.passed.push((Code(2500), site("www.example.kr")));
    m
}

pub fn broken() -> Made {
    let mut m = made("broken");
    m.exit = 1;
    let e = endpoint(Host::HERE, "203.0.113.10", "shop.example.kr");
    resets(&mut m, Host::HERE, "203.0.113.10", "shop.example.kr");
    m.case.add(Row::once(
        Binding::new(Addr::AnyV4, 443, None, Reading::Empty),
        Host::HERE,
        How::Read,
        NOW,
        Origin::Api("HttpQueryServiceConfiguration".into()),
    ));
    let mut event = Row::during(
        Event { source: "HttpEvent".into(), id: 15021, code: Some(0xc000_005f), ..Event::default() },
        Host::HERE,
        How::Told,
        Span { first: NOW - DAY, last: NOW },
        Origin::File { path: "System.evtx".into(), line: 31 },
    );
    event.count = 14;
    m.case.add(event);
    let mut c = candidate(
        4001,
        "null-certificate-hash",
        &[Cause::CertNoneConfigured, Cause::BindHttpsysMissing],
        Layer::Bind,
        &e,
        say!("port {port} has no certificate", "{port} 포트에 인증서가 없음", port = Arg::num(443u16)),
    );
    c.evidence = vec![row(Kind::Bindings, 0), row(Kind::Events, 0)];
    c.because = vec![say!("the binding names no certificate", "바인딩에 인증서가 지정되지 않음")];
    c.explains = vec!["id-5001".into()];
    c.cures = vec![
        Cure::new(Safety::Confirm, say!("replace the binding", "바인딩을 바꿉니다"))
            .run(Platform::Windows, "netsh http delete sslcert ipport=0.0.0.0:443")
            .run(
                Platform::Windows,
                "netsh http add sslcert ipport=0.0.0.0:443 certhash=1a1f948b00112233445566778899aabbccddeeff appid={4dc3e181-e14b-4a21-b022-59fc669b0914}",
            ),
    ];
    let mut risk = candidate(
        2510,
        "certificate-expires-soon",
        &[Cause::CertExpired],
        Layer::Trust,
        &e,
        say!("the certificate expires on {at}", "인증서가 {at}에 만료됨", at = Arg::Date(NOW + 9 * DAY)),
    );
    risk.impact = Impact::Risk;
    let mut symptom = candidate(
        5001,
        "reset-after-client-hello",
        &[],
        Layer::Negotiate,
        &e,
        say!("the server hangs up during the TLS handshake", "TLS 핸드셰이크 도중 서버가 연결을 끊음"),
    );
    symptom.standing = Standing::Likely;
    symptom.evidence = vec![row(Kind::Handshakes, 0), row(Kind::Handshakes, 1)];
    let mut rungs = ladder([
        RungState::Ok,
        RungState::Ok,
        RungState::Ok,
        RungState::Fail,
        RungState::NotReached,
        RungState::Fail,
        RungState::NotReached,
        RungState::NotReached,
    ]);
    rungs[0].say =
        Some(say!("{n} -> {a}", "{n} -> {a}", n = Arg::quote("shop.example.kr"), a = Arg::term("203.0.113.10")));
    rungs[3] = rung(Layer::Bind, RungState::Fail, Some(4001), Some(c.say.clone()));
    rungs[5] = rung(Layer::Negotiate, RungState::Fail, Some(5001), Some(symptom.say.clone()));
    m.diagnosis.targets.push(target("shop.example.kr", vec![e], Health::Broken, rungs, vec![0, 1]));
    m.diagnosis.causes = vec![c, risk];
    m.diagnosis.symptoms = vec![symptom];
    m
}

pub fn outside() -> Made {
    let mut m = made("outside");
    m.exit = 1;
    let host = m.case.host("203.0.113.10", Vantage::Outside);
    let e = endpoint(host, "203.0.113.10", "shop.example.kr");
    resets(&mut m, host, "203.0.113.10", "shop.example.kr");
    let mut symptom = candidate(
        5001,
        "reset-after-client-hello",
        &[],
        Layer::Negotiate,
        &e,
        say!("the server hangs up during the TLS handshake", "TLS 핸드셰이크 도중 서버가 연결을 끊음"),
    );
    symptom.standing = Standing::Likely;
    symptom.evidence = (0..4).map(|i| row(Kind::Handshakes, i)).collect();
    let possible = |code, slug, label, layer, say| {
        let mut c = candidate(code, slug, &[label], layer, &e, say);
        c.standing = Standing::Possible;
        c.explains = vec!["id-5001".into()];
        c.evidence = vec![row(Kind::Handshakes, 0)];
        c
    };
    let say = say!("no certificate on the binding", "바인딩에 인증서가 없음");
    let one = possible(4001, "null-certificate-hash", Cause::CertNoneConfigured, Layer::Bind, say);
    let say = say!("the private key cannot be opened", "개인 키를 열 수 없음");
    let two = possible(2001, "key-cannot-be-opened", Cause::KeyAcl, Layer::Key, say);
    let mut rungs = ladder([
        RungState::Ok,
        RungState::Ok,
        RungState::Unseen,
        RungState::Unseen,
        RungState::Unseen,
        RungState::Fail,
        RungState::NotReached,
        RungState::NotReached,
    ]);
    rungs[5] = rung(Layer::Negotiate, RungState::Fail, Some(5001), Some(symptom.say.clone()));
    m.diagnosis.targets.push(target("https://shop.example.kr/cart", vec![e], Health::Broken, rungs, vec![0, 1]));
    m.diagnosis.targets[0].subject = site("shop.example.kr");
    m.diagnosis.causes = vec![one, two];
    m.diagnosis.symptoms = vec![symptom];
    m.diagnosis.ask_for = vec![
        binding_ask(host),
        AskFor {
            ask: Ask::Table { kind: Kind::Events, host, why: None },
            host,
            say: say!("the System log's entries of Schannel", "시스템 로그의 Schannel 항목"),
            why: None,
            commands: vec![
                Command { on: Platform::Windows, line: "wevtutil qe System /c:200 /f:text".into() },
                Command { on: Platform::Linux, line: "journalctl -u nginx".into() },
            ],
            decides: vec![Cause::KeyAcl],
        },
    ];
    m
}

pub fn disputed() -> Made {
    let mut m = broken();
    m.name = "disputed";
    let id = m.case.certificate(b"a certificate of the registry");
    let mut other = note("CN=shop.example.kr", "CN=예시 인증 기관", &["shop.example.kr"], NOW + 9 * DAY);
    let thumb = Thumb::from_hex("77a88eb2ccddeeff00112233445566778899aabb").unwrap();
    other.thumbprint = thumb.to_string();
    m.certs.insert(id, other);
    m.case.add(Row::once(
        Binding::new(Addr::AnyV4, 443, None, Reading::Good(thumb)),
        Host::HERE,
        How::Read,
        NOW,
        Origin::File { path: "HTTP.reg".into(), line: 7 },
    ));
    m.diagnosis.disputes = vec![vec![row(Kind::Bindings, 0), row(Kind::Bindings, 1)]];
    m
}

pub fn partial() -> Made {
    let mut m = made("partial");
    m.exit = 1;
    let host = m.case.host("2001:db8::10", Vantage::Outside);
    let other = m.case.host("203.0.113.10", Vantage::Outside);
    let bad = endpoint(host, "2001:db8::10", "www.example.kr");
    let good = endpoint(other, "203.0.113.10", "www.example.kr");
    let leaf = m.case.certificate(b"leaf");
    let issuer = m.case.certificate(b"issuer");
    m.certs.insert(
        leaf,
        note("CN=www.example.kr", "CN=예시 인증 기관,O=예시,C=KR", &["www.example.kr", "example.kr"], NOW - DAY),
    );
    m.certs.insert(issuer, note("CN=예시 인증 기관,O=예시,C=KR", "CN=예시 루트", &[], NOW + 900 * DAY));
    let h = Handshake {
        answered: Sight::Saw(Answered { version: 0x0304, suite: 0x1301, group: Some(0x11ec), ..Answered::default() }),
        chain: Sight::Saw(vec![leaf, issuer]),
        proof: Sight::Saw(KeyProof::Good),
        trial: Trial::Full,
        ..base_handshake("2001:db8::10", "www.example.kr", End::Done, Stage::Finished)
    };
    m.case.add(Row::once(h, host, How::Watched, NOW, probe(3, 1902, 4711, &[0x16, 0x03, 0x03])));
    let mut c = candidate(
        2501,
        "certificate-expired",
        &[Cause::CertExpired],
        Layer::Trust,
        &bad,
        say!("the certificate has expired", "인증서가 만료됨"),
    );
    c.impact = Impact::Partial;
    c.who = Who::Addresses(vec![ip("2001:db8::10")]);
    c.evidence = vec![row(Kind::Handshakes, 0)];
    c.cures = vec![Cure::new(Safety::Manual, say!("renew the certificate", "인증서를 갱신합니다"))];
    let mut rungs = ladder([RungState::Ok; 8]);
    rungs[6] = rung(Layer::Trust, RungState::Warn, Some(2501), Some(c.say.clone()));
    m.diagnosis.targets.push(target("www.example.kr", vec![bad, good], Health::Partial, rungs, vec![0]));
    m.diagnosis.causes = vec![c];
    m
}

/// Text that would clear the screen, turn it round, or break out of a line.
pub const EVIL: &str = "evil\u{1b}[2J\u{1b}]0;title\u{7}\r\nfake line\u{202e}\u{2066}\u{200b}\u{9b}31m\u{e000}";

pub fn hostile() -> Made {
    let mut m = partial();
    m.name = "hostile";
    for n in m.certs.values_mut() {
        *n = CertNote {
            subject: format!("CN={EVIL}"),
            issuer: format!("O={EVIL}{}", "x".repeat(300)),
            names: vec![EVIL.to_owned()],
            key: EVIL.to_owned(),
            ..n.clone()
        };
    }
    m.case.add(Row::once(
        Talk {
            from: Host::HERE,
            addr: ip("203.0.113.10"),
            port: 443,
            opening: Opening::Listened,
            spoke: Spoke::Other { protocol: EVIL.into(), greeting: EVIL.into() },
        },
        Host(1),
        How::Watched,
        NOW,
        probe(4, 0, 22, &[0x1b, 0x5b]),
    ));
    m.case.hosts[1].label = EVIL.to_owned();
    m.diagnosis.targets[0].typed = format!("https://{EVIL}/");
    let c = &mut m.diagnosis.causes[0];
    c.evidence.push(row(Kind::Talks, 0));
    c.say = say!("the port speaks {what}", "포트가 {what:을} 씀", what = Arg::quote(EVIL));
    c.because = vec![say!("{term}", "{term}", term = Arg::term(EVIL))];
    c.cures = vec![Cure::new(Safety::Safe, c.say.clone()).run(Platform::Any, format!("echo {EVIL}"))];
    c.who = Who::Clients(say!("{who}", "{who}", who = Arg::quote(EVIL)));
    m.diagnosis.not_checked =
        vec![NotChecked {
            what: say!("revocation", "해지 여부"), host: Host(1), why: Some(Why::Said(EVIL.into()))
        }];
    m.diagnosis.ask_for = vec![binding_ask(Host(1))];
    m
}

pub fn unknown() -> Made {
    let mut m = made("unknown");
    m.exit = 3;
    let host = m.case.host("203.0.113.10", Vantage::Outside);
    let e = endpoint(host, "203.0.113.10", "www.example.kr");
    m.case.surveys.push(Survey {
        kind: Kind::Handshakes,
        host,
        cover: Cover::Failed(Why::Offline),
        span: Span::at(NOW),
        origin: Origin::Api("probe".into()),
    });
    let rungs = ladder([RungState::Unseen; 8]);
    m.diagnosis.targets.push(target("www.example.kr", vec![e], Health::Unknown, rungs, vec![]));
    m.diagnosis.not_checked =
        vec![NotChecked { what: say!("the handshake", "핸드셰이크"), host, why: Some(Why::Offline) }];
    m
}

/// Much evidence, long words, several faults at once.
pub fn busy() -> Made {
    let mut m = broken();
    m.name = "busy";
    for i in 0..40u8 {
        let addr: IpAddr = [203, 0, 113, i].into();
        m.case.add(Row::once(
            Connect {
                from: Host::HERE,
                addr,
                port: 443,
                end: ConnectEnd::Failed("한국어로 된 긴 시스템 메시지 ".repeat(8)),
            },
            Host::HERE,
            How::Watched,
            NOW,
            Origin::Api("connect".into()),
        ));
    }
    m.case.add(Row::once(
        Fetch { url: format!("http://ca.example.kr/{}", "q".repeat(300)), end: FetchEnd::Status(404) },
        Host::HERE,
        How::Watched,
        NOW,
        Origin::Api("http".into()),
    ));
    let long =
        "a reason that is told at some length so that it has to be wrapped more than once on a screen of eighty cells";
    let c = &mut m.diagnosis.causes[0];
    c.evidence.push(row(Kind::Fetches, 0));
    c.evidence.extend((0..40).map(|i| row(Kind::Connects, i)));
    c.because = (0..6).map(|_| say!("{what}", "{what}", what = Arg::quote(long))).collect();
    let rungs = &mut m.diagnosis.targets[0].ladder;
    for r in rungs.iter_mut() {
        r.say = Some(say!("{what}", "{what}", what = Arg::quote(long.repeat(3))));
    }
    let mut other = m.diagnosis.causes[0].clone();
    other.id = "id-3001".into();
    other.code = Some(Code(3001));
    other.slug = "port-owner";
    other.standing = Standing::Likely;
    other.labels = vec![Cause::BindPortOwner];
    m.diagnosis.causes.push(other);
    m.diagnosis.targets[0].causes = vec![0, 1, 2];
    m
}

/// A pasted message and a log, no target.
pub fn evidence_only() -> Made {
    let mut m = made("evidence");
    let host = m.case.host("WEB01", Vantage::Evidence);
    m.case.add(Row::once(
        Said { entry: "schannel.36870".into(), points_to: vec![Cause::KeyAcl, Cause::KeyDamaged] },
        host,
        How::Told,
        NOW,
        Origin::File { path: "pasted".into(), line: 1 },
    ));
    let e = endpoint(host, "203.0.113.10", "www.example.kr");
    let mut c = candidate(
        0,
        "key.acl",
        &[Cause::KeyAcl],
        Layer::Http,
        &e,
        say!("{what}", "{what}", what = Arg::Word(Cause::KeyAcl.meaning())),
    );
    c.code = None;
    c.id = "id-said".into();
    c.standing = Standing::Possible;
    c.subject = Subject::Host(host);
    c.endpoints = vec![];
    c.held = Span::always();
    c.evidence = vec![row(Kind::Said, 0)];
    m.diagnosis.causes = vec![c];
    m.exit = 3;
    m
}

/// Two targets, one of which works.
pub fn two() -> Made {
    let mut m = broken();
    m.name = "two";
    let e = endpoint(Host::HERE, "203.0.113.11", "www.example.kr");
    let mut t = target("www.example.kr", vec![e], Health::Works, ladder([RungState::Ok; 8]), vec![]);
    t.summary = Some(say!("{version}", "{version}", version = Arg::term("TLS 1.3")));
    m.diagnosis.targets.push(t);
    m
}
