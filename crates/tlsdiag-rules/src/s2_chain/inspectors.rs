//! Products that open TLS on its way and sign it anew, by what they call their CA.
use tlsdiag_pki::Certificate;

/// What a product's CA has in its name (lower case), and the product.
///
/// These are the names that the vendors' own guides give to the CA that administrators are told to distribute; a renamed
/// CA is not recognised. Words that CAs of another kind carry too (a vendor's name alone) stand with their second word.
const NAMES: &[(&str, &str)] = &[
    ("zscaler", "Zscaler"),
    ("netskope", "Netskope"),
    ("goskope", "Netskope"),
    ("cisco umbrella", "Cisco Umbrella"),
    ("fortigate ca", "FortiGate"),
    ("fortinet_ca_ssl", "FortiGate"),
    ("fortinet untrusted ca", "FortiGate"),
    ("cn=fgt", "FortiGate"),
    ("palo alto networks decryption", "Palo Alto Networks"),
    ("forward trust", "Palo Alto Networks"),
    ("forward untrust", "Palo Alto Networks"),
    ("sophos ssl ca", "Sophos"),
    ("sophos_cert", "Sophos"),
    ("sophos ca", "Sophos"),
    ("sophos web appliance", "Sophos"),
    ("check point", "Check Point"),
    ("sonicwall firewall dpi-ssl", "SonicWall"),
    ("barracuda", "Barracuda"),
    ("fireware https proxy", "WatchGuard"),
    ("watchguard", "WatchGuard"),
    ("blue coat", "Symantec ProxySG (Blue Coat)"),
    ("bluecoat", "Symantec ProxySG (Blue Coat)"),
    ("proxysg", "Symantec ProxySG (Blue Coat)"),
    ("mcafee web gateway", "Skyhigh Secure Web Gateway (McAfee)"),
    ("skyhigh", "Skyhigh Secure Web Gateway (McAfee)"),
    ("forcepoint", "Forcepoint"),
    ("websense", "Forcepoint"),
    ("iboss", "iboss"),
    ("lightspeed rocket", "Lightspeed"),
    ("securly", "Securly"),
    ("untangle", "Untangle"),
    ("gateway ca - cloudflare managed", "Cloudflare Gateway"),
    ("cloudflare for teams", "Cloudflare Gateway"),
    ("kaspersky anti-virus personal root", "Kaspersky"),
    ("kaspersky web anti-virus", "Kaspersky"),
    ("eset ssl filter ca", "ESET"),
    ("avast web/mail shield", "Avast"),
    ("avast! web/mail shield", "Avast"),
    ("avg web/mail shield", "AVG"),
    ("bitdefender personal ca", "Bitdefender"),
    ("dr.web for", "Dr.Web"),
    ("adguard personal ca", "AdGuard"),
    ("do_not_trust_fiddlerroot", "Fiddler"),
    ("do_not_trust", "Fiddler"),
    ("mitmproxy", "mitmproxy"),
    ("charles proxy", "Charles"),
    ("portswigger", "Burp Suite"),
    ("owasp zap", "ZAP"),
    ("zed attack proxy", "ZAP"),
    ("proxyman", "Proxyman"),
    ("http toolkit ca", "HTTP Toolkit"),
    ("superfish", "Superfish"),
];

/// The product that a certificate's issuer names, where the certificate itself is not the product's own.
pub(crate) fn inspector(c: &Certificate) -> Option<&'static str> {
    let (issuer, subject) = (c.issuer.to_string().to_lowercase(), c.subject.to_string().to_lowercase());
    let product = by_name(&issuer)?;
    // an appliance's own page is signed by its own CA, too
    (by_name(&subject) != Some(product)).then_some(product)
}

/// The product whose CA is called so.
pub(crate) fn by_name(name: &str) -> Option<&'static str> {
    let name = name.to_lowercase();
    NAMES.iter().find(|(part, _)| name.contains(part)).map(|(_, product)| *product)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vendors_ordinary_cas_are_not_taken_for_inspection() {
        assert_eq!(by_name("CN=FortiGate CA,OU=Certificate Authority,O=Fortinet"), Some("FortiGate"));
        assert_eq!(by_name("CN=DO_NOT_TRUST_FiddlerRoot,O=DO_NOT_TRUST"), Some("Fiddler"));
        for public in [
            "CN=Sectigo RSA Domain Validation Secure Server CA,O=Sectigo Limited,C=GB",
            "CN=Cloudflare TLS Issuing ECC CA 1,O=SSL Corporation,C=US",
            "CN=R11,O=Let's Encrypt,C=US",
            "CN=Cisco RXC-R2,O=Cisco Systems,C=US",
        ] {
            assert_eq!(by_name(public), None, "{public}");
        }
    }

    #[test]
    fn every_part_is_lower_case_and_long_enough_to_mean_something() {
        for (part, product) in NAMES {
            assert_eq!(*part, part.to_lowercase());
            assert!(part.len() >= 5, "{part}");
            assert!(!product.is_empty());
        }
    }
}
