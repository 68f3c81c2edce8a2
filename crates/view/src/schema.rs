//! The JSON schemas of what is stored: reports, inventories, plans and what detections found. They are public interfaces.

use flowcover_core::inventory::Inventory;
use flowcover_core::plan::Plan;
use flowcover_core::report::Report;
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};

use crate::detections::json::Document;

/// JSON schema (draft 2020-12) of the format `json`; kept as `docs/schema/report-1.json`.
#[must_use]
pub fn report_schema() -> Schema {
    schema_of::<Report>()
}

/// JSON schema (draft 2020-12) of a saved inventory; kept as `docs/schema/inventory-1.json`.
#[must_use]
pub fn inventory_schema() -> Schema {
    schema_of::<Inventory>()
}

/// JSON schema (draft 2020-12) of a plan; kept as `docs/schema/plan-1.json`.
#[must_use]
pub fn plan_schema() -> Schema {
    schema_of::<Plan>()
}

/// JSON schema (draft 2020-12) of what detections found in the format `json`; kept as `docs/schema/detections-1.json`.
#[must_use]
pub fn detections_schema() -> Schema {
    schema_of::<Document<'static>>()
}

/// JSON schema (draft 2020-12) of an investigation in the format `json`; kept as `docs/schema/investigation-1.json`.
#[must_use]
pub fn investigation_schema() -> Schema {
    schema_of::<crate::investigation::json::Document<'static>>()
}

/// JSON schema (draft 2020-12) of what flow logs cost in the format `json`; kept as `docs/schema/cost-1.json`.
#[must_use]
pub fn cost_schema() -> Schema {
    schema_of::<flowcover_core::cost::Estimate>()
}

/// JSON schema (draft 2020-12) of a suggestion in the format `json`; kept as `docs/schema/suggestion-1.json`.
#[must_use]
pub fn suggestion_schema() -> Schema {
    schema_of::<crate::suggestion::json::Document<'static>>()
}

fn schema_of<T: JsonSchema>() -> Schema {
    let settings = SchemaSettings::draft2020_12();
    // As it is written: what may be left out when reading is always there.
    let settings = settings.for_serialize();
    settings.into_generator().into_root_schema_for::<T>()
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use serde_json::Value;

    use super::*;
    use crate::fixture;

    /// Holds a schema against the file that is kept; writes that file where `UPDATE=1` is set.
    fn check_kept(name: &str, schema: &Schema) {
        let path = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../../docs/schema")
            .join(name);
        let mut now = serde_json::to_string_pretty(schema).expect("a schema is JSON");
        now.push('\n');
        if std::env::var_os("UPDATE").is_some_and(|update| update == "1") {
            std::fs::create_dir_all(path.parent().expect("a folder"))
                .expect("the folder can be made");
            std::fs::write(&path, &now).expect("the schema can be written");
        }
        let kept = std::fs::read_to_string(&path).unwrap_or_default();
        assert!(
            kept == now,
            "docs/schema/{name} is out of date: run the tests with UPDATE=1, and look at what changed"
        );
    }

    #[test]
    fn the_kept_schemas_are_those_of_the_types() {
        check_kept("report-1.json", &report_schema());
        check_kept("inventory-1.json", &inventory_schema());
        check_kept("plan-1.json", &plan_schema());
        check_kept("detections-1.json", &detections_schema());
        check_kept("investigation-1.json", &investigation_schema());
        check_kept("cost-1.json", &cost_schema());
        check_kept("suggestion-1.json", &suggestion_schema());
    }

    #[test]
    fn a_stored_plan_is_valid() {
        let schema = serde_json::to_value(plan_schema()).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
        let stored = include_str!("../../core/tests/stored/plan-1.json");
        let mut plan: Value = serde_json::from_str(stored).expect("a plan is JSON");
        let errors: Vec<String> = validator
            .iter_errors(&plan)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        plan["steps"][0]["change"]["kind"] = "destroy".into();
        assert!(!validator.is_valid(&plan));
    }

    #[test]
    fn a_report_is_valid_and_a_wrong_one_is_not() {
        let schema = serde_json::to_value(report_schema()).expect("a schema is JSON");
        let validator = jsonschema::validator_for(&schema).expect("the schema is valid");
        let mut report = serde_json::to_value(fixture::report()).expect("a report is JSON");
        let errors: Vec<String> = validator
            .iter_errors(&report)
            .map(|error| error.to_string())
            .collect();
        assert_eq!(errors, Vec::<String>::new());
        report["vpcs"][0]["verdict"] = Value::from("pass");
        assert!(!validator.is_valid(&report));
    }
}
