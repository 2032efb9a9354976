//! Makes what PowerShell prints of certificates: a table, a list, JSON, for tests and cases.

use std::fmt::Write as _;

/// A certificate to print.
#[derive(Debug, Clone, Default)]
pub struct MadeCertificate {
    /// 40 hex digits, or what shall stand there.
    pub thumbprint: String,
    /// A distinguished name.
    pub subject: String,
    /// The end of validity in the form that is wanted.
    pub not_after: String,
    /// `HasPrivateKey`.
    pub has_private_key: bool,
    /// The friendly name.
    pub friendly_name: String,
    /// Name and identifier of usages.
    pub usages: Vec<(String, String)>,
}

/// `Get-ChildItem Cert:\LocalMachine\STORE` with the label of the group as it is wanted.
#[must_use]
pub fn table(label: &str, store: &str, certificates: &[MadeCertificate]) -> String {
    let mut out =
        format!("\r\n\r\n   {label}: Microsoft.PowerShell.Security\\Certificate::LocalMachine\\{store}\r\n\r\n");
    out.push_str(
        "Thumbprint                                Subject\r\n----------                                -------\r\n",
    );
    for made in certificates {
        let _ = write!(out, "{:<42}{}\r\n", made.thumbprint, made.subject);
    }
    out.push_str("\r\n\r\n");
    out
}

/// The same with `| fl *`.
#[must_use]
pub fn list(store: &str, certificates: &[MadeCertificate]) -> String {
    let mut out = String::from("\r\n\r\n");
    for made in certificates {
        let usages: Vec<String> = made.usages.iter().map(|(name, oid)| format!("{name} ({oid})")).collect();
        let rows: [(&str, String); 7] = [
            ("PSParentPath", format!("Microsoft.PowerShell.Security\\Certificate::LocalMachine\\{store}")),
            ("EnhancedKeyUsageList", format!("{{{}}}", usages.join(", "))),
            ("FriendlyName", made.friendly_name.clone()),
            ("NotAfter", made.not_after.clone()),
            ("HasPrivateKey", if made.has_private_key { "True".into() } else { "False".into() }),
            ("Thumbprint", made.thumbprint.clone()),
            ("Subject", made.subject.clone()),
        ];
        for (name, value) in rows {
            let _ = write!(out, "{name:<20} : {value}\r\n");
        }
        out.push_str("\r\n");
    }
    out
}

/// The same with `| ConvertTo-Json`; `der` as the numbers of `RawData`.
#[must_use]
pub fn json(store: &str, certificates: &[(MadeCertificate, Vec<u8>)]) -> String {
    let objects: Vec<serde_json::Value> = certificates
        .iter()
        .map(|(made, der)| {
            let usages: Vec<serde_json::Value> = made
                .usages
                .iter()
                .map(|(name, oid)| serde_json::json!({ "FriendlyName": name, "ObjectId": oid }))
                .collect();
            serde_json::json!({
                "PSParentPath": format!("Microsoft.PowerShell.Security\\Certificate::LocalMachine\\{store}"),
                "EnhancedKeyUsageList": usages,
                "FriendlyName": made.friendly_name,
                "NotAfter": made.not_after,
                "HasPrivateKey": made.has_private_key,
                "RawData": der,
                "Thumbprint": made.thumbprint,
                "Subject": made.subject,
            })
        })
        .collect();
    serde_json::to_string_pretty(&objects).unwrap_or_default()
}
