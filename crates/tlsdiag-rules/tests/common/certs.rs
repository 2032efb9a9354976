//! Certificates for page cases, made on the spot: keys follow from names, so every run makes the same octets.
use p256::ecdsa::{Signature, SigningKey, signature::hazmat::PrehashSigner};
use sha2::Digest;
use std::collections::BTreeMap;
use tlsdiag_model::{CertId, Fingerprint};
use tlsdiag_pki::extensions::{KeyUsage, NameConstraints, Subtree};
use tlsdiag_pki::make::{self, CertificateMaker, Extension, San, SignatureFault, Signer};
use tlsdiag_pki::{Certificate, Hash, SignatureAlgorithm, oid};

const DAY: i64 = 86_400;

/// Certificates by the name that the case gives them.
#[derive(Default)]
pub(crate) struct Certs {
    made: BTreeMap<String, Certificate>,
    /// Which key certifies under which name.
    keys: BTreeMap<String, String>,
}

struct Key(SigningKey);

impl Key {
    fn of(name: &str) -> Key {
        let mut seed = sha2::Sha256::digest(name.as_bytes());
        // far below the order of the curve, and never zero
        seed[0] = 1;
        Key(SigningKey::from_slice(&seed).expect("a scalar in range"))
    }
}

impl Signer for Key {
    fn spki(&self) -> Vec<u8> {
        make::ec_spki(oid::P256, self.0.verifying_key().to_sec1_point(false).as_bytes())
    }
    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::Ecdsa(Hash::Sha256)
    }
    fn sign(&self, algorithm: &SignatureAlgorithm, message: &[u8]) -> Vec<u8> {
        let hash = match algorithm {
            SignatureAlgorithm::Ecdsa(h) => h.digest(message),
            _ => Hash::Sha256.digest(message),
        };
        let s: Signature = self.0.sign_prehash(&hash).expect("a signature");
        s.to_der().as_bytes().to_vec()
    }
}

impl Certs {
    pub(crate) fn id(&self, name: &str) -> Result<CertId, String> {
        self.made.get(name).map(|c| Fingerprint(c.id.0)).ok_or_else(|| format!("no [[cert]] {name}"))
    }

    /// SHA-256 of the SubjectPublicKeyInfo of a certificate.
    pub(crate) fn spki(&self, name: &str) -> Result<Fingerprint, String> {
        self.made.get(name).map(|c| Fingerprint::of(&c.public_key.spki)).ok_or_else(|| format!("no [[cert]] {name}"))
    }

    /// SHA-1 thumbprint of a certificate by its name in the case; hex digits stand for themselves.
    pub(crate) fn thumb(&self, name: &str) -> Result<String, String> {
        match self.made.get(name) {
            Some(c) => Ok(c.thumbprint.0.iter().map(|b| format!("{b:02x}")).collect()),
            None if matches!(name.len(), 40 | 64) && name.bytes().all(|b| b.is_ascii_hexdigit()) => Ok(name.to_owned()),
            None => Err(format!("no [[cert]] {name}, and no thumbprint")),
        }
    }

