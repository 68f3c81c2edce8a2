//! All detections in one pass.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::civil::Date;
use schemars::JsonSchema;
use serde::Serialize;

use crate::Address;
use crate::allow::{Allow, AllowState, sift};
use crate::baseline::Past;
use crate::coverage::{Attendance, CapturePoint, Coverage, Weakened};
use crate::detection::{DETECTIONS, Detection};
use crate::finding::{Context, Finding, Findings};
use crate::flow::Flow;
use crate::investigate::{Dossier, Investigation};
use crate::parameters::{ParameterError, Parameters};
use crate::spread::Spread;
use crate::watch::Watcher;
use crate::world::World;

/// How detections run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Ids of those that run; none: all.
    pub only: Option<Vec<String>>,
    /// Parameters that differ from their defaults, by id and name.
    pub parameters: BTreeMap<String, BTreeMap<String, f64>>,
    /// Bytes that all of them together may hold.
    pub memory: usize,
    /// Whether to learn for a baseline.
    pub learn: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            only: None,
            parameters: BTreeMap::new(),
            memory: 512 * 1024 * 1024,
            learn: false,
        }
    }
}

struct Running {
    detection: &'static Detection,
    parameters: Parameters,
    watcher: Box<dyn Watcher>,
}

/// All detections, at work on a part of the flows.
pub struct Engine {
    world: Arc<World>,
    running: Vec<Running>,
    past: Option<Past>,
    investigation: Option<Investigation>,
    attendance: Attendance,
    /// Addresses that pass on what others send.
    gateways: BTreeSet<Address>,
    flows: u64,
    /// When flows began and ended.
    spread: Spread,
}

/// What detections found in all that was seen.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct Report {
    /// `flowcover.detections/1`.
    pub schema: &'static str,
    /// The gravest first.
    pub findings: Vec<Finding>,
    /// Findings beyond what is reported, by detection: there were too many.
    pub beyond: BTreeMap<&'static str, usize>,
    /// What each entry of the allow-list did.
    pub allowed: Vec<AllowState>,
    /// Ids of the detections that ran.
    pub detections: Vec<&'static str>,
    /// What was looked at.
    pub coverage: Coverage,
}

