//! certutil in real and made texts: fields, keys, verdicts, any words for labels, damage anywhere.

use proptest::prelude::*;

use super::make::{self, Labels, MadeCertificate, MadeKey};
use super::*;
use crate::text::decode;

const UNIQUE: &str = "a11a37ef57bb64c3f31f8f99421d1550_e64079bf-f1d8-450e-ba59-2f4d921306df";

fn read_str(text: &str) -> Certutil {
    read(&Text::new(text))
}

fn certificate(text: &str) -> Certificate {
    let mut read = read_str(text);
    read.runs.remove(0).certificates.remove(0)
}

fn with_key() -> MadeCertificate {
    MadeCertificate {
        serial: "1a2b3c4d5e".into(),
        issuer: "CN=Test CA, O=\"A: B, Inc.\", C=KR".into(),
        not_before: "2026-01-01 오전 12:00".into(),
        not_after: "2027-01-01 오전 12:00".into(),
        subject: "CN=www.example.kr".into(),
        sha1: "aa".repeat(20),
        archived: false,
        key: Some(MadeKey {
            container: "le-1234".into(),
            unique: Some(UNIQUE.into()),
            provider: "Microsoft Software Key Storage Provider".into(),
            key_spec: None,
            code: None,
        }),
    }
}

fn without_key() -> MadeCertificate {
    MadeCertificate { sha1: "bb ".repeat(20), key: None, archived: true, ..with_key() }
}

/// What must not depend on any word.
fn facts(read: &Certutil) -> Vec<String> {
    let of = |certificate: &Certificate| {
        let key = match &certificate.key {
            Key::None { .. } => "none".to_owned(),
            other => format!("{other:?}"),
        };
        format!(
            "{:?} {:?} {:?} {:?} {:?} {:?} {:?} {key} {:?}",
            certificate.number,
            certificate.archived,
            certificate.serial,
            certificate.issuer,
            certificate.subject,
            certificate.not_after.as_ref().and_then(|stamp| stamp.local),
            certificate.sha1,
            certificate.line
        )
    };
    read.runs.iter().flat_map(|run| &run.certificates).map(of).collect()
}

#[test]
fn every_language_gives_the_same() {
    let made = [with_key(), without_key()];
    let expected = facts(&read_str(&make::store(&Labels::of("en"), "My", "Personal", &made)));
    assert_eq!(expected.len(), 2);
    assert!(expected[0].contains("le-1234") && expected[1].contains("none"), "{expected:?}");
    for language in ["ko", "de", "fr", "zh-CN"] {
        let text = make::store(&Labels::of(language), "My", "x", &made);
        assert!(recognise(&Text::new(&text)));
        assert_eq!(facts(&read_str(&text)), expected, "{language}");
    }
}

#[test]
fn a_key_with_everything() {
    let mut made = with_key();
    if let Some(key) = made.key.as_mut() {
        key.key_spec = Some(2);
    }
    let found = certificate(&make::store(&Labels::of("ko"), "My", "개인", &[made]));
    let Key::Has(info) = &found.key else { panic!("{:?}", found.key) };
    assert_eq!((info.container.as_deref(), info.unique.as_deref()), (Some("le-1234"), Some(UNIQUE)));
    assert_eq!((info.provider.as_deref(), info.key_spec), (Some("Microsoft Software Key Storage Provider"), Some(2)));
    assert_eq!((info.provider_type, info.flags), (Some(1), Some(KeyInfo::MACHINE_KEYSET)));
    assert_eq!(found.issuer.as_deref(), Some("CN=Test CA, O=\"A: B, Inc.\", C=KR"));
}

#[test]
fn a_code_below_a_container_is_a_failure() {
    let mut made = with_key();
    if let Some(key) = made.key.as_mut() {
        key.unique = None;
        key.code = Some("0x80090016 (-2146893802 NTE_BAD_KEYSET)".into());
    }
    let text = make::store(&Labels::of("fr"), "My", "Personnel", &[made, without_key()]);
    let found = certificate(&text);
    let Key::Failed { info, code } = &found.key else { panic!("{:?}", found.key) };
    assert_eq!(
        (code.value, code.symbol.as_deref(), info.container.as_deref()),
        (0x8009_0016, Some("NTE_BAD_KEYSET"), Some("le-1234"))
    );
}

