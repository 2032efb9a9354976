//! Who may read a key: the file of a certificate's key, for the system and for services, and the folder of all of them.
use super::joined::{joined, of_this_key};
use super::key_file::{files, folders, path, place, slug};
use super::rights::{
    Access, EVERYONE, IIS_IUSRS, NETWORK_SERVICE, SYSTEM, all_known, is, of_network_service, of_system, others_read,
};
use crate::s1_key::in_store::{Entry, entries, over_time};
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, State, Stop, explains, page};
use tlsdiag_model::facts::{Ace, Binding, Datum, Event, KeyFile, KeyFolder, Pool, Side};
use tlsdiag_model::{
    Arg, Ask, Cause, Code, Cure, FactRef, Finding, Impact, Layer, Platform, Reading, Safety, Standing, Tpl, Who, say,
};

/// The system.
pub static FILE: Rule = Rule {
    code: Code(2020),
    slug: "key-file-not-readable",
    title: Tpl { en: "SYSTEM may not read the key file", ko: "SYSTEM이 키 파일을 읽을 수 없음" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyAcl],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(2015), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: file,
    sources: &[
        "Microsoft KB 278381: default permissions of the MachineKeys folders",
        "Microsoft: Troubleshooting SSL related issues, scenario 2",
        "Microsoft: order of entries in an access control list",
    ],
    page: page!("key_rights"),
};

/// A service.
pub static SERVICE: Rule = Rule {
    code: Code(2021),
    slug: "service-account-cannot-read",
    title: Tpl { en: "a service's account may not read the key", ko: "서비스 계정이 키를 읽을 수 없음" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyAcl],
    explains: &[Edge { symptom: Code(2001), fits: of_remote_desktop }, Edge { symptom: Code(2015), fits: of_worker }],
    routine: false,
    check: service,
    sources: &[
        "Microsoft: AD FS requirements (private key permissions of adfssrv)",
        "Microsoft: Remote Desktop listener certificate (NETWORK SERVICE)",
        "Microsoft: application pool identities",
    ],
    page: page!("key_rights"),
};

/// The folder.
pub static FOLDER: Rule = Rule {
    code: Code(2022),
    slug: "key-folder-rights",
    title: Tpl {
        en: "the folder of keys has other rights than it should", ko: "키 폴더의 사용 권한이 잘못됨"
    },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyAcl],
    explains: &[Edge { symptom: Code(2001), fits: of_this_key }],
    routine: false,
    check: folder,
    sources: &[
        "Microsoft KB 278381: default permissions of the MachineKeys folders",
        "Microsoft: Troubleshooting SSL related issues, scenario 2",
    ],
    page: page!("key_rights"),
};

/// The file of an entry's key with its list, as it stands now.
struct Guarded<'a> {
    file: Cited<'a, KeyFile>,
    acl: Vec<Ace>,
    state: State<'a, KeyFile>,
}

fn guarded<'a>(look: &Look<'a>, e: &Entry<'_, 'a>) -> Result<Vec<Guarded<'a>>, Stop> {
    let Some(p) = place(e) else { return Ok(vec![]) };
    let lie = files(look, &p);
    let mut out: Vec<Guarded<'a>> = vec![];
    for f in &lie {
        if out.iter().any(|g| same_file(&g.file.row.what, &f.row.what)) {
            continue;
        }
        let alike = lie.iter().filter(|o| same_file(&o.row.what, &f.row.what));
        let told = alike.filter_map(|o| Some((o.row.what.acl.saw()?.clone(), *o)));
        if let Some((acl, state)) = over_time(look, told) {
            out.push(Guarded { file: state.cited, acl, state });
        }
    }
    if out.is_empty() && p.hash.is_some() {
        let at = lie.first().map(|f| f.row.what.folder).or(folders(p.provider).first().copied());
        if let Some(folder) = at {
            let of = format!("acl:{}", slug(folder));
            return Err(Stop::Missing(Ask::Under { host: look.subject().host(), of }));
        }
    }
    Ok(out)
}

fn same_file(a: &KeyFile, b: &KeyFile) -> bool {
    a.folder == b.folder && a.name.eq_ignore_ascii_case(&b.name)
}

/// The accounts of a list that may read, for people.
fn readers(acl: &[Ace]) -> Arg {
    let who: Vec<Arg> = acl.iter().filter(|a| a.allow && a.read).map(|a| Arg::quote(&a.account)).collect();
    if who.is_empty() { Arg::word("nobody", "없음") } else { Arg::List(who) }
}

/// The file's path in a command; `None`: its name may not stand there.
fn in_command(f: &KeyFile, build: Option<u32>) -> Option<String> {
    let plain = f.name.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'{' | b'}'));
    plain.then(|| format!("{}\\{}", path(f.folder, build), f.name))
}

