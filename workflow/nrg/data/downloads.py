"""Published data sets, fetched and checked."""

from http.client import HTTPException
from pathlib import Path
from urllib.request import Request, urlopen

from nrg.base.errors import UserError
from nrg.base.files import file_sha256
from nrg.base.progress import Progress, log

CHUNK = 1 << 16  # what a reset connection loses at most
SECONDS_OF_SILENCE = 60


def download(url: str, path: str | Path, size: int, sha256: str) -> None:
    """Fetch a published file; what breaks off goes on where it stopped, now or in a later run.

    Args:
        path: its place, once it is whole and has its hash; until then `<path>.part` grows.
        size: in bytes.

    Raises:
        UserError: it cannot be had, or has another hash.
    """
    path = Path(path)
    part = path.with_name(f"{path.name}.part")
    part.touch()
    reason, before = "the server sends no more", -1
    while before < (have := part.stat().st_size) < size:  # as long as each try brings more
        before = have
        try:
            fetch_rest(url, part, size)
        except (OSError, HTTPException) as error:
            reason = str(error) or type(error).__name__
            log.info("broken off: %s", reason)
    if have < size:
        raise UserError(
            f"images: {url} cannot be downloaded ({reason}); the next run goes on from the "
            f"{have:,} of {size:,} bytes in {part}; or name the archive, or a folder with what is "
            "in it, with 'images'"
        )
    if (got := file_sha256(part)) != sha256:
        part.unlink()
        raise UserError(
            f"images: {url} gave another file than the published one: its sha256 is {got} and not "
            f"{sha256}; it was deleted, and the next run downloads it anew"
        )
    part.replace(path)


def fetch_rest(url: str, part: Path, size: int) -> None:
    """Append what `part` lacks, or write it anew if the server only gives whole files."""
    have = part.stat().st_size
    headers = {"User-Agent": "nrg"} | ({"Range": f"bytes={have}-"} if have else {})
    with urlopen(Request(url, headers=headers), timeout=SECONDS_OF_SILENCE) as response:
        start = have if response.status == 206 else 0
        rest = size - start
        if int(response.headers.get("Content-Length", rest)) != rest:
            raise UserError(f"images: {url} is not the published file of {size:,} bytes")
        log.info("downloading %s from byte %d", url, start)
        with part.open("ab" if start else "wb") as file, Progress("bytes", rest) as progress:
            while chunk := response.read(min(CHUNK, size - file.tell())):
                file.write(chunk)
                progress.advance(len(chunk))


def download_mnist(folder: str | Path) -> None:
    """Fetch MNIST's four files into <folder>/MNIST/raw; torchvision checks their md5."""
    from torchvision.datasets import MNIST

    try:
        MNIST(folder, download=True)
    except (RuntimeError, OSError) as error:
        raise UserError(
            f"mnist: it cannot be downloaded ({error}); name a folder that has "
            "MNIST/raw/*-ubyte.gz with 'mlp_images'"
        ) from error
