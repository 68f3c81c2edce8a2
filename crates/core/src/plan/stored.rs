//! The stored form of a plan.

use std::io::{self, BufWriter, Write};

use thiserror::Error;

use super::digest::id_of;
use super::{Plan, Step};
use crate::snapshot::{self, SnapshotError};

/// Why a plan cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum PlanError {
    /// It is no plan, or cut off, or of a version that this flowcover does not read.
    #[error(transparent)]
    Unreadable(#[from] SnapshotError),
    /// What it says is not what it said when it was made.
    #[error("{name}: changed since it was made: its id is `{stated}`, its content says `{found}`")]
    Edited {
        /// Name of the file.
        name: String,
        /// The id that stands in it.
        stated: String,
        /// The id that its content gives.
        found: String,
    },
    /// A step contradicts itself or another one.
    #[error("{name}: steps[{index}]: {what}")]
    Inconsistent {
        /// Name of the file.
        name: String,
        /// Place of the step, from 0.
        index: usize,
        /// What is wrong, in one sentence.
        what: String,
    },
}

impl Plan {
    /// Gives the plan the id that its content asks for.
    #[must_use]
    pub fn named(mut self) -> Self {
        self.id = id_of(&self);
        self
    }

    /// The step with that id.
    #[must_use]
    pub fn step(&self, id: &str) -> Option<&Step> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// Reads a stored plan. `name` is how the file is called in errors.
///
/// # Errors
///
/// If it is no plan, was changed since it was made, or has steps that contradict themselves.
pub fn read(bytes: &[u8], name: &str) -> Result<Plan, PlanError> {
    let plan = snapshot::read_plan(bytes, name)?;
    check(&plan, name)?;
    Ok(plan)
}

/// Writes a plan in the form that [`read`] reads: indented JSON, for it is reviewed.
///
/// # Errors
///
/// If `out` refuses.
pub fn write(plan: &Plan, out: &mut dyn Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, plan)?;
    out.write_all(b"\n")?;
    out.flush()
}

/// That a plan says what it said when it was made, and nothing that cannot be.
pub(crate) fn check(plan: &Plan, name: &str) -> Result<(), PlanError> {
    let found = id_of(plan);
    if plan.id != found {
        return Err(PlanError::Edited {
            name: name.to_owned(),
            stated: plan.id.chars().take(40).collect(),
            found,
        });
    }
    for (index, step) in plan.steps.iter().enumerate() {
        if let Err(what) = check_step(plan, index, step) {
            return Err(PlanError::Inconsistent {
                name: name.to_owned(),
                index,
                what,
            });
        }
    }
    Ok(())
}

fn check_step(plan: &Plan, index: usize, step: &Step) -> Result<(), String> {
    let earlier = &plan.steps[..index];
    let is_earlier = |id: &String| earlier.iter().any(|other| other.id == *id);
    if is_earlier(&step.id) {
        return Err(format!("a second step with the id `{}`", step.id));
    }
    if !plan.accounts.contains_key(&step.account_id) {
        return Err(format!("account {} is not in `accounts`", step.account_id));
    }
    let needed = step.after.iter().chain(&step.after_delivery_of);
    if let Some(missing) = needed.into_iter().find(|id| !is_earlier(id)) {
        return Err(format!(
            "step `{missing}`, which must be done before, does not stand before"
        ));
    }
    if step.region.is_none() && step.change.is_regional() {
        return Err("it has no region".to_owned());
    }
    // What is shown must be what is done.
    if step.calls != step.change.calls() {
        return Err("its calls are not those of its change".to_owned());
    }
    Ok(())
}

#[cfg(test)]
#[path = "stored_tests.rs"]
#[allow(clippy::unwrap_used)]
mod tests;
