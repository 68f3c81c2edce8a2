//! API calls of a test itself, through one Python process: starting one for each call would take most of the test's time.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::sync::{Mutex, PoisonError};

use crate::emulator::Credentials;
use crate::forks::Fork;

/// Calls API operations through boto3, one after the other; it ends when dropped.
#[derive(Debug)]
pub struct Caller(Mutex<BufReader<UnixStream>>);

impl Caller {
    /// With these credentials, at `endpoint`.
    ///
    /// # Panics
    ///
    /// If the emulators are not installed.
    #[must_use]
    pub fn new(endpoint: &str, credentials: &Credentials) -> Self {
        let fork = Fork::of("call.py").environment(credentials.environment(endpoint));
        Self(Mutex::new(BufReader::new(fork.talk())))
    }

    /// As [`call`](crate::call).
    ///
    /// # Panics
    ///
    /// If the operation does not exist, the parameters do not fit it, or nothing answers.
    #[must_use]
    pub fn call(&self, region: &str, [service, operation]: [&str; 2], parameters: &str) -> String {
        let mut connection = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("[{region:?}, {service:?}, {operation:?}, {parameters}]\n");
        let to = connection.get_mut();
        to.write_all(line.as_bytes()).expect("it reads");
        let mut answer = String::new();
        connection.read_line(&mut answer).expect("it answers");
        assert!(!answer.is_empty(), "no answer to {line}");
        answer
    }
}
