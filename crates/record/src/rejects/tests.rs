#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;
use crate::record::Reason;

fn malformed(reason: Reason) -> Malformed {
    Malformed {
        column: None,
        field: None,
        reason,
    }
}

#[test]
fn excerpts_are_inert() {
    let check = |line: &[u8], expected: &str| assert_eq!(excerpt(line), expected);
    check(b"2 123 eni-1", r#""2 123 eni-1""#);
    check(b"", r#""""#);
    check(b"a\x1b[31mb\r\n", r#""a\u{1b}[31mb\r\n""#);
    check("a\u{202e}b".as_bytes(), r#""a\u{202e}b""#);
    check(b"a\xff\\\"", r#""a\xff\\\"""#);
    check(b"it's", r#""it's""#);
    check("größe".as_bytes(), r#""größe""#);
}

#[test]
fn long_lines_are_cut() {
    let whole = "a".repeat(SHOWN_BYTES);
    assert_eq!(excerpt(whole.as_bytes()), format!("\"{whole}\""));
    assert_eq!(
        excerpt(format!("{whole}b").as_bytes()),
        format!("\"{whole}\"…")
    );
    // Cut in the middle of a character.
    let odd = format!("a{}", "é".repeat(SHOWN_BYTES));
    assert!(excerpt(odd.as_bytes()).ends_with("é\\xc3\"…"));
}

#[test]
fn the_first_are_kept_and_all_are_counted() {
    let mut rejects = Rejects::new(2);
    let source = Arc::from("a.log.gz");
    for line in 1..=5 {
        let reason = if line == 3 {
            Reason::NotUtf8
        } else {
            Reason::NotANumber
        };
        rejects.add(&source, line, &malformed(reason), b"x y");
    }
    assert_eq!(rejects.total(), 5);
    assert_eq!(
        rejects.by_reason().collect::<Vec<_>>(),
        [(ReasonKind::NotANumber, 4), (ReasonKind::NotUtf8, 1)]
    );
    let shown: Vec<_> = rejects.first().iter().map(Reject::to_string).collect();
    assert_eq!(
        shown,
        [
            "a.log.gz:1: not a number: \"x y\"",
            "a.log.gz:2: not a number: \"x y\"",
        ]
    );
}

#[test]
fn none_are_kept_where_none_are_wanted() {
    let mut rejects = Rejects::new(0);
    rejects.add(&Arc::from("a"), 1, &malformed(Reason::NotUtf8), b"x");
    assert_eq!((rejects.first().len(), rejects.total()), (0, 1));
}

proptest! {
    #[test]
    fn the_order_of_tasks_does_not_matter(
        lines in proptest::collection::vec((0..3_u8, 1..50_u64, 0..4_usize), 0..40),
        most in 0..6_usize,
    ) {
        let mut tasks = vec![Rejects::new(most); 4];
        let mut all = Rejects::new(most);
        for (source, line, task) in lines {
            let source = Arc::from(format!("file-{source}"));
            let reject = malformed(Reason::OutOfRange);
            tasks[task].add(&source, line, &reject, b"x");
            all.add(&source, line, &reject, b"x");
        }
        let merge = |tasks: Vec<Rejects>| {
            let mut merged = Rejects::new(most);
            tasks.into_iter().for_each(|task| merged.merge(task));
            merged
        };
        prop_assert_eq!(&merge(tasks.clone()), &all);
        tasks.reverse();
        prop_assert_eq!(&merge(tasks), &all);
        prop_assert!(all.first().len() <= most);
        prop_assert!(all.first().is_sorted_by_key(|reject| &reject.place));
    }
}
