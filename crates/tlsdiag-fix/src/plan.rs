//! The plan: what is written where, and why; every octet is made before anything is touched.
use crate::{
    Chain, For, Held, HeldKey, Identity, Refusal, Shape, Target, Whence, called,
    chain::complete,
    content::{self, Material},
    identify,
};
use std::{io, path::PathBuf, sync::Arc};
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::{
    AnchorSet, Certificate, Host, Reason,
    container::pkcs12::Profile,
    key::{Curve, KeyKind},
    secret::Password,
};
use zeroize::Zeroizing;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Order<'a> {
    /// The files that are to be.
    pub targets: &'a [Target],
    /// A folder that does not exist yet and will hold them.
    pub new_folder: Option<&'a PathBuf>,
    /// The server that will read them.
    pub server: Option<For>,
    /// The host that is meant, as typed and as read.
    pub host: Option<(&'a str, &'a Host)>,
    /// The password of what is written.
    pub password: Option<&'a Password>,
    /// Now, in unix seconds.
    pub time: i64,
    /// Whose word ends a chain.
    pub anchors: &'a [&'a AnchorSet],
}

/// Certificates of this machine's stores, with the name of the store.
pub type Stores<'a> = &'a mut dyn FnMut() -> Vec<(Arc<str>, Arc<Certificate>)>;
/// Fetches what an address holds; `ours`: the private key is here, so that addresses inside may be asked, too.
pub type Fetch<'a> = &'a mut dyn FnMut(&str, bool) -> Result<Vec<u8>, Say>;
/// Fills with random octets of the operating system.
pub type Random<'a> = &'a mut dyn FnMut(&mut [u8]) -> io::Result<()>;

/// The surroundings.
pub struct Around<'a> {
    /// This machine's certificate stores; asked at most once.
    pub stores: Stores<'a>,
    /// The network; `None`: it may not be used.
    pub fetch: Option<Fetch<'a>>,
    /// Randomness.
    pub random: Random<'a>,
}

impl std::fmt::Debug for Around<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Around").field("network", &self.fetch.is_some()).finish_non_exhaustive()
    }
}

/// A file that will be written.
#[derive(Clone)]
pub struct Outgoing {
    /// Where.
    pub path: PathBuf,
    /// As what.
    pub shape: Shape,
    /// It holds the private key.
    pub secret: bool,
    /// Its octets.
    pub octets: Zeroizing<Vec<u8>>,
    /// Why it is as it is.
    pub why: Say,
}

/// Never shows the octets.
impl std::fmt::Debug for Outgoing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Outgoing({}, {:?}, {} octets)", self.path.display(), self.shape, self.octets.len())
    }
}

/// What will be done.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// What is used, in the order in which it will stand, each with where it comes from.
    pub inputs: Vec<Say>,
    /// What was given and is left out, with the reason.
    pub left_out: Vec<Say>,
    /// The files.
    pub files: Vec<Outgoing>,
    /// A folder that is made for them.
    pub new_folder: Option<PathBuf>,
    /// What a person should know.
    pub warnings: Vec<Say>,
    /// What is missing: the files are written, and are not whole.
    pub missing: Option<Say>,
    /// The chain that the files hold, the certificate first.
    pub chain: Vec<Arc<Certificate>>,
}

/// Makes a plan.
///
/// # Errors
/// See [`Refusal`].
pub fn plan(held: &Held, order: &Order<'_>, around: &mut Around<'_>) -> Result<Plan, Refusal> {
    let identity = identify(held, order.host, order.time)?;
    let secret = order.targets.iter().any(|t| t.shape.secret());
    if secret && identity.key.is_none() {
        let beside = held.keys_beside.iter().find(|k| k.key.matches(&identity.leaf.certificate));
        return Err(Refusal::NoKey { beside: beside.map(HeldKey::at), closed: held.closed.clone() });
    }
    let pfx = order.targets.iter().find(|t| matches!(t.shape, Shape::Pfx(_)));
    if let (Some(t), None) = (pfx, order.password) {
        return Err(Refusal::NoOutPassword(t.path.clone()));
    }
    let ours = identity.key.is_some();
    let chain = complete(held, identity.leaf, order.anchors, order.time, ours, around);
    let label = identity.key.and_then(|k| k.label.clone()).filter(|l| !l.is_empty());
    let label = label.unwrap_or_else(|| called(&identity.leaf.certificate));
    let with = Material { chain: &chain, key: identity.key, password: order.password, label: &label };
    let mut files = vec![];
    for target in order.targets {
        files.push(Outgoing {
            path: target.path.clone(),
            shape: target.shape,
            secret: target.shape.secret(),
            octets: content::octets(target.shape, &with, around.random)?,
            why: target.shape.why(order.server),
        });
    }
    let certificates = order.targets.iter().any(|t| t.shape.certificates());
    let alone = !order.targets.iter().any(|t| t.shape.certificates() && t.shape != Shape::Leaf);
    Ok(Plan {
        inputs: inputs(&chain, &identity, secret, certificates, alone),
        left_out: left_out(held, &chain),
        warnings: warnings(held, order, &identity, &chain, alone),
        missing: if alone { None } else { chain.gap.as_ref().map(|_| missing(&chain)) },
        chain: chain.links.iter().map(|l| Arc::clone(&l.certificate)).collect(),
        files,
        new_folder: order.new_folder.cloned(),
    })
}

