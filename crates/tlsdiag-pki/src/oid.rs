//! Object identifiers: kept as their DER content, printed dotted, and named where tlsdiag knows them.

use std::fmt;

/// An object identifier by its DER content octets (X.690 8.19). Damaged ones are kept as they are.
#[derive(Clone)]
pub struct Oid(Octets);

/// A certificate holds some thirty identifiers, nearly all of them short: those take no allocation.
#[derive(Clone)]
enum Octets {
    Short(u8, [u8; SHORT]),
    Long(Box<[u8]>),
}

/// Octets that are held in place.
const SHORT: usize = 22;

impl Oid {
    /// From the content octets of an OBJECT IDENTIFIER element.
    pub fn from_der(content: &[u8]) -> Oid {
        let mut octets = [0; SHORT];
        match octets.get_mut(..content.len()) {
            Some(slot) => {
                slot.copy_from_slice(content);
                Oid(Octets::Short(content.len() as u8, octets))
            }
            None => Oid(Octets::Long(content.into())),
        }
    }

    /// Content octets.
    pub fn as_bytes(&self) -> &[u8] {
        match &self.0 {
            Octets::Short(len, octets) => octets.get(..usize::from(*len)).unwrap_or_default(),
            Octets::Long(octets) => octets,
        }
    }

    /// The short name tlsdiag knows it by, such as `serverAuth` or `CN`.
    pub fn short_name(&self) -> Option<&'static str> {
        NAMES.iter().find(|(oid, _)| *oid == self.as_bytes()).map(|(_, name)| *name)
    }
}

impl PartialEq for Oid {
    fn eq(&self, other: &Oid) -> bool {
        self.as_bytes() == other.as_bytes()
    }
}

impl Eq for Oid {}

impl PartialOrd for Oid {
    fn partial_cmp(&self, other: &Oid) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Oid {
    fn cmp(&self, other: &Oid) -> std::cmp::Ordering {
        self.as_bytes().cmp(other.as_bytes())
    }
}

impl std::hash::Hash for Oid {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.as_bytes().hash(state);
    }
}

impl PartialEq<[u8]> for Oid {
    fn eq(&self, other: &[u8]) -> bool {
        self.as_bytes() == other
    }
}

impl PartialEq<&[u8]> for Oid {
    fn eq(&self, other: &&[u8]) -> bool {
        self.as_bytes() == *other
    }
}

impl fmt::Display for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut arc: u128 = 0;
        let mut first = true;
        let mut open = false;
        for &b in self.as_bytes() {
            if arc >> 120 != 0 {
                return write!(f, "(oversized)");
            }
            arc = (arc << 7) | u128::from(b & 0x7f);
            open = b & 0x80 != 0;
            if open {
                continue;
            }
            if first {
                let top = (arc / 40).min(2);
                write!(f, "{top}.{}", arc - top * 40)?;
                first = false;
            } else {
                write!(f, ".{arc}")?;
            }
            arc = 0;
        }
        if first || open { write!(f, "(damaged)") } else { Ok(()) }
    }
}

impl fmt::Debug for Oid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Oid({self})")
    }
}

