//! `flowcover baseline build`: learns how it usually is.

use std::sync::Arc;

use flowcover_core::words::counted;
use flowcover_detect::{Baseline, Engine, Past, Settings};

use super::detect::knowledge;
use super::reading::{self, block_on};
use crate::cli::{self, Global};
use crate::exit::Exit;
use crate::output;
use crate::{policy_file, terminal};

pub(crate) fn run(arguments: &cli::BaselineBuild, global: &Global) -> anyhow::Result<Exit> {
    let reading = &arguments.reading;
    knowledge::refuse_pseudonyms(reading)?;
    let policy = policy_file::load(arguments.knowing.policy.as_deref(), None)?;
    let inventory = knowledge::inventory(reading)?;
    let world = Arc::new(knowledge::world(
        &arguments.knowing,
        &policy,
        None,
        reading,
        inventory.as_ref(),
    )?);
    let before = knowledge::read_past(arguments.add_to.as_ref(), reading)?;
    let memory = reading.memory as usize * 1024 * 1024;
    let settings = Settings {
        only: Some(Vec::new()),
        memory: memory / 2,
        learn: true,
        ..Settings::default()
    };
    let outputs = [arguments.output.clone()];
    let sink = output::open_one(Some(&arguments.output))?;
    let (past, account) = block_on(reading, async {
        let opened = reading::open_beside(reading, &outputs, global).await?;
        let engine = |share| Engine::new(&settings, &world, share).expect("no parameter is set");
        opened.watch.begin();
        let judged = opened.lake.judge(engine).await;
        if let Some(stop) = opened.watch.stopped() {
            return Err(stop.into());
        }
        let mut judged = judged.map_err(reading::refused)?;
        opened.watch.finish()?;
        anyhow::Ok((judged.engine.take_past(), opened.lake.account()))
    })??;
    let mut all = before.map_or_else(|| Past::new(memory), Baseline::into_past);
    if let Some(past) = past {
        all.join(past);
    }
    if let Some(remark) = all.thinned().remark() {
        terminal::warning(&format!("{remark} (--memory MIB raises it)"));
    }
    let baseline = Baseline::new(all);
    let text = baseline.to_text()?;
    sink.fill(|out| Ok(out.write_all(text.as_bytes())?))?;
    reading::say(&account, global, reading);
    if !global.quiet {
        let (hosts, services) = baseline.size();
        terminal::note(&format!(
            "{} knows {:.1} days of {} and {}",
            arguments.output.display(),
            baseline.days(),
            counted(hosts, "host"),
            counted(services, "service")
        ));
    }
    Ok(if account.is_complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}
