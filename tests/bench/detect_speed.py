"""Measures what all detections cost beside one oriented query, and how time and memory grow.

usage: detect_speed.py --binary FLOWCOVER --write BENCH-READ --work DIR [--records N,N,...] [--runs N] [--hostile]

Writes simulated flow logs (crates/traffic, gzip text) of each size, once, and runs both in turn. Times are of the wall, medians; memory is
the largest resident set. With --hostile, the records are made to be unlike each other instead: nearly every one has a client, a server or a
port of its own.
"""

import argparse
import gzip
import json
import os
import random
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ORIENTED = "select client_addr, server_addr, count(distinct server_port) from flows group by client_addr, server_addr"


def run(command, output):
    """Seconds, and MiB."""
    before = time.monotonic()
    process = subprocess.Popen(list(map(str, command)), stdout=output, stderr=subprocess.DEVNULL)
    _, status, usage = os.wait4(process.pid, 0)
    took = time.monotonic() - before
    if os.waitstatus_to_exitcode(status) not in (0, 1):
        sys.exit(f"{' '.join(map(str, command))}: exit {os.waitstatus_to_exitcode(status)}")
    return took, usage.ru_maxrss / 1024


def folder(options, records):
    path = options.work / f"speed-{records}"
    if not (path / "complete").exists():
        shutil.rmtree(path, ignore_errors=True)
        subprocess.run([options.write, "write", path / "text", "--records", str(records)], check=True, stdout=subprocess.DEVNULL)
        (path / "complete").touch()
    return path / "text" / "AWSLogs"


def address(chance):
    return f"{chance.randrange(1, 10)}.{chance.randrange(256)}.{chance.randrange(256)}.{chance.randrange(256)}"


def hostile_ends(chance, number):
    """Client, server, port and action: a flood, a sweep, a scan by many, and calls to everywhere."""
    inside = f"10.0.{chance.randrange(16)}.{chance.randrange(256)}"
    match number % 4:
        case 0:
            return address(chance), "10.0.0.5", 443, "ACCEPT"
        case 1:
            return address(chance), f"10.0.{chance.randrange(256)}.{chance.randrange(256)}", 22, "REJECT"
        case 2:
            return address(chance), "10.0.0.6", chance.randrange(1, 60_000), "REJECT"
        case _:
            return inside, address(chance), 443, "ACCEPT"


def hostile(options, records):
    path = options.work / f"hostile-{records}.log.gz"
    if not path.exists():
        chance, begin = random.Random(7), 1_763_700_000
        draft = path.with_suffix(".part")
        with gzip.open(draft, "wt", compresslevel=1) as file:
            file.write("version account-id interface-id srcaddr dstaddr srcport dstport protocol packets bytes start end action log-status\n")
            for number in range(records):
                client, server, port, action = hostile_ends(chance, number)
                start = begin + number // 3_000
                file.write(
                    f"2 123456789012 eni-0a1b2c3d4e5f60718 {client} {server} {chance.randrange(32_768, 61_000)} {port} 6 3 180 "
                    f"{start} {start + 50} {action} OK\n"
                )
        draft.rename(path)
    return path


def main_hostile(options):
    print("| records | all detections | MiB | findings | said to be approximate |\n|---|---|---|---|---|")
    for records in map(int, options.records.split(",")):
        path = hostile(options, records)
        with tempfile.TemporaryFile() as output:
            command = [options.binary, "detect", path, "--format", "json", "--quiet", "--memory", options.memory]
            took, memory = run(command, output)
            output.seek(0)
            findings = json.load(output)["findings"]
        approximate = sum(1 for finding in findings if finding["approximate"])
        print(f"| {records:,} | {took:.2f} s | {memory:.0f} | {len(findings)} | {approximate} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["binary", "write", "work"]:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--records", default="1000000,10000000,100000000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--hostile", action="store_true", help="records that are unlike each other")
    parser.add_argument("--memory", type=int, default=512, help="MiB for flowcover")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
    if options.hostile:
        return main_hostile(options)
    print("| records | oriented query | MiB | all detections | MiB | ratio |\n|---|---|---|---|---|---|")
    for records in map(int, options.records.split(",")):
        text = folder(options, records)
        tasks = {
            "query": ["query", ORIENTED, text, "--format", "parquet"],
            "detect": ["detect", text, "--format", "json"],
        }
        seen = {name: [] for name in tasks}
        for _ in range(options.runs):
            for name, arguments in tasks.items():
                with tempfile.TemporaryFile() as output:
                    command = [options.binary, *arguments, "--quiet", "--memory", options.memory]
                    seen[name].append(run(command, output))
        (query, query_memory), (detect, detect_memory) = (
            (statistics.median(took for took, _ in seen[name]), max(memory for _, memory in seen[name])) for name in tasks
        )
        print(f"| {records:,} | {query:.2f} s | {query_memory:.0f} | {detect:.2f} s | {detect_memory:.0f} | {detect / query:.2f} × |", flush=True)


if __name__ == "__main__":
    main()
