//! Each rule, on records made by hand.

use flowcover_lake::LakeSettings;

use crate::memory::Memory;

const DEFAULT: &str = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status";
const FLAGS: &str = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status tcp-flags flow-direction";
const PACKET: &str = "interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status pkt-srcaddr pkt-dstaddr flow-direction";

const ENDS: &str = "client_addr, client_port, server_addr, server_port, orientation";

/// The flows of these records, ordered by start, do have these values.
fn check(columns: &str, header: &str, records: &[&str], expected: &[&str]) {
    for partitions in [1, 3] {
        let settings = LakeSettings {
            partitions,
            ..LakeSettings::default()
        };
        let text = format!("{header}\n{}\n", records.join("\n"));
        let sql = format!("select {columns} from flows order by start, client_addr, client_port");
        let (rows, account) = Memory::default().with("x.log", text).ask(&sql, &settings);
        assert_eq!(rows, expected, "{records:#?}");
        assert!(
            account.is_complete() && account.counts.malformed == 0,
            "{account:?}"
        );
    }
}

#[test]
fn flags_tell_who_called() {
    // The ports would say the contrary: a service on a high port, called from a low one.
    let syn = "eni-1 10.0.0.1 10.0.0.2 443 50000 6 1 60 100 101 ACCEPT OK 2 egress";
    let syn_ack = "eni-1 10.0.0.2 10.0.0.1 50000 443 6 1 60 100 101 ACCEPT OK 18 ingress";
    let row = "10.0.0.1,443,10.0.0.2,50000,tcp-flags";
    check(ENDS, FLAGS, &[syn, syn_ack], &[row]);
    check(ENDS, FLAGS, &[syn], &[row]);
    check(ENDS, FLAGS, &[syn_ack], &[row]);
    // SYN and FIN in one window.
    check(
        ENDS,
        FLAGS,
        &[
            &syn.replace("OK 2 ", "OK 3 "),
            &syn_ack.replace("OK 18", "OK 19"),
        ],
        &[row],
    );
    // Both sent SYN: flags do not tell.
    let both = [
        syn,
        "eni-1 10.0.0.2 10.0.0.1 50000 443 6 1 60 100 101 ACCEPT OK 2 ingress",
    ];
    check(ENDS, FLAGS, &both, &["10.0.0.2,50000,10.0.0.1,443,ports"]);
}

#[test]
fn ports_tell_where_flags_do_not() {
    for (client, server) in [
        (50_000, 443),
        (1500, 22),
        (443, 22),
        (40_000, 8080),
        (8080, 443),
        (40_000, 20_000),
        (1023, 443),
    ] {
        let forth = format!("eni-1 10.0.0.9 10.0.0.2 {client} {server} 6 5 500 100 101 ACCEPT OK");
        let back = format!("eni-1 10.0.0.2 10.0.0.9 {server} {client} 6 5 500 100 101 ACCEPT OK");
        // Which is the lower class decides, not the lower number.
        let expected = match (client, server) {
            (443, 22) => "10.0.0.9,443,10.0.0.2,22,lower-port".to_owned(),
            _ => format!("10.0.0.9,{client},10.0.0.2,{server},ports"),
        };
        check(ENDS, DEFAULT, &[&forth, &back], &[&expected]);
    }
}

#[test]
fn a_probe_of_a_high_port_comes_from_who_sent_it() {
    let probe = "eni-1 198.51.100.7 10.0.0.2 45000 50001 6 1 40 100 100 REJECT OK";
    check(
        ENDS,
        DEFAULT,
        &[probe],
        &["198.51.100.7,45000,10.0.0.2,50001,only-sender"],
    );
}

#[test]
fn who_sent_first_called() {
    let first = "eni-1 10.0.0.7 10.0.0.2 45000 50001 17 9 900 100 160 ACCEPT OK";
    let second = "eni-1 10.0.0.2 10.0.0.7 50001 45000 17 9 900 101 160 ACCEPT OK";
    check(
        ENDS,
        DEFAULT,
        &[second, first],
        &["10.0.0.7,45000,10.0.0.2,50001,first-seen"],
    );
    let together = second.replace(" 101 ", " 100 ");
    check(
        ENDS,
        DEFAULT,
        &[&together, first],
        &["10.0.0.2,50001,10.0.0.7,45000,lower-port"],
    );
}

#[test]
fn protocols_without_ports() {
    let request = "eni-1 10.0.0.7 8.8.8.8 0 0 1 4 336 100 103 ACCEPT OK";
    let reply = "eni-1 8.8.8.8 10.0.0.7 0 0 1 4 336 100 103 ACCEPT OK";
    check(
        ENDS,
        DEFAULT,
        &[reply, request],
        &["10.0.0.7,0,8.8.8.8,0,address"],
    );
    check(
        ENDS,
        DEFAULT,
        &[reply],
        &["8.8.8.8,0,10.0.0.7,0,only-sender"],
    );
}

const VOLUME: &str = "client_addr, packets_to_server, bytes_to_server, packets_to_client, bytes_to_client, records, capture_points, capture_point";

