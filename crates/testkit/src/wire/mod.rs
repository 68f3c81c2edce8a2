//! AWS as a fast server with canned answers, and a bare client of it: what measurements need.
//!
//! The emulators are right but slow; here every answer lies ready, so that the time of a run is
//! the program's own and the latency that was asked for.

mod answer;
mod bare;
mod organization;
mod place;
#[cfg(test)]
mod tests;

use std::io::Result;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

pub use bare::{BareClient, BareRun};
pub use organization::{FlowLogsOn, Organization};

use crate::Credentials;
use crate::loopback::Loopback;
use crate::proxy::Calls;
use crate::proxy::call::identify;
use crate::proxy::calls::Ledger;
use crate::proxy::http::{Side, read_body, read_head};
use answer::{Answer, Answers};

/// A server on loopback that answers as AWS would for an [`Organization`], each call after
/// the same time; it stops when dropped.
#[derive(Debug)]
pub struct CannedAws {
    loopback: Loopback,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    answers: Answers,
    latency: Duration,
    ledger: Mutex<Ledger>,
}

impl CannedAws {
    /// Starts a server on a free loopback port, in a thread of its own.
    ///
    /// # Panics
    ///
    /// If no port or thread can be had, or the organisation is larger than can be answered for.
    #[must_use]
    pub fn start(organization: Organization, latency: Duration) -> Self {
        let shared = Arc::new(Shared {
            answers: Answers::new(organization),
            latency,
            ledger: Mutex::new(Ledger::new()),
        });
        let serving = Arc::clone(&shared);
        let loopback = Loopback::start("canned-aws", move |stream| {
            serve(stream, Arc::clone(&serving))
        });
        Self { loopback, shared }
    }

    /// What the program's `AWS_ENDPOINT_URL` has to be.
    #[must_use]
    pub fn url(&self) -> String {
        self.loopback.url()
    }

    /// Address on which the server listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.loopback.address()
    }

    /// Credentials of the management account. Signatures are not checked.
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials::new(&self.shared.answers.first_access_key(), "secret")
    }

    /// The calls that have ended since the start, or since this was last asked.
    #[must_use]
    pub fn take_calls(&self) -> Calls {
        let mut ledger = self.shared.ledger();
        let calls = ledger.calls();
        ledger.forget();
        calls
    }
}

impl Shared {
    /// A thread that panicked while it held the lock has already failed the measurement.
    fn ledger(&self) -> std::sync::MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // What goes wrong here is the client's connection breaking: the client will say so.
    let _ = serve_requests(stream, &shared).await;
}

async fn serve_requests(stream: TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut client = BufReader::new(stream);
    while let Some(mut request) = read_head(&mut client).await? {
        read_body(&mut client, &mut request, Side::Request).await?;
        let mut identified = identify(&request);
        let account_id = shared.answers.account_of(&identified.access_key);
        account_id
            .unwrap_or_default()
            .clone_into(&mut identified.call.account);
        let started = shared.ledger().begin(&identified.call);
        let answer = shared
            .answers
            .answer(&identified, &String::from_utf8_lossy(&request.body));
        tokio::time::sleep(shared.latency).await;
        // Counted before the client can see the answer, so that a count taken after it is whole.
        shared
            .ledger()
            .end(identified.call, started, Some(answer.status));
        write(client.get_mut(), &answer).await?;
        if !request.keeps_alive() {
            return Ok(());
        }
    }
    Ok(())
}

async fn write(to: &mut TcpStream, answer: &Answer) -> Result<()> {
    let head = format!(
        "HTTP/1.1 {} {}\r\ncontent-type: {}\r\ncontent-length: {}\r\n\r\n",
        answer.status,
        if answer.status == 200 { "OK" } else { "Error" },
        answer.content_type,
        answer.body.len()
    );
    // One write, so that no answer waits for the next packet.
    let mut message = head.into_bytes();
    message.extend_from_slice(&answer.body);
    to.write_all(&message).await
}
