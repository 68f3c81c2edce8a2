"""Calls one AWS API operation with the credentials and the endpoint of the environment.

    python call.py REGION SERVICE OPERATION PARAMETERS

SERVICE and OPERATION as boto3 spells them, PARAMETERS a JSON object. Prints
{"ok": …} or {"error": {"code": …, "message": …, "status": …}}.
"""

import argparse
import json

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("region", "service", "operation", "parameters"):
        arguments.add_argument(name)
    chosen = arguments.parse_args()
    config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
    client = boto3.client(chosen.service, region_name=chosen.region, config=config)
    try:
        answer = getattr(client, chosen.operation)(**json.loads(chosen.parameters))
        answer.pop("ResponseMetadata", None)
        print(json.dumps({"ok": answer}, default=str))
    except ClientError as error:
        details = error.response.get("Error", {})
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        print(json.dumps({"error": {"code": details.get("Code"), "message": details.get("Message"), "status": status}}))


if __name__ == "__main__":
    main()
