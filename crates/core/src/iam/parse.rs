//! Reading policy documents as the APIs and the command line give them.

use serde_json::{Map, Value};
use thiserror::Error;

use super::document::{
    Condition, Effect, PolicyDocument, PrincipalScope, PrincipalSet, Scope, Statement,
};

/// Larger documents are refused, in bytes. The largest AWS takes is a KMS key policy of 32 KiB.
pub const MAX_POLICY_BYTES: usize = 256 * 1024;

/// Why a policy document cannot be read.
#[derive(Debug, Error)]
pub enum PolicyParseError {
    /// Larger than [`MAX_POLICY_BYTES`].
    #[error("policy document has {bytes} bytes, more than {MAX_POLICY_BYTES}")]
    TooLarge {
        /// Its size.
        bytes: usize,
    },
    /// Percent-encoded, but not of UTF-8 text.
    #[error("policy document is percent-encoded wrongly")]
    Encoding,
    /// Not JSON, or nested too deeply.
    #[error("policy document is not JSON: {0}")]
    Json(#[from] serde_json::Error),
    /// JSON, but not a policy.
    #[error("policy document: {place}: {problem}")]
    Shape {
        /// Where, such as `statement 2`.
        place: String,
        /// What is wrong there.
        problem: String,
    },
}

impl PolicyDocument {
    /// Reads a document from JSON, plain or percent-encoded (as `GetRole` and `GetRolePolicy` return it).
    ///
    /// # Errors
    ///
    /// The document is too large, not JSON, or lacks what every policy has: `Statement`, and in each an `Effect` and an action.
    pub fn parse(text: &str) -> Result<PolicyDocument, PolicyParseError> {
        if text.len() > MAX_POLICY_BYTES {
            return Err(PolicyParseError::TooLarge { bytes: text.len() });
        }
        let text = text.trim_start_matches('\u{feff}').trim();
        if is_percent_encoded(text) {
            let decoded = percent_decode(text).ok_or(PolicyParseError::Encoding)?;
            return PolicyDocument::from_value(&serde_json::from_str(&decoded)?);
        }
        PolicyDocument::from_value(&serde_json::from_str(text)?)
    }

    /// Reads a document from JSON that is parsed already.
    ///
    /// # Errors
    ///
    /// It lacks what every policy has.
    pub fn from_value(value: &Value) -> Result<PolicyDocument, PolicyParseError> {
        let place = "top level";
        let mut members = object(value, place)?.clone();
        let version = optional_text(&mut members, "Version", place)?;
        let id = optional_text(&mut members, "Id", place)?;
        let statements = match members.remove("Statement") {
            Some(Value::Array(list)) => list,
            Some(one @ Value::Object(_)) => vec![one],
            Some(_) => return Err(shape(place, "Statement is neither an object nor a list")),
            None => return Err(shape(place, "no Statement")),
        };
        let statements = statements
            .into_iter()
            .enumerate()
            .map(|(at, value)| statement(at + 1, value))
            .collect::<Result<_, _>>()?;
        Ok(PolicyDocument {
            version,
            id,
            statements,
            unknown: members.into_iter().collect(),
        })
    }
}

/// JSON text has a quote before anything of note; percent-encoded JSON has none.
fn is_percent_encoded(text: &str) -> bool {
    !text.contains('"') && text.contains('%')
}

fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = text.bytes();
    let mut decoded = Vec::with_capacity(text.len());
    while let Some(byte) = bytes.next() {
        decoded.push(if byte == b'%' {
            hex(bytes.next()?)? * 16 + hex(bytes.next()?)?
        } else {
            byte
        });
    }
    String::from_utf8(decoded).ok()
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit)
        .to_digit(16)
        .and_then(|value| u8::try_from(value).ok())
}

fn shape(place: &str, problem: impl Into<String>) -> PolicyParseError {
    PolicyParseError::Shape {
        place: place.to_owned(),
        problem: problem.into(),
    }
}

fn object<'a>(value: &'a Value, place: &str) -> Result<&'a Map<String, Value>, PolicyParseError> {
    value
        .as_object()
        .ok_or_else(|| shape(place, "not an object"))
}

fn optional_text(
    members: &mut Map<String, Value>,
    name: &str,
    place: &str,
) -> Result<Option<String>, PolicyParseError> {
    match members.remove(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(_) => Err(shape(place, format!("{name} is not a string"))),
    }
}

