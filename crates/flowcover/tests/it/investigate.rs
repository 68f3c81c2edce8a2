//! `investigate`: everything that one address, block, interface, instance or security group did.

mod corpus;

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::said::HEADER;
use crate::support::{Program, Run, list, parse, text};
use corpus::{Corpus, GROUP, JSON, is_member};

/// Markup, a formula, a terminal escape and reordering of text, in one name.
const HOSTILE: &str = "=cmd <script>alert(1)</script>\u{1b}[31m\u{202e}|x|";

fn answer(run: &Run) -> Value {
    assert_eq!(run.code, 0, "{}", run.stderr);
    parse(&run.stdout)
}

fn number(value: &Value) -> i64 {
    value
        .as_i64()
        .unwrap_or_else(|| panic!("no number: {value}"))
}

fn sum(items: &Value, key: &str) -> i64 {
    list(items).iter().map(|item| number(&item[key])).sum()
}

#[test]
fn one_address_is_told_in_full() {
    let corpus = Corpus::new();
    let scanner = corpus.scanner();
    let subject = scanner.address.to_string();
    let run = corpus.investigate(&subject, &[]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    insta::assert_snapshot!("scanner", run.stdout);

    let dossier = corpus.dossier(&subject, &[]);
    let totals = &dossier["totals"];
    let flows = number(&totals["flows"]);
    assert!(flows > 500, "{totals:#}");
    assert_eq!(sum(&dossier["peers"], "flows"), flows);
    assert_eq!(
        sum(&dossier["ports"], "flows") + number(&dossier["ports_beyond"]),
        flows
    );
    let refused = number(&totals["refused_out"]) + number(&totals["refused_in"]);
    assert_eq!(sum(&dossier["peers"], "refused"), refused);
    let bytes = number(&totals["bytes_out"]);
    assert_eq!(sum(&dossier["peers"], "bytes_out"), bytes);
    assert_eq!(sum(&dossier["timeline"]["cells"], "bytes_out"), bytes);
    let (first, last) = (number(&totals["first_seen"]), number(&totals["last_seen"]));
    for peer in list(&dossier["peers"]) {
        assert!(first <= number(&peer["first_seen"]), "{peer:#}");
        assert!(number(&peer["last_seen"]) <= last, "{peer:#}");
    }
    let findings = list(&dossier["findings"]).iter();
    let found: Vec<&str> = findings
        .map(|finding| text(&finding["detection"]))
        .collect();
    assert!(found.contains(&"port-scan"), "{found:?}");
    assert_eq!(dossier["window"], Value::Null);
    assert_eq!(corpus.ask(text(&dossier["query"])) as i64, flows);
}

#[test]
fn around_a_moment_only_what_lies_there_is_read() {
    let corpus = Corpus::new();
    let subject = corpus.scanner().address.to_string();
    let whole = corpus.dossier(&subject, &[]);
    let (first, last) = (
        number(&whole["coverage"]["from"]),
        number(&whole["coverage"]["to"]),
    );
    let moment = jiff::Timestamp::from_second(first + (last - first) / 2).unwrap();
    let minute = moment.strftime("%Y-%m-%dT%H:%MZ").to_string();
    // What lies outside is not even opened.
    let files = files(corpus.folder.path());
    std::fs::write(&files[0], b"\x1f\x8b\x08garbage").unwrap();
    std::fs::write(&files[files.len() - 1], b"\x1f\x8b\x08garbage").unwrap();
    let broken = corpus.investigate(&subject, JSON).run();
    assert_eq!(broken.code, 3, "{}", broken.stderr);
    assert_eq!(parse(&broken.stdout)["coverage"]["unreadable_objects"], 2);

    let around = ["--around", &minute, "--within", "30m"];
    let run = corpus
        .investigate(&subject, &around)
        .with(JSON)
        .with(&["--explain"])
        .run();
    let dossier = answer(&run);
    for left in ["left out", "earlier than asked for", "later than asked for"] {
        assert!(run.stderr.contains(left), "{left}: {}", run.stderr);
    }
    let asked = number(&dossier["around"]);
    assert_eq!(asked, moment.as_second().div_euclid(60) * 60);
    assert_eq!(dossier["window"]["from"], asked - 1_800);
    assert_eq!(dossier["window"]["to"], asked + 1_800);
    assert_eq!(dossier["coverage"]["unreadable_objects"], 0);
    let read = |of: &Value| number(&of["coverage"]["records"]);
    assert!(
        read(&dossier) * 2 < read(&whole),
        "{} {}",
        read(&dossier),
        read(&whole)
    );

    let said = corpus.investigate(&subject, &around).run().stdout;
    assert!(said.contains("asked about"), "{said}");
    assert!(said.contains("looked at    records of "), "{said}");
    let wide = corpus
        .investigate(&subject, &["--around", &minute])
        .run()
        .stdout;
    assert!(wide.contains("(12 h"), "six hours on each side: {wide}");
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                files.push(path);
            }
        }
    }
    files.sort();
    files
}

