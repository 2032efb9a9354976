//! Healthy servers on loopback: what a diagnosis costs where nothing is wrong, beside one handshake of openssl.
use super::spread::{Spread, cell, ratio};
use super::timed::{self, Spent};
use super::{Options, TIMEOUT, examined, megabytes, say, serve_here, table::Table, tools};
use crate::catalogue;
use crate::diagnose::Request;
use crate::error::Error;
use crate::lab::Served;
use std::{io::Write, path::Path};

/// Servers of different kinds, all in order.
const SERVERS: [&str; 10] = [
    "plain",
    "tls12-only",
    "tls13-only",
    "root-sent",
    "long-chain",
    "h2-only",
    "p384-only",
    "private-ca",
    "by-address",
    "no-banner",
];
/// Connections for one diagnosis, at most.
const CONNECTIONS: f64 = 8.0;
/// Milliseconds of processor time, at most.
const CPU_MS: f64 = 60.0;
/// Megabytes, less than.
pub(super) const PEAK_MB: f64 = 40.0;

/// All that was measured of one server.
#[derive(Debug, Default)]
struct Series {
    connections: Vec<f64>,
    cpu: Vec<f64>,
    wall: Vec<f64>,
    peak: Vec<f64>,
    openssl: Vec<Spent>,
    wrong: Vec<String>,
}

/// Examines each server several times, openssl in between; what missed its target.
pub(super) fn measure(options: &Options, output: &mut impl Write) -> Result<Vec<String>, Error> {
    let items = catalogue::select(&SERVERS)?;
    let lab = serve_here(options, &items)?;
    let root = timed::Scratch::new("root.pem", lab.root_pem().as_bytes())?;
    let openssl = tools::find("openssl");
    let mut all: Vec<Series> = lab.list().iter().map(|_| Series::default()).collect();
    // round by round, so that a slow moment of the machine meets every server alike
    for _ in 0..options.repeats.max(1) {
        for (served, series) in lab.list().iter().zip(&mut all) {
            once(options, served, lab.root_pem(), series);
            if let Some(program) = &openssl {
                series.openssl.push(handshake(program, served, root.path())?);
            }
        }
    }
    let title = format!("Healthy servers on loopback, {} diagnoses each", options.repeats.max(1));
    let head = ["server", "connections", "CPU ms", "wall ms", "peak MB", "CPU / s_client", "wall / s_client", "answer"];
    let mut table = Table::new(title, &head);
    let mut missed = vec![];
    for (served, series) in lab.list().iter().zip(&all) {
        table.row(series.row(&served.slug));
        missed.extend(series.missed(&served.slug));
    }
    say(output, &table.to_string())?;
    Ok(missed)
}

fn once(options: &Options, served: &Served, root_pem: &str, series: &mut Series) {
    let (found, seconds) = examined(options, &Request::of(served, root_pem, TIMEOUT));
    match found {
        Ok(found) => {
            series.wall.push(seconds * 1000.0);
            series.connections.push(f64::from(found.connections));
            series.cpu.extend(found.cpu_ms);
            series.peak.extend(found.peak_kb.map(megabytes));
            if found.health != "works" {
                series.wrong.push(found.health);
            }
        }
        Err(why) => series.wrong.push(why),
    }
}

/// One handshake; it ends with its input.
fn handshake(program: &Path, served: &Served, root: &Path) -> Result<Spent, Error> {
    let command = tools::openssl(program, &tools::Endpoint::of(served, served.port), root);
    timed::run(command, b"", tools::LIMIT)
}

impl Series {
    fn row(&self, slug: &str) -> Vec<String> {
        let of = |n: &[f64]| Spread::of(n.iter().copied());
        let (cpu, wall) = (of(&self.cpu), of(&self.wall));
        let their_cpu = Spread::of(self.openssl.iter().filter_map(|s| s.cpu_ms));
        let their_wall = Spread::of(self.openssl.iter().map(|s| s.seconds * 1000.0));
        vec![
            slug.to_owned(),
            cell(of(&self.connections), 0),
            cell(cpu, 1),
            cell(wall, 0),
            cell(of(&self.peak), 1),
            ratio(cpu, their_cpu),
            ratio(wall, their_wall),
            self.wrong.first().map_or("works", |w| w).to_owned(),
        ]
    }

    /// Targets are for the median, but for connections and memory, which do not hang on how busy the machine is.
    fn missed(&self, slug: &str) -> Vec<String> {
        let of = |n: &[f64]| Spread::of(n.iter().copied());
        let mut missed = vec![];
        if let Some(s) = of(&self.connections).filter(|s| s.greatest > CONNECTIONS) {
            missed.push(format!("{slug}: {} connections (target: at most {CONNECTIONS})", s.greatest));
        }
        if let Some(s) = of(&self.cpu).filter(|s| s.median > CPU_MS) {
            missed.push(format!("{slug}: {:.1} ms of processor time (target: at most {CPU_MS})", s.median));
        }
        if let Some(s) = of(&self.peak).filter(|s| s.greatest >= PEAK_MB) {
            missed.push(format!("{slug}: {:.1} MB (target: less than {PEAK_MB})", s.greatest));
        }
        missed.extend(self.wrong.iter().map(|w| format!("{slug}: {w} instead of works")));
        missed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_server_is_healthy_in_the_catalogue() {
        assert!(catalogue::select(&SERVERS).unwrap().iter().all(|i| i.kind() == "healthy"));
    }

    #[test]
    fn what_is_over_target_is_told_once_each() {
        let good =
            Series { connections: vec![4.0], cpu: vec![90.0, 20.0, 30.0], peak: vec![20.0], ..Series::default() };
        assert!(good.missed("x").is_empty());
        let bad = Series {
            connections: vec![4.0, 9.0],
            cpu: vec![61.0],
            peak: vec![40.0],
            wrong: vec!["broken".to_owned()],
            ..Series::default()
        };
        assert_eq!(bad.missed("x").len(), 4);
    }
}
