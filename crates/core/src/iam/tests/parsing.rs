use super::super::{MAX_POLICY_BYTES, PolicyDocument, PolicyParseError, PrincipalScope, Scope};
use super::policy;

#[test]
fn one_or_many_is_the_same() {
    let one = policy(
        r#"{"Statement": {"Sid": "A", "Effect": "Allow", "Principal": {"Service": "x.amazonaws.com"}, "Action": "s3:Get*",
            "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": true}}}}"#,
    );
    let many = policy(
        r#"{"Statement": [{"Sid": "A", "Effect": "Allow", "Principal": {"Service": ["x.amazonaws.com"]}, "Action": ["s3:Get*"],
            "Resource": ["*"], "Condition": {"Bool": {"aws:SecureTransport": ["true"]}}}]}"#,
    );
    assert_eq!(one, many);
}

#[test]
fn percent_encoded_documents_are_read() {
    let plain = r#"{"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"a:b+c","Resource":"*ü"}]}"#;
    let encoded: String = plain.bytes().map(|byte| format!("%{byte:02X}")).collect();
    assert_eq!(policy(&encoded), policy(plain));
    let partly = plain.replace('"', "%22").replace('ü', "%c3%bc");
    assert_eq!(policy(&partly), policy(plain));
    assert_eq!(policy(&format!("\u{feff}\n {plain} ")), policy(plain));
}

#[test]
fn what_is_not_of_the_language_is_kept() {
    let document = policy(
        r#"{"Statement": {"Effect": "Deny", "NotAction": "a:*", "NotResource": "b", "NotPrincipal": {"AWS": "1"}, "Novel": 1}, "New": []}"#,
    );
    assert!(document.unknown.contains_key("New"));
    let statement = &document.statements[0];
    assert!(statement.unknown.contains_key("Novel"));
    assert_eq!(statement.actions, Scope::AllBut(vec!["a:*".to_owned()]));
    assert_eq!(
        statement.resources,
        Some(Scope::AllBut(vec!["b".to_owned()]))
    );
    assert!(matches!(&statement.principal, Some(PrincipalScope::AllBut(set)) if set.aws == ["1"]));
    assert_eq!(
        PolicyDocument::from_value(&document.to_value()).unwrap(),
        document
    );
}

#[test]
fn faults_are_named_with_their_place() {
    let cases = [
        (
            "",
            "policy document is not JSON: EOF while parsing a value at line 1 column 0",
        ),
        ("[]", "policy document: top level: not an object"),
        ("{}", "policy document: top level: no Statement"),
        (
            r#"{"Statement": "x"}"#,
            "policy document: top level: Statement is neither an object nor a list",
        ),
        (
            r#"{"Statement": [1]}"#,
            "policy document: statement 1: not an object",
        ),
        (
            r#"{"Statement": {"Action": "a"}}"#,
            "policy document: statement 1: no Effect",
        ),
        (
            r#"{"Statement": [{"Effect": "allow", "Action": "a"}]}"#,
            "policy document: statement 1: Effect is \"allow\", not \"Allow\" or \"Deny\"",
        ),
        (
            r#"{"Statement": {"Effect": "Allow"}}"#,
            "policy document: statement 1: neither Action nor NotAction",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "NotAction": "b"}}"#,
            "policy document: statement 1: both Action and NotAction",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": [1]}}"#,
            "policy document: statement 1: Action is neither a string nor a list of strings",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Principal": "ec2.amazonaws.com"}}"#,
            "policy document: statement 1: Principal is neither \"*\" nor an object",
        ),
        (
            r#"{"Statement": {"Effect": "Allow", "Action": "a", "Condition": {"Bool": {"k": {}}}}}"#,
            "policy document: statement 1: Condition \"Bool\" on \"k\" has a value of the wrong kind",
        ),
        ("%7", "policy document is percent-encoded wrongly"),
        ("%FF%FE", "policy document is percent-encoded wrongly"),
    ];
    for (text, expected) in cases {
        assert_eq!(
            PolicyDocument::parse(text).unwrap_err().to_string(),
            expected,
            "{text:?}"
        );
    }
}

#[test]
fn size_and_depth_are_capped() {
    let large = " ".repeat(MAX_POLICY_BYTES + 1);
    assert!(matches!(
        PolicyDocument::parse(&large),
        Err(PolicyParseError::TooLarge { .. })
    ));
    let deep = format!(
        r#"{{"Statement": {}{}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    assert!(matches!(
        PolicyDocument::parse(&deep),
        Err(PolicyParseError::Json(_))
    ));
}
