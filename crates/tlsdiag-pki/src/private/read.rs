//! Recognising the form of a private key and reading it.

use super::traditional::{DekInfo, dek_info};
use super::{Form, KeyFault, NotPrivate, OtherFormat, PrivateKey, PrivateKeyError, ec, edwards, finite, ml_dsa, rsa};
use crate::der::{Reader, Tag, Tlv};
use crate::key::{KeyKind, PublicKey};
use crate::oid::{self, Oid};
use crate::pem::{Block, Kind};
use crate::secret::{self, Scheme, SecretError, Unlocker};
use crate::writer;
use zeroize::Zeroizing;

/// Reads a PEM block.
pub(super) fn pem(block: &Block<'_>, unlocker: &mut Unlocker<'_>) -> Result<PrivateKey, PrivateKeyError> {
    match block.kind {
        Kind::PrivateKey | Kind::EncryptedPrivateKey => {}
        Kind::OpenSshPrivateKey => return Err(PrivateKeyError::Other(OtherFormat::OpenSsh)),
        Kind::Ssh if block.label.contains("PRIVATE") => return Err(PrivateKeyError::Other(OtherFormat::Ssh2Private)),
        Kind::Ssh => return Err(PrivateKeyError::Other(OtherFormat::SshPublic)),
        Kind::Pgp => return Err(PrivateKeyError::Other(OtherFormat::Pgp)),
        Kind::Certificate => return Err(PrivateKeyError::NotPrivate(NotPrivate::Certificate)),
        Kind::CertificateRequest => return Err(PrivateKeyError::NotPrivate(NotPrivate::Request)),
        Kind::Crl => return Err(PrivateKeyError::NotPrivate(NotPrivate::Crl)),
        Kind::Pkcs7 => return Err(PrivateKeyError::NotPrivate(NotPrivate::Pkcs7)),
        Kind::PublicKey => return Err(PrivateKeyError::NotPrivate(NotPrivate::PublicKey)),
        Kind::DhParameters | Kind::EcParameters => {
            return Err(PrivateKeyError::NotPrivate(NotPrivate::Parameters));
        }
        Kind::Other => return Err(PrivateKeyError::NotPrivate(NotPrivate::Unknown)),
    }
    let content = block.content.as_ref().map_err(Clone::clone)?;
    let place = format!("line {}", block.line);
    let mut key = match dek_info(block)? {
        None => der(content, &place, unlocker)?,
        Some(dek) => encrypted_by_headers(&dek, content, &place, unlocker)?,
    };
    let fits = label_of(&key.form);
    // Labels that name no form of their own ("ANY PRIVATE KEY") promise nothing.
    let promises = ["PRIVATE KEY", "ENCRYPTED PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY", "DSA PRIVATE KEY"];
    if fits != block.label && promises.contains(&&*block.label) {
        key.faults.push(KeyFault::Label { label: block.label.to_string(), fits });
    }
    Ok(key)
}

fn label_of(form: &Form) -> &'static str {
    match form {
        Form::Pkcs8 => "PRIVATE KEY",
        Form::Pkcs8Encrypted(_) => "ENCRYPTED PRIVATE KEY",
        Form::Pkcs1 => "RSA PRIVATE KEY",
        Form::Sec1 => "EC PRIVATE KEY",
        Form::Dsa => "DSA PRIVATE KEY",
        Form::Traditional { inner, .. } => label_of(inner),
    }
}

fn encrypted_by_headers(
    dek: &DekInfo,
    content: &[u8],
    place: &str,
    unlocker: &mut Unlocker<'_>,
) -> Result<PrivateKey, PrivateKeyError> {
    let opened = unlocker.unlock(place, "private key", 1, |password| dek.decrypt(content, password))?;
    let mut key = clear(&opened.value)?;
    key.form = Form::Traditional { inner: Box::new(key.form), cipher: dek.name.clone() };
    Ok(key)
}

