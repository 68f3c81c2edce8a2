//! A loopback HTTP server that plays AWS in tests, and a cloud that talks to it.

#![allow(clippy::unwrap_used)]

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aws_config::retry::RetryConfig;
use aws_config::{BehaviorVersion, Region, SdkConfig};
use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use flowcover_cloud::{CloudError, Entry, Operation, Scope, ask};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::client::AwsCloud;
use crate::credentials::{Renewing, Source};
use crate::environment::timeouts;
use crate::session::Session;
use crate::settings::Settings;

/// What the server answers.
#[derive(Clone, Debug)]
pub(crate) struct Reply {
    status: u16,
    headers: String,
    body: String,
}

impl Reply {
    pub(crate) fn new(status: u16, body: &str) -> Self {
        Self {
            status,
            headers: String::new(),
            body: body.to_owned(),
        }
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers += &format!("{name}: {value}\r\n");
        self
    }
}

/// A server on the loopback interface. Requests are kept as text, head and body.
pub(crate) struct Server {
    pub(crate) endpoint: String,
    requests: Arc<Mutex<Vec<String>>>,
}

impl Server {
    /// Answers each request with what `reply` makes of it; none: never.
    pub(crate) async fn start(
        reply: impl Fn(&str) -> Option<Reply> + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let requests = Arc::new(Mutex::new(Vec::new()));
        let (kept, reply) = (requests.clone(), Arc::new(reply));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, kept.clone(), reply.clone()));
            }
        });
        Self { endpoint, requests }
    }

    pub(crate) fn requests(&self) -> Vec<String> {
        self.requests.lock().unwrap().clone()
    }
}

async fn serve<F: Fn(&str) -> Option<Reply>>(
    mut stream: TcpStream,
    requests: Arc<Mutex<Vec<String>>>,
    reply: Arc<F>,
) {
    while let Some(request) = read_request(&mut stream).await {
        requests.lock().unwrap().push(request.clone());
        let Some(Reply {
            status,
            headers,
            body,
        }) = reply(&request)
        else {
            std::future::pending::<()>().await;
            return;
        };
        let length = body.len();
        // The answer to HEAD has no body.
        let body = if request.starts_with("HEAD") {
            ""
        } else {
            &body
        };
        let text =
            format!("HTTP/1.1 {status} X\r\ncontent-length: {length}\r\n{headers}\r\n{body}");
        if stream.write_all(text.as_bytes()).await.is_err() {
            return;
        }
    }
}

async fn read_request(stream: &mut TcpStream) -> Option<String> {
    let mut request = Vec::new();
    loop {
        let text = String::from_utf8_lossy(&request).into_owned();
        if let Some((head, body)) = text.split_once("\r\n\r\n")
            && body.len() >= content_length(head)
        {
            return Some(text);
        }
        let read = stream.read_buf(&mut request).await.ok()?;
        (read > 0).then_some(())?;
    }
}

fn content_length(head: &str) -> usize {
    head.lines()
        .find_map(|line| {
            line.to_ascii_lowercase()
                .strip_prefix("content-length:")?
                .trim()
                .parse()
                .ok()
        })
        .unwrap_or(0)
}

/// Timeouts that a test can wait for.
pub(crate) fn quick() -> Settings {
    Settings {
        connect_timeout: Duration::from_millis(500),
        read_timeout: Duration::from_millis(300),
        ..Settings::default()
    }
}

/// A cloud whose caller has fixed credentials, and finds AWS at the endpoint.
pub(crate) fn cloud_at(endpoint: &str, settings: &Settings) -> AwsCloud {
    let config = SdkConfig::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .endpoint_url(endpoint)
        .http_client(crate::http::direct_client(
            crate::http::tls_context(None).unwrap(),
        ))
        .timeout_config(timeouts(settings))
        .retry_config(RetryConfig::disabled())
        .build();
    let keys = Credentials::new("AKIACALLER", "caller-secret", None, None, "test");
    let source = Source::Default(SharedCredentialsProvider::new(keys));
    AwsCloud::with_caller(Session::new(&config, Renewing::new(source)))
}

/// The caller in eu-west-1.
pub(crate) fn scope() -> Scope {
    Scope::new(Entry::Caller, "111122223333", "eu-west-1")
}

/// Makes one call, and checks that it was one request with these parts.
pub(crate) async fn round_trip<O: Operation>(
    operation: O,
    reply: Reply,
    sent: &[&str],
) -> Result<O::Output, CloudError> {
    let server = Server::start(move |_| Some(reply.clone())).await;
    let cloud = cloud_at(&server.endpoint, &Settings::default());
    let result = ask(&cloud, &scope(), operation).await;
    let requests = server.requests();
    assert_eq!(requests.len(), 1, "one call is one request");
    for part in sent {
        assert!(
            requests[0].contains(part),
            "{part} is not in {}",
            requests[0]
        );
    }
    result
}

/// A successful call.
pub(crate) async fn answer<O: Operation>(operation: O, body: &str, sent: &[&str]) -> O::Output {
    round_trip(operation, Reply::new(200, body), sent)
        .await
        .unwrap()
}
