//! What the certificate may be used for, and how strong it is.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    key::{Digest, KeyType},
    plan::{Purpose, Usage},
};
use tlsdiag_model::Layer;

const INVALID: tlsdiag_model::Tpl =
    t("your connection is not private (ERR_CERT_INVALID)", "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_INVALID)");

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "no-server-authentication",
        layer: Layer::Trust,
        title: t("the certificate is not for servers", "서버 인증용 인증서가 아님"),
        visitor: INVALID,
        expect: Expect::broken("cert.eku", 2540),
        near_miss: t("the certificate limits its purposes in no way", "용도 제한이 없는 인증서"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let wrong = maker.chance.pick([Purpose::ClientAuth, Purpose::EmailProtection, Purpose::CodeSigning]);
            plan.credential.leaf.purposes = if twin.works() { Vec::new() } else { vec![wrong] };
        },
    },
    Fault {
        slug: "key-usage-unfit",
        layer: Layer::Trust,
        title: t("the key usage does not allow TLS", "키 용도가 TLS에 맞지 않음"),
        visitor: t(
            "sent an invalid response (ERR_SSL_KEY_USAGE_INCOMPATIBLE)",
            "잘못된 응답을 전송했습니다 (ERR_SSL_KEY_USAGE_INCOMPATIBLE)",
        ),
        expect: Expect::broken("cert.key_usage", 2541),
        near_miss: t("no key usage at all, which allows everything", "키 용도 확장이 없어 모두 허용됨"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let unfit = maker.chance.pick([Usage::AuthorityOnly, Usage::DocumentsOnly]);
            plan.credential.leaf.usage = if twin.works() { Usage::Absent } else { unfit };
        },
    },
    Fault {
        slug: "weak-key",
        layer: Layer::Trust,
        title: t("an RSA key of 1024 bits", "1024비트 RSA 키"),
        visitor: t(
            "your connection is not private (ERR_CERT_WEAK_KEY)",
            "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_WEAK_KEY)",
        ),
        expect: Expect::broken("cert.weak_key", 2542),
        near_miss: t("an RSA key of 2048 bits", "2048비트 RSA 키"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.credential.leaf.key = if twin.works() { KeyType::Rsa2048 } else { KeyType::Rsa1024 };
        },
    },
    Fault {
        slug: "sha1-signature",
        layer: Layer::Trust,
        title: t("the certificate is signed with SHA-1", "SHA-1로 서명된 인증서"),
        visitor: t(
            "your connection is not private (ERR_CERT_WEAK_SIGNATURE_ALGORITHM)",
            "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_WEAK_SIGNATURE_ALGORITHM)",
        ),
        expect: Expect::broken("cert.weak_sig", 2543),
        near_miss: t("signed with SHA-384 by the same authority", "같은 인증 기관이 SHA-384로 서명함"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            // Only RSA authorities signed with SHA-1 in earnest.
            for authority in plan.credential.authorities.iter_mut().take(1) {
                authority.key = KeyType::Rsa2048;
            }
            plan.credential.leaf.digest = Some(if twin.works() { Digest::Sha384 } else { Digest::Sha1 });
        },
    },
];
