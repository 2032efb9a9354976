//! The forms themselves: lines, columns, objects.

use std::fmt::Write as _;

use super::super::super::{Event, Node, When};
use super::{Labels, Shape, Tongue, message};

pub(super) fn write(events: &[Event], shape: Shape, tongue: &Tongue, labels: &Labels) -> String {
    let mut out = String::new();
    match shape {
        Shape::Viewer2003 => events.iter().for_each(|e| viewer_2003(e, tongue, labels, &mut out)),
        Shape::Viewer2008 => events.iter().for_each(|e| viewer_2008(e, tongue, labels, &mut out)),
        Shape::Viewer2008Xml => events.iter().for_each(|e| {
            viewer_2008(e, tongue, labels, &mut out);
            out.truncate(out.trim_end().len());
            out.push_str("\nEvent Xml:\n");
            xml(e, &mut out);
            out.push('\n');
        }),
        Shape::Wevtutil => events.iter().enumerate().for_each(|(k, e)| wevtutil(k, e, tongue, labels, &mut out)),
        Shape::Xml => events.iter().for_each(|e| xml(e, &mut out)),
        Shape::XmlRooted => {
            out.push_str("<?xml version=\"1.0\" encoding=\"utf-8\" standalone=\"yes\"?>\n<Events>");
            events.iter().for_each(|e| xml(e, &mut out));
            out.push_str("</Events>\n");
        }
        Shape::LogTable => log_table(events, tongue, labels, &mut out),
        Shape::LogList => events.iter().for_each(|e| list(&log_properties(e, tongue), labels, &mut out)),
        Shape::WinTable => win_table(events, tongue, labels, &mut out),
        Shape::WinList => events.iter().for_each(|e| {
            let all = properties(e, tongue, Moment::Local);
            let wanted = ["TimeCreated", "ProviderName", "Id", "Message"];
            let chosen: Vec<_> = wanted.iter().filter_map(|w| all.iter().find(|(n, _)| n == w).cloned()).collect();
            list(&chosen, labels, &mut out);
        }),
        Shape::WinListAll => events.iter().for_each(|e| list(&properties(e, tongue, Moment::Local), labels, &mut out)),
        Shape::Csv(separator) => csv(events, separator, tongue, labels, &mut out),
        Shape::ViewerColumns(separator) => viewer_columns(events, separator, tongue, labels, &mut out),
        Shape::ViewerColumns2003 => viewer_columns_2003(events, tongue, &mut out),
        Shape::Json => json(events, tongue, labels, Moment::Milliseconds, &mut out),
        Shape::Json7 => json(events, tongue, labels, Moment::Iso, &mut out),
        Shape::Clixml => clixml(events, tongue, &mut out),
    }
    out
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    Local,
    Milliseconds,
    Iso,
}

fn time_of(event: &Event) -> When {
    event.time.unwrap_or(When::from_unix(0))
}

fn both(event: &Event, tongue: &Tongue) -> String {
    let (date, clock) = tongue.dates.write(time_of(event));
    // Korean puts the half of the day before the hour, others behind it; both are part of the clock here.
    format!("{date} {clock}")
}

fn label(labels: &[String], k: usize) -> &str {
    labels.get(k).map_or("", String::as_str)
}

fn account(event: &Event) -> &str {
    if event.user.is_some() { "SYSTEM" } else { "N/A" }
}

fn viewer_2003(event: &Event, tongue: &Tongue, labels: &Labels, out: &mut String) {
    let (date, clock) = tongue.dates.write(time_of(event));
    let values = [
        tongue.level(event.level).to_owned(),
        event.provider.clone(),
        tongue.none.to_owned(),
        event.id.to_string(),
        date,
        clock,
        "N/A".to_owned(),
        event.computer.clone().unwrap_or_default(),
    ];
    for (k, value) in values.iter().enumerate() {
        let _ = writeln!(out, "{}:\t{value}", label(&labels.old, k));
    }
    let _ = writeln!(out, "{}:\n{}\n", label(&labels.old, 8), message(event, tongue));
}

