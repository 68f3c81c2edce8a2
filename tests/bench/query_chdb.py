"""Answers a question with chDB, which is ClickHouse as a library."""

import sys

import chdb

from common import COLUMNS, THREADS, arguments

TYPES = {"int32": "Nullable(Int32)", "int64": "Nullable(Int64)", "string": "Nullable(String)"}

question, form, pattern = arguments()
columns = ", ".join(f"{name} {TYPES[kind]}" for name, kind in COLUMNS.items())
kind = "CustomSeparatedWithNames" if form == "text" else "Parquet"
sql = f"""
with records as (select * from file('{pattern}', '{kind}', '{columns}'))
{question.read_text()}
settings max_threads = {THREADS}, input_format_with_names_use_header = 0,
    format_custom_field_delimiter = ' ', format_custom_escaping_rule = 'CSV',
    format_csv_null_representation = '-'
"""
sys.stdout.write(chdb.query(sql, "TabSeparated").data())
