//! Measures samples: one lake for each flow log, one for each log group, and one for what has no name.

use std::collections::BTreeMap;
use std::sync::Arc;

use flowcover_core::cost::{
    Attributed, Origin, Reading as Read, RecordOf, Stored, StoredForm, Tally, Whose, attribute,
    whose,
};
use flowcover_core::inventory::Inventory;
use flowcover_lake::{Lake, LakeSettings, Measure, MeasureBy, MeasuredOf, Object, Span};
use flowcover_record::FileFormat;

use crate::cli::{Global, Reading};
use crate::commands::reading::{self, block_on};
use crate::commands::uncovered::counted;
use crate::commands::watch::Watch;
use crate::source::{self, LogGroup, SCHEME};
use crate::terminal;

/// What was measured.
pub(super) struct Measured {
    pub(super) attributed: Attributed,
    /// Whether all of it could be read.
    pub(super) is_complete: bool,
}

/// Measures what is asked for, and says what could not be read.
pub(super) fn measure(
    reading: &Reading,
    inventory: &Inventory,
    global: &Global,
) -> anyhow::Result<Measured> {
    block_on(reading, all(reading, inventory, global))?
}

async fn all(
    reading: &Reading,
    inventory: &Inventory,
    global: &Global,
) -> anyhow::Result<Measured> {
    let sources = source::gather(reading).await?;
    let watch = Watch::new(None, reading, global, &sources, true);
    let settings = reading::settings(reading, &sources, &watch);
    let mut measuring = Measuring {
        reading,
        inventory,
        global,
        span: sources.span,
        last_bin: sources.objects.iter().filter_map(last_bin).max(),
        assumptions: Vec::new(),
        is_complete: true,
    };
    let mut reads = Vec::new();
    watch.begin();
    for (origin, objects) in by_origin(sources.objects) {
        let has_header = !matches!(origin, Origin::LogGroup { .. });
        let settings = LakeSettings {
            // Only events of log groups come without a header line.
            formats: if has_header {
                Vec::new()
            } else {
                settings.formats.clone()
            },
            ..settings.clone()
        };
        let lake = Lake::open(objects.clone(), Arc::clone(&sources.store), &settings).await;
        let lake = lake.map_err(reading::refused)?;
        let read = measuring.one(&lake, origin, &objects).await;
        if let Some(stop) = watch.stopped() {
            return Err(stop.into());
        }
        reads.push(read?);
    }
    watch.finish()?;
    let mut attributed = attribute(inventory, &reads);
    attributed.assumptions.extend(measuring.assumptions);
    // Why bins are missing cannot be told from names.
    if let Some(first) = watch.missing().first() {
        let sentence = first.trim_end_matches(':');
        attributed
            .assumptions
            .push(format!("{sentence}: they count as time without records"));
    }
    if reading.choosing.explain {
        watch.missing().iter().for_each(|it| terminal::note(it));
    }
    Ok(Measured {
        attributed,
        is_complete: measuring.is_complete,
    })
}

/// Objects by whose they are, as far as their places tell.
fn by_origin(objects: Vec<Object>) -> BTreeMap<Origin, Vec<Object>> {
    let mut by_origin = BTreeMap::<Origin, Vec<Object>>::new();
    for object in objects {
        by_origin.entry(origin(&object)).or_default().push(object);
    }
    by_origin
}

fn origin(object: &Object) -> Origin {
    if let Some(id) = object.flow_log_id() {
        return Origin::FlowLog(id.to_owned());
    }
    let slice = object.location.strip_prefix(SCHEME);
    // A slice of a group: `logs://NAME?region=REGION&from=…`.
    let address = slice.and_then(|slice| slice.split("&from=").next());
    match address.and_then(|address| LogGroup::parse(address).ok()) {
        Some(LogGroup { name, region }) => Origin::LogGroup { region, name },
        None => Origin::Unnamed,
    }
}

fn first_bin(object: &Object) -> Option<i64> {
    Some(object.key.as_ref()?.bin.start().as_second())
}

fn last_bin(object: &Object) -> Option<i64> {
    Some(object.key.as_ref()?.bin.end().as_second())
}

struct Measuring<'a> {
    reading: &'a Reading,
    inventory: &'a Inventory,
    global: &'a Global,
    span: Option<Span>,
    /// The end of the last bin of all objects whose names tell it.
    last_bin: Option<i64>,
    assumptions: Vec<String>,
    is_complete: bool,
}

