"""Real ImageNet images and two pretrained networks, from files to tables."""

import pandas as pd
import pytest
import torch
import yaml
from inputs import real
from torchvision.models import squeezenet1_1
from workflow_runs import snakemake


@pytest.fixture
def configuration(tmp_path):
    """A cut of the 1,300 images, as a configuration file: (its path, its entries)."""
    folder, weights = real("imagenet-val-1300"), real("weights")
    zoo = ["squeezenet1_1", "mobilenet_v2"]
    entries = {
        "suite": "imagenet",
        "name": "cut",
        "images": str(folder / "images"),
        "labels": str(folder / "val.txt"),
        "weights": str(weights),
        "zoo": zoo,
        "candidates": 60,
        "evaluation_images": 20,
        "subset_images": 10,
        "microbatch": 10,
        "exhibits": ["table1", "table5"],
        "overrides": {name: {"sources": zoo, "targets": zoo} for name in ("table1", "table5")},
    }
    path = tmp_path / "cut.yaml"
    path.write_text(yaml.safe_dump(entries))
    return path, entries


@pytest.mark.long
def test_a_small_cut_end_to_end(tmp_path, configuration):
    path, _ = configuration
    run = snakemake(tmp_path, "--cores", "2", "--configfile", str(path))
    assert run.returncode == 0, run.stdout
    frame = pd.read_csv(tmp_path / "results/cut/exhibits/table1.csv")
    assert len(frame) == 8
    assert set(frame["n"]) == {20}
    assert frame["paper_value"].isna().all(), "neither network is among the paper's six"
    white = frame[frame["source"] == frame["target"]]
    assert (white["value"] >= 80).all(), "a white-box attack of 15 pixels rarely fails"
    accuracy = pd.read_csv(tmp_path / "results/cut/clean_accuracy.csv").set_index("model")
    assert accuracy["n"].tolist() == [60, 60]
    assert (accuracy["top1_accuracy"] > 50).all()
    page = (tmp_path / "results/cut/report.html").read_text()
    assert "This is not the paper’s setting." in page
    assert "Changed in the suite “imagenet”: images to choose from" in page
    assert "It chooses from 60 images" in page
    assert "Weights of squeezenet1_1, mobilenet_v2 are not torchvision&#39;s" in page


def test_too_few_images_are_said_before_any_attack(tmp_path, configuration):
    path, entries = configuration
    path.write_text(yaml.safe_dump(entries | {"candidates": 15}))
    target = "results/cut/evaluation_set.parquet"
    run = snakemake(tmp_path, "--cores", "2", "--configfile", str(path), "--", target)
    assert run.returncode != 0
    assert "evaluation_images asks for 20" in run.stdout
    assert not (tmp_path / target).exists()


def test_damaged_weights_are_named_and_leave_nothing(tmp_path, configuration):
    path, entries = configuration
    torch.save(squeezenet1_1(weights=None).state_dict(), tmp_path / "squeezenet1_1.pth")
    whole = (tmp_path / "squeezenet1_1.pth").read_bytes()
    (tmp_path / "squeezenet1_1.pth").write_bytes(whole[: len(whole) // 2])
    (other,) = real("weights").glob("mobilenet_v2*")
    (tmp_path / other.name).symlink_to(other)
    path.write_text(yaml.safe_dump(entries | {"weights": str(tmp_path)}))
    target = "results/cut/models/squeezenet1_1.safetensors"
    run = snakemake(tmp_path, "--cores", "1", "--configfile", str(path), "--", target)
    assert run.returncode != 0
    assert "squeezenet1_1.pth is damaged or truncated" in run.stdout
    left = {path.name for path in (tmp_path / "results").rglob("*") if path.is_file()}
    assert left == {"suite.txt"}, "which says whose results they will be"
