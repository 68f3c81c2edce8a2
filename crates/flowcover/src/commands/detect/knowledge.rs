//! What is known beside the records: from the policy file, the command line, lists, a snapshot, a baseline.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowcover_core::inventory::Inventory;
use flowcover_core::policy::{self, Policy};
use flowcover_detect::{
    Allow, AwsRanges, Baseline, Countries, Names, Network, Networks, Separation, World,
};

use super::geoip::GeoIp;
use super::named;
use crate::cli::{Knowing, Reading};
use crate::failure::Failure;
use crate::snapshot;

/// Largest list of addresses that is read, in bytes.
const MOST_LIST_BYTES: u64 = 64 << 20;
/// Largest baseline that is read, in bytes.
const MOST_BASELINE_BYTES: u64 = 4 << 30;

/// A baseline is what detections hold true addresses against.
pub(crate) fn refuse_pseudonyms(reading: &Reading) -> Result<(), Failure> {
    if reading.pseudonymise.is_none() {
        return Ok(());
    }
    Err(Failure::usage("a baseline is of true addresses: --pseudonymise has no place in it")
        .hint("leave it out; `flowcover detect --baseline FILE --pseudonymise KEY` replaces addresses in what it reports"))
}

/// All that detections ask beside the flows.
pub(crate) fn world(
    knowing: &Knowing,
    policy: &Policy,
    baseline: Option<&Path>,
    reading: &Reading,
    inventory: Option<&Inventory>,
) -> anyhow::Result<World> {
    let detect = &policy.detect;
    let beside_policy = |name: &String| beside(policy, name);
    let lists = detect.bad_address_files.iter().map(beside_policy);
    let mut bad = networks(&detect.bad_addresses)?;
    for list in lists.chain(knowing.bad_addresses.iter().cloned()) {
        bad.extend(read_list(&list)?);
    }
    let mut inside = networks(&detect.inside)?;
    inside.extend(typed("--inside", &knowing.inside)?);
    if let Some(inventory) = inventory {
        inside.extend(networks_of(inventory));
    }
    let mut resolvers = networks(&detect.resolvers)?;
    resolvers.extend(typed("--resolver", &knowing.resolver)?);
    let geoip = knowing
        .geoip
        .clone()
        .or_else(|| detect.geoip.as_ref().map(beside_policy));
    let countries = geoip.map(|path| GeoIp::open(&path)).transpose()?;
    let separate = detect.separate.iter().map(|entry| {
        Ok(Separation {
            name: entry.name.clone(),
            one: networks(&entry.one)?.into_iter().collect(),
            other: networks(&entry.other)?.into_iter().collect(),
        })
    });
    Ok(World {
        inside: inside.into_iter().collect(),
        resolvers: resolvers.into_iter().collect::<Networks>(),
        bad: bad.into_iter().collect(),
        separate: separate.collect::<anyhow::Result<_>>()?,
        countries: countries.map(|file| Arc::new(file) as Arc<dyn Countries>),
        baseline: baseline
            .map(|path| read_baseline(path, reading))
            .transpose()?,
    })
}

/// A file that the policy names: relative to the policy file.
fn beside(policy: &Policy, name: &str) -> PathBuf {
    let folder = policy.file.as_deref().map(Path::new).and_then(Path::parent);
    folder.map_or_else(|| PathBuf::from(name), |folder| folder.join(name))
}

/// The text of a file that is not larger than so many bytes, or why there is none.
fn read_text(path: &Path, most: u64) -> Result<String, String> {
    let size = fs::metadata(path).map_err(|error| error.to_string())?.len();
    if size > most {
        return Err(format!("it is larger than {} MiB", most >> 20));
    }
    fs::read_to_string(path).map_err(|error| error.to_string())
}

/// Networks of the policy file, as detections have them.
fn networks(given: &[policy::Network]) -> anyhow::Result<Vec<Network>> {
    let networks = given
        .iter()
        .map(|network| network.to_string().parse::<Network>());
    let networks: Result<_, _> = networks.collect();
    Ok(networks.map_err(|error| Failure::usage(error.to_string()))?)
}

fn typed(argument: &str, given: &[String]) -> Result<Vec<Network>, Failure> {
    let networks = given.iter().map(|text| text.parse::<Network>());
    let networks: Result<_, _> = networks.collect();
    networks.map_err(|error| Failure::usage(format!("{argument}: {error}")))
}

/// The blocks of an inventory's VPCs.
fn networks_of(inventory: &Inventory) -> Vec<Network> {
    let vpcs = inventory
        .regions
        .iter()
        .flat_map(|region| &region.vpcs.items);
    vpcs.filter_map(|vpc| vpc.cidr_block.as_deref()?.parse().ok())
        .collect()
}

/// The snapshot that names things, if one is given.
pub(crate) fn inventory(reading: &Reading) -> anyhow::Result<Option<Inventory>> {
    let choosing = &reading.choosing;
    let path = choosing.inventory.as_deref();
    path.map(|path| snapshot::read_chosen(path, choosing))
        .transpose()
}

