//! Why nothing is written.
use crate::{Closed, For};
use std::path::PathBuf;
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::private::{KeyFault, Mismatch};

/// Why there is no plan.
#[derive(Clone, Debug)]
pub enum Refusal {
    /// There is no certificate in any file; what stayed closed or could not be read.
    NoCertificate(Vec<Closed>),
    /// The private key is needed and was not given; a file beside those given that holds it; what stayed closed.
    NoKey {
        /// Where it lies, if it was found.
        beside: Option<String>,
        /// What stayed closed.
        closed: Vec<Closed>,
    },
    /// No private key that was given belongs to any of the certificates.
    OtherKey {
        /// File and place of the key.
        key: String,
        /// The certificate that it was compared with: its name and file.
        certificate: (String, String),
        /// How they differ.
        mismatch: Box<Mismatch>,
    },
    /// The key that belongs to the certificate is damaged.
    BrokenKey {
        /// File and place.
        key: String,
        /// How.
        fault: KeyFault,
    },
    /// Several certificates could be meant; their names.
    Several(Vec<String>),
    /// `--name` names a host that no certificate covers.
    NoSuchName {
        /// The host.
        name: String,
        /// Names of the certificates.
        certificates: Vec<String>,
    },
    /// A PFX needs a password and there is none.
    NoOutPassword(PathBuf),
    /// The output's name says nothing about what to write.
    UnknownOutput(PathBuf),
    /// The output's name and the server contradict each other.
    Unfit {
        /// The output.
        out: PathBuf,
        /// The server.
        server: For,
    },
    /// The octets could not be made, in words of the trade.
    NotMade(String),
}

impl Refusal {
    /// The sentence.
    pub fn say(&self) -> Say {
        match self {
            Refusal::NoCertificate(closed) if closed.is_empty() => {
                say!("there is no certificate in these files", "이 파일들에는 인증서가 없습니다")
            }
            Refusal::NoCertificate(closed) => say!(
                "no certificate could be had: {closed}",
                "인증서를 얻지 못했습니다: {closed}",
                closed = list(closed)
            ),
            Refusal::NoKey { beside: Some(path), closed } if !closed.iter().any(Closed::wants_password) => say!(
                "the private key is needed for this; {path} beside the files holds it: name that file too",
                "이 파일을 만들려면 개인 키가 필요합니다. 같은 폴더의 {path}에 들어 있으니 그 파일도 함께 지정하세요",
                path = Arg::quote(path)
            ),
            Refusal::NoKey { closed, .. } if closed.is_empty() => say!(
                "the private key is needed for this, and none was given: name its file too",
                "이 파일을 만들려면 개인 키가 필요한데 주어지지 않았습니다. 개인 키 파일도 함께 지정하세요"
            ),
            Refusal::NoKey { closed, .. } => say!(
                "the private key is needed for this and could not be had: {closed}",
                "이 파일을 만들려면 개인 키가 필요한데 얻지 못했습니다: {closed}",
                closed = list(closed)
            ),
            Refusal::OtherKey { key, certificate: (name, path), mismatch } => say!(
                "the private key in {key} is not that of the certificate {name} in {path}: {why}",
                "{key}의 개인 키는 {path}에 있는 인증서 {name}의 것이 아닙니다: {why}",
                key = Arg::quote(key),
                name = Arg::quote(name),
                path = Arg::quote(path),
                why = misfit(mismatch)
            ),
            Refusal::BrokenKey { key, fault } => say!(
                "the private key in {key} is damaged: {fault}",
                "{key}의 개인 키가 손상되었습니다: {fault}",
                key = Arg::quote(key),
                fault = Arg::term(fault)
            ),
            Refusal::Several(names) => say!(
                "these files hold several certificates of servers: {names}; say which is meant with --name HOST, or name fewer files",
                "이 파일들에는 서버 인증서가 여러 개 있습니다: {names}. --name HOST로 어느 것인지 말하거나 파일을 줄이세요",
                names = quotes(names)
            ),
            Refusal::NoSuchName { name, certificates } => say!(
                "no certificate in these files is for {name}; they are for {certificates}",
                "이 파일들에는 {name}의 인증서가 없습니다. 있는 것: {certificates}",
                name = Arg::quote(name),
                certificates = quotes(certificates)
            ),
            Refusal::NoOutPassword(out) => say!(
                "{out} needs a password of its own: give it with --out-password-file FILE",
                "{out}에 쓸 암호가 필요합니다. --out-password-file 파일로 지정하세요",
                out = Arg::quote(out.display())
            ),
            Refusal::UnknownOutput(out) => say!(
                "what to write into {out} is not clear from its name: .pem or .crt (chain), .key (private key), .pfx or .p12 (both), .p7b (chain for Windows), .cer (one certificate), or a folder",
                "{out}에 무엇을 써야 할지 이름으로 알 수 없습니다: .pem 또는 .crt(체인), .key(개인 키), .pfx 또는 .p12(둘 다), .p7b(Windows용 체인), .cer(인증서 하나), 또는 폴더",
                out = Arg::quote(out.display())
            ),
            Refusal::Unfit { out, server } => say!(
                "{server} does not read what {out} would be; it reads {reads}",
                "{server:은} {out} 같은 파일을 읽지 않습니다. 읽는 것: {reads}",
                server = Arg::term(server.name()),
                out = Arg::quote(out.display()),
                reads = Arg::term(match server {
                    For::Nginx | For::Apache => ".pem, .crt, .key",
                    For::Haproxy => ".pem",
                    For::Iis | For::Windows2012 => ".pfx, .p12, .p7b, .cer",
                    For::Java => ".p12",
                })
            ),
            Refusal::NotMade(why) => {
                say!("the file cannot be made: {why}", "파일을 만들 수 없습니다: {why}", why = Arg::quote(why))
            }
        }
    }
}

/// How a key and a certificate differ.
fn misfit(mismatch: &Mismatch) -> Arg {
    match mismatch {
        Mismatch::OtherKind { key, certificate } => Arg::Say(Box::new(say!(
            "the key is {key}, the certificate's is {certificate}",
            "키는 {key}이고 인증서의 키는 {certificate}입니다",
            key = Arg::term(key),
            certificate = Arg::term(certificate)
        ))),
        Mismatch::OtherKey => Arg::word(
            "another key of the same kind, as after a renewal",
            "종류는 같지만 다른 키입니다(갱신 후에 흔합니다)",
        ),
        Mismatch::NotComputed => Arg::word(
            "it cannot be compared, its public part is not computed here",
            "공개 키를 계산할 수 없어 비교하지 못했습니다",
        ),
    }
}

fn list(closed: &[Closed]) -> Arg {
    Arg::List(closed.iter().map(|c| Arg::Say(Box::new(c.say()))).collect())
}

fn quotes(names: &[String]) -> Arg {
    Arg::List(names.iter().map(Arg::quote).collect())
}
