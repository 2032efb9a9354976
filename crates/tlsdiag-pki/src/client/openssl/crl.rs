//! Revocation lists, where the program handed some in (X509_V_FLAG_CRL_CHECK and CRL_CHECK_ALL).

use super::{Run, Stop};
use crate::crl::{Crl, CrlAnswer};
use crate::extensions::KeyUsage;

impl Run<'_, '_> {
    /// Every certificate of the chain against the list of its issuer. Without lists nothing is checked: none of the
    /// programs measured asks for more.
    pub(super) fn revocation(&mut self) -> Result<(), Stop> {
        let octets = self.shared.q.tls.crls;
        let lists: Vec<Crl<'_>> = octets.iter().take(64).filter_map(|c| Crl::read(c).ok()).collect();
        if octets.is_empty() {
            return Ok(());
        }
        for i in 0..self.chain.len() {
            let Some(c) = self.chain.get(i).cloned() else { break };
            let issuer = self.chain.get(i + 1).cloned().unwrap_or_else(|| c.clone());
            let Some(list) = lists.iter().find(|l| l.issuer.matches(c.issuer())) else {
                self.fault(3, i)?;
                continue;
            };
            self.fault_if(!issuer.may(KeyUsage::CRL_SIGN), 35, i)?;
            let critical_number = list.number.is_some_and(|(_, critical)| critical);
            self.fault_if(critical_number || !list.unknown_critical.is_empty(), 36, i)?;
            self.fault_if(list.next_update.is_some_and(|n| n < self.shared.time()), 12, i)?;
            self.fault_if(list.signed_by(&issuer.c.public_key, self.shared.q.verifier).is_err(), 8, i)?;
            let revoked = matches!(list.find(&c.c), Ok((CrlAnswer::Revoked { .. }, _)));
            self.fault_if(revoked, 23, i)?;
        }
        Ok(())
    }
}
