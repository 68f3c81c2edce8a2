//! Policy files, whole: what is said about bad ones, and what good ones mean.
#![allow(clippy::unwrap_used, missing_docs)]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use flowcover_core::policy::{
    Diagnostic, KEYS, LARGEST_FILE, Level, Policy, TEMPLATE, key_table, preset_names,
};
use proptest::prelude::*;

fn here() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_path_buf()
}

fn diagnostics(text: &str) -> Vec<Diagnostic> {
    match Policy::parse(text, "flowcover.toml", None) {
        Ok(parsed) => parsed.warnings,
        Err(diagnostics) => diagnostics,
    }
}

fn rendered(text: &str) -> String {
    let mut rendered = String::new();
    for diagnostic in diagnostics(text) {
        writeln!(rendered, "{diagnostic}").unwrap();
        if let Some(place) = &diagnostic.place {
            let label = diagnostic.label.as_deref().unwrap_or_default();
            writeln!(rendered, "  at {:?} {label}", &text[place.span.clone()]).unwrap();
        }
    }
    rendered
}

#[test]
fn what_is_said_about_bad_files() {
    let mut files: Vec<PathBuf> = std::fs::read_dir(here().join("tests/policy"))
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    files.sort();
    assert!(files.len() >= 21, "{files:?}");
    for file in files {
        let name = file.file_stem().unwrap().to_str().unwrap();
        let text = std::fs::read_to_string(&file).unwrap();
        let said = rendered(&text);
        assert!(!said.is_empty(), "{name}: nothing is said");
        insta::assert_snapshot!(name, said);
    }
}

/// The template with every commented setting taken in.
fn uncommented() -> String {
    let is_setting = |rest: &&str| !rest.is_empty() && !rest.starts_with(' ');
    TEMPLATE
        .lines()
        .map(|line| line.strip_prefix('#').filter(is_setting).unwrap_or(line))
        .fold(String::new(), |text, line| text + line + "\n")
}

#[test]
fn the_template_is_the_default_preset() {
    let parsed = Policy::parse(TEMPLATE, "flowcover.toml", None).unwrap();
    assert_eq!(parsed.warnings, []);
    let expected = Policy {
        file: Some("flowcover.toml".to_owned()),
        ..Policy::default()
    };
    assert_eq!(parsed.policy, expected);
}

#[test]
fn the_template_shows_every_key_and_every_key_is_right() {
    let text = uncommented();
    let parsed = Policy::parse(&text, "flowcover.toml", None).unwrap();
    assert_eq!(parsed.warnings, []);
    for key in KEYS {
        let name = key.path.rsplit('.').next().unwrap();
        let name = name.replace("<parameter>", "ports");
        assert!(text.contains(&name), "{} is not in the template", key.path);
    }
    let policy = parsed.policy;
    assert_eq!(policy.exemptions.len(), 3);
    assert_eq!(policy.severities.len(), 1);
    assert!(!policy.is_enabled("not-protected"));
    let detect = &policy.detect;
    assert_eq!((detect.allow.len(), detect.separate.len()), (1, 1));
    assert_eq!(detect.parameters["port-scan"]["ports"].value, 100.0);
    for origin in policy.origins() {
        let line = text.lines().nth(origin.line.unwrap() as usize - 1).unwrap();
        let name = origin
            .setting
            .split(" = ")
            .next()
            .unwrap()
            .rsplit('.')
            .next()
            .unwrap();
        assert!(line.contains(name), "{origin:?} is not on {line:?}");
    }
}

#[test]
fn a_window_that_log_groups_cannot_prove_is_warned_of() {
    for (window, warned) in [
        ("\"30m\"", true),
        ("7199", true),
        ("\"2h\"", false),
        ("86400", false),
    ] {
        let text = format!("[record]\nfreshness = {window}\n");
        let parsed = Policy::parse(&text, "flowcover.toml", None).unwrap();
        assert_eq!(parsed.warnings.len(), usize::from(warned), "{window}");
        assert!(
            parsed
                .warnings
                .iter()
                .all(|warning| warning.message.contains("false alarms"))
        );
    }
}

