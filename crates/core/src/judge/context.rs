//! Everything that a check may look at: the inventory indexed, and judged.

use std::collections::HashMap;

use super::coverage::{Coverage, Surveyor};
use super::delivery::{self, Delivery};
use super::exemptions::{ExemptionUse, Exemptions, Units};
use super::index::{FlowLogAt, Index, Presence, RegionIndex};
use super::traffic::Traffic;
use super::transit;
use super::verdict::{Answer, Case};
use crate::inventory::{Inventory, TransitGateway, Vpc};
use crate::policy::{Exemption, Policy, Subject};
use crate::verdict::{Basis, Verdict};

/// The answer on a VPC or transit gateway, exemptions applied.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The verdict.
    pub verdict: Verdict,
    /// The verdict without the exemption that applies.
    pub otherwise: Verdict,
    /// What it rests on.
    pub basis: Option<Basis>,
    /// Why.
    pub reason: String,
    /// The exemption that selects it, needed or not, as its place in the policy.
    pub exemption: Option<usize>,
}

/// One VPC.
#[derive(Debug)]
pub struct JudgedVpc<'a> {
    /// Its region, as a place in [`Index::regions`].
    pub region: usize,
    /// The VPC.
    pub vpc: &'a Vpc,
    /// Whether it has network interfaces.
    pub presence: Presence,
    /// How it is covered.
    pub coverage: Coverage<'a>,
    /// The answer.
    pub answer: Judged,
    /// The verdict in the owner's account, where it is shared and that account was audited.
    pub owner_verdict: Option<Verdict>,
}

/// One transit gateway.
#[derive(Debug)]
pub struct JudgedGateway<'a> {
    /// Its region, as a place in [`Index::regions`].
    pub region: usize,
    /// The transit gateway.
    pub gateway: &'a TransitGateway,
    /// The answer.
    pub answer: Judged,
}

/// What a flow log belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Home {
    /// A VPC, as a place in [`Context::vpcs`].
    Vpc(usize),
    /// A transit gateway, as a place in [`Context::transit_gateways`].
    TransitGateway(usize),
    /// Something that has no verdict, or a VPC that was not listed.
    Nowhere,
}

/// The inventory, indexed and judged.
#[derive(Debug)]
pub struct Context<'a> {
    /// All look-ups.
    pub index: Index<'a>,
    /// The policy.
    pub policy: &'a Policy,
    /// Delivery of every flow log, in the order of [`Index::flow_logs`].
    pub deliveries: Vec<Delivery>,
    /// Every VPC, by account, region and id.
    pub vpcs: Vec<JudgedVpc<'a>>,
    /// Every transit gateway, in the same order.
    pub transit_gateways: Vec<JudgedGateway<'a>>,
    /// What became of each exemption of the policy.
    pub exemptions: Vec<ExemptionUse>,
    /// What each flow log belongs to.
    pub homes: Vec<Home>,
    /// Flow logs by account, region and id, as places in the index.
    pub in_order: Vec<usize>,
}

impl<'a> Context<'a> {
    /// Indexes and judges an inventory.
    #[must_use]
    pub fn new(inventory: &'a Inventory, policy: &'a Policy) -> Self {
        let index = Index::new(inventory);
        let deliveries = delivery::judge_all(&index, policy);
        let mut exemptions = Exemptions::new(&index, policy);
        let mut vpcs = judge_vpcs(&index, policy, &deliveries, &mut exemptions);
        fill_owner_verdicts(&index, &mut vpcs);
        let transit_gateways = judge_gateways(&index, policy, &deliveries, &mut exemptions);
        let homes = homes(&index, &vpcs, &transit_gateways);
        let in_order = flow_logs_in_order(&index);
        let exemptions = exemptions.uses;
        Self {
            index,
            policy,
            deliveries,
            vpcs,
            transit_gateways,
            exemptions,
            homes,
            in_order,
        }
    }

    /// What was collected.
    #[must_use]
    pub fn inventory(&self) -> &'a Inventory {
        self.index.inventory
    }

    /// The region of a VPC.
    #[must_use]
    pub fn region(&self, place: usize) -> &RegionIndex<'a> {
        &self.index.regions[place]
    }

    /// The flow logs of a VPC, with their delivery, by id.
    pub fn flow_logs_of<'c>(
        &'c self,
        vpc: &'c JudgedVpc<'a>,
    ) -> impl Iterator<Item = (&'c FlowLogAt<'a>, &'c Delivery)> {
        let places = vpc.coverage.flow_logs.iter();
        places.map(|place| (&self.index.flow_logs[*place], &self.deliveries[*place]))
    }
}

fn homes(index: &Index<'_>, vpcs: &[JudgedVpc<'_>], gateways: &[JudgedGateway<'_>]) -> Vec<Home> {
    let mut homes = vec![Home::Nowhere; index.flow_logs.len()];
    for (place, gateway) in gateways.iter().enumerate() {
        let region = &index.regions[gateway.region].region.region;
        for flow_log in index.on_resource(region, &gateway.gateway.transit_gateway_id) {
            homes[*flow_log] = Home::TransitGateway(place);
        }
    }
    for (place, vpc) in vpcs.iter().enumerate() {
        for flow_log in &vpc.coverage.flow_logs {
            // A participant's flow log belongs to the VPC in the account that owns it, where that was audited.
            let owned = vpc.answer.otherwise != Verdict::NotOwned;
            if owned || homes[*flow_log] == Home::Nowhere {
                homes[*flow_log] = Home::Vpc(place);
            }
        }
    }
    homes
}

