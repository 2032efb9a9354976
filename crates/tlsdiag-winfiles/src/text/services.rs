//! Services: `sc query`, `sc queryex`, `sc qc`, and what PowerShell prints of them.
//!
//! `sc` prints the name flush left and below it numbers with constants that are not translated: type, state, codes.
use super::binding::Span;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::powershell_table::Record;
use super::shape;

/// What a service does at this moment (`SERVICE_STATUS.dwCurrentState`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ServiceState {
    /// 1.
    Stopped,
    /// 4.
    Running,
    /// 2, 3, 5, 6, 7: on the way, or paused.
    Other,
}

/// A service.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Service {
    /// Its short name, such as `W3SVC`.
    pub name: String,
    /// `None` if only its configuration is printed.
    pub state: Option<ServiceState>,
    /// Its process, if it is printed and runs.
    pub pid: Option<u32>,
    /// 2 automatic, 3 by demand, 4 disabled.
    pub start_type: Option<u32>,
    /// The account under which it runs.
    pub account: Option<String>,
    /// The command that starts it.
    pub binary: Option<String>,
    /// Lines of the file.
    pub lines: Span,
}

/// How sure it is that the text has services, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    if read(text).is_empty() { 0 } else { 90 }
}

/// Every service of `sc`.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<Service> {
    let lines: Vec<Line<'_>> = text.filled().collect();
    let mut out: Vec<Service> = Vec::new();
    let mut at = 0;
    while at < lines.len() {
        match service(lines.get(at..).unwrap_or_default()) {
            Some((service, taken)) => {
                at += taken;
                out.push(service);
            }
            None => at += 1,
        }
    }
    out
}

/// `SERVICE_NAME: name`, perhaps `DISPLAY_NAME: …`, then indented `TYPE : 20  WIN32_SHARE_PROCESS`.
fn service(lines: &[Line<'_>]) -> Option<(Service, usize)> {
    let first = lines.first().filter(|line| line.indent() == 0)?;
    let name = first.last_value()?;
    let start = lines.iter().take(3).position(|line| line.indent() > 0)?;
    let body = lines.get(start..)?;
    let kind = constant(*body.first()?)?;
    let second = constant(*body.get(1)?)?;
    if name.is_empty() || name.contains(is_blank) && start == 1 && !kind.1.contains('_') || !kind.1.contains('_') {
        return None;
    }
    let end = body.iter().position(|line| line.indent() == 0).unwrap_or(body.len());
    let body = body.get(..end)?;
    let last = body.last()?.number;
    let mut out = Service {
        name: clip(name),
        state: None,
        pid: None,
        start_type: None,
        account: None,
        binary: None,
        lines: Span { first: first.number, last },
    };
    // START_TYPE holds one of these constants, STATE one of the others
    if second.1.ends_with("_START") || second.1.starts_with("DISABLED") || second.1.starts_with("DEMAND") {
        out.start_type = Some(second.0);
        let values = body.iter().filter_map(Line::last_value);
        out.binary = values
            .into_iter()
            .find(|value| value.to_ascii_lowercase().contains(".exe") || value.contains(":\\"))
            .map(clip);
        out.account = body.last().and_then(|line| line.last_value()).filter(|value| !value.is_empty()).map(clip);
    } else {
        out.state = Some(match second.0 {
            1 => ServiceState::Stopped,
            4 => ServiceState::Running,
            2..=7 => ServiceState::Other,
            _ => return None,
        });
        // type, state, two exit codes, checkpoint, hint; then the process id
        let values: Vec<&str> = body.iter().filter_map(Line::last_value).collect();
        let pid = values.get(6).and_then(|value| shape::number(value)).and_then(|pid| u32::try_from(pid).ok());
        out.pid = pid.filter(|pid| *pid != 0);
    }
    Some((out, start + end))
}

/// `label : 4  RUNNING`: number and constant. The type is hexadecimal.
fn constant(line: Line<'_>) -> Option<(u32, String)> {
    let (number, constant) = line.last_value()?.split_once(is_blank)?;
    let number = u32::from_str_radix(number, 16).ok()?;
    let constant = constant.trim_matches(is_blank);
    let shape = constant.len() >= 4
        && constant.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || matches!(c, '_' | ' ' | '(' | ')'));
    shape.then(|| (number, constant.to_owned()))
}

