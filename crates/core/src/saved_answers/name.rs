//! What the path of a file tells: account, region, command, and what was asked about.

use super::kind::Kind;

/// What the path of a file tells.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Name {
    /// The folder, without the parts that name a region: files of one account lie in one.
    pub(super) group: String,
    /// The folder.
    pub(super) folder: String,
    /// Account in the path.
    pub(super) account_id: Option<String>,
    /// Region in the path.
    pub(super) region: Option<String>,
    /// The command that the file is named for.
    pub(super) kind: Option<Kind>,
    /// File name without endings.
    stem: String,
}

/// What follows the command in the name of a file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Rest {
    /// What was asked about, as it stands there.
    pub(super) subject: String,
    /// The same without a number of a page at its end, where there is one.
    pub(super) without_page: Option<String>,
    /// Number of the page.
    pub(super) page: Option<u32>,
    pub(super) account_id: Option<String>,
    pub(super) region: Option<String>,
}

const SEPARATORS: [char; 6] = ['-', '_', '.', ' ', '(', ')'];

/// Endings that say nothing.
const ENDINGS: [&str; 6] = [".json", ".txt", ".err", ".out", ".log", ".stderr"];

impl Name {
    pub(super) fn of(path: &str) -> Self {
        let mut name = Self::default();
        let mut parts: Vec<&str> = path
            .split(['/', '\\'])
            .filter(|part| !part.is_empty() && *part != ".")
            .collect();
        let file = parts.pop().unwrap_or_default();
        name.folder = parts.join("/");
        let mut group = Vec::new();
        for part in parts {
            match as_region(part) {
                Some(region) => name.region = Some(region),
                None => group.push(part),
            }
            name.account_id = account_in(part).or(name.account_id);
        }
        name.group = group.join("/");
        name.stem = stem(file).to_owned();
        name.kind = kind_of(&name.stem);
        name
    }

    /// What the name of the file says beside its command.
    pub(super) fn rest(&self, kind: Kind) -> Rest {
        let Some((before, after)) = split(&self.stem, kind) else {
            return Rest::default();
        };
        let subject = after.trim_matches(SEPARATORS);
        if kind.has_subject() {
            let (without_page, page) = cut_page(subject);
            return Rest {
                subject: subject.to_owned(),
                without_page: page.map(|_| without_page.to_owned()),
                page,
                account_id: account_in(before),
                region: region_in(before).map(|(region, _)| region),
            };
        }
        let (region, left) = match region_in(subject) {
            Some((region, left)) => (Some(region), left),
            None => (
                region_in(before).map(|(region, _)| region),
                subject.to_owned(),
            ),
        };
        let account_id = account_in(&left).or_else(|| account_in(before));
        let left = match &account_id {
            Some(id) => left.replacen(id.as_str(), "", 1),
            None => left,
        };
        let left = left.trim_matches(SEPARATORS);
        let (without_page, page) = cut_page(left);
        Rest {
            subject: without_page.to_owned(),
            without_page: None,
            page,
            account_id,
            region,
        }
    }
}

