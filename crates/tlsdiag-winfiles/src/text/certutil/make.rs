//! Makes output of certutil in the words of a language, or in any words, for tests and cases.

use std::fmt::Write as _;

/// The translated parts of the output.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Labels {
    /// `Certificate`, in the separators.
    pub certificate: String,
    /// `Serial Number`
    pub serial: String,
    /// `Issuer`
    pub issuer: String,
    /// `NotBefore`
    pub not_before: String,
    /// `NotAfter`
    pub not_after: String,
    /// `Subject`
    pub subject: String,
    /// `Non-root Certificate`
    pub non_root: String,
    /// `Cert Hash`, before `(sha1)`.
    pub hash: String,
    /// `Key Container`
    pub container: String,
    /// `Unique container name`
    pub unique: String,
    /// `Provider`
    pub provider: String,
    /// `No key provider information`
    pub no_key: String,
    /// `Private key is NOT exportable`
    pub exportable: String,
    /// `Encryption test passed`
    pub test: String,
    /// What follows `CertUtil: -store`.
    pub completed: String,
    /// What follows `CertUtil: -store` before the code.
    pub failed: String,
    /// What stands before `:` and `=`: nothing, or a blank of some width.
    pub gap: String,
}

impl Labels {
    /// Labels in the order of the fields, with what stands before separators; missing words are empty.
    #[must_use]
    pub fn new(words: &[&str], gap: &str) -> Self {
        let word = |at: usize| words.get(at).copied().unwrap_or_default().to_owned();
        Self {
            certificate: word(0),
            serial: word(1),
            issuer: word(2),
            not_before: word(3),
            not_after: word(4),
            subject: word(5),
            non_root: word(6),
            hash: word(7),
            container: word(8),
            unique: word(9),
            provider: word(10),
            no_key: word(11),
            exportable: word(12),
            test: word(13),
            completed: word(14),
            failed: word(15),
            gap: gap.to_owned(),
        }
    }

    /// Labels of a display language: `en`, `ko`, `de`, `fr` or `zh-CN`. Those of Korean are partly our own translation.
    #[must_use]
    pub fn of(language: &str) -> Self {
        let words: &[&str] = match language {
            "ko" => &[
                "인증서",
                "일련 번호",
                "발급자",
                "NotBefore",
                "NotAfter",
                "주체",
                "루트 인증서가 아님",
                "인증서 해시",
                "키 컨테이너",
                "고유 컨테이너 이름",
                "공급자",
                "키 공급자 정보 없음",
                "개인 키를 내보낼 수 없습니다",
                "암호화 테스트 통과",
                "명령이 성공적으로 완료되었습니다.",
                "명령 실패",
            ],
            "de" => &[
                "Zertifikat",
                "Seriennummer",
                "Aussteller",
                "Nicht vor",
                "Nicht nach",
                "Antragsteller",
                "Kein Stammzertifikat",
                "Zertifikathash",
                "Schlüsselcontainer",
                "Eindeutiger Containername",
                "Anbieter",
                "Keine Schlüsselanbieterinformationen",
                "Der private Schlüssel ist NICHT exportierbar",
                "Verschlüsselungstest wurde durchgeführt",
                "-Befehl wurde erfolgreich ausgeführt.",
                "-Befehl ist fehlgeschlagen",
            ],
            "fr" => &[
                "Certificat",
                "Numéro de série",
                "Émetteur",
                "NotBefore",
                "NotAfter",
                "Objet",
                "Il ne s’agit pas d’un certificat racine",
                "Hach. cert.",
                "Conteneur de clé",
                "Nom de conteneur unique",
                "Fournisseur",
                "Aucune information sur le fournisseur de clé",
                "La clé privée ne peut PAS être exportée",
                "Test de chiffrement réussi",
                "La commande s’est terminée correctement.",
                "ÉCHEC de la commande",
            ],
            "zh-CN" => &[
                "证书",
                "序列号",
                "颁发者",
                "NotBefore",
                "NotAfter",
                "使用者",
                "非根证书",
                "证书哈希",
                "密钥容器",
                "唯一容器名称",
                "提供程序",
                "没有密钥提供程序信息",
                "私钥不可导出",
                "加密测试通过",
                "命令成功完成。",
                "命令失败",
            ],
            _ => &[
                "Certificate",
                "Serial Number",
                "Issuer",
                "NotBefore",
                "NotAfter",
                "Subject",
                "Non-root Certificate",
                "Cert Hash",
                "Key Container",
                "Unique container name",
                "Provider",
                "No key provider information",
                "Private key is NOT exportable",
                "Encryption test passed",
                "command completed successfully.",
                "command FAILED",
            ],
        };
        Self::new(words, if language == "fr" { "\u{a0}" } else { "" })
    }
}

