//! The chain from the certificate to a root.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    maker::{DAY, Maker},
    plan::{Plan, RootPlan, Sent, Validity},
};
use tlsdiag_model::{Impact, Layer};

const AUTHORITY: tlsdiag_model::Tpl = t(
    "your connection is not private (ERR_CERT_AUTHORITY_INVALID)",
    "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_AUTHORITY_INVALID)",
);

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "self-signed",
        layer: Layer::Trust,
        title: t("the certificate is self-signed", "자체 서명 인증서임"),
        visitor: AUTHORITY,
        expect: Expect::broken("chain.self_signed", 2510),
        near_miss: t(
            "the self-signed root is sent along, which does no harm",
            "자체 서명된 루트까지 보내지만 문제없음",
        ),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.credential.sent = vec![Sent::Leaf, Sent::Authority(0), Sent::Root];
            } else {
                plan.credential.root = RootPlan::SelfSigned;
                plan.credential.sent = vec![Sent::Leaf];
            }
        },
    },
    Fault {
        slug: "untrusted-root",
        layer: Layer::Trust,
        title: t(
            "the chain is complete but ends at a root that nobody trusts",
            "체인은 온전하지만 신뢰되지 않은 루트로 끝남",
        ),
        visitor: AUTHORITY,
        expect: Expect::broken("chain.untrusted_root", 2511).or(&["chain.private_ca"]),
        near_miss: t("a longer chain to the root that is trusted", "신뢰된 루트까지 이어지는 더 긴 체인"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            if twin.works() {
                two_authorities(maker, plan);
            } else {
                plan.credential.root = RootPlan::Unknown;
                if maker.chance.one_in(2) {
                    plan.credential.sent.push(Sent::Root);
                }
            }
        },
    },
    Fault {
        slug: "missing-intermediate",
        layer: Layer::Trust,
        title: t("the intermediate certificate is not sent", "중간 인증서를 보내지 않음"),
        visitor: t(
            "works in some browsers, in others ERR_CERT_AUTHORITY_INVALID; programs fail",
            "일부 브라우저만 열리고 다른 곳에서는 ERR_CERT_AUTHORITY_INVALID, 프로그램은 실패함",
        ),
        expect: Expect::broken("chain.missing_intermediate", 2520).or_code(&[2526]),
        near_miss: t(
            "the root issued the certificate itself, so one is enough",
            "루트가 직접 발급해 인증서 하나로 충분함",
        ),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.credential.authorities.clear();
            }
            plan.credential.sent = vec![Sent::Leaf];
        },
    },
    Fault {
        slug: "wrong-intermediate",
        layer: Layer::Trust,
        title: t(
            "the intermediate that is sent has the right name and another key",
            "이름은 같지만 키가 다른 중간 인증서를 보냄",
        ),
        visitor: AUTHORITY,
        expect: Expect::broken("chain.wrong_intermediate", 2521).or(&["chain.missing_intermediate"]),
        near_miss: t("both intermediates of that name are sent", "같은 이름의 중간 인증서 둘을 모두 보냄"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.credential.sent = vec![Sent::Leaf, Sent::Double(0)];
            if twin.works() {
                plan.credential.sent.push(Sent::Authority(0));
            }
        },
    },
    Fault {
        slug: "expired-intermediate",
        layer: Layer::Trust,
        title: t("the intermediate certificate has expired", "중간 인증서가 만료됨"),
        visitor: t(
            "your connection is not private (ERR_CERT_DATE_INVALID)",
            "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_DATE_INVALID)",
        ),
        expect: Expect::broken("chain.expired_intermediate", 2522),
        near_miss: t(
            "the intermediate ends before the certificate, but not yet",
            "중간 인증서가 먼저 끝나지만 아직 유효함",
        ),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let end = if twin.works() { 60 * DAY } else { -4 * DAY };
            for authority in plan.credential.authorities.iter_mut().take(1) {
                authority.valid = Validity(end - 1825 * DAY, end);
            }
        },
    },
    Fault {
        slug: "leaf-not-first",
        layer: Layer::Trust,
        title: t("the server's own certificate is not the first one sent", "서버 인증서를 맨 앞에 보내지 않음"),
        visitor: t(
            "sent an invalid response (ERR_SSL_PROTOCOL_ERROR)",
            "잘못된 응답을 전송했습니다 (ERR_SSL_PROTOCOL_ERROR)",
        ),
        expect: Expect::broken("chain.wrong_order", 2523).or(&["key.mismatch"]).or_code(&[1101]),
        near_miss: t("two intermediates in their order", "중간 인증서 둘을 순서대로 보냄"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            if twin.works() {
                two_authorities(maker, plan);
            } else {
                for authority in &mut plan.credential.authorities {
                    authority.key = plan.credential.leaf.key;
                }
                plan.credential.sent = vec![Sent::Authority(0), Sent::Leaf];
            }
        },
    },
    Fault {
        slug: "swapped-intermediates",
        layer: Layer::Trust,
        title: t("the intermediates are sent in the wrong order", "중간 인증서의 순서가 뒤바뀜"),
        visitor: t(
            "the page in a browser; strict old clients fail",
            "브라우저에서는 열리지만 엄격한 옛 클라이언트는 실패함",
        ),
        expect: Expect::broken("chain.wrong_order", 2523).impact(Impact::Partial),
        near_miss: t("two intermediates in their order", "중간 인증서 둘을 순서대로 보냄"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            two_authorities(maker, plan);
            if !twin.works() {
                plan.credential.sent = vec![Sent::Leaf, Sent::Authority(1), Sent::Authority(0)];
            }
        },
    },
    Fault {
        slug: "issuer-is-no-authority",
        layer: Layer::Trust,
        title: t("the issuer's certificate does not allow it to issue", "발급자 인증서에 발급 권한이 없음"),
        visitor: AUTHORITY,
        expect: Expect::broken("chain.wrong_intermediate", 2545).or(&["chain.name_constraints"]),
        near_miss: t("the same chain with an authority", "권한이 있는 발급자의 같은 체인"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            for authority in plan.credential.authorities.iter_mut().take(1) {
                authority.ca = twin.works();
            }
        },
    },
    Fault {
        slug: "name-constraints",
        layer: Layer::Trust,
        title: t("the authority may not issue for this name", "이 이름에는 발급할 수 없는 인증 기관임"),
        visitor: t(
            "your connection is not private (ERR_CERT_INVALID)",
            "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_INVALID)",
        ),
        expect: Expect::broken("chain.name_constraints", 2544),
        near_miss: t("the authority is constrained to this very domain", "바로 이 도메인으로 제한된 인증 기관"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let parent = plan.name.split_once('.').map_or(plan.name.as_str(), |(_, parent)| parent).to_owned();
            let other = maker.other_host(&plan.name);
            let excluded = maker.chance.one_in(2);
            for authority in plan.credential.authorities.iter_mut().take(1) {
                match (twin.works(), excluded) {
                    (true, true) => authority.excluded = vec![other.clone()],
                    (true, false) => authority.permitted = vec![parent.clone()],
                    (false, true) => authority.excluded = vec![parent.clone()],
                    (false, false) => authority.permitted = vec![other.clone()],
                }
            }
        },
    },
];

fn two_authorities(maker: &mut Maker, plan: &mut Plan) {
    let second = maker.authority();
    plan.credential.authorities.push(second);
    plan.credential.sent = vec![Sent::Leaf, Sent::Authority(0), Sent::Authority(1)];
}
