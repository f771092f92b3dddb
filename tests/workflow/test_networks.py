"""Networks that a quick form would change, and factories with files of their own, in a run."""

import json

import numpy as np
import pandas as pd
import torch
from nrg.study.settings import load_suite
from PIL import Image
from workflow_runs import job_counts, snakemake

MODULE = """
import torch
from torch import nn


class Thrice(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem, self.conv = nn.Conv2d(3, 8, 3, padding=1), nn.Conv2d(8, 8, 3, padding=1)
        self.norm, self.head = nn.BatchNorm2d(8), nn.Linear(8, 5)

    def forward(self, x):
        x = self.stem(x)
        for _ in range(3):
            x = self.norm(self.conv(x)).relu()
        return {"scores": self.head(x.mean((2, 3))), "features": x}


def thrice(seed_file):
    torch.manual_seed(int(open(seed_file).read()))
    network = Thrice()
    nn.init.uniform_(network.norm.running_var, 0.05, 0.2)
    nn.init.normal_(network.norm.running_mean)
    return network
"""
SUITE = """
name: mine
title: Noise
dataset: folder
images: photographs
labels: labels.txt
classes: classes.txt
image_size: 16
evaluation_images: 10
subset_images: 5
microbatch: 7
zoo:
  thrice: {factory: "my_models:thrice", arguments: {seed_file: seed.txt}}
"""


def test_a_block_applied_three_times_is_scored_as_pytorch_scores_it(tmp_path, monkeypatch):
    (tmp_path / "my_models.py").write_text(MODULE)
    (tmp_path / "seed.txt").write_text("3")
    (tmp_path / "mine.yaml").write_text(SUITE)
    (tmp_path / "photographs").mkdir()
    random = np.random.default_rng(0)
    brightest = random.integers(2, 256, (40, 1, 1, 3))
    pixels = random.integers(0, brightest, (40, 16, 16, 3)).astype(np.uint8)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    network = __import__("my_models").thrice("seed.txt").eval()
    with torch.no_grad():
        x = torch.from_numpy(pixels).permute(0, 3, 1, 2).float() / 255
        labels = network(x)["scores"].argmax(1).tolist()
    for place, image in enumerate(pixels):
        Image.fromarray(image).save(tmp_path / f"photographs/{place}.png")
    (tmp_path / "classes.txt").write_text("a\nb\nc\nd\ne")
    lines = [f"{place}.png {label}" for place, label in enumerate(labels)]
    (tmp_path / "labels.txt").write_text("\n".join(lines))

    target = "results/mine/clean_accuracy.csv"
    run = snakemake(tmp_path, "--cores", "2", "--config", "suite=mine.yaml", "--", target)
    assert run.returncode == 0, run.stdout
    assert pd.read_csv(tmp_path / target)["top1_accuracy"].tolist() == [100.0]
    verdict = json.loads((tmp_path / "results/mine/models/thrice.proof.json").read_text())
    assert not verdict["precisions"]["fp32"]["quick"]
    assert run.stdout.count("runs as given in fp32, not in its quick form") == 1
    assert load_suite("mine.yaml", {}).zoo["thrice"].weights == "factory"

    (tmp_path / "seed.txt").write_text("4")
    again = snakemake(tmp_path, "--dry-run", "--config", "suite=mine.yaml", "--", target)
    assert {"fetch_weights", "predict_clean"} <= job_counts(again.stdout).keys()
