//! What Windows' own verdict on a chain stands for: HRESULTs of chain policies, and the bits of a chain's status.
use tlsdiag_model::{Cause, Impact, Say, say};

/// A verdict in words.
pub(crate) struct Meaning {
    /// Labels, best first.
    pub(crate) labels: &'static [Cause],
    /// What it says.
    pub(crate) say: Say,
    /// What it does to visitors where the certificate is the one that a site serves.
    pub(crate) impact: Impact,
    /// It only repeats what the certificate itself says (dates, usages, names): where its octets are known, they decide.
    pub(crate) of_octets: bool,
}

/// The meaning of a code; `None`: it says that all is well, or nothing about a chain.
pub(crate) fn of_chain(code: u32) -> Option<Meaning> {
    use Impact::{Broken, Note, Partial};
    let m = |labels, impact, of_octets, say| Some(Meaning { labels, say, impact, of_octets });
    if code & 0x8000_0000 == 0 {
        return of_status(code);
    }
    match code {
        0x800b_0109 => m(&[Cause::ChainUntrustedRoot, Cause::ChainPrivateCa], Partial, false, untrusted()),
        0x800b_0112 => m(&[Cause::ChainUntrustedRoot, Cause::ChainPrivateCa], Partial, false, untrusted()),
        0x800b_010a => m(&[Cause::ChainMissingIntermediate, Cause::ChainPrivateCa], Partial, false, partial()),
        0x800b_0110 => m(&[Cause::CertEku, Cause::CertStorePurpose], Broken, true, usage()),
        0x800b_0101 => m(&[Cause::CertExpired, Cause::ChainExpiredIntermediate], Broken, true, dates()),
        0x800b_010f => m(
            &[Cause::CertNameMismatch],
            Partial,
            true,
            say!(
                "the name that was asked for is not in the certificate (CERT_E_CN_NO_MATCH)",
                "요청한 이름이 인증서에 없습니다(CERT_E_CN_NO_MATCH)"
            ),
        ),
        0x800b_010c | 0x8009_2010 => m(&[Cause::CertRevoked], Broken, false, revoked()),
        0x8009_2013 | 0x800b_010e => m(&[Cause::RevOffline], Note, false, offline()),
        0x8009_2012 => m(
            &[Cause::RevNocheck, Cause::RevOffline],
            Note,
            false,
            say!(
                "revocation could not be checked (CRYPT_E_NO_REVOCATION_CHECK)",
                "해지 여부를 확인할 수 없습니다(CRYPT_E_NO_REVOCATION_CHECK)"
            ),
        ),
        0x8009_6004 => m(
            &[Cause::ChainWindowsSelection, Cause::CertEncoding],
            Partial,
            false,
            say!(
                "a signature in the chain does not hold (TRUST_E_CERT_SIGNATURE)",
                "체인의 서명이 올바르지 않습니다(TRUST_E_CERT_SIGNATURE)"
            ),
        ),
        0x800b_0111 => m(
            &[Cause::ChainDistrustedCa],
            Partial,
            false,
            say!("the chain is explicitly distrusted", "체인이 명시적으로 신뢰되지 않습니다"),
        ),
        _ => None,
    }
}

/// CERT_TRUST_STATUS.dwErrorStatus: the gravest bit.
fn of_status(bits: u32) -> Option<Meaning> {
    let m = |labels, impact, of_octets, say| Some(Meaning { labels, say, impact, of_octets });
    match bits {
        b if b & 0x4 != 0 => m(&[Cause::CertRevoked], Impact::Broken, false, revoked()),
        b if b & 0x1 != 0 => m(&[Cause::CertExpired, Cause::ChainExpiredIntermediate], Impact::Broken, true, dates()),
        b if b & 0x10 != 0 => m(&[Cause::CertEku, Cause::CertStorePurpose], Impact::Broken, true, usage()),
        b if b & 0x20 != 0 => {
            m(&[Cause::ChainUntrustedRoot, Cause::ChainPrivateCa], Impact::Partial, false, untrusted())
        }
        b if b & 0x1_0000 != 0 => {
            m(&[Cause::ChainMissingIntermediate, Cause::ChainPrivateCa], Impact::Partial, false, partial())
        }
        b if b & 0x0100_0040 != 0 => m(&[Cause::RevOffline], Impact::Note, false, offline()),
        _ => None,
    }
}

fn untrusted() -> Say {
    say!(
        "the root is not trusted by this machine (CERT_E_UNTRUSTEDROOT)",
        "이 컴퓨터가 루트를 신뢰하지 않습니다(CERT_E_UNTRUSTEDROOT)"
    )
}
fn partial() -> Say {
    say!("no chain to a root could be built (CERT_E_CHAINING)", "루트까지 체인을 만들 수 없습니다(CERT_E_CHAINING)")
}
fn usage() -> Say {
    say!(
        "the certificate is not valid for the requested use (CERT_E_WRONG_USAGE)",
        "인증서가 요청한 용도로 유효하지 않습니다(CERT_E_WRONG_USAGE)"
    )
}
fn dates() -> Say {
    say!(
        "a certificate of the chain is out of its dates (CERT_E_EXPIRED)",
        "체인의 인증서가 유효 기간을 벗어났습니다(CERT_E_EXPIRED)"
    )
}
fn revoked() -> Say {
    say!("a certificate of the chain is revoked", "체인의 인증서가 해지되었습니다")
}
fn offline() -> Say {
    say!(
        "the revocation servers could not be reached (CRYPT_E_REVOCATION_OFFLINE)",
        "해지 서버에 연결할 수 없습니다(CRYPT_E_REVOCATION_OFFLINE)"
    )
}
