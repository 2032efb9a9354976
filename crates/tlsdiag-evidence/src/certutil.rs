//! What certutil printed becomes entries of certificate stores, key files, and stores that were read whole.
use crate::cert_reading::{serial, store_name, thumb, time, whole_store};
use crate::fragment::Fragment;
use std::{collections::HashMap, ops::Range};
use tlsdiag_model::facts::{KeyFile, KeyFolder, KeyLink, KeyName, KeyTest, Location, Stored, Whole};
use tlsdiag_model::{Arg, CertId, How, Name, Reading, Row, Sight, Thumb, Why, say};
use tlsdiag_pki::{certificate::Thumbprint, pem};
use tlsdiag_winfiles::text::certutil::{self, Certificate, Certutil, Key, KeyInfo, Run};
use tlsdiag_winfiles::text::{decode::Decoded, lines::Text};

/// Reads every call of certutil in a text.
pub(crate) fn read(text: &Decoded, out: &mut Fragment) -> Vec<Range<u32>> {
    let lines = Text::new(&text.text);
    if !certutil::recognise(&lines) {
        return vec![];
    }
    let read = certutil::read(&lines);
    let der = certificates(&read, out);
    let mut understood = vec![];
    for run in &read.runs {
        out.is(kind(run));
        one(run, &der, out);
        understood.extend(run.lines.iter().cloned());
    }
    for pem in &read.pem {
        let last = pem.text.lines().count();
        understood.push(pem.line..pem.line.saturating_add(u32::try_from(last).unwrap_or(u32::MAX)));
    }
    for line in &read.private_keys {
        let origin = out.line(*line);
        out.fault(
            origin,
            Why::Said("private key".into()),
            say!(
                "line {line}: a private key stands here; it was not read, and whoever has this file has the key",
                "{line}번째 줄: 개인 키가 들어 있습니다. 읽지 않았지만 이 파일을 가진 사람은 키도 갖게 됩니다",
                line = Arg::Num(u64::from(*line))
            ),
        );
    }
    if read.over_cap > 0 {
        let origin = out.inside("file");
        let why = Why::OverCap {
            kept: u64::try_from(certutil::MAX_CERTIFICATES).unwrap_or(u64::MAX),
            dropped: u64::from(read.over_cap),
        };
        let words = why.say();
        out.fault(origin, why, words);
    }
    understood
}

fn kind(run: &Run) -> &'static str {
    let told = run.outcome.as_ref().map(|end| end.verb.as_str());
    let verb = told.or(run.command.as_ref().map(|command| command.verb.as_str()));
    let failed = run.outcome.as_ref().is_some_and(|end| end.code.is_some());
    match verb {
        _ if failed && run.certificates.is_empty() && run.containers.is_empty() => "certutil-error",
        Some("repairstore") => "certutil-repairstore",
        Some("verify") => "certutil-verify",
        Some("key") => "certutil-key",
        Some("dump") => "certutil-dump",
        _ if run.nested => "certutil-dump",
        _ => "certutil-store",
    }
}

/// Certificates that stand in the text as PEM, by their thumbprints.
fn certificates(read: &Certutil, out: &mut Fragment) -> HashMap<Thumb, CertId> {
    let mut all = HashMap::new();
    let complete = read
        .pem
        .iter()
        .filter(|pem| pem.complete && pem.label.contains("CERTIFICATE") && !pem.label.contains("REQUEST"));
    for block in complete {
        for found in pem::blocks(block.text.as_bytes()) {
            let Ok(der) = &found.content else { continue };
            if let Some(thumb) = Thumb::of_octets(&Thumbprint::of(der).0) {
                all.insert(thumb, out.certificate(der));
            }
        }
    }
    all
}

