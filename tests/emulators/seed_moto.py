"""Makes scenarios in a running moto and prints as JSON what was made and what to expect of it.

    python seed_moto.py --endpoint URL --scenario NAME [--scenario NAME …] [--region REGION …]

`--scenario all` makes every scenario of scenarios.py; `transit-gateways`, `firehose` and
`organization` are moto's own. Each scenario is made in each region.
"""

import argparse
import json

from account import Account, Vpc
from scenarios import SCENARIOS, cloudwatch, expect, with_vpc_flow_log

MANAGEMENT_KEY = "AKIAIOSFODNN7EXAMPLE"
ROLE = "OrganizationAccountAccessRole"


def transit_gateways(account, region):
    ec2 = account.client("ec2", region)
    made = []
    for verdict, checks in (("recorded", []), ("not-recorded", ["transit-gateway-not-recorded"])):
        gateway = ec2.create_transit_gateway(Description=verdict)["TransitGateway"]["TransitGatewayId"]
        flow_logs = []
        if verdict == "recorded":
            destination = cloudwatch(account, region, "/flow-logs/transit-gateway")
            flow_logs = ec2.create_flow_logs(
                ResourceIds=[gateway], ResourceType="TransitGateway", MaxAggregationInterval=60, **destination
            )["FlowLogIds"]
        made.append(
            {
                "account_id": account.id,
                "region": region,
                "transit_gateway_id": gateway,
                "flow_log_ids": flow_logs,
                "expected": {"verdict": verdict, "checks": checks},
            }
        )
    return made


def firehose(account, region):
    bucket = account.bucket(region, f"firehose-{account.id}-{region}")
    client = account.client("firehose", region)
    stream = client.create_delivery_stream(
        DeliveryStreamName="flow-logs",
        ExtendedS3DestinationConfiguration={"RoleARN": account.role("firehose"), "BucketARN": bucket},
    )["DeliveryStreamARN"]
    destination = {"LogDestinationType": "kinesis-data-firehose", "LogDestination": stream}
    return with_vpc_flow_log(account, region, "firehose", destination, "recorded", "vpc")


def member(management, session, account_id):
    """A member account, through the role that Organizations makes in it."""
    credentials = management.client("sts").assume_role(
        RoleArn=f"arn:aws:iam::{account_id}:role/{ROLE}", RoleSessionName=session
    )["Credentials"]
    return Account(
        management.endpoint, credentials["AccessKeyId"], credentials["SecretAccessKey"], credentials["SessionToken"]
    )


def organization(management, regions, count):
    """An organisation with `count` members; the last one is closed. Gives accounts and VPCs."""
    client = management.client("organizations")
    made = client.create_organization(FeatureSet="ALL")["Organization"]
    root = client.list_roots()["Roots"][0]["Id"]
    unit = client.create_organizational_unit(ParentId=root, Name="workloads")["OrganizationalUnit"]["Id"]
    accounts, vpcs = [], []
    for number in range(count):
        status = client.create_account(Email=f"{number}@example.com", AccountName=f"member-{number}")
        account_id = status["CreateAccountStatus"]["AccountId"]
        client.move_account(AccountId=account_id, SourceParentId=root, DestinationParentId=unit)
        is_closed = number == count - 1
        if is_closed:
            client.close_account(AccountId=account_id)
        else:
            account = member(management, "seed", account_id)
            account.delete_default_vpcs(regions)
            for region in regions:
                name = "recorded" if number % 2 == 0 else "no-flow-log"
                vpcs += tagged(name, SCENARIOS[name](account, region))
        accounts.append({"account_id": account_id, "status": "SUSPENDED" if is_closed else "ACTIVE"})
    summary = {"id": made["Id"], "role_name": ROLE, "unit_id": unit, "accounts": accounts}
    return summary, vpcs


def tagged(name, made):
    return [{"scenario": name, **item} for item in made]


def main():
    names = [*SCENARIOS, "transit-gateways", "firehose", "organization", "all"]
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--endpoint", required=True)
    arguments.add_argument("--scenario", action="append", choices=names, default=[])
    arguments.add_argument("--region", action="append")
    arguments.add_argument("--members", type=int, default=3, help="accounts of the organisation besides its own")
    arguments.add_argument("--keep-default-vpcs", action="store_true")
    arguments.add_argument("--copies", type=int, default=0, help="so many more VPCs without flow log in each region")
    chosen = arguments.parse_args()
    regions = chosen.region or ["us-east-1"]
    wanted = list(SCENARIOS) if "all" in chosen.scenario else chosen.scenario

    account = Account(chosen.endpoint, MANAGEMENT_KEY)
    if not chosen.keep_default_vpcs:
        account.delete_default_vpcs(regions)
    result = {"account_id": account.id, "regions": regions, "vpcs": [], "transit_gateways": [], "organization": None}
    for name in wanted:
        if name == "organization":
            result["organization"], vpcs = organization(account, regions, chosen.members)
            result["vpcs"] += vpcs
            continue
        for region in regions:
            if name == "transit-gateways":
                result["transit_gateways"] += tagged(name, transit_gateways(account, region))
            else:
                make = firehose if name == "firehose" else SCENARIOS[name]
                result["vpcs"] += tagged(name, make(account, region))
    for region in regions:
        for number in range(chosen.copies):
            vpc = Vpc(account, region, f"copy-{number}", subnets=0)
            result["vpcs"] += tagged("copy", [expect(vpc, "not-recorded", "none", "flow-log-missing")])
    print(json.dumps(result, default=str))


if __name__ == "__main__":
    main()
