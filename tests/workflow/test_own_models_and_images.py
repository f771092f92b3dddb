"""The documented example of own models and images, run for one of its two tables."""

import numpy as np
import pandas as pd
import pytest
import torch
from nrg.models.classifier import build_classifier
from nrg.models.training import train
from nrg.study.settings import load_suite
from nrg.study.suite import Training
from own_code import read_blocks, write_module
from PIL import Image
from sklearn.datasets import load_digits
from workflow_runs import snakemake

RECIPE = Training("adamw", learning_rate=0.005, epochs=8, batch=50, schedule="one-cycle")
NAMES = "zero one two three four five six seven eight nine".split()


def write_photographs(folder) -> tuple[np.ndarray, np.ndarray]:
    """Write coloured pictures of digits, half of them to attack; return the others, to train on."""
    digits = load_digits()
    colours = np.array([[1, 0.6, 0.4], [0.5, 1, 0.6], [0.6, 0.7, 1]])
    pixels = []
    for index, digit in enumerate(digits.images):
        grey = np.asarray(Image.fromarray((digit * 15.9).astype(np.uint8)).resize((32, 32)))
        pixels.append((grey[..., None] * colours[index % 3]).astype(np.uint8))
    half = len(pixels) // 2
    (folder / "photographs/more").mkdir(parents=True)
    lines = []
    for index, (image, label) in enumerate(zip(pixels[:half], digits.target, strict=False)):
        name = f"more/{index}.png" if index % 2 else f"picture {index}.png"
        Image.fromarray(image).save(folder / "photographs" / name)
        lines.append(f"{name} {label if index % 3 else NAMES[label]} {(label + 3) % 10}")
    (folder / "labels.txt").write_text("\n".join(lines))
    (folder / "classes.txt").write_text("\n".join(NAMES))
    return np.stack(pixels[half:]).transpose(0, 3, 1, 2), digits.target[half:]


@pytest.mark.long
def test_the_documented_example_works(tmp_path, monkeypatch):
    page = read_blocks("own-models-and-images")
    write_module(tmp_path, monkeypatch, page["python"], "my_models")
    (tmp_path / "mine.yaml").write_text(page["yaml"])
    pixels, labels = write_photographs(tmp_path)
    for model in load_suite(str(tmp_path / "mine.yaml"), {}).zoo.values():
        classifier = build_classifier(model)
        train(classifier, pixels, labels, RECIPE, 0, torch.device("cpu"))
        torch.save(classifier.network.state_dict(), tmp_path / model.weights)

    arguments = ["--config", "suite=mine.yaml", "exhibits=table1"]
    run = snakemake(tmp_path, "--cores", "2", *arguments)
    assert run.returncode == 0, run.stdout
    table = pd.read_csv(tmp_path / "results/mine/exhibits/table1.csv").set_index("target")
    assert set(table.index) == {"narrow", "wide", "coarse"}
    assert set(table.loc["narrow", "n"]) == {100}
    assert (table.loc["coarse", "n"] <= 100).all()
    assert table.loc["narrow", "value"].max() > 50, "the attacks work"
    accuracy = pd.read_csv(tmp_path / "results/mine/clean_accuracy.csv")
    assert accuracy["top1_accuracy"].min() > 80, "every model gets the pixels it was trained on"
    images = pd.read_parquet(tmp_path / "results/mine/evaluation_set.parquet")
    assert (images["target_label"] == (images["label"] + 3) % 10).all(), "as the label file says"
    candidates = pd.read_parquet(tmp_path / "results/mine/candidates.parquet")
    assert (candidates["target_label"] == (candidates["label"] + 3) % 10).all()