impl Engine {
    /// With these settings; `share` of how many that divide the memory.
    ///
    /// # Errors
    /// If a parameter is not known or out of bounds.
    pub fn new(
        settings: &Settings,
        world: &Arc<World>,
        share: usize,
    ) -> Result<Self, ParameterError> {
        let chosen = |detection: &&'static Detection| match &settings.only {
            Some(only) => only.iter().any(|id| id == detection.id),
            None => true,
        };
        let detections: Vec<&'static Detection> =
            DETECTIONS.iter().copied().filter(chosen).collect();
        let parts = detections.len() + 3 * usize::from(settings.learn);
        let memory = settings.memory / share.max(1) / parts.max(1);
        let none = BTreeMap::new();
        let running = detections.into_iter().map(|detection| {
            let given = settings.parameters.get(detection.id).unwrap_or(&none);
            let parameters = Parameters::new(detection.id, detection.parameters, given)?;
            let watcher = (detection.watcher)(&parameters, memory);
            Ok(Running {
                detection,
                parameters,
                watcher,
            })
        });
        Ok(Self {
            world: Arc::clone(world),
            running: running.collect::<Result<_, _>>()?,
            past: settings.learn.then(|| Past::new(3 * memory)),
            investigation: None,
            attendance: Attendance::default(),
            gateways: BTreeSet::new(),
            flows: 0,
            spread: Spread::default(),
        })
    }

    /// Sees a flow. Which of its ends are ours is found out here.
    pub fn see(&mut self, flow: &Flow) {
        let mut flow = *flow;
        flow.client_inside |= self.world.is_inside(flow.client);
        flow.server_inside |= self.world.is_inside(flow.server);
        self.flows += 1;
        self.spread.note(flow.start);
        self.spread.note(flow.end);
        for running in &mut self.running {
            running.watcher.see(&flow, &self.world);
        }
        if let Some(past) = &mut self.past {
            past.see(&flow, &self.world);
        }
        if let Some(investigation) = &mut self.investigation {
            investigation.see(&flow);
        }
    }

    /// Investigates beside the detections, from here on. Engines that are joined must investigate the same.
    pub fn investigate(&mut self, investigation: Investigation) {
        self.investigation = Some(investigation);
    }

    /// Takes in what records say of a capture point, before flows of it are seen: its key and its instance. An investigation may be about that
    /// instance.
    pub fn meet(&mut self, point: u64, instance_id: Option<&str>) {
        if let Some(investigation) = &mut self.investigation {
            investigation.meet(point, instance_id);
        }
    }

    /// What was found out about whom was investigated; none if nobody was. `report` is that of [`Self::finish`], with names filled in as the caller
    /// likes.
    #[must_use]
    pub fn dossier(&self, report: &Report) -> Option<Dossier> {
        let investigation = self.investigation.as_ref()?;
        Some(investigation.dossier(report, &self.world))
    }

    /// Adds which interfaces wrote records when.
    pub fn attend(&mut self, attendance: &Attendance) {
        self.attendance.join(attendance);
    }

    /// Adds addresses of gateways, which pass on what others send. A connection through one is two flows, and records show who is behind it:
    /// findings about what the gateway itself sends outside would say the same again, of the wrong host.
    pub fn pass_over(&mut self, gateways: impl IntoIterator<Item = Address>) {
        self.gateways.extend(gateways);
    }

    /// Whether the finding is about what a gateway sends outside with its own address.
    fn is_of_gateway(&self, finding: &Finding) -> bool {
        let is_inside = |server| self.world.is_inside(server);
        finding
            .client
            .is_some_and(|client| self.gateways.contains(&client))
            && !finding.server.is_some_and(is_inside)
    }

    /// Adds what another, made with the same settings, has seen.
    pub fn join(&mut self, other: Self) {
        for (mine, theirs) in self.running.iter_mut().zip(other.running) {
            mine.watcher.join(theirs.watcher);
        }
        if let (Some(mine), Some(theirs)) = (&mut self.past, other.past) {
            mine.join(theirs);
        }
        match (&mut self.investigation, other.investigation) {
            (Some(mine), Some(theirs)) => mine.join(theirs),
            (mine, theirs) => *mine = mine.take().or(theirs),
        }
        self.attendance.join(&other.attendance);
        self.gateways.extend(other.gateways);
        self.flows += other.flows;
        self.spread.join(&other.spread);
    }

    /// Bytes that its detections, and its investigation, hold.
    #[must_use]
    pub fn bytes(&self) -> usize {
        let running = self.running.iter();
        let detections: usize = running.map(|running| running.watcher.bytes()).sum();
        let investigation = self.investigation.as_ref();
        detections + investigation.map_or(0, Investigation::bytes)
    }

    /// What was learnt for a baseline, if that was asked for.
    pub fn take_past(&mut self) -> Option<Past> {
        self.past.take()
    }

    /// Judges. `points` names capture points by key, `lacking` are the fields of the record format, by AWS's names, that some of
    /// the records do not have; `today` decides which entries of the allow-list hold.
    #[must_use]
    pub fn finish(
        &self,
        points: &dyn Fn(u64) -> Option<CapturePoint>,
        lacking: &[String],
        allowed: &[Allow],
        today: Date,
    ) -> Report {
        let span = self.spread.main();
        let context = Context {
            world: &self.world,
            from: span.map_or(i64::MAX, |span| span.first),
            to: span.map_or(i64::MIN, |span| span.last),
            points,
            attendance: &self.attendance,
            gateways: &self.gateways,
        };
        let mut all = Vec::new();
        let mut beyond = BTreeMap::new();
        let mut weakened = Vec::new();
        for running in &self.running {
            let detection = running.detection;
            let mut findings = Findings {
                detection,
                parameters: &running.parameters,
                context: &context,
                findings: Vec::new(),
                remark: None,
            };
            if self.flows > 0 || !self.attendance.is_empty() {
                running.watcher.finish(&mut findings);
            }
            let (mut found, more, remark) = findings.into_heaviest();
            all.append(&mut found);
            if more > 0 {
                beyond.insert(detection.id, more);
            }
            weakened.extend(remark.map(|why| Weakened {
                detection: detection.id,
                why,
            }));
            weakened.extend(weaknesses(detection, lacking));
        }
        let found = all.len();
        all.retain(|finding| !self.is_of_gateway(finding));
        let gateway_findings = (found - all.len()) as u64;
        let states = sift(&mut all, allowed, today);
        all.sort_by_cached_key(order);
        Report {
            schema: "flowcover.detections/1",
            findings: all,
            beyond,
            allowed: states,
            detections: self
                .running
                .iter()
                .map(|running| running.detection.id)
                .collect(),
            coverage: Coverage {
                from: span.map(|span| span.first),
                to: span.map(|span| span.last),
                stray_moments: span.map_or(0, |span| span.strays),
                flows: self.flows,
                interfaces: self.attendance.len() as u64,
                lacking_fields: lacking.to_vec(),
                weakened,
                gateway_findings,
                ..Coverage::default()
            },
        }
    }
}

