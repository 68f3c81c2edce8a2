use proptest::prelude::*;

use super::super::pattern::{Segments, Style, matches};
use super::super::truth::Truth;
use super::super::{
    Condition, Context, Decision, Effect, PolicyDocument, PolicyKind, PrincipalScope, PrincipalSet,
    Request,
};
use super::super::{Scope, Statement, Text};
use super::{by_service, word};

const PLAIN: Style = Style {
    wildcards: true,
    ignore_case: false,
    segments: Segments::None,
};
const KEYS: &[&str] = &["aws:SourceAccount", "aws:SourceArn", "aws:username"];
const VALUES: &[&str] = &[
    "111122223333",
    "arn:aws:ec2:r:111122223333:x/y",
    "true",
    "ann",
];
const CONDITION_VALUES: &[&str] = &[
    "111122223333",
    "arn:aws:ec2:*:111122223333:x/*",
    "true",
    "false",
    "a*",
    "${aws:username}",
];
const OPERATORS: &[&str] = &[
    "StringEquals",
    "StringNotEquals",
    "StringLike",
    "StringNotLike",
    "ArnLike",
    "ArnNotEquals",
    "Bool",
    "NumericEquals",
];
const ACTIONS: &[&str] = &["s3:PutObject", "S3:Put*", "*", "logs:PutLogEvents"];
const RESOURCES: &[&str] = &[
    "*",
    "arn:aws:s3:::b/*",
    "arn:aws:s3:::b/${aws:username}/x",
    "arn:aws:s3:::c/*",
    "arn:aws:s3*b/ann/x",
];
const SERVICES: &[&str] = &["delivery.logs.amazonaws.com", "ec2.amazonaws.com", "*"];

fn some_of(from: &'static [&'static str]) -> impl Strategy<Value = Vec<String>> {
    prop::collection::vec(prop::sample::select(from).prop_map(str::to_owned), 1..3)
}

fn scope(from: &'static [&'static str]) -> impl Strategy<Value = Scope> {
    (some_of(from), any::<bool>()).prop_map(|(patterns, only)| {
        if only {
            Scope::Only(patterns)
        } else {
            Scope::AllBut(patterns)
        }
    })
}

fn principal() -> impl Strategy<Value = PrincipalScope> {
    (some_of(SERVICES), any::<bool>(), any::<bool>()).prop_map(|(service, everyone, only)| {
        let set = if everyone {
            PrincipalSet {
                everyone,
                ..PrincipalSet::default()
            }
        } else {
            PrincipalSet {
                service,
                ..PrincipalSet::default()
            }
        };
        if only {
            PrincipalScope::Only(set)
        } else {
            PrincipalScope::AllBut(set)
        }
    })
}

fn operator() -> impl Strategy<Value = String> {
    let quantifier = prop::sample::select(vec!["", "", "", "ForAnyValue:", "ForAllValues:"]);
    let suffix = prop::sample::select(vec!["", "", "IfExists"]);
    let plain = (quantifier, prop::sample::select(OPERATORS), suffix)
        .prop_map(|(quantifier, name, suffix)| format!("{quantifier}{name}{suffix}"));
    prop_oneof![8 => plain, 1 => Just("Null".to_owned())]
}

/// At most one condition a document: two on one key and operator are one member of a JSON object.
fn condition() -> impl Strategy<Value = Vec<Condition>> {
    let one = (
        operator(),
        prop::sample::select(KEYS),
        some_of(CONDITION_VALUES),
    );
    prop::collection::vec(
        one.prop_map(|(operator, key, values)| Condition {
            operator,
            key: key.to_owned(),
            values,
        }),
        0..=1,
    )
}

fn statement() -> impl Strategy<Value = Statement> {
    (
        any::<bool>(),
        principal(),
        scope(ACTIONS),
        scope(RESOURCES),
        condition(),
        prop::option::of("[ -~]{0,8}"),
    )
        .prop_map(
            |(allow, principal, actions, resources, conditions, sid)| Statement {
                index: 0,
                sid,
                effect: if allow { Effect::Allow } else { Effect::Deny },
                principal: Some(principal),
                actions,
                resources: Some(resources),
                conditions,
                unknown: Default::default(),
            },
        )
}

fn document() -> impl Strategy<Value = PolicyDocument> {
    (prop::collection::vec(statement(), 0..4), any::<bool>()).prop_map(|(statements, versioned)| {
        number(PolicyDocument {
            version: versioned.then(|| "2012-10-17".to_owned()),
            id: None,
            statements,
            unknown: Default::default(),
        })
    })
}

fn number(mut document: PolicyDocument) -> PolicyDocument {
    for (at, statement) in document.statements.iter_mut().enumerate() {
        statement.index = at + 1;
    }
    document
}

/// Every key either absent or with one or two values.
fn full_context() -> impl Strategy<Value = Context> {
    let values = prop::collection::vec(prop::sample::select(VALUES), 0..3);
    prop::collection::vec(values, KEYS.len()).prop_map(|all| {
        KEYS.iter()
            .zip(all)
            .fold(Context::new(), |context, (key, values)| {
                context.with_values(key, values.into_iter().map(Text::from).collect())
            })
    })
}

fn request(context: Context) -> Request {
    by_service(
        "delivery.logs.amazonaws.com",
        "s3:PutObject",
        Some("arn:aws:s3:::b/ann/x"),
        context,
    )
}

