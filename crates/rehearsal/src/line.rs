//! Records as lines of text.

use std::io::Write as _;

use flowcover_record::{DEFAULT_FIELDS, LogFormat};

use crate::company::{ACCOUNTS, Company};
use crate::cut::{Row, Traffic, What};
use crate::settings::RecordFormat;

/// What follows the default fields.
const MORE_FIELDS: [&str; 8] = [
    "vpc-id",
    "subnet-id",
    "instance-id",
    "tcp-flags",
    "type",
    "pkt-srcaddr",
    "pkt-dstaddr",
    "flow-direction",
];

impl RecordFormat {
    /// The format as the record crate has it: field names in order.
    #[must_use]
    pub fn log_format(self) -> LogFormat {
        let names = match self {
            Self::Default => DEFAULT_FIELDS.to_vec(),
            Self::Version5 => [&DEFAULT_FIELDS[..], &MORE_FIELDS].concat(),
        };
        let text: Vec<_> = names.iter().map(|name| format!("${{{name}}}")).collect();
        LogFormat::parse(&text.join(" ")).expect("every name is that of a field")
    }

    fn version(self) -> u8 {
        match self {
            Self::Default => 2,
            Self::Version5 => 5,
        }
    }
}

/// Appends the record as a line. Lines are written straight: [`flowcover_record::Record`] would hold each value once
/// more, and a corpus has millions of them. A test holds that both write the same.
pub(crate) fn write(company: &Company, format: RecordFormat, row: &Row, text: &mut Vec<u8>) {
    let host = company.host(row.host);
    let vpc = &company.vpcs[host.vpc];
    put(
        text,
        format_args!(
            "{} {} {} ",
            format.version(),
            ACCOUNTS[vpc.account],
            host.eni
        ),
    );
    let (start, end) = (row.start, row.end);
    match &row.what {
        What::Traffic(traffic) => {
            addresses(text, traffic);
            let action = if traffic.accepted { "ACCEPT" } else { "REJECT" };
            put(text, format_args!("{start} {end} {action} OK"));
        }
        What::NoData => put(text, format_args!("- - - - - - - {start} {end} - NODATA")),
        What::SkipData => put(text, format_args!("- - - - - - - {start} {end} - SKIPDATA")),
    }
    if format == RecordFormat::Version5 {
        let instance = host.instance.as_deref().unwrap_or("-");
        put(text, format_args!(" {} {} {instance}", vpc.id, host.subnet));
        match &row.what {
            What::Traffic(traffic) => packet(text, traffic),
            What::NoData | What::SkipData => put(text, format_args!(" - - - - -")),
        }
    }
    text.push(b'\n');
}

fn addresses(text: &mut Vec<u8>, traffic: &Traffic) {
    let Traffic {
        source,
        target,
        source_port,
        target_port,
        protocol,
        volume,
        ..
    } = traffic;
    put(
        text,
        format_args!(
            "{source} {target} {source_port} {target_port} {protocol} {} {} ",
            volume.packets, volume.bytes
        ),
    );
}

fn packet(text: &mut Vec<u8>, traffic: &Traffic) {
    match traffic.flags {
        Some(flags) => put(text, format_args!(" {flags}")),
        None => put(text, format_args!(" -")),
    }
    let kind = if traffic.source.is_ipv4() {
        "IPv4"
    } else {
        "IPv6"
    };
    let direction = if traffic.egress { "egress" } else { "ingress" };
    let (source, target) = (traffic.packet_source, traffic.packet_target);
    put(text, format_args!(" {kind} {source} {target} {direction}"));
}

fn put(text: &mut Vec<u8>, what: std::fmt::Arguments<'_>) {
    text.write_fmt(what).expect("writing to memory cannot fail");
}
