//! Writing a policy document back as JSON, every list as a list.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::document::{
    Condition, Effect, PolicyDocument, PrincipalScope, PrincipalSet, Scope, Statement,
};

impl PolicyDocument {
    /// The document as JSON that [`PolicyDocument::from_value`] reads back as the same document.
    #[must_use]
    pub fn to_value(&self) -> Value {
        let mut members: Map<String, Value> = self.unknown.clone().into_iter().collect();
        insert_some(&mut members, "Version", self.version.as_deref());
        insert_some(&mut members, "Id", self.id.as_deref());
        members.insert(
            "Statement".to_owned(),
            self.statements.iter().map(statement).collect(),
        );
        Value::Object(members)
    }
}

impl Serialize for PolicyDocument {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.to_value().serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for PolicyDocument {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PolicyDocument, D::Error> {
        PolicyDocument::from_value(&Value::deserialize(deserializer)?).map_err(D::Error::custom)
    }
}

fn insert_some(members: &mut Map<String, Value>, name: &str, value: Option<&str>) {
    if let Some(value) = value {
        members.insert(name.to_owned(), json!(value));
    }
}

fn statement(statement: &Statement) -> Value {
    let mut members: Map<String, Value> = statement.unknown.clone().into_iter().collect();
    insert_some(&mut members, "Sid", statement.sid.as_deref());
    let effect = match statement.effect {
        Effect::Allow => "Allow",
        Effect::Deny => "Deny",
    };
    insert_some(&mut members, "Effect", Some(effect));
    insert_scope(&mut members, "Action", &statement.actions);
    if let Some(resources) = &statement.resources {
        insert_scope(&mut members, "Resource", resources);
    }
    match &statement.principal {
        Some(PrincipalScope::Only(set)) => members.insert("Principal".to_owned(), principals(set)),
        Some(PrincipalScope::AllBut(set)) => {
            members.insert("NotPrincipal".to_owned(), principals(set))
        }
        None => None,
    };
    if !statement.conditions.is_empty() {
        members.insert("Condition".to_owned(), conditions(&statement.conditions));
    }
    Value::Object(members)
}

fn insert_scope(members: &mut Map<String, Value>, name: &str, scope: &Scope) {
    match scope {
        Scope::Only(patterns) => members.insert(name.to_owned(), json!(patterns)),
        Scope::AllBut(patterns) => members.insert(format!("Not{name}"), json!(patterns)),
    };
}

fn principals(set: &PrincipalSet) -> Value {
    if set.everyone {
        return json!("*");
    }
    let kinds = [
        ("AWS", &set.aws),
        ("Service", &set.service),
        ("Federated", &set.federated),
        ("CanonicalUser", &set.canonical_user),
    ];
    kinds
        .into_iter()
        .filter(|(_, names)| !names.is_empty())
        .map(|(kind, names)| (kind.to_owned(), json!(names)))
        .collect::<Map<_, _>>()
        .into()
}

fn conditions(conditions: &[Condition]) -> Value {
    let mut operators: Map<String, Value> = Map::new();
    for condition in conditions {
        let keys = operators
            .entry(condition.operator.clone())
            .or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(keys) = keys {
            keys.insert(condition.key.clone(), json!(condition.values));
        }
    }
    Value::Object(operators)
}
