//! The listener is configured for other names than the one asked for.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::{Gate, Nameless, Reaction, When},
};
use tlsdiag_model::{Impact, Layer};
use tlsdiag_wire::{AlertDescription, Version};

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "name-refused",
        layer: Layer::Bind,
        title: t("the server refuses this name (unrecognized_name)", "서버가 이 이름을 거부함 (unrecognized_name)"),
        visitor: t(
            "does not recognize the name (ERR_SSL_UNRECOGNIZED_NAME_ALERT)",
            "이름을 인식하지 못했습니다 (ERR_SSL_UNRECOGNIZED_NAME_ALERT)",
        ),
        expect: Expect::broken("bind.no_cert_for_name", 4101),
        near_miss: t(
            "the same alert as a warning, and the handshake goes on",
            "같은 경고를 보내지만 핸드셰이크는 계속함",
        ),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let alert = AlertDescription::UNRECOGNIZED_NAME;
            let then = if twin.works() {
                // Where a warning is allowed: TLS 1.3 has none.
                plan.tls.versions = vec![Version::TLS1_2];
                Reaction::Warn(alert)
            } else {
                Reaction::Alert(alert)
            };
            plan.gates.push(Gate { when: When::AsksForSite, then });
        },
    },
    Fault {
        slug: "refuses-without-name",
        layer: Layer::Bind,
        title: t("clients that name no host are hung up on", "호스트 이름을 보내지 않는 클라이언트의 연결을 끊음"),
        visitor: t(
            "the page; very old clients and some monitors fail",
            "페이지가 열리지만 SNI가 없는 오래된 클라이언트는 실패함",
        ),
        expect: Expect::broken("hs.client_no_sni", 4102)
            .or(&["bind.no_cert_for_name"])
            .or_code(&[4101])
            .impact(Impact::Note),
        near_miss: t("clients that name no host get the same certificate", "이름을 보내지 않아도 같은 인증서를 받음"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let then = maker.chance.pick([
                Reaction::Reset,
                Reaction::Close,
                Reaction::Alert(AlertDescription::UNRECOGNIZED_NAME),
                Reaction::Alert(AlertDescription::HANDSHAKE_FAILURE),
            ]);
            if !twin.works() {
                plan.gates.push(Gate { when: When::AsksForNothing, then });
            }
        },
    },
    Fault {
        slug: "other-certificate-without-name",
        layer: Layer::Bind,
        title: t(
            "clients that name no host get another site's certificate",
            "이름을 보내지 않으면 다른 사이트의 인증서를 받음",
        ),
        visitor: t(
            "the page; clients without SNI see a wrong certificate",
            "페이지가 열리지만 SNI가 없으면 다른 인증서가 보임",
        ),
        expect: Expect::broken("hs.client_no_sni", 4102).impact(Impact::Note),
        near_miss: t("clients that name no host get the same certificate", "이름을 보내지 않아도 같은 인증서를 받음"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if !twin.works() {
                plan.nameless = Nameless::Another;
            }
        },
    },
];
