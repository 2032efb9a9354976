//! HTTP.sys logs that it could not use a record: event 15021, and the status in it.
use super::commands::{Commands, called, place};
use super::records::{has_key, held, machines, own, works};
use crate::{Cited, Judged, Look, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Binding, Event, Stored};
use tlsdiag_model::{Arg, Cause, Code, Cure, Impact, Layer, Platform, Reading, Safety, Tpl, say};

/// Event 15021.
pub static RULE: Rule = Rule {
    code: Code(4017),
    slug: "ssl-configuration-error",
    title: Tpl {
        en: "HTTP.sys cannot use the record of the endpoint",
        ko: "HTTP.sys가 엔드포인트의 레코드를 사용하지 못함",
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindHttpsysStale, Cause::KeyMissing, Cause::KeyAcl],
    explains: &[explains(5001), explains(5002)],
    routine: false,
    check,
    sources: &[
        "Microsoft-Windows-HttpEvent manifest: event 15021 (0xC0003AAD), status in the last four octets",
        "Microsoft-Windows-HttpService manifest: events 56, 61 and 94",
        "Microsoft: NTSTATUS values; COM error codes (Security)",
    ],
    page: page!("configuration_error"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let at_us = |ev: &Event| {
        matches!(ev.source.as_str(), "HttpEvent" | "HttpService")
            && ev.endpoint.as_ref().is_some_and(|s| (s.addr, s.port, &s.name) == (e.addr, e.port, &e.name))
    };
    let failed =
        |ev: &Event| matches!((ev.source.as_str(), ev.id), ("HttpEvent", 15021) | ("HttpService", 56 | 61 | 94));
    let mut all: Vec<_> = look.seen::<Event>().filter(|ev| at_us(ev) && failed(ev)).collect();
    all.sort_by_key(|ev| (ev.row.span.last, ev.row.what.code, ev.at));
    let Some(ev) = all.last() else { return Err(Stop::NotApplicable) };
    // made or changed after the last of them: another record than the one it spoke of
    let since = look
        .seen::<Event>()
        .filter(|o| at_us(o) && matches!(o.id, 15301 | 15302))
        .map(|o| o.row.span.last)
        .filter(|t| *t > ev.row.span.last)
        .min();
    let mended = since.is_some() || works(look, e);
    let headline = match ev.code {
        _ if ev.id == 61 => say!(
            "HTTP.sys found no record for {place} (event 61 of HttpService)",
            "HTTP.sys가 {place}의 레코드를 찾지 못했습니다(HttpService 이벤트 61)",
            place = Arg::quote(shown(e))
        ),
        Some(c) => say!(
            "HTTP.sys could not use the record {place}: status {code} (event {id})",
            "HTTP.sys가 레코드 {place:을} 사용하지 못했습니다(이벤트 {id}, 상태 {code})",
            place = Arg::quote(shown(e)),
            id = Arg::num(ev.id),
            code = Arg::term(format!("0x{c:08x}"))
        ),
        None => say!(
            "HTTP.sys could not use the record {place} (event {id})",
            "HTTP.sys가 레코드 {place:을} 사용하지 못했습니다(이벤트 {id})",
            place = Arg::quote(shown(e)),
            id = Arg::num(ev.id)
        ),
    };
    let (labels, meaning) = if ev.id == 61 {
        let nothing =
            say!("nothing fits the connection, which is then reset", "연결에 맞는 레코드가 없어 연결을 재설정합니다");
        (&[Cause::BindHttpsysMissing] as &[Cause], nothing)
    } else {
        read(ev.code)
    };
    let at_hand = own(look, e).into_iter().find_map(|s| in_its_store(look, &s.cited));
    let labels = match &at_hand {
        Some(_) if labels.contains(&Cause::BindHttpsysStale) && labels.len() > 1 => {
            &[Cause::KeyAcl, Cause::KeyNonpersisted, Cause::KeyMissing]
        }
        _ => labels,
    };
    let mut f =
        look.behaves(if mended { Impact::Note } else { Impact::Broken }, ev, headline).labels(labels).because(meaning);
    f.count = all
        .iter()
        .filter(|o| o.code == ev.code && o.at != ev.at && o.row.span != ev.row.span)
        .fold(ev.row.count, |n, o| n.saturating_add(o.row.count));
    if let Some(c) = &at_hand {
        f = f.and(c.at).because(say!(
            "the certificate is in that store and has a key: so it is the key that cannot be used",
            "인증서는 그 저장소에 있고 개인 키가 연결되어 있습니다. 따라서 개인 키를 쓸 수 없는 것입니다"
        ));
    }
    if let Some(t) = since {
        f = f.because(say!(
            "the record was made anew at {when}",
            "레코드가 {when}에 다시 만들어졌습니다",
            when = Arg::Moment(t)
        ));
    }
    let commands = Commands::of(look);
    let mut c = Cure::new(
        Safety::Safe,
        say!(
            "look whether the certificate of the record lies in the store that it names, with its key",
            "레코드의 인증서가 지정된 저장소에 개인 키와 함께 있는지 확인합니다"
        ),
    )
    .run(Platform::Windows, commands.show_records());
    for s in own(look, e).iter().take(1) {
        f = f.and(s.cited.at);
        if let Reading::Good(t) = &s.cited.row.what.hash {
            c = c.run(Platform::Windows, commands.show_stored(s.cited.store.as_deref().unwrap_or("my"), t));
            f = f.because(say!(
                "the record {record} names {thumb}",
                "레코드 {record}의 지문: {thumb}",
                record = Arg::quote(called(&s.cited)),
                thumb = Arg::term(t)
            ));
        }
    }
    let bind = Cure::new(Safety::Confirm, say!("then bind it again", "그런 다음 다시 바인딩합니다"));
    let b = own(look, e)
        .into_iter()
        .next()
        .map_or_else(|| Binding::new(e.addr, e.port, e.name.clone(), Reading::Empty), |s| s.cited.row.what.clone());
    Ok(f.cure(c).cure(commands.replace(bind, &b, None, b.store.as_deref())).into())
}

fn shown(e: &tlsdiag_model::Endpoint) -> String {
    e.name.as_ref().map_or_else(|| place(e.addr, e.port), |n| format!("{n}:{}", e.port))
}

/// The entry of the store that the record names, if it has a key.
fn in_its_store<'a>(look: &Look<'a>, b: &Binding) -> Option<Cited<'a, Stored>> {
    let Reading::Good(t) = &b.hash else { return None };
    let store = b.store.as_deref().unwrap_or("MY");
    held(look, t).into_iter().find(|s| machines(s) && s.store.eq_ignore_ascii_case(store) && has_key(s) == Some(true))
}

