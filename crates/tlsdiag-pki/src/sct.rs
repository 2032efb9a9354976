//! Signed certificate timestamps (RFC 6962 3.2, 3.3): which logs have seen a certificate, and when. Signatures of logs
//! are not checked: that needs a list of logs, which changes weekly.

use crate::der::{DerError, Found, Result};

/// One timestamp of one log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sct {
    /// 0 is v1, the only one in use.
    pub version: u8,
    /// SHA-256 of the log's key.
    pub log_id: [u8; 32],
    /// When the log took it in, milliseconds since 1970.
    pub timestamp: u64,
    /// Extensions of the log's own.
    pub extensions: Vec<u8>,
    /// Hash and signature algorithm (RFC 5246 7.4.1.4.1).
    pub algorithm: u16,
    /// The log's signature.
    pub signature: Vec<u8>,
}

/// Most timestamps that are read of one list.
const MAX_SCTS: usize = 64;

/// Reads a SignedCertificateTimestampList: what the extension of a certificate or of an OCSP response holds inside of
/// its OCTET STRING, and what the TLS extension 18 carries as it is. Timestamps of later versions are kept with the
/// version and nothing else.
pub fn read_list(octets: &[u8]) -> Result<Vec<Sct>> {
    let mut outer = Cursor { rest: octets, offset: 0 };
    let length = outer.length("sct_list")?;
    let mut list = outer.part(length, "sct_list")?;
    outer.end("end of SignedCertificateTimestampList")?;
    let mut out = Vec::new();
    while !list.rest.is_empty() && out.len() < MAX_SCTS {
        let length = list.length("SerializedSCT")?;
        let mut one = list.part(length, "SerializedSCT")?;
        let version = one.uint(1, "sct_version")? as u8;
        if version != 0 {
            out.push(Sct {
                version,
                log_id: [0; 32],
                timestamp: 0,
                extensions: Vec::new(),
                algorithm: 0,
                signature: Vec::new(),
            });
            continue;
        }
        let mut log_id = [0; 32];
        log_id.copy_from_slice(one.part(32, "log id")?.rest);
        let timestamp = one.uint(8, "timestamp")?;
        let length = one.length("extensions")?;
        let extensions = one.part(length, "extensions")?.rest.to_vec();
        let algorithm = one.uint(2, "signature algorithm")? as u16;
        let length = one.length("signature")?;
        let signature = one.part(length, "signature")?.rest.to_vec();
        one.end("end of SerializedSCT")?;
        out.push(Sct { version, log_id, timestamp, extensions, algorithm, signature });
    }
    Ok(out)
}

struct Cursor<'a> {
    rest: &'a [u8],
    offset: usize,
}

impl<'a> Cursor<'a> {
    fn part(&mut self, length: usize, expected: &'static str) -> Result<Cursor<'a>> {
        let Some((head, rest)) = self.rest.split_at_checked(length) else {
            let found = Found::End { needed: length as u64, had: self.rest.len() };
            return Err(DerError { offset: self.offset, expected, found });
        };
        let part = Cursor { rest: head, offset: self.offset };
        self.rest = rest;
        self.offset = self.offset.saturating_add(length);
        Ok(part)
    }

    fn uint(&mut self, octets: usize, expected: &'static str) -> Result<u64> {
        Ok(self.part(octets, expected)?.rest.iter().fold(0, |n, b| (n << 8) | u64::from(*b)))
    }

    /// A length of two octets.
    fn length(&mut self, expected: &'static str) -> Result<usize> {
        Ok(self.uint(2, expected)? as usize)
    }

    fn end(&self, expected: &'static str) -> Result<()> {
        if self.rest.is_empty() {
            Ok(())
        } else {
            Err(DerError { offset: self.offset, expected, found: Found::Value("more octets") })
        }
    }
}
