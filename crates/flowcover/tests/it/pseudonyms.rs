//! `detect` and `investigate` with `--pseudonymise`: judged on true addresses, none of which is written.

use std::collections::BTreeSet;
use std::fs;
use std::net::{IpAddr, Ipv4Addr};
use std::path::Path;

use flowcover_record::LogFormat;
use flowcover_traffic::{Hidden, Settings, Traffic, VERSION_5_FORMAT};
use serde_json::{Value, json};

use crate::support::{Program, Run, list, parse, text};

const KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

struct Lab {
    logs: tempfile::TempDir,
    /// All addresses of all records.
    addresses: BTreeSet<IpAddr>,
}

impl Lab {
    fn new() -> Self {
        let traffic = Traffic::new(Settings {
            seed: 5,
            minutes: 240,
            records: 60_000,
            format: LogFormat::parse(VERSION_5_FORMAT).unwrap(),
            hidden: vec![Hidden::VerticalScan, Hidden::VerticalScan, Hidden::Beacon],
            ..Settings::default()
        })
        .unwrap();
        let logs = tempfile::tempdir().unwrap();
        let mut addresses = BTreeSet::new();
        for object in (0..traffic.bins()).flat_map(|bin| traffic.bin(bin)) {
            let path = logs.path().join(object.key.to_string());
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, object.gzip()).unwrap();
            let fields = std::str::from_utf8(&object.text)
                .unwrap()
                .split_whitespace();
            addresses.extend(fields.filter_map(|field| field.parse::<IpAddr>().ok()));
        }
        // What is no record is spoken of as well.
        fs::write(
            logs.path().join("damaged.log"),
            "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n2 1 eni-1 10.99.99.99 10.99.99.98 x\n",
        )
        .unwrap();
        addresses
            .extend(["10.99.99.99", "10.99.99.98"].map(|text| text.parse::<IpAddr>().unwrap()));
        Self { logs, addresses }
    }

    /// Names every private address as EC2 does, and allows somebody by a reason that says whom.
    fn program(&self, arguments: &[&str]) -> Program {
        let private = self.addresses.iter().filter_map(|address| match address {
            IpAddr::V4(address) if address.is_private() => Some(*address),
            _ => None,
        });
        let interfaces: Vec<Value> = private
            .enumerate()
            .map(|(number, address)| {
                json!({
                    "network_interface_id": format!("eni-{number:08x}"),
                    "vpc_id": "vpc-1",
                    "instance_id": format!("ip-{}", dashed(address)),
                    "private_ip_addresses": [{"private_ip_address": address.to_string()}],
                })
            })
            .collect();
        let complete = |items: Value| json!({"state": "complete", "items": items});
        let snapshot = json!({
            "schema": "flowcover.inventory/1", "generator": "flowcover 0.1.0", "collected_at": "2026-03-02T10:02:01Z",
            "partition": "aws", "depth": "full", "proved": false, "organization": null, "accounts": [],
            "regions": [{
                "account_id": "111122223333", "region": "eu-west-1", "status": "collected",
                "vpcs": complete(json!([{"vpc_id": "vpc-1"}])),
                "network_interfaces": complete(Value::from(interfaces)),
            }],
        });
        let ours = self.addresses.iter().next().unwrap();
        let policy = format!(
            "[[detect.allow]]\nclients = [\"{ours}\"]\nreason = \"{ours} is our scanner\"\nuntil = 2099-01-01\n"
        );
        Program::new(arguments)
            .file("snapshot.json", snapshot.to_string().as_bytes())
            .file("flowcover.toml", policy.as_bytes())
            .variable("KEY", KEY)
            .with(&["--inventory", "snapshot.json"])
    }

    fn path(&self) -> &str {
        self.logs.path().to_str().unwrap()
    }

    #[track_caller]
    fn holds_none(&self, what: &str, written: &str) {
        let is_part = |c: char| c.is_ascii_hexdigit() || matches!(c, ':' | '.');
        for token in written.split(|c| !is_part(c)) {
            // `ADDRESS:PORT`, and at the end of a sentence.
            let token = token.trim_end_matches(['.', ':']);
            let host = token.rsplit_once(':').map_or(token, |(host, _)| host);
            for text in [token, host] {
                let address = text.parse::<IpAddr>().ok();
                let leaked = address.filter(|it| self.addresses.contains(it));
                assert_eq!(leaked, None, "{what}:\n{written}");
            }
        }
        for token in written.split(|c: char| !c.is_ascii_digit() && c != '-') {
            let address = token.trim_matches('-').replace('-', ".").parse::<IpAddr>();
            let leaked = address.ok().filter(|it| self.addresses.contains(it));
            assert_eq!(leaked, None, "{what}:\n{written}");
        }
    }
}

fn dashed(address: Ipv4Addr) -> String {
    address.to_string().replace('.', "-")
}

/// Formats of each command, each with what it writes and says.
fn outputs(lab: &Lab, arguments: &[&str], formats: &[&str]) -> Vec<(String, Run)> {
    let with = |format: &&str| {
        let run = lab
            .program(arguments)
            .with(&["--pseudonymise", "env:KEY", "--format", format])
            .run();
        assert!(run.code < 2 || run.code == 3, "{format}: {}", run.stderr);
        assert!(!run.stdout.is_empty(), "{format}");
        (format!("{} as {format}", arguments[0]), run)
    };
    formats.iter().map(with).collect()
}

