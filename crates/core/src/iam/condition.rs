//! Condition operators (IAM User Guide, "IAM JSON policy elements: Condition operators").

use super::document::Condition;
use super::pattern::{Segments, Style, matches};
use super::request::{Context, Known, Text};
use super::truth::Truth;

/// Whether a condition holds. `variables` says whether the document's version knows policy variables.
pub(super) fn holds(condition: &Condition, context: &Context, variables: bool) -> Truth {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return Truth::unknown(format!(
            "condition operator {:?} is not known",
            condition.operator
        ));
    };
    let known = context.get(&condition.key);
    if operator.test == Test::Null {
        return null(condition, known);
    }
    match known {
        Known::Unknown => Truth::unknown(format!(
            "condition key {} is not known",
            quote(&condition.key)
        )),
        Known::Absent => operator.without_key(condition),
        Known::Values(values) => {
            operator.with_values(condition, values, variables.then_some(context))
        }
    }
}

/// Whether the condition narrows its key to something: a comparison of text that is not negated and not with `*`.
pub(super) fn narrows(condition: &Condition) -> bool {
    let Some(operator) = Operator::parse(&condition.operator) else {
        return false;
    };
    let open = condition
        .values
        .iter()
        .any(|value| value.chars().all(|character| "*?:".contains(character)));
    matches!(operator.test, Test::Text(_)) && !operator.negated && !open
}

/// Keys come from documents: control characters must not reach a terminal, ordinary names stay bare.
fn quote(key: &str) -> String {
    let plain = key
        .chars()
        .all(|character| character.is_ascii_alphanumeric() || ":-_./".contains(character));
    if plain {
        key.to_owned()
    } else {
        format!("{key:?}")
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    AnyValue,
    AllValues,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Test {
    Text(Style),
    Bool,
    Null,
    /// Numbers, dates, addresses, binary: decided only where the key is absent.
    NotCompared,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Operator {
    quantifier: Option<Quantifier>,
    test: Test,
    negated: bool,
    if_exists: bool,
}

const fn text(wildcards: bool, ignore_case: bool) -> Test {
    Test::Text(Style {
        wildcards,
        ignore_case,
        segments: Segments::None,
    })
}

/// Name in lower case, what it compares, and whether it is negated.
const OPERATORS: &[(&str, Test, bool)] = &[
    ("stringequals", text(false, false), false),
    ("stringnotequals", text(false, false), true),
    ("stringequalsignorecase", text(false, true), false),
    ("stringnotequalsignorecase", text(false, true), true),
    ("stringlike", text(true, false), false),
    ("stringnotlike", text(true, false), true),
    ("arnequals", Test::Text(Style::ARN), false),
    ("arnlike", Test::Text(Style::ARN), false),
    ("arnnotequals", Test::Text(Style::ARN), true),
    ("arnnotlike", Test::Text(Style::ARN), true),
    ("bool", Test::Bool, false),
    ("null", Test::Null, false),
    ("numericequals", Test::NotCompared, false),
    ("numericnotequals", Test::NotCompared, true),
    ("numericlessthan", Test::NotCompared, false),
    ("numericlessthanequals", Test::NotCompared, false),
    ("numericgreaterthan", Test::NotCompared, false),
    ("numericgreaterthanequals", Test::NotCompared, false),
    ("dateequals", Test::NotCompared, false),
    ("datenotequals", Test::NotCompared, true),
    ("datelessthan", Test::NotCompared, false),
    ("datelessthanequals", Test::NotCompared, false),
    ("dategreaterthan", Test::NotCompared, false),
    ("dategreaterthanequals", Test::NotCompared, false),
    ("binaryequals", Test::NotCompared, false),
    ("ipaddress", Test::NotCompared, false),
    ("notipaddress", Test::NotCompared, true),
];

impl Operator {
    fn parse(name: &str) -> Option<Operator> {
        let name = name.to_ascii_lowercase();
        let (quantifier, name) = match name.split_once(':') {
            None => (None, name.as_str()),
            Some(("foranyvalue", name)) => (Some(Quantifier::AnyValue), name),
            Some(("forallvalues", name)) => (Some(Quantifier::AllValues), name),
            Some(_) => return None,
        };
        let (name, if_exists) = name
            .strip_suffix("ifexists")
            .map_or((name, false), |name| (name, true));
        let (_, test, negated) = OPERATORS.iter().find(|(known, ..)| *known == name)?;
        // The guide gives Null neither the suffix nor a quantifier.
        let valid = *test != Test::Null || (!if_exists && quantifier.is_none());
        valid.then_some(Operator {
            quantifier,
            test: *test,
            negated: *negated,
            if_exists,
        })
    }

    /// A key that the request does not carry: negated operators hold, others do not; `ForAllValues` holds, `ForAnyValue` does not.
    fn without_key(self, condition: &Condition) -> Truth {
        match (self.quantifier, self.if_exists) {
            (Some(Quantifier::AllValues), _) | (None, true) => Truth::Yes,
            (Some(Quantifier::AnyValue), false) => Truth::No,
            (Some(Quantifier::AnyValue), true) => Truth::unknown(format!(
                "what {} means without its key is not documented",
                condition.operator
            )),
            (None, false) => Truth::from(self.negated),
        }
    }

    fn with_values(
        self,
        condition: &Condition,
        values: &[Text],
        variables: Option<&Context>,
    ) -> Truth {
        let each = values.iter().map(|value| {
            self.compare(condition, value, variables)
                .negate_if(self.negated)
        });
        match self.quantifier {
            Some(Quantifier::AnyValue) => Truth::any(each),
            Some(Quantifier::AllValues) => Truth::all(each),
            None if values.len() == 1 => Truth::all(each),
            None => Truth::unknown(format!(
                "condition key {} has several values and {} compares one",
                quote(&condition.key),
                condition.operator
            )),
        }
    }

    /// Whether the value equals any of the condition's, before negation.
    fn compare(self, condition: &Condition, value: &Text, variables: Option<&Context>) -> Truth {
        match self.test {
            Test::Text(style) => Truth::any(
                condition
                    .values
                    .iter()
                    .map(|wanted| matches(wanted, value, style, variables)),
            ),
            Test::Bool => Truth::any(
                condition
                    .values
                    .iter()
                    .map(|wanted| same_flag(wanted, value)),
            ),
            Test::Null | Test::NotCompared => Truth::unknown(format!(
                "{} on {} is not compared",
                condition.operator,
                quote(&condition.key)
            )),
        }
    }
}

fn same_flag(wanted: &str, value: &Text) -> Truth {
    match value {
        Text::Exact(value) => Truth::from(value.eq_ignore_ascii_case(wanted)),
        Text::StartsWith(_) => Truth::unknown("a flag of which only the beginning is known"),
    }
}

/// `"true"`: the key must be absent; `"false"`: it must be there.
fn null(condition: &Condition, known: Known<'_>) -> Truth {
    Truth::any(condition.values.iter().map(|wanted| {
        let must_be_absent = match wanted.to_ascii_lowercase().as_str() {
            "true" => true,
            "false" => false,
            _ => {
                return Truth::unknown(format!("Null compares {wanted:?}, neither true nor false"));
            }
        };
        match known {
            Known::Unknown => Truth::unknown(format!(
                "condition key {} is not known",
                quote(&condition.key)
            )),
            Known::Absent => Truth::from(must_be_absent),
            Known::Values(_) => Truth::from(!must_be_absent),
        }
    }))
}
