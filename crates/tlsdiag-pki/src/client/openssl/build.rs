//! How OpenSSL builds its one chain.

use super::{Run, Stop};
use crate::client::cert::Cert;
use crate::client::shared::MAX_SENT;
use crate::extensions::KeyUsage;
use std::rc::Rc;

/// X509_VERIFY_PARAM's default depth.
const DEPTH: usize = 100;

/// What trust in the chain has come to.
enum Trust {
    Trusted,
    Untrusted,
}

impl Run<'_, '_> {
    /// The default since 1.1.0: at every step the trust list first, then what was sent.
    pub(super) fn build_trusted_first(&mut self) -> Result<(), Stop> {
        let mut pool: Vec<Rc<Cert>> = self.shared.sent.iter().skip(1).cloned().collect();
        let depth = self.settings.max_depth.unwrap_or(DEPTH);
        let mut trust = Trust::Untrusted;
        let mut whole = false;
        while self.chain.len() <= DEPTH.min(MAX_SENT) + 1 {
            let Some(curr) = self.chain.last().cloned() else { break };
            let self_signed = self.rules.self_signed(&curr);
            // One more than the depth is allowed from the trust list.
            if self.chain.len() <= depth + 1
                && let Some(issuer) = self.trusted_issuer(&curr)
                && (!self_signed || issuer.id() == curr.id())
                && (self_signed || self.chain.iter().all(|c| c.id() != issuer.id()))
            {
                if self_signed {
                    self.untrusted = self.untrusted.min(self.chain.len() - 1);
                    let last = self.chain.len() - 1;
                    if let Some(slot) = self.chain.get_mut(last) {
                        *slot = issuer.clone();
                    }
                } else {
                    self.chain.push(issuer.clone());
                }
                trust = self.trust();
                if matches!(trust, Trust::Trusted) {
                    whole = true;
                    break;
                }
                if self_signed {
                    break;
                }
                continue;
            }
            if self.untrusted < self.chain.len() || self_signed || self.chain.len() > depth {
                break;
            }
            let Some(at) = self.find_untrusted(&pool, &curr) else { break };
            self.chain.push(pool.remove(at));
            self.untrusted += 1;
        }
        if whole {
            return Ok(());
        }
        if matches!(trust, Trust::Untrusted) && self.untrusted == self.chain.len() && self.rules.partial {
            let leaf = self.chain.first().cloned();
            if leaf.is_some_and(|l| self.shared.listed(&l)) {
                self.chain.truncate(1);
                self.untrusted = 0;
                return Ok(());
            }
        }
        let num = self.chain.len();
        let last = num - 1;
        let top_self_signed = self.chain.last().is_some_and(|c| self.rules.self_signed(c));
        let code = if num > depth {
            22
        } else if top_self_signed {
            if num == 1 { 18 } else { 19 }
        } else if self.untrusted < num {
            2
        } else {
            20
        };
        self.fault(code, last)
    }

    /// 1.0.2: everything sent is followed first, then the trust list; then shorter beginnings are tried.
    pub(super) fn build_untrusted_first(&mut self) -> Result<(), Stop> {
        let mut pool: Vec<Rc<Cert>> = self.shared.sent.iter().skip(1).cloned().collect();
        while let Some(curr) = self.chain.last().cloned() {
            if self.rules.self_signed(&curr) {
                break;
            }
            let Some(at) = pool.iter().position(|c| self.issued(c, &curr)) else { break };
            self.chain.push(pool.remove(at));
        }
        self.untrusted = self.chain.len();
        let mut sent_len = self.chain.len();
        let mut own_root = None;
        let mut bad = false;
        let trusted = loop {
            if let Some(top) = self.chain.last().cloned()
                && self.rules.self_signed(&top)
            {
                if self.chain.len() == 1 {
                    match self.trusted_issuer(&top) {
                        Some(found) if found.id() == top.id() => self.untrusted = 0,
                        _ => {
                            bad = true;
                            self.fault(18, 0)?;
                        }
                    }
                } else if self.untrusted == self.chain.len() {
                    own_root = self.chain.pop();
                    self.untrusted -= 1;
                    sent_len = sent_len.min(self.chain.len());
                }
            }
            while let Some(curr) = self.chain.last().cloned() {
                if self.rules.self_signed(&curr) || self.chain.len() > DEPTH {
                    break;
                }
                let Some(next) = self.trusted_issuer(&curr) else { break };
                self.chain.push(next);
            }
            if matches!(self.trust(), Trust::Trusted) {
                break true;
            }
            // A shorter beginning whose top has an issuer in the trust list.
            let mut again = false;
            while sent_len > 1 {
                sent_len -= 1;
                let Some(top) = self.chain.get(sent_len - 1).cloned() else { continue };
                if self.trusted_issuer(&top).is_some() {
                    self.chain.truncate(sent_len);
                    self.untrusted = sent_len;
                    again = true;
                    break;
                }
            }
            if !again {
                break false;
            }
        };
        if trusted || bad {
            return Ok(());
        }
        let last = self.chain.len().saturating_sub(1);
        let top = self.chain.last().cloned();
        match (own_root, top) {
            (Some(root), Some(top)) if self.issued(&root, &top) => {
                self.chain.push(root);
                self.untrusted = self.chain.len();
                self.fault(19, last + 1)
            }
            _ if self.untrusted >= self.chain.len() => self.fault(20, last),
            _ => self.fault(2, last),
        }
    }

