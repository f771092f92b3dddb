"""Safetensors files of pixels are mapped into memory, alone or joined."""

import numpy as np
import pytest
from nrg.base.errors import UserError
from nrg.base.safetensors_files import map_joined, map_pixels, read_metadata, write_arrays
from safetensors.numpy import load_file, save_file

PIXELS = np.arange(4 * 3 * 8 * 8, dtype=np.uint8).reshape(4, 3, 8, 8)


def test_another_name_of_an_array_is_damage(tmp_path):
    write_arrays({"a": PIXELS, "b": PIXELS}, tmp_path / "set")
    data = (tmp_path / "set").read_bytes()
    (tmp_path / "set").write_bytes(data.replace(b'"b": {', b'"c": {'))
    with pytest.raises(UserError, match="is damaged"):
        map_pixels(tmp_path / "set")


def test_other_programs_read_the_pixels(tmp_path):
    write_arrays({"a": PIXELS}, tmp_path / "set.safetensors")
    assert np.array_equal(load_file(tmp_path / "set.safetensors")["a"], PIXELS)


def test_joined_arrays_are_those_of_all_files_in_their_order(tmp_path):
    for name, part in (("first", PIXELS[:1]), ("second", PIXELS[1:])):
        write_arrays({"a": part}, tmp_path / name)
    joined = map_joined([tmp_path / "first", tmp_path / "second"])["a"]
    assert (joined.shape, len(joined)) == (PIXELS.shape, 4)
    for part in (slice(0, 4), slice(0, 1), slice(1, 3), slice(2, 2), slice(3, 9)):
        np.testing.assert_array_equal(joined[part], PIXELS[part])


def test_files_of_other_programs_have_no_metadata(tmp_path):
    save_file({"a": PIXELS}, tmp_path / "theirs")
    assert read_metadata(tmp_path / "theirs") == {}
