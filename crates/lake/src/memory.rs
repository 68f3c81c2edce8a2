//! The memory that a query may hold.

use std::fmt;

use datafusion::common::Result;
use datafusion::execution::memory_pool::{
    FairSpillPool, GreedyMemoryPool, MemoryConsumer, MemoryLimit, MemoryPool, MemoryReservation,
};

/// Shares memory such that what can go to disk does so before what cannot is refused.
///
/// In one pool for both, a grouping fills all of it, and the few rows of `ORDER BY … LIMIT` beside it end the query. Three quarters are for
/// those that can spill, in equal shares; the rest is for the others, first come, first served.
#[derive(Debug)]
pub(crate) struct SplitPool {
    spilling: FairSpillPool,
    others: GreedyMemoryPool,
    size: usize,
}

impl SplitPool {
    /// Of that many bytes.
    pub(crate) fn new(size: usize) -> Self {
        let others = size / 4;
        Self {
            spilling: FairSpillPool::new(size - others),
            others: GreedyMemoryPool::new(others),
            size,
        }
    }

    fn of(&self, consumer: &MemoryConsumer) -> &dyn MemoryPool {
        if consumer.can_spill() {
            &self.spilling
        } else {
            &self.others
        }
    }
}

impl MemoryPool for SplitPool {
    fn name(&self) -> &str {
        "split"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        self.of(consumer).register(consumer);
    }

    fn unregister(&self, consumer: &MemoryConsumer) {
        self.of(consumer).unregister(consumer);
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.of(reservation.consumer())
            .grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.of(reservation.consumer()).shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        self.of(reservation.consumer())
            .try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.spilling.reserved() + self.others.reserved()
    }

    fn memory_limit(&self) -> MemoryLimit {
        MemoryLimit::Finite(self.size)
    }
}

impl fmt::Display for SplitPool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} bytes", self.reserved(), self.size)
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[test]
    fn what_cannot_spill_has_its_own() {
        let pool: Arc<dyn MemoryPool> = Arc::new(SplitPool::new(1000));
        let grouping = MemoryConsumer::new("grouping").with_can_spill(true);
        let grouping = grouping.register(&pool);
        grouping.try_grow(750).unwrap();
        assert!(grouping.try_grow(1).is_err(), "its share is full");
        let top = MemoryConsumer::new("top").register(&pool);
        top.try_grow(250).unwrap();
        assert!(top.try_grow(1).is_err());
        assert_eq!(pool.reserved(), 1000);
        drop((grouping, top));
        assert_eq!(pool.reserved(), 0);
    }
}
