//! `flowcover protect`: prints what keeps flow logs on.

use flowcover_core::policy::Policy;
use flowcover_core::protect::{
    GuardRail, Protected, TelemetryRule, config_rule, service_control_policy, telemetry_rule,
};

use crate::cli::{self, ProtectAs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, policy_file, terminal};

pub(crate) fn run(arguments: &cli::Protect) -> anyhow::Result<Exit> {
    let policy = policy_file::load(arguments.policy.as_deref(), arguments.preset.as_deref())?;
    let guard_rail = match arguments.form {
        ProtectAs::Scp => {
            service_control_policy(&protected(arguments, &policy)).map_err(|error| {
                Failure::usage(error.to_string())
                    .hint("name fewer roles, or patterns that cover several")
            })?
        }
        ProtectAs::ConfigRule => config_rule(arguments.organization),
        ProtectAs::TelemetryRule => telemetry_rule(&TelemetryRule {
            organization: arguments.organization,
            traffic_type: policy.traffic_type.value.to_string(),
            retention_in_days: policy.retention_min_days.value,
            max_aggregation_interval: policy.max_aggregation_interval.value.unwrap_or(600),
        }),
    };
    output::print(&guard_rail.document)?;
    if arguments.form == ProtectAs::Scp {
        say_remarks(&guard_rail);
    }
    Ok(Exit::Clean)
}

/// JSON takes no comments: what is to be known goes beside it.
fn say_remarks(guard_rail: &GuardRail) {
    for (heading, paragraph) in guard_rail.remarks.paragraphs() {
        terminal::note("");
        terminal::note(&format!("{heading}:"));
        paragraph
            .lines()
            .for_each(|line| terminal::note(&format!("  {line}")));
    }
}

fn protected(arguments: &cli::Protect, policy: &Policy) -> Protected {
    let partition = &arguments.partition;
    let mut protected = Protected::by_default(partition);
    let settings = policy.fix.overrides.iter().map(|it| &it.settings);
    for settings in std::iter::once(&policy.fix.base).chain(settings) {
        let groups = settings.log_group_name.iter().map(|name| pattern(name));
        protected.log_groups.extend(groups);
        protected
            .buckets
            .extend(settings.bucket.iter().map(|name| pattern(name)));
    }
    let arn = |name: &String| format!("arn:{partition}:iam::*:role/{name}");
    protected.exempt = arguments.except_role.iter().map(arn).collect();
    for names in [&mut protected.log_groups, &mut protected.buckets] {
        names.sort();
        names.dedup();
    }
    protected
}

/// What the names made from a template have in common: any text where a placeholder stands.
fn pattern(template: &str) -> String {
    let mut pattern = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once('{') {
        pattern.push_str(before);
        pattern.push('*');
        rest = after.split_once('}').map_or("", |(_, after)| after);
    }
    pattern + rest
}

#[cfg(test)]
mod tests {
    use super::pattern;

    #[test]
    fn placeholders_stand_for_any_text() {
        for (template, expected) in [
            ("/vpc/{account_id}/{vpc_id}", "/vpc/*/*"),
            ("plain", "plain"),
            ("{region}-logs", "*-logs"),
            ("cut-{region", "cut-*"),
        ] {
            assert_eq!(pattern(template), expected);
        }
    }
}
