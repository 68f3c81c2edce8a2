//! What a run of a program takes: time, processor time, memory.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, bail};

/// What one run took.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Cost {
    /// Seconds from before the start to after the end.
    pub(crate) wall: f64,
    /// Seconds of user and system time of all threads.
    pub(crate) processor: f64,
    /// Most memory that was resident at once, in bytes.
    pub(crate) peak: f64,
}

impl Cost {
    /// Reads what `measure.py` says: wall, user and system seconds, and bytes.
    fn parse(text: &str) -> Option<Self> {
        let numbers: Result<Vec<f64>, _> = text.split_whitespace().map(str::parse).collect();
        let numbers = numbers.ok()?;
        let &[wall, user, system, peak] = numbers.as_slice() else {
            return None;
        };
        Some(Self {
            wall,
            processor: user + system,
            peak,
        })
    }
}

/// Runs programs under `measure.py`.
#[derive(Debug)]
pub(crate) struct Meter {
    /// The interpreter of the comparators' environment.
    pub(crate) python: PathBuf,
    /// The folder `tests/bench`.
    pub(crate) scripts: PathBuf,
    /// Where to put standard output.
    pub(crate) output: PathBuf,
}

impl Meter {
    /// Runs the program, and gives what it took and what it wrote to standard output.
    pub(crate) fn run(&self, words: &[String]) -> Result<(Cost, String)> {
        let mut command = Command::new(&self.python);
        command
            .arg("-B")
            .arg(self.scripts.join("measure.py"))
            .arg(&self.output)
            .args(words)
            // Away from any policy file.
            .current_dir(self.output.parent().unwrap_or(Path::new("/")));
        let shown = words.first().map(String::as_str).unwrap_or_default();
        let done = command
            .output()
            .with_context(|| format!("cannot start {shown}"))?;
        let said = String::from_utf8_lossy(&done.stdout);
        if !done.status.success() {
            let why = String::from_utf8_lossy(&done.stderr);
            bail!("`{}` failed\n{}", words.join(" "), why.trim());
        }
        let cost = Cost::parse(&said).with_context(|| format!("no figures: {said}"))?;
        let answer = fs::read_to_string(&self.output).context("the answer is not readable")?;
        Ok((cost, answer))
    }
}

/// The median of each figure for itself; the lower one of two. Not of no costs at all.
pub(crate) fn medians(costs: &[Cost]) -> Option<Cost> {
    let median = |figure: fn(&Cost) -> f64| {
        let mut figures: Vec<f64> = costs.iter().map(figure).collect();
        figures.sort_unstable_by(f64::total_cmp);
        figures.get(figures.len().checked_sub(1)? / 2).copied()
    };
    Some(Cost {
        wall: median(|cost| cost.wall)?,
        processor: median(|cost| cost.processor)?,
        peak: median(|cost| cost.peak)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_read() {
        let cost = Cost::parse("1.5 2.25 0.5 1048576\n");
        let expected = Cost {
            wall: 1.5,
            processor: 2.75,
            peak: 1_048_576.0,
        };
        assert_eq!(cost, Some(expected));
        assert_eq!(Cost::parse("1.5 2.25 0.5"), None);
        assert_eq!(Cost::parse("1.5 2.25 0.5 many"), None);
    }

    #[test]
    fn each_figure_has_its_own_median() {
        let cost = |wall, peak| Cost {
            wall,
            processor: 1.0,
            peak,
        };
        let all = [cost(3.0, 1.0), cost(1.0, 2.0), cost(2.0, 9.0)];
        assert_eq!(medians(&all), Some(cost(2.0, 2.0)));
        assert_eq!(medians(&[]), None);
    }
}
