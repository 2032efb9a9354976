//! Writes the seeds of the fuzz target `iis_config`: `cargo run -p tlsdiag-serverconf --example iis_seeds -- fuzz/corpus`.
//! A second run writes the same octets.
use std::path::PathBuf;
use tlsdiag_serverconf::iis::make::{MadeSite, application_host};

const WEB: &str = r#"<?xml version="1.0"?>
<configuration><system.webServer>
  <security><access sslFlags="Ssl, SslNegotiateCert" /></security>
  <httpRedirect enabled="true" destination="https://www.example.kr" httpResponseStatus="Permanent" />
  <httpProtocol><customHeaders><add name="Strict-Transport-Security" value="max-age=31536000" /></customHeaders></httpProtocol>
  <rewrite><rules><rule name="to https" stopProcessing="true"><match url="(.*)" />
    <conditions><add input="{HTTPS}" pattern="^OFF$" /></conditions>
    <action type="Redirect" url="https://{HTTP_HOST}/{R:1}" redirectType="Permanent" /></rule></rules></rewrite>
</system.webServer></configuration>
"#;
const SHARED: &str = r#"<configuration><configurationRedirection enabled="true" path="\\share\iis" userName="EX\web" password="secret" /></configuration>"#;
const LISTED: &str =
    r#"<appcmd><SITE SITE.NAME="웹" SITE.ID="1" bindings="https/*:443:www.example.kr" state="Started" /></appcmd>"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let folder = PathBuf::from(std::env::args().nth(1).ok_or("usage: iis_seeds FOLDER")?).join("iis_config");
    std::fs::create_dir_all(&folder)?;
    let site = MadeSite {
        name: "웹".to_owned(),
        id: 1,
        pool: "Pool".to_owned(),
        auto_start: true,
        bindings: vec![
            ("http".to_owned(), "*:80:".to_owned(), None),
            ("https".to_owned(), "*:443:www.example.kr".to_owned(), Some(1)),
            ("net.tcp".to_owned(), "808:*".to_owned(), None),
        ],
        certificate: Some(("ab".repeat(20), "My".to_owned())),
        access: Some("Ssl".to_owned()),
        old_hash: Some("q6urq6urq6urq6urq6urq6urq6s=".to_owned()),
    };
    let pool = ("Pool".to_owned(), Some("SpecificUser".to_owned()), Some("EX\\web".to_owned()));
    let host = application_host(&[site], &[pool]);
    let wide: Vec<u8> = [0xfeff].into_iter().chain(host.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let cut: String = host.chars().take(host.chars().count() / 2).collect();
    let lost = host.replacen("</site>", "", 1).replacen("\" />", " />", 1);
    for (name, octets) in [
        ("host", host.as_bytes()),
        ("wide", wide.as_slice()),
        ("cut-off", cut.as_bytes()),
        ("lost", lost.as_bytes()),
        ("web", WEB.as_bytes()),
        ("shared", SHARED.as_bytes()),
        ("listed", LISTED.as_bytes()),
    ] {
        std::fs::write(folder.join(name), octets)?;
    }
    Ok(())
}