fn flow_logs_in_order(index: &Index<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = Vec::with_capacity(index.flow_logs.len());
    for place in in_order(index) {
        let mut of_region: Vec<usize> = index.regions[place].flow_logs.clone().collect();
        of_region.sort_by_key(|place| &index.flow_logs[*place].flow_log.flow_log_id);
        order.extend(of_region);
    }
    order
}

fn in_order(index: &Index<'_>) -> Vec<usize> {
    let mut order: Vec<usize> = (0..index.regions.len()).collect();
    order.sort_by_key(|place| {
        let region = index.regions[*place].region;
        (&region.account_id, &region.region)
    });
    order
}

fn judge_vpcs<'a>(
    index: &Index<'a>,
    policy: &'a Policy,
    deliveries: &[Delivery],
    exemptions: &mut Exemptions<'a>,
) -> Vec<JudgedVpc<'a>> {
    let asked = Traffic::asked(&policy.traffic_type.value);
    let units = Units::new(index);
    let mut judged = Vec::new();
    for place in in_order(index) {
        let region = &index.regions[place];
        let surveyor = Surveyor::new(index, region, deliveries, asked);
        let mut vpcs: Vec<&'a Vpc> = region.region.vpcs.items.iter().collect();
        vpcs.sort_by_key(|vpc| &vpc.vpc_id);
        for vpc in vpcs {
            let mut coverage = surveyor.survey(&vpc.vpc_id);
            coverage
                .flow_logs
                .sort_by_key(|place| &index.flow_logs[*place].flow_log.flow_log_id);
            let answer = Case {
                index,
                policy,
                deliveries,
                region,
                vpc,
                coverage: &coverage,
            }
            .answer();
            let subject = Subject {
                account_id: &region.region.account_id,
                organizational_units: units.above(&region.region.account_id),
                region: &region.region.region,
                id: &vpc.vpc_id,
                tags: &vpc.tags,
                name: vpc.name(),
            };
            judged.push(JudgedVpc {
                region: place,
                vpc,
                presence: region.presence_in_vpc(&vpc.vpc_id),
                coverage,
                answer: exempted(answer, &subject, exemptions, policy),
                owner_verdict: None,
            });
        }
    }
    judged
}

fn judge_gateways<'a>(
    index: &Index<'a>,
    policy: &'a Policy,
    deliveries: &[Delivery],
    exemptions: &mut Exemptions<'a>,
) -> Vec<JudgedGateway<'a>> {
    let units = Units::new(index);
    let mut judged = Vec::new();
    for place in in_order(index) {
        let region = &index.regions[place];
        let all = region.region.transit_gateways.items.iter();
        let mut gateways: Vec<_> = all
            .filter(|gateway| gateway.state.as_deref() != Some("deleted"))
            .collect();
        gateways.sort_by_key(|gateway| &gateway.transit_gateway_id);
        for gateway in gateways {
            let answer = transit::judge(index, deliveries, region, gateway);
            let subject = Subject {
                account_id: &region.region.account_id,
                organizational_units: units.above(&region.region.account_id),
                region: &region.region.region,
                id: &gateway.transit_gateway_id,
                tags: &gateway.tags,
                name: gateway.name(),
            };
            let answer = exempted(answer, &subject, exemptions, policy);
            judged.push(JudgedGateway {
                region: place,
                gateway,
                answer,
            });
        }
    }
    judged
}

fn exempted(
    answer: Answer,
    subject: &Subject<'_>,
    exemptions: &mut Exemptions<'_>,
    policy: &Policy,
) -> Judged {
    let Answer {
        verdict,
        basis,
        mut reason,
    } = answer;
    let needed = matches!(verdict, Verdict::NotRecorded | Verdict::Unknown);
    let exemption = exemptions.apply(subject, needed);
    let mut applied = verdict;
    if let Some(given) = exemption.map(|place| &policy.exemptions[place]) {
        if needed {
            applied = Verdict::Exempt;
            reason = exempt_reason(given, verdict, &reason);
        } else {
            reason = format!(
                "{reason}; the exemption at {}:{} is not needed",
                given.source, given.line
            );
        }
    }
    Judged {
        verdict: applied,
        otherwise: verdict,
        basis,
        reason,
        exemption,
    }
}

fn exempt_reason(exemption: &Exemption, otherwise: Verdict, reason: &str) -> String {
    format!(
        "exempt until {} ({}); otherwise {otherwise}: {reason}",
        exemption.until, exemption.reason
    )
}

fn fill_owner_verdicts(index: &Index<'_>, vpcs: &mut [JudgedVpc<'_>]) {
    if vpcs
        .iter()
        .all(|judged| judged.answer.otherwise != Verdict::NotOwned)
    {
        return;
    }
    let key = |judged: &JudgedVpc<'_>| (judged.region, judged.vpc.vpc_id.clone());
    let verdicts: HashMap<_, _> = vpcs
        .iter()
        .map(|judged| (key(judged), judged.answer.verdict))
        .collect();
    for judged in vpcs.iter_mut() {
        let Some(owner) = judged.vpc.owner_id.as_deref() else {
            continue;
        };
        if judged.answer.otherwise != Verdict::NotOwned {
            continue;
        }
        let region = &index.regions[judged.region].region.region;
        let verdict = index
            .region(owner, region)
            .and_then(|place| verdicts.get(&(place, judged.vpc.vpc_id.clone())));
        judged.owner_verdict = verdict.copied();
        let said = match verdict {
            Some(verdict) => format!("; the verdict there is {verdict}"),
            None => "; that account was not audited".to_owned(),
        };
        judged.answer.reason.push_str(&said);
    }
}
