//! Our decoder against the SDK's: what they make of an answer is the same, whatever is in it.

#![allow(clippy::unwrap_used)]

use aws_smithy_types::body::SdkBody;
use proptest::prelude::*;
use proptest::sample::{Index, select};

use super::super::{flow_log, network_interface, subnet, vpc};
use super::*;

/// A listing that both decoders can be asked for.
trait Compared: Listed + PartialEq {
    /// Elements of an item; the last one is new to the SDK. Those that the SDK knows and flowcover skips are missing:
    /// where only such a one is wrong, ours gives the rest of the answer and the SDK none.
    const FIELDS: &'static [&'static str];

    /// As the call does it.
    fn page(decoder: &OwnDecoder<Self>, output: Output) -> Page<Self>;
}

macro_rules! compared {
    ($($row:ty: $module:ident, $output:ident, $items:ident, $convert:ident, $fields:expr;)+) => {
        $(impl Compared for $row {
            const FIELDS: &'static [&'static str] = &$fields;

            fn page(decoder: &OwnDecoder<Self>, output: Output) -> Page<Self> {
                let output = output.downcast::<sdk::$module::$output>().unwrap();
                decoder.page(output.$items, $convert, output.next_token)
            }
        })+
    };
}

compared! {
    Vpc: describe_vpcs, DescribeVpcsOutput, vpcs, vpc,
        ["vpcId", "ownerId", "isDefault", "cidrBlock", "tagSet", "added2031"];
    FlowLog: describe_flow_logs, DescribeFlowLogsOutput, flow_logs, flow_log,
        ["flowLogId", "resourceId", "trafficType", "flowLogStatus", "deliverLogsStatus", "deliverLogsErrorMessage",
         "deliverLogsPermissionArn", "deliverCrossAccountRole", "logDestinationType", "logDestination", "logGroupName",
         "logFormat", "maxAggregationInterval", "creationTime", "destinationOptions", "tagSet", "added2031"];
    Subnet: describe_subnets, DescribeSubnetsOutput, subnets, subnet,
        ["subnetId", "vpcId", "ownerId", "tagSet", "added2031"];
    NetworkInterface: describe_network_interfaces, DescribeNetworkInterfacesOutput, network_interfaces, network_interface,
        ["networkInterfaceId", "vpcId", "subnetId", "ownerId", "status", "interfaceType", "attachment", "groupSet",
         "privateIpAddressesSet", "ipv6AddressesSet", "ipv4PrefixSet", "ipv6PrefixSet", "added2031"];
}

fn response(status: u16, body: &[u8]) -> HttpResponse {
    HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body))
}

/// What our decoder says, with the SDK behind it, and whether it understood by itself.
fn ours<T: Compared>(status: u16, body: &[u8]) -> (Option<Page<T>>, bool) {
    let decoder = OwnDecoder::<T>::default();
    let config = ConfigBag::base();
    let output = decoder.deserialize_nonstreaming_with_config(&response(status, body), &config);
    let understood = decoder.rows().is_some();
    (
        output.ok().map(|output| T::page(&decoder, output)),
        understood,
    )
}

fn of_the_sdk<T: Compared>(status: u16, body: &[u8]) -> Option<Page<T>> {
    let output = by_the_sdk(&T::operation(), &response(status, body), &ConfigBag::base());
    Some(T::page(&OwnDecoder::default(), output.ok()?))
}

/// Text as it may stand in XML.
fn text() -> impl Strategy<Value = String> {
    let character = prop_oneof![
        4 => select("abz019-_/:. \n\t".chars().collect::<Vec<_>>()),
        1 => select("<>&\"']ü€\u{202e}\u{1f996}".chars().collect::<Vec<_>>()),
    ];
    let written = (character, 0..4).prop_map(|(character, way)| match (character, way) {
        ('<', 0) => "&lt;".to_owned(),
        ('>', 0) => "&gt;".to_owned(),
        ('&', 0) => "&amp;".to_owned(),
        ('"', 0) => "&quot;".to_owned(),
        ('\'', 0) => "&apos;".to_owned(),
        ('<' | '>' | '&', 1 | 2) | (_, 1) => format!("&#x{:x};", character as u32),
        ('<' | '>' | '&', _) | (_, 2) => format!("&#{};", character as u32),
        _ => character.to_string(),
    });
    proptest::collection::vec(written, 0..12).prop_map(|parts| parts.concat())
}