fn evaluate(document: &PolicyDocument, context: &Context) -> Decision {
    document.evaluate("policy", PolicyKind::Resource, &request(context.clone()))
}

fn applying(effect: Effect) -> Statement {
    Statement {
        index: 0,
        sid: None,
        effect,
        principal: Some(PrincipalScope::Only(PrincipalSet {
            everyone: true,
            ..PrincipalSet::default()
        })),
        actions: Scope::Only(vec!["s3:Put*".to_owned()]),
        resources: Some(Scope::Only(vec!["arn:aws:s3:::b/*".to_owned()])),
        conditions: Vec::new(),
        unknown: Default::default(),
    }
}

fn with(document: &PolicyDocument, effect: Effect) -> PolicyDocument {
    let mut document = document.clone();
    document.statements.push(applying(effect));
    number(document)
}

/// The definition, character by character.
fn naive(pattern: &[char], text: &[char]) -> bool {
    match (pattern.split_first(), text.split_first()) {
        (None, None) => true,
        (Some(('*', rest)), None) => naive(rest, text),
        (Some(('*', rest)), Some((_, tail))) => naive(rest, text) || naive(pattern, tail),
        (Some(('?', rest)), Some((_, tail))) => naive(rest, tail),
        (Some((one, rest)), Some((other, tail))) => one == other && naive(rest, tail),
        _ => false,
    }
}

fn naive_match(pattern: &str, text: &str) -> bool {
    naive(
        &pattern.chars().collect::<Vec<_>>(),
        &text.chars().collect::<Vec<_>>(),
    )
}

proptest! {
    #[test]
    fn the_matcher_agrees_with_its_definition(pattern in "[ab:ü*?]{0,8}", text in "[ab:ü]{0,8}") {
        let expected = Truth::from(naive_match(&pattern, &text));
        prop_assert_eq!(matches(&pattern, &Text::from(text), PLAIN, None), expected);
    }

    #[test]
    fn a_known_beginning_decides_only_what_holds_for_every_end(pattern in "[ab*?]{0,6}", start in "[ab]{0,4}", end in "[ab]{0,4}") {
        let truth = matches(&pattern, &Text::StartsWith(start.clone()), PLAIN, None);
        let whole = naive_match(&pattern, &format!("{start}{end}"));
        prop_assert!(truth != Truth::from(!whole), "{:?} {}", truth, whole);
    }

    #[test]
    fn a_resource_is_never_surely_other_than_the_whole_string_says(pattern in "[ab:*?]{0,12}", text in "[ab:]{0,12}") {
        let truth = matches(&pattern, &Text::from(text.clone()), Style::RESOURCE, None);
        let whole = naive_match(&pattern, &text);
        prop_assert!(truth != Truth::from(!whole), "{:?} {}", truth, whole);
    }

    #[test]
    fn writing_and_reading_gives_the_same_document(document in document()) {
        let text = serde_json::to_string(&document).unwrap();
        prop_assert_eq!(&PolicyDocument::parse(&text).unwrap(), &document);
        let encoded: String = text.bytes().map(|byte| format!("%{byte:02x}")).collect();
        prop_assert_eq!(&PolicyDocument::parse(&encoded).unwrap(), &document);
        prop_assert_eq!(serde_json::from_str::<PolicyDocument>(&text).unwrap(), document);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "(?s).{0,64}", percent in "[%0-9a-f]{0,32}") {
        prop_assert!(PolicyDocument::parse(&text).is_err());
        prop_assert!(PolicyDocument::parse(&percent).is_err());
    }

    #[test]
    fn a_sure_deny_beats_everything(document in document(), context in full_context()) {
        prop_assert_eq!(word(&evaluate(&with(&document, Effect::Deny), &context)), "explicit");
        prop_assert_eq!(word(&evaluate(&with(&document, Effect::Deny), &Context::new())), "explicit");
    }

    #[test]
    fn an_allow_takes_nothing_away(document in document(), context in full_context()) {
        let before = evaluate(&document, &context);
        let after = evaluate(&with(&document, Effect::Allow), &context);
        prop_assert_eq!(word(&before) == "explicit", word(&after) == "explicit");
        prop_assert!(!before.is_allowed() || after.is_allowed());
    }

    #[test]
    fn order_does_not_matter(document in document(), context in full_context()) {
        let mut reversed = document.clone();
        reversed.statements.reverse();
        prop_assert_eq!(word(&evaluate(&document, &context)), word(&evaluate(&number(reversed), &context)));
    }

    /// What is answered without some keys stays true once they are known.
    #[test]
    fn knowing_less_never_gives_another_sure_answer(
        document in document(),
        context in full_context(),
        hidden in prop::sample::subsequence(KEYS.to_vec(), 0..=KEYS.len()),
    ) {
        let partial = hidden.iter().fold(context.clone(), |context, key| context.forgetting(key));
        let (full, partial) = (evaluate(&document, &context), evaluate(&document, &partial));
        prop_assert!(!partial.is_allowed() || full.is_allowed(), "{} / {}", partial, full);
        prop_assert!(!partial.is_denied() || full.is_denied(), "{} / {}", partial, full);
        prop_assert!(word(&partial) != "explicit" || word(&full) == "explicit", "{} / {}", partial, full);
    }
}
