//! Files that are made from others must be in step with them.

use std::path::Path;
use std::process::Command;

use anyhow::{Result, bail};

use crate::process::{cargo, output};

/// The lock file must answer every manifest.
pub(crate) fn check(workspace: &Path) -> Result<()> {
    output(cargo(workspace).args(["metadata", "--locked", "--format-version", "1"]))?;
    Ok(())
}

/// What differs from the last commit, as text; empty outside a git checkout.
pub(crate) fn tree(workspace: &Path) -> Result<String> {
    if !workspace.join(".git").exists() {
        return Ok(String::new());
    }
    let status = git(workspace, &["status", "--porcelain"])?;
    let difference = git(workspace, &["diff", "HEAD"])?;
    Ok(status + &difference)
}

/// Tests that write what they generate must have written what was there.
pub(crate) fn unchanged_since(before: &str, workspace: &Path) -> Result<()> {
    if tree(workspace)? == before {
        return Ok(());
    }
    let status = git(workspace, &["status", "--short"])?;
    bail!("the tests changed the source tree; look at it and commit it:\n{status}");
}

fn git(workspace: &Path, arguments: &[&str]) -> Result<String> {
    output(Command::new("git").current_dir(workspace).args(arguments))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_without_git_has_no_state() {
        let state = tree(Path::new("/nowhere")).expect("nothing is run");
        assert_eq!(state, "");
    }

    #[test]
    fn a_change_is_told() {
        let workspace = crate::workspace();
        if workspace.join(".git").exists() {
            let error = unchanged_since("another state", &workspace).expect_err("it differs");
            assert!(error.to_string().starts_with("the tests changed"));
        } else {
            assert!(unchanged_since("", &workspace).is_ok());
        }
    }
}
