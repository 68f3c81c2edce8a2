//! Investigations over flows that went through an engine.

mod bounds;
mod parts;
mod story;
mod subjects;

use std::sync::Arc;

use jiff::civil::date;

use super::{Dossier, Event, EventKind, Inquiry, Investigation};
use crate::engine::{Engine, Settings};
use crate::flow::Flow;
use crate::flow::tests::flow;
use crate::world::World;

/// Midnight of a day.
const MIDNIGHT: i64 = 1_700_006_400;
const ENI: &str = "eni-0123456789abcdef0";

fn inquiry(subject: &str) -> Inquiry {
    Inquiry::new(subject.parse().unwrap()).unwrap()
}

fn engine(inquiry: &Inquiry, memory: usize) -> Engine {
    let settings = Settings {
        only: Some(vec!["port-scan".to_owned()]),
        ..Settings::default()
    };
    let mut engine = Engine::new(&settings, &Arc::new(World::default()), 1).unwrap();
    engine.investigate(Investigation::new(inquiry.clone(), memory));
    engine
}

fn finished(engine: &Engine) -> Dossier {
    let report = engine.finish(&|_| None, &[], &[], date(2026, 11, 20));
    engine.dossier(&report).unwrap()
}

fn dossier_of(inquiry: &Inquiry, flows: &[Flow]) -> Dossier {
    let mut engine = engine(inquiry, 16 << 20);
    flows.iter().for_each(|flow| engine.see(flow));
    finished(&engine)
}

fn dossier(subject: &str, flows: &[Flow]) -> Dossier {
    dossier_of(&inquiry(subject), flows)
}

fn at(start: i64, flow: Flow) -> Flow {
    Flow {
        start: MIDNIGHT + start,
        end: MIDNIGHT + start + 30,
        ..flow
    }
}

fn refused(flow: Flow) -> Flow {
    Flow {
        rejected: true,
        packets_to_client: 0,
        bytes_to_client: 0,
        ..flow
    }
}

fn of_kind(dossier: &Dossier, kind: EventKind) -> Vec<&Event> {
    let events = dossier.events.iter();
    events.filter(|event| event.kind == kind).collect()
}

/// Calls a server, is scanned from outside, sends much to somebody outside, and is silent for a night.
fn story() -> Vec<Flow> {
    let mut flows = Vec::new();
    for hour in [0, 1, 2, 11, 12] {
        flows.push(at(hour * 3_600, flow("10.0.3.7", "10.0.2.9", 443)));
    }
    for number in 0..120 {
        let knock = flow("198.51.100.9", "10.0.3.7", 1_000 + number);
        flows.push(at(4_000 + 30 * i64::from(number), refused(knock)));
    }
    let session = flow("10.0.3.7", "10.0.2.20", 22);
    flows.push(at(6_000, refused(session)));
    flows.push(at(6_100, session));
    flows.push(Flow {
        end: MIDNIGHT + 9_000,
        bytes_to_server: 900_000_000,
        ..at(8_000, flow("10.0.3.7", "203.0.113.5", 443))
    });
    flows.push(at(5_000, flow("10.0.2.9", "10.0.2.20", 5432)));
    flows
}
