//! CloudWatch telemetry enablement rules: they make flow logs by themselves, to CloudWatch Logs only
//! (CloudWatch User Guide, "Telemetry enablement rules").

use std::collections::BTreeMap;

use flowcover_core::inventory::{DeliverLogsStatus, FlowLog, LogDestinationType, TrafficType};

use super::World;
use super::network::tags;
use super::policies;

/// Tag of the flow logs that a rule made.
pub const MANAGED_TAG: &str = "CloudWatchTelemetryRuleManaged";

/// Group that the rules of these worlds deliver to.
const GROUP: &str = "/aws/vpcflow/telemetry";

/// Role that the rules of these worlds deliver through.
const ROLE: &str = "vpc-flow-logs-telemetry";

/// Account and region → how many days records are kept.
pub(super) type Rules = BTreeMap<(String, String), u32>;

impl World {
    /// Puts a rule for flow logs on all VPCs of a region. It acts whenever time passes.
    pub fn add_telemetry_rule(&mut self, account_id: &str, region: &str, retention_in_days: u32) {
        let trust = policies::trust_service("vpc-flow-logs.amazonaws.com", Some(account_id));
        let groups = format!("arn:aws:logs:*:{account_id}:log-group:{GROUP}*");
        let document = policies::deliver_to(&groups, true);
        self.create_role(account_id, ROLE, &trust)
            .expect(policies::WELL_FORMED);
        self.put_role_policy(account_id, ROLE, "deliver", &document)
            .expect(policies::WELL_FORMED);
        let place = (account_id.to_owned(), region.to_owned());
        self.telemetry_rules.insert(place, retention_in_days);
    }

    /// Makes what the rules ask for and what is not there yet.
    pub(super) fn apply_telemetry_rules(&mut self) {
        for ((account_id, region), days) in self.telemetry_rules.clone() {
            if !self.has_log_group(&account_id, &region, GROUP) {
                self.create_log_group(&account_id, &region, GROUP, Some(days));
            }
            for vpc_id in self.vpc_ids(&account_id, &region) {
                if !self.has_managed(&account_id, &region, &vpc_id) {
                    let flow_log = self.managed_flow_log(&account_id, &region, vpc_id);
                    self.put_flow_log(&account_id, &region, flow_log);
                }
            }
        }
    }

    fn has_managed(&self, account_id: &str, region: &str, vpc_id: &str) -> bool {
        self.network(account_id, region).is_some_and(|network| {
            network.flow_logs.values().any(|state| {
                state.detail.resource_id.as_deref() == Some(vpc_id)
                    && state.detail.tags.contains_key(MANAGED_TAG)
            })
        })
    }

    fn managed_flow_log(&self, account_id: &str, region: &str, vpc_id: String) -> FlowLog {
        let group = format!("arn:aws:logs:{region}:{account_id}:log-group:{GROUP}");
        FlowLog {
            resource_id: Some(vpc_id),
            traffic_type: Some(TrafficType::All),
            flow_log_status: Some("ACTIVE".to_owned()),
            deliver_logs_status: Some(DeliverLogsStatus::Success),
            deliver_logs_permission_arn: Some(format!("arn:aws:iam::{account_id}:role/{ROLE}")),
            log_destination_type: Some(LogDestinationType::CloudWatchLogs),
            log_destination: Some(group),
            log_group_name: Some(GROUP.to_owned()),
            max_aggregation_interval: Some(60),
            creation_time: Some(self.now),
            tags: tags(&[(MANAGED_TAG, "true")]),
            ..FlowLog::default()
        }
    }
}
