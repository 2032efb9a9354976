//! What is served: a chain and its private key, or both made for the occasion.
use rustls::{
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer},
    sign::CertifiedKey,
};
use std::{fmt, sync::Arc};
use time::{Duration, OffsetDateTime};
use tlsdiag_model::{Arg, Say, say};
use tlsdiag_pki::{
    Certificate,
    key::{Curve, KeyKind},
};

/// A chain with its private key, ready to be served.
#[derive(Clone)]
pub struct Material {
    /// The server's certificate.
    pub leaf: Arc<Certificate>,
    /// Made for the occasion.
    pub made: bool,
    pub(crate) certified: Arc<CertifiedKey>,
}

/// Never shows the key.
impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Material({:?}, made {})", self.leaf, self.made)
    }
}

/// Why it cannot be served here. It may still work elsewhere.
#[derive(Clone, Debug)]
pub enum Unserved {
    /// The TLS library of this program has no such keys.
    Kind(KeyKind),
    /// The TLS library does not take this key; its words.
    Key(String),
    /// A certificate cannot be made; the maker's words.
    Make(String),
}

impl Unserved {
    /// The sentence.
    pub fn say(&self) -> Say {
        match self {
            Unserved::Kind(kind @ KeyKind::Rsa { bits, pss_only: false, .. }) => say!(
                "{kind} keys cannot be tried here: current TLS libraries serve RSA from 2048 to 8192 bits, and clients refuse {side} ones",
                "{kind} 키는 여기서 시험할 수 없습니다. 요즘 TLS 라이브러리는 2048~8192비트 RSA만 쓰고, 클라이언트도 {side} 키를 거부합니다",
                kind = Arg::term(kind),
                side = if *bits < 2048 { Arg::word("smaller", "더 작은") } else { Arg::word("larger", "더 큰") }
            ),
            Unserved::Kind(kind) => say!(
                "{kind} keys cannot be tried here: the TLS library (rustls with aws-lc) serves RSA, P-256, P-384, P-521 and Ed25519, as browsers accept; {why}",
                "{kind} 키는 여기서 시험할 수 없습니다. TLS 라이브러리(rustls, aws-lc)는 RSA, P-256, P-384, P-521, Ed25519만 씁니다. {why}",
                kind = Arg::term(kind),
                why = why(kind)
            ),
            Unserved::Key(words) => say!(
                "the TLS library does not take the private key: {words}",
                "TLS 라이브러리가 개인 키를 받지 않습니다: {words}",
                words = Arg::quote(words)
            ),
            Unserved::Make(words) => say!(
                "no certificate can be made: {words}",
                "인증서를 만들 수 없습니다: {words}",
                words = Arg::quote(words)
            ),
        }
    }
}

/// What is known of other kinds of keys.
fn why(kind: &KeyKind) -> Arg {
    match kind {
        KeyKind::Dsa { .. } => Arg::word(
            "DSA left TLS with version 1.3, and no browser offers it",
            "DSA는 TLS 1.3에서 빠졌고 제안하는 브라우저가 없습니다",
        ),
        KeyKind::Ed448 => Arg::word("no browser takes Ed448", "Ed448을 받는 브라우저는 없습니다"),
        KeyKind::Rsa { pss_only: true, .. } => Arg::word(
            "RSASSA-PSS keys work with OpenSSL only, plain RSA keys everywhere",
            "RSASSA-PSS 키는 OpenSSL에서만, 일반 RSA 키는 어디서나 됩니다",
        ),
        KeyKind::Ec(Curve::Explicit) => Arg::word(
            "curve parameters that are written out are forbidden in certificates (RFC 5480)",
            "매개변수를 풀어 쓴 곡선은 인증서에서 금지되어 있습니다(RFC 5480)",
        ),
        KeyKind::Ec(_) => Arg::word("no browser takes this curve", "이 곡선을 받는 브라우저는 없습니다"),
        KeyKind::MlDsa(_) => {
            Arg::word("no browser takes ML-DSA certificates yet", "ML-DSA 인증서를 받는 브라우저는 아직 없습니다")
        }
        KeyKind::X25519 | KeyKind::X448 | KeyKind::Dh { .. } => {
            Arg::word("a key of this kind cannot sign", "이런 키로는 서명할 수 없습니다")
        }
        _ => Arg::word("this one is unknown", "알 수 없는 종류입니다"),
    }
}

