//! API calls of a test itself, through one Python process: starting one for each call would take most of the test's time.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, ChildStdout, Stdio};
use std::sync::{Mutex, PoisonError};

use crate::emulator::Credentials;
use crate::python::script;

/// Calls API operations through boto3, one after the other; it ends when dropped.
#[derive(Debug)]
pub struct Caller(Mutex<Pipes>);

#[derive(Debug)]
struct Pipes {
    child: Child,
    to: Option<ChildStdin>,
    from: BufReader<ChildStdout>,
}

impl Caller {
    /// With these credentials, at `endpoint`.
    ///
    /// # Panics
    ///
    /// If the emulators are not installed.
    #[must_use]
    pub fn new(endpoint: &str, credentials: &Credentials) -> Self {
        let mut child = script("call.py")
            .envs(credentials.environment(endpoint))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the emulators' interpreter can be started");
        let to = child.stdin.take();
        let from = child.stdout.take().expect("it is piped");
        Self(Mutex::new(Pipes {
            child,
            to,
            from: BufReader::new(from),
        }))
    }

    /// As [`call`](crate::call).
    ///
    /// # Panics
    ///
    /// If the operation does not exist, the parameters do not fit it, or nothing answers.
    #[must_use]
    pub fn call(&self, region: &str, [service, operation]: [&str; 2], parameters: &str) -> String {
        let mut pipes = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let line = format!("[{region:?}, {service:?}, {operation:?}, {parameters}]\n");
        let to = pipes.to.as_mut().expect("it is open until it is dropped");
        to.write_all(line.as_bytes()).expect("it reads");
        let mut answer = String::new();
        pipes.from.read_line(&mut answer).expect("it answers");
        assert!(!answer.is_empty(), "no answer to {line}");
        answer
    }
}

impl Drop for Pipes {
    fn drop(&mut self) {
        // Its input ends, and so does it.
        self.to = None;
        let _ = self.child.wait();
    }
}