#[test]
fn runs_commands_stores_and_outcomes() {
    let made = make::store(&Labels::of("de"), "REQUEST", "Zertifikatregistrierungsanforderungen", &[with_key()]);
    let text = format!(
        "C:\\>certutil -user -store REQUEST\r\n{made}\r\nC:\\>certutil –repairstore my \"\u{200e}1a 1f\"\r\n{}C:\\>\r\n",
        make::failure(
            &Labels::of("ko"),
            "repairstore",
            "0x80090011 (-2146893807 NTE_NOT_FOUND)",
            "개체를 찾지 못했습니다."
        )
    );
    let read = read_str(&text);
    assert_eq!(read.runs.len(), 2, "{:?}", read.runs);
    let store = read.runs[0].store.as_ref().unwrap();
    assert_eq!((store.name.as_str(), store.user), ("REQUEST", Some(true)));
    assert_eq!(read.runs[0].outcome.as_ref().map(|end| (end.verb.as_str(), end.code.is_none())), Some(("store", true)));
    let repair = &read.runs[1];
    assert_eq!(repair.outcome.as_ref().unwrap().code.as_ref().unwrap().value, 0x8009_0011);
    assert_eq!(repair.command.as_ref().unwrap().faults.len(), 2);
    assert_eq!(repair.store.as_ref().unwrap().name, "my");
}

/// As a machine of Windows Server 2019 prints it, with other values.
const VERBOSE: &str = "My \"Personal\"
================ Certificate 0 ================
X509 Certificate:
Version: 3
Serial Number: 6100000002
    02 00 00 00 61
Signature Algorithm:
    Algorithm ObjectId: 1.2.840.113549.1.1.11 sha256RSA
    Algorithm Parameters:
    05 00
Issuer:
    CN=Issuing CA
    DC=example
  Name Hash(sha1): 1111111111111111111111111111111111111111
  Name Hash(md5): 11111111111111111111111111111111

 NotBefore: 3/29/2026 11:26 AM
 NotAfter: 3/2/2027 11:26 AM

Subject:
    CN=server.example
  Name Hash(sha1): 2222222222222222222222222222222222222222
  Name Hash(md5): 22222222222222222222222222222222

Public Key Length: 2048 bits
Public Key: UnusedBits = 0
    0000  30 82 01 0a
Certificate Extensions: 3
    2.5.29.17: Flags = 0, Length = 1c
    Subject Alternative Name
        DNS Name=server.example
        DNS Name=*.example
        IP Address=10.0.0.5
        Directory Address:
             CN=x

    2.5.29.37: Flags = 0, Length = c
    Enhanced Key Usage
        Client Authentication (1.3.6.1.5.5.7.3.2)
        Server Authentication (1.3.6.1.5.5.7.3.1)

Signature: UnusedBits=0
    0000  5a
Non-root Certificate
Key Id Hash(rfc-sha1): 3333333333333333333333333333333333333333
Key Id Hash(sha1): 4444444444444444444444444444444444444444
Cert Hash(md5): 55555555555555555555555555555555
Cert Hash(sha1): 6666666666666666666666666666666666666666
Cert Hash(sha256): 7777777777777777777777777777777777777777777777777777777777777777
Signature Hash: 8888888888888888888888888888888888888888888888888888888888888888

  CERT_REQUEST_ORIGINATOR_PROP_ID(71):
    SRV01.example

  CERT_FRIENDLY_NAME_PROP_ID(11):
    shop = 1

  CERT_ENHKEY_USAGE_PROP_ID(9):
    Enhanced Key Usage
        Code Signing (1.3.6.1.5.5.7.3.3)

  CERT_KEY_PROV_INFO_PROP_ID(2):
    Key Container = tq-SSL-1
  Unique container name: a11a37ef57bb64c3f31f8f99421d1550_e64079bf-f1d8-450e-ba59-2f4d921306df
    Provider = Microsoft RSA SChannel Cryptographic Provider
    ProviderType = c
    Flags = 20 (32)
      CRYPT_MACHINE_KEYSET -- 20 (32)
    KeySpec = 1 -- AT_KEYEXCHANGE