fn viewer_2008(event: &Event, tongue: &Tongue, labels: &Labels, out: &mut String) {
    let values = [
        event.channel.clone().unwrap_or_default(),
        event.provider.clone(),
        both(event, tongue),
        event.id.to_string(),
        tongue.none.to_owned(),
        tongue.level(event.level).to_owned(),
        String::new(),
        account(event).to_owned(),
        event.computer.clone().unwrap_or_default(),
    ];
    for (k, value) in values.iter().enumerate() {
        let _ = writeln!(out, "{}:      {value}", label(&labels.viewer, k));
    }
    let _ = writeln!(out, "{}:\n{}\n", label(&labels.viewer, 9), message(event, tongue));
}

fn wevtutil(k: usize, event: &Event, tongue: &Tongue, labels: &Labels, out: &mut String) {
    let time = time_of(event).to_string();
    let values = [
        event.channel.clone().unwrap_or_default(),
        event.provider.clone(),
        time.get(..23).unwrap_or_default().to_owned(),
        event.id.to_string(),
        "N/A".to_owned(),
        tongue.level(event.level).to_owned(),
        "N/A".to_owned(),
        "N/A".to_owned(),
        event.user.clone().unwrap_or_else(|| "N/A".to_owned()),
        "NT AUTHORITY\\SYSTEM".to_owned(),
        event.computer.clone().unwrap_or_default(),
    ];
    let _ = writeln!(out, "Event[{k}]:");
    for (k, value) in values.iter().enumerate() {
        let _ = writeln!(out, "  {}: {value}", label(&labels.wevtutil, k));
    }
    let _ = writeln!(out, "  {}: \n{}\n", label(&labels.wevtutil, 11), message(event, tongue));
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;").replace('\'', "&apos;")
}

fn element(node: &Node, out: &mut String) {
    let _ = write!(out, "<{}", node.name);
    for (name, value) in &node.attributes {
        let _ = write!(out, " {name}='{}'", escaped(value));
    }
    if node.text.is_empty() && node.children.is_empty() {
        out.push_str("/>");
        return;
    }
    let _ = write!(out, ">{}", escaped(&node.text));
    node.children.iter().for_each(|c| element(c, out));
    let _ = write!(out, "</{}>", node.name);
}

fn xml(event: &Event, out: &mut String) {
    let _ = write!(
        out,
        "<Event xmlns='http://schemas.microsoft.com/win/2004/08/events/event'><System><Provider Name='{}'",
        escaped(&event.provider)
    );
    if let Some(guid) = &event.provider_guid {
        let _ = write!(out, " Guid='{guid}'");
    }
    if let Some(source) = &event.source_name {
        let _ = write!(out, " EventSourceName='{source}'");
    }
    out.push_str("/><EventID");
    if let Some(qualifiers) = event.qualifiers {
        let _ = write!(out, " Qualifiers='{qualifiers}'");
    }
    let _ = write!(
        out,
        ">{}</EventID><Version>0</Version><Level>{}</Level><Task>0</Task><Opcode>0</Opcode><Keywords>0x8000000000000000</Keywords><TimeCreated SystemTime='{}'/><EventRecordID>{}</EventRecordID><Correlation/><Execution ProcessID='{}' ThreadID='1000'/><Channel>{}</Channel><Computer>{}</Computer>",
        event.id,
        event.level.unwrap_or(4),
        time_of(event),
        event.record.unwrap_or(0),
        event.process.unwrap_or(0),
        escaped(event.channel.as_deref().unwrap_or_default()),
        escaped(event.computer.as_deref().unwrap_or_default()),
    );
    match &event.user {
        Some(user) => {
            let _ = write!(out, "<Security UserID='{user}'/></System>");
        }
        None => out.push_str("<Security/></System>"),
    }
    match &event.tree {
        Some(tree) => {
            out.push_str("<UserData>");
            element(tree, out);
            out.push_str("</UserData>");
        }
        None => {
            out.push_str("<EventData>");
            for datum in &event.data {
                match &datum.name {
                    Some(name) => {
                        let _ = write!(out, "<Data Name='{name}'>{}</Data>", escaped(&datum.value));
                    }
                    None => {
                        let _ = write!(out, "<Data>{}</Data>", escaped(&datum.value));
                    }
                }
            }
            if let Some(binary) = &event.binary {
                let digits: String = binary.iter().map(|b| format!("{b:02X}")).collect();
                let _ = write!(out, "<Binary>{digits}</Binary>");
            }
            out.push_str("</EventData>");
        }
    }
    out.push_str("</Event>\n");
}

