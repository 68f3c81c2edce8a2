"""Answers a question with polars, in its own expressions."""

import os

from common import COLUMNS, THREADS, answer, arguments

# Read when polars is imported.
os.environ["POLARS_MAX_THREADS"] = str(THREADS)

import polars as pl  # noqa: E402

NEEDLE = "198.51.100.99"


def talkers(records):
    grouped = records.group_by("srcaddr").agg(pl.col("bytes").sum().alias("sent"), pl.len())
    return grouped.sort(["sent", "srcaddr"], descending=[True, False]).head(10)


def rejected(records):
    return records.filter(pl.col("action") == "REJECT").group_by("dstport").len()


def scans(records):
    replies = pl.col("srcport") < pl.col("dstport")
    oriented = records.filter(pl.col("srcaddr").is_not_null()).select(
        client=pl.when(replies).then("dstaddr").otherwise("srcaddr"),
        server=pl.when(replies).then("srcaddr").otherwise("dstaddr"),
        port=pl.when(replies).then("srcport").otherwise("dstport"),
    )
    pairs = oriented.group_by("client", "server").agg(pl.col("port").n_unique())
    return pairs.filter(pl.col("port") > 100)


def needle(records):
    return records.filter((pl.col("srcaddr") == NEEDLE) | (pl.col("dstaddr") == NEEDLE))


TYPES = {"int32": pl.Int32, "int64": pl.Int64, "string": pl.String}
QUESTIONS = {"talkers": talkers, "rejected": rejected, "scans": scans, "needle": needle}

question, form, pattern = arguments()
if form == "text":
    dashed = {name: name.replace("_", "-") for name in COLUMNS}
    schema = {dashed[name]: TYPES[kind] for name, kind in COLUMNS.items()}
    text = pl.scan_csv(pattern, separator=" ", null_values="-", quote_char=None, schema=schema)
    records = text.rename({dashed[name]: name for name in COLUMNS})
else:
    records = pl.scan_parquet(pattern)
answer(QUESTIONS[question.stem](records).collect(engine="streaming").rows())
