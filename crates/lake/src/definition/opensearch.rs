//! OpenSearch.

use flowcover_record::FieldKind;
use serde_json::{Map, Value, json};

use super::Described;

/// The index template for documents as `flowcover convert --to ndjson` writes them.
pub(super) fn define(described: &Described) -> String {
    let properties: Map<String, Value> = described
        .columns
        .iter()
        .map(|(name, kind)| (name.clone(), property(*kind)))
        .collect();
    let template = json!({
        "index_patterns": ["vpc-flow-logs-*"],
        "template": {
            "settings": {"index": {"codec": "best_compression"}},
            "mappings": {
                // Fields of later formats are texts, never guessed to be something else.
                "dynamic_templates": [
                    {"texts": {"match_mapping_type": "string", "mapping": {"type": "keyword", "ignore_above": 1024}}}
                ],
                "properties": properties,
            },
        },
    });
    // A value of this crate's making always has a text.
    let text = serde_json::to_string_pretty(&template).unwrap_or_default();
    text + "\n"
}

fn property(kind: FieldKind) -> Value {
    match kind {
        FieldKind::Int32 => json!({"type": "integer"}),
        FieldKind::Int64 => json!({"type": "long"}),
        FieldKind::UnixSeconds => json!({"type": "date", "format": "epoch_second"}),
        FieldKind::Address => json!({"type": "ip"}),
        FieldKind::Text | FieldKind::TagValue => json!({"type": "keyword", "ignore_above": 1024}),
    }
}
