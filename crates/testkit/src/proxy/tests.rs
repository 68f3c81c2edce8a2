#![allow(clippy::unwrap_used)]

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::{Proxy, Reply, Rule};

const VPCS: &str = "<R><vpcSet><item>a</item><item>b</item><item>c</item></vpcSet></R>";

/// Answers every request with the same body, and counts the connections.
fn backend(body: &'static str) -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let connections = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&connections);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            counter.fetch_add(1, Ordering::SeqCst);
            std::thread::spawn(move || answer_all(stream.unwrap(), body));
        }
    });
    (address, connections)
}

fn answer_all(mut stream: TcpStream, body: &str) {
    while read_message(&mut stream).is_some() {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n", body.len());
        stream.write_all((head + body).as_bytes()).unwrap();
    }
}

/// Head and body of a message that has a content length.
fn read_message(stream: &mut TcpStream) -> Option<(String, String)> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).unwrap();
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.map_or(0, |length| length.parse().unwrap())];
    stream.read_exact(&mut body).ok()?;
    Some((head, String::from_utf8(body).unwrap()))
}

struct Client(TcpStream);

impl Client {
    fn new(proxy: &Proxy) -> Self {
        let stream = TcpStream::connect(proxy.address()).unwrap();
        stream
            .set_read_timeout(Some(Duration::from_secs(10)))
            .unwrap();
        Self(stream)
    }

    /// Status and body; `None` if the connection ended instead.
    fn ec2(&mut self, key: &str, region: &str, form: &str) -> Option<(u16, String)> {
        let head = format!(
            "POST / HTTP/1.1\r\nhost: x\r\nauthorization: AWS4-HMAC-SHA256 Credential={key}/20260101/{region}/ec2/aws4_request, SignedHeaders=host, Signature=0\r\ncontent-length: {}\r\n\r\n",
            form.len()
        );
        self.0.write_all((head + form).as_bytes()).unwrap();
        let (head, body) = read_message(&mut self.0)?;
        let status = head.split(' ').nth(1).unwrap().parse().unwrap();
        Some((status, body))
    }

    fn vpcs(&mut self) -> Option<(u16, String)> {
        self.ec2("111111111111", "eu-west-1", "Action=DescribeVpcs")
    }
}

fn start(rules: Vec<Rule>) -> (Proxy, Client) {
    let (address, _) = backend(VPCS);
    let proxy = Proxy::start(address);
    for rule in rules {
        proxy.add(rule);
    }
    let client = Client::new(&proxy);
    (proxy, client)
}

#[test]
fn calls_pass_on_kept_connections_and_are_counted() {
    let (address, connections) = backend(VPCS);
    let proxy = Proxy::start(address);
    let mut client = Client::new(&proxy);
    for region in ["eu-west-1", "eu-west-1", "us-east-1"] {
        let answer = client.ec2("111111111111", region, "Action=DescribeVpcs");
        assert_eq!(answer.unwrap(), (200, VPCS.to_owned()));
    }
    assert_eq!(connections.load(Ordering::SeqCst), 1);
    let calls = proxy.calls();
    assert_eq!(calls.by_action()["ec2:DescribeVpcs"], 3);
    assert_eq!(calls.by_region()["us-east-1"], 1);
    assert_eq!(calls.by_account()["111111111111"], 3);
    assert_eq!(calls.max_in_flight, 1);
    proxy.forget_calls();
    assert_eq!(proxy.calls().count("*"), 0);
}

#[test]
fn a_fault_answers_in_place_of_the_emulator() {
    for (rule, status, code) in [
        (Rule::on("ec2:*").deny(), 403, "UnauthorizedOperation"),
        (Rule::on("*:DescribeVpcs").expire(), 400, "RequestExpired"),
        (Rule::on("ec2:DescribeVpcs").fail(), 500, "InternalError"),
    ] {
        let (_proxy, mut client) = start(vec![rule]);
        let (got, body) = client.vpcs().unwrap();
        assert_eq!(got, status);
        assert!(body.contains(&format!("<Code>{code}</Code>")), "{body}");
    }
}

