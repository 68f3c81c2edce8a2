//! The version of a stored file, looked at before anything else.

use std::fmt;

use serde::de::{self, Deserializer as _, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::error::{SnapshotError, Wanted};
use super::place::one_line;
use crate::{inventory, plan, report};

/// Keys at the top of answers of AWS that people give in place of a snapshot.
const KEYS_OF_AWS: [&str; 4] = ["Vpcs", "FlowLogs", "ResponseMetadata", "logGroups"];

const HINT_SNAPSHOT: &str =
    "`--from` takes what `flowcover collect --output` writes, or a folder of AWS CLI answers";
const HINT_PLAN: &str = "`apply` takes what `flowcover plan --output` writes";
const HINT_REPORT: &str = "`--baseline` takes what `flowcover audit --format json` writes";

/// What stands at the top of the file.
#[derive(Debug, Default)]
struct Header {
    schema: Option<String>,
    schema_is_text: bool,
    is_object: bool,
    is_list: bool,
    is_aws: bool,
}

/// Refuses what is not of that kind and version. The JSON is read only as far as the version,
/// which stands first in every file that flowcover wrote.
pub(super) fn check(bytes: &[u8], name: &str, wanted: Wanted) -> Result<(), SnapshotError> {
    let mut header = Header {
        schema_is_text: true,
        ..Header::default()
    };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    let read = json.deserialize_any(&mut header);
    if let Some(schema) = &header.schema {
        return check_schema(schema, name, wanted);
    }
    let found = match read {
        Err(error) if !error.is_data() => return Err(SnapshotError::of_json(&error, bytes, name)),
        _ if !header.schema_is_text => "its `schema` is no text",
        _ if header.is_aws => "it is an answer of the AWS CLI",
        _ if header.is_object => "it has no `schema`",
        _ if header.is_list => "it is a list",
        _ => "it is a single value",
    };
    Err(wrong_kind(name, found.to_owned(), wanted))
}

fn check_schema(schema: &str, name: &str, wanted: Wanted) -> Result<(), SnapshotError> {
    let known = wanted.schema();
    if schema == known {
        return Ok(());
    }
    let (kind, known_number) = split(known);
    let (found_kind, found_number) = split(schema);
    if found_kind != kind {
        let found = if found_kind == split(report::SCHEMA).0 {
            "it is a report".to_owned()
        } else if found_kind == split(inventory::SCHEMA).0 {
            "it is an inventory".to_owned()
        } else if found_kind == split(plan::SCHEMA).0 {
            "it is a plan".to_owned()
        } else {
            format!("its `schema` is `{}`", one_line(schema))
        };
        return Err(wrong_kind(name, found, wanted));
    }
    let name = name.to_owned();
    let found = one_line(schema);
    match (found_number.parse::<u64>(), known_number.parse::<u64>()) {
        (Ok(number), Ok(highest)) if number > highest => {
            Err(SnapshotError::Newer { name, found, known })
        }
        _ => Err(SnapshotError::UnknownVersion {
            name,
            found,
            wanted: wanted.as_str(),
            known,
        }),
    }
}

/// Kind and number of `flowcover.inventory/1`.
fn split(schema: &str) -> (&str, &str) {
    schema.split_once('/').unwrap_or((schema, ""))
}

fn wrong_kind(name: &str, found: String, wanted: Wanted) -> SnapshotError {
    SnapshotError::WrongKind {
        name: name.to_owned(),
        found,
        wanted: wanted.as_str(),
        hint: match wanted {
            Wanted::Inventory => HINT_SNAPSHOT,
            Wanted::Report => HINT_REPORT,
            Wanted::Plan => HINT_PLAN,
        },
    }
}

impl<'de> Visitor<'de> for &mut Header {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        self.is_object = true;
        while let Some(key) = map.next_key::<String>()? {
            if key == "schema" {
                self.schema_is_text = false;
                self.schema = Some(map.next_value()?);
                self.schema_is_text = true;
                // Enough: the rest is read once, as what it is.
                return Err(de::Error::custom("the version was found"));
            }
            self.is_aws |= KEYS_OF_AWS.contains(&key.as_str());
            map.next_value::<IgnoredAny>()?;
        }
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, _: A) -> Result<(), A::Error> {
        self.is_list = true;
        Err(de::Error::custom("a list"))
    }
}
