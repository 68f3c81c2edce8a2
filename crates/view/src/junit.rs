//! `junit`: JUnit XML for CI servers.
//!
//! One test suite per account and region, one test case per VPC and transit gateway: a failure where it is not recorded,
//! an error where that is unknown, skipped where it is exempt or not owned. A region that could not be read in full has an
//! error of its own. Findings on neither are test cases of the suite `policy`: those of severity high fail.
//!
//! Elements and attributes are those of the schema that Jenkins publishes for its xUnit plugin (`junit-10.xsd`), the common
//! ground of CI servers.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write;

use flowcover_core::finding::Finding;
use flowcover_core::inventory::RegionStatus;
use flowcover_core::report::{RegionReport, Report};
use flowcover_core::{Severity, Verdict};

use crate::subject::{Subject, subjects};
use crate::{RenderError, inert, words};

/// Characters of a name that are shown: some CI servers refuse longer ones.
const NAME_LIMIT: usize = 256;

/// Writes the report as one `testsuites` document.
pub(crate) fn write(report: &Report, out: &mut dyn Write) -> Result<(), RenderError> {
    let suites = suites(report);
    let mut total = Counts::default();
    for suite in suites.values() {
        total.add(suite.counts());
    }
    let policy = Suite {
        loose: report.findings.iter().collect(),
        ..Suite::default()
    };
    total.add(policy.counts());
    writeln!(out, r#"<?xml version="1.0" encoding="UTF-8"?>"#)?;
    writeln!(
        out,
        r#"<testsuites name="flowcover" tests="{}" failures="{}" errors="{}">"#,
        total.tests, total.failures, total.errors
    )?;
    for ((account_id, region), suite) in &suites {
        suite.write(report, &format!("{account_id}.{region}"), out)?;
    }
    if !policy.loose.is_empty() {
        policy.write(report, "policy", out)?;
    }
    Ok(writeln!(out, "</testsuites>")?)
}

/// What belongs to one account and region.
#[derive(Default)]
struct Suite<'a> {
    subjects: Vec<Subject<'a>>,
    region: Option<&'a RegionReport>,
    loose: Vec<&'a Finding>,
}

#[derive(Clone, Copy, Default)]
struct Counts {
    tests: usize,
    failures: usize,
    errors: usize,
    skipped: usize,
}

impl Counts {
    const fn add(&mut self, other: Self) {
        self.tests += other.tests;
        self.failures += other.failures;
        self.errors += other.errors;
        self.skipped += other.skipped;
    }
}

fn suites(report: &Report) -> BTreeMap<(&str, &str), Suite<'_>> {
    let mut suites = BTreeMap::<_, Suite<'_>>::new();
    for subject in subjects(report) {
        let suite = suites.entry((subject.account_id(), subject.region()));
        suite.or_default().subjects.push(subject);
    }
    let unread = report.regions.iter().filter(|region| {
        !matches!(
            region.status,
            RegionStatus::Collected | RegionStatus::Disabled
        )
    });
    for region in unread {
        let suite = suites.entry((&region.account_id, &region.region));
        suite.or_default().region = Some(region);
    }
    suites
}

impl Suite<'_> {
    fn counts(&self) -> Counts {
        let with = |verdict| {
            let these = self.subjects.iter();
            these.filter(|subject| subject.verdict() == verdict).count()
        };
        let failing = self.loose.iter().filter(|finding| fails(finding)).count();
        let unread = usize::from(self.region.is_some());
        Counts {
            tests: self.subjects.len() + self.loose.len() + unread,
            failures: with(Verdict::NotRecorded) + failing,
            errors: with(Verdict::Unknown) + unread,
            skipped: with(Verdict::Exempt) + with(Verdict::NotOwned),
        }
    }

    fn write(&self, report: &Report, name: &str, out: &mut dyn Write) -> Result<(), RenderError> {
        let counts = self.counts();
        writeln!(
            out,
            r#"  <testsuite name="{}" tests="{}" failures="{}" errors="{}" skipped="{}" timestamp="{}">"#,
            xml(name),
            counts.tests,
            counts.failures,
            counts.errors,
            counts.skipped,
            // The form of Ant and Jenkins: UTC without an offset.
            report.generated_at.strftime("%Y-%m-%dT%H:%M:%S"),
        )?;
        if let Some(region) = self.region {
            write_unread(region, name, out)?;
        }
        for subject in &self.subjects {
            write_subject(*subject, name, out)?;
        }
        for finding in &self.loose {
            write_loose(finding, name, out)?;
        }
        Ok(writeln!(out, "  </testsuite>")?)
    }
}

