"""One AWS account as seeds use it: clients by region, and the pieces that flow logs need."""

import json

import boto3
from botocore.config import Config

DELIVERY = "vpc-flow-logs.amazonaws.com"
# One that moto knows.
IMAGE = "ami-12c6146b"
LOG_ACTIONS = [
    "logs:CreateLogStream",
    "logs:PutLogEvents",
    "logs:DescribeLogGroups",
    "logs:DescribeLogStreams",
]


def document(*statements):
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(actions, resources="*", **more):
    return {"Effect": "Allow", "Action": actions, "Resource": resources, **more}


class Account:
    """Clients of one account, and what is made with them."""

    def __init__(self, endpoint, access_key, secret_key="secret", token=None):
        self.endpoint = endpoint
        self.keys = {
            "aws_access_key_id": access_key,
            "aws_secret_access_key": secret_key,
            "aws_session_token": token,
        }
        self.clients = {}
        self.id = self.client("sts", "us-east-1").get_caller_identity()["Account"]

    def client(self, service, region="us-east-1"):
        key = (service, region)
        if key not in self.clients:
            config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
            self.clients[key] = boto3.client(
                service, endpoint_url=self.endpoint, region_name=region, config=config, **self.keys
            )
        return self.clients[key]

    def delete_default_vpcs(self, regions):
        """Takes the default VPCs away: an audit would find one without flow log in every region."""
        for region in regions:
            ec2 = self.client("ec2", region)
            for vpc in ec2.describe_vpcs(Filters=[{"Name": "is-default", "Values": ["true"]}])["Vpcs"]:
                mine = [{"Name": "vpc-id", "Values": [vpc["VpcId"]]}]
                for subnet in ec2.describe_subnets(Filters=mine)["Subnets"]:
                    ec2.delete_subnet(SubnetId=subnet["SubnetId"])
                for gateway in ec2.describe_internet_gateways(
                    Filters=[{"Name": "attachment.vpc-id", "Values": [vpc["VpcId"]]}]
                )["InternetGateways"]:
                    gateway_id = gateway["InternetGatewayId"]
                    ec2.detach_internet_gateway(InternetGatewayId=gateway_id, VpcId=vpc["VpcId"])
                    ec2.delete_internet_gateway(InternetGatewayId=gateway_id)
                ec2.delete_vpc(VpcId=vpc["VpcId"])

    def role(self, name, trusted=DELIVERY, statements=None, conditions=True):
        """A role for the delivery service, or one that goes wrong; made once for each name."""
        iam = self.client("iam")
        try:
            return iam.get_role(RoleName=name)["Role"]["Arn"]
        except iam.exceptions.NoSuchEntityException:
            pass
        trust = {"Effect": "Allow", "Principal": {"Service": trusted}, "Action": "sts:AssumeRole"}
        if conditions:
            trust["Condition"] = {
                "StringEquals": {"aws:SourceAccount": self.id},
                "ArnLike": {"aws:SourceArn": f"arn:aws:ec2:*:{self.id}:vpc-flow-log/*"},
            }
        role = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document(trust))["Role"]
        if statements is None:
            statements = [allow(LOG_ACTIONS)]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="delivery", PolicyDocument=document(*statements))
        return role["Arn"]

    def log_group(self, region, name, retention=365):
        logs = self.client("logs", region)
        logs.create_log_group(logGroupName=name)
        if retention:
            logs.put_retention_policy(logGroupName=name, retentionInDays=retention)
        return f"arn:aws:logs:{region}:{self.id}:log-group:{name}"

    def bucket(self, region, name, policy="good"):
        """A bucket whose policy is `good` (what AWS documents for delivery), `deny`, or `none`."""
        s3 = self.client("s3", region)
        where = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
        s3.create_bucket(Bucket=name, **where)
        s3.put_public_access_block(
            Bucket=name,
            PublicAccessBlockConfiguration={
                "BlockPublicAcls": True,
                "IgnorePublicAcls": True,
                "BlockPublicPolicy": True,
                "RestrictPublicBuckets": True,
            },
        )
        s3.put_bucket_encryption(
            Bucket=name,
            ServerSideEncryptionConfiguration={
                "Rules": [{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}}]
            },
        )
        s3.put_bucket_lifecycle_configuration(
            Bucket=name,
            LifecycleConfiguration={
                "Rules": [
                    {"ID": "retention", "Status": "Enabled", "Filter": {"Prefix": ""}, "Expiration": {"Days": 365}}
                ]
            },
        )
        if policy != "none":
            s3.put_bucket_policy(Bucket=name, Policy=document(*self.delivery_statements(name, policy)))
        return f"arn:aws:s3:::{name}"

    def delivery_statements(self, bucket, policy):
        service = {"Principal": {"Service": "delivery.logs.amazonaws.com"}}
        source = {"StringEquals": {"aws:SourceAccount": self.id}, "ArnLike": {"aws:SourceArn": f"arn:aws:logs:*:{self.id}:*"}}
        written = {**source, "StringEquals": {**source["StringEquals"], "s3:x-amz-acl": "bucket-owner-full-control"}}
        objects = f"arn:aws:s3:::{bucket}/AWSLogs/{self.id}/*"
        statements = [
            allow("s3:PutObject", objects, Sid="AWSLogDeliveryWrite", Condition=written, **service),
            allow(
                ["s3:GetBucketAcl", "s3:ListBucket"],
                f"arn:aws:s3:::{bucket}",
                Sid="AWSLogDeliveryAclCheck",
                Condition=source,
                **service,
            ),
        ]
        if policy == "deny":
            statements.append(
                {**allow("s3:PutObject", f"arn:aws:s3:::{bucket}/*", Sid="NoWrites", **service), "Effect": "Deny"}
            )
        return statements


