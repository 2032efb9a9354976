//! One examination: what a visitor's machine is told of an endpoint, and what the diagnosis says of it.
use crate::lab::Served;
use serde::{Deserialize, Serialize};
use std::{
    fmt::Write,
    net::IpAddr,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};
use tlsdiag_collect::{Settings, Target};
use tlsdiag_engine::{Checked, check};
use tlsdiag_model::{Case, Impact, Name, Sink, Standing, Time, bundle};

/// All that the examiner is told.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Request {
    /// What a visitor opens.
    pub url: String,
    /// `NAME:PORT:ADDRESS`.
    pub resolve: Vec<String>,
    /// The root that is trusted, PEM.
    pub root_pem: String,
    /// After how long silence counts, milliseconds.
    pub timeout_ms: u64,
    /// A folder where all evidence is left: the case as a bundle, the asks in their order, the diagnosis.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keep: Option<PathBuf>,
}

impl Request {
    /// What a probe may know of an endpoint.
    pub fn of(served: &Served, root_pem: &str, timeout: Duration) -> Request {
        Request {
            url: served.url.clone(),
            resolve: served.resolve.clone(),
            root_pem: root_pem.to_owned(),
            timeout_ms: u64::try_from(timeout.as_millis()).unwrap_or(u64::MAX),
            keep: None,
        }
    }
}

/// A cause as it was named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Named {
    /// Code of the rule.
    pub code: Option<u16>,
    /// Labels, the leading one first.
    pub labels: Vec<String>,
    /// Likely or proven, not merely possible.
    pub sure: bool,
    /// Proven.
    pub proven: bool,
    /// What it does.
    pub impact: Impact,
}

/// What the diagnosis says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// `works`, `partial`, `broken` or `unknown`.
    pub health: String,
    /// Exit code.
    pub exit: u8,
    /// Causes in their order.
    pub causes: Vec<Named>,
    /// Seconds.
    pub seconds: f64,
    /// Connections opened.
    pub connections: u32,
    /// Processor time of the examining process from its start to the answer, user and system, in milliseconds. Only
    /// where it examined this and nothing else, and only on Linux.
    #[serde(default)]
    pub cpu_ms: Option<f64>,
    /// The most memory that the examining process held (resident set, KiB), under the same conditions.
    #[serde(default)]
    pub peak_kb: Option<u64>,
}

/// Examines an endpoint in this process.
///
/// # Errors
/// In words, when it cannot be examined at all.
pub fn examine(request: &Request) -> Result<Found, String> {
    let target = Target::parse(&request.url).map_err(|e| e.say().render(tlsdiag_model::Lang::En))?;
    let resolve = request.resolve.iter().map(|r| pin(r)).collect::<Result<Vec<_>, _>>()?;
    let settings = Settings {
        timeout: Duration::from_millis(request.timeout_ms),
        resolve,
        ca_file: Some(request.root_pem.clone().into_bytes()),
        ..Settings::default()
    };
    let sink = Sink::new(Case::here("this machine"));
    let begun = Instant::now();
    let mut asks = String::new();
    let checked = check(&[target.asked], &settings, &sink, &mut |round| {
        if request.keep.is_some() {
            let _ = writeln!(asks, "{:>6} ms  {:?}", round.elapsed.as_millis(), round.asks);
        }
    })
    .map_err(|e| e.to_string())?;
    if let Some(folder) = &request.keep {
        keep(folder, &checked, &asks, (settings.now)())?;
    }
    let causes = checked.diagnosis.causes.iter().map(|c| Named {
        code: c.code.map(|c| c.0),
        labels: c.labels.iter().map(|l| l.label().to_owned()).collect(),
        sure: c.standing < Standing::Possible,
        proven: c.standing == Standing::Proven,
        impact: c.impact,
    });
    Ok(Found {
        health: checked.diagnosis.health().slug().to_owned(),
        exit: checked.diagnosis.exit(Impact::Partial),
        causes: causes.collect(),
        seconds: begun.elapsed().as_secs_f64(),
        connections: checked.connections,
        cpu_ms: None,
        peak_kb: None,
    })
}

/// Leaves all evidence in a folder.
fn keep(folder: &Path, checked: &Checked, asks: &str, taken: Time) -> Result<(), String> {
    let tool = concat!("tlsdiag ", env!("CARGO_PKG_VERSION"));
    let mut files = bundle::write(&checked.case, tool, taken, None).map_err(|e| e.to_string())?;
    files.insert("asks.txt".to_owned(), asks.as_bytes().to_vec());
    files.insert("diagnosis.txt".to_owned(), format!("{:#?}\n", checked.diagnosis).into_bytes());
    for (name, bytes) in files {
        let path = folder.join(name);
        let parent = path.parent().unwrap_or(folder);
        std::fs::create_dir_all(parent).map_err(|e| format!("{}: {e}", parent.display()))?;
        std::fs::write(&path, bytes).map_err(|e| format!("{}: {e}", path.display()))?;
    }
    Ok(())
}

/// `NAME:PORT:ADDRESS`; names may hold no colon, addresses may.
fn pin(text: &str) -> Result<(Name, u16, Vec<IpAddr>), String> {
    let mut parts = text.splitn(3, ':');
    let parsed = (|| {
        let name = Name::new(parts.next()?);
        let port = parts.next()?.parse().ok()?;
        let addr = parts.next()?.trim_start_matches('[').trim_end_matches(']').parse().ok()?;
        Some((name, port, vec![addr]))
    })();
    parsed.ok_or_else(|| format!("{text:?} is not NAME:PORT:ADDRESS"))
}
