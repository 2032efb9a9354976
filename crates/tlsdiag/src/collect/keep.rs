//! What of the files that were handed over may go into a bundle: no private key, no container that may hold one, no store
//! of passwords. Told by the content; a name decides only for files whose content is opaque by design.
use std::io::{self, Read, Seek};
use tlsdiag_model::{Say, say};
use tlsdiag_pki::file::{self, FaultKind, Form, Item};
use tlsdiag_pki::secret::{Limits, NoPasswords};

/// May it go in?
#[derive(Debug)]
pub(crate) enum Keep {
    /// Yes.
    Yes,
    /// No, with the reason.
    No(Say),
    /// It is a zip: its members are asked one by one.
    Zip,
}

/// Octets up to which a file may be a container of keys.
const CONTAINER_MOST: u64 = 16 << 20;
/// Octets up to which a file may be a key of Windows.
const BLOB_MOST: u64 = 64 << 10;
/// Octets that are searched at once, and how many of them twice.
const STEP: usize = 1 << 20;
const OVERLAP: usize = 256;

/// Looks at all of a file.
///
/// # Errors
/// It cannot be read.
pub(crate) fn look(octets: &mut (impl Read + Seek), size: u64, name: &str) -> io::Result<Keep> {
    let own = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let mut head = vec![];
    octets.by_ref().take(4096).read_to_end(&mut head)?;
    octets.rewind()?;
    if head.starts_with(b"PK\x03\x04") || head.starts_with(b"PK\x05\x06") {
        return Ok(Keep::Zip);
    }
    if packed(&head) {
        return Ok(Keep::No(say!(
            "an archive that is not looked through for private keys; unpack it first",
            "개인 키가 있는지 확인할 수 없는 압축 파일입니다. 먼저 압축을 푸세요"
        )));
    }
    if head.starts_with(b"regf") && passwords(&head) {
        return Ok(Keep::No(say!("a hive that holds passwords", "암호가 들어 있는 하이브입니다")));
    }
    let key = || say!("it holds a private key", "개인 키가 들어 있습니다");
    if key_name(own) {
        return Ok(Keep::No(say!("a key file of Windows", "Windows 키 파일입니다")));
    }
    if size <= CONTAINER_MOST {
        let mut all = zeroize::Zeroizing::new(Vec::new());
        octets.by_ref().take(CONTAINER_MOST).read_to_end(&mut all)?;
        octets.rewind()?;
        if size <= BLOB_MOST && find(&all, DPAPI) {
            return Ok(Keep::No(say!("a secret that Windows protects", "Windows가 보호하는 비밀입니다")));
        }
        if let Some(why) = container(&all) {
            return Ok(Keep::No(why));
        }
    }
    Ok(if searched(octets)? { Keep::No(key()) } else { Keep::Yes })
}

/// Forms that hold keys, open or locked.
fn container(octets: &[u8]) -> Option<Say> {
    let contents = file::read(octets, &mut NoPasswords, &Limits::default());
    let locked = matches!(inner(&contents.form), Form::Pkcs12(_) | Form::Java(..));
    let key = contents.parts.iter().any(|p| matches!(p.what, Item::PrivateKey(_)));
    // a key that stays locked is a fault about a block with this label
    let labelled = contents.labels.iter().any(|(_, l)| l.contains("PRIVATE KEY"));
    // a locked key in DER
    let closed = contents.faults.iter().any(|f| matches!(f.why, FaultKind::Locked(_)));
    if key || labelled || closed {
        return Some(say!("it holds a private key", "개인 키가 들어 있습니다"));
    }
    locked.then(|| say!("a container that may hold a private key", "개인 키가 들어 있을 수 있는 컨테이너입니다"))
}

fn inner(form: &Form) -> &Form {
    match form {
        Form::Base64(f) => inner(f),
        f => f,
    }
}

/// Goes through a file of any size; NUL octets are passed over, so that UTF-16 reads as ASCII does.
fn searched(octets: &mut impl Read) -> io::Result<bool> {
    let mut window: Vec<u8> = Vec::with_capacity(STEP.saturating_add(OVERLAP));
    let mut step = vec![0; STEP];
    loop {
        let n = octets.read(&mut step)?;
        if n == 0 {
            return Ok(false);
        }
        window.extend(step.get(..n).unwrap_or_default().iter().copied().filter(|b| *b != 0));
        let likely = find(&window, b"PRIVATE KEY") || find(&window, b"PuTTY");
        if likely && NEEDLES.iter().any(|needle| find(&window, needle)) {
            return Ok(true);
        }
        let from = window.len().saturating_sub(OVERLAP);
        window.drain(..from);
    }
}

/// How keys begin in text; the names of their containers and hashes do not look like this.
const NEEDLES: &[&[u8]] = &[
    b"BEGIN PRIVATE KEY-----",
    b"BEGIN RSA PRIVATE KEY-----",
    b"BEGIN EC PRIVATE KEY-----",
    b"BEGIN DSA PRIVATE KEY-----",
    b"BEGIN ENCRYPTED PRIVATE KEY-----",
    b"BEGIN ANY PRIVATE KEY-----",
    b"BEGIN OPENSSH PRIVATE KEY-----",
    b"BEGIN PGP PRIVATE KEY BLOCK-----",
    b"PuTTY-User-Key-File-",
];

fn find(hay: &[u8], needle: &[u8]) -> bool {
    let Some(first) = needle.first() else { return false };
    let mut rest = hay;
    while let Some(at) = rest.iter().position(|b| b == first) {
        rest = rest.get(at..).unwrap_or_default();
        if rest.starts_with(needle) {
            return true;
        }
        rest = rest.get(1..).unwrap_or_default();
    }
    false
}

/// The provider's GUID with which every blob of the Data Protection API begins (after its version).
const DPAPI: &[u8] = &[0xd0, 0x8c, 0x9d, 0xdf, 0x01, 0x15, 0xd1, 0x11, 0x8c, 0x7a, 0x00, 0xc0, 0x4f, 0xc2, 0x97, 0xeb];

/// `<32 hex>_<GUID>`: a file of MachineKeys, Keys or SystemKeys.
fn key_name(own: &str) -> bool {
    let Some((hash, guid)) = own.split_once('_') else { return false };
    let hex = |s: &str| !s.is_empty() && s.bytes().all(|b| b.is_ascii_hexdigit());
    hash.len() == 32 && hex(hash) && guid.len() == 36 && guid.split('-').all(hex)
}

/// Archives that are not opened here.
fn packed(head: &[u8]) -> bool {
    let begins: [&[u8]; 7] =
        [b"\x1f\x8b", b"MSCF", b"7z\xbc\xaf\x27\x1c", b"Rar!\x1a\x07", b"\xfd7zXZ\0", b"BZh", b"\x28\xb5\x2f\xfd"];
    begins.iter().any(|b| head.starts_with(b)) || head.get(257..262) == Some(b"ustar")
}

/// The hives SAM and SECURITY hold hashes of passwords and secrets of services; a hive knows its own name, in UTF-16 from
/// octet 48 of its header.
fn passwords(head: &[u8]) -> bool {
    let name: Vec<u16> = head
        .get(48..112)
        .unwrap_or_default()
        .chunks_exact(2)
        .filter_map(|c| Some(u16::from_le_bytes(c.try_into().ok()?)))
        .take_while(|c| *c != 0)
        .collect();
    let name = String::from_utf16_lossy(&name).to_ascii_uppercase();
    let own = name.rsplit('\\').next().unwrap_or_default();
    matches!(own, "SAM" | "SECURITY")
}