fn one(run: &Run, der: &HashMap<Thumb, CertId>, out: &mut Fragment) {
    let location = location(run);
    let store = run.store.as_ref().map(|store| store_name(&store.name)).unwrap_or_default();
    let verb = run.outcome.as_ref().map(|end| end.verb.as_str());
    // What a file holds is in no store.
    let in_store = !run.nested && !matches!(verb, Some("dump" | "verify"));
    for certificate in run.certificates.iter().filter(|_| in_store) {
        if let Some(what) = stored(run, certificate, &location, &store, der, out) {
            out.state(what, certificate.line);
        }
    }
    if let (Some(of), Some(end), true) = (whole_store(&location, &store), &run.outcome, run.is_whole_store()) {
        let origin = out.line(end.line);
        out.add(Row::once(Whole { of: of.into() }, tlsdiag_model::Host(0), How::Read, out.taken, origin));
    } else if run.outcome.is_none() && !run.certificates.is_empty() && !run.nested {
        let last = run.certificates.iter().map(|certificate| certificate.last_line).max().unwrap_or(1);
        let origin = out.line(last);
        out.fault(
            origin,
            Why::CutOff { at: u64::from(last) },
            say!(
                "line {line}: the listing has no end: certificates after it are not known",
                "{line}번째 줄: 목록의 끝이 없어 그 뒤의 인증서는 알 수 없습니다",
                line = Arg::Num(u64::from(last))
            ),
        );
    }
    for container in &run.containers {
        let Some(name) = &container.unique else { continue };
        let cng = container.provider.as_deref().is_some_and(|provider| provider.contains("Key Storage Provider"));
        let folder = match (&location, cng) {
            (Location::User, _) => KeyFolder::Account,
            (_, true) => KeyFolder::Keys,
            (_, false) => KeyFolder::MachineKeys,
        };
        out.state(KeyFile { folder, name: name.clone(), size: None, acl: Sight::Hidden }, container.line);
    }
}

/// The machine's store unless `-user` stood in the command; without a command only the flags of a key can tell.
fn location(run: &Run) -> Location {
    let asked = run.command.as_ref().map(|command| command.options.iter().any(|option| option == "user"));
    let machine_keys = run
        .certificates
        .iter()
        .filter_map(|certificate| certificate.key.info()?.flags)
        .any(|flags| flags & KeyInfo::MACHINE_KEYSET != 0);
    match asked {
        Some(true) => Location::User,
        Some(false) => Location::Machine,
        None if machine_keys => Location::Machine,
        None => Location::Unknown,
    }
}

fn stored(
    run: &Run,
    certificate: &Certificate,
    location: &Location,
    store: &str,
    der: &HashMap<Thumb, CertId>,
    out: &mut Fragment,
) -> Option<Stored> {
    let hash = thumb(certificate.sha1.as_ref()?, out);
    let cert = match &hash {
        Reading::Good(thumb) => der.get(thumb).copied(),
        _ => None,
    };
    let stamp = |stamp: &Option<certutil::Stamp>| stamp.as_ref().and_then(|stamp| time(stamp.local?));
    let verbose = !certificate.properties.is_empty();
    Some(Stored {
        cert,
        subject: certificate.subject.clone(),
        issuer: certificate.issuer.clone(),
        serial: certificate.serial.as_deref().map(serial),
        not_before: stamp(&certificate.not_before),
        not_after: stamp(&certificate.not_after),
        names: certificate.dns_names.iter().map(|name| Name::new(name)).collect(),
        usages: certificate.usages.clone(),
        purposes: if verbose { Sight::Saw(certificate.store_usages.clone()) } else { Sight::Hidden },
        key: key(run, certificate),
        archived: Some(certificate.archived),
        friendly: certificate.friendly_name.clone(),
        verified: verified(certificate),
        ..Stored::new(location.clone(), store, hash)
    })
}

