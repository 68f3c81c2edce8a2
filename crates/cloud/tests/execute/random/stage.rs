//! Random organisations: what stands in them before.

use std::collections::BTreeSet;

use flowcover_cloud::FlowLogRequest;
use flowcover_cloud::simulator::{BatchFaults, World, policies};
use flowcover_core::inventory::FlowLog;
use proptest::prelude::*;

use super::super::plans::{CENTRAL, EAST, HUB, SHOP, WEB};
use super::fix::{ACCOUNTS, BUCKET_KEY, GROUP_KEY, REGIONS, SHARED_ROLE, STREAM, UNIT};

const SERVICE: &str = "vpc-flow-logs.amazonaws.com";

/// What stands on a VPC, or below it, or on a transit gateway.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Before {
    /// Nothing.
    Bare,
    /// Nothing, and no interface.
    Unused,
    /// A flow log that works.
    Well,
    /// One that records too little.
    Accepted,
    /// One whose role trusts the wrong service.
    Mistrusted,
    /// One whose group is gone.
    Missing,
    /// One whose role is gone.
    Roleless,
    /// One to a bucket that refuses.
    Refused,
    /// One to a bucket that is gone.
    Bucketless,
    /// One to a delivery stream that is gone.
    Streamless,
    /// One that delivers to a stream.
    Streaming,
}

impl Before {
    /// Whether AWS would not make that flow log again.
    pub(super) const fn is_lost_with_its_flow_log(self) -> bool {
        matches!(
            self,
            Self::Roleless | Self::Refused | Self::Bucketless | Self::Streamless
        )
    }
}

/// What of a VPC the flow log is on.
#[derive(Clone, Copy, Debug)]
pub(super) enum On {
    Vpc,
    Subnets,
    OneSubnet,
    Interfaces,
    OneInterface,
}

/// A VPC or transit gateway, in an account and a region, given by number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Thing {
    pub(super) account: usize,
    pub(super) region: usize,
    pub(super) before: Before,
    pub(super) on: On,
    pub(super) gateway: bool,
}

#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) things: Vec<Thing>,
    /// Whether a batch of which one item is refused fails as a whole.
    pub(super) whole_batches: bool,
}

pub(super) fn stages() -> impl Strategy<Value = Stage> {
    use Before as B;
    let before = prop::sample::select(vec![
        B::Bare,
        B::Bare,
        B::Unused,
        B::Well,
        B::Accepted,
        B::Mistrusted,
        B::Missing,
        B::Roleless,
        B::Refused,
        B::Bucketless,
        B::Streamless,
        B::Streaming,
    ]);
    let on = prop::sample::select(vec![
        On::Vpc,
        On::Vpc,
        On::Vpc,
        On::Subnets,
        On::OneSubnet,
        On::Interfaces,
        On::OneInterface,
    ]);
    let thing = (
        0..3_usize,
        0..2_usize,
        before,
        on,
        prop::bool::weighted(0.15),
    )
        .prop_map(|(account, region, before, on, gateway)| Thing {
            account,
            region,
            before,
            on,
            gateway,
        });
    (prop::collection::vec(thing, 1..7), any::<bool>()).prop_map(|(things, whole_batches)| Stage {
        things,
        whole_batches,
    })
}

/// The world, and the names of what is somebody's there.
pub(super) fn world(stage: &Stage) -> (World, BTreeSet<String>) {
    let mut world = World::new("2026-03-02T08:00:00Z".parse().unwrap(), &REGIONS);
    for id in ACCOUNTS {
        world.add_account(id, "account");
    }
    let root = world.make_organization("o-example", HUB);
    world.add_unit(&root, UNIT, &[WEB, SHOP]);
    for id in [WEB, SHOP] {
        world
            .create_role(id, "FlowcoverWrite", &policies::trust_account(HUB))
            .unwrap();
    }
    world.create_bucket(HUB, EAST, CENTRAL);
    world
        .put_bucket_policy(CENTRAL, &policies::bucket_for_account(CENTRAL, HUB))
        .unwrap();
    let mut names = BTreeSet::from([SHARED_ROLE.to_owned(), "FlowcoverWrite".to_owned()]);
    for account in ACCOUNTS {
        make_role(&mut world, account, SHARED_ROLE, SERVICE, "*");
        for region in REGIONS {
            furnish(&mut world, account, region);
        }
    }
    if stage.whole_batches {
        world.batch_faults = BatchFaults::Error;
    }
    for (number, thing) in stage.things.iter().enumerate() {
        let log = Old {
            account: ACCOUNTS[thing.account],
            region: REGIONS[thing.region],
            number,
            before: thing.before,
        };
        names.extend(log.names());
        log.add(&mut world, thing);
    }
    world.advance(7200);
    (world, names)
}

/// What `[fix]` may name: keys and a delivery stream.
fn furnish(world: &mut World, account: &str, region: &str) {
    let groups = format!("logs.{region}.amazonaws.com");
    let buckets = "delivery.logs.amazonaws.com".to_owned();
    for (alias, service) in [(GROUP_KEY, groups), (BUCKET_KEY, buckets)] {
        let policy = policies::key_for_service(account, &service);
        let key = world.create_key(account, region, &policy).unwrap();
        world.create_alias(&key, alias);
    }
    world.create_delivery_stream(account, region, STREAM);
}

fn make_role(world: &mut World, account: &str, name: &str, service: &str, to: &str) -> String {
    let trust = policies::trust_service(service, Some(account));
    let arn = world.create_role(account, name, &trust).unwrap();
    let policy = policies::deliver_to(to, false);
    world
        .put_role_policy(account, name, "deliver", &policy)
        .unwrap();
    arn
}

