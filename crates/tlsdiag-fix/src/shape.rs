//! What is to be written: by the name of the output and by the server that will read it.
use crate::Refusal;
use std::path::{Path, PathBuf};
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::container::pkcs12::Profile;

/// A server, by how it wants its certificate and key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum For {
    /// `ssl_certificate` with the chain, `ssl_certificate_key` apart.
    Nginx,
    /// `SSLCertificateFile` with the chain (since 2.4.8), `SSLCertificateKeyFile` apart.
    Apache,
    /// `crt`: chain and key in one file.
    Haproxy,
    /// A PFX for Windows Server 2019 and later.
    Iis,
    /// A PFX that Windows Server 2012 and 2016 import too.
    Windows2012,
    /// A PKCS#12 key store.
    Java,
}

/// The form of one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// PEM: the certificate, then its issuers in order.
    Chain,
    /// PEM: the private key.
    Key,
    /// PEM: the chain, then the private key.
    Combined,
    /// PKCS#12.
    Pfx(Profile),
    /// The certificate alone, DER.
    Leaf,
    /// PKCS#7 (DER) with the certificates of the chain, no key.
    Pkcs7,
}

/// One file that is to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// Where.
    pub path: PathBuf,
    /// As what.
    pub shape: Shape,
}

impl Shape {
    /// Whether the private key is in it.
    pub fn secret(self) -> bool {
        matches!(self, Shape::Key | Shape::Combined | Shape::Pfx(_))
    }

    /// Whether certificates are in it.
    pub fn certificates(self) -> bool {
        self != Shape::Key
    }

    /// What it is, for people.
    pub fn say(self) -> Arg {
        match self {
            Shape::Chain => Arg::word("certificate chain, PEM", "인증서 체인, PEM"),
            Shape::Key => Arg::word("private key, PEM", "개인 키, PEM"),
            Shape::Combined => Arg::word("certificate chain and private key, PEM", "인증서 체인과 개인 키, PEM"),
            Shape::Pfx(Profile::Modern) => {
                Arg::word("PFX (PKCS#12), AES-256 and SHA-256", "PFX(PKCS#12), AES-256과 SHA-256")
            }
            Shape::Pfx(Profile::Windows2012) => {
                Arg::word("PFX (PKCS#12), triple DES and SHA-1", "PFX(PKCS#12), 3DES와 SHA-1")
            }
            Shape::Leaf => Arg::word("the certificate alone, DER", "인증서만, DER"),
            Shape::Pkcs7 => Arg::word("certificate chain, PKCS#7", "인증서 체인, PKCS#7"),
        }
    }

    /// Why a server wants it so.
    pub fn why(self, server: Option<For>) -> Say {
        match self {
            Shape::Chain if server == Some(For::Apache) => say!(
                "for SSLCertificateFile (Apache 2.4.8 and later): the certificate first, then each one's issuer; the root stays with the clients",
                "SSLCertificateFile용(Apache 2.4.8 이상): 인증서가 먼저, 그다음 각 인증서의 발급자 순서입니다. 루트는 클라이언트가 이미 갖고 있습니다"
            ),
            Shape::Chain => say!(
                "servers send the certificate first, then each one's issuer; the root stays with the clients",
                "서버는 인증서를 먼저, 그다음 각 인증서의 발급자를 순서대로 보냅니다. 루트는 클라이언트가 이미 갖고 있습니다"
            ),
            Shape::Key => say!(
                "PKCS#8, which every server of today reads; for its own account only",
                "PKCS#8은 요즘 서버가 모두 읽습니다. 파일을 만든 계정만 읽을 수 있습니다"
            ),
            Shape::Combined => {
                say!("HAProxy reads chain and key from one file", "HAProxy는 체인과 키를 한 파일에서 읽습니다")
            }
            Shape::Pfx(Profile::Modern) if server == Some(For::Java) => say!(
                "Java reads PKCS#12 as its key store (with this encryption since 8u301 and 11.0.12)",
                "Java는 PKCS#12를 키 저장소로 읽습니다(이 암호화는 8u301, 11.0.12부터)"
            ),
            Shape::Pfx(Profile::Modern) => say!(
                "what Windows Server 2019 and later and current OpenSSL and Java write themselves",
                "Windows Server 2019 이상과 요즘 OpenSSL, Java가 스스로 쓰는 방식입니다"
            ),
            Shape::Pfx(Profile::Windows2012) => say!(
                "Windows before Server 2019 opens nothing stronger and says that the password is wrong; guard the file, its encryption is weak",
                "Server 2019 이전의 Windows는 이보다 강한 암호화를 열지 못하고 암호가 틀렸다고 말합니다. 암호화가 약하므로 파일을 잘 간수하세요"
            ),
            Shape::Leaf => {
                say!("DER holds one certificate and no chain", "DER 파일에는 체인 없이 인증서 하나만 들어갑니다")
            }
            Shape::Pkcs7 => say!(
                "Windows completes a pending request with it and puts the issuers in their stores",
                "Windows는 이 파일로 대기 중인 요청을 완료하고 발급자를 저장소에 넣습니다"
            ),
        }
    }
}

