//! One writer for each tool.
use super::super::access::Access;
use super::super::appcmd::{Listed, Object};
use super::super::binding::{Key, Printer, Span, SslBinding, State};
use super::super::dir::Folder;
use super::super::netsh_other::UrlReservation;
use super::super::netstat::{Socket, Transport};
use super::super::services::{Service, ServiceState};
use super::super::servicestate::RequestQueue;
use super::super::shape::{Guid, Hash};
use super::super::system::SystemFacts;
use super::super::tasklist::Process;
use super::super::url::UrlPrefix;
use super::words::Words;
use std::fmt::Write as _;
use std::net::IpAddr;

/// A record with nothing but what every record has; the times are 0 and no list of issuers is named.
#[must_use]
pub fn binding(printer: Printer, key: Key, hash: Option<Hash>, app_id: Guid, store: Option<&str>) -> SslBinding {
    SslBinding {
        hash,
        app_id: Some(Ok(app_id)),
        store: Some(store.map(str::to_owned)),
        freshness_time: Some(0),
        retrieval_timeout: Some(0),
        check_mode: (printer == Printer::Httpcfg).then_some(0),
        flags: (printer == Printer::Httpcfg).then_some(0),
        cut: false,
        lines: Span::default(),
        ..SslBinding::new(printer, key, "", 0)
    }
}

fn title(words: &Words) -> String {
    let title = words.label(0).replace([':', '：'], "");
    format!("{title}:\r\n{}\r\n\r\n", "-".repeat(25))
}

fn key_text(key: &Key) -> String {
    match key {
        Key::Ip(endpoint) | Key::Host(endpoint) => endpoint.to_string(),
        Key::Central(port) => port.to_string(),
        Key::Damaged(damaged) => damaged.raw.clone(),
    }
}

fn hash_text(hash: &Hash, printer: Printer) -> String {
    match hash {
        Hash::Null if printer == Printer::Netsh => "(null)".to_owned(),
        Hash::Null => String::new(),
        Hash::Whole(octets) if printer == Printer::Httpcfg => octets.iter().fold(String::new(), |mut out, octet| {
            // a field of two columns, padded with a blank
            let _ = write!(out, "{octet:>2x}");
            out
        }),
        Hash::Whole(octets) => octets.iter().fold(String::new(), |mut out, octet| {
            let _ = write!(out, "{octet:02x}");
            out
        }),
        Hash::Damaged { value, .. } => value.raw.clone(),
    }
}

/// `netsh http show sslcert`: a record's switches are written by their states, in the order of its settings; without any,
/// the five of Windows Server 2008 are written off.
#[must_use]
pub fn sslcert(records: &[SslBinding], words: &Words) -> String {
    let mut out = title(words);
    for record in records {
        let mut field = 1;
        let mut line = |value: &str| {
            let text = words.line(4, field, value);
            field += 1;
            out.push_str(&text);
        };
        let word = |state: Option<State>| match state {
            Some(State::On) => words.on.as_str(),
            Some(State::NotSet) => words.unset.as_str(),
            _ => words.off.as_str(),
        };
        let state = |at: usize| record.settings.get(at).map_or(Some(State::Off), |setting| setting.state);
        line(&key_text(&record.key));
        if let Some(hash) = &record.hash {
            line(&hash_text(hash, Printer::Netsh));
        }
        match &record.app_id {
            Some(Ok(id)) => line(&format!("{{{id}}}")),
            Some(Err(damaged)) => line(&damaged.raw),
            None => {}
        }
        line(record.store.clone().flatten().as_deref().unwrap_or("(null)"));
        (0..3).for_each(|at| line(word(state(at))));
        line(&record.freshness_time.unwrap_or(0).to_string());
        line(&record.retrieval_timeout.unwrap_or(0).to_string());
        line(record.ctl_identifier.as_deref().unwrap_or("(null)"));
        line(record.ctl_store.as_deref().unwrap_or("(null)"));
        (3..record.settings.len().max(5)).for_each(|at| line(word(state(at))));
        out.push_str("\r\n");
    }
    out
}

