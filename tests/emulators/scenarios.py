"""States that the VPCs of one account and region can be in, one function each.

A scenario gives the VPCs it made, each with the verdict that its state deserves
under the preset `cis`, and the checks that must have a finding. It fails nothing
quietly: what an emulator refuses is an error, except where the refusal is the point.
"""

from account import LOG_ACTIONS, Vpc, allow, document

SCENARIOS = {}


def scenario(function):
    SCENARIOS[function.__name__.replace("_", "-")] = function
    return function


def expect(vpc, verdict, covered_by, *checks):
    return {
        "account_id": vpc.account.id,
        "region": vpc.region,
        "vpc_id": vpc.id,
        "subnet_ids": vpc.subnets,
        "interface_ids": vpc.interfaces,
        "flow_log_ids": vpc.flow_logs,
        "expected": {"verdict": verdict, "covered_by": covered_by, "checks": list(checks)},
    }


def cloudwatch(account, region, name, retention=365, role="flow-logs", **options):
    """A log group and a role, as arguments of CreateFlowLogs."""
    account.log_group(region, name, retention)
    return {"LogGroupName": name, "DeliverLogsPermissionArn": account.role(role, **options)}


def to_bucket(account, region, name, policy="good"):
    name = f"{name}-{account.id}-{region}"
    return {"LogDestinationType": "s3", "LogDestination": account.bucket(region, name, policy)}


def with_vpc_flow_log(account, region, name, destination, verdict, covered_by, *checks):
    vpc = Vpc(account, region, name)
    vpc.record(**destination)
    return [expect(vpc, verdict, covered_by, *checks)]


# Recorded.


@scenario
def recorded(account, region):
    return with_vpc_flow_log(
        account, region, "recorded", cloudwatch(account, region, "/flow-logs/recorded"), "recorded", "vpc"
    )


@scenario
def recorded_s3(account, region):
    return with_vpc_flow_log(
        account, region, "recorded-s3", to_bucket(account, region, "recorded"), "recorded", "vpc"
    )


@scenario
def recorded_unused(account, region):
    vpc = Vpc(account, region, "recorded-unused", subnets=0)
    vpc.record(**cloudwatch(account, region, "/flow-logs/recorded-unused"))
    return [expect(vpc, "recorded", "vpc")]


@scenario
def reject_only(account, region):
    vpc = Vpc(account, region, "reject-only")
    vpc.record(traffic="REJECT", **cloudwatch(account, region, "/flow-logs/reject-only"))
    return [expect(vpc, "recorded", "vpc")]


@scenario
def accept_and_reject(account, region):
    vpc = Vpc(account, region, "accept-and-reject")
    vpc.record(traffic="ACCEPT", **cloudwatch(account, region, "/flow-logs/accept"))
    vpc.record(traffic="REJECT", **cloudwatch(account, region, "/flow-logs/reject"))
    return [expect(vpc, "recorded", "vpc")]


@scenario
def subnets_covered(account, region):
    vpc = Vpc(account, region, "subnets-covered", subnets=2)
    vpc.record(vpc.subnets, "Subnet", **cloudwatch(account, region, "/flow-logs/subnets"))
    return [expect(vpc, "recorded", "subnets")]


@scenario
def interfaces_covered(account, region):
    vpc = Vpc(account, region, "interfaces-covered", subnets=2)
    vpc.record(vpc.interfaces, "NetworkInterface", **cloudwatch(account, region, "/flow-logs/interfaces"))
    return [expect(vpc, "recorded", "interfaces", "coverage-partial")]


@scenario
def no_retention(account, region):
    destination = cloudwatch(account, region, "/flow-logs/no-retention", retention=None)
    return with_vpc_flow_log(
        account, region, "no-retention", destination, "recorded", "vpc", "retention-out-of-policy"
    )


@scenario
def duplicate(account, region):
    vpc = Vpc(account, region, "duplicate")
    vpc.record(**cloudwatch(account, region, "/flow-logs/duplicate-1"))
    vpc.record(**cloudwatch(account, region, "/flow-logs/duplicate-2"))
    return [expect(vpc, "recorded", "vpc", "flow-log-duplicate")]


@scenario
def shared_group(account, region):
    destination = cloudwatch(account, region, "/flow-logs/shared")
    vpcs = [Vpc(account, region, f"shared-group-{number}") for number in (1, 2)]
    for vpc in vpcs:
        vpc.record(**destination)
    return [expect(vpc, "recorded", "vpc", "destination-shared") for vpc in vpcs]


@scenario
def role_too_broad(account, region):
    destination = cloudwatch(
        account, region, "/flow-logs/broad", role="broad", statements=[allow("*")], conditions=False
    )
    return with_vpc_flow_log(account, region, "role-too-broad", destination, "recorded", "vpc", "role-too-broad")


@scenario
def hostile_tags(account, region):
    vpc = Vpc(account, region, "<script>alert(1)</script>")
    value = "=cmd|'/c calc'!A1 \u202etxt.exe"
    vpc.ec2.create_tags(Resources=[vpc.id], Tags=[{"Key": "Owner", "Value": value}])
    return [expect(vpc, "not-recorded", "none", "flow-log-missing")]


# Not recorded.


@scenario
def no_flow_log(account, region):
    return [expect(Vpc(account, region, "no-flow-log"), "not-recorded", "none", "flow-log-missing")]


@scenario
def unused_without_flow_log(account, region):
    vpc = Vpc(account, region, "unused", subnets=0)
    return [expect(vpc, "not-recorded", "none", "flow-log-missing")]


