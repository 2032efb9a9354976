//! The key does not belong to the certificate.
use super::t;
use crate::catalogue::{Expect, Fault, Needs, Twin};
use crate::maker::Maker;
use crate::plan::Plan;
use tlsdiag_model::Layer;
use tlsdiag_wire::Version;

const NEAR: tlsdiag_model::Tpl = t("the same certificate with its own key", "같은 인증서에 맞는 개인 키");
const SEEN: tlsdiag_model::Tpl =
    t("sent an invalid response (ERR_SSL_PROTOCOL_ERROR)", "잘못된 응답을 전송했습니다 (ERR_SSL_PROTOCOL_ERROR)");

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "foreign-key",
        layer: Layer::Key,
        title: t("signs with a key that is not the certificate's", "인증서와 맞지 않는 개인 키로 서명함"),
        visitor: SEEN,
        expect: Expect::broken("key.mismatch", 1101),
        near_miss: NEAR,
        needs: Needs::Loopback,
        apply: foreign,
    },
    Fault {
        slug: "foreign-key-tls12",
        layer: Layer::Key,
        title: t(
            "signs with a key that is not the certificate's (TLS 1.2)",
            "인증서와 맞지 않는 개인 키로 서명함 (TLS 1.2)",
        ),
        visitor: SEEN,
        expect: Expect::broken("key.mismatch", 1101),
        near_miss: NEAR,
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.tls.versions = vec![Version::TLS1_2];
            foreign(maker, plan, twin);
        },
    },
];

fn foreign(_: &mut Maker, plan: &mut Plan, twin: Twin) {
    plan.credential.foreign_key = !twin.works();
}
