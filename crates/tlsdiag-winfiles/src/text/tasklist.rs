//! Processes and the services inside of them: `tasklist` plain, `/svc`, `/fo csv`, `/fo list`, and what PowerShell's
//! `Get-Process` prints.
//!
//! Headings are translated. A table is a rule of `=` below a heading; a row's second column is the process id.
use super::binding::Span;
use super::columns::Measure;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::powershell_table::Record;
use super::shape;

/// A process.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Process {
    /// Its program, such as `w3wp.exe`.
    pub image: String,
    /// Its id.
    pub pid: u32,
    /// Services that run inside, by their short names, if they are printed.
    pub services: Vec<String>,
    /// Lines of the file.
    pub lines: Span,
}

/// How sure it is that the text has a list of processes, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    match read(text).len() {
        0 => 0,
        1 => 70,
        _ => 90,
    }
}

/// Every process of a text.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<Process> {
    let mut out = tables(text);
    if out.is_empty() {
        out = rows_in_quotes(text);
    }
    if out.is_empty() {
        out = blocks(text);
    }
    // the idle process has no services: the phrase in its place means none
    let none = out.iter().find(|process| process.pid == 0).and_then(|process| process.services.first().cloned());
    for process in &mut out {
        process.services.retain(|service| Some(service) != none.as_ref() && service != "N/A");
    }
    out
}

/// Rows of `Get-Process` among records that PowerShell printed.
#[must_use]
pub fn from_records(records: &[Record]) -> Vec<Process> {
    let process = |record: &Record| {
        let image = record.get("ProcessName").or_else(|| record.get("Name")).filter(|name| !name.is_empty())?;
        record.raw("Handles")?;
        let pid = record.get("Id")?.parse().ok()?;
        Some(Process { image: clip(image), pid, services: Vec::new(), lines: Span::line(record.line) })
    };
    records.iter().filter_map(process).collect()
}

fn tables(text: &Text<'_>) -> Vec<Process> {
    let mut out = Vec::new();
    let mut columns: Option<Vec<(usize, usize)>> = None;
    let mut measure = Measure::Cells;
    for line in &text.lines {
        if let Some(found) = rule(*line) {
            columns = (found.len() == 3 || found.len() >= 5).then_some(found);
            continue;
        }
        let Some(columns) = columns.as_deref().filter(|_| !line.text.is_empty()) else {
            columns = None;
            continue;
        };
        let counted = [measure, Measure::Characters, Measure::Cells]
            .into_iter()
            .find_map(|with| table_row(*line, columns, with).map(|process| (with, process)));
        if let Some((with, process)) = counted {
            measure = with;
            out.push(process);
        } else {
            out.extend(loose_row(*line, columns.len()));
        }
        // services that had no room go on below
        if let (3, Some(last), Some(more)) = (columns.len(), out.last_mut(), columns.get(2)) {
            let before = cell(line.text, measure, 0, more.0);
            if before.trim_matches(is_blank).is_empty() {
                last.services.extend(services(cell(line.text, measure, more.0, usize::MAX)));
                last.lines.last = line.number;
            }
        }
    }
    out
}

fn rule(line: Line<'_>) -> Option<Vec<(usize, usize)>> {
    if !line.text.starts_with("===") || !line.text.chars().all(|c| c == '=' || c == ' ') {
        return None;
    }
    let mut out: Vec<(usize, usize)> = Vec::new();
    for (at, _) in line.text.char_indices().filter(|(_, c)| *c == '=').take(1024) {
        match out.last_mut() {
            Some((_, end)) if *end == at => *end = at + 1,
            _ => out.push((at, at + 1)),
        }
    }
    Some(out)
}

fn table_row(line: Line<'_>, columns: &[(usize, usize)], measure: Measure) -> Option<Process> {
    let [(_, _), (start, end), rest @ ..] = columns else { return None };
    let image = cell(line.text, measure, 0, *start).trim_matches(is_blank);
    // a column that runs into the next one was counted in another way
    let border = cell(line.text, measure, *end, end.saturating_add(1));
    if !border.trim_matches(is_blank).is_empty() {
        return None;
    }
    let pid = shape::number(cell(line.text, measure, *start, *end).trim_matches(is_blank))?;
    let services = match rest {
        [(third, _)] => services(cell(line.text, measure, *third, usize::MAX)),
        _ => Vec::new(),
    };
    let pid = u32::try_from(pid).ok()?;
    (!image.is_empty()).then(|| Process { image: clip(image), pid, services, lines: Span::line(line.number) })
}

/// A row whose columns do not stand below the rule: the first number after a word is the process id.
fn loose_row(line: Line<'_>, columns: usize) -> Option<Process> {
    let text = line.text;
    let start = text.char_indices().skip(1).find(|(at, c)| {
        let word = text.get(*at..).and_then(|rest| rest.split(is_blank).next()).unwrap_or("");
        c.is_ascii_digit()
            && text.get(..*at).is_some_and(|before| before.ends_with(is_blank))
            && shape::number(word).is_some()
    })?;
    let image = text.get(..start.0)?.trim_matches(is_blank);
    let rest = text.get(start.0..)?;
    let (pid, rest) = rest.split_once(is_blank).unwrap_or((rest, ""));
    let pid = u32::try_from(shape::number(pid)?).ok()?;
    let services = if columns == 3 { services(rest) } else { Vec::new() };
    (!image.is_empty()).then(|| Process { image: clip(image), pid, services, lines: Span::line(line.number) })
}

