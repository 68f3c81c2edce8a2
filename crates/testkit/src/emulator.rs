//! Emulators of AWS as child processes on loopback.

use std::io::{BufRead, BufReader, Read};
use std::net::{Ipv4Addr, Shutdown, SocketAddr};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crate::forks::Fork;

/// Long enough for an emulator's first start on a busy machine; it takes about a second.
const START_LIMIT: Duration = Duration::from_mins(1);
const STOP_LIMIT: Duration = Duration::from_secs(3);
/// Set to anything to see what the emulators log.
const LOG_VARIABLE: &str = "FLOWCOVER_EMULATORS_LOG";

/// AWS credentials, as the program under test and the scripts take them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// `AWS_ACCESS_KEY_ID`.
    pub access_key: String,
    /// `AWS_SECRET_ACCESS_KEY`.
    pub secret_key: String,
    /// `AWS_SESSION_TOKEN`, for an assumed role.
    pub session_token: Option<String>,
}

impl Credentials {
    /// Long-lived credentials.
    #[must_use]
    pub fn new(access_key: &str, secret_key: &str) -> Self {
        Self {
            access_key: access_key.to_owned(),
            secret_key: secret_key.to_owned(),
            session_token: None,
        }
    }

    /// Environment variables with which a program uses these credentials against an
    /// emulator or a proxy, and finds no other ones.
    #[must_use]
    pub fn environment(&self, endpoint: &str) -> Vec<(&'static str, String)> {
        let mut variables = vec![
            ("AWS_ACCESS_KEY_ID", self.access_key.clone()),
            ("AWS_SECRET_ACCESS_KEY", self.secret_key.clone()),
            ("AWS_ENDPOINT_URL", endpoint.to_owned()),
            ("AWS_REGION", "us-east-1".to_owned()),
            ("AWS_EC2_METADATA_DISABLED", "true".to_owned()),
            ("AWS_CONFIG_FILE", "/dev/null".to_owned()),
            ("AWS_SHARED_CREDENTIALS_FILE", "/dev/null".to_owned()),
        ];
        if let Some(token) = &self.session_token {
            variables.push(("AWS_SESSION_TOKEN", token.clone()));
        }
        variables
    }
}

/// A running emulator; it stops when dropped, and by itself when this process ends.
#[derive(Debug)]
struct Process {
    connection: UnixStream,
    address: SocketAddr,
}

impl Process {
    fn start(arguments: &[&str]) -> Self {
        let log = std::env::var(LOG_VARIABLE).map(|value| (LOG_VARIABLE, value));
        let fork = Fork::of("serve.py").arguments(arguments.iter().copied());
        let connection = fork.environment(log.into_iter().collect()).talk();
        let port = ready_port(&connection);
        let port = port.unwrap_or_else(|| {
            panic!("the emulator {arguments:?} did not start; set {LOG_VARIABLE}=1 to see why")
        });
        Self {
            connection,
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, port)),
        }
    }

    fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    fn seed(&self, name: &str, scenarios: &[&str], extra: &[&str]) -> String {
        let url = self.url();
        let scenarios = scenarios.iter().flat_map(|name| ["--scenario", name]);
        Fork::of(name)
            .arguments(["--endpoint", &url])
            .arguments(scenarios)
            .arguments(extra.iter().copied())
            .run("")
    }
}

impl Drop for Process {
    /// The end of its standard input tells the emulator to tidy up and go; it closes the connection when it is gone.
    fn drop(&mut self) {
        let _ = self.connection.shutdown(Shutdown::Write);
        let _ = self.connection.set_read_timeout(Some(STOP_LIMIT));
        let _ = self.connection.read(&mut [0]);
    }
}

/// The port of the line `ready PORT`.
fn ready_port(connection: &UnixStream) -> Option<u16> {
    connection.set_read_timeout(Some(START_LIMIT)).ok()?;
    let mut line = String::new();
    BufReader::new(connection).read_line(&mut line).ok()?;
    line.trim().strip_prefix("ready ")?.parse().ok()
}

