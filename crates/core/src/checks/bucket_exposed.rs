//! The bucket is open to the public, or not encrypted as the policy asks.

use super::evidence::{Dependents, bucket_name, dependents};
use super::{Check, Sink, resource};
use crate::Severity;
use crate::inventory::{Bucket, Depth, Fact};
use crate::judge::Context;
use crate::policy::EncryptionRequired;

/// The check.
pub const CHECK: Check = Check {
    id: "bucket-exposed",
    severity: Severity::High,
    decides: false,
    run,
};

fn run(context: &Context<'_>, sink: &mut Sink<'_>) {
    if context.inventory().depth == Depth::Delivery {
        return;
    }
    for (&name, dependents) in &dependents(context, bucket_name) {
        if let Some(Fact::Present(bucket)) = context.inventory().buckets.get(name) {
            public(sink, bucket, dependents);
            encryption(context, sink, bucket, dependents);
        }
    }
}

fn public(sink: &mut Sink<'_>, bucket: &Bucket, dependents: &Dependents<'_>) {
    let name = &bucket.name;
    let complete = match &bucket.public_access_block {
        Fact::Present(block) => Some(block.is_complete()),
        Fact::Absent => Some(false),
        Fact::NotRead => None,
    };
    let (severity, message) = match (&bucket.public, complete) {
        (Fact::Present(true), _) => (
            Severity::High,
            format!("bucket {name} is public: anybody can reach the records"),
        ),
        // Closed today; one policy or ACL away from open.
        (_, Some(false)) => (
            Severity::Low,
            format!("bucket {name} does not block public access in full"),
        ),
        _ => return,
    };
    let draft = CHECK
        .finds(resource::bucket(bucket), message)
        .severity(severity)
        .evidence("IsPublic", bucket.public.present().copied())
        .evidence(
            "PublicAccessBlock",
            complete.map(|complete| if complete { "complete" } else { "incomplete" }),
        )
        .told_apart_by("public")
        .fix(
            "block public access to the bucket with all four settings",
            severity == Severity::Low,
        );
    sink.on_report(dependents.add_to(draft));
}

fn encryption(
    context: &Context<'_>,
    sink: &mut Sink<'_>,
    bucket: &Bucket,
    dependents: &Dependents<'_>,
) {
    let asked = &context.policy.bucket_encryption;
    let algorithm = match &bucket.encryption {
        Fact::Present(encryption) => Some(encryption.algorithm.as_str()),
        Fact::Absent => None,
        Fact::NotRead => return,
    };
    let enough = match asked.value {
        EncryptionRequired::None => true,
        EncryptionRequired::Any => algorithm.is_some(),
        EncryptionRequired::Kms => {
            algorithm.is_some_and(|algorithm| algorithm.starts_with("aws:kms"))
        }
    };
    if enough {
        return;
    }
    let has = algorithm.unwrap_or("none");
    let draft = CHECK
        .finds(
            resource::bucket(bucket),
            format!("the default encryption of bucket {} is {has}, less than the policy asks", bucket.name),
        )
        .evidence("SSEAlgorithm", algorithm)
        .policy(&asked.origin)
        .told_apart_by("encryption")
        .fix("set default encryption with a KMS key of your own whose policy lets delivery.logs.amazonaws.com use it", false);
    sink.on_report(dependents.add_to(draft));
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use crate::Severity;
    use crate::fixture::*;
    use crate::inventory::{Bucket, Fact, Inventory};
    use crate::policy::Policy;

    fn holding(bucket: Fact<Bucket>) -> Inventory {
        but(with(vec![to_bucket(flow_log("fl-1", "vpc-1"))]), |i| {
            i.buckets.insert(BUCKET.to_owned(), bucket);
        })
    }

    #[test]
    fn three_ways_to_look() {
        let open = Bucket {
            public: Fact::Present(true),
            ..bucket()
        };
        let cases = [
            holding(Fact::Present(bucket())),
            holding(Fact::Present(open)),
            holding(Fact::NotRead),
        ];
        let found = three_ways("bucket-exposed", &Policy::default(), cases);
        assert_eq!(found[0].severity, Severity::High);
        assert_eq!(found[0].evidence["IsPublic"], true);
    }

    #[test]
    fn encryption_as_the_policy_asks() {
        let plain = |encryption| {
            holding(Fact::Present(Bucket {
                encryption,
                ..bucket()
            }))
        };
        let strict = Policy::preset("strict").unwrap();
        let unread = plain(Fact::NotRead);
        let kms = crate::inventory::BucketEncryption {
            algorithm: "aws:kms".to_owned(),
            kms_key: None,
        };
        let cases = [
            plain(Fact::Present(kms)),
            holding(Fact::Present(bucket())),
            unread,
        ];
        let found = three_ways("bucket-exposed", &strict, cases);
        assert_eq!(found[0].evidence["SSEAlgorithm"], "AES256");
        assert_eq!(
            findings(&cis(&plain(Fact::Absent)), "bucket-exposed").len(),
            1
        );
    }

    #[test]
    fn incomplete_block_is_low() {
        let half = Bucket {
            public_access_block: Fact::Absent,
            ..bucket()
        };
        let found = findings(&cis(&holding(Fact::Present(half))), "bucket-exposed");
        assert_eq!(found[0].severity, Severity::Low);
    }
}