#[test]
fn four_records_of_one_flow_are_one_row() {
    let records = [
        "eni-b 10.0.0.1 10.0.1.1 40000 443 6 10 1000 100 150 ACCEPT OK",
        "eni-b 10.0.1.1 10.0.0.1 443 40000 6 8 9000 100 150 ACCEPT OK",
        "eni-a 10.0.0.1 10.0.1.1 40000 443 6 10 1000 101 151 ACCEPT OK",
        "eni-a 10.0.1.1 10.0.0.1 443 40000 6 8 9000 101 151 ACCEPT OK",
    ];
    // Both saw the same: the first by name is taken, and nothing is counted twice.
    check(
        VOLUME,
        DEFAULT,
        &records,
        &["10.0.0.1,10,1000,8,9000,4,2,eni-a"],
    );
    // One that saw only one direction is not taken, though it is first by name.
    check(
        VOLUME,
        DEFAULT,
        &records[..3],
        &["10.0.0.1,10,1000,8,9000,3,2,eni-b"],
    );
}

#[test]
fn windows_of_one_connection_are_one_row() {
    let window = |number: i64| {
        let (start, end) = (1000 + number * 60, 1059 + number * 60);
        format!("eni-1 10.0.0.1 10.0.1.1 40000 443 6 1 100 {start} {end} ACCEPT OK")
    };
    let windows: Vec<String> = (0..5).map(window).collect();
    let windows: Vec<&str> = windows.iter().map(String::as_str).collect();
    check(
        "start, \"end\", packets_to_server, records",
        DEFAULT,
        &windows,
        &["1000,1299,5,5"],
    );
}

#[test]
fn silence_ends_a_flow() {
    let at = |moment: i64| {
        format!("eni-1 10.0.0.1 10.0.1.1 40000 443 6 1 100 {moment} {moment} ACCEPT OK")
    };
    let columns = "start, \"end\", records";
    check(columns, DEFAULT, &[&at(1000), &at(1180)], &["1000,1180,2"]);
    check(
        columns,
        DEFAULT,
        &[&at(1000), &at(1181)],
        &["1000,1000,1", "1181,1181,1"],
    );
    // What lies between two flows makes them one, whenever it is read.
    check(
        columns,
        DEFAULT,
        &[&at(1000), &at(1300), &at(1150)],
        &["1000,1300,3"],
    );
}

#[test]
fn what_was_refused() {
    let columns = "client_addr, action";
    let sent = "eni-1 10.0.0.1 10.0.1.1 40000 443 6 1 40 100 100 ACCEPT OK";
    let refused = "eni-2 10.0.0.1 10.0.1.1 40000 443 6 1 40 100 100 REJECT OK";
    let back = "eni-2 10.0.1.1 10.0.0.1 443 40000 6 1 40 100 100 ACCEPT OK";
    let back_refused = "eni-2 10.0.1.1 10.0.0.1 443 40000 6 1 40 100 100 REJECT OK";
    check(columns, DEFAULT, &[sent, refused], &["10.0.0.1,REJECT"]);
    check(columns, DEFAULT, &[sent], &["10.0.0.1,ACCEPT"]);
    check(columns, DEFAULT, &[sent, back], &["10.0.0.1,ACCEPT"]);
    // A network ACL that lets the question in and the answer not out.
    check(
        columns,
        DEFAULT,
        &[sent, back_refused],
        &["10.0.0.1,REJECT"],
    );
    // What comes after a connection was closed is refused; the connection was not.
    check(
        columns,
        DEFAULT,
        &[sent, back, refused],
        &["10.0.0.1,ACCEPT"],
    );
}

#[test]
fn behind_a_gateway_stands_the_client() {
    let at_client = "eni-c 10.0.1.5 203.0.113.5 40000 443 6 5 500 100 101 ACCEPT OK 10.0.1.5 203.0.113.5 egress";
    let into_gateway = "eni-nat 10.0.1.5 10.0.0.220 40000 443 6 5 500 100 101 ACCEPT OK 10.0.1.5 203.0.113.5 ingress";
    let out_of_gateway = "eni-nat 10.0.0.220 203.0.113.5 2000 443 6 5 500 100 101 ACCEPT OK 10.0.0.220 203.0.113.5 egress";
    check(
        "client_addr, server_addr, capture_points, client_interface_id, server_interface_id",
        PACKET,
        &[at_client, into_gateway, out_of_gateway],
        &[
            "10.0.0.220,203.0.113.5,1,eni-nat,",
            "10.0.1.5,203.0.113.5,2,eni-c,",
        ],
    );
    // Without the packet's addresses the gateway itself is called.
    check(
        ENDS,
        PACKET,
        &["eni-nat 10.0.1.5 10.0.0.220 40000 443 6 5 500 100 101 ACCEPT OK - - ingress"],
        &["10.0.1.5,40000,10.0.0.220,443,ports"],
    );
}

#[test]
fn what_is_no_traffic_is_no_flow() {
    check(
        "client_addr",
        DEFAULT,
        &[
            "eni-1 - - - - - - - 100 160 - NODATA",
            "eni-1 - - - - - - - 100 160 - SKIPDATA",
        ],
        &[],
    );
}

#[test]
fn both_families() {
    check(
        ENDS,
        DEFAULT,
        &["eni-1 2001:db8:0:0::1 2001:db8::2 40000 53 17 1 80 100 100 ACCEPT OK"],
        &["2001:db8::1,40000,2001:db8::2,53,ports"],
    );
}

#[test]
fn records_without_readable_addresses_are_counted() {
    let text = format!("{DEFAULT}\neni-1 pear 10.0.0.1 1 2 6 1 1 100 100 ACCEPT OK\n");
    let (rows, account) = Memory::default()
        .with("x.log", text)
        .ask("select * from flows", &LakeSettings::default());
    assert_eq!(rows.len(), 0);
    assert_eq!(account.unfolded, 1);
}
