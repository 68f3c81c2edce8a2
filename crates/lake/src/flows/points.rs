//! Capture points: the interfaces, attachments and gateways that wrote records, by number.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::StringViewArray;
use datafusion::common::HashMap;

use super::sighting::text;

/// More capture points than this are not told apart from those without a name: it bounds memory, whatever stands in the records.
const MOST: usize = 1 << 20;

/// The columns that name a capture point, in the order in which they are asked: of VPC flow logs, of transit gateways, of regional NAT gateways.
pub(crate) const NAMES: [&str; 3] = ["interface_id", "tgw_attachment_id", "resource_id"];
/// What is kept of a capture point, beside its name.
pub(crate) const ABOUT: [&str; 4] = ["account_id", "vpc_id", "subnet_id", "instance_id"];

/// One capture point, as the first record that was read of it has it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CapturePoint {
    pub(crate) name: String,
    /// In the order of [`ABOUT`].
    pub(crate) about: [Option<String>; ABOUT.len()],
}

/// Every capture point of a query, shared by all who read.
#[derive(Debug, Default)]
pub(crate) struct Points {
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    numbers: HashMap<String, u32>,
    points: Vec<Arc<CapturePoint>>,
}

impl Points {
    fn lock(&self) -> MutexGuard<'_, Inner> {
        // A point is added before its number is given away: what a task that panicked left is sound.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// All of them, by number.
    pub(crate) fn all(&self) -> Vec<Arc<CapturePoint>> {
        self.lock().points.clone()
    }

    pub(crate) fn count(&self) -> usize {
        self.lock().points.len()
    }

    fn number(
        &self,
        name: &str,
        about: impl FnOnce() -> [Option<String>; ABOUT.len()],
    ) -> Option<u32> {
        let mut inner = self.lock();
        if let Some(number) = inner.numbers.get(name) {
            return Some(*number);
        }
        if inner.points.len() >= MOST {
            return None;
        }
        let number = inner.points.len() as u32;
        inner.points.push(Arc::new(CapturePoint {
            name: name.to_owned(),
            about: about(),
        }));
        inner.numbers.insert(name.to_owned(), number);
        Some(number)
    }
}

/// The numbers that one task knows already: it asks the others only for a point that is new to it.
#[derive(Debug)]
pub(crate) struct Known {
    points: Arc<Points>,
    numbers: HashMap<String, u32>,
}

impl Known {
    pub(crate) fn new(points: &Arc<Points>) -> Self {
        Self {
            points: Arc::clone(points),
            numbers: HashMap::new(),
        }
    }
}

/// The columns of a batch that tell of the capture point.
pub(crate) struct Place<'b> {
    names: [Option<&'b StringViewArray>; NAMES.len()],
    about: [Option<&'b StringViewArray>; ABOUT.len()],
}

impl<'b> Place<'b> {
    pub(crate) fn new(column: &dyn Fn(&str) -> Option<&'b StringViewArray>) -> Self {
        Self {
            names: NAMES.map(column),
            about: ABOUT.map(column),
        }
    }

    pub(crate) fn point(&self, row: usize, known: &mut Known) -> Option<u32> {
        let name = self.names.iter().find_map(|&column| text(column, row))?;
        if let Some(number) = known.numbers.get(name) {
            return Some(*number);
        }
        let about = || {
            self.about
                .map(|column| text(column, row).map(str::to_owned))
        };
        let number = known.points.number(name, about)?;
        known.numbers.insert(name.to_owned(), number);
        Some(number)
    }
}
