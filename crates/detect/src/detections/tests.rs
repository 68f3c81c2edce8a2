//! What holds for every detection.

use std::collections::{BTreeMap, BTreeSet};

use super::DETECTIONS;
use crate::parameters::Parameters;
use crate::query::{Narrow, query};
use crate::world::World;

#[test]
fn ids_are_kebab_case_and_each_once() {
    let ids: BTreeSet<_> = DETECTIONS.iter().map(|detection| detection.id).collect();
    assert_eq!(ids.len(), DETECTIONS.len());
    for id in ids {
        let is_kebab =
            |byte: u8| byte.is_ascii_lowercase() || byte == b'-' || byte.is_ascii_digit();
        assert!(id.bytes().all(is_kebab), "{id}");
    }
}

#[test]
fn policy_files_know_the_same_ids() {
    let ids: Vec<_> = DETECTIONS.iter().map(|detection| detection.id).collect();
    assert_eq!(ids, flowcover_core::policy::DETECTION_IDS);
}

#[test]
fn pages_say_what_they_must() {
    for detection in DETECTIONS {
        for heading in [
            "## What it sees",
            "## What it cannot see",
            "## False positives",
            "## How to tune",
        ] {
            assert!(
                detection.page.contains(heading),
                "{}: no {heading}",
                detection.id
            );
        }
        for parameter in detection.parameters {
            let is_named = detection.page.contains(&format!("`{}`", parameter.name));
            assert!(
                is_named,
                "{}: the page does not name {}",
                detection.id, parameter.name
            );
        }
        assert!(!detection.techniques.is_empty(), "{}", detection.id);
    }
}

#[test]
fn queries_are_filled_in_and_narrowed() {
    let none = BTreeMap::new();
    for detection in DETECTIONS {
        let parameters = Parameters::new(detection.id, detection.parameters, &none);
        let Ok(parameters) = parameters else {
            panic!("{}", detection.id);
        };
        assert!(detection.sql.contains("{only}"), "{}", detection.id);
        let text = query(
            detection.sql,
            &parameters,
            &World::default(),
            &Narrow::default(),
        );
        assert!(
            !text.contains('{') && !text.contains(&f64::MAX.to_string()),
            "{text}"
        );
    }
}
