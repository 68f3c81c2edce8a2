//! Reading lists of addresses and blocks of addresses.

use super::super::super::diagnostic::shown;
use super::super::super::network::{Network, begins_its_block};
use super::super::exemptions::empty;
use super::super::section::{Entry, Reader};
use crate::policy::Level;

/// A list of addresses and blocks, in its order; those that are none are left out, and said.
pub(super) fn read_networks(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
) -> Option<Vec<Network>> {
    let mut networks = Vec::new();
    for (text, span) in reader.texts(entry)? {
        let Ok(network) = text.parse::<Network>() else {
            let message = format!("`{}` is not an address or a block of them", shown(text));
            let hint = "write one such as 192.0.2.7, 10.0.0.0/8 or 2001:db8::/32";
            reader.error::<()>(&span, message, hint);
            continue;
        };
        if !begins_its_block(text) {
            let message = format!("`{}` is read as {network}", shown(text));
            let label = Some("this does not begin its block".to_owned());
            let hint = "write the whole block, or the address alone, without `/`".to_owned();
            reader.push(Level::Warning, &span, message, label, Some(hint));
        }
        networks.push(network);
    }
    Some(networks)
}

/// The same, for a list that must hold something.
pub(super) fn read_some_networks(
    reader: &mut Reader<'_>,
    entry: &Entry<'_, '_>,
) -> Option<Vec<Network>> {
    if entry.is_empty_list() {
        return empty(reader, entry);
    }
    read_networks(reader, entry)
}