impl For {
    /// As it is typed.
    pub fn name(self) -> &'static str {
        match self {
            For::Nginx => "nginx",
            For::Apache => "apache",
            For::Haproxy => "haproxy",
            For::Iis => "iis",
            For::Windows2012 => "windows-2012",
            For::Java => "java",
        }
    }

    fn profile(self) -> Profile {
        if self == For::Windows2012 { Profile::Windows2012 } else { Profile::Modern }
    }
}

/// The files that an output stands for. `folder`: it is a folder or is written as one. `key`: there is a private key.
///
/// # Errors
/// [`Refusal::UnknownOutput`] or [`Refusal::Unfit`] where name and server say different things.
pub fn targets(out: &Path, folder: bool, server: Option<For>, key: bool) -> Result<Vec<Target>, Refusal> {
    let one = |path: PathBuf, shape| vec![Target { path, shape }];
    if folder {
        return Ok(match server {
            Some(For::Haproxy) => one(out.join("haproxy.pem"), Shape::Combined),
            Some(s @ (For::Iis | For::Windows2012)) => one(out.join("site.pfx"), Shape::Pfx(s.profile())),
            Some(For::Java) => one(out.join("keystore.p12"), Shape::Pfx(Profile::Modern)),
            Some(For::Nginx | For::Apache) | None => {
                let mut both = one(out.join("fullchain.pem"), Shape::Chain);
                if key {
                    both.extend(one(out.join("privkey.pem"), Shape::Key));
                }
                both
            }
        });
    }
    let text = |s: Option<&std::ffi::OsStr>| s.map(|s| s.to_string_lossy().to_ascii_lowercase()).unwrap_or_default();
    let (extension, stem) = (text(out.extension()), text(out.file_stem()));
    let shape = match (extension.as_str(), server) {
        ("pfx" | "p12", None) => Shape::Pfx(Profile::Modern),
        ("pfx" | "p12", Some(s @ (For::Iis | For::Windows2012 | For::Java))) => Shape::Pfx(s.profile()),
        ("pem", Some(For::Haproxy)) => Shape::Combined,
        ("key", None | Some(For::Nginx | For::Apache | For::Haproxy)) => Shape::Key,
        ("pem", None | Some(For::Nginx | For::Apache)) if is_key_name(&stem) => Shape::Key,
        ("pem" | "crt", None | Some(For::Nginx | For::Apache)) => Shape::Chain,
        ("crt", Some(For::Haproxy)) => Shape::Chain,
        ("p7b" | "p7c", None | Some(For::Iis | For::Windows2012)) => Shape::Pkcs7,
        ("cer" | "der", None | Some(For::Iis | For::Windows2012)) => Shape::Leaf,
        ("pfx" | "p12" | "pem" | "crt" | "key" | "p7b" | "p7c" | "cer" | "der" | "jks" | "keystore", Some(server)) => {
            return Err(Refusal::Unfit { out: out.to_path_buf(), server });
        }
        _ => return Err(Refusal::UnknownOutput(out.to_path_buf())),
    };
    Ok(one(out.to_path_buf(), shape))
}

/// `privkey`, `key`, `server-key`, `site_key`, `site.key`: the key alone.
fn is_key_name(stem: &str) -> bool {
    stem == "key" || ["privkey", "private", "-key", "_key", ".key"].iter().any(|end| stem.ends_with(end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shape(out: &str, server: Option<For>) -> Option<Shape> {
        targets(Path::new(out), false, server, true).ok().map(|t| t[0].shape)
    }

    #[test]
    fn names_and_servers_say_what_is_written() {
        assert_eq!(shape("a.PFX", None), Some(Shape::Pfx(Profile::Modern)));
        assert_eq!(shape("a.pfx", Some(For::Windows2012)), Some(Shape::Pfx(Profile::Windows2012)));
        assert_eq!(shape("a.pem", Some(For::Haproxy)), Some(Shape::Combined));
        assert_eq!(shape("a.pem", None), Some(Shape::Chain));
        assert_eq!(shape("a.key", Some(For::Nginx)), Some(Shape::Key));
        assert_eq!(shape("privkey.pem", None), Some(Shape::Key));
        assert_eq!(shape("monkey.pem", None), Some(Shape::Chain));
        assert_eq!(shape("a.p7b", None), Some(Shape::Pkcs7));
    }

    #[test]
    fn contradictions_are_refused() {
        assert_eq!(shape("a.pfx", Some(For::Nginx)), None);
        assert_eq!(shape("a.pem", Some(For::Iis)), None);
        assert_eq!(shape("a.jks", Some(For::Java)), None);
        assert_eq!(shape("a.txt", None), None);
    }

    #[test]
    fn folders_get_what_the_server_wants() {
        let names = |server, key| -> Vec<String> {
            let all = targets(Path::new("d"), true, server, key).unwrap();
            all.iter().map(|t| t.path.file_name().unwrap().to_string_lossy().into_owned()).collect()
        };
        assert_eq!(names(None, true), ["fullchain.pem", "privkey.pem"]);
        assert_eq!(names(Some(For::Nginx), false), ["fullchain.pem"]);
        assert_eq!(names(Some(For::Windows2012), true), ["site.pfx"]);
        assert_eq!(names(Some(For::Haproxy), true), ["haproxy.pem"]);
    }
}
