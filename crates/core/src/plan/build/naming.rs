//! Names of what is made.

use sha2::{Digest as _, Sha256};

use crate::plan::ROLE_PREFIX;
use crate::policy::fill_in;

/// Longest name of a role (IAM `CreateRole`).
const LONGEST_ROLE: usize = 64;

/// Longest name of a log group (CloudWatch Logs `CreateLogGroup`).
const LONGEST_GROUP: usize = 512;

/// What a log group and a role are named for.
#[derive(Clone, Copy, Debug)]
pub(super) struct NamedFor<'n> {
    pub(super) account_id: &'n str,
    pub(super) region: &'n str,
    /// Id of the VPC or transit gateway.
    pub(super) id: &'n str,
    /// Tag `Name`: untrusted text.
    pub(super) name: Option<&'n str>,
    /// What tells it from another one of the same resource: `reject`, `2`.
    pub(super) suffix: &'n str,
}

impl NamedFor<'_> {
    /// The log group by the template.
    pub(super) fn log_group(&self, template: &str) -> String {
        let name = clean(self.name.unwrap_or_default());
        let values = [
            ("account_id", self.account_id),
            ("region", self.region),
            ("vpc_id", self.id),
            ("vpc_name", name.as_str()),
        ];
        let filled: String = fill_in(template, &values)
            .chars()
            .take(LONGEST_GROUP - 20)
            .collect();
        match self.suffix {
            "" => filled,
            suffix => format!("{filled}/{suffix}"),
        }
    }

    /// The role: `flowcover-REGION-ID`.
    pub(super) fn role(&self) -> String {
        let mut name = format!("{ROLE_PREFIX}{}-{}", clean(self.region), clean(self.id));
        if !self.suffix.is_empty() {
            name = format!("{name}-{}", self.suffix.replace('/', "-"));
        }
        if name.len() <= LONGEST_ROLE {
            return name;
        }
        let digest = Sha256::digest(name.as_bytes());
        let digest: String = digest[..6]
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        format!("{}-{digest}", &name[..LONGEST_ROLE - 13])
    }
}

/// Text with nothing in it that the name of a log group may not have
/// (CloudWatch Logs `CreateLogGroup`: letters, digits and `_-/.#`).
fn clean(text: &str) -> String {
    let allowed = |c: char| c.is_ascii_alphanumeric() || "_-.".contains(c);
    text.chars()
        .take(100)
        .map(|c| if allowed(c) { c } else { '-' })
        .collect()
}

/// The name of a role that has the path `/`; none for one that has another path, or an ARN of something else.
pub(super) fn role_name(arn: &str) -> Option<&str> {
    let mut parts = arn.splitn(6, ':');
    let iam = parts.nth(2).is_some_and(|service| service == "iam");
    let name = parts.nth(2)?.strip_prefix("role/")?;
    (iam && !name.is_empty() && !name.contains('/')).then_some(name)
}

/// The account in an ARN.
pub(super) fn account_of(arn: &str) -> Option<&str> {
    arn.split(':').nth(4).filter(|account| !account.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named<'n>(id: &'n str, name: Option<&'n str>, suffix: &'n str) -> NamedFor<'n> {
        NamedFor {
            account_id: "111111111111",
            region: "eu-west-1",
            id,
            name,
            suffix,
        }
    }

    #[test]
    fn log_groups_by_template() {
        let template = "/vpc/{account_id}/{region}/{vpc_id}-{vpc_name}";
        let group = named("vpc-1", Some("a b/{region}"), "").log_group(template);
        assert_eq!(group, "/vpc/111111111111/eu-west-1/vpc-1-a-b--region-");
        let group = named("vpc-1", None, "reject").log_group("/f/{vpc_id}");
        assert_eq!(group, "/f/vpc-1/reject");
    }

    #[test]
    fn role_names_fit() {
        assert_eq!(named("vpc-1", None, "").role(), "flowcover-eu-west-1-vpc-1");
        assert_eq!(
            named("vpc-1", None, "reject/2").role(),
            "flowcover-eu-west-1-vpc-1-reject-2"
        );
        let (a, b) = (
            "vpc-".to_owned() + &"a".repeat(90),
            "vpc-".to_owned() + &"a".repeat(91),
        );
        let (a, b) = (named(&a, None, "").role(), named(&b, None, "").role());
        assert_eq!((a.len(), b.len()), (64, 64));
        assert_ne!(a, b);
    }

    #[test]
    fn roles_with_a_path_have_no_plain_name() {
        let check = |arn: &str, expected| assert_eq!(role_name(arn), expected, "{arn}");
        check("arn:aws:iam::1:role/flow", Some("flow"));
        check("arn:aws:iam::1:role/service/flow", None);
        check("arn:aws:iam::1:user/flow", None);
        check("arn:aws:s3::1:role/flow", None);
        check("flow", None);
    }
}
