//! The log group has no KMS key where the policy asks for one.

use super::evidence::{dependents, log_group_arn};
use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::{Depth, Fact};
use crate::judge::Context;
use crate::policy::EncryptionRequired;

/// The check.
pub const CHECK: Check = Check {
    id: "log-group-unencrypted",
    severity: Severity::Low,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    // Every group is encrypted with a key of AWS: only `kms` asks for more.
    let asked = &context.policy.log_group_encryption;
    if asked.value != EncryptionRequired::Kms || context.inventory().depth == Depth::Delivery {
        return;
    }
    for (&arn, dependents) in &dependents(context, log_group_arn) {
        let Some(Fact::Present(group)) = context.inventory().log_groups.get(arn) else {
            continue;
        };
        if group.kms_key_id.is_some() {
            continue;
        }
        let draft = CHECK
            .finds(
                resource::by_arn("AWS::Logs::LogGroup", arn),
                format!("log group {arn} is not encrypted with a KMS key, and the policy asks for one"),
            )
            .evidence("kmsKeyId", serde_json::Value::Null)
            .policy(&asked.origin)
            .fix("associate a KMS key whose policy lets CloudWatch Logs use it; events stored before keep their old encryption", true);
        sink.on_report(dependents.add_to(draft));
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::fixture::*;
    use crate::inventory::{Fact, LogGroup};
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let with_key = but(recorded(), |i| {
            let group = LogGroup {
                kms_key_id: Some(KEY.to_owned()),
                ..log_group()
            };
            i.log_groups.insert(GROUP.to_owned(), Fact::Present(group));
        });
        let unread = but(recorded(), |i| i.log_groups.clear());
        let strict = Policy::preset("strict").unwrap();
        three_ways(
            "log-group-unencrypted",
            &strict,
            [with_key, recorded(), unread],
        );
        assert_eq!(findings(&cis(&recorded()), "log-group-unencrypted"), []);
    }
}
