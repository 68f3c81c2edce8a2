//! The heat map: accounts down, regions across.

use std::collections::{BTreeMap, BTreeSet};

use flowcover_core::Verdict;
use flowcover_core::inventory::{AccountAccess, AccountStatus, RegionStatus};
use flowcover_core::report::Report;

use super::words::{self, AccountNames, class, label, rank};

/// Where the regions of an account could not be listed, its one entry has this name.
const ALL_REGIONS: &str = "*";

/// The map.
#[derive(Debug)]
pub(super) struct HeatMap<'a> {
    /// Columns.
    pub(super) regions: Vec<&'a str>,
    /// Rows, worst first.
    pub(super) rows: Vec<Row<'a>>,
    /// How many rows have nothing that asks for attention.
    pub(super) quiet: u64,
}

/// One account.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) account_id: &'a str,
    pub(super) name: &'a str,
    /// Whether nothing in it is not recorded, unknown or not read.
    pub(super) quiet: bool,
    /// Why it has no cells, where it has none.
    pub(super) blind: Option<&'static str>,
    pub(super) cells: Vec<Cell>,
    order: (u64, u64),
}

/// One account in one region.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cell {
    /// Class of its worst verdict, `hatch` where it was not read, `off` where nothing can be there, `bare` where there is no VPC.
    pub(super) class: &'static str,
    /// What it shows: `2/8` is two of eight VPCs.
    pub(super) text: String,
    /// The same in words; empty where there is nothing to say.
    pub(super) title: String,
}

#[derive(Default)]
struct Place {
    status: Option<RegionStatus>,
    counts: BTreeMap<u8, (Verdict, u64)>,
}

type Places<'a> = BTreeMap<&'a str, BTreeMap<&'a str, Place>>;

impl<'a> HeatMap<'a> {
    pub(super) fn new(report: &'a Report, names: &AccountNames<'a>) -> Self {
        let places = places(report);
        let regions: BTreeSet<&str> = places
            .values()
            .flat_map(BTreeMap::keys)
            .copied()
            .filter(|&region| region != ALL_REGIONS)
            .collect();
        let regions: Vec<&str> = regions.into_iter().collect();
        let blind = blind_accounts(report);
        let mut rows: Vec<_> = places
            .iter()
            .map(|(account_id, places)| Row {
                name: names.get(account_id),
                ..row(account_id, places, &regions, blind.get(account_id).copied())
            })
            .collect();
        rows.sort_by(|one, other| {
            let key = |row: &Row<'a>| (row.quiet, std::cmp::Reverse(row.order), row.account_id);
            key(one).cmp(&key(other))
        });
        let quiet = words::size(rows.iter().filter(|row| row.quiet).count());
        Self {
            regions,
            rows,
            quiet,
        }
    }
}

fn places(report: &Report) -> Places<'_> {
    let mut places = Places::new();
    for account in &report.accounts {
        places.entry(&account.account_id).or_default();
    }
    for region in &report.regions {
        let account = places.entry(&region.account_id).or_default();
        account.entry(&region.region).or_default().status = Some(region.status);
    }
    for vpc in &report.vpcs {
        let account = places.entry(&vpc.account_id).or_default();
        let place = account.entry(&vpc.region).or_default();
        place
            .counts
            .entry(rank(vpc.verdict))
            .or_insert((vpc.verdict, 0))
            .1 += 1;
    }
    places
}

fn blind_accounts(report: &Report) -> BTreeMap<&str, &'static str> {
    let why = |account: &flowcover_core::inventory::Account| match (account.access, &account.status)
    {
        (AccountAccess::Reached, _) => None,
        (AccountAccess::Refused, _) => Some("could not be entered"),
        (AccountAccess::NotTried, AccountStatus::Active) => Some("not reached in time"),
        (AccountAccess::NotTried, _) => Some("suspended or closing, left out"),
    };
    let accounts = report.accounts.iter();
    accounts
        .filter_map(|account| Some((&*account.account_id, why(account)?)))
        .collect()
}

