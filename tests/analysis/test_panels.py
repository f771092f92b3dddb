"""From stored files to panels."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from claim_panels import two_methods
from nrg.analysis.panels import PANELS, build_panel, join_panels
from nrg.analysis.tables import SUMMARIES
from nrg.base.table_files import write_parquet
from nrg.study.exhibits import load_exhibits
from nrg.study.kinds import KINDS
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("imagenet", {}))


def test_every_kind_of_exhibit_with_numbers_has_a_panel_and_a_summary():
    kinds = {kind.name for kind in KINDS.values() if kind.has_numbers}
    assert PANELS.keys() == SUMMARIES.keys() == kinds


def test_panels_join_on_their_images():
    left, right = two_methods((30, 60), n=5), two_methods((30, 60), n=8)
    both = join_panels([left, right])
    assert both.outcomes.shape == (4, 8)
    assert np.isnan(both.outcomes[:2, 5:]).all()


def write_predictions(folder):
    """Predictions of three images from alexnet, of which the guest has one; and their labels."""
    images = pd.DataFrame({"image_id": list("abc"), "label": [1, 2, 3], "target_label": 0})
    write_parquet(images.assign(in_subset=False), folder / "images.parquet")
    rows = [
        {"source": "alexnet", "attack": a.name, "target": t, "image_id": i, "top1": top}
        for a in EXHIBITS["table1"].attacks
        for t, known in (("resnet34", "cba"), ("guest", "b"))
        for i, top in zip("cba", (3, 9, 1), strict=True)
        if i in known
    ]
    frame = pd.DataFrame(rows).assign(top2=-1, top3=-1, top4=-1, top5=-1)
    write_parquet(
        frame.astype({"image_id": "category", "attack": "category"}), folder / "p.parquet"
    )
    return {"images": folder / "images.parquet", "predictions": [folder / "p.parquet"]}


def test_success_is_read_from_predictions(tmp_path):
    exhibit = replace(EXHIBITS["table1"], sources=("alexnet",), targets=("resnet34",))
    panel = build_panel(exhibit, write_predictions(tmp_path))
    cells = panel.cells[panel.cells["method"] == "fgsm"]
    assert cells["target"].tolist() == ["resnet34", "guest"]
    assert cells["shown"].tolist() == [True, False]
    assert panel.units == ("a", "b", "c")
    expected = np.array([[0, 100, 0], [np.nan, 100, np.nan]])
    assert np.array_equal(panel.outcomes[cells.index], expected, equal_nan=True)
    assert cells["value"].tolist() == pytest.approx([100 / 3, 100])


def test_a_shown_cell_without_predictions_is_an_error(tmp_path):
    exhibit = replace(EXHIBITS["table1"], sources=("alexnet",), targets=("resnet34", "vgg13_bn"))
    with pytest.raises(KeyError, match="vgg13_bn"):
        build_panel(exhibit, write_predictions(tmp_path))


def test_destruction_is_of_the_images_that_fooled(tmp_path):
    exhibit = EXHIBITS["figure4"]
    images = pd.DataFrame({"image_id": list("abcd"), "label": 1})
    write_parquet(images, tmp_path / "images.parquet")
    moves = {("none", 0.0): (2, 2, 1, 2), ("rotation", 5.0): (1, 2, 1, 1)}
    clean = {"none": (1, 1, 1, 2), "rotation": (1, 2, 2, 1)}
    rows = [
        {"attack": attack, "transformation": t, "strength": s, "image_id": i, "top1": top}
        for attack in ["clean", *(attack.name for attack in exhibit.attacks)]
        for (t, s), tops in moves.items()
        for i, top in zip("abcd", clean[t] if attack == "clean" else tops, strict=True)
    ]
    write_parquet(pd.DataFrame(rows), tmp_path / "p.parquet")
    files = {"images": tmp_path / "images.parquet", "predictions": tmp_path / "p.parquet"}
    panel = build_panel(exhibit, files)
    assert panel.cells["method"].tolist() == ["clean", "fgsm", "nr-fgsm", "igsm", "nr-igsm"]
    assert panel.cells["shown"].tolist() == [False, True, True, True, True]
    assert panel.cells["value"].tolist() == pytest.approx([100 / 3, 50, 50, 50, 50])
    assert np.array_equal(panel.outcomes[0], [100, 0, 0, np.nan], equal_nan=True)
    assert np.array_equal(panel.outcomes[1], [100, 0, np.nan, np.nan], equal_nan=True)


def test_cells_and_images_of_probes_keep_the_order_of_the_stored_rows(tmp_path):
    exhibit = EXHIBITS["figure1b"]
    frame = pd.DataFrame(
        {"source": "resnet34", "target": ["resnet34"] * 2 + ["densenet121"] * 2}
        | {"image_id": list("baba"), "u": [1.0, np.inf, 3, 4], "v": [5.0, 6, np.nan, 8]}
    )
    write_parquet(frame, tmp_path / "distances.parquet")
    panel = build_panel(exhibit, {"distances": tmp_path / "distances.parquet"})
    ends = panel.cells[["target", "method"]].itertuples(index=False, name=None)
    assert list(ends) == [
        ("resnet34", "parallel"),
        ("resnet34", "perpendicular"),
        ("densenet121", "parallel"),
        ("densenet121", "perpendicular"),
    ]
    assert panel.units == ("b", "a")
    expected = [[1, np.inf], [5, 6], [3, 4], [np.nan, 8]]
    assert np.array_equal(panel.outcomes, expected, equal_nan=True)


def test_the_gradient_without_noise_is_named_so(tmp_path):
    exhibit = EXHIBITS["reading_shared_component"]
    frame = pd.DataFrame(
        {"source": "a", "target": "b", "m": [0, 0, 5, 5], "image_id": list("xyxy")}
    )
    write_parquet(frame.assign(cosine=[0.1, 0.2, 0.3, 0.4]), tmp_path / "cosines.parquet")
    panel = build_panel(exhibit, {"cosines": tmp_path / "cosines.parquet"})
    assert panel.cells["method"].tolist() == ["gradient", "nrg"]
    assert panel.cells["value"].tolist() == pytest.approx([0.15, 0.35])
