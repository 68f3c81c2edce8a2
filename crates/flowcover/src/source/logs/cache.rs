//! What was read of log groups, kept on disk: gzip text with its header line, one file for each slice.

use std::fs::File;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;
use flowcover_record::LogFormat;
use tempfile::NamedTempFile;

use super::slice::Slice;

/// The folder of one log group: `FOLDER/ACCOUNT/REGION/GROUP/described` (or `format-…`, for a format that was given).
#[derive(Clone, Debug)]
pub(super) struct Cache(PathBuf);

impl Cache {
    /// `format`: what was given with `--log-format`; what is kept has a header line that says so.
    pub(super) fn new(
        folder: &Path,
        [account_id, region, group]: [&str; 3],
        format: Option<&LogFormat>,
    ) -> Self {
        let kind = format.map_or_else(
            || "described".to_owned(),
            |format| format!("format-{:016x}", fingerprint(&format.to_string())),
        );
        Self(
            folder
                .join(account_id)
                .join(region)
                .join(file_name(group))
                .join(kind),
        )
    }

    fn path(&self, slice: Slice) -> PathBuf {
        self.0.join(format!("{}.log.gz", slice.stamp()))
    }

    /// What is kept of a slice, packed.
    pub(super) fn read(&self, slice: Slice) -> Option<Vec<u8>> {
        std::fs::read(self.path(slice)).ok()
    }

    /// Begins to keep a slice.
    pub(super) fn write(&self, slice: Slice) -> io::Result<Entry> {
        std::fs::create_dir_all(&self.0)?;
        let file = NamedTempFile::new_in(&self.0)?;
        Ok(Entry {
            packed: GzEncoder::new(file, Compression::fast()),
            path: self.path(slice),
        })
    }
}

/// A file that is there only once it is whole.
pub(super) struct Entry {
    packed: GzEncoder<NamedTempFile>,
    path: PathBuf,
}

impl Entry {
    pub(super) fn add(&mut self, text: &[u8]) -> io::Result<()> {
        self.packed.write_all(text)
    }

    pub(super) fn finish(self) -> io::Result<()> {
        let file = self.packed.finish()?;
        file.as_file().sync_all()?;
        let _: File = file.persist(&self.path).map_err(|error| error.error)?;
        Ok(())
    }
}

/// The name of a log group as that of a folder. `%` stands in none.
fn file_name(group: &str) -> String {
    let name = group.replace('/', "%2F");
    match name.strip_prefix('.') {
        Some(rest) => format!("%2E{rest}"),
        None => name,
    }
}

/// FNV-1a: the same in every release.
fn fingerprint(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use std::io::Read as _;

    use super::*;

    #[test]
    fn a_slice_is_there_once_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let cache = Cache::new(folder.path(), ["1", "eu-west-1", "/vpc/flow"], None);
        let slice = Slice { from: 0, to: 900 };
        let mut entry = cache.write(slice).unwrap();
        entry.add(b"a\n").unwrap();
        assert_eq!(cache.read(slice), None);
        entry.add(b"b\n").unwrap();
        entry.finish().unwrap();
        let mut text = String::new();
        let packed = cache.read(slice).unwrap();
        flate2::read::GzDecoder::new(&packed[..])
            .read_to_string(&mut text)
            .unwrap();
        assert_eq!(text, "a\nb\n");
        let files = std::fs::read_dir(folder.path().join("1/eu-west-1/%2Fvpc%2Fflow/described"));
        assert_eq!(files.unwrap().count(), 1, "no temporary file is left");
        drop(cache.write(slice).unwrap());
        assert!(cache.read(slice).is_some());
    }

    #[test]
    fn groups_formats_and_accounts_have_their_own_folders() {
        let format = LogFormat::parse("srcaddr dstaddr").unwrap();
        let path =
            |account, group, format| Cache::new(Path::new("c"), [account, "r", group], format).0;
        let paths = [
            path("1", "a/b", None),
            path("1", "a.b", None),
            path("2", "a/b", None),
            path("1", "a/b", Some(&format)),
            path("1", "..", None),
        ];
        let distinct: std::collections::HashSet<_> = paths.iter().collect();
        assert_eq!(distinct.len(), paths.len());
        assert_eq!(paths[4], Path::new("c/1/r/%2E./described"));
    }
}
