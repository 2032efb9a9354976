//! What the authority says about the certificate since it issued it.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::{Link, Staple, Status, StatusPlan},
};
use tlsdiag_model::{Impact, Layer};

const REVOKED: tlsdiag_model::Tpl =
    t("your connection is not private (ERR_CERT_REVOKED)", "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_REVOKED)");
const STAPLE: tlsdiag_model::Tpl = t(
    "a page in most browsers; Firefox refuses (MOZILLA_PKIX_ERROR_OCSP_RESPONSE)",
    "대부분의 브라우저에서 열리지만 Firefox는 거부함",
);
const NOTHING: StatusPlan =
    StatusPlan { ocsp: None, crl: None, staple: None, issuer_link: Some(Link::Leads), must_staple: false };

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "revoked-by-staple",
        layer: Layer::Trust,
        title: t("revoked, and the server staples the proof itself", "폐기되었고 서버가 그 응답을 직접 함께 보냄"),
        visitor: REVOKED,
        expect: Expect::broken("cert.revoked", 2550),
        near_miss: t("a staple that says good", "유효하다는 스테이플을 보냄"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let status = status(twin.works());
            plan.credential.leaf.status =
                StatusPlan { ocsp: Some(status), staple: Some(Staple::Fresh(status)), ..NOTHING };
        },
    },
    Fault {
        slug: "revoked-by-responder",
        layer: Layer::Trust,
        title: t("revoked, as the OCSP responder says", "OCSP 응답 서버가 폐기되었다고 답함"),
        visitor: REVOKED,
        expect: Expect::broken("cert.revoked", 2550),
        near_miss: t("the responder says good", "OCSP 응답 서버가 유효하다고 답함"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.credential.leaf.status = StatusPlan { ocsp: Some(status(twin.works())), ..NOTHING };
        },
    },
    Fault {
        slug: "revoked-by-list",
        layer: Layer::Trust,
        title: t("revoked, as the CRL says", "폐기 목록(CRL)에 들어 있음"),
        visitor: REVOKED,
        expect: Expect::broken("cert.revoked", 2550),
        near_miss: t("a CRL that does not hold it", "폐기 목록에 들어 있지 않음"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.credential.leaf.status = StatusPlan { crl: Some(status(twin.works())), ..NOTHING };
        },
    },
    Fault {
        slug: "must-staple-unmet",
        layer: Layer::Trust,
        title: t(
            "the certificate demands a staple and the server sends none",
            "스테이플을 요구하는 인증서인데 서버가 보내지 않음",
        ),
        visitor: STAPLE,
        expect: Expect::broken("ocsp.must_staple_unmet", 2552).impact(Impact::Partial),
        near_miss: t("the certificate demands a staple and gets it", "요구대로 스테이플을 보냄"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let staple = twin.works().then_some(Staple::Fresh(Status::Good));
            plan.credential.leaf.status = StatusPlan { ocsp: Some(Status::Good), staple, must_staple: true, ..NOTHING };
        },
    },
    Fault {
        slug: "bad-staple",
        layer: Layer::Trust,
        title: t(
            "the staple is out of date, of another certificate or forged",
            "스테이플이 오래되었거나 다른 인증서의 것이거나 위조됨",
        ),
        visitor: STAPLE,
        expect: Expect::broken("ocsp.bad_staple", 2553).impact(Impact::Partial),
        near_miss: t("a fresh staple", "새 스테이플"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let bad = maker.chance.pick([Staple::Stale, Staple::OfAnother, Staple::Forged]);
            let staple = Some(if twin.works() { Staple::Fresh(Status::Good) } else { bad });
            plan.credential.leaf.status = StatusPlan { ocsp: Some(Status::Good), staple, ..NOTHING };
        },
    },
];

fn status(good: bool) -> Status {
    if good { Status::Good } else { Status::Revoked }
}
