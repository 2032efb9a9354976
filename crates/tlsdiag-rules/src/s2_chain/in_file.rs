//! What is said otherwise of a chain that lies in a file: which file to use instead, and how to write the right one.
use super::chain::Chain;
use super::words::{called, date};
use crate::look::{Cited, Look};
use crate::s1_key::at_hand::{beside, certificates, file, in_command, key_path};
use std::sync::Arc;
use tlsdiag_model::facts::{Filed, Identity, KeyAt, Thing};
use tlsdiag_model::{Arg, CertId, Cure, Finding, Fingerprint, Impact, Platform, Safety, Sight, say};
use tlsdiag_pki::{Certificate, names};

/// The files of an identity that are given to commands, its certificates' first, then `more`.
fn inputs(i: &Identity, more: &[&str]) -> String {
    let mut all = vec![in_command(&i.path, "cert.pem")];
    for m in more {
        let m = in_command(m, "chain.pem");
        if !all.contains(&m) {
            all.push(m);
        }
    }
    all.join(" ")
}

/// How an issuer comes into the file: another file that has it already, one at hand that is joined to it, or the CA.
pub(super) fn cures(
    chain: &Chain<'_>,
    i: &Cited<'_, Identity>,
    f: Finding,
    child: &Certificate,
    needed: &[Arc<Certificate>],
) -> Finding {
    let look = chain.look;
    if let Some(path) = better(chain, i, needed) {
        return f.cure(instead(i, &path));
    }
    let near: Vec<String> = {
        let mut paths: Vec<String> = chain.at_hand(needed).iter().map(|(at, _)| at.path.to_string()).collect();
        paths.dedup();
        paths.retain(|p| **p != *i.path);
        paths
    };
    let near: Vec<&str> = near.iter().take(3).map(String::as_str).collect();
    let form = file(look, &i.path).map_or_else(|| "pem".to_owned(), |x| x.form.clone());
    let container = matches!(form.as_str(), "pkcs12" | "jks" | "jceks");
    let ending = if container { "-full.pfx" } else { "-fullchain.pem" };
    let (full, files) = (beside(&i.path, ending, "fullchain.pem"), inputs(i, &near));
    let order: Vec<Arg> = needed.iter().map(|c| called(c)).collect();
    let write = if order.is_empty() {
        say!(
            "write a file with the server's certificate first, then every intermediate, without the root",
            "서버 인증서를 먼저, 이어서 모든 중간 인증서를 넣고 루트는 뺀 파일을 만듭니다"
        )
    } else {
        say!(
            "write a file with the server's certificate first, then {order}",
            "서버 인증서를 먼저, 이어서 {order:을} 넣은 파일을 만듭니다",
            order = Arg::List(order)
        )
    };
    let mut cure = Cure::new(Safety::Safe, write);
    if !near.is_empty() && form == "pem" {
        cure = cure.run(Platform::Linux, format!("cat {files} > {full}"));
    }
    cure = cure.run(Platform::Any, format!("tlsdiag fix {files} -o {full}"));
    let url = child.extensions.ca_issuers.iter().find_map(|u| super::words::plain_url(u));
    if let Some(url) = url.filter(|_| near.is_empty() && form == "pem") {
        cure = cure
            .run(Platform::Linux, format!("curl -o issuer.der {url}"))
            .run(Platform::Linux, format!("openssl x509 -inform der -in issuer.der | cat {files} - > {full}"));
    }
    if container || form == "der" {
        return f.cure(cure).cure(
            Cure::new(
                Safety::Confirm,
                say!(
                    "or, for IIS, import the intermediate into the machine's Intermediate Certification Authorities store",
                    "IIS라면 중간 인증서를 컴퓨터의 '중간 인증 기관' 저장소에 가져와도 됩니다"
                ),
            )
            .run(Platform::Windows, "certutil -addstore CA issuer.cer"),
        );
    }
    f.cure(
        cure.run(Platform::Any, format!("nginx:   ssl_certificate     {full};"))
            .run(Platform::Any, format!("Apache:  SSLCertificateFile  {full}")),
    )
}

/// A file at hand that begins with the same certificate and holds what is needed, in order.
fn better(chain: &Chain<'_>, i: &Identity, needed: &[Arc<Certificate>]) -> Option<String> {
    let mut wanted: Vec<CertId> = vec![i.leaf];
    wanted.extend(needed.iter().map(|c| Fingerprint(c.id.0)));
    if needed.is_empty() {
        return None;
    }
    let mut paths: Vec<String> =
        chain.at_hand(needed).iter().map(|(at, _)| at.path.to_string()).filter(|p| **p != *i.path).collect();
    paths.dedup();
    let form = |p: &str| file(chain.look, p).map(|f| f.form.clone());
    let alike = form(&i.path);
    paths.into_iter().find(|p| form(p) == alike && certificates(chain.look, p).starts_with(&wanted))
}

