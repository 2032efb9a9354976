//! A record of HTTP.sys names a certificate that is not where it says, or that has had its day.
use super::commands::{Commands, called};
use super::records::{
    Need, central, covers, has_key, held, machines, names, need, not_after, of_app, own, site_name, successor,
    thumb_of, wanted, weigh, works,
};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, State, Stop, explains, page};
use tlsdiag_model::facts::{Binding, Stored, Whole};
use tlsdiag_model::{
    Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Reading, Safety, Span, Standing, Thumb, Tpl, say,
};

/// In no store.
pub static STALE: Rule = Rule {
    code: Code(4002),
    slug: "stale-hash",
    title: Tpl { en: "HTTP.sys names a certificate that is gone", ko: "HTTP.sys에 없는 인증서가 지정됨" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindHttpsysStale],
    explains: &[explains(5001), explains(5002), explains(4017)],
    routine: false,
    check: stale,
    sources: &[
        "Microsoft: netsh http add sslcert (certhash, certstorename)",
        "Microsoft KB 2025598: event 15021, status 0xC000005F",
    ],
    page: page!("stale_record"),
};

/// In another store.
pub static ELSEWHERE: Rule = Rule {
    code: Code(4003),
    slug: "wrong-store",
    title: Tpl { en: "HTTP.sys looks in the wrong store", ko: "HTTP.sys가 다른 저장소에서 찾음" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindFlagsWrong, Cause::BindHttpsysStale],
    explains: &[explains(5001), explains(5002), explains(4017)],
    routine: false,
    check: elsewhere,
    sources: &["Microsoft: netsh http add sslcert (certstorename; MY where none is given)"],
    page: page!("stale_record"),
};

/// Its successor waits.
pub static REPLACED: Rule = Rule {
    code: Code(4004),
    slug: "replaced-certificate-still-bound",
    title: Tpl { en: "the old certificate is still bound", ko: "갱신 전 인증서가 여전히 바인딩됨" },
    layer: Layer::Bind,
    over: Over::Stored,
    causes: &[Cause::BindHttpsysStale],
    explains: &[explains(2501), explains(2565)],
    routine: false,
    check: replaced,
    sources: &[
        "Microsoft: netsh http add sslcert: a record holds the thumbprint of one certificate, and renewal makes another",
    ],
    page: page!("stale_record"),
};

/// The records of this endpoint that are needed and name a certificate which is not in the store that they name, with the
/// proof that it was read whole, and where else it is.
type Gone<'a> = (State<'a, Binding>, Cited<'a, Whole>, Vec<Cited<'a, Stored>>);

fn gone<'a>(look: &Look<'a>) -> Result<Vec<Gone<'a>>, Stop> {
    let e = look.endpoint()?;
    if works(look, e) {
        return Ok(vec![]);
    }
    let mut out = vec![];
    let mut any = false;
    for s in own(look, e) {
        let b = &s.cited.row.what;
        let Reading::Good(t) = &b.hash else { continue };
        if central(b) || matches!(need(look, b), Need::Nobody(_)) {
            continue;
        }
        any = true;
        let store = b.store.as_deref().unwrap_or("MY");
        let found = held(look, t);
        let here = |s: &Cited<'_, Stored>| machines(s) && (s.store.is_empty() || s.store.eq_ignore_ascii_case(store));
        if found.iter().any(here) {
            continue;
        }
        let whole = look.whole_row(&format!("store:Machine\\{store}"))?;
        out.push((s, whole, found));
    }
    if any { Ok(out) } else { Err(Stop::NotApplicable) }
}

