"""A run as a Workflow Run RO-Crate: a zip file that says what it holds."""

import json
import zipfile
from collections.abc import Sequence
from io import BytesIO

from nrg.report.crate_metadata import METADATA, CrateFacts, CrateFile, describe_crate

EPOCH = (1980, 1, 1, 0, 0, 0)  # the date of every member, so that equal results are equal files


def pack_crate(name: str, files: Sequence[CrateFile], facts: CrateFacts) -> bytes:
    """Pack the files, and the metadata that describe them, as a zip file.

    Its bytes depend on the content alone.

    Args:
        name: of the data set that the crate is.
        files: one per member; of several with one name the first counts.
    """
    contents = {file.member: file for file in reversed(files)}
    metadata = json.dumps(
        describe_crate(name, list(contents.values()), facts), indent=1, ensure_ascii=False
    )
    members = {member: file.content for member, file in contents.items()}
    members[METADATA] = f"{metadata}\n".encode()
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for member in sorted(members):
            info = zipfile.ZipInfo(member, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            info.external_attr = 0o644 << 16
            archive.writestr(info, members[member], compresslevel=9)
    return buffer.getvalue()
