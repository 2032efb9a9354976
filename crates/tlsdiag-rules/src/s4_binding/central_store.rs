//! The central certificate store is asked for, and cannot be used: switched off, no share, no file for the name.
use super::records::{CENTRAL, Need, central, fits, need, own, site_name, sites, sites_at, works};
use crate::{Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{Datum, KeyFile, KeyFolder};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Say, Standing, Tpl, say};

/// Where IIS keeps its settings.
const KEY: &str = "HKLM\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider";

/// Unusable.
pub static RULE: Rule = Rule {
    code: Code(4007),
    slug: "central-store-unusable",
    title: Tpl {
        en: "the central certificate store cannot be used", ko: "중앙 인증서 저장소를 사용할 수 없음"
    },
    layer: Layer::Bind,
    over: Over::Endpoints,
    causes: &[Cause::BindCcsUnusable],
    explains: &[explains(5001), explains(5002)],
    routine: false,
    check,
    sources: &[
        "Microsoft: IIS 8.0 Centralized SSL Certificate Support (file names, wildcard _.parent.pfx, one password)",
        "Microsoft: Enable-IISCentralCertProvider",
    ],
    page: page!("central_store"),
};

fn check(look: &Look<'_>) -> Judged {
    let e = look.endpoint()?;
    if works(look, e) {
        return Ok(Outcome::Pass);
    }
    let site = sites_at(look, e).into_iter().find(|s| s.flags.unwrap_or(0) & CENTRAL != 0);
    let record =
        own(look, e).into_iter().find(|s| central(&s.cited) && !matches!(need(look, &s.cited), Need::Nobody(_)));
    if record.is_none() {
        // the store itself is judged at its record
        let Some(site) = site else { return Err(Stop::NotApplicable) };
        let Some(host) = &site.row.what.name else { return Err(Stop::NotApplicable) };
        return no_file(look, host.as_str()).map(|f| f.map_or(Outcome::Pass, |f| f.and(site.at).into()));
    }
    let Some(record) = record else { return Err(Stop::NotApplicable) };
    let f = match look.number(KEY, "Enabled") {
        Some((0, at)) => {
            let headline = say!(
                "a record of HTTP.sys takes certificates from the central store, which is switched off",
                "HTTP.sys 레코드가 중앙 인증서 저장소를 쓰도록 되어 있으나 중앙 저장소가 꺼져 있습니다"
            );
            Some(look.reads_as(Impact::Broken, &at, headline).because(say!(
                "{key}: Enabled = 0",
                "{key}: Enabled = 0",
                key = Arg::term(KEY)
            )))
        }
        Some((_, on)) => no_share(look)?.map(|f| f.and(on.at)),
        None => {
            let whole = look.whole_row(KEY)?;
            let headline = say!(
                "a record of HTTP.sys takes certificates from the central store, which was never set up",
                "HTTP.sys 레코드가 중앙 인증서 저장소를 쓰도록 되어 있으나 중앙 저장소가 구성되어 있지 않습니다"
            );
            Some(look.reads_as(Impact::Broken, &whole, headline).because(say!(
                "{key} holds no value Enabled",
                "{key}에 Enabled 값이 없습니다",
                key = Arg::term(KEY)
            )))
        }
    };
    let Some(mut f) = f else { return Ok(Outcome::Pass) };
    for s in sites(look).iter().filter(|s| s.flags.unwrap_or(0) & CENTRAL != 0 && s.port == e.port).take(4) {
        f = f.and(s.at).because(say!("site {site} needs it", "사이트 {site}에 필요합니다", site = site_name(s)));
    }
    Ok(f.and(record.cited.at).cure(switch_on()).into())
}

