//! Why no plan changes anything about some findings, and what a person can do.

use super::Reason;
use super::manual::aws;
use super::refusal::Refusal;
use crate::finding::Finding;

/// Why no plan changes anything about a finding of such a check.
pub(super) fn never_changed(finding: &Finding) -> Refusal {
    let resource = &finding.resource;
    let (id, region) = (resource.id.as_str(), resource.region.as_deref());
    let advice = || {
        finding
            .fix
            .iter()
            .map(|fix| fix.summary.clone())
            .collect::<Vec<_>>()
    };
    match finding.check.as_str() {
        "bucket-exposed" => Refusal::new(
            Reason::NotOurs,
            format!("settings of bucket {id} are changed by its owner: others may rely on them"),
            vec![
                aws(&["s3api", "put-public-access-block", "--bucket", id, "--public-access-block-configuration",
                    "BlockPublicAcls=true,IgnorePublicAcls=true,BlockPublicPolicy=true,RestrictPublicBuckets=true"], region),
                aws(&["s3api", "get-bucket-encryption", "--bucket", id], region),
            ],
        ),
        "retention-out-of-policy" => Refusal::new(
            Reason::NotOurs,
            format!("the lifecycle of bucket {id} is changed by its owner: it may hold more than flow logs"),
            vec![
                aws(&["s3api", "get-bucket-lifecycle-configuration", "--bucket", id], region),
                "add a rule that expires what lies below AWSLogs/, and put the whole configuration back".to_owned(),
            ],
        ),
        "flow-log-duplicate" => Refusal::new(
            Reason::NotAChange,
            "which of the two somebody reads cannot be told from outside",
            advice(),
        ),
        "records-stale" => Refusal::new(
            Reason::NotAChange,
            "AWS does not say why nothing arrives; another flow log would be as silent",
            advice(),
        ),
        "not-protected" => Refusal::new(
            Reason::NotAChange,
            "guard rails are a matter of the organisation",
            vec!["`flowcover protect` writes them as text to review".to_owned()],
        ),
        "not-readable" => Refusal::not_read(
            finding.message.clone(),
            finding.evidence.get("Permission").and_then(serde_json::Value::as_str),
        ),
        "exemption-stale" | "exemption-expired" => Refusal::new(
            Reason::NotAChange,
            "it is a matter of the policy file",
            advice(),
        ),
        _ => Refusal::new(Reason::NotAChange, "no change of a plan answers it", advice()),
    }
}
