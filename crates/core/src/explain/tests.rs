#![allow(clippy::unwrap_used)]

use std::collections::BTreeSet;

use super::parse::parse;
use super::{SECTIONS, SOURCES, control_index, framework_name, page, pages};

/// Services of the AWS CLI that the pages use.
const SERVICES: [&str; 13] = [
    "cloudwatch",
    "configservice",
    "ec2",
    "firehose",
    "iam",
    "kms",
    "logs",
    "organizations",
    "s3api",
    "s3control",
    "ssm",
    "sts",
    "cloudtrail",
];

/// Languages of code blocks; plain output is `text`.
const LANGUAGES: [&str; 6] = ["sh", "json", "hcl", "yaml", "toml", "text"];

/// Code blocks of a page: language and text.
fn code_blocks(source: &str) -> Vec<(String, String)> {
    let mut blocks: Vec<(String, String)> = Vec::new();
    let mut open = false;
    for line in source.lines() {
        if let Some(language) = line.strip_prefix("```") {
            if !open {
                blocks.push((language.to_owned(), String::new()));
            }
            open = !open;
        } else if let (true, Some((_, text))) = (open, blocks.last_mut()) {
            text.push_str(line);
            text.push('\n');
        }
    }
    blocks
}

#[test]
fn every_page_parses_and_has_every_section() {
    for source in SOURCES {
        let page = parse(source).unwrap_or_else(|error| {
            panic!("{error}\n{}", &source[..120]);
        });
        assert_eq!(page.sections.len(), SECTIONS.len(), "{}", page.id);
        assert!((1..=2).contains(&page.profile_level), "{}", page.id);
        assert!(!page.audience.is_empty(), "{}", page.id);
        assert!(!page.title.is_empty() && !page.title.ends_with('.'));
    }
}

