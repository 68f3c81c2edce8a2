//! From what was seen of a subject to its dossier.

use std::collections::BTreeSet;

use flowcover_core::words::{choose, counted};

use super::dossier::Dossier;
use super::events;
use super::investigation::Investigation;
use super::resolve::Resolved;
use super::rows::{peers, ports};
use super::sql::Sql;
use crate::address::Address;
use crate::coverage::CapturePoint;
use crate::engine::Report;
use crate::finding::Finding;
use crate::world::World;

/// Addresses of the subject that are listed.
const ADDRESSES: usize = 100;

impl Investigation {
    /// The dossier. `report` is what detections found in the same flows; `world` tells what is ours and where it is.
    #[must_use]
    pub fn dossier(&self, report: &Report, world: &World) -> Dossier {
        let resolved = self.resolve();
        let sql = Sql {
            inquiry: &self.inquiry,
            own: &resolved.own,
        };
        let own: BTreeSet<Address> = resolved.own.iter().copied().collect();
        let is_own = |address| own.contains(&address) || self.inquiry.has(address);
        let findings = findings(self, report, &is_own);
        let span = self.span(&report.coverage);
        let mut timeline = self.timeline(&own, span);
        timeline.query = sql.timeline(timeline.step);
        let material = events::Material {
            investigation: self,
            resolved: &resolved,
            cells: &timeline,
            refused: &self.refused(timeline.step, &own),
            findings: &findings,
            is_own: &is_own,
            world,
            sql: &sql,
        };
        let (events, events_beyond) = events::all(&material);
        let (peers, peers_beyond) = peers(&resolved, world, &sql);
        let (ports, ports_beyond) = ports(&resolved, &sql);
        let contacts_dropped = self.contacts.thinned().keys;
        let ports_dropped = self.ports.thinned().keys;
        Dossier {
            schema: "flowcover.investigation/1",
            subject: self.inquiry.subject().clone(),
            kind: self.inquiry.subject().kind(),
            name: None,
            window: None,
            addresses: resolved.own.iter().take(ADDRESSES).copied().collect(),
            around: self.inquiry.moment(),
            totals: self.totals(&resolved, &own, world, span),
            timeline,
            events,
            events_beyond,
            peers,
            peers_beyond: peers_beyond.saturating_add(contacts_dropped),
            ports,
            ports_beyond: ports_beyond.saturating_add(ports_dropped),
            findings,
            remarks: self.remarks(&resolved, contacts_dropped, ports_dropped, span),
            coverage: report.coverage.clone(),
            query: sql.all(),
        }
    }

    fn remarks(
        &self,
        resolved: &Resolved<'_>,
        contacts: u64,
        ports: u64,
        span: Option<(i64, i64)>,
    ) -> Vec<String> {
        let mut remarks = Vec::new();
        let strays = span.map_or(0, |(first, last)| self.spread.outside(first, last));
        if strays > 0 {
            remarks.push(format!(
                "{} at which a flow of it began or ended {} far from all others, as in a damaged record: counted, and not on the time line",
                counted(strays, "moment"),
                choose(strays, "lies", "lie")
            ));
        }
        if contacts > 0 {
            remarks.push(format!(
                "for want of memory {contacts} of the quietest peers {} dropped while counting: what is said of single peers may be too low, totals and time line are not",
                choose(contacts, "was", "were")
            ));
        }
        if ports > 0 {
            remarks.push(format!(
                "for want of memory {ports} of the quietest ports {} dropped while counting",
                choose(ports, "was", "were")
            ));
        }
        let times = self.open_times.thinned().keys;
        if times > 0 {
            remarks.push(format!(
                "for want of memory the times of flows with {} were dropped: totals and time line are too low",
                counted(times, "server")
            ));
        }
        if resolved
            .contacts
            .iter()
            .any(|between| !between.contact.port_count.is_exact())
            || resolved.ports.values().any(|there| !there.peers.is_exact())
        {
            remarks.push("large numbers of ports and peers are estimates, some 2 % off".to_owned());
        }
        if self.inquiry.is_by_point() && self.inquiry.addresses().is_empty() {
            remarks.push(
                "known by its interface only: a flow with another interface that writes records may have been counted there, and is missing here; investigate its address for all of them".to_owned(),
            );
        }
        if resolved.is_guessed {
            remarks.push(
                "which end of its flows is the subject's could not be told for sure: in and out may be the other way round".to_owned(),
            );
        }
        remarks
    }
}

/// Findings that the subject is an end of, or that are about its interface.
fn findings(
    investigation: &Investigation,
    report: &Report,
    is_own: &dyn Fn(Address) -> bool,
) -> Vec<Finding> {
    let involved = |finding: &&Finding| {
        let ends = [finding.client, finding.server];
        if ends.iter().any(Option::is_some) {
            return ends.into_iter().flatten().any(is_own);
        }
        let id = finding.capture_point.interface_id.as_deref();
        id.is_some_and(|id| investigation.inquiry.has_point(CapturePoint::key(id)))
    };
    report.findings.iter().filter(involved).cloned().collect()
}
