"""Makes of every text object the Parquet object that AWS would have delivered in its place.

AWS writes gzip-compressed pages, underscored names, INT32, INT64 and STRING columns, one small
file for each small text file (VPC user guide, "Flow log files").
"""

import sys
from multiprocessing import Pool
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as csv
import pyarrow.parquet as parquet

from common import COLUMNS, ENDINGS, THREADS

TEXT, PARQUET = map(Path, sys.argv[1:])


def convert(path):
    names = list(COLUMNS)
    table = csv.read_csv(
        path,
        read_options=csv.ReadOptions(column_names=names, skip_rows=1, use_threads=False),
        parse_options=csv.ParseOptions(delimiter=" ", quote_char=False),
        convert_options=csv.ConvertOptions(
            column_types={name: getattr(pa, kind)() for name, kind in COLUMNS.items()},
            null_values=["-"],
            strings_can_be_null=True,
        ),
    )
    target = PARQUET / path.relative_to(TEXT)
    target = target.with_name(target.name.replace(ENDINGS["text"], ENDINGS["parquet"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    parquet.write_table(table, target, compression="gzip", compression_level=6)
    return table.num_rows


if __name__ == "__main__":
    pa.set_cpu_count(1)
    with Pool(THREADS) as pool:
        paths = sorted(TEXT.rglob("*" + ENDINGS["text"]))
        print(sum(pool.imap_unordered(convert, paths, chunksize=4)), "records")