/// Services among records that PowerShell printed: `Get-Service`, `Get-CimInstance Win32_Service`.
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<Service> {
    records.iter().filter_map(from_record).collect()
}

fn from_record(record: &Record) -> Option<Service> {
    let state = record.get("State").or_else(|| record.get("Status"))?;
    let state = match state {
        "Running" | "4" => ServiceState::Running,
        "Stopped" | "1" => ServiceState::Stopped,
        "Paused" | "StartPending" | "StopPending" | "Start Pending" | "Stop Pending" | "2" | "3" | "5" | "6" | "7" => {
            ServiceState::Other
        }
        _ => return None,
    };
    let listed =
        record.raw("DisplayName").is_some() || record.raw("StartMode").is_some() || record.raw("StartName").is_some();
    let name = record.get("Name").or_else(|| record.get("ServiceName")).filter(|name| listed && !name.is_empty())?;
    let start = record.get("StartMode").or_else(|| record.get("StartType"));
    Some(Service {
        name: clip(name),
        state: Some(state),
        pid: record.get("ProcessId").and_then(|pid| pid.parse().ok()).filter(|pid| *pid != 0),
        start_type: start.and_then(|mode| match mode {
            "Auto" | "Automatic" | "2" => Some(2),
            "Manual" | "3" => Some(3),
            "Disabled" | "4" => Some(4),
            _ => None,
        }),
        account: record.get("StartName").filter(|name| !name.is_empty()).map(clip),
        binary: record.get("PathName").filter(|path| !path.is_empty()).map(clip),
        lines: Span::line(record.line),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn query_with_and_without_process() {
        let text = "\nSERVICE_NAME: W3SVC\n        TYPE               : 20  WIN32_SHARE_PROCESS\n        STATE              : 4  RUNNING\n                                (STOPPABLE, PAUSABLE, ACCEPTS_SHUTDOWN)\n        WIN32_EXIT_CODE    : 0  (0x0)\n        SERVICE_EXIT_CODE  : 0  (0x0)\n        CHECKPOINT         : 0x0\n        WAIT_HINT          : 0x0\n        PID                : 4242\n        FLAGS              :\n\nNOMBRE_SERVICIO: HTTP\nNOMBRE_MOSTRAR: HTTP Service\n        TIPO               : 1  KERNEL_DRIVER\n        ESTADO             : 1  STOPPED\n        C : 1077 (0x435)\n";
        let all = read(&Text::new(text));
        assert_eq!(all.len(), 2, "{all:#?}");
        assert_eq!(
            (all[0].name.as_str(), all[0].state, all[0].pid),
            ("W3SVC", Some(ServiceState::Running), Some(4242))
        );
        assert_eq!((all[1].name.as_str(), all[1].state, all[1].pid), ("HTTP", Some(ServiceState::Stopped), None));
    }

    #[test]
    fn configuration() {
        let text = "[SC] QueryServiceConfig SUCCESS\n\nSERVICE_NAME: w3svc\n        TYPE               : 20  WIN32_SHARE_PROCESS \n        START_TYPE         : 2   AUTO_START\n        ERROR_CONTROL      : 1   NORMAL\n        BINARY_PATH_NAME   : C:\\Windows\\system32\\svchost.exe -k iissvcs\n        LOAD_ORDER_GROUP   :\n        TAG                : 0\n        DISPLAY_NAME       : World Wide Web Publishing Service\n        DEPENDENCIES       : WAS\n                           : HTTP\n        SERVICE_START_NAME : LocalSystem\n";
        let all = read(&Text::new(text));
        assert_eq!(all.len(), 1);
        assert_eq!((all[0].start_type, all[0].account.as_deref()), (Some(2), Some("LocalSystem")));
        assert_eq!(all[0].binary.as_deref(), Some("C:\\Windows\\system32\\svchost.exe -k iissvcs"));
    }
}
