//! `flowcover find`: every record of one address, block, port or id.

use flowcover_lake::{Cidr, Lake};

use super::reading::{answer, block_on, check_fields, open, pseudonyms};
use crate::cli::{Find, Global};
use crate::exit::Exit;
use crate::failure::Failure;

/// Columns that hold addresses.
const ADDRESSES: [&str; 4] = ["srcaddr", "dstaddr", "pkt_srcaddr", "pkt_dstaddr"];
/// Columns that hold ports.
const PORTS: [&str; 2] = ["srcport", "dstport"];
/// What ids begin with, and the columns that hold them.
const IDS: [(&str, &[&str]); 6] = [
    (
        "eni-",
        &[
            "interface_id",
            "next_hop_interface_id",
            "tgw_src_eni",
            "tgw_dst_eni",
        ],
    ),
    ("i-", &["instance_id"]),
    (
        "subnet-",
        &[
            "subnet_id",
            "next_hop_subnet_id",
            "tgw_src_subnet_id",
            "tgw_dst_subnet_id",
        ],
    ),
    (
        "vpc-",
        &[
            "vpc_id",
            "next_hop_vpc_id",
            "tgw_src_vpc_id",
            "tgw_dst_vpc_id",
        ],
    ),
    (
        "tgw-attach-",
        &["tgw_attachment_id", "tgw_pair_attachment_id"],
    ),
    ("tgw-", &["tgw_id"]),
];

pub(crate) fn run(arguments: &Find, global: &Global) -> anyhow::Result<Exit> {
    let reading = &arguments.reading;
    let needle = Needle::parse(&arguments.needle)?;
    // What is typed is the address; what is seen is its pseudonym.
    let needle = match (needle, pseudonyms(reading)?) {
        (Needle::Block(block), Some(pseudonyms)) => Needle::Block(pseudonyms.block(block)),
        (needle, _) => needle,
    };
    block_on(reading, async {
        let results = &arguments.results;
        let opened = open(reading, results, global).await?;
        check_fields(&opened, reading, global).await?;
        let sql = needle.sql(&opened.lake)?;
        answer(&opened, &sql, reading, results, global).await
    })?
}

/// What is looked for.
#[derive(Debug, PartialEq, Eq)]
enum Needle {
    Block(Cidr),
    Port(u16),
    Id {
        text: String,
        columns: &'static [&'static str],
    },
}

impl Needle {
    fn parse(text: &str) -> Result<Self, Failure> {
        if let Ok(block) = text.parse() {
            return Ok(Self::Block(block));
        }
        if let Ok(port) = text.parse() {
            return Ok(Self::Port(port));
        }
        let is_id = text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        let kind = IDS.iter().find(|(start, _)| text.starts_with(start));
        match kind {
            Some((_, columns)) if is_id => Ok(Self::Id {
                text: text.to_owned(),
                columns,
            }),
            _ => Err(Failure::usage(format!("cannot tell what {text:?} is")).hint(
                "give an address, a CIDR block, a port, or an id that begins with eni-, i-, subnet-, vpc- or tgw-",
            )),
        }
    }

    /// The columns that can hold it.
    fn columns(&self) -> &'static [&'static str] {
        match self {
            Self::Block(_) => &ADDRESSES,
            Self::Port(_) => &PORTS,
            Self::Id { columns, .. } => columns,
        }
    }

    /// The condition that `column` holds it. Only parsed addresses, numbers and checked ids stand in it.
    fn test(&self, column: &str) -> String {
        match self {
            Self::Block(block) => match block.single() {
                Some(address) => format!("{column} = '{address}'"),
                None => format!("in_cidr({column}, '{block}')"),
            },
            Self::Port(port) => format!("{column} = {port}"),
            Self::Id { text, .. } => format!("{column} = '{text}'"),
        }
    }

    fn sql(&self, lake: &Lake) -> Result<String, Failure> {
        let is_there = |column: &&&str| lake.lacking(&[**column]).is_empty();
        let columns = self.columns().iter().filter(is_there);
        let tests: Vec<String> = columns.map(|column| self.test(column)).collect();
        if tests.is_empty() {
            return Err(Failure::usage(format!(
                "the records have none of the fields {}",
                self.columns().join(", ")
            )));
        }
        let has_start = lake.lacking(&["start"]).is_empty();
        let order = if has_start {
            "\nORDER BY \"start\""
        } else {
            ""
        };
        let tests = tests.join(" OR ");
        Ok(format!("SELECT *\nFROM records\nWHERE {tests}{order}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_recognised() {
        assert_eq!(
            Needle::parse("10.0.0.1").unwrap(),
            Needle::Block("10.0.0.1/32".parse().unwrap())
        );
        assert_eq!(
            Needle::parse("10.0.0.0/8").unwrap(),
            Needle::Block("10.0.0.0/8".parse().unwrap())
        );
        assert_eq!(Needle::parse("443").unwrap(), Needle::Port(443));
        for (text, first) in [
            ("eni-0a", "interface_id"),
            ("i-0a", "instance_id"),
            ("tgw-attach-1", "tgw_attachment_id"),
            ("tgw-1", "tgw_id"),
        ] {
            let Needle::Id { columns, .. } = Needle::parse(text).unwrap() else {
                panic!("{text} is an id");
            };
            assert_eq!(columns[0], first);
        }
        for text in ["", "70000", "eni-'", "eni-1 or 1=1", "hello", "10.0.0.0/40"] {
            assert!(Needle::parse(text).is_err(), "{text}");
        }
    }
}