/// Is there a place where the files lie, and may it be read?
fn no_share(look: &Look<'_>) -> Result<Option<Finding>, Stop> {
    let text = |name: &str| look.setting(KEY, name).map(|s| (s, text_of(&s.row.what.data)));
    let Some((at, location)) = text("CertStoreLocation") else {
        let whole = look.whole_row(KEY)?;
        return Ok(Some(look.reads_as(Impact::Broken, &whole, no_folder())));
    };
    if location.is_empty() {
        return Ok(Some(look.reads_as(Impact::Broken, &at, no_folder())));
    }
    // a share of another machine is read as the account that is set here
    let account = text("UserName");
    if location.starts_with("\\\\") && account.as_ref().is_some_and(|(_, t)| t.is_empty()) {
        let headline = say!(
            "the central certificate store lies on {share}, and no account is set to read it",
            "중앙 인증서 저장소가 {share}에 있으나 이를 읽을 계정이 설정되어 있지 않습니다",
            share = Arg::quote(location)
        );
        let f = look.reads_as(Impact::Broken, &at, headline).at_most(Standing::Likely);
        return Ok(Some(account.into_iter().fold(f, |f, (s, _)| f.and(s.at))));
    }
    let Some((s, _)) = text("PrivateKeyPassword").filter(|(_, t)| t.is_empty()) else { return Ok(None) };
    let headline = say!(
        "the central certificate store has no password for its files",
        "중앙 인증서 저장소에 파일의 암호가 설정되어 있지 않습니다"
    );
    Ok(Some(look.reads_as(Impact::Risk, &s, headline).at_most(Standing::Likely).and(at.at).because(say!(
        "a PFX that is protected by a password cannot be opened then, and its site ends every connection",
        "이 경우 암호로 보호된 PFX를 열 수 없고, 그 사이트는 모든 연결을 끊습니다"
    ))))
}

fn text_of(d: &Datum) -> &str {
    match d {
        Datum::Text(t) => t.trim(),
        _ => "?",
    }
}

fn no_folder() -> Say {
    say!(
        "the central certificate store is on, but has no folder to read from",
        "중앙 인증서 저장소가 켜져 있으나 읽을 폴더가 지정되어 있지 않습니다"
    )
}

/// Does the folder hold a file for the name? Only where a listing of it was sent.
fn no_file(look: &Look<'_>, host: &str) -> Result<Option<Finding>, Stop> {
    let is_pfx = |f: &KeyFile| f.folder == KeyFolder::Other && f.name.to_ascii_lowercase().ends_with(".pfx");
    if !look.seen::<KeyFile>().any(|f| is_pfx(&f)) {
        return Err(Stop::NotApplicable);
    }
    let location = look.setting(KEY, "CertStoreLocation").and_then(|s| match &s.row.what.data {
        Datum::Text(t) => Some(t.clone()),
        _ => None,
    });
    let listed = look.whole_row("folder:other").or_else(|_| match &location {
        Some(l) => look.whole_row(&format!("folder:{l}")),
        None => Err(Stop::NotApplicable),
    });
    let listed = listed.map_err(|_| Stop::NotApplicable)?;
    // _.shop.example.pfx stands for *.shop.example
    let fit = |f: &KeyFile| {
        let name = f.name.to_ascii_lowercase();
        let stem = name.strip_suffix(".pfx").unwrap_or_default();
        stem.strip_prefix("_.").map_or_else(|| stem == host, |parent| fits(&format!("*.{parent}"), host))
    };
    if look.seen::<KeyFile>().any(|f| is_pfx(&f) && fit(&f)) {
        return Ok(None);
    }
    let headline = say!(
        "the central certificate store holds no file for {host}",
        "중앙 인증서 저장소에 {host}의 파일이 없습니다",
        host = Arg::quote(host)
    );
    let parent = host.split_once('.').map_or(host, |(_, p)| p);
    let f = look.reads_as(Impact::Broken, &listed, headline).because(say!(
        "it looks for {file}, then for {wild}",
        "{file:을} 찾고, 없으면 {wild:을} 찾습니다",
        file = Arg::quote(format!("{host}.pfx")),
        wild = Arg::quote(format!("_.{parent}.pfx"))
    ));
    Ok(Some(f.cure(Cure::new(
        Safety::Safe,
        say!(
            "put the PFX for the name into the folder under that file name, protected by the password that all files of the store share",
            "이 이름의 PFX를 위 파일 이름으로 폴더에 둡니다. 암호는 저장소의 모든 파일에 공통인 암호를 씁니다"
        ),
    ))))
}

fn switch_on() -> Cure {
    Cure::new(
        Safety::Confirm,
        say!(
            "set up the store in IIS Manager (server, Centralized Certificates): folder, the account that reads it, the password of the files; then bind again",
            "IIS 관리자(서버, 중앙 집중식 인증서)에서 폴더, 폴더를 읽을 계정, 파일의 암호를 설정한 뒤 다시 바인딩합니다"
        ),
    )
    .run(Platform::Windows, format!("reg query {KEY}"))
    .run(
        Platform::Windows,
        "powershell Enable-WebCentralCertProvider -CertStoreLocation \\\\SERVER\\SHARE -UserName DOMAIN\\USER -Password (Read-Host) -PrivateKeyPassword (Read-Host)",
    )
}
