//! Ready-made reports: each is a query that can be printed and changed.

/// A report over the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    needs: &'static [&'static str],
    /// What is selected, before `{limit}`.
    sql: &'static str,
}

/// Every report.
pub const REPORTS: &[Report] = &[
    Report {
        name: "talkers",
        about: "addresses that sent most",
        needs: &["srcaddr", "bytes", "packets"],
        sql: "SELECT srcaddr, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE srcaddr IS NOT NULL\nGROUP BY srcaddr\nORDER BY bytes DESC NULLS LAST, srcaddr",
    },
    Report {
        name: "rejected",
        about: "what was refused most often: from where, to which port",
        needs: &[
            "srcaddr", "dstaddr", "dstport", "protocol", "packets", "action",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, protocol, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE action = 'REJECT'\nGROUP BY srcaddr, dstaddr, dstport, protocol\nORDER BY records DESC, packets DESC, srcaddr, dstaddr, dstport, protocol",
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
        name: "protocols",
        about: "protocols by traffic (IANA numbers: 1 ICMP, 6 TCP, 17 UDP)",
        needs: &["protocol", "bytes", "packets"],
        sql: "SELECT protocol, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE protocol IS NOT NULL\nGROUP BY protocol\nORDER BY bytes DESC NULLS LAST, protocol",
    },
    Report {
        name: "interfaces",
        about: "network interfaces by traffic",
        needs: &["interface_id", "bytes", "packets"],
        sql: "SELECT interface_id, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nGROUP BY interface_id\nORDER BY bytes DESC NULLS LAST, interface_id",
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
            "srcaddr", "dstaddr", "dstport", "bytes", "packets", "action",
        ],
        sql: "SELECT srcaddr, dstaddr, dstport, sum(bytes) AS bytes, sum(packets) AS packets, count(*) AS records\nFROM records\nWHERE action = 'ACCEPT' AND dstport IN (20, 21, 22, 23, 445, 3389, 5985, 5986)\nGROUP BY srcaddr, dstaddr, dstport\nORDER BY bytes DESC NULLS LAST, srcaddr, dstaddr, dstport",
    },
];

impl Report {
    /// The report of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        REPORTS.iter().find(|report| report.name == name)
    }

    /// The columns of `records` without which it says nothing.
    #[must_use]
    pub fn needs(&self) -> &'static [&'static str] {
        self.needs
    }

    /// The query that gives its first `limit` rows.
    #[must_use]
    pub fn sql(&self, limit: usize) -> String {
        format!("{}\nLIMIT {limit}", self.sql)
    }
}
