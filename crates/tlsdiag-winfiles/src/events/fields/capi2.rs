//! CAPI2's events: a tree of elements each, joined among themselves by file names made of thumbprints.

use super::super::text::shape::{codes, thumbprint, trim};
use super::super::tree::hex;
use super::super::{Event, Node};
use super::{Fields, Process, Side, bare_hex, filled};

/// A certificate that a CAPI2 event names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ChainCertificate {
    /// The SHA-1 thumbprint, from `fileRef`.
    pub thumbprint: Option<[u8; 20]>,
    /// The subject's simple name.
    pub subject: Option<String>,
    /// The CERT_TRUST_* error mask of this element of the chain.
    pub errors: Option<u32>,
}

/// What a CAPI2 event tells.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Capi2 {
    /// The element that holds everything, `CertVerifyCertificateChainPolicy`.
    pub operation: String,
    /// The result as a code; 0 is success.
    pub result: Option<u32>,
    /// The CERT_TRUST_* error mask of the whole chain.
    pub chain_errors: Option<u32>,
    /// The policy's number; 4 is that of TLS.
    pub policy: Option<u32>,
    /// The reference by which events 11 and 30 of one chain meet.
    pub chain: Option<String>,
    /// The certificates, the leaf first.
    pub certificates: Vec<ChainCertificate>,
    /// The URL, of 53 and of 41.
    pub url: Option<String>,
    /// The name that the caller expected, from the TLS policy's extra parameters.
    pub server_name: Option<String>,
    /// Flags, of 70.
    pub flags: Option<u32>,
    /// The number by which the events of one call meet.
    pub task: Option<String>,
}

/// Certificates kept of one event.
const CERTIFICATES: usize = 64;

pub(super) fn read(event: &Event, fields: &mut Fields) {
    let Some(tree) = &event.tree else {
        // Events of the Application log have strings without names.
        let texts = || event.data.iter().map(|d| d.value.as_str()).chain(event.message.as_deref());
        fields.thumbprint = texts().find_map(thumbprint);
        fields.code = texts().find_map(|t| codes(t).first().map(|c| c.value));
        fields.endpoint = texts().find(|t| trim(t).starts_with("http")).map(|t| trim(t).to_owned());
        return;
    };
    let mut out = Capi2 { operation: tree.name.clone(), ..Capi2::default() };
    let attribute = |element: &str, name: &str| tree.find(element).and_then(|n| filled(n.attribute(name)));
    let last = |element: &str| tree.find_all(element).into_iter().next_back();
    // Elements of a chain have results of their own; the operation's stands among its direct children.
    let result = tree.children.iter().rfind(|c| c.name == "Result").or_else(|| last("Result"));
    out.result = result.and_then(|n| n.attribute("value")).and_then(bare_hex);
    fields.code = out.result.filter(|r| *r != 0);
    out.policy = attribute("Policy", "constant").and_then(|v| v.parse().ok());
    out.chain = attribute("CertificateChain", "chainRef");
    let trust = tree.find("CertificateChain").and_then(|c| c.children.iter().find(|n| n.name == "TrustStatus"));
    out.chain_errors = trust.and_then(errors);
    for element in tree.find_all("ChainElement").into_iter().take(CERTIFICATES) {
        let mut certificate = element.find("Certificate").map(certificate).unwrap_or_default();
        certificate.errors = element.find("TrustStatus").and_then(errors);
        out.certificates.push(certificate);
    }
    if out.certificates.is_empty() {
        out.certificates = tree.find_all("Certificate").into_iter().take(CERTIFICATES).map(certificate).collect();
    }
    fields.thumbprint =
        tree.find("Certificate").and_then(file_reference).or(out.certificates.first().and_then(|c| c.thumbprint));
    out.url = tree.find("URL").and_then(|n| filled(Some(&n.text)).or_else(|| filled(n.attribute("url"))));
    out.url = out.url.or_else(|| {
        tree.find_all("CRL").iter().find_map(|n| {
            filled(n.attribute("url")).or_else(|| filled(n.attribute("location")).filter(|l| l.starts_with("http")))
        })
    });
    out.server_name = tree.find_all("SSLAdditionalPolicyInfo").iter().find_map(|n| filled(n.attribute("serverName")));
    out.flags = attribute("Flags", "value").and_then(|v| bare_hex(&v));
    out.task = tree.find("CorrelationAuxInfo").and_then(|n| filled(n.attribute("TaskId")));
    fields.side = match tree.find_all("SSLAdditionalPolicyInfo").iter().find_map(|n| n.attribute("authType")) {
        Some("server") => Side::Client,
        Some("client") => Side::Server,
        _ => Side::Unknown,
    };
    fields.remote = out.server_name.clone();
    fields.endpoint = out.url.clone();
    let aux = tree.find("EventAuxInfo");
    let name = aux.and_then(|n| filled(n.attribute("ProcessName")));
    if name.is_some() || event.process.is_some() {
        fields.process = Some(Process { name, id: event.process });
    }
    fields.capi2 = Some(out);
}

fn errors(trust: &Node) -> Option<u32> {
    trust.find("ErrorStatus").and_then(|n| n.attribute("value")).and_then(bare_hex)
}

fn certificate(node: &Node) -> ChainCertificate {
    ChainCertificate { thumbprint: file_reference(node), subject: filled(node.attribute("subjectName")), errors: None }
}

/// A thumbprint from `<40 hex digits>.cer`.
fn file_reference(node: &Node) -> Option<[u8; 20]> {
    let name = node.attribute("fileRef")?;
    hex(name.split('.').next()?)?.try_into().ok()
}