#[test]
fn an_interface_and_its_instance_are_the_same() {
    let corpus = Corpus::new();
    let scanner = corpus.scanner();
    let by_interface = corpus.dossier(&scanner.interface_id, &[]);
    assert_eq!(by_interface["kind"], "interface");
    let own = scanner.address.to_string();
    let addresses = list(&by_interface["addresses"]);
    assert!(
        addresses.iter().any(|address| *address == own.as_str()),
        "{addresses:?}"
    );
    let flows = number(&by_interface["totals"]["flows"]);
    assert_eq!(corpus.ask(text(&by_interface["query"])) as i64, flows);

    let sql = format!(
        "select distinct instance_id from records where interface_id = '{}'",
        scanner.interface_id
    );
    let folder = corpus.folder.path().to_str().unwrap();
    let found = Program::new(&["query", &sql, folder]).with(JSON).run();
    let found = parse(&found.stdout);
    let instance = text(&list(&found)[0]["instance_id"]);
    let by_instance = corpus.dossier(instance, &[]);
    assert_eq!(by_instance["kind"], "instance");
    assert_eq!(by_instance["totals"], by_interface["totals"]);
}

#[test]
fn a_security_group_is_told_by_an_inventory() {
    let corpus = Corpus::new();
    let inventory = serde_json::to_vec(&corpus.inventory("production")).unwrap();
    let with = |arguments: &[&str]| {
        corpus
            .investigate(GROUP, arguments)
            .with(JSON)
            .file("snapshot.json", &inventory)
            .run()
    };
    let dossier = answer(&with(&["--inventory", "snapshot.json"]));
    assert_eq!(dossier["kind"], "security-group");
    assert_eq!(dossier["name"], "production");
    let hosts = corpus.traffic.hosts();
    let members: Vec<String> = hosts
        .iter()
        .filter(|host| is_member(host))
        .map(|host| host.address.to_string())
        .collect();
    assert!(members.len() > 1);
    let own = list(&dossier["addresses"]);
    for member in &members {
        assert!(
            own.iter().any(|address| *address == member.as_str()),
            "{member}: {own:?}"
        );
    }
    let peers = list(&dossier["peers"]);
    let named = peers.iter().filter_map(|peer| peer["peer_name"].as_str());
    let named: Vec<&str> = named.collect();
    assert!(
        named
            .iter()
            .any(|name| name.starts_with("eni-") && name.contains(", VPC production")),
        "{named:?}"
    );
    assert_eq!(
        corpus.ask(text(&dossier["query"])) as i64,
        number(&dossier["totals"]["flows"])
    );

    let without = with(&[]);
    assert_eq!(without.code, 2);
    assert_eq!(without.complaints("hint: ").len(), 1, "{}", without.stderr);
    assert!(
        without.stderr.contains("records do not say it"),
        "{}",
        without.stderr
    );
}

#[test]
fn who_was_not_seen_is_said_with_what_was_covered() {
    let corpus = Corpus::new();
    let run = corpus.investigate("192.0.2.250", &[]).run();
    assert_eq!(run.code, 0, "{}", run.stderr);
    for said in [
        "INVESTIGATION  192.0.2.250",
        "not at all, in what was read",
        "COVERED",
        "without traffic",
    ] {
        assert!(run.stdout.contains(said), "{said}: {}", run.stdout);
    }
    let dossier = corpus.dossier("192.0.2.250", &[]);
    assert_eq!(dossier["totals"]["flows"], 0);
    assert!(number(&dossier["coverage"]["flows"]) > 1_000);
}

