//! The table of all fields: the one place where they are listed.

use crate::field::{Field, FieldKind::*, Scope::*};

macro_rules! fields {
    ($($version:literal { $($name:literal $parquet:literal $kind:ident $scope:ident $meaning:literal, $absent:expr;)* })*) => {
        &[$($(Field {
            name: $name,
            parquet_name: $parquet,
            kind: $kind,
            version: $version,
            meaning: $meaning,
            absent_when: $absent,
            scope: $scope,
        },)*)*]
    };
}

const NO_FLOW: Option<&str> = Some("no flow was recorded (`NODATA`, `SKIPDATA`)");
const NOT_TCP: Option<&str> = Some("not TCP");
const NOT_ECS: Option<&str> =
    Some("not an ECS task, or a task of another account in a shared subnet");
const NO_SUBLOCATION: Option<&str> = Some("not in an Outpost, a Local Zone or a Wavelength Zone");
const NOT_AWS: Option<&str> = Some("not an address of an AWS service");
const NO_TAG: Option<&str> =
    Some("no such tag, not permitted to read tags, or in the first hour of the flow log");
const NO_NEXT_HOP: Option<&str> = Some("the other end is no network interface that AWS can name");
const NOT_A_VPC: Option<&str> = Some("the attachment on that side is not a VPC");

