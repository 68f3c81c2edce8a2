//! The last day of an exemption has passed.

use super::{Check, Sink, resource};
use crate::Severity;
use crate::judge::Context;

/// The check.
pub const CHECK: Check = Check {
    id: "exemption-expired",
    severity: Severity::Medium,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    for (exemption, uses) in context.policy.exemptions.iter().zip(&context.exemptions) {
        if !uses.expired {
            continue;
        }
        let message = format!(
            "the exemption at {}:{} ended on {}; it would still be needed by {} of the {} that it selects",
            exemption.source, exemption.line, exemption.until, uses.needed, uses.matched
        );
        let draft = CHECK
            .finds(resource::exemption(exemption), message)
            .evidence("Until", exemption.until.to_string())
            .evidence("Needed", uses.needed)
            .evidence("Examples", uses.examples.clone())
            .policy(&resource::exemption_line(exemption))
            .fix(
                "record what it selects, or decide again until when it is exempt",
                true,
            );
        sink.on_report(draft);
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::civil::date;

    use crate::fixture::*;
    use crate::inventory::Listing;
    use crate::judge::assess;

    #[test]
    fn last_day_and_the_day_after() {
        let found = |until| {
            findings(
                &assess(&bare(), &exempting("vpc-1", until)),
                "exemption-expired",
            )
        };
        assert_eq!(found(date(2026, 11, 20)), []);
        let expired = found(date(2026, 11, 19));
        assert_eq!(expired[0].evidence["Needed"], 1);
        assert_eq!(expired[0].severity, crate::Severity::Medium);
    }

    #[test]
    fn date_alone_decides_where_nothing_was_read() {
        let unread = but(bare(), |i| i.regions[0].vpcs = Listing::not_read());
        let report = assess(&unread, &exempting("vpc-1", date(2026, 11, 19)));
        assert_eq!(findings(&report, "exemption-expired").len(), 1);
        let report = assess(&unread, &exempting("vpc-1", date(2026, 11, 20)));
        assert_eq!(findings(&report, "exemption-expired"), []);
    }
}
