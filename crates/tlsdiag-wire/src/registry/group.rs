//! Groups for key agreement: curves, finite fields and the hybrids with ML-KEM.

use super::{greased_name, wire_number};

wire_number! {
    /// `NamedGroup` (IANA "TLS Supported Groups").
    Group(u16, 4) {
        SECT163K1 = 0x0001 => "sect163k1",
        SECT163R1 = 0x0002 => "sect163r1",
        SECT163R2 = 0x0003 => "sect163r2",
        SECT193R1 = 0x0004 => "sect193r1",
        SECT193R2 = 0x0005 => "sect193r2",
        SECT233K1 = 0x0006 => "sect233k1",
        SECT233R1 = 0x0007 => "sect233r1",
        SECT239K1 = 0x0008 => "sect239k1",
        SECT283K1 = 0x0009 => "sect283k1",
        SECT283R1 = 0x000a => "sect283r1",
        SECT409K1 = 0x000b => "sect409k1",
        SECT409R1 = 0x000c => "sect409r1",
        SECT571K1 = 0x000d => "sect571k1",
        SECT571R1 = 0x000e => "sect571r1",
        SECP160K1 = 0x000f => "secp160k1",
        SECP160R1 = 0x0010 => "secp160r1",
        SECP160R2 = 0x0011 => "secp160r2",
        SECP192K1 = 0x0012 => "secp192k1",
        SECP192R1 = 0x0013 => "secp192r1",
        SECP224K1 = 0x0014 => "secp224k1",
        SECP224R1 = 0x0015 => "secp224r1",
        SECP256K1 = 0x0016 => "secp256k1",
        SECP256R1 = 0x0017 => "secp256r1",
        SECP384R1 = 0x0018 => "secp384r1",
        SECP521R1 = 0x0019 => "secp521r1",
        BRAINPOOLP256R1 = 0x001a => "brainpoolP256r1",
        BRAINPOOLP384R1 = 0x001b => "brainpoolP384r1",
        BRAINPOOLP512R1 = 0x001c => "brainpoolP512r1",
        X25519 = 0x001d => "x25519",
        X448 = 0x001e => "x448",
        BRAINPOOLP256R1TLS13 = 0x001f => "brainpoolP256r1tls13",
        BRAINPOOLP384R1TLS13 = 0x0020 => "brainpoolP384r1tls13",
        BRAINPOOLP512R1TLS13 = 0x0021 => "brainpoolP512r1tls13",
        GC256A = 0x0022 => "GC256A",
        GC256B = 0x0023 => "GC256B",
        GC256C = 0x0024 => "GC256C",
        GC256D = 0x0025 => "GC256D",
        GC512A = 0x0026 => "GC512A",
        GC512B = 0x0027 => "GC512B",
        GC512C = 0x0028 => "GC512C",
        CURVESM2 = 0x0029 => "curveSM2",
        FFDHE2048 = 0x0100 => "ffdhe2048",
        FFDHE3072 = 0x0101 => "ffdhe3072",
        FFDHE4096 = 0x0102 => "ffdhe4096",
        FFDHE6144 = 0x0103 => "ffdhe6144",
        FFDHE8192 = 0x0104 => "ffdhe8192",
        MLKEM512 = 0x0200 => "MLKEM512",
        MLKEM768 = 0x0201 => "MLKEM768",
        MLKEM1024 = 0x0202 => "MLKEM1024",
        SECP256R1MLKEM768 = 0x11eb => "SecP256r1MLKEM768",
        X25519MLKEM768 = 0x11ec => "X25519MLKEM768",
        SECP384R1MLKEM1024 = 0x11ed => "SecP384r1MLKEM1024",
        CURVESM2MLKEM768 = 0x11ee => "curveSM2MLKEM768",
        X25519KYBER768DRAFT00 = 0x6399 => "X25519Kyber768Draft00",
        SECP256R1KYBER768DRAFT00 = 0x639a => "SecP256r1Kyber768Draft00",
        ARBITRARY_EXPLICIT_PRIME_CURVES = 0xff01 => "arbitrary_explicit_prime_curves",
        ARBITRARY_EXPLICIT_CHAR2_CURVES = 0xff02 => "arbitrary_explicit_char2_curves",
    }
}
greased_name!(Group);

impl Group {
    /// True for groups that also hold against a quantum computer.
    pub const fn is_post_quantum(self) -> bool {
        matches!(self.0, 0x0200..=0x0202 | 0x11eb..=0x11ee | 0x6399 | 0x639a)
    }

    /// True for finite-field groups (RFC 7919).
    pub const fn is_finite_field(self) -> bool {
        matches!(self.0, 0x0100..=0x01ff)
    }

    /// Length in bytes of the key share that a client sends, where it is fixed and known.
    pub const fn client_share_len(self) -> Option<usize> {
        Some(match self {
            Self::X25519 => 32,
            Self::X448 => 56,
            Self::SECP256R1 | Self::CURVESM2 | Self::BRAINPOOLP256R1TLS13 => 65,
            Self::SECP384R1 | Self::BRAINPOOLP384R1TLS13 => 97,
            Self::BRAINPOOLP512R1TLS13 => 129,
            Self::SECP521R1 => 133,
            Self::FFDHE2048 => 256,
            Self::FFDHE3072 => 384,
            Self::FFDHE4096 => 512,
            Self::FFDHE6144 => 768,
            Self::FFDHE8192 => 1024,
            Self::MLKEM512 => 800,
            Self::MLKEM768 => 1184,
            Self::MLKEM1024 => 1568,
            Self::X25519MLKEM768 | Self::X25519KYBER768DRAFT00 => 1216,
            Self::SECP256R1MLKEM768 | Self::CURVESM2MLKEM768 | Self::SECP256R1KYBER768DRAFT00 => 1249,
            Self::SECP384R1MLKEM1024 => 1665,
            _ => return None,
        })
    }
}
