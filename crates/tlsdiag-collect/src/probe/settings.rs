//! What a probe may do and with what it is provided: time, randomness, resolvers and the environment are put in from
//! outside, so that a test can give its own.
use std::{
    net::{IpAddr, SocketAddr},
    path::PathBuf,
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tlsdiag_model::{Name, Time, facts::Answer};

/// A wall clock: milliseconds since 1970.
pub type WallClock = Arc<dyn Fn() -> Time + Send + Sync>;
/// The variables of an environment.
pub type Environment = Arc<dyn Fn(&str) -> Option<String> + Send + Sync>;

/// What programs here do to look a name up; it may block.
pub type SystemLookup = Arc<dyn Fn(&str) -> Answer + Send + Sync>;

/// Settings of a probe.
#[derive(Clone)]
pub struct Settings {
    /// How long nothing may come before it counts as silence. A conversation as a whole ends two seconds later, even
    /// when bytes trickle.
    pub timeout: Duration,
    /// The least time after which a hello without an answer is reported as pending; it waits at least four connect
    /// round trips, too.
    pub patience: Duration,
    /// Ask nobody but the target: no issuers are fetched, no revocation service is asked.
    pub offline: bool,
    /// Addresses for a name and port, instead of looking the name up.
    pub resolve: Vec<(Name, u16, Vec<IpAddr>)>,
    /// Further trust anchors: PEM, or one DER certificate.
    pub ca_file: Option<Vec<u8>>,
    /// Most addresses of a name that are looked at.
    pub max_addresses: usize,
    /// Most connections to the target in one run.
    pub budget: u32,
    /// Makes hellos repeatable; `None`: from the operating system.
    pub seed: Option<u64>,
    /// The wall clock; it is read once, and a monotonic clock runs from there.
    pub now: WallClock,
    /// `User-Agent` of requests.
    pub user_agent: String,
    /// How the operating system looks a name up.
    pub system_lookup: SystemLookup,
    /// DNS servers to ask directly; `None`: those of the system.
    pub dns: Option<Vec<SocketAddr>>,
    /// Longest time for asking DNS servers directly.
    pub dns_time: Duration,
    /// The hosts file; `None`: the system's.
    pub hosts_file: Option<PathBuf>,
    /// The variables that name proxies.
    pub environment: Environment,
    /// Whether to read this machine's trust anchors.
    pub machine_anchors: bool,
    /// The port of the plain site beside the https one.
    pub plain_port: u16,
}

impl Default for Settings {
    fn default() -> Settings {
        Settings {
            timeout: Duration::from_secs(10),
            patience: Duration::from_millis(600),
            offline: false,
            resolve: vec![],
            ca_file: None,
            max_addresses: 8,
            budget: 38,
            seed: None,
            now: Arc::new(system_clock),
            user_agent: concat!("tlsdiag/", env!("CARGO_PKG_VERSION")).to_owned(),
            system_lookup: Arc::new(super::names::getaddrinfo),
            dns: None,
            dns_time: Duration::from_secs(3),
            hosts_file: None,
            environment: Arc::new(|name| std::env::var(name).ok()),
            machine_anchors: true,
            plain_port: 80,
        }
    }
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings")
            .field("timeout", &self.timeout)
            .field("patience", &self.patience)
            .field("offline", &self.offline)
            .field("budget", &self.budget)
            .finish_non_exhaustive()
    }
}

fn system_clock() -> Time {
    let ms = |d: Duration| Time::try_from(d.as_millis()).unwrap_or(Time::MAX);
    match SystemTime::now().duration_since(UNIX_EPOCH) {
        Ok(d) => ms(d),
        Err(e) => -ms(e.duration()),
    }
}
