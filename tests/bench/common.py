"""What the comparators share: the columns, the command line, the form of the answer."""

import sys
from pathlib import Path

THREADS = 2

# Names and types as in AWS's Parquet.
COLUMNS = {
    "version": "int32",
    "account_id": "string",
    "interface_id": "string",
    "srcaddr": "string",
    "dstaddr": "string",
    "srcport": "int32",
    "dstport": "int32",
    "protocol": "int32",
    "packets": "int64",
    "bytes": "int64",
    "start": "int64",
    "end": "int64",
    "action": "string",
    "log_status": "string",
}

ENDINGS = {"text": ".log.gz", "parquet": ".log.parquet"}


def arguments():
    """The question's SQL file, the form of the files, and a pattern that matches them."""
    question, form, folder = sys.argv[1:]
    return Path(question), form, f"{folder}/**/*{ENDINGS[form]}"


def answer(rows):
    """Writes one row a line, apart by tabs."""
    for row in rows:
        print("\t".join("" if value is None else str(value) for value in row))
