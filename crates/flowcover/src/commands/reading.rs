//! What the commands that read records share: open the lake, ask, write, account for what was read.

use std::io::{IsTerminal as _, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use flowcover_core::words::{self, choose};
use flowcover_lake::arrow::error::ArrowError;
use flowcover_lake::output::{ResultFormat, TableOptions, writer};
use flowcover_lake::{
    Account, DataFusionError, FlowSettings, Lake, LakeSettings, ObjectError, Pseudonyms, Span,
};
use flowcover_record::{CryptoPan, LogFormat};
use futures::StreamExt as _;

use super::rejects::Rejects;
use super::uncovered::{counted, lacking_fields};
use super::watch::{Watch, open_rejects};
use crate::cli::{Global, Reading, Results, Rows};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output;
use crate::pseudonym_key;
use crate::source::{self, Sources};
use crate::terminal;

/// Rows of a table that are shown.
const MOST_ROWS: usize = 1000;
/// Objects that could not be read, and lines that are no records, that are named.
const NAMED: usize = 5;

/// A lake, and what watches over its reading.
pub(crate) struct Opened {
    pub(crate) lake: Lake,
    pub(crate) watch: Arc<Watch>,
    /// Records of this time only.
    pub(crate) span: Option<Span>,
}

/// Opens what the paths hold.
pub(crate) async fn open(
    reading: &Reading,
    results: &Results,
    global: &Global,
) -> anyhow::Result<Opened> {
    let rejects = open_rejects(reading, &[results.output.as_deref()])?;
    let pseudonyms = pseudonyms(reading)?;
    let wants_missing = reading.choosing.explain;
    opened(reading, rejects, pseudonyms, wants_missing, global).await
}

/// Opens what the paths hold, for results that go to these places; looks what is missing, too. Addresses are true ones, whatever is asked for: what
/// is judged by them replaces them in what it reports.
pub(crate) async fn open_beside(
    reading: &Reading,
    outputs: &[PathBuf],
    global: &Global,
) -> anyhow::Result<Opened> {
    let outputs: Vec<Option<&Path>> = outputs.iter().map(|path| Some(path.as_path())).collect();
    let rejects = open_rejects(reading, &outputs)?;
    let opened = opened(reading, rejects, None, true, global).await?;
    check_fields(&opened, reading, global).await?;
    Ok(opened)
}

async fn opened(
    reading: &Reading,
    rejects: Option<Rejects>,
    pseudonyms: Option<Pseudonyms>,
    wants_missing: bool,
    global: &Global,
) -> anyhow::Result<Opened> {
    let sources = source::gather(reading).await?;
    let watch = Watch::new(rejects, reading, global, &sources, wants_missing);
    let settings = LakeSettings {
        pseudonyms: pseudonyms.map(Arc::new),
        ..settings(reading, &sources, &watch)
    };
    let span = sources.span;
    let lake = Lake::open(sources.objects, sources.store, &settings)
        .await
        .map_err(refused)?;
    Ok(Opened { lake, watch, span })
}

/// How it is read; with true addresses.
pub(crate) fn settings(reading: &Reading, sources: &Sources, watch: &Arc<Watch>) -> LakeSettings {
    let watch = Arc::clone(watch);
    let memory = reading.memory as usize * 1024 * 1024;
    LakeSettings {
        memory,
        flows: FlowSettings {
            // What groups and sorts flows needs the other half.
            memory: memory / 2,
            ..FlowSettings::default()
        },
        most_object_bytes: u64::from(reading.max_object_size) * 1024 * 1024,
        format: reading.log_format.clone(),
        partitions: partitions(reading),
        formats: sources.formats.clone(),
        span: sources.span,
        pseudonyms: None,
        witness: Some(watch),
    }
}

/// What replaces addresses, if that is asked for.
pub(crate) fn pseudonyms(reading: &Reading) -> Result<Option<Pseudonyms>, Failure> {
    let key = reading.pseudonymise.as_deref().map(pseudonym_key::read);
    Ok(key.transpose()?.map(|key| Pseudonyms::new(&key)))
}

fn partitions(reading: &Reading) -> usize {
    let all = || std::thread::available_parallelism().map_or(1, usize::from);
    reading.threads.map_or_else(all, usize::from)
}

/// Gives pseudonyms to addresses of what was judged, if that is asked for.
pub(crate) fn pseudonym_giver(reading: &Reading) -> Result<Option<CryptoPan>, Failure> {
    let key = reading.pseudonymise.as_deref().map(pseudonym_key::read);
    Ok(key.transpose()?.map(|key| CryptoPan::new(&key)))
}

/// Runs `work` on as many threads as were asked for.
pub(crate) fn block_on<F: Future>(reading: &Reading, work: F) -> anyhow::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(partitions(reading))
        .enable_all()
        .build()?;
    Ok(runtime.block_on(work))
}

