"""Downloads of published data sets, with checks of what arrived."""

from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from nrg.base.errors import UserError
from nrg.base.files import file_sha256
from nrg.base.progress import Progress, log

CHUNK = 1 << 16  # bytes; a connection that breaks loses at most one chunk
SECONDS_TO_TIMEOUT = 60


def download(url: str, path: str | Path, size: int, sha256: str) -> None:
    """Download a published file.

    An interrupted download continues where it stopped, now or in a later run.

    Args:
        path: where to put the file once it is complete and has its hash; until then the download
            is in `<path>.part`.
        size: of the file, in bytes.
        sha256: of the file, as hexadecimal digits.

    Raises:
        UserError: the file cannot be downloaded, or has another hash.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    part.touch()
    reason, bytes_before = "the server sends no more", -1
    while bytes_before < (bytes_now := part.stat().st_size) < size:  # while each try brings more
        bytes_before = bytes_now
        try:
            fetch_rest(url, part, size)
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            log.info("the download was interrupted: %s", reason)
    if bytes_now < size:
        raise UserError(
            f"images: {url} cannot be downloaded ({reason}); the next run continues from the "
            f"{bytes_now:,} of {size:,} bytes in {part}; or set 'images' to the archive, or to a "
            "folder with its content"
        )
    if (actual_sha256 := file_sha256(part)) != sha256:
        part.unlink()
        raise UserError(
            f"images: {url} gave another file than the published one: its sha256 is "
            f"{actual_sha256} and not {sha256}; it was deleted, and the next run downloads it again"
        )
    part.replace(path)


def fetch_rest(url: str, part: Path, size: int) -> None:
    """Download the bytes that `part` lacks, or all of them if the server only gives whole files."""
    present = part.stat().st_size
    headers = {"User-Agent": "nrg"} | ({"Range": f"bytes={present}-"} if present else {})
    with urlopen(Request(url, headers=headers), timeout=SECONDS_TO_TIMEOUT) as response:
        start = present if response.status == 206 else 0
        rest = size - start
        if int(response.headers.get("Content-Length", rest)) != rest:
            raise UserError(f"images: {url} is not the published file of {size:,} bytes")
        log.info("downloading %s from byte %d", url, start)
        with part.open("ab" if start else "wb") as file, Progress("bytes", rest) as progress:
            while chunk := response.read(min(CHUNK, size - file.tell())):
                file.write(chunk)
                progress.advance(len(chunk))


def download_mnist(folder: str | Path) -> None:
    """Download MNIST's four files to <folder>/MNIST/raw; torchvision checks their md5.

    Raises:
        UserError: they cannot be downloaded.
    """
    from torchvision.datasets import MNIST

    try:
        MNIST(folder, download=True)
    except (RuntimeError, OSError) as error:
        raise UserError(
            f"mnist: it cannot be downloaded ({error}); set 'mlp_images' to a folder that has "
            "MNIST/raw/*-ubyte.gz"
        ) from error