#[test]
fn ids_severities_and_weights_are_pinned() {
    let lines: Vec<String> = pages()
        .iter()
        .map(|page| {
            let decides = if page.decides { "decides" } else { "-" };
            format!(
                "{} {} {decides} {}",
                page.id, page.severity, page.profile_level
            )
        })
        .collect();
    let ids: BTreeSet<&str> = pages().iter().map(|page| page.id.as_str()).collect();
    assert_eq!(ids.len(), lines.len(), "ids are unique");
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn ids_are_kebab_case() {
    for id in pages().iter().map(|page| page.id.as_str()) {
        assert!(
            id.chars().all(|c| c.is_ascii_lowercase() || c == '-'),
            "{id}"
        );
    }
}

#[test]
fn page_is_found_by_id() {
    assert_eq!(page("role-not-assumable").unwrap().id, "role-not-assumable");
    assert!(page("role_not_assumable").is_none());
    let audit = page("role-not-assumable")
        .unwrap()
        .section("Audit")
        .unwrap();
    assert!(
        audit
            .part("AWS CLI")
            .unwrap()
            .body
            .contains("aws iam get-role")
    );
    assert!(audit.part("Terraform").is_none());
}

#[test]
fn every_code_block_has_a_known_language_and_json_parses() {
    for source in SOURCES {
        for (language, text) in code_blocks(source) {
            assert!(LANGUAGES.contains(&language.as_str()), "{language}: {text}");
            if language == "json" {
                serde_json::from_str::<serde_json::Value>(&text)
                    .unwrap_or_else(|error| panic!("{error}: {text}"));
            }
        }
    }
}

#[test]
fn documents_written_by_shell_blocks_are_json() {
    let mut seen = 0;
    for (_, text) in SOURCES.iter().flat_map(|source| code_blocks(source)) {
        for document in text.split("<<'JSON'\n").skip(1) {
            let (document, _) = document.split_once("\nJSON\n").unwrap();
            serde_json::from_str::<serde_json::Value>(document)
                .unwrap_or_else(|error| panic!("{error}: {document}"));
            seen += 1;
        }
    }
    assert!(seen > 0);
}

#[test]
fn every_aws_command_names_a_known_service() {
    let mut seen = 0;
    for (language, text) in SOURCES.iter().flat_map(|source| code_blocks(source)) {
        for command in text.lines().filter_map(|line| line.strip_prefix("aws ")) {
            assert_eq!(language, "sh", "{command}");
            let service = command.split(' ').next().unwrap();
            assert!(SERVICES.contains(&service), "aws {command}");
            seen += 1;
        }
    }
    assert!(seen > 80, "{seen}");
}

#[test]
fn every_page_shows_how_to_mend_in_code() {
    for page in pages() {
        let remediation = page.section("Remediation").unwrap();
        for (part, language) in [("Terraform", "```hcl\n"), ("AWS CLI", "```sh\n")] {
            assert!(
                remediation.part(part).unwrap().body.contains(language),
                "{} {part}",
                page.id
            );
        }
    }
}

#[test]
fn known_published_mistakes_are_named_gotchas() {
    let gotchas: Vec<(&str, &str)> = pages()
        .iter()
        .map(|page| (page.id.as_str(), page.section("Gotchas").unwrap()))
        .map(|(id, section)| (id, section.body.as_str()))
        .collect();
    let has = |id: &str, name: &str| {
        gotchas
            .iter()
            .any(|(page, text)| *page == id && text.contains(&format!("- **{name}")))
    };
    for (id, name) in [
        ("role-not-assumable", "Trust on `ec2.amazonaws.com`"),
        (
            "role-lacks-permission",
            "Policy attached to a group instead of the role",
        ),
        (
            "role-lacks-permission",
            "Managed policy name that does not exist",
        ),
        (
            "role-lacks-permission",
            "Policy on the group's ARN without `:*`",
        ),
        ("destination-shared", "One log group for all VPCs"),
        ("retention-out-of-policy", "No retention"),
        ("traffic-type-insufficient", "ACCEPT only"),
        ("delivery-failing", "FlowLogStatus ACTIVE read as success"),
        (
            "destination-missing",
            "Deleting the log group before the flow log",
        ),
        ("flow-log-missing", "S3 flow log with a role argument"),
        (
            "bucket-refuses-delivery",
            "Bucket policy replaced instead of merged",
        ),
        ("flow-log-missing", "Fear for performance"),
    ] {
        assert!(has(id, name), "{id}: {name}");
    }
    for (id, text) in gotchas {
        assert!(text.lines().all(|line| line.starts_with("- **")), "{id}");
    }
}

#[test]
fn frameworks_are_named_and_controls_listed_once_per_page() {
    for page in pages() {
        let mut seen = BTreeSet::new();
        for control in &page.frameworks {
            assert_ne!(framework_name(&control.framework), control.framework);
            let key = (&control.framework, &control.version, &control.control);
            assert!(seen.insert(key), "{} {key:?}", page.id);
        }
    }
}

#[test]
fn a_control_has_one_title() {
    for framework in control_index() {
        for control in &framework.controls {
            let titles: BTreeSet<&str> = pages()
                .iter()
                .flat_map(|page| &page.frameworks)
                .filter(|known| {
                    known.framework == framework.framework
                        && known.version == framework.version
                        && known.control == control.control
                })
                .map(|known| known.title.as_str())
                .collect();
            assert_eq!(titles.len(), 1, "{titles:?}");
        }
    }
}

#[test]
fn control_index_is_pinned() {
    let lines: Vec<String> = control_index()
        .iter()
        .flat_map(|framework| {
            framework.controls.iter().map(move |control| {
                format!(
                    "{} {} {}: {}",
                    framework.framework,
                    framework.version,
                    control.control,
                    control.checks.join(" ")
                )
            })
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn faulty_pages_are_refused() {
    let good = SOURCES[0];
    let check = |text: &str, message: &str| {
        let error = parse(text).unwrap_err().to_string();
        assert!(error.contains(message), "{error}");
    };
    check("# no front matter\n", "no front matter");
    check(
        &good.replace("severity = \"high\"", "severity = \"urgent\""),
        "front matter",
    );
    check(
        &good.replace("decides = true\n", "decides = true\nmood = 1\n"),
        "front matter",
    );
    check(&good.replace("## Impact", "## Effect"), "headings");
    check(&good.replace("### Terraform", "### Pulumi"), "headings");
    check(
        &good.replace("## Statement", "Stray.\n\n## Statement"),
        "before the first section",
    );
    check(
        &good.replace("## Gotchas", "```sh\n## Gotchas"),
        "not closed",
    );
    let statement = &page("flow-log-missing").unwrap().sections[0].body;
    check(
        &good.replace(statement.as_str(), ""),
        "`Statement` is empty",
    );
}

#[test]
fn headings_inside_code_are_text() {
    let text = SOURCES[0].replace(
        "aws ec2 describe-vpcs",
        "## a comment\n### another\naws ec2 describe-vpcs",
    );
    let page = parse(&text).unwrap();
    let audit = page.section("Audit").unwrap().part("AWS CLI").unwrap();
    assert!(audit.body.contains("## a comment\n### another"));
}
