//! Records of a span of time only.

use std::sync::Arc;

use datafusion::catalog::TableProvider;
use datafusion::error::DataFusionError;
use datafusion::logical_expr::{Expr, ident, lit};
use datafusion::prelude::SessionContext;
use serde::{Deserialize, Serialize};

/// A span of time, in seconds since the Unix epoch. An end that is missing is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Span {
    /// Its first second.
    pub from: Option<i64>,
    /// The first second after it.
    pub to: Option<i64>,
}

impl Span {
    /// Whether a record of traffic from `start` to `end` is in it: if they overlap. What is not known is taken to be in it.
    #[must_use]
    pub fn has(&self, start: Option<i64>, end: Option<i64>) -> bool {
        let ends_before = matches!((self.from, end), (Some(from), Some(end)) if end < from);
        let starts_after = matches!((self.to, start), (Some(to), Some(start)) if start >= to);
        !ends_before && !starts_after
    }

    /// The table without the records of other times: what [`Span::has`] says, as a filter.
    pub(crate) fn only(
        self,
        context: &SessionContext,
        table: Arc<dyn TableProvider>,
    ) -> Result<Arc<dyn TableProvider>, DataFusionError> {
        let has = |column| table.schema().field_with_name(column).is_ok();
        let or_unknown = |column: &str, test: Expr| ident(column).is_null().or(test);
        let from = self
            .from
            .filter(|_| has("end"))
            .map(|from| or_unknown("end", ident("end").gt_eq(lit(from))));
        let to = self
            .to
            .filter(|_| has("start"))
            .map(|to| or_unknown("start", ident("start").lt(lit(to))));
        match from.into_iter().chain(to).reduce(Expr::and) {
            Some(test) => Ok(context.read_table(table)?.filter(test)?.into_view()),
            None => Ok(table),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_overlaps_is_in_it() {
        let span = Span {
            from: Some(100),
            to: Some(200),
        };
        for (start, end, expected) in [
            (Some(100), Some(160), true),
            (Some(40), Some(100), true),
            (Some(40), Some(99), false),
            (Some(199), Some(300), true),
            (Some(200), Some(300), false),
            (Some(50), Some(500), true),
            (None, None, true),
            (None, Some(99), false),
            (Some(200), None, false),
        ] {
            assert_eq!(span.has(start, end), expected, "{start:?} {end:?}");
        }
        assert!(Span::default().has(Some(i64::MIN), Some(i64::MAX)));
    }
}