impl Measuring<'_> {
    async fn one(
        &mut self,
        lake: &Lake,
        origin: Origin,
        objects: &[Object],
    ) -> anyhow::Result<Read> {
        let by = self.by(&origin);
        let measured = lake.measure(by).await.map_err(reading::refused)?;
        let account = lake.account();
        if !account.is_complete() || account.counts.malformed > 0 {
            reading::say(&account, self.global, self.reading);
        }
        self.is_complete &= account.is_complete();
        if self.reading.choosing.explain {
            let place = match &origin {
                Origin::FlowLog(id) => id,
                Origin::LogGroup { name, .. } => name,
                Origin::Unnamed => "other files",
            };
            terminal::note(&format!("{place}: {}", counted(&account.counts)));
        }
        if !measured.is_exact {
            self.assumptions.push("records of several formats lie together: fields without a value are not counted, so there is a little more text".to_owned());
        }
        let all = measured.by_owner.values();
        let records = all.clone().fold(0_u64, |sum, it| sum + it.records);
        let ten_minutes = all.clone().filter_map(|it| it.in_ten_minutes);
        let (from, to) = self.span(objects, all);
        Ok(Read {
            stored: stored(&origin, objects, records, account.counts.read),
            records_in_ten_minutes: ten_minutes.reduce(|one, other| one + other),
            tallies: measured.by_owner.into_iter().map(tally).collect(),
            from,
            to,
            is_asked: self.span.is_some(),
            origin,
        })
    }

    /// What has to be measured so that it is known whose records they are, and what windows of ten minutes would save.
    fn by(&self, origin: &Origin) -> MeasureBy {
        match whose(self.inventory, origin) {
            Whose::One(id) => {
                let regions = self.inventory.regions.iter();
                let mut flow_logs = regions.flat_map(|region| &region.flow_logs.items);
                let flow_log = flow_logs.find(|flow_log| flow_log.flow_log_id == id);
                let interval = flow_log.and_then(|it| it.max_aggregation_interval);
                MeasureBy {
                    owners: false,
                    ten_minutes: interval == Some(60),
                }
            }
            Whose::Several(_) | Whose::Vpcs => MeasureBy {
                owners: true,
                ten_minutes: false,
            },
        }
    }

    /// The time that was read: that which was asked for, else that of the names of the objects, else that of the records.
    fn span<'m>(
        &self,
        objects: &[Object],
        measures: impl Iterator<Item = &'m Measure> + Clone,
    ) -> (i64, i64) {
        let first = objects.iter().filter_map(first_bin).min();
        let first = first.or_else(|| measures.clone().filter_map(|it| it.first_start).min());
        let last = objects.iter().filter_map(last_bin).max();
        // All flow logs were read up to the same moment.
        let last = last.map(|last| match self.span {
            Some(_) => self.last_bin.unwrap_or(last),
            None => last,
        });
        let last = last.or_else(|| measures.filter_map(|it| it.last_end).max());
        let asked = self.span.unwrap_or_default();
        let from = asked.from.or(first).unwrap_or_default();
        let to = asked.to.or(last).unwrap_or(from);
        (from, to)
    }
}

fn tally((of, measure): (MeasuredOf, Measure)) -> Tally {
    Tally {
        of: RecordOf {
            interface_id: of.interface_id,
            vpc_id: of.vpc_id,
            subnet_id: of.subnet_id,
            account_id: of.account_id,
            action: of.action,
        },
        records: measure.records,
        text_bytes: measure.text_bytes,
    }
}

/// The objects of a flow log, as far as they hold records of the span.
fn stored(origin: &Origin, objects: &[Object], records: u64, read: u64) -> Option<Stored> {
    if !matches!(origin, Origin::FlowLog(_)) {
        return None;
    }
    let format = objects.first()?.format();
    if read == 0 || objects.iter().any(|object| object.format() != format) {
        return None;
    }
    let within = |number: u64| {
        let part = u128::from(number) * u128::from(records.min(read)) / u128::from(read);
        u64::try_from(part).unwrap_or(u64::MAX)
    };
    Some(Stored {
        form: match format {
            FileFormat::PlainText => StoredForm::GzipText,
            FileFormat::Parquet => StoredForm::Parquet,
        },
        bytes: within(objects.iter().map(|object| object.size).sum()),
        objects: within(objects.len() as u64),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "AWSLogs/123456789012/vpcflowlogs/eu-west-1/2026/11/20/123456789012_vpcflowlogs_eu-west-1_fl-1_20261120T0005Z_aa.log.gz";

    #[test]
    fn places_tell_whose_objects_are() {
        let of = |location: &str| origin(&Object::new(location, 1));
        assert_eq!(of(KEY), Origin::FlowLog("fl-1".to_owned()));
        assert_eq!(of("./some/file.log.gz"), Origin::Unnamed);
        assert_eq!(of("-"), Origin::Unnamed);
        let group = |region: Option<&str>| Origin::LogGroup {
            region: region.map(str::to_owned),
            name: "/vpc/flow".to_owned(),
        };
        assert_eq!(
            of(
                "logs:///vpc/flow?region=eu-west-1&from=2026-11-20T00:00:00Z&to=2026-11-20T01:00:00Z"
            ),
            group(Some("eu-west-1"))
        );
        assert_eq!(of("logs:///vpc/flow"), group(None));
    }

    #[test]
    fn objects_count_as_far_as_they_hold_records_of_the_span() {
        let objects = [Object::new(KEY, 1000), Object::new(KEY, 3000)];
        let named = Origin::FlowLog("fl-1".to_owned());
        let found = stored(&named, &objects, 50, 200);
        let expected = Stored {
            form: StoredForm::GzipText,
            bytes: 1000,
            objects: 0,
        };
        assert_eq!(found, Some(expected));
        assert_eq!(stored(&named, &objects, 0, 0), None);
        assert_eq!(stored(&Origin::Unnamed, &objects, 50, 200), None);
    }
}
