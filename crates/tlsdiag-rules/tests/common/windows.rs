//! Evidence of a Windows machine in page cases: `[[binding]]`, `[[stored]]`, `[[setting]]` and their kin.
use super::{Builder, Res};
use serde_json::json;
use tlsdiag_model::How;
use tlsdiag_model::facts::*;

/// The machine whose files were sent, unless a row names another.
pub(crate) const MACHINE: &str = "SRV1";

/// Tables that only a machine's own files can fill. A case that has one of them and no handshake is about such files.
pub(crate) const KEYS: &[&str] = &[
    "binding",
    "event",
    "protocol",
    "listen_list",
    "url",
    "listener",
    "process",
    "service",
    "site_binding",
    "site_access",
    "pool",
    "old_binding",
    "stored",
    "key_file",
    "system",
    "setting",
    "whole",
    "suites",
];

impl Builder {
    pub(crate) fn windows(&mut self, t: &toml::Table) -> Res<()> {
        let port = self.port;
        self.rows::<Binding>(
            t,
            "binding",
            How::Read,
            json!({"kind": "ip_port", "addr": "any", "port": port, "name": null, "hash": null, "store": null,
                "app": null, "flags": null, "ctl_store": null}),
        )?;
        self.rows::<Event>(
            t,
            "event",
            if self.sent { How::Watched } else { How::Told },
            json!({"source": null, "id": null, "code": null, "state": null, "alert": null, "side": null,
                "protocol": null, "endpoint": null, "process": null, "thumb": null, "container": null, "peer": null}),
        )?;
        self.rows::<ListenList>(t, "listen_list", How::Read, json!({"addrs": []}))?;
        self.rows::<Url>(t, "url", How::Read, json!({"url": null, "active": true, "pids": [], "owner": null}))?;
        self.rows::<Listener>(
            t,
            "listener",
            How::Read,
            json!({"addr": "any", "port": port, "pid": null, "program": null, "services": []}),
        )?;
        self.rows::<Process>(t, "process", How::Read, json!({"pid": null, "name": null, "services": []}))?;
        self.rows::<Service>(t, "service", How::Read, json!({"name": null, "running": true}))?;
        self.rows::<SiteBinding>(
            t,
            "site_binding",
            How::Read,
            json!({"site": "Default Web Site", "id": 1, "protocol": "https", "addr": "any", "port": port, "name": null,
                "flags": 0, "hash": null, "store": null, "running": true, "pool": null}),
        )?;
        self.rows::<SiteAccess>(
            t,
            "site_access",
            How::Read,
            json!({"location": "", "ssl": true, "negotiate": false, "require": false}),
        )?;
        self.rows::<Pool>(t, "pool", How::Read, json!({"name": null, "identity": null, "load_profile": null}))?;
        self.rows::<OldBinding>(t, "old_binding", How::Read, json!({"path": "LM/W3SVC/1", "hash": null}))?;
        self.rows::<Stored>(
            t,
            "stored",
            How::Read,
            json!({"location": "machine", "store": "MY", "thumb": null, "cert": null, "subject": null, "issuer": null,
                "serial": null, "not_before": null, "not_after": null, "names": [], "usages": null,
                "purposes": "hidden", "key": "hidden", "archived": null, "friendly": null, "verified": null}),
        )?;
        self.rows::<KeyFile>(
            t,
            "key_file",
            How::Read,
            json!({"folder": "machine_keys", "name": null, "size": null, "acl": "hidden"}),
        )?;
        self.rows::<System>(
            t,
            "system",
            How::Read,
            json!({"computer": MACHINE, "product": null, "build": null, "server": true, "machine_guid": null,
                "addrs": [], "bias_min": null}),
        )?;
        self.rows::<Setting>(t, "setting", How::Read, json!({"key": null, "name": "", "data": "key"}))?;
        self.rows::<Whole>(t, "whole", How::Read, json!({"of": null}))?;
        self.rows::<Suites>(t, "suites", How::Read, json!({"list": []}))
    }
}
