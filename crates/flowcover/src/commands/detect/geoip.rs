//! Countries of addresses, from a file in MaxMind's format.

use std::fmt;
use std::fs;
use std::path::Path;

use flowcover_detect::{Address, Countries, Country};
use maxminddb::{PathElement, Reader};

use crate::failure::Failure;

/// Largest file that is read, in bytes: those with cities have some 70 MB.
const MOST_BYTES: u64 = 1 << 30;

/// A file in MaxMind's format (MaxMind DB File Format Specification 2.0).
pub(crate) struct GeoIp {
    reader: Reader<Vec<u8>>,
}

impl fmt::Debug for GeoIp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GeoIp({})", self.reader.metadata().database_type)
    }
}

impl GeoIp {
    /// Reads the file.
    pub(crate) fn open(path: &Path) -> Result<Self, Failure> {
        let refused = |why: String| {
            Failure::usage(format!(
                "cannot use {} for countries: {why}",
                path.display()
            ))
            .hint("give a file in MaxMind's format, such as GeoLite2-Country.mmdb")
        };
        let size = fs::metadata(path)
            .map_err(|error| refused(error.to_string()))?
            .len();
        if size > MOST_BYTES {
            return Err(refused("it is larger than 1 GiB".to_owned()));
        }
        let bytes = fs::read(path).map_err(|error| refused(error.to_string()))?;
        let reader = Reader::from_source(bytes).map_err(|error| refused(error.to_string()))?;
        Ok(Self { reader })
    }
}

impl Countries for GeoIp {
    fn country(&self, address: Address) -> Option<Country> {
        // A damaged file may fail for one address and not for another: what it does not tell is not known.
        let found = self.reader.lookup(address.ip()).ok()?;
        let path = |outer| [PathElement::Key(outer), PathElement::Key("iso_code")];
        let code = |outer| found.decode_path::<&str>(&path(outer)).ok().flatten();
        Country::new(code("country").or_else(|| code("registered_country"))?)
    }
}
