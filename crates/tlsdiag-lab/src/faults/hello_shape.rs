//! Servers and boxes that a hello upsets by its length, its segments, a group or an extension.
use super::{alerts::refusal, t};
use crate::{
    catalogue::{Expect, Fault, Needs, Twin},
    maker::Maker,
    plan::{Gate, Plan, Reaction, Reading, When},
};
use tlsdiag_model::Layer;
use tlsdiag_wire::{AlertDescription, ExtensionType, Group};

const RESET: tlsdiag_model::Tpl = t(
    "the connection was reset, in new browsers only (ERR_CONNECTION_RESET)",
    "새 브라우저에서만 연결이 재설정됩니다 (ERR_CONNECTION_RESET)",
);
const SILENT: tlsdiag_model::Tpl = t(
    "took too long to respond, in new browsers only (ERR_TIMED_OUT)",
    "새 브라우저에서만 응답이 없습니다 (ERR_TIMED_OUT)",
);

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "long-hello-reset",
        layer: Layer::Negotiate,
        title: t("resets when ClientHello is long", "ClientHello가 길면 연결을 재설정함"),
        visitor: RESET,
        expect: Expect::broken("hs.large_client_hello", 6001),
        near_miss: t("bears hellos of 16 KB", "16KB까지의 ClientHello를 견딤"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| by_length(maker, plan, twin, Reaction::Reset),
    },
    Fault {
        slug: "long-hello-swallowed",
        layer: Layer::Negotiate,
        title: t("stays silent when ClientHello is long", "ClientHello가 길면 아무 응답도 하지 않음"),
        visitor: SILENT,
        expect: Expect::broken("hs.large_client_hello", 6001),
        near_miss: t("bears hellos of 16 KB", "16KB까지의 ClientHello를 견딤"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| by_length(maker, plan, twin, Reaction::Swallow),
    },
    Fault {
        slug: "split-hello",
        layer: Layer::Negotiate,
        title: t(
            "handles only what arrives of ClientHello at once",
            "ClientHello가 한 번에 도착하지 않으면 처리하지 못함",
        ),
        visitor: RESET,
        expect: Expect::broken("hs.large_client_hello", 6002).or_code(&[6001]),
        near_miss: t("reads on until the hello is whole", "ClientHello가 다 올 때까지 읽음"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let reaction = maker.chance.pick([
                Reaction::Reset,
                Reaction::Close,
                Reaction::Swallow,
                Reaction::Alert(AlertDescription::DECODE_ERROR),
            ]);
            if !twin.works() {
                // One segment on Ethernet carries no more than this.
                plan.reading = Reading::Once(1460, reaction);
            }
        },
    },
    Fault {
        slug: "new-group",
        layer: Layer::Negotiate,
        title: t("breaks when X25519MLKEM768 is offered", "X25519MLKEM768을 제안하면 끊김"),
        visitor: RESET,
        expect: Expect::broken("hs.extension_intolerance", 6003).or(&["hs.large_client_hello"]),
        near_miss: t("does not know the group and takes another", "그 그룹을 몰라 다른 그룹을 고름"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.tls.groups = vec![Group::X25519, Group::SECP256R1, Group::SECP384R1];
            let then = refusal(maker, [AlertDescription::HANDSHAKE_FAILURE, AlertDescription::ILLEGAL_PARAMETER]);
            if !twin.works() {
                plan.gates.push(Gate { when: When::Group(Group::X25519MLKEM768), then });
            }
        },
    },
    Fault {
        slug: "extension-intolerance",
        layer: Layer::Negotiate,
        title: t("breaks on an extension in ClientHello", "ClientHello의 어떤 확장 때문에 끊김"),
        visitor: t("the connection was reset or closed", "연결이 재설정되었거나 종료되었습니다"),
        expect: Expect::broken("hs.extension_intolerance", 6011),
        near_miss: t("breaks only on an extension that was given up long ago", "오래전에 버려진 확장에만 끊김"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let hated: [fn() -> When; 8] = [
                || When::Grease,
                || When::Modern,
                || When::Carries(ExtensionType::ALPN),
                || When::Carries(ExtensionType::STATUS_REQUEST),
                || When::Carries(ExtensionType::SIGNED_CERTIFICATE_TIMESTAMP),
                || When::Carries(ExtensionType::SESSION_TICKET),
                || When::Carries(ExtensionType::COMPRESS_CERTIFICATE),
                || When::Carries(ExtensionType::EXTENDED_MASTER_SECRET),
            ];
            let when = maker.chance.pick(hated)();
            let then = refusal(maker, [AlertDescription::DECODE_ERROR, AlertDescription::UNSUPPORTED_EXTENSION]);
            let when = if twin.works() { When::Carries(ExtensionType::TRUNCATED_HMAC) } else { when };
            plan.gates.push(Gate { when, then });
        },
    },
];

fn by_length(maker: &mut Maker, plan: &mut Plan, twin: Twin, then: Reaction) {
    let most = maker.chance.pick([1024, 1200, 1280, 1400, 1460]);
    let most = if twin.works() { 16 * 1024 } else { most };
    plan.gates.push(Gate { when: When::LongerThan(most), then });
}