fn full_id(event: &Event) -> u32 {
    u32::from(event.qualifiers.unwrap_or(0)) << 16 | event.id
}

/// Properties of Get-EventLog's object, as its list shows them.
fn log_properties(event: &Event, tongue: &Tongue) -> Vec<(&'static str, String)> {
    let strings: Vec<&str> = event.data.iter().map(|d| d.value.as_str()).filter(|v| v.len() < 100).collect();
    vec![
        ("Index", event.record.unwrap_or(1).to_string()),
        ("EntryType", tongue.level(event.level).to_owned()),
        ("InstanceId", full_id(event).to_string()),
        ("Message", message(event, tongue)),
        ("Category", "(0)".to_owned()),
        ("CategoryNumber", "0".to_owned()),
        ("ReplacementStrings", format!("{{{}}}", strings.join(", "))),
        ("Source", event.provider.clone()),
        ("TimeGenerated", both(event, tongue)),
        ("TimeWritten", both(event, tongue)),
        ("UserName", "NT AUTHORITY\\SYSTEM".to_owned()),
    ]
}

/// Properties of Get-WinEvent's object in their order.
fn properties(event: &Event, tongue: &Tongue, moment: Moment) -> Vec<(&'static str, String)> {
    let time = match moment {
        Moment::Local => both(event, tongue),
        Moment::Milliseconds => format!("/Date({})/", time_of(event).unix_ms),
        Moment::Iso => time_of(event).to_string(),
    };
    let text = |value: Option<String>| value.unwrap_or_default();
    vec![
        ("Message", message(event, tongue)),
        ("Id", event.id.to_string()),
        ("Version", "0".to_owned()),
        ("Qualifiers", text(event.qualifiers.map(|q| q.to_string()))),
        ("Level", event.level.unwrap_or(4).to_string()),
        ("Task", "0".to_owned()),
        ("Opcode", "0".to_owned()),
        ("Keywords", "-9223372036854775808".to_owned()),
        ("RecordId", event.record.unwrap_or(1).to_string()),
        ("ProviderName", event.provider.clone()),
        ("ProviderId", text(event.provider_guid.as_ref().map(|g| g.trim_matches(['{', '}']).to_owned()))),
        ("LogName", text(event.channel.clone())),
        ("ProcessId", event.process.unwrap_or(4).to_string()),
        ("ThreadId", "1000".to_owned()),
        ("MachineName", text(event.computer.clone())),
        ("UserId", text(event.user.clone())),
        ("TimeCreated", time),
        ("ActivityId", String::new()),
        ("RelatedActivityId", String::new()),
        ("ContainerLog", "system".to_owned()),
        ("MatchedQueryIds", "System.UInt32[]".to_owned()),
        ("Bookmark", "System.Diagnostics.Eventing.Reader.EventBookmark".to_owned()),
        ("LevelDisplayName", tongue.level(event.level).to_owned()),
        ("OpcodeDisplayName", String::new()),
        ("TaskDisplayName", String::new()),
        ("KeywordsDisplayNames", "{}".to_owned()),
        ("Properties", "{System.Diagnostics.Eventing.Reader.EventProperty}".to_owned()),
    ]
}

/// Format-List: names padded to one width, long values below each other in their column.
fn list(properties: &[(&str, String)], labels: &Labels, out: &mut String) {
    let width = properties.iter().map(|(n, _)| labels.property(n).chars().count()).max().unwrap_or(0);
    for (name, value) in properties {
        let name = labels.property(name);
        let padding = " ".repeat(width - name.chars().count());
        let room = 79usize.saturating_sub(width + 3).max(20);
        for (k, line) in folded(value, room).iter().enumerate() {
            if k == 0 {
                let _ = writeln!(out, "{name}{padding} : {line}");
            } else {
                let _ = writeln!(out, "{}{line}", " ".repeat(width + 3));
            }
        }
    }
    out.push('\n');
}

