//! Issuing what a plan asks for: the chain, the key that signs handshakes, and the status that is published.
use crate::{
    error::Error,
    key::{Key, KeyPool, KeyType},
    maker::DAY,
    mint::{self, Issued, Issuer, Subject, certificate_name, issue_authority, issue_leaf, issue_root},
    names,
    plan::{AuthorityPlan, Credential, LeafPlan, Link, RootPlan, Sent, Staple, Status, Validity},
    seed::Chance,
    serving::status_host::{self, StatusHost},
};
use std::sync::Arc;

/// A chain as it is sent, with the key that signs handshakes.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    pub(crate) chain: Vec<Vec<u8>>,
    pub(crate) key: Arc<Key>,
    pub(crate) staple: Option<Vec<u8>>,
}

/// The lab's authority: its root, its keys and its web server.
#[derive(Debug)]
pub(crate) struct Foundry {
    root: Issued,
    stranger: Issued,
    pool: KeyPool,
    status: StatusHost,
    /// Seconds since 1970.
    now: i64,
}

impl Foundry {
    pub(crate) fn new(seed: u64, now: i64, status: StatusHost) -> Result<Self, Error> {
        let mut chance = Chance::new(seed, "roots");
        let mut root = |key: Arc<Key>| {
            let name = certificate_name(
                Some(chance.pick(["KR", "US", "DE", "SE", "JP"])),
                Some(names::firm(&mut chance).as_bytes()),
                Some(format!("{} Root {}", names::proper(&mut chance), chance.between(1, 9)).as_bytes()),
            );
            let subject = Subject::new(key, name, serial(&mut chance), now);
            issue_root(subject, Validity(-2000 * DAY, 7000 * DAY))
        };
        let own = Key::generate(KeyType::P384, &mut Chance::new(seed, "root key"))?;
        let other = Key::generate(KeyType::P256, &mut Chance::new(seed, "stranger key"))?;
        let (root, stranger) = (root(Arc::new(own))?, root(Arc::new(other))?);
        Ok(Self { root, stranger, pool: KeyPool::default(), status, now })
    }

    /// The root that clients of the lab trust, in DER.
    pub(crate) fn root(&self) -> &[u8] {
        &self.root.der
    }

    /// Issues a credential and publishes its status.
    pub(crate) fn credential(&mut self, plan: &Credential, chance: &mut Chance) -> Result<Ready, Error> {
        let root = match plan.root {
            RootPlan::Unknown => self.stranger.clone(),
            RootPlan::Lab | RootPlan::SelfSigned => self.root.clone(),
        };
        // From the root down, then turned round: authorities[0] issues the leaf.
        let mut authorities: Vec<(Issued, Issued)> = Vec::new();
        for authority in plan.authorities.iter().rev() {
            let above = authorities.last().map_or(&root, |(real, _)| real).clone();
            let name = certificate_name(
                Some(chance.pick(["KR", "US", "DE", "SE", "JP"])),
                Some(names::firm(chance).as_bytes()),
                Some(names::authority(chance).as_bytes()),
            );
            let real = self.authority(authority, name.clone(), &above, &[], chance)?;
            let double = self.authority(authority, name, &above, &[&real.key], chance)?;
            authorities.push((real, double));
        }
        authorities.reverse();
        let leaf_key = self.pool.key(plan.leaf.key, &[], chance)?;
        let issuer = authorities.first().map_or(&root, |(real, _)| real).clone();
        let leaf = match plan.root {
            RootPlan::SelfSigned => self.leaf(&plan.leaf, Arc::clone(&leaf_key), None, chance)?,
            RootPlan::Lab | RootPlan::Unknown => self.leaf(&plan.leaf, Arc::clone(&leaf_key), Some(&issuer), chance)?,
        };
        let chain = plan.sent.iter().filter_map(|sent| match *sent {
            Sent::Leaf => Some(leaf.der.clone()),
            Sent::Root => Some(root.der.clone()),
            Sent::Authority(n) => authorities.get(n).map(|(real, _)| real.der.clone()),
            Sent::Double(n) => authorities.get(n).map(|(_, double)| double.der.clone()),
        });
        let chain = chain.collect();
        let staple = plan.leaf.status.staple.map(|staple| self.staple(staple, &leaf, &issuer)).transpose()?;
        let key = if plan.foreign_key { self.pool.key(plan.leaf.key, &[&leaf_key], chance)? } else { leaf_key };
        Ok(Ready { chain, key, staple })
    }

