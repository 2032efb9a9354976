//! CertificateRequest in its three formats: up to TLS 1.1, TLS 1.2, TLS 1.3.

use crate::cursor::{Cursor, Prefix, prefixed, put, put_u16s};
use crate::error::{EncodeError, ParseError};
use crate::extension::{Extension, Extensions};
use crate::registry::{ClientCertificateType, ExtensionType, SignatureScheme, Version};

/// What the server wants of a client certificate.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct CertificateRequest {
    /// `certificate_request_context`, TLS 1.3 only.
    pub context: Option<Vec<u8>>,
    /// `certificate_types`, below TLS 1.3 only.
    pub certificate_types: Vec<ClientCertificateType>,
    /// Signature schemes; `None` up to TLS 1.1, which has none.
    pub signature_schemes: Option<Vec<SignatureScheme>>,
    /// The distinguished names of the CAs it trusts, in DER. Empty means any.
    pub authorities: Vec<Vec<u8>>,
    /// All extensions in TLS 1.3, those that are taken apart above included.
    pub extensions: Extensions,
    /// Bytes of the list of names, which some clients limit (Schannel: 16 KiB).
    pub authorities_len: usize,
}

impl CertificateRequest {
    /// Reads the message without its header in the format of `version`.
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it.
    pub fn parse(body: &[u8], version: Version) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let mut request = Self::default();
        if version.is_tls1_3() {
            request.context = Some(cursor.vec8("certificate_request_context")?.rest().to_vec());
            request.extensions = Extensions::read(&mut cursor)?;
            request.signature_schemes = request.extensions.signature_algorithms().transpose()?;
            if let Some(extension) = request.extensions.get(ExtensionType::CERTIFICATE_AUTHORITIES) {
                let mut names = Cursor::new(&extension.body);
                (request.authorities, request.authorities_len) = read_names(&mut names)?;
                names.finish("certificate_authorities")?;
            }
        } else {
            let types = cursor.vec8("certificate_types")?;
            request.certificate_types = types.rest().iter().map(|kind| ClientCertificateType(*kind)).collect();
            if version >= Version::TLS1_2 {
                let schemes = cursor.vec16("supported_signature_algorithms")?;
                request.signature_schemes = Some(schemes.u16s("supported_signature_algorithms")?);
            }
            (request.authorities, request.authorities_len) = read_names(&mut cursor)?;
        }
        cursor.finish("certificate_request")?;
        Ok(request)
    }

    /// The message without its header. In TLS 1.3 (`context` is there) the extensions are written as they are if there
    /// are any, else they are made of the schemes and names.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = Vec::new();
        if let Some(context) = &self.context {
            put(&mut out, Prefix::One, "certificate_request_context", context)?;
            if !self.extensions.0.is_empty() {
                self.extensions.write(&mut out)?;
                return Ok(out);
            }
            let schemes = self.signature_schemes.as_deref().unwrap_or_default();
            let mut extensions = Extensions(vec![Extension::signature_algorithms(schemes)?]);
            if !self.authorities.is_empty() {
                let mut names = Vec::new();
                self.put_names(&mut names)?;
                extensions.0.push(Extension::raw(ExtensionType::CERTIFICATE_AUTHORITIES, names));
            }
            extensions.write(&mut out)?;
            return Ok(out);
        }
        prefixed(&mut out, Prefix::One, "certificate_types", |out| {
            out.extend(self.certificate_types.iter().map(|kind| kind.0));
            Ok(())
        })?;
        if let Some(schemes) = &self.signature_schemes {
            put_u16s(&mut out, Prefix::Two, "supported_signature_algorithms", schemes.iter().map(|s| s.0))?;
        }
        self.put_names(&mut out)?;
        Ok(out)
    }

    fn put_names(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        prefixed(out, Prefix::Two, "certificate_authorities", |out| {
            self.authorities.iter().try_for_each(|name| put(out, Prefix::Two, "DistinguishedName", name))
        })
    }
}

fn read_names(cursor: &mut Cursor<'_>) -> Result<(Vec<Vec<u8>>, usize), ParseError> {
    let mut list = cursor.vec16("certificate_authorities")?;
    let len = list.rest().len();
    let mut names = Vec::new();
    while !list.is_empty() {
        names.push(list.vec16("DistinguishedName")?.rest().to_vec());
    }
    Ok((names, len))
}
