//! Files that could not be opened: no password, a wrong one, a protection that is not known, or one that costs too much.
use crate::look::{Cited, Look};
use crate::s1_key::at_hand::{about, files, in_command, things_in};
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::facts::{File, Filed, Refusal, Thing};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Standing, Tpl, Who, say};

/// No password was given.
pub static NO_PASSWORD: Rule = Rule {
    code: Code(2002),
    slug: "password-missing",
    title: Tpl { en: "a file is encrypted, and no password was given", ko: "암호가 필요한 파일" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyWrongPassword],
    explains: &[],
    routine: false,
    check: |look| refused(look, Refusal::NoPassword, no_password),
    sources: &[
        "RFC 7292 section 4.2.2 (PKCS8ShroudedKeyBag) and section 5.1 (integrity by password)",
        "RFC 8018 (PBES2)",
        "nginx ssl_password_file, Apache SSLPassPhraseDialog",
    ],
    page: page!("locked"),
};

/// None of those given opens it.
pub static WRONG_PASSWORD: Rule = Rule {
    code: Code(2003),
    slug: "password-wrong",
    title: Tpl { en: "the password is wrong", ko: "틀린 암호" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyWrongPassword],
    explains: &[],
    routine: false,
    check: |look| refused(look, Refusal::WrongPassword, wrong_password),
    sources: &[
        "RFC 7292 appendix B.1 (passwords are BMPString with two octets of zero at the end)",
        "RFC 7292 section 4 (MacData)",
        "Windows: 0x80070056 ERROR_INVALID_PASSWORD; OpenSSL: mac verify failure, bad decrypt; Java: keystore password was incorrect",
    ],
    page: page!("locked"),
};

/// By an algorithm that is not known.
pub static UNKNOWN: Rule = Rule {
    code: Code(2004),
    slug: "protection-unknown",
    title: Tpl {
        en: "a file is protected in a way that is not known", ko: "알 수 없는 방식으로 보호된 파일"
    },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyPfxAlgorithm],
    explains: &[],
    routine: false,
    check: |look| refused(look, Refusal::Unsupported, unsupported),
    sources: &["RFC 8018 (password-based encryption schemes)", "RFC 9579 (PBMAC1 in PKCS#12)"],
    page: page!("locked"),
};

/// Costlier to open than allowed.
pub static COSTLY: Rule = Rule {
    code: Code(2005),
    slug: "protection-too-costly",
    title: Tpl { en: "a file costs too much to open", ko: "여는 데 너무 많은 계산이 필요한 파일" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyPfxAlgorithm],
    explains: &[],
    routine: false,
    check: |look| refused(look, Refusal::TooCostly, too_costly),
    sources: &["RFC 8018 section 4.2 (iteration count)", "RFC 7914 (scrypt parameters)"],
    page: page!("locked"),
};

type Told = fn(&Look<'_>, &Cited<'_, File>, &Cited<'_, Filed>, &str, &str) -> Option<Finding>;

/// One finding for each file with something that was refused for this reason.
fn refused(look: &Look<'_>, which: Refusal, told: Told) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for f in files(look) {
        let mut of_file: Option<Finding> = None;
        for t in things_in(look, &f.path) {
            let Thing::Refused { of, why, detail } = &t.row.what.what else { continue };
            if *why != which {
                continue;
            }
            of_file = match of_file {
                Some(f) => Some(f.and(t.at)),
                None => told(look, &f, &t, of, detail),
            };
        }
        out.extend(of_file.iter().flat_map(|x| about(look, &f.path, x)));
    }
    // what was opened in one file says nothing of another
    Ok(if out.is_empty() { Outcome::NotApplicable } else { out.into() })
}

fn place(t: &Cited<'_, Filed>, of: &str, detail: &str) -> tlsdiag_model::Say {
    say!(
        "{what} at {place}: {detail}",
        "{what}, 위치 {place}: {detail}",
        what = Arg::quote(of),
        place = Arg::quote(&t.place),
        detail = Arg::quote(detail)
    )
}

fn no_password(look: &Look<'_>, f: &Cited<'_, File>, t: &Cited<'_, Filed>, of: &str, detail: &str) -> Option<Finding> {
    let said = look
        .reads_as(
            Impact::Broken,
            f,
            say!(
                "{path} is encrypted, and no password was given",
                "{path:이} 암호로 보호되어 있는데 암호를 받지 못했습니다",
                path = Arg::quote(&f.path)
            ),
        )
        .and(t.at)
        .because(place(t, of, detail));
    Some(servers(give(said, &f.path), f))
}

fn wrong_password(
    look: &Look<'_>,
    f: &Cited<'_, File>,
    t: &Cited<'_, Filed>,
    of: &str,
    detail: &str,
) -> Option<Finding> {
    let said = look
        .reads_as(
            Impact::Broken,
            f,
            say!("no password given opens {path}", "받은 암호로 {path:을} 열 수 없습니다", path = Arg::quote(&f.path)),
        )
        .and(t.at)
        .because(place(t, of, detail));
    let said = give(said, &f.path);
    let said = if matches!(f.form.as_str(), "jks" | "jceks") {
        said.cure(
            Cure::new(
                Safety::Safe,
                say!(
                    "in a Java key store the key may have another password than the store: give both",
                    "Java 키 저장소는 저장소 암호와 키 암호가 다를 수 있습니다. 둘 다 줍니다"
                ),
            )
            .run(Platform::Any, format!("keytool -list -v -keystore {}", in_command(&f.path, "KEYSTORE"))),
        )
    } else {
        said
    };
    Some(said.cure(Cure::new(
        Safety::Manual,
        say!(
            "look for a keyboard in another language, a line end at the end of a password file, and the password of the export rather than of the account; a lost password cannot be found again, so export anew where the key is",
            "키보드 언어, 암호 파일 끝의 줄바꿈, 계정 암호가 아니라 내보낼 때 정한 암호인지 확인합니다. 잊은 암호는 찾을 수 없으므로 키가 있는 곳에서 다시 내보냅니다"
        ),
    )))
}

