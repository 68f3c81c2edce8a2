//! A folder of generated files.

use std::fs;
use std::path::{Path, PathBuf};

use crate::failure::Failure;
use crate::output;

/// Names of the files that were written, one a line.
const LIST: &str = ".flowcover-files";

/// A folder that is there and can be written.
#[derive(Debug)]
pub(crate) struct Folder(PathBuf);

impl Folder {
    /// Makes the folder if it is not there.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let refused = |why: String| {
            Failure::usage(format!(
                "cannot write to the folder {}: {why}",
                path.display()
            ))
        };
        fs::create_dir_all(path).map_err(|error| refused(error.to_string()))?;
        tempfile::Builder::new()
            .prefix(".flowcover-")
            .tempfile_in(path)
            .map_err(|error| refused(error.to_string()))?;
        Ok(Self(path.to_owned()))
    }

    /// Writes files into it, each whole or not at all. Files of an earlier plan that this one does not have are taken
    /// away, for together they would make no sense; what else lies there stays.
    pub(crate) fn write(&self, files: &[(String, String)]) -> anyhow::Result<()> {
        let list = self.0.join(LIST);
        let earlier = fs::read_to_string(&list).unwrap_or_default();
        let is_left = |name: &&str| !files.iter().any(|(other, _)| other == name);
        for name in earlier.lines().filter(is_left) {
            // The list is a file like any other: it may name nothing outside of the folder.
            if Path::new(name).file_name().is_some_and(|it| it == name) {
                let _ = fs::remove_file(self.0.join(name));
            }
        }
        let names: String = files.iter().map(|(name, _)| format!("{name}\n")).collect();
        output::open_one(Some(&list))?.fill(|out| Ok(out.write_all(names.as_bytes())?))?;
        for (name, text) in files {
            let path = self.0.join(name);
            if let Some(parent) = path.parent() {
                fs::create_dir_all(parent)?;
            }
            output::open_one(Some(&path))?.fill(|out| Ok(out.write_all(text.as_bytes())?))?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn files_are_written_and_others_stay() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("fix");
        let folder = Folder::open(&path).unwrap();
        fs::write(path.join("mine.tf"), "mine").unwrap();
        folder
            .write(&[("main.tf".to_owned(), "theirs".to_owned())])
            .unwrap();
        assert_eq!(fs::read_to_string(path.join("main.tf")).unwrap(), "theirs");
        assert_eq!(fs::read_to_string(path.join("mine.tf")).unwrap(), "mine");
        folder
            .write(&[("other.tf".to_owned(), "newer".to_owned())])
            .unwrap();
        assert!(!path.join("main.tf").exists());
        assert_eq!(fs::read_to_string(path.join("mine.tf")).unwrap(), "mine");
    }

    #[test]
    fn a_file_is_no_folder() {
        let place = tempfile::tempdir().unwrap();
        let path = place.path().join("fix");
        fs::write(&path, "").unwrap();
        let error = Folder::open(&path).unwrap_err().to_string();
        assert!(error.contains("cannot write to the folder"), "{error}");
    }
}