/// Reads DER of any form.
pub(super) fn der(der: &[u8], place: &str, unlocker: &mut Unlocker<'_>) -> Result<PrivateKey, PrivateKeyError> {
    if let Some(other) = other_format(der) {
        return Err(other);
    }
    let outer = Reader::new(der).expect(Tag::SEQUENCE, "private key")?;
    if tags(&outer) != [Tag::SEQUENCE, Tag::OCTET_STRING] {
        return clear(der);
    }
    let mut r = outer.reader();
    let algorithm = r.expect(Tag::SEQUENCE, "encryptionAlgorithm")?;
    let ciphertext = r.expect(Tag::OCTET_STRING, "encryptedData")?.content;
    let scheme = Scheme::parse(&algorithm)?;
    // No password mends these, so none is asked for.
    scheme.check(unlocker.limits)?;
    let limits = *unlocker.limits;
    let opened = unlocker.unlock(place, "private key", scheme.cost(), |password| {
        let plain = secret::decrypt(&algorithm, ciphertext, password, &limits)?;
        let info = Reader::new(&plain).expect(Tag::SEQUENCE, "PrivateKeyInfo").ok();
        let whole = info.is_some_and(|t| tags(&t).starts_with(&[Tag::INTEGER, Tag::SEQUENCE, Tag::OCTET_STRING]));
        if whole { Ok(plain) } else { Err(SecretError::WrongPassword) }
    })?;
    let mut key = clear(&opened.value)?;
    key.form = Form::Pkcs8Encrypted(Box::new(scheme));
    if der.len() > outer.raw.len() {
        key.faults.push(KeyFault::TrailingOctets(der.len() - outer.raw.len()));
    }
    Ok(key)
}

/// Reads a key that is not encrypted.
fn clear(der: &[u8]) -> Result<PrivateKey, PrivateKeyError> {
    let outer = Reader::new(der).expect(Tag::SEQUENCE, "private key")?;
    let found = tags(&outer);
    let mut faults = Vec::new();
    let mut key = match found.as_slice() {
        [Tag::INTEGER, Tag::SEQUENCE, Tag::OCTET_STRING, ..] => pkcs8(&outer, &mut faults)?,
        [Tag::INTEGER, Tag::OCTET_STRING, ..] => sec1(&outer, &mut faults)?,
        [Tag::INTEGER, Tag::INTEGER, rest @ ..] if rest.iter().take(7).all(|t| *t == Tag::INTEGER) => {
            match rest.len() {
                0 => return Err(PrivateKeyError::NotPrivate(NotPrivate::PublicKey)),
                // p and g with the length of the private value; p, q and g
                1 => return Err(PrivateKeyError::NotPrivate(NotPrivate::Parameters)),
                4 => dsa(&outer, &mut faults)?,
                _ => pkcs1(&outer, &mut faults)?,
            }
        }
        other => return Err(PrivateKeyError::NotPrivate(not_private(&outer, other))),
    };
    if der.len() > outer.raw.len() {
        faults.push(KeyFault::TrailingOctets(der.len() - outer.raw.len()));
    }
    key.faults = faults;
    Ok(key)
}