/// What a status says.
fn read(code: Option<u32>) -> (&'static [Cause], tlsdiag_model::Say) {
    use Cause::{BindHttpsysStale, KeyAcl, KeyDamaged, KeyMissing};
    match code {
        Some(0xc000_005f | 0x8007_0520) => (
            &[BindHttpsysStale, KeyMissing, KeyAcl],
            say!(
                "no such logon session: the certificate is not in the machine's store, or has no key of the machine",
                "해당 로그온 세션이 없음: 인증서가 컴퓨터 저장소에 없거나 컴퓨터의 개인 키가 없습니다"
            ),
        ),
        Some(0xc000_0225 | 0xc000_0034 | 0x8009_2004 | 0x8007_0002 | 0x8007_0490) => (
            &[BindHttpsysStale],
            say!("not found: the certificate is not in the store", "찾을 수 없음: 인증서가 저장소에 없습니다"),
        ),
        Some(0x8009_0016) => (
            &[KeyMissing, KeyAcl],
            say!("the key container does not exist, or may not be opened", "키 컨테이너가 없거나 열 권한이 없습니다"),
        ),
        Some(0xc000_0022 | 0x8007_0005) => {
            (&[KeyAcl], say!("access denied: the key may not be read", "액세스 거부: 개인 키를 읽을 수 없습니다"))
        }
        Some(0x8009_001a) => {
            (&[KeyDamaged, KeyMissing], say!("the key's entry is damaged", "키 항목이 손상되었습니다"))
        }
        Some(0x8009_030d | 0x8009_030e) => (
            &[KeyMissing, KeyAcl],
            say!(
                "no usable credentials: the key cannot be used",
                "사용할 수 있는 자격 증명이 없음: 개인 키를 쓸 수 없습니다"
            ),
        ),
        _ => (
            &[BindHttpsysStale, KeyMissing, KeyAcl],
            say!(
                "the certificate is gone, has no key, or the key may not be read",
                "인증서가 없거나, 개인 키가 없거나, 개인 키를 읽을 수 없습니다"
            ),
        ),
    }
}