/// Letters and digits only, in lower case: how names are compared.
pub(super) fn squash(text: &str) -> String {
    text.chars()
        .filter(|c| c.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn stem(file: &str) -> &str {
    let mut stem = file;
    while let Some(shorter) = ENDINGS.iter().find_map(|ending| {
        let at = stem.len().checked_sub(ending.len())?;
        (stem.is_char_boundary(at) && stem[at..].eq_ignore_ascii_case(ending)).then(|| &stem[..at])
    }) {
        stem = shorter;
    }
    stem
}

/// The command in a file name; the longest where one begins as another does.
fn kind_of(stem: &str) -> Option<Kind> {
    Kind::ALL
        .iter()
        .filter(|kind| split(stem, **kind).is_some())
        .max_by_key(|kind| kind.command().len())
        .copied()
}

/// What stands before and after the command, if it is in the file name.
fn split(stem: &str, kind: Kind) -> Option<(&str, &str)> {
    let command = squash(kind.command());
    let starts = stem.char_indices().filter(|(at, _)| {
        stem[..*at]
            .chars()
            .next_back()
            .is_none_or(|c| SEPARATORS.contains(&c))
    });
    starts
        .filter_map(|(at, _)| Some((at, at + length_of(&stem[at..], &command)?)))
        .map(|(start, end)| (&stem[..start], &stem[end..]))
        .next()
}

/// Length of the command at the start of a text, whatever its case and separators.
fn length_of(text: &str, command: &str) -> Option<usize> {
    let mut wanted = command.chars().peekable();
    let mut last = ' ';
    for (at, c) in text.char_indices() {
        let Some(next) = wanted.peek() else {
            let goes_on = c.is_alphabetic() && !(c.is_uppercase() && last.is_lowercase());
            return (!goes_on).then_some(at);
        };
        if c.to_ascii_lowercase() == *next {
            wanted.next();
        } else if !matches!(c, '-' | '_' | ' ') {
            return None;
        }
        last = c;
    }
    wanted.peek().is_none().then_some(text.len())
}

/// A subject without the number of a page at its end: `-2`, `-page2`, `_p2`, `.2`.
fn cut_page(text: &str) -> (&str, Option<u32>) {
    let text = text.trim_matches(SEPARATORS);
    let start = text.trim_end_matches(|c: char| c.is_ascii_digit());
    let digits = &text[start.len()..];
    let lower = start.to_ascii_lowercase();
    let before = lower.trim_end_matches(SEPARATORS);
    let word = ["page", "part", "p"].iter().find(|word| {
        before
            .strip_suffix(**word)
            .is_some_and(|rest| rest.is_empty() || rest.ends_with(SEPARATORS))
    });
    let cut = word.map_or(before.len(), |word| before.len() - word.len());
    let separated = start.is_empty() || start.ends_with(SEPARATORS) || word.is_some();
    let left = start[..cut].trim_end_matches(SEPARATORS);
    // The end of a date is no page.
    let is_date = left.ends_with(|c: char| c.is_ascii_digit());
    match digits.parse() {
        Ok(page) if digits.len() <= 4 && separated && !is_date => (left, Some(page)),
        _ => (text, None),
    }
}

/// Twelve digits that no further digit adjoins.
pub(super) fn account_in(text: &str) -> Option<String> {
    text.split(|c: char| !c.is_ascii_digit())
        .find(|digits| digits.len() == 12)
        .map(str::to_owned)
}

/// The whole text as a region, with `-` or `_`.
pub(super) fn as_region(text: &str) -> Option<String> {
    region_in(text)
        .filter(|(_, left)| left.is_empty())
        .map(|(region, _)| region)
}

/// A region in a text, and the text without it.
fn region_in(text: &str) -> Option<(String, String)> {
    let words: Vec<&str> = text.split(['-', '_']).collect();
    for start in 0..words.len() {
        for length in 3..=4 {
            let Some(window) = words.get(start..start + length) else {
                continue;
            };
            if is_region(window) {
                let left = [&words[..start], &words[start + length..]]
                    .concat()
                    .join("-");
                return Some((window.join("-").to_ascii_lowercase(), left));
            }
        }
    }
    None
}

/// `eu west 1`, `us gov east 1`, `eusc de east 1`.
fn is_region(words: &[&str]) -> bool {
    const DIRECTIONS: [&str; 9] = [
        "north",
        "south",
        "east",
        "west",
        "central",
        "northeast",
        "northwest",
        "southeast",
        "southwest",
    ];
    let [first, middle @ .., direction, number] = words else {
        return false;
    };
    let is_word = |word: &str, most| {
        (2..=most).contains(&word.len()) && word.chars().all(|c| c.is_ascii_alphabetic())
    };
    is_word(first, 4)
        && middle.iter().all(|word| is_word(word, 4))
        && DIRECTIONS
            .iter()
            .any(|known| known.eq_ignore_ascii_case(direction))
        && number.len() == 1
        && number.chars().all(|c| c.is_ascii_digit())
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;

    #[test]
    fn commands_are_found_however_they_are_spelled() {
        for (path, kind, subject, page) in [
            ("describe-vpcs.json", Kind::DescribeVpcs, "", None),
            ("Describe_VPCs.JSON", Kind::DescribeVpcs, "", None),
            ("DescribeVpcs.json", Kind::DescribeVpcs, "", None),
            ("ec2-describe-vpcs-2.json", Kind::DescribeVpcs, "", Some(2)),
            (
                "describe-vpcs-page3.json.txt",
                Kind::DescribeVpcs,
                "",
                Some(3),
            ),
            ("describe-vpcs (1).json", Kind::DescribeVpcs, "", Some(1)),
            (
                "describe-vpcs-eu-west-1_page-2.json",
                Kind::DescribeVpcs,
                "",
                Some(2),
            ),
            (
                "describe-vpcs-2026-05-01.json",
                Kind::DescribeVpcs,
                "2026-05-01",
                None,
            ),
            ("get-role-flow-logs.json", Kind::GetRole, "flow-logs", None),
            ("GetRoleDelivery.json", Kind::GetRole, "Delivery", None),
            ("get-role-policy-a-b.json", Kind::GetRolePolicy, "a-b", None),
            (
                "get-bucket-policy-status-b.json",
                Kind::GetBucketPolicyStatus,
                "b",
                None,
            ),
            (
                "get-bucket-policy-my.logs.json",
                Kind::GetBucketPolicy,
                "my.logs",
                None,
            ),
            (
                "get-policy-version-p-v3.json",
                Kind::GetPolicyVersion,
                "p-v3",
                None,
            ),
        ] {
            let name = Name::of(path);
            assert_eq!(name.kind, Some(kind), "{path}");
            let rest = name.rest(kind);
            assert_eq!((&*rest.subject, rest.page), (subject, page), "{path}");
        }
        for path in [
            "",
            "/",
            "vpcs.json",
            "describe-vpcsx.json",
            "describe-keys.json",
            "readme.md",
        ] {
            assert_eq!(Name::of(path).kind, None, "{path}");
        }
    }

    #[test]
    fn folders_and_names_tell_account_and_region() {
        for (path, account_id, region, group) in [
            (
                "111122223333/eu-west-1/describe-vpcs.json",
                Some("111122223333"),
                Some("eu-west-1"),
                "111122223333",
            ),
            (
                "prod-111122223333/us-gov-west-1/describe-vpcs.json",
                Some("111122223333"),
                Some("us-gov-west-1"),
                "prod-111122223333",
            ),
            (
                "x/eusc-de-east-1/describe-vpcs.json",
                None,
                Some("eusc-de-east-1"),
                "x",
            ),
            (
                "describe-vpcs-111122223333-ap-southeast-2.json",
                Some("111122223333"),
                Some("ap-southeast-2"),
                "",
            ),
            (
                "111122223333_eu_west_1_describe-vpcs.json",
                Some("111122223333"),
                Some("eu-west-1"),
                "",
            ),
            (
                "1111222233334/my-west-wing/describe-vpcs.json",
                None,
                None,
                "1111222233334/my-west-wing",
            ),
        ] {
            let name = Name::of(path);
            let rest = name.rest(Kind::DescribeVpcs);
            assert_eq!(
                name.account_id.clone().or(rest.account_id).as_deref(),
                account_id,
                "{path}"
            );
            assert_eq!(
                name.region.clone().or(rest.region).as_deref(),
                region,
                "{path}"
            );
            assert_eq!(name.group, group, "{path}");
        }
    }

    #[test]
    fn a_number_at_the_end_may_be_a_page_or_part_of_the_name() {
        let rest = Name::of("list-role-policies-flow-2.json").rest(Kind::ListRolePolicies);
        assert_eq!(
            (&*rest.subject, rest.without_page.as_deref(), rest.page),
            ("flow-2", Some("flow"), Some(2))
        );
        let rest = Name::of("list-role-policies-flow2.json").rest(Kind::ListRolePolicies);
        assert_eq!(
            (&*rest.subject, rest.without_page, rest.page),
            ("flow2", None, None)
        );
    }
}
