//! What is missing from the folder.

use crate::inventory::{Gap, GapKind};

use super::kind::Kind;

/// Gaps found so far.
#[derive(Debug, Default)]
pub(super) struct Gaps(Vec<Gap>);

impl Gaps {
    pub(super) fn extend(&mut self, gaps: impl IntoIterator<Item = Gap>) {
        self.0.extend(gaps);
    }

    pub(super) fn push(&mut self, gap: Gap) {
        self.0.push(gap);
    }

    /// A file that would have told something is not there. `subject` is what its name goes on with.
    pub(super) fn not_saved(
        &mut self,
        kind: Kind,
        account_id: Option<&str>,
        region: Option<&str>,
        resource: Option<&str>,
        subject: &str,
    ) {
        let mut file = String::new();
        for folder in [account_id, region].into_iter().flatten() {
            file.push_str(folder);
            file.push('/');
        }
        file.push_str(kind.command());
        if !subject.is_empty() {
            file.push('-');
            file.push_str(&subject.replace(['/', '\\', ':'], "-"));
        }
        self.push(Gap {
            account_id: account_id.map(str::to_owned),
            region: region.map(str::to_owned),
            action: kind.action().to_owned(),
            resource: resource.map(str::to_owned),
            kind: GapKind::NotSaved,
            error_code: "NotSaved".to_owned(),
            permission: None,
            message: format!("{}.json was not saved", crate::snapshot::one_line(&file)),
        });
    }

    /// A listing ends with the token of a page that is not there.
    pub(super) fn page_missing(
        &mut self,
        kind: Kind,
        account_id: Option<&str>,
        region: Option<&str>,
        path: &str,
        resource: Option<&str>,
    ) {
        self.push(Gap {
            account_id: account_id.map(str::to_owned),
            region: region.map(str::to_owned),
            action: kind.action().to_owned(),
            resource: resource.map(str::to_owned),
            kind: GapKind::NotSaved,
            error_code: "PageNotSaved".to_owned(),
            permission: None,
            message: format!(
                "{}: a page of the listing was not saved",
                crate::snapshot::one_line(path)
            ),
        });
    }

    pub(super) fn into_vec(self) -> Vec<Gap> {
        self.0
    }
}
