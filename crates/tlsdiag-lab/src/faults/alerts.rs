//! The handshake ends at once: reset, close, alert, or in the middle of the server's flight.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    maker::Maker,
    plan::{ClientCertificate, Ending, FlightEnd, FlightPlan, Gate, Plan, Reaction, When},
};
use tlsdiag_model::Layer;
use tlsdiag_wire::{AlertDescription, CipherSuite, Version};

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "reset-after-hello",
        layer: Layer::Negotiate,
        title: t("resets the connection right after ClientHello", "ClientHello 직후 연결을 재설정함"),
        visitor: t("the connection was reset (ERR_CONNECTION_RESET)", "연결이 재설정되었습니다 (ERR_CONNECTION_RESET)"),
        expect: Expect::broken("hs.reset_after_hello", 5001),
        near_miss: t("resets only once the page has been read", "페이지를 모두 보낸 뒤에야 재설정함"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.http.ending = Ending::Reset;
            } else {
                always(plan, Reaction::Reset);
            }
        },
    },
    Fault {
        slug: "closed-after-hello",
        layer: Layer::Negotiate,
        title: t(
            "closes the connection right after ClientHello, without an alert",
            "ClientHello 직후 경고 없이 연결을 닫음",
        ),
        visitor: t(
            "unexpectedly closed the connection (ERR_CONNECTION_CLOSED)",
            "예기치 않게 연결을 종료했습니다 (ERR_CONNECTION_CLOSED)",
        ),
        expect: Expect::broken("hs.closed_after_hello", 5002),
        near_miss: t("closes without close_notify, but after the page", "페이지를 보낸 뒤 close_notify 없이 닫음"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.http.ending = Ending::NoCloseNotify;
            } else {
                always(plan, Reaction::Close);
            }
        },
    },
    Fault {
        slug: "breaks-off-in-certificate",
        layer: Layer::Negotiate,
        title: t("breaks off in the middle of its Certificate message", "Certificate 메시지를 보내다가 끊김"),
        visitor: t("the connection was reset or closed", "연결이 재설정되었거나 종료되었습니다"),
        expect: Expect::broken("hs.broken_mid_handshake", 5003),
        near_miss: t("the same server with an undamaged flight", "끝까지 보내는 같은 서버"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.tls.versions = vec![Version::TLS1_2];
            let reaction = maker.chance.pick([Reaction::Reset, Reaction::Close]);
            if !twin.works() {
                plan.tls.flight = Some(FlightPlan {
                    version: Version::TLS1_2,
                    suites: fitting(
                        plan,
                        &[CipherSuite(0xc02f), CipherSuite(0xc030)],
                        &[CipherSuite(0xc02b), CipherSuite(0xc02c)],
                    ),
                    secure_renegotiation: true,
                    dh_bits: 1024,
                    end: FlightEnd::HalfCertificate(reaction),
                });
            }
        },
    },
    Fault {
        slug: "internal-error",
        layer: Layer::Negotiate,
        title: t("answers every hello with internal_error", "모든 ClientHello에 internal_error로 답함"),
        visitor: t(
            "sent an invalid response (ERR_SSL_PROTOCOL_ERROR)",
            "잘못된 응답을 전송했습니다 (ERR_SSL_PROTOCOL_ERROR)",
        ),
        expect: Expect::broken("hs.internal_error", 5004),
        near_miss: t("answers so only to clients that name no host", "이름을 보내지 않는 클라이언트에게만 그렇게 답함"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let when = if twin.works() { When::AsksForNothing } else { When::Always };
            plan.gates.push(Gate { when, then: Reaction::Alert(AlertDescription::INTERNAL_ERROR) });
        },
    },
    Fault {
        slug: "handshake-failure",
        layer: Layer::Negotiate,
        title: t("answers every hello with handshake_failure", "모든 ClientHello에 handshake_failure로 답함"),
        visitor: t(
            "uses an unsupported protocol (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
            "지원되지 않는 프로토콜을 사용합니다 (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
        ),
        expect: Expect::broken("hs.handshake_failure", 5005).or(&["cipher.no_overlap"]).or_code(&[5012]),
        near_miss: t(
            "answers so only to hellos without a modern suite",
            "최신 암호 모음이 없는 ClientHello에만 그렇게 답함",
        ),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let when = if twin.works() { When::LacksAll(MODERN) } else { When::Always };
            plan.gates.push(Gate { when, then: Reaction::Alert(AlertDescription::HANDSHAKE_FAILURE) });
        },
    },
    Fault {
        slug: "client-certificate-tls12",
        layer: Layer::Negotiate,
        title: t("demands a client certificate (TLS 1.2)", "클라이언트 인증서를 요구함 (TLS 1.2)"),
        visitor: t(
            "wants a login certificate (ERR_BAD_SSL_CLIENT_AUTH_CERT)",
            "로그인 인증서가 필요합니다 (ERR_BAD_SSL_CLIENT_AUTH_CERT)",
        ),
        expect: Expect::broken("hs.client_cert_required", 5020),
        near_miss: t("asks for one and does not insist", "요청은 하지만 없어도 들여보냄"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| demand(plan, Version::TLS1_2, twin.works()),
    },
    Fault {
        slug: "client-certificate-tls13",
        layer: Layer::Negotiate,
        title: t("demands a client certificate (TLS 1.3)", "클라이언트 인증서를 요구함 (TLS 1.3)"),
        visitor: t(
            "wants a login certificate (ERR_SSL_CLIENT_AUTH_CERT_NEEDED)",
            "로그인 인증서가 필요합니다 (ERR_SSL_CLIENT_AUTH_CERT_NEEDED)",
        ),
        expect: Expect::broken("hs.client_cert_required", 5020),
        near_miss: t("asks for one and does not insist", "요청은 하지만 없어도 들여보냄"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| demand(plan, Version::TLS1_3, twin.works()),
    },
];

const MODERN: &[CipherSuite] = &[
    CipherSuite(0x1301),
    CipherSuite(0x1302),
    CipherSuite(0x1303),
    CipherSuite(0xc02b),
    CipherSuite(0xc02c),
    CipherSuite(0xc02f),
    CipherSuite(0xc030),
    CipherSuite(0xcca8),
    CipherSuite(0xcca9),
];

/// The suites that fit the certificate's key.
pub(super) fn fitting(
    plan: &Plan,
    rsa: &'static [CipherSuite],
    curve: &'static [CipherSuite],
) -> &'static [CipherSuite] {
    if plan.credential.leaf.key.is_rsa() { rsa } else { curve }
}

fn always(plan: &mut Plan, then: Reaction) {
    plan.gates.push(Gate { when: When::Always, then });
}

fn demand(plan: &mut Plan, version: Version, politely: bool) {
    plan.tls.versions = vec![version];
    plan.tls.client_certificate = if politely { ClientCertificate::Optional } else { ClientCertificate::Required };
}

/// One of the ways in which a box or an old library refuses.
pub(super) fn refusal(maker: &mut Maker, alerts: [AlertDescription; 2]) -> Reaction {
    maker.chance.pick([Reaction::Reset, Reaction::Close, Reaction::Alert(alerts[0]), Reaction::Alert(alerts[1])])
}
