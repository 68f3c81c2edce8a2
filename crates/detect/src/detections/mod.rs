//! Every detection: one file with its operator, its query and its tests, one page beside it.

mod accepted_from_internet_on_admin_port;
mod address_sweep;
mod asymmetric_or_one_way;
mod beaconing;
mod brute_force;
mod brute_force_succeeded;
mod cross_tenant;
mod crypto_mining_ports;
mod ddos_inbound;
mod dns_tunnel;
mod egress_to_new_country;
mod exfiltration_new_destination;
mod exfiltration_volume;
mod knocks;
mod lateral_movement;
mod logins;
mod long_connection;
mod new_listener;
mod port_scan;
mod recording_stopped;
mod rejected_spike;
mod slow_scan;
mod smtp_outbound;
mod tor_or_bad_address;
mod unusual_protocol;
mod usual;

use crate::detection::Detection;

/// Every detection, in the order of documentation, which is that of [`DETECTION_IDS`](flowcover_core::policy::DETECTION_IDS).
pub static DETECTIONS: &[&Detection] = &[
    &port_scan::DETECTION,
    &address_sweep::DETECTION,
    &slow_scan::DETECTION,
    &brute_force::DETECTION,
    &brute_force_succeeded::DETECTION,
    &exfiltration_volume::DETECTION,
    &exfiltration_new_destination::DETECTION,
    &beaconing::DETECTION,
    &long_connection::DETECTION,
    &dns_tunnel::DETECTION,
    &crypto_mining_ports::DETECTION,
    &tor_or_bad_address::DETECTION,
    &lateral_movement::DETECTION,
    &cross_tenant::DETECTION,
    &rejected_spike::DETECTION,
    &accepted_from_internet_on_admin_port::DETECTION,
    &unusual_protocol::DETECTION,
    &new_listener::DETECTION,
    &asymmetric_or_one_way::DETECTION,
    &smtp_outbound::DETECTION,
    &ddos_inbound::DETECTION,
    &recording_stopped::DETECTION,
    &egress_to_new_country::DETECTION,
];

#[cfg(test)]
mod calm;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
