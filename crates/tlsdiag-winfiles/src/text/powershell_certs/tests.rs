//! Certificates and sites in PowerShell's forms.

use proptest::prelude::*;

use super::make::{self, MadeCertificate};
use super::*;

fn made(digit: &str) -> MadeCertificate {
    MadeCertificate {
        thumbprint: digit.repeat(40),
        subject: "CN=www.example.kr, O=예제".into(),
        not_after: "2027-01-01 오전 9:00:00".into(),
        has_private_key: true,
        friendly_name: "가게".into(),
        usages: vec![("서버 인증".into(), "1.3.6.1.5.5.7.3.1".into())],
    }
}

fn read_str(text: &str) -> PowershellCerts {
    read(&Text::new(text))
}

#[test]
fn a_table_with_its_store_in_any_language() {
    for label in ["PSParentPath", "디렉터리", "Verzeichnis"] {
        let read = read_str(&make::table(label, "WebHosting", &[made("A"), made("B")]));
        assert_eq!(read.certificates.len(), 2, "{label}");
        let first = &read.certificates[0];
        assert_eq!((first.location.as_deref(), first.store.as_deref()), (Some("LocalMachine"), Some("WebHosting")));
        assert_eq!((first.thumbprint.whole(), first.line), (Some(&[0xaa; 20]), 7));
        assert_eq!(first.has_private_key, None);
        assert_eq!((read.lines.len(), read.lines[0].clone()), (1, 5..9));
    }
}

#[test]
fn a_list_with_everything() {
    let read = read_str(&make::list(
        "My",
        &[made("c"), MadeCertificate { has_private_key: false, usages: vec![], ..made("d") }],
    ));
    let [first, second] = read.certificates.as_slice() else { panic!("{read:?}") };
    assert_eq!((first.has_private_key, second.has_private_key), (Some(true), Some(false)));
    assert_eq!(first.usages.as_deref(), Some(["1.3.6.1.5.5.7.3.1".to_owned()].as_slice()));
    assert_eq!(second.usages, Some(vec![]));
    let local = first.not_after.as_ref().and_then(|when| when.local).unwrap();
    assert_eq!((local.year, local.clock), (2027, Some((9, 0))));
    assert_eq!((first.friendly_name.as_deref(), first.store.as_deref()), (Some("가게"), Some("My")));
}

#[test]
fn json_holds_the_certificate_itself() {
    let mut der = vec![0x30, 0x82, 0x02, 0x58];
    der.extend(std::iter::repeat_n(7, 600));
    let dated = MadeCertificate { not_after: "/Date(1798761600000)/".into(), ..made("e") };
    let iso = MadeCertificate { not_after: "2027-01-01T09:00:00+09:00".into(), ..made("f") };
    let read = read_str(&make::json("My", &[(dated, der.clone()), (iso, der[..200].to_vec())]));
    let [first, second] = read.certificates.as_slice() else { panic!("{read:?}") };
    assert_eq!(first.der.as_ref(), Some(&der));
    assert_eq!(second.der, None, "cut octets are no certificate");
    let at = |found: &DriveCertificate| found.not_after.as_ref().unwrap().unix_ms;
    assert_eq!((at(first), at(second)), (Some(1_798_761_600_000), Some(1_798_761_600_000)));
    assert_eq!(first.usages.as_ref().unwrap().len(), 1);
    assert!(second.line > first.line && first.line > 1);
}

#[test]
fn sites_and_bindings() {
    let text = "PS C:\\> Get-Website

Name             ID   State      Physical Path                  Bindings
----             --   -----      -------------                  --------
Default Web Site 1    Started    %SystemDrive%\\inetpub\\wwwroot  http *:80:
                                                                https *:443: sslFlags=0
Shop             2    Stopped    D:\\shop                        https 10.0.0.5:8443:shop.example sslFlags=1

PS C:\\> Get-WebBinding

protocol bindingInformation sslFlags
-------- ------------------ --------
http     *:80:                     0
https    *:443:a.example           3

PS C:\\> Get-ChildItem IIS:\\SslBindings

IP Address          Port   Host Name        Store            Sites
----------          ----   ---------        -----            -----
0.0.0.0             443                     My               Default Web Site
                    443    a.example        WebHosting       Shop
";
    let read = read_str(text);
    assert_eq!(read.sites.len(), 2, "{read:?}");
    let first = &read.sites[0];
    assert_eq!((first.name.as_str(), first.id, first.state.as_deref()), ("Default Web Site", Some(1), Some("Started")));
    assert_eq!(
        first.bindings.iter().map(|b| (b.protocol.as_str(), b.ssl_flags)).collect::<Vec<_>>(),
        [("http", None), ("https", Some(0))]
    );
    assert_eq!(read.sites[1].bindings[0].information, "10.0.0.5:8443:shop.example");
    assert_eq!(read.bindings.iter().map(|b| b.ssl_flags).collect::<Vec<_>>(), [Some(0), Some(3)]);
    assert_eq!(read.ssl_bindings.len(), 2);
    assert_eq!(
        (read.ssl_bindings[1].host.as_deref(), read.ssl_bindings[1].store.as_deref()),
        (Some("a.example"), Some("WebHosting"))
    );
    assert!(read.certificates.is_empty());
}

#[test]
fn a_list_of_a_binding_names_its_site() {
    let text = "
protocol             : https
bindingInformation   : *:443:
sslFlags             : 1
certificateHash      : 1A1F948B21A299367791A8E2B23F428C7E47E3D1
certificateStoreName : My
ItemXPath            : /system.applicationHost/sites/site[@name='Shop 1' and @id='2']
";
    let read = read_str(text);
    let binding = &read.bindings[0];
    assert_eq!((binding.site.as_deref(), binding.store.as_deref()), (Some("Shop 1"), Some("My")));
    assert!(binding.hash.as_ref().unwrap().whole().is_some());
}

#[test]
fn other_tables_are_not_taken() {
    let tcp = "LocalAddress LocalPort State\n------------ --------- -----\n0.0.0.0      443       Listen\n";
    assert!(read_str(tcp).is_empty());
    let short = make::list("My", &[MadeCertificate { thumbprint: "ab".repeat(19), ..made("a") }]);
    assert!(matches!(&read_str(&short).certificates[0].thumbprint, Hash::Damaged(damaged) if damaged.line == 3));
}

proptest! {
    #[test]
    fn a_cut_anywhere_never_panics(at in any::<prop::sample::Index>(), form in 0..3_u8) {
        let text = match form {
            0 => make::table("x", "My", &[made("A"), made("B")]),
            1 => make::list("My", &[made("A"), made("B")]),
            _ => make::json("My", &[(made("A"), vec![48, 130, 0, 0])]),
        };
        let mut at = at.index(text.len());
        while !text.is_char_boundary(at) { at -= 1; }
        let _ = read_str(&text[..at]);
    }

    #[test]
    fn arbitrary_text_never_panics(text in "\\PC{0,200}") {
        let _ = read_str(&text);
        let _ = read_str(&format!("Thumbprint Subject\n---------- -------\n{text}\n"));
        let _ = read_str(&format!("Thumbprint : {text}\nNotAfter   : {text}\n"));
        let _ = when(&text);
    }
}
