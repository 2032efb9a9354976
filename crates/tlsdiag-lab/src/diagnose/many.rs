//! Examinations in a process of their own: requests go in and answers come out as JSON, one a line.
use super::{Found, Request, examine, of_this_process};
use crate::error::Error;
use serde::{Deserialize, Serialize};
use std::{
    io::{BufRead, Write},
    process::{Command, Stdio},
    sync::{Mutex, PoisonError, mpsc},
};

/// The most bytes of requests that are read.
const MOST: u64 = 64 << 20;

/// An answer, in whatever order it comes.
#[derive(Debug, Serialize, Deserialize)]
struct Answer {
    /// The request's place, from 0.
    index: usize,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    found: Option<Found>,
    /// Why nothing could be examined.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    error: Option<String>,
}

/// Answers every request on `input`, up to `jobs` at once. What the process spent is told if there is one request.
///
/// # Errors
/// When a request cannot be read or an answer cannot be written.
pub fn serve_requests(input: impl BufRead, output: &mut impl Write, jobs: usize) -> Result<(), Error> {
    let mut requests = Vec::new();
    for line in input.take(MOST).lines() {
        let line = line.map_err(Error::io("read the requests"))?;
        if !line.trim().is_empty() {
            requests.push(serde_json::from_str(&line).map_err(|e| Error::Argument(e.to_string()))?);
        }
    }
    let alone = requests.len() == 1;
    let mut written = Ok(());
    each(&requests, jobs, examine, |index, found| {
        let mut answer = match found {
            Ok(found) => Answer { index, found: Some(found), error: None },
            Err(why) => Answer { index, found: None, error: Some(why) },
        };
        if let (true, Some(found), Some(usage)) = (alone, &mut answer.found, of_this_process()) {
            (found.cpu_ms, found.peak_kb) = (Some(usage.cpu_ms), Some(usage.peak_kb));
        }
        if written.is_ok() {
            written = write(output, &answer);
        }
    });
    written
}

/// Has `command`, which puts this program where it should be, examine one endpoint.
///
/// # Errors
/// In words, when it cannot be examined.
pub fn examine_one(command: Command, request: &Request) -> Result<Found, String> {
    let mut all = examine_all(command, std::slice::from_ref(request), 1)?;
    all.pop().unwrap_or_else(|| Err("no answer".to_owned()))
}

/// Has `command` examine many endpoints, up to `jobs` at once; the answers are in the order of the requests.
///
/// # Errors
/// In words, when the examiner cannot be started or talked to.
pub fn examine_all(
    mut command: Command,
    requests: &[Request],
    jobs: usize,
) -> Result<Vec<Result<Found, String>>, String> {
    command.args(["lab", "examine", "--jobs", &jobs.to_string()]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::inherit());
    let mut asked = Vec::new();
    for request in requests {
        serde_json::to_writer(&mut asked, request).map_err(|e| e.to_string())?;
        asked.push(b'\n');
    }
    let mut child = command.spawn().map_err(|e| format!("start the examiner: {e}"))?;
    // it answers only after it has read everything, so this cannot block for good
    let told = child.stdin.take().map_or(Ok(()), |mut input| input.write_all(&asked));
    let out = child.wait_with_output().map_err(|e| e.to_string())?;
    told.map_err(|e| format!("tell the examiner: {e}"))?;
    let mut answers: Vec<Result<Found, String>> =
        requests.iter().map(|_| Err("the examiner gave no answer".to_owned())).collect();
    for line in out.stdout.split(|b| *b == b'\n').filter(|l| !l.is_empty()) {
        let answer: Answer =
            serde_json::from_slice(line).map_err(|e| format!("the examiner said what cannot be read: {e}"))?;
        if let Some(slot) = answers.get_mut(answer.index) {
            *slot = answer.found.ok_or_else(|| answer.error.unwrap_or_default());
        }
    }
    Ok(answers)
}

/// Does something with each, up to `jobs` at once, and hands out each result as it comes.
fn each<T: Sync, R: Send>(all: &[T], jobs: usize, work: impl Fn(&T) -> R + Sync, mut done: impl FnMut(usize, R)) {
    let next = Mutex::new(all.iter().enumerate());
    let (send, receive) = mpsc::channel();
    std::thread::scope(|scope| {
        for _ in 0..jobs.clamp(1, 256).min(all.len()) {
            let (next, work, send) = (&next, &work, send.clone());
            scope.spawn(move || {
                loop {
                    let one = next.lock().unwrap_or_else(PoisonError::into_inner).next();
                    let Some((i, one)) = one else { return };
                    if send.send((i, work(one))).is_err() {
                        return;
                    }
                }
            });
        }
        drop(send);
        for (i, result) in receive {
            done(i, result);
        }
    });
}

fn write(output: &mut impl Write, answer: &Answer) -> Result<(), Error> {
    let line = serde_json::to_string(answer).map_err(|e| Error::Argument(e.to_string()))?;
    writeln!(output, "{line}").and_then(|()| output.flush()).map_err(Error::io("write an answer"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_piece_of_work_is_done_once_whatever_the_number_of_jobs() {
        for jobs in [0, 1, 3, 100] {
            let all: Vec<u64> = (0..20).collect();
            let mut seen = vec![];
            each(&all, jobs, |n| n * n, |i, square| seen.push((i as u64, square)));
            seen.sort_unstable();
            assert_eq!(seen, all.iter().map(|n| (*n, n * n)).collect::<Vec<_>>());
        }
    }

    #[test]
    fn requests_that_cannot_be_examined_are_answered_in_words_with_their_place() {
        let request = Request {
            url: "https://x.test/".to_owned(),
            resolve: vec!["nonsense".to_owned()],
            root_pem: String::new(),
            timeout_ms: 100,
            keep: None,
        };
        let line = serde_json::to_string(&request).unwrap();
        let mut out = Vec::new();
        serve_requests(format!("{line}\n\n{line}\n").as_bytes(), &mut out, 2).unwrap();
        let mut answers: Vec<Answer> = out.lines().map(|l| serde_json::from_str(&l.unwrap()).unwrap()).collect();
        answers.sort_by_key(|a| a.index);
        assert_eq!(answers.iter().map(|a| a.index).collect::<Vec<_>>(), [0, 1]);
        assert!(answers.iter().all(|a| a.found.is_none() && a.error.as_ref().is_some_and(|e| e.contains("nonsense"))));
        assert!(serve_requests(&b"{}\n"[..], &mut Vec::new(), 1).is_err());
    }
}
