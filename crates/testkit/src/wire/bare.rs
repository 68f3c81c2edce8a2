//! A client that makes just the calls of an audit, and nothing else: the reference for its time.

use std::io::{Error, ErrorKind, Result};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::io::{AsyncWriteExt, BufReader};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::organization::{FlowLogsOn, Organization};
use crate::proxy::http::{Message, Side, read_body, read_head};

/// A bare asynchronous client: it signs nothing, understands next to nothing of the answers,
/// keeps its connections, and holds to a number of calls in flight.
#[derive(Clone, Copy, Debug)]
pub struct BareClient {
    /// Where the canned AWS listens.
    pub address: SocketAddr,
    /// What that answers for; only whether there are several accounts, and what the flow logs
    /// lie on, is taken from it, for the rest is asked.
    pub organization: Organization,
    /// Most calls in flight.
    pub in_flight: usize,
}

/// What a run of a [`BareClient`] took.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BareRun {
    /// From the first connection to the last answer.
    pub wall: Duration,
    /// Calls made.
    pub calls: usize,
    /// Bytes of all bodies.
    pub bytes: usize,
}

impl BareClient {
    /// Makes the calls of `audit --depth delivery`, on the calling thread.
    ///
    /// # Errors
    ///
    /// If a connection breaks, or an answer is not a success.
    pub fn run(self) -> Result<BareRun> {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        let pool = Arc::new(Pool::new(self.address, self.in_flight));
        let started = Instant::now();
        runtime.block_on(audit(Arc::clone(&pool), self.organization))?;
        Ok(BareRun {
            wall: started.elapsed(),
            calls: pool.calls.load(Ordering::Relaxed),
            bytes: pool.bytes.load(Ordering::Relaxed),
        })
    }
}

/// Tasks under way, each of which may begin others.
type Tasks = JoinSet<Result<()>>;

async fn audit(pool: Arc<Pool>, organization: Organization) -> Result<()> {
    let caller = Signer::new("AKIA", &first_account(organization));
    let identity = pool
        .call(&caller, "sts", "us-east-1", "Action=GetCallerIdentity")
        .await?;
    let own = between(&identity, "<Account>", "</Account>");
    let accounts = if organization.accounts > 1 {
        accounts(&pool, &caller).await?
    } else {
        own.clone()
    };
    let mut tasks = Tasks::new();
    for account_id in accounts {
        let is_own = own.contains(&account_id);
        let (pool, caller) = (Arc::clone(&pool), caller.clone());
        tasks.spawn(async move {
            let signer = if is_own {
                caller
            } else {
                assume(&pool, &caller, &account_id).await?
            };
            account(pool, signer, organization.flow_logs_on).await
        });
    }
    all(tasks).await
}

fn first_account(organization: Organization) -> String {
    organization.account_ids().next().unwrap_or_default()
}

async fn accounts(pool: &Pool, caller: &Signer) -> Result<Vec<String>> {
    let mut found = Vec::new();
    let mut request = "{}".to_owned();
    loop {
        let page = pool
            .call(caller, "organizations", "us-east-1", &request)
            .await?;
        found.extend(between(&page, "\"Id\":\"", "\""));
        match between(&page, "\"NextToken\":\"", "\"").pop() {
            Some(token) => request = format!("{{\"NextToken\":\"{token}\"}}"),
            None => return Ok(found),
        }
    }
}

async fn assume(pool: &Pool, caller: &Signer, account_id: &str) -> Result<Signer> {
    let request = format!(
        "Action=AssumeRole&RoleArn=arn%3Aaws%3Aiam%3A%3A{account_id}%3Arole%2Faudit&RoleSessionName=audit"
    );
    pool.call(caller, "sts", "us-east-1", &request).await?;
    Ok(Signer::new("ASIA", account_id))
}

