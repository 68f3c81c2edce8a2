//! Whether two policies say the same.

use serde_json::Value;

/// Whether two JSON texts say the same: the order of keys, of lists of texts, and a list of one for a single value make no
/// difference (IAM user guide, "Grammar of the IAM JSON policy language"). Texts that are no JSON are compared as they are.
pub(super) fn same_policy(one: &str, other: &str) -> bool {
    match (serde_json::from_str(one), serde_json::from_str(other)) {
        (Ok(one), Ok(other)) => same_value(one, other),
        _ => one == other,
    }
}

/// The same of values.
pub(super) fn same_value(one: Value, other: Value) -> bool {
    plain(one) == plain(other)
}

fn plain(value: Value) -> Value {
    match value {
        Value::Array(items) => {
            let mut items: Vec<Value> = items.into_iter().map(plain).collect();
            if items.iter().all(Value::is_string) {
                items.sort_by(|a, b| a.as_str().cmp(&b.as_str()));
                items.dedup();
            }
            if items.len() == 1 {
                items.remove(0)
            } else {
                Value::Array(items)
            }
        }
        Value::Object(map) => map.into_iter().map(|(key, it)| (key, plain(it))).collect(),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::same_policy;

    #[track_caller]
    fn check(one: &str, other: &str, same: bool) {
        assert_eq!(same_policy(one, other), same, "{one} {other}");
        assert_eq!(same_policy(other, one), same, "{other} {one}");
    }

    #[test]
    fn policies_are_the_same_if_they_say_the_same() {
        check(
            r#"{"a":"x","b":["y","z"]}"#,
            r#"{ "b": ["z","y"], "a": ["x"] }"#,
            true,
        );
        check(
            r#"{"Statement":[{"Sid":"A"}]}"#,
            r#"{"Statement":{"Sid":"A"}}"#,
            true,
        );
        check(r#"{"a":"x"}"#, r#"{"a":"X"}"#, false);
        check(r#"{"a":["x","y"]}"#, r#"{"a":["x"]}"#, false);
        // The order of statements is kept: they are no texts.
        check(
            r#"[{"Sid":"A"},{"Sid":"B"}]"#,
            r#"[{"Sid":"B"},{"Sid":"A"}]"#,
            false,
        );
        check("not json", "not json", true);
        check("not json", "{}", false);
    }
}
