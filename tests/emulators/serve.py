"""Runs one emulator on a free loopback port, until standard input ends.

    python serve.py moto [--managed-policies]
    python serve.py ministack

Prints `ready PORT` as soon as the emulator answers. The parent holds the other
end of standard input: when the parent goes, however it goes, so does this process.
"""

import argparse
import os
import shutil
import socket
import sys
import tempfile
import threading
import time

LOOPBACK = "127.0.0.1"


def exit_with_parent(scratch):
    def watch():
        while sys.stdin.buffer.read(4096):
            pass
        if scratch:
            shutil.rmtree(scratch, ignore_errors=True)
        os._exit(0)

    threading.Thread(target=watch, daemon=True).start()


def announce(port):
    print(f"ready {port}", flush=True)
    # Nobody reads on: what is printed from here must not fill the pipe.
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    if "FLOWCOVER_EMULATORS_LOG" not in os.environ:
        os.dup2(nowhere, sys.stderr.fileno())


def mend_moto():
    """Two calls that moto lacks, on what it keeps and tells of a log group anyway; see docs/emulators.md."""
    from moto.logs.exceptions import ResourceNotFoundException
    from moto.logs.responses import LogsResponse

    def set_key(self, key):
        name = self._get_param("logGroupName")
        if name not in self.logs_backend.groups:
            raise ResourceNotFoundException()
        self.logs_backend.groups[name].kms_key_id = key
        return ""

    LogsResponse.associate_kms_key = lambda self: set_key(self, self._get_param("kmsKeyId"))
    LogsResponse.disassociate_kms_key = lambda self: set_key(self, None)


def serve_moto(managed_policies):
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true" if managed_policies else "false"
    mend_moto()
    from moto.moto_server.werkzeug_app import (
        DomainDispatcherApplication,
        MotoRequestHandler,
        create_backend_app,
    )
    from werkzeug.serving import make_server

    application = DomainDispatcherApplication(create_backend_app)
    server = make_server(LOOPBACK, 0, application, True, request_handler=MotoRequestHandler)
    os.environ["MOTO_PORT"] = str(server.server_port)
    announce(server.server_port)
    server.serve_forever()


def free_port():
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        return probe.getsockname()[1]


def announce_when_listening(port):
    def wait():
        while True:
            with socket.socket() as probe:
                if probe.connect_ex((LOOPBACK, port)) == 0:
                    announce(port)
                    return
            time.sleep(0.02)

    threading.Thread(target=wait, daemon=True).start()


def mend_ministack():
    """Two answers that would be wrong in a way that no program could work with; see docs/emulators.md."""
    from ministack.services import ec2, iam

    # EC2 calls the type of a flow log's tags `vpc-flow-log`: those of `flow-log` alone would be kept.
    parse = ec2._parse_tag_specs

    def parse_tag_specs(params, resource_type, resource_id):
        parse(params, "vpc-flow-log" if resource_type == "flow-log" else resource_type, resource_id)

    ec2._parse_tag_specs = parse_tag_specs

    # It decides without the context keys that it is given, so that every condition fails: better no decision.
    simulate = iam._simulate_principal_policy

    def simulate_principal_policy(params):
        if any(name.startswith("ContextEntries.") for name in params):
            return iam._error(400, "InvalidInput", "context keys are not simulated", ns="iam")
        return simulate(params)

    for table in vars(iam).values():
        if isinstance(table, dict) and table.get("SimulatePrincipalPolicy") is simulate:
            table["SimulatePrincipalPolicy"] = simulate_principal_policy


def serve_ministack(scratch):
    port = free_port()
    os.environ["AUTH"] = "true"
    os.environ["BIND_HOST"] = LOOPBACK
    os.environ["GATEWAY_PORT"] = str(port)
    # Its MQTT broker listens on all addresses, whatever BIND_HOST says.
    os.environ["IOT_MTLS_ENABLED"] = "0"
    os.environ.setdefault("LOG_LEVEL", "WARNING")
    # Its pid file and its state must not meet another instance's.
    os.environ["TMPDIR"] = tempfile.tempdir = scratch
    os.environ["S3_DATA_DIR"] = os.path.join(scratch, "s3")
    announce_when_listening(port)
    mend_ministack()
    from ministack.app import main

    sys.argv = ["ministack"]
    main()


def main():
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("emulator", choices=["moto", "ministack"])
    arguments.add_argument(
        "--managed-policies",
        action="store_true",
        help="moto only: know the policies that AWS manages; each account then starts slowly",
    )
    chosen = arguments.parse_args()
    if chosen.emulator == "moto":
        exit_with_parent(None)
        serve_moto(chosen.managed_policies)
    else:
        scratch = tempfile.mkdtemp(prefix="ministack-")
        exit_with_parent(scratch)
        serve_ministack(scratch)


if __name__ == "__main__":
    main()
