//! The simulator behaves as AWS does: one test for each line of what is known of flow logs, and
//! of errors, regions and throttling, named after the line.

#![allow(clippy::unwrap_used)]

#[path = "aws_behaviour/changes.rs"]
mod changes;
#[path = "aws_behaviour/creation.rs"]
mod creation;
#[path = "aws_behaviour/delivery.rs"]
mod delivery;
#[path = "aws_behaviour/destinations.rs"]
mod destinations;
#[path = "aws_behaviour/errors.rs"]
mod errors;
#[path = "aws_behaviour/organization.rs"]
mod organization;
#[path = "aws_behaviour/resources.rs"]
mod resources;
#[path = "aws_behaviour/role.rs"]
mod role;
#[path = "aws_behaviour/throttling.rs"]
mod throttling;
#[path = "aws_behaviour/writes/mod.rs"]
mod writes;

use flowcover_cloud::simulator::{Simulator, World, policies};
use flowcover_cloud::{
    BatchResult, CloudError, CreateFlowLogs, DeleteFlowLogs, DescribeFlowLogs, Entry,
    FlowLogRequest, Operation, Page, Scope, ask,
};
use flowcover_core::inventory::FlowLog;

const ACCOUNT: &str = "111122223333";
const OTHER: &str = "444455556666";
const REGION: &str = "eu-west-1";
const FLOW_LOGS: &str = "vpc-flow-logs.amazonaws.com";
const BUCKET: &str = "records";
const GROUP: &str = "/vpc/main";

/// One account with a VPC in use, a role that may deliver, a group and a bucket.
struct Lab {
    simulator: Simulator,
    vpc_id: String,
    role_arn: String,
}

impl Lab {
    fn new() -> Self {
        let mut world = World::new(
            "2026-03-02T08:00:00Z".parse().unwrap(),
            &[REGION, "us-east-1"],
        );
        world.add_account(ACCOUNT, "one");
        world.add_account(OTHER, "two");
        let vpc_id = world.add_workload_vpc(ACCOUNT, REGION, "main");
        let trust = policies::trust_service(FLOW_LOGS, Some(ACCOUNT));
        let role_arn = world.create_role(ACCOUNT, "deliver", &trust).unwrap();
        let lab = policies::deliver_to("arn:aws:logs:*:111122223333:log-group:*", false);
        world
            .put_role_policy(ACCOUNT, "deliver", "deliver", &lab)
            .unwrap();
        world.create_log_group(ACCOUNT, REGION, GROUP, None);
        world.create_bucket(ACCOUNT, REGION, BUCKET);
        world
            .put_bucket_policy(BUCKET, &policies::bucket_for_account(BUCKET, ACCOUNT))
            .unwrap();
        world.advance(60);
        Self {
            simulator: Simulator::new(world),
            vpc_id,
            role_arn,
        }
    }

    async fn ask<O: Operation>(&self, operation: O) -> Result<O::Output, CloudError> {
        let scope = Scope::new(Entry::Caller, ACCOUNT, REGION);
        ask(&self.simulator, &scope, operation).await
    }

    /// All traffic of the VPC, to the group.
    fn to_group(&self) -> FlowLogRequest {
        FlowLogRequest {
            resource_ids: vec![self.vpc_id.clone()],
            resource_type: "VPC".to_owned(),
            traffic_type: Some("ALL".to_owned()),
            log_group_name: Some(GROUP.to_owned()),
            deliver_logs_permission_arn: Some(self.role_arn.clone()),
            ..FlowLogRequest::default()
        }
    }

    /// All traffic of the VPC, to the bucket.
    fn to_bucket(&self) -> FlowLogRequest {
        FlowLogRequest {
            log_group_name: None,
            deliver_logs_permission_arn: None,
            log_destination_type: Some("s3".to_owned()),
            log_destination: Some(format!("arn:aws:s3:::{BUCKET}")),
            ..self.to_group()
        }
    }

    async fn create(&self, flow_logs: FlowLogRequest) -> Result<BatchResult, CloudError> {
        self.ask(CreateFlowLogs { flow_logs }).await
    }

    /// Makes the one flow log that is asked for.
    async fn made(&self, flow_logs: FlowLogRequest) -> String {
        let mut result = self.create(flow_logs).await.unwrap();
        assert_eq!(result.unsuccessful, []);
        assert_eq!(result.flow_log_ids.len(), 1);
        result.flow_log_ids.remove(0)
    }

    /// Why the one flow log that is asked for is refused: `code: message`.
    async fn refused(&self, flow_logs: FlowLogRequest) -> String {
        match self.create(flow_logs).await {
            Err(error) => error.to_string(),
            Ok(result) => {
                assert_eq!(result.flow_log_ids, [""; 0]);
                let item = &result.unsuccessful[0];
                format!("{}: {}", item.code, item.message)
            }
        }
    }

    async fn delete(&self, ids: &[&str]) -> Result<BatchResult, CloudError> {
        let flow_log_ids = ids.iter().map(|&id| id.to_owned()).collect();
        self.ask(DeleteFlowLogs { flow_log_ids }).await
    }

    async fn flow_logs(&self) -> Vec<FlowLog> {
        let page: Page<FlowLog> = self.ask(DescribeFlowLogs::default()).await.unwrap();
        assert_eq!(page.next_token, None);
        page.items
    }

    async fn flow_log(&self, id: &str) -> FlowLog {
        let found = self.flow_logs().await;
        found.into_iter().find(|log| log.flow_log_id == id).unwrap()
    }

    /// What `DescribeFlowLogs` reports of a delivery: status and error message.
    async fn delivery(&self, id: &str) -> (String, String) {
        let log = self.flow_log(id).await;
        let status = log.deliver_logs_status.map(|it| it.as_str().to_owned());
        let message = log.deliver_logs_error_message;
        (status.unwrap_or_default(), message.unwrap_or_default())
    }

    async fn succeeds(&self, id: &str) -> bool {
        self.delivery(id).await == ("SUCCESS".to_owned(), String::new())
    }

    async fn has_access_error(&self, id: &str) -> bool {
        self.delivery(id).await == ("FAILED".to_owned(), "Access error".to_owned())
    }

    fn advance(&self, seconds: u32) {
        self.simulator.world().advance(seconds);
    }
}
