//! `flowcover permissions`: the least that a command needs, as a policy or as what makes the role.

mod cloudformation;
mod policy;
mod terraform;

use flowcover_core::inventory::Depth;

use crate::cli::{self, PermissionsAs};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;

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

/// The reader's role and what it may do.
struct Role<'a> {
    name: &'a str,
    trusted_account: Option<&'a str>,
    external_id: Option<&'a str>,
    depth: Depth,
    prove: bool,
    organization: bool,
    /// Accounts whose role of the same name may be assumed; `*` means all.
    enters: Vec<&'a str>,
}

impl<'a> Role<'a> {
    fn from(arguments: &'a cli::Permissions) -> Result<Self, Failure> {
        if !is_role_name(&arguments.role_name) {
            return Err(
                Failure::usage(format!("`{}` is not a role name", arguments.role_name))
                    .hint("up to 64 letters, digits and any of +=,.@_-"),
            );
        }
        if let Some(external_id) = &arguments.external_id
            && !is_external_id(external_id)
        {
            return Err(Failure::usage("that is not an external id")
                .hint("2 to 1224 letters, digits and any of +=,.@:/-_"));
        }
        Ok(Self {
            name: &arguments.role_name,
            trusted_account: arguments.trusted_account.as_deref(),
            external_id: arguments.external_id.as_deref(),
            depth: arguments.depth.into(),
            prove: arguments.prove,
            organization: arguments.organization,
            enters: if arguments.organization {
                vec!["*"]
            } else {
                arguments.account.iter().map(String::as_str).collect()
            },
        })
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