/// `httpcfg query ssl`.
#[must_use]
pub fn httpcfg_ssl(records: &[SslBinding], words: &Words) -> String {
    let mut out = String::new();
    for record in records {
        let hash = record.hash.as_ref().map(|hash| hash_text(hash, Printer::Httpcfg)).unwrap_or_default();
        let id = match &record.app_id {
            Some(Ok(id)) => format!("{{{id}}}"),
            Some(Err(damaged)) => damaged.raw.clone(),
            None => String::new(),
        };
        let number = |value: Option<u64>| value.unwrap_or(0).to_string();
        let name = |value: &Option<String>| value.clone().unwrap_or_else(|| "(null)".to_owned());
        let values = [
            key_text(&record.key),
            hash,
            id,
            record.store.clone().flatten().unwrap_or_else(|| "(null)".to_owned()),
            number(record.check_mode),
            number(record.freshness_time),
            number(record.retrieval_timeout),
            name(&record.ctl_identifier),
            name(&record.ctl_store),
            number(record.flags),
        ];
        for (field, value) in values.iter().enumerate() {
            out.push_str(&words.line(1, field + 1, value));
        }
        let _ = writeln!(out, "{}\r", "-".repeat(78));
    }
    out
}

/// `netsh http show iplisten`.
#[must_use]
pub fn listen_list(addresses: &[IpAddr], words: &Words) -> String {
    let mut out = title(words);
    for address in addresses {
        let _ = write!(out, "    {address}\r\n");
    }
    out
}

/// `httpcfg query iplisten`; an empty list is the number 1168.
#[must_use]
pub fn httpcfg_listen_list(addresses: &[IpAddr], words: &Words) -> String {
    if addresses.is_empty() {
        return "HttpQueryServiceConfiguration completed with 1168.\r\n".to_owned();
    }
    addresses.iter().map(|a| format!("{}{}\r\n", words.line(4, 1, &a.to_string()), "-".repeat(78))).collect()
}

/// `netsh http show servicestate`, by request queue.
#[must_use]
pub fn servicestate(queues: &[RequestQueue], words: &Words) -> String {
    let mut out = title(words);
    let mut session = 0xff00_0000_2000_0001_u64;
    for queue in queues {
        out.push_str(&words.line(0, 1, queue.name.as_deref().unwrap_or("x")));
        out.push_str(&words.line(4, 2, "2.0"));
        out.push_str(&words.line(4, 3, "1000"));
        out.push_str(&words.line(4, 4, ""));
        for process in &queue.processes {
            let _ = match &process.image {
                Some(image) => write!(out, "        ID: {}, image: {image}\r\n", process.pid),
                None => write!(out, "        {}\r\n", process.pid),
            };
        }
        out.push_str(&words.line(4, 5, ""));
        out.push_str(&words.line(4, 6, &format!("{session:016X}")));
        session = session.wrapping_add(1);
        out.push_str(&words.line(8, 7, &queue.urls.len().to_string()));
        out.push_str(&words.line(8, 8, ""));
        for (url, _) in &queue.urls {
            let _ = write!(out, "            {}\r\n", url_text(url));
        }
        out.push_str("\r\n");
    }
    out
}

fn url_text(url: &UrlPrefix) -> String {
    let scheme = if url.secure { "HTTPS" } else { "HTTP" };
    let host = if url.host.contains(':') { format!("[{}]", url.host) } else { url.host.clone() };
    let bound = match url.address {
        Some(IpAddr::V6(address)) => format!(":[{address}]"),
        Some(IpAddr::V4(address)) => format!(":{address}"),
        None => String::new(),
    };
    format!("{scheme}://{host}:{}{bound}{}", url.port, url.path)
}

/// `netsh http show urlacl`.
#[must_use]
pub fn urlacl(reservations: &[UrlReservation], words: &Words) -> String {
    let mut out = title(words);
    for reservation in reservations {
        out.push_str(&words.line(4, 1, &format!("{} ", url_text(&reservation.url))));
        for user in &reservation.users {
            out.push_str(&words.line(8, 2, user));
            out.push_str(&words.line(12, 3, &words.on));
        }
        if let Some(sddl) = &reservation.sddl {
            out.push_str(&words.line(12, 4, sddl));
        }
        out.push_str("\r\n");
    }
    out
}

