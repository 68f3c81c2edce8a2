//! Which file is what, and where it belongs.

use super::*;
use crate::inventory::{AccountAccess, GapKind, ListingState, RegionStatus};

#[test]
fn a_folder_of_account_and_region_is_read() {
    let inventory = read_place(&[
        ("describe-vpcs.json", VPCS),
        ("describe-flow-logs.json", FLOW_LOGS),
        ("describe-transit-gateways.json", NO_GATEWAYS),
    ]);
    let region = only_region(&inventory);
    assert_eq!((&*region.account_id, &*region.region), (ACCOUNT, REGION));
    assert_eq!(region.status, RegionStatus::Collected);
    assert_eq!(region.vpcs.items[0].name(), Some("main"));
    let log = &region.flow_logs.items[0];
    assert_eq!(
        log.creation_time,
        Some("2026-04-01T09:00:00.123Z".parse().unwrap())
    );
    assert_eq!(log.max_aggregation_interval, Some(600));
    assert_eq!(region.subnets.state, ListingState::NotNeeded);
    assert_eq!(region.network_interfaces.state, ListingState::NotNeeded);
    assert_eq!(inventory.accounts[0].account_id, ACCOUNT);
    assert_eq!(inventory.accounts[0].access, AccountAccess::Reached);
    assert_eq!(inventory.partition, "aws");
}

#[test]
fn names_may_be_spelled_otherwise_and_content_beats_the_name() {
    let expected = read_place(&[
        ("describe-vpcs.json", VPCS),
        ("describe-flow-logs.json", FLOW_LOGS),
    ]);
    for (vpcs, flow_logs) in [
        ("Describe_VPCs.JSON", "DescribeFlowLogs.json"),
        ("ec2-describe-vpcs-1.json", "describe-flow-logs.txt"),
        ("vpcs.json", "anything.json"),
        ("describe-flow-logs.json", "describe-vpcs.json"),
    ] {
        assert_eq!(
            read_place(&[(vpcs, VPCS), (flow_logs, FLOW_LOGS)]),
            expected,
            "{vpcs}"
        );
    }
}

#[test]
fn encodings_of_a_shell_make_no_difference() {
    let expected = read_place(&[("describe-vpcs.json", VPCS)]);
    let little: Vec<u8> = VPCS.encode_utf16().flat_map(u16::to_le_bytes).collect();
    for bytes in [
        [b"\xff\xfe", &*little].concat(),
        [b"\xef\xbb\xbf", VPCS.as_bytes()].concat(),
    ] {
        let file = SavedFile {
            path: format!("{PLACE}/describe-vpcs.json"),
            bytes,
        };
        assert_eq!(read([file], defaults(None, None)).unwrap().0, expected);
    }
}

#[test]
fn pages_are_merged_and_a_missing_page_makes_the_listing_partial() {
    let first = r#"{"Vpcs": [{"VpcId": "vpc-1"}, {"VpcId": "vpc-2"}], "NextToken": "abc"}"#;
    let last = r#"{"Vpcs": [{"VpcId": "vpc-2"}, {"VpcId": "vpc-3"}]}"#;
    let both = format!("{first}\n{last}");
    for (given, state, count) in [
        (
            &[("describe-vpcs.json", first)][..],
            ListingState::Partial,
            2,
        ),
        (
            &[
                ("describe-vpcs.json", first),
                ("describe-vpcs-2.json", last),
            ],
            ListingState::Complete,
            3,
        ),
        (
            &[
                ("describe-vpcs-page1.json", first),
                ("describe-vpcs-page3.json", last),
            ],
            ListingState::Partial,
            3,
        ),
        (&[("describe-vpcs.json", &*both)], ListingState::Complete, 3),
    ] {
        let inventory = read_place(given);
        let vpcs = &only_region(&inventory).vpcs;
        assert_eq!((vpcs.state, vpcs.items.len()), (state, count), "{given:?}");
        let has_gap = inventory
            .gaps
            .iter()
            .any(|gap| gap.error_code == "PageNotSaved");
        assert_eq!(has_gap, state == ListingState::Partial);
        assert_eq!(vpcs.is_complete(), state == ListingState::Complete);
    }
}

