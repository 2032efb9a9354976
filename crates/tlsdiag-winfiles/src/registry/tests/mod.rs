//! Tests of the registry readers: what the makers wrote is read back, what is damaged is told, what others wrote is read.
mod blobs;
mod corpus;
mod foreign;
mod hives;
mod texts;

use super::make::MadeKey;
use super::model::Kind;

/// A SYSTEM hive as small as it can be, with what TLS has in it.
fn system() -> MadeKey {
    let mut root = MadeKey::new("ROOT");
    root.at("Select").dword("Current", 2).dword("Default", 2).dword("LastKnownGood", 1);
    for set in ["ControlSet001", "ControlSet002"] {
        let schannel = format!("{set}\\Control\\SecurityProviders\\SCHANNEL");
        root.at(&schannel).dword("EventLogging", 7);
        root.at(&format!("{schannel}\\Ciphers\\RC4 128/128")).dword("Enabled", 0);
        let on = u32::from(set.ends_with('2'));
        root.at(&format!("{schannel}\\Protocols\\TLS 1.2\\Server")).dword("Enabled", on).dword("DisabledByDefault", 0);
        let http = format!("{set}\\Services\\HTTP");
        root.at(&http).dword("Start", 3).text("ImagePath", "system32\\drivers\\HTTP.sys");
        root.at(&format!("{http}\\Parameters")).texts("ListenOnlyList", &["10.0.0.5", "::1"]);
        let record = root.at(&format!("{http}\\Parameters\\SslBindingInfo\\0.0.0.0:443"));
        record.binary("SslCertHash", &[0xab; 20]).text("SslCertStoreName", "MY");
        record.binary(
            "AppId",
            &[0x81, 0xe1, 0xc3, 0x4d, 0x4b, 0xa1, 0x21, 0x4b, 0xb0, 0x22, 0x59, 0xfc, 0x66, 0x9b, 0x09, 0x14],
        );
        record
            .dword("DefaultSslCertCheckMode", 1)
            .dword("DefaultFlags", 2)
            .dword("DefaultSslRevocationFreshnessTime", 0);
        record.set("Odd", Kind(0x1_0000), b"x");
        let sni = root.at(&format!("{http}\\Parameters\\SslSniBindingInfo\\{{0d7a2d5c-0000-0000-0000-000000000001}}"));
        sni.text("HostnamePort", "www.example.com:443")
            .binary("SslCertHash", &[])
            .text("SslCertStoreName", "WebHosting");
    }
    root.at("MountedDevices").binary("\\DosDevices\\C:", &[1; 12]);
    root
}