#[test]
fn who_cannot_be_told_is_one_line_with_a_hint() {
    let folder = tempfile::tempdir().unwrap();
    let record = "2 123456789012 eni-0123456789abcdef0 10.0.0.1 10.0.0.2 40000 443 6 5 500 1792369077 1792369137 ACCEPT OK\n";
    std::fs::write(folder.path().join("x.log"), format!("{HEADER}\n{record}")).unwrap();
    let path = folder.path().to_str().unwrap();
    for (subject, arguments, expected) in [
        ("web-1", &[][..], "\"web-1\" is no address"),
        ("eni-1", &[], "\"eni-1\" is no network interface"),
        (
            "10.0.0.1/24",
            &[],
            "host bits set: the block is 10.0.0.0/24",
        ),
        (
            "i-0123456789abcdef0",
            &[],
            "the records lack the field instance-id, and no inventory tells",
        ),
        ("sg-0123456789abcdef0", &[], "records do not say it"),
        (
            "10.0.0.1",
            &["--format", "sarif"],
            "investigations have no form as sarif",
        ),
        (
            "10.0.0.1",
            &["--around", "1999-01-01T00:00Z", "--within", "999999999w"],
            "beyond what a calendar holds",
        ),
    ] {
        let run = Program::new(&["investigate", subject, path])
            .with(arguments)
            .run();
        assert_eq!(run.code, 2, "{subject} {arguments:?}: {}", run.stderr);
        assert_eq!(run.complaints("error: ").len(), 1, "{}", run.stderr);
        assert_eq!(run.complaints("hint: ").len(), 1, "{}", run.stderr);
        assert!(run.stderr.contains(expected), "{subject}: {}", run.stderr);
        assert_eq!(run.stdout, "", "{subject}");
    }
}

#[test]
fn text_of_others_stays_inert() {
    let corpus = Corpus::new();
    // One record says more than it should, too.
    let record = format!(
        "{HEADER}\n2 123456789012 eni-{} 10.0.0.1 10.0.0.2 40000 443 6 5 500 1792369077 1792369137 ACCEPT OK\n",
        HOSTILE.replace(' ', "_")
    );
    std::fs::write(corpus.folder.path().join("hostile.log"), record).unwrap();
    let inventory = serde_json::to_vec(&corpus.inventory(HOSTILE)).unwrap();
    let scanner = corpus.scanner().address.to_string();
    for subject in [GROUP, &scanner, "10.0.0.0/8"] {
        for format in ["table", "html", "markdown", "csv"] {
            let run = corpus
                .investigate(
                    subject,
                    &["--format", format, "--inventory", "snapshot.json"],
                )
                .file("snapshot.json", &inventory)
                .run();
            assert_eq!(run.code, 0, "{}", run.stderr);
            let is_bad = |character: char| {
                (character.is_control() && character != '\n' && character != '\r')
                    || character == '\u{202e}'
            };
            assert!(!run.stdout.contains(is_bad), "{subject} {format}");
            let shown = run.stdout.contains("alert(1)");
            assert!(
                shown,
                "{subject} {format}: the name is shown, in a form that does no harm"
            );
            if format != "table" && format != "csv" {
                assert!(!run.stdout.contains("<script"), "{subject} {format}");
            }
        }
    }
}

#[test]
fn the_page_is_one_file_that_loads_nothing() {
    let corpus = Corpus::new();
    let subject = corpus.scanner().address.to_string();
    let arguments = [
        "--format",
        "html",
        "--output",
        "page.html",
        "--format",
        "json",
    ];
    let (run, page) = corpus
        .investigate(&subject, &arguments)
        .run_then(|folder| std::fs::read_to_string(folder.join("page.html")).unwrap());
    let dossier = answer(&run);
    assert!(
        run.stderr.contains("wrote page.html (html)"),
        "{}",
        run.stderr
    );
    for word in [
        "<script",
        "<img",
        "<link",
        "<iframe",
        " src=",
        "href=\"http",
        "url(",
        "@import",
    ] {
        assert!(!page.contains(word), "{word}");
    }
    assert!(page.contains("default-src &#39;none&#39;") || page.contains("default-src 'none'"));
    assert!(
        page.starts_with("<!DOCTYPE html>") || page.trim_start().starts_with("<!DOCTYPE html>")
    );
    for peer in list(&dossier["peers"]).iter().take(20) {
        assert!(page.contains(text(&peer["peer"])), "{peer}");
    }
    for event in list(&dossier["events"]) {
        let first = text(&event["message"])
            .split(['<', '&', '"', '\''])
            .next()
            .unwrap();
        assert!(page.contains(first), "{event}");
    }
}
