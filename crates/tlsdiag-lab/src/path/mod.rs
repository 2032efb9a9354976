//! A network of two hosts with a path between them that delays, loses, refuses and resets packets as a plan says.
//!
//! Some faults are made by no server: a packet that is too long for a tunnel and vanishes, a box that resets a
//! connection because a hello is long, a port that never answers. Here two network namespaces (the client's and the
//! server's) are joined by nothing but our own forwarder, so that what a probe sees is exactly what the plan says.
//!
//! ```text
//!   client namespace              emulator process                 server namespace
//!   tlsdiag ── path0 (TUN) ──► rules, loss, rate, delay ──► path0 (TUN) ── lab server
//!           ◄──────────────────        (Road)          ◄──────────────────
//! ```
//!
//! TUN devices were taken and not veth pairs: what the kernel hands to a TUN reader without offloads is a real
//! segment with a complete checksum, as on a wire, while a veth pair carries segments of up to 64 KiB whose checksum is
//! still to be computed; and a queue in user space gives delay, jitter and reordering where the kernel has no `netem`.
//!
//! Nothing has a name in the system: both namespaces live as long as the two processes that hold them, these as long
//! as the emulator's pipe to them, and the emulator as long as the pipe of the process that built the [`Net`]. So
//! nothing is left over after a panic or a `SIGKILL`.

mod counters;
mod error;
mod packet;
mod plan;
mod road;

pub use counters::{Counters, LegCounters};
pub use error::{Error, Means, PlanError, Why};
pub use plan::{Leg, PathPlan, Rate, Reorder, ResetTo, Rule, Segment, Then, Transport, Unreachable, When};
pub use road::{Road, Side};

#[cfg(target_os = "linux")]
mod emulator;
#[cfg(target_os = "linux")]
mod full_queue;
#[cfg(target_os = "linux")]
mod lines;
#[cfg(target_os = "linux")]
mod net;

#[cfg(target_os = "linux")]
pub use {emulator::run_emulator, full_queue::FullQueue, net::Net};

#[cfg(not(target_os = "linux"))]
mod elsewhere;

#[cfg(not(target_os = "linux"))]
pub use elsewhere::{FullQueue, Net, run_emulator};

mod guest;

pub use guest::{EmulatorProgram, Guest};
