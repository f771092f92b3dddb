"""Files of each kind are written whole or not at all, and damaged ones are never used."""

import os
import signal
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from inputs import ROOT
from nrg.base.errors import UserError
from nrg.base.files import write_whole
from nrg.base.safetensors_files import create_pixels, map_pixels
from nrg.base.table_files import read_parquet, write_parquet
from nrg.models.stored_weights import read_weights, save_weights

PIXELS = np.arange(4 * 3 * 8 * 8, dtype=np.uint8).reshape(4, 3, 8, 8)
FRAME = pd.DataFrame({"image_id": list("abcd"), "top1": [1, 2, 3, 4], "p": [0.5, 0.25, 0.1, 1.0]})
STATE = {"weight": torch.arange(12.0).reshape(3, 4), "bias": torch.ones(3)}


def write_pixels(path):
    with create_pixels(path, {"a": PIXELS.shape, "b": (2, 2)}) as arrays:
        arrays["a"][:] = PIXELS
        arrays["b"][:] = 7


WRITERS = {
    "pixels": (write_pixels, map_pixels),
    "frame": (lambda path: write_parquet(FRAME, path), read_parquet),
    "weights": (lambda path: save_weights(STATE, path, {"origin": "here"}), read_weights),
}


def test_files_are_read_as_they_were_written(tmp_path):
    for kind, (write, _) in WRITERS.items():
        write(tmp_path / kind)
    assert np.array_equal(map_pixels(tmp_path / "pixels")["a"], PIXELS)
    assert (map_pixels(tmp_path / "pixels")["b"] == 7).all()
    pd.testing.assert_frame_equal(read_parquet(tmp_path / "frame"), FRAME)
    assert torch.equal(read_weights(tmp_path / "weights")["weight"], STATE["weight"])


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """The bytes of one file of each kind."""
    folder = tmp_path_factory.mktemp("written")
    for kind, (write, _) in WRITERS.items():
        write(folder / kind)
    return {kind: (folder / kind).read_bytes() for kind in WRITERS}


def content(found):
    """What was read, in a form to compare."""
    if isinstance(found, pd.DataFrame):
        return found.to_csv()
    return {key: np.asarray(value).tolist() for key, value in found.items()}


@settings(max_examples=150, deadline=None)
@given(kind=st.sampled_from(list(WRITERS)), place=st.floats(0, 1), bit=st.integers(0, 7))
def test_a_flipped_bit_is_an_error_or_changes_nothing(written, tmp_path_factory, kind, place, bit):
    folder, read = tmp_path_factory.mktemp("flipped"), WRITERS[kind][1]
    (folder / "whole").write_bytes(written[kind])
    data = bytearray(written[kind])
    data[int(place * (len(data) - 1))] ^= 1 << bit
    (folder / "flipped").write_bytes(data)
    try:
        found = read(folder / "flipped")
    except UserError as error:
        said = str(error)
    else:
        said = ""
        assert content(found) == content(read(folder / "whole"))
    assert not said or ("flipped is damaged" in said and "makes it again" in said)


@settings(max_examples=60, deadline=None)
@given(kind=st.sampled_from(list(WRITERS)), place=st.floats(0, 0.999))
def test_a_truncated_file_is_an_error(written, tmp_path_factory, kind, place):
    path = tmp_path_factory.mktemp("cut") / "short"
    path.write_bytes(written[kind][: int(place * len(written[kind]))])
    with pytest.raises(UserError, match="short is damaged"):
        WRITERS[kind][1](path)


def test_an_error_leaves_the_old_file(tmp_path):
    path = tmp_path / "result"
    path.write_text("old")

    def write():
        with write_whole(path) as part:
            part.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        write()
    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_killed_writer_leaves_no_result(tmp_path):
    code = (
        "import sys; from nrg.base.safetensors_files import create_pixels\n"
        "with create_pixels(sys.argv[1], {'a': (4, 4)}) as arrays:\n"
        "    arrays['a'][:2] = 1; print('half', flush=True); input()"
    )
    path = tmp_path / "set"
    writer = subprocess.Popen(
        [sys.executable, "-c", code, str(path)],
        env=os.environ | {"PYTHONPATH": str(ROOT / "workflow")},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert writer.stdout.readline().strip() == b"half"
    writer.send_signal(signal.SIGKILL)
    writer.communicate()
    assert not path.exists()
    write_pixels(path)
    assert list(tmp_path.iterdir()) == [path], "what the killed one left was taken over"
