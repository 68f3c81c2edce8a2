"""Measures what all detections cost beside one oriented query, and how time and memory grow.

usage: detect_speed.py --binary FLOWCOVER --write BENCH-READ --work DIR [--records N,N,...] [--runs N]

Writes simulated flow logs (crates/traffic, gzip text) of each size, once, and runs both in turn. Times are of the wall, medians; memory is
the largest resident set.
"""

import argparse
import os
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


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name in ["binary", "write", "work"]:
        parser.add_argument(f"--{name}", type=Path, required=True)
    parser.add_argument("--records", default="1000000,10000000,100000000")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--memory", type=int, default=512, help="MiB for flowcover")
    options = parser.parse_args()
    options.work.mkdir(parents=True, exist_ok=True)
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