Private key is NOT exportable
Encryption test passed
CertUtil: -store command completed successfully.
";

#[test]
fn verbose_output_takes_the_hash_of_the_certificate() {
    let found = certificate(VERBOSE);
    assert_eq!(found.sha1.as_ref().and_then(Hash::whole), Some(&[0x66; 20]));
    assert_eq!(found.sha256.as_ref().and_then(Hash::whole), Some(&[0x77; 32]));
    assert_eq!(found.serial.as_deref(), Some("6100000002"));
    assert_eq!(
        (found.issuer.as_deref(), found.subject.as_deref()),
        (Some("CN=Issuing CA, DC=example"), Some("CN=server.example"))
    );
    assert_eq!(found.not_after.as_ref().and_then(|stamp| stamp.local).map(|time| (time.month, time.day)), Some((3, 2)));
    assert_eq!(found.dns_names, ["server.example", "*.example"]);
    assert_eq!(found.addresses, ["10.0.0.5".parse::<std::net::IpAddr>().unwrap()]);
    assert_eq!(
        found.usages.as_deref(),
        Some(["1.3.6.1.5.5.7.3.2".to_owned(), "1.3.6.1.5.5.7.3.1".to_owned()].as_slice())
    );
    assert_eq!(found.store_usages.as_deref(), Some(["1.3.6.1.5.5.7.3.3".to_owned()].as_slice()));
    assert_eq!(
        (found.friendly_name.as_deref(), found.request_originator.as_deref()),
        (Some("shop = 1"), Some("SRV01.example"))
    );
    let info = found.key.info().unwrap();
    assert_eq!((info.container.as_deref(), info.flags, info.key_spec), (Some("tq-SSL-1"), Some(0x20), Some(1)));
    assert_eq!(info.provider_type, Some(12));
    assert_eq!(info.provider.as_deref(), Some("Microsoft RSA SChannel Cryptographic Provider"));
}

#[test]
fn verbose_output_cut_anywhere_never_gives_another_hash() {
    for at in 0..VERBOSE.len() {
        for run in read_str(&VERBOSE[..at]).runs {
            for found in run.certificates {
                let wrong = found.sha1.as_ref().and_then(Hash::whole).is_some_and(|hash| *hash != [0x66; 20]);
                assert!(!wrong, "cut at {at}: {found:?}");
                assert!(!matches!(found.key, Key::None { .. }), "cut at {at}");
            }
        }
    }
}

const VERIFY: &str = "My \"Personal\"
================ Certificate 0 ================
Serial Number: 1a2b
Issuer: CN=Old CA
 NotBefore: 13.01.2024 01:00
 NotAfter: 13.01.2025 01:00
Subject: CN=www.example
Non-root Certificate
Cert Hash(sha1): 6666666666666666666666666666666666666666
  Key Container = abc
  Provider = Microsoft Software Key Storage Provider
Encryption test passed
Verified Issuance Policies: None
dwFlags = CA_VERIFY_FLAGS_CONSOLE_TRACE (0x20000000)
ChainFlags = CERT_CHAIN_REVOCATION_CHECK_CHAIN_EXCLUDE_ROOT (0x40000000)
HCCE_LOCAL_MACHINE
CERT_CHAIN_POLICY_BASE
-------- CERT_CHAIN_CONTEXT --------
ChainContext.dwErrorStatus = CERT_TRUST_IS_NOT_TIME_VALID (0x1)
ChainContext.dwErrorStatus = CERT_TRUST_IS_UNTRUSTED_ROOT (0x21)

CertContext[0][0]: dwInfoStatus=104 dwErrorStatus=1
  Issuer: CN=Old CA
  NotBefore: 13.01.2024 01:00
  NotAfter: 13.01.2025 01:00
  Subject: CN=www.example
  Serial: 1a2b
  6666666666666666666666666666666666666666
  Element.dwInfoStatus = CERT_TRUST_HAS_NAME_MATCH_ISSUER (0x4)
  Element.dwErrorStatus = CERT_TRUST_IS_NOT_TIME_VALID (0x1)

