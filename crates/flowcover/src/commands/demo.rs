//! `flowcover demo`: the whole of it on a simulated organisation.

mod records;

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context;
use flowcover_cloud::collect::{AccountSelection, CollectOptions, Collected};
use flowcover_cloud::execute::{self, ExecuteOptions, RollbackOptions, Watcher};
use flowcover_cloud::simulator::{Simulator, scenario};
use flowcover_cloud::{Limited, Limits};
use flowcover_core::assess;
use flowcover_core::inventory::Inventory;
use flowcover_core::journal::{self, Header, states};
use flowcover_core::plan::{self, BuildRequest, Plan, build};
use flowcover_core::policy::Policy;
use flowcover_core::report::Report;
use flowcover_view::Format;

use crate::cli::{self, Global, PlanFormat};
use crate::commands::{apply, audit, fixing, gather, now, plan as planning, rollback, verify};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::journal_file::JournalFile;
use crate::output::{self, Sink};
use crate::{snapshot, terminal};

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
    let folder = &arguments.output;
    fs::create_dir_all(folder)
        .map_err(|error| Failure::usage(format!("cannot make {}: {error}", folder.display())))?;
    let policy = policy(&arguments.preset)?;
    let world = scenario::demo();
    world.world().follow_tokio_time();
    let demo = Demo {
        simulator: Arc::new(world),
        folder,
        policy,
        global,
    };
    // Time is simulated too: what waits, waits no longer than a moment.
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .start_paused(true)
        .build()
        .context("cannot start the asynchronous runtime")?;
    runtime.block_on(demo.run())?;
    records::run(folder, global)?;
    demo.say_next();
    Ok(Exit::Clean)
}

/// The simulated organisation, and where the files go.
struct Demo<'a> {
    simulator: Arc<Simulator>,
    folder: &'a Path,
    policy: Policy,
    global: &'a Global,
}

