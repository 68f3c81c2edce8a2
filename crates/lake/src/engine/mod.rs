//! The engine as queries of the lake find it: DataFusion's, with what makes questions on flow logs fast.
//!
//! - `CASE WHEN … THEN column ELSE column END`, which turns records round, is one pass over the rows ([`choose`]).
//! - `count(distinct port)` of each group is counted beside the groups ([`distinct`]), where DataFusion makes a group of each port.
//! - Groups of several columns, such as pairs of addresses, have numbers for keys, not texts ([`group`]).
//! - NULL is last in an order that does not say, as in Athena and DuckDB: windows without traffic have no value in most columns, and would
//!   come first in every order from the most to the least.

mod choose;
mod distinct;
mod group;

use std::sync::Arc;

use datafusion::execution::runtime_env::RuntimeEnv;
use datafusion::execution::session_state::SessionStateBuilder;
use datafusion::optimizer::{Optimizer, OptimizerRule};
use datafusion::prelude::{SessionConfig, SessionContext};

use choose::ChooseColumns;
use distinct::CountDistinctNumbers;
use group::GroupByNumbers;

/// The rule of DataFusion that makes groups of distinct values. Ours must come before it.
const DISTINCT_TO_GROUPS: &str = "single_distinct_aggregation_to_group_by";

/// Where NULL stands.
const NULL_ORDERING: &str = "datafusion.sql_parser.default_null_ordering";
/// A grouping for `ORDER BY max(…) DESC LIMIT n` that holds n groups, however many that are: no budget counts them, and they cannot go to disk.
const TOPK_AGGREGATION: &str = "datafusion.optimizer.enable_topk_aggregation";

/// A context whose plans are made with our rules. Their functions are registered by name, so that plans can be taken apart and put
/// together elsewhere.
pub(crate) fn session(config: SessionConfig, runtime: Arc<RuntimeEnv>) -> SessionContext {
    let config = config
        .set_str(NULL_ORDERING, "nulls_last")
        .set_bool(TOPK_AGGREGATION, false);
    let state = SessionStateBuilder::new()
        .with_config(config)
        .with_runtime_env(runtime)
        .with_default_features()
        .with_optimizer_rules(rules())
        .with_physical_optimizer_rule(Arc::new(GroupByNumbers))
        .build();
    let context = SessionContext::new_with_state(state);
    context.register_udf(choose::function().as_ref().clone());
    context.register_udaf(distinct::function().as_ref().clone());
    context
}

fn rules() -> Vec<Arc<dyn OptimizerRule + Send + Sync>> {
    let mut rules = Optimizer::new().rules;
    let before = rules
        .iter()
        .position(|rule| rule.name() == DISTINCT_TO_GROUPS);
    let ours: [Arc<dyn OptimizerRule + Send + Sync>; 2] =
        [Arc::new(CountDistinctNumbers), Arc::new(ChooseColumns)];
    let at = before.unwrap_or(rules.len());
    rules.splice(at..at, ours);
    rules
}

#[cfg(test)]
mod tests;
