//! A reverse proxy between the program and an emulator: it knows AWS calls apart,
//! injects faults into those that rules match, and counts them all.

mod answer;
mod bucket;
pub(crate) mod call;
pub(crate) mod calls;
mod connection;
pub(crate) mod http;
mod pages;
mod rule;
#[cfg(test)]
mod tests;
mod upstream;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};

pub use answer::Reply;
pub use call::Call;
pub use calls::{Calls, Entry};
pub use rule::{On, Rule};

use crate::loopback::Loopback;
use calls::Ledger;
use pages::Split;
use upstream::Upstream;

/// A running proxy on loopback, in a thread of its own; it stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    loopback: Loopback,
    shared: Arc<Shared>,
}

/// What every connection of a proxy shares.
#[derive(Debug)]
struct Shared {
    upstream: Upstream,
    rules: Mutex<Vec<Arc<Rule>>>,
    ledger: Mutex<Ledger>,
    /// Account by access key: told, or learned from the answers to `AssumeRole`.
    accounts: Mutex<HashMap<String, String>>,
    splits: Mutex<Vec<Arc<Split>>>,
}

/// A thread that panicked while it held the lock has already failed the test.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Proxy {
    /// Starts a proxy on a free loopback port before the emulator at `upstream`.
    ///
    /// # Panics
    ///
    /// If no port or thread can be had.
    #[must_use]
    pub fn start(upstream: SocketAddr) -> Self {
        let shared = Arc::new(Shared {
            upstream: Upstream::new(upstream),
            rules: Mutex::default(),
            ledger: Mutex::new(Ledger::new()),
            accounts: Mutex::default(),
            splits: Mutex::default(),
        });
        let serving = Arc::clone(&shared);
        let loopback = Loopback::start("proxy", move |stream| {
            connection::serve(stream, Arc::clone(&serving))
        });
        Self { loopback, shared }
    }

    /// What the program's `AWS_ENDPOINT_URL` has to be.
    #[must_use]
    pub fn url(&self) -> String {
        self.loopback.url()
    }

    /// Address on which the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.loopback.address()
    }

    /// Adds a rule behind those that are there.
    pub fn add(&self, rule: Rule) {
        lock(&self.shared.rules).push(Arc::new(rule));
    }

    /// Takes every rule away.
    pub fn clear_rules(&self) {
        lock(&self.shared.rules).clear();
    }

    /// Tells the account of an access key. Keys that are account ids themselves, and keys
    /// of assumed roles whose `AssumeRole` went through this proxy, are known without.
    pub fn know(&self, access_key: &str, account: &str) {
        lock(&self.shared.accounts).insert(access_key.to_owned(), account.to_owned());
    }

    /// The calls that have ended so far.
    #[must_use]
    pub fn calls(&self) -> Calls {
        lock(&self.shared.ledger).calls()
    }

    /// Forgets the calls counted so far.
    pub fn forget_calls(&self) {
        lock(&self.shared.ledger).forget();
    }
}
