//! The id of a plan: a digest of what it says.

use serde::Serialize;
use sha2::{Digest as _, Sha256};

use super::Plan;

/// SHA-256 over the JSON form of the plan with an empty id, shortened to 16 hexadecimal digits. It
/// tells an edited or a cut plan from a whole one; it is no signature.
pub(super) fn id_of(plan: &Plan) -> String {
    let mut unnamed = plan.clone();
    unnamed.id = String::new();
    hexadecimal(&unnamed)
}

fn hexadecimal<T: Serialize>(value: &T) -> String {
    let bytes = serde_json::to_vec(value).expect("a plan has text keys only");
    let digest = Sha256::digest(&bytes);
    digest[..8]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
