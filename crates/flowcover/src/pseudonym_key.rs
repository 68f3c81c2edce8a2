//! Keys of pseudonyms: from a file or an environment variable, never from the command line, which others can see.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::Path;

use flowcover_record::PseudonymKey;

use crate::failure::Failure;
use crate::terminal;

/// What stands before the name of a variable.
const VARIABLE: &str = "env:";
/// Largest file that is read: a key has 64 digits.
const MOST_BYTES: u64 = 4096;

/// The key that a file holds, or a variable named as `env:NAME`.
pub(crate) fn read(from: &str) -> Result<PseudonymKey, Failure> {
    let text = match from.strip_prefix(VARIABLE) {
        Some(name) => std::env::var(name)
            .map_err(|_| Failure::usage(format!("the environment has no variable {name}"))),
        None => read_file(Path::new(from)),
    }?;
    PseudonymKey::from_digits(&text).ok_or_else(|| {
        Failure::usage(format!("{from} holds no key of 64 hexadecimal digits"))
            .hint("`flowcover convert --new-key FILE` makes one")
    })
}

fn read_file(path: &Path) -> Result<String, Failure> {
    let refused = |error: std::io::Error| {
        Failure::usage(format!("cannot read {}: {error}", path.display()))
            .hint("`flowcover convert --new-key FILE` makes a key")
    };
    let about = fs::metadata(path).map_err(refused)?;
    if about.len() > MOST_BYTES {
        return Err(Failure::usage(format!(
            "{} is too large for a key",
            path.display()
        )));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        if about.is_file() && about.permissions().mode() & 0o077 != 0 {
            terminal::warning(&format!("others may read the key in {}", path.display()));
            terminal::hint("chmod 600 takes that from them");
        }
    }
    fs::read_to_string(path).map_err(refused)
}

/// Writes a new key into a new file that only its owner can read.
pub(crate) fn make(path: &Path) -> anyhow::Result<()> {
    let mut bytes = [0; 32];
    getrandom::fill(&mut bytes)
        .map_err(|error| anyhow::anyhow!("the system gives no random bytes: {error}"))?;
    let mut text: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    text.push('\n');
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let write = || -> std::io::Result<()> {
        let mut file = options.open(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| {
        Failure::usage(format!("cannot write {}: {error}", path.display()))
            .hint("a file that is there is never written over: its key would be lost")
    })?;
    Ok(())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn a_new_key_is_read_and_never_written_over() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        make(&path).unwrap();
        let name = path.to_str().unwrap();
        let key = read(name).unwrap();
        assert_eq!(read(name).unwrap(), key);
        assert!(make(&path).is_err());
        assert_eq!(read(name).unwrap(), key);
        let other = folder.path().join("other");
        make(&other).unwrap();
        assert_ne!(read(other.to_str().unwrap()).unwrap(), key);
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(
                fs::metadata(&path).unwrap().permissions().mode() & 0o777,
                0o600
            );
        }
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("key");
        for text in ["", "00", &"0".repeat(63), &"g".repeat(64), &"0".repeat(65)] {
            fs::write(&path, text).unwrap();
            assert!(read(path.to_str().unwrap()).is_err(), "{text:?}");
        }
        fs::write(&path, format!(" {}\r\n", "0a".repeat(32))).unwrap();
        assert!(read(path.to_str().unwrap()).is_ok());
        assert!(read("env:FLOWCOVER_NO_SUCH_VARIABLE").is_err());
        assert!(read("/nonexistent/key").is_err());
    }
}