/// Findings of one of the two rules; what the other finds is no pass.
fn or_pass(found: Vec<Finding>, gone: &[Gone<'_>]) -> Outcome {
    if found.is_empty() && !gone.is_empty() { Outcome::NotApplicable } else { found.into() }
}

fn stale(look: &Look<'_>) -> Judged {
    let gone = gone(look)?;
    let none = gone.iter().filter(|g| g.2.is_empty()).map(|(s, whole, _)| in_none(look, s, whole)).collect();
    Ok(or_pass(none, &gone))
}

fn in_none<'a>(look: &Look<'a>, s: &State<'a, Binding>, whole: &Cited<'a, Whole>) -> Finding {
    let b = &s.cited.row.what;
    let Reading::Good(t) = &b.hash else { return look.state(Impact::Note, s, say!("no thumbprint", "지문 없음")) };
    let store = b.store.as_deref().unwrap_or("MY");
    let headline = say!(
        "the HTTP.sys record {record} names certificate {thumb}, which is not in the machine's store {store}",
        "HTTP.sys 레코드 {record}에 지정된 인증서 {thumb:이} 컴퓨터 저장소 {store}에 없습니다",
        record = Arg::quote(called(b)),
        thumb = Arg::term(t),
        store = Arg::quote(store)
    );
    let mut f = weigh(look, s, look.state(Impact::Broken, s, headline)).and(whole.at).because(say!(
        "the store was read whole; HTTP.sys ends the connection where it finds no certificate",
        "저장소 전체를 읽었습니다. HTTP.sys는 인증서를 찾지 못하면 연결을 끊습니다"
    ));
    if let Need::Site(site) = need(look, b) {
        f = f.and(site.at).because(say!(
            "site {site} needs it",
            "사이트 {site}에 필요한 레코드입니다",
            site = site_name(&site)
        ));
    }
    let f = of_app(b, f);
    let commands = Commands::of(look);
    match successor(look, &wanted(look, b), t) {
        Some(new) => {
            let c = Cure::new(
                Safety::Confirm,
                say!(
                    "bind {thumb}, which is in store {store} and fits",
                    "저장소 {store}에 있는 알맞은 인증서 {thumb:을} 바인딩합니다",
                    thumb = thumb_of(&new).map_or(Arg::word("it", "그 인증서"), Arg::term),
                    store = Arg::quote(&new.store)
                ),
            );
            f.and(new.at).cure(commands.replace(c, b, thumb_of(&new), Some(&new.store)))
        }
        None => {
            let c = Cure::new(
                Safety::Confirm,
                say!(
                    "import the certificate with its private key into the machine's store (not the user's), then bind it",
                    "인증서를 개인 키와 함께 (사용자가 아닌) 컴퓨터 저장소로 가져온 뒤 바인딩합니다"
                ),
            )
            .run(Platform::Windows, commands.import_pfx(store));
            f.cure(commands.replace(c, b, None, b.store.as_deref()))
        }
    }
}

fn elsewhere(look: &Look<'_>) -> Judged {
    let gone = gone(look)?;
    // in a user's store alone: the key is not the machine's, which is another fault
    let found = gone.iter().filter_map(|(s, whole, at)| at.iter().find(|c| machines(c)).map(|c| (s, whole, c)));
    let found = found.map(|(s, whole, at)| in_another(look, s, whole, at)).collect();
    Ok(or_pass(found, &gone))
}

fn in_another<'a>(
    look: &Look<'a>,
    s: &State<'a, Binding>,
    whole: &Cited<'a, Whole>,
    at: &Cited<'a, Stored>,
) -> Finding {
    let b = &s.cited.row.what;
    let named = b.store.as_deref().unwrap_or("MY");
    let headline = say!(
        "the HTTP.sys record {record} looks for its certificate in store {named}, it lies in {store}",
        "HTTP.sys 레코드 {record:은} 인증서를 저장소 {named}에서 찾지만 인증서는 {store}에 있습니다",
        record = Arg::quote(called(b)),
        named = Arg::quote(named),
        store = Arg::quote(&at.store)
    );
    let mut f = weigh(look, s, look.state(Impact::Broken, s, headline)).and(whole.at).and(at.at);
    if b.store.is_none() {
        f = f.because(say!(
            "the record names no store; HTTP.sys then takes MY (Personal)",
            "레코드에 저장소 이름이 없습니다. 이 경우 HTTP.sys는 MY(개인)에서 찾습니다"
        ));
    }
    let commands = Commands::of(look);
    let Reading::Good(t) = &b.hash else { return f };
    let for_servers = ["MY", "WebHosting"].iter().any(|n| at.store.eq_ignore_ascii_case(n));
    if for_servers && has_key(at) != Some(false) {
        let c = Cure::new(Safety::Confirm, say!("name the store where it lies", "인증서가 있는 저장소를 지정합니다"));
        return f.cure(commands.replace(c, b, Some(t), Some(&at.store)));
    }
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "import the PFX into the machine's Personal store, with its key; {store} is no place for a server's certificate",
            "PFX를 개인 키와 함께 컴퓨터의 개인 저장소로 가져옵니다. {store} 저장소는 서버 인증서를 두는 곳이 아닙니다",
            store = Arg::quote(&at.store)
        ),
    )
    .run(Platform::Windows, commands.import_pfx("MY"));
    f.cure(commands.replace(c, b, Some(t), Some("MY")))
}

