//! `table`: for reading in a terminal.
//!
//! Coverage at a glance, then what could not be read, then VPCs by account and region, transit gateways, findings by check, changes, and
//! what to do next. What is recorded is counted, not listed, unless asked for. Nothing is said by colour alone. Identifiers are
//! never cut; names and messages are cut at their end only, with `…`.

mod changes;
mod coverage;
mod findings;
mod next;
pub(crate) mod page;
mod places;
mod unread;

use std::io::Write;

use flowcover_core::report::Report;

use self::page::Page;
use crate::accounts::AccountNames;
use crate::subject::{Subject, subjects};
use crate::{Options, RenderError};

/// Writes every section that has something to say.
pub(crate) fn write(
    report: &Report,
    options: &Options,
    out: &mut dyn Write,
) -> Result<(), RenderError> {
    let accounts = AccountNames::new(report);
    let mut page = Page::new(out, options);
    coverage::write(report, &mut page)?;
    unread::write(report, &accounts, options.verbose, &mut page)?;
    let vpcs = report.vpcs.iter().map(Subject::Vpc);
    places::write("VPCS", vpcs, &accounts, options.verbose, &mut page)?;
    let gateways = subjects(report).filter(|subject| subject.vpc().is_none());
    places::write(
        "TRANSIT GATEWAYS",
        gateways,
        &accounts,
        options.verbose,
        &mut page,
    )?;
    findings::write(report, options, &mut page)?;
    changes::write(report, options.verbose, &mut page)?;
    next::write(report, &mut page)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_width::UnicodeWidthStr;

    use super::*;
    use crate::{fixture, inert};

    fn rendered(report: &Report, options: &Options) -> String {
        let mut out = Vec::new();
        write(report, options, &mut out).expect("memory takes everything");
        String::from_utf8(out).expect("a table is UTF-8")
    }

    fn options(width: usize) -> Options {
        Options {
            width: Some(width),
            rules: fixture::rules(),
            ..Options::default()
        }
    }

    #[test]
    fn lines_keep_to_the_width_unless_one_word_is_longer() {
        for width in [80, 100, 120, 200] {
            for line in rendered(&fixture::report(), &options(width)).lines() {
                let longest = line.split(' ').map(UnicodeWidthStr::width).max();
                let indent = line.len() - line.trim_start().len();
                let fits = line.width() <= width;
                assert!(
                    fits || indent + longest.unwrap_or(0) > width,
                    "{width}: {line}"
                );
            }
        }
    }

    #[test]
    fn identifiers_are_whole_at_every_width() {
        let report = fixture::report();
        for width in [20, 40, 80, 200] {
            let options = Options {
                verbose: true,
                ..options(width)
            };
            let text = rendered(&report, &options);
            for subject in subjects(&report) {
                assert!(text.contains(subject.id()), "{width}: {}", subject.id());
            }
        }
    }

    #[test]
    fn colour_adds_nothing_but_colour() {
        let report = fixture::report();
        let plain = rendered(&report, &options(100));
        let colour = Options {
            colour: true,
            ..options(100)
        };
        let coloured = rendered(&report, &colour);
        assert_ne!(plain, coloured);
        let mut stripped = String::new();
        let mut rest = coloured.as_str();
        while let Some((before, after)) = rest.split_once("\u{1b}[") {
            stripped.push_str(before);
            rest = after.split_once('m').expect("only colours are escapes").1;
        }
        stripped.push_str(rest);
        assert_eq!(stripped, plain);
    }

    #[test]
    fn an_empty_report_says_that_nothing_was_seen() {
        let mut report = fixture::report();
        report.vpcs.clear();
        report.transit_gateways.clear();
        report.findings.clear();
        report.gaps.clear();
        report.regions.clear();
        report.changes = None;
        report.interrupted = false;
        report.summary = fixture::summarise(&report);
        report.summary.regions_not_collected = 0;
        let text = rendered(&report, &options(80));
        assert!(text.contains("No VPC was seen"), "{text}");
    }

    #[test]
    fn what_is_recorded_is_counted_not_listed() {
        let mut report = fixture::report();
        let recorded = report.vpcs[1].clone();
        report.vpcs = vec![recorded; 10_000];
        report.summary = fixture::summarise(&report);
        let text = rendered(&report, &options(80));
        assert!(text.contains("10,000 VPCs recorded"), "{text}");
        assert!(text.lines().count() < 150, "{text}");
    }

    proptest! {
        // Each case renders a whole report.
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn no_text_acts_on_the_terminal(name in any::<String>(), width in 1usize..250, verbose: bool) {
            let mut report = fixture::report();
            report.vpcs[0].name = Some(name.clone());
            report.vpcs[0].reason = name.clone();
            report.vpcs[0].findings[0].message = name.clone();
            report.gaps[0].message = name.clone();
            report.accounts[0].name = Some(name);
            let text = rendered(&report, &Options { width: Some(width), verbose, ..Options::default() });
            prop_assert!(!text.contains(|character| character != '\n' && inert::is_unsafe(character)));
        }
    }
}
