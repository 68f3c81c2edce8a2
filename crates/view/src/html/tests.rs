//! The page as a whole.

use std::collections::BTreeSet;

use flowcover_core::Verdict;
use flowcover_core::finding::Finding;
use flowcover_core::inventory::{Account, RegionStatus};
use flowcover_core::report::{RegionReport, Report, VpcReport};

use super::csp::{SCRIPT, STYLE, source_hash};
use crate::{fixture, inert};

fn page(report: &Report) -> String {
    let mut page = Vec::new();
    super::write(report, &mut page).unwrap();
    String::from_utf8(page).unwrap()
}

/// A report of an organisation: every region of every account, with some VPCs in each of the first ones.
fn organisation(accounts: usize, regions: usize, vpcs: usize) -> Report {
    let mut report = fixture::report();
    let (account, vpc) = (report.accounts[0].clone(), report.vpcs[0].clone());
    let finding = report.vpcs[2].findings[0].clone();
    let account_id = |number: usize| format!("{:012}", 100_000_000_000 + number);
    let region = |number: usize| format!("region-{number:02}");
    report.accounts = (0..accounts)
        .map(|number| Account {
            account_id: account_id(number),
            name: Some(format!("workload-{number:03}")),
            ..account.clone()
        })
        .collect();
    report.regions = (0..accounts * regions)
        .map(|number| RegionReport {
            account_id: account_id(number / regions),
            region: region(number % regions),
            status: match number % 23 {
                0 => RegionStatus::Disabled,
                1 if number % 5 == 0 => RegionStatus::Denied,
                _ => RegionStatus::Collected,
            },
        })
        .collect();
    report.vpcs = (0..vpcs)
        .map(|number| VpcReport {
            account_id: account_id(number * 7 % accounts),
            region: region(number % 11 % regions),
            vpc_id: format!("vpc-{number:017x}"),
            verdict: match number % 37 {
                0 => Verdict::NotRecorded,
                1 => Verdict::Unknown,
                2 => Verdict::Exempt,
                _ => Verdict::Recorded,
            },
            findings: vec![
                Finding {
                    fingerprint: format!("missing {number}"),
                    ..vpc.findings[0].clone()
                },
                Finding {
                    fingerprint: format!("role {number}"),
                    ..finding.clone()
                },
            ],
            ..vpc.clone()
        })
        .collect();
    report.summary = fixture::summarise(&report);
    report
}

fn nothing() -> Report {
    let mut report = fixture::report();
    report.accounts.clear();
    report.regions.clear();
    report.vpcs.clear();
    report.transit_gateways.clear();
    report.other_flow_logs.clear();
    report.findings.clear();
    report.gaps.clear();
    report.calls.clear();
    report.changes = None;
    report.interrupted = false;
    report.summary = Default::default();
    report
}

/// The page without the texts of its style and its script.
fn markup(page: &str) -> String {
    page.replace(STYLE, "").replace(SCRIPT, "")
}

/// A start or end tag: its name, whether it ends an element, and its attributes.
type Tag<'a> = (&'a str, bool, Vec<(&'a str, &'a str)>);

/// The tags of a page. Panics where one is not closed or an attribute is not quoted.
fn tags(markup: &str) -> Vec<Tag<'_>> {
    let mut tags = Vec::new();
    for piece in markup.split('<').skip(1) {
        let (inside, _) = piece.split_once('>').expect("a tag is closed");
        let (name, mut rest) = inside
            .split_once(char::is_whitespace)
            .unwrap_or((inside, ""));
        let mut attributes = Vec::new();
        while !rest.trim().is_empty() {
            let (attribute, after) = rest.trim_start().split_at(
                rest.trim_start()
                    .find(|c: char| c == '=' || c.is_whitespace())
                    .unwrap_or(rest.trim_start().len()),
            );
            let Some(quoted) = after.strip_prefix('=') else {
                attributes.push((attribute, ""));
                rest = after;
                continue;
            };
            let quoted = quoted.strip_prefix('"').expect("an attribute is quoted");
            let (value, after) = quoted.split_once('"').expect("a quote is closed");
            attributes.push((attribute, value));
            rest = after;
        }
        tags.push((
            name.trim_start_matches('/'),
            name.starts_with('/'),
            attributes,
        ));
    }
    tags
}

const VOID: [&str; 4] = ["!DOCTYPE", "meta", "input", "br"];
const BLOCKS: [&str; 10] = [
    "p", "div", "ul", "ol", "dl", "pre", "table", "details", "section", "h3",
];

fn pages() -> [Report; 4] {
    [
        fixture::report(),
        nothing(),
        organisation(6, 3, 40),
        failing(),
    ]
}

