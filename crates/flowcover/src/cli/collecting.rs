//! Arguments that say what to collect, shared by `audit` and `collect`.

use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::{Args, ValueEnum};
use flowcover_cloud::collect::{AccountSelection, CollectOptions, RegionSelection};
use flowcover_cloud::{Entry, Limits};
use flowcover_core::inventory::Depth;
use flowcover_core::partition;

use super::Calling;
use crate::failure::Failure;

/// What to collect, and how hard to try.
#[derive(Clone, Debug, Args)]
pub(crate) struct Collecting {
    /// Profile of the AWS configuration files; can be repeated
    #[arg(long, value_name = "NAME", help_heading = "Accounts")]
    pub(crate) profile: Vec<String>,
    /// Every account of the organisation, through --role-name in each
    #[arg(long, requires = "role_name", help_heading = "Accounts")]
    pub(crate) organization: bool,
    /// Account to audit through --role-name; can be repeated. With --from: account that flat files belong to
    #[arg(long, value_name = "ACCOUNT_ID", value_parser = account_id, help_heading = "Accounts")]
    pub(crate) account: Vec<String>,
    /// File with account ids, one a line; `#` begins a comment
    #[arg(
        long,
        value_name = "FILE",
        requires = "role_name",
        conflicts_with = "organization",
        help_heading = "Accounts"
    )]
    pub(crate) accounts: Option<PathBuf>,
    /// Role to assume in every account but the one that the run starts from
    #[arg(long, value_name = "NAME", value_parser = role_name, help_heading = "Accounts")]
    pub(crate) role_name: Option<String>,
    /// External id for that role
    #[arg(
        long,
        value_name = "ID",
        requires = "role_name",
        help_heading = "Accounts"
    )]
    pub(crate) external_id: Option<String>,
    /// Organizational unit (id or name) to include; can be repeated
    #[arg(
        long,
        value_name = "UNIT",
        requires = "organization",
        help_heading = "Accounts"
    )]
    pub(crate) include_unit: Vec<String>,
    /// Organizational unit (id or name) to leave out; can be repeated
    #[arg(
        long,
        value_name = "UNIT",
        requires = "organization",
        help_heading = "Accounts"
    )]
    pub(crate) exclude_unit: Vec<String>,
    /// Account that is not audited, but holds a central bucket: entered through --role-name; can be repeated
    #[arg(long, value_name = "ACCOUNT_ID", value_parser = account_id, requires = "role_name", help_heading = "Accounts")]
    pub(crate) bucket_account: Vec<String>,
    /// Region to audit; can be repeated [default: every enabled one]. With --from: region that flat files belong to
    #[arg(long, value_name = "REGION", value_parser = region, help_heading = "Regions")]
    pub(crate) region: Vec<String>,
    /// Region to leave out; can be repeated
    #[arg(long, value_name = "REGION", value_parser = region, help_heading = "Regions")]
    pub(crate) exclude_region: Vec<String>,
    /// `delivery`: existence and delivery status, two calls a region; `full`: roles, destinations and keys, too [default: full]
    #[arg(long, value_enum, help_heading = "Collecting")]
    pub(crate) depth: Option<DepthArgument>,
    /// Look for the newest record of every flow log: `recorded` then needs one that is fresh
    #[arg(long, help_heading = "Collecting")]
    pub(crate) prove: bool,
    /// Longest time for collecting, in seconds; what is not read by then is unknown [default: 1800]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=86_400), help_heading = "Collecting")]
    pub(crate) deadline: Option<u64>,
    /// Most calls in flight [default: 64]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Collecting")]
    pub(crate) concurrency: Option<u16>,
    /// Most calls in flight per account [default: 40]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024), help_heading = "Collecting")]
    pub(crate) concurrency_per_account: Option<u16>,
    /// Longest wait for a connection, in seconds [default: 3]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300), help_heading = "Collecting")]
    pub(crate) connect_timeout: Option<u64>,
    /// Longest wait for one answer, in seconds [default: 10]
    #[arg(long, value_name = "SECONDS", value_parser = clap::value_parser!(u64).range(1..=300), help_heading = "Collecting")]
    pub(crate) read_timeout: Option<u64>,
}

/// Depth as typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum DepthArgument {
    /// Existence, delivery status, coverage
    Delivery,
    /// Also roles, destinations, keys, transit gateways, guard rails
    Full,
}

impl From<DepthArgument> for Depth {
    fn from(depth: DepthArgument) -> Self {
        match depth {
            DepthArgument::Delivery => Self::Delivery,
            DepthArgument::Full => Self::Full,
        }
    }
}

impl Collecting {
    /// Arguments that make no sense with a snapshot.
    pub(crate) const LIVE_ONLY: [&'static str; 16] = [
        "profile",
        "organization",
        "accounts",
        "role_name",
        "external_id",
        "include_unit",
        "exclude_unit",
        "bucket_account",
        "exclude_region",
        "depth",
        "prove",
        "deadline",
        "concurrency",
        "concurrency_per_account",
        "connect_timeout",
        "read_timeout",
    ];

    /// What to collect. `freshness` is how far back to look for records, `home_region` where
    /// the run starts.
    pub(crate) fn options(
        &self,
        home_region: &str,
        freshness: Duration,
    ) -> Result<CollectOptions, Failure> {
        let entries = if self.profile.is_empty() {
            vec![Entry::Caller]
        } else {
            self.profile.iter().cloned().map(Entry::Profile).collect()
        };
        Ok(CollectOptions {
            entries,
            accounts: self.selection()?,
            role_name: self.role_name.clone(),
            external_id: self.external_id.clone(),
            bucket_accounts: self.bucket_account.clone(),
            regions: RegionSelection {
                include: self.region.clone(),
                exclude: self.exclude_region.clone(),
            },
            home_region: home_region.to_owned(),
            depth: self.depth.map_or_else(Depth::default, Depth::from),
            prove_window: self.prove.then_some(freshness),
            ..CollectOptions::new(std::sync::Arc::new(crate::commands::now))
        })
    }