/// Use that one.
fn instead(i: &Identity, path: &str) -> Cure {
    let plain = in_command(path, "fullchain.pem");
    Cure::new(
        Safety::Confirm,
        say!(
            "use {better} instead of {file}: it holds the same certificate with its chain",
            "{file} 대신 {better:을} 씁니다. 같은 인증서와 체인이 들어 있습니다",
            better = Arg::quote(path),
            file = Arg::quote(&i.path)
        ),
    )
    .run(Platform::Any, format!("nginx:   ssl_certificate     {plain};"))
    .run(Platform::Any, format!("Apache:  SSLCertificateFile  {plain}"))
}

/// Authorities alone.
pub(super) fn only_authorities(chain: &Chain<'_>, i: &Cited<'_, Identity>) -> Finding {
    let names: Vec<Arg> = chain.trust.sent.iter().take(4).map(|c| called(c)).collect();
    let f = chain
        .says(
            Impact::Broken,
            say!(
                "{file} holds certificates of authorities alone, no server's",
                "{file}에 인증 기관의 인증서만 있고 서버 인증서가 없습니다",
                file = Arg::quote(&i.path)
            ),
        )
        .because(say!("in it: {names}", "들어 있는 것: {names}", names = Arg::List(names)));
    // one that such an authority issued, in another file
    let issued = |c: &Certificate| !c.is_ca() && chain.trust.sent.iter().any(|a| c.issuer.matches(&a.subject));
    let Some((at, c)) = found(chain, issued) else {
        return f.cure(Cure::new(
            Safety::Manual,
            say!(
                "name the file whose first certificate is the server's own, such as fullchain.pem",
                "fullchain.pem처럼 서버 자신의 인증서가 맨 앞에 있는 파일을 지정합니다"
            ),
        ));
    };
    f.and(at.at)
        .because(say!(
            "{file} at hand holds the certificate of {name}, which was issued by one of them",
            "{file}에 이 가운데 하나가 발급한 {name}의 인증서가 있습니다",
            file = Arg::quote(&at.path),
            name = called(&c)
        ))
        .cure(other_file(&at))
}

/// The chain holds, but its certificates lie in several files.
pub(super) fn in_two(chain: &Chain<'_>, i: &Cited<'_, Identity>, own: &[CertId]) -> Finding {
    let others: Vec<Arc<Certificate>> =
        chain.trust.sent.iter().filter(|c| !own.contains(&Fingerprint(c.id.0))).cloned().collect();
    let held = chain.at_hand(&others);
    let mut paths: Vec<String> = held.iter().map(|(at, _)| at.path.to_string()).collect();
    paths.dedup();
    let mut f = chain.says(
        Impact::Note,
        say!(
            "{file} alone lacks the intermediates, which lie in {others}",
            "{file}에는 중간 인증서가 없고 {others}에 있습니다",
            file = Arg::quote(&i.path),
            others = Arg::List(paths.iter().map(Arg::quote).collect())
        ),
    );
    for (at, _) in &held {
        f = f.and(at.at);
    }
    let more: Vec<&str> = paths.iter().map(String::as_str).collect();
    let (files, full) = (inputs(i, &more), beside(&i.path, "-fullchain.pem", "fullchain.pem"));
    f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "for servers that read one file (nginx, HAProxy, Node.js, Apache since 2.4.8) join them",
                "한 파일만 읽는 서버(nginx, HAProxy, Node.js, 2.4.8 이상의 Apache)라면 합칩니다"
            ),
        )
        .run(Platform::Linux, format!("cat {files} > {full}"))
        .run(Platform::Any, format!("tlsdiag fix {files} -o {full}")),
    )
}

/// The key belongs to a certificate further down in the file, or a CA's comes first.
pub(super) fn leaf_not_first(
    chain: &Chain<'_>,
    i: &Cited<'_, Identity>,
    first: &Certificate,
    leaf: &Certificate,
) -> Finding {
    let mut f = chain.says(
        Impact::Broken,
        say!(
            "the server's own certificate does not come first in {file}",
            "{file}에서 서버 자신의 인증서가 맨 앞에 있지 않습니다",
            file = Arg::quote(&i.path)
        ),
    );
    let at = i.chain.iter().position(|id| *id == i.leaf).map_or(0, |n| n.saturating_add(1));
    f = match &i.key {
        Sight::Saw(KeyAt::Is(key)) => f
            .because(say!(
                "the key in {key} belongs to the certificate of {leaf}, number {n} in the file; first comes {first}",
                "{key}의 개인 키는 파일의 {n}번째인 {leaf}의 인증서의 것인데, 맨 앞에는 {first:이} 있습니다",
                key = Arg::quote(key),
                leaf = called(leaf),
                n = Arg::num(at),
                first = called(first)
            ))
            .because(say!(
                "servers hold the key against the first certificate and say 'key values mismatch'",
                "서버는 첫 번째 인증서와 개인 키를 비교하고 'key values mismatch'라고 합니다"
            )),
        _ => f.because(say!(
            "first comes the CA certificate {first}; the one for {leaf} is number {n}",
            "맨 앞에 CA 인증서 {first:이} 있고 {leaf}의 인증서는 {n}번째에 있습니다",
            first = called(first),
            leaf = called(leaf),
            n = Arg::num(at)
        )),
    };
    let mut more: Vec<&str> = vec![];
    more.extend(key_path(i).filter(|k| **k != *i.path && matches!(i.key, Sight::Saw(KeyAt::Is(_)))));
    let sorted = beside(&i.path, "-sorted.pem", "sorted.pem");
    f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "write the file anew: the server's certificate first, then the one that issued it, and so on",
                "서버 인증서, 그 발급자, 그 위의 발급자 순으로 파일을 다시 씁니다"
            ),
        )
        .run(Platform::Any, format!("tlsdiag fix {} -o {sorted}", inputs(i, &more)))
        .run(Platform::Linux, "cat server.pem intermediate.pem > fullchain.pem"),
    )
}

