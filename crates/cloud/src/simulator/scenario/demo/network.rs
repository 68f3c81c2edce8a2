//! What the network account shares with the others, and its transit gateways.

use super::{
    CENTRAL_BUCKET, Demo, IRELAND, LEARNING, NETWORK, OREGON, SECURITY, SHOP, STAGING, VIRGINIA,
};

impl Demo {
    pub(super) fn networks(&mut self) {
        let recorded = self
            .world
            .add_workload_vpc(NETWORK, IRELAND, "shared-services");
        self.record_to_bucket((NETWORK, IRELAND), &recorded, CENTRAL_BUCKET);
        self.world.share_vpc(NETWORK, IRELAND, &recorded, SHOP);
        self.world.share_vpc(NETWORK, IRELAND, &recorded, STAGING);
        let bare = self
            .world
            .add_workload_vpc(NETWORK, VIRGINIA, "shared-partners");
        self.world.share_vpc(NETWORK, VIRGINIA, &bare, LEARNING);

        let core = self.world.add_transit_gateway(NETWORK, IRELAND, "core");
        self.record_to_bucket((NETWORK, IRELAND), &core, CENTRAL_BUCKET);
        self.world
            .add_transit_gateway(NETWORK, VIRGINIA, "partners");

        // Recorded, but the account may not read its flow logs there.
        let unread = self.world.add_workload_vpc(SECURITY, OREGON, "forensics");
        self.record_to_bucket((SECURITY, OREGON), &unread, CENTRAL_BUCKET);

        for region in [IRELAND, VIRGINIA] {
            self.world
                .add_config_rule(NETWORK, region, "vpc-flow-logs", "VPC_FLOW_LOGS_ENABLED");
        }
    }
}
