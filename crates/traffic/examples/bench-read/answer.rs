//! Answers in a form in which they compare.

/// The rows of an answer, in no order, values apart by tabs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Answer {
    rows: Vec<String>,
}

impl Answer {
    /// Of lines with tabs.
    pub(crate) fn of_tabs(text: &str) -> Self {
        let mut rows: Vec<String> = text.lines().map(str::to_owned).collect();
        rows.sort_unstable();
        Self { rows }
    }

    /// Of CSV with a header line. No value of these answers has a comma or a quote in it.
    pub(crate) fn of_csv(text: &str) -> Self {
        let rows: Vec<&str> = text.lines().skip(1).collect();
        Self::of_tabs(&rows.join("\n").replace(',', "\t"))
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Says how it differs from what was expected; none if it does not.
    pub(crate) fn difference(&self, expected: &Self) -> Option<String> {
        if self == expected {
            return None;
        }
        let (own, other) = (self.rows.len(), expected.rows.len());
        let first_missing = expected.rows.iter().find(|row| !self.rows.contains(row));
        let first_extra = self.rows.iter().find(|row| !expected.rows.contains(row));
        Some(format!(
            "{own} rows where {other} were expected; first missing {first_missing:?}, first not expected {first_extra:?}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn csv_and_tabs_compare_in_any_order() {
        let tabs = Answer::of_tabs("b\t2\na\t1\n");
        let csv = Answer::of_csv("name,count\na,1\nb,2\n");
        assert_eq!(csv.difference(&tabs), None);
        assert!(!csv.is_empty() && Answer::of_csv("name,count\n").is_empty());
    }

    #[test]
    fn a_difference_is_told() {
        let told = Answer::of_tabs("a\t1\nb\t3").difference(&Answer::of_tabs("a\t1\nb\t2"));
        let told = told.expect("the answers differ");
        assert!(told.contains("missing Some(\"b\\t2\")"), "{told}");
        let twice = Answer::of_tabs("a\na").difference(&Answer::of_tabs("a"));
        assert!(twice.is_some_and(|told| told.starts_with("2 rows where 1 were expected")));
    }
}