    /// Self-signed certificates of the trust list are trusted, with partial chains every certificate of it.
    fn trust(&self) -> Trust {
        let from_list = self.chain.get(self.untrusted..).unwrap_or_default();
        if from_list.iter().any(|c| self.rules.self_signed(c)) || (self.rules.partial && !from_list.is_empty()) {
            Trust::Trusted
        } else {
            Trust::Untrusted
        }
    }

    /// The issuer from the trust list: the first that fits and is valid now, else the one that lives longest.
    fn trusted_issuer(&self, child: &Cert) -> Option<Rc<Cert>> {
        let found = self.shared.anchors_named(child.issuer());
        self.choose(found.iter(), child).and_then(|i| found.get(i).cloned())
    }

    fn find_untrusted(&self, pool: &[Rc<Cert>], child: &Cert) -> Option<usize> {
        let unused =
            |c: &&Rc<Cert>| !c.self_issued() || self.chain.len() == 1 || self.chain.iter().all(|on| on.id() != c.id());
        let free: Vec<(usize, &Rc<Cert>)> = pool.iter().enumerate().filter(|(_, c)| unused(c)).collect();
        let chosen = self.choose(free.iter().map(|(_, c)| *c), child)?;
        free.get(chosen).map(|(i, _)| *i)
    }

    fn choose<'c>(&self, candidates: impl Iterator<Item = &'c Rc<Cert>>, child: &Cert) -> Option<usize> {
        let now = self.shared.time();
        let mut best: Option<(usize, i64)> = None;
        for (i, c) in candidates.enumerate() {
            if !self.issued(c, child) {
                continue;
            }
            let readable = !super::time_unreadable(c, 0) && !super::time_unreadable(c, 1);
            if self.rules.untrusted_first || (readable && now < c.c.not_after && !c.early(now)) {
                return Some(i);
            }
            if best.is_none_or(|(_, until)| c.c.not_after > until) {
                best = Some((i, c.c.not_after));
            }
        }
        best.map(|(i, _)| i)
    }

    /// X509_check_issued: names, key identifiers, and by version the kind of key or the key usage.
    fn issued(&self, issuer: &Cert, child: &Cert) -> bool {
        if !child.issuer().matches(issuer.subject()) || self.rules.invalid(issuer) || self.rules.invalid(child) {
            return false;
        }
        if !key_ids_fit(child, issuer) {
            return false;
        }
        if self.rules.untrusted_first {
            issuer.may(KeyUsage::KEY_CERT_SIGN)
        } else {
            child.inner_sig.fits(self.rules.known(issuer.key))
        }
    }
}

/// The authority key identifier, where the child has one, names this issuer: by key, and by issuer and serial.
pub(super) fn key_ids_fit(child: &Cert, issuer: &Cert) -> bool {
    let Some(aki) = &child.x().authority_key_id else { return true };
    if let (Some(wanted), Some(has)) = (&aki.key_id, &issuer.x().subject_key_id)
        && wanted != has
    {
        return false;
    }
    if let Some(serial) = &aki.serial
        && **serial != *issuer.serial()
    {
        return false;
    }
    aki.issuer.as_ref().is_none_or(|name| name.matches(issuer.issuer()))
}