/// A value broken between words, as PowerShell does at the width of the console.
fn folded(value: &str, room: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in value.split(' ') {
        let Some(line) = lines.last_mut() else { break };
        if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > room {
            lines.push(word.to_owned());
        } else {
            if !line.is_empty() {
                line.push(' ');
            }
            line.push_str(word);
        }
    }
    lines
}

fn win_table(events: &[Event], tongue: &Tongue, labels: &Labels, out: &mut String) {
    let mut last = "";
    for event in events {
        if event.provider != last {
            last = &event.provider;
            let names = ["TimeCreated", "Id", "LevelDisplayName", "Message"].map(|n| labels.property(n));
            let _ = writeln!(out, "\n\n   {}: {last}\n", labels.property("ProviderName"));
            let _ = writeln!(out, "{:<24} {:>8} {:<16} {}", names[0], names[1], names[2], names[3]);
            let dashes = names.map(|n| "-".repeat(n.chars().count()));
            let _ = writeln!(out, "{:<24} {:>8} {:<16} {}", dashes[0], dashes[1], dashes[2], dashes[3]);
        }
        let text = message(event, tongue);
        let _ = writeln!(out, "{:<24} {:>8} {:<16} {text}", both(event, tongue), event.id, tongue.level(event.level));
    }
}

fn log_table(events: &[Event], tongue: &Tongue, labels: &Labels, out: &mut String) {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let names = ["Index", "Time", "EntryType", "Source", "InstanceID", "Message"].map(|n| labels.property(n));
    let _ = writeln!(
        out,
        "\n{:>8} {:<13} {:<11} {:<28} {:>12} {}",
        names[0], names[1], names[2], names[3], names[4], names[5]
    );
    let dashes = names.map(|n| "-".repeat(n.chars().count()));
    let _ = writeln!(
        out,
        "{:>8} {:<13} {:<11} {:<28} {:>12} {}",
        dashes[0], dashes[1], dashes[2], dashes[3], dashes[4], dashes[5]
    );
    for event in events {
        let (_, month, day, hour, minute, _) = time_of(event).civil();
        let month = MONTHS.get(month as usize - 1).copied().unwrap_or_default();
        let time = format!("{month} {day:02} {hour:02}:{minute:02}");
        let text = message(event, tongue);
        let _ = writeln!(
            out,
            "{:>8} {time:<13} {:<11} {:<28} {:>12} {text}",
            event.record.unwrap_or(1),
            tongue.level(event.level),
            event.provider,
            full_id(event),
        );
    }
}

fn quoted(value: &str) -> String {
    format!("\"{}\"", value.replace('"', "\"\""))
}

fn csv(events: &[Event], separator: char, tongue: &Tongue, labels: &Labels, out: &mut String) {
    out.push_str("#TYPE System.Diagnostics.Eventing.Reader.EventLogRecord\n");
    let separator = separator.to_string();
    let Some(first) = events.first() else { return };
    let names: Vec<String> =
        properties(first, tongue, Moment::Local).iter().map(|(n, _)| quoted(labels.property(n))).collect();
    let _ = writeln!(out, "{}", names.join(&separator));
    for event in events {
        let row: Vec<String> = properties(event, tongue, Moment::Local)
            .iter()
            .map(|(_, v)| if v.is_empty() { String::new() } else { quoted(v) })
            .collect();
        let _ = writeln!(out, "{}", row.join(&separator));
    }
}

fn viewer_columns(events: &[Event], separator: char, tongue: &Tongue, labels: &Labels, out: &mut String) {
    let separator = separator.to_string();
    let _ = writeln!(out, "{}", labels.columns.join(&separator));
    for event in events {
        let row = [
            tongue.level(event.level).to_owned(),
            both(event, tongue),
            event.provider.clone(),
            event.id.to_string(),
            tongue.none.to_owned(),
            quoted(&message(event, tongue)),
        ];
        let _ = writeln!(out, "{}", row.join(&separator));
    }
}

