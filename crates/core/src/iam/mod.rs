//! AWS policy documents: parsing them, and deciding what they let a principal do.
//!
//! The answers follow the IAM User Guide, "Policy evaluation logic" and "IAM JSON policy elements reference",
//! and they are three-valued: what hangs on a fact that nobody read is [`Decision::CannotTell`], never a guess.
//! [`flow_logs`] asks the questions that decide whether a flow log can deliver.
//!
//! ```
//! use flowcover_core::iam::{PolicyDocument, flow_logs};
//!
//! let trust = PolicyDocument::parse(
//!     r#"{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
//!         "Principal": {"Service": "ec2.amazonaws.com"}}}"#,
//! )?;
//! let source = flow_logs::Source {
//!     account_id: "111122223333".to_owned(),
//!     region: "eu-west-1".to_owned(),
//!     flow_log_id: None,
//!     organization_id: None,
//! };
//! let decision = flow_logs::trust_allows_flow_logs(&trust, &source);
//! assert!(decision.is_denied());
//! assert_eq!(decision.to_string(), "not allowed: no statement of the trust policy allows it");
//! assert_eq!(flow_logs::other_services_trusted(&trust), ["ec2.amazonaws.com"]);
//! # Ok::<(), flowcover_core::iam::PolicyParseError>(())
//! ```

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
