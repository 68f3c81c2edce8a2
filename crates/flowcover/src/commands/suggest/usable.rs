//! Whether a snapshot holds what suggesting rules needs.

use std::path::Path;

use flowcover_core::inventory::{Gap, GapKind, Inventory, ListingState};

use crate::failure::Failure;

/// What is read for security groups alone, or must be whole for them.
const ACTIONS: [&str; 5] = [
    "ec2:DescribeSecurityGroups",
    "ec2:DescribeSecurityGroupRules",
    "ec2:DescribeManagedPrefixLists",
    "ec2:GetManagedPrefixListEntries",
    "ec2:DescribeNetworkInterfaces",
];

/// How to get them into a folder of answers.
const SAVE: &str = "save one for each region: `aws ec2 describe-security-groups > ACCOUNT/REGION/describe-security-groups.json`, and the same of describe-security-group-rules";

/// Refuses a snapshot, or a folder of answers, without security groups: nothing could be said of any.
pub(super) fn refuse_useless(inventory: &Inventory, path: &Path) -> Result<(), Failure> {
    let regions = &inventory.regions;
    if regions
        .iter()
        .any(|region| !region.security_groups.items.is_empty())
    {
        return Ok(());
    }
    let is_folder = path.is_dir();
    let path = path.display();
    let was_asked = |state| state != ListingState::NotNeeded;
    if !regions
        .iter()
        .any(|region| was_asked(region.security_groups.state))
    {
        return Err(if is_folder {
            Failure::usage(format!(
                "{path} holds no answer of describe-security-groups"
            ))
            .hint(SAVE)
        } else {
            Failure::usage(format!("{path} was collected without security groups"))
                .hint("`flowcover collect --security-groups --output FILE` makes one with them")
        });
    }
    let Some(gap) = inventory
        .gaps
        .iter()
        .find(|gap| gap.action == ACTIONS[0])
        .or_else(|| inventory.gaps.first())
    else {
        return Err(Failure::usage(format!("{path} holds no security groups"))
            .hint("the accounts and regions that it was collected of have none"));
    };
    let failure = Failure::nothing_read(format!(
        "{path} holds no security groups: {}",
        in_words(gap)
    ));
    Err(match gap.kind {
        GapKind::Denied => failure.hint(
            "`flowcover permissions collect --security-groups` prints what is needed; collect again with it",
        ),
        _ if is_folder => failure.hint(SAVE),
        _ => failure.hint("collect again with --security-groups"),
    })
}

/// What could not be read, as far as security groups are concerned.
pub(super) fn gaps(inventory: &Inventory) -> Vec<String> {
    let is_about_them = |gap: &&Gap| {
        ACTIONS.contains(&gap.action.as_str())
            // Where the base of a region was refused, the rest was not asked for.
            || ["ec2:DescribeVpcs", "ec2:DescribeFlowLogs", "ec2:DescribeRegions"]
                .contains(&gap.action.as_str())
    };
    let mut gaps: Vec<String> = inventory
        .gaps
        .iter()
        .filter(is_about_them)
        .map(in_words)
        .collect();
    gaps.dedup();
    gaps
}

fn in_words(gap: &Gap) -> String {
    if gap.kind == GapKind::NotSaved {
        return format!("{}: `{}` gives it", gap.message, command(gap));
    }
    let account = gap.account_id.as_deref().unwrap_or("every account");
    let region = gap.region.as_deref().unwrap_or("every region");
    let what = match gap.kind {
        GapKind::Denied => "was denied",
        _ => "could not be read",
    };
    let resource = gap
        .resource
        .as_ref()
        .map_or_else(String::new, |resource| format!(" of {resource}"));
    format!(
        "{}{resource} {what} in {account}, {region} ({})",
        gap.action, gap.error_code
    )
}

