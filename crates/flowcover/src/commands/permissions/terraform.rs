//! As a Terraform module.

use std::fmt::Write;

use super::{Role, policy};

/// The module (HCL). Role names and external ids hold no quote and no `$`, so quoting is safe.
pub(super) fn text(role: &Role<'_>) -> String {
    let mut text = format!("# {}\n\n", role.purpose());
    variable(&mut text, "role_name", "Name of the role", Some(role.name));
    variable(
        &mut text,
        "trusted_account_id",
        "Account whose principals may assume the role",
        role.trusted_account,
    );
    variable(
        &mut text,
        "external_id",
        "External id that they must give; empty for none",
        Some(role.external_id.unwrap_or_default()),
    );
    text.push_str(TRUST);
    text.push_str("data \"aws_iam_policy_document\" \"read\" {\n");
    for grant in policy::grants(role) {
        let _ = write!(
            text,
            "  statement {{\n    sid       = \"{}\"\n    resources = [{}]\n    actions = [\n",
            grant.sid,
            grant
                .resources
                .iter()
                .map(|arn| format!("\"{arn}\""))
                .collect::<Vec<_>>()
                .join(", ")
        );
        for action in &grant.actions {
            let _ = writeln!(text, "      \"{action}\",");
        }
        text.push_str("    ]\n");
        for condition in &grant.conditions {
            let _ = write!(
                text,
                "    condition {{\n      test     = \"{}\"\n      variable = \"{}\"\n      values   = [\"{}\"]\n    }}\n",
                condition.operator, condition.key, condition.value
            );
        }
        text.push_str("  }\n");
    }
    if !role.enters.is_empty() {
        text.push_str(ENTER);
        for account in &role.enters {
            let _ = writeln!(
                text,
                "      \"arn:${{data.aws_partition.current.partition}}:iam::{account}:role/${{var.role_name}}\","
            );
        }
        text.push_str("    ]\n  }\n");
    }
    text.push_str("}\n");
    text.push_str(&ROLE.replace("POLICY", role.policy_name()));
    text
}

fn variable(text: &mut String, name: &str, description: &str, default: Option<&str>) {
    let default = default
        .map(|value| format!("  default     = \"{value}\"\n"))
        .unwrap_or_default();
    let _ = write!(
        text,
        "variable \"{name}\" {{\n  description = \"{description}\"\n  type        = string\n{default}}}\n\n"
    );
}

const TRUST: &str = r#"data "aws_partition" "current" {}

data "aws_iam_policy_document" "trust" {
  statement {
    actions = ["sts:AssumeRole"]
    principals {
      type        = "AWS"
      identifiers = ["arn:${data.aws_partition.current.partition}:iam::${var.trusted_account_id}:root"]
    }
    dynamic "condition" {
      for_each = var.external_id == "" ? [] : [var.external_id]
      content {
        test     = "StringEquals"
        variable = "sts:ExternalId"
        values   = [condition.value]
      }
    }
  }
}

"#;

const ENTER: &str = r#"  statement {
    sid       = "EnterAccounts"
    actions   = ["sts:AssumeRole"]
    resources = [
"#;

const ROLE: &str = r#"
resource "aws_iam_role" "flowcover" {
  name               = var.role_name
  assume_role_policy = data.aws_iam_policy_document.trust.json
}

resource "aws_iam_role_policy" "read" {
  name   = "POLICY"
  role   = aws_iam_role.flowcover.id
  policy = data.aws_iam_policy_document.read.json
}

output "role_arn" {
  value = aws_iam_role.flowcover.arn
}
"#;