fn viewer_columns_2003(events: &[Event], tongue: &Tongue, out: &mut String) {
    for event in events {
        let (date, clock) = tongue.dates.write(time_of(event));
        let row = [
            date,
            clock,
            event.provider.clone(),
            tongue.level(event.level).to_owned(),
            tongue.none.to_owned(),
            event.id.to_string(),
            "N/A".to_owned(),
            event.computer.clone().unwrap_or_default(),
            quoted(&message(event, tongue)),
        ];
        let _ = writeln!(out, "{}", row.join(","));
    }
}

fn json(events: &[Event], tongue: &Tongue, labels: &Labels, moment: Moment, out: &mut String) {
    const NUMBERS: [&str; 8] = ["Id", "Level", "RecordId", "ProcessId", "ThreadId", "Qualifiers", "Task", "Version"];
    let string = |value: &str| {
        let mut text = String::from("\"");
        for c in value.chars() {
            match c {
                '"' | '\\' => text.extend(['\\', c]),
                '\n' => text.push_str("\\n"),
                '\r' => text.push_str("\\r"),
                '/' if moment == Moment::Milliseconds => text.push_str("\\/"),
                c => text.push(c),
            }
        }
        text.push('"');
        text
    };
    out.push_str("[\n");
    for (k, event) in events.iter().enumerate() {
        out.push_str("    {\n");
        let all = properties(event, tongue, moment);
        for (name, value) in &all {
            let value = match *name {
                "UserId" if !value.is_empty() => {
                    format!("{{\"BinaryLength\": 12, \"AccountDomainSid\": null, \"Value\": {}}}", string(value))
                }
                "Properties" => {
                    let values: Vec<String> =
                        event.data.iter().map(|d| format!("{{\"Value\": {}}}", string(&d.value))).collect();
                    format!("[{}]", values.join(", "))
                }
                _ if value.is_empty() => "null".to_owned(),
                n if NUMBERS.contains(&n) => value.clone(),
                _ => string(value),
            };
            let comma = if *name == "Properties" { "" } else { "," };
            let _ = writeln!(out, "        {}: {value}{comma}", string(labels.property(name)));
        }
        out.push_str(if k + 1 < events.len() { "    },\n" } else { "    }\n" });
    }
    out.push_str("]\n");
}

fn clixml(events: &[Event], tongue: &Tongue, out: &mut String) {
    out.push_str("<Objs Version=\"1.1.0.1\" xmlns=\"http://schemas.microsoft.com/powershell/2004/04\">\n");
    let text = |value: &str| escaped(value).replace('\n', "_x000A_");
    for (k, event) in events.iter().enumerate() {
        let _ = writeln!(out, "  <Obj RefId=\"{}\">\n    <ToString>EventLogRecord</ToString>\n    <Props>", k * 4);
        for (name, value) in properties(event, tongue, Moment::Iso) {
            match name {
                "Properties" => {
                    let _ = writeln!(out, "      <Obj N=\"Properties\" RefId=\"{}\"><LST>", k * 4 + 1);
                    for (j, datum) in event.data.iter().enumerate() {
                        let _ = writeln!(
                            out,
                            "        <Obj RefId=\"{}{j}\"><ToString>EventProperty</ToString><Props><S N=\"Value\">{}</S></Props></Obj>",
                            k * 4 + 2,
                            text(&datum.value)
                        );
                    }
                    out.push_str("      </LST></Obj>\n");
                }
                _ if value.is_empty() => {
                    let _ = writeln!(out, "      <Nil N=\"{name}\" />");
                }
                "TimeCreated" => {
                    let _ = writeln!(out, "      <DT N=\"{name}\">{value}</DT>");
                }
                "Id" | "ProcessId" | "ThreadId" => {
                    let _ = writeln!(out, "      <I32 N=\"{name}\">{value}</I32>");
                }
                _ => {
                    let _ = writeln!(out, "      <S N=\"{name}\">{}</S>", text(&value));
                }
            }
        }
        out.push_str("    </Props>\n  </Obj>\n");
    }
    out.push_str("</Objs>\n");
}