@scenario
def accept_only(account, region):
    vpc = Vpc(account, region, "accept-only")
    vpc.record(traffic="ACCEPT", **cloudwatch(account, region, "/flow-logs/accept-only"))
    return [expect(vpc, "not-recorded", "vpc", "traffic-type-insufficient")]


@scenario
def subnets_partial(account, region):
    vpc = Vpc(account, region, "subnets-partial", subnets=2)
    vpc.record(vpc.subnets[:1], "Subnet", **cloudwatch(account, region, "/flow-logs/partial"))
    return [expect(vpc, "not-recorded", "partial", "coverage-partial")]


@scenario
def log_group_deleted(account, region):
    destination = cloudwatch(account, region, "/flow-logs/deleted")
    made = with_vpc_flow_log(
        account, region, "log-group-deleted", destination, "not-recorded", "none", "destination-missing"
    )
    account.client("logs", region).delete_log_group(logGroupName="/flow-logs/deleted")
    return made


@scenario
def log_group_never_made(account, region):
    destination = {"LogGroupName": "/flow-logs/never-made", "DeliverLogsPermissionArn": account.role("flow-logs")}
    return with_vpc_flow_log(
        account, region, "log-group-never-made", destination, "not-recorded", "none", "delivery-failing"
    )


@scenario
def role_deleted(account, region):
    destination = cloudwatch(account, region, "/flow-logs/role-deleted", role="deleted")
    made = with_vpc_flow_log(
        account, region, "role-deleted", destination, "not-recorded", "none", "role-not-assumable"
    )
    iam = account.client("iam")
    iam.delete_role_policy(RoleName="deleted", PolicyName="delivery")
    iam.delete_role(RoleName="deleted")
    return made


@scenario
def bucket_denies(account, region):
    destination = to_bucket(account, region, "denies", policy="deny")
    return with_vpc_flow_log(
        account, region, "bucket-denies", destination, "not-recorded", "none", "bucket-refuses-delivery"
    )


@scenario
def bucket_without_policy(account, region):
    destination = to_bucket(account, region, "without-policy", policy="none")
    return with_vpc_flow_log(
        account, region, "bucket-without-policy", destination, "not-recorded", "none", "bucket-refuses-delivery"
    )


@scenario
def bucket_deleted(account, region):
    destination = to_bucket(account, region, "deleted")
    made = with_vpc_flow_log(
        account, region, "bucket-deleted", destination, "not-recorded", "none", "destination-missing"
    )
    name = destination["LogDestination"].rsplit(":", 1)[1]
    account.client("s3", region).delete_bucket(Bucket=name)
    return made


# Published recipes that go wrong. Each is what the reader of the recipe ends up with.


@scenario
def recipe_trust_on_ec2(account, region):
    destination = cloudwatch(
        account, region, "/recipe/trust-on-ec2", role="recipe-trust-on-ec2", trusted="ec2.amazonaws.com", conditions=False
    )
    return with_vpc_flow_log(
        account, region, "recipe-trust-on-ec2", destination, "not-recorded", "none", "role-not-assumable"
    )


@scenario
def recipe_policy_on_group(account, region):
    """The delivery policy is put on an IAM group of users, and the role has none."""
    iam = account.client("iam")
    iam.create_group(GroupName="flow-logs")
    iam.put_group_policy(GroupName="flow-logs", PolicyName="delivery", PolicyDocument=document(allow(LOG_ACTIONS)))
    destination = cloudwatch(account, region, "/recipe/policy-on-group", role="recipe-policy-on-group", statements=[])
    return with_vpc_flow_log(
        account, region, "recipe-policy-on-group", destination, "not-recorded", "none", "role-lacks-permission"
    )


@scenario
def recipe_missing_managed_policy(account, region):
    """The recipe attaches a managed policy that AWS never had; the error is overlooked."""
    destination = cloudwatch(
        account, region, "/recipe/missing-managed-policy", role="recipe-missing-managed-policy", statements=[]
    )
    iam = account.client("iam")
    try:
        iam.attach_role_policy(
            RoleName="recipe-missing-managed-policy",
            PolicyArn="arn:aws:iam::aws:policy/service-role/VPCFlowLogsRole",
        )
    except iam.exceptions.NoSuchEntityException:
        pass  # what AWS and moto say; MiniStack attaches it
    return with_vpc_flow_log(
        account, region, "recipe-missing-managed-policy", destination, "not-recorded", "none", "role-lacks-permission"
    )


@scenario
def recipe_one_group_for_all(account, region):
    destination = cloudwatch(account, region, "/recipe/vpc-flow-logs")
    vpcs = [Vpc(account, region, f"recipe-one-group-{number}") for number in (1, 2, 3)]
    for vpc in vpcs:
        vpc.record(**destination)
    return [expect(vpc, "recorded", "vpc", "destination-shared") for vpc in vpcs]


@scenario
def recipe_no_retention(account, region):
    destination = cloudwatch(account, region, "/recipe/no-retention", retention=None)
    return with_vpc_flow_log(
        account, region, "recipe-no-retention", destination, "recorded", "vpc", "retention-out-of-policy"
    )


@scenario
def recipe_arn_without_star(account, region):
    """The policy names the log group without `:*`, which covers none of its streams."""
    group = f"arn:aws:logs:{region}:{account.id}:log-group:/recipe/arn-without-star"
    destination = cloudwatch(
        account, region, "/recipe/arn-without-star", role="recipe-arn-without-star", statements=[allow(LOG_ACTIONS, group)]
    )
    return with_vpc_flow_log(
        account, region, "recipe-arn-without-star", destination, "not-recorded", "none", "role-lacks-permission"
    )
