//! A PFX that Windows before Server 2019 cannot open, whatever the password.
use crate::look::Look;
use crate::s1_key::at_hand::{about, beside, files, in_command};
use crate::{Judged, Outcome, Over, Rule, page};
use tlsdiag_model::{Arg, Cause, Code, Cure, Finding, Impact, Layer, Platform, Safety, Tpl, Who, say};

/// Too new for old Windows.
pub static RULE: Rule = Rule {
    code: Code(2008),
    slug: "pfx-not-for-old-windows",
    title: Tpl { en: "Windows before 2019 cannot open the PFX", ko: "2019 이전 Windows가 열지 못하는 PFX" },
    layer: Layer::Key,
    over: Over::Hosts,
    causes: &[Cause::KeyPfxAlgorithm],
    explains: &[],
    routine: false,
    check,
    sources: &[
        "Microsoft: Export-PfxCertificate -CryptoAlgorithmOption (TripleDES_SHA1, AES256_SHA256)",
        "OpenSSL 3: openssl-pkcs12(1), -legacy; AES-256-CBC and SHA-256 are the default",
        "RFC 7292 appendix C (password-based encryption of PKCS#12)",
    ],
    page: page!("old_windows"),
};

fn check(look: &Look<'_>) -> Judged {
    let mut out: Vec<Finding> = vec![];
    for f in files(look) {
        let new: Vec<_> = f.protections.iter().filter(|p| !p.windows_2016).collect();
        if f.form != "pkcs12" || new.is_empty() {
            continue;
        }
        let (file, old) = (in_command(&f.path, "site.pfx"), beside(&f.path, "-2012.pfx", "site-2012.pfx"));
        let mut said = look
            .reads_as(
                Impact::Partial,
                &f,
                say!(
                    "Windows Server 2016 and older cannot open {path}",
                    "Windows Server 2016 이하에서는 {path:을} 열 수 없습니다",
                    path = Arg::quote(&f.path)
                ),
            )
            .who(Who::Clients(say!(
                "Windows Server 2016, 2012 R2, 2012, Windows 10 before 1809 (The password you entered is incorrect, 0x80070056)",
                "Windows Server 2016, 2012 R2, 2012, 1809 이전의 Windows 10(입력한 암호가 올바르지 않습니다, 0x80070056)"
            )));
        for p in new {
            let of = match p.of.as_str() {
                "keys" => Arg::word("private keys", "개인 키"),
                "certificates" => Arg::word("certificates", "인증서"),
                "integrity" => Arg::word("checksum", "무결성 검사값"),
                other => Arg::quote(other),
            };
            said = said.because(say!("{of}: {scheme}", "{of}: {scheme}", of = of, scheme = Arg::quote(&p.scheme)));
        }
        let said = said
            .because(say!(
                "these systems know 3DES or RC2 with SHA-1 alone, and call everything else a wrong password",
                "이 시스템은 SHA-1과 3DES 또는 RC2만 알고 나머지는 모두 암호가 틀렸다고 합니다"
            ))
            .cure(
                Cure::new(
                    Safety::Safe,
                    say!(
                        "make a copy for old Windows, import it there and delete it; its encryption is weak",
                        "예전 Windows용 사본을 만들어 가져온 뒤 지웁니다. 이 방식의 암호화는 약합니다"
                    ),
                )
                .run(Platform::Any, format!("tlsdiag fix {file} --for windows-2012 -o {old}"))
                .run(Platform::Linux, format!("openssl pkcs12 -in {file} -nodes | openssl pkcs12 -export -legacy -out {old}"))
                .run(
                    Platform::Windows,
                    format!("powershell Export-PfxCertificate -Cert cert:\\LocalMachine\\My\\THUMBPRINT -FilePath {old} -Password (Read-Host -AsSecureString) -CryptoAlgorithmOption TripleDES_SHA1"),
                ),
            )
            .cure(Cure::new(
                Safety::Manual,
                say!(
                    "where it is for Windows Server 2019 or newer, Linux or Java alone: nothing",
                    "Windows Server 2019 이상, Linux, Java에서만 쓴다면 조치할 것이 없습니다"
                ),
            ));
        out.extend(about(look, &f.path, &said));
    }
    Ok(if out.is_empty() { Outcome::NotApplicable } else { out.into() })
}
