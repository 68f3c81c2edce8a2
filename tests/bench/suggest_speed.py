"""Measures the time and the memory that suggesting rules of security groups takes, and whether two runs say the same.

usage: suggest_speed.py --binary FLOWCOVER --write BENCH-READ --work DIR [--records N,N,...] [--memory MIB]

Reads the simulated flow logs of detect_speed.py (written once into the same folder). Each interface that wrote records is in a group with seven others,
whose rules allow everything: all that is proposed comes from the flows. Seconds are of the wall and of the processors; memory is the largest
resident set.
"""

import argparse
import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from detect_speed import folder

# The address that most records of an interface have is its own.
OWN = """
with ends as (select interface_id, srcaddr a from records union all select interface_id, dstaddr from records),
counts as (select interface_id, a, count(*) n from ends where a is not null group by 1, 2)
select interface_id, first_value(a order by n desc, a) as address from counts group by 1 order by 1
"""
ANY = [{"cidr_ipv4": "0.0.0.0/0"}, {"cidr_ipv6": "::/0"}]


def interfaces(options, text):
    command = [options.binary, "query", OWN, text, "--format", "json", "--quiet"]
    answer = subprocess.run(list(map(str, command)), check=True, capture_output=True)
    return json.loads(answer.stdout)


def snapshot(rows):
    def complete(items):
        return {"state": "complete", "items": items}

    groups = {f"sg-{number // 8:08x}" for number in range(len(rows))}
    rules = [
        {"security_group_rule_id": f"sgr-{group[3:]}{egress:d}{at}", "group_id": group, "is_egress": egress, "ip_protocol": "-1", **peer}
        for group in sorted(groups)
        for egress in (False, True)
        for at, peer in enumerate(ANY)
    ]
    enis = [
        {
            "network_interface_id": row["interface_id"],
            "vpc_id": "vpc-1",
            "owner_id": "123456789012",
            "security_group_ids": [f"sg-{number // 8:08x}"],
            "private_ip_addresses": [{"private_ip_address": row["address"]}],
        }
        for number, row in enumerate(rows)
    ]
    return {
        "schema": "flowcover.inventory/1",
        "generator": "flowcover 0.1.0",
        "collected_at": "2026-11-01T00:00:00Z",
        "partition": "aws",
        "depth": "full",
        "proved": False,
        "organization": None,
        "accounts": [],
        "regions": [
            {
                "account_id": "123456789012",
                "region": "us-east-1",
                "status": "collected",
                "vpcs": complete([{"vpc_id": "vpc-1", "owner_id": "123456789012"}]),
                "network_interfaces": complete(enis),
                "security_groups": complete([{"group_id": group, "vpc_id": "vpc-1", "owner_id": "123456789012"} for group in sorted(groups)]),
                "security_group_rules": complete(rules),
            }
        ],
    }


def suggest(options, text, inventory):
    """Seconds of the wall and of processors, MiB, and what was said."""
    command = [options.binary, "suggest", "security-groups", text, "--inventory", inventory, "--format", "json", "--memory", options.memory]
    with tempfile.TemporaryFile() as output, tempfile.TemporaryFile() as said:
        before = time.monotonic()
        process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=said)
        _, status, usage = os.wait4(process.pid, 0)
        took = time.monotonic() - before
        said.seek(0)
        notes = said.read().decode()
        if os.waitstatus_to_exitcode(status) not in (0, 3):
            sys.exit(notes)
        output.seek(0)
        answer = output.read()
    spilled = "temporary file" in notes
    return took, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024, spilled, answer


def digest(answer):
    suggestion = json.loads(answer)
    suggestion.pop("generated_at", None)
    return hashlib.sha256(json.dumps(suggestion, sort_keys=True).encode()).hexdigest()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["binary", "write", "work"]:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--records", default="1000000,10000000")
    parser.add_argument("--memory", type=int, default=512, help="MiB for flowcover")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    print("| records | flows | groups | wall | processors | MiB | to a file | same twice |\n|---|---|---|---|---|---|---|---|")
    for records in map(int, options.records.split(",")):
        text = folder(options, records)
        inventory = options.work / f"suggest-{records}.json"
        inventory.write_text(json.dumps(snapshot(interfaces(options, text))))
        runs = [suggest(options, text, inventory) for _ in range(2)]
        first = json.loads(runs[0][4])
        same = "yes" if digest(runs[0][4]) == digest(runs[1][4]) else "no"
        wall, processors, memory = (min(run[at] for run in runs) if at < 2 else max(run[at] for run in runs) for at in range(3))
        spilled = "yes" if runs[0][3] else "no"
        print(
            f"| {records:,} | {first['flows']:,} | {len(first['groups'])} | {wall:.2f} s | {processors:.2f} s | {memory:.0f} | {spilled} | {same} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
