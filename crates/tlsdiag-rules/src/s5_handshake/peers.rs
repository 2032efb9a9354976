//! Schannel logs what it found wrong with the certificate of a server that this machine called, or of a client that came.
use super::logged::{entries, finding, own};
use super::schannel::is_windows;
use crate::{Cited, Judged, Look, Outcome, Over, Rule, page};
use std::collections::BTreeMap;
use tlsdiag_model::facts::{Binding, Event, RecordFlag, SiteAccess};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Tpl, Who, say};

/// 36882.
pub static UNTRUSTED: Rule = Rule {
    code: Code(5205),
    slug: "server-certificate-untrusted",
    title: Tpl {
        en: "Schannel logs: a server's issuer is not trusted",
        ko: "Schannel 로그: 서버의 발급자를 신뢰하지 않음",
    },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[Cause::ChainUntrustedRoot, Cause::ChainMissingIntermediate],
    explains: &[],
    routine: false,
    check: |look| called(look, &[36882]),
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)"],
    page: page!("peers"),
};

/// 36884.
pub static OTHER_NAME: Rule = Rule {
    code: Code(5206),
    slug: "name-mismatch-logged",
    title: Tpl {
        en: "Schannel logs: a server's certificate has another name",
        ko: "Schannel 로그: 서버 인증서의 이름이 다름",
    },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[Cause::CertNameMismatch],
    explains: &[],
    routine: false,
    check: |look| called(look, &[36884]),
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)"],
    page: page!("peers"),
};

/// 36876.
pub static NOT_VALIDATED: Rule = Rule {
    code: Code(5210),
    slug: "server-certificate-refused",
    title: Tpl {
        en: "Schannel logs: a server's certificate did not validate",
        ko: "Schannel 로그: 서버 인증서의 유효성 검사 실패",
    },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[Cause::ChainUntrustedRoot],
    explains: &[],
    routine: false,
    check: |look| called(look, &[36876]),
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)"],
    page: page!("peers"),
};

/// 36881 and 36883.
pub static OUT_OF_DATE: Rule = Rule {
    code: Code(5211),
    slug: "server-certificate-out-of-date",
    title: Tpl {
        en: "Schannel logs: a server's certificate is expired or revoked",
        ko: "Schannel 로그: 서버 인증서가 만료되거나 해지됨",
    },
    layer: Layer::Trust,
    over: Over::Hosts,
    causes: &[Cause::CertExpired, Cause::OsClockSkew],
    explains: &[],
    routine: false,
    check: |look| called(look, &[36881, 36883]),
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)"],
    page: page!("peers"),
};

/// 36885.
pub static ISSUER_LIST: Rule = Rule {
    code: Code(5208),
    slug: "issuer-list-too-long",
    title: Tpl {
        en: "the list of trusted issuers is too long", ko: "신뢰할 수 있는 발급자 목록이 너무 김"
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::HsIssuerListTooLong],
    explains: &[],
    routine: false,
    check: issuer_list,
    sources: &["Microsoft KB 933430 (event 36885, SendTrustedIssuerList)", "Microsoft: TLS registry settings"],
    page: page!("logged_client_certificates"),
};

/// 36877 to 36879.
pub static CLIENT_CERTIFICATE: Rule = Rule {
    code: Code(5213),
    slug: "client-certificate-refused",
    title: Tpl {
        en: "Schannel logs: a client certificate was not accepted",
        ko: "Schannel 로그: 클라이언트 인증서를 받아들이지 않음",
    },
    layer: Layer::Negotiate,
    over: Over::Hosts,
    causes: &[Cause::HsClientCertRequired],
    explains: &[],
    routine: false,
    check: client_certificate,
    sources: &["Microsoft: Schannel events (provider manifest: ids and fields)"],
    page: page!("logged_client_certificates"),
};

/// Entries by id, status and the other end.
type Kinds<'a> = BTreeMap<(u32, Option<u32>, Option<String>), Vec<Cited<'a, Event>>>;

