//! Names, banners and greetings of ordinary servers, drawn so that they say nothing about what is wrong.
use crate::seed::Chance;

const WORDS: [&str; 48] = [
    "amber", "birch", "cedar", "delta", "ember", "fjord", "garnet", "harbor", "indigo", "jasmin", "kestrel", "linden",
    "maple", "nimbus", "opal", "pepper", "quartz", "raven", "saffron", "tundra", "umber", "violet", "willow", "yarrow",
    "zephyr", "acorn", "basil", "copper", "dune", "elm", "falcon", "grove", "heron", "iris", "juniper", "krill",
    "lotus", "meadow", "nutmeg", "orchid", "pine", "quince", "reed", "sorrel", "thyme", "urchin", "vale", "wren",
];
const TLDS: [&str; 3] = ["test", "test", "example"];
const SERVERS: [&str; 8] = [
    "nginx/1.22.1",
    "nginx/1.26.2",
    "nginx",
    "Apache/2.4.62 (Debian)",
    "Apache",
    "Microsoft-IIS/10.0",
    "Microsoft-IIS/8.5",
    "LiteSpeed",
];

/// A word, with a capital letter for names of firms and authorities.
pub fn word(chance: &mut Chance) -> &'static str {
    chance.pick(WORDS)
}

/// A word that begins with a capital letter.
pub fn proper(chance: &mut Chance) -> String {
    let word = word(chance);
    let (head, tail) = word.split_at(1);
    format!("{}{tail}", head.to_ascii_uppercase())
}

/// A domain of two labels under a name that no registry gives out (RFC 6761).
pub fn domain(chance: &mut Chance) -> String {
    format!("{}{}.{}", word(chance), chance.between(2, 99), chance.pick(TLDS))
}

/// A host name of three labels, such as `birch17.opal.test`.
pub fn host(chance: &mut Chance) -> String {
    format!("{}{}.{}.{}", word(chance), chance.between(2, 999), word(chance), chance.pick(TLDS))
}

/// What stands in the `Server` field.
pub fn server_banner(chance: &mut Chance) -> String {
    chance.pick(SERVERS).to_owned()
}

/// The name of a certification authority, such as `Cedar Trust RSA CA 4`.
pub fn authority(chance: &mut Chance) -> String {
    let middle = chance.pick(["Trust", "Secure", "Sign", "Cert", "Global"]);
    let kind = chance.pick(["TLS CA", "Server CA", "Issuing CA", "DV CA"]);
    format!("{} {middle} {kind} {}", proper(chance), chance.between(1, 9))
}

/// The name of a firm.
pub fn firm(chance: &mut Chance) -> String {
    format!("{} {}", proper(chance), chance.pick(["Ltd", "Inc", "GmbH", "AB", "Co."]))
}

/// Labels in Hangul and as they stand in the DNS (RFC 5891).
const HANGUL: [(&str, &str); 2] = [("한국", "xn--3e0b707e"), ("테스트", "xn--9t4b11yi5a")];

/// A label of a Hangul name as it stands in the DNS.
pub fn hangul_label(chance: &mut Chance) -> &'static str {
    chance.pick(HANGUL).1
}

/// A name with the labels of [`hangul_label`] as people write them.
pub fn to_unicode(name: &str) -> String {
    let label = |label| HANGUL.iter().find(|(_, ace)| *ace == label).map_or(label, |(hangul, _)| *hangul);
    name.split('.').map(label).collect::<Vec<_>>().join(".")
}

/// A server protocol other than HTTP and TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Spoken {
    /// Mail transfer (RFC 5321), greets first.
    Smtp,
    /// Mail access (RFC 9051), greets first.
    Imap,
    /// Mail access (RFC 1939), greets first.
    Pop3,
    /// File transfer (RFC 959), greets first.
    Ftp,
    /// Secure shell (RFC 4253), greets first.
    Ssh,
    /// MySQL (protocol 10), greets first.
    MySql,
}

impl Spoken {
    /// All of them.
    pub const ALL: [Spoken; 6] = [Spoken::Smtp, Spoken::Imap, Spoken::Pop3, Spoken::Ftp, Spoken::Ssh, Spoken::MySql];

    /// The greeting of a server called `name`.
    pub fn greeting(self, name: &str, chance: &mut Chance) -> Vec<u8> {
        match self {
            Self::Smtp => format!("220 {name} ESMTP {}\r\n", chance.pick(["Postfix", "Exim 4.96", "Sendmail 8.17"])),
            Self::Imap => {
                let ready = chance.pick(["Dovecot ready.", "IMAP4rev1 service ready"]);
                format!("* OK [CAPABILITY IMAP4rev1 SASL-IR LOGIN-REFERRALS ID ENABLE IDLE STARTTLS] {ready}\r\n")
            }
            Self::Pop3 => format!("+OK {name} POP3 server ready\r\n"),
            Self::Ftp => {
                format!("220 {}\r\n", chance.pick(["(vsFTPd 3.0.3)", "ProFTPD Server", "Microsoft FTP Service"]))
            }
            Self::Ssh => format!("SSH-2.0-OpenSSH_{}\r\n", chance.pick(["9.2p1 Debian-2", "8.9p1 Ubuntu-3", "9.6"])),
            Self::MySql => return mysql_greeting(chance),
        }
        .into_bytes()
    }

    /// What it says to bytes that are no command of its own; empty: it hangs up.
    pub fn complaint(self) -> &'static [u8] {
        match self {
            Self::Smtp => b"500 5.5.2 Error: bad syntax\r\n",
            Self::Imap => b"* BAD Invalid tag\r\n",
            Self::Pop3 => b"-ERR Unknown command.\r\n",
            Self::Ftp => b"500 Unknown command.\r\n",
            Self::Ssh => b"Invalid SSH identification string.\r\n",
            Self::MySql => b"",
        }
    }
}

/// The initial handshake packet, version 10 of the client/server protocol.
fn mysql_greeting(chance: &mut Chance) -> Vec<u8> {
    let mut body = vec![10];
    body.extend_from_slice(chance.pick(["8.0.36", "5.7.44-log", "10.11.6-MariaDB"]).as_bytes());
    body.push(0);
    body.extend_from_slice(&u32::try_from(chance.between(8, 9000)).unwrap_or(8).to_le_bytes());
    let mut salt = [0; 20];
    for byte in &mut salt {
        *byte = u8::try_from(chance.between(33, 126)).unwrap_or(b'!');
    }
    body.extend_from_slice(&salt[..8]);
    // Filler, lower capabilities without SSL, utf8mb4, autocommit, upper capabilities, length of the salt.
    body.extend_from_slice(&[0, 0xff, 0xf7, 0xff, 2, 0, 0xff, 0x81, 21]);
    body.extend_from_slice(&[0; 10]);
    body.extend_from_slice(&salt[8..]);
    body.push(0);
    body.extend_from_slice(b"mysql_native_password\0");
    let length = u32::try_from(body.len()).unwrap_or(0).to_le_bytes();
    let mut packet = vec![length[0], length[1], length[2], 0];
    packet.append(&mut body);
    packet
}