fn key(run: &Run, certificate: &Certificate) -> Sight<KeyLink> {
    let repaired = run.outcome.as_ref().is_some_and(|end| end.verb == "repairstore" && end.code.is_none());
    match &certificate.key {
        Key::Has(info) => {
            let failed = was_not_opened(run, info).then_some(KeyTest::Failed(None));
            Sight::Saw(KeyLink::Named(named(info, repaired.then_some(KeyTest::Passed).or(failed))))
        }
        Key::Failed { info, code } if info.container.is_some() || info.unique.is_some() => {
            Sight::Saw(KeyLink::Named(named(info, Some(KeyTest::Failed(Some(code.value))))))
        }
        Key::Failed { code, .. } => Sight::Saw(KeyLink::Failed(code.value)),
        Key::None { .. } => Sight::Saw(KeyLink::None),
        Key::NotTold => Sight::Hidden,
    }
}

/// The name of a key's file is printed once its container was opened. Where a provider of Windows itself shows it for
/// another certificate of the same listing and not for this one, the container could not be opened; why, only a translated
/// sentence tells.
fn was_not_opened(run: &Run, info: &KeyInfo) -> bool {
    let own = |provider: &str| {
        provider.starts_with("Microsoft ") && !provider.contains("Smart Card") && !provider.contains("Platform")
    };
    let Some(provider) = info.provider.as_deref().filter(|provider| own(provider)) else { return false };
    let others = run.certificates.iter().filter_map(|certificate| certificate.key.info());
    info.unique.is_none()
        && others.clone().any(|other| other.unique.is_some() && other.provider.as_deref() == Some(provider))
}

fn named(info: &KeyInfo, test: Option<KeyTest>) -> KeyName {
    KeyName {
        container: info.container.clone(),
        file: info.unique.clone(),
        provider: info.provider.clone(),
        provider_type: info.provider_type,
        flags: info.flags,
        spec: info.key_spec,
        test,
        spki: None,
    }
}

