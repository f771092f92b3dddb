"""The image that explains an adversarial example is chosen by rule."""

import numpy as np
import pandas as pd
import pytest
from made_tables import EXHIBITS
from nrg.base.table_files import PROBABILITIES, TOP
from nrg.data.images import Images
from nrg.report import example
from nrg.report.example import find_example, list_candidates


@pytest.fixture
def find(run, monkeypatch):
    """Finds the example of three images of label 4, given what each target says of them."""
    clean = np.zeros((3, 1, 16, 16), np.uint8)
    ids = np.array(["a", "b", "c"])
    images = Images(ids=ids, labels=np.full(3, 4), target_labels=np.full(3, 5), pixels=clean)
    monkeypatch.setattr(example, "read_kept_images", lambda *_: clean + np.uint8(9))

    def predict(said, results, job, guests, ids):
        rows = [
            {"attack": method.attack.name, "target": target, "image_id": image}
            | dict.fromkeys(TOP, -1)
            | dict.fromkeys(PROBABILITIES, 0.5)
            | {TOP[0]: said.get((method.name, target), (4, 4, 4))[place]}
            for method in EXHIBITS["table1"].methods
            for target in EXHIBITS["table1"].targets
            for place, image in enumerate(ids)
        ]
        return pd.DataFrame(rows)

    def find_it(said):
        monkeypatch.setattr(
            example, "read_predictions", lambda *arguments: predict(said, *arguments)
        )
        classes = [str(label) for label in range(10)]
        return find_example(run, images, classes, {})

    return find_it


def test_it_is_fooled_by_the_noise_reduced_attack_alone_and_on_another_network(find):
    source, first, second = EXHIBITS["table1"].sources[0], *EXHIBITS["table1"].targets[1:3]
    found = find(
        {
            ("nr-fgsm", source): (7, 7, 7),
            ("nr-fgsm", first): (4, 7, 4),
            ("fgsm", first): (4, 7, 4),
            ("nr-fgsm", second): (4, 4, 8),
        }
    )
    assert (found.source, found.target) == (source, second)
    assert (found.label, found.called) == ("4", "8")
    assert (found.plain, found.reduced, found.table) == ("FGSM", "nr-FGSM", "Table 1")


def test_where_no_image_is_of_this_kind_there_is_none(find):
    assert find({}) is None


def test_targeted_attacks_and_what_is_not_in_the_paper_give_no_example():
    names = ("table3b", "table8", "reading_equal_step", "reading_cw", "figure3a")
    assert not list(list_candidates(EXHIBITS[name] for name in names))