/// Asks, writes the rows, and says what could not be read.
pub(crate) async fn answer(
    opened: &Opened,
    sql: &str,
    reading: &Reading,
    results: &Results,
    global: &Global,
) -> anyhow::Result<Exit> {
    let Opened { lake, watch, .. } = opened;
    let format = format_of(results)?;
    let sink = output::open_one(results.output.as_deref())?;
    let mut rows = match lake.query(sql).await {
        Ok(rows) => rows,
        Err(error) => {
            if !matches!(error.find_root(), DataFusionError::SQL(..)) {
                check_fields(opened, reading, global).await?;
            }
            return Err(refused(error).into());
        }
    };
    let options = TableOptions {
        width: terminal::stdout_width(),
        most_rows: MOST_ROWS,
        full: results.full,
    };
    let schema = rows.schema();
    let runtime = tokio::runtime::Handle::current();
    let shares_terminal = is_to_terminal(results);
    watch.begin();
    let filled = sink.fill(|out: &mut dyn Write| {
        let mut writer =
            writer(format, &schema, options, flowcover_view::inert_text, out).map_err(unwritten)?;
        // Rows are written as they come: there may be more of them than memory holds.
        let mut next = || tokio::task::block_in_place(|| runtime.block_on(rows.next()));
        while let Some(batch) = next() {
            if shares_terminal {
                watch.hide();
            }
            writer.batch(&batch.map_err(refused)?).map_err(unwritten)?;
        }
        if let Some(stop) = watch.stopped() {
            return Err(stop.into());
        }
        if shares_terminal {
            watch.hide();
        }
        writer.finish().map_err(unwritten)
    });
    if let Err(error) = filled {
        return Err(watch.stopped().map_or(error, Into::into));
    }
    watch.finish()?;
    let account = lake.account();
    let spilled = lake.spilled_bytes();
    if spilled > 0 && !global.quiet {
        terminal::note(&format!(
            "{} MiB went to disk, for want of memory (--memory MIB raises it)",
            spilled.div_ceil(1024 * 1024)
        ));
    }
    say(&account, global, reading);
    if reading.choosing.explain {
        terminal::note(&summary(&account));
        explain(&account, watch, lake.formats());
        lake.remarks()
            .iter()
            .for_each(|remark| terminal::note(remark));
    }
    if lake.left_some_unread()
        && !global.quiet
        && (terminal::has_progress() || reading.choosing.explain)
    {
        terminal::note(
            "the answer was complete before every object was read to its end: what is wrong with the others is not known",
        );
    }
    Ok(if account.is_complete() {
        Exit::Clean
    } else {
        Exit::Incomplete
    })
}

/// Says what became of the records, and what they do not cover.
pub(crate) fn explain(account: &Account, watch: &Watch, formats: &[LogFormat]) {
    terminal::note(&counted(&account.counts));
    let lacking = lacking_fields(formats);
    let lines = watch.missing().iter().chain(&lacking);
    lines.for_each(|line| terminal::note(line));
}

fn is_to_terminal(results: &Results) -> bool {
    let path = results.output.as_deref();
    path.is_none_or(|path| path == Path::new("-")) && std::io::stdout().is_terminal()
}

fn format_of(results: &Results) -> Result<ResultFormat, Failure> {
    let to_terminal = is_to_terminal(results);
    let unsaid = if to_terminal { Rows::Table } else { Rows::Csv };
    let format = ResultFormat::from(results.format.unwrap_or(unsaid));
    if to_terminal && format.is_binary() {
        return Err(
            Failure::usage("this format is no text: a terminal cannot show it")
                .hint("give --output FILE, or send it into a pipe"),
        );
    }
    Ok(format)
}

