//! The organisation that the canned AWS answers for, and the calls that an audit of it takes.

use std::time::Duration;

/// Accounts that Organizations gives on one page at most (`ListAccounts`, `MaxResults`).
pub(super) const ACCOUNTS_PER_PAGE: usize = 20;

/// Largest page of EC2's `Describe…` calls; a region of the canned AWS never has more.
const MOST_VPCS: usize = 1000;

/// Regions of the partition `aws`; the first 17 are enabled in every account by default.
const REGIONS: [&str; 28] = [
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
    "ap-south-1",
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "eu-north-1",
    "sa-east-1",
    "af-south-1",
    "ap-east-1",
    "ap-south-2",
    "ap-southeast-3",
    "ap-southeast-4",
    "ca-west-1",
    "eu-central-2",
    "eu-south-1",
    "eu-south-2",
    "il-central-1",
    "me-south-1",
];

/// What the flow logs of an [`Organization`] lie on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FlowLogsOn {
    /// One on each VPC.
    Vpcs,
    /// One on each subnet; each VPC has one subnet.
    Subnets,
}

/// Accounts, each with the same regions, each of these with as many VPCs, all recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Organization {
    /// Accounts, the management account included.
    pub accounts: usize,
    /// Enabled regions of each account, 28 at most.
    pub regions: usize,
    /// VPCs in each region of each account, 1,000 at most.
    pub vpcs: usize,
    /// What the flow logs lie on.
    pub flow_logs_on: FlowLogsOn,
}

impl Organization {
    /// An organisation with a flow log on each VPC.
    #[must_use]
    pub const fn new(accounts: usize, regions: usize, vpcs: usize) -> Self {
        Self {
            accounts,
            regions,
            vpcs,
            flow_logs_on: FlowLogsOn::Vpcs,
        }
    }

    /// The same, with the flow logs on subnets.
    #[must_use]
    pub const fn with_flow_logs_on_subnets(self) -> Self {
        Self {
            flow_logs_on: FlowLogsOn::Subnets,
            ..self
        }
    }

    /// # Panics
    ///
    /// If it has no account, or more regions or VPCs than can be answered for.
    pub(super) fn check(self) {
        assert!(self.accounts > 0, "an organisation has an account");
        assert!(self.regions <= REGIONS.len(), "too many regions");
        assert!(self.vpcs <= MOST_VPCS, "more VPCs than fit a page");
    }

    /// All VPCs.
    #[must_use]
    pub const fn all_vpcs(self) -> usize {
        self.accounts * self.regions * self.vpcs
    }

    /// Account ids; the first is the management account.
    pub fn account_ids(self) -> impl Iterator<Item = String> {
        (0..self.accounts).map(account_id)
    }

    /// Names of the enabled regions.
    #[must_use]
    pub fn region_names(self) -> &'static [&'static str] {
        REGIONS.get(..self.regions).unwrap_or(&REGIONS)
    }

    /// Calls that nothing can be done without, one after the other: who the caller is, and
    /// in an organisation of several accounts which these are.
    #[must_use]
    pub const fn prologue(self) -> usize {
        let pages = self.accounts.div_ceil(ACCOUNTS_PER_PAGE);
        1 + if self.accounts > 1 { pages } else { 0 }
    }

    /// The calls after the prologue, by the stage that each account-region waits for: assume a
    /// role, list the regions, read the VPCs and flow logs, read the subnets.
    #[must_use]
    pub const fn stages(self) -> [usize; 4] {
        let places = self.accounts * self.regions;
        let below = match self.flow_logs_on {
            FlowLogsOn::Vpcs => 0,
            FlowLogsOn::Subnets => places,
        };
        [self.accounts - 1, self.accounts, 2 * places, below]
    }

    /// The fewest calls of an audit with `--depth delivery`.
    #[must_use]
    pub fn calls(self) -> usize {
        self.prologue() + self.stages().iter().sum::<usize>()
    }

    /// The least time of such an audit with that many calls in flight, if each call takes
    /// `latency` and everything else nothing.
    ///
    /// The calls of a stage and of all later ones cannot begin before one call of every earlier
    /// stage has ended: the longest of these bounds holds.
    #[must_use]
    pub fn critical_path(self, in_flight: usize, latency: Duration) -> Duration {
        let mut rounds = 0;
        let mut before = 0;
        let mut left: usize = self.stages().iter().sum();
        for calls in self.stages() {
            rounds = rounds.max(before + left.div_ceil(in_flight));
            before += usize::from(calls > 0);
            left -= calls;
        }
        let rounds = self.prologue() + rounds;
        latency * u32::try_from(rounds).unwrap_or(u32::MAX)
    }
}

fn account_id(index: usize) -> String {
    format!("{:012}", 111_111_111_111_u64 + index as u64)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(organization: Organization, calls: usize, rounds: u32) {
        let latency = Duration::from_millis(50);
        assert_eq!(organization.calls(), calls);
        assert_eq!(organization.critical_path(64, latency), latency * rounds);
    }

    #[test]
    fn calls_and_critical_path_follow_from_the_shape() {
        check(Organization::new(1, 17, 187), 36, 3);
        check(
            Organization::new(1, 17, 187).with_flow_logs_on_subnets(),
            53,
            4,
        );
        // 6 for the prologue, and 3,599 calls with 64 in flight.
        check(Organization::new(100, 17, 5), 3605, 6 + 57);
        // Fewer calls than may be in flight: the stages decide.
        check(Organization::new(2, 1, 1), 2 + 1 + 2 + 4, 2 + 3);
    }

    #[test]
    fn ids_are_twelve_digits_and_regions_are_known_by_name() {
        let organization = Organization::new(100, 17, 5);
        assert!(organization.account_ids().all(|id| id.len() == 12));
        assert_eq!(organization.region_names().len(), 17);
        assert_eq!(organization.region_names()[16], "sa-east-1");
        assert_eq!(organization.all_vpcs(), 8500);
    }
}