/// Every field, by version, then in AWS's order.
///
/// Sources: VPC user guide, "Flow log records" (versions 2 to 5 and 7 to 11);
/// transit gateway guide, "Transit Gateway Flow Log records" (version 6). The
/// types of versions 10 and 11 are those of public table definitions.
pub(crate) static FIELDS: &[Field] = fields! {
    2 {
        "version" "version" Int32 Both
            "Highest version among the fields of the flow log; not the number of a schema", None;
        "account-id" "account_id" Text Both
            "Account that owns the interface or the transit gateway; `unknown` for some interfaces that AWS makes", None;
        "interface-id" "interface_id" Text Vpc
            "Network interface that saw the traffic", Some("regional NAT gateway (see `resource-id`)");
        "srcaddr" "srcaddr" Address Both
            "Source address; the interface's own side is its primary private IPv4 address", NO_FLOW;
        "dstaddr" "dstaddr" Address Both
            "Destination address; the interface's own side is its primary private IPv4 address", NO_FLOW;
        "srcport" "srcport" Int32 Both
            "Source port; 0 for ICMP", NO_FLOW;
        "dstport" "dstport" Int32 Both
            "Destination port; 0 for ICMP", NO_FLOW;
        "protocol" "protocol" Int32 Both
            "IANA protocol number: 1 ICMP, 6 TCP, 17 UDP", NO_FLOW;
        "packets" "packets" Int64 Both
            "Packets of the flow in the window", NO_FLOW;
        "bytes" "bytes" Int64 Both
            "Bytes of the flow in the window", Some("no flow was recorded, or rejected by VPC Block Public Access");
        "start" "start" UnixSeconds Both
            "When the first packet of the window came; up to 60 s late", None;
        "end" "end" UnixSeconds Both
            "When the last packet of the window came; up to 60 s late", None;
        "action" "action" Text Vpc
            "`ACCEPT` or `REJECT`; also `REJECT` for packets that come after a connection closed", NO_FLOW;
        "log-status" "log_status" Text Both
            "`OK`, `NODATA` (no traffic in the window) or `SKIPDATA` (records were lost)", None;
    }
    3 {
        "vpc-id" "vpc_id" Text Vpc
            "VPC of the interface", Some("cannot be computed");
        "subnet-id" "subnet_id" Text Vpc
            "Subnet of the interface", Some("cannot be computed");
        "instance-id" "instance_id" Text Vpc
            "Instance that the interface is attached to", Some("the interface belongs to an AWS service, such as a NAT gateway or a load balancer");
        "tcp-flags" "tcp_flags" Int32 Both
            "OR of the flags in the window: FIN 1, SYN 2, RST 4, SYN-ACK 18; 0 where only ACK or PSH were seen", NOT_TCP;
        "type" "type" Text Both
            "`IPv4`, `IPv6` or `EFA`", NO_FLOW;
        "pkt-srcaddr" "pkt_srcaddr" Address Vpc
            "Source address in the packet itself: the client behind a NAT gateway, a pod, a secondary address", NO_FLOW;
        "pkt-dstaddr" "pkt_dstaddr" Address Vpc
            "Destination address in the packet itself", NO_FLOW;
    }
    4 {
        "region" "region" Text Both
            "Region of the interface or of the transit gateway", Some("cannot be computed");
        "az-id" "az_id" Text Vpc
            "Id of the Availability Zone of the interface", Some("in a sublocation");
        "sublocation-type" "sublocation_type" Text Vpc
            "`wavelength`, `outpost` or `localzone`", NO_SUBLOCATION;
        "sublocation-id" "sublocation_id" Text Vpc
            "Id of the sublocation", NO_SUBLOCATION;
    }
    5 {
        "pkt-src-aws-service" "pkt_src_aws_service" Text Both
            "AWS service that owns `pkt-srcaddr`, such as `S3` or `DYNAMODB`; an open list", NOT_AWS;
        "pkt-dst-aws-service" "pkt_dst_aws_service" Text Both
            "AWS service that owns `pkt-dstaddr`; an open list", NOT_AWS;
        "flow-direction" "flow_direction" Text Both
            "`ingress` or `egress`, as seen from where it was recorded", NO_FLOW;
        "traffic-path" "traffic_path" Int32 Vpc
            "Way out: 1 same VPC, 2 internet gateway or gateway endpoint, 3 virtual private gateway, 4 peering in the region, 5 peering across regions, 6 local gateway, 7 gateway endpoint (Nitro), 8 internet gateway (Nitro)", Some("ingress, or not known");
    }
    6 {
        "resource-type" "resource_type" Text TransitGateway
            "What the record is about: `TransitGateway` or `TransitGatewayAttachment`", None;
        "tgw-id" "tgw_id" Text TransitGateway
            "Transit gateway", None;
        "tgw-attachment-id" "tgw_attachment_id" Text TransitGateway
            "Attachment that saw the traffic", Some("cannot be computed");
        "tgw-src-vpc-account-id" "tgw_src_vpc_account_id" Text TransitGateway
            "Account of the source VPC", NOT_A_VPC;
        "tgw-dst-vpc-account-id" "tgw_dst_vpc_account_id" Text TransitGateway
            "Account of the destination VPC", NOT_A_VPC;
        "tgw-src-vpc-id" "tgw_src_vpc_id" Text TransitGateway
            "Source VPC", NOT_A_VPC;
        "tgw-dst-vpc-id" "tgw_dst_vpc_id" Text TransitGateway
            "Destination VPC", NOT_A_VPC;
        "tgw-src-subnet-id" "tgw_src_subnet_id" Text TransitGateway
            "Subnet of the source attachment's interface", NOT_A_VPC;
        "tgw-dst-subnet-id" "tgw_dst_subnet_id" Text TransitGateway
            "Subnet of the destination attachment's interface", NOT_A_VPC;
        "tgw-src-eni" "tgw_src_eni" Text TransitGateway
            "Interface of the source attachment", NOT_A_VPC;
        "tgw-dst-eni" "tgw_dst_eni" Text TransitGateway
            "Interface of the destination attachment", NOT_A_VPC;
        "tgw-src-az-id" "tgw_src_az_id" Text TransitGateway
            "Id of the Availability Zone of the source attachment's interface", NOT_A_VPC;
        "tgw-dst-az-id" "tgw_dst_az_id" Text TransitGateway
            "Id of the Availability Zone of the destination attachment's interface", NOT_A_VPC;
        "tgw-pair-attachment-id" "tgw_pair_attachment_id" Text TransitGateway
            "The attachment on the other side of the flow", Some("cannot be computed");
        "packets-lost-no-route" "packets_lost_no_route" Int64 TransitGateway
            "Packets lost because there was no route", NO_FLOW;
        "packets-lost-blackhole" "packets_lost_blackhole" Int64 TransitGateway
            "Packets lost to a blackhole route", NO_FLOW;
        "packets-lost-mtu-exceeded" "packets_lost_mtu_exceeded" Int64 TransitGateway
            "Packets lost because they were larger than the MTU", NO_FLOW;
        "packets-lost-ttl-expired" "packets_lost_ttl_expired" Int64 TransitGateway
            "Packets lost because their time to live ran out", NO_FLOW;
    }
    7 {
        "ecs-cluster-arn" "ecs_cluster_arn" Text Vpc
            "ARN of the ECS cluster of the task", NOT_ECS;
        "ecs-cluster-name" "ecs_cluster_name" Text Vpc
            "Name of the ECS cluster of the task", NOT_ECS;
        "ecs-container-instance-arn" "ecs_container_instance_arn" Text Vpc
            "ARN of the ECS container instance, where the task runs on EC2", NOT_ECS;
        "ecs-container-instance-id" "ecs_container_instance_id" Text Vpc
            "Id of the ECS container instance, where the task runs on EC2", NOT_ECS;
        "ecs-container-id" "ecs_container_id" Text Vpc
            "Runtime id of the task's first container", NOT_ECS;
        "ecs-second-container-id" "ecs_second_container_id" Text Vpc
            "Runtime id of the task's second container", NOT_ECS;
        "ecs-service-name" "ecs_service_name" Text Vpc
            "ECS service that started the task", NOT_ECS;
        "ecs-task-definition-arn" "ecs_task_definition_arn" Text Vpc
            "ARN of the task definition", NOT_ECS;
        "ecs-task-arn" "ecs_task_arn" Text Vpc
            "ARN of the task", NOT_ECS;
        "ecs-task-id" "ecs_task_id" Text Vpc
            "Id of the task", NOT_ECS;
    }
    8 {
        "reject-reason" "reject_reason" Text Vpc
            "Why traffic was rejected, where it was neither security group nor network ACL: `BPA` (VPC Block Public Access) or `EC` (encryption control)", Some("any other reason, or not rejected");
    }
    9 {
        "resource-id" "resource_id" Text Vpc
            "Regional NAT gateway that saw the traffic", Some("anything but a regional NAT gateway");
    }
    10 {
        "encryption-status" "encryption_status" Int32 Vpc
            "0 in the clear, 1 by Nitro, 2 by the application, 3 by both", Some("not known");
    }
    11 {
        "instance-tag" "instance_tag" TagValue Vpc
            "Value of the first chosen tag of the instance", NO_TAG;
        "instance-tag-2" "instance_tag_2" TagValue Vpc
            "Value of the second chosen tag of the instance", NO_TAG;
        "interface-tag" "interface_tag" TagValue Vpc
            "Value of the first chosen tag of the interface", NO_TAG;
        "interface-tag-2" "interface_tag_2" TagValue Vpc
            "Value of the second chosen tag of the interface", NO_TAG;
        "asg-tag" "asg_tag" TagValue Vpc
            "Value of the first chosen tag of the Auto Scaling group", NO_TAG;
        "asg-tag-2" "asg_tag_2" TagValue Vpc
            "Value of the second chosen tag of the Auto Scaling group", NO_TAG;
        "interface-type" "interface_type" Text Vpc
            "`nat_gateway`, `regional_nat_gateway`, `network_load_balancer`, `transit_gateway` or `vpc_endpoint`", Some("any other kind of interface");
        "next-hop-interface-id" "next_hop_interface_id" Text Vpc
            "Interface at the other end: the receiver of egress, the sender of ingress", NO_NEXT_HOP;
        "next-hop-subnet-id" "next_hop_subnet_id" Text Vpc
            "Subnet of the interface at the other end", NO_NEXT_HOP;
        "next-hop-az-id" "next_hop_az_id" Text Vpc
            "Id of the Availability Zone of the interface at the other end", NO_NEXT_HOP;
        "next-hop-vpc-id" "next_hop_vpc_id" Text Vpc
            "VPC of the interface at the other end", NO_NEXT_HOP;
        "next-hop-interface-type" "next_hop_interface_type" Text Vpc
            "Kind of the interface at the other end, as in `interface-type`", NO_NEXT_HOP;
    }
};
