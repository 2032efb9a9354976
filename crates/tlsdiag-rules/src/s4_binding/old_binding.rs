//! Records that disappear: deleted and not made again, and the old property that deletes and rebuilds them.
use super::commands::{Commands, called, place};
use super::null_certificate_hash::record_for;
use super::records::{answering, own, sites, sites_at, successor, thumb_of, works};
use crate::{Cited, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Binding, Event, OldBinding, SiteBinding};
use tlsdiag_model::{
    Addr, Arg, Cause, Code, Cure, Endpoint, Finding, Impact, Layer, Platform, Reading, Safety, Span, Tpl, say,
};

/// Property 5506.
pub static PROPERTY: Rule = Rule {
    code: Code(4013),
    slug: "legacy-binding-property",
    title: Tpl { en: "property 5506 restores an old binding", ko: "속성 5506이 예전 바인딩을 되살림" },
    layer: Layer::Bind,
    over: Over::Hosts,
    causes: &[Cause::BindHttpsysStale],
    explains: &[explains(4018), explains(4002)],
    routine: false,
    check: property,
    sources: &["Microsoft KB 2025598: SSL binding lost; property 5506 in customMetadata of applicationHost.config"],
    page: page!("old_binding"),
};

/// Event 15300 last.
pub static DELETED: Rule = Rule {
    code: Code(4018),
    slug: "record-deleted",
    title: Tpl { en: "a record of HTTP.sys was deleted", ko: "HTTP.sys 레코드가 삭제됨" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindHttpsysMissing],
    explains: &[explains(4001), explains(5001), explains(5002)],
    routine: false,
    check: deleted,
    sources: &["Microsoft-Windows-HttpEvent manifest: events 15300, 15301, 15302", "Microsoft KB 2025598"],
    page: page!("old_binding"),
};

/// The last deletion of the record at this place that no creation follows.
fn last_deletion<'a>(look: &Look<'a>, at: &Endpoint) -> Option<Cited<'a, Event>> {
    let here = |ev: &Cited<'_, Event>| {
        let spot = ev.endpoint.as_ref();
        ev.source == "HttpEvent" && spot.is_some_and(|s| (s.addr, s.port, &s.name) == (at.addr, at.port, &at.name))
    };
    let mut all: Vec<_> = look.seen::<Event>().filter(here).filter(|ev| matches!(ev.id, 15300..=15302)).collect();
    all.sort_by_key(|ev| (ev.row.span.last, ev.row.what.id, ev.at));
    // alike entries fold into one row: what counts is when each was last written
    all.into_iter().last().filter(|ev| ev.id == 15300)
}

/// Where the record of an endpoint stands: there, or where IIS makes it for the site that is bound there.
fn places(look: &Look<'_>, e: &Endpoint) -> Vec<Endpoint> {
    let of_site = sites_at(look, e).into_iter().map(|s| {
        let b = record_for(&s);
        Endpoint { host: e.host, addr: b.addr, port: b.port, name: b.name }
    });
    std::iter::once(e.clone()).chain(of_site).collect()
}

fn deleted(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let found = places(look, e).into_iter().find_map(|at| last_deletion(look, &at).map(|ev| (at, ev)));
    let Some((e, ev)) = found else { return Err(Stop::NotApplicable) };
    let e = &e;
    let when = ev.row.span.last;
    if own(look, e).iter().any(|s| s.held.last == Span::FOREVER && s.cited.row.span.last >= when) || works(look, e) {
        return Ok(Outcome::Pass);
    }
    let looked = look.whole::<Binding>().ok();
    let covered = looked.is_some() && answering(look, e).iter().any(|b| !matches!(b.hash, Reading::Empty));
    let site = sites(look).into_iter().find(|s| {
        s.port == e.port && (s.addr.meets(e.addr) || e.addr == Addr::AnyV4) && (e.name.is_none() || s.name == e.name)
    });
    let gone = site.is_none() && look.whole::<SiteBinding>().is_ok();
    let impact = if covered || gone { Impact::Note } else { Impact::Broken };
    let record = Binding::new(e.addr, e.port, e.name.clone(), Reading::Empty);
    let headline = say!(
        "the HTTP.sys record {record} was deleted at {when} and not made again",
        "HTTP.sys 레코드 {record:이} {when}에 삭제된 뒤 다시 만들어지지 않았습니다",
        record = Arg::quote(called(&record)),
        when = Arg::Moment(when)
    );
    let mut f = look.behaves(impact, &ev, headline);
    if let Some(at) = looked {
        f = look
            .absent(impact, at, f.say.clone())
            .and(ev.at)
            .count(ev.row.count)
            .because(say!("it is not among the records either", "레코드 목록에도 없습니다"));
    }
    f.held = Span { first: when, last: Span::FOREVER };
    if let Some(s) = &site {
        f = f.and(s.at);
    }
    f = f.because(say!(
        "event 15300 of HttpEvent; no 15301 or 15302 for the same place came after it",
        "HttpEvent 15300 이벤트가 있고, 그 뒤에 같은 위치의 15301이나 15302가 없습니다"
    ));
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "make the record again, and find out who deleted it: a person, a deployment or renewal script, or an old tool (property 5506)",
            "레코드를 다시 만들고 누가 삭제했는지 찾습니다(관리자, 배포나 갱신 스크립트, 속성 5506을 쓰는 예전 도구)"
        ),
    );
    let wished: Vec<String> = site.iter().filter_map(|s| s.row.what.name.as_ref().map(ToString::to_string)).collect();
    let new = tlsdiag_model::Thumb::of_octets(&[0; 20]).and_then(|no| successor(look, &wished, &no));
    let (thumb, store) = (new.as_ref().and_then(thumb_of), new.as_ref().map(|n| n.row.what.store.as_str()));
    let line = Commands::of(look).add_record(&record, thumb, store);
    Ok(f.cure(line.into_iter().fold(c, |c, line| c.run(Platform::Windows, line))).into())
}