/// A file in which that key, and as little else as can be, stands with that value.
fn with_key(path: &str, value: &str) -> String {
    let id = match path.starts_with("detect.") {
        true => "port-scan",
        false => "not-protected",
    };
    let path = path.replace("<id>", id).replace("<parameter>", "ports");
    match path.split_once("[].") {
        Some((list, name)) => format!("[[{list}]]\n{name} = {value}\n"),
        None => format!("{path} = {value}\n"),
    }
}

#[test]
fn every_key_is_read() {
    for key in KEYS {
        let name = key.path.rsplit('.').next().unwrap();
        // Nothing takes it but parameters, which take nothing else.
        let (value, name) = match name {
            "<parameter>" => ("true", "ports"),
            name => ("1.5", name),
        };
        let text = with_key(key.path, value);
        let found = diagnostics(&text);
        let about_type = |found: &&Diagnostic| {
            found.message.contains(" must be ") && found.message.contains(name)
        };
        assert!(
            found.iter().any(|found| about_type(&found)),
            "{}: {found:?}",
            key.path
        );
        assert!(
            found.iter().all(|found| found.severity == Level::Error),
            "{found:?}"
        );
    }
}

#[test]
fn the_documentation_has_the_table_of_keys() {
    let file = here().join("../../docs/policy.md");
    let page = std::fs::read_to_string(&file).unwrap();
    let (start, end) = ("<!-- keys -->\n", "<!-- /keys -->");
    let (before, rest) = page.split_once(start).unwrap();
    let (table, after) = rest.split_once(end).unwrap();
    let expected = format!("\n{}\n", key_table());
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&file, format!("{before}{start}{expected}{end}{after}")).unwrap();
    } else {
        assert_eq!(
            table, expected,
            "out of date: run this test with UPDATE_DOCS=1"
        );
    }
}

#[test]
fn settings_go_before_the_preset_and_know_their_line() {
    let text = "preset = \"strict\"\n[record]\n# prose\ntraffic_type = \"REJECT\"\n";
    let policy = Policy::parse(text, "p.toml", None).unwrap().policy;
    assert_eq!(policy.preset, "strict");
    assert_eq!(policy.traffic_type.value.as_str(), "REJECT");
    assert_eq!(policy.traffic_type.origin.source, "p.toml");
    assert_eq!(policy.traffic_type.origin.line, Some(4));
    assert_eq!(
        policy.traffic_type.origin.setting,
        "record.traffic_type = \"REJECT\""
    );
    assert_eq!(policy.evidence.origin.source, "preset strict");
    assert_eq!(policy.evidence.origin.line, None);
}

#[test]
fn the_command_line_goes_before_the_files_preset() {
    let text = "preset = \"strict\"\nrecord.max_interval = \"10m\"\n";
    let policy = Policy::parse(text, "p.toml", Some("pci")).unwrap().policy;
    assert_eq!(policy.preset, "pci");
    assert_eq!(policy.max_aggregation_interval.value, Some(600));
    assert_eq!(policy.max_aggregation_interval.origin.line, Some(2));
    let found = Policy::parse(text, "p.toml", Some("strct")).unwrap_err();
    assert_eq!(
        found[0].to_string(),
        "--preset: error: `strct` is not a preset\n  \
         hint: did you mean `strict`? expected one of cis, strict, pci"
    );
    assert!(Policy::parse("preset = \"x\"", "p.toml", Some("cis")).is_err());
}

