//! Certificates and revocation lists taken apart and put together again; what is not renamed keeps its octets, damaged
//! encodings and needless length octets included.
use super::words::Words;
use std::collections::HashMap;
use tlsdiag_pki::der::{Reader, Tag, Tlv};
use tlsdiag_pki::key::PublicKey;
use tlsdiag_pki::{Hash, SignatureAlgorithm, oid, writer};

/// A certificate or revocation list by its three parts.
pub(super) struct Frame<'a> {
    pub(super) whole: &'a [u8],
    pub(super) tbs: &'a [u8],
    pub(super) algorithm: Option<SignatureAlgorithm>,
    pub(super) signature: &'a [u8],
    pub(super) issuer: &'a [u8],
    pub(super) subject: Option<&'a [u8]>,
    pub(super) spki: Option<&'a [u8]>,
    crl: bool,
}

impl<'a> Frame<'a> {
    /// `None` where not even the parts can be told.
    pub(super) fn of_certificate(der: &'a [u8]) -> Option<Frame<'a>> {
        let mut frame = Frame::of(der, false)?;
        let mut t = Reader::new(frame.tbs).read("tbs").ok()?.reader();
        t.optional(Tag::context_constructed(0), "version").ok()?;
        t.read("serial").ok()?;
        t.read("algorithm").ok()?;
        frame.issuer = t.read("issuer").ok()?.raw;
        t.read("validity").ok()?;
        frame.subject = Some(t.read("subject").ok()?.raw);
        frame.spki = Some(t.expect(Tag::SEQUENCE, "key").ok()?.raw);
        Some(frame)
    }

    pub(super) fn of_crl(der: &'a [u8]) -> Option<Frame<'a>> {
        let mut frame = Frame::of(der, true)?;
        let mut t = Reader::new(frame.tbs).read("tbs").ok()?.reader();
        t.optional(Tag::INTEGER, "version").ok()?;
        t.read("algorithm").ok()?;
        frame.issuer = t.read("issuer").ok()?.raw;
        Some(frame)
    }

    fn of(der: &'a [u8], crl: bool) -> Option<Frame<'a>> {
        let outer = Reader::new(der).expect(Tag::SEQUENCE, "outer").ok()?;
        let mut r = outer.reader();
        let tbs = r.expect(Tag::SEQUENCE, "tbs").ok()?.raw;
        let algorithm = r.expect(Tag::SEQUENCE, "algorithm").ok()?;
        let signature = r.expect(Tag::BIT_STRING, "signature").ok()?.bits().ok()?.1;
        let algorithm = SignatureAlgorithm::parse(&algorithm).ok();
        Some(Frame { whole: der, tbs, algorithm, signature, issuer: &[], subject: None, spki: None, crl })
    }

    /// The part to be signed, made anew.
    pub(super) fn renamed(&self, r: &Renaming) -> Vec<u8> {
        let Ok(tbs) = Reader::new(self.tbs).read("tbs") else { return self.tbs.to_vec() };
        if self.crl { r.tbs_of_crl(&tbs) } else { r.tbs(&tbs) }
    }

    /// The whole, with another part to be signed and another signature.
    pub(super) fn assembled(&self, tbs: &[u8], signature: &[u8]) -> Vec<u8> {
        let Ok(outer) = Reader::new(self.whole).read("outer") else { return self.whole.to_vec() };
        let mut out = rebuild(&outer, |i, t| match i {
            0 => tbs.to_vec(),
            2 => {
                let unused = t.content.first().copied().unwrap_or(0);
                reframe(t, &[&[unused], signature].concat())
            }
            _ => t.raw.to_vec(),
        });
        out.extend_from_slice(self.whole.get(outer.raw.len()..).unwrap_or_default());
        out
    }
}

/// Everything that is renamed.
pub(super) struct Renaming {
    words: Words,
    keys: HashMap<Vec<u8>, Vec<u8>>,
    key_ids: HashMap<Vec<u8>, Vec<u8>>,
    /// Names and addresses that were met, as text.
    met: Vec<String>,
}

impl Renaming {
    pub(super) fn new(seed: u64, id: &str) -> Renaming {
        Renaming { words: Words::new(seed, id), keys: HashMap::new(), key_ids: HashMap::new(), met: Vec::new() }
    }

    /// Puts other key bits in place of those of a key, and its identifiers (RFC 5280 4.2.1.2, RFC 7093) with them.
    pub(super) fn replace_key(&mut self, spki: &[u8], bits: &[u8]) {
        let (Ok(tlv), Ok(old)) = (Reader::new(spki).read("key"), PublicKey::from_der(spki)) else { return };
        let new = rebuild(&tlv, |i, t| if i == 1 { reframe(t, &[&[0], bits].concat()) } else { t.raw.to_vec() });
        for (a, b) in identifiers(&old.bits, spki).into_iter().zip(identifiers(bits, &new)) {
            self.key_ids.insert(a, b);
        }
        self.keys.insert(spki.to_vec(), new);
    }

    /// Takes note of the DNS names in a certificate: their public suffixes stay.
    pub(super) fn look_at(&mut self, tbs: &[u8]) {
        let mut open = vec![(tbs, 0u8)];
        while let Some((octets, depth)) = open.pop() {
            for t in Reader::new(octets).elements("element").map_while(Result::ok) {
                let inside = t.tag.constructed() || (t.tag == Tag::OCTET_STRING && t.content.first() == Some(&0x30));
                if inside && depth < 16 {
                    open.push((t.content, depth + 1));
                } else if t.tag == Tag::context(7) {
                    if let Ok(a) = <[u8; 4]>::try_from(t.content) {
                        self.met.push(std::net::Ipv4Addr::from(a).to_string());
                    }
                } else if t.tag == Tag::context(2) || t.tag == Tag::context(1) || text_width(t.tag) == Some(1) {
                    let text = String::from_utf8_lossy(t.content);
                    if text.contains('.') || t.tag == Tag::context(2) {
                        self.look_at_host(&text);
                    } else {
                        self.met.push(text.into_owned());
                    }
                }
            }
        }
    }

    pub(super) fn look_at_host(&mut self, host: &str) {
        self.met.push(host.to_owned());
        self.words.keep_suffix_of(host.trim_start_matches('.').trim_start_matches("*."));
    }

    /// Names and addresses that were met, longest first, with what stands in their place.
    pub(super) fn met(&self) -> Vec<(String, String)> {
        let mut met = self.met.clone();
        met.sort_by(|a, b| b.len().cmp(&a.len()).then(a.cmp(b)));
        met.dedup();
        met.into_iter().map(|m| (self.host(&m), m)).map(|(new, old)| (old, new)).collect()
    }

    pub(super) fn host(&self, host: &str) -> String {
        self.words.host(host)
    }

    /// A signature that verified with nothing: other octets of its shape.
    pub(super) fn scrambled(&self, signature: &[u8]) -> Vec<u8> {
        if let Ok(t) = Reader::new(signature).expect(Tag::SEQUENCE, "ECDSA-Sig-Value")
            && t.raw.len() == signature.len()
        {
            return rebuild(&t, |_, n| {
                let (head, tail) = n.content.split_at(n.content.len().min(2));
                reframe(n, &[head, &self.words.octets(tail)].concat())
            });
        }
        let (head, tail) = signature.split_at(signature.len().min(2));
        [head, &self.words.octets(tail)].concat()
    }

    fn tbs(&self, tbs: &Tlv<'_>) -> Vec<u8> {
        let shift = usize::from(tbs.content.first() != Some(&0xa0));
        rebuild(tbs, |i, t| match (i + shift, t.tag) {
            (1, _) => reframe(t, &self.words.serial(t.content)),
            (3 | 5, _) => self.name(t),
            (6, _) => self.keys.get(t.raw).cloned().unwrap_or_else(|| t.raw.to_vec()),
            (_, Tag(0xa3)) => rebuild(t, |_, list| rebuild(list, |_, x| self.extension(x))),
            _ => t.raw.to_vec(),
        })
    }

    fn tbs_of_crl(&self, tbs: &Tlv<'_>) -> Vec<u8> {
        let shift = usize::from(tbs.content.first() != Some(&0x02));
        rebuild(tbs, |i, t| match (i + shift, t.tag) {
            (2, _) => self.name(t),
            (4.., Tag::SEQUENCE) => rebuild(t, |_, entry| {
                rebuild(entry, |i, t| match (i, t.tag) {
                    (0, Tag::INTEGER) => reframe(t, &self.words.serial(t.content)),
                    (_, Tag::SEQUENCE) => rebuild(t, |_, x| self.extension(x)),
                    _ => t.raw.to_vec(),
                })
            }),
            (_, Tag(0xa0)) => rebuild(t, |_, list| rebuild(list, |_, x| self.extension(x))),
            _ => t.raw.to_vec(),
        })
    }

    fn extension(&self, x: &Tlv<'_>) -> Vec<u8> {
        let id = x.reader().read("identifier").map(|t| t.content.to_vec()).unwrap_or_default();
        rebuild(x, |i, t| {
            if i == 0 || t.tag != Tag::OCTET_STRING {
                return t.raw.to_vec();
            }
            let Ok(value) = Reader::new(t.content).read("value") else { return t.raw.to_vec() };
            let mut new = self.value(&id, &value);
            new.extend_from_slice(t.content.get(value.raw.len()..).unwrap_or_default());
            reframe(t, &new)
        })
    }

    fn value(&self, id: &[u8], v: &Tlv<'_>) -> Vec<u8> {
        let names = |t: &Tlv<'_>| rebuild(t, |_, n| self.general_name(n));
        let point = |t: &Tlv<'_>| self.distribution_point_name(t);
        match id {
            oid::SUBJECT_ALT_NAME | oid::ISSUER_ALT_NAME | oid::CERTIFICATE_ISSUER => names(v),
            oid::SUBJECT_KEY_IDENTIFIER => reframe(v, &self.key_id(v.content)),
            oid::AUTHORITY_KEY_IDENTIFIER => rebuild(v, |_, t| match t.tag {
                Tag(0x80) => reframe(t, &self.key_id(t.content)),
                Tag(0xa1) => names(t),
                Tag(0x82) => reframe(t, &self.words.serial(t.content)),
                _ => t.raw.to_vec(),
            }),
            oid::NAME_CONSTRAINTS => rebuild(v, |_, trees| {
                rebuild(trees, |_, tree| {
                    rebuild(tree, |i, base| if i == 0 { self.general_name(base) } else { base.raw.to_vec() })
                })
            }),
            oid::CRL_DISTRIBUTION_POINTS | oid::FRESHEST_CRL => rebuild(v, |_, p| {
                rebuild(p, |_, t| match t.tag {
                    Tag(0xa0) => point(t),
                    Tag(0xa2) => names(t),
                    _ => t.raw.to_vec(),
                })
            }),
            oid::ISSUING_DISTRIBUTION_POINT => {
                rebuild(v, |_, t| if t.tag == Tag(0xa0) { point(t) } else { t.raw.to_vec() })
            }
            oid::AUTHORITY_INFO_ACCESS | oid::SUBJECT_INFO_ACCESS => {
                rebuild(v, |_, d| rebuild(d, |i, n| if i == 1 { self.general_name(n) } else { n.raw.to_vec() }))
            }
            _ => v.raw.to_vec(),
        }
    }

    fn distribution_point_name(&self, t: &Tlv<'_>) -> Vec<u8> {
        rebuild(t, |_, n| match n.tag {
            Tag(0xa0) => rebuild(n, |_, g| self.general_name(g)),
            _ => self.name(n),
        })
    }

    fn general_name(&self, t: &Tlv<'_>) -> Vec<u8> {
        match t.tag {
            Tag(0x81 | 0x82 | 0x86) => reframe(t, &self.words.text(t.content)),
            Tag(0x87) => {
                let mut octets = t.content.to_vec();
                let half = octets.len() / 2;
                match octets.len() {
                    8 | 32 => {
                        let (net, mask) = octets.split_at_mut(half);
                        self.words.address(net, Some(mask));
                    }
                    _ => self.words.address(&mut octets, None),
                }
                reframe(t, &octets)
            }
            Tag(0xa0 | 0xa4) => self.name(t),
            _ => t.raw.to_vec(),
        }
    }

    /// Every string below; the country is left alone.
    fn name(&self, t: &Tlv<'_>) -> Vec<u8> {
        if let Some(width) = text_width(t.tag) {
            let text = if width == 1 { self.words.text(t.content) } else { self.words.wide_text(t.content, width) };
            return reframe(t, &text);
        }
        let country = t.reader().read("type").is_ok_and(|k| k.tag == Tag::OID && k.content == oid::COUNTRY);
        if !t.tag.constructed() || country { t.raw.to_vec() } else { rebuild(t, |_, inner| self.name(inner)) }
    }

    fn key_id(&self, id: &[u8]) -> Vec<u8> {
        self.key_ids.get(id).cloned().unwrap_or_else(|| self.words.octets(id))
    }
}

/// Octets of one character.
fn text_width(tag: Tag) -> Option<usize> {
    match tag {
        Tag::UTF8 | Tag::PRINTABLE | Tag::TELETEX | Tag::IA5 | Tag(0x1a | 0x12) => Some(1),
        Tag::BMP => Some(2),
        Tag::UNIVERSAL => Some(4),
        _ => None,
    }
}

fn identifiers(bits: &[u8], spki: &[u8]) -> Vec<Vec<u8>> {
    let mut all = Vec::new();
    for octets in [bits, spki] {
        for hash in [Hash::Sha1, Hash::Sha256, Hash::Sha384, Hash::Sha512] {
            let digest = hash.digest(octets);
            all.push(digest.iter().take(20).copied().collect());
            all.push(digest);
        }
    }
    let mut short: Vec<u8> = Hash::Sha1.digest(bits).into_iter().skip(12).collect();
    if let Some(first) = short.first_mut() {
        *first = (*first & 0x0f) | 0x40;
    }
    all.push(short);
    all
}

/// The element with every element inside made anew; what follows the last readable one stays.
fn rebuild(t: &Tlv<'_>, mut make: impl FnMut(usize, &Tlv<'_>) -> Vec<u8>) -> Vec<u8> {
    if !t.tag.constructed() {
        return t.raw.to_vec();
    }
    let mut r = t.reader();
    let mut content = Vec::with_capacity(t.content.len());
    let mut i = 0;
    while !r.is_empty() {
        let Ok(inner) = r.read("element") else { break };
        content.extend(make(i, &inner));
        i += 1;
    }
    content.extend_from_slice(r.rest());
    reframe(t, &content)
}

/// The element with another content: the identifier stays, and the length in its form.
fn reframe(t: &Tlv<'_>, content: &[u8]) -> Vec<u8> {
    if content == t.content {
        return t.raw.to_vec();
    }
    let head = t.raw.get(..t.content_offset.saturating_sub(t.offset)).unwrap_or_default();
    let tag = match head.iter().skip(1).position(|b| b & 0x80 == 0) {
        Some(more) if t.tag.0 & 0x1f == 0x1f => more + 2,
        _ => 1,
    };
    let (identifier, length) = head.split_at(tag.min(head.len()));
    let minimal = writer::tlv(Tag(0), content);
    let minimal = minimal.get(1..minimal.len().saturating_sub(content.len())).unwrap_or_default();
    let length = match length {
        [0x80] => return [identifier, length, content, &[0, 0]].concat(),
        _ if t.minimal_length => minimal.to_vec(),
        [first, ..] => {
            // as many octets as there were, if the number still fits
            let digits = content.len().to_be_bytes();
            let count = usize::from(first & 0x7f).max(minimal.len().saturating_sub(1)).min(126);
            let padded: Vec<u8> = std::iter::repeat_n(0, count.saturating_sub(8)).chain(digits).collect();
            let digits = padded.get(padded.len().saturating_sub(count)..).unwrap_or_default();
            [&[0x80 | count as u8], digits].concat()
        }
        [] => minimal.to_vec(),
    };
    [identifier, &length, content].concat()
}