fn replaced(look: &Look<'_>) -> Judged {
    let t = look.thumb()?;
    let Some(record) = bound_now(look, t) else { return Err(Stop::NotApplicable) };
    let b = &record.row.what;
    let Some(old) = held(look, t).into_iter().find(|s| machines(s)) else { return Err(Stop::NotApplicable) };
    let to = not_after(look, &old);
    let expired = to.filter(|to| *to < old.row.span.last);
    let archived = old.archived == Some(true);
    if expired.is_none() && !archived {
        return Ok(Outcome::Pass);
    }
    let sites = wanted(look, b);
    let needed = if sites.is_empty() { names(look, &old) } else { sites };
    let younger = |n: &Cited<'_, Stored>| not_after(look, n) > to;
    let new = successor(look, &needed, t).filter(|n| !needed.is_empty() && younger(n));
    let Some(new) = new.filter(|n| needed.iter().all(|name| covers(look, n, name) == Some(true))) else {
        return Ok(Outcome::NotApplicable);
    };
    let newer = thumb_of(&new).map_or(Arg::word("another", "다른 인증서"), Arg::term);
    let headline = match expired {
        Some(on) => say!(
            "{record} still serves the certificate that expired on {on}; its successor {newer} lies in the store unused",
            "{record}에 {on}에 만료된 인증서가 여전히 지정되어 있고, 새 인증서 {newer:은} 저장소에서 쓰이지 않고 있습니다",
            record = Arg::quote(called(b)),
            on = Arg::Date(on),
            newer = newer
        ),
        None => say!(
            "{record} still names an archived certificate; its successor {newer} lies in the store unused",
            "{record}에 보관(archived) 처리된 인증서가 여전히 지정되어 있고, 새 인증서 {newer:은} 저장소에서 쓰이지 않고 있습니다",
            record = Arg::quote(called(b)),
            newer = newer
        ),
    };
    let mut f = look.reads_as(Impact::Broken, &record, headline).and(old.at).and(new.at);
    f.held = Span { first: expired.unwrap_or(f.held.first), last: Span::FOREVER };
    if expired.is_none() || has_key(&new).is_none() {
        f = f.at_most(Standing::Likely);
    }
    f = f.because(say!(
        "a record holds the thumbprint of one certificate: renewing makes a new one, which must be bound",
        "레코드에는 인증서 하나의 지문이 들어 있습니다. 갱신하면 새 인증서가 생기므로 다시 바인딩해야 합니다"
    ));
    if let Some(to) = not_after(look, &new) {
        f = f.because(say!("the new one is good until {to}", "새 인증서는 {to}까지 유효합니다", to = Arg::Date(to)));
    }
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "bind the new certificate; the old record's text is the way back",
            "새 인증서를 바인딩합니다. 되돌릴 수 있도록 이전 레코드의 내용을 보관합니다"
        ),
    );
    Ok(f.cure(Commands::of(look).replace(c, b, thumb_of(&new), Some(&new.store))).into())
}

/// The record that names a certificate as things stood last.
fn bound_now<'a>(look: &Look<'a>, t: &Thumb) -> Option<Cited<'a, Binding>> {
    let want = Reading::Good(t.clone());
    let mut all: Vec<_> = look.seen::<Binding>().filter(|b| b.hash == want).collect();
    all.sort_by_key(|b| (called(b), b.at));
    all.into_iter().find(|b| {
        let key = tlsdiag_model::facts::Fact::key(&b.row.what);
        look.states::<Binding>(&key).iter().any(|s| s.cited.hash == want && s.held.last == Span::FOREVER)
    })
}
