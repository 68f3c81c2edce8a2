//! What reading cannot be faster than: every object read and decompressed, on two threads, and nothing else.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use anyhow::{Context, Result, bail};
use libdeflater::Decompressor;

const THREADS: usize = 2;

/// Gives the bytes of text in all objects of the folder.
pub(crate) fn command(arguments: &[String]) -> Result<u64> {
    let [folder] = arguments else {
        bail!("usage: bench-read inflate FOLDER");
    };
    let objects = objects(Path::new(folder), ".log.gz")?;
    if objects.is_empty() {
        bail!("no objects in {folder}");
    }
    let next = AtomicUsize::new(0);
    let one_thread = || -> Result<u64> {
        let (mut text, mut bytes) = (Vec::new(), 0);
        while let Some(path) = objects.get(next.fetch_add(1, Ordering::Relaxed)) {
            bytes += inflate(path, &mut text)? as u64;
        }
        Ok(bytes)
    };
    thread::scope(|scope| {
        let running: Vec<_> = (0..THREADS).map(|_| scope.spawn(one_thread)).collect();
        running
            .into_iter()
            .map(|thread| thread.join().expect("no thread panics"))
            .sum()
    })
}

fn inflate(path: &Path, text: &mut Vec<u8>) -> Result<usize> {
    let packed = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    // ISIZE of RFC 1952: these objects have one member and less than 4 GiB.
    let size = packed
        .last_chunk::<4>()
        .map(|size| u32::from_le_bytes(*size) as usize)
        .with_context(|| format!("{} is no gzip file", path.display()))?;
    if text.len() < size {
        text.resize(size, 0);
    }
    Decompressor::new()
        .gzip_decompress(&packed, text)
        .with_context(|| format!("cannot decompress {}", path.display()))
}

/// The files below the folder whose names have that ending, in order.
pub(crate) fn objects(folder: &Path, ending: &str) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut folders = vec![folder.to_path_buf()];
    while let Some(folder) = folders.pop() {
        let entries =
            fs::read_dir(&folder).with_context(|| format!("cannot list {}", folder.display()))?;
        for entry in entries {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.to_string_lossy().ends_with(ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
