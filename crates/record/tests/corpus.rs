//! Replays the corpus of the fuzz targets with the stable compiler: every file under
//! `tests/corpus/TARGET` goes through the function that the target runs.

#![allow(clippy::unwrap_used)]

use std::fs;
use std::path::{Path, PathBuf};

use flowcover_record::fuzzing;

fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/corpus")
}

fn inputs(target: &str) -> Vec<Vec<u8>> {
    let entries = fs::read_dir(corpus().join(target)).unwrap();
    entries
        .map(|entry| fs::read(entry.unwrap().path()).unwrap())
        .collect()
}

/// Each input as it is, cut after every byte, and with every byte changed.
fn replay(target: &str, run: fn(&[u8])) {
    let inputs = inputs(target);
    assert!(inputs.len() >= 10, "{target} has {} inputs", inputs.len());
    for input in inputs {
        run(&input);
        for place in 0..input.len() {
            run(&input[..place]);
            let mut changed = input.clone();
            for byte in [0, b' ', b'\n', b'-', b'"', b'{', 0xFF, input[place] ^ 1] {
                changed[place] = byte;
                run(&changed);
            }
        }
    }
}

#[test]
fn record_line() {
    replay("record_line", fuzzing::record_line);
}

#[test]
fn header() {
    replay("header", fuzzing::header);
}

#[test]
fn object_key() {
    replay("object_key", fuzzing::object_key);
}

#[test]
fn envelope() {
    replay("envelope", fuzzing::envelope);
}

/// A target without a corpus, or a corpus without a target, would test nothing.
#[test]
fn every_target_has_its_corpus() {
    let names = |path: PathBuf| {
        let mut names: Vec<_> = fs::read_dir(path)
            .unwrap()
            .map(|entry| entry.unwrap().path())
            .map(|path| path.file_stem().unwrap().to_str().unwrap().to_owned())
            .collect();
        names.sort();
        names
    };
    let targets = corpus().join("../../../../fuzz/fuzz_targets");
    assert_eq!(names(corpus()), names(targets));
}
