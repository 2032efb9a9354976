//! The key that a store's entry names is not where the machine would find it: gone, copied from another machine, in a
//! user's key set, or never written down.
use super::joined::of_this_key;
use super::key_file::{MACHINE_KEY_SET, Place, Provider, files, folders, path, place, slug, suffix_of, works};
use crate::s1_key::in_store::{Entry, called, entries, issue_anew, uses};
use crate::{Cited, Edge, Judged, Look, Outcome, Over, Rule, Stop, explains, page};
use tlsdiag_model::facts::{KeyFile, KeyLink, Location, Stored, System};
use tlsdiag_model::{
    Arg, Ask, Cause, Code, Cure, FactRef, Finding, Impact, Layer, Platform, Safety, Standing, Tpl, say,
};

/// No file.
pub static MISSING: Rule = Rule {
    code: Code(2010),
    slug: "key-container-missing",
    title: Tpl { en: "the key container is not on the machine", ko: "키 컨테이너가 컴퓨터에 없음" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyMissing, Cause::KeyNonpersisted],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(2015), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: missing,
    sources: &[
        "Microsoft: Key Storage and Retrieval (CNG)",
        "measured: the names of CryptoAPI's files follow from the containers' names",
        "winerror.h (NTE_BAD_KEYSET)",
    ],
    page: page!("container"),
};

/// Another machine's file.
pub static FOREIGN: Rule = Rule {
    code: Code(2011),
    slug: "key-file-foreign",
    title: Tpl { en: "the key file comes from another machine", ko: "다른 컴퓨터에서 온 키 파일" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyForeign],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(2015), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: foreign,
    sources: &["Microsoft: Key Storage and Retrieval (CNG)", "Microsoft: CryptProtectData (machine scope)"],
    page: page!("container"),
};

/// In a user's key set.
pub static OF_A_USER: Rule = Rule {
    code: Code(2012),
    slug: "key-in-user-key-set",
    title: Tpl { en: "the key lies in a user's key set", ko: "사용자 키 집합에 있는 키" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyNonpersisted, Cause::KeyProfile],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(1110), fits: same_certificate },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: of_a_user,
    sources: &[
        "Microsoft: CRYPT_KEY_PROV_INFO (CRYPT_MACHINE_KEYSET)",
        "Microsoft: certutil -importpfx, Import-PfxCertificate",
    ],
    page: page!("container"),
};

/// Nowhere.
pub static EPHEMERAL: Rule = Rule {
    code: Code(2016),
    slug: "ephemeral-key",
    title: Tpl { en: "the key was never written down", ko: "저장되지 않은 임시 키" },
    layer: Layer::Key,
    over: Over::Stored,
    causes: &[Cause::KeyEphemeral],
    explains: &[
        Edge { symptom: Code(2001), fits: of_this_key },
        Edge { symptom: Code(4017), fits: of_this_key },
        explains(5001),
        explains(5002),
    ],
    routine: false,
    check: ephemeral,
    sources: &["Microsoft: X509KeyStorageFlags.EphemeralKeySet", "Microsoft: NCryptCreatePersistedKey (no name)"],
    page: page!("container"),
};

fn same_certificate(fit: &crate::Fit<'_>) -> bool {
    fit.cause.impact <= fit.symptom.impact
}

/// The names by which people find the key again.
fn named(f: Finding, p: &Place) -> Finding {
    let f = match &p.container {
        Some(c) => f.because(say!("container {name}", "컨테이너 {name}", name = Arg::quote(c))),
        None => f,
    };
    match (&p.file, &p.hash) {
        (Some(file), _) => f.because(say!("key file {name}", "키 파일 {name}", name = Arg::quote(file))),
        (None, Some(hash)) => f.because(say!(
            "its key file would be named {name}",
            "키 파일의 이름은 {name}이어야 합니다",
            name = Arg::term(format!("{hash}_<MachineGuid>"))
        )),
        _ => f,
    }
}

fn missing(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut asked = false;
    for e in &entries(look)? {
        let Some(p) = place(e).filter(|p| p.provider != Provider::Elsewhere && p.hash.is_some()) else { continue };
        asked = true;
        if works(e) || !files(look, &p).is_empty() {
            continue;
        }
        let mut looked: Vec<FactRef> = vec![];
        for folder in folders(p.provider) {
            let listed = look.whole_of(&format!("folder:{}", slug(*folder)));
            // whoever listed the rights of every file listed the files
            let rights = look.whole_of(&format!("acl:{}", slug(*folder)));
            looked.push(listed.or_else(|missing| rights.map_err(|_| missing))?);
        }
        let Some((_, state)) = e.key(|_| Some(())) else { continue };
        let say = say!(
            "the private key that {name} names is not on this machine",
            "{name:이} 가리키는 개인 키가 이 컴퓨터에 없습니다",
            name = e.called()
        );
        let build = look.version().build;
        let folder = folders(p.provider).first().map(|f| path(*f, build)).unwrap_or_default();
        let mut f = looked.into_iter().fold(e.says(&state, say), Finding::and);
        f = named(f, &p).because(say!(
            "no such file lies in {folder}",
            "{folder}에 그런 파일이 없습니다",
            folder = Arg::term(folder)
        ));
        findings.push(f.cure(e.import()).cure(e.repair()).cure(issue_anew()));
    }
    Ok(if asked { findings.into() } else { Outcome::NotApplicable })
}

