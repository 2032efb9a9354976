//! The certificate that issued the server's is missing from what the server sends, or another one is there in its place.
use super::chain::{Chain, Gap};
use super::in_file;
use super::words::{called, issuer_called, plain_url};
use crate::{Judged, Look, Outcome, Over, Rule, explains, page};
use std::sync::Arc;
use tlsdiag_model::facts::FetchEnd;
use tlsdiag_model::{
    Arg, Ask, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, Why, say,
};
use tlsdiag_pki::Certificate;

/// Not sent.
pub static MISSING: Rule = Rule {
    code: Code(2520),
    slug: "missing-intermediate",
    title: Tpl { en: "the intermediate certificate is missing", ko: "중간 인증서가 빠져 있음" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainMissingIntermediate],
    explains: &[explains(2500)],
    routine: false,
    check: missing,
    sources: &[
        "RFC 8446 section 4.4.2 (Certificate: each certifies the one before, only the root may be left out)",
        "RFC 5280 section 4.2.2.1 (authority information access, caIssuers)",
    ],
    page: page!("issuer"),
};

/// Another chain's.
pub static WRONG: Rule = Rule {
    code: Code(2521),
    slug: "wrong-intermediate",
    title: Tpl { en: "the intermediate certificate is not the issuer", ko: "중간 인증서가 발급자가 아님" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainWrongIntermediate],
    explains: &[explains(2500)],
    routine: false,
    check: wrong,
    sources: &["RFC 8446 section 4.4.2 (Certificate)", "RFC 5280 section 4.2.1.1 (authority key identifier)"],
    page: page!("issuer"),
};

/// The address in the certificate did not give it.
pub static NOT_FETCHED: Rule = Rule {
    code: Code(2526),
    slug: "issuer-not-fetched",
    title: Tpl { en: "the issuer could not be fetched", ko: "발급자 인증서를 내려받지 못함" },
    layer: Layer::Trust,
    over: Over::Chains,
    causes: &[Cause::ChainMissingIntermediate],
    explains: &[],
    routine: false,
    check: not_fetched,
    sources: &["RFC 5280 section 4.2.2.1 (authority information access, caIssuers)"],
    page: page!("issuer"),
};

/// A chain whose issuer is not there: whose, what would mend it, what is in its place.
struct Lack {
    child: Arc<Certificate>,
    needed: Vec<Arc<Certificate>>,
    stale: Vec<Arc<Certificate>>,
    of_leaf: bool,
    mended: bool,
}

impl Lack {
    /// The certificate for whose issuer nothing was had yet.
    fn open(&self) -> Option<&Certificate> {
        self.needed.is_empty().then_some(&*self.child)
    }
}

fn lack(chain: &Chain<'_>) -> Option<Lack> {
    match chain.gap()? {
        Gap::Issuer { child, needed, stale, of_leaf, mended } => Some(Lack { child, needed, stale, of_leaf, mended }),
        _ => None,
    }
}

fn missing(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let Some(lack) = lack(&chain).filter(|l| l.stale.is_empty()) else { return Ok(chain.outcome(vec![])) };
    let (issuer, child, name) = (issuer_called(&lack.child), called(&lack.child), Arg::quote(&lack.child.issuer));
    let f = match chain.file() {
        Some(file) => chain
            .says(
                Impact::Broken,
                say!(
                    "{file} lacks the intermediate certificate {issuer}",
                    "{file}에 중간 인증서 {issuer:이} 없습니다",
                    file = file,
                    issuer = issuer
                ),
            )
            .because(say!(
                "{child} was issued by {issuer}, and no certificate of that name is in the file",
                "{child:은} {issuer:이} 발급했으나 그 이름의 인증서가 파일에 없습니다",
                child = child,
                issuer = name
            )),
        None => chain
            .says(
                Impact::Broken,
                say!(
                    "the server does not send the intermediate certificate {issuer}",
                    "서버가 중간 인증서 {issuer:을} 보내지 않습니다",
                    issuer = issuer
                ),
            )
            .because(say!(
                "{child} was issued by {issuer}, and no certificate of that name was sent",
                "{child:은} {issuer:이} 발급했으나 그 이름의 인증서는 전송되지 않았습니다",
                child = child,
                issuer = name
            )),
    };
    let f = proved(&chain, &lack, f);
    // what looks alike from outside while nobody has seen the issuer
    let f = match (lack.needed.is_empty(), lack.of_leaf) {
        (false, _) => f,
        (true, true) => f.labels(&[Cause::ChainMissingIntermediate, Cause::ChainPrivateCa]),
        (true, false) => f.labels(&[Cause::ChainMissingIntermediate, Cause::ChainUntrustedRoot, Cause::ChainPrivateCa]),
    };
    Ok(mend(&chain, f, &lack).into())
}

