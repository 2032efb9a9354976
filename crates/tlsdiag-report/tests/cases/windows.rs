//! A server of which nothing but files is known: a row of every kind that they give, all cited.
use super::*;
use std::collections::BTreeSet;

const HASH: &str = "1a1f948b00112233445566778899aabbccddeeff";
pub const PASSWORD: &str = "hunter2-of-the-central-store";

fn thumb(s: &str) -> Thumb {
    Thumb::from_hex(s).unwrap()
}

/// A certificate whose link leads to no key, and all else that was read of its machine.
pub fn server() -> Made {
    let mut m = made("windows");
    m.exit = 1;
    let host = m.case.host("WEB01", Vantage::Evidence);
    let e = endpoint(host, "10.0.0.5", "shop.example.kr");
    let leaf = m.case.certificate(b"a certificate of a store");
    m.certs.insert(leaf, note("CN=shop.example.kr", "CN=Example Issuing CA", &["shop.example.kr"], NOW + 81 * DAY));
    let mut evidence = vec![];
    let mut add = Adder { m: &mut m, host, evidence: &mut evidence };

    let record = Binding {
        store: Some("WebHosting".into()),
        app: Some("{4dc3e181-e14b-4a21-b022-59fc669b0914}".into()),
        flags: Some(BTreeSet::from([RecordFlag::NegotiateClientCertificate, RecordFlag::DisableHttp2])),
        ctl_store: Some("AdfsTrustedDevices".into()),
        ..Binding::new(Addr::AnyV4, 443, None, Reading::Good(thumb(HASH)))
    };
    add.row(record, 4);
    let damaged = Reading::Damaged { raw: "1a1f948b0011".into(), expected: 40, found: 12 };
    add.row(Binding::new(Addr::AnyV6, 443, None, damaged.clone()), 12);
    let central = Binding {
        kind: RecordKind::Ccs,
        app: Some("{00000000-0000-0000-0000-000000000000}".into()),
        ..Binding::new(Addr::Any, 443, None, Reading::Empty)
    };
    add.row(central, 20);
    add.row(ListenList { addrs: vec![ip("10.0.0.5"), ip("::1")] }, 2);
    add.row(Url { url: "https://+:443/".into(), active: true, pids: vec![4312], owner: Some("Shop".into()) }, 3);
    add.row(Url { url: "https://+:5986/wsman/".into(), active: false, pids: vec![], owner: None }, 9);
    let listener = |addr, pid| Listener { addr, port: 443, pid, program: None, services: vec![] };
    add.row(listener(Addr::AnyV4, Some(4)), 5);
    add.row(listener(Addr::Is(ip("::1")), None), 6);
    add.row(Process { pid: 4, name: "System".into(), services: vec![] }, 4);
    add.row(Service { name: "W3SVC".into(), running: false }, 7);
    let site = SiteBinding {
        site: "Shop".into(),
        id: Some(2),
        protocol: "https".into(),
        addr: Addr::Any,
        port: 443,
        name: Some("shop.example.kr".into()),
        flags: Some(3),
        hash: Some(damaged),
        store: Some("My".into()),
        running: Some(true),
        pool: Some("ShopPool".into()),
    };
    add.row(site, 120);
    add.row(SiteAccess { location: "Shop/api".into(), ssl: true, negotiate: true, require: false }, 140);
    add.row(SiteAccess { location: String::new(), ssl: false, negotiate: false, require: false }, 150);
    let identity = Some("ApplicationPoolIdentity".into());
    add.row(Pool { name: "ShopPool".into(), identity, load_profile: Some(true) }, 160);
    add.row(OldBinding { path: "LM/W3SVC/2".into(), hash: Reading::Good(thumb(&"77".repeat(20))) }, 170);
    let name = KeyName {
        container: Some("le-7c2f".into()),
        file: Some("f7d8_5ac0".into()),
        provider: Some("Microsoft RSA SChannel Cryptographic Provider".into()),
        provider_type: Some(12),
        flags: Some(0x20),
        spec: Some(2),
        test: Some(KeyTest::Failed(Some(0x8009_0016))),
        spki: Some(Fingerprint::of(b"a public key")),
    };
    let stored = Stored {
        cert: Some(leaf),
        subject: Some("CN=shop.example.kr".into()),
        serial: Some("0a1b2c".into()),
        not_before: Some(NOW - 9 * DAY),
        not_after: Some(NOW + 81 * DAY),
        names: vec!["shop.example.kr".into()],
        usages: Some(vec!["1.3.6.1.5.5.7.3.1".into()]),
        purposes: Sight::Saw(Some(vec!["1.3.6.1.5.5.7.3.2".into()])),
        key: Sight::Saw(KeyLink::Named(name)),
        archived: Some(true),
        friendly: Some("shop 2026".into()),
        verified: Some(0x800b_0109),
        ..Stored::new(Location::Machine, "MY", Reading::Good(thumb(HASH)))
    };
    add.row(stored, 11);
    let links = [KeyLink::None, KeyLink::Held, KeyLink::Failed(0x8009_000d)];
    let places = [Location::Policy, Location::User, Location::Service("NTDS".into())];
    for (key, at) in links.into_iter().zip(places) {
        let raw = Reading::Damaged { raw: "1a1f".into(), expected: 40, found: 4 };
        add.row(Stored { key: Sight::Saw(key), ..Stored::new(at, "MY", raw) }, 30);
    }
    let ace = |account: &str, sid: &str, allow, read, full| Ace {
        account: account.into(),
        sid: Some(sid.into()),
        allow,
        read,
        full,
        inherited: false,
    };
    let acl = vec![
        ace("NT AUTHORITY\\SYSTEM", "S-1-5-18", true, true, true),
        ace("Everyone", "S-1-1-0", false, true, false),
        ace("WEB01\\backup", "S-1-5-21-1-2-3-1001", true, false, false),
    ];
    let size = Some(2_319);
    add.row(KeyFile { folder: KeyFolder::MachineKeys, name: "f7d8_5ac0".into(), size, acl: Sight::Saw(acl) }, 3);
    add.row(KeyFile { folder: KeyFolder::SystemKeys, name: String::new(), size: None, acl: Sight::Hidden }, 3);
    let system = System {
        computer: Some("WEB01".into()),
        product: Some("Windows Server 2012 R2 Standard".into()),
        build: Some(9600),
        server: Some(true),
        machine_guid: Some("5ac0fdc6-0000-4000-8000-000000000001".into()),
        addrs: vec![ip("10.0.0.5")],
        bias_min: Some(-540),
    };
    add.row(system, 1);
    let tls12 = r"HKLM\SYSTEM\CurrentControlSet\Control\SecurityProviders\SCHANNEL\Protocols\TLS 1.2\Server";
    let central = r"HKLM\SOFTWARE\Microsoft\IIS\CentralCertProvider";
    for (key, name, data) in [
        (tls12, "", Datum::Key),
        (tls12, "Enabled", Datum::Dword(0)),
        (tls12, "Wide", Datum::Qword(1 << 40)),
        (central, "CertStoreLocation", Datum::Text(r"\\files\ccs".into())),
        (central, "Password", Datum::Text(PASSWORD.into())),
        (central, "PrivateKeyPassword", Datum::Text("set".into())),
        (central, "Many", Datum::List(vec!["a".into(), "b".into()])),
        (central, "Raw", Datum::Octets("0102".into())),
        (central, "Cut", Datum::Damaged("hex:01,0".into())),
    ] {
        let what = Setting { key: key.into(), name: name.into(), data };
        let origin = Origin::Inside { path: "SYSTEM".into(), place: key.into() };
        add.at(what, origin);
    }
    for of in [tls12, r"store:Machine\MY", "folder:machine_keys", "acl:machine_keys"] {
        add.row(Whole { of: of.into() }, 1);
    }
    let names = ["TLS_AES_256_GCM_SHA384"; 9].map(str::to_owned).to_vec();
    add.row(Suites { list: names }, 1);
    let event = Event {
        source: "Schannel".into(),
        id: 36870,
        code: Some(0x8009_030d),
        state: Some(10001),
        alert: Some(40),
        side: Some(Side::Server),
        protocol: Some("TLS 1.2".into()),
        endpoint: Some(Spot { addr: Addr::Is(ip("::1")), port: 443, name: None }),
        process: Some("lsass.exe".into()),
        thumb: Some(thumb(HASH)),
        container: Some("le-7c2f".into()),
        peer: Some("shop.example.kr".into()),
    };
    add.row(event, 31);

    let mut c = candidate(
        2001,
        "key-cannot-be-opened",
        &[Cause::KeyAcl],
        Layer::Key,
        &e,
        say!("the private key cannot be opened", "개인 키를 열 수 없음"),
    );
    c.subject = Subject::Stored { host, thumb: thumb(HASH) };
    c.evidence = evidence;
    m.diagnosis.causes = vec![c];
    m.diagnosis.targets.push(target("WEB01", vec![e], Health::Broken, ladder([RungState::Unseen; 8]), vec![0]));
    m.diagnosis.targets[0].subject = Subject::Host(host);
    m.diagnosis.ask_for = vec![AskFor {
        ask: Ask::Under { host, of: "acl:machine_keys".into() },
        host,
        say: say!("who may read the key files", "키 파일을 읽을 수 있는 계정"),
        why: None,
        commands: vec![],
        decides: vec![Cause::KeyAcl],
    }];
    m
}

struct Adder<'a> {
    m: &'a mut Made,
    host: Host,
    evidence: &'a mut Vec<FactRef>,
}

impl Adder<'_> {
    fn row<T: Fact>(&mut self, what: T, line: u32) {
        self.at(what, Origin::File { path: "case.zip/server.txt".into(), line });
    }
    fn at<T: Fact>(&mut self, what: T, origin: Origin) {
        let at = u32::try_from(T::rows(&self.m.case).len()).unwrap();
        self.m.case.add(Row::once(what, self.host, How::Read, NOW, origin));
        self.evidence.push(FactRef::Row(T::KIND, at));
    }
}
