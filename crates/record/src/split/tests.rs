#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

/// What the slowest reader would find: for each line its fields, or the line itself where their number is not right.
fn plainly(block: &[u8], columns: usize) -> (Vec<Vec<&[u8]>>, Vec<&[u8]>) {
    let (mut rows, mut odd) = (Vec::new(), Vec::new());
    let mut lines: Vec<&[u8]> = block.split(|&byte| byte == b'\n').collect();
    if lines.last().is_some_and(|line| line.is_empty()) {
        lines.pop();
    }
    for line in lines {
        let fields: Vec<&[u8]> = line.split(|&byte| byte == b' ').collect();
        if fields.len() == columns {
            rows.push(fields);
        } else {
            odd.push(line);
        }
    }
    (rows, odd)
}

fn fields<'a>(split: &Split, block: &'a [u8], columns: usize) -> Vec<Vec<&'a [u8]>> {
    let field = |row, column| {
        let (from, to) = split.field(row, column);
        &block[from..to]
    };
    (0..split.rows())
        .map(|row| (0..columns).map(|column| field(row, column)).collect())
        .collect()
}

fn check(block: &[u8], columns: usize, limit: usize) {
    let (mut rows, mut odd) = (Vec::new(), Vec::new());
    let mut split = Split::new(columns);
    let mut from = 0;
    while from < block.len() {
        let cut = split.lines(block, from, limit);
        let next = match cut.odd {
            Some((start, end)) => {
                assert_eq!(start, cut.next);
                odd.push(&block[start..end]);
                (end + 1).min(block.len())
            }
            None => cut.next,
        };
        assert!(next > from, "{from} {next}");
        rows.extend(fields(&split, block, columns));
        for column in 0..columns {
            let spans: Vec<_> = split.column(column).collect();
            let one_by_one: Vec<_> = (0..split.rows())
                .map(|row| split.field(row, column))
                .collect();
            assert_eq!(spans, one_by_one);
        }
        split.clear();
        from = next;
    }
    assert_eq!((rows, odd), plainly(block, columns));
}

#[test]
fn lines_of_all_shapes() {
    for block in [
        "",
        "\n",
        " ",
        "a",
        "a b",
        "a b\n",
        "a b\nc d",
        "a b\n\nc d\n",
        "a  b\n",
        " a\n",
        "a \n",
        "a\nb\n",
        "a b c\nd\ne f\n",
        "a b\r\nc d\r\n",
    ] {
        for columns in 1..4 {
            for limit in [1, 2, 100] {
                check(block.as_bytes(), columns, limit);
            }
        }
    }
}

/// Two short lines have together as many fields as one.
#[test]
fn short_lines_are_not_joined() {
    check(b"a b\nc d\na b c d\ne f\ng h\n", 4, 100);
}

#[test]
fn lines_longer_than_a_window() {
    let long = "x".repeat(100_000);
    check(format!("a b\n{long} c\nd e\n{long}").as_bytes(), 2, 100);
}

#[test]
fn single_lines_are_cut_alike() {
    let block = b"zz a bc d\n";
    let mut split = Split::new(3);
    assert!(split.line(block, (3, 9)));
    assert!(!split.line(block, (0, 9)));
    assert!(split.line(block, (0, 7)));
    let expected: Vec<Vec<&[u8]>> = vec![vec![b"a", b"bc", b"d"], vec![b"zz", b"a", b"bc"]];
    assert_eq!(fields(&split, block, 3), expected);
}

proptest! {
    #[test]
    fn every_block_is_cut_as_the_plain_way_does(
        words in prop::collection::vec("[a-z0-9.]{0,20}", 0..400),
        ends in prop::collection::vec(prop::sample::select(vec![' ', ' ', ' ', '\n']), 400),
        columns in 1_usize..6,
        limit in 1_usize..300,
    ) {
        let mut block = String::new();
        for (word, end) in words.iter().zip(ends) {
            block.push_str(word);
            block.push(end);
        }
        check(block.as_bytes(), columns, limit);
    }

    #[test]
    fn regular_blocks_are_cut(
        rows in prop::collection::vec(prop::collection::vec("[a-z0-9.]{1,15}", 5), 0..200),
    ) {
        let lines: Vec<String> = rows.iter().map(|row| row.join(" ")).collect();
        check(lines.join("\n").as_bytes(), 5, 64);
    }
}
