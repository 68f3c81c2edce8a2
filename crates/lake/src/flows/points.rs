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

/// One capture point. What is known about it is what the first record of it that says it has: records without traffic often say nothing.
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
    /// How often anything was added or completed.
    changes: u64,
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

    /// How often anything about them changed: whoever holds a copy knows by it whether that is still all.
    pub(crate) fn changes(&self) -> u64 {
        self.lock().changes
    }

    /// The number of the point of that name, of which a record says this.
    fn number(&self, name: &str, about: &About<'_>) -> Option<Numbered> {
        let mut inner = self.lock();
        if let Some(&number) = inner.numbers.get(name) {
            let open = inner.complete(number, about);
            return Some(Numbered { number, open });
        }
        if inner.points.len() >= MOST {
            return None;
        }
        let number = inner.points.len() as u32;
        inner.points.push(Arc::new(CapturePoint {
            name: name.to_owned(),
            about: about.map(|it| it.map(str::to_owned)),
        }));
        inner.numbers.insert(name.to_owned(), number);
        inner.changes += 1;
        let open = about.map(|it| it.is_none());
        Some(Numbered { number, open })
    }
}

impl Inner {
    /// Adds what was not known. Says what still is not.
    fn complete(&mut self, number: u32, about: &About<'_>) -> [bool; ABOUT.len()] {
        let point = &mut self.points[number as usize];
        let mut missing = point.about.iter().zip(about);
        if missing.any(|(known, said)| known.is_none() && said.is_some()) {
            let point = Arc::make_mut(point);
            for (known, said) in point.about.iter_mut().zip(about) {
                if known.is_none() {
                    *known = said.map(str::to_owned);
                }
            }
            self.changes += 1;
        }
        let point = &self.points[number as usize];
        std::array::from_fn(|at| point.about[at].is_none())
    }
}

/// What one record says of its point, in the order of [`ABOUT`].
type About<'r> = [Option<&'r str>; ABOUT.len()];

/// A point that is known, and what is not known about it, in the order of [`ABOUT`].
#[derive(Debug, Clone, Copy)]
struct Numbered {
    number: u32,
    open: [bool; ABOUT.len()],
}

/// The numbers that one task knows already: it asks the others only for a point that is new to it, or of which a record says more.
#[derive(Debug)]
pub(crate) struct Known {
    points: Arc<Points>,
    numbers: HashMap<String, Numbered>,
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
        if let Some(numbered) = known.numbers.get_mut(name) {
            if self.tells(row, numbered.open) {
                let about = self.about.map(|column| text(column, row));
                *numbered = known.points.number(name, &about)?;
            }
            return Some(numbered.number);
        }
        let about = self.about.map(|column| text(column, row));
        let numbered = known.points.number(name, &about)?;
        known.numbers.insert(name.to_owned(), numbered);
        Some(numbered.number)
    }

    /// Whether a record says anything of what is not known.
    fn tells(&self, row: usize, open: [bool; ABOUT.len()]) -> bool {
        let columns = self.about.iter().zip(open);
        columns
            .filter(|(_, is_open)| *is_open)
            .any(|(&column, _)| text(column, row).is_some())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    /// The first record of an interface is of a window without traffic, and says nothing else.
    #[test]
    fn what_is_known_comes_from_any_record() {
        let names = StringViewArray::from(vec!["eni-1", "eni-2", "eni-1", "eni-1", "eni-1"]);
        let instances =
            StringViewArray::from(vec![None, Some("i-2"), None, Some("i-1"), Some("i-9")]);
        let column = |name: &str| match name {
            "interface_id" => Some(&names),
            "instance_id" => Some(&instances),
            _ => None,
        };
        let place = Place::new(&column);
        let points = Arc::new(Points::default());
        let (mut one, mut other) = (Known::new(&points), Known::new(&points));
        let instance = |number: u32| points.all()[number as usize].about[3].clone();
        assert_eq!(place.point(0, &mut one), Some(0));
        assert_eq!(place.point(1, &mut one), Some(1));
        assert_eq!(place.point(2, &mut other), Some(0));
        assert_eq!((instance(0), points.changes()), (None, 2));
        // Another task than the one that met it first.
        assert_eq!(place.point(3, &mut other), Some(0));
        assert_eq!(
            (instance(0).as_deref(), points.changes(), points.count()),
            (Some("i-1"), 3, 2)
        );
        assert_eq!(place.point(4, &mut one), Some(0));
        assert_eq!(
            (instance(0).as_deref(), points.changes()),
            (Some("i-1"), 3),
            "what is known stays"
        );
    }
}
