//! A policy document as data.

use std::collections::BTreeMap;

use serde_json::Value;

/// A policy document: identity, trust, resource, boundary or service control policy.
///
/// Source of the elements: IAM User Guide, "IAM JSON policy elements reference".
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PolicyDocument {
    /// `Version`, the version of the policy language; without it AWS reads `2008-10-17`.
    pub version: Option<String>,
    /// `Id`.
    pub id: Option<String>,
    /// `Statement`, in the document's order.
    pub statements: Vec<Statement>,
    /// Elements that are not of the policy language as documented. They make every answer "cannot tell".
    pub unknown: BTreeMap<String, Value>,
}

/// One statement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// Its place in the document, from 1.
    pub index: usize,
    /// `Sid`.
    pub sid: Option<String>,
    /// `Effect`.
    pub effect: Effect,
    /// `Principal` or `NotPrincipal`.
    pub principal: Option<PrincipalScope>,
    /// `Action` or `NotAction`.
    pub actions: Scope,
    /// `Resource` or `NotResource`; a trust policy has neither.
    pub resources: Option<Scope>,
    /// `Condition`: all of them must hold.
    pub conditions: Vec<Condition>,
    /// Elements that are not of the policy language as documented. They make the statement "cannot tell".
    pub unknown: BTreeMap<String, Value>,
}

/// What a statement does when it applies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Effect {
    /// Allows, unless something denies.
    Allow,
    /// Denies, whatever allows.
    Deny,
}

/// Patterns that a statement applies to, or all that it spares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// `Action`, `Resource`: what matches one of these.
    Only(Vec<String>),
    /// `NotAction`, `NotResource`: what matches none of these.
    AllBut(Vec<String>),
}

impl Scope {
    /// The patterns, whichever way they are meant.
    #[must_use]
    pub fn patterns(&self) -> &[String] {
        let (Scope::Only(patterns) | Scope::AllBut(patterns)) = self;
        patterns
    }
}

/// Principals that a statement applies to, or all that it spares.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PrincipalScope {
    /// `Principal`.
    Only(PrincipalSet),
    /// `NotPrincipal`.
    AllBut(PrincipalSet),
}

/// The value of a `Principal` element.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrincipalSet {
    /// The bare `"*"`.
    pub everyone: bool,
    /// `AWS`: account ids, ARNs, unique ids, or `*`.
    pub aws: Vec<String>,
    /// `Service`: service principals.
    pub service: Vec<String>,
    /// `Federated`: identity providers.
    pub federated: Vec<String>,
    /// `CanonicalUser`: canonical user ids of S3.
    pub canonical_user: Vec<String>,
}

impl PrincipalSet {
    /// Whether it names everybody.
    #[must_use]
    pub fn is_everyone(&self) -> bool {
        self.everyone || self.aws.iter().any(|name| name == "*")
    }
}

/// One condition: one operator on one key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Condition {
    /// The operator as written, such as `ForAnyValue:StringLikeIfExists`.
    pub operator: String,
    /// The condition key as written.
    pub key: String,
    /// The values; JSON booleans and numbers as their text.
    pub values: Vec<String>,
}
