//! The accounts in scope, and the organisation.

use std::collections::BTreeSet;

use crate::inventory::{Account, AccountAccess, AccountStatus, Inventory, Organization};

use super::Warning;
use super::answer::{Answer, Member};
use super::gaps::Gaps;
use super::kind::Kind;
use super::listing::{self, About};
use super::piece::Piece;
use super::regions::{self, items};

/// Accounts that files describe, and those that `list-accounts.json` names beside them.
pub(super) fn read(
    pieces: &[Piece],
    inventory: &mut Inventory,
    gaps: &mut Gaps,
    warnings: &mut Vec<Warning>,
) {
    let described: BTreeSet<String> = inventory
        .regions
        .iter()
        .map(|region| region.account_id.clone())
        .collect();
    warnings.extend(
        described
            .iter()
            .filter_map(|id| regions_may_be_missing(pieces, id)),
    );
    inventory.organization = organization(pieces);
    let members = members(pieces, gaps);
    let management = inventory
        .organization
        .as_ref()
        .map(|it| it.management_account_id.clone());
    let account = |account_id: &str, member: Option<&Member>| Account {
        account_id: account_id.to_owned(),
        name: member.and_then(|member| member.name.clone()),
        status: member
            .and_then(|member| member.status.clone())
            .map_or(AccountStatus::Active, AccountStatus::from),
        access: AccountAccess::Reached,
        is_management: management.as_deref() == Some(account_id),
        organizational_units: Vec::new(),
        protection: None,
    };
    for account_id in &described {
        let member = members
            .iter()
            .find(|member| member.account_id == *account_id);
        inventory.accounts.push(account(account_id, member));
    }
    for member in members
        .iter()
        .filter(|member| !described.contains(&member.account_id))
    {
        let account = Account {
            access: AccountAccess::NotTried,
            ..account(&member.account_id, Some(member))
        };
        if account.status == AccountStatus::Active {
            inventory
                .regions
                .push(regions::unread(&account.account_id, "*"));
            gaps.not_saved(
                Kind::DescribeRegions,
                Some(&account.account_id),
                None,
                None,
                "",
            );
        }
        inventory.accounts.push(account);
    }
}

fn members(pieces: &[Piece], gaps: &mut Gaps) -> Vec<Member> {
    let files: Vec<&Piece> = of(pieces, Kind::ListAccounts).collect();
    if files.is_empty() {
        return Vec::new();
    }
    let about = About {
        kind: Kind::ListAccounts,
        account_id: None,
        region: None,
        resource: None,
        subject: "",
    };
    listing::merge(
        &files,
        about,
        items!(Accounts: Member),
        |it| &it.account_id,
        gaps,
    )
    .items
}

fn organization(pieces: &[Piece]) -> Option<Organization> {
    of(pieces, Kind::DescribeOrganization).find_map(|piece| match piece.answer()? {
        Answer::Organization {
            id,
            management_account_id,
        } => Some(Organization {
            id: id.clone(),
            management_account_id: management_account_id.clone(),
            units: Vec::new(),
        }),
        _ => None,
    })
}

/// Without the list of regions nobody can tell whether all were saved.
fn regions_may_be_missing(pieces: &[Piece], account_id: &str) -> Option<Warning> {
    let is_known = of(pieces, Kind::DescribeRegions)
        .any(|piece| piece.answer().is_some() && piece.account_id.as_deref() == Some(account_id));
    (!is_known && !regions::is_region_given(pieces, account_id)).then(|| Warning {
        path: String::new(),
        message: format!(
            "no describe-regions.json of account {account_id}: a region of it that was not saved is not in the report"
        ),
    })
}

fn of(pieces: &[Piece], kind: Kind) -> impl Iterator<Item = &Piece> {
    pieces.iter().filter(move |piece| piece.kind == kind)
}
