//! Bucket policies as they stand, and one statement in them. Whatever else stands there is kept as it is, in its order.

use flowcover_core::plan::{PolicyStatement, policy_of};
use serde_json::{Map, Value};

use super::same::same_value;

const STATEMENT: &str = "Statement";

/// A policy that stands there.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct BucketPolicy {
    rest: Map<String, Value>,
    statements: Vec<Value>,
}

impl BucketPolicy {
    /// Reads a policy. None: it is none, and nothing is to be done to it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let Ok(Value::Object(mut rest)) = serde_json::from_str(text) else {
            return None;
        };
        let statements = match rest.remove(STATEMENT) {
            None => Vec::new(),
            Some(Value::Array(statements)) => statements,
            // One statement may stand there without a list.
            Some(statement @ Value::Object(_)) => vec![statement],
            Some(_) => return None,
        };
        Some(Self { rest, statements })
    }

    /// The statements with that id, as text. There should be one at most.
    pub(super) fn with_sid(&self, sid: &str) -> Vec<String> {
        let statements = self.statements.iter().filter(|it| has_sid(it, sid));
        statements.map(Value::to_string).collect()
    }

    /// Puts a statement where the one with its id stands, else at the end.
    pub(super) fn put(&mut self, ours: &PolicyStatement) -> Option<()> {
        let statement: Value = serde_json::from_str(&ours.statement).ok()?;
        match self.statements.iter_mut().find(|it| has_sid(it, &ours.sid)) {
            Some(place) => *place = statement,
            None => self.statements.push(statement),
        }
        Some(())
    }

    /// Takes the statement with that id out.
    pub(super) fn take_out(&mut self, sid: &str) {
        self.statements.retain(|it| !has_sid(it, sid));
    }

    /// Whether no statement is left: S3 takes no policy without one.
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    pub(super) fn to_text(&self) -> String {
        let mut whole = self.rest.clone();
        whole.insert(STATEMENT.to_owned(), Value::Array(self.statements.clone()));
        Value::Object(whole).to_string()
    }
}

/// The policy that is written so that a statement stands in what is there; none if what is there is no policy.
pub(super) fn merged(there: Option<&str>, ours: &PolicyStatement) -> Option<String> {
    let Some(there) = there else {
        return Some(policy_of(std::slice::from_ref(ours)));
    };
    let mut policy = BucketPolicy::parse(there)?;
    policy.put(ours)?;
    Some(policy.to_text())
}

/// Whether two statements say the same.
pub(super) fn same_statement(one: &str, other: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => same_value(one, other),
        _ => false,
    }
}

fn has_sid(statement: &Value, sid: &str) -> bool {
    statement.get("Sid").and_then(Value::as_str) == Some(sid)
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn ours() -> PolicyStatement {
        PolicyStatement {
            sid: "Ours".to_owned(),
            statement: r#"{"Sid":"Ours","Effect":"Allow","Action":"s3:PutObject"}"#.to_owned(),
        }
    }

    #[test]
    fn without_a_policy_ours_is_the_only_statement() {
        let text = merged(None, &ours()).unwrap();
        let policy = BucketPolicy::parse(&text).unwrap();
        assert_eq!(policy.statements.len(), 1);
        assert!(same_statement(
            &policy.with_sid("Ours")[0],
            &ours().statement
        ));
    }

    #[test]
    fn a_single_statement_without_a_list_is_kept() {
        let there =
            r#"{"Version":"2008-10-17","Id":"x","Statement":{"Sid":"Theirs","Effect":"Deny"}}"#;
        let text = merged(Some(there), &ours()).unwrap();
        let found: Value = serde_json::from_str(&text).unwrap();
        assert_eq!(found["Version"], "2008-10-17");
        assert_eq!(found["Id"], "x");
        assert_eq!(
            found["Statement"][0],
            json!({"Sid": "Theirs", "Effect": "Deny"})
        );
        assert_eq!(found["Statement"][1]["Sid"], "Ours");
    }

    #[test]
    fn what_is_no_policy_is_not_touched() {
        for text in ["", "[]", "{", r#"{"Statement":"x"}"#, "null"] {
            assert_eq!(merged(Some(text), &ours()), None, "{text}");
        }
    }

    fn statements() -> impl Strategy<Value = Vec<Value>> {
        let sid = prop::option::of("[A-Z]{1,3}");
        let one = (sid, any::<bool>(), "[a-z:*]{1,8}").prop_map(|(sid, allow, action)| {
            let effect = if allow { "Allow" } else { "Deny" };
            let mut statement = json!({"Effect": effect, "Action": [action], "Resource": "*"});
            if let Some(sid) = sid {
                statement["Sid"] = Value::from(sid);
            }
            statement
        });
        prop::collection::vec(one, 0..6)
    }

    proptest! {
        #[test]
        fn to_put_in_and_take_out_leaves_the_others_as_they_were(statements in statements()) {
            let there = json!({"Version": "2012-10-17", "Statement": statements});
            let text = merged(Some(&there.to_string()), &ours()).unwrap();
            let mut policy = BucketPolicy::parse(&text).unwrap();
            prop_assert_eq!(policy.with_sid("Ours").len(), 1);
            prop_assert_eq!(policy.statements.len(), statements.len() + 1);
            // Twice is once.
            let again = merged(Some(&text), &ours()).unwrap();
            prop_assert_eq!(&again, &text);
            policy.take_out("Ours");
            let back: Value = serde_json::from_str(&policy.to_text()).unwrap();
            prop_assert_eq!(back, there);
        }
    }
}
