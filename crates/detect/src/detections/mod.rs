//! Every detection: one file with its operator, its query and its tests, one page beside it.

mod beaconing;
mod exfiltration_volume;
mod port_scan;

use crate::detection::Detection;

/// Every detection, in the order of documentation.
pub static DETECTIONS: &[&Detection] = &[
    &port_scan::DETECTION,
    &beaconing::DETECTION,
    &exfiltration_volume::DETECTION,
];

#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;
