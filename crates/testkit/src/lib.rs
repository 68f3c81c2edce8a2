//! What whole-program tests and measurements need around the program: emulators
//! of AWS as child processes on loopback ([`Moto`], [`MiniStack`]), scenarios
//! made in them, a proxy that injects faults and counts calls ([`Proxy`]), and a fast server
//! with canned answers for an organisation of any size ([`CannedAws`]).
//!
//! ```no_run
//! use flowcover_testkit::{Moto, Proxy, Rule};
//!
//! let moto = Moto::start();
//! let made = moto.seed(&["recorded", "no-flow-log"]);
//! let proxy = Proxy::start(moto.address());
//! proxy.add(Rule::on("ec2:*").region("eu-west-1").deny());
//! // Run the program with AWS_ENDPOINT_URL = proxy.url(), then ask the proxy:
//! assert_eq!(proxy.calls().count("ec2:DescribeRegions"), 1);
//! # let _ = made;
//! ```
//!
//! Everything here panics with a clear message when it cannot do its work:
//! a test that cannot run has failed.

mod caller;
mod emulator;
mod forks;
mod loopback;
mod proxy;
mod python;
mod wire;

pub use caller::Caller;
pub use emulator::{Credentials, MiniStack, Moto, call};
pub use proxy::{Call, Calls, Entry, On, Proxy, Reply, Rule};
pub use python::{template_problems, tool};
pub use wire::{BareClient, BareRun, CannedAws, FlowLogsOn, Organization};