/// What mends it, where a server sends the chain and where it lies in a file.
fn mend(chain: &Chain<'_>, f: Finding, lack: &Lack) -> Finding {
    match chain.shown.identity() {
        Some(i) => in_file::cures(chain, i, f, &lack.child, &lack.needed),
        None => cures(f, lack),
    }
}

fn wrong(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let Some(lack) = lack(&chain) else { return Ok(chain.outcome(vec![])) };
    let Some(sent) = lack.stale.first() else { return Ok(chain.outcome(vec![])) };
    let headline = match chain.file() {
        Some(file) => say!(
            "the intermediate certificate in {file}, {sent}, did not issue the server's",
            "{file}의 중간 인증서 {sent:은} 서버 인증서의 발급자가 아닙니다",
            file = file,
            sent = called(sent)
        ),
        None => say!(
            "the intermediate certificate sent, {sent}, did not issue the server's",
            "전송된 중간 인증서 {sent:은} 서버 인증서의 발급자가 아닙니다",
            sent = called(sent)
        ),
    };
    let mut f = chain.says(Impact::Broken, headline).because(say!(
        "{child} was issued by {issuer}",
        "{child:을} 발급한 것은 {issuer}입니다",
        child = called(&lack.child),
        issuer = Arg::quote(&lack.child.issuer)
    ));
    if sent.subject.matches(&lack.child.issuer) {
        f = f.because(say!(
            "the one that is there has the same name and another key",
            "들어 있는 인증서는 이름은 같지만 키가 다릅니다"
        ));
    }
    Ok(mend(&chain, proved(&chain, &lack, f), &lack).into())
}

/// Proven is what was shown to mend the chain; what was not fetched yet is wished for.
fn proved(chain: &Chain<'_>, lack: &Lack, mut f: Finding) -> Finding {
    if !lack.needed.is_empty() {
        let near = chain.at_hand(&lack.needed);
        for (at, c) in &near {
            f = f.and(at.at).because(say!(
                "at hand in {path}: {name}",
                "{path}에 있는 것: {name}",
                path = Arg::quote(&at.path),
                name = called(c)
            ));
        }
        let fetches = chain.fetches_used(&lack.needed);
        let fetched = lack.needed.iter().filter(|c| near.iter().all(|(_, n)| n.id != c.id));
        let names: Vec<Arg> = fetched.map(|c| called(c)).collect();
        if !fetches.is_empty() && !names.is_empty() {
            f = f.because(say!(
                "fetched from the address in the certificate: {names}",
                "인증서에 적힌 주소에서 내려받은 것: {names}",
                names = Arg::List(names)
            ));
        }
        for fetch in fetches {
            f = f.and(fetch.at);
        }
        if lack.mended {
            f = f.because(say!(
                "with it the chain reaches a trusted root; browsers that fetch it by themselves hide the fault",
                "이것을 더하면 체인이 신뢰할 수 있는 루트에 이릅니다. 스스로 내려받는 브라우저에서는 문제가 드러나지 않습니다"
            ));
            return f;
        }
    }
    if let Some((url, cert, _)) = chain.places(lack.open()).into_iter().find(|(_, _, asked)| asked.is_none()) {
        chain.look.wish(Ask::Fetch { url, cert, to: chain.look.endpoint().ok().cloned() });
    }
    if lack.needed.is_empty() { f.at_most(Standing::Likely) } else { f }
}

