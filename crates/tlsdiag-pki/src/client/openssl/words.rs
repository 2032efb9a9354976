//! OpenSSL's faults in the words of the programs around it.

use super::{OpenSsl, Program, Run};
use crate::client::algorithms::{CurveName, Key};
use crate::client::cert::Cert;
use crate::client::naming;
use crate::client::prediction::ErrorKind;
use crate::client::shared::{Refusal, Shared};
use crate::extensions::GeneralName;

/// Why a certificate cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unread {
    Tag,
    Length,
    Padding,
    EmptyInteger,
    ShortTime,
}

/// The number, its name in Node, and the text since 3.0.
const FAULTS: &[(u16, &str, &str, ErrorKind)] = &[
    (1, "UNSPECIFIED", "unspecified certificate verification error", ErrorKind::NameConstraints),
    (2, "UNABLE_TO_GET_ISSUER_CERT", "unable to get issuer certificate", ErrorKind::UnknownIssuer),
    (3, "UNABLE_TO_GET_CRL", "unable to get certificate CRL", ErrorKind::General),
    (6, "UNABLE_TO_DECODE_ISSUER_PUBLIC_KEY", "unable to decode issuer public key", ErrorKind::Algorithm),
    (7, "CERT_SIGNATURE_FAILURE", "certificate signature failure", ErrorKind::Signature),
    (8, "CRL_SIGNATURE_FAILURE", "CRL signature failure", ErrorKind::Signature),
    (9, "CERT_NOT_YET_VALID", "certificate is not yet valid", ErrorKind::NotYetValid),
    (10, "CERT_HAS_EXPIRED", "certificate has expired", ErrorKind::Expired),
    (12, "CRL_HAS_EXPIRED", "CRL has expired", ErrorKind::Expired),
    (13, "ERROR_IN_CERT_NOT_BEFORE_FIELD", "format error in certificate's notBefore field", ErrorKind::Malformed),
    (14, "ERROR_IN_CERT_NOT_AFTER_FIELD", "format error in certificate's notAfter field", ErrorKind::Malformed),
    (18, "DEPTH_ZERO_SELF_SIGNED_CERT", "self-signed certificate", ErrorKind::SelfSigned),
    (19, "SELF_SIGNED_CERT_IN_CHAIN", "self-signed certificate in certificate chain", ErrorKind::SelfSigned),
    (20, "UNABLE_TO_GET_ISSUER_CERT_LOCALLY", "unable to get local issuer certificate", ErrorKind::UnknownIssuer),
    (21, "UNABLE_TO_VERIFY_LEAF_SIGNATURE", "unable to verify the first certificate", ErrorKind::UnknownIssuer),
    (22, "CERT_CHAIN_TOO_LONG", "certificate chain too long", ErrorKind::PathLength),
    (23, "CERT_REVOKED", "certificate revoked", ErrorKind::General),
    (25, "PATH_LENGTH_EXCEEDED", "path length constraint exceeded", ErrorKind::PathLength),
    (26, "INVALID_PURPOSE", "unsuitable certificate purpose", ErrorKind::ExtendedKeyUsage),
    (32, "UNSPECIFIED", "key usage does not include certificate signing", ErrorKind::KeyUsage),
    (34, "UNSPECIFIED", "unhandled critical extension", ErrorKind::CriticalExtension),
    (35, "UNSPECIFIED", "key usage does not include CRL signing", ErrorKind::KeyUsage),
    (36, "UNSPECIFIED", "unhandled critical CRL extension", ErrorKind::CriticalExtension),
    (47, "UNSPECIFIED", "permitted subtree violation", ErrorKind::NameConstraints),
    (48, "UNSPECIFIED", "excluded subtree violation", ErrorKind::NameConstraints),
    (51, "UNSPECIFIED", "unsupported name constraint type", ErrorKind::NameConstraints),
    (53, "UNSPECIFIED", "unsupported or invalid name syntax", ErrorKind::NameConstraints),
    (62, "HOSTNAME_MISMATCH", "hostname mismatch", ErrorKind::Name),
    (64, "UNSPECIFIED", "IP address mismatch", ErrorKind::Name),
    (66, "UNSPECIFIED", "EE certificate key too weak", ErrorKind::WeakKey),
    (67, "UNSPECIFIED", "CA certificate key too weak", ErrorKind::WeakKey),
    (68, "UNSPECIFIED", "CA signature digest algorithm too weak", ErrorKind::Algorithm),
    (78, "UNSPECIFIED", "cert info signature and signature algorithm mismatch", ErrorKind::Malformed),
    (79, "INVALID_CA", "invalid CA certificate", ErrorKind::NotACa),
    (80, "UNSPECIFIED", "Path length invalid for non-CA cert", ErrorKind::PathLength),
    (81, "UNSPECIFIED", "Path length given without key usage keyCertSign", ErrorKind::PathLength),
    (82, "UNSPECIFIED", "Key usage keyCertSign invalid for non-CA cert", ErrorKind::KeyUsage),
    (83, "UNSPECIFIED", "Issuer name empty", ErrorKind::Malformed),
    (84, "UNSPECIFIED", "Subject name empty", ErrorKind::Malformed),
    (85, "UNSPECIFIED", "Missing Authority Key Identifier", ErrorKind::Malformed),
    (86, "UNSPECIFIED", "Missing Subject Key Identifier", ErrorKind::Malformed),
    (87, "UNSPECIFIED", "Empty Subject Alternative Name extension", ErrorKind::Malformed),
    (88, "UNSPECIFIED", "Subject empty and Subject Alt Name extension not critical", ErrorKind::Malformed),
    (89, "UNSPECIFIED", "Basic Constraints of CA cert not marked critical", ErrorKind::Malformed),
    (90, "UNSPECIFIED", "Authority Key Identifier marked critical", ErrorKind::CriticalExtension),
    (91, "UNSPECIFIED", "Subject Key Identifier marked critical", ErrorKind::CriticalExtension),
    (92, "UNSPECIFIED", "CA cert does not include key usage extension", ErrorKind::KeyUsage),
    (93, "UNSPECIFIED", "Using cert extension requires at least X509v3", ErrorKind::Malformed),
    (94, "UNSPECIFIED", "Certificate public key has explicit ECC parameters", ErrorKind::WeakKey),
];

