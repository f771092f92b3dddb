"""Tables on disk: Parquet files that hold their own checksum."""

import hashlib
import re
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nrg.storage import UNWRITTEN, damaged, replaced

if TYPE_CHECKING:
    import pyarrow as pa

SEAL = "sha256={}".format
SEALED = re.compile(SEAL("([0-9a-f]{64})").encode())


def write_frame(frame: pd.DataFrame, path: str | Path, schema: "pa.Schema | None" = None) -> None:
    """Write a table, without its index; with a schema, that one's columns in its types.

    Among the file's own metadata stands the SHA-256 of the file, taken with zeros in its place.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = frame if schema is None else frame[schema.names]
    table = pa.Table.from_pandas(columns, schema, preserve_index=False)
    buffer = BytesIO()
    with pq.ParquetWriter(buffer, table.schema) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"checksum": SEAL(UNWRITTEN)})
    data = buffer.getvalue()
    seal = SEAL(hashlib.sha256(data).hexdigest()).encode()
    with replaced(path) as part:
        part.write_bytes(data.replace(SEAL(UNWRITTEN).encode(), seal))


def read_frame(path: str | Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_frame` wrote, with pandas' options for Parquet.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    data = Path(path).read_bytes()
    seals = SEALED.findall(data)
    bare = SEALED.sub(SEAL(UNWRITTEN).encode(), data)
    if len(seals) != 1 or hashlib.sha256(bare).hexdigest().encode() != seals[0]:
        raise damaged(path, "its content does not have the checksum it was written with")
    return pd.read_parquet(BytesIO(data), **options)