#[test]
fn severities_and_switched_off_checks() {
    let text = "[checks.not-protected]\nenabled = false\n\n\
                [checks.records-stale]\nenabled = true\nseverity = \"info\"\n";
    let policy = Policy::parse(text, "p.toml", None).unwrap().policy;
    let high = flowcover_core::Severity::High;
    let (severity, line) = policy.severity_of("records-stale", high);
    assert_eq!(severity, flowcover_core::Severity::Info);
    assert_eq!(
        line.unwrap().setting,
        "checks.records-stale.severity = \"info\""
    );
    assert_eq!(line.unwrap().line, Some(6));
    assert_eq!(policy.severity_of("not-protected", high), (high, None));
    assert!(!policy.is_enabled("not-protected"));
    assert!(policy.is_enabled("records-stale"));
    assert_eq!(policy.disabled_checks["not-protected"].line, Some(2));
}

#[test]
fn exemptions_as_written() {
    let text = "\n[[exempt]]\naccounts = [\"111111111111\"]\ntags = { a = \"*\" }\n\
                reason = \" why \"\nuntil = \"2027-06-30\"\n";
    let policy = Policy::parse(text, "p.toml", None).unwrap().policy;
    let exemption = &policy.exemptions[0];
    assert_eq!(exemption.selector.accounts, ["111111111111"]);
    assert_eq!(exemption.selector.tags, [("a".to_owned(), "*".to_owned())]);
    assert_eq!(exemption.reason, "why");
    assert_eq!(exemption.until.to_string(), "2027-06-30");
    assert_eq!((exemption.source.as_str(), exemption.line), ("p.toml", 2));
}

#[test]
fn limits_can_be_lifted_above_every_preset() {
    for preset in preset_names() {
        let text = format!(
            "preset = \"{preset}\"\nrecord.fields = []\nrecord.max_interval = 600\n\
             [destinations]\nretention = {{ min = 0, unlimited = true }}\n"
        );
        let policy = Policy::parse(&text, "p.toml", None).unwrap().policy;
        assert_eq!(policy.required_fields.value, [""; 0]);
        assert_eq!(policy.retention_min_days.value, None);
        assert_eq!(policy.retention_max_days.value, None);
        assert!(policy.retention_may_be_unlimited.value);
    }
}

#[test]
fn an_empty_file_is_the_default_preset() {
    for text in ["", "\u{feff}", "# nothing\r\n"] {
        let parsed = Policy::parse(text, "p.toml", None).unwrap();
        assert_eq!(parsed.policy.preset, "cis");
        assert_eq!(parsed.warnings, []);
    }
}

#[test]
fn hostile_sizes_are_refused_in_one_piece() {
    let error = |text: &str| {
        let found = Policy::parse(text, "p.toml", None).unwrap_err();
        assert!(found.len() <= 51, "{} diagnostics", found.len());
        found[0].message.clone()
    };
    assert!(error(&" ".repeat(LARGEST_FILE + 1)).contains("are too many"));
    let half = LARGEST_FILE / 2 - 16;
    assert!(error(&format!("x = {}", "[".repeat(half))).contains("not valid TOML"));
    assert!(error(&format!("{}b = 1", "a.".repeat(half))).contains("not valid TOML"));
    assert!(error(&format!("[{}b]", "a.".repeat(half))).contains("not valid TOML"));
    assert!(error(&"[[exempt]]\n".repeat(LARGEST_FILE / 11)).contains("no condition"));
    let entries = "[[detect.allow]]\n".repeat(LARGEST_FILE / 17);
    assert!(error(&entries).contains("no condition"));
    let ports = "1,".repeat(LARGEST_FILE / 2 - 100);
    let ports = format!(
        "detect.allow = [{{ server_ports = [{ports}], reason = \"r\", until = 2027-06-30 }}]"
    );
    assert!(error(&ports).contains("too many ports"));
    let distinct = (0..20_000).fold(String::from("[exempt"), |text, n| {
        text + &format!("]\n[k{n}")
    });
    assert!(error(&distinct).contains("exempt"));
}

