//! What listens on the port does not speak TLS.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    names::Spoken,
    plan::Listen,
};
use std::time::Duration;
use tlsdiag_model::Layer;

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "plain-http",
        layer: Layer::Listen,
        title: t("plain HTTP on the HTTPS port", "HTTPS 포트에서 평문 HTTP를 말함"),
        visitor: t(
            "sent an invalid response (ERR_SSL_PROTOCOL_ERROR)",
            "잘못된 응답을 전송했습니다 (ERR_SSL_PROTOCOL_ERROR)",
        ),
        expect: Expect::broken("proto.plain_on_tls_port", 3101),
        near_miss: t(
            "speaks TLS, and answers plain HTTP with an error page",
            "TLS를 말하고 평문 HTTP에는 오류 페이지로 답함",
        ),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.http.tells_plain = true;
            } else {
                plan.listen = Listen::PlainHttp;
            }
        },
    },
    Fault {
        slug: "other-protocol",
        layer: Layer::Listen,
        title: t("another protocol speaks on the port", "포트에서 다른 프로토콜이 응답함"),
        visitor: t(
            "sent an invalid response (ERR_SSL_PROTOCOL_ERROR)",
            "잘못된 응답을 전송했습니다 (ERR_SSL_PROTOCOL_ERROR)",
        ),
        expect: Expect::broken("proto.other_protocol", 3102).or(&["proto.starttls_mismatch"]),
        near_miss: t("a TLS server that takes its time", "조금 늦게 답하는 TLS 서버"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let spoken = maker.chance.pick(Spoken::ALL);
            if twin.works() {
                plan.delay = Duration::from_millis(250);
            } else {
                plan.listen = Listen::Speaks(spoken);
            }
        },
    },
    Fault {
        slug: "accepts-and-stays-silent",
        layer: Layer::Listen,
        title: t("accepts connections and never answers", "연결은 받지만 아무 응답도 하지 않음"),
        visitor: t("took too long to respond (ERR_TIMED_OUT)", "응답하는 데 시간이 너무 오래 걸립니다 (ERR_TIMED_OUT)"),
        expect: Expect::broken("app.hung", 3103),
        near_miss: t("answers after a second", "1초 뒤에 응답함"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.delay = Duration::from_millis(1000);
            } else {
                plan.listen = Listen::Silent;
            }
        },
    },
];