CertContext[0][1]: dwInfoStatus=10c dwErrorStatus=20
  Issuer: CN=Old CA
  Subject: CN=Old CA
  Serial: 01
  77 77 77 77 77 77 77 77 77 77 77 77 77 77 77 77 77 77 77 77
  Element.dwErrorStatus = CERT_TRUST_IS_UNTRUSTED_ROOT (0x20)

Exclude leaf cert:
  8888888888888888888888888888888888888888
------------------------------------
A required certificate is not within its validity period. 0x800b0101 (-2146762495 CERT_E_EXPIRED)
------------------------------------
CertUtil: -verifystore command completed successfully.
";

#[test]
fn verdict_of_a_chain() {
    let found = certificate(VERIFY);
    assert_eq!(found.not_before.as_ref().and_then(|stamp| stamp.local).map(|time| time.day), Some(13));
    let chain = found.chain.as_ref().unwrap();
    assert_eq!((chain.error, chain.names.len()), (Some(0x21), 2));
    assert_eq!(chain.elements.len(), 2);
    assert_eq!((chain.elements[1].place, chain.elements[1].error, chain.elements[1].info), ((0, 1), 0x20, 0x10c));
    assert_eq!(chain.elements[1].sha1.as_ref().and_then(Hash::whole), Some(&[0x77; 20]));
    assert_eq!(chain.elements[0].subject.as_deref(), Some("CN=www.example"));
    assert_eq!(found.codes.iter().map(|code| code.value).collect::<Vec<_>>(), [0x800b_0101]);
    assert!(matches!(found.key, Key::Has(_)), "{:?}", found.key);
    assert_eq!(found.key.info().unwrap().provider.as_deref(), Some("Microsoft Software Key Storage Provider"));
}

#[test]
fn containers_of_a_provider() {
    let text = format!(
        "C:\\>certutil -key\nMicrosoft Strong Cryptographic Provider:\n  iisConfigurationKey\n  {UNIQUE}\n  RSA\n      AT_KEYEXCHANGE\n\n  \
         tp-29\n      AT_SIGNATURE\n\nMicrosoft Software Key Storage Provider:\n  le-1\n  RSA\nCertUtil: -key 명령이 완료되었습니다.\n"
    );
    let read = read_str(&text);
    let found = &read.runs[0].containers;
    assert_eq!(found.len(), 3, "{found:?}");
    assert_eq!(
        (found[0].name.as_str(), found[0].unique.as_deref(), found[0].specs.as_slice()),
        ("iisConfigurationKey", Some(UNIQUE), ["AT_KEYEXCHANGE".to_owned()].as_slice())
    );
    assert_eq!(found[1].specs, ["AT_SIGNATURE"]);
    assert_eq!(
        (found[2].provider.as_deref(), found[2].algorithm.as_deref()),
        (Some("Microsoft Software Key Storage Provider"), Some("RSA"))
    );
}

#[test]
fn broken_and_lost_lines() {
    // A console of 80 columns breaks the name of the key file and a long subject.
    let text = make::store(&Labels::of("en"), "My", "Personal", &[with_key()]);
    let broken = text.replace(&UNIQUE[50..], &format!("\r\n{}", &UNIQUE[50..]));
    assert_eq!(certificate(&broken).key.info().unwrap().unique.as_deref(), Some(UNIQUE));
    let subject = format!("CN=www.example.kr, OU={}", "x".repeat(90));
    let mut made = with_key();
    made.subject = subject.clone();
    let text = make::store(&Labels::of("en"), "My", "Personal", &[made]);
    let line = format!("Subject: {subject}");
    let broken = text.replace(&line, &format!("{}\r\n{}", &line[..80], &line[80..]));
    assert_eq!(certificate(&broken).subject.as_deref(), Some(subject.as_str()));
    // Line ends lost: separators and the hash are still found.
    let one = make::store(&Labels::of("en"), "My", "Personal", &[with_key(), without_key()]).replace("\r\n", " ");
    let read = read_str(&one);
    assert!(recognise(&Text::new(&one)));
    assert_eq!(read.runs.iter().map(|run| run.certificates.len()).sum::<usize>(), 2, "{read:?}");
}

