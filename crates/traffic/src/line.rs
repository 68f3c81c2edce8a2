//! Records as lines of text, in any format.

use flowcover_record::LogFormat;

use crate::connection::TCP;
use crate::cut::{Flow, Record, Status};
use crate::network::{Host, HostIndex, Network};

/// Writes records as the lines of one format.
#[derive(Debug)]
pub(crate) struct LineWriter {
    columns: Vec<Column>,
    version: u64,
    account_id: Vec<u8>,
    region: Vec<u8>,
}

/// A field that is simulated.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Column {
    Version,
    AccountId,
    InterfaceId,
    SourceAddress,
    DestinationAddress,
    SourcePort,
    DestinationPort,
    Protocol,
    Packets,
    Bytes,
    Start,
    End,
    Action,
    LogStatus,
    VpcId,
    SubnetId,
    InstanceId,
    TcpFlags,
    Type,
    PacketSource,
    PacketDestination,
    Region,
    AzId,
    PacketSourceService,
    PacketDestinationService,
    FlowDirection,
    TrafficPath,
    /// Any other: it is `-` in every record.
    Absent,
}

impl Column {
    fn named(name: &str) -> Self {
        match name {
            "version" => Self::Version,
            "account-id" => Self::AccountId,
            "interface-id" => Self::InterfaceId,
            "srcaddr" => Self::SourceAddress,
            "dstaddr" => Self::DestinationAddress,
            "srcport" => Self::SourcePort,
            "dstport" => Self::DestinationPort,
            "protocol" => Self::Protocol,
            "packets" => Self::Packets,
            "bytes" => Self::Bytes,
            "start" => Self::Start,
            "end" => Self::End,
            "action" => Self::Action,
            "log-status" => Self::LogStatus,
            "vpc-id" => Self::VpcId,
            "subnet-id" => Self::SubnetId,
            "instance-id" => Self::InstanceId,
            "tcp-flags" => Self::TcpFlags,
            "type" => Self::Type,
            "pkt-srcaddr" => Self::PacketSource,
            "pkt-dstaddr" => Self::PacketDestination,
            "region" => Self::Region,
            "az-id" => Self::AzId,
            "pkt-src-aws-service" => Self::PacketSourceService,
            "pkt-dst-aws-service" => Self::PacketDestinationService,
            "flow-direction" => Self::FlowDirection,
            "traffic-path" => Self::TrafficPath,
            _ => Self::Absent,
        }
    }
}

impl LineWriter {
    pub(crate) fn new(format: &LogFormat, account_id: &str, region: &str) -> Self {
        Self {
            columns: format.names().map(Column::named).collect(),
            version: u64::from(format.version().unwrap_or(2)),
            account_id: account_id.as_bytes().to_vec(),
            region: region.as_bytes().to_vec(),
        }
    }

    /// Appends the record with its line end.
    pub(crate) fn write(&self, record: &Record, network: &Network, line: &mut Vec<u8>) {
        for (place, column) in self.columns.iter().enumerate() {
            if place > 0 {
                line.push(b' ');
            }
            if !self.common(*column, record, network, line) {
                match &record.status {
                    Status::Ok(flow) => of_flow(*column, flow, network, line),
                    Status::NoData | Status::SkipData => line.push(b'-'),
                }
            }
        }
        line.push(b'\n');
    }

    /// The fields that rows without traffic have, too. False if the column is none of them.
    #[inline]
    fn common(
        &self,
        column: Column,
        record: &Record,
        network: &Network,
        line: &mut Vec<u8>,
    ) -> bool {
        let interface = network.interface(record.interface);
        match column {
            Column::Version => push_number(line, self.version),
            Column::AccountId => line.extend_from_slice(&self.account_id),
            Column::InterfaceId => line.extend_from_slice(interface.id.as_bytes()),
            Column::Start => push_number(line, record.start as u64),
            Column::End => push_number(line, record.end as u64),
            Column::LogStatus => line.extend_from_slice(match record.status {
                Status::Ok(_) => b"OK",
                Status::NoData => b"NODATA",
                Status::SkipData => b"SKIPDATA",
            }),
            Column::VpcId => line.extend_from_slice(subnet(record, network).vpc_id.as_bytes()),
            Column::SubnetId => line.extend_from_slice(subnet(record, network).id.as_bytes()),
            Column::InstanceId => line.extend_from_slice(interface.instance_id.as_bytes()),
            Column::Region => line.extend_from_slice(&self.region),
            Column::AzId => line.extend_from_slice(subnet(record, network).az_id.as_bytes()),
            _ => return false,
        }
        true
    }
}

