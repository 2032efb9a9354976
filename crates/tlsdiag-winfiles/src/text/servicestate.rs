//! `netsh http show servicestate`: which process stands behind which URL of HTTP.sys, in both of its views.
//!
//! The labels are translated. Request queues are told by their shape: a `label: value` line below which, deeper indented,
//! stand process ids. Lines of a URL group with the same label name the queue that serves the group.
use super::binding::Span;
use super::damaged::clip;
use super::lines::{Line, Text, is_blank};
use super::shape;
use super::url::UrlPrefix;

/// A process that takes requests from a queue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QueueProcess {
    /// Its id.
    pub pid: u32,
    /// Its program, if it is printed and known.
    pub image: Option<String>,
    /// Line of the file.
    pub line: u32,
}

/// A queue of requests, or a group of URLs whose queue is not told.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RequestQueue {
    /// Its name; queues without one all have the same phrase here, in the language of that machine.
    pub name: Option<String>,
    /// Who takes requests from it.
    pub processes: Vec<QueueProcess>,
    /// What is registered for it, with the line of each.
    pub urls: Vec<(UrlPrefix, u32)>,
    /// From its name to its last line.
    pub lines: Span,
}

/// How sure it is that the text is such a listing, from 0 to 100.
#[must_use]
pub fn recognise(text: &Text<'_>) -> u8 {
    let queues = read(text);
    let urls = queues.iter().any(|queue| !queue.urls.is_empty());
    let processes = queues.iter().any(|queue| !queue.processes.is_empty());
    match (urls, processes) {
        (true, true) => 95,
        (true, false) => 75,
        _ => 0,
    }
}

/// Queues that have a process or a URL. Empty without any URL of HTTP.sys in the text.
#[must_use]
pub fn read(text: &Text<'_>) -> Vec<RequestQueue> {
    let lines: Vec<Line<'_>> = text.filled().filter(|line| line.command().is_none()).collect();
    if !lines.iter().any(|line| url(*line).is_some()) {
        return Vec::new();
    }
    let labels = queue_labels(&lines);
    let mut out: Vec<RequestQueue> = Vec::new();
    let mut open: Option<(usize, RequestQueue)> = None;
    for line in &lines {
        let indent = line.indent();
        let named = named(*line);
        let starts = named.is_some_and(|(label, _)| labels.contains(&label));
        let inside = open.as_ref().is_some_and(|(depth, _)| indent > *depth);
        let url = url(*line);
        if starts
            && inside
            && named
                .is_some_and(|(_, value)| open.as_ref().is_some_and(|(_, queue)| queue.name.as_deref() == Some(value)))
        {
            // the group of URLs inside of its own queue
            continue;
        }
        // a URL group names its queue first and lists its URLs deeper or as deep
        let same = url.is_some() && open.as_ref().is_some_and(|(depth, _)| indent >= *depth);
        if starts || (!inside && !same && (is_id(named) || named.is_none() && url.is_none())) {
            out.extend(open.take().map(|(_, queue)| queue));
        }
        if let (true, Some((_, value))) = (starts, named) {
            open = Some((
                indent,
                RequestQueue { name: Some(clip(value)), lines: Span::line(line.number), ..RequestQueue::default() },
            ));
            continue;
        }
        if let Some(url) = url {
            let (_, queue) = open
                .get_or_insert_with(|| (0, RequestQueue { lines: Span::line(line.number), ..RequestQueue::default() }));
            queue.urls.push((url, line.number));
            queue.lines.last = line.number;
        } else if let Some((_, queue)) = &mut open {
            let process = process(*line);
            queue.lines.last = line.number;
            queue.processes.extend(process);
        }
    }
    out.extend(open.map(|(_, queue)| queue));
    out.retain(|queue| !queue.urls.is_empty() || !queue.processes.is_empty());
    out
}

/// All that such a listing covers: from its first session, group or queue to the last line that belongs to one.
#[must_use]
pub fn frame(text: &Text<'_>) -> Option<Span> {
    let queues = read(text);
    let last = queues.iter().map(|queue| queue.lines.last).max()?;
    let first = queues.iter().map(|queue| queue.lines.first).min()?;
    let id = text.filled().find(|line| line.indent() == 0 && is_id(named(*line))).map(|line| line.number);
    Some(Span { first: id.map_or(first, |id| id.min(first)), last })
}

