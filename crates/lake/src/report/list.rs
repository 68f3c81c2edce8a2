//! The reports.

use super::Report;

/// Every report.
pub const REPORTS: &[Report] = &[
    Report {
        name: "talkers",
        about: "addresses that sent most",
        needs: &["srcaddr", "bytes", "packets"],
        sql: "SELECT srcaddr, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE srcaddr IS NOT NULL\nGROUP BY srcaddr\nORDER BY bytes DESC NULLS LAST, srcaddr",
    },
    Report {
        name: "talkers-packet",
        about: "addresses that sent most, by the addresses of packets: those behind a gateway",
        needs: &["pkt_srcaddr", "bytes", "packets"],
        sql: "SELECT pkt_srcaddr, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE pkt_srcaddr IS NOT NULL\nGROUP BY pkt_srcaddr\nORDER BY bytes DESC NULLS LAST, pkt_srcaddr",
    },
    Report {
        name: "accepted",
        about: "TCP that security groups and network ACLs let pass",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "protocol", "action", "bytes", "packets",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE action = 'ACCEPT' AND protocol = 6\nGROUP BY srcaddr, dstaddr, dstport\nORDER BY bytes DESC NULLS LAST, srcaddr, dstaddr, dstport",
    },
    Report {
        name: "rejected",
        about: "what was refused most often: from where, to which port",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "protocol", "action", "bytes", "packets",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, protocol, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE action = 'REJECT'\nGROUP BY srcaddr, dstaddr, dstport, protocol\nORDER BY records DESC, packets DESC NULLS LAST, srcaddr, dstaddr, dstport, protocol",
    },
    Report {
        name: "rejected-tcp",
        about: "TCP that was refused most often",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "protocol", "action", "bytes", "packets",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE action = 'REJECT' AND protocol = 6\nGROUP BY srcaddr, dstaddr, dstport\nORDER BY records DESC, packets DESC NULLS LAST, srcaddr, dstaddr, dstport",
    },
    Report {
        name: "ports",
        about: "destination ports by traffic",
        needs: &["dstport", "protocol", "bytes", "packets"],
        sql: "SELECT dstport, protocol, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE dstport IS NOT NULL\nGROUP BY dstport, protocol\nORDER BY bytes DESC NULLS LAST, dstport, protocol",
    },
    Report {
        name: "pairs",
        about: "pairs of addresses by traffic",
        needs: &["srcaddr", "dstaddr", "bytes", "packets"],
        sql: "SELECT srcaddr, dstaddr, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE srcaddr IS NOT NULL\nGROUP BY srcaddr, dstaddr\nORDER BY bytes DESC NULLS LAST, srcaddr, dstaddr",
    },
    Report {
        name: "pairs-packet",
        about: "pairs of addresses by traffic, by the addresses of packets",
        needs: &["pkt_srcaddr", "pkt_dstaddr", "bytes", "packets"],
        sql: "SELECT pkt_srcaddr, pkt_dstaddr, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE pkt_srcaddr IS NOT NULL\nGROUP BY pkt_srcaddr, pkt_dstaddr\nORDER BY bytes DESC NULLS LAST, pkt_srcaddr, pkt_dstaddr",
    },
    Report {
        name: "protocols",
        about: "protocols by traffic (IANA numbers: 1 ICMP, 6 TCP, 17 UDP)",
        needs: &["protocol", "bytes", "packets"],
        sql: "SELECT protocol, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE protocol IS NOT NULL\nGROUP BY protocol\nORDER BY bytes DESC NULLS LAST, protocol",
    },
    Report {
        name: "ip-versions",
        about: "IPv4 and IPv6",
        needs: &["srcaddr", "bytes", "packets"],
        sql: "SELECT CASE WHEN srcaddr LIKE '%:%' THEN 'IPv6' ELSE 'IPv4' END AS ip_version, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE srcaddr IS NOT NULL\nGROUP BY 1\nORDER BY ip_version",
    },
    Report {
        name: "interfaces",
        about: "network interfaces by traffic",
        needs: &["interface_id", "bytes", "packets"],
        sql: "SELECT interface_id, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE interface_id IS NOT NULL\nGROUP BY interface_id\nORDER BY bytes DESC NULLS LAST, interface_id",
    },
    Report {
        name: "instances",
        about: "instances by traffic",
        needs: &["instance_id", "bytes", "packets"],
        sql: "SELECT instance_id, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE instance_id IS NOT NULL\nGROUP BY instance_id\nORDER BY bytes DESC NULLS LAST, instance_id",
    },
    Report {
        name: "subnets",
        about: "subnets by traffic",
        needs: &["subnet_id", "bytes", "packets"],
        sql: "SELECT subnet_id, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE subnet_id IS NOT NULL\nGROUP BY subnet_id\nORDER BY bytes DESC NULLS LAST, subnet_id",
    },
    Report {
        name: "services",
        about: "AWS services on the other side",
        needs: &[
            "pkt_src_aws_service",
            "pkt_dst_aws_service",
            "bytes",
            "packets",
        ],
        sql: "SELECT coalesce(pkt_dst_aws_service, pkt_src_aws_service) AS service, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE pkt_dst_aws_service IS NOT NULL OR pkt_src_aws_service IS NOT NULL\nGROUP BY 1\nORDER BY bytes DESC NULLS LAST, service",
    },
    Report {
        name: "admin-ports",
        about: "accepted traffic to ports of remote administration",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "action", "bytes", "packets",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE action = 'ACCEPT' AND dstport IN (20, 21, 22, 23, 445, 3389, 5985, 5986)\nGROUP BY srcaddr, dstaddr, dstport\nORDER BY bytes DESC NULLS LAST, srcaddr, dstaddr, dstport",
    },
    Report {
        name: "ssh-rdp",
        about: "SSH and RDP, accepted or not",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "action", "bytes", "packets",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, action, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE dstport IN (22, 3389)\nGROUP BY srcaddr, dstaddr, dstport, action\nORDER BY bytes DESC NULLS LAST, srcaddr, dstaddr, dstport, action",
    },
    Report {
        name: "tcp",
        about: "TCP by source address",
        needs: &["srcaddr", "protocol", "bytes", "packets"],
        sql: "SELECT srcaddr, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE protocol = 6\nGROUP BY srcaddr\nORDER BY bytes DESC NULLS LAST, srcaddr",
    },
    Report {
        name: "from",
        about: "what one address sent (--address)",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "protocol", "action", "bytes", "packets",
        ],
        sql: "SELECT dstaddr, dstport, protocol, action, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE srcaddr = '{address}'\nGROUP BY dstaddr, dstport, protocol, action\nORDER BY bytes DESC NULLS LAST, dstaddr, dstport, protocol, action",
    },
    Report {
        name: "to",
        about: "what one address was sent (--address)",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "protocol", "action", "bytes", "packets",
        ],
        sql: "SELECT srcaddr, dstport, protocol, action, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE dstaddr = '{address}'\nGROUP BY srcaddr, dstport, protocol, action\nORDER BY bytes DESC NULLS LAST, srcaddr, dstport, protocol, action",
    },
];
