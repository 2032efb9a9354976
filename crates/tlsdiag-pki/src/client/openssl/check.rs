//! What OpenSSL checks on the chain it built, in its order.

use super::{Run, Stop, time_unreadable};
use crate::algorithm::Hash;
use crate::client::algorithms::{CurveName, Key, SigFamily};
use crate::client::cert::Cert;
use crate::client::constraints::{self, Forms};
use crate::extensions::KeyUsage;
use crate::oid;

/// Extensions that OpenSSL processes when they are critical.
const SUPPORTED: &[&[u8]] = &[
    oid::KEY_USAGE,
    oid::SUBJECT_ALT_NAME,
    oid::BASIC_CONSTRAINTS,
    oid::CERTIFICATE_POLICIES,
    oid::CRL_DISTRIBUTION_POINTS,
    oid::EXTENDED_KEY_USAGE,
    oid::POLICY_CONSTRAINTS,
    oid::NAME_CONSTRAINTS,
    oid::POLICY_MAPPINGS,
    oid::INHIBIT_ANY_POLICY,
    // nsCertType, proxyCertInfo, and the address and AS blocks of RFC 3779
    &[0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 1, 1],
    &[0x2b, 6, 1, 5, 5, 7, 1, 14],
    &[0x2b, 6, 1, 5, 5, 7, 1, 7],
    &[0x2b, 6, 1, 5, 5, 7, 1, 8],
];

impl Run<'_, '_> {
    /// Critical extensions, CA flags, curves, the strict checks, purpose and path length, certificate by certificate.
    pub(super) fn extensions(&mut self) -> Result<(), Stop> {
        let old = self.rules.untrusted_first;
        // 1.0.2 looks at nothing that comes from the trust list.
        let num = if old { self.untrusted } else { self.chain.len() };
        let mut plen = 0u64;
        for i in 0..num {
            let Some(c) = self.chain.get(i).cloned() else { break };
            self.fault_if(c.critical_beyond(SUPPORTED).is_some(), 34, i)?;
            let ca = ca_grade(&c);
            if i == 0 {
                self.fault_if(self.rules.strict && ca > 1, 79, 0)?;
            } else {
                let wants_flag = if old { self.rules.strict } else { i + 1 < num || self.rules.strict };
                self.fault_if(ca == 0 || (wants_flag && ca != 1), 79, i)?;
            }
            if self.rules.refuses_explicit && num > 1 {
                let explicit = matches!(c.key, Key::Ec { curve: CurveName::Explicit, .. });
                self.fault_if(explicit, 94, i)?;
            }
            if self.rules.strict && num > 1 && !old {
                self.strict(&c, i, num)?;
            }
            if !self.settings.without_purpose {
                self.fault_if(!serves(&c, i > 0), 26, i)?;
            }
            if let Some(limit) = c.path_len() {
                let exempt = old && c.self_issued();
                self.fault_if(i > 1 && !exempt && plen > limit, 25, i)?;
            }
            if i > 0 && !c.self_issued() {
                plen += 1;
            }
        }
        Ok(())
    }

    /// X509_V_FLAG_X509_STRICT: what RFC 5280 demands of conforming certificates.
    fn strict(&mut self, c: &Cert, i: usize, num: usize) -> Result<(), Stop> {
        let ca = c.is_ca();
        let certsign = c.usage().is_some_and(|u| u.any(KeyUsage::KEY_CERT_SIGN));
        let no_usage = c.usage().is_none();
        if c.path_len().is_some() {
            self.fault_if(!ca, 80, i)?;
            self.fault_if(!certsign && !no_usage, 81, i)?;
        }
        let critical = c.x().basic_constraints.is_some_and(|b| b.critical);
        self.fault_if(ca && !critical, 89, i)?;
        if ca {
            self.fault_if(no_usage, 92, i)?;
        } else {
            self.fault_if(certsign, 82, i)?;
        }
        self.fault_if(c.issuer().is_empty(), 83, i)?;
        let empty = c.subject().is_empty();
        let crl_sign = c.usage().is_some_and(|u| u.any(KeyUsage::CRL_SIGN));
        self.fault_if(empty && (ca || crl_sign || !c.has_san()), 84, i)?;
        self.fault_if(empty && c.has_san() && !c.critical(oid::SUBJECT_ALT_NAME), 88, i)?;
        self.fault_if(c.has_san() && c.sans().is_empty(), 87, i)?;
        self.fault_if(!c.algorithms_agree, 78, i)?;
        self.fault_if(c.critical(oid::AUTHORITY_KEY_IDENTIFIER), 90, i)?;
        self.fault_if(c.critical(oid::SUBJECT_KEY_IDENTIFIER), 91, i)?;
        if c.c.version >= 3 {
            let aki = c.x().authority_key_id.as_ref().is_some_and(|a| a.key_id.is_some());
            self.fault_if(i + 1 < num && !aki, 85, i)?;
            self.fault_if(ca && c.x().subject_key_id.is_none(), 86, i)
        } else {
            self.fault_if(!c.extensions.is_empty(), 93, i)
        }
    }

    fn least(&self) -> u32 {
        match self.rules.level {
            0 => 0,
            1 => 80,
            2 => 112,
            3 => 128,
            4 => 192,
            _ => 256,
        }
    }