/// `netstat -ano`, and `-b` if a socket has a program.
#[must_use]
pub fn netstat(sockets: &[Socket], words: &Words) -> String {
    let mut out =
        format!("\r\n{}\r\n\r\n  {}  {}  {}\r\n", words.label(0), words.label(1), words.label(2), words.label(3));
    for socket in sockets {
        let end = |end: &Result<_, super::super::damaged::Damaged>| match end {
            Ok(endpoint) => super::super::shape::Endpoint::to_string(endpoint),
            Err(damaged) => damaged.raw.clone(),
        };
        let (name, foreign) = match socket.transport {
            Transport::Tcp => ("TCP", end(&socket.foreign)),
            Transport::Udp => ("UDP", "*:*".to_owned()),
        };
        let state = match socket.transport {
            Transport::Tcp if socket.listens => words.on.as_str(),
            Transport::Tcp => words.off.as_str(),
            Transport::Udp => "",
        };
        let pid = socket.pid.map(|pid| pid.to_string()).unwrap_or_default();
        let _ = write!(out, "  {name}    {:<22} {foreign:<22} {state:<15} {pid}\r\n", end(&socket.local));
        if let Some(component) = &socket.component {
            let _ = write!(out, "  {component}\r\n");
        }
        if let Some(program) = &socket.program {
            let _ = write!(out, " [{program}]\r\n");
        }
    }
    out
}

/// `Get-NetTCPConnection | ConvertTo-Csv`.
#[must_use]
pub fn get_net_tcp_connection(sockets: &[Socket]) -> String {
    let mut out =
        "\"LocalAddress\",\"LocalPort\",\"RemoteAddress\",\"RemotePort\",\"State\",\"OwningProcess\"\r\n".to_owned();
    for socket in sockets {
        if let (Ok(local), Ok(foreign)) = (&socket.local, &socket.foreign) {
            let state = if socket.listens { "Listen" } else { "Established" };
            let pid = socket.pid.unwrap_or(0);
            let _ = write!(
                out,
                "\"{}\",\"{}\",\"{}\",\"{}\",\"{state}\",\"{pid}\"\r\n",
                local.host, local.port, foreign.host, foreign.port
            );
        }
    }
    out
}

/// `tasklist /svc` if a process has services, else `tasklist`.
#[must_use]
pub fn tasklist(processes: &[Process], words: &Words) -> String {
    let listed = processes.iter().any(|process| !process.services.is_empty());
    let mut out = format!("\r\n{:<25} {:>8} {}\r\n", words.label(0), "PID", words.label(1));
    let rest =
        if listed { "=".repeat(44) } else { format!("{} {} {}", "=".repeat(16), "=".repeat(11), "=".repeat(12)) };
    let _ = write!(out, "{} {} {rest}\r\n", "=".repeat(25), "=".repeat(8));
    for process in processes {
        if listed {
            let services = if process.services.is_empty() { "N/A".to_owned() } else { process.services.join(", ") };
            let _ = write!(out, "{:<25} {:>8} {services}\r\n", process.image, process.pid);
        } else {
            let _ = write!(
                out,
                "{:<25} {:>8} {:<16} {:>11} {:>10} K\r\n",
                process.image, process.pid, "Services", 0, "12,345"
            );
        }
    }
    out
}

/// `sc queryex`.
#[must_use]
pub fn sc_query(services: &[Service], words: &Words) -> String {
    let mut out = String::new();
    for service in services {
        let (number, constant) = match service.state {
            Some(ServiceState::Running) => (4, "RUNNING"),
            Some(ServiceState::Stopped) => (1, "STOPPED"),
            _ => (3, "STOP_PENDING"),
        };
        let _ = write!(out, "\r\n{}{}{}\r\n", words.label(0), words.separator, service.name);
        out.push_str(&words.line(8, 1, "20  WIN32_SHARE_PROCESS"));
        out.push_str(&words.line(8, 2, &format!("{number}  {constant}")));
        out.push_str(&words.line(8, 3, "0  (0x0)"));
        out.push_str(&words.line(8, 4, "0  (0x0)"));
        out.push_str(&words.line(8, 5, "0x0"));
        out.push_str(&words.line(8, 6, "0x0"));
        out.push_str(&words.line(8, 7, &service.pid.unwrap_or(0).to_string()));
        out.push_str(&words.line(8, 8, ""));
    }
    out
}

/// `appcmd list site`.
#[must_use]
pub fn sites(listed: &[Listed]) -> String {
    let mut out = String::new();
    for Listed { object, .. } in listed {
        if let Object::Site { name, id, bindings, state } = object {
            let all: Vec<String> = bindings.iter().map(|b| format!("{}/{}", b.protocol, b.information)).collect();
            let state = state.as_deref().unwrap_or("Unknown");
            let _ =
                write!(out, "SITE \"{name}\" (id:{},bindings:{},state:{state})\r\n", id.unwrap_or(0), all.join(","));
        }
    }
    out
}

