//! VPCs, subnets, network interfaces and flow logs from EC2's XML, in one pass.
//!
//! A large account's answers are megabytes, of which flowcover needs a few fields; the SDK's decoder makes all of them.
//! What a field means and where it stands is in the EC2 API reference, under the type of the same name.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use flowcover_cloud::Page;
use flowcover_core::inventory::{FlowLog, NetworkInterface, PrivateIpAddress, Subnet, Tags, Vpc};

use crate::convert::{count, page, timestamp};
use crate::xml::{Element, NotPlain, Reader};

/// Something that EC2 describes as an element with an element for each field.
pub(super) trait Row: Default {
    /// Reads a field, or skips one that is not needed. Of a field that is there twice, the last counts.
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain>;
}

/// Reads `<ROOT><SET><item>…</item>…</SET><nextToken>…</nextToken></ROOT>`.
pub(super) fn read<T: Row>(body: &[u8], root: &str, set: &str) -> Result<Page<T>, NotPlain> {
    let (mut xml, answer) = Reader::new(body)?;
    if answer.name != root {
        return Err(NotPlain);
    }
    let (mut items, mut next_token) = (Vec::new(), None);
    xml.children(answer, |xml, child| {
        if child.name == set {
            items = list(xml, child)?;
        } else if child.name == "nextToken" {
            next_token = Some(string(xml, child)?);
        } else {
            xml.skip(child)?;
        }
        Ok(())
    })?;
    xml.end()?;
    Ok(page(items, |item| item, next_token))
}

fn list<'a, T: Row>(xml: &mut Reader<'a>, set: Element<'a>) -> Result<Vec<T>, NotPlain> {
    let mut items = Vec::new();
    xml.children(set, |xml, child| {
        if child.name != "item" {
            return xml.skip(child);
        }
        let mut item = T::default();
        xml.children(child, |xml, field| item.read(xml, field))?;
        items.push(item);
        Ok(())
    })?;
    Ok(items)
}

impl Row for Vpc {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        match field.name {
            "vpcId" => self.vpc_id = string(xml, field)?,
            "ownerId" => self.owner_id = Some(string(xml, field)?),
            "isDefault" => self.is_default = Some(parsed(xml, field)?),
            "cidrBlock" => self.cidr_block = Some(string(xml, field)?),
            "tagSet" => self.tags = tags(xml, field)?,
            _ => xml.skip(field)?,
        }
        Ok(())
    }
}

impl Row for Subnet {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        match field.name {
            "subnetId" => self.subnet_id = string(xml, field)?,
            "vpcId" => self.vpc_id = Some(string(xml, field)?),
            "ownerId" => self.owner_id = Some(string(xml, field)?),
            "tagSet" => self.tags = tags(xml, field)?,
            _ => xml.skip(field)?,
        }
        Ok(())
    }
}

/// A network interface while it is read: prefixes of both families become one list.
#[derive(Default)]
pub(super) struct InterfaceRow {
    interface: NetworkInterface,
    ipv4_prefixes: Vec<String>,
    ipv6_prefixes: Vec<String>,
}

impl From<InterfaceRow> for NetworkInterface {
    fn from(row: InterfaceRow) -> Self {
        let mut prefixes = row.ipv4_prefixes;
        prefixes.extend(row.ipv6_prefixes);
        Self {
            prefixes,
            ..row.interface
        }
    }
}

impl Row for InterfaceRow {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        let interface = &mut self.interface;
        match field.name {
            "networkInterfaceId" => interface.network_interface_id = string(xml, field)?,
            "vpcId" => interface.vpc_id = Some(string(xml, field)?),
            "subnetId" => interface.subnet_id = Some(string(xml, field)?),
            "ownerId" => interface.owner_id = Some(string(xml, field)?),
            "status" => interface.status = Some(string(xml, field)?),
            "interfaceType" => interface.interface_type = Some(string(xml, field)?),
            "attachment" => interface.instance_id = only(xml, field, "instanceId")?,
            "groupSet" => interface.security_group_ids = each(xml, field, "groupId")?,
            "privateIpAddressesSet" => {
                let addresses = list::<Address>(xml, field)?.into_iter();
                interface.private_ip_addresses = addresses.filter_map(Address::known).collect();
            }
            "ipv6AddressesSet" => interface.ipv6_addresses = each(xml, field, "ipv6Address")?,
            "ipv4PrefixSet" => self.ipv4_prefixes = each(xml, field, "ipv4Prefix")?,
            "ipv6PrefixSet" => self.ipv6_prefixes = each(xml, field, "ipv6Prefix")?,
            _ => xml.skip(field)?,
        }
        Ok(())
    }
}

/// An item of `privateIpAddressesSet`.
#[derive(Default)]
struct Address {
    private_ip_address: Option<String>,
    public_ip: Option<String>,
}