impl Demo<'_> {
    async fn run(&self) -> anyhow::Result<()> {
        let shown = self.folder.display();
        says("flowcover audit --organization --role-name OrganizationAccountAccessRole");
        let collected = self.collect().await;
        let report = assess(&collected.inventory, &self.policy);
        self.write_reports(&collected.inventory, &report)?;
        print(Format::Table, &report)?;

        says(&format!("flowcover plan --output {shown}/plan.json"));
        let request = BuildRequest {
            entries: collected.entries,
            ..BuildRequest::default()
        };
        let plan = build(&collected.inventory, &report, &self.policy, &request);
        self.open("plan.json")?
            .fill(|out| Ok(plan::write(&plan, out)?))?;
        planning::show(&plan, PlanFormat::Table, false)?;

        says(&format!(
            "flowcover apply {shown}/plan.json --journal {shown}/run.journal"
        ));
        let journal = self.apply(plan).await?;

        says(&format!("flowcover verify {shown}/run.journal"));
        self.verify(&journal).await?;

        says("flowcover audit --organization --role-name OrganizationAccountAccessRole");
        let after = assess(&self.collect().await.inventory, &self.policy);
        self.open("after.html")?
            .fill(|out| render(Format::Html, &after, out))?;
        say_difference(&report, &after);

        says(&format!("flowcover rollback {shown}/run.journal"));
        self.roll_back(&journal).await?;
        let restored = assess(&self.collect().await.inventory, &self.policy);
        say_difference(&after, &restored);
        Ok(())
    }

    /// Collects from the simulated organisation through the same code as from AWS.
    async fn collect(&self) -> Collected {
        let options = CollectOptions {
            accounts: AccountSelection::Organization {
                include_units: Vec::new(),
                exclude_units: Vec::new(),
            },
            role_name: Some("OrganizationAccountAccessRole".to_owned()),
            ..CollectOptions::new(self.simulator.clock())
        };
        let limits = Limits {
            deadline: Duration::from_secs(30),
            ..Limits::default()
        };
        gather::observed(self.simulator.clone(), limits, &options, self.global).await
    }

    async fn apply(&self, plan: Plan) -> anyhow::Result<PathBuf> {
        let path = self.folder.join("run.journal");
        // That of an earlier demonstration: its organisation is gone.
        if path.exists() {
            fs::remove_file(&path)?;
        }
        let header = Header {
            schema: journal::SCHEMA.to_owned(),
            run: format!("demo-{}", plan.id),
            begun_at: now(),
            generator: concat!("flowcover ", env!("CARGO_PKG_VERSION")).to_owned(),
            allowed: Vec::new(),
            only: None,
            plan,
        };
        let journal = JournalFile::create(&path, &header)?;
        let applied = self
            .watched(async |cloud, options, watcher| {
                execute::apply(cloud, &header, &[], &journal, options, watcher).await
            })
            .await?;
        apply::summary(&applied, &header, &path, self.global);
        Ok(path)
    }

    async fn verify(&self, journal: &Path) -> anyhow::Result<()> {
        let (_, read) = JournalFile::open(journal)?;
        let made = execute::made_flow_logs(&read.header, &states(&read.entries));
        let verified = self
            .watched(async |cloud, options, watcher| {
                execute::verify(cloud, &read.header.plan, &made, options, watcher).await
            })
            .await;
        output::open_one(None)?.fill(|out| verify::table(&verified, out))
    }

    async fn roll_back(&self, journal: &Path) -> anyhow::Result<()> {
        let (file, read) = JournalFile::open(journal)?;
        let how = RollbackOptions {
            delete_records: true,
            dry_run: false,
        };
        let (header, entries) = (&read.header, &read.entries);
        let done = self
            .watched(async |cloud, options, watcher| {
                execute::rollback(cloud, header, entries, &file, how, options, watcher).await
            })
            .await?;
        rollback::summary(&done, false, self.global);
        if !done.complete {
            terminal::note(
                "the account `network` is protected by a service control policy: nobody in it deletes flow logs, not even a rollback",
            );
        }
        Ok(())
    }

    async fn watched<T>(
        &self,
        what: impl AsyncFnOnce(&Limited, &ExecuteOptions, &dyn Watcher) -> T,
    ) -> T {
        let options = ExecuteOptions::new("us-east-1", self.simulator.clock());
        let limits = Limits {
            deadline: Duration::from_secs(24 * 3600),
            ..Limits::default()
        };
        fixing::watched(self.simulator.clone(), limits, &options, self.global, what).await
    }

    fn open(&self, name: &str) -> Result<Sink, Failure> {
        output::open_one(Some(&self.folder.join(name)))
    }

    fn write_reports(&self, inventory: &Inventory, report: &Report) -> anyhow::Result<()> {
        self.open("snapshot.json")?
            .fill(|out| snapshot::write(inventory, false, out))?;
        for (name, format) in REPORTS {
            self.open(name)?.fill(|out| render(format, report, out))?;
        }
        Ok(())
    }

    fn say_next(&self) {
        let folder = self.folder.display();
        terminal::note("");
        terminal::note(&format!(
            "open    {folder}/report.html, {folder}/after.html and {folder}/detections.html"
        ));
        terminal::note(&format!(
            "judge   flowcover audit --from {folder}/snapshot.json --preset strict"
        ));
        terminal::note("why     flowcover explain role-not-assumable");
        terminal::note(&format!("read    flowcover top talkers {folder}/logs"));
        terminal::note("yours   flowcover audit");
    }
}

/// What the user would have typed.
fn says(command: &str) {
    terminal::note("");
    terminal::note(&format!("$ {command}"));
}

fn render(format: Format, report: &Report, out: &mut dyn Write) -> anyhow::Result<()> {
    let options = audit::options(false, true);
    Ok(flowcover_view::render(format, report, &options, out)?)
}

fn print(format: Format, report: &Report) -> anyhow::Result<()> {
    let options = audit::options(true, false);
    output::open_one(None)?.fill(|out| {
        let shown = flowcover_view::render(format, report, &options, out);
        Ok(shown?)
    })
}

fn say_difference(before: &Report, after: &Report) {
    let (was, is) = (&before.summary, &after.summary);
    terminal::note(&format!(
        "recorded {} -> {}, not recorded {} -> {}, unknown {} -> {}, of {} VPCs; findings {} -> {}",
        was.recorded,
        is.recorded,
        was.not_recorded,
        is.not_recorded,
        was.unknown,
        is.unknown,
        is.vpcs,
        before.all_findings().count(),
        after.all_findings().count()
    ));
}

fn policy(preset: &str) -> anyhow::Result<Policy> {
    let text = format!("preset = \"{preset}\"\n{EXEMPTIONS}");
    let parsed = Policy::parse(&text, "demo policy", None).map_err(|errors| {
        anyhow::anyhow!("the policy of the demonstration is wrong: {errors:?}")
    })?;
    Ok(parsed.policy)
}