/// What is wrong with the certificate of a server that was called. Where that is this machine's own site, its visitors meet
/// the same.
fn called(look: &Look<'_>, ids: &[u32]) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let mut kinds: Kinds<'_> = BTreeMap::new();
    for e in entries(look, ids) {
        kinds.entry((e.id, e.code, e.peer.clone())).or_default().push(e);
    }
    if kinds.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let mut found: Vec<Finding> = vec![];
    for ((id, code, peer), rows) in kinds {
        let place = rows.iter().find_map(|e| own(look, e));
        let Some(f) = finding(look, &rows, place.as_ref(), Impact::Partial, headline(id, code)) else { continue };
        let f = match peer {
            Some(p) => f.because(say!("it names {peer}", "가리키는 상대: {peer}", peer = Arg::quote(p))),
            None => f,
        };
        let f = if place.is_some() {
            f.who(Who::Clients(say!("programs that judge like this machine", "이 컴퓨터와 같이 판단하는 프로그램")))
        } else {
            f.because(say!(
                "it speaks of a connection that this machine made, not of one that it served",
                "이 컴퓨터가 받은 접속이 아니라 접속해 나간 연결에 대한 항목입니다"
            ))
        };
        found.push(f.labels(labels(id, code)).cure(mend(id)));
    }
    Ok(found.into())
}

fn headline(id: u32, code: Option<u32>) -> Say {
    match (id, code) {
        (36882, _) => say!(
            "the certificate of a server that was called is from an issuer that this machine does not trust",
            "접속한 서버의 인증서가 이 컴퓨터가 신뢰하지 않는 발급자의 것입니다"
        ),
        (36884, _) => say!(
            "the certificate of a server that was called does not hold its name",
            "접속한 서버의 인증서에 그 이름이 들어 있지 않습니다"
        ),
        (36881, _) => say!(
            "the certificate of a server that was called is expired or not yet valid",
            "접속한 서버의 인증서가 만료되었거나 아직 유효하지 않습니다"
        ),
        (36883, _) => {
            say!("the certificate of a server that was called is revoked", "접속한 서버의 인증서가 해지되었습니다")
        }
        (_, Some(c)) => say!(
            "the certificate of a server that was called did not validate ({code})",
            "접속한 서버의 인증서가 유효성 검사를 통과하지 못했습니다({code})",
            code = Arg::term(format!("0x{c:08x}"))
        ),
        _ => say!(
            "the certificate of a server that was called did not validate",
            "접속한 서버의 인증서가 유효성 검사를 통과하지 못했습니다"
        ),
    }
}

fn labels(id: u32, code: Option<u32>) -> &'static [Cause] {
    match (id, code) {
        (36884, _) => &[Cause::CertNameMismatch, Cause::BindNoCertForName],
        (36881, _) => &[Cause::CertExpired, Cause::OsClockSkew],
        (36883, _) => &[Cause::CertRevoked],
        (36876, Some(c)) => by_status(c),
        _ => &[Cause::ChainUntrustedRoot, Cause::ChainMissingIntermediate],
    }
}

/// The cause of a status code of certificate checks (winerror.h).
fn by_status(code: u32) -> &'static [Cause] {
    match code {
        0x800b_0101 | 0x8009_0328 => &[Cause::CertExpired, Cause::OsClockSkew],
        0x800b_0109 | 0x8009_0325 => &[Cause::ChainUntrustedRoot],
        0x800b_010a => &[Cause::ChainMissingIntermediate],
        0x800b_010c | 0x8009_2010 => &[Cause::CertRevoked],
        0x800b_010f | 0x8009_0322 => &[Cause::CertNameMismatch],
        0x800b_0110 => &[Cause::CertEku],
        0x8009_2012 => &[Cause::RevNocheck],
        0x8009_2013 => &[Cause::RevOffline],
        _ => &[Cause::ChainUntrustedRoot, Cause::ChainMissingIntermediate],
    }
}

fn mend(id: u32) -> Cure {
    match id {
        36884 => Cure::new(
            Safety::Manual,
            say!(
                "call the server by a name of its certificate, or have the name added; where it is this machine's own site, see which record of HTTP.sys answers",
                "인증서에 있는 이름으로 접속하거나 인증서에 이름을 추가합니다. 이 컴퓨터의 사이트라면 HTTP.sys의 어느 레코드가 응답하는지 확인합니다"
            ),
        )
        .run(Platform::Windows, "netsh http show sslcert"),
        36881 | 36883 => Cure::new(
            Safety::Manual,
            say!("have the certificate renewed, and check this machine's clock", "인증서를 갱신하고 이 컴퓨터의 시계를 확인합니다"),
        )
        .run(Platform::Windows, "w32tm /query /status"),
        _ => Cure::new(
            Safety::Manual,
            say!(
                "see with the server's certificate in a file which certificate of its chain is missing here or not trusted, and whether the server sends its intermediates",
                "서버의 인증서를 파일로 저장하여 체인에서 어느 인증서가 없거나 신뢰되지 않는지, 서버가 중간 인증서를 보내는지 확인합니다"
            ),
        )
        .run(Platform::Windows, "certutil -verify -urlfetch server.cer"),
    }
}