impl Address {
    fn known(self) -> Option<PrivateIpAddress> {
        Some(PrivateIpAddress {
            private_ip_address: self.private_ip_address?,
            public_ip: self.public_ip,
        })
    }
}

impl Row for Address {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        match field.name {
            "privateIpAddress" => self.private_ip_address = Some(string(xml, field)?),
            "association" => self.public_ip = only(xml, field, "publicIp")?,
            _ => xml.skip(field)?,
        }
        Ok(())
    }
}

impl Row for FlowLog {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        match field.name {
            "flowLogId" => self.flow_log_id = string(xml, field)?,
            "resourceId" => self.resource_id = Some(string(xml, field)?),
            "trafficType" => self.traffic_type = Some(xml.text(field)?.as_ref().into()),
            "flowLogStatus" => self.flow_log_status = Some(string(xml, field)?),
            "deliverLogsStatus" => {
                self.deliver_logs_status = Some(xml.text(field)?.as_ref().into());
            }
            "deliverLogsErrorMessage" => {
                self.deliver_logs_error_message = Some(string(xml, field)?);
            }
            "deliverLogsPermissionArn" => {
                self.deliver_logs_permission_arn = Some(string(xml, field)?);
            }
            "deliverCrossAccountRole" => {
                self.deliver_cross_account_role = Some(string(xml, field)?);
            }
            "logDestinationType" => {
                self.log_destination_type = Some(xml.text(field)?.as_ref().into());
            }
            "logDestination" => self.log_destination = Some(string(xml, field)?),
            "logGroupName" => self.log_group_name = Some(string(xml, field)?),
            "logFormat" => self.log_format = Some(string(xml, field)?),
            "maxAggregationInterval" => {
                self.max_aggregation_interval = count(parsed(xml, field)?);
            }
            "creationTime" => {
                let time = DateTime::from_str(&xml.text(field)?, Format::DateTimeWithOffset);
                self.creation_time = timestamp(&time.map_err(|_| NotPlain)?);
            }
            "destinationOptions" => destination_options(self, xml, field)?,
            "tagSet" => self.tags = tags(xml, field)?,
            _ => xml.skip(field)?,
        }
        Ok(())
    }
}

fn destination_options<'a>(
    flow_log: &mut FlowLog,
    xml: &mut Reader<'a>,
    options: Element<'a>,
) -> Result<(), NotPlain> {
    flow_log.file_format = None;
    flow_log.hive_compatible_partitions = None;
    flow_log.per_hour_partition = None;
    xml.children(options, |xml, option| {
        match option.name {
            "fileFormat" => flow_log.file_format = Some(string(xml, option)?),
            "hiveCompatiblePartitions" => {
                flow_log.hive_compatible_partitions = Some(parsed(xml, option)?);
            }
            "perHourPartition" => flow_log.per_hour_partition = Some(parsed(xml, option)?),
            _ => xml.skip(option)?,
        }
        Ok(())
    })
}

/// The text of one element of a structure, of which nothing else is needed.
fn only<'a>(
    xml: &mut Reader<'a>,
    structure: Element<'a>,
    name: &str,
) -> Result<Option<String>, NotPlain> {
    let mut found = None;
    xml.children(structure, |xml, field| {
        if field.name != name {
            return xml.skip(field);
        }
        found = Some(string(xml, field)?);
        Ok(())
    })?;
    Ok(found)
}

/// The text of one element of each item of a set.
fn each<'a>(xml: &mut Reader<'a>, set: Element<'a>, name: &str) -> Result<Vec<String>, NotPlain> {
    let mut found = Vec::new();
    xml.children(set, |xml, item| {
        if item.name != "item" {
            return xml.skip(item);
        }
        found.extend(only(xml, item, name)?);
        Ok(())
    })?;
    Ok(found)
}

#[derive(Default)]
struct Tag {
    key: Option<String>,
    value: Option<String>,
}

impl Row for Tag {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        match field.name {
            "key" => self.key = Some(string(xml, field)?),
            "value" => self.value = Some(string(xml, field)?),
            _ => xml.skip(field)?,
        }
        Ok(())
    }
}

fn tags<'a>(xml: &mut Reader<'a>, set: Element<'a>) -> Result<Tags, NotPlain> {
    let tags = list::<Tag>(xml, set)?;
    let pair = |tag: Tag| Some((tag.key?, tag.value.unwrap_or_default()));
    Ok(tags.into_iter().filter_map(pair).collect())
}

fn string<'a>(xml: &mut Reader<'a>, field: Element<'a>) -> Result<String, NotPlain> {
    xml.text(field).map(String::from)
}

fn parsed<'a, T: std::str::FromStr>(
    xml: &mut Reader<'a>,
    field: Element<'a>,
) -> Result<T, NotPlain> {
    xml.text(field)?.parse().map_err(|_| NotPlain)
}
