"""Tables on disk: Parquet files that hold their own checksum."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nrg.base.storage import UNWRITTEN, damaged, replaced

if TYPE_CHECKING:
    import pyarrow as pa

SEAL = b"sha256="  # before the checksum
# Columns of text that users may choose, so that a model may be called 007, 1e3, NA or true.
NAMES = ("exhibit", "metric", "method", "source", "target", "model", "job", "attack", "family")


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a table of this project's from a .csv file; names stay the text that stands there."""
    names = dict.fromkeys(NAMES, "str")
    return pd.read_csv(path, dtype=names, keep_default_na=False, na_values=[""], encoding="utf-8")


def write_frame(frame: pd.DataFrame, path: str | Path, schema: "pa.Schema | None" = None) -> None:
    """Write a table, without its index; with a schema, that one's columns in its types.

    Among the file's own metadata stands the SHA-256 of the file, taken with zeros in its place.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = frame if schema is None else frame[schema.names]
    table = pa.Table.from_pandas(columns, schema, preserve_index=False)
    # Probabilities seldom repeat, and take less room without a dictionary.
    repeating = [f.name for f in table.schema if not pa.types.is_floating(f.type)]
    buffer = BytesIO()
    with pq.ParquetWriter(buffer, table.schema, use_dictionary=repeating) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"checksum": SEAL.decode() + UNWRITTEN})
    before, _, after = parts(buffer.getvalue())
    seal = seal_of(before, after)
    with replaced(path) as part:
        part.write_bytes(before + seal + after)


def read_frame(path: str | Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_frame` wrote, with pandas' options for Parquet.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    data = Path(path).read_bytes()
    before, seal, after = parts(data)
    if seal != seal_of(before, after):
        raise damaged(path, "its content does not have the checksum it was written with")
    return pd.read_parquet(BytesIO(data), **options)


def parts(data: bytes) -> tuple[bytes, bytes, bytes]:
    """A file before its checksum, that, and the rest."""
    start = data.rfind(SEAL) + len(SEAL)
    end = start + len(UNWRITTEN)
    return data[:start], data[start:end], data[end:]


def seal_of(before: bytes, after: bytes) -> bytes:
    """The SHA-256 of a file with zeros in place of its checksum."""
    digest = hashlib.sha256(before)
    digest.update(UNWRITTEN.encode())
    digest.update(after)
    return digest.hexdigest().encode()