fn cures(f: Finding, lack: &Lack) -> Finding {
    let order: Vec<Arg> = lack.needed.iter().map(|c| called(c)).collect();
    let send = if order.is_empty() {
        say!(
            "serve the full chain: the server's certificate first, then every intermediate, without the root",
            "전체 체인을 보냅니다. 서버 인증서가 먼저, 이어서 모든 중간 인증서이며 루트는 뺍니다"
        )
    } else {
        say!(
            "serve the full chain in this order: the server's certificate, {order}",
            "전체 체인을 다음 순서로 보냅니다: 서버 인증서, {order}",
            order = Arg::List(order)
        )
    };
    let mut cure = Cure::new(Safety::Confirm, send)
        .run(Platform::Any, "nginx:   ssl_certificate     /etc/letsencrypt/live/NAME/fullchain.pem;")
        .run(Platform::Any, "Apache:  SSLCertificateFile  /etc/letsencrypt/live/NAME/fullchain.pem")
        .run(Platform::Any, "HAProxy: crt site.pem (certificate, intermediates and key in one file)");
    if let Some(url) = lack.child.extensions.ca_issuers.iter().find_map(|u| plain_url(u)) {
        cure = cure
            .run(Platform::Linux, format!("curl -o issuer.der {url}"))
            .run(Platform::Linux, "openssl x509 -inform der -in issuer.der >> fullchain.pem");
    }
    f.cure(cure).cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "IIS: import the intermediate into the machine's Intermediate Certification Authorities store, then restart the machine or rebind the certificate",
                "IIS: 중간 인증서를 컴퓨터의 '중간 인증 기관' 저장소에 가져온 뒤 다시 시작하거나 인증서를 다시 바인딩합니다"
            ),
        )
        .run(Platform::Windows, "certutil -addstore CA issuer.cer"),
    )
}

fn not_fetched(look: &Look<'_>) -> Judged {
    let chain = Chain::of(look)?;
    let Some(lack) = lack(&chain) else { return Ok(Outcome::NotApplicable) };
    let mut out = vec![];
    for (url, _, asked) in chain.places(lack.open()) {
        let Some(fetch) = asked else { continue };
        let Some(why) = in_words(&fetch.end) else { continue };
        let f = look
            .reads_as(
                Impact::Note,
                &fetch,
                say!(
                    "the issuer could not be fetched from {url}",
                    "{url}에서 발급자 인증서를 내려받지 못했습니다",
                    url = Arg::quote(&url)
                ),
            )
            .because(why)
            .cure(Cure::new(
                Safety::Manual,
                say!(
                    "take the intermediate from the CA's own pages, or from the mail in which the certificate came",
                    "CA의 웹 페이지나 인증서를 받은 메일에서 중간 인증서를 구합니다"
                ),
            ));
        out.push(f);
    }
    // what was not asked yet acquits nobody
    Ok(if out.is_empty() { Outcome::NotApplicable } else { out.into() })
}

/// Why nothing came of it; `None` where we did not even try.
fn in_words(end: &FetchEnd) -> Option<Say> {
    Some(match end {
        FetchEnd::Failed(Why::Offline | Why::OverBudget | Why::Interrupted) => return None,
        FetchEnd::Failed(why) => why.say(),
        FetchEnd::Status(s) => {
            say!("the address answers with status {s}", "그 주소가 상태 코드 {s:으로} 응답합니다", s = Arg::num(*s))
        }
        FetchEnd::NotCertificates => {
            say!("what came from there is no certificate", "그 주소에서 온 것은 인증서가 아닙니다")
        }
        FetchEnd::Certs(_) => {
            say!("what came from there is not the issuer", "그 주소에서 온 것은 발급자의 인증서가 아닙니다")
        }
    })
}