const fn fails(finding: &Finding) -> bool {
    matches!(finding.severity, Severity::High)
}

fn write_unread(
    region: &RegionReport,
    class: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    open_case("region", class, out)?;
    let message = format!(
        "the region was not read in full ({}): VPCs may hide there",
        region.status.as_str()
    );
    write_result("error", region.status.as_str(), &message, &[], out)?;
    close_case(out)
}

fn write_subject(
    subject: Subject<'_>,
    class: &str,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let name = match subject.name() {
        Some(name) => Cow::Owned(format!("{} ({name})", subject.id())),
        None => Cow::Borrowed(subject.id()),
    };
    open_case(&name, class, out)?;
    let verdict = subject.verdict();
    match verdict {
        Verdict::NotRecorded => {
            write_result(
                "failure",
                verdict.as_str(),
                subject.reason(),
                subject.findings(),
                out,
            )?;
        }
        Verdict::Unknown => {
            write_result(
                "error",
                verdict.as_str(),
                subject.reason(),
                subject.findings(),
                out,
            )?;
        }
        Verdict::Exempt | Verdict::NotOwned => {
            write_result(
                "skipped",
                verdict.as_str(),
                &skipped_reason(subject),
                &[],
                out,
            )?;
            write_system_out(subject.findings(), out)?;
        }
        Verdict::Recorded => write_system_out(subject.findings(), out)?,
    }
    close_case(out)
}

fn skipped_reason(subject: Subject<'_>) -> Cow<'_, str> {
    match subject.exemption() {
        Some(exemption) => Cow::Owned(format!(
            "exempt until {}: {}",
            exemption.until, exemption.reason
        )),
        None => Cow::Borrowed(subject.reason()),
    }
}

fn write_loose(finding: &Finding, class: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    open_case(
        &format!("{}: {}", finding.check, finding.resource.id),
        class,
        out,
    )?;
    let findings = std::slice::from_ref(finding);
    if fails(finding) {
        write_result("failure", &finding.check, &finding.message, findings, out)?;
    } else {
        write_system_out(findings, out)?;
    }
    close_case(out)
}

fn open_case(name: &str, class: &str, out: &mut dyn Write) -> Result<(), RenderError> {
    Ok(writeln!(
        out,
        r#"    <testcase name="{}" classname="{}">"#,
        xml(&inert::clip(name, NAME_LIMIT)),
        xml(class)
    )?)
}

fn close_case(out: &mut dyn Write) -> Result<(), RenderError> {
    Ok(writeln!(out, "    </testcase>")?)
}

fn write_result(
    element: &str,
    kind: &str,
    message: &str,
    findings: &[Finding],
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    write!(
        out,
        r#"      <{element} type="{}" message="{}">"#,
        xml(kind),
        xml(message)
    )?;
    write_findings(findings, out)?;
    Ok(writeln!(out, "</{element}>")?)
}

fn write_system_out(findings: &[Finding], out: &mut dyn Write) -> Result<(), RenderError> {
    if findings.is_empty() {
        return Ok(());
    }
    write!(out, "      <system-out>")?;
    write_findings(findings, out)?;
    Ok(writeln!(out, "</system-out>")?)
}

fn write_findings(findings: &[Finding], out: &mut dyn Write) -> Result<(), RenderError> {
    for (number, finding) in findings.iter().enumerate() {
        let line_break = if number == 0 { "" } else { "\n" };
        write!(
            out,
            "{line_break}{} {}: {}",
            finding.severity,
            xml(&finding.check),
            xml(&finding.message)
        )?;
        if let Some(fix) = &finding.fix {
            write!(out, "\nfix: {}", xml(&fix.summary))?;
        }
        if let Some(line) = &finding.policy {
            write!(out, "\npolicy: {}", xml(&words::policy_line(line)))?;
        }
    }
    Ok(())
}

fn xml(raw: &str) -> Cow<'_, str> {
    inert::xml(raw)
}