/// A certificate in the file that cannot be read: servers do not start with it.
pub(super) fn unreadable(look: &Look<'_>, i: &Cited<'_, Identity>) -> Option<Finding> {
    if i.unreadable.is_empty() {
        return None;
    }
    let mut f = look.reads_as(
        Impact::Broken,
        i,
        say!(
            "a certificate in {file} cannot be read",
            "{file}에 읽을 수 없는 인증서가 있습니다",
            file = Arg::quote(&i.path)
        ),
    );
    for (at, why) in i.unreadable.iter().take(3) {
        f = f.because(say!(
            "certificate number {n}: {why}",
            "{n}번째 인증서: {why}",
            n = Arg::num(u64::from(*at).saturating_add(1)),
            why = Arg::quote(why)
        ));
    }
    Some(f.because(say!(
        "nginx, Apache and HAProxy read the whole file and do not start with such a one",
        "nginx, Apache, HAProxy는 파일 전체를 읽으므로 이런 인증서가 있으면 시작하지 않습니다"
    )))
}

/// A certificate at hand with the same names that is valid longer, and now.
pub(super) fn newer(chain: &Chain<'_>, f: Finding) -> Finding {
    let (leaf, time) = (&chain.trust.leaf, chain.trust.time);
    let names = |c: &Certificate| {
        let mut all: Vec<String> = c.sans().map(ToString::to_string).collect();
        all.sort();
        all
    };
    let fits = |c: &Certificate| {
        c.not_before <= time
            && time <= c.not_after
            && c.not_after > leaf.not_after
            && names(c) == names(leaf)
            && !c.is_ca()
    };
    let Some((at, c)) = found(chain, fits) else { return f };
    f.and(at.at)
        .because(say!(
            "{file} at hand holds one for the same names, valid until {day}",
            "{file}에 같은 이름의 인증서가 있으며 {day}까지 유효합니다",
            file = Arg::quote(&at.path),
            day = date(c.not_after)
        ))
        .cure(other_file(&at))
}

/// A certificate at hand that covers the host.
pub(super) fn covering(chain: &Chain<'_>, f: Finding, host: &str) -> Finding {
    let Some(meant) = chain.trust.host.as_ref() else { return f };
    let time = chain.trust.time;
    let fits =
        |c: &Certificate| !c.is_ca() && c.not_before <= time && time <= c.not_after && names::covers(c, meant).is_ok();
    let Some((at, _)) = found(chain, fits) else { return f };
    f.and(at.at)
        .because(say!(
            "{file} at hand holds a certificate for {host}",
            "{file}에 {host}의 인증서가 있습니다",
            file = Arg::quote(&at.path),
            host = Arg::quote(host)
        ))
        .cure(other_file(&at))
}

fn other_file(at: &Filed) -> Cure {
    let plain = in_command(&at.path, "OTHER.pem");
    Cure::new(
        Safety::Confirm,
        say!("use {file}, with its own key", "{file:을} 그 개인 키와 함께 씁니다", file = Arg::quote(&at.path)),
    )
    .run(Platform::Any, format!("nginx:   ssl_certificate     {plain};"))
    .run(Platform::Any, format!("Apache:  SSLCertificateFile  {plain}"))
}

/// The certificate in another file that fits, the one that lasts longest.
fn found<'a>(chain: &Chain<'a>, fits: impl Fn(&Certificate) -> bool) -> Option<(Cited<'a, Filed>, Arc<Certificate>)> {
    let path = &chain.shown.identity()?.row.what.path;
    let look = chain.look;
    let read = |f: Cited<'a, Filed>| match f.row.what.what {
        Thing::Cert(id) if f.row.what.path != *path => Some((f, look.derived().certificate(id)?)),
        _ => None,
    };
    let mut all: Vec<_> = look.seen_on::<Filed>(chain.shown.from()).filter_map(read).filter(|(_, c)| fits(c)).collect();
    all.sort_by(|(a, x), (b, y)| (y.not_after, &a.path, a.order, a.at).cmp(&(x.not_after, &b.path, b.order, b.at)));
    all.into_iter().next()
}
