//! The program as people meet it: what it prints, where, in which language, how long it takes and how it ends. Servers are
//! those of the lab, on loopback; networks that are not there are namespaces of their own.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test says by a panic what is wrong")]
#![cfg(target_os = "linux")]
mod answers;
mod explain;
mod hostile;
mod interrupted;
mod lab;
mod networks;
mod run;
mod screens;
mod targets;
