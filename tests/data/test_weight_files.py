"""Each weight file that the user names belongs to one model."""

import os
from dataclasses import replace

import pytest
from nrg.base.errors import UserError
from nrg.data.weight_files import find_weight_file, find_weight_files, identify_file
from nrg.study.settings import load_suite

IMAGENET = load_suite("imagenet", {})
SQUEEZENET = IMAGENET.zoo["squeezenet1_1"]


def test_a_weight_file_belongs_to_the_longest_name_that_fits(tmp_path):
    zoo = ["vit", "vit-large", "vit-large-robust"]
    for name in ("vit-large.pth", "vit-large-1a2b3c4d.pth.tar", ".vit-x.pth", "vit-x.txt"):
        (tmp_path / name).touch()
    with pytest.raises(UserError, match=r"one file vit.pth.*found none"):
        find_weight_file("vit", tmp_path, zoo)
    (tmp_path / "vit-mine.ckpt").touch()
    (tmp_path / "vit-large-robust.safetensors").touch()
    assert find_weight_file("vit", tmp_path, zoo).name == "vit-mine.ckpt"
    assert (
        find_weight_file("vit-large-robust", tmp_path, zoo).name == "vit-large-robust.safetensors"
    )
    with pytest.raises(UserError, match=r"vit-large-1a2b3c4d.pth.tar, vit-large.pth"):
        find_weight_file("vit-large", tmp_path, zoo)


def test_a_model_without_weights_takes_its_file_from_the_folder_or_its_factory_s(tmp_path):
    (tmp_path / "a.pth").touch()
    models = {name: replace(SQUEEZENET, name=name, weights="factory") for name in ("a", "b")}
    found = find_weight_files(replace(IMAGENET, zoo=models, weights=str(tmp_path)))
    assert found == {"a": tmp_path / "a.pth"}


def test_a_published_file_may_have_its_author_s_name_in_its_own(tmp_path):
    (tmp_path / "efficientnet_b0_rwightman-7f5810bc.pth").touch()
    (tmp_path / "efficientnet_b0_mine.pth").touch()
    found = find_weight_file("efficientnet_b0", tmp_path)
    assert found.name == "efficientnet_b0_rwightman-7f5810bc.pth"


def test_a_file_that_is_replaced_has_another_identity(tmp_path):
    path = tmp_path / "a.pth"
    path.write_text("new")
    before = identify_file(path)
    assert identify_file(path) == before
    os.utime(path, (1, 1))
    older = identify_file(path)
    path.write_text("longer")
    os.utime(path, (1, 1))
    assert len({before, older, identify_file(path), identify_file(None)}) == 4
