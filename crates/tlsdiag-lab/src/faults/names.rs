//! The names in the certificate.
use super::t;
use crate::{
    catalogue::{Expect, Fault, Needs},
    plan::Asked,
};
use tlsdiag_model::Layer;

const NAME: tlsdiag_model::Tpl = t(
    "your connection is not private (ERR_CERT_COMMON_NAME_INVALID)",
    "연결이 비공개로 설정되어 있지 않습니다 (ERR_CERT_COMMON_NAME_INVALID)",
);

pub(super) static ALL: &[Fault] = &[
    Fault {
        slug: "wrong-host",
        layer: Layer::Trust,
        title: t("the certificate is for another host", "다른 호스트의 인증서임"),
        visitor: NAME,
        expect: Expect::broken("cert.name_mismatch", 2530),
        near_miss: t(
            "the certificate names another host first and this one too",
            "다른 호스트가 먼저 적혀 있지만 이 호스트도 들어 있음",
        ),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let other = maker.other_host(&plan.name);
            let leaf = &mut plan.credential.leaf;
            leaf.common_name = Some(other.clone());
            leaf.dns = vec![other];
            if twin.works() {
                leaf.dns.push(plan.name.clone());
            }
        },
    },
    Fault {
        slug: "wildcard-depth",
        layer: Layer::Trust,
        title: t("the wildcard stands one label too high", "와일드카드가 한 단계 위의 이름에만 맞음"),
        visitor: NAME,
        expect: Expect::broken("cert.wildcard_depth", 2531).or(&["cert.name_mismatch"]),
        near_miss: t("the wildcard stands where it should", "와일드카드가 제 위치에 있음"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            let above = plan.name.clone();
            let label = maker.chance.pick(["api", "www", "img", "m", "login"]);
            plan.rename(&format!("{label}.{above}"));
            let top = above.split_once('.').map_or(above.as_str(), |(_, top)| top);
            let stem = if twin.works() { &above } else { top };
            plan.credential.leaf.dns = vec![format!("*.{stem}")];
            plan.credential.leaf.common_name = Some(format!("*.{stem}"));
        },
    },
    Fault {
        slug: "address-not-in-certificate",
        layer: Layer::Trust,
        title: t("opened by address, which the certificate does not hold", "주소로 접속했는데 인증서에 그 주소가 없음"),
        visitor: NAME,
        expect: Expect::broken("cert.no_ip_san", 2532).or(&["cert.name_mismatch"]),
        near_miss: t("opened by address, which the certificate holds", "인증서에 주소가 들어 있음"),
        needs: Needs::Loopback,
        apply: |maker, plan, twin| {
            plan.asked = Asked::Address;
            let address = maker.address;
            let leaf = &mut plan.credential.leaf;
            if twin.works() {
                leaf.addresses.push(address);
            } else if maker.chance.one_in(2) {
                // The address as a dNSName, as some tools wrote it.
                leaf.dns.push(address.to_string());
            }
        },
    },
    Fault {
        slug: "common-name-only",
        layer: Layer::Trust,
        title: t("the host stands in the common name only", "호스트 이름이 일반 이름(CN)에만 있음"),
        visitor: NAME,
        expect: Expect::broken("cert.no_san", 2533).or(&["cert.name_mismatch"]),
        near_miss: t("no common name at all, but a subject alternative name", "CN은 없지만 주체 대체 이름(SAN)에 있음"),
        needs: Needs::Loopback,
        apply: |_, plan, twin| {
            let leaf = &mut plan.credential.leaf;
            if twin.works() {
                leaf.common_name = None;
            } else {
                leaf.has_san = false;
            }
        },
    },
];
