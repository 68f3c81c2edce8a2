//! Work for counting instructions: `cargo xtask count-read` runs it under callgrind, once for each task.
//!
//! The lines are the same in every run; what it costs to make them is counted by the task `nothing`.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

use std::hint::black_box;
use std::process::ExitCode;

use flowcover_record::envelope::{self, Ending};
use flowcover_record::split::Split;
use flowcover_record::{CryptoPan, LogFormat, ObjectKey, PseudonymKey, Record, header_of, value};

const LINES: usize = 20_000;
const V5: &str = "version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action \
     log-status vpc-id subnet-id instance-id tcp-flags type pkt-srcaddr pkt-dstaddr region az-id flow-direction traffic-path";
const KEY: &str = "AWSLogs/123456789012/vpcflowlogs/us-east-1/2026/11/20/\
     123456789012_vpcflowlogs_us-east-1_fl-0123456789abcdef0_20261120T0005Z_0a1b2c3d.log.gz";

fn line(number: usize, all: bool) -> String {
    let (a, b) = (number / 250 % 250, number % 250);
    let mut line = format!(
        "2 123456789012 eni-0123456789abcdef{} 10.0.{a}.{b} 203.0.{b}.{a} {} 443 6 {} {} {} {} ACCEPT OK",
        number % 10,
        32_768 + number % 28_000,
        1 + number % 40,
        40 + number * 37 % 1_000_000,
        1_792_368_000 + number / 10,
        1_792_368_059 + number / 10,
    );
    if all {
        line += &format!(
            " vpc-0a1b2c3d4e5f60718 subnet-0a1b2c3d4e5f60718 i-0a1b2c3d4e5f60718 {} IPv4 10.0.{a}.{b} 203.0.{b}.{a} us-east-1 use1-az1 egress 8",
            [0, 2, 18, 19][number % 4]
        );
    }
    line.push('\n');
    line
}

fn text(all: bool) -> Vec<u8> {
    (0..LINES)
        .flat_map(|number| line(number, all).into_bytes())
        .collect()
}

/// Cuts every line, and reads one column of numbers.
fn split(text: &[u8], columns: usize) {
    let mut split = Split::new(columns);
    let (mut at, mut sum) = (0, 0_i64);
    while at < text.len() {
        split.clear();
        at = split.lines(text, at, 1024).next;
        for (from, to) in split.column(9) {
            sum += value::int64(&text[from..to]).unwrap().unwrap_or(0);
        }
    }
    black_box(sum);
}

/// Every line as a record with all its values; written again if `encode`.
fn records(text: &[u8], format: &LogFormat, encode: bool) {
    for line in text
        .split(|&byte| byte == b'\n')
        .filter(|line| !line.is_empty())
    {
        let record = Record::parse(format, line).unwrap();
        if encode {
            black_box(record.encode());
        }
        black_box(record.int("bytes"));
    }
}

fn envelopes(text: &[u8]) {
    let mut lines = 0;
    envelope::visit(text, Ending::Last, &mut |line| {
        lines += usize::from(line.is_ok())
    });
    assert_eq!(black_box(lines), LINES);
}

fn wrapped(text: &[u8]) -> Vec<u8> {
    let lines = std::str::from_utf8(text).unwrap().lines();
    lines
        .flat_map(|line| format!("{{\"message\":\"{line}\"}}\n").into_bytes())
        .collect()
}

fn main() -> ExitCode {
    let task = std::env::args().nth(1).unwrap_or_default();
    let (default, v5) = (LogFormat::default(), LogFormat::parse(V5).unwrap());
    let (short, long) = (text(false), text(true));
    let json = wrapped(&short);
    match task.as_str() {
        "nothing" => {}
        "split" => split(&short, default.columns().len()),
        "split-v5" => split(&long, v5.columns().len()),
        "parse" => records(&short, &default, false),
        "parse-v5" => records(&long, &v5, false),
        "parse-encode" => records(&short, &default, true),
        "envelope" => envelopes(&json),
        "header" => (0..LINES).for_each(|_| {
            black_box(header_of(V5.as_bytes()).unwrap());
        }),
        "object-key" => (0..LINES).for_each(|_| {
            black_box(ObjectKey::parse(KEY).unwrap());
        }),
        "pseudonym" => {
            let pseudonyms = CryptoPan::new(&PseudonymKey::new([7; 32]));
            for number in 0..LINES as u32 {
                black_box(pseudonyms.ipv4((0x0a00_0000 + number * 97).into()));
            }
        }
        _ => {
            eprintln!("no task {task:?}");
            return ExitCode::FAILURE;
        }
    }
    black_box((short, long, json));
    ExitCode::SUCCESS
}
