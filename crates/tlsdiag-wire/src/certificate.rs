//! Certificate and CertificateStatus: the chain as the server sent it, and what it stapled to it.

use crate::cursor::{Cursor, Prefix, prefixed, put};
use crate::error::{EncodeError, ParseError};
use crate::extension::Extensions;

/// Certificate of any version.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificateMessage {
    /// `certificate_request_context` of TLS 1.3, `None` below it.
    pub context: Option<Vec<u8>>,
    /// The certificates in the order sent, leaf first if the server keeps the rules.
    pub entries: Vec<CertificateEntry>,
}

/// One certificate of the message.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificateEntry {
    /// The certificate in DER, not checked to be one.
    pub der: Vec<u8>,
    /// Its extensions in TLS 1.3 (OCSP response, SCTs); empty below it.
    pub extensions: Extensions,
}

impl CertificateMessage {
    /// A message of TLS 1.2 and below.
    pub fn of(chain: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let entries = chain.into_iter().map(|der| CertificateEntry { der, extensions: Extensions::default() });
        Self { context: None, entries: entries.collect() }
    }

    /// Reads the message without its header, in the format of TLS 1.3 (RFC 8446 section 4.4.2) or below (RFC 5246
    /// section 7.4.2). An empty chain is well-formed here.
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it.
    pub fn parse(body: &[u8], tls13: bool) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let context = if tls13 { Some(cursor.vec8("certificate_request_context")?.rest().to_vec()) } else { None };
        let mut list = cursor.vec24("certificate_list")?;
        let mut entries = Vec::new();
        while !list.is_empty() {
            let der = list.vec24("cert_data")?.rest().to_vec();
            let extensions = if tls13 { Extensions::read(&mut list)? } else { Extensions::default() };
            entries.push(CertificateEntry { der, extensions });
        }
        cursor.finish("certificate")?;
        Ok(Self { context, entries })
    }

    /// The whole certificates in a message of TLS 1.2 or below that was cut off, for what they are worth.
    pub fn salvage(partial_body: &[u8]) -> Vec<Vec<u8>> {
        let Some((_, mut rest)) = partial_body.split_first_chunk::<3>() else { return Vec::new() };
        let mut chain = Vec::new();
        while let Some((&[a, b, c], tail)) = rest.split_first_chunk::<3>() {
            let Some((der, tail)) = tail.split_at_checked(u32::from_be_bytes([0, a, b, c]) as usize) else { break };
            chain.push(der.to_vec());
            rest = tail;
        }
        chain
    }

    /// The message without its header; extensions are written only in the format of TLS 1.3 (`context` is there).
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        if let Some(context) = &self.context {
            put(&mut out, Prefix::One, "certificate_request_context", context)?;
        }
        prefixed(&mut out, Prefix::Three, "certificate_list", |out| {
            self.entries.iter().try_for_each(|entry| {
                put(out, Prefix::Three, "cert_data", &entry.der)?;
                if self.context.is_some() { entry.extensions.write(out) } else { Ok(()) }
            })
        })?;
        Ok(out)
    }
}

/// CertificateStatus below TLS 1.3 (RFC 6066 section 8, RFC 6961 for a chain).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct CertificateStatus {
    /// The OCSP responses in DER: one, or one per certificate of the chain (an empty one where the server has none).
    pub responses: Vec<Vec<u8>>,
}

impl CertificateStatus {
    /// Reads the message without its header.
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it, or the status is of an unknown type.
    pub fn parse(body: &[u8]) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let responses = if body.first() == Some(&2) {
            cursor.u8("status_type")?;
            let mut list = cursor.vec24("ocsp_response_list")?;
            let mut responses = Vec::new();
            while !list.is_empty() {
                responses.push(list.vec24("OCSPResponse")?.rest().to_vec());
            }
            responses
        } else {
            vec![read_status(&mut cursor)?]
        };
        cursor.finish("certificate_status")?;
        Ok(Self { responses })
    }

    /// The message without its header, as ocsp for one response and as ocsp_multi otherwise.
    ///
    /// # Errors
    /// If a response is longer than 2^24-1 bytes.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        if let [single] = self.responses.as_slice() {
            out.push(1);
            put(&mut out, Prefix::Three, "OCSPResponse", single)?;
            return Ok(out);
        }
        out.push(2);
        prefixed(&mut out, Prefix::Three, "ocsp_response_list", |out| {
            self.responses.iter().try_for_each(|response| put(out, Prefix::Three, "OCSPResponse", response))
        })?;
        Ok(out)
    }
}

/// `CertificateStatus` with one OCSP response.
pub(crate) fn read_status(cursor: &mut Cursor<'_>) -> Result<Vec<u8>, ParseError> {
    let at = cursor.offset();
    let kind = cursor.u8("status_type")?;
    if kind != 1 {
        return Err(ParseError::malformed(at, "status_type", "ocsp (1)", kind.into()));
    }
    Ok(cursor.vec24("OCSPResponse")?.rest().to_vec())
}
