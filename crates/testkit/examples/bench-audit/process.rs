//! What a run of a program takes: time, processor time, memory.

use std::fs;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

/// Time between two looks at the memory of a running program.
const LOOK_EVERY: Duration = Duration::from_millis(2);

/// Ticks a second of the times in `/proc`: fixed for programs on Linux (`USER_HZ`).
const TICKS_PER_SECOND: u64 = 100;

/// What one run took. Where the system has no `/proc`, only the wall time is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cost {
    /// From before the start to after the end.
    pub(crate) wall: Duration,
    /// User and system time of all threads, in steps of 10 ms.
    pub(crate) cpu: Option<Duration>,
    /// Most memory that was resident at once, in bytes; at most 2 ms before the end.
    pub(crate) peak: Option<u64>,
}

/// Runs a program, quietly, until it has ended with one of the exit codes.
pub(crate) fn run(command: &mut Command, exit_codes: &[i32]) -> Result<Cost> {
    let errors = tempfile::NamedTempFile::new().context("no place for the program's errors")?;
    command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(errors.reopen()?);
    let cpu_before = cpu_of_children();
    let started = Instant::now();
    let mut child = command.spawn().context("the program does not start")?;
    let (status, peak) = wait(&mut child)?;
    let wall = started.elapsed();
    let cpu = cpu_of_children()
        .zip(cpu_before)
        .map(|(after, before)| after.saturating_sub(before));
    if !status.code().is_some_and(|code| exit_codes.contains(&code)) {
        let errors = fs::read_to_string(errors.path()).unwrap_or_default();
        bail!("{command:?} ended with {status}\n{}", errors.trim());
    }
    Ok(Cost { wall, cpu, peak })
}

fn wait(child: &mut Child) -> Result<(std::process::ExitStatus, Option<u64>)> {
    let id = child.id();
    let ended = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let peak = scope.spawn(|| {
            let mut peak = None;
            while !ended.load(Ordering::Relaxed) {
                // The system keeps the highest mark itself; only what comes after the last look is missed.
                peak = peak_of(id).or(peak);
                std::thread::sleep(LOOK_EVERY);
            }
            peak
        });
        let status = child.wait();
        ended.store(true, Ordering::Relaxed);
        let peak = peak.join().ok().flatten();
        Ok((status?, peak))
    })
}

/// `VmHWM` of `/proc/PID/status` (proc_pid_status(5)), in bytes.
fn peak_of(id: u32) -> Option<u64> {
    peak_in(&fs::read_to_string(PathBuf::from(format!("/proc/{id}/status"))).ok()?)
}

fn peak_in(status: &str) -> Option<u64> {
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kilobytes: u64 = line.split_whitespace().next()?.parse().ok()?;
    Some(kilobytes * 1024)
}

/// Processor time of this process.
pub(crate) fn cpu_of_self() -> Option<Duration> {
    // The fields utime and stime of proc_pid_stat(5).
    times(&fs::read_to_string("/proc/self/stat").ok()?, 14)
}

/// Processor time of the programs that this one has run and waited for.
fn cpu_of_children() -> Option<Duration> {
    // The fields cutime and cstime.
    times(&fs::read_to_string("/proc/self/stat").ok()?, 16)
}

/// Two times that follow each other, the first of them the field with that number.
fn times(stat: &str, number: usize) -> Option<Duration> {
    // The second field is a name in brackets, which may hold anything; the third follows it.
    let (_, fields) = stat.rsplit_once(')')?;
    let mut fields = fields.split_whitespace().skip(number - 3);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    let total = ticks()? + ticks()?;
    Some(Duration::from_millis(total * 1000 / TICKS_PER_SECOND))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_behind_a_hostile_name() {
        let stat = "7 (a) b) S 1 7 7 0 -1 4194304 1 2 3 4 150 50 20 5 20 0 1 0";
        assert_eq!(times(stat, 14), Some(Duration::from_secs(2)));
        assert_eq!(times(stat, 16), Some(Duration::from_millis(250)));
        assert_eq!(times("7 (a) S 1", 14), None);
        assert_eq!(times("", 14), None);
    }

    #[test]
    fn the_peak_is_in_bytes() {
        let status = "Name:\tx\nVmPeak:\t 9 kB\nVmHWM:\t     2048 kB\n";
        assert_eq!(peak_in(status), Some(2 * 1024 * 1024));
        assert_eq!(peak_in("Name:\tx\n"), None);
    }

    #[test]
    fn a_program_that_fails_is_shown_with_what_it_said() {
        let mut command = Command::new("sh");
        command.args(["-c", "echo why >&2; exit 3"]);
        let error = run(&mut command, &[0]).expect_err("3 is not 0").to_string();
        assert!(error.ends_with("why"), "{error}");
        assert!(run(&mut command, &[0, 3]).is_ok());
    }
}
