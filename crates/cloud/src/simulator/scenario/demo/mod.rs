//! A made-up organisation that shows every verdict and nearly every check.

mod network;
mod troubled;
mod well;

use std::time::Duration;

use jiff::Timestamp;

use super::super::network::tags;
use super::super::{Matching, Simulator, World, policies};
use crate::FlowLogRequest;

/// The organisation's id.
const ORGANIZATION: &str = "o-4f7k2m9x1q";
const MANAGEMENT: &str = "111122223333";
const LOG_ARCHIVE: &str = "222233334444";
const SECURITY: &str = "333344445555";
const SHOP: &str = "444455556666";
const STAGING: &str = "555566667777";
const PAYMENTS: &str = "666677778888";
const DATA: &str = "777788889999";
const NETWORK: &str = "888899990000";
const TOOLS: &str = "999900001111";
const LEARNING: &str = "123412341234";
const SANDBOX: &str = "234523452345";
const CLOSED: &str = "345634563456";

const ACCOUNTS: [(&str, &str); 12] = [
    (MANAGEMENT, "management"),
    (LOG_ARCHIVE, "log-archive"),
    (SECURITY, "security"),
    (SHOP, "shop-production"),
    (STAGING, "shop-staging"),
    (PAYMENTS, "payments-production"),
    (DATA, "data-platform"),
    (NETWORK, "network"),
    (TOOLS, "internal-tools"),
    (LEARNING, "machine-learning"),
    (SANDBOX, "sandbox"),
    (CLOSED, "legacy-billing"),
];

const VIRGINIA: &str = "us-east-1";
const OREGON: &str = "us-west-2";
const IRELAND: &str = "eu-west-1";
const FRANKFURT: &str = "eu-central-1";
/// Closed by a service control policy for two accounts.
const SYDNEY: &str = "ap-southeast-2";
/// Its endpoint does not answer.
const SAO_PAULO: &str = "sa-east-1";
/// Nobody opted in.
const BAHRAIN: &str = "me-south-1";

const ACCESS_ROLE: &str = "OrganizationAccountAccessRole";
const CENTRAL_BUCKET: &str = "org-flow-logs-222233334444";

/// The organisation of `flowcover demo`: twelve accounts in three units, seven regions, about eighty VPCs,
/// most of them well recorded.
///
/// It is entered from the management account through the role `OrganizationAccountAccessRole`. The account
/// `sandbox` refuses that role, `legacy-billing` is suspended. `ap-southeast-2` is closed to two accounts by a service
/// control policy, the endpoint of `sa-east-1` cannot be reached, and in `us-west-2` the account `security` may
/// not read its flow logs.
///
/// VPCs named `sandbox-*` (in `internal-tools`) are meant to be exempt; one of them is recorded
/// all the same. The VPC tagged `flowcover:exempt` = `migration` (in `data-platform`) is meant to be exempt by its tag.
#[must_use]
pub fn demo() -> Simulator {
    let now: Timestamp = "2026-03-02T08:00:00Z"
        .parse()
        .expect("the text is a timestamp");
    let mut demo = Demo {
        world: World::new(
            now,
            &[
                VIRGINIA, OREGON, IRELAND, FRANKFURT, SYDNEY, SAO_PAULO, BAHRAIN,
            ],
        ),
    };
    demo.open_accounts();
    demo.organize();
    demo.central_bucket();
    demo.well_recorded();
    demo.networks();
    demo.troubled();
    demo.world.advance(3600);
    demo.break_things();
    demo.world.advance(3600);
    demo.break_things_lately();
    demo.faults();
    Simulator::new(demo.world)
}

struct Demo {
    world: World,
}

impl Demo {
    fn open_accounts(&mut self) {
        for (id, name) in ACCOUNTS {
            self.world.add_account(id, name);
            self.world.disable_region(id, BAHRAIN);
            if id != SANDBOX {
                let trust = policies::trust_account(MANAGEMENT);
                self.world
                    .create_role(id, ACCESS_ROLE, &trust)
                    .expect(policies::WELL_FORMED);
            }
            self.delivery_role(id);
        }
        self.world.set_account_status(CLOSED, "SUSPENDED");
        // Roles take a while to spread.
        self.world.advance(60);
    }

    /// A role as AWS recommends it, for groups under `/vpc/`.
    fn delivery_role(&mut self, account_id: &str) {
        let trust = policies::trust_service("vpc-flow-logs.amazonaws.com", Some(account_id));
        let groups = format!("arn:aws:logs:*:{account_id}:log-group:/vpc/*");
        let document = policies::deliver_to(&groups, false);
        self.world
            .create_role(account_id, "vpc-flow-logs", &trust)
            .expect(policies::WELL_FORMED);
        self.world
            .put_role_policy(account_id, "vpc-flow-logs", "deliver", &document)
            .expect(policies::WELL_FORMED);
    }

