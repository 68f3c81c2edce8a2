//! A reverse proxy between the program and an emulator: it knows AWS calls apart,
//! injects faults into those that rules match, and counts them all.

mod answer;
mod bucket;
mod call;
mod calls;
mod connection;
mod http;
mod pages;
mod rule;
#[cfg(test)]
mod tests;
mod upstream;

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::thread::JoinHandle;

use tokio::net::TcpListener;
use tokio::sync::oneshot;

pub use answer::Reply;
pub use call::Call;
pub use calls::{Calls, Entry};
pub use rule::{On, Rule};

use calls::Ledger;
use pages::Split;
use upstream::Upstream;

/// A running proxy on loopback, in a thread of its own; it stops when dropped.
#[derive(Debug)]
pub struct Proxy {
    address: SocketAddr,
    shared: Arc<Shared>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
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
        let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a free loopback port");
        let address = listener
            .local_addr()
            .expect("a bound socket has an address");
        listener
            .set_nonblocking(true)
            .expect("loopback sockets can be non-blocking");
        let (stop, stopped) = oneshot::channel();
        let serving = Arc::clone(&shared);
        let thread = std::thread::Builder::new()
            .name("proxy".to_owned())
            .spawn(move || serve(listener, serving, stopped))
            .expect("a thread for the proxy");
        Self {
            address,
            shared,
            stop: Some(stop),
            thread: Some(thread),
        }
    }

    /// What the program's `AWS_ENDPOINT_URL` has to be.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Address on which the proxy listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
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

impl Drop for Proxy {
    fn drop(&mut self) {
        if let Some(stop) = self.stop.take() {
            // The receiver is gone only if the thread has ended already.
            let _ = stop.send(());
        }
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn serve(listener: std::net::TcpListener, shared: Arc<Shared>, stopped: oneshot::Receiver<()>) {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .expect("a runtime for the proxy");
    // Connections still open end with the runtime.
    runtime.block_on(async move {
        let listener = TcpListener::from_std(listener).expect("a listener for the proxy");
        tokio::select! {
            () = accept(listener, shared) => {}
            _ = stopped => {}
        }
    });
}

async fn accept(listener: TcpListener, shared: Arc<Shared>) {
    loop {
        if let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(connection::serve(stream, Arc::clone(&shared)));
        }
    }
}