fn foreign(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut asked = false;
    for e in &entries(look)? {
        let Some(p) = place(e).filter(|p| p.provider != Provider::Elsewhere) else { continue };
        let lie = files(look, &p);
        let names: Vec<(String, Option<&Cited<'_, KeyFile>>)> = match (lie.is_empty(), &p.file) {
            (true, Some(f)) => vec![(f.clone(), None)],
            (true, None) => continue,
            (false, _) => lie.iter().map(|f| (f.row.what.name.clone(), Some(f))).collect(),
        };
        asked = true;
        if works(e) {
            continue;
        }
        let (guid, at) = machine_guid(look)?;
        // one file of its own is enough
        if names.iter().any(|(n, _)| suffix_of(n).is_some_and(|s| s.eq_ignore_ascii_case(&guid))) {
            continue;
        }
        let Some((name, file)) = names.first() else { continue };
        let Some((_, state)) = e.key(|_| Some(())) else { continue };
        let say = say!(
            "the key file of {name} comes from another machine",
            "{name}의 키 파일은 다른 컴퓨터의 것입니다",
            name = e.called()
        );
        let mut f = named(e.says(&state, say).and(at).at_most(Standing::Likely), &p);
        if let Some(c) = file {
            f = f.and(c.at);
        }
        f = f.because(say!(
            "the file {file} ends in another machine's id than this one's, {guid}: Windows here cannot decrypt it",
            "파일 {file}의 끝부분이 이 컴퓨터의 ID {guid:과} 다릅니다. 이 Windows에서는 암호를 풀 수 없습니다",
            file = Arg::quote(name),
            guid = Arg::quote(&guid)
        ));
        let export = Cure::new(
            Safety::Confirm,
            say!(
                "export the certificate with its key (PFX) on the machine from which the file was copied, and import that here; copied key files never work",
                "파일을 복사해 온 컴퓨터에서 개인 키가 든 PFX로 내보내 여기로 가져옵니다. 복사한 키 파일은 쓸 수 없습니다"
            ),
        )
        .run(Platform::Windows, format!("certutil -exportpfx {} \"{}\" site.pfx", e.store_word(), e.thumb));
        findings.push(f.cure(export).cure(e.import()).cure(issue_anew()));
    }
    Ok(if asked { findings.into() } else { Outcome::NotApplicable })
}

/// The machine's id, or the wish to know it.
fn machine_guid(look: &Look<'_>) -> Result<(String, FactRef), Stop> {
    let found = look.seen::<System>().find_map(|s| Some((s.machine_guid.clone()?, s.at)));
    let of = "HKLM\\SOFTWARE\\Microsoft\\Cryptography".to_owned();
    found.ok_or(Stop::Missing(Ask::Under { host: look.subject().host(), of }))
}

fn of_a_user(look: &Look<'_>) -> Judged {
    let thumb = look.thumb()?;
    let all: Vec<Cited<'_, Stored>> = look.stored_as(thumb).collect();
    let users: Vec<&Cited<'_, Stored>> =
        all.iter().filter(|s| matches!(s.location, Location::User | Location::Service(_))).collect();
    let machine = entries(look).unwrap_or_default();
    let mut findings: Vec<Finding> = vec![];
    for e in &machine {
        if let Some((flags, state)) = e.key(|k| k.flags).filter(|(f, _)| f & MACHINE_KEY_SET == 0) {
            let say = say!(
                "the private key of {name} lies in a user's key set, not the machine's",
                "{name}의 개인 키가 컴퓨터가 아닌 사용자 키 집합에 있습니다",
                name = e.called()
            );
            // SYSTEM is an account with a key set of its own
            let mut f = e.says(&state, say).at_most(Standing::Likely).because(say!(
                "the flags {flags} of its key lack {bit} (the machine's key set): only the account that imported it finds the key",
                "키의 플래그 {flags}에 {bit}(컴퓨터 키 집합)이 없습니다. 가져온 계정만 키를 찾을 수 있습니다",
                flags = Arg::term(format!("0x{flags:x}")),
                bit = Arg::term("0x20")
            ));
            if let Some((c, _)) = e.key(|k| k.container.clone()) {
                f = f.because(say!("container {name}", "컨테이너 {name}", name = Arg::quote(c)));
            }
            findings.push(f.cure(into_machine(e.store_word())).cure(e.repair()).cure(issue_anew()));
        }
    }
    if findings.is_empty() && machine.iter().all(|e| matches!(e.has_key(), Some((false, _)))) {
        findings.extend(only_a_users(look, &users, &machine)?);
    }
    // the machine's own key set was told
    let own = machine.iter().any(|e| e.key(|k| k.flags).is_some_and(|(f, _)| f & MACHINE_KEY_SET != 0));
    Ok(if findings.is_empty() && !own { Outcome::NotApplicable } else { findings.into() })
}

