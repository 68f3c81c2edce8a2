//! VPCs with a fault each, named for what they show.

use super::super::super::policies;
use super::{
    CENTRAL_BUCKET, DATA, Demo, FRANKFURT, IRELAND, LEARNING, OREGON, PAYMENTS, Place, STAGING,
    TOOLS, VIRGINIA,
};
use crate::FlowLogRequest;

const FLOW_LOGS: &str = "vpc-flow-logs.amazonaws.com";
const REFUSING_BUCKET: &str = "tools-flow-logs-999900001111";
const OPEN_BUCKET: &str = "data-exports-777788889999";
const LOCKED_BUCKET: &str = "tools-build-logs-999900001111";

impl Demo {
    pub(super) fn troubled(&mut self) {
        self.roles();
        self.staging();
        self.tools();
        self.payments();
        self.data();
        self.learning();
    }

    /// Roles that are wrong in the ways in which published recipes are wrong.
    fn roles(&mut self) {
        let world = &mut self.world;
        let any_group = |account: &str| format!("arn:aws:logs:*:{account}:log-group:/vpc/*");
        let deliver = policies::deliver_to(&any_group(STAGING), false);
        let wrong = policies::trust_service("ec2.amazonaws.com", None);
        world
            .create_role(STAGING, "flow-logs-for-ec2", &wrong)
            .expect(policies::WELL_FORMED);
        world
            .put_role_policy(STAGING, "flow-logs-for-ec2", "deliver", &deliver)
            .expect(policies::WELL_FORMED);

        let trust = policies::trust_service(FLOW_LOGS, Some(STAGING));
        let group = format!("arn:aws:logs:{OREGON}:{STAGING}:log-group:/vpc/narrow");
        world
            .create_role(STAGING, "flow-logs-narrow", &trust)
            .expect(policies::WELL_FORMED);
        let narrow = policies::deliver_to(&group, false);
        world
            .put_role_policy(STAGING, "flow-logs-narrow", "deliver", &narrow)
            .expect(policies::WELL_FORMED);

        let open = policies::trust_service(FLOW_LOGS, None);
        world
            .create_role(DATA, "flow-logs-admin", &open)
            .expect(policies::WELL_FORMED);
        let administrator = "arn:aws:iam::aws:policy/AdministratorAccess";
        world
            .create_managed_policy(administrator, policies::ADMINISTRATOR)
            .expect(policies::WELL_FORMED);
        world.attach_role_policy(DATA, "flow-logs-admin", administrator);
        world.advance(60);
    }

    /// A VPC with a group and a flow log to it. Returns the id of the flow log.
    fn grouped(&mut self, place: Place, name: &str, role: &str, traffic: &str) -> String {
        let vpc_id = self.world.add_workload_vpc(place.0, place.1, name);
        let group = format!("/vpc/{name}");
        self.world
            .create_log_group(place.0, place.1, &group, Some(400));
        self.record_to_group(place, &vpc_id, &group, role, traffic)
    }

    fn staging(&mut self) {
        self.world
            .add_workload_vpc(STAGING, VIRGINIA, "preview-environments");
        self.grouped((STAGING, IRELAND), "accept-only", "vpc-flow-logs", "ACCEPT");
        self.grouped((STAGING, OREGON), "wrong-trust", "flow-logs-for-ec2", "ALL");
        self.grouped((STAGING, OREGON), "narrow", "flow-logs-narrow", "ALL");
    }

    fn tools(&mut self) {
        self.grouped((TOOLS, IRELAND), "wiki", "vpc-flow-logs", "ALL");
        for (bucket, name) in [
            (REFUSING_BUCKET, "intranet"),
            (LOCKED_BUCKET, "build-agents"),
        ] {
            self.world.create_bucket(TOOLS, IRELAND, bucket);
            let policy = policies::bucket_for_account(bucket, TOOLS);
            self.world
                .put_bucket_policy(bucket, &policy)
                .expect(policies::WELL_FORMED);
            let vpc_id = self.world.add_workload_vpc(TOOLS, IRELAND, name);
            self.record_to_bucket((TOOLS, IRELAND), &vpc_id, bucket);
        }
        let vpc_id = self.world.add_workload_vpc(TOOLS, VIRGINIA, "reports");
        let stream = self
            .world
            .create_delivery_stream(TOOLS, VIRGINIA, "flow-logs-to-siem");
        let request = FlowLogRequest {
            resource_ids: vec![vpc_id],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_destination_type: Some("kinesis-data-firehose".to_owned()),
            log_destination: Some(stream),
            ..FlowLogRequest::default()
        };
        self.create(TOOLS, VIRGINIA, &request);
        self.world
            .add_workload_vpc(TOOLS, VIRGINIA, "sandbox-experiments");
        let recorded = self.world.add_workload_vpc(TOOLS, IRELAND, "sandbox-lab");
        self.record_to_bucket((TOOLS, IRELAND), &recorded, CENTRAL_BUCKET);
    }

