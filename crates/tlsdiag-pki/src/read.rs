//! Certificates out of whatever holds them: DER, PEM, PKCS#7 (DER, BER or PEM), several in a row.

use crate::certificate::{CertError, Certificate};
use crate::der::{DerError, Reader, Result, Tag};
use crate::oid;
use crate::pem::{self, Kind, PemError};
use std::fmt;
use std::sync::Arc;

/// Why one entry of a file gives no certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// The PEM block is damaged.
    Pem(PemError),
    /// The octets are no certificate. `block` is the line of the PEM block they come from; offsets count inside of it.
    Der {
        /// Line of the `-----BEGIN` line, where the octets come from PEM.
        block: Option<usize>,
        /// What is wrong.
        error: CertError,
    },
    /// The input is empty or nothing in it looks like certificates.
    NoCertificate,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReadError::Pem(e) => write!(f, "{e}"),
            ReadError::Der { block: Some(line), error } => write!(f, "block at line {line}: {error}"),
            ReadError::Der { block: None, error } => write!(f, "{error}"),
            ReadError::NoCertificate => f.write_str("no certificate in it"),
        }
    }
}

impl std::error::Error for ReadError {}

/// Most certificates that are read of one input.
const MAX_CERTIFICATES: usize = 10_000;

/// Reads every certificate of a file or a download, in order. Blocks of other kinds (keys, requests) are skipped.
pub fn read_certificates(input: &[u8]) -> Vec<Result<Arc<Certificate>, ReadError>> {
    let mut out = Vec::new();
    if pem::looks_like_pem(input) {
        for block in pem::blocks(input) {
            if !matches!(block.kind, Kind::Certificate | Kind::Pkcs7) {
                continue;
            }
            match block.content {
                // OpenSSL's TRUSTED CERTIFICATE carries trust settings after the certificate.
                Ok(der) => read_der(first_element_if_trusted(&block.label, &der), Some(block.line), &mut out),
                Err(e) => out.push(Err(ReadError::Pem(e))),
            }
        }
    } else if let Ok(der) = bare_base64(input) {
        read_der(&der, None, &mut out);
    } else {
        read_der(input, None, &mut out);
    }
    if out.is_empty() {
        out.push(Err(ReadError::NoCertificate));
    }
    out
}

/// The certificates of a PKCS#7 or CMS SignedData (RFC 5652 5.1), as they stand, signatures unchecked.
pub fn pkcs7_certificates(input: &[u8]) -> Result<Vec<&[u8]>> {
    let mut content_info = Reader::new(input).expect(Tag::SEQUENCE, "ContentInfo")?.reader();
    let kind = content_info.expect(Tag::OID, "contentType")?;
    if kind.content != oid::PKCS7_SIGNED_DATA {
        return Err(DerError::value(kind.offset, "signedData", "another content type"));
    }
    let wrapper = content_info.expect(Tag::context_constructed(0), "content")?;
    let mut data = wrapper.inner(Tag::SEQUENCE, "SignedData")?.reader();
    data.expect(Tag::INTEGER, "version")?;
    data.expect(Tag::SET, "digestAlgorithms")?;
    data.expect(Tag::SEQUENCE, "encapContentInfo")?;
    let Some(set) = data.optional(Tag::context_constructed(0), "certificates")? else { return Ok(Vec::new()) };
    let mut out = Vec::new();
    for item in set.reader().elements("CertificateChoices").take(MAX_CERTIFICATES) {
        let item = item?;
        if item.tag == Tag::SEQUENCE {
            out.push(item.raw);
        }
    }
    Ok(out)
}

fn read_der(input: &[u8], block: Option<usize>, out: &mut Vec<Result<Arc<Certificate>, ReadError>>) {
    if input.is_empty() {
        return;
    }
    match pkcs7_certificates(input) {
        Ok(list) => {
            out.extend(list.into_iter().map(|der| one(der, 0, block)));
            return;
        }
        // It says signedData but is damaged further in: that error tells more than "no certificate".
        Err(error) if is_signed_data(input) => {
            out.push(Err(ReadError::Der { block, error }));
            return;
        }
        Err(_) => {}
    }
    // Several DER certificates one after the other occur; anything else after the first is a lint of the first.
    let mut reader = Reader::new(input);
    let mut count = 0;
    while !reader.is_empty() && count < MAX_CERTIFICATES {
        let offset = reader.offset();
        let rest = reader.rest();
        let element = match reader.read("Certificate") {
            Ok(e) => e,
            Err(error) => {
                out.push(Err(ReadError::Der { block, error }));
                return;
            }
        };
        count += 1;
        let another = reader.peek() == Some(Tag::SEQUENCE);
        if another || reader.is_empty() {
            out.push(one(element.raw, offset, block));
        } else {
            out.push(one(rest, offset, block));
            return;
        }
    }
}

fn one(der: &[u8], offset: usize, block: Option<usize>) -> Result<Arc<Certificate>, ReadError> {
    Certificate::from_der(der).map(Arc::new).map_err(|mut error| {
        error.offset = error.offset.saturating_add(offset);
        ReadError::Der { block, error }
    })
}

fn is_signed_data(input: &[u8]) -> bool {
    input.windows(oid::PKCS7_SIGNED_DATA.len()).take(32).any(|w| w == oid::PKCS7_SIGNED_DATA)
}

fn first_element_if_trusted<'a>(label: &str, der: &'a [u8]) -> &'a [u8] {
    if label != "TRUSTED CERTIFICATE" {
        return der;
    }
    Reader::new(der).read("Certificate").map_or(der, |t| t.raw)
}

/// Base64 without BEGIN and END lines, as Windows tools and web pages give it.
fn bare_base64(input: &[u8]) -> Result<Vec<u8>, usize> {
    let text = input.strip_prefix(b"\xef\xbb\xbf").unwrap_or(input).trim_ascii();
    if !text.starts_with(b"MII") {
        return Err(0);
    }
    crate::base64::decode(text)
}
