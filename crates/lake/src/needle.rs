//! Texts that a line must hold to matter: a filter on bytes, before lines are cut into fields.

use std::collections::BTreeSet;

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{InList, Like};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};

/// The shortest text that is worth looking for: shorter ones stand in nearly every line.
const SHORTEST: usize = 4;
/// More texts than these are slower to look for than lines are to cut.
const MOST: usize = 64;

/// What of the filters can be asked of the bytes of a line: it holds at least one of these texts. `None`: nothing.
///
/// A line that holds one may still not match; a line that holds none cannot. Filters are joined by AND.
#[must_use]
pub fn needles(filters: &[Expr], is_text: &dyn Fn(&str) -> bool) -> Option<BTreeSet<String>> {
    let each = filters.iter().filter_map(|filter| of(filter, is_text));
    each.reduce(better)
}

/// The rarer of two: fewer texts, then longer ones.
fn better(one: BTreeSet<String>, other: BTreeSet<String>) -> BTreeSet<String> {
    let rank = |set: &BTreeSet<String>| {
        let shortest = set.iter().map(String::len).min().unwrap_or_default();
        (set.len(), usize::MAX - shortest)
    };
    if rank(&other) < rank(&one) {
        other
    } else {
        one
    }
}

fn of(filter: &Expr, is_text: &dyn Fn(&str) -> bool) -> Option<BTreeSet<String>> {
    let found = match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
            Operator::And => match (of(left, is_text), of(right, is_text)) {
                (Some(one), Some(other)) => better(one, other),
                (one, other) => one.or(other)?,
            },
            // Both must be asked for: what is not asked for is not found.
            Operator::Or => &of(left, is_text)? | &of(right, is_text)?,
            Operator::Eq => BTreeSet::from([
                equal(left, right, is_text).or_else(|| equal(right, left, is_text))?
            ]),
            _ => return None,
        },
        Expr::InList(InList {
            expr,
            list,
            negated: false,
        }) => list
            .iter()
            .map(|value| equal(expr, value, is_text))
            .collect::<Option<_>>()?,
        Expr::Like(Like {
            negated: false,
            expr,
            pattern,
            escape_char: None,
            case_insensitive: false,
        }) => BTreeSet::from([alike(expr, pattern, is_text)?]),
        _ => return None,
    };
    let fits =
        !found.is_empty() && found.len() <= MOST && found.iter().all(|text| text.len() >= SHORTEST);
    fits.then_some(found)
}

/// The text in `column = 'text'`.
fn equal(column: &Expr, value: &Expr, is_text: &dyn Fn(&str) -> bool) -> Option<String> {
    text_column(column, is_text)?;
    text(value)
}

/// The longest part without wildcards in `column LIKE 'pattern'`.
fn alike(column: &Expr, pattern: &Expr, is_text: &dyn Fn(&str) -> bool) -> Option<String> {
    text_column(column, is_text)?;
    let pattern = text(pattern)?;
    if pattern.contains('\\') {
        return None;
    }
    let parts = pattern.split(['%', '_']);
    parts.max_by_key(|part| part.len()).map(str::to_owned)
}

/// Values of text columns stand in the line as they are; numbers could be spelled in more than one way.
fn text_column(column: &Expr, is_text: &dyn Fn(&str) -> bool) -> Option<()> {
    match column {
        Expr::Column(column) => is_text(&column.name).then_some(()),
        Expr::Cast(cast) => text_column(&cast.expr, is_text),
        _ => None,
    }
}

fn text(value: &Expr) -> Option<String> {
    match value {
        Expr::Literal(
            ScalarValue::Utf8(Some(text))
            | ScalarValue::Utf8View(Some(text))
            | ScalarValue::LargeUtf8(Some(text)),
            _,
        ) => Some(text.clone()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    fn check(filters: &[Expr], expected: Option<&[&str]>) {
        let is_text = |name: &str| name != "dstport";
        let found = needles(filters, &is_text);
        let expected = expected.map(|texts| texts.iter().map(|&text| text.to_owned()).collect());
        assert_eq!(found, expected, "{filters:?}");
    }

    #[test]
    fn what_a_line_must_hold() {
        let address = || col("srcaddr").eq(lit("10.0.0.1"));
        let other = || col("dstaddr").eq(lit("10.0.0.1"));
        check(&[address()], Some(&["10.0.0.1"]));
        check(&[lit("10.0.0.1").eq(col("srcaddr"))], Some(&["10.0.0.1"]));
        check(&[address().or(other())], Some(&["10.0.0.1"]));
        check(
            &[address().or(col("action").eq(lit("REJECT")))],
            Some(&["10.0.0.1", "REJECT"]),
        );
        check(
            &[col("action").eq(lit("REJECT")), address()],
            Some(&["10.0.0.1"]),
        );
        check(
            &[col("action")
                .eq(lit("REJECT"))
                .and(col("dstport").eq(lit(22)))],
            Some(&["REJECT"]),
        );
        check(
            &[col("srcaddr").in_list(vec![lit("10.0.0.1"), lit("10.0.0.2")], false)],
            Some(&["10.0.0.1", "10.0.0.2"]),
        );
        check(&[col("srcaddr").like(lit("10.20.%"))], Some(&["10.20."]));
    }

    #[test]
    fn what_says_nothing_about_bytes() {
        check(&[], None);
        check(&[col("dstport").eq(lit("4444"))], None);
        check(&[col("srcaddr").not_eq(lit("10.0.0.1"))], None);
        check(&[col("srcaddr").eq(lit("::1"))], None);
        check(&[col("srcaddr").is_null()], None);
        check(&[col("srcaddr").eq(col("dstaddr"))], None);
        check(
            &[col("srcaddr")
                .eq(lit("10.0.0.1"))
                .or(col("dstport").eq(lit(22)))],
            None,
        );
        check(&[col("srcaddr").in_list(vec![lit("10.0.0.1")], true)], None);
        check(&[col("srcaddr").like(lit("10.%.1"))], None);
        check(&[col("srcaddr").not_like(lit("10.20.30.%"))], None);
    }
}
