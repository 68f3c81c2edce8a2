//! A first look at an answer: its keys at the top, nothing below.

use std::fmt;

use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

/// What kind of JSON value stands somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Object,
    List,
    Text,
    Other,
}

/// The top of one JSON value.
#[derive(Debug)]
pub(super) struct Peek {
    shape: Shape,
    keys: Vec<(String, Shape)>,
    /// Whether AWS says that further pages follow.
    pub(super) more: bool,
}

/// Most keys at the top that are kept; no answer has nearly as many.
const MOST_KEYS: usize = 64;

impl Peek {
    /// Whether that key stands at the top with a value of that shape.
    pub(super) fn has(&self, key: &str, shape: Shape) -> bool {
        self.keys
            .iter()
            .any(|(name, found)| name == key && *found == shape)
    }

    pub(super) const fn is_object(&self) -> bool {
        matches!(self.shape, Shape::Object)
    }
}

/// One value below the top: its shape, and whether it is a text with something in it, or `true`.
struct Glance {
    shape: Shape,
    is_set: bool,
}

impl<'de> Deserialize<'de> for Peek {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut top = Top::default();
        let glance = deserializer.deserialize_any(GlanceVisitor {
            top: Some(&mut top),
        })?;
        Ok(Self {
            shape: glance.shape,
            keys: top.keys,
            more: top.more,
        })
    }
}

impl<'de> Deserialize<'de> for Glance {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GlanceVisitor { top: None })
    }
}

#[derive(Default)]
struct Top {
    keys: Vec<(String, Shape)>,
    more: bool,
}

impl Top {
    fn add(&mut self, key: String, value: &Glance) {
        // The services differ: EC2 and S3 capitalise, CloudWatch Logs does not, IAM truncates.
        // The CLI's own `--max-items` prints `NextToken` whatever the service.
        self.more |= value.is_set
            && matches!(
                key.as_str(),
                "NextToken" | "nextToken" | "NextMarker" | "NextContinuationToken" | "IsTruncated"
            );
        if self.keys.len() < MOST_KEYS {
            self.keys.push((key, value.shape));
        }
    }
}

/// Notes the keys of an object in `top`, or passes over what is inside.
struct GlanceVisitor<'a> {
    top: Option<&'a mut Top>,
}

impl<'de> Visitor<'de> for GlanceVisitor<'_> {
    type Value = Glance;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Glance, A::Error> {
        if let Some(top) = self.top {
            while let Some(key) = map.next_key()? {
                top.add(key, &map.next_value()?);
            }
        } else {
            while map.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        }
        Ok(Glance {
            shape: Shape::Object,
            is_set: true,
        })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Glance, A::Error> {
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Glance {
            shape: Shape::List,
            is_set: true,
        })
    }

    fn visit_str<E>(self, text: &str) -> Result<Glance, E> {
        Ok(Glance {
            shape: Shape::Text,
            is_set: !text.is_empty(),
        })
    }

    fn visit_bool<E>(self, is_set: bool) -> Result<Glance, E> {
        Ok(Glance {
            shape: Shape::Other,
            is_set,
        })
    }

    fn visit_i64<E>(self, _: i64) -> Result<Glance, E> {
        Ok(Glance {
            shape: Shape::Other,
            is_set: false,
        })
    }

    fn visit_u64<E>(self, _: u64) -> Result<Glance, E> {
        Ok(Glance {
            shape: Shape::Other,
            is_set: false,
        })
    }

    fn visit_f64<E>(self, _: f64) -> Result<Glance, E> {
        Ok(Glance {
            shape: Shape::Other,
            is_set: false,
        })
    }

    fn visit_unit<E>(self) -> Result<Glance, E> {
        Ok(Glance {
            shape: Shape::Other,
            is_set: false,
        })
    }
}