fn inputs(chain: &Chain, identity: &Identity<'_>, secret: bool, certificates: bool, alone: bool) -> Vec<Say> {
    let mut out = vec![];
    let links = chain.links.iter().enumerate().take(if certificates { usize::MAX } else { 0 });
    for (i, link) in links.take(if alone { 1 } else { usize::MAX }) {
        let (name, path) = (Arg::quote(called(&link.certificate)), Arg::quote(&link.path));
        out.push(match (i, link.whence) {
            (0, _) => say!("certificate {name}, from {path}", "인증서 {name}, {path}에서", name = name, path = path),
            (_, Whence::Given) => {
                say!("its issuer {name}, from {path}", "발급자 {name}, {path}에서", name = name, path = path)
            }
            (_, Whence::Beside) => say!(
                "its issuer {name}, missing in the files, found beside them in {path}",
                "발급자 {name}, 주어진 파일에 없어 같은 폴더의 {path}에서",
                name = name,
                path = path
            ),
            (_, Whence::Store) => say!(
                "its issuer {name}, missing in the files, found in this machine's certificate store",
                "발급자 {name}, 주어진 파일에 없어 이 컴퓨터의 인증서 저장소에서",
                name = name
            ),
            (_, Whence::Fetched) => say!(
                "its issuer {name}, missing in the files, fetched from {path} as the certificate says",
                "발급자 {name}, 주어진 파일에 없어 인증서가 가리키는 {path}에서 받음",
                name = name,
                path = path
            ),
        });
    }
    if let (true, Some(key)) = (secret, identity.key) {
        out.push(say!(
            "its private key ({kind}), from {path}",
            "개인 키({kind}), {path}에서",
            kind = Arg::term(&key.key.kind),
            path = Arg::quote(key.at())
        ));
    }
    out
}

fn left_out(held: &Held, chain: &Chain) -> Vec<Say> {
    let mut out = vec![];
    for (path, name) in &held.doubles {
        out.push(say!(
            "{name} in {path}: it is there twice",
            "{path}의 {name}: 두 번 들어 있습니다",
            name = Arg::quote(name),
            path = Arg::quote(path)
        ));
    }
    for c in held.given().filter(|c| chain.links.iter().all(|l| l.certificate.id != c.certificate.id)) {
        let (name, path) = (Arg::quote(called(&c.certificate)), Arg::quote(&c.path));
        let root = chain.root.as_ref().is_some_and(|r| r.id == c.certificate.id);
        out.push(if root {
            say!(
                "{name} in {path}: the root, which clients must have themselves",
                "{path}의 {name}: 클라이언트가 스스로 갖고 있어야 하는 루트입니다",
                name = name,
                path = path
            )
        } else {
            say!(
                "{name} in {path}: not needed for this certificate",
                "{path}의 {name}: 이 인증서에는 필요 없습니다",
                name = name,
                path = path
            )
        });
    }
    out
}

fn missing(chain: &Chain) -> Say {
    let Some(gap) = &chain.gap else {
        return say!("nothing is missing", "빠진 것이 없습니다");
    };
    let issuer = Arg::quote(&gap.issuer);
    let below = Arg::quote(chain.links.last().map(|l| called(&l.certificate)).unwrap_or_default());
    if let Some((url, why)) = gap.tried.last() {
        return say!(
            "the chain ends at {below}: its issuer {issuer} is not at hand, and {url} did not give it: {why}. If it is a root that your clients have, the file is whole; name the root's file too to be sure",
            "체인이 {below}에서 끝납니다. 발급자 {issuer}의 인증서가 없고 {url}에서도 받지 못했습니다: {why}. 클라이언트가 이미 가진 루트라면 이대로 완전합니다. 확인하려면 루트 파일도 함께 지정하세요",
            below = below,
            issuer = issuer,
            url = Arg::quote(url),
            why = Arg::Say(Box::new(why.clone()))
        );
    }
    match gap.urls.first() {
        Some(url) if !gap.asked => say!(
            "the chain ends at {below}: its issuer {issuer} is not at hand; it can be fetched from {url} (without --offline), or name its file too",
            "체인이 {below}에서 끝납니다. 발급자 {issuer}의 인증서가 없습니다. {url}에서 받을 수 있습니다(--offline 없이). 아니면 그 파일도 함께 지정하세요",
            below = below,
            issuer = issuer,
            url = Arg::quote(url)
        ),
        _ => say!(
            "the chain ends at {below}: its issuer {issuer} is not at hand, and the certificate does not say where to fetch it; name its file too. If it is a root that your clients have, the file is whole",
            "체인이 {below}에서 끝납니다. 발급자 {issuer}의 인증서가 없고 어디서 받을지도 인증서에 없습니다. 그 파일도 함께 지정하세요. 클라이언트가 이미 가진 루트라면 이대로 완전합니다",
            below = below,
            issuer = issuer
        ),
    }
}

