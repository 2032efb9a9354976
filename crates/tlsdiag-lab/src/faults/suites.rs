//! Cipher suites: none in common, not for this certificate, not for HTTP/2, too short a group.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::{FlightEnd, FlightPlan},
};
use tlsdiag_model::{Impact, Layer};
use tlsdiag_wire::{CipherSuite, Version};

const RC4: &[CipherSuite] = &[CipherSuite(0x0005), CipherSuite(0x0004)];
const TRIPLE_DES: &[CipherSuite] = &[CipherSuite(0x000a)];
const CAMELLIA: &[CipherSuite] = &[CipherSuite(0x0084), CipherSuite(0x0041)];
const SEED: &[CipherSuite] = &[CipherSuite(0x0096)];
const CBC_RSA: &[CipherSuite] = &[CipherSuite(0xc013), CipherSuite(0xc014)];
const DHE: &[CipherSuite] = &[CipherSuite(0x0033), CipherSuite(0x0039)];
const GCM_RSA: &[CipherSuite] = &[CipherSuite(0xc02f), CipherSuite(0xc030)];

const MISMATCH: tlsdiag_model::Tpl = t(
    "uses an unsupported protocol (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
    "지원되지 않는 프로토콜을 사용합니다 (ERR_SSL_VERSION_OR_CIPHER_MISMATCH)",
);

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "no-common-suite",
        layer: Layer::Negotiate,
        title: t("takes only suites that nobody offers any more", "이제 아무도 쓰지 않는 암호 모음만 받음"),
        visitor: MISMATCH,
        expect: Expect::broken("cipher.no_overlap", 5012),
        near_miss: t("takes one single suite, a good one", "암호 모음을 하나만 받지만 쓸 만한 것임"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.with_rsa();
            plan.tls.versions = vec![Version::TLS1_2];
            let suites = maker.chance.pick([RC4, TRIPLE_DES, CAMELLIA, SEED]);
            if twin.works() {
                plan.tls.suites = vec![CipherSuite(0xc02f)];
            } else {
                plan.tls.flight = Some(flight(suites));
            }
        },
    },
    Fault {
        slug: "rsa-suite-with-ecdsa-certificate",
        layer: Layer::Negotiate,
        title: t("chooses RSA suites for its ECDSA certificate", "ECDSA 인증서인데 RSA 암호 모음을 고름"),
        visitor: MISMATCH,
        expect: Expect::broken("cipher.cert_type", 5013),
        near_miss: t("the same with ECDSA suites", "ECDSA 암호 모음을 고르는 같은 서버"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.with_curve();
            plan.tls.versions = vec![Version::TLS1_2];
            plan.tls.alpn = Vec::new();
            if twin.works() {
                plan.tls.suites = vec![CipherSuite(0xc02b)];
            } else {
                plan.tls.flight = Some(flight(GCM_RSA));
            }
        },
    },
    Fault {
        slug: "rsa-suites-only-for-ecdsa-certificate",
        layer: Layer::Negotiate,
        title: t(
            "its TLS 1.2 suites do not fit its certificate; TLS 1.3 works",
            "TLS 1.2 암호 모음이 인증서와 맞지 않음, TLS 1.3은 됨",
        ),
        visitor: t(
            "the page in a browser; clients of TLS 1.2 fail",
            "브라우저에서는 열리지만 TLS 1.2 클라이언트는 실패함",
        ),
        expect: Expect::broken("cipher.cert_type", 5013)
            .or(&["cipher.no_overlap", "proto.tls13_only"])
            .or_code(&[5012, 5011])
            .impact(Impact::Partial),
        near_miss: t("the same suites with an RSA certificate", "같은 암호 모음에 RSA 인증서"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            if twin.works() {
                plan.with_rsa();
            } else {
                plan.with_curve();
            }
            plan.tls.suites = [0x1301, 0x1302, 0x1303, 0xc02f, 0xc030, 0xcca8].map(CipherSuite).to_vec();
        },
    },
    Fault {
        slug: "h2-on-prohibited-suite",
        layer: Layer::Negotiate,
        title: t(
            "agrees on HTTP/2 with a suite that HTTP/2 prohibits",
            "HTTP/2가 금지한 암호 모음으로 HTTP/2를 협상함",
        ),
        visitor: t(
            "does not meet security standards (ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY)",
            "보안 표준을 충족하지 않습니다 (ERR_HTTP2_INADEQUATE_TRANSPORT_SECURITY)",
        ),
        expect: Expect::broken("cipher.h2_forbidden", 5014),
        near_miss: t("the same suite with HTTP/1.1", "같은 암호 모음으로 HTTP/1.1을 씀"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            // Browsers offer CBC with RSA certificates only.
            plan.with_rsa();
            plan.tls.alpn = if twin.works() { vec!["http/1.1"] } else { vec!["h2", "http/1.1"] };
            plan.tls.flight = Some(flight(CBC_RSA));
        },
    },
    Fault {
        slug: "short-dh-group",
        layer: Layer::Negotiate,
        title: t("takes only Diffie-Hellman over a short prime", "짧은 소수의 Diffie-Hellman만 받음"),
        visitor: MISMATCH,
        expect: Expect::broken("cipher.dh_size", 5015),
        near_miss: t("the same age, but with elliptic curves", "비슷하게 오래됐지만 타원 곡선을 씀"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.with_rsa();
            plan.tls.alpn = Vec::new();
            let bits = maker.chance.pick([768, 1024, 1024]);
            let suites = if twin.works() { CBC_RSA } else { DHE };
            plan.tls.flight = Some(FlightPlan { dh_bits: bits, ..flight(suites) });
        },
    },
];

fn flight(suites: &'static [CipherSuite]) -> FlightPlan {
    FlightPlan { version: Version::TLS1_2, suites, secure_renegotiation: true, dh_bits: 1024, end: FlightEnd::Whole }
}
