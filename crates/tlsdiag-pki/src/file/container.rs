//! The parts of containers: PKCS#7, PKCS#12, Java key stores, serialized stores.

use super::{Form, Item, Walk, key_fault};
use crate::container::{Place, jks, pkcs7, pkcs12, sst};
use crate::private::PrivateKey;

impl Walk<'_> {
    pub(super) fn pkcs7(&mut self, der: &[u8], place: &Place) {
        match pkcs7::read(der, place, self.unlocker.limits.parts) {
            Ok(set) => {
                let empty = set.certificates.is_empty() && set.crls.is_empty() && set.faults.is_empty();
                for (place, der) in &set.certificates {
                    self.certificate(der, place.clone());
                }
                for (place, der) in &set.crls {
                    self.crl(der, place.clone());
                }
                self.faults.extend(set.faults);
                if empty {
                    let what = "PKCS#7 signed data without certificates".to_owned();
                    self.part(place.clone(), Item::Other { what });
                }
            }
            Err(e) => self.fault(place.clone(), e.into()),
        }
    }

    pub(super) fn pkcs12(&mut self, der: &[u8], place: &Place) -> Form {
        let file = match pkcs12::read(der, place, &mut self.unlocker) {
            Ok(file) => file,
            Err(e) => {
                self.fault(place.clone(), e.into());
                return Form::Der;
            }
        };
        self.faults.extend(file.faults);
        for bag in file.bags {
            self.bag(bag);
        }
        Form::Pkcs12(Box::new(file.facts))
    }

    fn bag(&mut self, bag: pkcs12::Bag) {
        let before = self.parts.len();
        let place = bag.place;
        match bag.content {
            pkcs12::BagContent::Certificate(der) => self.certificate(&der, place),
            pkcs12::BagContent::Crl(der) => self.crl(&der, place),
            pkcs12::BagContent::Key { pkcs8, .. } => {
                match PrivateKey::from_der_with(&pkcs8, &place.to_string(), &mut self.unlocker) {
                    Ok(key) => self.private_key(&place, key),
                    Err(e) => self.fault(place, key_fault(e)),
                }
            }
            pkcs12::BagContent::Secret { kind, .. } => {
                self.part(place, Item::Other { what: format!("a secret of type {kind}") });
            }
            pkcs12::BagContent::Other { kind, .. } => {
                self.part(place, Item::Other { what: format!("a bag of type {kind}") });
            }
        }
        if let Some(part) = self.parts.get_mut(before) {
            part.name = bag.attributes.friendly_name;
            part.local_key_id = bag.attributes.local_key_id;
            part.provider = bag.attributes.provider;
            part.machine_key = bag.attributes.machine_key;
            part.trusted = bag.attributes.trusted_for.is_some();
            part.protection = match bag.protection {
                pkcs12::Protection::Open => None,
                by => Some(by.to_string()),
            };
        }
    }

    pub(super) fn java(&mut self, input: &[u8], format: jks::Format) -> Form {
        let store = match jks::read(input, &Place::default(), &mut self.unlocker) {
            Ok(store) => store,
            Err(e) => {
                self.fault(Place::default(), e.into());
                return Form::Java(format, None);
            }
        };
        self.faults.extend(store.faults);
        for entry in store.entries {
            let before = self.parts.len();
            let mut trusted = false;
            let mut protected = None;
            match entry.content {
                jks::Content::Trusted(der) => {
                    trusted = true;
                    self.certificate(&der, entry.place);
                }
                jks::Content::Key { pkcs8, protection, chain } => {
                    if let Some(pkcs8) = pkcs8 {
                        match PrivateKey::from_der_with(&pkcs8, &entry.place.to_string(), &mut self.unlocker) {
                            Ok(key) => {
                                protected = Some(protection);
                                self.private_key(&entry.place, key);
                            }
                            Err(e) => self.fault(entry.place, key_fault(e)),
                        }
                    }
                    for (place, der) in chain {
                        self.certificate(&der, place);
                    }
                }
                jks::Content::Secret => {
                    self.part(entry.place, Item::Other { what: "a sealed secret key".to_owned() });
                }
            }
            for part in self.parts.iter_mut().skip(before) {
                part.name = Some(entry.alias.clone());
                part.trusted = trusted;
                if matches!(part.what, Item::PrivateKey(_)) {
                    part.protection = protected.take();
                }
            }
        }
        Form::Java(store.format, store.intact)
    }

    pub(super) fn serialized_store(&mut self, input: &[u8]) -> Form {
        let store = sst::read(input, &Place::default(), self.unlocker.limits.parts);
        self.faults.extend(store.faults);
        for entry in store.entries {
            let before = self.parts.len();
            match entry.kind {
                sst::Kind::Certificate => self.certificate(&entry.der, entry.place),
                sst::Kind::Crl => self.crl(&entry.der, entry.place),
                sst::Kind::TrustList => {
                    self.part(entry.place, Item::Other { what: "a certificate trust list".to_owned() });
                }
            }
            if let Some(part) = self.parts.get_mut(before) {
                part.name = entry.friendly_name;
                part.provider = entry.provider;
            }
        }
        Form::SerializedStore
    }
}
