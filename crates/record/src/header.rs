//! Whether a line is a header: the line of field names with which a text file begins.
//!
//! CloudWatch Logs has no headers; in S3 every text file has one as its first line.
//! Files that were concatenated have more of them in the middle.
//!
//! A line is a header when
//!
//! 1. every piece between its blanks is shaped like a name: a lower-case letter first,
//!    then lower-case letters, digits, `-` and `_` (so numbers, addresses, `-`, `OK`
//!    and `ACCEPT` are none),
//! 2. at least one of them is in the field table, and
//! 3. none of those that are not in the table has the shape of a value: the id of a
//!    resource (`eni-0123456789abcdef0`), a region, an availability zone id, or a word
//!    that AWS writes as a value (`unknown`, `egress`, `nat_gateway`).
//!
//! Names may be dashed, as AWS writes them, or have `_` for `-`, as in Parquet files and
//! what is made from them. A format whose fields are all free texts can have a record
//! that looks like a header: one tag with the value `region`. At the start of a file the
//! header comes first, so that does no harm; for the middle [`repeated_header`] asks for more.

use crate::field::Field;
use crate::format::LogFormat;

/// Longer lines are no headers. All fields of the table together are under 2,000 bytes.
const LONGEST: usize = 64 * 1024;

const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Lower-case words that AWS writes as values.
const VALUE_WORDS: [&str; 11] = [
    "unknown",
    "ingress",
    "egress",
    "wavelength",
    "outpost",
    "localzone",
    "nat_gateway",
    "regional_nat_gateway",
    "network_load_balancer",
    "transit_gateway",
    "vpc_endpoint",
];

/// The format that the line names, if it is a header as the [module](self) says.
/// A UTF-8 byte order mark before it and a line end after it are let pass.
///
/// ```
/// use flowcover_record::header::header_of;
/// let format = header_of(b"version account_id quantum-state").expect("a header");
/// assert_eq!(format.to_string(), "${version} ${account-id} ${quantum-state}");
/// assert_eq!(header_of(b"2 123456789010 up"), None);
/// ```
#[must_use]
pub fn header_of(line: &[u8]) -> Option<LogFormat> {
    let line = line.strip_prefix(BYTE_ORDER_MARK).unwrap_or(line);
    // Nearly every line is a record, and nearly every record begins with a digit.
    if !line.first()?.is_ascii_lowercase() || line.len() > LONGEST {
        return None;
    }
    let line = std::str::from_utf8(line).ok()?;
    let names: Vec<String> = line
        .trim_end_matches(['\r', '\n', ' '])
        .split(' ')
        .filter(|token| !token.is_empty())
        .map(name_of)
        .collect::<Option<_>>()?;
    let format = LogFormat::parse(&names.join(" ")).ok()?;
    let known = format.columns().len() - format.unknown().count();
    (known > 0 && !format.unknown().any(is_value)).then_some(format)
}

/// As [`header_of`], for a line in the middle of a file that is read as `current`.
///
/// Where `current` has a field that is a number, no line of names is a record of it. Where
/// it has none, only its own header again is taken for one.
#[must_use]
pub fn repeated_header(current: &LogFormat, line: &[u8]) -> Option<LogFormat> {
    let format = header_of(line)?;
    (format == *current
        || current
            .columns()
            .iter()
            .any(|column| column.kind().is_number()))
    .then_some(format)
}

/// The name that stands there, as the table spells it if it is there.
fn name_of(token: &str) -> Option<String> {
    let rest = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '_';
    if !token.starts_with(|c: char| c.is_ascii_lowercase()) || !token.chars().all(rest) {
        return None;
    }
    let dashed = token.replace('_', "-");
    let known = Field::by_name(&dashed).is_some();
    Some(if known { dashed } else { token.to_owned() })
}

fn is_value(token: &str) -> bool {
    VALUE_WORDS.contains(&token)
        || is_resource_id(token)
        || is_region(token)
        || is_availability_zone_id(token)
}

/// `eni-0123456789abcdef0`, `tgw-attach-…`, and the older ids of 8 hexadecimal digits.
fn is_resource_id(token: &str) -> bool {
    let hexadecimal = |c: char| matches!(c, '0'..='9' | 'a'..='f');
    token.rsplit_once('-').is_some_and(|(_, id)| {
        id.len() >= 8 && id.chars().all(hexadecimal) && id.contains(|c: char| c.is_ascii_digit())
    })
}

/// `eu-west-1`, `us-gov-east-1`: two letters, words, one digit.
fn is_region(token: &str) -> bool {
    let parts: Vec<_> = token.split('-').collect();
    let [area, words @ .., number] = parts.as_slice() else {
        return false;
    };
    let is_word = |word: &&str| !word.is_empty() && word.chars().all(|c| c.is_ascii_lowercase());
    area.len() == 2
        && is_word(area)
        && !words.is_empty()
        && words.iter().all(is_word)
        && number.len() == 1
        && number.chars().all(|c| c.is_ascii_digit())
}

/// `use1-az1`, `euw2-az3`: an area with its number, then `az` with its number.
fn is_availability_zone_id(token: &str) -> bool {
    let digits = |text: &str| !text.is_empty() && text.chars().all(|c| c.is_ascii_digit());
    token
        .split_once("-az")
        .is_some_and(|(area, zone)| digits(zone) && area.ends_with(|c: char| c.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
