//! Items by the id of what holds them, in one list: a list for each id would be an allocation each.

use super::keyed::Map;

/// Items by id; those of one id in the order in which they were given.
#[derive(Debug)]
pub(super) struct Grouped<'a, T> {
    groups: Map<&'a str, usize>,
    /// Where each group begins in `items`, and after the last where it ends.
    starts: Vec<usize>,
    items: Vec<T>,
}

impl<'a, T: Copy> Grouped<'a, T> {
    /// Groups items.
    #[must_use]
    pub(super) fn new(given: &[(&'a str, T)]) -> Self {
        let mut groups = Map::with_capacity_and_hasher(given.len(), Default::default());
        let mut sizes: Vec<usize> = Vec::new();
        let group_of: Vec<usize> = given
            .iter()
            .map(|(id, _)| {
                let group = *groups.entry(*id).or_insert(sizes.len());
                if group == sizes.len() {
                    sizes.push(0);
                }
                sizes[group] += 1;
                group
            })
            .collect();
        let mut starts = Vec::with_capacity(sizes.len() + 1);
        let mut next = 0;
        for size in sizes {
            starts.push(next);
            next += size;
        }
        let mut order = vec![0; given.len()];
        let mut free = starts.clone();
        for (place, group) in group_of.into_iter().enumerate() {
            order[free[group]] = place;
            free[group] += 1;
        }
        starts.push(next);
        let items = order.into_iter().map(|place| given[place].1).collect();
        Self {
            groups,
            starts,
            items,
        }
    }

    /// The items of one id.
    #[must_use]
    pub(super) fn of(&self, id: &str) -> &[T] {
        match self.groups.get(id) {
            Some(group) => &self.items[self.starts[*group]..self.starts[group + 1]],
            None => &[],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(given: &[(&str, u32)], id: &str, expected: &[u32]) {
        assert_eq!(Grouped::new(given).of(id), expected);
    }

    #[test]
    fn groups_keep_the_order_given() {
        let given = [("b", 1), ("a", 2), ("b", 3), ("c", 4), ("b", 0)];
        check(&given, "b", &[1, 3, 0]);
        check(&given, "a", &[2]);
        check(&given, "c", &[4]);
        check(&given, "d", &[]);
        check(&[], "a", &[]);
    }
}