fn element(name: &str, content: &str, is_short: bool) -> String {
    if is_short && content.is_empty() {
        format!("<{name}/>")
    } else {
        format!("<{name}>{content}</{name}>")
    }
}

/// Parts with some whitespace around each.
fn spread(parts: impl Strategy<Value = String>, most: usize) -> impl Strategy<Value = String> {
    let space = select(vec!["", " ", "\n        ", "\r\n\t"]);
    let part = (space, parts).prop_map(|(space, part)| format!("{space}{part}"));
    proptest::collection::vec(part, 0..=most).prop_map(|parts| parts.concat() + "\n")
}

/// A list of structures, some of them empty.
fn list(fields: &'static [&'static str], most: usize) -> BoxedStrategy<String> {
    let items = spread(select(fields).prop_flat_map(field), 2 * fields.len());
    let item =
        prop_oneof![items, Just(String::new())].prop_map(|item| element("item", &item, true));
    let other = Just("<notAnItem>x<item/></notAnItem>".to_owned());
    spread(prop_oneof![8 => item, 1 => other], most).boxed()
}

fn field(name: &'static str) -> BoxedStrategy<String> {
    let content = match name {
        "isDefault" | "hiveCompatiblePartitions" | "perHourPartition" => {
            select(vec!["true", "false"])
                .prop_map(str::to_owned)
                .boxed()
        }
        "maxAggregationInterval" => any::<i32>().prop_map(|number| number.to_string()).boxed(),
        "creationTime" => select(vec![
            "2024-02-03T04:05:06.789Z",
            "2024-02-03T04:05:06Z",
            "1969-12-31T23:59:59.5Z",
            "9999-12-31T23:59:59Z",
            "2024-02-03T04:05:06+02:00",
        ])
        .prop_map(str::to_owned)
        .boxed(),
        "tagSet" => list(&["key", "value"], 4),
        "destinationOptions" => spread(
            select(vec![
                "fileFormat",
                "hiveCompatiblePartitions",
                "perHourPartition",
                "added2031",
            ])
            .prop_flat_map(field),
            4,
        )
        .boxed(),
        "attachment" => spread(
            select(vec!["instanceId", "added2031"]).prop_flat_map(field),
            3,
        )
        .boxed(),
        "groupSet" => list(&["groupId", "added2031"], 3),
        "privateIpAddressesSet" => list(&["privateIpAddress", "association", "added2031"], 3),
        "association" => spread(
            select(vec!["publicIp", "added2031"]).prop_flat_map(field),
            3,
        )
        .boxed(),
        "ipv6AddressesSet" => list(&["ipv6Address", "added2031"], 3),
        "ipv4PrefixSet" => list(&["ipv4Prefix", "added2031"], 3),
        "ipv6PrefixSet" => list(&["ipv6Prefix", "added2031"], 3),
        "added2031" => text()
            .prop_map(|text| {
                format!("{text}<item>{text}<vpcId>{text}</vpcId><added2031/></item>\n")
            })
            .boxed(),
        _ => text().boxed(),
    };
    (content, any::<bool>())
        .prop_map(move |(content, is_short)| element(name, &content, is_short))
        .boxed()
}

