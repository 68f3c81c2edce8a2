//! What is found out before anything is changed: accounts reachable, permissions, whether the world is as the plan has it, and
//! whether there is room for what it makes.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::journal::StepState;
use flowcover_core::plan::Step;
use futures::{StreamExt, stream};

use super::enter::Home;
use super::look::{Seen, look};
use super::outcome::{CouldNotTell, Obstacle, ObstacleKind};
use super::questions::{context, questions};
use super::quotas::{self, Room};
use super::run::Run;
use super::work::Work;
use crate::pages::list;
use crate::{Call, GetRole, SimulatePrincipalPolicy, ask};

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Preflight {
    /// What stands in the way.
    pub(super) obstacles: Vec<Obstacle>,
    /// What could not be found out.
    pub(super) could_not_tell: Vec<CouldNotTell>,
}

/// Steps by account.
type ByAccount<'a> = BTreeMap<&'a str, Vec<&'a Step>>;

/// Looks at everything that the steps rest on.
pub(super) async fn check(run: &Run<'_>, steps: &[&Step]) -> Preflight {
    let mut accounts = ByAccount::new();
    for step in steps {
        accounts.entry(&step.account_id).or_default().push(step);
    }
    run.keep_listings(true);
    let parts: Vec<Preflight> = stream::iter(accounts)
        .map(|(account_id, steps)| account(run, account_id, steps))
        .buffer_unordered(run.options.steps_at_once.max(1))
        .collect()
        .await;
    run.keep_listings(false);
    let mut preflight = Preflight::default();
    for part in parts {
        preflight.obstacles.extend(part.obstacles);
        preflight.could_not_tell.extend(part.could_not_tell);
    }
    preflight.obstacles.sort();
    preflight.could_not_tell.sort();
    preflight
}

async fn account(run: &Run<'_>, account_id: &str, steps: Vec<&Step>) -> Preflight {
    let mut preflight = Preflight::default();
    let mut stands = |kind, step: Option<&Step>, what| {
        preflight.obstacles.push(Obstacle {
            account_id: account_id.to_owned(),
            kind,
            step: step.map(|step| step.id.clone()),
            what,
        });
    };
    let mut unknown = Vec::new();
    let home = match run.places.home(account_id) {
        Ok(home) => home,
        Err(what) => {
            stands(ObstacleKind::Access, None, what);
            return preflight;
        }
    };
    if run.options.simulate_permissions {
        let (denied, could_not_tell) = permissions(run, home, &steps).await;
        for action in denied {
            let what = format!("{} is not allowed {action}", home.arn);
            stands(ObstacleKind::Access, None, what);
        }
        unknown.extend(could_not_tell);
    }
    let mut calls = Vec::new();
    for step in steps {
        if run.may_go_on().is_err() {
            return preflight;
        }
        match left(run, home, step).await {
            Ok(left) => calls.extend(left),
            Err(what) => stands(ObstacleKind::World, Some(step), what),
        }
    }
    match quotas::check(run, home, &calls).await {
        Room::Enough => {}
        Room::Lacking(what) => stands(ObstacleKind::Quota, None, what),
        Room::CouldNotTell(what) => unknown.push(what),
    }
    let unknown = unknown.into_iter().map(|what| CouldNotTell {
        account_id: account_id.to_owned(),
        what,
    });
    preflight.could_not_tell.extend(unknown);
    preflight
}

/// The calls that a step is to make, or in what the world is not as it has it.
async fn left(run: &Run<'_>, home: &Home, step: &Step) -> Result<Vec<Call>, String> {
    let work = Work::new(run, step, &home.scope, StepState::NotStarted);
    match look(&work).await {
        Ok(Seen::Adopt { says, .. }) => {
            run.adopts(&step.id, says);
            Ok(Vec::new())
        }
        Ok(Seen::Act { calls, .. }) => Ok(calls),
        Ok(Seen::Settled { .. } | Seen::Kept(_)) => Ok(Vec::new()),
        Ok(Seen::Changed(changed)) => Err(changed.to_string()),
        Err(error) => Err(format!("what is there cannot be read: {error}")),
    }
}

/// Actions that IAM says are not allowed, and why it could not be found out, if so.
async fn permissions(
    run: &Run<'_>,
    home: &Home,
    steps: &[&Step],
) -> (BTreeSet<String>, Option<String>) {
    let (mut denied, mut depends) = (BTreeSet::new(), BTreeSet::new());
    let Some(principal_arn) = principal(run, home).await else {
        let what = format!("what {} may do cannot be simulated", home.arn);
        return (denied, Some(what));
    };
    for (resource_arns, actions) in questions(&run.header.plan.partition, steps) {
        let request = SimulatePrincipalPolicy {
            principal_arn: principal_arn.clone(),
            actions,
            resource_arns,
            context: context(&run.header.run, &run.header.plan.id),
            next_token: None,
        };
        match list(run.cloud, &home.scope, request).await {
            Ok(decisions) => {
                let refused = decisions.into_iter().filter(|it| !it.allowed);
                let (unsure, sure): (Vec<_>, Vec<_>) = refused.partition(|it| it.lacks_context);
                denied.extend(sure.into_iter().map(|it| it.action));
                depends.extend(unsure.into_iter().map(|it| it.action));
            }
            Err(error) => {
                let what = format!("whether the permissions suffice: {error}");
                return (denied, Some(what));
            }
        }
    }
    let depends: Vec<String> = depends.into_iter().collect();
    let what = || format!("whether conditions allow {}", depends.join(", "));
    let could_not_tell = (!depends.is_empty()).then(what);
    (denied, could_not_tell)
}

/// The user or role behind the credentials: the policy simulator takes no sessions. None for those that have no policies of
/// their own, such as federated users.
async fn principal(run: &Run<'_>, home: &Home) -> Option<String> {
    let mut parts = home.arn.splitn(6, ':');
    let (_, partition) = (parts.next()?, parts.next()?);
    let (service, _, account_id, resource) =
        (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    match service {
        "iam" if resource.starts_with("user/") || resource.starts_with("role/") => {
            Some(home.arn.clone())
        }
        "sts" => {
            let role_name = resource.strip_prefix("assumed-role/")?.split('/').next()?;
            let request = GetRole {
                role_name: role_name.to_owned(),
            };
            // The ARN of a session lacks the path of its role.
            let role = ask(run.cloud, &home.scope, request).await;
            Some(role.map_or_else(
                |_| format!("arn:{partition}:iam::{account_id}:role/{role_name}"),
                |role| role.arn,
            ))
        }
        _ => None,
    }
}