    /// Where the run starts: the region of the environment or the profile. A region to audit only tells the partition, for
    /// it may not be enabled everywhere.
    pub(crate) fn home_region<'a>(&self, configured: Option<&'a str>) -> &'a str {
        let wanted = self
            .region
            .first()
            .map(|region| partition::of_region(region));
        configured
            .filter(|region| wanted.is_none_or(|it| it == partition::of_region(region)))
            .unwrap_or_else(|| partition::home_region(wanted.unwrap_or("aws")))
    }

    /// Budgets of the run.
    pub(crate) fn limits(&self) -> Limits {
        let standard = Limits::default();
        let (connect, read) = self.timeouts();
        Limits {
            in_flight: self.concurrency.map_or(standard.in_flight, usize::from),
            in_flight_per_account: self
                .concurrency_per_account
                .map_or(standard.in_flight_per_account, usize::from),
            deadline: self.deadline.map_or(standard.deadline, Duration::from_secs),
            attempt_timeout: connect + read,
            ..standard
        }
    }

    /// How calls are made once it is known where to.
    pub(crate) fn calling(&self) -> Calling {
        Calling {
            profile: self.profile.first().cloned(),
            concurrency: self.concurrency,
            deadline: self.deadline,
        }
    }

    /// Longest waits for a connection and for an answer.
    pub(crate) fn timeouts(&self) -> (Duration, Duration) {
        (
            Duration::from_secs(self.connect_timeout.unwrap_or(3)),
            Duration::from_secs(self.read_timeout.unwrap_or(10)),
        )
    }

    fn selection(&self) -> Result<AccountSelection, Failure> {
        let names_accounts = self.organization
            || self.accounts.is_some()
            || !(self.account.is_empty() && self.bucket_account.is_empty());
        if self.role_name.is_some() && !names_accounts {
            return Err(Failure::usage("--role-name has no account to act on")
                .hint("add --organization, --account or --accounts; the caller's own account is read without it"));
        }
        if self.organization {
            if !self.account.is_empty() {
                return Err(
                    Failure::usage("--account and --organization cannot be used together")
                        .hint("--include-unit and --exclude-unit narrow the organisation down"),
                );
            }
            return Ok(AccountSelection::Organization {
                include_units: self.include_unit.clone(),
                exclude_units: self.exclude_unit.clone(),
            });
        }
        let mut listed = self.account.clone();
        if let Some(path) = &self.accounts {
            listed.extend(read_accounts(path)?);
        }
        listed.sort();
        listed.dedup();
        Ok(if listed.is_empty() {
            AccountSelection::Own
        } else {
            AccountSelection::Listed(listed)
        })
    }
}

fn read_accounts(path: &Path) -> Result<Vec<String>, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    let accounts = text
        .lines()
        .enumerate()
        .map(|(index, line)| (index, line.split('#').next().unwrap_or_default().trim()))
        .filter(|(_, line)| !line.is_empty())
        .map(|(index, line)| {
            account_id(line)
                .map_err(|why| Failure::usage(format!("{}:{}: {why}", path.display(), index + 1)))
        })
        .collect::<Result<Vec<_>, _>>()?;
    if accounts.is_empty() {
        // Auditing the caller's account instead would look like success.
        return Err(
            Failure::usage(format!("{} names no account", path.display()))
                .hint("one account id a line is expected"),
        );
    }
    Ok(accounts)
}

/// A role name goes into ARNs: a name, perhaps with a path before it, and no ARN itself.
pub(super) fn role_name(text: &str) -> Result<String, String> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@_-/".contains(&byte);
    if !text.is_empty() && text.len() <= 512 && text.bytes().all(fits) && !text.starts_with('/') {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is not a role name: give it without account and ARN, like OrganizationAccountAccessRole"
        ))
    }
}

pub(super) fn account_id(text: &str) -> Result<String, String> {
    if text.len() == 12 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(format!(
            "`{text}` is not an account id: twelve digits are expected"
        ))
    }
}

/// A region name goes into host names: nothing but what regions are made of.
pub(super) fn region(text: &str) -> Result<String, String> {
    if !text.is_empty()
        && text.len() <= 32
        && text
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    {
        Ok(text.to_owned())
    } else {
        Err(format!("`{text}` is not a region name like eu-west-1"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use clap::Parser;

    use super::Collecting;

    #[derive(Debug, Parser)]
    struct Typed {
        #[command(flatten)]
        collecting: Collecting,
    }

    #[track_caller]
    fn check(typed: &[&str], configured: Option<&str>, expected: &str) {
        let words = std::iter::once("flowcover").chain(typed.iter().copied());
        let collecting = Typed::try_parse_from(words).unwrap().collecting;
        assert_eq!(collecting.home_region(configured), expected, "{typed:?}");
    }

    #[test]
    fn the_run_starts_in_the_configured_region_of_the_partition_that_is_audited() {
        check(&[], None, "us-east-1");
        check(&[], Some("eu-west-1"), "eu-west-1");
        let gulf = ["--region", "me-south-1", "--region", "eu-west-1"];
        check(&gulf, None, "us-east-1");
        check(&gulf, Some("eu-west-1"), "eu-west-1");
        check(&["--region", "cn-northwest-1"], None, "cn-north-1");
        check(
            &["--region", "cn-northwest-1"],
            Some("eu-west-1"),
            "cn-north-1",
        );
    }
}
