//! The folders of a bucket that can hold what is asked for, told from AWS's layout.
//!
//! Layouts: `AWSLogs/[ORGANIZATION/]ACCOUNT/vpcflowlogs/REGION/YYYY/MM/DD/`, and the Hive form of it; see
//! [`flowcover_record::object_key`](flowcover_record::ObjectKey).

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::choice::Choice;

/// More days than this are listed by month, more months by nothing.
const MOST_DAYS: usize = 62;
const MOST_MONTHS: usize = 48;

/// Where in the layout a folder lies.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Level {
    /// Outside of it.
    Outside,
    /// `AWSLogs/`, or an organisation below it: accounts come next.
    Root,
    /// Of an account: services come next.
    Account,
    /// Of flow logs: regions come next.
    Service,
    /// Of a region: times come next.
    Region,
    /// Below that, or nowhere in the layout.
    Below,
}

/// Where the folder lies. `prefix` is empty or ends with `/`.
pub(crate) fn level(prefix: &str) -> Level {
    let folders: Vec<&str> = prefix.split_terminator('/').collect();
    let Some(root) = folders.iter().rposition(|folder| *folder == "AWSLogs") else {
        return Level::Outside;
    };
    let below = &folders[root + 1..];
    let below = match below {
        [first, rest @ ..] if first.starts_with("o-") => rest,
        _ => below,
    };
    match below {
        [] => Level::Root,
        [account] if account_of(account).is_some() => Level::Account,
        [account, service] if account_of(account).is_some() && is_flow_logs(service) => {
            Level::Service
        }
        [account, service, _] if account_of(account).is_some() && is_flow_logs(service) => {
            Level::Region
        }
        _ => Level::Below,
    }
}

/// What to do with a folder that was found in another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Next {
    /// Look what folders it has.
    Look,
    /// List all below it.
    List,
    /// It holds nothing that is asked for.
    Skip,
}

/// What to do with `folder`, the last part of whose name is below one of that level.
pub(crate) fn next(above: Level, folder: &str, choice: &Choice) -> Next {
    let name = folder.trim_end_matches('/');
    let name = name.rsplit('/').next().unwrap_or(name);
    match above {
        Level::Outside => Next::Look,
        Level::Root => match account_of(name) {
            Some(account) if choice.has_account(account) => Next::Look,
            Some(_) => Next::Skip,
            None if name.starts_with("o-") => Next::Look,
            None => Next::List,
        },
        Level::Account if is_flow_logs(name) => Next::Look,
        Level::Account => Next::Skip,
        Level::Service if choice.has_region(name.strip_prefix("aws-region=").unwrap_or(name)) => {
            Next::Look
        }
        Level::Service => Next::Skip,
        Level::Region | Level::Below => Next::List,
    }
}

fn account_of(folder: &str) -> Option<&str> {
    let account = folder.strip_prefix("aws-account-id=").unwrap_or(folder);
    let is_account = account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    is_account.then_some(account)
}

fn is_flow_logs(folder: &str) -> bool {
    let name = folder
        .strip_prefix("aws-service=")
        .or_else(|| folder.strip_prefix("service="))
        .unwrap_or(folder);
    name == "vpcflowlogs"
}

/// Whether a key lies among the logs that other services write below the same root.
pub(crate) fn is_of_another_service(key: &str) -> bool {
    let folders: Vec<&str> = key.split('/').collect();
    let Some(root) = folders.iter().rposition(|folder| *folder == "AWSLogs") else {
        return false;
    };
    let below = &folders[root + 1..];
    let below = match below {
        [first, rest @ ..] if first.starts_with("o-") => rest,
        _ => below,
    };
    match below {
        [account, service, _, ..] => account_of(account).is_some() && !is_flow_logs(service),
        _ => false,
    }
}

/// The folders of a region (which ends with `/`) that hold records that end from `from` to `to`, seconds since the Unix
/// epoch: of days where they are few, else of months, else the region itself.
pub(crate) fn times(region: &str, from: Option<i64>, to: i64) -> Vec<String> {
    let all = || vec![region.to_owned()];
    let (Some(first), Some(last)) = (from.and_then(day), day(to)) else {
        return all();
    };
    let is_hive = region.contains("/aws-region=");
    let month = |day: Date| {
        if is_hive {
            format!("{region}year={:04}/month={:02}/", day.year(), day.month())
        } else {
            format!("{region}{:04}/{:02}/", day.year(), day.month())
        }
    };
    let days: Vec<Date> = first
        .series(jiff::Span::new().days(1))
        .take_while(|day| *day <= last)
        .take(MOST_DAYS + 1)
        .collect();
    if days.len() <= MOST_DAYS {
        let folder = |day: &Date| {
            let name = if is_hive { "day=" } else { "" };
            format!("{}{name}{:02}/", month(*day), day.day())
        };
        return days.iter().map(folder).collect();
    }
    let months: Vec<Date> = first
        .first_of_month()
        .series(jiff::Span::new().months(1))
        .take_while(|day| *day <= last)
        .take(MOST_MONTHS + 1)
        .collect();
    if months.len() <= MOST_MONTHS {
        months.into_iter().map(month).collect()
    } else {
        all()
    }
}

