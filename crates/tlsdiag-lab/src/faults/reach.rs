//! Nobody answers on the port.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::Listen,
};
use std::time::Duration;
use tlsdiag_model::Layer;

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "port-closed",
        layer: Layer::Reach,
        title: t("nothing listens on the port", "포트에서 아무 프로그램도 수신하지 않음"),
        visitor: t("refused to connect (ERR_CONNECTION_REFUSED)", "연결을 거부했습니다 (ERR_CONNECTION_REFUSED)"),
        expect: Expect::broken("bind.no_listener", 101),
        near_miss: t("port 80 is closed, 443 is open", "80번 포트만 닫혀 있고 HTTPS 포트는 열려 있음"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if !twin.works() {
                plan.listen = Listen::Nothing;
            }
        },
    },
    Fault {
        slug: "queue-full",
        layer: Layer::Reach,
        title: t(
            "the program no longer accepts connections and its queue is full",
            "프로그램이 연결을 받지 않아 대기열이 가득 참",
        ),
        visitor: t("took too long to respond (ERR_TIMED_OUT)", "응답하는 데 시간이 너무 오래 걸립니다 (ERR_TIMED_OUT)"),
        expect: Expect::broken("app.overload", 102).or(&["net.port_blocked"]),
        near_miss: t("busy, but connections are accepted", "느리지만 연결은 받아들임"),
        needs: Needs::LinuxLoopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.delay = Duration::from_millis(600);
            } else {
                plan.listen = Listen::Full;
            }
        },
    },
];
