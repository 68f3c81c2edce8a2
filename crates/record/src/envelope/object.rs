//! The objects of envelopes, read so that a value of another type than expected is kept as
//! such and does not end the reading.

use std::borrow::Cow;
use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// A JSON object, as far as it is of use: an envelope, or an event of one.
#[derive(Debug, Default)]
pub(super) struct Object<'a> {
    pub(super) message_type: Option<Value<'a>>,
    pub(super) owner: Option<Value<'a>>,
    pub(super) log_group: Option<Value<'a>>,
    pub(super) log_stream: Option<Value<'a>>,
    pub(super) events: Option<Value<'a>>,
    pub(super) message: Option<Value<'a>>,
    pub(super) timestamp: Option<Value<'a>>,
    /// Whether one of these came twice.
    pub(super) has_duplicates: bool,
}

/// Any JSON value, as far as it is of use.
#[derive(Debug)]
pub(super) enum Value<'a> {
    Text(Cow<'a, str>),
    Int(i64),
    Array(Vec<Value<'a>>),
    Object(Box<Object<'a>>),
    Other,
}

impl Value<'_> {
    pub(super) fn as_text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn as_int(&self) -> Option<i64> {
        match self {
            Self::Int(number) => Some(*number),
            _ => None,
        }
    }
}

#[derive(Deserialize)]
#[serde(field_identifier, rename_all = "camelCase")]
enum Key {
    MessageType,
    Owner,
    #[serde(alias = "logGroupName")]
    LogGroup,
    #[serde(alias = "logStreamName")]
    LogStream,
    #[serde(alias = "events")]
    LogEvents,
    Message,
    Timestamp,
    #[serde(other)]
    Other,
}

impl<'a> Object<'a> {
    fn slot(&mut self, key: &Key) -> Option<&mut Option<Value<'a>>> {
        match key {
            Key::MessageType => Some(&mut self.message_type),
            Key::Owner => Some(&mut self.owner),
            Key::LogGroup => Some(&mut self.log_group),
            Key::LogStream => Some(&mut self.log_stream),
            Key::LogEvents => Some(&mut self.events),
            Key::Message => Some(&mut self.message),
            Key::Timestamp => Some(&mut self.timestamp),
            Key::Other => None,
        }
    }

    fn read<A: MapAccess<'a>>(mut map: A) -> Result<Self, A::Error> {
        let mut object = Self::default();
        while let Some(key) = map.next_key::<Key>()? {
            let Some(slot) = object.slot(&key) else {
                map.next_value::<IgnoredAny>()?;
                continue;
            };
            let is_duplicate = slot.replace(map.next_value()?).is_some();
            object.has_duplicates |= is_duplicate;
        }
        Ok(object)
    }
}

impl<'de> Deserialize<'de> for Object<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor)
    }
}

impl<'de> Deserialize<'de> for Value<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ObjectVisitor;

impl<'de> Visitor<'de> for ObjectVisitor {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Object::read(map)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any value")
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(Value::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Self::Value, E> {
        Ok(Value::Int(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Self::Value, E> {
        Ok(i64::try_from(number).map_or(Value::Other, Value::Int))
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Value::Other)
    }

    fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Self::Value, A::Error> {
        Object::read(map).map(|object| Value::Object(Box::new(object)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element()? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }
}
