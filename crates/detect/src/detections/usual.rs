//! What is usual: shared by detections that hold one hour against others.

/// The amount that no more than a share (0 to 1) of so many hours exceed. Hours whose amount is not given had nothing.
pub(super) fn exceeded_by(share: f64, hours: u64, mut amounts: Vec<u64>) -> u64 {
    let place = (hours as f64 * share) as usize;
    if place >= amounts.len() {
        return 0;
    }
    *amounts
        .select_nth_unstable_by(place, |one, other| other.cmp(one))
        .1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_without_anything_count() {
        let amounts = vec![3, 900, 5, 4];
        for (share, hours, expected) in [
            (0.0, 4, 900),
            (0.25, 4, 5),
            (0.25, 8, 4),
            (0.05, 100, 0),
            (1.0, 4, 0),
        ] {
            let found = exceeded_by(share, hours, amounts.clone());
            assert_eq!(found, expected, "{share} of {hours}");
        }
    }
}