/// A list: an address or a block on each line; what follows `#` is a comment.
fn read_list(path: &Path) -> Result<Vec<Network>, Failure> {
    let refused =
        |why: String| Failure::usage(format!("cannot use the list {}: {why}", path.display()));
    let text = read_text(path, MOST_LIST_BYTES).map_err(refused)?;
    parse_list(&text).map_err(|(line, error)| {
        Failure::usage(format!("{}:{line}: {error}", path.display()))
            .hint("one address or block on each line; what follows # is a comment")
    })
}

fn parse_list(text: &str) -> Result<Vec<Network>, (usize, flowcover_detect::NoNetwork)> {
    let lines = text.lines().enumerate().filter_map(|(number, line)| {
        let entry = line.split('#').next().unwrap_or_default().trim();
        (!entry.is_empty()).then(|| entry.parse().map_err(|error| (number + 1, error)))
    });
    lines.collect()
}

/// A baseline may hold as much memory as detections may.
pub(crate) fn read_baseline(path: &Path, reading: &Reading) -> Result<Baseline, Failure> {
    let refused = |why: String| {
        Failure::usage(format!("cannot use the baseline {}: {why}", path.display()))
            .hint("`flowcover baseline build` makes one")
    };
    let text = read_text(path, MOST_BASELINE_BYTES).map_err(refused)?;
    let memory = reading.memory as usize * 1024 * 1024;
    Baseline::from_text(&text, memory).map_err(|error| refused(error.to_string()))
}

/// Parameters that the policy sets. An unknown name points at its line.
pub(crate) fn parameters(
    policy: &Policy,
) -> anyhow::Result<BTreeMap<String, BTreeMap<String, f64>>> {
    let mut all = BTreeMap::new();
    for (id, given) in &policy.detect.parameters {
        let detection = named(id)?;
        let mut values = BTreeMap::new();
        for (name, setting) in given {
            if !detection
                .parameters
                .iter()
                .any(|parameter| parameter.name == name)
            {
                let names: Vec<_> = detection
                    .parameters
                    .iter()
                    .map(|parameter| parameter.name)
                    .collect();
                let origin = &setting.origin;
                let place = origin
                    .line
                    .map_or_else(String::new, |line| format!(":{line}"));
                return Err(Failure::usage(format!(
                    "{}{place}: the detection `{id}` has no parameter `{name}`",
                    origin.source
                ))
                .hint(format!("it has: {}", names.join(", ")))
                .into());
            }
            values.insert(name.clone(), setting.value);
        }
        all.insert(id.clone(), values);
    }
    Ok(all)
}

/// The allow-list of the policy.
pub(crate) fn allowed(policy: &Policy) -> anyhow::Result<Vec<Allow>> {
    let entries = policy.detect.allow.iter().map(|entry| {
        Ok(Allow {
            detection: entry.detection.clone(),
            clients: networks(&entry.clients)?,
            servers: networks(&entry.servers)?,
            server_ports: entry.server_ports.clone(),
            reason: entry.reason.clone(),
            until: entry.until,
            source: entry.source.clone(),
            line: entry.line,
        })
    });
    entries.collect()
}

/// What addresses are called: by the snapshot, and by AWS's list of its ranges.
pub(crate) fn names(
    knowing: &Knowing,
    policy: &Policy,
    inventory: Option<&Inventory>,
) -> Result<Names, Failure> {
    let of_policy = || Some(beside(policy, policy.detect.aws_ranges.as_ref()?));
    let ranges = knowing.aws_ranges.clone().or_else(of_policy);
    let ranges = ranges.map(|path| read_ranges(&path)).transpose()?;
    Ok(Names::new(inventory, ranges))
}

fn read_ranges(path: &Path) -> Result<AwsRanges, Failure> {
    let refused = |why: String| {
        Failure::usage(format!(
            "cannot use the ranges in {}: {why}",
            path.display()
        ))
        .hint("AWS publishes them as https://ip-ranges.amazonaws.com/ip-ranges.json")
    };
    let text = read_text(path, MOST_LIST_BYTES).map_err(refused)?;
    AwsRanges::parse(&text).map_err(|error| refused(error.to_string()))
}

/// The same file, whether it is given for reading or for writing.
pub(crate) fn read_past(
    path: Option<&PathBuf>,
    reading: &Reading,
) -> Result<Option<Baseline>, Failure> {
    path.map(|path| read_baseline(path, reading)).transpose()
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_read() {
        let list =
            parse_list("# bad\n192.0.2.1\n\n198.51.100.0/24 # scanners\n2001:db8::/32\n").unwrap();
        let texts: Vec<_> = list.iter().map(ToString::to_string).collect();
        assert_eq!(texts, ["192.0.2.1/32", "198.51.100.0/24", "2001:db8::/32"]);
        let (line, _) = parse_list("192.0.2.1\nexample.org\n").unwrap_err();
        assert_eq!(line, 2);
    }
}
