//! Who listens and talks: `netstat` with any switches in any language, and `Get-NetTCPConnection`.
//!
//! A row begins with `TCP` or `UDP`; a listener is a TCP row whose foreign port is 0, whatever the word of its state; the
//! process id is the last number of the row. Lines below a row name its owner.
use super::binding::{self, Span};
use super::damaged::{Damaged, clip};
use super::lines::{Line, Text, is_blank};
use super::powershell_table::{self, Record};
use super::shape::{self, Endpoint};

/// The transport of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Transport {
    /// TCP over IPv4 or IPv6.
    Tcp,
    /// UDP over IPv4 or IPv6.
    Udp,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Socket {
    /// TCP or UDP.
    pub transport: Transport,
    /// The end on this machine.
    pub local: Result<Endpoint, Damaged>,
    /// The other end; port 0 for a listener.
    pub foreign: Result<Endpoint, Damaged>,
    /// The state in the language of that machine, if it is printed.
    pub state: Option<String>,
    /// The process that owns it, if it is printed. 4 is the kernel: HTTP.sys for a web port.
    pub pid: Option<u32>,
    /// The program, from `-b`.
    pub program: Option<String>,
    /// The service or component above the program, from `-b`.
    pub component: Option<String>,
    /// Whether it waits for connections.
    pub listens: bool,
    /// The row and its owner lines.
    pub lines: Span,
}

/// How sure it is that the text has such rows, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    let rows = read(text);
    let sound = rows.iter().filter(|row| row.local.is_ok()).count();
    if sound > 0 {
        95
    } else if !rows.is_empty() || heading(text).is_some() {
        50
    } else {
        0
    }
}

/// Every row of a text.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<Socket> {
    let mut out: Vec<Socket> = Vec::new();
    let mut owned = false;
    for line in &text.lines {
        if let Some(row) = row(*line) {
            owned = true;
            out.push(row);
        } else if line.text.is_empty() || line.command().is_some() {
            owned = false;
        } else if let (true, Some(last)) = (owned, out.last_mut()) {
            owned = owner(last, *line);
        }
    }
    out
}

/// The heading of a listing without rows: the line that a program in this language prints above them. Told by the words of
/// the languages that are known, because there is no value in it.
#[must_use]
pub fn heading(text: &Text<'_>) -> Option<u32> {
    const FIRST: &[&str] = &["Proto", "프로토콜", "プロトコル", "协议", "協定", "Имя", "Protokół", "İl.Kr."];
    let mut lines = text.filled();
    let found = lines.find(|line| {
        let first = line.trimmed().split(is_blank).next().unwrap_or("");
        FIRST.contains(&first) && line.trimmed().split(is_blank).filter(|word| !word.is_empty()).count() >= 4
    })?;
    lines.all(|line| row(line).is_none()).then_some(found.number)
}

/// Rows of `Get-NetTCPConnection` among records that PowerShell printed.
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<Socket> {
    records.iter().filter(|record| record.has(&["LocalAddress", "LocalPort"])).filter_map(from_record).collect()
}

/// The same, from the text.
#[must_use]
pub fn read_powershell(text: &Text<'_>) -> Vec<Socket> {
    from_records(&powershell_table::records(text))
}

fn from_record(record: &Record) -> Option<Socket> {
    let end = |address: &str, port: &str| {
        let (host, port) = (record.raw(address)?, record.raw(port).unwrap_or("0"));
        let (host, scope) = host.split_once('%').map_or((host, None), |(host, scope)| (host, Some(scope.to_owned())));
        let sound = !record.is_cut(address) && (host.is_empty() || host.parse::<std::net::IpAddr>().is_ok());
        let port = port.parse::<u16>().ok().filter(|_| sound);
        Some(port.map(|port| Endpoint { host: host.to_owned(), scope, port }).ok_or_else(|| {
            Damaged::new(host, "an address and a port", "a value that is cut or no address", record.line)
        }))
    };
    let local = end("LocalAddress", "LocalPort")?;
    let foreign = end("RemoteAddress", "RemotePort")
        .unwrap_or_else(|| Ok(Endpoint { host: "*".to_owned(), scope: None, port: 0 }));
    let state = record.get("State").map(clip);
    // names of the enumeration are not translated; 2 is its number
    let listens = match state.as_deref() {
        Some("Listen" | "2") => true,
        Some(_) => false,
        None => matches!(&foreign, Ok(end) if end.port == 0),
    };
    Some(Socket {
        transport: Transport::Tcp,
        local,
        foreign,
        state,
        pid: record.get("OwningProcess").and_then(|pid| pid.parse().ok()),
        program: record.get("ProcessName").filter(|name| !name.is_empty()).map(clip),
        component: None,
        listens,
        lines: Span::line(record.line),
    })
}

