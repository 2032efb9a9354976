//! The site asks its visitors for a certificate: named as what it is, and never mistaken for a fault of its own.
use super::commands::Commands;
use super::records::{CENTRAL, serves, site_name, sites_at};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::{Binding, RecordFlag, SiteAccess, SiteBinding};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Reading, Safety, Standing, Tpl, Who, say};

/// First build whose Schannel speaks TLS 1.3 as a server: Server 2022.
const TLS13: u32 = 20348;

/// Demanded.
pub static RULE: Rule = Rule {
    code: Code(4016),
    slug: "client-certificate-demanded",
    title: Tpl {
        en: "the site asks for a client certificate", ko: "사이트가 클라이언트 인증서를 요구함"
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::HsClientCertRequired, Cause::HsRenegoClientcert],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "Microsoft: IIS <access sslFlags> (SslNegotiateCert, SslRequireCert); status 403.7",
        "Microsoft: netsh http add sslcert (clientcertnegotiation)",
        "RFC 8446 section 4.6.2: post-handshake authentication, which a client must have offered",
    ],
    page: page!("client_demand"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let mine = sites_at(look, e);
    let Some(site) = mine.first() else { return Err(Stop::NotApplicable) };
    let mut asks: Vec<_> = look
        .seen::<SiteAccess>()
        .filter(|a| a.ssl && (a.negotiate || a.require) && of_site(&a.location, &site.site))
        .collect();
    asks.sort_by(|a, b| (!a.require, &a.location, a.at).cmp(&(!b.require, &b.location, b.at)));
    let Some(ask) = asks.first() else { return Err(Stop::NotApplicable) };
    let mut records: Vec<_> = look.seen::<Binding>().filter(|b| serves(b, site)).collect();
    records.sort_by_key(|b| (super::commands::called(b), b.at));
    let late = records
        .iter()
        .find(|b| b.row.what.flags.as_ref().is_some_and(|f| !f.contains(&RecordFlag::NegotiateClientCertificate)));
    Ok(match late.filter(|b| speaks13(look, site, &b.row.what)) {
        Some(b) => after_the_handshake(look, site, ask, b).into(),
        None if ask.require => only_with(look, site, ask).into(),
        None => Outcome::NotApplicable,
    })
}

/// Is the place of the demand the site, the whole server, or a path of the site?
fn of_site(location: &str, site: &str) -> bool {
    location.is_empty()
        || location.eq_ignore_ascii_case(site)
        || location.get(..site.len()).is_some_and(|l| l.eq_ignore_ascii_case(site))
            && location.get(site.len()..).is_some_and(|r| r.starts_with('/'))
}

fn speaks13(look: &Look<'_>, s: &SiteBinding, b: &Binding) -> bool {
    look.version().build.is_some_and(|n| n >= TLS13)
        && s.flags.unwrap_or(0) & 32 == 0
        && !b.flags.as_ref().is_some_and(|f| f.contains(&RecordFlag::DisableTls13))
}

fn only_with<'a>(
    look: &Look<'a>,
    site: &Cited<'a, SiteBinding>,
    ask: &Cited<'a, SiteAccess>,
) -> tlsdiag_model::Finding {
    let headline = say!(
        "site {site} lets in only visitors with a client certificate ({location})",
        "사이트 {site:은} 클라이언트 인증서가 있는 방문자만 받습니다({location})",
        site = site_name(site),
        location = place(ask)
    );
    look.reads_as(Impact::Note, ask, headline)
        .and(site.at)
        .labels(&[Cause::HsClientCertRequired])
        .because(say!(
            "whoever has none gets 403.7; the server's own certificate has nothing to do with it",
            "인증서가 없으면 403.7 응답을 받습니다. 서버 인증서의 문제가 아닙니다"
        ))
        .cure(Cure::new(
            Safety::Manual,
            say!(
                "where that is not meant: SSL Settings of the site or folder in IIS Manager, Client certificates: Ignore",
                "의도한 것이 아니면 IIS 관리자에서 사이트나 폴더의 SSL 설정, 클라이언트 인증서를 무시로 바꿉니다"
            ),
        ))
}

/// Asked for by IIS after the handshake: over TLS 1.3 that needs a client that offered it, and browsers do not.
fn after_the_handshake<'a>(
    look: &Look<'a>,
    site: &Cited<'a, SiteBinding>,
    ask: &Cited<'a, SiteAccess>,
    b: &Cited<'a, Binding>,
) -> tlsdiag_model::Finding {
    let headline = say!(
        "site {site} asks for a client certificate only after the handshake, which browsers do not answer over TLS 1.3",
        "사이트 {site:은} 핸드셰이크가 끝난 뒤에 클라이언트 인증서를 요구하며, 브라우저는 TLS 1.3에서 이에 응하지 않습니다",
        site = site_name(site)
    );
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "have HTTP.sys ask within the handshake: make the record anew with clientcertnegotiation=enable; or switch TLS 1.3 off for this binding (sslFlags 32)",
            "핸드셰이크 중에 요구하도록 clientcertnegotiation=enable로 레코드를 다시 만들거나, 이 바인딩에서 TLS 1.3을 끕니다(sslFlags 32)"
        ),
    );
    let mut asking = b.row.what.clone();
    asking.flags.get_or_insert_default().insert(RecordFlag::NegotiateClientCertificate);
    let thumb = match &b.row.what.hash {
        Reading::Good(t) if site.flags.unwrap_or(0) & CENTRAL == 0 => Some(t),
        _ => None,
    };
    look.reads_as(Impact::Partial, ask, headline)
        .and(site.at)
        .and(b.at)
        .at_most(Standing::Likely)
        .labels(&[Cause::HsRenegoClientcert, Cause::HsClientCertRequired])
        .who(Who::Clients(say!(
            "browsers, and programs without post-handshake authentication",
            "브라우저와 핸드셰이크 후 인증을 지원하지 않는 프로그램"
        )))
        .because(say!(
            "the record does not negotiate a client certificate, so IIS asks by itself, at {location}",
            "레코드에서 클라이언트 인증서를 협상하지 않으므로 IIS가 {location}에서 따로 요구합니다",
            location = place(ask)
        ))
        .cure(Commands::of(look).replace(c, &asking, thumb, b.store.as_deref()))
}

fn place(ask: &Cited<'_, SiteAccess>) -> Arg {
    if ask.location.is_empty() { Arg::word("the whole server", "서버 전체") } else { Arg::quote(&ask.location) }
}

#[cfg(test)]
mod tests {
    use super::of_site;

    #[test]
    fn demands_hold_for_what_lies_under_them() {
        assert!(of_site("", "Shop") && of_site("Shop", "shop") && of_site("Shop/admin", "Shop"));
        assert!(!of_site("Shop2", "Shop") && !of_site("Sho", "Shop"));
    }
}