async fn account(pool: Arc<Pool>, signer: Signer, on: FlowLogsOn) -> Result<()> {
    let regions = pool
        .call(&signer, "ec2", "us-east-1", "Action=DescribeRegions")
        .await?;
    let mut tasks = Tasks::new();
    for region in between(&regions, "<regionName>", "</regionName>") {
        let (pool, signer) = (Arc::clone(&pool), signer.clone());
        tasks.spawn(async move { self::region(&pool, &signer, &region, on).await });
    }
    all(tasks).await
}

async fn region(pool: &Pool, signer: &Signer, region: &str, on: FlowLogsOn) -> Result<()> {
    tokio::try_join!(
        pool.call(signer, "ec2", region, "Action=DescribeVpcs"),
        pool.call(signer, "ec2", region, "Action=DescribeFlowLogs"),
    )?;
    if on == FlowLogsOn::Subnets {
        pool.call(signer, "ec2", region, "Action=DescribeSubnets")
            .await?;
    }
    Ok(())
}

async fn all(mut tasks: Tasks) -> Result<()> {
    while let Some(ended) = tasks.join_next().await {
        ended.map_err(Error::other)??;
    }
    Ok(())
}

/// Every text between the two marks.
fn between(body: &[u8], before: &str, after: &str) -> Vec<String> {
    let text = String::from_utf8_lossy(body);
    let parts = text.split(before).skip(1);
    parts
        .filter_map(|part| part.split_once(after))
        .map(|(found, _)| found.to_owned())
        .collect()
}

/// The access key that tells the account.
#[derive(Clone, Debug)]
struct Signer {
    access_key: String,
}

impl Signer {
    fn new(prefix: &str, account_id: &str) -> Self {
        Self {
            access_key: format!("{prefix}{account_id}"),
        }
    }
}

/// Connections that wait for their next call.
#[derive(Debug)]
struct Pool {
    address: SocketAddr,
    in_flight: Semaphore,
    idle: Mutex<Vec<BufReader<TcpStream>>>,
    calls: AtomicUsize,
    bytes: AtomicUsize,
}

impl Pool {
    fn new(address: SocketAddr, in_flight: usize) -> Self {
        Self {
            address,
            in_flight: Semaphore::new(in_flight),
            idle: Mutex::default(),
            calls: AtomicUsize::new(0),
            bytes: AtomicUsize::new(0),
        }
    }

    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<BufReader<TcpStream>>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn call(
        &self,
        signer: &Signer,
        service: &str,
        region: &str,
        body: &str,
    ) -> Result<Vec<u8>> {
        let _place = self.in_flight.acquire().await.map_err(Error::other)?;
        let kept = self.idle().pop();
        let mut connection = match kept {
            Some(connection) => connection,
            None => self.connect().await?,
        };
        let request = request(signer, service, region, body);
        connection.get_mut().write_all(request.as_bytes()).await?;
        let answer = answer(&mut connection).await?;
        self.idle().push(connection);
        self.calls.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(answer.len(), Ordering::Relaxed);
        Ok(answer)
    }

    async fn connect(&self) -> Result<BufReader<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        stream.set_nodelay(true)?;
        Ok(BufReader::new(stream))
    }
}

fn request(signer: &Signer, service: &str, region: &str, body: &str) -> String {
    let target = match service {
        "organizations" => "x-amz-target: AWSOrganizationsV20161128.ListAccounts\r\n",
        _ => "",
    };
    format!(
        "POST / HTTP/1.1\r\nhost: localhost\r\n{target}\
         authorization: AWS4-HMAC-SHA256 Credential={}/20260101/{region}/{service}/aws4_request, Signature=0\r\n\
         content-length: {}\r\n\r\n{body}",
        signer.access_key,
        body.len()
    )
}

async fn answer(connection: &mut BufReader<TcpStream>) -> Result<Vec<u8>> {
    let head = read_head(connection).await?;
    let mut message: Message = head.ok_or_else(|| Error::from(ErrorKind::UnexpectedEof))?;
    read_body(connection, &mut message, Side::Response).await?;
    if message.status() != Some(200) {
        let body = String::from_utf8_lossy(&message.body);
        return Err(Error::other(format!("{}: {body}", message.start)));
    }
    Ok(message.body)
}
