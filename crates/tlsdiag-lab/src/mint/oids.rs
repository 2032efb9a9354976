//! Object identifiers as DER content octets.

pub(super) const COMMON_NAME: &[u8] = &[0x55, 4, 3];
pub(super) const COUNTRY: &[u8] = &[0x55, 4, 6];
pub(super) const ORGANIZATION: &[u8] = &[0x55, 4, 10];

pub(super) const SHA1_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5];
pub(super) const SHA256_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11];
pub(super) const SHA384_RSA: &[u8] = &[0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12];
pub(super) const SHA256_ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
pub(super) const SHA384_ECDSA: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3];
pub(super) const SHA1: &[u8] = &[0x2b, 14, 3, 2, 26];

pub(super) const SUBJECT_KEY_ID: &[u8] = &[0x55, 29, 14];
pub(super) const KEY_USAGE: &[u8] = &[0x55, 29, 15];
pub(super) const SUBJECT_ALT_NAME: &[u8] = &[0x55, 29, 17];
pub(super) const BASIC_CONSTRAINTS: &[u8] = &[0x55, 29, 19];
pub(super) const CRL_NUMBER: &[u8] = &[0x55, 29, 20];
pub(super) const CRL_REASON: &[u8] = &[0x55, 29, 21];
pub(super) const NAME_CONSTRAINTS: &[u8] = &[0x55, 29, 30];
pub(super) const CRL_DISTRIBUTION_POINTS: &[u8] = &[0x55, 29, 31];
pub(super) const CERTIFICATE_POLICIES: &[u8] = &[0x55, 29, 32];
/// Domain validated, by the Baseline Requirements section 7.1.6.1.
pub(super) const DOMAIN_VALIDATED: &[u8] = &[0x67, 0x81, 0x0c, 1, 2, 1];
pub(super) const AUTHORITY_KEY_ID: &[u8] = &[0x55, 29, 35];
pub(super) const EXTENDED_KEY_USAGE: &[u8] = &[0x55, 29, 37];
pub(super) const AUTHORITY_INFO_ACCESS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 1];
pub(super) const TLS_FEATURE: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 1, 24];
pub(super) const OCSP: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1];
pub(super) const OCSP_BASIC: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 1, 1];
pub(super) const CA_ISSUERS: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 48, 2];
/// Under the arc for examples (RFC 5612's enterprise number): an extension nobody knows.
pub(super) const BALLAST: &[u8] = &[0x2b, 6, 1, 4, 1, 0x81, 0xfd, 0x59, 1, 7];

pub(super) const SERVER_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 1];
pub(super) const CLIENT_AUTH: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 2];
pub(super) const CODE_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 3];
pub(super) const EMAIL_PROTECTION: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 4];
pub(super) const OCSP_SIGNING: &[u8] = &[0x2b, 6, 1, 5, 5, 7, 3, 9];
