//! The server serves another certificate than the file that was given: the file is newer, or another one is bound.
use crate::look::{Cited, Look};
use crate::s1_key::at_hand::name_of;
use crate::{Edge, Judged, Outcome, Over, Rule, Stop, page};
use std::sync::Arc;
use tlsdiag_model::facts::Identity;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, say};
use tlsdiag_pki::{Certificate, Host, names};

/// Not what the file holds.
pub static RULE: Rule = Rule {
    code: Code(4020),
    slug: "served-is-not-the-file",
    title: Tpl { en: "another certificate is served than the file holds", ko: "파일과 다른 인증서를 보냄" },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::CertStaleInMemory, Cause::BindWrongCertSelected],
    explains: &[
        Edge { symptom: Code(2500), fits: |f| f.cause.impact == Impact::Broken },
        Edge { symptom: Code(2501), fits: |f| f.cause.impact == Impact::Broken },
        Edge { symptom: Code(2530), fits: |f| f.cause.impact == Impact::Broken },
    ],
    routine: false,
    check,
    sources: &[
        "nginx, Apache, HAProxy: certificates are read at start and reload",
        "Microsoft: HTTP.sys binds by thumbprint, and a renewed certificate has another one",
    ],
    page: page!("served_and_file"),
};

const DAY: i64 = 86_400;

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    let mut files: Vec<Cited<'_, Identity>> = look.all::<Identity>().collect();
    if files.is_empty() {
        return Err(Stop::NotApplicable);
    }
    files.sort_by(|a, b| (&a.label, a.at).cmp(&(&b.label, b.at)));
    let served = look.served()?;
    let read = |id| look.derived().certificate(id);
    let Some((id, now)) = served.leaf().and_then(|id| Some((id, read(id)?))) else { return Err(Stop::NotApplicable) };
    if files.iter().any(|i| i.leaf == id) {
        return Ok(Outcome::Pass);
    }
    let host = e.name.as_ref().and_then(|n| Host::parse(n.as_str()).ok());
    let covers = |c: &Certificate| host.as_ref().is_some_and(|h| names::covers(c, h).is_ok());
    // the newest of those that are meant for this host
    let meant = files.iter().copied().filter_map(|i| {
        let leaf = read(i.leaf)?;
        let by_name = i.name.is_some() && i.name == e.name;
        (by_name || covers(&leaf)).then_some((i, leaf))
    });
    let Some((i, filed)) = meant.max_by_key(|(i, c)| (c.not_before, i.leaf)) else {
        return Err(Stop::NotApplicable);
    };
    let time = served.row.span.last.div_euclid(1000);
    let good = |c: &Certificate| c.not_before <= time && time <= c.not_after;
    let newer = filed.not_before > now.not_before;
    let other = !covers(&now) && covers(&filed);
    if !newer && !other {
        return Ok(Outcome::NotApplicable);
    }
    let helps = good(&filed) && covers(&filed) && (!good(&now) || other);
    let impact = if helps { Impact::Broken } else { Impact::Risk };
    let f = if other { other_bound(look, &served, &i, impact) } else { stale(look, &served, &i, impact) };
    Ok(mend(told(f.and(i.at), &now, &filed, &i), other).into())
}

fn stale<'a>(
    look: &Look<'a>,
    served: &Cited<'a, tlsdiag_model::facts::Handshake>,
    i: &Identity,
    impact: Impact,
) -> Finding {
    look.reads_as(
        impact,
        served,
        say!(
            "the server still serves an older certificate than {file} holds",
            "서버가 {file}보다 오래된 인증서를 아직 보내고 있습니다",
            file = Arg::quote(&i.path)
        ),
    )
    .labels(&[Cause::CertStaleInMemory, Cause::BindWrongCertSelected])
}

fn other_bound<'a>(
    look: &Look<'a>,
    served: &Cited<'a, tlsdiag_model::facts::Handshake>,
    i: &Identity,
    impact: Impact,
) -> Finding {
    look.reads_as(
        impact,
        served,
        say!(
            "the server serves another certificate than that of {file}",
            "서버가 {file}의 인증서가 아닌 다른 인증서를 보냅니다",
            file = Arg::quote(&i.path)
        ),
    )
    .labels(&[Cause::BindWrongCertSelected, Cause::CertStaleInMemory])
}

fn told(f: Finding, now: &Arc<Certificate>, filed: &Arc<Certificate>, i: &Identity) -> Finding {
    let day = |unix: i64| Arg::Date(unix.saturating_mul(1000));
    let f = f
        .because(say!(
            "served: {name}, from {from} to {to}, SHA-256 {print}",
            "서버가 보낸 것: {name}, {from}부터 {to}까지, SHA-256 {print}",
            name = name_of(now),
            from = day(now.not_before),
            to = day(now.not_after),
            print = Arg::term(now.id)
        ))
        .because(say!(
            "{file}: {name}, from {from} to {to}, SHA-256 {print}",
            "{file}: {name}, {from}부터 {to}까지, SHA-256 {print}",
            file = Arg::quote(&i.path),
            name = name_of(filed),
            from = day(filed.not_before),
            to = day(filed.not_after),
            print = Arg::term(filed.id)
        ));
    let apart = filed.not_before.saturating_sub(now.not_before).div_euclid(DAY);
    if apart < 1 {
        return f;
    }
    f.because(say!(
        "the file's was issued {n} days later",
        "파일의 인증서는 {n}일 뒤에 발급되었습니다",
        n = Arg::num(apart)
    ))
}

fn mend(f: Finding, other: bool) -> Finding {
    let f = f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "make the server read its files again; a reload keeps running connections",
                "서버가 파일을 다시 읽게 합니다. reload는 진행 중인 연결을 끊지 않습니다"
            ),
        )
        .run(Platform::Linux, "nginx -t && systemctl reload nginx")
        .run(Platform::Linux, "apachectl configtest && systemctl reload apache2")
        .run(Platform::Linux, "systemctl reload haproxy"),
    );
    let f = f.cure(
        Cure::new(
            Safety::Confirm,
            say!(
                "Windows: import the new one with its key and bind it; the binding keeps the old thumbprint until then",
                "Windows: 새 인증서를 개인 키와 함께 가져와 다시 바인딩합니다. 그때까지 바인딩은 이전 지문을 유지합니다"
            ),
        )
        .run(Platform::Windows, "netsh http show sslcert"),
    );
    if !other {
        return f.cure(Cure::new(
            Safety::Manual,
            say!(
                "let the renewal do so every time: certbot --deploy-hook",
                "갱신할 때마다 자동으로 하게 합니다: certbot --deploy-hook"
            ),
        ));
    }
    f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "see which virtual host or binding answers for the name, and which file it names",
                "이 이름에 어느 가상 호스트나 바인딩이 응답하는지, 어느 파일을 지정하는지 확인합니다"
            ),
        )
        .run(Platform::Linux, "nginx -T | grep -E 'server_name|ssl_certificate '"),
    )
}
