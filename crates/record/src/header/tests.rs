#![allow(clippy::unwrap_used)]

use proptest::prelude::*;

use super::*;

fn names(line: &str) -> Option<Vec<String>> {
    let format = header_of(line.as_bytes())?;
    Some(format.names().map(String::from).collect())
}

#[test]
fn headers() {
    let check = |line: &str, expected: &[&str]| {
        assert_eq!(names(line).unwrap_or_default(), expected, "{line:?}");
    };
    check(
        "version account-id interface-id",
        &["version", "account-id", "interface-id"],
    );
    check(
        "version account_id az_id",
        &["version", "account-id", "az-id"],
    );
    check("srcaddr", &["srcaddr"]);
    check("region", &["region"]);
    check("version bytes\r", &["version", "bytes"]);
    check("version bytes\r\n", &["version", "bytes"]);
    check("version  bytes ", &["version", "bytes"]);
    check("\u{feff}version bytes", &["version", "bytes"]);
    check("bytes bytes", &["bytes", "bytes"]);
    check("quantum-state end", &["quantum-state", "end"]);
    check("quantum_state end", &["quantum_state", "end"]);
    check("next-hop-tag-3 end", &["next-hop-tag-3", "end"]);
    check("instance_tag_2", &["instance-tag-2"]);
    check("ecs-face end", &["ecs-face", "end"]);
}

#[test]
fn other_lines() {
    let check = |line: &str| assert_eq!(names(line), None, "{line:?}");
    check("");
    check(" ");
    check("\n");
    check("\u{feff}");
    check(
        "2 123456789010 eni-1235b8ca123456789 10.0.0.1 10.0.0.2 443 49152 6 10 840 1431280876 1431280934 ACCEPT OK",
    );
    check("2 unknown eni-1235b8ca123456789 - - - - - - - 1431280876 1431280934 - NODATA");
    check("- - -");
    check("-");
    check("OK");
    check("ACCEPT OK");
    check("10.0.0.1");
    check("fe80::1");
    check("443");
    check("eni-1235b8ca");
    check("eni-1235b8ca123456789 region");
    check("eu-west-1 version");
    check("us-gov-east-1 version");
    check("use1-az1 version");
    check("unknown version");
    check("egress region");
    check("nat_gateway region");
    check("web-server");
    check("quantum-state other-name");
    check("Version Bytes");
    check("${version} ${bytes}");
    check("version,bytes");
    check("version\tbytes");
    check("version bytes 7");
    check("versión bytes");
    check("{\"message\":\"version\"}");
}

#[test]
fn bytes_that_are_no_text() {
    assert_eq!(header_of(b"version \xff"), None);
    assert_eq!(header_of(&[0; 100]), None);
    let long = "version ".repeat(LONGEST);
    assert_eq!(header_of(long.as_bytes()), None);
}

#[test]
fn no_name_of_the_table_is_refused_for_its_shape() {
    for field in Field::all() {
        assert!(!is_value(field.name), "{}", field.name);
        assert_eq!(names(field.name).unwrap(), [field.name]);
        assert_eq!(names(field.parquet_name).unwrap(), [field.name]);
    }
}

#[test]
fn in_the_middle_a_format_of_texts_takes_only_its_own() {
    let check = |current: &str, line: &str, expected: bool| {
        let current = LogFormat::parse(current).unwrap();
        let found = repeated_header(&current, line.as_bytes());
        assert_eq!(found.is_some(), expected, "{line:?} in {current}");
    };
    check("version bytes", "version bytes", true);
    check("version bytes", "srcaddr bytes", true);
    check("version bytes", "2 7", false);
    check("instance-tag", "instance-tag", true);
    check("instance-tag", "instance_tag", true);
    check("instance-tag", "region", false);
    check("instance-tag region", "end eu-west-1", false);
    check("instance-tag region", "end start", false);
}

proptest! {
    #[test]
    fn the_header_of_every_format_is_found(
        picks in proptest::collection::vec(0..Field::all().len(), 1..20),
        underscored in any::<bool>(),
    ) {
        let header: Vec<_> = picks.iter().map(|&pick| Field::all()[pick].name).collect();
        let format = LogFormat::parse(&header.join(" ")).unwrap();
        let line = if underscored { format.header().replace('-', "_") } else { format.header() };
        prop_assert_eq!(header_of(line.as_bytes()), Some(format.clone()));
        prop_assert_eq!(repeated_header(&format, line.as_bytes()), Some(format));
    }

    #[test]
    fn lines_with_a_number_are_none(before in "[a-z-]{1,12}", number in any::<u64>()) {
        let line = format!("version {before} {number}");
        prop_assert_eq!(header_of(line.as_bytes()), None);
    }

    #[test]
    fn any_bytes_are_judged(line in proptest::collection::vec(any::<u8>(), 0..64)) {
        if let Some(format) = header_of(&line) {
            prop_assert_eq!(header_of(format.header().as_bytes()), Some(format));
        }
    }
}