fn answer<T: Compared>() -> BoxedStrategy<String> {
    let set = list(T::FIELDS, 4).prop_map(|items| element(T::SET, &items, true));
    let others = select(vec!["nextToken", "requestId", "added2031"]).prop_flat_map(field);
    let start = select(vec!["", "<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "\n"]);
    let attribute = select(vec![
        "",
        " xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15/\"",
    ]);
    let content = spread(prop_oneof![2 => set, 1 => others], 4);
    (start, attribute, content)
        .prop_map(|(start, attribute, content)| {
            format!(
                "{start}\n<{root}{attribute}>{content}</{root}>\n",
                root = T::ROOT
            )
        })
        .boxed()
}

/// Takes some bytes away, and puts others there.
fn mangled<T: Compared>() -> impl Strategy<Value = Vec<u8>> {
    let put: Vec<&[u8]> = vec![
        b"",
        b"<",
        b">",
        b"/",
        b"&",
        b";",
        b"\"",
        b" ",
        b"x",
        b"]]>",
        b"<!-- x -->",
        b"<![CDATA[<y>]]>",
        b"<?x?>",
        b"<item>",
        b"</item>",
        b"<a:item/>",
        b"<item x=\"1\">",
        b"&unknown;",
        b"&#0;",
        b"\0",
        b"\xff",
        b"\xef\xbf\xbf",
        b"true",
        b"-1",
    ];
    (answer::<T>(), any::<Index>(), 0..6_usize, select(put)).prop_map(|(answer, at, taken, put)| {
        let mut bytes = answer.into_bytes();
        let from = at.index(bytes.len());
        let to = bytes.len().min(from + taken);
        bytes.splice(from..to, put.iter().copied());
        bytes
    })
}

fn same<T: Compared>(body: &[u8]) -> Result<bool, TestCaseError> {
    let (page, understood) = ours::<T>(200, body);
    prop_assert_eq!(page, of_the_sdk::<T>(200, body));
    Ok(understood)
}

proptest! {
    #[test]
    fn answers_are_understood_as_the_sdk_understands_them(
        vpcs in answer::<Vpc>(),
        flow_logs in answer::<FlowLog>(),
        subnets in answer::<Subnet>(),
        interfaces in answer::<NetworkInterface>(),
    ) {
        prop_assert!(same::<Vpc>(vpcs.as_bytes())?, "left to the SDK");
        prop_assert!(same::<FlowLog>(flow_logs.as_bytes())?, "left to the SDK");
        prop_assert!(same::<Subnet>(subnets.as_bytes())?, "left to the SDK");
        prop_assert!(same::<NetworkInterface>(interfaces.as_bytes())?, "left to the SDK");
    }

    #[test]
    fn what_is_malformed_is_what_it_is_to_the_sdk(
        vpcs in mangled::<Vpc>(),
        flow_logs in mangled::<FlowLog>(),
        subnets in mangled::<Subnet>(),
        interfaces in mangled::<NetworkInterface>(),
    ) {
        same::<Vpc>(&vpcs)?;
        same::<FlowLog>(&flow_logs)?;
        same::<Subnet>(&subnets)?;
        same::<NetworkInterface>(&interfaces)?;
    }
}

#[test]
fn what_is_not_understood_is_left_to_the_sdk() {
    let body = |vpc: &str| {
        format!("<DescribeVpcsResponse><vpcSet><item>{vpc}</item></vpcSet></DescribeVpcsResponse>")
    };
    let one = |vpc_id: &str| {
        let vpc_id = vpc_id.to_owned();
        let items = vec![Vpc {
            vpc_id,
            ..Vpc::default()
        }];
        Some(Page {
            items,
            next_token: None,
        })
    };
    for (vpc, page, understood) in [
        ("<vpcId>v</vpcId>", one("v"), true),
        ("<vpcId>v<!-- x --></vpcId>", one("v"), false),
        ("<vpcId a=\"b\">v</vpcId>", one("v"), false),
        ("<vpcId><w/></vpcId>", None, false),
        ("<isDefault>maybe</isDefault>", None, false),
    ] {
        assert_eq!(
            ours::<Vpc>(200, body(vpc).as_bytes()),
            (page, understood),
            "{vpc}"
        );
    }
    let another = "<DescribeSubnetsResponse/>";
    assert_eq!(ours::<Vpc>(200, another.as_bytes()), (None, false));
}

#[test]
fn only_successes_are_decoded_here() {
    let body = b"<DescribeVpcsResponse><vpcSet><item/></vpcSet></DescribeVpcsResponse>";
    assert!(ours::<Vpc>(200, body).1);
    for status in [400, 403, 500, 503] {
        assert_eq!(ours::<Vpc>(status, body), (None, false), "{status}");
    }
}