fn day(second: i64) -> Option<Date> {
    let at = Timestamp::from_second(second).ok()?;
    Some(TimeZone::UTC.to_datetime(at).date())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use flowcover_record::KeyLayout;

    use super::*;

    #[test]
    fn folders_are_known_by_what_stands_above_them() {
        for (prefix, expected) in [
            ("", Level::Outside),
            ("some/prefix/", Level::Outside),
            ("AWSLogs/", Level::Root),
            ("a/AWSLogs/o-abc/", Level::Root),
            ("AWSLogs/123456789012/", Level::Account),
            ("AWSLogs/aws-account-id=123456789012/", Level::Account),
            ("AWSLogs/123456789012/vpcflowlogs/", Level::Service),
            (
                "AWSLogs/o-abc/123456789012/vpcflowlogs/eu-west-1/",
                Level::Region,
            ),
            ("AWSLogs/123456789012/CloudTrail/eu-west-1/", Level::Below),
            (
                "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/",
                Level::Below,
            ),
        ] {
            assert_eq!(level(prefix), expected, "{prefix}");
        }
    }

    #[test]
    fn only_folders_that_can_hold_what_is_asked_for_are_looked_at() {
        let choice = Choice {
            accounts: vec!["123456789012".to_owned()],
            regions: vec!["eu-west-1".to_owned()],
            ..Choice::default()
        };
        for (above, folder, expected) in [
            (Level::Outside, "a/", Next::Look),
            (Level::Root, "AWSLogs/123456789012/", Next::Look),
            (
                Level::Root,
                "AWSLogs/aws-account-id=111111111111/",
                Next::Skip,
            ),
            (Level::Root, "AWSLogs/o-abc/", Next::Look),
            (Level::Root, "AWSLogs/else/", Next::List),
            (Level::Account, "AWSLogs/1/vpcflowlogs/", Next::Look),
            (
                Level::Account,
                "AWSLogs/1/aws-service=vpcflowlogs/",
                Next::Look,
            ),
            (Level::Account, "AWSLogs/1/CloudTrail/", Next::Skip),
            (Level::Service, "x/aws-region=eu-west-1/", Next::Look),
            (Level::Service, "x/us-east-1/", Next::Skip),
        ] {
            assert_eq!(next(above, folder, &choice), expected, "{folder}");
        }
    }

    #[test]
    fn logs_of_other_services_are_known() {
        let day = "eu-west-1/2026/11/20/x.log.gz";
        for (key, expected) in [
            (format!("AWSLogs/123456789012/CloudTrail/{day}"), true),
            (
                format!("a/AWSLogs/o-1/123456789012/elasticloadbalancing/{day}"),
                true,
            ),
            (format!("AWSLogs/123456789012/vpcflowlogs/{day}"), false),
            ("AWSLogs/123456789012/x.log.gz".to_owned(), false),
            (format!("elsewhere/{day}"), false),
        ] {
            assert_eq!(is_of_another_service(&key), expected, "{key}");
        }
    }

    fn second(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_second()
    }

    #[track_caller]
    fn check(hive: bool, from: &str, to: &str, expected: &[&str]) {
        let layout = KeyLayout {
            prefix: "p/".to_owned(),
            organization: None,
            account_id: "123456789012".to_owned(),
            region: "eu-west-1".to_owned(),
            hive,
            per_hour: false,
        };
        let region = layout.region_prefix();
        let folders = times(&region, Some(second(from)), second(to));
        let expected: Vec<String> = expected.iter().map(|it| format!("{region}{it}")).collect();
        assert_eq!(folders, expected);
        // A day is the folder that AWS writes it to.
        if folders.len() == 1 && expected[0].len() > region.len() {
            assert_eq!(folders[0], layout.day_prefix(from.parse().unwrap()));
        }
    }

    #[test]
    fn a_span_is_listed_by_days_or_months() {
        check(
            false,
            "2026-11-20T23:59:59Z",
            "2026-11-20T23:59:59Z",
            &["2026/11/20/"],
        );
        check(
            true,
            "2026-11-20T00:00:00Z",
            "2026-11-20T12:00:00Z",
            &["year=2026/month=11/day=20/"],
        );
        check(
            false,
            "2026-12-31T23:00:00Z",
            "2027-01-01T00:00:00Z",
            &["2026/12/31/", "2027/01/01/"],
        );
        check(
            false,
            "2026-01-31T00:00:00Z",
            "2026-04-04T00:00:00Z",
            &["2026/01/", "2026/02/", "2026/03/", "2026/04/"],
        );
        check(false, "2016-01-31T00:00:00Z", "2026-04-04T00:00:00Z", &[""]);
        assert_eq!(times("r/", None, 0), ["r/"]);
        assert_eq!(times("r/", Some(i64::MIN), 0), ["r/"]);
        assert_eq!(times("r/", Some(10 * 86_400), 0), Vec::<String>::new());
    }
}
