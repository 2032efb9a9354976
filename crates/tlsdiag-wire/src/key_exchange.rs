//! ServerKeyExchange: the parameters, the signature, and exactly the bytes that it signs.

use crate::cursor::{Cursor, Prefix, put};
use crate::error::{EncodeError, ParseError};
use crate::registry::{Authentication, Group, KeyExchange, SignatureScheme, Version};

/// The server's part of an ephemeral key exchange (RFC 5246 section 7.4.3, RFC 8422 section 5.4).
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct ServerKeyExchange {
    /// The parameters, taken apart.
    pub params: KeyParams,
    /// The parameters as they stand on the wire, which is what is signed.
    pub params_raw: Vec<u8>,
    /// The signature; `None` for anonymous and pre-shared-key suites.
    pub signature: Option<KeySignature>,
}

/// Parameters of the exchange.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum KeyParams {
    /// Ephemeral elliptic-curve Diffie-Hellman on a named curve.
    Ecdhe {
        /// The curve.
        group: Group,
        /// The server's point.
        public: Vec<u8>,
    },
    /// Ephemeral Diffie-Hellman.
    Dhe {
        /// The prime, big-endian.
        p: Vec<u8>,
        /// The generator.
        g: Vec<u8>,
        /// The server's public value.
        public: Vec<u8>,
    },
    /// The temporary RSA key of an export suite.
    RsaExport {
        /// The modulus, big-endian.
        modulus: Vec<u8>,
        /// The public exponent.
        exponent: Vec<u8>,
    },
    /// A pre-shared-key hint, alone or before ephemeral parameters.
    Psk {
        /// `psk_identity_hint`.
        hint: Vec<u8>,
        /// The ephemeral parameters of DHE_PSK and ECDHE_PSK.
        ephemeral: Option<Box<KeyParams>>,
    },
    /// An exchange that is not taken apart here (SRP, GOST, ECCPWD, Kerberos, explicit curves): the whole body.
    Opaque,
}

/// The signature over the parameters.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct KeySignature {
    /// How it was made.
    pub algorithm: SignatureKind,
    /// The signature.
    pub bytes: Vec<u8>,
}

/// How a signature over key parameters is made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignatureKind {
    /// TLS 1.2: the scheme stands on the wire.
    Scheme(SignatureScheme),
    /// Up to TLS 1.1 with RSA: PKCS#1 v1.5 over MD5 and SHA-1 put together (36 bytes, no DigestInfo).
    RsaMd5Sha1,
    /// Up to TLS 1.1 with DSA: SHA-1.
    DsaSha1,
    /// Up to TLS 1.1 with ECDSA: SHA-1.
    EcdsaSha1,
    /// Up to TLS 1.1 with a certificate type that this crate does not know.
    Unknown,
}

impl KeyParams {
    /// Size of the prime of Diffie-Hellman or of the temporary RSA modulus in bits; for curves `None`.
    pub fn bits(&self) -> Option<usize> {
        match self {
            Self::Dhe { p: number, .. } | Self::RsaExport { modulus: number, .. } => Some(bit_len(number)),
            Self::Psk { ephemeral, .. } => ephemeral.as_ref()?.bits(),
            Self::Ecdhe { .. } | Self::Opaque => None,
        }
    }

    /// The named curve, where there is one.
    pub fn group(&self) -> Option<Group> {
        match self {
            Self::Ecdhe { group, .. } => Some(*group),
            Self::Psk { ephemeral, .. } => ephemeral.as_ref()?.group(),
            _ => None,
        }
    }

    fn read(cursor: &mut Cursor<'_>, exchange: KeyExchange) -> Result<Option<Self>, ParseError> {
        Ok(Some(match exchange {
            KeyExchange::Ecdhe => {
                let curve_type = cursor.u8("ECCurveType")?;
                if curve_type != 3 {
                    return Ok(None);
                }
                let group = Group(cursor.u16("NamedCurve")?);
                Self::Ecdhe { group, public: cursor.vec8("ECPoint")?.rest().to_vec() }
            }
            KeyExchange::Dhe | KeyExchange::DheExport => Self::Dhe {
                p: cursor.vec16("dh_p")?.rest().to_vec(),
                g: cursor.vec16("dh_g")?.rest().to_vec(),
                public: cursor.vec16("dh_Ys")?.rest().to_vec(),
            },
            KeyExchange::RsaExport => Self::RsaExport {
                modulus: cursor.vec16("rsa_modulus")?.rest().to_vec(),
                exponent: cursor.vec16("rsa_exponent")?.rest().to_vec(),
            },
            KeyExchange::Psk | KeyExchange::RsaPsk | KeyExchange::DhePsk | KeyExchange::EcdhePsk => {
                let hint = cursor.vec16("psk_identity_hint")?.rest().to_vec();
                let inner = match exchange {
                    KeyExchange::DhePsk => Self::read(cursor, KeyExchange::Dhe)?,
                    KeyExchange::EcdhePsk => match Self::read(cursor, KeyExchange::Ecdhe)? {
                        None => return Ok(None),
                        found => found,
                    },
                    _ => None,
                };
                Self::Psk { hint, ephemeral: inner.map(Box::new) }
            }
            _ => return Ok(None),
        }))
    }