/// A fault of verification.
pub(super) fn fault(rules: &OpenSsl, run: &Run<'_, '_>, code: u16, at: Option<usize>) -> Refusal {
    let (_, name, text, kind) =
        FAULTS.iter().find(|f| f.0 == code).copied().unwrap_or((code, "UNSPECIFIED", "", ErrorKind::General));
    let old = matches!(rules.program, Program::Node8 | Program::Node16);
    let text = match code {
        18 if old => "self signed certificate",
        19 if old => "self signed certificate in certificate chain",
        26 if old => "unsupported certificate purpose",
        _ => text,
    };
    let host = run.shared.q.host.unwrap_or_default();
    let said = match rules.program {
        Program::Plain => text.to_owned(),
        Program::Python => match code {
            62 => format!("V62 Hostname mismatch, certificate is not valid for '{host}'."),
            64 => format!("V64 IP address mismatch, certificate is not valid for '{host}'."),
            _ => format!("V{code} {text}"),
        },
        Program::Node8 if name == "UNSPECIFIED" => format!("{text} {text}"),
        Program::Node8 | Program::Node16 | Program::Node20 | Program::Node24 => format!("{name} {text}"),
        Program::Curl => curl_fault(run, code, text),
        Program::Urllib3 => format!("CERTIFICATE_VERIFY_FAILED certificate verify failed: {text}"),
    };
    Refusal::new(kind, at, said, &format!("X509_V_ERR {code}: {text}"))
}

/// curl tells the verifier's fault only when no other error lies before it in OpenSSL's queue.
fn curl_fault(run: &Run<'_, '_>, code: u16, text: &str) -> String {
    let top = run.chain.last();
    if code == 7 {
        return match run.faults.first().and_then(|(_, d)| run.chain.get(d + 1)).map(|c| c.key) {
            Some(Key::Rsa { .. }) => "(35) OpenSSL/3.0.19: error:0200008A:rsa routines::invalid padding".to_owned(),
            _ => "(35) OpenSSL/3.0.19: error:06880006:asn1 encoding routines::EVP lib".to_owned(),
        };
    }
    if code == 20 {
        if top.is_some_and(|c| run.rules.invalid(c)) {
            return "(35) OpenSSL/3.0.19: error:1100009E:X509 V3 routines::invalid certificate".to_owned();
        }
        let undecodable = |c: &Cert| run.rules.known(c.key) == Key::Other;
        if let Some(top) = top
            && run.shared.anchors_named(top.issuer()).iter().any(|a| undecodable(a))
        {
            return "(35) OpenSSL/3.0.19: error:03000072:digital envelope routines::decode error".to_owned();
        }
    }
    format!("(60) {text}")
}