    fn authority(
        &mut self,
        plan: &AuthorityPlan,
        name: Vec<u8>,
        above: &Issued,
        but: &[&Arc<Key>],
        chance: &mut Chance,
    ) -> Result<Issued, Error> {
        let key = self.pool.key(plan.key, but, chance)?;
        issue_authority(Subject::new(key, name, serial(chance), self.now), plan, above.issuer())
    }

    fn leaf(
        &mut self,
        plan: &LeafPlan,
        key: Arc<Key>,
        issuer: Option<&Issued>,
        chance: &mut Chance,
    ) -> Result<Issued, Error> {
        let organization = (!plan.organization.is_empty()).then_some(plan.organization.as_bytes());
        let common = plan.common_name.as_deref().map(str::as_bytes);
        let name = certificate_name(None, organization, common);
        let mut subject = Subject::new(key, name, serial(chance), self.now);
        let own = subject.key.clone();
        let Some(issuer) = issuer else {
            let name = subject.name.clone();
            return issue_leaf(subject, plan, Issuer { name: &name, key: &own });
        };
        let places = [(); 3].map(|()| self.status.place(chance));
        let [ocsp, crl, link] = &places;
        subject.ocsp = plan.status.ocsp.map(|_| ocsp.url.clone());
        subject.crl = plan.status.crl.map(|_| crl.url.clone());
        subject.issuer_link = plan.status.issuer_link.map(|_| link.url.clone());
        let leaf = issue_leaf(subject, plan, issuer.issuer())?;
        if let Some(status) = plan.status.ocsp {
            let response = mint::ocsp_response(issuer.issuer(), &issuer.key, &leaf.serial, status, self.now - 3600)?;
            self.status.put(ocsp, status_host::OCSP, response);
        }
        if let Some(status) = plan.status.crl {
            let revoked: &[&[u8]] = if status == Status::Revoked { &[&leaf.serial] } else { &[] };
            self.status.put(crl, status_host::CRL, mint::crl(issuer.issuer(), revoked, self.now)?);
        }
        if plan.status.issuer_link == Some(Link::Leads) {
            self.status.put(link, status_host::CERTIFICATE, issuer.der.clone());
        }
        Ok(leaf)
    }

    fn staple(&mut self, staple: Staple, leaf: &Issued, issuer: &Issued) -> Result<Vec<u8>, Error> {
        let made = self.now - 3600;
        let (status, made) = match staple {
            Staple::Fresh(status) => (status, made),
            Staple::Stale => (Status::Good, made - 9 * DAY * 3600),
            Staple::OfAnother | Staple::Forged => (Status::Good, made),
        };
        let mut serial = leaf.serial.clone();
        if let (Staple::OfAnother, Some(last)) = (staple, serial.last_mut()) {
            *last ^= 0x55;
        }
        let signer = match staple {
            Staple::Forged => Arc::new(Key::generate(KeyType::P256, &mut Chance::new(0, "forger"))?),
            _ => Arc::clone(&issuer.key),
        };
        mint::ocsp_response(issuer.issuer(), &signer, &serial, status, made)
    }
}

/// A serial number of 16 octets, positive and with no leading zero.
fn serial(chance: &mut Chance) -> Vec<u8> {
    let mut serial = chance.bytes::<16>();
    serial[0] = serial[0] & 0x3f | 0x40;
    serial.to_vec()
}