    fn write(&self, out: &mut Vec<u8>) -> Result<(), EncodeError> {
        match self {
            Self::Ecdhe { group, public } => {
                out.push(3);
                out.extend_from_slice(&group.0.to_be_bytes());
                put(out, Prefix::One, "ECPoint", public)
            }
            Self::Dhe { p, g, public } => {
                put(out, Prefix::Two, "dh_p", p)?;
                put(out, Prefix::Two, "dh_g", g)?;
                put(out, Prefix::Two, "dh_Ys", public)
            }
            Self::RsaExport { modulus, exponent } => {
                put(out, Prefix::Two, "rsa_modulus", modulus)?;
                put(out, Prefix::Two, "rsa_exponent", exponent)
            }
            Self::Psk { hint, ephemeral } => {
                put(out, Prefix::Two, "psk_identity_hint", hint)?;
                ephemeral.as_ref().map_or(Ok(()), |inner| inner.write(out))
            }
            Self::Opaque => Ok(()),
        }
    }
}

impl ServerKeyExchange {
    /// Reads the message without its header, for the exchange and authentication of the suite chosen and the version
    /// spoken (below TLS 1.3).
    ///
    /// # Errors
    /// If the bytes end early, break the structure or go on after it. An exchange that is not taken apart is
    /// [`KeyParams::Opaque`], not an error.
    pub fn parse(
        body: &[u8],
        exchange: KeyExchange,
        authentication: Authentication,
        version: Version,
    ) -> Result<Self, ParseError> {
        let mut cursor = Cursor::new(body);
        let Some(params) = KeyParams::read(&mut cursor, exchange)? else {
            return Ok(Self { params: KeyParams::Opaque, params_raw: body.to_vec(), signature: None });
        };
        let read = body.len() - cursor.rest().len();
        let params_raw = body.get(..read).unwrap_or_default().to_vec();
        let signature = match authentication {
            Authentication::Anonymous | Authentication::Psk | Authentication::Null => None,
            _ if matches!(params, KeyParams::Psk { .. }) => None,
            _ => {
                let algorithm = if version >= Version::TLS1_2 {
                    SignatureKind::Scheme(SignatureScheme(cursor.u16("SignatureAndHashAlgorithm")?))
                } else {
                    SignatureKind::before_tls1_2(authentication)
                };
                Some(KeySignature { algorithm, bytes: cursor.vec16("signature")?.rest().to_vec() })
            }
        };
        cursor.finish("server_key_exchange")?;
        Ok(Self { params, params_raw, signature })
    }

    /// Parameters without a signature yet: sign [`ServerKeyExchange::signed_content`] and set `signature`.
    ///
    /// # Errors
    /// If a field is longer than its length prefix can say.
    pub fn unsigned(params: KeyParams) -> Result<Self, EncodeError> {
        let mut params_raw = Vec::new();
        params.write(&mut params_raw)?;
        Ok(Self { params, params_raw, signature: None })
    }

    /// The message without its header.
    ///
    /// # Errors
    /// If the signature is longer than 65535 bytes.
    pub fn to_body(&self) -> Result<Vec<u8>, EncodeError> {
        let mut out = self.params_raw.clone();
        if let Some(signature) = &self.signature {
            if let SignatureKind::Scheme(scheme) = signature.algorithm {
                out.extend_from_slice(&scheme.0.to_be_bytes());
            }
            put(&mut out, Prefix::Two, "signature", &signature.bytes)?;
        }
        Ok(out)
    }

    /// The bytes that the signature covers: both randoms and the parameters.
    pub fn signed_content(&self, client_random: &[u8; 32], server_random: &[u8; 32]) -> Vec<u8> {
        [client_random.as_slice(), server_random, &self.params_raw].concat()
    }
}

impl SignatureKind {
    fn before_tls1_2(authentication: Authentication) -> Self {
        match authentication {
            Authentication::Rsa => Self::RsaMd5Sha1,
            Authentication::Dss => Self::DsaSha1,
            Authentication::Ecdsa => Self::EcdsaSha1,
            _ => Self::Unknown,
        }
    }
}

/// Bits of a big-endian number without its leading zeros.
pub fn bit_len(number: &[u8]) -> usize {
    let mut rest = number.iter().copied().skip_while(|byte| *byte == 0);
    match rest.next() {
        Some(first) => 8 * (1 + rest.count()) - first.leading_zeros() as usize,
        None => 0,
    }
}
