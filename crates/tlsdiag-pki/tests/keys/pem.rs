//! PEM in the shapes that people have it: what is read, what is said about it, and whether openssl reads it too.
use crate::support::*;
use tlsdiag_pki::pem::{Kind, Oddity, PemFault, blocks, looks_like_pem};

fn certificate(f: &Folder) -> String {
    f.openssl(
        "req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout k.pem -out c.pem -subj /CN=x -days 30",
    );
    String::from_utf8(f.read("c.pem")).unwrap()
}

fn utf16(text: &str, mark: bool, big: bool) -> Vec<u8> {
    let units = mark.then_some(0xfeff).into_iter().chain(text.encode_utf16());
    units.flat_map(|u| if big { u.to_be_bytes() } else { u.to_le_bytes() }).collect()
}

/// One certificate in many shapes. What is read is always the same; whether openssl reads it is what we say.
#[test]
fn shapes_and_openssl() {
    let f = Folder::new();
    let plain = certificate(&f);
    let whole = blocks(plain.as_bytes())[0].content.clone().unwrap();
    let base64: String = plain.lines().filter(|l| !l.starts_with('-')).collect();
    let lines = |n: usize| base64.as_bytes().chunks(n).map(|c| String::from_utf8_lossy(c) + "\n").collect::<String>();
    let around = |body: &str| format!("-----BEGIN CERTIFICATE-----\n{body}-----END CERTIFICATE-----\n");
    let unpadded = around(
        &plain
            .lines()
            .filter(|l| !l.starts_with('-'))
            .map(|l| l.trim_end_matches('=').to_owned() + "\n")
            .collect::<String>(),
    );
    let pads = base64.ends_with('=');
    let shapes: Vec<(&str, Vec<u8>, Vec<Oddity>)> = vec![
        ("plain", plain.clone().into(), vec![]),
        ("CR LF", plain.replace('\n', "\r\n").into(), vec![Oddity::CrLf]),
        ("lone CR", plain.replace('\n', "\r").into(), vec![Oddity::LoneCr]),
        ("no final newline", plain.trim_end().into(), vec![]),
        ("text around", format!("subject=x\n\n{plain}more\n").into(), vec![]),
        ("UTF-8 mark", format!("\u{feff}{plain}").into(), vec![Oddity::ByteOrderMark]),
        ("UTF-8 mark, text first", format!("\u{feff}text\n{plain}").into(), vec![]),
        ("UTF-16LE", utf16(&plain, true, false), vec![Oddity::Utf16]),
        ("UTF-16BE", utf16(&plain, true, true), vec![Oddity::Utf16]),
        ("UTF-16LE without mark", utf16(&plain, false, false), vec![Oddity::Utf16]),
        ("UTF-16BE without mark", utf16(&plain, false, true), vec![Oddity::Utf16]),
        ("lines of 76", around(&lines(76)).into(), vec![Oddity::LongLines]),
        ("lines of 40", around(&lines(40)).into(), vec![]),
        ("one line of base64", around(&lines(10_000)).into(), vec![Oddity::LongLines]),
        (
            "all in one line",
            format!("-----BEGIN CERTIFICATE-----{base64}-----END CERTIFICATE-----\n").into(),
            vec![Oddity::OneLine, Oddity::LongLines],
        ),
        (
            "blanks for newlines",
            plain.trim_end().replace('\n', " ").into(),
            vec![Oddity::OneLine, Oddity::Blanks, Oddity::LongLines],
        ),
        ("written-out newlines", plain.trim_end().replace('\n', "\\n").into(), vec![Oddity::EscapedLineEnds]),
        (
            "JSON",
            format!("{{\"crt\": \"{}\"}}\n", plain.replace('\n', "\\n").replace('/', "\\/").replace('+', "\\u002B"))
                .into(),
            [
                vec![Oddity::TextBeforeMarker, Oddity::EscapedLineEnds],
                if base64.contains(['+', '/']) { vec![Oddity::Quoted] } else { vec![] },
            ]
            .concat(),
        ),
        (
            "YAML",
            format!("tls:\n  crt: |\n{}", plain.lines().map(|l| format!("    {l}\n")).collect::<String>()).into(),
            vec![Oddity::Indented],
        ),
        (
            "quoted mail",
            plain.lines().map(|l| format!("> {l}\n")).collect::<String>().into(),
            vec![Oddity::TextBeforeMarker, Oddity::Prefixed],
        ),
        (
            "source code",
            plain.lines().map(|l| format!("  \"{l}\\n\" +\n")).collect::<String>().into(),
            vec![Oddity::TextBeforeMarker, Oddity::EscapedLineEnds, Oddity::Quoted],
        ),
        ("four dashes", plain.replace("-----B", "----B").into(), vec![Oddity::Dashes]),
        ("six dashes", plain.replace("E-----", "E------").into(), vec![Oddity::Dashes]),
        ("dashes of a word processor", plain.replace("-----", "—–-").into(), vec![Oddity::Dashes]),
        ("no dashes behind the labels", plain.replace("CERTIFICATE-----", "CERTIFICATE").into(), vec![Oddity::Dashes]),
        ("blank behind BEGIN", plain.replace("CERTIFICATE-----", "CERTIFICATE-----  ").into(), vec![]),
        (
            "text behind BEGIN",
            plain.replacen("CERTIFICATE-----", "CERTIFICATE----- x", 1).into(),
            vec![Oddity::TextAfterMarker],
        ),
        ("an empty line before the base64", plain.replacen("\nMII", "\n\nMII", 1).into(), vec![]),
        (
            "an empty line behind the base64",
            plain.replace("\n-----END", "\n\n-----END").into(),
            vec![Oddity::BlankLines],
        ),
        ("an empty line in the base64", around(&lines(64).replacen('\n', "\n\n", 1)).into(), vec![Oddity::BlankLines]),
        ("every other line empty", plain.replace('\n', "\n\n").into(), vec![Oddity::BlankLines]),
        ("indented base64", plain.replace("\nM", "\n M").into(), vec![Oddity::Blanks]),
        ("blanks behind base64", around(&lines(64).replace('\n', "  \n")).into(), vec![]),
        ("a zero-width space", plain.replacen("\nMII", "\n\u{200b}MII", 1).into(), vec![Oddity::Invisible]),
        ("no padding", unpadded.into(), if pads { vec![Oddity::NoPadding] } else { vec![] }),
        ("old label", plain.replace("CERTIFICATE", "X509 CERTIFICATE").into(), vec![]),
        ("trusted", f.openssl("x509 -in c.pem -trustout -addtrust serverAuth"), vec![]),
    ];
    let mut wrong = Vec::new();
    for (name, text, expected) in shapes {
        let found = blocks(&text);
        assert!(looks_like_pem(&text), "{name}");
        assert_eq!(found.len(), 1, "{name}: {found:?}");
        let b = &found[0];
        assert_eq!(b.kind, Kind::Certificate, "{name}");
        if !b.content.as_ref().is_ok_and(|c| c.starts_with(&whole)) {
            wrong.push(format!("{name}: {:?}", b.content.as_ref().map(|c| c.len())));
        }
        if b.oddities != expected {
            wrong.push(format!("{name}: {:?} instead of {expected:?}", b.oddities));
        }
        f.write("s.pem", &text);
        let reads = f.try_openssl(&["x509", "-in", "s.pem", "-noout"]).is_ok();
        let refused = b.oddities.iter().any(|o| o.refused_by_openssl());
        if reads == refused {
            wrong.push(format!("{name}: openssl reads it: {reads}, we say {:?}", b.oddities));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_joined_without_a_newline() {
    let f = Folder::new();
    let plain = certificate(&f);
    let joined = format!("{}{}", plain.trim_end(), plain);
    let found = blocks(joined.as_bytes());
    assert_eq!(found.len(), 2);
    assert!(found.iter().all(|b| b.content.is_ok()), "{found:?}");
    assert_eq!(found[1].oddities, [Oddity::BeginAfterEnd]);
    assert!(Oddity::BeginAfterEnd.refused_by_openssl());
    let line = joined.lines().position(|l| l.contains("----------")).unwrap() + 1;
    assert_eq!((found[0].end_line, found[1].line), (line, line));
    f.write("j.pem", &joined);
    // openssl stops at the first block already.
    assert!(f.try_openssl(&["x509", "-in", "j.pem", "-noout"]).is_err());
}

#[test]
fn bags_headers_and_foreign_keys() {
    let text = "Bag Attributes\n    friendlyName: my site\n    localKeyID: 01 02\nsubject=CN = x\n\
        -----BEGIN ENCRYPTED PRIVATE KEY-----\nAQID\n-----END ENCRYPTED PRIVATE KEY-----\n\
        -----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n\nBAUG\n-----END RSA PRIVATE KEY-----\n\
        -----BEGIN OPENSSH PRIVATE KEY-----\nAQID\n-----END OPENSSH PRIVATE KEY-----\n\
        ssh-ed25519 AAAAC3NzaC1lZDI1NTE5 me@here\n\
        ---- BEGIN SSH2 PUBLIC KEY ----\nComment: \"x\"\nAAAA\n---- END SSH2 PUBLIC KEY ----\n\
        -----BEGIN PGP PUBLIC KEY BLOCK-----\nVersion: 2\n\nAQID\n=AAAA\n-----END PGP PUBLIC KEY BLOCK-----\n\
        -----BEGIN NEW CERTIFICATE REQUEST-----\nAQID\n-----END NEW CERTIFICATE REQUEST-----\n\
        -----BEGIN RSA PRIVATE KEY----- Proc-Type: 4,ENCRYPTED DEK-Info: AES-128-CBC,0A BAUG -----END RSA PRIVATE KEY-----\n";
    let found = blocks(text.as_bytes());
    let kinds: Vec<Kind> = found.iter().map(|b| b.kind).collect();
    use Kind::*;
    assert_eq!(
        kinds,
        [
            EncryptedPrivateKey,
            EncryptedPrivateKey,
            OpenSshPrivateKey,
            Ssh,
            Ssh,
            Pgp,
            CertificateRequest,
            EncryptedPrivateKey
        ]
    );
    let pairs: Vec<(&str, &str)> = found[0].attributes.iter().map(|(k, v)| (k.as_ref(), v.as_ref())).collect();
    assert_eq!(pairs, [("friendlyName", "my site"), ("localKeyID", "01 02"), ("subject", "CN = x")]);
    assert_eq!(found[1].headers[1], ("DEK-Info".into(), "AES-128-CBC,00".into()));
    assert_eq!((found[3].label.as_ref(), found[3].line), ("ssh-ed25519", 17));
    assert_eq!(found[7].headers[1], ("DEK-Info".into(), "AES-128-CBC,0A".into()));
    assert_eq!(found[7].content.as_deref().map(|c| c.as_slice()), Ok(&[4, 5, 6][..]));
    assert!(!format!("{found:?}").contains("[4, 5, 6]"));
}

#[test]
fn damage_is_located() {
    let fault = |text: &str| {
        blocks(text.as_bytes())[0].content.clone().map(|_| ()).map_err(|e| (e.line, e.offset, e.fault)).unwrap_err()
    };
    let b = "-----BEGIN CERTIFICATE-----\n";
    let e = "-----END CERTIFICATE-----\n";
    assert_eq!(fault(&format!("{b}AQID\nAQ*D\n{e}")), (3, 35, PemFault::Base64));
    assert_eq!(fault(&format!("{b}AQID\nAQI\u{ac00}\n{e}")), (3, 36, PemFault::Base64));
    assert_eq!(fault(&format!("{b}AQID\nA=QD\n{e}")), (3, 35, PemFault::Base64));
    assert_eq!(fault(&format!("{b}AQID\nAQIDA\n{e}")), (4, 39, PemFault::Base64Cut));
    assert_eq!(fault(&format!("\n\n{b}AQID\n")), (3, 2, PemFault::NoEnd));
    assert_eq!(fault(&format!("{b}AQID\n{b}AQID\n{e}")), (1, 0, PemFault::NoEnd));
    assert_eq!(fault(&format!("{b}AQID\n-----END CERT-----\n")), (3, 33, PemFault::OtherEnd));
    assert_eq!(fault(&format!("{b}{e}")), (1, 0, PemFault::Empty));
    assert_eq!(fault(&format!("{b}\n\n{e}")), (1, 0, PemFault::Empty));
    // The offset is that of the UTF-16 text.
    let wide = utf16(&format!("{b}AQID\nAQ*D\n{e}"), true, false);
    let error = blocks(&wide)[0].content.clone().unwrap_err();
    assert_eq!((error.offset, error.line), (2 + 2 * 35, 3));
    assert!(!looks_like_pem(b"just text -- END of it") && blocks(b"-- BEGIN x").is_empty());
}