const OF_DETECTIONS: [&str; 8] = [
    "table", "json", "ndjson", "csv", "markdown", "html", "sarif", "ocsf",
];
const OF_INVESTIGATIONS: [&str; 6] = ["table", "json", "ndjson", "csv", "markdown", "html"];

fn findings(report: &Value) -> Vec<(String, String)> {
    let findings = list(&report["findings"]).iter();
    let mut findings: Vec<_> = findings
        .map(|it| {
            (
                text(&it["detection"]).to_owned(),
                it["measures"].to_string(),
            )
        })
        .collect();
    findings.sort();
    findings
}

#[test]
fn no_address_is_in_what_detections_report() {
    let lab = Lab::new();
    let arguments = ["detect", lab.path()];
    for (what, run) in outputs(&lab, &arguments, &OF_DETECTIONS) {
        lab.holds_none(&what, &run.stdout);
        lab.holds_none(&what, &run.stderr);
    }
    let report = |more: &[&str]| {
        let run = lab
            .program(&arguments)
            .with(&["--format", "json"])
            .with(more)
            .run();
        parse(&run.stdout)
    };
    let plain = report(&[]);
    let hidden = report(&["--pseudonymise", "env:KEY"]);
    // The same is found, for it is judged by true addresses.
    assert!(findings(&plain).len() >= 3);
    assert_eq!(findings(&plain), findings(&hidden));
    let named = |report: &Value| {
        let mut all = list(&report["findings"]).iter();
        all.any(|it| !it["client_name"].is_null() || !it["server_name"].is_null())
    };
    assert!(named(&plain) && !named(&hidden));
    // Fingerprints are those of pseudonyms, the same ones each time. What is about an interface, and no address, keeps its own.
    let prints = |report: &Value| -> BTreeSet<String> {
        let all = list(&report["findings"]).iter();
        all.filter(|it| !it["client"].is_null() || !it["server"].is_null())
            .map(|it| text(&it["fingerprint"]).to_owned())
            .collect()
    };
    assert!(!prints(&plain).is_empty());
    assert!(prints(&plain).is_disjoint(&prints(&hidden)));
    assert_eq!(
        prints(&hidden),
        prints(&report(&["--pseudonymise", "env:KEY"]))
    );
    // Each query shows its finding in records that are pseudonymised with the same key.
    for finding in list(&hidden["findings"]) {
        let sql = text(&finding["query"]);
        let run = Program::new(&["query", sql, lab.path(), "--format", "json"])
            .with(&["--pseudonymise", "env:KEY"])
            .variable("KEY", KEY)
            .run();
        assert!(
            !list(&parse(&run.stdout)).is_empty(),
            "{sql}\n{}",
            run.stderr
        );
    }
}

#[test]
fn what_was_reported_is_known_by_its_pseudonyms() {
    let lab = Lab::new();
    let state = lab.logs.path().join("state.json");
    let state = state.to_str().unwrap();
    let run = || {
        lab.program(&["detect", lab.path(), "--format", "json", "--state", state])
            .with(&["--pseudonymise", "env:KEY"])
            .run()
    };
    let first = parse(&run().stdout);
    assert!(!list(&first["findings"]).is_empty());
    let again = run();
    assert_eq!(
        list(&parse(&again.stdout)["findings"]).len(),
        0,
        "{}",
        again.stderr
    );
    let written = fs::read_to_string(Path::new(state)).unwrap();
    for finding in list(&first["findings"]) {
        assert!(written.contains(text(&finding["fingerprint"])));
    }
}

#[test]
fn no_address_is_in_an_investigation() {
    let lab = Lab::new();
    let found = lab
        .program(&["detect", lab.path(), "--format", "json"])
        .run();
    let found = parse(&found.stdout);
    let clients = list(&found["findings"]).iter();
    let client = clients
        .filter_map(|it| it["client"].as_str())
        .next()
        .unwrap();
    let block = "10.0.0.0/8";
    for subject in [client, block] {
        let arguments = ["investigate", subject, lab.path()];
        for (what, run) in outputs(&lab, &arguments, &OF_INVESTIGATIONS) {
            lab.holds_none(&what, &run.stdout);
            lab.holds_none(&what, &run.stderr);
            assert!(!run.stdout.contains(block), "{what}");
        }
    }
    let dossier = |more: &[&str]| {
        let run = lab
            .program(&["investigate", client, lab.path(), "--format", "json"])
            .with(more)
            .run();
        parse(&run.stdout)
    };
    let (plain, hidden) = (dossier(&[]), dossier(&["--pseudonymise", "env:KEY"]));
    assert_eq!(plain["totals"], hidden["totals"]);
    assert_eq!(plain["timeline"]["cells"], hidden["timeline"]["cells"]);
    assert_eq!(list(&plain["peers"]).len(), list(&hidden["peers"]).len());
    // Events name findings by the fingerprints that these have.
    let findings = list(&hidden["findings"]).iter();
    let prints: BTreeSet<&str> = findings.map(|it| text(&it["fingerprint"])).collect();
    let events = list(&hidden["events"]).iter();
    let told: Vec<&str> = events.filter_map(|it| it["fingerprint"].as_str()).collect();
    assert!(
        !told.is_empty() && told.iter().all(|it| prints.contains(it)),
        "{told:?}"
    );
    let sql = text(&hidden["query"]);
    let run = Program::new(&["query", sql, lab.path(), "--format", "json"])
        .with(&["--pseudonymise", "env:KEY"])
        .variable("KEY", KEY)
        .run();
    let flows = list(&parse(&run.stdout)).len() as u64;
    assert!(flows > 0, "{sql}\n{}", run.stderr);
}
