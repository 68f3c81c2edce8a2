"""Reads flow logs from S3 as an emulator serves it, and shows whether fetching and reading overlap.

usage: s3.py --binary FLOWCOVER --objects DIRECTORY [--count N] [--latency MS] [--runs N]

The first N objects below DIRECTORY are put into a bucket of moto, in front of which a server on loopback passes each request on after LATENCY
milliseconds, as a bucket some way off would. Three things are timed, each in a process of its own:

    fetched   the objects alone, as many side by side as flowcover fetches, by threads of this script
    read      the same question on the same objects as local files
    both      the question on the bucket

If nothing overlapped, both would take what fetched and read take together.
"""

import argparse
import concurrent.futures
import http.client
import http.server
import os
import pathlib
import socketserver
import statistics
import subprocess
import sys
import threading
import time

QUESTION = "select srcaddr, sum(bytes) b, count(*) n from records group by 1 order by b desc, 1 limit 10"
BUCKET = "flow-logs"
# What flowcover fetches at once for each of two partitions (`Ahead` of S3, crates/flowcover/src/source/mod.rs).
AT_ONCE = 16


class Delayed(http.server.BaseHTTPRequestHandler):
    """Passes a request on to the emulator, later."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    wbufsize = -1

    def pass_on(self):
        time.sleep(self.server.latency)
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        upstream = http.client.HTTPConnection("127.0.0.1", self.server.port)
        upstream.request(self.command, self.path, body, dict(self.headers))
        answer = upstream.getresponse()
        data = answer.read()
        self.send_response_only(answer.status)
        for name, value in answer.getheaders():
            if name.lower() not in ("content-length", "transfer-encoding", "connection"):
                self.send_header(name, value)
        # The answer to HEAD has the length of what it does not have.
        length = answer.getheader("Content-Length", "0") if self.command == "HEAD" else len(data)
        self.send_header("Content-Length", str(length))
        self.end_headers()
        self.wfile.write(data)
        upstream.close()

    do_GET = do_HEAD = do_POST = do_PUT = pass_on

    def log_message(self, *_):
        pass


class Proxy(socketserver.ThreadingMixIn, http.server.HTTPServer):
    daemon_threads = True


def start_moto():
    script = pathlib.Path(__file__).parent.parent / "emulators" / "serve.py"
    process = subprocess.Popen(
        [sys.executable, script, "moto"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    return process, int(process.stdout.readline().split()[1])


def timed(action):
    started = time.perf_counter()
    answer = action()
    return time.perf_counter() - started, answer


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--binary", required=True)
    arguments.add_argument("--objects", required=True, type=pathlib.Path)
    arguments.add_argument("--count", type=int, default=200)
    arguments.add_argument("--latency", type=float, default=50)
    arguments.add_argument("--runs", type=int, default=3)
    chosen = arguments.parse_args()
    paths = sorted(chosen.objects.rglob("*.log.gz"))[: chosen.count]
    if not paths:
        sys.exit(f"error: no .log.gz below {chosen.objects}")
    moto, port = start_moto()
    proxy = Proxy(("127.0.0.1", 0), Delayed)
    proxy.port, proxy.latency = port, 0.0
    threading.Thread(target=proxy.serve_forever, daemon=True).start()
    endpoint = f"http://127.0.0.1:{proxy.server_port}"
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= {
        "AWS_ACCESS_KEY_ID": "none",
        "AWS_SECRET_ACCESS_KEY": "none",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": endpoint,
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    keys = ["/".join(path.parts[path.parts.index("AWSLogs") :]) for path in paths]

    def request(method, key, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", proxy.server_port)
        # moto looks at the signature no further than for the account and the region.
        scope = "none/20260101/us-east-1/s3/aws4_request"
        headers = {"Authorization": f"AWS4-HMAC-SHA256 Credential={scope}, SignedHeaders=host, Signature=0"}
        connection.request(method, f"/{BUCKET}/{key}", body, headers)
        answer = connection.getresponse()
        data = answer.read()
        connection.close()
        if answer.status != 200:
            sys.exit(f"error: {method} {key}: {answer.status} {data[:200]}")
        return len(data)

    def run(*where):
        command = [chosen.binary, "query", QUESTION, *where, "--format", "csv"]
        done = subprocess.run(command, env=environment, capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"error: {command}: {done.stderr}")
        return done.stdout

    def fetch():
        with concurrent.futures.ThreadPoolExecutor(AT_ONCE * 2) as pool:
            return sum(pool.map(lambda key: request("GET", key), keys))

    try:
        request("PUT", "")
        for key, path in zip(keys, paths):
            request("PUT", key, path.read_bytes())
        proxy.latency = chosen.latency / 1000
        figures = {"fetched": [], "read": [], "both": []}
        for _ in range(chosen.runs):
            seconds, fetched = timed(fetch)
            figures["fetched"].append(seconds)
            seconds, local = timed(lambda: run(*map(str, paths)))
            figures["read"].append(seconds)
            seconds, remote = timed(lambda: run(f"s3://{BUCKET}/AWSLogs/"))
            figures["both"].append(seconds)
            if local != remote:
                sys.exit(f"error: the answers differ:\n{local}\n{remote}")
    finally:
        moto.stdin.close()
        moto.wait()
    medians = {name: statistics.median(values) for name, values in figures.items()}
    together = medians["fetched"] + medians["read"]
    print(f"{len(paths)} objects, {fetched / 1e6:.0f} MB, {chosen.latency:.0f} ms a request, medians of {chosen.runs} runs, answers equal\n")
    print("| fetched | read | one after the other | both |\n| --: | --: | --: | --: |")
    print(f"| {medians['fetched']:.2f} s | {medians['read']:.2f} s | {together:.2f} s | {medians['both']:.2f} s |")


if __name__ == "__main__":
    main()
