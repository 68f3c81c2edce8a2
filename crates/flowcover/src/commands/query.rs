//! `flowcover query`: SQL over records.

use super::reading::{answer, block_on, open};
use crate::cli::{Global, Query};
use crate::exit::Exit;

pub(crate) fn run(arguments: &Query, global: &Global) -> anyhow::Result<Exit> {
    let reading = &arguments.reading;
    block_on(reading, async {
        let lake = open(reading).await?;
        answer(&lake, &arguments.sql, reading, &arguments.results, global).await
    })?
}
