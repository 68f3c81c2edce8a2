//! What can be tuned of a detection.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// What a number counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Unit {
    /// Things: ports, flows, hosts.
    Count,
    /// Bytes.
    Bytes,
    /// Seconds.
    Seconds,
    /// Days.
    Days,
    /// A share or a factor.
    Ratio,
}

impl Unit {
    /// As documentation has it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Count => "count",
            Self::Bytes => "bytes",
            Self::Seconds => "seconds",
            Self::Days => "days",
            Self::Ratio => "ratio",
        }
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// One number that a user may set, in `[detect.<id>]` of the policy file.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Parameter {
    /// Its name, in `snake_case` as keys of the policy file are.
    pub name: &'static str,
    /// Its value where nobody says another.
    pub default: f64,
    /// What it counts.
    pub unit: Unit,
    /// What it means, in one line.
    pub about: &'static str,
}

/// The numbers of one detection: its defaults, and what the user set instead.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Parameters {
    values: BTreeMap<&'static str, f64>,
}

/// A parameter that cannot be set.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub enum ParameterError {
    /// The detection has no such parameter.
    #[error("the detection `{detection}` has no parameter `{name}`; it has: {has}")]
    Unknown {
        /// Id of the detection.
        detection: &'static str,
        /// As it was given.
        name: String,
        /// Those that it has.
        has: String,
    },
    /// It must be a number above zero.
    #[error("`{name}` of `{detection}` must be a number above zero, not {value}")]
    NotPositive {
        /// Id of the detection.
        detection: &'static str,
        /// Its name.
        name: &'static str,
        /// As it was given.
        value: f64,
    },
}

impl Parameters {
    /// As they are where nobody sets any.
    #[must_use]
    pub fn defaults(known: &'static [Parameter]) -> Self {
        let values = known
            .iter()
            .map(|parameter| (parameter.name, parameter.default));
        Self {
            values: values.collect(),
        }
    }
    /// The defaults, and in their place what is `given` by name.
    ///
    /// # Errors
    /// If a name is not known, or a value is not above zero.
    pub fn new(
        detection: &'static str,
        known: &'static [Parameter],
        given: &BTreeMap<String, f64>,
    ) -> Result<Self, ParameterError> {
        let mut values = Self::defaults(known).values;
        for (name, &value) in given {
            let Some(parameter) = known.iter().find(|parameter| parameter.name == name) else {
                let has: Vec<_> = known.iter().map(|parameter| parameter.name).collect();
                return Err(ParameterError::Unknown {
                    detection,
                    name: name.clone(),
                    has: if has.is_empty() {
                        "none".to_owned()
                    } else {
                        has.join(", ")
                    },
                });
            };
            if !(value.is_finite() && value > 0.0) {
                return Err(ParameterError::NotPositive {
                    detection,
                    name: parameter.name,
                    value,
                });
            }
            values.insert(parameter.name, value);
        }
        Ok(Self { values })
    }

    /// The value of that name. A name that is not in the detection's table is a fault of the detection: the tests build each.
    #[must_use]
    pub fn get(&self, name: &str) -> f64 {
        let value = self.values.get(name).copied();
        debug_assert!(value.is_some(), "no parameter {name}");
        value.unwrap_or(f64::MAX)
    }

    /// The value of that name, as a whole number.
    #[must_use]
    pub fn count(&self, name: &str) -> u64 {
        self.get(name).ceil() as u64
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = (&'static str, f64)> + '_ {
        self.values.iter().map(|(name, value)| (*name, *value))
    }
}