/// A report whose first step has a table in its guidance, and marks in its fix.
fn failing() -> Report {
    let mut report = fixture::report();
    for vpc in &mut report.vpcs {
        for finding in &mut vpc.findings {
            finding.check = "delivery-failing".to_owned();
            if let Some(fix) = &mut finding.fix {
                fix.summary = "grant on `:*` <b> [here](https://aws.example)".to_owned();
            }
        }
    }
    report
}

#[test]
fn guidance_shows_no_marks_of_its_source() {
    let page = markup(&page(&failing()));
    assert!(page.contains("<th scope=\"col\">usual cause</th>"));
    assert!(page.contains("<td>send to S3</td>"));
    let fix = "grant on <code>:*</code> &lt;b&gt; here (<code>https://aws.example</code>)";
    assert!(page.contains(fix));
    assert!(!page.contains("|---|"));
}

#[test]
fn elements_are_balanced_and_paragraphs_hold_no_blocks() {
    for report in pages() {
        let page = markup(&page(&report));
        let mut open: Vec<&str> = Vec::new();
        for (name, ends, _) in tags(&page) {
            if ends {
                assert_eq!(open.pop(), Some(name));
            } else if !VOID.contains(&name) {
                let nested = open.contains(&"p") && BLOCKS.contains(&name);
                assert!(!nested, "{name} within a paragraph");
                open.push(name);
            }
        }
        assert!(open.is_empty(), "{open:?}");
    }
}

#[test]
fn ids_are_unique_and_every_link_has_its_target() {
    for report in pages() {
        let page = markup(&page(&report));
        let tags = tags(&page);
        let with = |wanted: &str| {
            let attributes = tags.iter().flat_map(|(_, _, attributes)| attributes);
            let wanted = wanted.to_owned();
            attributes
                .filter(move |(name, _)| *name == wanted)
                .map(|(_, value)| *value)
        };
        let ids: BTreeSet<_> = with("id").collect();
        assert_eq!(ids.len(), with("id").count());
        for link in with("href") {
            let target = link.strip_prefix('#').expect("links stay within the page");
            assert!(ids.contains(target), "{link}");
        }
        for target in with("for").chain(with("aria-labelledby")) {
            assert!(ids.contains(target), "{target}");
        }
    }
}

#[test]
fn nothing_is_loaded_and_no_attribute_runs_or_styles() {
    let known = BTreeSet::from([
        "!DOCTYPE", "html", "head", "meta", "title", "style", "body", "a", "header", "div", "span",
        "p", "nav", "ul", "li", "b", "main", "section", "h1", "h2", "h3", "h4", "small", "svg",
        "defs", "pattern", "rect", "strong", "dl", "dt", "dd", "details", "summary", "code", "pre",
        "i", "table", "caption", "thead", "tbody", "tr", "th", "td", "ol", "form", "label",
        "input", "select", "option", "fieldset", "legend", "output", "button", "script",
    ]);
    for report in pages() {
        let page = markup(&page(&report));
        for (name, _, attributes) in tags(&page) {
            assert!(known.contains(name), "<{name}>");
            for (attribute, value) in attributes {
                assert!(!attribute.starts_with("on"), "{attribute}");
                assert!(
                    !["src", "style", "srcset", "action", "xlink:href", "data"]
                        .contains(&attribute)
                );
                assert!(!value.contains("javascript:"));
            }
        }
        assert_eq!(page.matches("<script").count(), 1);
        assert!(!page.contains("url(http"));
    }
}

#[test]
fn the_policy_admits_the_style_and_the_script_as_they_stand_in_the_page() {
    let page = page(&fixture::report());
    let between = |start: &str, end: &str| {
        let (_, after) = page.split_once(start).unwrap();
        after.split_once(end).unwrap().0.to_owned()
    };
    let policy = between("Content-Security-Policy\" content=\"", "\"").replace("&#39;", "'");
    let style = source_hash(&between("<style>", "</style>"));
    let script = source_hash(&between("<script>", "</script>"));
    assert_eq!(
        policy,
        format!(
            "default-src 'none'; style-src '{style}'; script-src '{script}'; base-uri 'none'; form-action 'none'"
        )
    );
    assert!(page.find("Content-Security-Policy").unwrap() < page.find("<style>").unwrap());
}

#[test]
fn hostile_text_is_shown_and_stays_text() {
    let page = markup(&page(&fixture::report()));
    for raw in &fixture::HOSTILE[..11] {
        let mut shown = String::new();
        askama::filters::Escaper::write_escaped_str(&super::Inert, &mut shown, raw).unwrap();
        assert!(page.contains(&shown), "{shown}");
        assert!(
            raw == &shown || !page.contains(&format!(">{raw}<")),
            "{raw}"
        );
    }
    let unsafe_characters: BTreeSet<char> = page
        .chars()
        .filter(|&c| c != '\n' && inert::is_unsafe(c))
        .collect();
    assert_eq!(unsafe_characters, BTreeSet::new());
}

