//! The certificate's time.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    maker::DAY,
    plan::Validity,
};
use tlsdiag_model::Layer;

const DATE: tlsdiag_model::Tpl = t(
    "your connection is not private (ERR_CERT_DATE_INVALID)",
    "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_DATE_INVALID)",
);

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "expired",
        layer: Layer::Trust,
        title: t("the certificate has expired", "인증서가 만료됨"),
        visitor: DATE,
        expect: Expect::broken("cert.expired", 2501),
        near_miss: t("an old certificate with five weeks to go", "5주 남은 오래된 인증서"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let ago = maker.chance.pick([5_i64, 3 * DAY, 40 * DAY, 400 * DAY]);
            plan.credential.leaf.valid =
                if twin.works() { Validity(-362 * DAY, 35 * DAY) } else { Validity(-ago - 397 * DAY, -ago) };
        },
    },
    Fault {
        slug: "not-yet-valid",
        layer: Layer::Trust,
        title: t("the certificate is not valid yet", "인증서의 유효 기간이 아직 시작되지 않음"),
        visitor: DATE,
        expect: Expect::broken("cert.not_yet_valid", 2502),
        near_miss: t("a certificate that was issued two hours ago", "두 시간 전에 발급된 인증서"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let ahead = maker.chance.pick([6, 2 * DAY, 30 * DAY]);
            let begin = if twin.works() { -2 } else { ahead };
            plan.credential.leaf.valid = Validity(begin, begin + 397 * DAY);
        },
    },
];