#[test]
fn lists_are_counted_and_keys_are_not_kept() {
    let text = "CA \"Intermediate\"
================ CRL 0 ================
Issuer:
    OU=Publishers
 ThisUpdate: 3/24/2001 5:00 AM
 NextUpdate: 1/8/2004 3:59 PM
CRL Entries: 2
CRL Hash(sha1): a377d1b1c0538833035211f4083d00fecc414dab
-----BEGIN PRIVATE KEY-----
MIIE
-----END PRIVATE KEY-----
-----BEGIN CERTIFICATE-----
MIIB
-----END CERTIFICATE-----
CertUtil: -store command completed successfully.
";
    let read = read_str(text);
    assert_eq!((read.runs[0].lists, read.runs[0].certificates.len()), (1, 0), "{read:?}");
    assert_eq!(read.private_keys, [9]);
    assert_eq!((read.pem.len(), read.pem[0].complete), (1, true));
    assert!(!format!("{read:?}").contains("MIIE"));
}

#[test]
fn long_texts_take_linear_time() {
    let block = make::store(&Labels::of("en"), "My", "Personal", &[with_key(), without_key()]);
    let text = block.repeat(5_000);
    let start = std::time::Instant::now();
    assert_eq!(read_str(&text).runs.len(), 5_000);
    assert!(start.elapsed().as_secs() < 5);
    let rules = "================ x ================ ".repeat(200_000);
    let _ = read_str(&rules);
    let _ = read_str(&"Cert Hash(sha1): a\n".repeat(300_000));
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn files_of_the_corpus() {
    let Ok(corpus) = std::env::var("TLSDIAG_CORPUS") else {
        println!("skipped: TLSDIAG_CORPUS is not set");
        return;
    };
    let folder = std::path::Path::new(&corpus).join("windows-text");
    let mut seen = 0;
    for folder in [folder.clone(), folder.join("encoded")] {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if !path.is_file() || name == "INDEX.tsv" {
                continue;
            }
            let decoded = decode(&std::fs::read(&path).unwrap());
            let text = Text::new(&decoded.text);
            assert_eq!(recognise(&text), name.starts_with("certutil"), "{name}");
            if !name.starts_with("certutil") {
                continue;
            }
            seen += 1;
            check(&name, &read(&text));
        }
    }
    assert!(seen >= 18, "{seen}");
}

fn check(name: &str, read: &Certutil) {
    let run = &read.runs[0];
    let keys: Vec<&Key> = run.certificates.iter().map(|certificate| &certificate.key).collect();
    let hashes =
        run.certificates.iter().filter(|found| found.sha1.as_ref().is_some_and(|hash| hash.whole().is_some())).count();
    match name.split('.').next().unwrap() {
        "certutil-dump-pfx" => {
            assert_eq!((hashes, keys.len()), (2, 2), "{name}");
            assert!(matches!(keys[0], Key::None { .. }) && matches!(keys[1], Key::Has(_)), "{name}: {keys:?}");
            assert_eq!(run.certificates[1].subject.as_deref(), Some("CN=*.example.com"), "{name}");
            assert_eq!(run.certificates[1].number, Some(3));
        }
        "certutil-failed" => assert_eq!(run.outcome.as_ref().unwrap().code.as_ref().unwrap().value, 0x8009_0011),
        "certutil-repairstore-command" => {
            let command = run.command.as_ref().unwrap();
            assert_eq!((command.verb.as_str(), command.faults[0]), ("repairstore", PasteFault::Dash('–')));
            assert!(Hash::<20>::read(&command.arguments[1], 1).whole().is_some());
        }
        "certutil-repairstore" => {
            assert_eq!(hashes, 1);
            let info = keys[0].info().unwrap();
            assert_eq!((info.container.as_deref(), info.key_spec), (Some("myDemoCA"), Some(0)));
            assert_eq!(run.outcome.as_ref().unwrap().verb, "repairstore");
        }
        "certutil-store-v" => {
            let info = keys[0].info().unwrap();
            assert_eq!((info.key_spec, info.flags, info.provider_type), (Some(2), Some(0x20), Some(1)));
            assert_eq!(info.container.as_deref(), Some("{00F81886-5F70-430A-939C-BB7DD58ECE2A}"));
            assert!(info.unique.is_some());
        }
        "certutil-store" => {
            let first = &run.certificates[0];
            assert_eq!(hashes, run.certificates.len());
            if !name.contains(".ja.") {
                assert_eq!(
                    (first.serial.as_deref(), first.subject.as_deref()),
                    (Some("1a2b3c4d5e"), Some("CN=www.example.com")),
                    "{name}"
                );
                assert_eq!(first.key.info().unwrap().container.as_deref(), Some("tokentimer-job-1-abcd1234"), "{name}");
                assert_eq!(first.not_after.as_ref().and_then(|stamp| stamp.local).map(|time| time.year), Some(2027));
                assert_eq!(run.store.as_ref().unwrap().name, "My");
            } else {
                assert_eq!(keys, [&Key::NotTold]);
            }
            if name.contains(".en.") {
                assert!(matches!(keys[1], Key::None { line: 24 }), "{keys:?}");
            }
        }
        _ => panic!("{name} is not checked"),
    }
}