/// A flow log that stands there before.
struct Old<'a> {
    account: &'a str,
    region: &'a str,
    number: usize,
    before: Before,
}

impl Old<'_> {
    fn role(&self) -> String {
        format!("deliver-{}", self.number)
    }

    fn group(&self) -> String {
        format!("/records/{}", self.number)
    }

    fn bucket(&self) -> String {
        format!("theirs-{}", self.number)
    }

    /// Of what stands there once it is made.
    fn names(&self) -> impl Iterator<Item = String> {
        let (before, role, group) = (self.before, self.role(), self.group());
        let gone = match before {
            Before::Missing => Some(group.clone()),
            Before::Roleless => Some(role.clone()),
            Before::Bucketless => Some(self.bucket()),
            _ => None,
        };
        let names = [role, group, self.bucket()].into_iter();
        names.filter(move |name| Some(name) != gone.as_ref())
    }

    fn add(&self, world: &mut World, thing: &Thing) {
        let (account, region) = (self.account, self.region);
        let name = format!("thing-{}", self.number);
        if thing.gateway {
            let id = world.add_transit_gateway(account, region, &name);
            return self.record(world, "TransitGateway", &[id]);
        }
        let vpc_id = world.add_vpc(account, region, &name);
        let (mut subnets, mut interfaces) = (Vec::new(), Vec::new());
        if thing.before != Before::Unused {
            for _ in 0..2 {
                let subnet = world.add_subnet(account, region, &vpc_id);
                interfaces.push(world.add_interface(account, region, &subnet));
                subnets.push(subnet);
            }
        }
        match thing.on {
            On::Vpc => self.record(world, "VPC", &[vpc_id]),
            On::Subnets => self.record(world, "Subnet", &subnets),
            On::OneSubnet => self.record(world, "Subnet", subnets.get(..1).unwrap_or_default()),
            On::Interfaces => self.record(world, "NetworkInterface", &interfaces),
            On::OneInterface => {
                let one = interfaces.get(..1).unwrap_or_default();
                self.record(world, "NetworkInterface", one);
            }
        }
    }

    fn record(&self, world: &mut World, kind: &str, on: &[String]) {
        use Before as B;
        match self.before {
            B::Bare | B::Unused => {}
            B::Refused | B::Bucketless => self.to_bucket(world, kind, on),
            B::Streaming | B::Streamless => self.to_stream(world, kind, on),
            _ => self.to_group(world, kind, on),
        }
    }

    fn traffic(&self, kind: &str) -> Option<String> {
        let traffic = match self.before {
            Before::Accepted => "ACCEPT",
            _ => "ALL",
        };
        (kind != "TransitGateway").then(|| traffic.to_owned())
    }

    fn request(&self, kind: &str, on: &[String]) -> FlowLogRequest {
        FlowLogRequest {
            resource_ids: on.to_vec(),
            resource_type: kind.to_owned(),
            traffic_type: self.traffic(kind),
            ..FlowLogRequest::default()
        }
    }

    fn make(&self, world: &mut World, request: &FlowLogRequest) {
        let (account, region) = (self.account, self.region);
        let made = world.create_flow_logs(account, region, request).unwrap();
        assert_eq!(made.unsuccessful, []);
    }

    fn to_group(&self, world: &mut World, kind: &str, on: &[String]) {
        let (account, region) = (self.account, self.region);
        let service = match self.before {
            Before::Mistrusted => "ec2.amazonaws.com",
            _ => SERVICE,
        };
        let (role, group) = (self.role(), self.group());
        let group_arn = format!("arn:aws:logs:{region}:{account}:log-group:{group}:*");
        let role_arn = make_role(world, account, &role, service, &group_arn);
        world.create_log_group(account, region, &group, Some(365));
        world.advance(60);
        let request = FlowLogRequest {
            log_group_name: Some(group.clone()),
            deliver_logs_permission_arn: Some(role_arn),
            ..self.request(kind, on)
        };
        self.make(world, &request);
        match self.before {
            Before::Missing => world.delete_log_group(account, region, &group),
            Before::Roleless => world.delete_role(account, &role),
            _ => {}
        }
    }

    fn to_stream(&self, world: &mut World, kind: &str, on: &[String]) {
        let (account, region) = (self.account, self.region);
        let name = format!("theirs-{}", self.number);
        let arn = world.create_delivery_stream(account, region, &name);
        let request = FlowLogRequest {
            log_destination_type: Some("kinesis-data-firehose".to_owned()),
            log_destination: Some(arn),
            ..self.request(kind, on)
        };
        self.make(world, &request);
        if self.before == Before::Streamless {
            world.delete_delivery_stream(account, region, &name);
        }
    }

    /// AWS refuses to make such a flow log: the bucket was another one then.
    fn to_bucket(&self, world: &mut World, kind: &str, on: &[String]) {
        let (account, region) = (self.account, self.region);
        if self.before == Before::Refused {
            world.create_bucket(account, region, &self.bucket());
        }
        for id in on {
            let log = FlowLog {
                resource_id: Some(id.clone()),
                traffic_type: self.traffic(kind).as_deref().map(Into::into),
                flow_log_status: Some("ACTIVE".to_owned()),
                log_destination_type: Some("s3".into()),
                log_destination: Some(format!("arn:aws:s3:::{}", self.bucket())),
                log_format: Some(flowcover_record::LogFormat::default().to_string()),
                max_aggregation_interval: Some(60),
                creation_time: Some(world.now()),
                ..FlowLog::default()
            };
            world.put_flow_log(account, region, log);
        }
    }
}