    /// Makes one certificate. Keys of the table:
    /// `name` (required), `issuer` (else self-signed), `ca`, `cn`, `same_name_as`, `names`, `days` = [from, to] from now,
    /// `key` (another certificate's name: the same key; `rsa1024`), `signed_by` (another key than the issuer's),
    /// `eku`, `ku`, `path_len`, `permitted`, `excluded`, `sha1`, `aia`, `ocsp`, `crl`, `must_staple`, `negative_serial`,
    /// `critical_unknown`, `scts` (false: no timestamps of Certificate Transparency; else every leaf has the extension).
    pub(crate) fn make(&mut self, t: &toml::Table) -> Result<Vec<u8>, String> {
        const KNOWN: &[&str] = &[
            "name",
            "issuer",
            "ca",
            "cn",
            "same_name_as",
            "names",
            "days",
            "key",
            "signed_by",
            "eku",
            "ku",
            "path_len",
            "permitted",
            "excluded",
            "sha1",
            "aia",
            "ocsp",
            "crl",
            "must_staple",
            "negative_serial",
            "critical_unknown",
            "scts",
        ];
        if let Some(k) = t.keys().find(|k| !KNOWN.contains(&k.as_str())) {
            return Err(format!("cert.{k}: no such field"));
        }
        let text = |k: &str| t.get(k).and_then(|v| v.as_str());
        let texts = |k: &str| -> Option<Vec<&str>> {
            t.get(k).and_then(|v| v.as_array()).map(|a| a.iter().filter_map(|v| v.as_str()).collect())
        };
        let flag = |k: &str| t.get(k).and_then(toml::Value::as_bool);
        let time = super::T0 / 1000;
        let name = text("name").ok_or("cert.name")?;
        let issuer = match text("issuer") {
            Some(i) => Some(self.made.get(i).ok_or_else(|| format!("no [[cert]] {i}"))?.clone()),
            None => None,
        };
        let ca = flag("ca").unwrap_or(name != "leaf");
        let key_name = text("key").filter(|k| *k != "rsa1024").unwrap_or(name);
        let key = Key::of(key_name);
        let cn = text("cn").unwrap_or(if ca { name } else { "shop.example" });
        let subject = match text("same_name_as") {
            Some(n) => self.made.get(n).ok_or_else(|| format!("no [[cert]] {n}"))?.subject.der().to_vec(),
            None => make::name(&[(oid::CN, cn)]),
        };
        let issuer_name = issuer.as_ref().map_or_else(|| subject.clone(), |i| i.subject.der().to_vec());
        let spki = if text("key") == Some("rsa1024") { make::rsa_spki(&[0xc5; 128], &[1, 0, 1]) } else { key.spki() };
        let mut m = CertificateMaker::bare(issuer_name, subject, spki, time);
        let days = t
            .get("days")
            .and_then(|v| v.as_array())
            .map(|a| a.iter().filter_map(toml::Value::as_integer).collect::<Vec<_>>());
        let (from, to) = match days.as_deref() {
            Some([a, b]) => (*a, *b),
            None if ca => (-700, 2000),
            None => (-30, 60),
            Some(_) => return Err("cert.days = [from, to]".into()),
        };
        (m.not_before, m.not_after) = (time + from * DAY, time + to * DAY);
        m = m.with_ski();
        if let Some(i) = &issuer {
            m = m.with_aki(i);
        }
        if ca {
            let len = t.get("path_len").and_then(toml::Value::as_integer).and_then(|n| u64::try_from(n).ok());
            m = m.set(Extension::basic_constraints(true, len));
        }
        m = m.set(Extension::key_usage(match texts("ku") {
            Some(names) => names.iter().map(|n| usage(n)).try_fold(0, |a, b| b.map(|b| a | b))?,
            None if ca => KeyUsage::KEY_CERT_SIGN | KeyUsage::CRL_SIGN,
            None => KeyUsage::DIGITAL_SIGNATURE,
        }));
        let eku = texts("eku").unwrap_or_else(|| if ca { vec![] } else { vec!["server"] });
        let purposes = eku.iter().map(|p| purpose(p)).collect::<Result<Vec<_>, _>>()?;
        if !purposes.is_empty() {
            m = m.set(Extension::extended_key_usage(&purposes));
        }
        let names = texts("names").unwrap_or_else(|| if ca { vec![] } else { vec!["shop.example"] });
        if !names.is_empty() {
            let sans: Vec<San> =
                names.iter().map(|n| n.parse().map_or_else(|_| San::Dns((*n).to_owned()), San::Ip)).collect();
            m = m.set(Extension::san(&sans));
        }
        let trees =
            |k: &str| texts(k).unwrap_or_default().iter().map(|n| Subtree::Dns((*n).to_owned())).collect::<Vec<_>>();
        let (permitted, excluded) = (trees("permitted"), trees("excluded"));
        if !permitted.is_empty() || !excluded.is_empty() {
            m = m.set(Extension::name_constraints(&NameConstraints { permitted, excluded, critical: true }));
        }
        let urls = |k: &str| text(k).into_iter().collect::<Vec<_>>();
        if text("aia").is_some() || text("ocsp").is_some() {
            m = m.set(Extension::authority_info_access(&urls("aia"), &urls("ocsp")));
        }
        if text("crl").is_some() {
            m = m.set(Extension::crl_distribution_points(&urls("crl")));
        }
        if flag("must_staple") == Some(true) {
            m = m.set(Extension::must_staple());
        }
        if !ca && flag("scts") != Some(false) {
            // an empty list of timestamps: what public CAs put in, as far as the rules look
            m = m.set(Extension::raw(oid::SCT_LIST, false, vec![0x04, 0x02, 0x00, 0x00]));
        }
        if flag("critical_unknown") == Some(true) {
            m = m.set(Extension::raw(&[0x2a, 0x03, 0x04], true, vec![5, 0]));
        }
        if flag("negative_serial") == Some(true) {
            m.serial = vec![0xff, 0x01];
        }
        if flag("sha1") == Some(true) {
            m.algorithm = Some(SignatureAlgorithm::Ecdsa(Hash::Sha1));
        }
        m.fault = SignatureFault::None;
        let issuer_key = text("issuer").map_or(key_name, |i| self.keys.get(i).map_or(i, String::as_str));
        let signer = Key::of(text("signed_by").unwrap_or(issuer_key));
        let der = m.sign(&signer);
        let read = Certificate::from_der(&der).map_err(|e| format!("cert {name}: {e}"))?;
        self.keys.insert(name.to_owned(), key_name.to_owned());
        self.made.insert(name.to_owned(), read);
        Ok(der)
    }
}

fn usage(name: &str) -> Result<u16, String> {
    Ok(match name {
        "digital_signature" => KeyUsage::DIGITAL_SIGNATURE,
        "key_encipherment" => KeyUsage::KEY_ENCIPHERMENT,
        "key_agreement" => KeyUsage::KEY_AGREEMENT,
        "key_cert_sign" => KeyUsage::KEY_CERT_SIGN,
        "crl_sign" => KeyUsage::CRL_SIGN,
        other => return Err(format!("cert.ku: {other}?")),
    })
}

fn purpose(name: &str) -> Result<&'static [u8], String> {
    Ok(match name {
        "server" => oid::SERVER_AUTH,
        "client" => oid::CLIENT_AUTH,
        "any" => oid::ANY_EXTENDED_KEY_USAGE,
        other => return Err(format!("cert.eku: {other}?")),
    })
}
