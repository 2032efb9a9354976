//! What a fault may draw from: chance, names and the plan of a healthy server to begin with.
use crate::{
    key::KeyType,
    names,
    plan::{
        Answer, Asked, AuthorityPlan, ClientCertificate, Credential, Ending, HttpPlan, LeafPlan, Link, Listen,
        Nameless, Plan, Purpose, Reading, RootPlan, Sent, Status, StatusPlan, TlsPlan, Usage, Validity,
    },
    seed::Chance,
};
use std::{net::IpAddr, time::Duration};
use tlsdiag_wire::Version;

/// What a fault may draw from.
#[derive(Debug)]
pub struct Maker {
    /// The stream of chance of this endpoint.
    pub chance: Chance,
    /// The address at which it will be served.
    pub address: IpAddr,
}

/// Hours of a day.
pub const DAY: i64 = 24;

impl Maker {
    /// A maker for one endpoint.
    pub fn new(seed: u64, purpose: &str, address: IpAddr) -> Self {
        Self { chance: Chance::new(seed, purpose), address }
    }

    /// A server as they are met every day: nothing wrong, nothing odd, and no two the same.
    pub fn healthy(&mut self) -> Plan {
        let chance = &mut self.chance;
        let name = names::host(chance);
        let key = chance.pick([KeyType::Rsa2048, KeyType::P256, KeyType::Rsa2048, KeyType::P256, KeyType::Rsa3072]);
        let banner = names::server_banner(chance);
        let tells_plain = banner.starts_with("nginx") || banner.starts_with("Apache");
        let status = StatusPlan {
            ocsp: chance.one_in(2).then_some(Status::Good),
            crl: chance.one_in(2).then_some(Status::Good),
            staple: None,
            issuer_link: Some(Link::Leads),
            must_staple: false,
        };
        let mut dns = vec![name.clone()];
        if chance.one_in(3) {
            dns.push(format!("www.{name}"));
        }
        let begun = i64::try_from(chance.between(2, 60)).unwrap_or(2) * DAY;
        let leaf = LeafPlan {
            key,
            common_name: Some(name.clone()),
            dns,
            addresses: Vec::new(),
            has_san: true,
            valid: Validity(-begun, -begun + 397 * DAY),
            purposes: if chance.one_in(2) {
                vec![Purpose::ServerAuth]
            } else {
                vec![Purpose::ServerAuth, Purpose::ClientAuth]
            },
            usage: Usage::Fitting,
            ca: false,
            digest: None,
            status,
            ballast: 0,
            organization: names::firm(chance),
        };
        let authority = self.authority();
        let chance = &mut self.chance;
        Plan {
            name,
            asked: Asked::Name,
            listen: Listen::Tls,
            reading: Reading::Whole,
            gates: Vec::new(),
            credential: Credential {
                leaf,
                authorities: vec![authority],
                root: RootPlan::Lab,
                sent: vec![Sent::Leaf, Sent::Authority(0)],
                foreign_key: false,
            },
            nameless: Nameless::Same,
            tls: TlsPlan {
                versions: vec![Version::TLS1_2, Version::TLS1_3],
                suites: Vec::new(),
                groups: Vec::new(),
                alpn: if chance.one_in(3) { Vec::new() } else { vec!["http/1.1"] },
                client_certificate: ClientCertificate::Never,
                tickets: !chance.one_in(4),
                flight: None,
            },
            http: HttpPlan {
                banner: Some(banner),
                minor: 1,
                answer: Answer::Page(200),
                ending: Ending::Proper,
                tells_plain,
            },
            delay: Duration::from_millis(chance.between(0, 30)),
            plain_port: None,
        }
    }

    /// An intermediate authority with nothing wrong.
    pub fn authority(&mut self) -> AuthorityPlan {
        let begun = i64::try_from(self.chance.between(200, 900)).unwrap_or(200) * DAY;
        AuthorityPlan {
            key: self.chance.pick([KeyType::Rsa2048, KeyType::P256, KeyType::P384]),
            valid: Validity(-begun, -begun + 3650 * DAY),
            ca: true,
            permitted: Vec::new(),
            excluded: Vec::new(),
            ballast: 0,
        }
    }

    /// A host name that has nothing to do with another.
    pub fn other_host(&mut self, than: &str) -> String {
        loop {
            let name = names::host(&mut self.chance);
            if name != than && !name.ends_with(than) && !than.ends_with(&name) {
                return name;
            }
        }
    }
}

impl Plan {
    /// Gives the certificate the key type RSA 2048 unless it is RSA already.
    pub fn with_rsa(&mut self) {
        if !self.credential.leaf.key.is_rsa() {
            self.credential.leaf.key = KeyType::Rsa2048;
        }
    }

    /// Gives the certificate the key type P-256 unless it is on a curve already.
    pub fn with_curve(&mut self) {
        if self.credential.leaf.key.is_rsa() {
            self.credential.leaf.key = KeyType::P256;
        }
    }

    /// Puts a name in the place of the site's, everywhere.
    pub fn rename(&mut self, name: &str) {
        let leaf = &mut self.credential.leaf;
        for dns in &mut leaf.dns {
            if let Some(rest) = dns.strip_suffix(self.name.as_str()) {
                *dns = format!("{rest}{name}");
            }
        }
        if leaf.common_name.as_deref() == Some(self.name.as_str()) {
            leaf.common_name = Some(name.to_owned());
        }
        name.clone_into(&mut self.name);
    }
}
