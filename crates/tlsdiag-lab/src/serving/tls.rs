//! A TLS server that completes handshakes, as the plan configures it (rustls).
use crate::{
    credential::Ready,
    error::Error,
    key::tls_key,
    plan::{ClientCertificate, TlsPlan},
};
use rustls::{
    RootCertStore, ServerConfig, SupportedProtocolVersion,
    crypto::{CryptoProvider, aws_lc_rs},
    pki_types::CertificateDer,
    server::{ClientHello, NoServerSessionStorage, ResolvesServerCert, WebPkiClientVerifier},
    sign::CertifiedKey,
    version::{TLS12, TLS13},
};
use std::sync::Arc;
use tlsdiag_wire::Version;

/// The configuration for a plan. `other` is what clients get that do not ask for `site`.
pub(crate) fn config(
    plan: &TlsPlan,
    site: &str,
    ready: &Ready,
    other: Option<&Ready>,
    root: &[u8],
) -> Result<Arc<ServerConfig>, Error> {
    let provider = Arc::new(provider(plan));
    let versions: Vec<&'static SupportedProtocolVersion> = plan
        .versions
        .iter()
        .filter_map(|version| match *version {
            Version::TLS1_2 => Some(&TLS12),
            Version::TLS1_3 => Some(&TLS13),
            _ => None,
        })
        .collect();
    let builder = ServerConfig::builder_with_provider(Arc::clone(&provider)).with_protocol_versions(&versions)?;
    let builder = match plan.client_certificate {
        ClientCertificate::Never => builder.with_no_client_auth(),
        wanted => {
            let mut roots = RootCertStore::empty();
            roots.add(CertificateDer::from(root.to_vec()))?;
            let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
            let verifier = match wanted {
                ClientCertificate::Required => verifier,
                _ => verifier.allow_unauthenticated(),
            };
            let verifier = verifier.build().map_err(|error| Error::Encode(error.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
    };
    let resolver = BySite { site: site.to_owned(), own: certified(ready)?, other: other.map(certified).transpose()? };
    let mut config = builder.with_cert_resolver(Arc::new(resolver));
    config.alpn_protocols = plan.alpn.iter().map(|protocol| protocol.as_bytes().to_vec()).collect();
    if plan.tickets {
        config.ticketer = aws_lc_rs::Ticketer::new()?;
    } else {
        config.session_storage = Arc::new(NoServerSessionStorage {});
        config.send_tls13_tickets = 0;
    }
    Ok(Arc::new(config))
}

fn provider(plan: &TlsPlan) -> CryptoProvider {
    let mut provider = aws_lc_rs::default_provider();
    if !plan.suites.is_empty() {
        provider.cipher_suites.retain(|suite| plan.suites.iter().any(|ours| ours.0 == u16::from(suite.suite())));
    }
    if !plan.groups.is_empty() {
        provider.kx_groups = plan
            .groups
            .iter()
            .filter_map(|group| {
                aws_lc_rs::ALL_KX_GROUPS.iter().copied().find(|known| u16::from(known.name()) == group.0)
            })
            .collect();
    }
    provider
}

fn certified(ready: &Ready) -> Result<Arc<CertifiedKey>, Error> {
    let chain = ready.chain.iter().map(|der| CertificateDer::from(der.clone())).collect();
    // Not from_der, which would refuse a key that does not fit.
    let mut certified = CertifiedKey::new(chain, tls_key(&ready.key)?);
    certified.ocsp.clone_from(&ready.staple);
    Ok(Arc::new(certified))
}

/// The site's certificate for those who ask for the site.
#[derive(Debug)]
struct BySite {
    site: String,
    own: Arc<CertifiedKey>,
    other: Option<Arc<CertifiedKey>>,
}

impl ResolvesServerCert for BySite {
    fn resolve(&self, hello: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
        let asked = hello.server_name().is_some_and(|name| name.eq_ignore_ascii_case(&self.site));
        match &self.other {
            Some(other) if !asked => Some(Arc::clone(other)),
            _ => Some(Arc::clone(&self.own)),
        }
    }
}
