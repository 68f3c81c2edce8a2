#![allow(clippy::unwrap_used)]

use super::file::digest_of;
use super::*;
use crate::flow::Flow;
use crate::flow::tests::flow;
use crate::world::World;

fn learnt(flows: &[Flow]) -> Past {
    let world = World::default();
    let mut past = Past::new(1 << 20);
    flows.iter().for_each(|flow| past.see(flow, &world));
    past
}

fn out(to: &str, start: i64) -> Flow {
    Flow {
        client_inside: true,
        start,
        end: start + 30,
        ..flow("10.0.0.1", to, 443)
    }
}

fn inward(client: &str, port: u16) -> Flow {
    Flow {
        client_inside: true,
        server_inside: true,
        ..flow(client, "10.0.0.9", port)
    }
}

#[test]
fn it_answers_what_it_has_learnt() {
    let baseline = Baseline::new(learnt(&[
        out("192.0.2.7", 0),
        out("2001:db8:1::5", 90_000),
        inward("10.0.0.3", 22),
    ]));
    let address = |text: &str| text.parse::<Address>().unwrap();
    let host = address("10.0.0.1");
    assert!(baseline.has_called(host, address("192.0.2.200")));
    assert!(!baseline.has_called(host, address("192.0.3.7")));
    assert!(baseline.has_called(host, address("2001:db8:1:ffff::9")));
    assert!(!baseline.has_called(host, address("2001:db8:2::5")));
    assert_eq!(baseline.sent_by_day(host), [(0, 1000), (86_400, 1000)]);
    assert!(baseline.has_service(address("10.0.0.9"), 22, 6));
    assert!(baseline.has_pair(address("10.0.0.3"), address("10.0.0.9"), 22));
    assert_eq!(
        baseline.duration_at(address("10.0.0.9"), 22, 6, 0.5),
        Some(30.0)
    );
}

/// 192.0.2.0/24 is in Iceland, all else in Ireland.
#[derive(Debug)]
struct TwoCountries;

impl crate::Countries for TwoCountries {
    fn country(&self, address: Address) -> Option<Country> {
        let iceland: crate::Network = "192.0.2.0/24".parse().unwrap();
        Country::new(if iceland.contains(address) {
            "is"
        } else {
            "ie"
        })
    }
}

#[test]
fn countries_and_mail_are_remembered_in_files() {
    let world = World {
        countries: Some(std::sync::Arc::new(TwoCountries)),
        ..World::default()
    };
    let past = |flow: &Flow| {
        let mut past = Past::new(1 << 20);
        past.see(flow, &world);
        past
    };
    let mail = Flow {
        client: "10.0.0.2".parse().unwrap(),
        server_port: 25,
        ..out("198.51.100.7", 0)
    };
    let mut both = past(&out("192.0.2.7", 0));
    both.join(past(&mail));
    let text = Baseline::new(both).to_text().unwrap();
    let baseline = Baseline::from_text(&text, 1 << 20).unwrap();
    let [one, two] = ["10.0.0.1", "10.0.0.2"].map(|host| host.parse().unwrap());
    let [iceland, ireland, fiji] = ["IS", "IE", "FJ"].map(|code| Country::new(code).unwrap());
    assert!(baseline.knows_countries());
    assert!(baseline.has_called_country(one, iceland));
    assert!(!baseline.has_called_country(one, ireland));
    assert!(baseline.anyone_called_country(ireland));
    assert!(!baseline.anyone_called_country(fiji));
    assert_eq!(
        [one, two].map(|host| baseline.has_mailed(host)),
        [false, true]
    );
    assert!(!Baseline::new(learnt(&[mail])).knows_countries());
}

#[test]
fn uploads_are_told_from_questions() {
    let upload = |to: &str| Flow {
        bytes_to_server: UPLOAD,
        ..out(to, 0)
    };
    let [large, small, later] = ["198.51.100.99", "203.0.113.99", "192.0.2.99"];
    let uploaded = |past: Past| {
        let text = Baseline::new(past).to_text().unwrap();
        let baseline = Baseline::from_text(&text, 1 << 20).unwrap();
        [large, small, later].map(|to| baseline.anyone_uploaded(to.parse().unwrap()))
    };
    let learnt_first = || learnt(&[upload("198.51.100.7"), out("203.0.113.7", 0)]);
    assert_eq!(uploaded(learnt_first()), [true, false, false]);
    // A file of before knows only who was called, and keeps that when more is learnt.
    let before = || {
        let mut past = learnt_first();
        past.hosts.update("10.0.0.1".parse().unwrap(), |host| {
            host.uploads = None;
        });
        past
    };
    assert_eq!(uploaded(before()), [true, true, false]);
    let mut both = before();
    both.join(learnt(&[upload("192.0.2.7")]));
    assert_eq!(uploaded(both), [true, true, true]);
}

#[test]
fn files_of_before_are_read() {
    let text = Baseline::new(learnt(&[out("192.0.2.7", 0)]))
        .to_text()
        .unwrap();
    let before = text.replace(",\"mailed\":0,\"countries\":[]", "");
    assert_ne!(before, text);
    let (body, _) = before.trim_end().rsplit_once('\n').unwrap();
    let body = format!("{body}\n");
    let foot = format!("{{\"sha256\":\"{}\"}}\n", digest_of(&body));
    let baseline = Baseline::from_text(&(body + &foot), 1 << 20).unwrap();
    assert_eq!(baseline.to_text().unwrap(), text);
}

#[test]
fn a_file_gives_back_what_was_written() {
    let flows: Vec<Flow> = (0..2_000)
        .map(|number| {
            out(
                &format!("192.0.{}.{}", number / 250, number % 250),
                number * 1_000,
            )
        })
        .collect();
    let baseline = Baseline::new(learnt(&flows));
    let text = baseline.to_text().unwrap();
    let back = Baseline::from_text(&text, 1 << 20).unwrap();
    assert_eq!(back.to_text().unwrap(), text);
    assert!((back.days() - baseline.days()).abs() < 1e-9);
}

#[test]
fn days_are_added() {
    let (first, second) = ([out("192.0.2.7", 0)], [out("198.51.100.7", 90_000)]);
    let text = Baseline::new(learnt(&first)).to_text().unwrap();
    let mut past = Baseline::from_text(&text, 1 << 20).unwrap().into_past();
    past.join(learnt(&second));
    let both = Baseline::new(learnt(&[first[0], second[0]]));
    assert_eq!(
        Baseline::new(past).to_text().unwrap(),
        both.to_text().unwrap()
    );
}

#[test]
fn what_is_no_baseline_is_refused() {
    let text = Baseline::new(learnt(&[out("192.0.2.7", 0)]))
        .to_text()
        .unwrap();
    let refused = |text: &str| Baseline::from_text(text, 1 << 20).unwrap_err().to_string();
    assert!(refused("").contains("no baseline"));
    assert!(refused("{\"schema\":\"flowcover.baseline/9\"}\n").contains("no baseline"));
    assert!(refused(&text[..text.len() / 2]).contains("cut short"));
    assert!(refused(&text.replace("1000", "1001")).contains("check sum"));
}
