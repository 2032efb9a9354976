//! How a private key in a file is guarded: a pass phrase that the server must be given, rights that are too wide.
use crate::look::{Cited, Look};
use crate::s1_key::at_hand::{about, files, in_command, keys};
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::facts::File;
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, say};

/// Encrypted at rest.
pub static PASS_PHRASE: Rule = Rule {
    code: Code(2006),
    slug: "key-needs-pass-phrase",
    title: Tpl {
        en: "the server needs a pass phrase at every start", ko: "시작할 때마다 암호가 필요한 키"
    },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyPassPhrase],
    explains: &[],
    routine: false,
    check: pass_phrase,
    sources: &[
        "nginx: ssl_password_file",
        "Apache: SSLPassPhraseDialog",
        "Go crypto/tls X509KeyPair: no encrypted keys",
    ],
    page: page!("guarded"),
};

/// Readable by others.
pub static EXPOSED: Rule = Rule {
    code: Code(2007),
    slug: "key-readable-by-others",
    title: Tpl { en: "others may read the private key", ko: "다른 계정이 읽을 수 있는 개인 키" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyExposed],
    explains: &[],
    routine: false,
    check: exposed,
    sources: &["POSIX: file permission bits", "certbot: the mode of private keys (0600)"],
    page: page!("guarded"),
};

fn found(out: Vec<Finding>) -> Outcome {
    if out.is_empty() { Outcome::NotApplicable } else { out.into() }
}

fn pass_phrase(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for f in files(look) {
        // the password of a container is asked for when it is imported, not at every start
        if !matches!(f.form.as_str(), "pem" | "der") {
            continue;
        }
        let locked = keys(look, &f.path).into_iter().find_map(|(at, k)| Some((at, k.encrypted.as_ref()?)));
        let Some((at, how)) = locked else { continue };
        let file = in_command(&f.path, "site.key");
        let said = look
            .reads_as(
                Impact::Risk,
                &f,
                say!(
                    "the private key in {path} is encrypted: a server asks for the pass phrase at every start",
                    "{path}의 개인 키가 암호화되어 있어 서버가 시작할 때마다 암호를 묻습니다",
                    path = Arg::quote(&f.path)
                ),
            )
            .and(at.at)
            .because(say!("encrypted by {how}", "암호화 방식: {how}", how = Arg::quote(how)))
            .cure(
                Cure::new(Safety::Manual, say!("give the server the pass phrase", "서버에 암호를 지정합니다"))
                    .run(Platform::Any, "nginx:   ssl_password_file    /etc/nginx/site.pass;")
                    .run(Platform::Any, "Apache:  SSLPassPhraseDialog  exec:/etc/apache2/pass.sh"),
            )
            .cure(
                Cure::new(
                    Safety::Manual,
                    say!(
                        "or take the encryption off and let root alone read the file",
                        "또는 암호화를 풀고 root만 파일을 읽게 합니다"
                    ),
                )
                .run(Platform::Linux, format!("(umask 077 && openssl pkey -in {file} -out site.open.key)")),
            );
        out.extend(about(look, &f.path, &said));
    }
    Ok(found(out))
}

/// Reading for others, and for the group.
const OTHERS: u32 = 0o007;
const GROUP: u32 = 0o070;

fn exposed(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for f in files(look) {
        let Some(mode) = f.mode.saw() else { continue };
        let open = keys(look, &f.path).into_iter().find(|(_, k)| k.encrypted.is_none());
        let locked = f.protections.iter().any(|p| p.of == "keys");
        let Some((at, _)) = open.filter(|_| !locked && mode & (OTHERS | GROUP) != 0) else { continue };
        out.extend(about(look, &f.path, &wide(look, &f, *mode).and(at.at)));
    }
    Ok(found(out))
}

fn wide(look: &Look<'_>, f: &Cited<'_, File>, mode: u32) -> Finding {
    let path = Arg::quote(&f.path);
    let file = in_command(&f.path, "site.key");
    let said = if mode & OTHERS != 0 {
        let say = say!(
            "every account of the machine may read the private key in {path}",
            "컴퓨터의 모든 계정이 {path}의 개인 키를 읽을 수 있습니다",
            path = path
        );
        look.reads_as(Impact::Risk, f, say)
    } else {
        let say = say!(
            "the group of the file may read the private key in {path}",
            "파일의 그룹이 {path}의 개인 키를 읽을 수 있습니다",
            path = path
        );
        look.reads_as(Impact::Note, f, say)
    };
    said.because(say!("its mode is {mode}", "파일 모드: {mode}", mode = Arg::term(format!("{:03o}", mode & 0o777))))
        .cure(
            Cure::new(
                Safety::Safe,
                say!(
                    "let the owner alone read it; servers read it as root before they give up their rights",
                    "소유자만 읽게 합니다. 서버는 권한을 낮추기 전에 root로 읽습니다"
                ),
            )
            .run(Platform::Linux, format!("chmod 600 {file}")),
        )
}
