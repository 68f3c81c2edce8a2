//! The inputs, cut into parts that are converted and committed each by itself.

use std::sync::Arc;

use crate::object::Object;

/// Bytes of inputs of a part, as they lie there: some 60 MB of Parquet, which is large enough to be read well, and small enough to be done again
/// where a run is killed.
const PART: u64 = 64 * 1024 * 1024;

/// Objects that are converted together: those that lie next to each other in time, so that each file is a slice of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    /// The account of the flow logs, if their names say it.
    pub(super) account: Option<Arc<str>>,
    /// Their region.
    pub(super) region: Option<Arc<str>>,
    pub(super) objects: Vec<Object>,
}

/// Cuts the objects into parts, by account and region, then in the order of time.
pub(super) fn parts(mut objects: Vec<Object>) -> Vec<Part> {
    objects.sort_by(|one, other| place(one).cmp(&place(other)));
    let mut parts: Vec<Part> = Vec::new();
    let mut size = 0;
    for object in objects {
        let layout = object.key.as_ref().map(|key| &key.layout);
        let account = layout.map(|layout| layout.account_id.as_str());
        let region = layout.map(|layout| layout.region.as_str());
        let fits = |part: &Part| {
            part.account.as_deref() == account
                && part.region.as_deref() == region
                && size + object.size <= PART
        };
        match parts.last_mut().filter(|part| fits(part)) {
            Some(part) => {
                size += object.size;
                part.objects.push(object);
            }
            None => {
                size = object.size;
                parts.push(Part {
                    account: account.map(Arc::from),
                    region: region.map(Arc::from),
                    objects: vec![object],
                });
            }
        }
    }
    parts
}

/// Account, region and time by the name; then the location, so that parts are the same in every run.
fn place(object: &Object) -> impl Ord + '_ {
    let key = object.key.as_ref();
    let key = key.map(|key| {
        (
            key.layout.account_id.as_str(),
            key.layout.region.as_str(),
            key.bin,
        )
    });
    (key, &*object.location)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn object(account: &str, region: &str, time: &str, size: u64) -> Object {
        let location = format!(
            "AWSLogs/{account}/vpcflowlogs/{region}/2026/11/20/{account}_vpcflowlogs_{region}_fl-1_20261120T{time}Z_aa.log.gz"
        );
        Object::new(&location, size)
    }

    #[test]
    fn parts_are_of_one_account_and_region_and_in_the_order_of_time() {
        let half = PART / 2;
        let objects = vec![
            object("222222222222", "eu-west-1", "0005", 1),
            object("111111111111", "us-east-1", "0000", 1),
            object("111111111111", "eu-west-1", "0010", half),
            object("111111111111", "eu-west-1", "0000", half),
            object("111111111111", "eu-west-1", "0005", half),
            Object::new("/b.log", 1),
            Object::new("/a.log", 3 * PART),
        ];
        let found: Vec<(Option<String>, Option<String>, Vec<u64>)> = parts(objects.clone())
            .into_iter()
            .map(|part| {
                let sizes = part.objects.iter().map(|object| object.size).collect();
                let text = |text: Option<Arc<str>>| text.map(|text| text.to_string());
                (text(part.account), text(part.region), sizes)
            })
            .collect();
        let of = |account: &str, region: &str, sizes: &[u64]| {
            (
                Some(account.to_owned()),
                Some(region.to_owned()),
                sizes.to_vec(),
            )
        };
        assert_eq!(
            found,
            [
                (None, None, vec![3 * PART]),
                (None, None, vec![1]),
                of("111111111111", "eu-west-1", &[half, half]),
                of("111111111111", "eu-west-1", &[half]),
                of("111111111111", "us-east-1", &[1]),
                of("222222222222", "eu-west-1", &[1]),
            ]
        );
        let times = parts(objects.clone()).remove(2).objects;
        assert!(times.is_sorted_by_key(|object| object.key.as_ref().map(|key| key.bin)));
        let turned = objects.into_iter().rev().collect();
        assert_eq!(parts(turned).len(), 6);
    }
}
