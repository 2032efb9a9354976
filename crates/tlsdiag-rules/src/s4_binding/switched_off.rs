//! A record of HTTP.sys carries switches of its own: versions, HTTP/2, or the whole endpoint switched off.
use super::commands::{Commands, called};
use super::records::{Need, need, own, sites_at, works};
use crate::{Judged, Look, Over, Rule, State, Stop, explains, page};
use std::collections::BTreeSet;
use tlsdiag_model::facts::{Binding, RecordFlag};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Reading, Safety, Tpl, Who, say};

/// First build whose Schannel speaks TLS 1.3 as a server: Server 2022.
const TLS13: u32 = 20348;

/// Switched off.
pub static RULE: Rule = Rule {
    code: Code(4014),
    slug: "switched-off-for-binding",
    title: Tpl { en: "the binding switches something off", ko: "바인딩에서 꺼진 기능이 있음" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindFlagsWrong, Cause::ProtoRegistryDisabled],
    explains: &[explains(5001), explains(5002)],
    routine: false,
    check,
    sources: &[
        "Microsoft: netsh http add sslcert (reject, disablehttp2, disabletls12, disabletls13, disablelegacytls)",
        "Microsoft: IIS <binding> sslFlags (4 HTTP/2, 32 TLS 1.3, 64 older TLS)",
        "Microsoft: Protocols in TLS/SSL (Schannel SSP): TLS 1.3 from Server 2022",
    ],
    page: page!("switched_off"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let mut out: Vec<Finding> = vec![];
    let mut any = false;
    for s in own(look, e) {
        let b = &s.cited.row.what;
        let Some(flags) = &b.flags else { continue };
        if matches!(need(look, b), Need::Nobody(_)) {
            continue;
        }
        any = true;
        out.extend(of_record(look, &s, flags, works(look, e)));
    }
    for s in sites_at(look, e) {
        let Some(flags) = s.flags else { continue };
        any = true;
        let off: Vec<Arg> = [(4, "HTTP/2"), (16, "QUIC"), (32, "TLS 1.3"), (64, "TLS 1.0, TLS 1.1")]
            .into_iter()
            .filter(|(bit, _)| flags & bit != 0)
            .map(|(_, what)| Arg::term(what))
            .collect();
        if off.is_empty() {
            continue;
        }
        let headline = say!(
            "the https binding of site {site} switches {what} off (sslFlags {flags})",
            "사이트 {site}의 https 바인딩에서 {what:이} 꺼져 있습니다(sslFlags {flags})",
            site = Arg::quote(&s.site),
            what = Arg::List(off),
            flags = Arg::num(flags)
        );
        out.push(look.reads_as(Impact::Note, &s, headline).cure(Cure::new(
            Safety::Confirm,
            say!(
                "where that is not meant, clear the box in the binding's dialog in IIS Manager",
                "의도한 것이 아니면 IIS 관리자의 바인딩 대화 상자에서 해당 선택을 해제합니다"
            ),
        )));
    }
    if any { Ok(out.into()) } else { Err(Stop::NotApplicable) }
}

fn of_record<'a>(
    look: &Look<'a>,
    s: &State<'a, Binding>,
    flags: &BTreeSet<RecordFlag>,
    works: bool,
) -> Option<Finding> {
    use RecordFlag::{DisableHttp2, DisableLegacyTls, DisableTls12, DisableTls13, RejectConnections};
    let b = &s.cited.row.what;
    let has = |f: RecordFlag| flags.contains(&f);
    let record = || Arg::quote(called(b));
    let has13 = look.version().build.is_none_or(|n| n >= TLS13);
    let (impact, headline) = if has(RejectConnections) && !works {
        let say = say!(
            "the HTTP.sys record {record} rejects every connection",
            "HTTP.sys 레코드 {record:이} 모든 연결을 거부합니다",
            record = record()
        );
        (Impact::Broken, say)
    } else if has(DisableTls12) && (has(DisableTls13) || !has13) && !works {
        let say = say!(
            "the HTTP.sys record {record} leaves no version of TLS that today's clients speak",
            "HTTP.sys 레코드 {record}에 요즘 클라이언트가 쓰는 TLS 버전이 남아 있지 않습니다",
            record = record()
        );
        (Impact::Broken, say)
    } else if has(DisableTls12) {
        let say = say!(
            "the HTTP.sys record {record} switches TLS 1.2 off",
            "HTTP.sys 레코드 {record}에서 TLS 1.2가 꺼져 있습니다",
            record = record()
        );
        (Impact::Partial, say)
    } else {
        let off: Vec<Arg> =
            [(DisableHttp2, "HTTP/2"), (DisableTls13, "TLS 1.3"), (DisableLegacyTls, "TLS 1.0, TLS 1.1")]
                .into_iter()
                .filter(|(f, _)| has(*f))
                .map(|(_, what)| Arg::term(what))
                .collect();
        if off.is_empty() {
            return None;
        }
        let say = say!(
            "the HTTP.sys record {record} switches {what} off",
            "HTTP.sys 레코드 {record}에서 {what:이} 꺼져 있습니다",
            record = record(),
            what = Arg::List(off)
        );
        (Impact::Note, say)
    };
    let mut f = look.state(impact, s, headline);
    if impact == Impact::Partial {
        f = f.who(Who::Clients(say!("clients that speak no TLS 1.3", "TLS 1.3을 쓰지 않는 클라이언트")));
    }
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "where that is not meant, make the record anew without the switch; its options stand in: netsh http add sslcert ?",
            "의도한 것이 아니면 이 옵션 없이 레코드를 다시 만듭니다. 옵션 목록: netsh http add sslcert ?"
        ),
    );
    let thumb = match &b.hash {
        Reading::Good(t) => Some(t),
        _ => None,
    };
    Some(f.cure(Commands::of(look).replace(c, b, thumb, b.store.as_deref())))
}
