//! Flow logs that stand in a random organisation before, as somebody made them and something befell them since.

use flowcover_cloud::FlowLogRequest;
use flowcover_cloud::simulator::{World, policies};
use flowcover_core::inventory::FlowLog;

use super::stage::{Before, On, Thing};

/// Who delivers.
pub(super) const SERVICE: &str = "vpc-flow-logs.amazonaws.com";

pub(super) fn make_role(
    world: &mut World,
    account: &str,
    name: &str,
    service: &str,
    to: &str,
) -> String {
    let trust = policies::trust_service(service, Some(account));
    let arn = world.create_role(account, name, &trust).unwrap();
    let policy = policies::deliver_to(to, false);
    world
        .put_role_policy(account, name, "deliver", &policy)
        .unwrap();
    arn
}

/// A flow log that stands there before.
pub(super) struct Old<'a> {
    pub(super) account: &'a str,
    pub(super) region: &'a str,
    pub(super) number: usize,
    pub(super) before: Before,
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
    pub(super) fn names(&self) -> impl Iterator<Item = String> {
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

    pub(super) fn add(&self, world: &mut World, thing: &Thing) {
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
