//! What a process has spent: processor time and memory.

/// Processor time and memory.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Usage {
    /// User and system time, in milliseconds.
    pub cpu_ms: f64,
    /// The largest resident set so far, in KiB. For children: that of the largest one.
    pub peak_kb: u64,
}

/// Of this process since its start; `None` where the system is not asked (elsewhere than on Linux).
///
/// The memory is `VmHWM` of `/proc/self/status` and not `ru_maxrss`, which on Linux begins with what the process held
/// before `exec`: the memory of whoever started it.
pub fn of_this_process() -> Option<Usage> {
    own::this_process()
}

/// Of all children that have ended and were waited for; `None` where the system is not asked.
pub fn of_children() -> Option<Usage> {
    own::children()
}

#[cfg(target_os = "linux")]
mod own {
    use super::Usage;
    use nix::sys::{
        resource::{UsageWho, getrusage},
        time::TimeValLike,
    };

    pub(super) fn this_process() -> Option<Usage> {
        let status = std::fs::read_to_string("/proc/self/status").ok()?;
        Some(Usage { peak_kb: high_water(&status)?, ..of(UsageWho::RUSAGE_SELF)? })
    }

    pub(super) fn children() -> Option<Usage> {
        of(UsageWho::RUSAGE_CHILDREN)
    }

    fn of(who: UsageWho) -> Option<Usage> {
        let usage = getrusage(who).ok()?;
        let micros = usage.user_time().num_microseconds().saturating_add(usage.system_time().num_microseconds());
        Some(Usage { cpu_ms: micros as f64 / 1000.0, peak_kb: u64::try_from(usage.max_rss()).unwrap_or(0) })
    }

    fn high_water(status: &str) -> Option<u64> {
        status.lines().find_map(|l| l.strip_prefix("VmHWM:"))?.trim().strip_suffix("kB")?.trim().parse().ok()
    }

    #[cfg(test)]
    mod tests {
        use super::*;

        #[test]
        fn the_high_water_mark_is_read() {
            assert_eq!(high_water("Name:\tx\nVmHWM:\t    1234 kB\nVmRSS:\t 7 kB\n"), Some(1234));
            assert_eq!(high_water("VmRSS:\t 7 kB\n"), None);
        }

        #[test]
        fn work_costs_time_and_memory_shows_in_the_peak() {
            let before = this_process().unwrap();
            let mut n = 1u64;
            while this_process().unwrap().cpu_ms < before.cpu_ms + 5.0 {
                n = std::hint::black_box((0..10_000).fold(n, |n, i| n.rotate_left(7) ^ i));
            }
            // pages count once they are written to
            let held = std::hint::black_box(vec![1u8; 32 << 20]);
            let after = this_process().unwrap();
            assert!(after.peak_kb >= before.peak_kb + (24 << 10), "{before:?} {after:?} {}", held.len());
        }
    }
}

#[cfg(not(target_os = "linux"))]
mod own {
    use super::Usage;

    pub(super) fn this_process() -> Option<Usage> {
        None
    }

    pub(super) fn children() -> Option<Usage> {
        None
    }
}