/// An error of the engine as one of ours: nearly all are about the query.
pub(crate) fn refused(error: DataFusionError) -> Failure {
    let text = error.strip_backtrace();
    let first = text.lines().next().unwrap_or_default();
    let is_out_of_memory = matches!(error.find_root(), DataFusionError::ResourcesExhausted(_));
    let hint = if is_out_of_memory {
        "what grouping and sorting hold goes to disk, but not all of it can: give more with --memory MIB"
    } else {
        "`flowcover query --help` has examples; docs/fields.md lists the columns of records, docs/flows.md those of flows"
    };
    Failure::usage(format!("cannot answer: {first}")).hint(hint)
}

/// Where no object shows which fields its records have, none can be asked for. Why each does not is said.
pub(crate) async fn check_fields(
    Opened { lake, watch, .. }: &Opened,
    reading: &Reading,
    global: &Global,
) -> anyhow::Result<()> {
    if !lake.formats().is_empty() {
        return Ok(());
    }
    let mut rows = lake.query("SELECT * FROM records").await.map_err(refused)?;
    while let Some(Ok(_)) = rows.next().await {}
    if let Some(stop) = watch.stopped() {
        return Err(stop.into());
    }
    let account = lake.account();
    say(&account, global, reading);
    let what = "no object shows which fields the records have";
    let mut errors = account.failures.values();
    Err(if account.failures.is_empty() {
        let hint = "nothing stands in what was named: is it the right place, and the right time?";
        Failure::usage(what).hint(hint).into()
    } else if errors.all(|error| *error == ObjectError::NoHeader) {
        Failure::usage(what).into()
    } else {
        Failure::nothing_read(what).into()
    })
}

/// A reader that went away is known by the kind of its error.
fn unwritten(error: ArrowError) -> anyhow::Error {
    match error {
        ArrowError::IoError(_, error) => error.into(),
        other => other.into(),
    }
}

/// Says what could not be read.
pub(crate) fn say(account: &Account, global: &Global, reading: &Reading) {
    for (location, error) in account.failures.iter().take(NAMED) {
        terminal::warning(&format!("{location}: {error}"));
        if let Some(hint) = error.hint() {
            terminal::hint(hint);
        }
    }
    let more = account.failures.len().saturating_sub(NAMED);
    if more > 0 {
        terminal::warning(&format!(
            "{} could not be read",
            words::counted(more, "more object")
        ));
    }
    let mut rejects = account.rejects.clone();
    if reading.pseudonymise.is_some() {
        rejects.hide_texts();
    }
    for reject in rejects.first() {
        terminal::warning(&reject.to_string());
    }
    let malformed = account.counts.malformed;
    if malformed > 0 {
        terminal::warning(&format!(
            "{}, and {} left out",
            choose(
                malformed,
                "1 line is no record of its format",
                &format!("{malformed} lines are no records of their format")
            ),
            choose(malformed, "is", "are")
        ));
        if reading.rejects.is_none() {
            terminal::hint("--rejects FILE writes them all; --strict stops at the first");
        }
    }
    for (count, what) in [
        (
            account.unfolded,
            "records are in no flow: their addresses or ports cannot be read",
        ),
        (
            account.flows_shed,
            "flows were given before their end was known, for want of memory: some may have more than one row (--memory MIB raises it)",
        ),
    ] {
        if count > 0 {
            terminal::warning(&format!("{count} {what}"));
        }
    }
    if !global.quiet && terminal::has_progress() && !reading.choosing.explain {
        terminal::note(&summary(account));
    }
}

fn summary(account: &Account) -> String {
    let counts = &account.counts;
    let mut text = format!(
        "{} in {}",
        words::counted(counts.read, "record"),
        words::counted(account.objects, "object")
    );
    for (count, what) in [
        (counts.nodata, "NODATA"),
        (counts.skipdata, "SKIPDATA: records that AWS lost"),
        (counts.passed_over, "passed over"),
    ] {
        if count > 0 {
            text.push_str(&format!(", {count} {what}"));
        }
    }
    text
}
