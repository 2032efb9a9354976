//! Files that make an identity whose key is another's, and a thumbprint with an invisible character.
use super::*;
use tlsdiag_model::facts::Thing;

/// A key of another certificate, a locked one, and a thumbprint that is nearly right.
pub fn files() -> Made {
    let mut m = made("files");
    m.exit = 1;
    let label: Arc<str> = "fullchain.pem + old.key".into();
    let (cert, key, pfx): (Arc<str>, Arc<str>, Arc<str>) =
        ("fullchain.pem".into(), "/etc/ssl/old.key".into(), "site.pfx".into());
    let leaf = m.case.certificate(b"a certificate of www.example.kr");
    m.certs.insert(leaf, note("CN=www.example.kr", "CN=Example Issuing CA", &["www.example.kr"], NOW + 81 * DAY));
    let at = |path: &Arc<str>, line: u32| Origin::File { path: path.clone(), line };
    let api = |path: &Arc<str>| Origin::Api(path.clone());
    let file = |path: &Arc<str>, form: &str, mode: Sight<u32>| File {
        path: path.clone(),
        form: form.to_owned(),
        size: 1_812,
        sha256: Fingerprint::of(path.as_bytes()),
        mode,
        given: true,
        protections: vec![],
        oddities: vec![],
    };
    m.case.add(Row::once(file(&cert, "pem", Sight::Saw(0o644)), Host::HERE, How::Read, NOW, api(&cert)));
    m.case.add(Row::once(file(&key, "pem", Sight::Saw(0o600)), Host::HERE, How::Read, NOW, api(&key)));
    let protections = vec![Protection {
        of: "keys".to_owned(),
        scheme: "PBES2: PBKDF2 HMAC-SHA-256, 2048 iterations, AES-256-CBC".to_owned(),
        windows_2016: false,
    }];
    let container =
        File { protections, oddities: vec!["BER instead of DER".to_owned()], ..file(&pfx, "pkcs12", Sight::Hidden) };
    m.case.add(Row::once(container, Host::HERE, How::Read, NOW, api(&pfx)));
    let rsa = Key {
        kind: "RSA 2048".to_owned(),
        form: "PKCS#8".to_owned(),
        spki: Some(Fingerprint::of(b"another key")),
        encrypted: None,
        provider: None,
        faults: vec![],
    };
    let refused = Thing::Refused {
        of: "PKCS#12".to_owned(),
        why: Refusal::NoPassword,
        detail: "it is encrypted and no password was given".to_owned(),
    };
    let filed = |path: &Arc<str>, place: &str, what: Thing| Filed {
        path: path.clone(),
        place: place.to_owned(),
        order: 0,
        label: None,
        what,
    };
    m.case.add(Row::once(filed(&cert, "line 1", Thing::Cert(leaf)), Host::HERE, How::Read, NOW, at(&cert, 1)));
    m.case.add(Row::once(filed(&key, "line 1", Thing::Key(rsa)), Host::HERE, How::Read, NOW, at(&key, 1)));
    m.case.add(Row::once(filed(&pfx, "contents 1", refused), Host::HERE, How::Read, NOW, api(&pfx)));
    let identity = Identity {
        label: label.clone(),
        path: cert.clone(),
        chain: vec![leaf],
        unreadable: vec![],
        leaf,
        key: Sight::Saw(KeyAt::Other(key.clone())),
        name: Some(Name::new("www.example.kr")),
    };
    m.case.add(Row::once(identity, Host::HERE, How::Read, NOW, api(&cert)));
    let pasted = Pasted {
        text: "\u{200e}1a 1f 94 8b".to_owned(),
        kind: "8 digits".to_owned(),
        oddities: vec!["the invisible character U+200E at 0".to_owned()],
        is: PastedIs::Near(leaf, "the beginning of its SHA-1".to_owned()),
    };
    m.case.add(Row::once(pasted, Host::HERE, How::Told, NOW, Origin::Api("arguments".into())));
    let subject = Subject::Identity { host: Host::HERE, label: label.clone() };
    let e = endpoint(Host::HERE, "203.0.113.10", "www.example.kr");
    let mut c = candidate(
        1103,
        "key-of-another-certificate",
        &[Cause::KeyMismatch],
        Layer::Key,
        &e,
        say!(
            "the private key in {key} does not belong to the certificate in {cert}",
            "{key}의 개인 키는 {cert}에 있는 인증서의 것이 아닙니다",
            key = Arg::quote(&key),
            cert = Arg::quote(&cert)
        ),
    );
    (c.subject, c.endpoints) = (subject.clone(), vec![]);
    c.evidence = vec![
        row(Kind::Identities, 0),
        row(Kind::Files, 1),
        row(Kind::Files, 2),
        row(Kind::Filed, 0),
        row(Kind::Filed, 1),
        row(Kind::Filed, 2),
        row(Kind::Pasted, 0),
    ];
    m.diagnosis.causes.push(c);
    let mut rungs = ladder([RungState::Unseen; 8]);
    rungs[4] = rung(Layer::Key, RungState::Fail, Some(1103), Some(say!("another's", "다른 인증서의 키")));
    rungs[6] = rung(Layer::Trust, RungState::Ok, None, None);
    let mut t = target("fullchain.pem + old.key", vec![], Health::Broken, rungs, vec![0]);
    t.subject = subject;
    t.summary = Some(say!("P-256 certificate", "P-256 인증서"));
    m.diagnosis.targets.push(t);
    m
}