/// Words of any script, colons inside.
fn word() -> impl Strategy<Value = String> {
    let part = prop_oneof![
        "[a-zäöüéñ]{1,8}",
        "[가-힣]{1,6}",
        "[あ-ん一-龥]{1,6}",
        "[а-яё]{1,8}",
        "[ａ-ｚ]{1,5}",
        "[א-ת]{1,6}",
        "[a-z]{1,4}:[a-z]{1,4}"
    ];
    proptest::collection::vec(part, 1..4).prop_map(|parts| parts.join(" "))
}

proptest! {
    #[test]
    fn random_words_change_nothing(words in proptest::collection::vec(word(), 16), gap in prop_oneof![Just(""), Just(" "), Just("\u{a0}"), Just("\u{3000}")]) {
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let made = [with_key(), without_key(), with_key()];
        let expected = facts(&read_str(&make::store(&Labels::of("en"), "My", "Personal", &made)));
        let text = make::store(&Labels::new(&words, gap), "My", "x", &made);
        prop_assert_eq!(facts(&read_str(&text)), expected, "{}", text);
    }

    #[test]
    fn a_cut_anywhere_never_invents(at in any::<prop::sample::Index>(), language in prop_oneof![Just("ko"), Just("en"), Just("fr")]) {
        let text = make::store(&Labels::of(language), "My", "Personal", &[with_key(), without_key(), with_key()]);
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        let whole = read_str(&text);
        let cut = read_str(&text[..at]);
        let all = |read: &Certutil| read.runs.iter().flat_map(|run| run.certificates.clone()).collect::<Vec<_>>();
        for (found, whole) in all(&cut).iter().zip(all(&whole)) {
            if let Some(hash) = found.sha1.as_ref().and_then(Hash::whole) {
                prop_assert_eq!(Some(hash), whole.sha1.as_ref().and_then(Hash::whole));
            }
            let none = matches!(whole.key, Key::None { .. });
            let says_none = matches!(found.key, Key::None { .. });
            prop_assert!(!says_none || none);
        }
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}", lines in proptest::collection::vec(prop_oneof![
        Just("================ 1 ================"), Just("---- 1 ----"), Just("a: CN=x"), Just("a(sha1): 00"), Just("  a = b"), Just("CertUtil: -"),
        Just("CertUtil: -key"), Just("CERT_X_PROP_ID(2):"), Just("CERT_X_PROP_ID(3):"), Just("CertContext[0][0]: dwInfoStatus=1 dwErrorStatus=2"),
        Just("ChainContext.dwErrorStatus = CERT_TRUST_X (0x)"), Just("C:\\>certutil -store \"my"), Just("-----BEGIN CERTIFICATE-----"), Just("MII"),
        Just("_"), Just("1/1/2026 0:00"), Just("2.5.29.17: Flags"), Just("x Provider:"), Just("=")
    ], 0..30)) {
        let _ = read_str(&format!("{text}\n{}\n{text}", lines.join("\n")));
        let _ = read_str(&lines.join(&text));
    }
}