fn grant(look: &Look<'_>, f: &KeyFile, sid: &str, name: &str) -> Cure {
    let build = look.version().build;
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "let {who} read this very file (not the folder, and not Everyone); certificates console: All Tasks, Manage Private Keys",
            "{who}에 이 파일의 읽기 사용 권한을 줍니다(폴더나 Everyone이 아니라). 인증서 콘솔: 모든 작업, 개인 키 관리",
            who = Arg::term(name)
        ),
    );
    match (in_command(f, build), build) {
        // icacls came with Server 2003 SP2; cacls is on every one
        (Some(p), Some(..6000)) => c.run(Platform::Windows, format!("cacls \"{p}\" /E /G \"{name}\":R")),
        (Some(p), _) => c.run(Platform::Windows, format!("icacls \"{p}\" /grant {sid}:R")),
        (None, _) => c,
    }
}

/// Codes with which Windows says that it may not read, among other things.
fn says_refused(code: Option<u32>) -> bool {
    matches!(code, Some(0x8009_0016 | 0x8009_030d | 0x8009_0010 | 0x8007_0005 | 0xffff_ffff))
}

/// An entry of the log that Schannel may not read a server's key.
fn refused<'a>(look: &Look<'a>) -> Option<Cited<'a, Event>> {
    let fits = |e: &Cited<'_, Event>| {
        e.source.eq_ignore_ascii_case("Schannel")
            && e.id == 36870
            && e.side != Some(Side::Client)
            && says_refused(e.code)
    };
    look.seen::<Event>().filter(fits).min_by_key(|e| (e.row.span, e.at))
}

fn file(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut looked = false;
    for e in &entries(look)? {
        for g in guarded(look, e)? {
            looked = true;
            let access = of_system(&g.acl);
            let event = refused(look);
            if access == Access::Own {
                continue;
            }
            let Some((_, state)) = e.key(|_| Some(())) else { continue };
            let say = say!(
                "SYSTEM may not read the key file of {name}",
                "SYSTEM에 {name}의 키 파일 읽기 사용 권한이 없습니다",
                name = e.called()
            );
            let mut f = e.says(&state, say).and(g.file.at);
            f = f.because(say!(
                "key file {file} in {folder}; who may read it: {readers}",
                "키 파일 {file}, 폴더 {folder}. 읽을 수 있는 계정: {readers}",
                file = Arg::quote(&g.file.row.what.name),
                folder = Arg::term(path(g.file.row.what.folder, look.version().build)),
                readers = readers(&g.acl)
            ));
            f = match access {
                Access::Denied => f.because(say!(
                    "an entry refuses it, and refusals go before grants",
                    "거부 항목이 있으며 거부가 허용보다 먼저 적용됩니다"
                )),
                Access::AsAdministrator => {
                    f = f.at_most(Standing::Likely).because(say!(
                        "SYSTEM has no entry of its own and would get in only as one of the administrators; Windows gives every key file one",
                        "SYSTEM의 항목이 없어 관리자 그룹의 구성원으로만 읽을 수 있습니다. Windows는 모든 키 파일에 SYSTEM 항목을 둡니다"
                    ));
                    match event {
                        Some(ev) => f.and(ev.at),
                        None => {
                            f.impact = f.impact.max(Impact::Risk);
                            f
                        }
                    }
                }
                _ => f.because(say!(
                    "HTTP.sys opens keys as SYSTEM (in lsass.exe)",
                    "HTTP.sys는 SYSTEM으로(lsass.exe에서) 키를 엽니다"
                )),
            };
            if !g.state.against.is_empty() || !all_known(&g.acl) {
                f = f.at_most(Standing::Likely);
                f.disputed_by.extend(g.state.against.iter().copied());
            }
            findings.push(f.cure(grant(look, &g.file.row.what, "*S-1-5-18", "SYSTEM")));
        }
    }
    Ok(if looked { findings.into() } else { Outcome::NotApplicable })
}

/// A program that opens the key by itself, and the account that it runs as.
struct Reader {
    at: FactRef,
    says: tlsdiag_model::Say,
    account: String,
    sid: Option<&'static str>,
    impact: Impact,
}

/// AD FS, by the application id of its records.
const ADFS: &str = "{5d89a20c-beab-4389-9447-324788eb944a}";
/// The listener of Remote Desktop.
const RDP: &str = "HKLM\\SYSTEM\\CurrentControlSet\\Control\\Terminal Server\\WinStations\\RDP-Tcp";