fn warnings(held: &Held, order: &Order<'_>, identity: &Identity<'_>, chain: &Chain, alone: bool) -> Vec<Say> {
    let mut out = identity.notes.clone();
    for (i, reason) in chain.faults.iter().filter(|(i, _)| *i == 0 || !alone) {
        let name = Arg::quote(chain.links.get(*i).map(|l| called(&l.certificate)).unwrap_or_default());
        out.push(fault(name, reason));
    }
    if let (Some(root), false, false) = (&chain.root, chain.trusted, alone) {
        out.push(say!(
            "the root {root} is no public one and none of this machine's: clients must be given it",
            "루트 {root:은} 공인 루트도 이 컴퓨터가 신뢰하는 루트도 아닙니다. 클라이언트에 따로 설치해야 합니다",
            root = Arg::quote(called(root))
        ));
    }
    let only = chain.links.len() == 1 && chain.gap.is_none() && chain.root.is_none() && !chain.trusted;
    if only && identity.leaf.certificate.self_issued() {
        out.push(say!(
            "the certificate is self-signed: clients must be given it",
            "자체 서명 인증서입니다. 클라이언트에 따로 설치해야 합니다"
        ));
    }
    for target in order.targets {
        out.extend(reader_warnings(target, order, &identity.leaf.certificate.public_key.kind));
    }
    for closed in &held.closed {
        out.push(closed.say());
    }
    out
}

fn fault(name: Arg, reason: &Reason) -> Say {
    match reason {
        Reason::Expired { not_after } => say!(
            "{name} has expired on {date}; no file cures that: have it issued again",
            "{name:은} {date}에 만료되었습니다. 파일로는 고칠 수 없으니 다시 발급받으세요",
            name = name,
            date = Arg::Date(not_after.saturating_mul(1000))
        ),
        Reason::NotYetValid { not_before } => say!(
            "{name} is not valid before {date}",
            "{name:은} {date}부터 유효합니다",
            name = name,
            date = Arg::Date(not_before.saturating_mul(1000))
        ),
        Reason::BadSignature { .. } => say!(
            "the signature of {name} is not that of its issuer",
            "{name}의 서명이 발급자의 것이 아닙니다",
            name = name
        ),
        Reason::WeakKey { bits } => say!(
            "the key of {name} has {bits} bits, which clients of today refuse",
            "{name}의 키가 {bits}비트여서 요즘 클라이언트는 거부합니다",
            name = name,
            bits = Arg::num(*bits)
        ),
        Reason::WeakSignature { algorithm } => say!(
            "{name} is signed with {algorithm}, which clients of today refuse",
            "{name:은} {algorithm:으로} 서명되어 요즘 클라이언트는 거부합니다",
            name = name,
            algorithm = Arg::term(algorithm)
        ),
        Reason::EkuExcludes { .. } => say!(
            "{name} is not meant for servers (its extended key usage)",
            "{name:은} 서버용이 아닙니다(확장된 키 사용)",
            name = name
        ),
        _ => say!(
            "clients may refuse {name}; tlsdiag with these files says why",
            "클라이언트가 {name:을} 거부할 수 있습니다. 이 파일들로 tlsdiag를 실행하면 이유가 나옵니다",
            name = name
        ),
    }
}

/// What the reader of one file will stumble over.
fn reader_warnings(target: &Target, order: &Order<'_>, kind: &KeyKind) -> Vec<Say> {
    let mut out = vec![];
    match target.shape {
        Shape::Pfx(profile) => {
            if profile == Profile::Modern && order.server != Some(For::Java) {
                out.push(say!(
                    "Windows before Server 2019 says that the password of this file is wrong; for those: --for windows-2012",
                    "Server 2019 이전의 Windows는 이 파일의 암호가 틀렸다고 말합니다. 그런 서버에는 --for windows-2012를 쓰세요"
                ));
            }
            if order.server != Some(For::Java) && !schannel_serves(kind) {
                out.push(say!(
                    "IIS serves RSA keys and keys on P-256, P-384 and P-521 only, and this one is {kind}",
                    "IIS는 RSA 키와 P-256, P-384, P-521 키만 쓸 수 있는데 이 키는 {kind}입니다",
                    kind = Arg::term(kind)
                ));
            }
        }
        Shape::Key | Shape::Combined if order.password.is_some() => out.push(say!(
            "the private key is encrypted: a server that starts by itself needs its password too (nginx: ssl_password_file; HAProxy cannot)",
            "개인 키가 암호화되어 있어 저절로 시작하는 서버에는 암호도 알려 주어야 합니다(nginx: ssl_password_file, HAProxy는 불가)"
        )),
        Shape::Leaf => out.push(say!(
            "the issuers are not in this file; for Windows .p7b holds them too",
            "이 파일에는 발급자가 없습니다. Windows용으로는 .p7b에 발급자도 들어갑니다"
        )),
        _ => {}
    }
    out
}

fn schannel_serves(kind: &KeyKind) -> bool {
    matches!(kind, KeyKind::Rsa { pss_only: false, .. } | KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521))
}
