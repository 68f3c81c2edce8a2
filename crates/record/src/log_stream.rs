//! The names of the CloudWatch Logs streams that flow logs write.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// Which traffic a flow log records (EC2 API, `TrafficType`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum TrafficType {
    /// What security groups and network ACLs let pass.
    Accept,
    /// What they refuse.
    Reject,
    /// Both.
    All,
}

impl TrafficType {
    /// Every value.
    pub const EVERY: [Self; 3] = [Self::Accept, Self::Reject, Self::All];

    /// The name in the EC2 API: `ACCEPT`, `REJECT`, `ALL`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accept => "ACCEPT",
            Self::Reject => "REJECT",
            Self::All => "ALL",
        }
    }

    fn suffix(self) -> &'static str {
        match self {
            Self::Accept => "-accept",
            Self::Reject => "-reject",
            Self::All => "-all",
        }
    }
}

impl fmt::Display for TrafficType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// A text that is none of `ACCEPT`, `REJECT` and `ALL`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is no traffic type: ACCEPT, REJECT or ALL")]
pub struct UnknownTrafficType(pub String);

impl FromStr for TrafficType {
    type Err = UnknownTrafficType;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let found = Self::EVERY
            .into_iter()
            .find(|traffic| traffic.as_str() == text);
        found.ok_or_else(|| UnknownTrafficType(text.chars().take(40).collect()))
    }
}

/// The name of the stream of one network interface: `eni-0123abcd-all`.
///
/// The user guide promises only one stream per interface, shared by the flow logs
/// that share the group. The name is as met in practice: a reader takes it as a
/// hint, and a stream of another name as one that says nothing about an interface.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct StreamName {
    /// `eni-0123abcd`.
    pub eni: String,
    /// What the flow log records.
    pub traffic_type: TrafficType,
}

impl StreamName {
    /// Reads the name. `None` if it is not of that form.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        TrafficType::EVERY.into_iter().find_map(|traffic_type| {
            let eni = text.strip_suffix(traffic_type.suffix())?;
            let id = eni.strip_prefix("eni-")?;
            let valid = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_alphanumeric());
            valid.then(|| Self {
                eni: eni.to_owned(),
                traffic_type,
            })
        })
    }
}

impl fmt::Display for StreamName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}", self.eni, self.traffic_type.suffix())
    }
}

/// The names of the streams in which records of `traffic_type` of an interface can
/// lie, the likeliest first. Traffic of one kind may also lie in the stream of a
/// flow log that records all.
///
/// ```
/// use flowcover_record::{TrafficType, log_stream::stream_names};
/// assert_eq!(stream_names("eni-1", TrafficType::All), ["eni-1-all"]);
/// assert_eq!(stream_names("eni-1", TrafficType::Reject), ["eni-1-reject", "eni-1-all"]);
/// ```
#[must_use]
pub fn stream_names(eni: &str, traffic_type: TrafficType) -> Vec<String> {
    let mut kinds = vec![traffic_type];
    if traffic_type != TrafficType::All {
        kinds.push(TrafficType::All);
    }
    let name = |traffic_type| {
        StreamName {
            eni: eni.to_owned(),
            traffic_type,
        }
        .to_string()
    };
    kinds.into_iter().map(name).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_of_another_form_say_nothing() {
        for text in [
            "",
            "eni-1",
            "eni--all",
            "-all",
            "all",
            "eni-1-ALL",
            "eni-1-all-all",
            "vpc-1-all",
            "eni-1/x-all",
            "tgw-attach-1-all",
        ] {
            assert_eq!(StreamName::parse(text), None, "{text:?}");
        }
    }

    #[test]
    fn traffic_type_reads_what_it_writes_and_nothing_else() {
        for traffic in TrafficType::EVERY {
            assert_eq!(traffic.to_string().parse(), Ok(traffic));
        }
        assert!("all".parse::<TrafficType>().is_err());
        assert!("".parse::<TrafficType>().is_err());
    }

    proptest! {
        #[test]
        fn round_trips(
            eni in "eni-[0-9a-f]{8,17}",
            traffic_type in prop::sample::select(TrafficType::EVERY.to_vec()),
        ) {
            for text in stream_names(&eni, traffic_type) {
                let name = StreamName::parse(&text).expect("a name of the documented form");
                prop_assert_eq!(&name.eni, &eni);
                prop_assert_eq!(name.to_string(), text);
            }
        }
    }
}
