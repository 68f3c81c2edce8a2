//! "Did you mean": the word nearest to one that is not known.

/// Longer words than this are no typing mistakes, and the work grows with the square.
const LONGEST_WORD: usize = 64;

/// The candidate nearest to `word`, if one is near enough to have been meant.
pub(super) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    if word.len() > LONGEST_WORD {
        return None;
    }
    let word = word.to_lowercase();
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let lower = candidate.to_lowercase();
        let edits = distance(&word, &lower);
        let limit = (lower.chars().count() / 3).max(1);
        // A whole part of a longer name is what people remember of it.
        let rank = match edits {
            edits if edits <= limit => edits,
            _ if word.len() >= 3 && lower.contains(&word) => limit + 1,
            _ => continue,
        };
        if best.is_none_or(|(least, _)| rank < least) {
            best = Some((rank, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// Insertions, deletions, replacements and swaps of neighbours that turn `left` into `right`.
fn distance(left: &str, right: &str) -> usize {
    let left: Vec<char> = left.chars().collect();
    let right: Vec<char> = right.chars().collect();
    let mut rows = vec![vec![0; right.len() + 1]; left.len() + 1];
    for (i, row) in rows.iter_mut().enumerate() {
        row[0] = i;
    }
    rows[0] = (0..=right.len()).collect();
    for i in 1..=left.len() {
        for j in 1..=right.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(left[i - 1] != right[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(rows[i][j - 1] + 1);
            let swapped =
                i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1];
            if swapped {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            rows[i][j] = least;
        }
    }
    rows[left.len()][right.len()]
}

#[cfg(test)]
mod tests {
    use super::{distance, nearest};

    #[test]
    fn counts_edits() {
        assert_eq!(distance("", ""), 0);
        assert_eq!(distance("", "abc"), 3);
        assert_eq!(distance("reson", "reason"), 1);
        assert_eq!(distance("taffic", "traffic"), 1);
        assert_eq!(distance("untli", "until"), 1);
        assert_eq!(distance("kitten", "sitting"), 3);
    }

    #[test]
    fn suggests_only_what_may_have_been_meant() {
        let words = ["REJECT", "ALL", "kinesis-data-firehose", "transit_gateways"];
        assert_eq!(nearest("reject", words), Some("REJECT"));
        assert_eq!(nearest("al", words), Some("ALL"));
        assert_eq!(nearest("firehose", words), Some("kinesis-data-firehose"));
        assert_eq!(nearest("transit-gateway", words), Some("transit_gateways"));
        assert_eq!(nearest("zebra", words), None);
        assert_eq!(nearest("", words), None);
        assert_eq!(nearest(&"a".repeat(1000), words), None);
    }
}
