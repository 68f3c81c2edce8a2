//! What is asked of a policy: who wants to do what, to which resource, and what is known about it.

use std::collections::BTreeMap;

/// Who makes the request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Principal {
    /// An AWS service by its principal name, such as `vpc-flow-logs.amazonaws.com`; the same in every partition.
    Service(String),
    /// An IAM role or user.
    Aws {
        /// The twelve digits of its account.
        account_id: String,
        /// Its IAM ARN; for a session, that of the role.
        arn: String,
    },
}

/// A string of which all, or only the beginning, is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Text {
    /// All of it.
    Exact(String),
    /// It starts so; what follows, if anything, is not known.
    StartsWith(String),
}

impl From<&str> for Text {
    fn from(text: &str) -> Text {
        Text::Exact(text.to_owned())
    }
}

impl From<String> for Text {
    fn from(text: String) -> Text {
        Text::Exact(text)
    }
}

/// What is known of a condition key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Known<'a> {
    /// The request carries the key with these values, at least one.
    Values(&'a [Text]),
    /// The request does not carry the key.
    Absent,
    /// Nobody can tell.
    Unknown,
}

/// The condition keys of a request: some known, some known to be absent, all others unknown.
///
/// Key names match in either case (IAM User Guide, "IAM JSON policy elements: Condition").
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Context {
    keys: BTreeMap<String, Vec<Text>>,
}

impl Context {
    /// A context in which nothing is known.
    #[must_use]
    pub fn new() -> Context {
        Context::default()
    }

    /// The same with the one value of `key`.
    #[must_use]
    pub fn with(self, key: &str, value: impl Into<Text>) -> Context {
        self.with_values(key, vec![value.into()])
    }

    /// The same with the values of a key that can carry several. An empty list means that the key is absent.
    #[must_use]
    pub fn with_values(mut self, key: &str, values: Vec<Text>) -> Context {
        self.keys.insert(key.to_ascii_lowercase(), values);
        self
    }

    /// The same, knowing that the request does not carry `key`.
    #[must_use]
    pub fn without(self, key: &str) -> Context {
        self.with_values(key, Vec::new())
    }

    /// The same, knowing nothing of `key`.
    #[must_use]
    pub fn forgetting(mut self, key: &str) -> Context {
        self.keys.remove(&key.to_ascii_lowercase());
        self
    }

    /// What is known of `key`.
    #[must_use]
    pub fn get(&self, key: &str) -> Known<'_> {
        match self.keys.get(&key.to_ascii_lowercase()) {
            None => Known::Unknown,
            Some(values) if values.is_empty() => Known::Absent,
            Some(values) => Known::Values(values),
        }
    }
}

/// One request, as a policy sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// Who asks.
    pub principal: Principal,
    /// The action with its service prefix, such as `logs:PutLogEvents`.
    pub action: String,
    /// The ARN acted on; `None` for an action without resource-level permissions, which only a `Resource` of `*` covers.
    pub resource: Option<Text>,
    /// The condition keys.
    pub context: Context,
}