#[test]
fn a_denied_region_leaves_the_others_unharmed() {
    let (proxy, mut client) = start(vec![Rule::on("ec2:*").region("eu-west-1").deny()]);
    assert_eq!(client.vpcs().unwrap().0, 403);
    let other = client.ec2("111111111111", "us-east-1", "Action=DescribeVpcs");
    assert_eq!(other.unwrap().0, 200);
    proxy.clear_rules();
    assert_eq!(client.vpcs().unwrap().0, 200);
}

#[test]
fn credentials_can_expire_half_way() {
    let (_proxy, mut client) = start(vec![Rule::on("*").after(2).expire()]);
    let statuses: Vec<u16> = (0..4).map(|_| client.vpcs().unwrap().0).collect();
    assert_eq!(statuses, [200, 200, 400, 400]);
}

#[test]
fn a_bucket_that_starts_empty_throttles_until_it_has_a_token() {
    let (proxy, mut client) = start(vec![Rule::on("ec2:*").throttle(1.0, 10.0)]);
    let (status, body) = client.vpcs().unwrap();
    assert_eq!(status, 503);
    assert!(body.contains("<Code>RequestLimitExceeded</Code>"));
    std::thread::sleep(Duration::from_millis(150));
    assert_eq!(client.vpcs().unwrap().0, 200);
    let statuses: Vec<_> = proxy
        .calls()
        .entries
        .iter()
        .map(|entry| entry.status)
        .collect();
    assert_eq!(statuses, [Some(503), Some(200)]);
}

#[test]
fn a_delay_adds_to_the_call_and_goes_on() {
    let delay = Duration::from_millis(80);
    let (proxy, mut client) = start(vec![
        Rule::on("*").delay(delay),
        Rule::on("*").after(1).deny(),
    ]);
    assert_eq!(client.vpcs().unwrap().0, 200);
    assert_eq!(client.vpcs().unwrap().0, 403);
    let calls = proxy.calls();
    assert!(calls.entries.iter().all(|entry| entry.took >= delay));
    assert!(calls.wall() >= 2 * delay);
}

#[test]
fn calls_under_way_together_are_seen() {
    let (proxy, _) = start(vec![Rule::on("*").delay(Duration::from_millis(200))]);
    std::thread::scope(|scope| {
        for account in ["111111111111", "111111111111", "222222222222"] {
            let proxy = &proxy;
            scope.spawn(move || {
                Client::new(proxy)
                    .ec2(account, "eu-west-1", "Action=A")
                    .unwrap()
            });
        }
    });
    let calls = proxy.calls();
    assert_eq!(calls.max_in_flight, 3);
    assert_eq!(calls.max_in_flight_by_account["111111111111"], 2);
}

#[test]
fn a_dropped_connection_ends_without_an_answer() {
    let (proxy, mut client) = start(vec![Rule::on("*").times(1).disconnect()]);
    assert_eq!(client.vpcs(), None);
    assert_eq!(Client::new(&proxy).vpcs().unwrap().0, 200);
    assert_eq!(proxy.calls().entries[0].status, None);
}

/// Answers as `answer_all` does, and counts what it was asked.
fn counting_backend() -> (SocketAddr, Arc<AtomicUsize>) {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let acted = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&acted);
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            while read_message(&mut stream).is_some() {
                counter.fetch_add(1, Ordering::SeqCst);
                let answer = format!(
                    "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{VPCS}",
                    VPCS.len()
                );
                stream.write_all(answer.as_bytes()).unwrap();
            }
        }
    });
    (address, acted)
}

#[test]
fn a_lost_answer_was_acted_on() {
    let (address, acted) = counting_backend();
    let proxy = Proxy::start(address);
    proxy.add(Rule::on("*").times(1).lose_answer());
    assert_eq!(Client::new(&proxy).vpcs(), None);
    assert_eq!(acted.load(Ordering::SeqCst), 1);
    assert_eq!(proxy.calls().entries[0].status, None);
    proxy.clear_rules();
    proxy.add(Rule::on("*").times(1).fail_after_acting());
    assert_eq!(Client::new(&proxy).vpcs().unwrap().0, 500);
    assert_eq!(acted.load(Ordering::SeqCst), 2);
}