fn subnet<'a>(record: &Record, network: &'a Network) -> &'a crate::network::Subnet {
    network.subnet(record.interface)
}

#[inline]
fn of_flow(column: Column, flow: &Flow, network: &Network, line: &mut Vec<u8>) {
    let host = |index: HostIndex| -> &Host { network.host(index) };
    let mut text = |text: &str| line.extend_from_slice(text.as_bytes());
    match column {
        Column::SourceAddress => text(&host(flow.source.host).text),
        Column::DestinationAddress => text(&host(flow.destination.host).text),
        Column::SourcePort => push_number(line, u64::from(flow.source.port)),
        Column::DestinationPort => push_number(line, u64::from(flow.destination.port)),
        Column::Protocol => push_number(line, u64::from(flow.protocol)),
        Column::Packets => push_number(line, flow.volume.packets),
        Column::Bytes => push_number(line, flow.volume.bytes),
        Column::Action => text(if flow.rejected { "REJECT" } else { "ACCEPT" }),
        Column::TcpFlags if flow.protocol == TCP => push_number(line, u64::from(flow.tcp_flags)),
        Column::Type => text(if host(flow.source.host).address.is_ipv6() {
            "IPv6"
        } else {
            "IPv4"
        }),
        Column::PacketSource => text(&host(flow.packet_source).text),
        Column::PacketDestination => text(&host(flow.packet_destination).text),
        Column::PacketSourceService => text(host(flow.packet_source).service),
        Column::PacketDestinationService => text(host(flow.packet_destination).service),
        Column::FlowDirection => text(if flow.egress { "egress" } else { "ingress" }),
        Column::TrafficPath if flow.egress => push_number(line, u64::from(flow.path)),
        _ => text("-"),
    }
}

/// In decimal.
#[inline]
fn push_number(line: &mut Vec<u8>, mut number: u64) {
    let mut digits = [0; 20];
    let mut place = digits.len();
    loop {
        place -= 1;
        digits[place] = b'0' + (number % 10) as u8;
        number /= 10;
        if number == 0 {
            break;
        }
    }
    line.extend_from_slice(&digits[place..]);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::{End, UDP, Volume};
    use crate::network::{Role, Size};

    #[test]
    fn numbers_are_written_in_decimal() {
        for number in [0, 7, 10, 65_535, 1_700_000_000, u64::MAX] {
            let mut line = Vec::new();
            push_number(&mut line, number);
            assert_eq!(line, number.to_string().into_bytes());
        }
    }

    #[test]
    fn fields_that_are_not_simulated_or_do_not_apply_are_a_dash() {
        let network = Network::new(1, "eu-west-1", Size::for_records(0));
        let format =
            LogFormat::parse("tcp-flags protocol traffic-path ecs-task-id not-known log-status")
                .expect("well-formed");
        let writer = LineWriter::new(&format, "123456789012", "eu-west-1");
        let interface = network.of(Role::Web)[0];
        let end = End {
            host: network.interface(interface).host,
            port: 53,
        };
        let flow = Flow {
            source: end,
            destination: end,
            packet_source: end.host,
            packet_destination: end.host,
            protocol: UDP,
            tcp_flags: 0,
            egress: false,
            path: 1,
            rejected: false,
            volume: Volume::default(),
        };
        let written = |status| {
            let mut line = Vec::new();
            let record = Record {
                interface,
                start: 0,
                end: 0,
                status,
            };
            writer.write(&record, &network, &mut line);
            String::from_utf8(line).expect("records are ASCII")
        };
        assert_eq!(written(Status::Ok(flow)), "- 17 - - - OK\n");
        let egress = Flow {
            egress: true,
            protocol: TCP,
            ..flow
        };
        assert_eq!(written(Status::Ok(egress)), "0 6 1 - - OK\n");
        assert_eq!(written(Status::SkipData), "- - - - - SKIPDATA\n");
    }
}