    fn organize(&mut self) {
        let root = self.world.make_organization(ORGANIZATION, MANAGEMENT);
        let infrastructure =
            self.world
                .add_unit(&root, "Infrastructure", &[LOG_ARCHIVE, SECURITY, NETWORK]);
        let workloads = [SHOP, STAGING, PAYMENTS, DATA, TOOLS, LEARNING];
        self.world.add_unit(&root, "Workloads", &workloads);
        self.world.add_unit(&root, "Sandbox", &[SANDBOX, CLOSED]);
        self.control(&infrastructure, policies::PROTECT_FLOW_LOGS);
        for account in [PAYMENTS, DATA] {
            self.control(account, &policies::close_region(SYDNEY));
        }
    }

    fn control(&mut self, target_id: &str, policy: &str) {
        self.world
            .attach_control_policy(target_id, policy)
            .expect(policies::WELL_FORMED);
    }

    fn central_bucket(&mut self) {
        let world = &mut self.world;
        world.create_bucket(LOG_ARCHIVE, IRELAND, CENTRAL_BUCKET);
        let policy = policies::bucket_for_organization(CENTRAL_BUCKET, ORGANIZATION);
        world
            .put_bucket_policy(CENTRAL_BUCKET, &policy)
            .expect(policies::WELL_FORMED);
        let key = world
            .create_key(
                LOG_ARCHIVE,
                IRELAND,
                &policies::key_for_service(LOG_ARCHIVE, "delivery.logs.amazonaws.com"),
            )
            .expect(policies::WELL_FORMED);
        world.encrypt_bucket(CENTRAL_BUCKET, &key);
        world.expire_objects(CENTRAL_BUCKET, "", 400);
    }

    fn faults(&mut self) {
        let faults = &mut self.world.faults;
        faults.deny(
            Matching::action("ec2:DescribeFlowLogs")
                .in_account(SECURITY)
                .in_region(OREGON),
        );
        faults.delay(Matching::every_call(), Duration::from_millis(3));
        // Long enough to count as a time-out, which is not tried again.
        faults.cut_off(
            Matching::every_call().in_region(SAO_PAULO),
            Duration::from_secs(1),
        );
    }

    /// Makes flow logs that AWS must accept. Returns their ids.
    fn create(&mut self, account_id: &str, region: &str, request: &FlowLogRequest) -> Vec<String> {
        let result = self
            .world
            .create_flow_logs(account_id, region, request)
            .expect("the demo asks only for flow logs that AWS accepts");
        assert!(result.unsuccessful.is_empty(), "{:?}", result.unsuccessful);
        result.flow_log_ids
    }

    /// Records to a log group of the account through one of its roles. Returns the flow log's id.
    fn record_to_group(
        &mut self,
        place: Place,
        resource_id: &str,
        group: &str,
        role: &str,
        traffic: &str,
    ) -> String {
        let request = FlowLogRequest {
            resource_ids: vec![resource_id.to_owned()],
            resource_type: resource_type(resource_id).to_owned(),
            traffic_type: Some(traffic.to_owned()),
            log_group_name: Some(group.to_owned()),
            deliver_logs_permission_arn: Some(format!("arn:aws:iam::{}:role/{role}", place.0)),
            tags: tags(&[("managed-by", "platform-team")]),
            ..FlowLogRequest::default()
        };
        self.create(place.0, place.1, &request).swap_remove(0)
    }

    /// Records all traffic to a bucket. Returns the flow log's id.
    fn record_to_bucket(&mut self, place: Place, resource_id: &str, bucket: &str) -> String {
        let gateway = resource_id.starts_with("tgw-");
        let request = FlowLogRequest {
            resource_ids: vec![resource_id.to_owned()],
            resource_type: resource_type(resource_id).to_owned(),
            traffic_type: (!gateway).then(|| "ALL".to_owned()),
            log_destination_type: Some("s3".to_owned()),
            log_destination: Some(format!("arn:aws:s3:::{bucket}")),
            max_aggregation_interval: Some(60),
            tags: tags(&[("managed-by", "platform-team")]),
            ..FlowLogRequest::default()
        };
        self.create(place.0, place.1, &request).swap_remove(0)
    }
}

/// Account and region.
type Place = (&'static str, &'static str);

fn resource_type(resource_id: &str) -> &'static str {
    match resource_id.split('-').next() {
        Some("subnet") => "Subnet",
        Some("eni") => "NetworkInterface",
        Some("tgw") => "TransitGateway",
        _ => "VPC",
    }
}