/// Does a site of this machine ask clients for certificates?
fn asks_for_certificates(look: &Look<'_>) -> Option<tlsdiag_model::FactRef> {
    let site = look.seen::<SiteAccess>().find(|a| a.negotiate || a.require).map(|a| a.at);
    site.or_else(|| {
        let asks = |b: &Binding| b.flags.as_ref().is_some_and(|f| f.contains(&RecordFlag::NegotiateClientCertificate));
        look.seen::<Binding>().find(|b| asks(&b.row.what)).map(|b| b.at)
    })
}

/// A finding on entries about client certificates: it concerns visitors where a site of this machine asks for such.
fn about_clients(look: &Look<'_>, rows: &[Cited<'_, Event>], say: Say) -> Option<Finding> {
    let mut f = finding(look, rows, None, Impact::Note, say)?;
    if let Some(at) = asks_for_certificates(look) {
        f.impact = Impact::Partial;
        f = f
            .and(at)
            .who(Who::Clients(say!("clients that show a certificate", "인증서를 제시하는 클라이언트")))
            .because(say!(
                "a site of this machine asks clients for certificates",
                "이 컴퓨터의 사이트가 클라이언트 인증서를 요구합니다"
            ));
    }
    Some(f)
}

fn issuer_list(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let rows = entries(look, &[36885]);
    if rows.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let say = say!(
        "the list of trusted issuers that is sent to clients is cut off",
        "클라이언트에 보내는 신뢰할 수 있는 발급자 목록이 잘립니다"
    );
    let Some(f) = about_clients(look, &rows, say) else { return Ok(Outcome::Pass) };
    let f = f.because(say!(
        "a client chooses a certificate by that list; if its issuer fell off the end, it shows none and is refused",
        "클라이언트는 이 목록을 보고 인증서를 고릅니다. 발급자가 잘려 나가면 인증서를 제시하지 못해 거부됩니다"
    ));
    let key = super::schannel::SCHANNEL;
    Ok(f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "do not send the list (the default since Server 2012), or take roots that nobody needs out of the computer's Trusted Root store",
                "목록을 보내지 않게 하거나(Server 2012부터 기본값) 컴퓨터의 '신뢰할 수 있는 루트 인증 기관' 저장소에서 필요 없는 루트를 정리합니다"
            ),
        )
        .run(Platform::Windows, format!("reg add \"{key}\" /v SendTrustedIssuerList /t REG_DWORD /d 0 /f")),
    )
    .into())
}

fn client_certificate(look: &Look<'_>) -> Judged {
    if !is_windows(look) {
        return Ok(Outcome::NotApplicable);
    }
    let mut kinds: BTreeMap<(bool, Option<u32>), Vec<Cited<'_, Event>>> = BTreeMap::new();
    for e in entries(look, &[36877, 36878, 36879]) {
        kinds.entry((e.id == 36877, e.code)).or_default().push(e);
    }
    if kinds.is_empty() {
        return look.whole::<Event>().map(|_| Outcome::Pass);
    }
    let mut found: Vec<Finding> = vec![];
    for ((chain, code), rows) in kinds {
        let say = if chain {
            say!("a client's certificate did not validate", "클라이언트 인증서가 유효성 검사를 통과하지 못했습니다")
        } else {
            say!(
                "a client's certificate was not mapped to an account",
                "클라이언트 인증서가 계정에 매핑되지 않았습니다"
            )
        };
        let Some(f) = about_clients(look, &rows, say) else { continue };
        let f = match code {
            Some(c) => f.because(say!("status {code}", "상태 코드 {code}", code = Arg::term(format!("0x{c:08x}")))),
            None => f,
        };
        let cure = if chain {
            say!(
                "install the root (and intermediates) of the clients' CA in the computer's stores, and see that its revocation list can be reached",
                "클라이언트 인증서를 발급한 CA의 루트와 중간 인증서를 컴퓨터 저장소에 설치하고 해지 목록에 연결되는지 확인합니다"
            )
        } else {
            say!(
                "give the account a mapping, and publish the issuing CA to NTAuth (certutil -dspublish -f ca.cer NTAuthCA); where no mapping is wanted nothing is to be done",
                "계정에 매핑을 만들고 발급 CA를 NTAuth에 게시합니다(certutil -dspublish -f ca.cer NTAuthCA). 매핑을 쓰지 않으면 할 일이 없습니다"
            )
        };
        found.push(f.cure(Cure::new(Safety::Manual, cure)));
    }
    Ok(found.into())
}
