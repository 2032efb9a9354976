//! Private keys are handed on and stand in no fact; passwords stand nowhere.
use crate::{alone, joined, read, rows, server};
use std::io::{Cursor, Write};
use tlsdiag_casebook::server::{site, utf8, utf16};
use tlsdiag_evidence::Evidence;
use tlsdiag_model::facts::{Pool, SiteBinding};
use tlsdiag_winfiles::registry::make::export::Form;
use tlsdiag_winfiles::text::make::Words;

const PASSWORDS: [&str; 6] =
    ["hunter2-store", "hunter2-pfx", "hunter2-pool", "hunter2-vdir", "hunter2-share", "hunter2-site"];

/// Everything that could be shown or kept.
fn all_that_is_said(evidence: Evidence) -> String {
    let mut said = format!("{:?}\n{:?}\n", evidence.notes, evidence.fragments);
    let (case, _) = joined(evidence);
    let files = tlsdiag_model::bundle::write(&case, "test", 0, None).unwrap();
    files.values().for_each(|octets| said.push_str(&String::from_utf8_lossy(octets)));
    said
}

#[test]
fn keys_in_an_archive_are_handed_on_alone() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
    let pem = format!("-----BEGIN PRIVATE KEY-----\n{body}\n-----END PRIVATE KEY-----\n");
    // the outer shape of a PKCS #12 file: SEQUENCE, version 3, signed or plain data
    let mut pfx = vec![0x30, 0x82, 0x08, 0x10, 0x02, 0x01, 0x03, 0x30, 0x82, 0x07, 0xd6];
    pfx.extend((0..2069).map(|k| (k * 31 % 251) as u8));
    let mut w = zip::ZipWriter::new(Cursor::new(vec![]));
    let how = zip::write::SimpleFileOptions::default();
    let files: [(&str, &[u8]); 4] = [
        ("keys/server.key", pem.as_bytes()),
        ("keys/shop.pfx", &pfx),
        ("wide.pem", &utf16(&pem)),
        ("netsh.txt", &utf8(&server().netsh(&Words::english()))),
    ];
    for (name, octets) in files {
        w.start_file(name, how).unwrap();
        w.write_all(octets).unwrap();
    }
    let e = alone("case.zip", &w.finish().unwrap().into_inner());
    assert_eq!(e.fragments.len(), 1);
    for (name, octets) in &files[..3] {
        let found = e.unpacked.iter().find(|(path, _)| path.ends_with(name)).unwrap_or_else(|| panic!("{name}"));
        assert_eq!(&found.1[..], *octets, "{name}");
    }
    assert!(!all_that_is_said(e).contains(body));
}

#[test]
fn a_key_pasted_behind_a_listing_is_in_no_fact() {
    let body = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7";
    let text = format!(
        "{}\r\n-----BEGIN RSA PRIVATE KEY-----\r\n{body}\r\n-----END RSA PRIVATE KEY-----\r\n{}",
        server().netsh(&Words::english()),
        server().netstat(&Words::english())
    );
    let e = alone("all.txt", &utf8(&text));
    assert_eq!(e.fragments[0].case.bindings.len(), 2);
    assert_ne!(e.fragments[0].not_understood, [], "{text}");
    assert!(!all_that_is_said(e).contains(body));
}

#[test]
fn passwords_of_the_central_store() {
    let mut s = server();
    let ccs = s.software.at(r"Microsoft\IIS\CentralCertProvider");
    ccs.dword("Enabled", 1)
        .text("CertStoreLocation", r"\\files01\certs")
        .text("UserName", r"CONTOSO\ccs")
        .text("Password", PASSWORDS[0])
        .text("PrivateKeyPassword", PASSWORDS[1]);
    let export = s.reg(r"SOFTWARE\Microsoft\IIS\CentralCertProvider", Form::Five);
    let query = format!(
        "HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider\r\n    Enabled    REG_DWORD    0x1\r\n    CertStoreLocation    REG_SZ    \\\\files01\\certs\r\n    Password    REG_SZ    {}\r\n    PrivateKeyPassword    REG_SZ    {}\r\n",
        PASSWORDS[0], PASSWORDS[1]
    );
    let powershell = format!(
        "Enabled            : 1\r\nCertStoreLocation  : \\\\files01\\certs\r\nPassword           : {}\r\nPrivateKeyPassword : {}\r\nPSPath             : Microsoft.PowerShell.Core\\Registry::HKEY_LOCAL_MACHINE\\SOFTWARE\\Microsoft\\IIS\\CentralCertProvider\r\nPSChildName        : CentralCertProvider\r\n",
        PASSWORDS[0], PASSWORDS[1]
    );
    for (name, octets) in [
        ("SOFTWARE", s.software_hive()),
        ("ccs.reg", export),
        ("query.txt", utf8(&query)),
        ("ps.txt", utf8(&powershell)),
    ] {
        let e = alone(name, &octets);
        assert_eq!(e.fragments.len(), 1, "{name}");
        let said = all_that_is_said(e);
        assert!(said.contains("files01"), "{name}: the location was not read");
        for password in PASSWORDS {
            assert!(!said.contains(password), "{name}: {password} is told");
        }
    }
}

