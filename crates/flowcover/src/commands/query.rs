//! `flowcover query`: SQL over records.

use super::reading::{answer, block_on, open};
use crate::cli::{Global, Query};
use crate::exit::Exit;

pub(crate) fn run(arguments: &Query, global: &Global) -> anyhow::Result<Exit> {
    let reading = &arguments.reading;
    block_on(reading, async {
        let results = &arguments.results;
        let opened = open(reading, results, global).await?;
        answer(&opened, &arguments.sql, reading, results, global).await
    })?
}
