"""Makes scenarios in a running MiniStack (AUTH=true) and prints as JSON what was made.

    python seed_ministack.py --endpoint URL --scenario organization [--region REGION …]
    python seed_ministack.py --endpoint URL --scenario principal --policy JSON

`organization`: a management account with a user `auditor`, whose credentials are printed, and
six member accounts. Five have the role OrganizationAccountAccessRole: one plain, one denied
everything in the second region, one denied ec2:DescribeFlowLogs, one that asks for an external id,
one that trusts a stranger; the sixth has no role. One more account is closed.

`principal`: one account with VPCs recorded and not, and a user who holds just the policy given.

MiniStack keeps neither role nor delivery status of a flow log: what is recorded here is
recorded in buckets, whose policies can be read.
"""

import argparse
import json

from account import Account, allow, document
from scenarios import SCENARIOS

MANAGEMENT = "111111111111"
STRANGER = "999999999999"
ROLE = "OrganizationAccountAccessRole"
EXTERNAL_ID = "flowcover-test"


def user(account, name, *statements):
    """An IAM user with these statements; its credentials."""
    iam = account.client("iam")
    iam.create_user(UserName=name)
    iam.put_user_policy(UserName=name, PolicyName="granted", PolicyDocument=document(*statements))
    key = iam.create_access_key(UserName=name)["AccessKey"]
    return {"account_id": account.id, "access_key": key["AccessKeyId"], "secret_key": key["SecretAccessKey"]}


def deny(actions, **more):
    return {**allow(actions, **more), "Effect": "Deny"}


def access_role(account, trusted=MANAGEMENT, condition=None, statements=()):
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{trusted}:root"}, "Action": "sts:AssumeRole"}
    if condition:
        trust["Condition"] = condition
    iam = account.client("iam")
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=document(trust))
    iam.put_role_policy(RoleName=ROLE, PolicyName="access", PolicyDocument=document(allow("*"), *statements))


def plain(account, _):
    access_role(account)


def region_denied(account, regions):
    condition = {"StringEquals": {"aws:RequestedRegion": regions[-1]}}
    access_role(account, statements=[deny("*", Condition=condition)])


def flow_logs_denied(account, _):
    access_role(account, statements=[deny("ec2:DescribeFlowLogs")])


def external_id(account, _):
    access_role(account, condition={"StringEquals": {"sts:ExternalId": EXTERNAL_ID}})


def stranger_trusted(account, _):
    access_role(account, trusted=STRANGER)


def no_role(_account, _regions):
    pass


# How each member lets the management account in, and what hides the verdict that its VPCs deserve,
# by region. `None`: nothing. `unknown`: the VPC is seen, its flow logs are not. `unreadable`: not
# even the VPC is seen, so the account or the region must be reported as a gap.
MEMBERS = {
    "plain": (plain, lambda region, regions: None),
    "region-denied": (region_denied, lambda region, regions: "unreadable" if region == regions[-1] else None),
    "flow-logs-denied": (flow_logs_denied, lambda region, regions: "unknown"),
    "external-id": (external_id, lambda region, regions: "unreadable"),
    "stranger-trusted": (stranger_trusted, lambda region, regions: "unreadable"),
    "no-role": (no_role, lambda region, regions: "unreadable"),
}


def vpcs_of(account, regions, hidden_in=lambda region, regions: None):
    """One VPC that a bucket records and one without flow log in each region."""
    account.delete_default_vpcs(regions)
    made = []
    for region in regions:
        for name in ("recorded-s3", "no-flow-log"):
            for vpc in SCENARIOS[name](account, region):
                hidden = hidden_in(region, regions)
                if hidden:
                    vpc["expected"] = {"verdict": hidden, "covered_by": None, "checks": []}
                made.append({"scenario": name, **vpc})
    return made


def organization(endpoint, regions):
    management = Account(endpoint, MANAGEMENT)
    client = management.client("organizations")
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    accounts, vpcs = [], vpcs_of(management, regions)
    for name, (let_in, hidden_in) in MEMBERS.items():
        account_id = new_account(client, name)
        client.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=unit)
        account = Account(endpoint, account_id)
        let_in(account, regions)
        vpcs += vpcs_of(account, regions, hidden_in)
        accounts.append({"account_id": account_id, "name": name, "status": "ACTIVE"})
    closed = new_account(client, "closed")
    client.close_account(AccountId=closed)
    accounts.append({"account_id": closed, "name": "closed", "status": "SUSPENDED"})
    auditor = user(
        management,
        "auditor",
        allow("sts:AssumeRole", f"arn:aws:iam::*:role/{ROLE}"),
        allow(["organizations:Describe*", "organizations:List*", "ec2:Describe*", "iam:Get*", "iam:List*"]),
        allow(["logs:Describe*", "s3:Get*", "s3:ListBucket", "kms:GetKeyPolicy", "config:Describe*"]),
    )
    return {
        "credentials": auditor,
        "organization": {
            "role_name": ROLE,
            "external_id": EXTERNAL_ID,
            "management_account_id": MANAGEMENT,
            "unit_id": unit,
            "accounts": accounts,
        },
        "vpcs": vpcs,
    }


def new_account(client, name):
    made = client.create_account(Email=f"{name}@example.com", AccountName=name)
    return made["CreateAccountStatus"]["AccountId"]


def principal(endpoint, regions, policy):
    account = Account(endpoint, MANAGEMENT)
    given = json.loads(policy)
    statements = given["Statement"] if isinstance(given["Statement"], list) else [given["Statement"]]
    return {
        "credentials": user(account, "principal", *statements),
        "organization": None,
        "vpcs": vpcs_of(account, regions),
    }


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--endpoint", required=True)
    arguments.add_argument("--scenario", choices=["organization", "principal"], required=True)
    arguments.add_argument("--region", action="append")
    arguments.add_argument("--policy", help="policy document of the principal, as JSON")
    chosen = arguments.parse_args()
    regions = chosen.region or ["us-east-1", "eu-west-1"]
    if chosen.scenario == "organization":
        result = organization(chosen.endpoint, regions)
    elif chosen.policy:
        result = principal(chosen.endpoint, regions, chosen.policy)
    else:
        arguments.error("--scenario principal needs --policy")
    print(json.dumps({"regions": regions, **result}, default=str))


if __name__ == "__main__":
    main()