#[test]
fn passwords_of_a_configuration() {
    let mut s = server();
    s.sites = vec![site("shop", 1, &[("https", "*:443:shop.example", Some(0))])];
    let config = s
        .config()
        .replace(
            "identityType=\"ApplicationPoolIdentity\"",
            &format!("identityType=\"SpecificUser\" userName=\"CONTOSO\\pool\" password=\"{}\"", PASSWORDS[2]),
        )
        .replace("<virtualDirectory ", &format!("<virtualDirectory userName=\"u\" password=\"{}\" ", PASSWORDS[3]))
        .replace("</sites>", &format!("<configurationRedirection enabled=\"true\" path=\"\\\\s\\c\" userName=\"u\" password=\"{}\" /></sites>", PASSWORDS[4]));
    assert!(PASSWORDS[2..5].iter().all(|p| config.contains(p)));
    let appcmd = format!(
        "<appcmd><SITE SITE.NAME=\"shop\" SITE.ID=\"1\" bindings=\"https/*:443:shop.example\" state=\"Started\"><site name=\"shop\" id=\"1\"><application path=\"/\"><virtualDirectory path=\"/\" password=\"{}\" /></application><bindings><binding protocol=\"https\" bindingInformation=\"*:443:shop.example\" /></bindings></site></SITE></appcmd>",
        PASSWORDS[5]
    );
    let at = config.find(PASSWORDS[3]).unwrap();
    let texts = [
        config.clone(),
        appcmd,
        // cut within the password, and damaged beside it
        config[..at + 9].to_owned(),
        config.replacen("path=\"/\" userName", "path=\"/\" <userName", 1),
        config.replace(&format!("{}\"", PASSWORDS[2]), PASSWORDS[2]),
        config.replace("password=", "password:"),
    ];
    for (k, text) in texts.iter().enumerate() {
        let e = alone("applicationHost.config", &utf8(text));
        assert_eq!(e.fragments.len(), 1, "{k}");
        if k == 0 {
            assert_eq!(rows::<Pool>(&e.fragments[0].case)[0].what.identity.as_deref(), Some("CONTOSO\\pool"));
            assert_eq!(rows::<SiteBinding>(&e.fragments[0].case).len(), 1);
        }
        let said = all_that_is_said(e);
        for password in PASSWORDS.iter().map(|p| &p[..9]) {
            assert!(
                !said.contains(password.get(..8).unwrap()),
                "{k}: {password} is told: {}",
                around(&said, &password[..8])
            );
        }
    }
}

fn around<'a>(text: &'a str, what: &str) -> &'a str {
    let at = text.find(what).unwrap();
    &text[text.floor_char_boundary(at.saturating_sub(150))..text.ceil_char_boundary((at + 60).min(text.len()))]
}

#[test]
fn a_password_typed_on_a_command_line() {
    let text = format!(
        "C:\\>certutil -p {} -importpfx shop.pfx\r\nC:\\>netsh http show sslcert\r\n\r\n{}",
        PASSWORDS[1],
        server().netsh(&Words::english())
    );
    let dir = crate::folder([("console.txt", utf8(&text))]);
    let said = all_that_is_said(read(dir.path()));
    assert!(!said.contains(PASSWORDS[1]), "{}", around(&said, PASSWORDS[1]));
}