class Vpc:
    """One VPC with subnets and interfaces, and the flow logs made for it."""

    networks = 0

    def __init__(self, account, region, name, subnets=1, interfaces=True):
        self.account, self.region = account, region
        self.ec2 = account.client("ec2", region)
        Vpc.networks += 1
        second, third = divmod(Vpc.networks, 16)
        self.id = self.ec2.create_vpc(
            CidrBlock=f"10.{second % 256}.{third * 16}.0/20",
            TagSpecifications=[{"ResourceType": "vpc", "Tags": [{"Key": "Name", "Value": name}]}],
        )["Vpc"]["VpcId"]
        self.flow_logs = []
        self.subnets = [
            self.ec2.create_subnet(VpcId=self.id, CidrBlock=f"10.{second % 256}.{third * 16 + number}.0/24")["Subnet"][
                "SubnetId"
            ]
            for number in range(subnets)
        ]
        self.interfaces = [self.interface(subnet) for subnet in (self.subnets if interfaces else [])]

    def interface(self, subnet):
        """A network interface of an instance: one that is attached to nothing is not in use, and carries no traffic."""
        made = self.ec2.create_network_interface(SubnetId=subnet)["NetworkInterface"]["NetworkInterfaceId"]
        instance = self.ec2.run_instances(
            ImageId=IMAGE,
            MinCount=1,
            MaxCount=1,
            NetworkInterfaces=[{"NetworkInterfaceId": made, "DeviceIndex": 0}],
        )["Instances"][0]["InstanceId"]
        described = self.ec2.describe_network_interfaces(NetworkInterfaceIds=[made])["NetworkInterfaces"]
        if described[0]["Status"] != "in-use":
            # MiniStack takes no notice of the interfaces that RunInstances names.
            self.ec2.attach_network_interface(NetworkInterfaceId=made, InstanceId=instance, DeviceIndex=0)
        return made

    def record(self, resources=None, kind="VPC", traffic="ALL", **destination):
        """Makes flow logs with the arguments of CreateFlowLogs; fails if AWS would report one as not made."""
        made = self.ec2.create_flow_logs(
            ResourceIds=resources or [self.id], ResourceType=kind, TrafficType=traffic, **destination
        )
        if made.get("Unsuccessful"):
            raise RuntimeError(f"flow logs not made: {made['Unsuccessful']}")
        self.flow_logs += made["FlowLogIds"]