/// Labels of the lines that name a queue: the nearest line above a process id that is less indented and has a value which
/// is no number and no id.
fn queue_labels<'a>(lines: &[Line<'a>]) -> Vec<&'a str> {
    let mut out: Vec<&str> = Vec::new();
    let mut path: Vec<(usize, Option<(&str, &str)>)> = Vec::new();
    for line in lines {
        let indent = line.indent();
        while path.last().is_some_and(|(depth, _)| *depth >= indent) {
            path.pop();
        }
        if process(*line).is_some() {
            let label = path.iter().rev().filter_map(|(_, named)| *named).find(|(_, value)| !value.is_empty());
            if let Some((label, _)) = label.filter(|(label, _)| !out.contains(label))
                && out.len() < 8
            {
                out.push(label);
            }
        }
        if path.len() < 64 {
            path.push((indent, named(*line).filter(|named| !is_id(Some(*named)))));
        }
    }
    out
}

fn named<'a>(line: Line<'a>) -> Option<(&'a str, &'a str)> {
    line.splits().last()
}

/// Sessions and URL groups are told by 16 hex digits.
fn is_id(named: Option<(&str, &str)>) -> bool {
    named.is_some_and(|(_, value)| value.len() == 16 && shape::hex(value).is_some())
}

fn url(line: Line<'_>) -> Option<UrlPrefix> {
    UrlPrefix::parse(line.trimmed())
}

/// `        3248`, or `ID: 3248, image: C:\…\w3wp.exe`.
fn process(line: Line<'_>) -> Option<QueueProcess> {
    let text = line.trimmed();
    if line.indent() >= 8
        && let Some(pid) = shape::number(text)
    {
        return Some(QueueProcess { pid: u32::try_from(pid).ok()?, image: None, line: line.number });
    }
    let (first, rest) = text.split_once(',')?;
    let pid = shape::number(first.rsplit([':', '：']).next()?.trim_matches(is_blank))?;
    let (_, image) = rest.split_once([':', '：'])?;
    let image = image.trim_matches(is_blank);
    let known = image.contains('\\') || image.to_ascii_lowercase().ends_with(".exe");
    (known || image.starts_with('<')).then(|| QueueProcess {
        pid: u32::try_from(pid).unwrap_or(u32::MAX),
        image: known.then(|| clip(image)),
        line: line.number,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str) -> Vec<(Option<String>, Vec<u32>, Vec<String>)> {
        read(&Text::new(text))
            .into_iter()
            .map(|queue| {
                let pids = queue.processes.iter().map(|p| p.pid).collect();
                (
                    queue.name,
                    pids,
                    queue.urls.iter().map(|(url, _)| format!("{}:{}{}", url.host, url.port, url.path)).collect(),
                )
            })
            .collect()
    }

    #[test]
    fn view_by_queue() {
        let text = "Snapshot:\n----\n\nServer session ID: FF00000020000001\n    Version: 2.0\n\nRequest queue name: DefaultAppPool\n    Version: 2.0\n    Max requests: 1000\n    Number of active processes attached: 1\n    Process IDs:\n        3248\n    URL groups:\n    URL group ID: FE00000040000001\n        State: Active\n        Request queue name: DefaultAppPool\n        Number of registered URLs: 1\n        Registered URLs:\n            HTTPS://*:443/\n\nRequest queue name: b\n    Processes:\n        ID: 1412, image: C:\\Windows\\System32\\svchost.exe\n        Services: WinRM\n    Registered URLs:\n        HTTP://+:5985/WSMAN/\n";
        assert_eq!(
            shown(text),
            [
                (Some("DefaultAppPool".to_owned()), vec![3248], vec!["*:443/".to_owned()]),
                (Some("b".to_owned()), vec![1412], vec!["+:5985/WSMAN/".to_owned()]),
            ]
        );
    }

    #[test]
    fn view_by_session_in_another_language() {
        let text = "세션 ID: FF00000120000001\n    버전: 1.0\n    URL 그룹:\n    URL 그룹 ID: FE00000140000001\n        상태: 활성\n        요청 큐 이름: 풀하나\n        속성:\n            최대 대역폭: 상속\n        등록된 URL 수: 2\n        등록된 URL:\n            HTTP://+:5985/WSMAN/\n            HTTP://+:47001/WSMAN/\n\n요청 큐:\n    요청 큐 이름: 풀하나\n        버전: 2.0\n        연결된 프로세스 수: 1\n        프로세스 ID:\n            2668\n";
        assert_eq!(
            shown(text),
            [
                (Some("풀하나".to_owned()), vec![], vec!["+:5985/WSMAN/".to_owned(), "+:47001/WSMAN/".to_owned()]),
                (Some("풀하나".to_owned()), vec![2668], vec![]),
            ]
        );
    }

    #[test]
    fn other_text_is_none() {
        assert_eq!(recognise(&Text::new("Name: a\n        1234\n")), 0);
    }
}
