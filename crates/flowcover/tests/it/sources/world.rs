//! The same simulated records as files, in a bucket, and in a log group.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::{SystemTime, UNIX_EPOCH};

use flowcover_testkit::{Caller, Moto, Proxy};
use flowcover_traffic::{Object, Settings, Traffic};
use serde_json::{Value, json};

use crate::support::{Program, Run, parse, text};

pub(super) const BUCKET: &str = "central-flow-logs";
pub(super) const GROUP: &str = "/vpc/flow";
pub(super) const REGION: &str = "eu-west-1";
/// A log group of two VPCs, whose flow logs have different formats with as many fields.
pub(super) const SHARED: &str = "shared";
const MINUTES: u32 = 60;
pub(super) const DEFAULT_FORMAT: &str = "${version} ${account-id} ${interface-id} ${srcaddr} ${dstaddr} ${srcport} ${dstport} ${protocol} ${packets} ${bytes} ${start} ${end} ${action} ${log-status}";

pub(super) struct World {
    pub(super) moto: Moto,
    pub(super) proxy: Proxy,
    caller: Caller,
    folder: tempfile::TempDir,
    objects: Vec<Object>,
    /// When the first record can begin, in seconds since the Unix epoch.
    start: i64,
}

/// What a record says of itself: `start`, `end`, interface.
struct Line<'a> {
    text: &'a str,
    start: i64,
    end: i64,
    interface: &'a str,
}

fn lines(object: &Object) -> impl Iterator<Item = Line<'_>> {
    let text = std::str::from_utf8(&object.text).unwrap();
    text.lines().skip(1).map(|text| {
        let fields: Vec<&str> = text.split(' ').collect();
        Line {
            text,
            start: fields[10].parse().unwrap(),
            end: fields[11].parse().unwrap(),
            interface: fields[2],
        }
    })
}