fn pkcs8(outer: &Tlv<'_>, faults: &mut Vec<KeyFault>) -> Result<PrivateKey, PrivateKeyError> {
    let mut r = outer.reader();
    r.expect(Tag::INTEGER, "version of PrivateKeyInfo")?;
    let mut algorithm = r.expect(Tag::SEQUENCE, "privateKeyAlgorithm")?.reader();
    let inner = r.expect(Tag::OCTET_STRING, "privateKey")?;
    r.optional(Tag::context_constructed(0), "attributes")?;
    let stored = match r.peek() {
        Some(t) if t == Tag::context(1) => Some(r.read("publicKey")?.bits()?.1),
        Some(t) if t == Tag::context_constructed(1) => {
            // written EXPLICIT by some libraries, against RFC 5958
            Some(r.read("publicKey")?.inner(Tag::BIT_STRING, "publicKey")?.bits()?.1)
        }
        _ => None,
    };
    let id = algorithm.expect(Tag::OID, "algorithm")?.content;
    let parameters = algorithm;
    let parameters_raw = algorithm.rest();
    let mut key = PrivateKey {
        kind: KeyKind::of_algorithm(id, parameters),
        form: Form::Pkcs8,
        faults: Vec::new(),
        explicit_curve: None,
        ml_dsa_form: None,
        public: None,
        pkcs8: Zeroizing::new(outer.raw.to_vec()),
    };
    let spki = |bits: &[u8]| {
        let algorithm = writer::sequence(&[writer::oid(id), parameters_raw.to_vec()]);
        PublicKey::from_der(&writer::sequence(&[algorithm, writer::bit_string(bits)])).ok()
    };
    match (&key.kind, id) {
        (_, x) if x == oid::RSA || x == oid::RSA_PSS || x == oid::RSA_X500 => {
            let public = rsa::read(inner.content, inner.content_offset, faults)?;
            key.public = spki(&public);
            key.kind = key.public.as_ref().map_or(KeyKind::Unknown(Oid::from_der(x)), |p| p.kind.clone());
        }
        (KeyKind::Ec(_), _) => {
            let outer_parameters = { algorithm }.read("parameters").ok();
            let found = ec::read(inner.content, inner.content_offset, outer_parameters, faults)?;
            key.kind = KeyKind::Ec(found.curve);
            key.explicit_curve = found.explicit;
            key.public = found.public;
        }
        (KeyKind::Ed25519 | KeyKind::Ed448 | KeyKind::X25519 | KeyKind::X448, _) => {
            let private = inner.inner(Tag::OCTET_STRING, "CurvePrivateKey")?;
            key.public = edwards::public(&key.kind, private.content, faults).and_then(|public| spki(&public));
        }
        (KeyKind::Dsa { .. } | KeyKind::Dh { .. }, _) => {
            let x = finite_private(&inner)?;
            let group = { algorithm }.optional(Tag::SEQUENCE, "parameters")?;
            let is_dsa = matches!(key.kind, KeyKind::Dsa { .. });
            if group.is_none() {
                faults.push(KeyFault::PartMissing("parameters"));
            }
            let public = group.and_then(|group| finite::public(group.reader(), is_dsa, x, None, faults));
            key.public = public.and_then(|public| spki(&public));
        }
        (KeyKind::MlDsa(set), _) => {
            let (public, form) = ml_dsa::read(*set, inner.content, inner.content_offset, faults)?;
            key.ml_dsa_form = form;
            key.public = public.and_then(|public| spki(&public));
        }
        _ => {}
    }
    if let (Some(stored), Some(public)) = (stored, &key.public)
        && spki(stored).is_none_or(|stored| !stored.same_key(public))
    {
        faults.push(KeyFault::PublicDiffers);
    }
    Ok(key)
}

/// x of a DSA or Diffie-Hellman key; one old form holds a SEQUENCE of y and x.
fn finite_private<'a>(inner: &Tlv<'a>) -> Result<&'a [u8], PrivateKeyError> {
    let mut r = inner.reader();
    let first = r.read("private number")?;
    let number = if first.tag == Tag::SEQUENCE {
        let mut pair = first.reader();
        pair.expect(Tag::INTEGER, "public number")?;
        pair.expect(Tag::INTEGER, "private number")?
    } else {
        first.expect(Tag::INTEGER, "private number")?
    };
    Ok(crate::der::strip_zeros(number.content))
}

fn sec1(outer: &Tlv<'_>, faults: &mut Vec<KeyFault>) -> Result<PrivateKey, PrivateKeyError> {
    let found = ec::read(outer.raw, 0, None, faults)?;
    Ok(PrivateKey {
        kind: KeyKind::Ec(found.curve),
        form: Form::Sec1,
        faults: Vec::new(),
        explicit_curve: found.explicit,
        ml_dsa_form: None,
        public: found.public,
        pkcs8: info(&[writer::oid(oid::EC), found.parameters], outer.raw),
    })
}

fn pkcs1(outer: &Tlv<'_>, faults: &mut Vec<KeyFault>) -> Result<PrivateKey, PrivateKeyError> {
    let public = PublicKey::from_pkcs1(&rsa::read(outer.raw, 0, faults)?)?;
    Ok(PrivateKey {
        kind: public.kind.clone(),
        form: Form::Pkcs1,
        faults: Vec::new(),
        explicit_curve: None,
        ml_dsa_form: None,
        public: Some(public),
        pkcs8: info(&[writer::oid(oid::RSA), writer::tlv(Tag::NULL, &[])], outer.raw),
    })
}