fn statement(index: usize, value: Value) -> Result<Statement, PolicyParseError> {
    let place = format!("statement {index}");
    let Value::Object(mut members) = value else {
        return Err(shape(&place, "not an object"));
    };
    let sid = optional_text(&mut members, "Sid", &place)?;
    let effect = match optional_text(&mut members, "Effect", &place)?.as_deref() {
        Some("Allow") => Effect::Allow,
        Some("Deny") => Effect::Deny,
        Some(other) => {
            return Err(shape(
                &place,
                format!("Effect is {other:?}, not \"Allow\" or \"Deny\""),
            ));
        }
        None => return Err(shape(&place, "no Effect")),
    };
    let actions = scope(&mut members, "Action", "NotAction", &place)?
        .ok_or_else(|| shape(&place, "neither Action nor NotAction"))?;
    let resources = scope(&mut members, "Resource", "NotResource", &place)?;
    let principal = principal_scope(&mut members, &place)?;
    let conditions = members
        .remove("Condition")
        .map_or(Ok(Vec::new()), |value| conditions(&value, &place))?;
    Ok(Statement {
        index,
        sid,
        effect,
        principal,
        actions,
        resources,
        conditions,
        unknown: members.into_iter().collect(),
    })
}

fn scope(
    members: &mut Map<String, Value>,
    only: &str,
    all_but: &str,
    place: &str,
) -> Result<Option<Scope>, PolicyParseError> {
    match (members.remove(only), members.remove(all_but)) {
        (None, None) => Ok(None),
        (Some(value), None) => Ok(Some(Scope::Only(texts(value, only, place)?))),
        (None, Some(value)) => Ok(Some(Scope::AllBut(texts(value, all_but, place)?))),
        (Some(_), Some(_)) => Err(shape(place, format!("both {only} and {all_but}"))),
    }
}

/// One string or a list of them.
fn texts(value: Value, name: &str, place: &str) -> Result<Vec<String>, PolicyParseError> {
    let problem = || {
        shape(
            place,
            format!("{name} is neither a string nor a list of strings"),
        )
    };
    match value {
        Value::String(text) => Ok(vec![text]),
        Value::Array(list) => list
            .into_iter()
            .map(|item| {
                if let Value::String(text) = item {
                    Ok(text)
                } else {
                    Err(problem())
                }
            })
            .collect(),
        _ => Err(problem()),
    }
}

fn principal_scope(
    members: &mut Map<String, Value>,
    place: &str,
) -> Result<Option<PrincipalScope>, PolicyParseError> {
    match (members.remove("Principal"), members.remove("NotPrincipal")) {
        (None, None) => Ok(None),
        (Some(value), None) => principal_set(value, "Principal", place)
            .map(PrincipalScope::Only)
            .map(Some),
        (None, Some(value)) => principal_set(value, "NotPrincipal", place)
            .map(PrincipalScope::AllBut)
            .map(Some),
        (Some(_), Some(_)) => Err(shape(place, "both Principal and NotPrincipal")),
    }
}

fn principal_set(value: Value, name: &str, place: &str) -> Result<PrincipalSet, PolicyParseError> {
    let members = match value {
        Value::String(text) if text == "*" => {
            return Ok(PrincipalSet {
                everyone: true,
                ..PrincipalSet::default()
            });
        }
        Value::Object(members) => members,
        _ => {
            return Err(shape(
                place,
                format!("{name} is neither \"*\" nor an object"),
            ));
        }
    };
    let mut set = PrincipalSet::default();
    for (kind, value) in members {
        let names = texts(value, &format!("{name}.{kind}"), place)?;
        match kind.as_str() {
            "AWS" => set.aws = names,
            "Service" => set.service = names,
            "Federated" => set.federated = names,
            "CanonicalUser" => set.canonical_user = names,
            _ => {
                return Err(shape(
                    place,
                    format!("{name} has the unknown kind {kind:?}"),
                ));
            }
        }
    }
    Ok(set)
}

fn conditions(value: &Value, place: &str) -> Result<Vec<Condition>, PolicyParseError> {
    let mut conditions = Vec::new();
    for (operator, keys) in object(value, &format!("{place}, Condition"))? {
        for (key, value) in object(keys, &format!("{place}, Condition {operator:?}"))? {
            let values = condition_values(value).ok_or_else(|| {
                shape(
                    place,
                    format!("Condition {operator:?} on {key:?} has a value of the wrong kind"),
                )
            })?;
            conditions.push(Condition {
                operator: operator.clone(),
                key: key.clone(),
                values,
            });
        }
    }
    Ok(conditions)
}

/// AWS takes booleans and numbers here without quotes.
fn condition_values(value: &Value) -> Option<Vec<String>> {
    match value {
        Value::Array(list) => list.iter().map(scalar).collect(),
        one => scalar(one).map(|text| vec![text]),
    }
}

fn scalar(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
