//! VPCs, subnets, network interfaces and flow logs from EC2's XML, in one pass.
//!
//! A large account's answers are megabytes, of which flowcover needs a few fields; the SDK's decoder makes all of them.
//! What a field means and where it stands is in the EC2 API reference, under the type of the same name.

use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use flowcover_cloud::Page;
use flowcover_core::inventory::{FlowLog, NetworkInterface, Subnet, Tags, Vpc};

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

impl Row for NetworkInterface {
    fn read<'a>(&mut self, xml: &mut Reader<'a>, field: Element<'a>) -> Result<(), NotPlain> {
        match field.name {
            "networkInterfaceId" => self.network_interface_id = string(xml, field)?,
            "vpcId" => self.vpc_id = Some(string(xml, field)?),
            "subnetId" => self.subnet_id = Some(string(xml, field)?),
            "ownerId" => self.owner_id = Some(string(xml, field)?),
            "status" => self.status = Some(string(xml, field)?),
            "interfaceType" => self.interface_type = Some(string(xml, field)?),
            "attachment" => self.instance_id = instance_id(xml, field)?,
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

fn instance_id<'a>(
    xml: &mut Reader<'a>,
    attachment: Element<'a>,
) -> Result<Option<String>, NotPlain> {
    let mut found = None;
    xml.children(attachment, |xml, field| {
        if field.name != "instanceId" {
            return xml.skip(field);
        }
        found = Some(string(xml, field)?);
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