macro_rules! oids {
    ($($(#[$doc:meta])* $name:ident = [$($b:literal),*], $short:literal;)*) => {
        $(#[doc = concat!("`", $short, "`")] $(#[$doc])* pub const $name: &[u8] = &[$($b),*];)*
        const NAMES: &[(&[u8], &str)] = &[$(($name, $short)),*];
    };
}

oids! {
    CN = [0x55, 4, 3], "CN";
    SURNAME = [0x55, 4, 4], "SN";
    SERIAL_NUMBER = [0x55, 4, 5], "serialNumber";
    COUNTRY = [0x55, 4, 6], "C";
    LOCALITY = [0x55, 4, 7], "L";
    STATE = [0x55, 4, 8], "ST";
    STREET = [0x55, 4, 9], "STREET";
    ORGANIZATION = [0x55, 4, 10], "O";
    UNIT = [0x55, 4, 11], "OU";
    TITLE = [0x55, 4, 12], "title";
    BUSINESS_CATEGORY = [0x55, 4, 15], "businessCategory";
    POSTAL_CODE = [0x55, 4, 17], "postalCode";
    GIVEN_NAME = [0x55, 4, 42], "GN";
    ORGANIZATION_IDENTIFIER = [0x55, 4, 97], "organizationIdentifier";
    UID = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 1], "UID";
    DOMAIN_COMPONENT = [0x09, 0x92, 0x26, 0x89, 0x93, 0xf2, 0x2c, 0x64, 1, 25], "DC";
    EMAIL_ADDRESS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 1], "emailAddress";
    CHALLENGE_PASSWORD = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 9, 7], "challengePassword";
    JURISDICTION_COUNTRY = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 3], "jurisdictionC";
    JURISDICTION_STATE = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 60, 2, 1, 2], "jurisdictionST";

    RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 1], "rsaEncryption";
    MD2_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 2], "md2WithRSAEncryption";
    MD5_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 4], "md5WithRSAEncryption";
    MD4_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 3], "md4WithRSAEncryption";
    SHA1_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 5], "sha1WithRSAEncryption";
    MGF1 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 8], "mgf1";
    RSA_PSS = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 10], "rsassaPss";
    SHA256_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 11], "sha256WithRSAEncryption";
    SHA384_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 12], "sha384WithRSAEncryption";
    SHA512_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 13], "sha512WithRSAEncryption";
    SHA224_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 14], "sha224WithRSAEncryption";
    SHA1_RSA_OIW = [0x2b, 14, 3, 2, 29], "sha1WithRSASignature";
    MD5_RSA_OIW = [0x2b, 14, 3, 2, 3], "md5WithRSA";
    SHA512_224_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 15], "sha512-224WithRSAEncryption";
    SHA512_256_RSA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 16], "sha512-256WithRSAEncryption";
    SHA3_224_RSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 13], "rsassa-pkcs1-v1_5-with-sha3-224";
    SHA3_256_RSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 14], "rsassa-pkcs1-v1_5-with-sha3-256";
    SHA3_384_RSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 15], "rsassa-pkcs1-v1_5-with-sha3-384";
    SHA3_512_RSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 16], "rsassa-pkcs1-v1_5-with-sha3-512";
    RSA_OAEP = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 1, 7], "rsaesOaep";
    RSA_X500 = [0x55, 8, 1, 1], "rsa (X.500)";
    EC = [0x2a, 0x86, 0x48, 0xce, 0x3d, 2, 1], "id-ecPublicKey";
    SHA1_ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 1], "ecdsa-with-SHA1";
    SHA224_ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 1], "ecdsa-with-SHA224";
    SHA256_ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2], "ecdsa-with-SHA256";
    SHA384_ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 3], "ecdsa-with-SHA384";
    SHA512_ECDSA = [0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 4], "ecdsa-with-SHA512";
    SHA3_224_ECDSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 9], "ecdsa-with-sha3-224";
    SHA3_256_ECDSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 10], "ecdsa-with-sha3-256";
    SHA3_384_ECDSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 11], "ecdsa-with-sha3-384";
    SHA3_512_ECDSA = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 12], "ecdsa-with-sha3-512";
    EC_DH = [0x2b, 0x81, 4, 1, 12], "id-ecDH";
    EC_MQV = [0x2b, 0x81, 4, 1, 13], "id-ecMQV";
    GOST_2001 = [0x2a, 0x85, 3, 2, 2, 19], "GOST R 34.10-2001";
    GOST_2012_256 = [0x2a, 0x85, 3, 7, 1, 1, 1, 1], "GOST R 34.10-2012 (256)";
    GOST_2012_512 = [0x2a, 0x85, 3, 7, 1, 1, 1, 2], "GOST R 34.10-2012 (512)";
    SM2_SM3 = [0x2a, 0x81, 0x1c, 0xcf, 0x55, 1, 0x83, 0x75], "SM2-with-SM3";
    X25519 = [0x2b, 0x65, 110], "X25519";
    X448 = [0x2b, 0x65, 111], "X448";
    ED25519 = [0x2b, 0x65, 112], "Ed25519";
    ED448 = [0x2b, 0x65, 113], "Ed448";
    DSA = [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 1], "dsa";
    DSA_SHA1 = [0x2a, 0x86, 0x48, 0xce, 0x38, 4, 3], "dsa-with-sha1";
    DSA_OIW = [0x2b, 14, 3, 2, 12], "dsa (OIW)";
    DSA_SHA1_OIW = [0x2b, 14, 3, 2, 27], "dsa-with-sha1 (OIW)";
    DSA_SHA224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 1], "dsa-with-sha224";
    DSA_SHA256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 2], "dsa-with-sha256";
    DSA_SHA384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 3], "dsa-with-sha384";
    DSA_SHA512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 4], "dsa-with-sha512";
    DSA_SHA3_224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 5], "dsa-with-sha3-224";
    DSA_SHA3_256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 6], "dsa-with-sha3-256";
    DSA_SHA3_384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 7], "dsa-with-sha3-384";
    DSA_SHA3_512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 8], "dsa-with-sha3-512";
    DH = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 3, 1], "dhKeyAgreement";
    DH_X942 = [0x2a, 0x86, 0x48, 0xce, 0x3e, 2, 1], "dhpublicnumber";
    ML_DSA_44 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 17], "ML-DSA-44";
    ML_DSA_65 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 18], "ML-DSA-65";
    ML_DSA_87 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 19], "ML-DSA-87";
    SLH_DSA_SHA2_128S = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 20], "SLH-DSA-SHA2-128s";
    SLH_DSA_SHA2_128F = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 21], "SLH-DSA-SHA2-128f";
    SLH_DSA_SHA2_192S = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 22], "SLH-DSA-SHA2-192s";
    SLH_DSA_SHA2_192F = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 23], "SLH-DSA-SHA2-192f";
    SLH_DSA_SHA2_256S = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 24], "SLH-DSA-SHA2-256s";
    SLH_DSA_SHA2_256F = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 25], "SLH-DSA-SHA2-256f";
    SLH_DSA_SHAKE_128S = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 26], "SLH-DSA-SHAKE-128s";
    SLH_DSA_SHAKE_128F = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 27], "SLH-DSA-SHAKE-128f";
    SLH_DSA_SHAKE_192S = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 28], "SLH-DSA-SHAKE-192s";
    SLH_DSA_SHAKE_192F = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 29], "SLH-DSA-SHAKE-192f";
    SLH_DSA_SHAKE_256S = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 30], "SLH-DSA-SHAKE-256s";
    SLH_DSA_SHAKE_256F = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 31], "SLH-DSA-SHAKE-256f";
    ML_KEM_512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 4, 1], "ML-KEM-512";
    ML_KEM_768 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 4, 2], "ML-KEM-768";
    ML_KEM_1024 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 4, 3], "ML-KEM-1024";
    HASH_ML_DSA_44 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 32], "HashML-DSA-44-SHA512";
    HASH_ML_DSA_65 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 33], "HashML-DSA-65-SHA512";
    HASH_ML_DSA_87 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 3, 34], "HashML-DSA-87-SHA512";
    MLDSA44_RSA2048_PSS_SHA256 = [0x2b, 6, 1, 5, 5, 7, 6, 37], "MLDSA44-RSA2048-PSS-SHA256";
    MLDSA44_RSA2048_PKCS15_SHA256 = [0x2b, 6, 1, 5, 5, 7, 6, 38], "MLDSA44-RSA2048-PKCS15-SHA256";
    MLDSA44_ED25519_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 39], "MLDSA44-Ed25519-SHA512";
    MLDSA44_ECDSA_P256_SHA256 = [0x2b, 6, 1, 5, 5, 7, 6, 40], "MLDSA44-ECDSA-P256-SHA256";
    MLDSA65_RSA3072_PSS_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 41], "MLDSA65-RSA3072-PSS-SHA512";
    MLDSA65_RSA3072_PKCS15_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 42], "MLDSA65-RSA3072-PKCS15-SHA512";
    MLDSA65_RSA4096_PSS_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 43], "MLDSA65-RSA4096-PSS-SHA512";
    MLDSA65_RSA4096_PKCS15_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 44], "MLDSA65-RSA4096-PKCS15-SHA512";
    MLDSA65_ECDSA_P256_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 45], "MLDSA65-ECDSA-P256-SHA512";
    MLDSA65_ECDSA_P384_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 46], "MLDSA65-ECDSA-P384-SHA512";
    MLDSA65_ECDSA_BRAINPOOLP256R1_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 47], "MLDSA65-ECDSA-brainpoolP256r1-SHA512";
    MLDSA65_ED25519_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 48], "MLDSA65-Ed25519-SHA512";
    MLDSA87_ECDSA_P384_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 49], "MLDSA87-ECDSA-P384-SHA512";
    MLDSA87_ECDSA_BRAINPOOLP384R1_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 50], "MLDSA87-ECDSA-brainpoolP384r1-SHA512";
    MLDSA87_ED448_SHAKE256 = [0x2b, 6, 1, 5, 5, 7, 6, 51], "MLDSA87-Ed448-SHAKE256";
    MLDSA87_RSA3072_PSS_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 52], "MLDSA87-RSA3072-PSS-SHA512";
    MLDSA87_RSA4096_PSS_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 53], "MLDSA87-RSA4096-PSS-SHA512";
    MLDSA87_ECDSA_P521_SHA512 = [0x2b, 6, 1, 5, 5, 7, 6, 54], "MLDSA87-ECDSA-P521-SHA512";
    P192 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 1], "P-192";
    P224 = [0x2b, 0x81, 4, 0, 33], "P-224";
    P256 = [0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7], "P-256";
    P384 = [0x2b, 0x81, 4, 0, 34], "P-384";
    P521 = [0x2b, 0x81, 4, 0, 35], "P-521";
    SECP256K1 = [0x2b, 0x81, 4, 0, 10], "secp256k1";
    BRAINPOOL_P256 = [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 7], "brainpoolP256r1";
    BRAINPOOL_P384 = [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 11], "brainpoolP384r1";
    BRAINPOOL_P512 = [0x2b, 0x24, 3, 3, 2, 8, 1, 1, 13], "brainpoolP512r1";

    MD5 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 5], "MD5";
    SHA1 = [0x2b, 14, 3, 2, 26], "SHA-1";
    MD2 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 2], "MD2";
    MD4 = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 2, 4], "MD4";
    SHA224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 4], "SHA-224";
    SHA256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 1], "SHA-256";
    SHA384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 2], "SHA-384";
    SHA512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 3], "SHA-512";
    SHA512_224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 5], "SHA-512/224";
    SHA512_256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 6], "SHA-512/256";
    SHA3_224 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 7], "SHA3-224";
    SHA3_256 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 8], "SHA3-256";
    SHA3_384 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 9], "SHA3-384";
    SHA3_512 = [0x60, 0x86, 0x48, 1, 0x65, 3, 4, 2, 10], "SHA3-512";

    SUBJECT_KEY_IDENTIFIER = [0x55, 29, 14], "subjectKeyIdentifier";
    KEY_USAGE = [0x55, 29, 15], "keyUsage";
    SUBJECT_ALT_NAME = [0x55, 29, 17], "subjectAltName";
    ISSUER_ALT_NAME = [0x55, 29, 18], "issuerAltName";
    BASIC_CONSTRAINTS = [0x55, 29, 19], "basicConstraints";
    CRL_NUMBER = [0x55, 29, 20], "cRLNumber";
    REASON_CODE = [0x55, 29, 21], "reasonCode";
    INVALIDITY_DATE = [0x55, 29, 24], "invalidityDate";
    DELTA_CRL = [0x55, 29, 27], "deltaCRLIndicator";
    ISSUING_DISTRIBUTION_POINT = [0x55, 29, 28], "issuingDistributionPoint";
    CERTIFICATE_ISSUER = [0x55, 29, 29], "certificateIssuer";
    NAME_CONSTRAINTS = [0x55, 29, 30], "nameConstraints";
    CRL_DISTRIBUTION_POINTS = [0x55, 29, 31], "cRLDistributionPoints";
    CERTIFICATE_POLICIES = [0x55, 29, 32], "certificatePolicies";
    ANY_POLICY = [0x55, 29, 32, 0], "anyPolicy";
    POLICY_MAPPINGS = [0x55, 29, 33], "policyMappings";
    AUTHORITY_KEY_IDENTIFIER = [0x55, 29, 35], "authorityKeyIdentifier";
    POLICY_CONSTRAINTS = [0x55, 29, 36], "policyConstraints";
    EXTENDED_KEY_USAGE = [0x55, 29, 37], "extKeyUsage";
    FRESHEST_CRL = [0x55, 29, 46], "freshestCRL";
    INHIBIT_ANY_POLICY = [0x55, 29, 54], "inhibitAnyPolicy";
    AUTHORITY_INFO_ACCESS = [0x2b, 6, 1, 5, 5, 7, 1, 1], "authorityInfoAccess";
    SUBJECT_INFO_ACCESS = [0x2b, 6, 1, 5, 5, 7, 1, 11], "subjectInfoAccess";
    TLS_FEATURE = [0x2b, 6, 1, 5, 5, 7, 1, 24], "tlsFeature";
    SCT_LIST = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 2], "sctList";
    SCT_LIST_OCSP = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 5], "sctListOcsp";
    CT_POISON = [0x2b, 6, 1, 4, 1, 0xd6, 0x79, 2, 4, 3], "ctPoison";
    OCSP_NO_CHECK = [0x2b, 6, 1, 5, 5, 7, 48, 1, 5], "ocspNoCheck";
    OCSP_BASIC = [0x2b, 6, 1, 5, 5, 7, 48, 1, 1], "ocspBasic";
    OCSP_NONCE = [0x2b, 6, 1, 5, 5, 7, 48, 1, 2], "ocspNonce";
    AD_OCSP = [0x2b, 6, 1, 5, 5, 7, 48, 1], "ocsp";
    AD_CA_ISSUERS = [0x2b, 6, 1, 5, 5, 7, 48, 2], "caIssuers";

    SERVER_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 1], "serverAuth";
    CLIENT_AUTH = [0x2b, 6, 1, 5, 5, 7, 3, 2], "clientAuth";
    CODE_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 3], "codeSigning";
    EMAIL_PROTECTION = [0x2b, 6, 1, 5, 5, 7, 3, 4], "emailProtection";
    TIME_STAMPING = [0x2b, 6, 1, 5, 5, 7, 3, 8], "timeStamping";
    OCSP_SIGNING = [0x2b, 6, 1, 5, 5, 7, 3, 9], "OCSPSigning";
    ANY_EXTENDED_KEY_USAGE = [0x55, 29, 37, 0], "anyExtendedKeyUsage";
    NETSCAPE_SGC = [0x60, 0x86, 0x48, 1, 0x86, 0xf8, 0x42, 4, 1], "nsSGC";
    MICROSOFT_SGC = [0x2b, 6, 1, 4, 1, 0x82, 0x37, 10, 3, 3], "msSGC";

    PKCS7_SIGNED_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 2], "signedData";
    PKCS7_DATA = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 1, 7, 1], "data";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dotted_and_named() {
        assert_eq!(Oid::from_der(SHA256_RSA).to_string(), "1.2.840.113549.1.1.11");
        assert_eq!(Oid::from_der(SERVER_AUTH).short_name(), Some("serverAuth"));
        assert_eq!(Oid::from_der(&[0x88, 0x37, 3]).to_string(), "2.999.3");
        assert_eq!(Oid::from_der(&[]).to_string(), "(damaged)");
        assert_eq!(Oid::from_der(&[0x2a, 0x86]).to_string(), "1.2(damaged)");
        assert_eq!(Oid::from_der(&[0xff; 40]).to_string(), "(oversized)");
    }
}