/// Calls one API operation through boto3: `service` and `operation` as boto3 spells them,
/// `parameters` a JSON object. Gives `{"ok": …}` or `{"error": {"code", "message", "status"}}`.
///
/// # Panics
///
/// If the operation does not exist, the parameters do not fit it, or nothing answers.
#[must_use]
pub fn call(
    endpoint: &str,
    credentials: &Credentials,
    region: &str,
    [service, operation]: [&str; 2],
    parameters: &str,
) -> String {
    Fork::of("call.py")
        .arguments([region, service, operation, parameters])
        .environment(credentials.environment(endpoint))
        .run("")
}

/// moto: how flow logs behave. It checks no signature and no permission.
#[derive(Debug)]
pub struct Moto(Process);

impl Moto {
    /// The account that moto takes for every access key it did not make itself.
    pub const ACCOUNT: &str = "123456789012";

    /// Starts moto with no state.
    ///
    /// # Panics
    ///
    /// If the emulators are not installed, or moto does not start.
    #[must_use]
    pub fn start() -> Self {
        Self(Process::start(&["moto"]))
    }

    /// Starts moto with the policies that AWS manages, such as `CloudWatchLogsFullAccess`.
    /// Each account then takes more than a second when it is first used.
    ///
    /// # Panics
    ///
    /// If the emulators are not installed, or moto does not start.
    #[must_use]
    pub fn with_managed_policies() -> Self {
        Self(Process::start(&["moto", "--managed-policies"]))
    }

    /// Where moto listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Its URL, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Credentials of [`Moto::ACCOUNT`].
    #[must_use]
    pub fn credentials(&self) -> Credentials {
        Credentials::new("AKIAIOSFODNN7EXAMPLE", "secret")
    }

    /// Makes scenarios in `us-east-1`; gives JSON that says what was made and what to expect.
    ///
    /// # Panics
    ///
    /// If a scenario does not exist or cannot be made.
    #[must_use]
    pub fn seed(&self, scenarios: &[&str]) -> String {
        self.seed_with(scenarios, &[])
    }

    /// As [`Moto::seed`], with further arguments of `seed_moto.py`, for example `--region`.
    ///
    /// # Panics
    ///
    /// If a scenario does not exist or cannot be made.
    #[must_use]
    pub fn seed_with(&self, scenarios: &[&str], arguments: &[&str]) -> String {
        self.0.seed("seed_moto.py", scenarios, arguments)
    }
}

/// MiniStack with signatures and policies enforced: who may do what, across accounts.
#[derive(Debug)]
pub struct MiniStack(Process);

impl MiniStack {
    /// Starts MiniStack with no state.
    ///
    /// # Panics
    ///
    /// If the emulators are not installed, or MiniStack does not start.
    #[must_use]
    pub fn start() -> Self {
        Self(Process::start(&["ministack"]))
    }

    /// Where MiniStack listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.0.address
    }

    /// Its URL, for `AWS_ENDPOINT_URL`.
    #[must_use]
    pub fn url(&self) -> String {
        self.0.url()
    }

    /// Credentials of an account's root user, to whom MiniStack grants everything unchecked.
    #[must_use]
    pub fn root(&self, account: &str) -> Credentials {
        Credentials::new(account, "secret")
    }

    /// Makes scenarios; gives JSON that says what was made, the credentials to use, and what to expect.
    ///
    /// # Panics
    ///
    /// If a scenario does not exist or cannot be made.
    #[must_use]
    pub fn seed(&self, scenarios: &[&str]) -> String {
        self.seed_with(scenarios, &[])
    }

    /// As [`MiniStack::seed`], with further arguments of `seed_ministack.py`.
    ///
    /// # Panics
    ///
    /// If a scenario does not exist or cannot be made.
    #[must_use]
    pub fn seed_with(&self, scenarios: &[&str], arguments: &[&str]) -> String {
        self.0.seed("seed_ministack.py", scenarios, arguments)
    }
}
