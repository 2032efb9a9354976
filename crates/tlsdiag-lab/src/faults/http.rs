//! TLS is fine and HTTP is not.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::{Answer, PlainPort},
};
use tlsdiag_model::Layer;

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "http-silent",
        layer: Layer::Http,
        title: t("TLS comes about, then HTTP stays silent", "TLS는 성립하지만 HTTP가 응답하지 않음"),
        visitor: t("took too long to respond (ERR_TIMED_OUT)", "응답하는 데 시간이 너무 오래 걸립니다 (ERR_TIMED_OUT)"),
        expect: Expect::broken("http.no_answer", 7001),
        near_miss: t("answers with an empty-handed 404", "404로 답함"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            plan.http.answer = if twin.works() { Answer::Page(404) } else { Answer::Silence };
        },
    },
    Fault {
        slug: "redirect-loop",
        layer: Layer::Http,
        title: t("redirects in a circle", "리디렉션이 끝없이 되풀이됨"),
        visitor: t(
            "redirected too many times (ERR_TOO_MANY_REDIRECTS)",
            "리디렉션한 횟수가 너무 많습니다 (ERR_TOO_MANY_REDIRECTS)",
        ),
        expect: Expect::broken("http.redirect_loop", 7003),
        near_miss: t("redirects once, to a page", "한 번만 다른 페이지로 리디렉션함"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.http.answer = if twin.works() {
                Answer::ToPath("home")
            } else if maker.chance.one_in(2) {
                Answer::ToItself
            } else {
                plan.plain_port = Some(PlainPort::RedirectsToTls);
                Answer::ToPlainPort
            };
        },
    },
];