/// How a password is given to tlsdiag, never as an argument.
fn give(f: Finding, path: &str) -> Finding {
    let file = in_command(path, "FILE");
    f.cure(
        Cure::new(
            Safety::Safe,
            say!(
                "give the password in a file, in the environment, or when asked for it on a terminal",
                "암호는 파일이나 환경 변수로 주거나 터미널에서 물을 때 입력합니다"
            ),
        )
        .run(Platform::Any, format!("tlsdiag {file} --password-file PASSWORD.txt"))
        .run(Platform::Linux, format!("read -rs TLSDIAG_PASSWORD && export TLSDIAG_PASSWORD && tlsdiag {file}")),
    )
}

/// What a server needs to open the key by itself.
fn servers(f: Finding, file: &File) -> Finding {
    if !matches!(file.form.as_str(), "pem" | "der") {
        return f;
    }
    let path = in_command(&file.path, "site.key");
    f.cure(
        Cure::new(
            Safety::Manual,
            say!(
                "servers need it at every start: name it in their configuration, or take the encryption off and keep the file to root alone",
                "서버도 시작할 때마다 암호가 필요합니다. 서버 설정에 지정하거나, 암호화를 풀고 파일을 root만 읽게 합니다"
            ),
        )
        .run(Platform::Any, "nginx:   ssl_password_file    /etc/nginx/site.pass;")
        .run(Platform::Any, "Apache:  SSLPassPhraseDialog  exec:/etc/apache2/pass.sh")
        .run(Platform::Linux, format!("(umask 077 && openssl pkey -in {path} -out site.open.key)")),
    )
}

fn unsupported(look: &Look<'_>, f: &Cited<'_, File>, t: &Cited<'_, Filed>, of: &str, detail: &str) -> Option<Finding> {
    // forms of other programs are told by themselves
    const FOREIGN: &[&str] = &["OpenSSH", "SSH2", "PuTTY", ".pvk", "PRIVATEKEYBLOB", "OpenPGP"];
    if FOREIGN.iter().any(|x| detail.contains(x) || of.contains(x)) {
        return None;
    }
    let said = look
        .reads_as(
            Impact::Partial,
            f,
            say!(
                "{path} is protected by an algorithm that is not known here",
                "{path:이} 알 수 없는 알고리즘으로 보호되어 있습니다",
                path = Arg::quote(&f.path)
            ),
        )
        .and(t.at)
        .at_most(Standing::Likely)
        .because(place(t, of, detail))
        .who(Who::Clients(say!(
            "every program that does not know the algorithm either",
            "이 알고리즘을 모르는 모든 프로그램"
        )));
    let said = if f.form == "pkcs12" { said } else { said.labels(&[Cause::KeyFormat]) };
    Some(said.cure(anew()))
}

fn too_costly(look: &Look<'_>, f: &Cited<'_, File>, t: &Cited<'_, Filed>, of: &str, detail: &str) -> Option<Finding> {
    let most = largest(detail);
    let said = look
        .reads_as(
            Impact::Partial,
            f,
            say!(
                "opening {path} costs more work than is allowed",
                "{path:을} 여는 데 허용된 것보다 많은 계산이 필요합니다",
                path = Arg::quote(&f.path)
            ),
        )
        .and(t.at)
        .at_most(Standing::Likely)
        .because(place(t, of, detail))
        .who(Who::Clients(say!(
            "programs that bound the work as well; others need long at every start",
            "계산량을 제한하는 프로그램. 제한하지 않는 프로그램도 시작할 때마다 오래 걸립니다"
        )));
    let said = if f.form == "pkcs12" { said } else { said.labels(&[Cause::KeyFormat]) };
    let file = in_command(&f.path, "FILE");
    let wait = Cure::new(Safety::Safe, say!("to open it nevertheless, and wait", "그래도 열려면(기다려야 합니다)"));
    let wait = match most {
        Some(n) => wait.run(Platform::Any, format!("tlsdiag {file} --max-iterations {n}")),
        None => wait.run(Platform::Any, format!("tlsdiag {file} --max-iterations N")),
    };
    Some(said.cure(wait).cure(anew()))
}

/// The largest number in a text: the one that went beyond the bound.
fn largest(text: &str) -> Option<u64> {
    let joined: String = text.chars().filter(|c| *c != ',' && *c != '_').collect();
    joined.split(|c: char| !c.is_ascii_digit()).filter_map(|d| d.parse().ok()).max()
}

fn anew() -> Cure {
    Cure::new(
        Safety::Manual,
        say!(
            "export it anew where it was made, with PBES2, PBKDF2 of SHA-256 and AES-256",
            "만든 곳에서 PBES2, PBKDF2(SHA-256), AES-256으로 다시 내보냅니다"
        ),
    )
    .run(Platform::Linux, "openssl pkcs12 -export -inkey site.key -in fullchain.pem -out site.pfx")
    .run(Platform::Linux, "openssl pkcs8 -topk8 -v2 aes-256-cbc -iter 100000 -in site.key -out site.p8")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_beyond_the_bound_is_found() {
        assert_eq!(largest("PBKDF2 with 20,000,000 iterations; up to 10000000 are made"), Some(20_000_000));
        assert_eq!(largest("too many"), None);
    }
}