    pub(super) fn strong_enough(&self, i: usize) -> bool {
        if self.rules.level == 0 {
            return true;
        }
        let Some(c) = self.chain.get(i) else { return true };
        self.rules.known(c.key).security_bits(self.rules.graded) >= self.least()
    }

    /// The security level: keys of all issuers, signatures of all but the topmost.
    pub(super) fn levels(&mut self) -> Result<(), Stop> {
        if self.rules.level == 0 {
            return Ok(());
        }
        let num = self.chain.len();
        for i in 0..num {
            if i > 0 {
                let weak = !self.strong_enough(i);
                self.fault_if(weak, 67, i)?;
            }
            let weak = i + 1 < num && self.chain.get(i).is_some_and(|c| self.digest_bits(c) < self.least());
            self.fault_if(weak, 68, i)?;
        }
        Ok(())
    }

    fn digest_bits(&self, c: &Cert) -> u32 {
        match (c.sig.family, c.sig.hash) {
            (SigFamily::Ed25519, _) => 128,
            (SigFamily::Ed448, _) => 224,
            (SigFamily::MlDsa, _) => 192,
            (_, Some(Hash::Md5 | Hash::Md5Sha1)) => {
                if self.rules.graded {
                    39
                } else {
                    64
                }
            }
            (_, Some(Hash::Sha1)) => {
                if self.rules.graded {
                    63
                } else {
                    80
                }
            }
            (_, Some(h)) => u32::try_from(h.digest_len()).unwrap_or(0) * 4,
            (_, None) => 0,
        }
    }

    /// From the top down: the signature, then the dates of each.
    pub(super) fn signatures_and_dates(&mut self) -> Result<(), Stop> {
        let num = self.chain.len();
        let Some(top) = self.chain.last().cloned() else { return Ok(()) };
        let own = top.self_issued() && super::build::key_ids_fit(&top, &top);
        let from_list = self.untrusted < num;
        let mut n = num;
        if own || (self.rules.partial && from_list) || (self.rules.partial && !self.rules.untrusted_first) {
            self.dates(num - 1)?;
            n = num - 1;
        } else if num == 1 {
            return self.fault(21, 0);
        } else {
            // A top that is not self-issued lends its key, its dates stay unseen.
            n -= 1;
        }
        for i in (0..n).rev() {
            let (Some(child), Some(issuer)) = (self.chain.get(i).cloned(), self.chain.get(i + 1).cloned()) else {
                break;
            };
            if !self.rules.untrusted_first {
                self.fault_if(!issuer.may(KeyUsage::KEY_CERT_SIGN), 32, i + 1)?;
            }
            if self.rules.known(issuer.key) == Key::Other {
                self.fault(6, i + 1)?;
            } else if !self.signed(&child, &issuer) {
                self.fault(7, i)?;
            }
            self.dates(i)?;
        }
        Ok(())
    }

    fn dates(&mut self, i: usize) -> Result<(), Stop> {
        let Some(c) = self.chain.get(i).cloned() else { return Ok(()) };
        let now = self.shared.time();
        if time_unreadable(&c, 0) {
            self.fault(13, i)?;
        } else {
            self.fault_if(c.early(now), 9, i)?;
        }
        if time_unreadable(&c, 1) {
            self.fault(14, i)
        } else {
            // X509_cmp_time counts the second of notAfter as past.
            self.fault_if(now >= c.c.not_after, 10, i)
        }
    }

    /// Constraints of every certificate above, from the top down; self-issued ones between are exempt.
    pub(super) fn name_constraints(&mut self) -> Result<(), Stop> {
        let old = self.rules.untrusted_first;
        // urllib3 never looks at common names, and tells the library so.
        let forms = Forms { ip: !old, common_name: !old && self.rules.program != super::Program::Urllib3 };
        for i in (0..self.chain.len()).rev() {
            let Some(c) = self.chain.get(i).cloned() else { continue };
            if i > 0 && c.self_issued() {
                continue;
            }
            for j in (i + 1..self.chain.len()).rev() {
                let Some(ca) = self.chain.get(j).cloned() else { continue };
                if let Err(code) = constraints::openssl(&ca, &c, i == 0, forms) {
                    self.fault(code, i)?;
                }
            }
        }
        Ok(())
    }
}

/// OpenSSL's check_ca: 0 no, 1 by basicConstraints, 3 version 1 root, 4 by key usage alone.
fn ca_grade(c: &Cert) -> u8 {
    if !c.may(KeyUsage::KEY_CERT_SIGN) {
        return 0;
    }
    if let Some(b) = c.x().basic_constraints {
        return u8::from(b.ca);
    }
    if c.c.version == 1 && c.self_issued() {
        3
    } else if c.usage().is_some() {
        4
    } else {
        0
    }
}

/// The purpose of a TLS server: extended key usage on all, then CA or a usage for the key exchange.
fn serves(c: &Cert, issuer: bool) -> bool {
    if c.eku_lacks(&[oid::SERVER_AUTH, oid::NETSCAPE_SGC, oid::MICROSOFT_SGC]) {
        return false;
    }
    if issuer {
        return ca_grade(c) != 0;
    }
    c.may(KeyUsage::DIGITAL_SIGNATURE | KeyUsage::KEY_ENCIPHERMENT | KeyUsage::KEY_AGREEMENT)
}
