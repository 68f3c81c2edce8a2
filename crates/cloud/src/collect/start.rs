//! Where to ask about an account as a whole: in the region that the run starts from, and in one other
//! if that does not serve.

use flowcover_core::partition;

use super::{Run, Session};
use crate::{AssumeRole, CloudError, Entry, ErrorKind, Operation};

/// Regions asked about an account as a whole, at most.
const MOST_REGIONS: usize = 2;

/// Where an entry begins, before its partition is known.
pub(super) fn region<'a>(run: &Run<'a>, entry: &Entry) -> &'a str {
    let home_region = run.options.home_region.as_str();
    let own = match entry {
        Entry::Profile(name) => run.options.profile_regions.get(name),
        Entry::Caller | Entry::Role { .. } => None,
    };
    let partition = partition::of_region(home_region);
    own.filter(|own| partition::of_region(own) != partition)
        .map_or(home_region, String::as_str)
}

/// The regions of a partition to ask in, the one that the run starts from first: control policies,
/// private endpoints and outages can close any region, the partition's home as well.
pub(super) fn regions(run: &Run<'_>, partition: &str) -> Vec<String> {
    let options = &run.options;
    let mut regions: Vec<String> = Vec::new();
    let candidates = [
        options.home_region.as_str(),
        partition::home_region(partition),
    ]
    .into_iter()
    .chain(options.regions.include.iter().map(String::as_str));
    for region in candidates {
        if partition::of_region(region) == partition && !regions.iter().any(|it| it == region) {
            regions.push(region.to_owned());
        }
    }
    regions.truncate(MOST_REGIONS);
    regions
}

/// One call; where its region does not serve, once more in another of these. Gives what is to be said
/// of both, and the session that it came from.
pub(super) async fn ask<'a, O: Operation + Clone>(
    session: Session<'a>,
    regions: &[String],
    operation: O,
) -> (Session<'a>, Result<O::Output, CloudError>) {
    let error = match session.ask(operation.clone()).await {
        Err(error) if may_be_of_the_region(O::ACTION, &error) => error,
        settled => return (session, settled),
    };
    let Some(other) = regions.iter().find(|it| **it != *session.scope.region) else {
        return (session, Err(error));
    };
    let there = Session::new(session.run, session.scope.in_region(other));
    match there.ask(operation).await {
        Ok(answer) => (there, Ok(answer)),
        Err(refusal) if error.kind != ErrorKind::Denied && is_answer(&refusal) => {
            (there, Err(refusal))
        }
        Err(_) => (session, Err(error)),
    }
}

/// Whether another region may answer what this one did not. A region that is not enabled for the
/// account takes its keys for unknown ones.
fn may_be_of_the_region(action: &str, error: &CloudError) -> bool {
    match error.kind {
        ErrorKind::Unreachable | ErrorKind::RegionDisabled => true,
        // A role that does not trust the caller does so nowhere, and there may be many.
        ErrorKind::Denied if action == AssumeRole::ACTION => {
            let of_a_region = ["service control policy", "endpoint policy"];
            of_a_region.iter().any(|it| error.message.contains(it))
        }
        ErrorKind::Denied => true,
        _ => ["InvalidClientTokenId", "UnrecognizedClientException"].contains(&&*error.code),
    }
}

/// Whether AWS said something, and it was not about the region.
const fn is_answer(error: &CloudError) -> bool {
    matches!(
        error.kind,
        ErrorKind::Denied | ErrorKind::NotFound | ErrorKind::Credentials | ErrorKind::Service
    )
}
