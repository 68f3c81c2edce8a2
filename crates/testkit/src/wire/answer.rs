//! The canned answers: which body goes with which call.

use std::collections::HashMap;

use super::organization::{ACCOUNTS_PER_PAGE, Organization};
use super::place::{Body, Place, elements, envelope};
use crate::proxy::call::{Identified, Protocol, form_value};

/// What access keys begin with: `AKIA` for a user's, `ASIA` for a role's. The account follows.
const KEY_PREFIX_LENGTH: usize = 4;

/// Status, content type and body of an answer.
#[derive(Clone, Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) content_type: &'static str,
    pub(super) body: Body,
}

impl Answer {
    fn new(status: u16, protocol: Protocol, body: Body) -> Self {
        let content_type = match protocol {
            Protocol::Json => "application/x-amz-json-1.1",
            Protocol::Ec2 => "text/xml;charset=UTF-8",
            Protocol::Query => "text/xml",
            Protocol::S3 => "application/xml",
        };
        Self {
            status,
            content_type,
            body,
        }
    }
}

/// Everything that the canned AWS can say, rendered beforehand.
#[derive(Debug)]
pub(super) struct Answers {
    account_ids: Vec<String>,
    regions: Body,
    places: HashMap<String, HashMap<&'static str, Place>>,
}

impl Answers {
    pub(super) fn new(organization: Organization) -> Self {
        organization.check();
        let names = organization.region_names();
        let place = |account_id: &str, account: usize, region: usize| {
            Place::new(organization, account_id, account * names.len() + region)
        };
        let account_ids: Vec<String> = organization.account_ids().collect();
        let places = account_ids.iter().enumerate().map(|(account, id)| {
            let regions = names.iter().enumerate();
            let regions = regions.map(|(region, name)| (*name, place(id, account, region)));
            (id.clone(), regions.collect())
        });
        Self {
            places: places.collect(),
            regions: regions(names),
            account_ids,
        }
    }

    /// The account whose access key that is.
    pub(super) fn account_of(&self, access_key: &str) -> Option<&str> {
        let id = access_key.get(KEY_PREFIX_LENGTH..)?;
        let (id, _) = self.places.get_key_value(id)?;
        Some(id)
    }

    /// Access key of the account that a run starts from.
    pub(super) fn first_access_key(&self) -> String {
        let id = self.account_ids.first().map_or("", String::as_str);
        format!("AKIA{id}")
    }

    pub(super) fn answer(&self, identified: &Identified, request: &str) -> Answer {
        let protocol = identified.protocol;
        let Some(account_id) = self.account_of(&identified.access_key) else {
            let code = "AuthFailure";
            return failure(401, protocol, code, "the access key is of no account here");
        };
        let call = &identified.call;
        let place = || self.places.get(account_id)?.get(call.region.as_str());
        let body = match (call.service.as_str(), call.action.as_str()) {
            ("sts", "GetCallerIdentity") => Some(caller_identity(account_id)),
            ("sts", "AssumeRole") => self.assumed_role(request),
            ("organizations", "ListAccounts") => self.page_of_accounts(request),
            ("ec2", "DescribeRegions") => Some(self.regions.clone()),
            ("ec2", "DescribeVpcs") => place().map(|place| place.vpcs.clone()),
            ("ec2", "DescribeFlowLogs") => place().map(|place| place.flow_logs.clone()),
            ("ec2", "DescribeSubnets") => place().map(|place| place.subnets.clone()),
            _ => None,
        };
        match body {
            Some(body) => Answer::new(200, protocol, body),
            None => {
                let message = format!("{call} of that kind has no canned answer");
                failure(400, protocol, "InvalidAction", &message)
            }
        }
    }

    fn assumed_role(&self, request: &str) -> Option<Body> {
        let arn = form_value(request, "RoleArn")?.replace("%3A", ":");
        let id = arn.split(':').nth(4)?;
        self.places.contains_key(id).then(|| assumed_role(id))
    }

    /// The token of a page is the number of accounts before it.
    fn page_of_accounts(&self, request: &str) -> Option<Body> {
        let first = match request.split_once("\"NextToken\"") {
            Some((_, rest)) => rest.split('"').nth(1)?.parse().ok()?,
            None => 0,
        };
        let next = first + ACCOUNTS_PER_PAGE;
        let page = self.account_ids.iter().skip(first).take(ACCOUNTS_PER_PAGE);
        let management = self.account_ids.first()?;
        let accounts: Vec<String> = page.map(|id| account(management, id)).collect();
        let accounts = accounts.join(",");
        let text = if next < self.account_ids.len() {
            format!("{{\"Accounts\":[{accounts}],\"NextToken\":\"{next}\"}}")
        } else {
            format!("{{\"Accounts\":[{accounts}]}}")
        };
        Some(text.into_bytes().into())
    }
}

fn regions(names: &[&str]) -> Body {
    let item = |name: &&str| {
        format!(
            "<regionName>{name}</regionName>\
             <regionEndpoint>ec2.{name}.amazonaws.com</regionEndpoint>\
             <optInStatus>opt-in-not-required</optInStatus>"
        )
    };
    envelope(
        "DescribeRegions",
        &elements("regionInfo", names.iter().map(item)),
    )
}

/// An answer of STS around its result.
fn sts(action: &str, result: &str) -> Body {
    let text = format!(
        "<{action}Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <{action}Result>{result}</{action}Result>\
         <ResponseMetadata><RequestId>5c2f6d1e-9f0b-4a39-8a64-0123456789ab</RequestId></ResponseMetadata>\
         </{action}Response>"
    );
    text.into_bytes().into()
}

fn caller_identity(account_id: &str) -> Body {
    let result = format!(
        "<Arn>arn:aws:iam::{account_id}:user/auditor</Arn>\
         <UserId>AIDAEXAMPLE</UserId><Account>{account_id}</Account>"
    );
    sts("GetCallerIdentity", &result)
}

fn assumed_role(account_id: &str) -> Body {
    let result = format!(
        "<AssumedRoleUser>\
         <AssumedRoleId>AROAEXAMPLE:audit</AssumedRoleId>\
         <Arn>arn:aws:sts::{account_id}:assumed-role/audit/audit</Arn>\
         </AssumedRoleUser>\
         <Credentials><AccessKeyId>ASIA{account_id}</AccessKeyId>\
         <SecretAccessKey>secret</SecretAccessKey><SessionToken>token</SessionToken>\
         <Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>"
    );
    sts("AssumeRole", &result)
}

fn account(management: &str, id: &str) -> String {
    format!(
        "{{\"Arn\":\"arn:aws:organizations::{management}:account/o-exampleorgid/{id}\",\
         \"Email\":\"{id}@example.com\",\"Id\":\"{id}\",\"JoinedMethod\":\"CREATED\",\
         \"JoinedTimestamp\":1768469400.0,\"Name\":\"account {id}\",\
         \"State\":\"ACTIVE\",\"Status\":\"ACTIVE\"}}"
    )
}

fn failure(status: u16, protocol: Protocol, code: &str, message: &str) -> Answer {
    let error = format!("<Error><Code>{code}</Code><Message>{message}</Message></Error>");
    let text = match protocol {
        Protocol::Ec2 => format!("<Response><Errors>{error}</Errors></Response>"),
        Protocol::Query => format!("<ErrorResponse>{error}</ErrorResponse>"),
        Protocol::S3 => error,
        Protocol::Json => format!("{{\"__type\":\"{code}\",\"message\":\"{message}\"}}"),
    };
    Answer::new(status, protocol, text.into_bytes().into())
}
