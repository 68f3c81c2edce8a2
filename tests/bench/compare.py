"""Answers queries with DuckDB or chDB, for the tests that compare flowcover with them.

usage: compare.py duckdb|chdb FOLDER < QUERIES

QUERIES is a JSON array of texts. Their table `records` is every gzip object below FOLDER; its columns are
those of the header line, which must be the same in all. Writes a JSON array: for each query its rows, each
an array of texts, null for NULL.
"""

import gzip
import json
import sys
from pathlib import Path

INT32 = {"version", "srcport", "dstport", "protocol", "tcp_flags", "traffic_path"}
INT64 = {"packets", "bytes", "start", "end"}


def columns(folder):
    headers = set()
    for path in sorted(Path(folder).glob("**/*.log.gz")):
        with gzip.open(path, "rt") as lines:
            headers.add(lines.readline().strip())
    (header,) = headers
    return [name.replace("-", "_") for name in header.split(" ")]


def kind(name, int32, int64, text):
    return int32 if name in INT32 else int64 if name in INT64 else text


def with_duckdb(queries, pattern, names):
    import duckdb

    connection = duckdb.connect(config={"threads": 2})
    listed = ", ".join(f"'{name}': '{kind(name, 'INTEGER', 'BIGINT', 'VARCHAR')}'" for name in names)
    connection.execute(
        f"create view records as select * from read_csv('{pattern}', delim = ' ', header = true, "
        f"nullstr = '-', auto_detect = false, quote = '', escape = '', columns = {{{listed}}})"
    )
    for query in queries:
        rows = connection.execute(query).fetchall()
        yield [[None if value is None else str(value) for value in row] for row in rows]


def with_chdb(queries, pattern, names):
    import chdb

    listed = ", ".join(f"{name} Nullable({kind(name, 'Int32', 'Int64', 'String')})" for name in names)
    for query in queries:
        sql = (
            f"with records as (select * from file('{pattern}', 'CustomSeparatedWithNames', '{listed}')) {query} "
            "settings max_threads = 2, input_format_with_names_use_header = 0, format_custom_field_delimiter = ' ', "
            "format_custom_escaping_rule = 'CSV', format_csv_null_representation = '-', "
            "prefer_column_name_to_alias = 0, output_format_json_quote_64bit_integers = 0"
        )
        answer = chdb.query(sql, "JSONCompactEachRow").data()
        rows = [json.loads(line) for line in answer.splitlines()]
        yield [[None if value is None else str(value) for value in row] for row in rows]


engine, folder = sys.argv[1:]
ask = {"duckdb": with_duckdb, "chdb": with_chdb}[engine]
json.dump(list(ask(json.load(sys.stdin), f"{folder}/**/*.log.gz", columns(folder))), sys.stdout)
