//! What of the filters can be asked of the statistics of many rows at once: of a row group, of a file.

use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{Between, InList};
use datafusion::logical_expr::{BinaryExpr, Expr, Operator};
use serde::{Deserialize, Serialize};

/// More clauses, or more tests in one, cost more to ask than they save.
const MOST: usize = 64;

/// What one column of a row must be.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// The column.
    pub column: String,
    /// The test.
    pub test: Test,
}

/// What a value must be. NULL is none of these.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Test {
    /// This text.
    Is(String),
    /// A number from the first to the second, both included.
    Within(i64, i64),
}

/// Tests of which a row must pass at least one.
pub type Clause = Vec<Bound>;

/// What every row that the filters let through passes: of each clause at least one test. Filters are joined by AND.
///
/// A row that passes may still not match. `is_usable` tells the columns whose values are read as they are stored.
#[must_use]
pub fn bounds(filters: &[Expr], is_usable: &dyn Fn(&str) -> bool) -> Vec<Clause> {
    let all = filters.iter().flat_map(|filter| of(filter, is_usable));
    all.take(MOST).collect()
}

fn of(filter: &Expr, is_usable: &dyn Fn(&str) -> bool) -> Vec<Clause> {
    let clauses = match filter {
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => match op {
            Operator::And => [of(left, is_usable), of(right, is_usable)].concat(),
            Operator::Or => either(&of(left, is_usable), &of(right, is_usable)),
            _ => compared(left, *op, right, is_usable)
                .or_else(|| compared(right, op.swap()?, left, is_usable))
                .map_or_else(Vec::new, |bound| vec![vec![bound]]),
        },
        Expr::Between(Between {
            expr,
            negated: false,
            low,
            high,
        }) => [(low, Operator::GtEq), (high, Operator::LtEq)]
            .into_iter()
            .filter_map(|(value, op)| compared(expr, op, value, is_usable))
            .map(|bound| vec![bound])
            .collect(),
        Expr::InList(InList {
            expr,
            list,
            negated: false,
        }) => {
            let each = list.iter();
            let each = each.map(|value| compared(expr, Operator::Eq, value, is_usable));
            each.collect::<Option<Clause>>().into_iter().collect()
        }
        _ => Vec::new(),
    };
    let fits = |clause: &Clause| !clause.is_empty() && clause.len() <= MOST;
    clauses.into_iter().filter(fits).collect()
}

/// Where one side or the other must hold, each clause of one holds or each of the other does.
fn either(one: &[Clause], other: &[Clause]) -> Vec<Clause> {
    let pairs = one
        .iter()
        .flat_map(|left| other.iter().map(move |right| (left, right)));
    pairs
        .take(MOST)
        .map(|(left, right)| [left.as_slice(), right].concat())
        .collect()
}

fn compared(
    column: &Expr,
    op: Operator,
    value: &Expr,
    is_usable: &dyn Fn(&str) -> bool,
) -> Option<Bound> {
    let Expr::Column(column) = column else {
        return None;
    };
    let Expr::Literal(value, _) = value else {
        return None;
    };
    if !is_usable(&column.name) {
        return None;
    }
    let test = match (text(value), number(value)) {
        (Some(text), _) if op == Operator::Eq => Test::Is(text.to_owned()),
        (None, Some(number)) => within(op, number)?,
        _ => return None,
    };
    Some(Bound {
        column: column.name.clone(),
        test,
    })
}

fn within(op: Operator, number: i64) -> Option<Test> {
    let (least, most) = match op {
        Operator::Eq => (number, number),
        Operator::GtEq => (number, i64::MAX),
        Operator::LtEq => (i64::MIN, number),
        Operator::Gt => (number.checked_add(1)?, i64::MAX),
        Operator::Lt => (i64::MIN, number.checked_sub(1)?),
        _ => return None,
    };
    Some(Test::Within(least, most))
}

fn text(value: &ScalarValue) -> Option<&str> {
    match value {
        ScalarValue::Utf8(Some(text))
        | ScalarValue::Utf8View(Some(text))
        | ScalarValue::LargeUtf8(Some(text)) => Some(text),
        _ => None,
    }
}

fn number(value: &ScalarValue) -> Option<i64> {
    match value {
        ScalarValue::Int32(Some(number)) => Some(i64::from(*number)),
        ScalarValue::Int64(Some(number)) => Some(*number),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use datafusion::logical_expr::{col, lit};

    use super::*;

    fn is(column: &str, text: &str) -> Bound {
        Bound {
            column: column.to_owned(),
            test: Test::Is(text.to_owned()),
        }
    }

    fn within(column: &str, least: i64, most: i64) -> Bound {
        Bound {
            column: column.to_owned(),
            test: Test::Within(least, most),
        }
    }

    fn check(filter: Expr, expected: &[Clause]) {
        let found = bounds(std::slice::from_ref(&filter), &|column| {
            column != "pkt_srcaddr"
        });
        assert_eq!(found, expected, "{filter}");
    }

    #[test]
    fn what_statistics_can_be_asked() {
        let address = |column: &str| col(column).eq(lit("10.0.0.1"));
        check(address("srcaddr"), &[vec![is("srcaddr", "10.0.0.1")]]);
        check(
            address("srcaddr").or(address("dstaddr")),
            &[vec![is("srcaddr", "10.0.0.1"), is("dstaddr", "10.0.0.1")]],
        );
        check(
            col("start")
                .gt(lit(5_i64))
                .and(lit(9_i64).gt_eq(col("start"))),
            &[
                vec![within("start", 6, i64::MAX)],
                vec![within("start", i64::MIN, 9)],
            ],
        );
        check(
            col("start").between(lit(5_i64), lit(9_i64)),
            &[
                vec![within("start", 5, i64::MAX)],
                vec![within("start", i64::MIN, 9)],
            ],
        );
        check(
            col("dstport").in_list(vec![lit(22), lit(3389)], false),
            &[vec![
                within("dstport", 22, 22),
                within("dstport", 3389, 3389),
            ]],
        );
        check(
            address("srcaddr").or(col("start").lt(lit(5_i64)).and(col("dstport").eq(lit(22)))),
            &[
                vec![is("srcaddr", "10.0.0.1"), within("start", i64::MIN, 4)],
                vec![is("srcaddr", "10.0.0.1"), within("dstport", 22, 22)],
            ],
        );
    }

    #[test]
    fn what_they_cannot() {
        check(col("srcaddr").not_eq(lit("10.0.0.1")), &[]);
        check(col("srcaddr").gt(lit("10.0.0.1")), &[]);
        check(col("srcaddr").is_null(), &[]);
        check(col("srcaddr").eq(col("dstaddr")), &[]);
        check(col("pkt_srcaddr").eq(lit("10.0.0.1")), &[]);
        check(
            col("srcaddr")
                .eq(lit("x"))
                .or(col("pkt_srcaddr").eq(lit("x"))),
            &[],
        );
        check(col("dstport").in_list(vec![lit(22)], true), &[]);
        check(col("start").lt(lit(i64::MIN)), &[]);
    }
}
