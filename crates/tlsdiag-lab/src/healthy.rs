//! Servers that are odd and work: a diagnosis that finds a cause here is wrong.
use crate::{
    catalogue::Healthy,
    key::KeyType,
    names,
    plan::{Answer, Asked, ClientCertificate, Sent},
};
use std::time::Duration;
use tlsdiag_model::Tpl;
use tlsdiag_wire::{Group, Version};

const fn t(en: &'static str, ko: &'static str) -> Tpl {
    Tpl { en, ko }
}

const PAGE: Tpl = t("the page, without a warning", "경고 없이 페이지가 열립니다");
const STATUS: Option<(&str, u16)> = Some(("http.status", 7002));

/// All of them.
pub(crate) static ALL: &[Healthy] = &[
    Healthy {
        slug: "plain", title: t("nothing odd", "특별한 점이 없음"), visitor: PAGE, note: None, apply: |_, _| {}
    },
    Healthy {
        slug: "status-401",
        title: t("asks for a password", "비밀번호를 물음 (401)"),
        visitor: t("a password prompt", "비밀번호 입력 창이 뜹니다"),
        note: STATUS,
        apply: |_, plan| plan.http.answer = Answer::Page(401),
    },
    Healthy {
        slug: "status-403",
        title: t("forbids the front page", "첫 페이지를 금지함 (403)"),
        visitor: t("403 Forbidden", "403 Forbidden 페이지가 보입니다"),
        note: STATUS,
        apply: |_, plan| plan.http.answer = Answer::Page(403),
    },
    Healthy {
        slug: "status-404",
        title: t("has no front page", "첫 페이지가 없음 (404)"),
        visitor: t("404 Not Found", "404 Not Found 페이지가 보입니다"),
        note: STATUS,
        apply: |_, plan| plan.http.answer = Answer::Page(404),
    },
    Healthy {
        slug: "status-500",
        title: t("its application fails", "응용 프로그램 오류 (500)"),
        visitor: t("500 Internal Server Error", "500 Internal Server Error 페이지가 보입니다"),
        note: STATUS,
        apply: |_, plan| plan.http.answer = Answer::Page(500),
    },
    Healthy {
        slug: "slow-hello",
        title: t("takes two seconds before ServerHello", "ServerHello까지 2초 걸림"),
        visitor: t("the page, after two seconds", "2초 뒤에 페이지가 열립니다"),
        note: None,
        apply: |_, plan| plan.delay = Duration::from_secs(2),
    },
    Healthy {
        slug: "root-sent",
        title: t("sends its root too", "루트 인증서도 보냄"),
        visitor: PAGE,
        note: Some(("note.works", 2524)),
        apply: |_, plan| plan.credential.sent.push(Sent::Root),
    },
    Healthy {
        slug: "duplicate-certificate",
        title: t("sends a certificate twice", "같은 인증서를 두 번 보냄"),
        visitor: PAGE,
        note: Some(("note.works", 2525)),
        apply: |maker, plan| {
            let twice = maker.chance.pick([Sent::Authority(0), Sent::Leaf]);
            let at = usize::from(twice != Sent::Leaf);
            plan.credential.sent.insert(at, twice);
        },
    },
    Healthy {
        slug: "p384-only",
        title: t("a P-384 key and no other group", "P-384 키와 P-384 그룹만 씀"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| {
            plan.credential.leaf.key = KeyType::P384;
            plan.tls.groups = vec![Group::SECP384R1];
        },
    },
    Healthy {
        slug: "tls12-only",
        title: t("TLS 1.2 only", "TLS 1.2만 지원함"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.tls.versions = vec![Version::TLS1_2],
    },
    Healthy {
        slug: "x25519-only",
        title: t("X25519 is its only group", "X25519 그룹만 씀"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.tls.groups = vec![Group::X25519],
    },
    Healthy {
        slug: "private-ca",
        title: t(
            "a private authority that the visitor was told of (--ca-file)",
            "방문자가 아는 사설 인증 기관 (--ca-file)",
        ),
        visitor: PAGE,
        note: Some(("chain.private_ca", 2513)),
        apply: |maker, plan| {
            let second = maker.authority();
            plan.credential.authorities.push(second);
            plan.credential.sent.push(Sent::Authority(1));
        },
    },
    Healthy {
        slug: "client-certificate-optional",
        title: t("asks for a client certificate and does not insist", "클라이언트 인증서를 요청하지만 없어도 됨"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.tls.client_certificate = ClientCertificate::Optional,
    },
    Healthy {
        slug: "http-1.0",
        title: t("answers with HTTP/1.0", "HTTP/1.0으로 답함"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| {
            plan.http.minor = 0;
            plan.tls.alpn = Vec::new();
        },
    },
    Healthy {
        slug: "tls13-only",
        title: t("TLS 1.3 only", "TLS 1.3만 지원함"),
        visitor: PAGE,
        note: Some(("proto.tls13_only", 5011)),
        apply: |_, plan| plan.tls.versions = vec![Version::TLS1_3],
    },
    Healthy {
        slug: "no-tickets",
        title: t("gives no session tickets", "세션 티켓을 주지 않음"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.tls.tickets = false,
    },
    Healthy {
        slug: "idn",
        title: t("a name in Hangul", "한글 이름"),
        visitor: PAGE,
        note: None,
        apply: |maker, plan| {
            let name = format!("{}.{}", names::hangul_label(&mut maker.chance), plan.name);
            plan.rename(&name);
            plan.asked = Asked::Unicode;
        },
    },
    Healthy {
        slug: "by-address",
        title: t("opened by its address, which its certificate holds", "인증서에 들어 있는 주소로 접속함"),
        visitor: PAGE,
        note: None,
        apply: |maker, plan| {
            plan.asked = Asked::Address;
            plan.credential.leaf.addresses.push(maker.address);
        },
    },
    Healthy {
        slug: "wildcard",
        title: t("a wildcard certificate", "와일드카드 인증서"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| {
            let parent = plan.name.clone();
            plan.rename(&format!("app.{parent}"));
            plan.credential.leaf.dns = vec![format!("*.{parent}"), parent];
        },
    },
    Healthy {
        slug: "long-chain",
        title: t("a chain of more than 8 KB", "8KB가 넘는 인증서 체인"),
        visitor: PAGE,
        note: None,
        apply: |maker, plan| {
            for n in 1..=2 {
                let authority = maker.authority();
                plan.credential.authorities.push(authority);
                plan.credential.sent.push(Sent::Authority(n));
            }
            for authority in &mut plan.credential.authorities {
                authority.ballast = 1800;
            }
            plan.credential.leaf.ballast = 1800;
        },
    },
    Healthy {
        slug: "h2-only",
        title: t("HTTP/2 and nothing else", "HTTP/2만 지원함"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.tls.alpn = vec!["h2"],
    },
    Healthy {
        slug: "capitals",
        title: t("asked for in capitals", "대문자로 접속함"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.asked = Asked::Capitals,
    },
    Healthy {
        slug: "trailing-dot",
        title: t("asked for with a dot at the end", "이름 끝에 점을 붙여 접속함"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| plan.asked = Asked::TrailingDot,
    },
    Healthy {
        slug: "no-banner",
        title: t("no Server field, no ALPN, and port 80 is closed", "Server 필드와 ALPN이 없고 80번 포트가 닫혀 있음"),
        visitor: PAGE,
        note: None,
        apply: |_, plan| {
            plan.http.banner = None;
            plan.tls.alpn = Vec::new();
        },
    },
];
