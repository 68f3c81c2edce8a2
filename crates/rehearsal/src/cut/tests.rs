use super::*;
use crate::company::{DAY, HOUR, MINUTE};
use crate::outside::{self, Use};
use crate::random::Random;
use crate::settings::Settings;

fn rows(flow: &Flow, company: &Company, hours: i64) -> Vec<Row> {
    let mut rows = Vec::new();
    for hour in 0..hours {
        let from = company.from + hour * HOUR;
        cut(
            company,
            Window::TenMinutes,
            flow,
            from..from + HOUR,
            &mut |_, row| rows.push(row),
        );
    }
    rows
}

fn sum(rows: &[Row], host: usize, egress: bool) -> (usize, u64, u64, u8) {
    let mut sum = (0, 0, 0, 0);
    for row in rows.iter().filter(|row| row.host == host) {
        let What::Traffic(traffic) = &row.what else {
            continue;
        };
        if traffic.egress == egress {
            sum.0 += 1;
            sum.1 += traffic.volume.packets;
            sum.2 += traffic.volume.bytes;
            sum.3 |= traffic.flags.unwrap_or(0);
        }
    }
    sum
}

fn flow(company: &Company) -> Flow {
    let (a, b) = (
        company.of(1, Role::App)[0],
        company.of(1, Role::Database)[0],
    );
    let mut random = Random::keyed(&[3]);
    company.between(&mut random, a, b, 5432, company.from + 7 * MINUTE)
}

#[test]
fn long_connections_lose_nothing_when_cut() {
    let company = Company::new(&Settings::default());
    for steady in [false, true] {
        let flow = flow(&company).carrying(7_654_321, 987_654_321).lasting(DAY);
        let flow = Flow { steady, ..flow };
        let rows = rows(&flow, &company, 26);
        for (host, egress, total) in [
            (flow.client.host.unwrap(), true, flow.up),
            (flow.client.host.unwrap(), false, flow.down),
            (flow.server.host.unwrap(), false, flow.up),
            (flow.server.host.unwrap(), true, flow.down),
        ] {
            let (count, packets, bytes, _) = sum(&rows, host, egress);
            assert!((144..=146).contains(&count), "{count}");
            assert_eq!((packets, bytes), (total.packets, total.bytes));
        }
    }
}

#[test]
fn flags_are_those_that_aws_records() {
    let company = Company::new(&Settings::default());
    for (manner, up, down) in [
        (Manner::Complete, 3, 19),
        (Manner::ResetByServer, 2, 22),
        (Manner::ResetByClient, 6, 18),
        (Manner::Refused, 2, 4),
        (Manner::HalfOpen, 2, 18),
        (Manner::Rejected, 2, 0),
    ] {
        let flow = flow(&company).going(manner);
        let rows = rows(&flow, &company, 1);
        let client = flow.client.host.unwrap();
        assert_eq!(sum(&rows, client, true).3, up, "{manner:?}");
        assert_eq!(sum(&rows, client, false).3, down, "{manner:?}");
    }
}

#[test]
fn a_refusal_stands_at_the_server_alone() {
    let company = Company::new(&Settings::default());
    let flow = flow(&company).going(Manner::Rejected);
    let rows = rows(&flow, &company, 1);
    assert_eq!(rows.len(), 2);
    for row in rows {
        let What::Traffic(traffic) = row.what else {
            panic!()
        };
        assert_eq!(traffic.accepted, traffic.egress);
    }
}

#[test]
fn a_nat_gateway_shows_both_of_its_sides() {
    let company = Company::new(&Settings::default());
    let mut random = Random::keyed(&[3]);
    let to = outside::address(&mut random, Use::Delivery);
    let app = company.of(1, Role::App)[0];
    let flow = company.open(&mut random, app, to, 443, company.from);
    let (nat, port) = flow.nat.unwrap();
    let own: IpAddr = company.host(nat).v4.into();
    let rows = rows(&flow, &company, 1);
    assert_eq!(rows.len(), 6);
    let seen: Vec<_> = rows
        .iter()
        .filter(|row| row.host == nat)
        .map(|row| match &row.what {
            What::Traffic(t) => (
                t.source,
                t.target,
                t.packet_source,
                t.packet_target,
                t.egress,
            ),
            _ => panic!(),
        })
        .collect();
    let client = flow.client.address;
    assert_eq!(
        seen,
        [
            (client, own, client, to, false),
            (own, to, own, to, true),
            (to, own, to, own, false),
            (own, client, to, client, true),
        ]
    );
    assert!(
        rows.iter()
            .any(|row| matches!(&row.what, What::Traffic(t) if t.source_port == port))
    );
}
