//! `flowcover permissions`: the least that a command needs, as a policy or as what makes the role.

mod cloudformation;
mod policy;
mod terraform;

use flowcover_cloud::permissions::{Changing, Part};
use flowcover_core::inventory::Depth;

use crate::cli::{self, PermissionsAs, PermissionsFor};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

/// Names of the log groups that flowcover makes.
const MADE_LOG_GROUPS: &str = "/flowcover/*";

pub(crate) fn run(arguments: &cli::Permissions) -> anyhow::Result<Exit> {
    let role = Role::from(arguments)?;
    let text = match arguments.form {
        PermissionsAs::Policy => policy::text(&role)?,
        PermissionsAs::Cloudformation => cloudformation::text(&role),
        PermissionsAs::Terraform => terraform::text(&role),
    };
    output::print(&text)?;
    Ok(Exit::Clean)
}

/// The role and what it may do.
struct Role<'a> {
    /// The command that changes something, or looks at what was changed; none: reading.
    part: Option<Part>,
    /// Whether it reads records, instead of what an audit reads.
    reads_records: bool,
    changing: Changing,
    name: &'a str,
    trusted_account: Option<&'a str>,
    external_id: Option<&'a str>,
    depth: Depth,
    prove: bool,
    security_groups: bool,
    organization: bool,
    /// Accounts whose role of the same name may be assumed; `*` means all.
    enters: Vec<&'a str>,
}

impl<'a> Role<'a> {
    fn from(arguments: &'a cli::Permissions) -> Result<Self, Failure> {
        let part = match arguments.command {
            PermissionsFor::Audit
            | PermissionsFor::Collect
            | PermissionsFor::Plan
            | PermissionsFor::Query
            | PermissionsFor::Top
            | PermissionsFor::Find
            | PermissionsFor::Tail
            | PermissionsFor::Convert
            | PermissionsFor::Detect
            | PermissionsFor::Investigate
            | PermissionsFor::Cost
            | PermissionsFor::Suggest => None,
            PermissionsFor::Apply => Some(Part::Apply),
            PermissionsFor::Verify => Some(Part::Verify),
            PermissionsFor::Rollback => Some(Part::Rollback),
        };
        let reads_records = matches!(
            arguments.command,
            PermissionsFor::Query
                | PermissionsFor::Top
                | PermissionsFor::Find
                | PermissionsFor::Tail
                | PermissionsFor::Convert
                | PermissionsFor::Detect
                | PermissionsFor::Investigate
                | PermissionsFor::Cost
                | PermissionsFor::Suggest
        );
        let name = arguments.role_name.as_deref().unwrap_or(match part {
            None if reads_records => "FlowcoverRead",
            None => "FlowcoverAudit",
            Some(Part::Apply) => "FlowcoverApply",
            Some(Part::Verify) => "FlowcoverVerify",
            Some(Part::Rollback) => "FlowcoverRollback",
        });
        if !is_role_name(name) {
            return Err(Failure::usage(format!("`{name}` is not a role name"))
                .hint("up to 64 letters, digits and any of +=,.@_-"));
        }
        check_names(arguments)?;
        if arguments.security_groups && (part.is_some() || reads_records) {
            return Err(
                Failure::usage("--security-groups is for the permissions of `collect`")
                    .hint("flowcover permissions collect --security-groups"),
            );
        }
        if let Some(external_id) = &arguments.external_id
            && !is_external_id(external_id)
        {
            return Err(Failure::usage("that is not an external id")
                .hint("2 to 1224 letters, digits and any of +=,.@:/-_"));
        }
        Ok(Self {
            part,
            reads_records,
            changing: Changing {
                log_groups: match arguments.log_groups.as_slice() {
                    [] if !reads_records => vec![MADE_LOG_GROUPS.to_owned()],
                    patterns => patterns.to_vec(),
                },
                buckets: arguments.bucket.clone(),
                replace: arguments.replace,
                delete_records: arguments.delete_records,
            },
            name,
            trusted_account: arguments.trusted_account.as_deref(),
            external_id: arguments.external_id.as_deref(),
            depth: arguments.depth.into(),
            prove: arguments.prove,
            security_groups: arguments.security_groups,
            organization: arguments.organization,
            enters: if arguments.organization {
                vec!["*"]
            } else {
                arguments.account.iter().map(String::as_str).collect()
            },
        })
    }
}

impl Role<'_> {
    /// What it is for, in one sentence.
    fn purpose(&self) -> &'static str {
        match self.part {
            None if self.reads_records => {
                "Role with which flowcover reads the records of flow logs. It changes nothing."
            }
            None => {
                "Role with which flowcover reads an account. It changes nothing and reads no record."
            }
            Some(Part::Apply) => {
                "Role with which flowcover makes what a plan asks for in an account."
            }
            Some(Part::Verify) => {
                "Role with which flowcover looks whether flow logs deliver. It changes nothing and reads no record."
            }
            Some(Part::Rollback) => {
                "Role with which flowcover takes back what it made in an account."
            }
        }
    }

    fn policy_name(&self) -> &'static str {
        match self.part {
            None if self.reads_records => "flowcover-records",
            None => "flowcover-read",
            Some(Part::Apply) => "flowcover-apply",
            Some(Part::Verify) => "flowcover-verify",
            Some(Part::Rollback) => "flowcover-rollback",
        }
    }
}

/// Names go into ARNs, and into quotes of templates.
fn check_names(arguments: &cli::Permissions) -> Result<(), Failure> {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"/_.#-*?".contains(&byte);
    let names = arguments.log_groups.iter().chain(&arguments.bucket);
    match names
        .into_iter()
        .find(|name| name.is_empty() || !name.bytes().all(fits))
    {
        Some(name) => Err(Failure::usage(format!(
            "`{name}` is no name of a log group or a bucket"
        ))
        .hint("letters, digits and any of / _ . # -, and * for any text")),
        None => Ok(()),
    }
}

/// IAM API reference, `CreateRole`: `[\w+=,.@-]+`, up to 64.
fn is_role_name(text: &str) -> bool {
    (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@_-".contains(&byte))
}

/// STS API reference, `AssumeRole`: `[\w+=,.@:\/-]*`, 2 to 1224.
fn is_external_id(text: &str) -> bool {
    (2..=1224).contains(&text.len())
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"+=,.@:/-_".contains(&byte))
}
