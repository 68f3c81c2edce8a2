//! Groupings for which memory runs short.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::common::{Result, resources_err};
use datafusion::execution::memory_pool::{
    MemoryConsumer, MemoryPool, MemoryReservation, UnboundedMemoryPool,
};

use super::*;

/// Gives our groupings so much each, and all else as much as it likes.
#[derive(Debug, Default)]
struct Short {
    bytes: usize,
    rest: UnboundedMemoryPool,
    /// Whether we were refused memory.
    is_refused: AtomicBool,
    /// Whether DataFusion groups.
    is_theirs: AtomicBool,
}

impl fmt::Display for Short {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes for each grouping", self.bytes)
    }
}

impl MemoryPool for Short {
    fn name(&self) -> &'static str {
        "short"
    }

    fn register(&self, consumer: &MemoryConsumer) {
        if consumer.name().starts_with("FinalHashAggregateStream") {
            self.is_theirs.store(true, Ordering::Relaxed);
        }
    }

    fn grow(&self, reservation: &MemoryReservation, additional: usize) {
        self.rest.grow(reservation, additional);
    }

    fn shrink(&self, reservation: &MemoryReservation, shrink: usize) {
        self.rest.shrink(reservation, shrink);
    }

    fn try_grow(&self, reservation: &MemoryReservation, additional: usize) -> Result<()> {
        let is_ours = reservation.consumer().name().starts_with("GroupExec");
        if is_ours && reservation.size() + additional > self.bytes {
            self.is_refused.store(true, Ordering::Relaxed);
            return resources_err!("no more than {} bytes", self.bytes);
        }
        self.rest.try_grow(reservation, additional)
    }

    fn reserved(&self) -> usize {
        self.rest.reserved()
    }
}

fn short_of(bytes: usize) -> Arc<Short> {
    Arc::new(Short {
        bytes,
        ..Short::default()
    })
}

fn context(pool: &Arc<Short>, rows_to_judge_by: usize) -> SessionContext {
    let pool = Arc::clone(pool) as Arc<dyn MemoryPool>;
    let runtime = RuntimeEnvBuilder::new().with_memory_pool(pool);
    within(runtime.build_arc().unwrap(), rows_to_judge_by)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    /// Wherever memory ends, the answer is the same, and no memory is kept.
    #[test]
    fn short_of_memory_the_answer_is_the_same(
        parts in prop::collection::vec(rows(), 1..5),
        bytes in prop_oneof![Just(0_usize), 0_usize..8_000],
    ) {
        let batches: Vec<RecordBatch> = parts.iter().map(|rows| batch(rows)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let theirs = theirs();
        for sql in QUERIES {
            let expected = runtime.block_on(ask(&theirs, &batches, sql));
            for rows_to_judge_by in [5, 100_000] {
                let pool = short_of(bytes);
                let found = runtime.block_on(ask(&context(&pool, rows_to_judge_by), &batches, sql));
                prop_assert_eq!(found, expected.clone(), "{}", sql);
                prop_assert_eq!(pool.reserved(), 0, "{}", sql);
            }
        }
    }
}

#[tokio::test]
async fn short_of_memory_the_second_stage_is_handed_over() {
    let batches = vec![batch(&[ROW; 9]); 6];
    for (bytes, expected) in [(0, true), (usize::MAX / 2, false)] {
        let pool = short_of(bytes);
        let found = ask(&context(&pool, 100_000), &batches, SCANS).await;
        assert!(
            found.iter().any(|line| line.contains("| 1     |")),
            "{found:?}"
        );
        assert_eq!(pool.is_refused.load(Ordering::Relaxed), expected);
        assert_eq!(pool.is_theirs.load(Ordering::Relaxed), expected);
    }
}