/// `icacls`. Entries name their accounts as they are.
#[must_use]
pub fn icacls(lists: &[Access], words: &Words) -> String {
    let mut out = String::new();
    for list in lists {
        let indent = list.path.chars().count() + 1;
        for (at, entry) in list.entries.iter().enumerate() {
            let before = if at == 0 { format!("{} ", list.path) } else { " ".repeat(indent) };
            let right = match (entry.rights.full, entry.rights.write, entry.rights.read) {
                (true, _, _) => "(F)",
                (_, true, true) => "(M)",
                (_, true, false) => "(W)",
                (_, false, true) => "(R)",
                _ => "(S)",
            };
            let (inherited, only) =
                (if entry.inherited { "(I)" } else { "" }, if entry.inherit_only { "(OI)(CI)(IO)" } else { "" });
            let _ = write!(
                out,
                "{before}{}:{inherited}{only}{}{right}\r\n",
                entry.account,
                if entry.deny { "(DENY)" } else { "" }
            );
        }
        out.push_str("\r\n");
    }
    let _ =
        write!(out, "{} 1; {} 0\r\n", words.label(0).replace([':', '：'], ""), words.label(1).replace([':', '：'], ""));
    out
}

/// How a language writes a date and time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DateForm {
    /// `05/01/2023  10:12 AM`.
    English,
    /// `2023-05-01  오전 10:12`.
    Korean,
    /// `01.05.2023  10:12`, with points between groups of digits.
    German,
}

/// `dir` of a folder.
#[must_use]
pub fn dir(folder: &Folder, words: &Words, form: DateForm) -> String {
    let (date, sign) = match form {
        DateForm::English => ("05/01/2023  10:12 AM", ","),
        DateForm::Korean => ("2023-05-01  오전 10:12", ","),
        DateForm::German => ("01.05.2023  10:12", "."),
    };
    let words_before = words.label(0).replace([':', '：', '\\'], "");
    let mut out = format!(" {words_before} C\r\n {words_before} 1234-ABCD\r\n\r\n");
    if let Some(path) = &folder.path {
        let _ = match form {
            DateForm::Korean => write!(out, " {path} 디렉터리\r\n\r\n"),
            _ => write!(out, " {words_before} {path}\r\n\r\n"),
        };
    }
    let group = |number: u64| {
        let digits = number.to_string();
        let head = digits.len() % 3;
        let parts: Vec<&str> = [digits.get(..head).unwrap_or("")]
            .into_iter()
            .chain((head..digits.len()).step_by(3).filter_map(|at| digits.get(at..at + 3)))
            .filter(|part| !part.is_empty())
            .collect();
        parts.join(sign)
    };
    let mut sum = 0_u64;
    for entry in &folder.entries {
        let size = entry.size.unwrap_or(0);
        sum = sum.saturating_add(size);
        let _ = match entry.is_folder {
            true => write!(out, "{date}    <DIR>          {}\r\n", entry.name),
            false => write!(out, "{date} {:>17} {}\r\n", group(size), entry.name),
        };
    }
    if folder.whole {
        let _ = write!(out, "{:>16} File(s) {:>14} bytes\r\n", folder.entries.len(), group(sum));
    }
    out
}

/// `(Get-TlsCipherSuite).Name`.
#[must_use]
pub fn cipher_suites(names: &[&str]) -> String {
    names.iter().map(|name| format!("{name}\r\n")).collect()
}

/// `systeminfo`.
#[must_use]
pub fn systeminfo(system: &SystemFacts, words: &Words) -> String {
    let (major, minor) = system.version.unwrap_or((10, 0));
    let build = system.build.unwrap_or(17763);
    let mut out = "\r\n".to_owned();
    let word = words.label(5).replace([':', '：'], "");
    out.push_str(&words.line(0, 1, system.host.as_deref().unwrap_or("HOST")));
    out.push_str(&words.line(0, 2, system.product.as_deref().unwrap_or("Microsoft Windows Server")));
    out.push_str(&words.line(0, 3, &format!("{major}.{minor}.{build} {word} {build}")));
    out.push_str(&words.line(0, 4, "Microsoft Corporation"));
    out
}
