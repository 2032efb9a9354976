//! Versions: too old, or broken by a newer one.
use super::{alerts::refusal, t};
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::{FlightEnd, FlightPlan, Gate, When},
};
use tlsdiag_model::{Impact, Layer};
use tlsdiag_wire::{AlertDescription, CipherSuite, Version};

/// RSA certificates, CBC with SHA-1: what TLS 1.0 has.
const OLD: &[CipherSuite] =
    &[CipherSuite(0xc013), CipherSuite(0xc014), CipherSuite(0x002f), CipherSuite(0x0035), CipherSuite(0x000a)];

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "old-version-only",
        layer: Layer::Negotiate,
        title: t("speaks nothing newer than TLS 1.0 or 1.1", "TLS 1.0 또는 1.1까지만 지원함"),
        visitor: t(
            "uses an unsupported protocol (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
            "지원되지 않는 프로토콜을 사용합니다 (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
        ),
        expect: Expect::broken("proto.version_server_old", 5010),
        near_miss: t("speaks nothing newer than TLS 1.2", "TLS 1.2까지만 지원함"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.with_rsa();
            let version = maker.chance.pick([Version::TLS1_0, Version::TLS1_0, Version::TLS1_1]);
            if twin.works() {
                plan.tls.versions = vec![Version::TLS1_2];
            } else {
                plan.tls.flight = Some(FlightPlan {
                    version,
                    suites: OLD,
                    secure_renegotiation: true,
                    dh_bits: 1024,
                    end: FlightEnd::Whole,
                });
            }
        },
    },
    Fault {
        slug: "tls13-intolerance",
        layer: Layer::Negotiate,
        title: t(
            "breaks when TLS 1.3 is offered instead of choosing TLS 1.2",
            "TLS 1.3을 제안하면 1.2로 낮추지 않고 끊김",
        ),
        visitor: t(
            "reset, or uses an unsupported protocol (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
            "연결이 끊기거나 지원되지 않는 프로토콜이라고 나옵니다 (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
        ),
        expect: Expect::broken("hs.version_intolerance", 6010),
        near_miss: t("does not know TLS 1.3 and chooses TLS 1.2", "TLS 1.3을 몰라도 1.2를 선택함"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.tls.versions = vec![Version::TLS1_2];
            let then = refusal(maker, [AlertDescription::PROTOCOL_VERSION, AlertDescription::HANDSHAKE_FAILURE]);
            if !twin.works() {
                plan.gates.push(Gate { when: When::Offers(Version::TLS1_3), then });
            }
        },
    },
    Fault {
        slug: "no-secure-renegotiation",
        layer: Layer::Negotiate,
        title: t("lacks secure renegotiation (RFC 5746)", "안전한 재협상(RFC 5746)을 지원하지 않음"),
        visitor: t(
            "the page in a browser; clients of OpenSSL 3 refuse",
            "브라우저에서는 열리지만 OpenSSL 3 클라이언트는 거부함",
        ),
        expect: Expect::broken("hs.legacy_renego", 5016).impact(Impact::Partial),
        near_miss: t("the same old server with renegotiation_info", "renegotiation_info를 보내는 같은 옛 서버"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.with_rsa();
            plan.tls.alpn = Vec::new();
            plan.tls.flight = Some(FlightPlan {
                version: Version::TLS1_2,
                suites: OLD,
                secure_renegotiation: twin.works(),
                dh_bits: 1024,
                end: FlightEnd::Whole,
            });
        },
    },
];
