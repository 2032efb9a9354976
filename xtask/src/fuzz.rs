//! Fuzzing the parsers with libFuzzer: built by the nightly compiler with the address sanitizer, started from the corpus
//! that is saved under `fuzz/corpus`.
use crate::shell;
use crate::tree::root;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::Duration;

const FUZZ: &str = "fuzz/Cargo.toml";
const TRIPLE: &str = "x86_64-unknown-linux-gnu";

/// What makes coverage visible to libFuzzer, and memory faults visible at all.
const FLAGS: &str = "--cfg fuzzing -Zsanitizer=address -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
    -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
    -Cllvm-args=-sanitizer-coverage-trace-compares -Cllvm-args=-simplifycfg-branch-fold-threshold=0 \
    -Ccodegen-units=1 -Cdebug-assertions -Coverflow-checks";

/// Takes `[TARGET] [--minutes N]` and keeps in the saved corpus what reaches new code.
pub(crate) fn run(args: &[&str]) -> Result<(), String> {
    let (target, minutes) = match args {
        [] => (None, "5"),
        ["--minutes", n] => (None, *n),
        [target] => (Some(*target), "5"),
        [target, "--minutes", n] => (Some(*target), *n),
        _ => return Err("usage: cargo xtask fuzz [TARGET] [--minutes N]".to_owned()),
    };
    // libFuzzer takes 0 for "without end"
    let minutes: std::num::NonZeroU64 = minutes.parse().map_err(|e| format!("--minutes {minutes}: {e}"))?;
    let mut targets = build()?;
    if let Some(only) = target {
        targets.retain(|t| t == only);
        if targets.is_empty() {
            return Err(format!("no fuzz target is called {only}"));
        }
    }
    let ended = each(&targets, Duration::from_secs(minutes.get().saturating_mul(60)));
    for target in &targets {
        let merge = ["-merge=1".to_owned(), format!("fuzz/corpus/{target}"), new_units(target)];
        shell::run(program(target).args(merge).stdout(Stdio::null()).stderr(Stdio::null()))?;
    }
    ended
}

/// Every target for a short time, without a change to the saved corpus.
pub(crate) fn briefly(time: Duration) -> Result<(), String> {
    each(&build()?, time)
}

/// Builds all targets and names them.
fn build() -> Result<Vec<String>, String> {
    if !root().join(FUZZ).is_file() {
        return Err(format!("{FUZZ} is missing: there are no fuzz targets"));
    }
    let metadata = shell::text_of(&mut shell::cargo(&[
        "metadata",
        "--manifest-path",
        FUZZ,
        "--no-deps",
        "--format-version",
        "1",
    ]))?;
    let metadata: serde_json::Value = serde_json::from_str(&metadata).map_err(|e| format!("cargo metadata: {e}"))?;
    let targets = names(&metadata);
    if targets.is_empty() {
        return Err(format!("{FUZZ} has no target"));
    }
    let args =
        ["build", "--manifest-path", FUZZ, "--target-dir", "fuzz/target", "--target", TRIPLE, "--release", "--bins"];
    let mut cargo = shell::nightly_cargo(&args)
        .ok_or("fuzzing needs the nightly compiler, which rustup does not have: rustup toolchain install nightly")?;
    shell::run(cargo.env("RUSTFLAGS", FLAGS).env_remove("CARGO_TARGET_DIR"))?;
    Ok(targets)
}

fn names(metadata: &serde_json::Value) -> Vec<String> {
    let list = |v: Option<&serde_json::Value>| v.and_then(serde_json::Value::as_array).cloned().unwrap_or_default();
    let targets = list(metadata.get("packages")).into_iter().flat_map(|p| list(p.get("targets")));
    let bins = targets.filter(|t| list(t.get("kind")).iter().any(|k| k == "bin"));
    bins.filter_map(|t| Some(t.get("name")?.as_str()?.to_owned())).collect()
}

/// Runs the targets, as many at a time as there are processors.
fn each(targets: &[String], time: Duration) -> Result<(), String> {
    let open = Mutex::new(targets.iter());
    let failed = Mutex::new(vec![]);
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let Some(target) = open.lock().ok().and_then(|mut o| o.next()) else { return };
                    if let Err(why) = one(target, time)
                        && let Ok(mut failed) = failed.lock()
                    {
                        failed.push(why);
                    }
                }
            });
        }
    });
    let failed = failed.into_inner().unwrap_or_default();
    if failed.is_empty() { Ok(()) } else { Err(failed.join("\n")) }
}

fn one(target: &str, time: Duration) -> Result<(), String> {
    let (new, saved) = (new_units(target), format!("fuzz/corpus/{target}"));
    let artifacts = format!("fuzz/artifacts/{target}/");
    for folder in [&new, &saved, &artifacts] {
        std::fs::create_dir_all(root().join(folder)).map_err(|e| format!("{folder}: {e}"))?;
    }
    let out = program(target)
        .arg(format!("-max_total_time={}", time.as_secs()))
        .arg(format!("-artifact_prefix={artifacts}"))
        .args(["-rss_limit_mb=1024", "-timeout=5", "-print_final_stats=1"])
        // what is new goes to the first folder, the others are only read
        .args([&new, &saved])
        .output()
        .map_err(|e| format!("{target}: {e}"))?;
    let said = String::from_utf8_lossy(&out.stderr);
    if out.status.success() {
        let runs = stat(&said, "stat::number_of_executed_units:");
        if !runs.parse::<u64>().is_ok_and(|n| n > 0) {
            return Err(format!("fuzz {target} ran no input: {said}"));
        }
        println!("fuzz {target}: {runs} inputs in {} s, no fault", time.as_secs());
        return Ok(());
    }
    let tail: Vec<&str> = said.lines().rev().take(60).collect();
    let tail: Vec<&str> = tail.into_iter().rev().collect();
    Err(format!("fuzz {target} failed; the input is under {artifacts}\n{}", tail.join("\n")))
}

fn stat<'a>(said: &'a str, name: &str) -> &'a str {
    said.lines().find_map(|l| l.strip_prefix(name)).map_or("?", str::trim)
}

fn program(target: &str) -> Command {
    let path: PathBuf = root().join("fuzz/target").join(TRIPLE).join("release").join(target);
    shell::command(&path.to_string_lossy(), &[])
}

/// Where inputs are kept that reach new code, until they are merged.
fn new_units(target: &str) -> String {
    format!("fuzz/target/new/{target}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_the_programs_of_the_package() {
        let metadata = serde_json::json!({"packages": [{"targets": [
            {"name": "hello", "kind": ["bin"]}, {"name": "lib", "kind": ["lib"]}, {"name": "der", "kind": ["bin"]}]}]});
        assert_eq!(names(&metadata), ["hello", "der"]);
        assert_eq!(stat("x\nstat::number_of_executed_units: 12\n", "stat::number_of_executed_units:"), "12");
    }
}