fn row<'a>(
    account_id: &'a str,
    places: &BTreeMap<&'a str, Place>,
    regions: &[&'a str],
    blind: Option<&'static str>,
) -> Row<'a> {
    let unlisted = places.get(ALL_REGIONS).and_then(|place| place.status);
    let listed = places.keys().any(|&region| region != ALL_REGIONS);
    let blind = match (listed, blind, unlisted) {
        (true, _, _) => None,
        (false, Some(why), _) => Some(why),
        (false, None, Some(_)) => Some("its regions could not be listed"),
        (false, None, None) => Some("nothing was read"),
    };
    let cells: Vec<Cell> = if blind.is_some() {
        Vec::new()
    } else {
        let cell_of = |region: &&str| cell(places.get(*region), unlisted);
        regions.iter().map(cell_of).collect()
    };
    let total = |verdict| -> u64 {
        let of = |place: &Place| {
            place
                .counts
                .get(&rank(verdict))
                .map_or(0, |counted| counted.1)
        };
        places.values().map(of).sum()
    };
    let unseen = places
        .values()
        .filter(|place| place.unseen().is_some())
        .count();
    let dark = total(Verdict::Unknown) + words::size(unseen) + u64::from(blind.is_some());
    let order = (total(Verdict::NotRecorded), dark);
    Row {
        account_id,
        name: "",
        quiet: order == (0, 0),
        blind,
        cells,
        order,
    }
}

impl Place {
    fn unseen(&self) -> Option<&'static str> {
        self.status.and_then(words::not_read)
    }
}

fn cell(place: Option<&Place>, unlisted: Option<RegionStatus>) -> Cell {
    let Some(place) = place else {
        return match unlisted.and_then(words::not_read) {
            Some(why) => Cell::unseen(why),
            None => Cell::blank("not in scope"),
        };
    };
    let Some((worst, number)) = place.counts.values().next() else {
        return match (place.unseen(), place.status) {
            (Some(why), _) => Cell::unseen(why),
            (None, Some(RegionStatus::Disabled)) => Cell::blank("disabled"),
            (None, _) => Cell {
                class: "bare",
                text: "–".to_owned(),
                title: "no VPC".to_owned(),
            },
        };
    };
    let all: u64 = place.counts.values().map(|(_, number)| number).sum();
    let mut parts: Vec<String> = place
        .counts
        .values()
        .map(|(verdict, number)| format!("{number} {}", label(*verdict)))
        .collect();
    parts.extend(place.unseen().map(str::to_owned));
    let unseen = place.unseen().is_some();
    let class = match (*worst, unseen) {
        // Where a part was not read, nothing better than unknown is shown.
        (Verdict::NotRecorded, true) => "nr part",
        (_, true) => "un part",
        (verdict, false) => class(verdict),
    };
    Cell {
        class,
        text: if *number == all {
            all.to_string()
        } else {
            format!("{number}/{all}")
        },
        title: parts.join(", "),
    }
}

impl Cell {
    fn unseen(why: &str) -> Self {
        Self {
            class: "hatch",
            text: "?".to_owned(),
            title: format!("not read: {why}"),
        }
    }

    fn blank(why: &str) -> Self {
        Self {
            class: "off",
            text: String::new(),
            title: why.to_owned(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixture;

    #[test]
    fn every_cell_shows_its_worst_verdict_or_why_there_is_none() {
        let report = fixture::report();
        let map = HeatMap::new(&report, &AccountNames::new(&report.accounts));
        let lines: Vec<String> = map
            .rows
            .iter()
            .map(|row| {
                let cells: Vec<_> = row
                    .cells
                    .iter()
                    .map(|cell| format!("{}:{} ({})", cell.class, cell.text, cell.title))
                    .collect();
                format!("{} {:?} {}", row.account_id, row.blind, cells.join(" | "))
            })
            .collect();
        insta::assert_snapshot!(format!("{}\n{}", map.regions.join(" | "), lines.join("\n")));
    }

    #[test]
    fn a_region_read_in_part_is_never_green() {
        let mut report = fixture::report();
        for vpc in &mut report.vpcs {
            vpc.verdict = Verdict::Recorded;
        }
        let map = HeatMap::new(&report, &AccountNames::new(&report.accounts));
        let of_sandbox = map.rows.iter().find(|row| row.account_id == "222222222222");
        let classes: Vec<_> = of_sandbox
            .expect("the account")
            .cells
            .iter()
            .map(|cell| cell.class)
            .collect();
        assert_eq!(classes, ["hatch", "ok", "off", "un part"]);
    }
}
