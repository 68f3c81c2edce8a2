//! VPCs that are recorded as they should be: most of the organisation.

use super::{
    CENTRAL_BUCKET, DATA, Demo, FRANKFURT, IRELAND, LEARNING, LOG_ARCHIVE, MANAGEMENT, NETWORK,
    OREGON, PAYMENTS, SECURITY, SHOP, STAGING, SYDNEY, TOOLS, VIRGINIA,
};

/// Account, the regions that it works in, and the names of its VPCs there.
type Estate = (
    &'static str,
    &'static [&'static str],
    &'static [&'static str],
);

const TO_BUCKET: [Estate; 9] = [
    (
        SHOP,
        &[VIRGINIA, OREGON, IRELAND, FRANKFURT, SYDNEY],
        &["storefront", "checkout"],
    ),
    (
        PAYMENTS,
        &[VIRGINIA, IRELAND, FRANKFURT],
        &["acquiring", "settlement"],
    ),
    (DATA, &[VIRGINIA, IRELAND], &["streaming", "batch"]),
    (STAGING, &[VIRGINIA, IRELAND], &["storefront-staging"]),
    (LOG_ARCHIVE, &[IRELAND], &["archive"]),
    (SECURITY, &[VIRGINIA, IRELAND], &["scanners", "siem"]),
    (NETWORK, &[VIRGINIA, OREGON, IRELAND], &["egress"]),
    (TOOLS, &[IRELAND], &["directory", "monitoring"]),
    (LEARNING, &[VIRGINIA, OREGON], &["features", "serving"]),
];

const TO_GROUP: [Estate; 5] = [
    (SHOP, &[VIRGINIA, IRELAND], &["search"]),
    (PAYMENTS, &[VIRGINIA, IRELAND], &["fraud"]),
    (DATA, &[FRANKFURT], &["catalogue"]),
    (STAGING, &[OREGON], &["load-test"]),
    (TOOLS, &[VIRGINIA], &["mail", "vpn"]),
];

impl Demo {
    pub(super) fn well_recorded(&mut self) {
        for (account, regions, names) in TO_BUCKET {
            for &region in regions {
                for name in names {
                    let vpc_id = self.world.add_workload_vpc(account, region, name);
                    self.record_to_bucket((account, region), &vpc_id, CENTRAL_BUCKET);
                }
            }
        }
        for (account, regions, names) in TO_GROUP {
            for &region in regions {
                for name in names {
                    let vpc_id = self.world.add_workload_vpc(account, region, name);
                    let group = format!("/vpc/{name}");
                    self.world
                        .create_log_group(account, region, &group, Some(400));
                    self.record_to_group(
                        (account, region),
                        &vpc_id,
                        &group,
                        "vpc-flow-logs",
                        "ALL",
                    );
                }
            }
        }
        // Two default VPCs: one that somebody thought of, and one that nobody did.
        let vpc_id = self.world.add_default_vpc(DATA, VIRGINIA);
        self.record_to_bucket((DATA, VIRGINIA), &vpc_id, CENTRAL_BUCKET);
        self.world.add_default_vpc(MANAGEMENT, VIRGINIA);
    }
}