/// The command of the AWS CLI that asks for what was not saved.
fn command(gap: &Gap) -> String {
    let (service, operation) = gap.action.split_once(':').unwrap_or_default();
    let mut command = format!("aws {service} ");
    for (at, letter) in operation.char_indices() {
        if at > 0 && letter.is_ascii_uppercase() {
            command.push('-');
        }
        command.push(letter.to_ascii_lowercase());
    }
    if let Some(resource) = gap.resource.as_ref().filter(|it| it.starts_with("pl-")) {
        command.push_str(&format!(" --prefix-list-id {resource}"));
    }
    command
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_core::inventory::{Listing, Region, RegionStatus, SecurityGroup};

    use super::*;

    fn inventory(security_groups: Listing<SecurityGroup>, gaps: Vec<Gap>) -> Inventory {
        let mut inventory = Inventory::empty(jiff::Timestamp::UNIX_EPOCH);
        let mut region = Region::new("111122223333", "eu-west-1", RegionStatus::Collected);
        region.security_groups = security_groups;
        inventory.regions.push(region);
        inventory.gaps = gaps;
        inventory
    }

    fn gap(action: &str) -> Gap {
        Gap {
            account_id: Some("111122223333".to_owned()),
            region: Some("eu-west-1".to_owned()),
            action: action.to_owned(),
            resource: None,
            kind: GapKind::Denied,
            error_code: "UnauthorizedOperation".to_owned(),
            permission: Some(action.to_owned()),
            message: "no".to_owned(),
        }
    }

    #[test]
    fn a_snapshot_says_why_it_has_no_groups() {
        for (groups, gaps, said) in [
            (
                Listing::default(),
                vec![],
                "s.json was collected without security groups",
            ),
            (
                Listing::complete(vec![]),
                vec![],
                "s.json holds no security groups",
            ),
            (
                Listing::not_read(),
                vec![gap("ec2:DescribeVpcs"), gap("ec2:DescribeSecurityGroups")],
                "s.json holds no security groups: ec2:DescribeSecurityGroups was denied in 111122223333, eu-west-1 (UnauthorizedOperation)",
            ),
        ] {
            let refused = refuse_useless(&inventory(groups, gaps), Path::new("s.json"));
            assert_eq!(refused.unwrap_err().to_string(), said);
        }
        let groups = Listing::partial(vec![SecurityGroup::default()]);
        assert!(refuse_useless(&inventory(groups, vec![]), Path::new("s.json")).is_ok());
    }

    #[test]
    fn a_folder_says_what_to_save() {
        let folder = tempfile::tempdir().unwrap();
        let refused = refuse_useless(&inventory(Listing::default(), vec![]), folder.path());
        let refused = refused.unwrap_err().to_string();
        let place = folder.path().display();
        assert_eq!(
            refused,
            format!("{place} holds no answer of describe-security-groups")
        );
        let not_saved = |action: &str, resource: Option<&str>, message: &str| Gap {
            kind: GapKind::NotSaved,
            resource: resource.map(str::to_owned),
            message: message.to_owned(),
            ..gap(action)
        };
        let all = vec![
            not_saved(
                "ec2:DescribeSecurityGroupRules",
                None,
                "1/eu-west-1/describe-security-group-rules.json was not saved",
            ),
            not_saved(
                "ec2:GetManagedPrefixListEntries",
                Some("pl-1"),
                "1/eu-west-1/get-managed-prefix-list-entries-pl-1.json was not saved",
            ),
        ];
        assert_eq!(
            gaps(&inventory(Listing::not_read(), all)),
            [
                "1/eu-west-1/describe-security-group-rules.json was not saved: `aws ec2 describe-security-group-rules` gives it",
                "1/eu-west-1/get-managed-prefix-list-entries-pl-1.json was not saved: `aws ec2 get-managed-prefix-list-entries --prefix-list-id pl-1` gives it",
            ]
        );
    }

    #[test]
    fn gaps_that_concern_them_are_named() {
        let all = vec![
            gap("ec2:DescribeSecurityGroupRules"),
            gap("iam:GetRole"),
            gap("ec2:DescribeVpcs"),
        ];
        let named = gaps(&inventory(Listing::not_read(), all));
        assert_eq!(named.len(), 2, "{named:?}");
    }
}