/// What a detection misses with these fields lacking.
fn weaknesses(detection: &'static Detection, lacking: &[String]) -> Vec<Weakened> {
    let of = detection.weakened_by.iter();
    of.filter(|(field, _)| lacking.iter().any(|name| name == field))
        .map(|(field, what)| Weakened {
            detection: detection.id,
            why: format!("records lack {field}: {what}"),
        })
        .collect()
}

/// The gravest first, then by detection and ends: the same findings are always in the same order.
pub(crate) fn order(finding: &Finding) -> impl Ord + use<> {
    (
        std::cmp::Reverse(finding.severity),
        finding.detection,
        std::cmp::Reverse(finding.weight),
        finding.client,
        finding.server,
        finding.server_port,
        finding.protocol,
        finding.capture_point.interface_id.clone(),
    )
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use jiff::civil::date;

    use super::*;
    use crate::detections::testing::{MIDNIGHT, days_of, every, flow};

    /// A host beacons through a NAT gateway: both are seen to call, and only one of them is the host.
    #[test]
    fn what_a_gateway_passes_on_is_said_of_the_host_behind_it() {
        let world = Arc::new(World::default());
        let mut engine = Engine::new(&Settings::default(), &world, 1).unwrap();
        for client in ["10.0.0.1", "10.0.9.9"] {
            let calls = every(200, MIDNIGHT, 120, |_| flow(client, "198.51.100.7", 443));
            calls.iter().for_each(|call| engine.see(call));
        }
        let clients = |engine: &Engine| {
            let report = engine.finish(&|_| None, &[], &[], date(2026, 1, 1));
            let clients = report.findings.iter().filter_map(|finding| finding.client);
            let clients: BTreeSet<String> = clients.map(|client| client.to_string()).collect();
            (clients, report.coverage.gateway_findings)
        };
        assert_eq!(clients(&engine).0.len(), 2);
        engine.pass_over(["10.0.9.9".parse::<Address>().unwrap()]);
        let expected = BTreeSet::from(["10.0.0.1".to_owned()]);
        assert_eq!(clients(&engine), (expected, 1));
    }

    /// One record that says it is of 1970, and one of 2262, among those of two days.
    #[test]
    fn damaged_times_give_nobody_a_past_and_make_nobody_silent() {
        let world = Arc::new(World::default());
        let usual = days_of(2, |hour| {
            flow("10.0.0.1", "10.0.1.1", if hour < 40 { 443 } else { 22 })
        });
        let report = |usual: &[Flow], strays: &[i64]| {
            let mut engine = Engine::new(&Settings::default(), &world, 1).unwrap();
            let mut attendance = Attendance::default();
            for flow in usual {
                engine.see(flow);
                attendance.note(1, flow.start);
                attendance.note(2, flow.start);
            }
            for &start in strays {
                let one = flow("10.0.5.5", "10.0.1.2", 443);
                engine.see(&Flow {
                    start,
                    end: start + 60,
                    ..one
                });
                attendance.note(2, start);
            }
            engine.attend(&attendance);
            engine.finish(&|_| None, &[], &[], date(2026, 1, 1))
        };
        let (clean, stray) = (report(&usual, &[]), report(&usual, &[0, 9_223_372_036]));
        assert_eq!(stray.findings, clean.findings);
        assert_eq!(stray.coverage.weakened, clean.coverage.weakened);
        assert_eq!(
            (stray.coverage.from, stray.coverage.to),
            (clean.coverage.from, clean.coverage.to)
        );
        assert_eq!(
            (clean.coverage.stray_moments, stray.coverage.stray_moments),
            (0, 4)
        );
    }
}