fn service(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut looked = false;
    for e in &entries(look)? {
        let Some(r) = reader(look, e) else { continue };
        for g in guarded(look, e)? {
            looked = true;
            if may_read(&g.acl, &r, look) {
                continue;
            }
            let Some((_, state)) = e.key(|_| Some(())) else { continue };
            let say = say!(
                "{account} may not read the private key of {name}",
                "{account}에 {name}의 개인 키 읽기 사용 권한이 없습니다",
                account = Arg::quote(&r.account),
                name = e.called()
            );
            let mut f = e.says(&state, say).and(r.at).and(g.file.at).at_most(Standing::Likely);
            f.impact = r.impact;
            f.subject = tlsdiag_model::Subject::Stored { host: f.subject.host(), thumb: e.thumb.clone() };
            if r.impact == Impact::Partial {
                f = f.who(Who::Clients(say!("those who sign in through AD FS", "AD FS로 로그인하는 사용자")));
            }
            f = f.because(r.says.clone()).because(say!(
                "key file {file}; who may read it: {readers}",
                "키 파일 {file}. 읽을 수 있는 계정: {readers}",
                file = Arg::quote(&g.file.row.what.name),
                readers = readers(&g.acl)
            ));
            let plain = r.account.bytes().all(|b| b.is_ascii_alphanumeric() || b"\\ .-_$".contains(&b));
            let by_name = format!("\"{}\"", if plain { r.account.as_str() } else { "ACCOUNT" });
            let sid = r.sid.map_or(by_name, |s| format!("*{s}"));
            findings.push(f.cure(grant(look, &g.file.row.what, &sid, if plain { &r.account } else { "ACCOUNT" })));
        }
    }
    Ok(if looked { findings.into() } else { Outcome::NotApplicable })
}

/// Who else than the system opens this key, where evidence says so.
fn reader(look: &Look<'_>, e: &Entry<'_, '_>) -> Option<Reader> {
    let good = Reading::Good(e.thumb.clone());
    let adfs = |b: &Cited<'_, Binding>| {
        b.hash == good
            && (b.app.as_deref().is_some_and(|a| a.eq_ignore_ascii_case(ADFS))
                || b.ctl_store.as_deref().is_some_and(|s| s.eq_ignore_ascii_case("AdfsTrustedDevices")))
    };
    if let Some(b) = look.seen::<Binding>().find(adfs) {
        return Some(Reader {
            at: b.at,
            says: say!(
                "a record of AD FS names this certificate, and AD FS opens the key by itself",
                "AD FS의 레코드가 이 인증서를 가리키며 AD FS는 키를 직접 엽니다"
            ),
            account: "NT SERVICE\\adfssrv".into(),
            sid: None,
            impact: Impact::Partial,
        });
    }
    if let Some(s) = look.setting(RDP, "SSLCertificateSHA1Hash")
        && matches!(&s.row.what.data, Datum::Octets(hex) if hex.eq_ignore_ascii_case(e.thumb.as_str()))
    {
        return Some(Reader {
            at: s.at,
            says: say!(
                "the listener of Remote Desktop is set to this certificate, and runs as NETWORK SERVICE",
                "원격 데스크톱 수신기가 이 인증서로 설정되어 있으며 NETWORK SERVICE로 실행됩니다"
            ),
            account: "NETWORK SERVICE".into(),
            sid: Some(NETWORK_SERVICE),
            impact: Impact::Risk,
        });
    }
    let worker = |ev: &Cited<'_, Event>| {
        ev.thumb.as_ref() == Some(&e.thumb)
            && ev.process.as_deref().is_some_and(|p| p.eq_ignore_ascii_case("w3wp.exe"))
            && says_refused(ev.code)
    };
    let ev = look.seen::<Event>().filter(worker).min_by_key(|e| (e.row.span, e.at))?;
    let accounts: Vec<String> = pool_accounts(look);
    Some(Reader {
        at: ev.at,
        says: say!(
            "a worker process of IIS (w3wp.exe) tried the key and was refused",
            "IIS 작업자 프로세스(w3wp.exe)가 키를 열려다 거부되었습니다"
        ),
        account: match accounts.as_slice() {
            [one] => one.clone(),
            _ => "IIS_IUSRS".into(),
        },
        sid: (accounts.len() != 1).then_some(IIS_IUSRS),
        impact: Impact::Risk,
    })
}

/// The accounts of the application pools.
fn pool_accounts(look: &Look<'_>) -> Vec<String> {
    let of = |p: &Pool| match p.identity.as_deref() {
        Some(i) if i.eq_ignore_ascii_case("ApplicationPoolIdentity") => Some(format!("IIS APPPOOL\\{}", p.name)),
        Some(i) if i.eq_ignore_ascii_case("NetworkService") => Some("NETWORK SERVICE".to_owned()),
        Some(i) if i.eq_ignore_ascii_case("LocalSystem") => None,
        Some(i) => Some(i.to_owned()),
        None => Some(format!("IIS APPPOOL\\{}", p.name)),
    };
    let mut out: Vec<String> = look.seen::<Pool>().filter_map(|p| of(&p.row.what)).collect();
    out.sort();
    out.dedup();
    out
}