    /// Flow logs below VPC level.
    fn payments(&mut self) {
        let place = (PAYMENTS, FRANKFURT);
        for (name, logged) in [("card-vault", 2), ("ledger", 1)] {
            let vpc_id = self.world.add_vpc(PAYMENTS, FRANKFURT, name);
            for number in 0..2 {
                let subnet_id = self.world.add_subnet(PAYMENTS, FRANKFURT, &vpc_id);
                self.world.add_interface(PAYMENTS, FRANKFURT, &subnet_id);
                if number < logged {
                    self.record_to_bucket(place, &subnet_id, CENTRAL_BUCKET);
                }
            }
        }
        let vpc_id = self.world.add_vpc(PAYMENTS, FRANKFURT, "terminals");
        let subnet_id = self.world.add_subnet(PAYMENTS, FRANKFURT, &vpc_id);
        for _ in 0..2 {
            let eni = self.world.add_interface(PAYMENTS, FRANKFURT, &subnet_id);
            self.record_to_bucket(place, &eni, CENTRAL_BUCKET);
        }
        let vpc_id = self
            .world
            .add_workload_vpc(PAYMENTS, VIRGINIA, "recorded-twice");
        let group = "/vpc/recorded-twice";
        self.world
            .create_log_group(PAYMENTS, VIRGINIA, group, Some(400));
        let place = (PAYMENTS, VIRGINIA);
        self.record_to_bucket(place, &vpc_id, CENTRAL_BUCKET);
        self.record_to_group(place, &vpc_id, group, "vpc-flow-logs", "ALL");
        let hostile = "<script>alert(1)</script>";
        let vpc_id = self.world.add_workload_vpc(PAYMENTS, IRELAND, hostile);
        self.record_to_bucket((PAYMENTS, IRELAND), &vpc_id, CENTRAL_BUCKET);
    }

    fn data(&mut self) {
        let place = (DATA, OREGON);
        self.world
            .create_log_group(DATA, OREGON, "/vpc/all-together", Some(400));
        for name in ["warehouse", "marts"] {
            let vpc_id = self.world.add_workload_vpc(DATA, OREGON, name);
            self.record_to_group(place, &vpc_id, "/vpc/all-together", "vpc-flow-logs", "ALL");
        }
        let vpc_id = self.world.add_workload_vpc(DATA, OREGON, "ingest");
        self.world
            .create_log_group(DATA, OREGON, "/vpc/ingest", None);
        self.record_to_group(place, &vpc_id, "/vpc/ingest", "vpc-flow-logs", "ALL");
        let world = &mut self.world;
        world.create_bucket(DATA, OREGON, OPEN_BUCKET);
        world
            .put_bucket_policy(
                OPEN_BUCKET,
                &policies::bucket_open_to_everyone(OPEN_BUCKET, DATA),
            )
            .expect(policies::WELL_FORMED);
        world.delete_public_access_block(OPEN_BUCKET);
        let vpc_id = world.add_workload_vpc(DATA, OREGON, "exports");
        self.record_to_bucket(place, &vpc_id, OPEN_BUCKET);
        self.grouped(place, "notebooks", "flow-logs-admin", "ALL");
        self.world
            .add_workload_vpc(DATA, FRANKFURT, "=cmd|' /C calc'!A1");
        let vpc_id = self
            .world
            .add_workload_vpc(DATA, FRANKFURT, "old-warehouse");
        self.world
            .tag_vpc(DATA, FRANKFURT, &vpc_id, "flowcover:exempt", "migration");
    }

    fn learning(&mut self) {
        let place = (LEARNING, IRELAND);
        self.world.add_workload_vpc(LEARNING, FRANKFURT, "training");
        self.world.add_telemetry_rule(LEARNING, FRANKFURT, 400);
        let silent = self.grouped(place, "rendering", "vpc-flow-logs", "ALL");
        self.world
            .pin_delivery(LEARNING, IRELAND, &silent, None, Some("Access error"));
        // AWS says SUCCESS, and nothing has arrived: only a look for records shows it.
        let stalled = self.grouped(place, "stalled", "vpc-flow-logs", "ALL");
        self.world
            .pin_delivery(LEARNING, IRELAND, &stalled, Some("SUCCESS"), None);
        let old = self.grouped(place, "research-2016", "vpc-flow-logs", "ALL");
        self.world.answer_as_of_old(LEARNING, IRELAND, &old);
        self.world.add_vpc(LEARNING, OREGON, "empty");
        let unused = self.world.add_vpc(LEARNING, OREGON, "next-year");
        self.record_to_bucket((LEARNING, OREGON), &unused, CENTRAL_BUCKET);
    }

    /// What broke a while ago: AWS has noticed.
    pub(super) fn break_things(&mut self) {
        let world = &mut self.world;
        world.delete_log_group(TOOLS, IRELAND, "/vpc/wiki");
        let other = policies::bucket_for_account(REFUSING_BUCKET, LEARNING);
        world
            .put_bucket_policy(REFUSING_BUCKET, &other)
            .expect(policies::WELL_FORMED);
        let key = world
            .create_key(TOOLS, IRELAND, &policies::key_for_owner(TOOLS))
            .expect(policies::WELL_FORMED);
        world.encrypt_bucket(LOCKED_BUCKET, &key);
    }

    /// What broke just now: AWS still says SUCCESS.
    pub(super) fn break_things_lately(&mut self) {
        self.world
            .delete_delivery_stream(TOOLS, VIRGINIA, "flow-logs-to-siem");
    }
}
