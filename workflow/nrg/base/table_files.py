"""Table files: CSV, and Parquet files that hold their own checksum."""

import hashlib
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from nrg.base.files import CHECKSUM_PLACEHOLDER, DamagedFile, write_whole

if TYPE_CHECKING:
    import pyarrow as pa

TOP = [f"top{rank}" for rank in range(1, 6)]  # columns of predictions, as the next two
PROBABILITIES = ["top1_probability", "true_probability"]
CHECKSUM_PREFIX = b"sha256="
# Text columns whose values users may choose, so that a model may be called 007, 1e3, NA or true.
NAMES = ("exhibit", "metric", "method", "source", "target", "model", "job", "attack", "family")


def read_csv(path: str | Path | BytesIO) -> pd.DataFrame:
    """Read a CSV file of this project; columns of names stay the text that is in the file."""
    names = dict.fromkeys(NAMES, "str")
    return pd.read_csv(path, dtype=names, keep_default_na=False, na_values=[""], encoding="utf-8")


def write_csv(frame: pd.DataFrame, path: str | Path) -> None:
    """Write a table as CSV, without its index."""
    with write_whole(path) as part:
        frame.to_csv(part, index=False)


def write_parquet(frame: pd.DataFrame, path: str | Path, schema: "pa.Schema | None" = None) -> None:
    """Write a table without its index; a schema selects the columns and gives their types."""
    data = encode_parquet(frame, schema)
    with write_whole(path) as part:
        part.write_bytes(data)


def encode_parquet(frame: pd.DataFrame, schema: "pa.Schema | None" = None) -> bytes:
    """Encode a table as `write_parquet` writes it.

    The metadata at the end of the file hold the file's own SHA-256, computed with zeros in place
    of the checksum.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    columns = frame if schema is None else frame[schema.names]
    table = pa.Table.from_pandas(columns, schema, preserve_index=False)
    # Probabilities seldom repeat, so they take less space without a dictionary.
    repeating = [f.name for f in table.schema if not pa.types.is_floating(f.type)]
    buffer = BytesIO()
    with pq.ParquetWriter(buffer, table.schema, use_dictionary=repeating) as writer:
        writer.write_table(table)
        writer.add_key_value_metadata({"checksum": CHECKSUM_PREFIX.decode() + CHECKSUM_PLACEHOLDER})
    before, _, after = split_at_checksum(buffer.getvalue())
    return before + compute_checksum(before, after) + after


def read_parquet(path: str | Path, **options: Any) -> pd.DataFrame:
    """Read a table that `write_parquet` wrote, with the options of pandas' own `read_parquet`.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    return parse_parquet(Path(path).read_bytes(), path, **options)


def parse_parquet(data: bytes, name: str | Path, **options: Any) -> pd.DataFrame:
    """Read a table as `read_parquet` does, from the bytes of its file.

    Args:
        name: of the file, for messages.

    Raises:
        UserError: a file that is damaged or cut short.
    """
    before, checksum, after = split_at_checksum(data)
    if checksum != compute_checksum(before, after):
        raise DamagedFile(name, "its content does not have the checksum it was written with")
    return pd.read_parquet(BytesIO(data), **options)


def split_at_checksum(data: bytes) -> tuple[bytes, bytes, bytes]:
    """The bytes of a file before its checksum, the checksum, and the bytes after it."""
    start = data.rfind(CHECKSUM_PREFIX) + len(CHECKSUM_PREFIX)
    end = start + len(CHECKSUM_PLACEHOLDER)
    return data[:start], data[start:end], data[end:]


def compute_checksum(before: bytes, after: bytes) -> bytes:
    """The SHA-256 of a file with zeros in place of its checksum, as hexadecimal digits."""
    digest = hashlib.sha256(before)
    digest.update(CHECKSUM_PLACEHOLDER.encode())
    digest.update(after)
    return digest.hexdigest().encode()
