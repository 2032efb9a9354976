//! The direct way is closed, and clients on this machine are told to go through a proxy.
use super::{connect::unopened, plain};
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{ConnectEnd, Proxy};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Name, Platform, Safety, Standing, Subject, Tpl, say};

/// A proxy is configured and the direct way is blocked.
pub static RULE: Rule = Rule {
    code: Code(104),
    slug: "proxy-needed",
    title: Tpl { en: "this network is left through a proxy", ko: "프록시를 거쳐야 하는 네트워크" },
    layer: Layer::Reach,
    over: Over::Paths,
    causes: &[Cause::NetProxyNeeded],
    explains: &[explains(101), explains(102), explains(103)],
    routine: false,
    check,
    sources: &["RFC 9110 section 9.3.6 (CONNECT)", "curl(1) (https_proxy, no_proxy)"],
    page: page!("proxy_needed"),
};

fn check(look: &Look<'_>) -> Judged {
    let Subject::Path { from, to } = look.subject() else { return Err(Stop::NotApplicable) };
    let (addr, port) = look.address()?;
    let Some(c) = unopened(look)? else { return Ok(Outcome::Pass) };
    // no proxy leads back to the machine itself
    if addr.is_loopback() || matches!(c.end, ConnectEnd::Failed(_)) {
        return Ok(Outcome::NotApplicable);
    }
    let proxies: Vec<_> = look.seen_on::<Proxy>(*from).collect();
    let Some(proxy) = proxies.iter().filter(|p| !p.exempt).min_by(|a, b| a.row.what.cmp(&b.row.what)) else {
        if proxies.is_empty() {
            look.whole_on::<Proxy>(*from)?;
        }
        return Ok(Outcome::Pass);
    };
    let f = look
        .behaves(
            Impact::Broken,
            &c,
            say!(
                "the direct way to {addr} is closed, and clients here are told to use a proxy",
                "{addr:로} 바로 가는 길은 막혀 있고, 이곳의 클라이언트는 프록시를 쓰도록 설정되어 있습니다",
                addr = Arg::quote(addr)
            ),
        )
        .at_most(Standing::Likely)
        .and(proxy.at)
        .because(say!(
            "{setting} names the proxy {at}, and the site is not exempt; tlsdiag connects directly",
            "{setting}에 프록시 {at:이} 지정되어 있고 이 사이트는 예외가 아닙니다. tlsdiag는 직접 연결합니다",
            setting = Arg::quote(&proxy.setting),
            at = Arg::quote(&proxy.row.what.at)
        ));
    let f = if c.end == ConnectEnd::Refused { f.labels(&[Cause::NetProxyNeeded, Cause::BindNoListener]) } else { f };
    let through = Cure::new(
        Safety::Safe,
        say!(
            "try it through the proxy: an answer there means that the site is well and only the direct way is closed",
            "프록시를 거쳐 시도해 봅니다. 응답이 오면 사이트는 정상이고 직접 가는 길만 막힌 것입니다"
        ),
    );
    let (scheme, rest) = proxy.row.what.at.split_once("://").unwrap_or(("http", &proxy.row.what.at));
    let (scheme, host) = (Name::new(scheme), Name::new(rest));
    let through = match (plain(&scheme).zip(plain(&host)), to.name.as_ref().and_then(plain)) {
        (Some((scheme, at)), Some(name)) => {
            through.run(Platform::Any, format!("curl -v -x {scheme}://{at} https://{name}:{port}/"))
        }
        _ => through,
    };
    Ok(f.cure(through)
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "give the program that fails the same proxy, or have the way out opened for it",
                "연결에 실패하는 프로그램에 같은 프록시를 설정하거나, 나가는 길을 열도록 요청합니다"
            ),
        ))
        .into())
}