#[test]
fn text_in_every_field_of_a_report_stays_text() {
    let hostile = "\"'></td><script>alert(1)</script><a href=javascript:x onclick=y>";
    let mut json = serde_json::to_value(fixture::report()).unwrap();
    poison(&mut json, hostile);
    let report: Report = serde_json::from_value(json).unwrap();
    let page = markup(&page(&report));
    assert_eq!(page.matches("<script").count(), 1);
    assert!(
        page.matches("&quot;&#39;&gt;&lt;/td&gt;&lt;script&gt;")
            .count()
            > 100
    );
    for (name, _, attributes) in tags(&page) {
        assert!(
            attributes
                .iter()
                .all(|(attribute, _)| !attribute.starts_with("on")),
            "{name}"
        );
    }
}

/// Puts `hostile` at the end of every free text: whatever is no date, number or word of an enum.
fn poison(value: &mut serde_json::Value, hostile: &str) {
    const FREE: [&str; 24] = [
        "account_id",
        "region",
        "vpc_id",
        "owner_id",
        "name",
        "reason",
        "flow_log_ids",
        "until",
        "transit_gateway_id",
        "flow_log_id",
        "resource_id",
        "check",
        "message",
        "id",
        "type",
        "evidence",
        "source",
        "setting",
        "summary",
        "fingerprint",
        "action",
        "error_code",
        "permission",
        "resource",
    ];
    let serde_json::Value::Object(fields) = value else {
        if let serde_json::Value::Array(items) = value {
            items.iter_mut().for_each(|item| poison(item, hostile));
        }
        return;
    };
    for (key, field) in fields {
        match field {
            serde_json::Value::String(text) if FREE.contains(&&**key) => text.push_str(hostile),
            serde_json::Value::Array(items) if FREE.contains(&&**key) => {
                for item in items {
                    *item = format!("{}{hostile}", item.as_str().unwrap_or_default()).into();
                }
            }
            other => poison(other, hostile),
        }
    }
}

#[test]
fn every_vpc_stands_in_the_page_without_script() {
    let report = organisation(20, 5, 700);
    let page = markup(&page(&report));
    for vpc in &report.vpcs {
        assert!(
            page.contains(&format!("<code>{}</code>", vpc.vpc_id)),
            "{}",
            vpc.vpc_id
        );
    }
    let tags = tags(&page);
    let rows = tags.iter().filter(|(name, ends, attributes)| {
        *name == "tbody"
            && !ends
            && attributes
                .iter()
                .any(|(name, value)| *name == "id" && value.starts_with('v'))
    });
    let hidden = |attributes: &[(&str, &str)]| attributes.iter().any(|(name, _)| *name == "hidden");
    let shown: Vec<_> = rows
        .filter(|(_, _, attributes)| !hidden(attributes))
        .collect();
    assert_eq!(shown.len(), 700);
}

#[test]
fn what_only_works_with_script_is_hidden_without_it() {
    let page = markup(&page(&fixture::report()));
    for (name, _, attributes) in tags(&page) {
        let of_script = attributes
            .iter()
            .any(|(name, value)| *name == "class" && value.split(' ').any(|class| class == "js"));
        assert!(!of_script || attributes.contains(&("hidden", "")), "{name}");
    }
}

/// 5,000 VPCs with two findings each, in 400 accounts and 17 regions. Most of it is evidence.
const SIZE_OF_5_000_VPCS: usize = 14_000_000;

#[test]
fn the_page_of_a_large_organisation_stays_within_its_bound() {
    let size = page(&organisation(400, 17, 5_000)).len();
    assert!(size < SIZE_OF_5_000_VPCS, "{size} bytes");
}

#[test]
fn a_small_page() {
    let mut report = fixture::report();
    report.vpcs.truncate(2);
    report.findings.truncate(1);
    report.gaps.truncate(2);
    report.transit_gateways.truncate(1);
    report.summary = fixture::summarise(&report);
    let mut page = markup(&page(&report));
    // The same for every report but for its counts, and long.
    for id in ["frameworks", "first"] {
        let start = page.find(&format!("<section id=\"{id}\"")).unwrap();
        let end = start + page[start..].find("</section>").unwrap();
        page.replace_range(start..end, &format!("<section id=\"{id}\">…"));
    }
    let page = page.replace(&*super::csp::POLICY.replace('\'', "&#39;"), "…");
    insta::assert_snapshot!(page);
}

#[test]
#[ignore = "writes pages to look at into the directory that FLOWCOVER_PAGES names"]
fn write_pages_to_look_at() {
    let directory = std::path::PathBuf::from(std::env::var_os("FLOWCOVER_PAGES").unwrap());
    for (name, report) in [
        ("fixture", fixture::report()),
        ("empty", nothing()),
        ("organisation", organisation(400, 17, 5_000)),
    ] {
        std::fs::write(directory.join(name).with_extension("html"), page(&report)).unwrap();
    }
}
