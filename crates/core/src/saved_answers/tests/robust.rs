//! Files of any content.

use proptest::prelude::*;

use super::*;

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        Just(format!("{PLACE}/describe-vpcs.json")),
        Just("describe-flow-logs-2.json".to_owned()),
        Just("111122223333/get-role-policy-a-b.json".to_owned()),
        "[a-zA-Z0-9_./\\\\-]{0,40}",
        any::<String>(),
    ]
}

fn content() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..80),
        // Valid answers with a few bytes changed get further than noise does.
        (
            prop_oneof![Just(VPCS), Just(FLOW_LOGS)],
            prop::collection::vec((0..2000_usize, any::<u8>()), 0..4)
        )
            .prop_map(|(text, changes)| {
                let mut bytes = text.as_bytes().to_vec();
                for (at, byte) in changes {
                    let at = at % bytes.len();
                    bytes[at] = byte;
                }
                bytes
            }),
    ]
}

/// One line that does nothing to a terminal.
fn is_quiet(line: &str) -> bool {
    !line.contains(['\n', '\u{1b}'])
}

proptest! {
    #[test]
    fn no_folder_panics_and_every_message_is_one_line(
        given in prop::collection::vec((name(), content()), 0..6),
        account_id in prop::option::of(Just(ACCOUNT)),
        region in prop::option::of(Just(REGION)),
    ) {
        let given = given.into_iter().map(|(path, bytes)| SavedFile { path, bytes });
        match read(given, defaults(account_id, region)) {
            Ok((inventory, warnings)) => {
                let shown = warnings.iter().map(ToString::to_string);
                for line in shown.chain(inventory.gaps.iter().map(|gap| gap.message.clone())) {
                    prop_assert!(is_quiet(&line), "{line:?}");
                }
            }
            Err(error) => prop_assert!(is_quiet(&error.to_string())),
        }
    }

    #[test]
    fn the_order_of_files_makes_no_difference(swap in any::<bool>(), page in 1..4_u32) {
        let paged = format!("{PLACE}/describe-vpcs-{page}.json");
        let flow_logs = format!("{PLACE}/describe-flow-logs.json");
        let mut given = vec![(&*paged, VPCS), (&*flow_logs, FLOW_LOGS)];
        let expected = read_files(&given).unwrap();
        if swap {
            given.reverse();
        }
        prop_assert_eq!(read_files(&given).unwrap(), expected);
    }
}

#[test]
fn deep_nesting_is_a_broken_file() {
    let deep = format!("{{\"Vpcs\": [], \"x\": {}", "[".repeat(200_000));
    let (_, warnings) = read_files(&[
        ("111122223333/eu-west-1/describe-vpcs.json", &deep),
        ("111122223333/eu-west-1/describe-flow-logs.json", FLOW_LOGS),
    ])
    .unwrap();
    assert!(
        warnings
            .iter()
            .any(|warning| warning.path.ends_with("describe-vpcs.json")),
        "{warnings:?}"
    );
}
