//! `flowcover demo`: the whole of it on a simulated organisation.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use flowcover_cloud::Limits;
use flowcover_cloud::collect::{AccountSelection, CollectOptions};
use flowcover_cloud::simulator::{Simulator, scenario};
use flowcover_core::inventory::Inventory;
use flowcover_core::policy::Policy;
use flowcover_view::Format;

use crate::cli::{self, Global};
use crate::commands::{audit, gather};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::{output, snapshot, terminal};

/// What the demonstration writes besides the snapshot.
const REPORTS: [(&str, Format); 3] = [
    ("report.html", Format::Html),
    ("report.json", Format::Json),
    ("report.sarif", Format::Sarif),
];

/// Exempts the sandboxes of the simulated organisation, as a user would.
const EXEMPTIONS: &str = r#"
[[exempt]]
name = "sandbox-*"
reason = "throw-away experiments without data; agreed with security"
until = 2099-12-31
"#;

pub(crate) fn run(arguments: &cli::Demo, global: &Global) -> anyhow::Result<Exit> {
    fs::create_dir_all(&arguments.output).map_err(|error| {
        Failure::usage(format!(
            "cannot make {}: {error}",
            arguments.output.display()
        ))
    })?;
    terminal::note(
        "auditing a simulated organisation, as `flowcover audit --organization --role-name OrganizationAccountAccessRole` would",
    );
    let inventory = collect(global)?;
    let policy = policy(&arguments.preset)?;
    let report = audit::assess(&inventory, &policy, None);

    let open = |name: &str| output::open_one(Some(&arguments.output.join(name)));
    open("snapshot.json")?.fill(|out| snapshot::write(&inventory, false, out))?;
    for (name, format) in REPORTS {
        let options = audit::options(false, true);
        open(name)?.fill(|out| Ok(flowcover_view::render(format, &report, &options, out)?))?;
    }
    let options = audit::options(true, false);
    output::open_one(None)?.fill(|out| {
        let table = flowcover_view::render(Format::Table, &report, &options, out);
        Ok(table?)
    })?;
    say_next(&arguments.output);
    Ok(Exit::Clean)
}

fn policy(preset: &str) -> anyhow::Result<Policy> {
    let text = format!("preset = \"{preset}\"\n{EXEMPTIONS}");
    let parsed = Policy::parse(&text, "demo policy", None).map_err(|errors| {
        anyhow::anyhow!("the policy of the demonstration is wrong: {errors:?}")
    })?;
    Ok(parsed.policy)
}

/// Collects from the simulated organisation through the same code as from AWS.
fn collect(global: &Global) -> anyhow::Result<Inventory> {
    let simulator: Arc<Simulator> = Arc::new(scenario::demo());
    let clock = simulator.clock();
    let options = CollectOptions {
        accounts: AccountSelection::Organization {
            include_units: Vec::new(),
            exclude_units: Vec::new(),
        },
        role_name: Some("OrganizationAccountAccessRole".to_owned()),
        ..CollectOptions::new(clock)
    };
    let limits = Limits {
        deadline: Duration::from_secs(30),
        ..Limits::default()
    };
    Ok(gather::runtime()?.block_on(gather::observed(simulator, limits, &options, global)))
}

fn say_next(folder: &Path) {
    let folder = folder.display();
    terminal::note("");
    terminal::note(&format!("open    {folder}/report.html"));
    terminal::note(&format!(
        "judge   flowcover audit --from {folder}/snapshot.json --preset strict"
    ));
    terminal::note("why     flowcover explain role-not-assumable");
    terminal::note("yours   flowcover audit");
}
