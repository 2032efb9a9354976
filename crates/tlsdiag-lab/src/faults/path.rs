//! What no server does: packets that a path swallows or resets. The server behind the path is a healthy one.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs, Twin},
    path::{PathPlan, Rule, Then, When},
    plan::Plan,
};
use std::time::Duration;
use tlsdiag_model::Layer;
use tlsdiag_wire::Group;

const TIMED_OUT: tlsdiag_model::Tpl =
    t("took too long to respond (ERR_TIMED_OUT)", "응답하는 데 시간이 너무 오래 걸립니다 (ERR_TIMED_OUT)");

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "port-filtered",
        layer: Layer::Reach,
        title: t("a firewall drops connection requests to the port", "방화벽이 이 포트의 연결 요청을 버림"),
        visitor: TIMED_OUT,
        expect: Expect::broken("net.port_blocked", 102).or(&["app.overload"]),
        near_miss: t("the firewall drops another port", "방화벽이 다른 포트를 막음"),
        needs: Needs::Path(|port, twin| {
            let port = if twin.works() { port.wrapping_add(1) } else { port };
            far().forward_rule(Rule::filtered(port))
        }),
        apply: |_, _, _| {},
    },
    Fault {
        slug: "path-mtu-black-hole",
        layer: Layer::Negotiate,
        title: t("long packets vanish on the way and nobody is told", "긴 패킷이 경로 중간에서 소리 없이 사라짐"),
        visitor: TIMED_OUT,
        expect: Expect::broken("net.mtu", 6020),
        near_miss: t(
            "the narrow link says so (ICMP), so packets get shorter",
            "좁은 구간이 ICMP로 알려 주어 패킷이 작아짐",
        ),
        needs: Needs::Path(|_, twin| {
            let rule = if twin.works() { Rule::narrow(1400) } else { Rule::black_hole(1400) };
            far().both_rule(rule)
        }),
        apply: |_, plan, _| long_chain(plan),
    },
    Fault {
        slug: "reset-by-packet-size",
        layer: Layer::Negotiate,
        title: t("a box on the way resets connections with long packets", "중간 장비가 긴 패킷이 있는 연결을 끊음"),
        visitor: t("the connection was reset (ERR_CONNECTION_RESET)", "연결이 재설정되었습니다 (ERR_CONNECTION_RESET)"),
        expect: Expect::broken("net.middlebox_reset", 6021).or(&["net.size_filter", "hs.large_client_hello"]),
        near_miss: t("the box lets packets pass that fit the link", "구간에 맞는 패킷은 장비가 통과시킴"),
        needs: Needs::Path(|port, twin| {
            let bytes = if twin.works() { 1500 } else { 1000 };
            let rule = Rule::reset_longer_than(bytes);
            let when = When { server_port: Some(port), ..rule.when };
            far().forward_rule(Rule { when, ..rule })
        }),
        // The box looks at what clients send; a group that only long hellos offer makes them long.
        apply: |_, plan, _| plan.tls.groups = vec![Group::X25519MLKEM768, Group::X25519, Group::SECP256R1],
    },
    Fault {
        slug: "host-unreachable",
        layer: Layer::Reach,
        title: t("a router says that there is no way", "라우터가 경로가 없다고 알림"),
        visitor: t(
            "the address is unreachable (ERR_ADDRESS_UNREACHABLE)",
            "주소에 연결할 수 없습니다 (ERR_ADDRESS_UNREACHABLE)",
        ),
        expect: Expect::broken("net.unreachable", 103),
        near_miss: t("a long way, but a way", "멀지만 길이 있음"),
        needs: Needs::Path(|port, twin| match twin {
            Twin::Works => far().round_trip(Duration::from_millis(300)),
            Twin::Broken => {
                let reason = crate::path::Unreachable::Host;
                far().forward_rule(Rule::new(When::syn_to(port), Then::Unreachable { reason }))
            }
        }),
        apply: |_, _, _| {},
    },
];

fn far() -> PathPlan {
    PathPlan::new().round_trip(Duration::from_millis(20))
}

/// A chain that does not fit one packet, as most do not.
fn long_chain(plan: &mut Plan) {
    plan.with_rsa();
    plan.credential.leaf.ballast = 400;
    for authority in &mut plan.credential.authorities {
        authority.ballast = 400;
    }
}
