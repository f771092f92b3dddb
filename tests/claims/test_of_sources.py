"""Tests of what a source is good for, on simulated data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import (
    BEST,
    FAMILIES,
    MODELS,
    SURER,
    confidence,
    draw_panel,
    named_panel,
    two_methods,
    verdict,
)
from nrg.base.table_files import write_parquet
from nrg.claims.confidences import compute_order_terms, read_confidences
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite
from sklearn.metrics import roc_auc_score


def test_kin_of_the_target_is_no_measure_of_a_good_source():
    """vgg19_bn always fools vgg13_bn; densenet121 is better than all that are no kin of it."""
    rows = [
        (
            {"source": s, "target": "vgg13_bn"},
            100 if s == "vgg19_bn" else 60 if s == "densenet121" else 40,
        )
        for s in MODELS
        if s != "vgg13_bn"
    ]
    assert verdict(BEST, draw_panel(rows, n=600), FAMILIES) == "supported"


@pytest.mark.parametrize("rate", [0.1, 0.5])
def test_chance_seldom_makes_confidence_matter(rate):
    """Of 150 images that fool the source; no verdict comes up in more than 6 % of runs."""
    runs = [verdict(SURER, confidence(0.0, n=150, seed=s, rate=rate)) for s in range(100)]
    assert runs.count("supported") <= 0.06 * 100
    assert runs.count("contradicted") <= 0.06 * 100


def test_confidence_that_matters_is_mostly_found():
    """A share of 65 instead of 50 percent, of 150 images and 6 pairs."""
    runs = [confidence(0.35, n=150, seed=s) for s in range(60)]
    assert np.mean([run.values.mean() for run in runs]) == pytest.approx(65, abs=2)
    assert [verdict(SURER, run) for run in runs].count("supported") >= 0.8 * 60


def test_chance_seldom_makes_a_source_good_and_a_good_one_is_found():
    """A source like all others, and one that is better by 10 points on 1,000 images."""
    null = [verdict(BEST, named_panel(0, n=200, seed=s), FAMILIES) for s in range(40)]
    assert null.count("supported") == 0
    assert null.count("contradicted") <= 0.06 * 40
    good = [verdict(BEST, named_panel(10, n=1000, seed=s), FAMILIES) for s in range(15)]
    assert good.count("supported") >= 0.8 * 15


def test_the_share_is_the_area_under_the_curve_and_its_error_delongs():
    random = np.random.default_rng(3)
    sure, moved = np.round(random.random(80), 1), random.random(80) < 0.4
    values = compute_order_terms(sure, moved)
    assert values.mean() == pytest.approx(100 * roc_auc_score(moved, sure))
    repeats = []
    for seed in range(400):
        random = np.random.default_rng(seed)
        sure, moved = random.normal(size=80), random.random(80) < 0.4
        repeats.append(100 * roc_auc_score(moved, sure + moved))
    random = np.random.default_rng(1)
    errors = []
    for _ in range(20):
        moved = random.random(80) < 0.4
        errors.append(compute_order_terms(random.normal(size=80) + moved, moved).std() / 80**0.5)
    assert np.mean(errors) == pytest.approx(np.std(repeats), rel=0.15)


def test_confidences_are_the_sources_own_of_images_that_fool_it(tmp_path):
    exhibit = load_exhibits(load_suite("imagenet", {}))["table1"]
    names = [f"i{k:02d}" for k in range(40)]
    images = pd.DataFrame({"image_id": names, "label": 1, "target_label": 0, "in_subset": True})
    write_parquet(images, tmp_path / "images.parquet")
    (fgsm, *_) = (method.attack.name for method in exhibit.methods)
    own = {"source": "alexnet", "attack": fgsm, "image_id": names}
    sure = np.linspace(0.2, 0.9, 40)
    first = np.where(np.arange(40) < 5, 1, 2)  # the first five do not fool their source
    moved = np.where(np.arange(40) % 3 == 0, 2, 1)
    frames = [
        pd.DataFrame(own | {"target": "alexnet", "top1": first, "top1_probability": sure}),
        pd.DataFrame(own | {"target": "vgg13_bn", "top1": moved, "top1_probability": 0.5}),
    ]
    frame = pd.concat(frames, ignore_index=True).assign(top2=-1, top3=-1, top4=-1, top5=-1)
    write_parquet(frame.sample(frac=1, random_state=0), tmp_path / "p.parquet")
    files = {"images": tmp_path / "images.parquet", "predictions": [tmp_path / "p.parquet"]}
    panel = read_confidences(exhibit, files)
    assert panel.cells[["method", "source", "target"]].to_numpy().tolist() == [
        ["fgsm", "alexnet", "vgg13_bn"]
    ]
    assert np.isnan(panel.outcomes[0, :5]).all()
    expected = compute_order_terms(sure[5:], moved[5:] == 2)
    assert panel.outcomes[0, 5:] == pytest.approx(expected, rel=1e-5)


def test_two_methods_without_confidences_are_told_apart_from_none():
    assert verdict(BEST, two_methods((3, 9)), FAMILIES) == "not run"
