//! The report: every verdict and finding, as data. Its JSON form is a public interface.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::finding::Finding;
use crate::inventory::{Account, Depth, Gap, RegionStatus};
use crate::verdict::{Basis, CoveredBy, Verdict};

/// Version of the JSON form.
pub const SCHEMA: &str = "flowcover.report/1";

/// Everything that an audit says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct Report {
    /// Always [`SCHEMA`].
    pub schema: String,
    /// When the inventory was collected.
    pub generated_at: Timestamp,
    /// Version of flowcover.
    pub generator: String,
    /// AWS partition.
    pub partition: String,
    /// How deep collecting went.
    pub depth: Depth,
    /// Whether arrival of records was proved (`--prove`).
    pub proved: bool,
    /// Whether collecting was cut short.
    pub interrupted: bool,
    /// Preset and file that the policy came from.
    pub policy: PolicySummary,
    /// Counts of VPCs by verdict.
    pub summary: Summary,
    /// Accounts in scope.
    pub accounts: Vec<Account>,
    /// Ids of the accounts whose service control policies and AWS Config rules were all read: only
    /// there does it mean anything that `not-protected` found nothing.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub guard_rails_read: BTreeSet<String>,
    /// Every region of every account.
    pub regions: Vec<RegionReport>,
    /// Every VPC that was seen.
    pub vpcs: Vec<VpcReport>,
    /// Every transit gateway that was seen.
    pub transit_gateways: Vec<TransitGatewayReport>,
    /// Flow logs on regional NAT gateways, Cloud WAN, transit gateway attachments and what AWS added since: listed, without a verdict.
    pub other_flow_logs: Vec<OtherFlowLog>,
    /// Findings that belong to no VPC and no transit gateway.
    pub findings: Vec<Finding>,
    /// What could not be read, and why.
    pub gaps: Vec<Gap>,
    /// API calls made, by action.
    pub calls: BTreeMap<String, u64>,
    /// What changed since an earlier report, where one was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub changes: Option<Changes>,
}

impl Report {
    /// Every finding: of VPCs, of transit gateways, and the rest, in that order.
    pub fn all_findings(&self) -> impl Iterator<Item = &Finding> {
        let of_vpcs = self.vpcs.iter().flat_map(|vpc| &vpc.findings);
        let of_gateways = self
            .transit_gateways
            .iter()
            .flat_map(|gateway| &gateway.findings);
        of_vpcs.chain(of_gateways).chain(&self.findings)
    }
}

/// Where the policy came from, and what it asks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PolicySummary {
    /// Name of the preset it starts from.
    pub preset: String,
    /// File name as given, if there was one.
    #[serde(default)]
    pub file: Option<String>,
    /// Traffic type asked for: `REJECT` means REJECT or wider.
    pub traffic_type: String,
    /// `delivery-status` or `facts`.
    pub evidence: String,
    /// Checks that it switches off: they found nothing because they did not look.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks_off: Vec<String>,
}

/// Counts of VPCs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Summary {
    /// All VPCs seen.
    pub vpcs: u64,
    /// With verdict `recorded`.
    pub recorded: u64,
    /// With verdict `not-recorded`.
    pub not_recorded: u64,
    /// With verdict `unknown`.
    pub unknown: u64,
    /// With verdict `exempt`.
    pub exempt: u64,
    /// With verdict `not-owned`.
    pub not_owned: u64,
    /// Regions of accounts that were not read in full: VPCs may hide there.
    pub regions_not_collected: u64,
    /// All findings, by severity.
    pub findings: BTreeMap<crate::Severity, u64>,
}

/// One region of one account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RegionReport {
    /// The account.
    pub account_id: String,
    /// The region; `*` where they could not be listed.
    pub region: String,
    /// How well it could be read.
    pub status: RegionStatus,
}

/// One VPC.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct VpcReport {
    /// Account that was asked.
    pub account_id: String,
    /// Its region.
    pub region: String,
    /// `vpc-…`
    pub vpc_id: String,
    /// Account that owns it.
    pub owner_id: Option<String>,
    /// Tag `Name`.
    pub name: Option<String>,
    /// Whether AWS made it.
    pub is_default: Option<bool>,
    /// Whether it has a network interface; none where that was not read.
    pub in_use: Option<bool>,
    /// The answer.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    /// How flow logs reach it.
    pub covered_by: CoveredBy,
    /// What the answer rests on.
    pub basis: Option<Basis>,
    /// Flow logs on it, its subnets and its interfaces, whether they work or not.
    pub flow_log_ids: Vec<String>,
    /// Time of the newest record; only with `--prove`.
    #[serde(default)]
    pub last_record_at: Option<Timestamp>,
    /// The exemption that applies, if the verdict is `exempt`.
    #[serde(default)]
    pub exemption: Option<AppliedExemption>,
    /// The verdict in the owner's account, if this VPC is shared and that account was audited.
    #[serde(default)]
    pub owner_verdict: Option<Verdict>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// One transit gateway.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
pub struct TransitGatewayReport {
    /// Account that was asked.
    pub account_id: String,
    /// Its region.
    pub region: String,
    /// `tgw-…`
    pub transit_gateway_id: String,
    /// Account that owns it.
    pub owner_id: Option<String>,
    /// Tag `Name`.
    pub name: Option<String>,
    /// The answer.
    pub verdict: Verdict,
    /// Why, in one sentence.
    pub reason: String,
    /// What the answer rests on.
    pub basis: Option<Basis>,
    /// Flow logs on it.
    pub flow_log_ids: Vec<String>,
    /// The exemption that applies, if the verdict is `exempt`.
    #[serde(default)]
    pub exemption: Option<AppliedExemption>,
    /// What is wrong with it.
    pub findings: Vec<Finding>,
}

/// A flow log on something that has no verdict.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherFlowLog {
    /// The account.
    pub account_id: String,
    /// The region.
    pub region: String,
    /// `fl-…`
    pub flow_log_id: String,
    /// What it is attached to.
    pub resource_id: Option<String>,
}

/// Why a VPC is exempt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct AppliedExemption {
    /// The reason that the policy gives.
    pub reason: String,
    /// Last day on which it holds.
    pub until: String,
    /// Line of the policy file, from 1.
    pub line: Option<u32>,
    /// The verdict without it.
    pub otherwise: Verdict,
}

/// What changed since an earlier report.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Changes {
    /// When the earlier report was generated.
    pub since: Option<Timestamp>,
    /// Fingerprints of findings that are new.
    pub new: Vec<String>,
    /// Findings of the earlier report that are gone, as `check resource`.
    pub fixed: Vec<String>,
    /// Findings of the earlier report that can no longer be judged, because what they are about could not be read this time.
    pub not_checked: Vec<String>,
    /// Number of findings that stand in both.
    pub unchanged: u64,
    /// VPCs whose verdict changed.
    pub verdicts: Vec<VerdictChange>,
}

/// A VPC whose verdict changed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct VerdictChange {
    /// Account.
    pub account_id: String,
    /// Region.
    pub region: String,
    /// VPC.
    pub vpc_id: String,
    /// Before; none if it is new.
    pub before: Option<Verdict>,
    /// Now; none if it is gone.
    pub now: Option<Verdict>,
}