impl Material {
    /// A chain (the certificate first) and its private key in PKCS#8.
    ///
    /// # Errors
    /// Where the library cannot serve such a key.
    pub fn new(leaf: Arc<Certificate>, chain: &[Arc<Certificate>], pkcs8: &[u8]) -> Result<Material, Unserved> {
        if !served(&leaf.public_key.kind) {
            return Err(Unserved::Kind(leaf.public_key.kind.clone()));
        }
        let chain = chain.iter().map(|c| CertificateDer::from(c.der.to_vec())).collect();
        Ok(Material { certified: Arc::new(certified(chain, pkcs8)?), leaf, made: false })
    }

    /// A new self-signed certificate on P-256 for a name and for this machine, valid for eight days from `now` (unix
    /// seconds) on, with a new key that is in memory only.
    ///
    /// # Errors
    /// Where the name cannot be in a certificate.
    pub fn self_signed(name: &str, now: i64) -> Result<Material, Unserved> {
        let failed = |e: &dyn fmt::Display| Unserved::Make(e.to_string());
        let mut names = vec![name.to_owned()];
        names.extend(["localhost", "127.0.0.1", "::1"].map(str::to_owned));
        names.dedup();
        let mut params = rcgen::CertificateParams::new(names).map_err(|e| failed(&e))?;
        let now = OffsetDateTime::from_unix_timestamp(now).map_err(|e| failed(&e))?;
        // clients whose clock is a little behind
        params.not_before = now - Duration::hours(12);
        params.not_after = now + Duration::days(8);
        params.distinguished_name = rcgen::DistinguishedName::new();
        params.distinguished_name.push(rcgen::DnType::CommonName, name);
        params.is_ca = rcgen::IsCa::ExplicitNoCa;
        params.key_usages = vec![rcgen::KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![rcgen::ExtendedKeyUsagePurpose::ServerAuth];
        let key = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).map_err(|e| failed(&e))?;
        let certificate = params.self_signed(&key).map_err(|e| failed(&e))?;
        let leaf = Certificate::from_der(certificate.der()).map_err(|e| failed(&e))?;
        let pkcs8 = zeroize::Zeroizing::new(key.serialize_der());
        let certified = certified(vec![certificate.der().clone()], &pkcs8)?;
        Ok(Material { leaf: Arc::new(leaf), made: true, certified: Arc::new(certified) })
    }
}

fn certified(chain: Vec<CertificateDer<'static>>, pkcs8: &[u8]) -> Result<CertifiedKey, Unserved> {
    let der = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8));
    let key = aws_lc_rs::sign::any_supported_type(&der).map_err(|e| Unserved::Key(e.to_string()))?;
    let certified = CertifiedKey::new(chain, key);
    match certified.keys_match() {
        Ok(()) | Err(rustls::Error::InconsistentKeys(rustls::InconsistentKeys::Unknown)) => Ok(certified),
        Err(e) => Err(Unserved::Key(e.to_string())),
    }
}

fn served(kind: &KeyKind) -> bool {
    match kind {
        KeyKind::Rsa { bits, pss_only: false, .. } => (2048..=8192).contains(bits),
        KeyKind::Ec(Curve::P256 | Curve::P384 | Curve::P521) | KeyKind::Ed25519 => true,
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::Lang;

    #[test]
    fn what_is_made_is_for_the_name_and_this_machine_and_for_days_only() {
        let now = 1_800_000_000;
        let made = Material::self_signed("shop.example", now).unwrap();
        let names: Vec<&str> = made.leaf.dns_names().collect();
        assert_eq!(names, ["shop.example", "localhost"]);
        assert_eq!(made.leaf.ip_addresses().count(), 2);
        assert_eq!((made.leaf.not_before, made.leaf.not_after), (now - 43_200, now + 8 * 86_400));
        assert!(made.leaf.self_signed(&tlsdiag_pki::RustVerifier) && !made.leaf.is_ca());
        assert!(!format!("{made:?}").contains("PRIVATE"));
    }

    #[test]
    fn old_kinds_are_refused_with_a_reason() {
        let rsa = KeyKind::Rsa { bits: 1024, exponent: [1, 0, 1].into(), pss_only: false };
        assert!(!served(&rsa) && served(&KeyKind::Ed25519));
        let said = |k: KeyKind| Unserved::Kind(k).say().render(Lang::En);
        assert!(said(rsa).contains("from 2048 to 8192 bits"));
        assert!(said(KeyKind::Dsa { bits: 1024 }).contains("DSA left TLS"));
        assert!(said(KeyKind::Ed448).contains("Ed448"));
    }
}