/// A certificate to print.
#[derive(Debug, Clone, Default)]
pub struct MadeCertificate {
    /// Hex.
    pub serial: String,
    /// A distinguished name.
    pub issuer: String,
    /// In the format of the region.
    pub not_before: String,
    /// In the format of the region.
    pub not_after: String,
    /// A distinguished name.
    pub subject: String,
    /// The thumbprint as it shall stand there.
    pub sha1: String,
    /// Archived.
    pub archived: bool,
    /// Its key; without one the sentence of no key stands there.
    pub key: Option<MadeKey>,
}

/// A key to print.
#[derive(Debug, Clone, Default)]
pub struct MadeKey {
    /// The name of the container.
    pub container: String,
    /// The name of its file; nothing if it cannot be opened.
    pub unique: Option<String>,
    /// The provider.
    pub provider: String,
    /// The number; printed with `-v` only.
    pub key_spec: Option<u32>,
    /// A code below the container.
    pub code: Option<String>,
}

/// Output of `certutil -store NAME` with the heading that a machine prints.
#[must_use]
pub fn store(labels: &Labels, name: &str, display: &str, certificates: &[MadeCertificate]) -> String {
    let mut out = format!("{name} \"{display}\"\r\n");
    for (number, certificate) in certificates.iter().enumerate() {
        one(&mut out, labels, number, certificate);
    }
    let space = if labels.completed.starts_with('-') { "" } else { " " };
    let _ = write!(out, "CertUtil: -store{space}{}\r\n", labels.completed);
    out
}

/// The line that a command ends with when it fails, with the line of the message below.
#[must_use]
pub fn failure(labels: &Labels, verb: &str, code: &str, message: &str) -> String {
    let space = if labels.failed.starts_with('-') { "" } else { " " };
    format!("CertUtil: -{verb}{space}{}: {code}\r\nCertUtil: {message}\r\n", labels.failed)
}

fn one(out: &mut String, labels: &Labels, number: usize, made: &MadeCertificate) {
    let gap = &labels.gap;
    let _ = write!(out, "================ {} {number} ================\r\n", labels.certificate);
    if made.archived {
        out.push_str("#!\r\n");
    }
    let _ = write!(out, "{}{gap}: {}\r\n", labels.serial, made.serial);
    let _ = write!(out, "{}{gap}: {}\r\n", labels.issuer, made.issuer);
    let _ = write!(out, " {}{gap}: {}\r\n", labels.not_before, made.not_before);
    let _ = write!(out, " {}{gap}: {}\r\n", labels.not_after, made.not_after);
    let _ = write!(out, "{}{gap}: {}\r\n", labels.subject, made.subject);
    let _ = write!(out, "{}\r\n", labels.non_root);
    let _ = write!(out, "{} (sha1){gap}: {}\r\n", labels.hash, made.sha1);
    match &made.key {
        None => {
            let _ = write!(out, "{}\r\n", labels.no_key);
        }
        Some(key) => {
            let gap = if gap.is_empty() { " " } else { gap };
            let _ = write!(out, "  {}{gap}= {}\r\n", labels.container, key.container);
            if let Some(unique) = &key.unique {
                let _ = write!(out, "  {}{}: {unique}\r\n", labels.unique, labels.gap);
            }
            let _ = write!(out, "  {}{gap}= {}\r\n", labels.provider, key.provider);
            if let Some(spec) = key.key_spec {
                let _ =
                    write!(out, "  ProviderType = {}\r\n  Flags = 20\r\n  KeySpec = {spec}\r\n", u8::from(spec != 0));
            }
            match &key.code {
                Some(code) => {
                    let _ = write!(out, "{} {code}\r\n", labels.test);
                }
                None => {
                    let _ = write!(out, "{}\r\n{}\r\n", labels.exportable, labels.test);
                }
            }
        }
    }
    out.push_str("\r\n");
}