/// The certificate has its key in a user's store, and in the machine's it has none or is not there at all.
fn only_a_users(
    look: &Look<'_>,
    users: &[&Cited<'_, Stored>],
    machine: &[Entry<'_, '_>],
) -> Result<Option<Finding>, Stop> {
    let thumb = look.thumb()?;
    let held = |s: &&&Cited<'_, Stored>| matches!(s.key.saw(), Some(KeyLink::Named(_) | KeyLink::Held));
    let Some(own) = users.iter().filter(held).min_by_key(|s| (s.row.span, s.at)) else { return Ok(None) };
    let uses = uses(look, thumb, "");
    if uses.is_empty() {
        return Ok(None);
    }
    let mut evidence: Vec<FactRef> = uses.iter().map(|u| u.at).collect();
    if machine.is_empty() {
        let store = "store:Machine\\MY";
        evidence.push(look.whole_of(store)?);
    }
    let cert = look.certificate_of(thumb).and_then(|id| look.derived().certificate(id));
    let say = say!(
        "{name} has its key in a user's store, and the machine's store lacks it",
        "{name}의 개인 키가 사용자 저장소에 있고 컴퓨터 저장소에는 없습니다",
        name = called(&[**own], cert.as_deref(), thumb)
    );
    let mut f = look.reads_as(Impact::Broken, own, say).because(say!(
        "thumbprint {thumb}, bound to {place}",
        "지문 {thumb}, {place}에 바인딩되어 있습니다",
        thumb = Arg::term(thumb),
        place = Arg::List(uses.iter().map(|u| Arg::quote(&u.place)).collect())
    ));
    f.held = tlsdiag_model::Span { last: tlsdiag_model::Span::FOREVER, first: f.held.first.saturating_sub(86_400_000) };
    f = evidence.into_iter().fold(f, Finding::and);
    Ok(Some(f.cure(into_machine("MY")).cure(issue_anew())))
}

fn into_machine(store: &str) -> Cure {
    Cure::new(
        Safety::Confirm,
        say!(
            "import the PFX again into the machine's store in a command prompt of an administrator; moving the certificate by drag and drop leaves the key behind",
            "관리자 명령 프롬프트에서 PFX를 컴퓨터 저장소로 다시 가져옵니다. 끌어다 놓기로 옮기면 키는 따라오지 않습니다"
        ),
    )
    .run(Platform::Windows, format!("certutil -f -importpfx {store} site.pfx AT_KEYEXCHANGE"))
}

fn ephemeral(look: &Look<'_>) -> Judged {
    let mut findings: Vec<Finding> = vec![];
    let mut asked = false;
    for e in &entries(look)? {
        let told = |k: &tlsdiag_model::facts::KeyName| k.container.as_deref().map(str::is_empty);
        let Some((empty, state)) = e.key(told) else { continue };
        asked = true;
        if !empty || works(e) || e.key(|k| k.file.clone()).is_some_and(|(f, _)| !f.is_empty()) {
            continue;
        }
        let say = say!(
            "the key of {name} was only ever in a program's memory",
            "{name}의 개인 키가 프로그램의 메모리에만 있었습니다",
            name = e.called()
        );
        let f = e.says(&state, say).at_most(Standing::Likely).because(say!(
            "its entry names a key provider and a container without a name: no key was stored",
            "항목에 키 공급자는 있으나 컨테이너 이름이 비어 있습니다. 저장된 키가 없습니다"
        ));
        let code = Cure::new(
            Safety::Manual,
            say!(
                "let the program that puts it there import a PFX with a persisted machine key (X509KeyStorageFlags.MachineKeySet and PersistKeySet), not EphemeralKeySet or CopyWithPrivateKey",
                "저장소에 넣는 프로그램이 EphemeralKeySet이나 CopyWithPrivateKey 대신 MachineKeySet과 PersistKeySet으로 PFX를 가져오게 합니다"
            ),
        );
        findings.push(f.cure(e.import()).cure(code));
    }
    Ok(if asked { findings.into() } else { Outcome::NotApplicable })
}
