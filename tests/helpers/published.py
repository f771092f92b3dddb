"""Small archives in the layouts of ImageNet's published ones, and a server that offers a file."""

import hashlib
import io
import struct
import tarfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from threading import Thread

import numpy as np
from inputs import DATA
from nrg.study.suite import Archive
from PIL import Image
from scipy.io import savemat

LAMP, TENCH, FISH = "n04380533", "n01440764", "n01443537"  # 846, 0 and 1
# The kit numbers classes in another order than torchvision, and has inner nodes of WordNet's tree.
KIT_IDS = {1: FISH, 2: LAMP, 3: TENCH, 4: "n00001740"}
TRUTH = [2, 3, 2, 1]


def jpegs(count: int) -> list[bytes]:
    """The bytes of JPEG files: real photographs, or noise where there are none."""
    paths = sorted((DATA / "imagenet-val-1300/images").glob("*.JPEG"))[:count]
    return [path.read_bytes() for path in paths] or [noise(seed) for seed in range(count)]


def noise(seed: int) -> bytes:
    """The bytes of a JPEG file of random pixels."""
    file = io.BytesIO()
    pixels = np.random.default_rng(seed).integers(0, 256, (230, 240, 3), np.uint8)
    Image.fromarray(pixels).save(file, "JPEG")
    return file.getvalue()


def write_tar(path: Path, files: Mapping[str, bytes]) -> Path:
    """Write a tar archive, which is compressed if its name ends in .gz."""
    with tarfile.open(path, "w:gz" if path.suffix == ".gz" else "w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            tar.addfile(entry, io.BytesIO(content))
    return path


def write_imagenetv2(folder: Path) -> Path:
    """Write an archive in ImageNetV2's layout, with file names that occur in several classes."""
    names = ["0/a.jpeg", "2/a.jpeg", "10/a.jpeg", "10/b.jpeg", "846/a.jpeg"]
    top = "imagenetv2-matched-frequency-format-val"
    files = {f"{top}/{name}": jpeg for name, jpeg in zip(names, jpegs(len(names)), strict=True)}
    return write_tar(folder / "imagenetv2-matched-frequency.tar.gz", files)


def describe_archive(path: Path, url: str = "http://localhost/images.tar.gz") -> Archive:
    """The description of an archive, as it is in a suite."""
    content = path.read_bytes()
    sha256 = hashlib.sha256(content).hexdigest()
    with tarfile.open(path) as archive:
        images = sum(member.isfile() for member in archive)
    return Archive(url, len(content), sha256, images)


def write_imagenet(folder: Path) -> dict[str, str]:
    """Write ILSVRC2012's two archives, with four images; return the md5 of each by its name."""
    dtype = [(key, object) for key in ("ILSVRC2012_ID", "WNID", "words", "gloss", "num_children")]
    rows = [(i, wnid, "a, b", "g", 2 * (i > 3)) for i, wnid in KIT_IDS.items()]
    meta = io.BytesIO()
    savemat(meta, {"synsets": np.array(rows, dtype)[:, None]})
    truth = "".join(f"{number}\n" for number in TRUTH).encode()
    kit = {"data/meta.mat": meta.getvalue(), "data/ILSVRC2012_validation_ground_truth.txt": truth}
    kit = {f"ILSVRC2012_devkit_t12/{name}": content for name, content in kit.items()}
    images = {f"ILSVRC2012_val_{i:08}.JPEG": jpeg for i, jpeg in enumerate(jpegs(4), start=1)}
    shuffled = {name: images[name] for name in reversed(images)}
    paths = (
        write_tar(folder / "ILSVRC2012_img_val.tar", shuffled),
        write_tar(folder / "ILSVRC2012_devkit_t12.tar.gz", kit),
    )
    return {path.name: hashlib.md5(path.read_bytes()).hexdigest() for path in paths}


class Host:
    """A server of one file at `url`, which redirects first, as public hosts do.

    Args:
        content: of the file.
        ranges: whether the server gives parts of the file.
        breaks: the number of bytes after which each answer is cut off, in the order of the answers;
            later answers are complete.
        reset: whether connections that are cut off are reset, and not only closed.
    """

    def __init__(
        self, content: bytes, ranges: bool = True, breaks: Sequence[int] = (), reset: bool = False
    ) -> None:
        self.content, self.ranges, self.breaks, self.reset = content, ranges, list(breaks), reset
        self.asked: list[str | None] = []  # the header Range of each request
        self.url = ""


@contextmanager
def serving(host: Host) -> Iterator[Host]:
    """Run a server in a thread."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path.startswith("/old/"):
                self.send_response(302)
                self.send_header("Location", self.path.replace("/old/", "/new/"))
                self.end_headers()
            elif self.path == "/new/images.tar.gz":
                self.send_file()
            else:
                self.send_error(404)

        def send_file(self) -> None:
            asked = self.headers["Range"]
            host.asked.append(asked)
            partial = asked is not None and host.ranges
            start = int(asked.removeprefix("bytes=").removesuffix("-")) if partial else 0
            rest = host.content[start:]
            self.send_response(206 if partial else 200)
            self.send_header("Content-Length", str(len(rest)))
            self.end_headers()
            if not host.breaks:
                self.wfile.write(rest)
                return
            self.wfile.write(rest[: host.breaks.pop(0)])
            if host.reset:
                time.sleep(0.2)  # lets the client read what was sent
                self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    host.url = f"http://127.0.0.1:{server.server_port}/old/images.tar.gz"
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield host
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
