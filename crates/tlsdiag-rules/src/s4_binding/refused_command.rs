//! netsh refused to make or change a record, and printed an error: what each of them means.
use super::commands::{Commands, place};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, page};
use tlsdiag_model::facts::Event;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Tpl, say};

/// Refused.
pub static RULE: Rule = Rule {
    code: Code(4032),
    slug: "binding-refused",
    title: Tpl { en: "netsh refused to bind the certificate", ko: "netsh가 인증서를 바인딩하지 못함" },
    layer: Layer::Bind,
    over: Over::Hosts,
    causes: &[Cause::KeyNonpersisted, Cause::KeyMissing],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "Microsoft: System error codes (5, 32, 87, 183, 1312, 10013, 10048)",
        "Microsoft: netsh http add sslcert",
    ],
    page: page!("refused_command"),
};

fn check(look: &Look<'_>) -> Judged {
    let mut all: Vec<_> = look.seen::<Event>().filter(|ev| ev.source == "netsh").collect();
    if all.is_empty() {
        return Err(Stop::NotApplicable);
    }
    all.sort_by_key(|ev| (ev.row.what.id, ev.row.what.endpoint.clone(), ev.row.what.thumb.clone(), ev.at));
    all.dedup_by(|a, b| a.row.what == b.row.what);
    let found: Vec<Finding> = all.iter().filter_map(|ev| told(look, ev)).collect();
    Ok(if found.is_empty() { Outcome::Pass } else { found.into() })
}

fn told<'a>(look: &Look<'a>, ev: &Cited<'a, Event>) -> Option<Finding> {
    let (labels, why, what): (&[Cause], Say, Say) = match ev.id {
        1312 => (
            &[Cause::KeyNonpersisted, Cause::KeyMissing, Cause::BindFlagsWrong],
            say!(
                "1312: the certificate is not in that store of the machine, or has no private key that the machine keeps (imported for a user, without its key, or with a broken key set)",
                "1312: 인증서가 컴퓨터의 그 저장소에 없거나, 컴퓨터가 보관하는 개인 키가 없습니다(사용자로 가져왔거나, 개인 키 없이 가져왔거나, 키 집합이 손상됨)"
            ),
            say!(
                "import the PFX for the computer account, then bind again; where the key is on the machine but not tied to the certificate, certutil -repairstore ties it",
                "컴퓨터 계정으로 PFX를 가져온 뒤 다시 바인딩합니다. 개인 키가 컴퓨터에 있으나 인증서와 연결되지 않았으면 certutil -repairstore로 연결합니다"
            ),
        ),
        87 => (
            &[Cause::BindThumbprintHiddenChar, Cause::BindFlagsWrong],
            say!(
                "87: the thumbprint or the application id is not well formed: an invisible character from the certificate's dialog, blanks, a missing digit, or braces without quotes in PowerShell",
                "87: 지문이나 애플리케이션 ID의 형식이 잘못되었습니다(인증서 대화 상자에서 복사된 보이지 않는 문자, 공백, 빠진 자리, PowerShell에서 따옴표 없는 중괄호)"
            ),
            say!(
                "type the thumbprint by hand or take it from certutil, forty digits without blanks, and put the id in quotes",
                "지문을 직접 입력하거나 certutil 출력에서 가져와 공백 없이 40자리로 쓰고, ID는 따옴표로 묶습니다"
            ),
        ),
        32 | 10013 | 10048 => (
            &[Cause::BindPortOwner],
            say!(
                "the port is in use by another program, or reserved",
                "다른 프로그램이 포트를 쓰고 있거나 예약되어 있습니다"
            ),
            say!(
                "find out who has the port; also look at: netsh interface ipv4 show excludedportrange tcp",
                "포트를 쓰는 프로그램을 찾습니다. netsh interface ipv4 show excludedportrange tcp도 확인합니다"
            ),
        ),
        183 => (
            &[Cause::BindHttpsysStale],
            say!("183: a record for that place is there already", "183: 그 위치의 레코드가 이미 있습니다"),
            say!("delete the record first, then add it", "레코드를 먼저 삭제한 뒤 추가합니다"),
        ),
        _ => return None,
    };
    let headline = match ev.endpoint.as_ref() {
        Some(s) => say!(
            "netsh could not bind a certificate to {place}: error {id}",
            "netsh가 {place}에 인증서를 바인딩하지 못했습니다(오류 {id})",
            place = Arg::quote(s.name.as_ref().map_or_else(|| place(s.addr, s.port), |n| format!("{n}:{}", s.port))),
            id = Arg::num(ev.id)
        ),
        None => say!(
            "netsh could not bind a certificate: error {id}",
            "netsh가 인증서를 바인딩하지 못했습니다(오류 {id})",
            id = Arg::num(ev.id)
        ),
    };
    let impact = if ev.id == 183 { Impact::Note } else { Impact::Broken };
    let mut f = look.behaves(impact, ev, headline).labels(labels).because(why);
    let commands = Commands::of(look);
    let mut c = Cure::new(Safety::Confirm, what).run(Platform::Windows, commands.show_records());
    if let Some(t) = &ev.row.what.thumb {
        f = f.because(say!("it was to be {thumb}", "바인딩하려던 인증서: {thumb}", thumb = Arg::term(t)));
        c = c.run(Platform::Windows, commands.show_stored("my", t));
    }
    if ev.id == 1312 {
        c = c.run(Platform::Windows, commands.import_pfx("MY"));
    }
    if let (32 | 10013 | 10048, Some(s)) = (ev.id, &ev.row.what.endpoint) {
        c = c.run(Platform::Windows, commands.port_owner(s.port));
    }
    Some(f.cure(c))
}
