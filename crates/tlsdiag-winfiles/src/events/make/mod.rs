//! Writers of event logs, for whole cases and for tests: events as Windows would write them, in every form that is read.

pub mod evt;
pub mod evtx;
pub mod text;

use super::{CAPI2_GUID, Datum, Event, HTTPEVENT_GUID, Node, SCHANNEL_GUID, When};

/// Where and when an event was written.
#[derive(Debug, Clone)]
pub struct Scene<'a> {
    /// The computer.
    pub computer: &'a str,
    /// The time.
    pub time: When,
    /// The number of the record.
    pub record: u64,
}

/// Names of Schannel's EventData by id, from its manifest; the type that Windows gives each.
const SCHANNEL: &[(u32, u8, &[&str])] = &[
    (36864, 4, &[]),
    (36865, 2, &["ModuleName", "Error"]),
    (36867, 4, &["Type"]),
    (36868, 4, &["Type", "CSPName", "CSPType", "KeyName", "KeyType", "KeyFlags", "EncodedCert"]),
    (36869, 2, &["Type"]),
    (36870, 2, &["Type", "ErrorCode", "ErrorStatus"]),
    (36871, 2, &["Type", "ErrorState", "CallerProcessId", "CallerProcessImageName"]),
    (36872, 2, &["Type", "ErrorCode", "CertFlags", "CredContext"]),
    (36873, 2, &[]),
    (36874, 2, &["Protocol"]),
    (36876, 2, &["ErrorCode", "pCertificateContext"]),
    (36877, 3, &["ErrorCode", "pCertificateContext"]),
    (
        36880,
        4,
        &[
            "Type",
            "Protocol",
            "CipherSuite",
            "ExchangeStrength",
            "ContextHandle",
            "TargetName",
            "LocalCertSubjectName",
            "RemoteCertSubjectName",
        ],
    ),
    (36881, 2, &["certificateContext"]),
    (36882, 2, &["certificateContext"]),
    (36884, 2, &["Name", "certificateContext"]),
    (36885, 3, &[]),
    (36886, 3, &[]),
    (36887, 2, &["AlertDesc"]),
    (36888, 2, &["AlertDesc", "ErrorState", "TargetName"]),
    (36889, 2, &["Type", "ErrorCode", "CredContext"]),
];

/// An event of Schannel with its values in the manifest's order. Fewer values than names leave the last names out, as
/// older manifests do. 36880 has its values in UserData.
pub fn schannel(scene: &Scene<'_>, id: u32, values: &[&str]) -> Event {
    let (_, level, names) = SCHANNEL.iter().find(|(known, _, _)| *known == id).copied().unwrap_or((id, 2, &[]));
    let data: Vec<Datum> = values
        .iter()
        .enumerate()
        .map(|(k, v)| Datum { name: names.get(k).map(|n| (*n).to_owned()), value: (*v).to_owned() })
        .collect();
    let mut event = system(scene, "Schannel", SCHANNEL_GUID, id, level);
    event.process = Some(700);
    if id == 36880 {
        let children = data
            .into_iter()
            .map(|d| Node { name: d.name.unwrap_or_default(), text: d.value, ..Node::default() })
            .collect();
        event.tree = Some(Node { name: "EventXML".to_owned(), children, ..Node::default() });
    } else {
        event.data = data;
    }
    event
}

/// An event of HTTP.sys: the device object, the endpoint, and in the binary data the status where there is one.
pub fn http_event(scene: &Scene<'_>, id: u32, endpoint: &str, status: Option<u32>) -> Event {
    let mut event = system(scene, "Microsoft-Windows-HttpEvent", HTTPEVENT_GUID, id, if id >= 15300 { 3 } else { 2 });
    event.source_name = Some("HTTP".to_owned());
    event.process = Some(4);
    event.user = None;
    event.qualifiers = Some(if id >= 15300 { 0x8000 } else { 0xc000 });
    event.data =
        ["\\Device\\Http\\ReqQueue", endpoint].iter().map(|v| Datum { name: None, value: (*v).to_owned() }).collect();
    if let Some(status) = status {
        // A dump of the driver's packet: sizes, the message id, and the status at the end.
        let mut octets = vec![0u8; 36];
        octets[2] = 4;
        octets[12..16].copy_from_slice(&(0xc000_0000 | id).to_le_bytes());
        octets.extend_from_slice(&status.to_le_bytes());
        event.binary = Some(octets);
    }
    event
}

/// An event of CAPI2 with its tree.
pub fn capi2(scene: &Scene<'_>, id: u32, tree: Node) -> Event {
    let mut event = system(scene, "Microsoft-Windows-CAPI2", CAPI2_GUID, id, 2);
    event.channel = Some("Microsoft-Windows-CAPI2/Operational".to_owned());
    event.process = Some(1234);
    event.tree = Some(tree);
    event
}

/// The tree of CAPI2 event 70: a private key that could not be acquired.
pub fn acquire_key_tree(thumbprint: &str, subject: &str, process: &str, result: u32) -> Node {
    let node = |name: &str, attributes: &[(&str, &str)]| Node {
        name: name.to_owned(),
        attributes: attributes.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect(),
        ..Node::default()
    };
    let mut tree = node("CryptAcquireCertificatePrivateKey", &[]);
    let file = format!("{}.cer", thumbprint.to_ascii_uppercase());
    tree.children = vec![
        node("Certificate", &[("fileRef", &file), ("subjectName", subject)]),
        node("Flags", &[("value", "10000"), ("CRYPT_ACQUIRE_ALLOW_NCRYPT_KEY_FLAG", "true")]),
        node("EventAuxInfo", &[("ProcessName", process)]),
        node("CorrelationAuxInfo", &[("TaskId", "{6FC76D1A-7F5B-4C7E-9B3C-0C2F6E0D1A11}"), ("SeqNumber", "1")]),
        node("Result", &[("value", &format!("{result:X}"))]),
    ];
    tree
}

fn system(scene: &Scene<'_>, provider: &str, guid: &str, id: u32, level: u8) -> Event {
    Event {
        provider: provider.to_owned(),
        provider_guid: Some(guid.to_owned()),
        id,
        level: Some(level),
        channel: Some("System".to_owned()),
        computer: Some(scene.computer.to_owned()),
        record: Some(scene.record),
        time: Some(scene.time),
        user: Some("S-1-5-18".to_owned()),
        ..Event::default()
    }
}
