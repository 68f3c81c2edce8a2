"""Calls AWS API operations with the credentials and the endpoint of the environment.

    python call.py REGION SERVICE OPERATION PARAMETERS
    python call.py < LINES

SERVICE and OPERATION as boto3 spells them, PARAMETERS a JSON object, in which {"$hex": "00ff"} stands for bytes. Prints
{"ok": …} or {"error": {"code": …, "message": …, "status": …}}. Without arguments, each line of
standard input is a JSON list of the four, and each is answered with a line.
"""

import argparse
import json
import sys

import boto3
from botocore.config import Config
from botocore.exceptions import ClientError

CLIENTS = {}


def client(service, region):
    if (service, region) not in CLIENTS:
        config = Config(retries={"total_max_attempts": 1}, s3={"addressing_style": "path"})
        CLIENTS[service, region] = boto3.client(service, region_name=region, config=config)
    return CLIENTS[service, region]


def with_bytes(value):
    if isinstance(value, dict) and set(value) == {"$hex"}:
        return bytes.fromhex(value["$hex"])
    return value


def call(region, service, operation, parameters):
    parameters = {name: with_bytes(value) for name, value in parameters.items()}
    try:
        answer = getattr(client(service, region), operation)(**parameters)
        answer.pop("ResponseMetadata", None)
        return {"ok": answer}
    except ClientError as error:
        details = error.response.get("Error", {})
        status = error.response["ResponseMetadata"]["HTTPStatusCode"]
        return {"error": {"code": details.get("Code"), "message": details.get("Message"), "status": status}}


def main():
    if len(sys.argv) == 1:
        for line in sys.stdin:
            print(json.dumps(call(*json.loads(line)), default=str), flush=True)
        return
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    for name in ("region", "service", "operation", "parameters"):
        arguments.add_argument(name)
    chosen = arguments.parse_args()
    print(json.dumps(call(chosen.region, chosen.service, chosen.operation, json.loads(chosen.parameters)), default=str))


if __name__ == "__main__":
    main()