/// Lines that are right or nearly so, to reach what is behind the grammar.
fn nearly_right() -> impl Strategy<Value = String> {
    let names =
        "(preset|record|traffic_type|destinations|retention|min|max|checks|exempt|tags|until|a b)";
    let values = r#"(1|-1|"ALL"|"[a-z*]{0,3}"|\[\]|\["s3", 1\]|\{ min = 9, max = 3 \}|2027-02-30|2027-02-03|true|\[|")"#;
    let line = (names, values, 0..4_u8).prop_map(|(name, value, form)| match form {
        0 => format!("[{name}]"),
        1 => format!("[[{name}]]"),
        2 => format!("record.{name} = {value}"),
        _ => format!("{name} = {value}"),
    });
    proptest::collection::vec(line, 0..12).prop_map(|lines| lines.join("\n"))
}

fn check_any(text: &str) -> Result<(), TestCaseError> {
    let result = Policy::parse(text, "p.toml", None);
    let found = match &result {
        Ok(parsed) => &parsed.warnings,
        Err(found) => found,
    };
    let has_error = found.iter().any(|found| found.severity == Level::Error);
    prop_assert_eq!(has_error, result.is_err());
    for diagnostic in found {
        if let Some(place) = &diagnostic.place {
            prop_assert!(text.get(place.span.clone()).is_some());
            prop_assert!(place.line >= 1 && place.column >= 1);
        }
        let one_line = format!(
            "{}{:?}{:?}",
            diagnostic.message, diagnostic.label, diagnostic.hint
        );
        prop_assert!(!one_line.chars().any(char::is_control), "{}", one_line);
    }
    Ok(())
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused(text in any::<String>()) {
        check_any(&text)?;
    }

    #[test]
    fn any_file_that_is_nearly_right_is_read_or_refused(text in nearly_right()) {
        check_any(&text)?;
    }

    #[test]
    fn the_template_cut_anywhere_is_read_or_refused(at in 0..TEMPLATE.len(), with in any::<char>()) {
        let text = uncommented();
        let at = text.floor_char_boundary(at);
        check_any(&text[..at])?;
        check_any(&format!("{}{with}{}", &text[..at], &text[at..]))?;
    }
}

#[test]
fn how_it_is_fixed_as_written() {
    let text = r#"
[fix]
destination = "s3"
interval = "1m"
tags = { Owner = "security" }
[fix.log_group]
name = "/vpc/{vpc_id}"
retention = 400
[fix.bucket]
name = "flow-{region}"
account = "111111111111"
format = "parquet"
[fix.delivery_stream]
arn = "arn:aws:firehose:{region}:{account_id}:deliverystream/flow"
[[fix.override]]
accounts = ["222222222222"]
enabled = false
[[fix.override]]
regions = ["eu-west-1"]
bucket.name = "flow-eu"
interval = 600
"#;
    let parsed = Policy::parse(text, "p.toml", None).unwrap();
    assert_eq!(parsed.warnings, []);
    let fix = parsed.policy.fix;
    assert_eq!(fix.base.interval, Some(60));
    assert_eq!(fix.base.retention_days, Some(400));
    assert_eq!(fix.base.parquet, Some(true));
    assert_eq!(fix.base.tags.as_ref().unwrap()["Owner"], "security");
    assert_eq!(fix.overrides[0].origin.as_ref().unwrap().line, Some(15));
    let there = fix.settings_for("222222222222", &[], "eu-west-1");
    assert_eq!((there.enabled, there.interval), (Some(false), Some(600)));
    assert_eq!(there.bucket.as_deref(), Some("flow-eu"));
    assert_eq!(there.bucket_account.as_deref(), Some("111111111111"));
    let elsewhere = fix.settings_for("111111111111", &[], "us-east-1");
    assert_eq!((elsewhere.enabled, elsewhere.interval), (None, Some(60)));
    assert_eq!(elsewhere.bucket.as_deref(), Some("flow-{region}"));
}
