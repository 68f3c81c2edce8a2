//! A stable name for a fault: the same over runs, versions and platforms.

use crate::finding::Resource;

/// FNV-1a, 64 bits: its constants are published and will not change, unlike the hashers of a standard library.
const OFFSET: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0000_0100_0000_01b3;

/// Hashes what makes a fault this fault: check, place, resource, and what tells it apart from
/// others on the same resource. Messages, counts and severities are left out, for they change.
#[must_use]
pub(crate) fn fingerprint(check: &str, resource: &Resource, told_apart_by: &[String]) -> String {
    let given = [
        Some(check),
        resource.account_id.as_deref(),
        resource.region.as_deref(),
        Some(resource.kind.as_str()),
        Some(resource.id.as_str()),
    ];
    let mut hash = OFFSET;
    for part in given
        .into_iter()
        .chain(told_apart_by.iter().map(|part| Some(part.as_str())))
    {
        // Presence and length go in, so that no two lists of parts read the same.
        hash = add(hash, &[u8::from(part.is_some())]);
        let bytes = part.unwrap_or_default().as_bytes();
        hash = add(hash, &(bytes.len() as u64).to_le_bytes());
        hash = add(hash, bytes);
    }
    format!("{hash:016x}")
}

fn add(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(PRIME)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    fn vpc(id: &str) -> Resource {
        Resource {
            account_id: Some("111111111111".to_owned()),
            region: Some("eu-west-1".to_owned()),
            kind: "AWS::EC2::VPC".to_owned(),
            id: id.to_owned(),
        }
    }

    #[test]
    fn fingerprint_never_changes() {
        // Baselines of users hold these: this value may not change.
        assert_eq!(
            fingerprint("flow-log-missing", &vpc("vpc-1"), &[]),
            "21437b5ef8799716"
        );
    }

    #[test]
    fn parts_do_not_run_together() {
        let one = fingerprint("a", &vpc("b"), &["c".to_owned(), "d".to_owned()]);
        assert_ne!(one, fingerprint("a", &vpc("b"), &["cd".to_owned()]));
        let mut nowhere = vpc("b");
        nowhere.region = None;
        let mut empty = vpc("b");
        empty.region = Some(String::new());
        assert_ne!(
            fingerprint("a", &nowhere, &[]),
            fingerprint("a", &empty, &[])
        );
    }
}