#[test]
fn flat_files_take_the_defaults() {
    let given = files(&[("describe-vpcs.json", r#"{"Vpcs": [{"VpcId": "vpc-1"}]}"#)]);
    let (inventory, _) = read(given, defaults(Some("444455556666"), Some("ap-south-1"))).unwrap();
    let region = only_region(&inventory);
    assert_eq!(
        (&*region.account_id, &*region.region),
        ("444455556666", "ap-south-1")
    );
}

#[test]
fn account_and_region_are_inferred_where_they_are_unambiguous() {
    let subnets = r#"{"Subnets": [{"SubnetId": "subnet-1", "VpcId": "vpc-0a1", "AvailabilityZone": "us-west-2-lax-1a"}]}"#;
    let identity = r#"{"UserId": "AIDA", "Account": "999900001111", "Arn": "arn:aws-us-gov:iam::999900001111:user/a"}"#;
    for (given, account_id, region) in [
        (
            &[
                ("describe-vpcs.json", VPCS),
                ("describe-flow-logs.json", FLOW_LOGS),
            ][..],
            ACCOUNT,
            REGION,
        ),
        (
            &[
                ("describe-vpcs.json", VPCS),
                ("describe-subnets.json", subnets),
            ],
            ACCOUNT,
            "us-west-2",
        ),
        (
            &[
                ("us-gov-west-1/describe-vpcs.json", VPCS),
                ("get-caller-identity.json", identity),
            ],
            "999900001111",
            "us-gov-west-1",
        ),
        (
            &[("describe-vpcs-111122223333-eu-central-1.json", VPCS)],
            ACCOUNT,
            "eu-central-1",
        ),
    ] {
        let (inventory, _) = read_files(given).unwrap();
        let found = only_region(&inventory);
        assert_eq!(
            (&*found.account_id, &*found.region),
            (account_id, region),
            "{given:?}"
        );
    }
}

#[test]
fn what_cannot_be_inferred_is_asked_for() {
    let shared = r#"{"Vpcs": [{"VpcId": "vpc-1", "OwnerId": "111122223333"}, {"VpcId": "vpc-2", "OwnerId": "444455556666"}]}"#;
    for (given, expected, hint) in [
        (
            &[("a/describe-vpcs.json", r#"{"Vpcs": []}"#)][..],
            "a/describe-vpcs.json: cannot tell which account it belongs to",
            "--account",
        ),
        (
            &[("describe-vpcs.json", shared)],
            "describe-vpcs.json: cannot tell which account it belongs to: 111122223333, 444455556666",
            "--account",
        ),
        (
            &[("111122223333/describe-vpcs.json", VPCS)],
            "111122223333/describe-vpcs.json: cannot tell which region it belongs to",
            "--region",
        ),
        (
            &[("readme.md", "# notes"), ("x.json", "{}")],
            "no file of 2 holds an answer of the AWS CLI that flowcover uses",
            "describe-vpcs.json",
        ),
        (
            &[],
            "no file of 0 holds an answer of the AWS CLI that flowcover uses",
            "describe-vpcs.json",
        ),
        (
            &[("describe-vpcs.json", "{\"Vpcs\": [\n{,")],
            "none of the answers can be read; the first is describe-vpcs.json: line 2, column 2: key must be a string",
            "describe-vpcs.json",
        ),
    ] {
        let error = read_files(given).unwrap_err();
        assert_eq!(error.to_string(), expected);
        assert!(error.hint().unwrap().contains(hint));
    }
}

#[test]
fn several_accounts_and_regions_stay_apart() {
    let other = VPCS.replace("111122223333", "444455556666");
    let (inventory, _) = read_files(&[
        ("prod/eu-west-1/describe-vpcs.json", VPCS),
        ("prod/us-east-1/describe-vpcs.json", VPCS),
        ("test/eu-west-1/describe-vpcs.json", &other),
    ])
    .unwrap();
    let places: Vec<_> = inventory
        .regions
        .iter()
        .map(|it| (&*it.account_id, &*it.region))
        .collect();
    assert_eq!(
        places,
        [
            ("111122223333", "eu-west-1"),
            ("111122223333", "us-east-1"),
            ("444455556666", "eu-west-1")
        ]
    );
}

#[test]
fn regions_that_were_not_saved_are_unread_and_those_not_opted_in_disabled() {
    let regions = r#"{"Regions": [
        {"RegionName": "eu-west-1", "OptInStatus": "opt-in-not-required"},
        {"RegionName": "us-east-1", "OptInStatus": "opt-in-not-required"},
        {"RegionName": "af-south-1", "OptInStatus": "not-opted-in"}]}"#;
    let inventory = read_place(&[
        ("describe-vpcs.json", VPCS),
        ("111122223333/describe-regions.json", regions),
    ]);
    let states: Vec<_> = inventory
        .regions
        .iter()
        .map(|it| (&*it.region, it.status))
        .collect();
    assert_eq!(
        states,
        [
            ("af-south-1", RegionStatus::Disabled),
            ("eu-west-1", RegionStatus::Partial),
            ("us-east-1", RegionStatus::Partial)
        ]
    );
    assert!(gaps(&inventory).contains(&(
        "ec2:DescribeVpcs",
        "111122223333/us-east-1/describe-vpcs.json was not saved"
    )));
}

#[test]
fn a_region_that_the_user_named_is_all_that_was_asked_for() {
    let regions = r#"{"Regions": [{"RegionName": "us-east-1"}]}"#;
    let given = files(&[
        ("describe-vpcs.json", VPCS),
        ("describe-regions.json", regions),
    ]);
    let (inventory, warnings) = read(given, defaults(None, Some(REGION))).unwrap();
    assert_eq!(only_region(&inventory).region, REGION);
    assert_eq!(warnings, []);
}

#[test]
fn members_of_the_organisation_that_were_not_saved_are_not_left_out() {
    let accounts = r#"{"Accounts": [
        {"Id": "111122223333", "Name": "prod", "Status": "ACTIVE", "JoinedTimestamp": 1600000000.0},
        {"Id": "444455556666", "Name": "dev", "Status": "ACTIVE"},
        {"Id": "777788889999", "Name": "old", "Status": "SUSPENDED"}]}"#;
    let organization = r#"{"Organization": {"Id": "o-1", "MasterAccountId": "111122223333"}}"#;
    let inventory = read_place(&[
        ("describe-vpcs.json", VPCS),
        ("list-accounts.json", accounts),
        ("describe-organization.json", organization),
    ]);
    let access: Vec<_> = inventory
        .accounts
        .iter()
        .map(|it| (it.name.as_deref().unwrap(), it.access, it.is_management))
        .collect();
    assert_eq!(
        access,
        [
            ("prod", AccountAccess::Reached, true),
            ("dev", AccountAccess::NotTried, false),
            ("old", AccountAccess::NotTried, false)
        ]
    );
    let regions: Vec<_> = inventory
        .regions
        .iter()
        .map(|it| (&*it.account_id, &*it.region))
        .collect();
    assert_eq!(regions, [(ACCOUNT, REGION), ("444455556666", "*")]);
    assert_eq!(
        gap_of(&inventory, "ec2:DescribeRegions")
            .account_id
            .as_deref(),
        Some("444455556666")
    );
    assert_eq!(inventory.organization.unwrap().id, "o-1");
}

#[test]
fn error_messages_are_gaps_with_their_code() {
    let denied = "\nAn error occurred (UnauthorizedOperation) when calling the DescribeFlowLogs operation: You are not authorized.\n";
    let inventory = read_place(&[
        ("describe-vpcs.json", VPCS),
        ("describe-flow-logs.json", denied),
    ]);
    let region = only_region(&inventory);
    assert_eq!(region.status, RegionStatus::Partial);
    assert_eq!(region.flow_logs.state, ListingState::NotRead);
    let gap = gap_of(&inventory, "ec2:DescribeFlowLogs");
    assert_eq!(
        (gap.kind, &*gap.error_code),
        (GapKind::Denied, "UnauthorizedOperation")
    );
    assert_eq!(gap.permission.as_deref(), Some("ec2:DescribeFlowLogs"));
    assert_eq!(
        gap.message,
        "111122223333/eu-west-1/describe-flow-logs.json: You are not authorized."
    );

    let inventory = read_place(&[
        (
            "describe-vpcs.err",
            "An error occurred (UnauthorizedOperation) when calling the DescribeVpcs operation: no",
        ),
        ("stderr.txt", denied),
    ]);
    assert_eq!(only_region(&inventory).status, RegionStatus::Denied);

    let unreachable =
        "Could not connect to the endpoint URL: \"https://ec2.eu-west-1.amazonaws.com/\"";
    let inventory = read_place(&[
        ("describe-vpcs.json", unreachable),
        ("describe-flow-logs.json", unreachable),
    ]);
    assert_eq!(only_region(&inventory).status, RegionStatus::Unreachable);
}

#[test]
fn what_was_not_saved_is_a_gap_only_where_it_is_needed() {
    let inventory = read_place(&[("describe-vpcs.json", VPCS)]);
    assert_eq!(
        gaps(&inventory),
        [
            (
                "ec2:DescribeFlowLogs",
                "111122223333/eu-west-1/describe-flow-logs.json was not saved"
            ),
            (
                "ec2:DescribeNetworkInterfaces",
                "111122223333/eu-west-1/describe-network-interfaces.json was not saved"
            ),
            (
                "ec2:DescribeTransitGateways",
                "111122223333/eu-west-1/describe-transit-gateways.json was not saved"
            ),
        ]
    );
    assert!(
        inventory
            .gaps
            .iter()
            .all(|gap| gap.kind == GapKind::NotSaved)
    );
    let on_subnet = FLOW_LOGS.replace("vpc-0a1", "subnet-1");
    let inventory = read_place(&[
        ("describe-vpcs.json", VPCS),
        ("describe-flow-logs.json", &on_subnet),
    ]);
    assert_eq!(only_region(&inventory).subnets.state, ListingState::NotRead);
    assert!(
        gap_of(&inventory, "ec2:DescribeSubnets")
            .message
            .contains("describe-subnets.json")
    );
}

#[test]
fn one_broken_file_hides_nothing_else() {
    let given = [
        ("111122223333/eu-west-1/describe-vpcs.json", VPCS),
        (
            "111122223333/eu-west-1/describe-flow-logs.json",
            "{\n  \"FlowLogs\": [{\"FlowLogId\": 5}]}",
        ),
        ("111122223333/eu-west-1/describe-subnets.json", ""),
        ("111122223333/eu-west-1/notes.txt", "remember the milk"),
        ("111122223333/eu-west-1/list-users.json", r#"{"Users": []}"#),
    ];
    let (inventory, warnings) = read_files(&given).unwrap();
    let region = only_region(&inventory);
    assert_eq!(region.vpcs.state, ListingState::Complete);
    assert_eq!(region.flow_logs.state, ListingState::NotRead);
    let gap = gap_of(&inventory, "ec2:DescribeFlowLogs");
    assert_eq!(
        (gap.kind, &*gap.error_code),
        (GapKind::Service, "UnreadableAnswer")
    );
    assert_eq!(
        gap_of(&inventory, "ec2:DescribeSubnets").error_code,
        "EmptyFile"
    );
    let shown: Vec<String> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(
        shown,
        [
            "no describe-regions.json of account 111122223333: a region of it that was not saved is not in the report",
            "111122223333/eu-west-1/describe-flow-logs.json: line 2, column 30: invalid type: integer `5`, expected a string",
            "111122223333/eu-west-1/list-users.json: it is no answer of the AWS CLI that flowcover uses; passed over",
            "111122223333/eu-west-1/notes.txt: it is no answer of the AWS CLI that flowcover uses; passed over",
        ]
    );
}

#[test]
fn an_item_without_an_id_makes_the_listing_partial() {
    let inventory = read_place(&[(
        "describe-vpcs.json",
        r#"{"Vpcs": [{"VpcId": "vpc-1"}, {"OwnerId": "111122223333"}]}"#,
    )]);
    let vpcs = &only_region(&inventory).vpcs;
    assert_eq!((vpcs.state, vpcs.items.len()), (ListingState::Partial, 1));
    assert_eq!(
        gap_of(&inventory, "ec2:DescribeVpcs").error_code,
        "ItemWithoutId"
    );
}

#[test]
fn every_file_of_the_guide_is_known_and_every_command_is_in_the_guide() {
    use crate::saved_answers::kind::Kind;
    use crate::saved_answers::name::Name;
    const GUIDE: &str = include_str!("../../../../../docs/guide/snapshots.md");
    let table = GUIDE.split("## What each file gives").nth(1).unwrap();
    let named: std::collections::BTreeSet<Kind> = table
        .lines()
        .filter_map(|line| line.strip_prefix("| `")?.split(" | ").next())
        .flat_map(|cell| cell.split(['`', ',', ' ']))
        .filter(|word| word.ends_with(".json"))
        .map(|file| {
            Name::of(file)
                .kind
                .unwrap_or_else(|| panic!("{file} is known"))
        })
        .collect();
    for kind in Kind::ALL {
        assert!(
            named.contains(kind),
            "{} stands in the table",
            kind.command()
        );
    }
}