fn property(look: &Look<'_>) -> Judged {
    let mut all: Vec<_> = look.seen::<OldBinding>().collect();
    all.sort_by(|a, b| (&a.path, a.at).cmp(&(&b.path, b.at)));
    all.dedup_by(|a, b| a.row.what == b.row.what);
    let out: Vec<Finding> = all.iter().filter(|o| o.hash != Reading::Empty).map(|o| restores(look, o)).collect();
    Ok(if all.is_empty() { Outcome::NotApplicable } else { out.into() })
}

fn restores<'a>(look: &Look<'a>, o: &Cited<'a, OldBinding>) -> Finding {
    // it has struck: a record was deleted and is not back, or the record bound now is the old one
    let host = look.subject().host();
    let hits: Vec<_> = look
        .seen::<Event>()
        .filter(|ev| ev.source == "HttpEvent" && ev.id == 15300)
        .filter(|ev| {
            let Some(s) = &ev.row.what.endpoint else { return false };
            let e = Endpoint { host, addr: s.addr, port: s.port, name: s.name.clone() };
            last_deletion(look, &e).is_some_and(|last| last.row.what == ev.row.what) && own(look, &e).is_empty()
        })
        .collect();
    let back: Vec<_> = look.seen::<Binding>().filter(|b| b.hash == o.hash && !held_now(look, &o.hash)).collect();
    let struck = !hits.is_empty() || !back.is_empty();
    let headline = say!(
        "property 5506 of {path} in applicationHost.config makes tools of IIS 6 delete the https binding and restore an old one",
        "applicationHost.config의 {path}에 있는 속성 5506 때문에 IIS 6용 도구가 https 바인딩을 삭제하고 예전 바인딩을 되살립니다",
        path = Arg::quote(&o.path)
    );
    let mut f = look.reads_as(if struck { Impact::Broken } else { Impact::Risk }, o, headline);
    f.held = Span::always();
    if let Reading::Good(t) = &o.row.what.hash {
        f = f.because(say!("it holds certificate {thumb}", "속성에 든 인증서: {thumb}", thumb = Arg::term(t)));
    }
    for ev in hits.iter().take(3) {
        let at = ev.row.what.endpoint.as_ref().map_or_else(String::new, |s| place(s.addr, s.port));
        f = f.and(ev.at).because(say!(
            "the record {place} was deleted at {when} (event 15300)",
            "레코드 {place:이} {when}에 삭제되었습니다(이벤트 15300)",
            place = Arg::quote(at),
            when = Arg::Moment(ev.row.span.last)
        ));
    }
    for b in back.iter().take(3) {
        f = f.and(b.at).because(say!(
            "the record {record} names that very certificate again",
            "레코드 {record}에 바로 그 인증서가 다시 지정되어 있습니다",
            record = Arg::quote(called(b))
        ));
    }
    f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "back up the configuration, delete the line with id=\"5506\" under customMetadata, then bind the certificate again; keep IIS Manager 6 and scripts of its kind (adsutil) away from the server",
                "구성을 백업하고 customMetadata에서 id=\"5506\" 줄을 지운 뒤 인증서를 다시 바인딩합니다. IIS 6 관리자와 그 방식의 스크립트(adsutil)를 쓰지 않습니다"
            ),
        )
        .run(Platform::Windows, "%windir%\\System32\\inetsrv\\appcmd add backup before-5506")
        .run(Platform::Windows, "notepad %windir%\\System32\\inetsrv\\config\\applicationHost.config"),
    )
}

/// Is the certificate in some store of the machine? What cannot be told counts as yes.
fn held_now(look: &Look<'_>, hash: &Reading<tlsdiag_model::Thumb>) -> bool {
    let Reading::Good(t) = hash else { return true };
    !super::records::held(look, t).is_empty() || look.whole_row("store:Machine\\MY").is_err()
}
