//! Ready-made reports: each is a query that can be printed and changed.
//!
//! Equal in content to the named queries of the Athena template that `GetFlowLogsIntegrationTemplate` gives (VPC user guide, "Query flow logs using
//! Amazon Athena", "Predefined queries"); the tests ask DuckDB and ClickHouse the same. Written in SQL that all of them understand.

use std::net::IpAddr;

mod list;

pub use list::REPORTS;

/// A report over the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Report {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it shows, in one line.
    pub about: &'static str,
    needs: &'static [&'static str],
    /// What is selected, before the limit, with `{address}` where an address belongs.
    sql: &'static str,
}

/// Where an address belongs in the text of a report.
const ADDRESS: &str = "{address}";

impl Report {
    /// The report of that name.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        REPORTS.iter().find(|report| report.name == name)
    }

    /// The columns of `records` without which it says nothing.
    #[must_use]
    pub fn needs(&self) -> &'static [&'static str] {
        self.needs
    }

    /// Whether it is about one address.
    #[must_use]
    pub fn is_about_an_address(&self) -> bool {
        self.sql.contains(ADDRESS)
    }

    /// The query that gives its first `limit` rows. `None` if it is about an address, and none is given.
    #[must_use]
    pub fn sql(&self, limit: usize, address: Option<IpAddr>) -> Option<String> {
        let sql = match (self.is_about_an_address(), address) {
            (true, None) => return None,
            // An address that was read as one holds nothing that SQL could take for its own.
            (true, Some(address)) => self.sql.replace(ADDRESS, &address.to_string()),
            (false, _) => self.sql.to_owned(),
        };
        Some(format!("{sql}\nLIMIT {limit}"))
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_all_is_known() {
        for (index, report) in REPORTS.iter().enumerate() {
            assert!(
                REPORTS[..index]
                    .iter()
                    .all(|other| other.name != report.name),
                "{}",
                report.name
            );
            let all = flowcover_record::Field::all();
            for column in report.needs() {
                assert!(
                    all.iter().any(|field| field.parquet_name == *column),
                    "{column}"
                );
                assert!(report.sql.contains(column), "{}: {column}", report.name);
            }
        }
    }

    #[test]
    fn an_address_is_asked_for_where_it_belongs() {
        let from = Report::named("from").unwrap();
        assert_eq!(from.sql(5, None), None);
        let sql = from.sql(5, Some("2001:DB8::1".parse().unwrap())).unwrap();
        assert!(
            sql.contains("srcaddr = '2001:db8::1'") && sql.ends_with("LIMIT 5"),
            "{sql}"
        );
        let talkers = Report::named("talkers").unwrap();
        assert_eq!(
            talkers.sql(5, None),
            talkers.sql(5, Some("::1".parse().unwrap()))
        );
    }
}