fn may_read(acl: &[Ace], r: &Reader, look: &Look<'_>) -> bool {
    if r.sid == Some(NETWORK_SERVICE) {
        return of_network_service(acl);
    }
    let reads = |name: &str| acl.iter().any(|a| a.allow && a.read && a.account.eq_ignore_ascii_case(name));
    // an account of the directory may be the service's
    if r.account.ends_with("adfssrv") {
        return others_read(acl);
    }
    acl.iter().any(|a| a.allow && a.read && (is(a, IIS_IUSRS) || is(a, EVERYONE)))
        || pool_accounts(look).iter().any(|p| reads(p))
        || reads(&r.account)
}

fn of_remote_desktop(fit: &crate::Fit<'_>) -> bool {
    let mut events = fit.symptom.evidence().filter_map(|at| fit.look.cited::<Event>(at));
    let rdp = fit.cause.evidence().any(|at| fit.look.cited::<tlsdiag_model::facts::Setting>(at).is_some());
    rdp && fit.symptom.impact == Impact::Note && events.all(|e| e.side != Some(Side::Client))
}

fn of_worker(fit: &crate::Fit<'_>) -> bool {
    let of = |f: &Finding| f.evidence().find_map(|at| fit.look.cited::<Event>(at)).map(|e| e.row.what.clone());
    of(fit.cause).is_some() && of(fit.cause) == of(fit.symptom)
}

fn folder(look: &Look<'_>) -> Judged {
    let of = |f: &Cited<'_, KeyFile>| f.name.is_empty() && f.folder == KeyFolder::MachineKeys;
    let told = look.seen::<KeyFile>().filter(of).filter_map(|f| Some((f.row.what.acl.saw()?.clone(), f)));
    let Some((acl, state)) = over_time(look, told) else {
        return if look.handed_over() {
            Err(Stop::Missing(Ask::Under { host: look.subject().host(), of: "acl:machine_keys".into() }))
        } else {
            Err(Stop::NotApplicable)
        };
    };
    let event = refused(look);
    let tied = event.as_ref().and_then(|e| joined(look, e));
    let build = look.version().build;
    let where_ = path(KeyFolder::MachineKeys, build);
    let out = matches!(of_system(&acl), Access::Denied | Access::None);
    let everyone = acl.iter().any(|a| a.allow && is(a, EVERYONE));
    let say = match (out, everyone) {
        (true, _) => say!(
            "SYSTEM may not enter the folder of the machine's keys",
            "SYSTEM에 컴퓨터 키 폴더의 사용 권한이 없습니다"
        ),
        (false, false) => say!(
            "the folder of the machine's keys lacks the entry of Everyone",
            "컴퓨터 키 폴더에 Everyone 항목이 없습니다"
        ),
        (false, true) => return Ok(Outcome::Pass),
    };
    let impact = if tied.is_some() { Impact::Broken } else { Impact::Risk };
    let mut f = look.state(impact, &state, say).at_most(if out { Standing::Proven } else { Standing::Likely });
    f = f.because(say!(
        "folder {folder}; who may read it: {readers}",
        "폴더 {folder}. 읽을 수 있는 계정: {readers}",
        folder = Arg::term(&where_),
        readers = readers(&acl)
    ));
    f = f.because(say!(
        "by default Administrators have full control, and Everyone has special rights on this folder only: list, read and create files, no more",
        "기본값은 Administrators 모든 권한, Everyone 특수 권한(이 폴더만: 목록, 읽기, 파일 만들기)입니다"
    ));
    if let (Some(e), Some(j)) = (event, tied) {
        f = f.and(e.at).because(j.because);
    }
    let c = Cure::new(
        Safety::Confirm,
        say!(
            "give the folder its default rights back; they are not to go down to the files",
            "폴더의 기본 사용 권한을 되돌립니다. 파일에는 적용하지 않습니다"
        ),
    );
    let c = if build.is_some_and(|b| b < 6000) {
        c.run(Platform::Windows, format!("cacls \"{where_}\" /E /G Administrators:F SYSTEM:F"))
    } else {
        c.run(Platform::Windows, format!("icacls \"{where_}\" /grant *S-1-5-32-544:F *{SYSTEM}:F"))
            .run(Platform::Windows, format!("icacls \"{where_}\" /grant *{EVERYONE}:(R,W)"))
    };
    Ok(f.cure(c).into())
}