impl World {
    pub(super) fn new() -> Self {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let now = i64::try_from(now.as_secs()).unwrap();
        // Three hours ago: all of it has come in.
        let start = (now - 3 * 3600) / 300 * 300;
        let defaults = Settings::default();
        let mut layout = defaults.layout.clone();
        layout.prefix = "central/".to_owned();
        layout.region = REGION.to_owned();
        let traffic = Traffic::new(Settings {
            layout,
            start: jiff::Timestamp::from_second(start).unwrap(),
            minutes: MINUTES,
            records: 2000,
            ..defaults
        });
        let traffic = traffic.unwrap();
        let objects = (0..traffic.bins())
            .flat_map(|bin| traffic.bin(bin))
            .collect();
        let moto = Moto::start();
        let proxy = Proxy::start(moto.address());
        let world = Self {
            caller: Caller::new(&moto.url(), &moto.credentials()),
            moto,
            proxy,
            folder: tempfile::tempdir().unwrap(),
            objects,
            start,
        };
        world.call(
            ["s3", "create_bucket"],
            json!({
                "Bucket": BUCKET,
                "CreateBucketConfiguration": {"LocationConstraint": REGION},
            }),
        );
        for object in &world.objects {
            let key = object.key.to_string();
            let path = world.local(&key);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, object.gzip()).unwrap();
            world.put(&key, &object.gzip());
        }
        // What lies beside flow logs.
        world.put(
            "central/AWSLogs/123456789012/CloudTrail/eu-west-1/2026/11/20/x.json.gz",
            b"{}",
        );
        world.put("central/readme.md", b"not a flow log");
        world.put("central/", b"");
        world
    }

    fn local(&self, key: &str) -> PathBuf {
        self.folder.path().join(key)
    }

    pub(super) fn call(&self, what: [&str; 2], parameters: Value) -> Value {
        let answer = parse(&self.caller.call(REGION, what, &parameters.to_string()));
        assert!(answer["error"].is_null(), "{what:?}: {answer}");
        answer["ok"].clone()
    }

    pub(super) fn put(&self, key: &str, bytes: &[u8]) {
        self.put_into(BUCKET, key, bytes);
    }

    fn put_into(&self, bucket: &str, key: &str, bytes: &[u8]) {
        let mut hex = String::new();
        bytes
            .iter()
            .for_each(|byte| write!(hex, "{byte:02x}").unwrap());
        self.call(
            ["s3", "put_object"],
            json!({"Bucket": bucket, "Key": key, "Body": {"$hex": hex}}),
        );
    }

    pub(super) fn delete(&self, key: &str) {
        self.call(
            ["s3", "delete_object"],
            json!({"Bucket": BUCKET, "Key": key}),
        );
    }

    /// Leaves only the first half of an object in the bucket.
    pub(super) fn cut(&self, key: &str) {
        let object = self
            .objects
            .iter()
            .find(|it| it.key.to_string() == key)
            .unwrap();
        let packed = object.gzip();
        self.put(key, &packed[..packed.len() / 2]);
    }

    /// Keys of objects that are not the first.
    pub(super) fn two_keys(&self) -> (String, String) {
        let key = |number: usize| self.objects[number].key.to_string();
        (key(self.objects.len() - 1), key(self.objects.len() - 2))
    }

    /// Where the records lie as files.
    pub(super) fn path(&self) -> &str {
        self.folder.path().to_str().unwrap()
    }

    pub(super) fn objects(&self) -> usize {
        self.objects.len()
    }

    /// Rows of all objects.
    pub(super) fn records(&self) -> u64 {
        self.objects.iter().map(|object| object.totals.rows()).sum()
    }

    /// The records, as text without the line end.
    pub(super) fn lines(&self) -> impl Iterator<Item = &str> {
        self.objects.iter().flat_map(lines).map(|line| line.text)
    }

    /// The flow log that wrote all objects.
    pub(super) fn flow_log_id(&self) -> &str {
        &self.objects[0].key.flow_log_id
    }

    /// Bytes of all objects as they lie in the bucket.
    pub(super) fn packed_bytes(&self) -> u64 {
        let objects = self.objects.iter();
        objects.map(|object| object.gzip().len() as u64).sum()
    }

    pub(super) fn rejected(&self) -> u64 {
        self.objects
            .iter()
            .map(|object| object.totals.rejected)
            .sum()
    }

    /// A span that holds everything, and ended long enough ago.
    pub(super) fn span(&self) -> (String, String) {
        let text = |second| jiff::Timestamp::from_second(second).unwrap().to_string();
        (text(self.start), text(self.start + i64::from(MINUTES) * 60))
    }

    /// Five minutes in the middle.
    pub(super) fn middle(&self) -> (String, String) {
        let text = |second| jiff::Timestamp::from_second(second).unwrap().to_string();
        (text(self.start + 1800), text(self.start + 2100))
    }

    /// Rows of traffic that overlaps the span.
    pub(super) fn records_between(&self, from: &str, to: &str) -> u64 {
        let second = |text: &str| text.parse::<jiff::Timestamp>().unwrap().as_second();
        let (from, to) = (second(from), second(to));
        let records = self.objects.iter().flat_map(lines);
        records.filter(|it| it.end >= from && it.start < to).count() as u64
    }

    /// Puts the records into a log group, as AWS does: a stream for each interface, `start` as the time of events. Gives the
    /// id of the VPC that is recorded to it.
    pub(super) fn fill_log_group(&self) -> String {
        self.call(["logs", "create_log_group"], json!({"logGroupName": GROUP}));
        let vpc = self.make_vpc("10.1.0.0/16");
        self.record_to_group(&vpc, GROUP, "ALL", DEFAULT_FORMAT);
        let mut streams: BTreeMap<&str, Vec<(i64, &str)>> = BTreeMap::new();
        for line in self.objects.iter().flat_map(lines) {
            streams
                .entry(line.interface)
                .or_default()
                .push((line.start, line.text));
        }
        for (interface, mut events) in streams {
            events.sort_unstable();
            self.add_events(&format!("{interface}-all"), &events);
        }
        vpc
    }

    fn make_vpc(&self, block: &str) -> String {
        let made = self.call(["ec2", "create_vpc"], json!({"CidrBlock": block}));
        text(&made["Vpc"]["VpcId"]).to_owned()
    }

    fn record(&self, vpc: &str, traffic: &str, destination: Value) -> String {
        let mut request =
            json!({"ResourceIds": [vpc], "ResourceType": "VPC", "TrafficType": traffic});
        for (key, value) in destination.as_object().unwrap() {
            request[key] = value.clone();
        }
        let made = self.call(["ec2", "create_flow_logs"], request);
        text(&made["FlowLogIds"][0]).to_owned()
    }

    fn record_to_group(&self, vpc: &str, group: &str, traffic: &str, format: &str) {
        self.record(
            vpc,
            traffic,
            json!({
                "LogGroupName": group,
                "LogFormat": format,
                "DeliverLogsPermissionArn": "arn:aws:iam::123456789012:role/flow-logs",
            }),
        );
    }

    /// Makes a VPC that is recorded to a bucket and to a log group that it shares, with a record here and two there, of
    /// which one is another VPC's. Gives its id.
    pub(super) fn record_vpc(&self) -> String {
        let bucket = "vpc-flow-logs";
        self.call(
            ["s3", "create_bucket"],
            json!({
                "Bucket": bucket,
                "CreateBucketConfiguration": {"LocationConstraint": REGION},
            }),
        );
        self.call(
            ["logs", "create_log_group"],
            json!({"logGroupName": SHARED}),
        );
        let (vpc, other) = (self.make_vpc("10.0.0.0/16"), self.make_vpc("10.9.0.0/16"));
        let to_bucket =
            json!({"LogDestinationType": "s3", "LogDestination": format!("arn:aws:s3:::{bucket}")});
        let id = self.record(&vpc, "ALL", to_bucket);
        self.record_to_group(
            &vpc,
            SHARED,
            "ALL",
            "${srcaddr} ${dstaddr} ${bytes} ${start} ${end}",
        );
        self.record_to_group(
            &other,
            SHARED,
            "REJECT",
            "${bytes} ${srcaddr} ${dstaddr} ${start} ${end}",
        );
        let (start, end) = (self.start, self.start + 50);
        let bytes =
            format!("srcaddr dstaddr bytes start end\n10.0.0.1 10.0.0.9 1000 {start} {end}\n");
        let mut key = self.objects[0].key.clone();
        key.layout.prefix.clear();
        key.layout.hive = true;
        for flow_log_id in [id.as_str(), "fl-00000000000000abc"] {
            key.flow_log_id = flow_log_id.to_owned();
            self.put_into(bucket, &key.to_string(), bytes.as_bytes());
        }
        let line = format!("10.0.0.1 10.0.0.9 2000 {start} {end}");
        self.add_events_to(SHARED, "eni-1-all", &[(start, &line)]);
        let line = format!("3000 10.0.0.2 10.0.0.9 {start} {end}");
        self.add_events_to(SHARED, "eni-2-reject", &[(start, &line)]);
        vpc
    }

    /// Adds an event that either flow log could have written, to the group of [`World::record_vpc`].
    pub(super) fn add_unclear_event(&self) {
        let line = format!("1 1 1 {} {}", self.start, self.start);
        self.add_events_to(SHARED, "somebody", &[(self.start, &line)]);
    }

    fn add_events(&self, stream: &str, events: &[(i64, &str)]) {
        self.add_events_to(GROUP, stream, events);
    }

    fn add_events_to(&self, group: &str, stream: &str, events: &[(i64, &str)]) {
        let name = json!({"logGroupName": group, "logStreamName": stream});
        self.call(["logs", "create_log_stream"], name.clone());
        for events in events.chunks(5000) {
            let events: Vec<Value> = events
                .iter()
                .map(|(start, text)| json!({"timestamp": start * 1000, "message": text}))
                .collect();
            let mut request = name.clone();
            request["logEvents"] = events.into();
            let answer = self.call(["logs", "put_log_events"], request);
            assert!(answer["rejectedLogEventsInfo"].is_null(), "{answer}");
        }
    }

    /// Adds an event of just now; `what` is an address and an action. Gives its text.
    pub(super) fn add_event(&self, what: &str) -> String {
        let (address, action) = what.split_once(' ').unwrap();
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
        let start = i64::try_from(now.as_secs()).unwrap();
        let line = format!(
            "2 123456789012 eni-00000000000000abc {address} 10.0.0.1 40000 22 6 1 40 {start} {start} {action} OK"
        );
        self.add_events("eni-00000000000000abc-all", &[(start, &line)]);
        line
    }

    /// Asks a question about these places, through the proxy.
    pub(super) fn ask(&self, arguments: &[&str], places: &[&str]) -> Run {
        let (what, options) = arguments.split_at(2);
        Program::new(what)
            .with(places)
            .with(options)
            .against(&self.proxy.url(), &self.moto.credentials())
            .run()
    }
}