/// The code of a chain's verdict; the first of the policy's own before others, such as revocation that is offline.
fn verified(certificate: &Certificate) -> Option<u32> {
    let chain = certificate.chain.as_ref()?;
    let after = |code: &&certutil::Code| code.line >= chain.line;
    let policy = certificate.codes.iter().filter(after).find(|code| code.value >> 16 == 0x800b);
    policy
        .or_else(|| certificate.codes.iter().find(after))
        .map(|code| code.value)
        .or_else(|| chain.error.filter(|bits| *bits == 0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use tlsdiag_model::facts::Fact;
    use tlsdiag_winfiles::text::certutil::make::{self, Labels, MadeCertificate, MadeKey};
    use tlsdiag_winfiles::text::decode::decode;

    fn made(sha1: &str, key: Option<MadeKey>) -> MadeCertificate {
        MadeCertificate {
            serial: "0A2B".into(),
            issuer: "CN=CA".into(),
            not_before: "2026-01-01 오전 9:00".into(),
            not_after: "2027-01-01 오전 9:30".into(),
            subject: "CN=www.example.kr".into(),
            sha1: sha1.into(),
            archived: false,
            key,
        }
    }

    fn own_key() -> MadeKey {
        MadeKey {
            container: "c".into(),
            unique: Some("a11a37ef57bb64c3f31f8f99421d1550_e64079bf-f1d8-450e-ba59-2f4d921306df".into()),
            provider: "Microsoft RSA SChannel Cryptographic Provider".into(),
            key_spec: Some(2),
            code: None,
        }
    }

    fn fragment(text: &str) -> (Fragment, Vec<Range<u32>>) {
        let mut out = Fragment::new("my.txt", 7);
        let lines = read(&decode(text.as_bytes()), &mut out);
        (out, lines)
    }

    #[test]
    fn a_store_in_korean() {
        let list = make::store(
            &Labels::of("ko"),
            "My",
            "개인",
            &[made(&"a1".repeat(20), Some(own_key())), made(&"b2".repeat(20), None)],
        );
        let (out, lines) = fragment(&format!("C:\\>certutil -store my\r\n{list}"));
        assert_eq!(out.kinds, ["certutil-store"]);
        let rows = Stored::rows(&out.case);
        assert_eq!(rows.len(), 2);
        let first = &rows[0].what;
        assert_eq!((first.location.clone(), first.store.as_str()), (Location::Machine, "MY"));
        assert_eq!((first.not_after, first.serial.as_deref()), (Some(1_798_795_800_000), Some("0a2b")));
        let Sight::Saw(KeyLink::Named(name)) = &first.key else { panic!("{first:?}") };
        assert_eq!((name.spec, name.provider_type, name.test), (Some(2), Some(1), None));
        assert_eq!(rows[1].what.key, Sight::Saw(KeyLink::None));
        assert_eq!(Whole::rows(&out.case).iter().map(|row| &*row.what.of).collect::<Vec<_>>(), [r"store:Machine\MY"]);
        assert!(out.faults.is_empty(), "{:?}", out.faults);
        let text = format!("C:\\>certutil -store my\r\n{list}");
        let all = Text::new(&text).filled().map(|line| line.number).collect::<Vec<_>>();
        assert!(all.iter().all(|line| lines.iter().any(|range| range.contains(line))), "{lines:?}");
    }

    #[test]
    fn a_cut_listing_is_not_whole() {
        let list = make::store(
            &Labels::of("de"),
            "My",
            "x",
            &[made(&"a1".repeat(20), Some(own_key())), made(&"b2".repeat(19), None)],
        );
        let cut = list.split("CertUtil:").next().unwrap();
        let (out, _) = fragment(&format!("C:\\>certutil -store my\r\n{cut}"));
        assert!(Whole::rows(&out.case).is_empty());
        assert!(
            matches!(out.faults[0].why, Why::DamagedAt { at: 27 }) && matches!(out.faults[1].why, Why::CutOff { .. }),
            "{:?}",
            out.faults
        );
        assert_eq!(
            Stored::rows(&out.case)[1].what.thumb,
            Reading::Damaged { raw: "b2".repeat(19).into(), expected: 40, found: 38 }
        );
    }

    #[test]
    fn a_failing_key_keeps_its_code() {
        let key = MadeKey { unique: None, code: Some("0x80090016 (-2146893802)".into()), ..own_key() };
        let list = make::store(&Labels::of("fr"), "WEBHOSTING", "x", &[made(&"a1".repeat(20), Some(key))]);
        let (out, _) = fragment(&list);
        let found = &Stored::rows(&out.case)[0].what;
        assert_eq!(found.store, "WebHosting");
        let Sight::Saw(KeyLink::Named(name)) = &found.key else { panic!("{found:?}") };
        assert_eq!(name.test, Some(KeyTest::Failed(Some(0x8009_0016))));
    }

    #[test]
    fn a_container_that_was_not_opened() {
        let missing = MadeKey { unique: None, ..own_key() };
        let other = MadeKey { provider: "Vendor Key Storage Provider".into(), ..missing.clone() };
        let all = [
            made(&"a1".repeat(20), Some(own_key())),
            made(&"b2".repeat(20), Some(missing)),
            made(&"c3".repeat(20), Some(other)),
        ];
        let (out, _) = fragment(&make::store(&Labels::of("ko"), "My", "x", &all));
        let tests: Vec<Option<KeyTest>> = Stored::rows(&out.case)
            .iter()
            .map(|row| match &row.what.key {
                Sight::Saw(KeyLink::Named(name)) => name.test,
                other => panic!("{other:?}"),
            })
            .collect();
        assert_eq!(tests, [None, Some(KeyTest::Failed(None)), None]);
    }

    #[test]
    fn commands_that_failed_and_other_texts() {
        let (out, lines) = fragment(&make::failure(
            &Labels::of("ko"),
            "verifystore",
            "0x80090011 (-2146893807 NTE_NOT_FOUND)",
            "없음",
        ));
        assert_eq!((out.kinds.as_slice(), lines.len()), (["certutil-error"].as_slice(), 2));
        let (out, lines) = fragment("Issuer: CN=a\nSubject: CN=b\n");
        assert!(out.kinds.is_empty() && lines.is_empty());
    }
}
