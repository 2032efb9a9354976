//! What the status codes say with which Windows fails to open a private key. A code narrows the cause down; files, rights
//! and a trial of the key decide.
use tlsdiag_model::{Cause, Say, say};

/// The causes behind a code, best first, and what its name says.
pub(crate) fn of_key(code: Option<u32>) -> (&'static [Cause], Option<Say>) {
    use Cause::{
        KeyAcl, KeyDamaged, KeyEphemeral, KeyForeign, KeyKeyspec, KeyMissing, KeyNonpersisted, KeyProfile, KeyProvider,
    };
    let (labels, say): (&'static [Cause], Say) = match code {
        Some(0x8009_0016) => (
            &[KeyAcl, KeyMissing, KeyNonpersisted],
            say!(
                "NTE_BAD_KEYSET: the account may not read the key, or its container is not there; the code is the same for both",
                "NTE_BAD_KEYSET: 계정에 키 읽기 사용 권한이 없거나 키 컨테이너가 없습니다. 두 경우의 코드가 같습니다"
            ),
        ),
        Some(0x8009_001a) => (
            &[KeyDamaged, KeyForeign],
            say!(
                "NTE_KEYSET_ENTRY_BAD: the entry in the key store is damaged",
                "NTE_KEYSET_ENTRY_BAD: 키 저장소의 항목이 손상되었습니다"
            ),
        ),
        Some(0x8009_0003 | 0x8009_001b) => (
            &[KeyDamaged, KeyForeign],
            say!("the key itself does not hold (NTE_BAD_KEY)", "키 자체가 올바르지 않습니다(NTE_BAD_KEY)"),
        ),
        Some(0x8009_000b) => (
            &[KeyForeign, KeyProvider, KeyDamaged],
            say!(
                "NTE_BAD_KEY_STATE: the key cannot be decrypted here, as happens with files copied from another machine, or asks for a person's consent",
                "NTE_BAD_KEY_STATE: 여기서는 키의 암호를 풀 수 없습니다. 다른 컴퓨터에서 복사한 파일이거나 사용자의 확인을 요구하는 키입니다"
            ),
        ),
        Some(0x8009_030d) => (
            &[KeyAcl, KeyNonpersisted, KeyKeyspec, KeyMissing],
            say!(
                "SEC_E_UNKNOWN_CREDENTIALS: no usable key for the caller; mostly missing rights, a key set that did not persist, or a key for signatures only",
                "SEC_E_UNKNOWN_CREDENTIALS: 호출자가 쓸 수 있는 키가 없습니다. 대개 사용 권한 부족, 보존되지 않은 키 집합 또는 서명 전용 키입니다"
            ),
        ),
        Some(0x8009_030e) => (
            &[KeyMissing, KeyEphemeral, KeyAcl],
            say!(
                "SEC_E_NO_CREDENTIALS: no key for the certificate that could be used; a key that exists only in a program's memory looks the same",
                "SEC_E_NO_CREDENTIALS: 인증서에 쓸 수 있는 키가 없습니다. 프로그램 메모리에만 있는 키도 똑같이 보입니다"
            ),
        ),
        Some(0x8009_0014 | 0x8009_0017 | 0x8009_0019 | 0x8009_001d | 0x8009_001e | 0x8009_0013 | 0x8009_001f) => (
            &[KeyProvider, KeyKeyspec],
            say!(
                "the key's provider cannot be loaded or is of the wrong type",
                "키 공급자를 불러올 수 없거나 종류가 맞지 않습니다"
            ),
        ),
        Some(0x8009_0029 | 0x8009_0022) => (
            &[KeyProvider],
            say!(
                "the provider cannot do this unattended or not with this algorithm",
                "공급자가 무인 상태에서 또는 이 알고리즘으로는 동작하지 못합니다"
            ),
        ),
        Some(0x8009_000d | 0x8009_0028) => (
            &[KeyKeyspec, KeyMissing],
            say!(
                "NTE_NO_KEY: the container holds no key for this use",
                "NTE_NO_KEY: 컨테이너에 이 용도의 키가 없습니다"
            ),
        ),
        Some(0x8009_2004 | 0x8009_0011 | 0x8009_200b | 0x8009_200c | 0x8007_0002 | 0x2) => {
            (&[KeyMissing, KeyNonpersisted], say!("the key is not there", "키가 없습니다"))
        }
        Some(0x8007_0005 | 0x8009_0010 | 0x5) => (&[KeyAcl], say!("access denied", "액세스가 거부되었습니다")),
        Some(0xffff_ffff) => (
            &[KeyAcl, KeyNonpersisted, KeyDamaged],
            say!(
                "0xffffffff: no reason given; seen with missing rights and with keys that did not persist",
                "0xffffffff: 이유가 기록되지 않았습니다. 사용 권한 부족이나 보존되지 않은 키에서 보입니다"
            ),
        ),
        Some(0x8009_000a | 0x8009_0020) => {
            (&[KeyProfile, KeyAcl, KeyDamaged], say!("the provider failed inside", "공급자 내부에서 실패했습니다"))
        }
        _ => return (&[KeyAcl, KeyMissing, KeyDamaged], None),
    };
    (labels, Some(say))
}

/// A code as people search for it.
pub(crate) fn hex(code: u32) -> String {
    format!("0x{code:08x}")
}
