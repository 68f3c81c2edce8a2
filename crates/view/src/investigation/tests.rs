//! All formats over an investigation of flows that went through an engine.

use std::sync::Arc;

use flowcover_detect::{Dossier, Engine, Flow, Inquiry, Investigation, Settings, World};
use jiff::civil::date;
use serde_json::Value;

use super::html::STYLE;
use crate::inert::is_unsafe;
use crate::tests::{validator, violations};
use crate::{Format, Options, RenderError, investigation_schema, render_investigation};

/// Midnight of a day.
const MIDNIGHT: i64 = 1_700_006_400;
/// Markup, formulas, terminal escapes and reordering, in one name.
const HOSTILE: &str = "=cmd|' <script>alert(1)</script>\u{1b}]8;;https://evil.example\u{7}\u{202e}@all `x` | **b**\n# \"q\"";

fn flow(client: &str, server: &str, server_port: u16, start: i64) -> Flow {
    Flow {
        client: client.parse().unwrap(),
        client_port: 50_000,
        server: server.parse().unwrap(),
        server_port,
        protocol: 6,
        start: MIDNIGHT + start,
        end: MIDNIGHT + start + 20,
        packets_to_server: 10,
        bytes_to_server: 1_000,
        packets_to_client: 10,
        bytes_to_client: 5_000,
        rejected: false,
        flags_to_server: 19,
        flags_to_client: 19,
        point: 0,
        client_inside: false,
        server_inside: false,
    }
}

/// Two days of a host: calls by day, a scan from outside, a session that is refused and then is not, and much that goes out.
fn story() -> Vec<Flow> {
    let mut flows = Vec::new();
    for hour in (8..20).chain(32..44) {
        flows.push(flow("10.0.3.7", "10.0.2.9", 443, hour * 3_600));
    }
    for number in 0..120 {
        let start = 97_000 + 30 * i64::from(number);
        flows.push(Flow {
            rejected: true,
            packets_to_client: 0,
            bytes_to_client: 0,
            ..flow("198.51.100.9", "10.0.3.7", 1_000 + number, start)
        });
    }
    flows.push(flow("2001:db8::9", "10.0.2.9", 443, 90_000));
    flows.push(flow("10.0.2.20", "10.0.3.7", 22, 100_000));
    flows.push(Flow {
        end: MIDNIGHT + 110_000,
        bytes_to_server: 4_200_000_000,
        ..flow("10.0.3.7", "203.0.113.5", 443, 104_000)
    });
    flows
}

fn dossier(subject: &str) -> Dossier {
    let settings = Settings {
        only: Some(vec!["port-scan".to_owned()]),
        ..Settings::default()
    };
    let mut engine = Engine::new(&settings, &Arc::new(World::default()), 1).unwrap();
    let inquiry = Inquiry::new(subject.parse().unwrap()).unwrap();
    let inquiry = inquiry.around(MIDNIGHT + 104_000);
    engine.investigate(Investigation::with_default_memory(inquiry));
    story().iter().for_each(|flow| engine.see(flow));
    let report = engine.finish(&|_| None, &[], &[], date(2026, 11, 20));
    engine.dossier(&report).unwrap()
}

fn named() -> Dossier {
    let mut dossier = dossier("10.0.3.7");
    dossier.name = Some("build-7".to_owned());
    dossier.peers[1].peer_name = Some(HOSTILE.to_owned());
    dossier
}

fn rendered(dossier: &Dossier, format: Format, options: &Options) -> String {
    let mut out = Vec::new();
    render_investigation(dossier, format, options, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

fn options() -> Options {
    Options {
        width: Some(100),
        generated_at: Some("2026-11-20T08:30:00Z".parse().unwrap()),
        ..Options::default()
    }
}

/// The page without its style sheet and the hash of it.
fn without_style(page: &str) -> String {
    let (head, rest) = page.split_once("<style>").unwrap();
    let (_, body) = rest.split_once("</style>").unwrap();
    let (before, hash) = head.split_once("sha256-").unwrap();
    let (_, after) = hash.split_once('&').unwrap();
    format!("{before}…&{after}<style>…</style>{body}").replace("><", ">\n<")
}

#[test]
fn formats_read_as_before() {
    for format in [Format::Table, Format::Json, Format::Html, Format::Markdown] {
        let mut text = rendered(&named(), format, &options());
        if format == Format::Html {
            text = without_style(&text);
        }
        insta::assert_snapshot!(format.as_str(), text);
    }
    let text = rendered(&dossier("192.0.2.1"), Format::Table, &options());
    insta::assert_snapshot!("nobody-table", text);
    let narrow = Options {
        width: Some(60),
        ..options()
    };
    let text = rendered(&named(), Format::Table, &narrow);
    insta::assert_snapshot!("table-60", text);
}

#[test]
fn every_format_is_inert() {
    for format in Format::OF_INVESTIGATIONS {
        for verbose in [false, true] {
            let options = Options {
                verbose,
                ..options()
            };
            let text = rendered(&named(), format, &options);
            assert!(
                text.lines().all(|line| !line.contains(is_unsafe)),
                "{format}"
            );
            assert!(text.contains("203.0.113.5"), "{format}");
            assert!(!text.contains("2001:db8::9"), "{format}");
        }
    }
}

#[test]
fn the_page_runs_and_loads_nothing() {
    let page = rendered(&named(), Format::Html, &options());
    let (_, body) = page.split_once("</style>").unwrap();
    for word in [
        "<script",
        "<img",
        "<link",
        "<iframe",
        " style=",
        " src=",
        "href=\"http",
    ] {
        assert!(!body.contains(word), "{word}");
    }
    assert!(body.contains("&lt;script&gt;"), "the name is shown");
    assert!(!page.contains("script-src"));
    for word in ["</", "<!--", "http:", "https:", "url(", "@import"] {
        assert!(!STYLE.contains(word), "{word} in the style");
    }
}

#[test]
fn json_is_valid() {
    let schema = validator(&serde_json::to_value(investigation_schema()).unwrap());
    for dossier in [named(), dossier("192.0.2.1"), dossier("10.0.0.0/16")] {
        let text = rendered(&dossier, Format::Json, &options());
        let mut document: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(violations(&schema, &document), Vec::<String>::new());
        document["totals"]["flows"] = "many".into();
        assert_ne!(violations(&schema, &document), Vec::<String>::new());
    }
}

#[test]
fn ndjson_has_a_line_for_each() {
    let dossier = named();
    let text = rendered(&dossier, Format::Ndjson, &options());
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    let count = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).count();
    assert_eq!(count("investigation"), 1);
    assert_eq!(count("event"), dossier.events.len());
    assert_eq!(count("peer"), dossier.peers.len());
    assert_eq!(count("cell"), dossier.timeline.cells.len());
}

#[test]
fn formats_without_a_place_for_it_say_so() {
    let mut out = Vec::new();
    let refused = render_investigation(&named(), Format::Sarif, &options(), &mut out);
    assert!(matches!(
        refused,
        Err(RenderError::NotForInvestigations(Format::Sarif))
    ));
    assert!(out.is_empty());
}

#[test]
#[ignore = "writes a page to look at into the directory that FLOWCOVER_PAGES names"]
fn write_a_page_to_look_at() {
    let folder = std::path::PathBuf::from(std::env::var_os("FLOWCOVER_PAGES").unwrap());
    let page = rendered(&named(), Format::Html, &options());
    std::fs::write(folder.join("investigation.html"), page).unwrap();
}
