//! Servers that mean harm to who looks at them. A probe must come to an end, bounded in time and memory, and print
//! nothing that moves a cursor.
use crate::{
    catalogue::Menace,
    plan::{Answer, Hostile, Listen, Plan},
};
use tlsdiag_model::Tpl;

/// Escape sequences, a bell, a right-to-left override and a line feed, as text from outside may hold them.
pub(crate) const CONTROL: &str = "a\u{1b}[2J\u{1b}[31mok\u{7}\u{202e}moc.live\u{2066}\u{200b}\u{0}\u{8}";

const fn t(en: &'static str, ko: &'static str) -> Tpl {
    Tpl { en, ko }
}

/// All of them.
pub(crate) static ALL: &[Menace] = &[
    Menace {
        slug: "garbage",
        title: t("random bytes without end", "무작위 바이트를 끝없이 보냄"),
        apply: |_, plan| listen(plan, Hostile::Garbage),
    },
    Menace {
        slug: "huge-certificate",
        title: t("a Certificate message that claims 16 MB", "16MB라고 주장하는 Certificate 메시지"),
        apply: |_, plan| listen(plan, Hostile::HugeCertificate),
    },
    Menace {
        slug: "trickle",
        title: t("one byte a second", "1초에 한 바이트씩 보냄"),
        apply: |_, plan| listen(plan, Hostile::Trickle),
    },
    Menace {
        slug: "empty-records",
        title: t("empty records without end", "빈 레코드를 끝없이 보냄"),
        apply: |_, plan| listen(plan, Hostile::EmptyRecords),
    },
    Menace {
        slug: "endless-warnings",
        title: t("warning alerts without end", "경고 알림을 끝없이 보냄"),
        apply: |_, plan| listen(plan, Hostile::EndlessWarnings),
    },
    Menace {
        slug: "oversized-record",
        title: t("a record longer than the protocol allows", "프로토콜이 허용하는 길이를 넘는 레코드"),
        apply: |_, plan| listen(plan, Hostile::OversizedRecord),
    },
    Menace {
        slug: "hostile-der",
        title: t("a certificate that is a trap for parsers", "파서를 노린 인증서"),
        apply: |_, plan| listen(plan, Hostile::HostileDer),
    },
    Menace {
        slug: "control-greeting",
        title: t(
            "terminal control sequences in the greeting of a mail server",
            "메일 서버 인사말에 든 터미널 제어 문자",
        ),
        apply: |_, plan| listen(plan, Hostile::ControlGreeting),
    },
    Menace {
        slug: "control-subject",
        title: t("terminal control sequences in the certificate", "인증서에 든 터미널 제어 문자"),
        apply: |_, plan| {
            let leaf = &mut plan.credential.leaf;
            leaf.common_name = Some(CONTROL.to_owned());
            leaf.organization = CONTROL.to_owned();
            leaf.dns.insert(0, CONTROL.to_owned());
        },
    },
    Menace {
        slug: "control-fields",
        title: t("terminal control sequences in HTTP fields", "HTTP 필드에 든 터미널 제어 문자"),
        apply: |_, plan| {
            let text = CONTROL.replace('\0', "");
            let location = format!("https://{}/{text}", plan.name);
            plan.http.answer = Answer::Fields(text.into_bytes(), location.into_bytes());
        },
    },
];

fn listen(plan: &mut Plan, menace: Hostile) {
    plan.listen = Listen::Hostile(menace);
}