fn dsa(outer: &Tlv<'_>, faults: &mut Vec<KeyFault>) -> Result<PrivateKey, PrivateKeyError> {
    let numbers = finite::read_dsa(outer.raw, faults)?;
    let parameters = finite::dss_parameters(&numbers);
    let mut r = Reader::new(&parameters).expect(Tag::SEQUENCE, "Dss-Parms")?.reader();
    let public = finite::public(r, true, numbers.x, Some(numbers.y), faults).and_then(|public| {
        let algorithm = writer::sequence(&[writer::oid(oid::DSA), parameters.clone()]);
        PublicKey::from_der(&writer::sequence(&[algorithm, writer::bit_string(&public)])).ok()
    });
    let bits = r.expect(Tag::INTEGER, "p").map_or(0, |p| crate::curve::bit_len(p.content));
    Ok(PrivateKey {
        kind: KeyKind::Dsa { bits },
        form: Form::Dsa,
        faults: Vec::new(),
        explicit_curve: None,
        ml_dsa_form: None,
        public,
        pkcs8: info(&[writer::oid(oid::DSA), parameters.clone()], &Zeroizing::new(rsa::positive(numbers.x))),
    })
}

/// A PrivateKeyInfo around a key.
fn info(algorithm: &[Vec<u8>], key: &[u8]) -> Zeroizing<Vec<u8>> {
    let wrapped = Zeroizing::new(writer::octets(key));
    let all = Zeroizing::new([writer::small(0), writer::sequence(algorithm), wrapped.to_vec()].concat());
    Zeroizing::new(writer::tlv(Tag::SEQUENCE, &all))
}

/// The tags of the elements inside, at most twelve.
fn tags(outer: &Tlv<'_>) -> Vec<Tag> {
    outer.reader().elements("element").take(12).map_while(Result::ok).map(|t| t.tag).collect()
}

/// What has its own first octets.
fn other_format(der: &[u8]) -> Option<PrivateKeyError> {
    let other = |format| Some(PrivateKeyError::Other(format));
    match der {
        _ if der.starts_with(b"openssh-key-v1\0") => other(OtherFormat::OpenSsh),
        _ if der.starts_with(b"PuTTY-User-Key-File") => other(OtherFormat::Putty),
        _ if der.starts_with(b"ssh-") || der.starts_with(b"ecdsa-sha2-") => other(OtherFormat::SshPublic),
        _ if der.starts_with(b"untrusted comment: ") => other(OtherFormat::Minisign),
        [0x1e, 0xf1, 0xb5, 0xb0, ..] => other(OtherFormat::Pvk),
        [7, 2, 0, 0, ..] => other(OtherFormat::CryptoApiBlob),
        [0xfe, 0xed, 0xfe, 0xed, ..] | [0xce, 0xce, 0xce, 0xce, ..] => {
            Some(PrivateKeyError::NotPrivate(NotPrivate::JavaKeyStore))
        }
        _ => None,
    }
}

fn not_private(outer: &Tlv<'_>, found: &[Tag]) -> NotPrivate {
    match found {
        [Tag::SEQUENCE, Tag::BIT_STRING] => NotPrivate::PublicKey,
        [Tag::SEQUENCE, Tag::SEQUENCE, Tag::BIT_STRING, ..] => {
            let inner = outer.reader().read("signed part").map(|t| tags(&t)).unwrap_or_default();
            match inner.as_slice() {
                [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE, t, ..] if *t == Tag::context_constructed(0) => {
                    NotPrivate::Request
                }
                [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE, Tag::UTC_TIME | Tag::GENERALIZED_TIME, ..]
                | [Tag::SEQUENCE, Tag::SEQUENCE, Tag::UTC_TIME | Tag::GENERALIZED_TIME, ..] => NotPrivate::Crl,
                _ => NotPrivate::Certificate,
            }
        }
        [Tag::INTEGER, Tag::SEQUENCE] | [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE] => NotPrivate::Pkcs12,
        [Tag::OID, ..] => NotPrivate::Pkcs7,
        [Tag::INTEGER, Tag::SEQUENCE, Tag::SEQUENCE, Tag::OCTET_STRING, Tag::INTEGER, ..] => NotPrivate::Parameters,
        _ => NotPrivate::Unknown,
    }
}