/// A certificate that cannot be read ends the handshake.
pub(super) fn unread(program: Program, at: usize, why: Unread) -> Refusal {
    let (name, text, number) = match why {
        Unread::Tag => ("WRONG_TAG", "wrong tag", "068000A8:asn1 encoding routines"),
        Unread::Length => ("CERT_LENGTH_MISMATCH", "cert length mismatch", "0A000087:SSL routines"),
        Unread::Padding => ("ILLEGAL_PADDING", "illegal padding", "068000DD:asn1 encoding routines"),
        Unread::EmptyInteger => ("ILLEGAL_ZERO_CONTENT", "illegal zero content", "068000DE:asn1 encoding routines"),
        Unread::ShortTime => ("UTCTIME_IS_TOO_SHORT", "utctime is too short", "0680009B:asn1 encoding routines"),
    };
    let said = match program {
        Program::Node8 => text.to_owned(),
        Program::Node16 | Program::Node20 | Program::Node24 => format!("ERR_SSL_{name} {text}"),
        Program::Curl => format!("(35) OpenSSL/3.0.19: error:{number}::{text}"),
        Program::Python | Program::Urllib3 if why == Unread::Length => format!("{name} {text}"),
        Program::Python | Program::Urllib3 => "SSLError [SSL] ASN1 lib".to_owned(),
        Program::Plain => text.to_owned(),
    };
    Refusal::new(ErrorKind::Malformed, Some(at), said, "every certificate sent must be read")
}

/// The client offers nothing for the leaf's key, so the server ends the handshake.
pub(super) fn handshake(program: Program, leaf: &Cert) -> Refusal {
    let said = match program {
        Program::Node8 => match leaf.key {
            Key::Ec { curve, compressed } if curve.is_nist() || curve == CurveName::P224 || compressed => "wrong curve",
            Key::Ed25519 | Key::Ed448 | Key::Rsa { .. } => "unsupported algorithm",
            Key::MlDsa => "tlsv1 alert internal error",
            _ => "sslv3 alert handshake failure",
        },
        Program::Node16 => "ECONNRESET Client network socket disconnected before secure TLS connection was established",
        Program::Node20 => "ERR_SSL_SSLV3_ALERT_HANDSHAKE_FAILURE sslv3 alert handshake failure",
        Program::Node24 => "ERR_SSL_SSL/TLS_ALERT_HANDSHAKE_FAILURE ssl/tls alert handshake failure",
        Program::Curl => "(35) OpenSSL/3.0.19: error:0A000410:SSL routines::sslv3 alert handshake failure",
        Program::Python | Program::Urllib3 => "SSLV3_ALERT_HANDSHAKE_FAILURE sslv3 alert handshake failure",
        Program::Plain => "handshake failure",
    };
    Refusal::new(
        ErrorKind::Handshake,
        Some(0),
        said,
        "the client offers no signature scheme or curve for the leaf's key",
    )
}

fn mismatch(text: String) -> Refusal {
    Refusal::new(ErrorKind::Name, Some(0), text, "the certificate does not name the host")
}

