//! AWS policy documents: parsing them, and deciding what they let a principal do.
//!
//! The answers follow the IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference",
//! and they are three-valued: what hangs on a fact that nobody read is [`Decision::CannotTell`], never a guess.
//! [`flow_logs`] asks the questions that decide whether a flow log can deliver.

mod condition;
mod decision;
mod document;
mod evaluate;
pub mod flow_logs;
mod glob;
mod parse;
mod pattern;
mod principal;
mod request;
mod role;
mod serialise;
mod truth;

#[cfg(test)]
mod tests;

pub use decision::{Decision, StatementRef};
pub use document::{
    Condition, Effect, PolicyDocument, PrincipalScope, PrincipalSet, Scope, Statement,
};
pub use evaluate::PolicyKind;
pub use parse::{MAX_POLICY_BYTES, PolicyParseError};
pub use request::{Context, Known, Principal, Request, Text};
pub use role::{AttachedPolicy, Reading, RolePolicies, role_may};
