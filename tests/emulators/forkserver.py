"""Runs the other scripts of this folder as forks of one process, which has imported what they need: moto's EC2 and
boto3's models take a second and a half of processor time, which each test would pay anew.

    python forkserver.py

Prints `ready PATH`, the path of a Unix socket, and ends with its standard input. Each connection runs one script. It begins with
two blocks, each its length as four bytes (big-endian) and so many bytes. The first has texts with a zero byte between them: the way, the
script, how many arguments it has, these, and NAME=VALUE for its environment. The second is for the script's standard input.

    talk   the connection is the script's standard input and output, until either side closes it
    run    the answer is the script's exit status, its standard output and its standard error, with a zero byte between
"""

import contextlib
import importlib
import io
import os
import runpy
import select
import shutil
import signal
import socket
import struct
import sys
import tempfile
import traceback

FOLDER = os.path.dirname(os.path.abspath(__file__))


def import_boto3():
    # The session keeps what it has read of the caller's configuration: there must be none.
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    import boto3

    for service in ("ec2", "iam", "sts", "logs", "s3"):
        boto3.client(service, region_name="us-east-1", aws_access_key_id="none", aws_secret_access_key="none")


def import_moto():
    from moto.moto_server.werkzeug_app import create_backend_app

    for service in ("ec2", "iam", "sts", "logs", "s3", "organizations", "cloudwatch"):
        create_backend_app(service)


def import_cfnlint():
    importlib.import_module("cfnlint.api")


# What is imported before the first run of a script. MiniStack is not: it reads its settings while it is imported.
NEEDS = {
    ("serve.py", "moto"): import_moto,
    ("call.py", None): import_boto3,
    ("seed_moto.py", None): import_boto3,
    ("seed_ministack.py", None): import_boto3,
    ("templates.py", "cloudformation"): import_cfnlint,
}


def exactly(connection, count):
    data = b""
    while len(data) < count:
        more = connection.recv(count - len(data))
        if not more:
            raise EOFError("the request is cut")
        data += more
    return data


def block(connection):
    (length,) = struct.unpack(">I", exactly(connection, 4))
    return exactly(connection, length)


def prepare(script, arguments, prepared):
    first = arguments[0] if arguments else None
    need = NEEDS.get((script, first), NEEDS.get((script, None)))
    if need and need not in prepared:
        prepared.add(need)
        need()


def execute(script, arguments):
    """The exit status of the script."""
    sys.argv = [os.path.join(FOLDER, script), *arguments]
    try:
        runpy.run_path(sys.argv[0], run_name="__main__")
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def run(connection, script, arguments, given):
    sys.stdin = io.StringIO(given.decode())
    said, complained = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(said), contextlib.redirect_stderr(complained):
        status = execute(script, arguments)
    connection.sendall("\0".join([str(status), said.getvalue(), complained.getvalue()]).encode())


def talk(connection, script, arguments):
    os.dup2(connection.fileno(), 0)
    os.dup2(connection.fileno(), 1)
    connection.close()
    sys.stdin, sys.stdout = open(0), open(1, "w", buffering=1)
    execute(script, arguments)
    sys.stdout.flush()


def child(connection, request, given):
    way, script, count, *rest = request.decode().split("\0")
    arguments, environment = rest[: int(count)], rest[int(count) :]
    os.environ.update(setting.split("=", 1) for setting in environment)
    if way == "run":
        run(connection, script, arguments, given)
    else:
        talk(connection, script, arguments)


def serve(connection, listener, prepared):
    request, given = block(connection), block(connection)
    _, script, count, *rest = request.decode().split("\0")
    prepare(script, rest[: int(count)], prepared)
    if os.fork():
        return
    # From here on it is the script's process, which must not come back.
    try:
        listener.close()
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        child(connection, request, given)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        sys.stderr.flush()
        os._exit(1)


def main():
    # Children that have ended leave nothing behind.
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    folder = tempfile.mkdtemp(prefix="emulators-")
    path = os.path.join(folder, "socket")
    prepared = set()
    try:
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen(64)
            print(f"ready {path}", flush=True)
            while True:
                # One thread only: a fork of several can hang on what another held.
                ready, _, _ = select.select([listener, 0], [], [])
                if 0 in ready and not os.read(0, 4096):
                    return
                if listener in ready:
                    connection, _ = listener.accept()
                    with connection:
                        try:
                            serve(connection, listener, prepared)
                        except Exception:
                            traceback.print_exc()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