#[test]
fn a_hanging_call_never_answers_and_ends_with_its_client() {
    let (proxy, mut client) = start(vec![Rule::on("*").hang()]);
    client
        .0
        .set_read_timeout(Some(Duration::from_millis(100)))
        .unwrap();
    assert_eq!(client.vpcs(), None);
    assert_eq!(proxy.calls().count("*"), 0);
    drop(client);
    let deadline = Instant::now() + Duration::from_secs(5);
    while proxy.calls().count("*") == 0 {
        assert!(Instant::now() < deadline, "the call never ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(proxy.calls().entries[0].status, None);
}

#[test]
fn a_proxy_with_a_hanging_call_can_be_dropped() {
    let (proxy, mut client) = start(vec![Rule::on("*").hang()]);
    client
        .0
        .set_read_timeout(Some(Duration::from_millis(50)))
        .unwrap();
    assert_eq!(client.vpcs(), None);
    drop(proxy);
    assert_eq!(client.0.read(&mut [0]).unwrap_or(0), 0);
}

#[test]
fn pages_are_cut_and_followed_by_their_tokens() {
    let (_proxy, mut client) = start(vec![Rule::on("ec2:DescribeVpcs").split_pages(2)]);
    let (_, first) = client.vpcs().unwrap();
    assert!(first.contains("<item>b</item>") && !first.contains("<item>c</item>"));
    let (_, rest) = first.split_once("<nextToken>").unwrap();
    let token = rest.split('<').next().unwrap();
    let form = format!("Action=DescribeVpcs&NextToken={token}");
    let (_, second) = client.ec2("1", "eu-west-1", &form).unwrap();
    assert_eq!(second, "<R><vpcSet><item>c</item></vpcSet></R>");
}

#[test]
fn a_smaller_page_asked_for_is_given() {
    let (_proxy, mut client) = start(vec![Rule::on("*").split_pages(1000)]);
    let form = "Action=DescribeVpcs&MaxResults=1";
    let (_, page) = client.ec2("1", "eu-west-1", form).unwrap();
    assert_eq!(page.matches("<item>").count(), 1);
}

#[test]
fn an_answer_can_be_given_word_for_word() {
    let reply = Reply {
        status: 200,
        content_type: "text/xml".to_owned(),
        body: "<R><vpcSet>".to_owned(),
    };
    let (_proxy, mut client) = start(vec![Rule::on("*").answer(reply)]);
    assert_eq!(client.vpcs().unwrap(), (200, "<R><vpcSet>".to_owned()));
}

#[test]
fn the_account_of_an_assumed_role_is_learned() {
    let (address, _) = backend(
        "<R><Credentials><AccessKeyId>ASIA1</AccessKeyId></Credentials><AssumedRoleUser><Arn>arn:aws:sts::222222222222:assumed-role/r/s</Arn></AssumedRoleUser></R>",
    );
    let proxy = Proxy::start(address);
    proxy.know("AKIA1", "111111111111");
    let mut client = Client::new(&proxy);
    client
        .ec2("AKIA1", "eu-west-1", "Action=AssumeRole")
        .unwrap();
    client
        .ec2("ASIA1", "eu-west-1", "Action=DescribeVpcs")
        .unwrap();
    let accounts = proxy.calls().by_account();
    assert_eq!((accounts["111111111111"], accounts["222222222222"]), (1, 1));
}

#[test]
fn an_emulator_that_is_gone_is_a_bad_gateway() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let proxy = Proxy::start(address);
    assert_eq!(Client::new(&proxy).vpcs().unwrap().0, 502);
}

/// Answers one request per connection and closes it without a word.
fn forgetful_backend() -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            read_message(&mut stream).unwrap();
            let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
            stream.write_all(answer).unwrap();
        }
    });
    address
}

#[test]
fn a_kept_connection_that_was_closed_meanwhile_is_replaced() {
    let proxy = Proxy::start(forgetful_backend());
    let mut client = Client::new(&proxy);
    for _ in 0..3 {
        assert_eq!(client.vpcs().unwrap(), (200, "ok".to_owned()));
        std::thread::sleep(Duration::from_millis(20));
    }
}
