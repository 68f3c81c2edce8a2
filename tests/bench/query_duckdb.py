"""Answers a question with DuckDB."""

import duckdb

from common import COLUMNS, THREADS, answer, arguments

TYPES = {"int32": "INTEGER", "int64": "BIGINT", "string": "VARCHAR"}

question, form, pattern = arguments()
connection = duckdb.connect(config={"threads": THREADS})
if form == "text":
    columns = ", ".join(f"'{name}': '{TYPES[kind]}'" for name, kind in COLUMNS.items())
    source = (
        f"read_csv('{pattern}', delim = ' ', header = true, nullstr = '-', "
        f"auto_detect = false, quote = '', escape = '', columns = {{{columns}}})"
    )
else:
    source = f"read_parquet('{pattern}')"
connection.execute(f"create view records as select * from {source}")
answer(connection.execute(question.read_text()).fetchall())
