//! One client connection: request by request, rules, emulator, answer.

use std::io::Result;
use std::sync::Arc;
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpStream;

use super::answer::{Fault, Reply};
use super::call::{Identified, form_value, identify};
use super::http::{Message, Side, read_body, read_head, write};
use super::pages::Split;
use super::rule::Verdict;
use super::upstream::response_side;
use super::{Shared, lock};

/// What the rules leave of a call.
enum Outcome {
    Forward { page_size: Option<usize> },
    Answer(Reply),
    Hang,
    Drop,
    Lose(Option<Fault>),
}

/// Serves a client until it or a rule ends the connection.
pub(super) async fn serve(stream: TcpStream, shared: Arc<Shared>) {
    // What goes wrong here is the client's connection breaking: the client will say so.
    let _ = serve_requests(stream, &shared).await;
}

async fn serve_requests(stream: TcpStream, shared: &Shared) -> Result<()> {
    stream.set_nodelay(true)?;
    let mut client = BufReader::new(stream);
    while let Some(mut request) = read_head(&mut client).await? {
        if request.header("expect").is_some() {
            client
                .get_mut()
                .write_all(b"HTTP/1.1 100 Continue\r\n\r\n")
                .await?;
        }
        read_body(&mut client, &mut request, Side::Request).await?;
        let under_way = UnderWay::begin(shared, &request);
        if !answer(&mut client, shared, &request, under_way).await? {
            return Ok(());
        }
    }
    Ok(())
}

/// A call under way; counted as ended however it ends.
struct UnderWay<'a> {
    shared: &'a Shared,
    identified: Identified,
    started: Duration,
    status: Option<u16>,
}

impl<'a> UnderWay<'a> {
    fn begin(shared: &'a Shared, request: &Message) -> Self {
        let mut identified = identify(request);
        identified.call.account = account_of(shared, &identified.access_key);
        let started = lock(&shared.ledger).begin(&identified.call);
        Self {
            shared,
            identified,
            started,
            status: None,
        }
    }
}

impl Drop for UnderWay<'_> {
    fn drop(&mut self) {
        let call = self.identified.call.clone();
        lock(&self.shared.ledger).end(call, self.started, self.status);
    }
}

/// Whether the connection goes on.
async fn answer(
    client: &mut BufReader<TcpStream>,
    shared: &Shared,
    request: &Message,
    mut under_way: UnderWay<'_>,
) -> Result<bool> {
    let identified = under_way.identified.clone();
    let response = match judge(shared, &identified).await {
        Outcome::Forward { page_size } => forward(shared, request, &identified, page_size).await,
        Outcome::Answer(reply) => reply.into_response(),
        Outcome::Drop => return Ok(false),
        Outcome::Lose(fault) => {
            forward(shared, request, &identified, None).await;
            match fault {
                Some(fault) => Reply::of(fault, &identified).into_response(),
                None => return Ok(false),
            }
        }
        Outcome::Hang => {
            // Until the client gives up: then its side of the connection ends.
            client.fill_buf().await?;
            return Ok(false);
        }
    };
    under_way.status = response.status();
    // Counted before the client can see the answer, so that a count taken after it is whole.
    drop(under_way);
    write(client.get_mut(), &response, response_side(request)).await?;
    Ok(request.keeps_alive())
}

async fn judge(shared: &Shared, identified: &Identified) -> Outcome {
    let rules = lock(&shared.rules).clone();
    let mut page_size = None;
    for rule in rules {
        match rule.apply(&identified.call) {
            Verdict::Continue => {}
            Verdict::Wait(time) => tokio::time::sleep(time).await,
            Verdict::Split(size) => page_size = Some(size),
            Verdict::Fault(fault) => return Outcome::Answer(Reply::of(fault, identified)),
            Verdict::Answer(reply) => return Outcome::Answer(reply),
            Verdict::Hang => return Outcome::Hang,
            Verdict::Drop => return Outcome::Drop,
            Verdict::Lose(fault) => return Outcome::Lose(fault),
        }
    }
    Outcome::Forward { page_size }
}

async fn forward(
    shared: &Shared,
    request: &Message,
    identified: &Identified,
    page_size: Option<usize>,
) -> Message {
    if let Some(response) = kept_page(shared, request) {
        return response;
    }
    let response = match shared.upstream.send(request).await {
        Ok(response) => response,
        Err(error) => return bad_gateway(&error).into_response(),
    };
    if identified.call.action.starts_with("AssumeRole") {
        learn(shared, &String::from_utf8_lossy(&response.body));
    }
    match page_size {
        Some(size) if response.status() == Some(200) => {
            split(shared, request, identified, response, size)
        }
        _ => response,
    }
}

fn bad_gateway(error: &std::io::Error) -> Reply {
    Reply {
        status: 502,
        content_type: "text/plain".to_owned(),
        body: format!("the emulator did not answer: {error}"),
    }
}

/// Tokens read `split-ANSWER-PAGE-`: no character of theirs is ever escaped.
const TOKEN: &str = "split-";

fn split(
    shared: &Shared,
    request: &Message,
    identified: &Identified,
    mut response: Message,
    size: usize,
) -> Message {
    let asked = form_value(&String::from_utf8_lossy(&request.body), "MaxResults");
    let asked = asked
        .and_then(|text| text.parse().ok())
        .unwrap_or(usize::MAX);
    let body = String::from_utf8_lossy(&response.body);
    let call = &identified.call;
    if let Some(split) = Split::new(&body, identified.protocol, &call.service, size.min(asked)) {
        let mut splits = lock(&shared.splits);
        let first = split.page(0, &format!("{TOKEN}{}-1-", splits.len()));
        splits.push(Arc::new(split));
        response.body = first.into_bytes();
    }
    response
}

/// The page that a token of ours asks for.
fn kept_page(shared: &Shared, request: &Message) -> Option<Message> {
    let body = String::from_utf8_lossy(&request.body);
    let (_, token) = body.split_once(TOKEN)?;
    let mut numbers = token.split('-').map(str::parse::<usize>);
    let (answer, page) = (numbers.next()?.ok()?, numbers.next()?.ok()?);
    let split = lock(&shared.splits).get(answer).cloned()?;
    let next = format!("{TOKEN}{answer}-{}-", page + 1);
    let json = request.header("x-amz-target").is_some();
    let reply = Reply {
        status: 200,
        content_type: if json {
            "application/x-amz-json-1.1"
        } else {
            "text/xml"
        }
        .to_owned(),
        body: split.page(page, &next),
    };
    Some(reply.into_response())
}

/// MiniStack takes an account id as access key; other keys are told or learned.
fn account_of(shared: &Shared, access_key: &str) -> String {
    let is_account_id =
        access_key.len() == 12 && access_key.bytes().all(|byte| byte.is_ascii_digit());
    if is_account_id {
        return access_key.to_owned();
    }
    lock(&shared.accounts)
        .get(access_key)
        .cloned()
        .unwrap_or_default()
}

/// Reads key and account off the answer to `AssumeRole`.
fn learn(shared: &Shared, answer: &str) {
    let key = element(answer, "AccessKeyId");
    let account = element(answer, "Arn").and_then(|arn| arn.split(':').nth(4));
    if let (Some(key), Some(account)) = (key, account) {
        lock(&shared.accounts).insert(key.to_owned(), account.to_owned());
    }
}

fn element<'a>(xml: &'a str, name: &str) -> Option<&'a str> {
    let (_, rest) = xml.split_once(&format!("<{name}>"))?;
    rest.split('<').next()
}
