//! `flowcover collect`: saves what an audit needs.

use std::time::Duration;

use flowcover_core::words::counted;

use crate::cli::{self, Global};
use crate::commands::{gather, nothing_read};
use crate::exit::Exit;
use crate::{output, snapshot, terminal};

/// How far back `--prove` looks where no policy says otherwise.
const FRESHNESS: Duration = Duration::from_secs(2 * 3600);

pub(crate) fn run(arguments: &cli::Collect, global: &Global) -> anyhow::Result<Exit> {
    let path = Some(arguments.output.clone()).filter(|path| path.as_os_str() != "-");
    let sink = output::open_one(path.as_deref())?;
    let besides = gather::Besides {
        security_groups: arguments.security_groups,
        ..gather::Besides::default()
    };
    let collected = gather::live_with_entries(&arguments.collecting, global, FRESHNESS, besides)?;
    let inventory = collected.inventory;
    let compressed = path.as_deref().is_some_and(snapshot::is_compressed_name);
    sink.fill(|out| snapshot::write(&inventory, compressed, out))?;
    if let Some(path) = path.filter(|_| !global.quiet) {
        let vpcs: usize = inventory
            .regions
            .iter()
            .map(|region| region.vpcs.items.len())
            .sum();
        let groups: usize = inventory
            .regions
            .iter()
            .map(|region| region.security_groups.items.len())
            .sum();
        let groups = if arguments.security_groups {
            format!(", {}", counted(groups, "security group"))
        } else {
            String::new()
        };
        terminal::note(&format!(
            "wrote {}: {}, {}{groups}, {}",
            path.display(),
            counted(inventory.accounts.len(), "account"),
            counted(vpcs, "VPC"),
            counted(inventory.gaps.len(), "gap")
        ));
    }
    let exit = gather::exit(&inventory);
    if exit == Exit::NothingRead {
        nothing_read::why(&inventory).say();
    }
    Ok(exit)
}
