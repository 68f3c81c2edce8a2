//! Cells, sums and heights of charts.

use flowcover_detect::Finding;
use proptest::prelude::*;

use super::fixture;
use crate::detections::chart::Series;

fn finding(hours: &[(i64, u64)]) -> Finding {
    let mut finding = fixture::report().findings[0].clone();
    let point = finding.hours[0];
    finding.hours = hours
        .iter()
        .map(|(start, amount)| {
            let mut point = point;
            (point.start, point.amount) = (*start, *amount);
            point
        })
        .collect();
    finding
}

#[test]
fn a_spark_line_shows_gaps_and_heights() {
    let found = finding(&[(0, 1), (3_600, 8), (10_800, 4)]);
    let series = Series::of(&found, 24).unwrap();
    assert_eq!(series.spark(), "▁█·▄");
    assert_eq!((series.step, series.end()), (1, 14_400));
    assert_eq!(Series::of(&finding(&[]), 24), None);
}

#[test]
fn long_times_are_cut_into_longer_cells() {
    let found = finding(&[(0, 1), (3_600 * 47, 8)]);
    assert_eq!(Series::of(&found, 24).unwrap().amounts.len(), 24);
    let days = Series::of_days(&finding(&[(100_000, 5)]), 168).unwrap();
    assert_eq!((days.start, days.amounts.len()), (86_400, 24));
}

#[test]
fn moments_beyond_any_calendar_cost_nothing() {
    let found = finding(&[(i64::MIN, u64::MAX), (0, 1), (i64::MAX, u64::MAX)]);
    for series in [Series::of(&found, 24), Series::of_days(&found, 24)] {
        let series = series.unwrap();
        assert!(series.amounts.len() <= 24, "{series:?}");
        assert_eq!(series.spark().chars().count(), series.amounts.len());
    }
}

proptest! {
    #[test]
    fn nothing_is_lost(
        hours in prop::collection::btree_map(-5_000_i64..5_000, 1_u64..1_000, 1..50),
        cells in 1_usize..200,
    ) {
        let hours: Vec<(i64, u64)> = hours.into_iter().map(|(hour, sum)| (hour * 3_600, sum)).collect();
        let total: u64 = hours.iter().map(|(_, sum)| sum).sum();
        let found = finding(&hours);
        for series in [Series::of(&found, cells), Series::of_days(&found, cells)] {
            let series = series.unwrap();
            prop_assert_eq!(series.amounts.iter().sum::<u64>(), total);
            prop_assert!(series.amounts.len() <= cells);
            prop_assert!(series.amounts.iter().all(|amount| series.height(*amount, 8) <= 8));
            prop_assert!(series.end() > hours.last().unwrap().0);
        }
    }
}