fn row(line: Line<'_>) -> Option<Socket> {
    let mut words = line.trimmed().split(is_blank).filter(|word| !word.is_empty());
    let transport = match words.next()? {
        word if word.eq_ignore_ascii_case("tcp") || word.eq_ignore_ascii_case("tcpv6") => Transport::Tcp,
        word if word.eq_ignore_ascii_case("udp") || word.eq_ignore_ascii_case("udpv6") => Transport::Udp,
        _ => return None,
    };
    let local = words.next().filter(|word| word.contains(':'))?;
    let foreign = words.next();
    // a row that was cut inside of its addresses
    let foreign = foreign.unwrap_or("");
    let rest: Vec<&str> = words.take(16).collect();
    let at = rest.iter().rposition(|word| shape::number(word).is_some());
    let pid = at.and_then(|at| rest.get(at)?.parse().ok());
    let words = rest.get(..at.unwrap_or(rest.len())).unwrap_or_default();
    let local = end(local, line.number);
    let foreign = end(foreign, line.number);
    if local.is_err() && foreign.is_err() && rest.is_empty() {
        return None;
    }
    let listens = transport == Transport::Tcp && matches!(&foreign, Ok(end) if end.port == 0);
    Some(Socket {
        transport,
        local,
        foreign,
        state: (!words.is_empty()).then(|| clip(&words.join(" "))),
        pid,
        program: None,
        component: None,
        listens,
        lines: Span::line(line.number),
    })
}

fn end(text: &str, line: u32) -> Result<Endpoint, Damaged> {
    const EXPECTED: &str = "an address or a name with a port";
    match Endpoint::parse(text) {
        Some(end) if binding::is_masked(&end.host) => Err(Damaged::new(text, EXPECTED, "a masked value", line)),
        Some(end) => Ok(end),
        None if text.is_empty() => Err(Damaged::new(text, EXPECTED, "the end of the line", line)),
        None => Err(Damaged::new(text, EXPECTED, "another shape", line)),
    }
}

/// Takes a line below a row as its owner. `false` if it is none.
fn owner(row: &mut Socket, line: Line<'_>) -> bool {
    let text = line.trimmed();
    if let Some(program) = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')) {
        row.program = Some(clip(program));
    } else if let (None, Some(pid)) = (row.pid, shape::number(text)) {
        // the console broke the row before its last column
        row.pid = u32::try_from(pid).ok();
    } else if line.indent() == 0 || row.program.is_some() || text.contains(':') && !text.contains(":\\") {
        return false;
    } else if row.component.is_none() {
        row.component = Some(clip(text));
    }
    row.lines.last = line.number;
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_every_kind() {
        let text = "\
Connexions actives

  Proto  Adresse locale         Adresse distante       État
  TCP    0.0.0.0:135            LAPTOP-6LNI85PH:0      LISTENING       1244
  RpcSs
 [svchost.exe]
  TCP    0.0.0.0:443            LAPTOP-6LNI85PH:0      LISTENING       4
 Impossible d’obtenir les informations de propriétaire
  TCP    [::]:443               [::]:0                 IN ASCOLTO      5150
  TCP    [fe80::1%12]:49152     [fe80::2%12]:443       HERGESTELLT     7    InHost
  UDP    0.0.0.0:123            *:*                                    1088
  TCP    HOST:https             xxx.xxx.xxx.xxx:51000  ESTABLISHED
";
        let rows = read(&Text::new(text));
        assert_eq!(rows.len(), 6);
        let shown: Vec<(String, Option<u32>, bool)> =
            rows.iter().map(|r| (r.local.as_ref().unwrap().to_string(), r.pid, r.listens)).collect();
        assert_eq!(
            shown,
            [
                ("0.0.0.0:135".to_owned(), Some(1244), true),
                ("0.0.0.0:443".to_owned(), Some(4), true),
                ("[::]:443".to_owned(), Some(5150), true),
                ("[fe80::1%12]:49152".to_owned(), Some(7), false),
                ("0.0.0.0:123".to_owned(), Some(1088), false),
                ("HOST:443".to_owned(), None, false),
            ]
        );
        assert_eq!(
            (rows[0].program.as_deref(), rows[0].component.as_deref(), rows[0].lines),
            (Some("svchost.exe"), Some("RpcSs"), Span { first: 4, last: 6 })
        );
        assert_eq!((rows[2].state.as_deref(), rows[1].program.as_deref()), (Some("IN ASCOLTO"), None));
        assert_eq!(rows[5].foreign.as_ref().unwrap_err().found, "a masked value");
    }

    #[test]
    fn a_row_that_the_console_broke_before_its_process() {
        let rows =
            read(&Text::new("  TCP    [2001:db8:1:2:3:4:5:6]:443  [2001:db8:1:2:3:4:5:7]:51234  ESTABLISHED\n1234\n"));
        assert_eq!(rows[0].pid, Some(1234));
    }

    #[test]
    fn a_list_of_powershell_and_its_numbers() {
        let text = "\"LocalAddress\",\"LocalPort\",\"RemoteAddress\",\"RemotePort\",\"State\",\"OwningProcess\"\n\"::\",\"443\",\"::\",\"0\",\"2\",\"4\"\n\"fe80::1%7\",\"50000\",\"fe80::2%7\",\"443\",\"5\",\"900\"\n";
        let rows = read_powershell(&Text::new(text));
        assert_eq!((rows.len(), rows[0].listens, rows[1].listens, rows[1].pid), (2, true, false, Some(900)));
    }

    #[test]
    fn prose_is_no_row() {
        assert!(read(&Text::new("TCP is a protocol\nTCP: a b c\nUDP note: x\n")).is_empty());
    }
}