fn cell(text: &str, measure: Measure, start: usize, end: usize) -> &str {
    text.get(measure.offset(text, start)..measure.offset(text, end)).unwrap_or("")
}

fn services(text: &str) -> Vec<String> {
    text.split(',').map(|service| service.trim_matches(is_blank)).filter(|s| !s.is_empty()).map(clip).collect()
}

/// `"w3wp.exe","1234","Services","0","12,345 K"`; with `/svc` the third value lists services.
fn rows_in_quotes(text: &Text<'_>) -> Vec<Process> {
    let row = |line: Line<'_>| {
        let inner = line.trimmed().strip_prefix('"')?.strip_suffix('"')?;
        let values: Vec<&str> = inner.split("\",\"").take(10).collect();
        let (image, pid) = (values.first()?, shape::number(values.get(1)?)?);
        let sound = image.to_ascii_lowercase().ends_with(".exe") || values.len() == 3 || values.len() >= 5;
        let services = if values.len() == 3 { services(values.get(2)?) } else { Vec::new() };
        let pid = u32::try_from(pid).ok()?;
        sound.then(|| Process { image: clip(image), pid, services, lines: Span::line(line.number) })
    };
    let out: Vec<Process> = text.filled().filter_map(row).collect();
    // a table of something else may have a number in its second column
    let programs = out.iter().filter(|p| p.image.to_ascii_lowercase().ends_with(".exe")).count();
    if programs > 0 { out } else { Vec::new() }
}

/// `/fo list`: three or more `label: value` lines, the first a program, the second a number.
fn blocks(text: &Text<'_>) -> Vec<Process> {
    let mut out = Vec::new();
    for block in text.lines.split(|line| line.text.is_empty()) {
        let values: Vec<&str> = block.iter().filter_map(Line::last_value).collect();
        let (Some(image), Some(pid), Some(first), Some(last)) =
            (values.first(), values.get(1).and_then(|pid| shape::number(pid)), block.first(), block.last())
        else {
            continue;
        };
        let program = image.to_ascii_lowercase().ends_with(".exe") || (pid == 4 && *image == "System");
        if !program || values.len() < 3 || values.len() != block.len() {
            continue;
        }
        let services =
            if values.len() == 3 { values.get(2).map(|text| services(text)).unwrap_or_default() } else { Vec::new() };
        out.push(Process {
            image: clip(image),
            pid: u32::try_from(pid).unwrap_or(u32::MAX),
            services,
            lines: Span { first: first.number, last: last.number },
        });
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(String, u32, String)> {
        read(&Text::new(text)).into_iter().map(|p| (p.image, p.pid, p.services.join(" "))).collect()
    }

    fn own(rows: &[(&str, u32, &str)]) -> Vec<(String, u32, String)> {
        rows.iter().map(|(a, b, c)| ((*a).to_owned(), *b, (*c).to_owned())).collect()
    }

    #[test]
    fn services_of_processes_in_korean() {
        let text = "
이미지 이름                    PID 서비스
========================= ======== ============================================
System Idle Process              0 N/A 없음
System                           4 N/A 없음
svchost.exe                    820 BrokerInfrastructure, DcomLaunch, LSM,
                                   PlugPlay, Power
서버 프로그램.exe              12345 W3SVC
";
        let want = own(&[
            ("System Idle Process", 0, ""),
            ("System", 4, ""),
            ("svchost.exe", 820, "BrokerInfrastructure DcomLaunch LSM PlugPlay Power"),
            ("서버 프로그램.exe", 12345, "W3SVC"),
        ]);
        assert_eq!(shown(text), want);
    }

    #[test]
    fn the_other_forms() {
        let text = "Abbildname                     PID Sitzungsname       Sitz.-Nr. Speichernutzung\n========================= ======== ================ =========== ===============\nw3wp.exe                      4242 Services                   0       12.345 K\n";
        assert_eq!(shown(text), own(&[("w3wp.exe", 4242, "")]));
        assert_eq!(
            shown("\"映像名稱\",\"PID\",\"服務\"\n\"svchost.exe\",\"820\",\"DcomLaunch,LSM\"\n"),
            own(&[("svchost.exe", 820, "DcomLaunch LSM")])
        );
        assert_eq!(
            shown(
                "Image Name:   w3wp.exe\nPID:          77\nServices:     N/A\n\nImage Name:   b.exe\nPID:          78\nServices:     x,y\n"
            ),
            own(&[("w3wp.exe", 77, ""), ("b.exe", 78, "x y")])
        );
        assert!(shown("a: b\nc: 4\n").is_empty());
    }
}