/// Node's tls.checkServerIdentity.
pub(super) fn node_names(program: Program, shared: &Shared<'_>, leaf: &Cert, host: &str) -> Result<(), Refusal> {
    let (names, ips) = (naming::dns_names(leaf), naming::addresses(leaf));
    let uri_hosts: Vec<String> = match program {
        // URIs count as names until 16.13.
        Program::Node8 | Program::Node16 => naming::uris(leaf)
            .iter()
            .filter_map(|u| Some(u.split_once("://")?.1.split(['/', ':']).next()?.to_owned()))
            .collect(),
        _ => Vec::new(),
    };
    let host = naming::undotted(host);
    let cn_fits = || leaf.subject().common_names().any(|cn| naming::node_pattern(host, cn, true));
    let cn = leaf.common_name().unwrap_or("undefined");
    let listed = names.iter().any(|n| naming::node_pattern(host, n, true))
        || uri_hosts.iter().any(|n| naming::node_pattern(host, n, false));
    let any_address = matches!(program, Program::Node8 | Program::Node16) && !ips.is_empty();
    let alternatives = !names.is_empty() || !uri_hosts.is_empty() || any_address;
    let reason = if let Some(ip) = shared.address() {
        if ips.contains(&ip) {
            return Ok(());
        }
        let list: Vec<_> = ips.iter().map(ToString::to_string).collect();
        format!("IP: {host} is not in the cert's list: {}", list.join(", "))
    } else if program == Program::Node8 && leaf.subject().is_empty() {
        "Cert is empty".to_owned()
    } else if alternatives {
        if listed {
            return Ok(());
        }
        format!("Host: {host}. is not in the cert's altnames: {}", node_altnames(leaf, program))
    } else if leaf.common_name().is_some() {
        if cn_fits() {
            return Ok(());
        }
        format!("Host: {host}. is not cert's CN: {cn}")
    } else {
        "Cert does not contain a DNS name".to_owned()
    };
    Err(mismatch(match program {
        Program::Node8 => format!("Hostname/IP doesn't match certificate's altnames: \"{reason}\""),
        _ => format!("ERR_TLS_CERT_ALTNAME_INVALID Hostname/IP does not match certificate's altnames: {reason}"),
    }))
}

fn node_altnames(leaf: &Cert, program: Program) -> String {
    let one = |n: &GeneralName| match n {
        GeneralName::Dns(d) if !d.is_ascii() && matches!(program, Program::Node20 | Program::Node24) => {
            let escaped: String = d
                .bytes()
                .map(|b| if b.is_ascii() { char::from(b).to_string() } else { format!("\\u{b:04x}") })
                .collect();
            format!("DNS:\"{escaped}\"")
        }
        GeneralName::Dns(d) => format!("DNS:{d}"),
        GeneralName::Ip(a) => format!("IP Address:{a}"),
        GeneralName::Email(e) => format!("email:{e}"),
        GeneralName::Uri(u) => format!("URI:{u}"),
        other => other.to_string(),
    };
    leaf.sans().iter().map(one).collect::<Vec<_>>().join(", ")
}

/// libcurl's own check after the handshake.
pub(super) fn curl_names(shared: &Shared<'_>, leaf: &Cert, host: &str) -> Result<(), Refusal> {
    if leaf.issuer().is_empty() {
        let because = "curl prints the issuer's name and takes an empty one for a failure";
        return Err(Refusal::new(ErrorKind::Malformed, Some(0), "(60) SSL: couldn't get X509-issuer name", because));
    }
    let (names, ips) = (naming::dns_names(leaf), naming::addresses(leaf));
    let listed = match shared.address() {
        Some(ip) => ips.contains(&ip),
        None => names.iter().any(|n| naming::curl_pattern(n, host)),
    };
    if listed {
        return Ok(());
    }
    if !names.is_empty() || !ips.is_empty() {
        return Err(mismatch(format!(
            "(60) SSL: no alternative certificate subject name matches target host name '{host}'"
        )));
    }
    match leaf.common_name() {
        Some(cn) if naming::curl_pattern(cn, host) => Ok(()),
        Some(cn) => {
            Err(mismatch(format!("(60) SSL: certificate subject name '{cn}' does not match target host name '{host}'")))
        }
        None => Err(mismatch("(60) SSL: unable to obtain common name from peer certificate".to_owned())),
    }
}

/// urllib3's match_hostname.
pub(super) fn urllib3_names(shared: &Shared<'_>, leaf: &Cert, host: &str) -> Result<(), Refusal> {
    let address = shared.address();
    let mut tried = Vec::new();
    for n in leaf.sans() {
        match n {
            GeneralName::Dns(d) => {
                if address.is_none() && naming::urllib3_pattern(d, host) {
                    return Ok(());
                }
                tried.push(format!("'{d}'"));
            }
            GeneralName::Ip(a) => {
                if address == Some(*a) {
                    return Ok(());
                }
                tried.push(format!("'{a}'"));
            }
            _ => {}
        }
    }
    Err(mismatch(match tried.as_slice() {
        [] => "SSLError no appropriate subjectAltName fields were found".to_owned(),
        [one] => format!("SSLError hostname '{host}' doesn't match {one}"),
        many => format!("SSLError hostname '{host}' doesn't match either of {}", many.join(", ")),
    }))
}
