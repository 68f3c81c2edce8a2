//! The log group, bucket or delivery stream does not exist, or its account is closed.

use super::evidence::{about_flow_log, each_proof};
use super::{Check, Sink};
use crate::Severity;
use crate::judge::Context;

/// The check.
pub const CHECK: Check = Check {
    id: "destination-missing",
    severity: Severity::High,
    decides: true,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    each_proof(&CHECK, context, sink, |at, proof| {
        let id = &at.flow_log.flow_log_id;
        about_flow_log(
            &CHECK,
            context,
            at,
            format!("flow log {id} delivers nowhere: {}", proof.clause()),
        )
        .evidence("Destination", at.destination.to_string())
        .fix(
            "make the destination again, or create a flow log to another one",
            true,
        )
    });
    for &place in &context.in_order {
        let delivery = &context.deliveries[place];
        let proved = delivery
            .proofs
            .iter()
            .any(|proof| proof.check() == CHECK.id);
        if delivery.destination_absent && !proved {
            let at = &context.index.flow_logs[place];
            let message = format!(
                "the log group of flow log {} does not exist; AWS makes it again when traffic flows",
                at.flow_log.flow_log_id
            );
            let draft = about_flow_log(&CHECK, context, at, message)
                .severity(Severity::Low)
                .evidence("Destination", at.destination.to_string())
                .fix("create the log group with the retention that you want: the one that AWS makes never expires", true);
            sink.on_flow_log(place, draft);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{Fact, Listing};
    use crate::policy::Policy;

    #[test]
    fn three_ways_to_look() {
        let to = |fact| {
            but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
                i.buckets.insert(BUCKET.to_owned(), fact);
            })
        };
        let cases = [
            to(Fact::Present(bucket())),
            to(Fact::Absent),
            to(Fact::NotRead),
        ];
        let found = three_ways("destination-missing", &Policy::default(), cases);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(
            found[0].evidence["Destination"],
            "arn:aws:s3:::central-flow-logs"
        );
    }

    #[test]
    fn low_where_nothing_is_lost() {
        let unused = but(recorded(), |i| {
            i.log_groups.insert(GROUP.to_owned(), Fact::Absent);
            i.regions[0].network_interfaces = Listing::complete(Vec::new());
        });
        let found = findings(&cis(&unused), "destination-missing");
        assert_eq!(found[0].severity, Severity::Low);
    }
}
