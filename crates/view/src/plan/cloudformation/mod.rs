//! A plan as CloudFormation templates: one or more for each account and region.

mod resources;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, HashMap};
use std::fmt::Write as _;

use flowcover_core::plan::{Change, Plan, Step};
use serde_json::{Map, Value, json};

use super::left_out::{self, left_out};
use super::made::{Made, region, resource_kind};
use super::names::file_part;
use super::shell::quote;
use super::step::unfit;
use crate::inert::{markdown, text};
use resources::Resource;

/// Resources in a template (CloudFormation User Guide, "CloudFormation quotas").
const MOST_RESOURCES: usize = 500;
/// Bytes of resources in a template; with what is around them, it stays below the 1,000,000 that a template in S3 may have.
const MOST_BYTES: usize = 900_000;
/// Bytes of a template that need not lie in S3.
const MOST_INLINE: usize = 51_200;

/// The templates, JSON, and a page that says how they are deployed: name and text.
#[must_use]
pub fn cloudformation(plan: &Plan) -> Vec<(String, String)> {
    let templates = templates(plan);
    let left_out = left_out(plan, "CloudFormation", |step| match &step.change {
        Change::CreateFlowLogs { flow_logs, .. } => {
            resource_kind(flow_logs).resource_type().is_some()
        }
        _ => true,
    });
    let mut files = vec![(
        "README.md".to_owned(),
        readme(plan, &templates, !left_out.is_empty()),
    )];
    files.extend(
        templates
            .into_iter()
            .map(|template| (template.file, template.text)),
    );
    files.extend(left_out::page(plan, &left_out));
    files
}

struct Template {
    account_id: String,
    region: String,
    file: String,
    /// Names roles.
    has_roles: bool,
    text: String,
}

/// Templates in the order in which they can be deployed: that of the plan.
fn templates(plan: &Plan) -> Vec<Template> {
    let made = Made::new(plan);
    let mut places: Vec<(&str, &str)> = Vec::new();
    let mut steps: HashMap<(&str, &str), Vec<&Step>> = HashMap::new();
    for step in plan.steps.iter().filter(|step| unfit(plan, step).is_none()) {
        let place = (step.account_id.as_str(), region(plan, step));
        let there = steps.entry(place).or_insert_with(|| {
            places.push(place);
            Vec::new()
        });
        there.push(step);
    }
    let mut templates = Vec::new();
    for (account_id, region) in places {
        let steps = steps.remove(&(account_id, region)).unwrap_or_default();
        let resources = steps.into_iter().flat_map(|step| resources::of(plan, step));
        let parts = split(resources.collect());
        let count = parts.len();
        for (number, part) in parts.into_iter().enumerate() {
            let number = (count > 1).then_some(number + 1);
            templates.push(template(plan, &made, (account_id, region), number, &part));
        }
    }
    templates
}

/// Parts that a template can hold, in order.
fn split(resources: Vec<Resource>) -> Vec<Vec<Resource>> {
    let mut parts: Vec<Vec<Resource>> = Vec::new();
    let mut bytes = 0;
    for resource in resources {
        let size = resource.size();
        match parts.last_mut() {
            Some(part) if part.len() < MOST_RESOURCES && bytes + size <= MOST_BYTES => {
                bytes += size;
                part.push(resource);
            }
            _ => {
                bytes = size;
                parts.push(vec![resource]);
            }
        }
    }
    parts
}

fn template(
    plan: &Plan,
    made: &Made<'_>,
    (account_id, region): (&str, &str),
    number: Option<usize>,
    resources: &[Resource],
) -> Template {
    let here: BTreeMap<&str, &Resource> = resources
        .iter()
        .map(|resource| (resource.id.as_str(), resource))
        .collect();
    let bodies: Map<String, Value> = resources
        .iter()
        .map(|resource| {
            (
                resource.id.clone(),
                resource.body(made, |id| here.contains_key(id)),
            )
        })
        .collect();
    let description = format!(
        "Flow logs of account {account_id} in {region}, plan {} of {}",
        text(&plan.id),
        text(&plan.generator)
    );
    let template = json!({
        "AWSTemplateFormatVersion": "2010-09-09",
        "Description": description.chars().take(1_024).collect::<String>(),
        "Resources": bodies,
    });
    let part = number
        .map(|number| format!("-{number}"))
        .unwrap_or_default();
    Template {
        account_id: account_id.to_owned(),
        region: region.to_owned(),
        file: format!("{}-{}{part}.json", file_part(account_id), file_part(region)),
        has_roles: resources
            .iter()
            .any(|resource| resource.kind == "AWS::IAM::Role"),
        text: format!("{template:#}\n"),
    }
}

fn readme(plan: &Plan, templates: &[Template], left_out: bool) -> String {
    let mut page = format!(
        "# Flow logs, plan {}\n\nMade by {}. The templates hold the new resources of the plan.\n",
        markdown(&plan.id),
        markdown(&plan.generator)
    );
    if left_out {
        page.push_str("\nNot everything is in them: do first what `not-included.md` lists under \"Before\", and last what it lists under \"Afterwards\".\n");
    }
    page.push_str("\nDeploy them in this order, each with credentials of its account:\n\n```sh\n");
    for template in templates {
        let _ = writeln!(page, "{}", deployment(plan, template));
    }
    page.push_str("```\n\n");
    if templates
        .iter()
        .any(|template| template.text.len() > MOST_INLINE)
    {
        page.push_str("Some are too large to be sent as they are: set `BUCKET` to a bucket of yours in that region.\n\n");
    }
    page.push_str(
        "Everything carries the tag `flowcover:plan`. To take it back, delete the stacks in the opposite order. \
         Log groups and buckets stay, with the records in them.\n",
    );
    page
}

fn deployment(plan: &Plan, template: &Template) -> String {
    let stem = template.file.trim_end_matches(".json");
    let mut command = format!(
        "# Account {}\naws cloudformation deploy --region {} --stack-name {} --template-file {}",
        text(&template.account_id),
        quote(&template.region),
        quote(&format!("flowcover-{}-{stem}", file_part(&plan.id))),
        quote(&template.file)
    );
    if template.has_roles {
        command.push_str(" --capabilities CAPABILITY_NAMED_IAM");
    }
    if template.text.len() > MOST_INLINE {
        command.push_str(" --s3-bucket \"$BUCKET\"");
    }
    command
}
