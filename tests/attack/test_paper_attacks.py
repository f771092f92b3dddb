"""The paper's attacks keep their names and their bytes, whatever else becomes an attack."""

import hashlib
from pathlib import Path

import numpy as np
import pytest
from adversarial_sets import crafted, exact_network, images
from nrg.study.attacks import Attack
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

NAMES = Path(__file__).with_name("paper_attack_names.txt")

SETS = {
    Attack("linf", 15): "e82fa6b6d62f614c",
    Attack("linf", 9, copies=3, sigma=15): "53f628aba9511bd9",
    Attack("linf", 15, copies=6, sigma=15): "9e900d3827acf56b",
    Attack("l2", 15): "b25244c759aeabd7",
    Attack("l2", 15, copies=6, sigma=15): "1bf8da8224588699",
    Attack("linf", 15, steps=3, alpha=4): "944f431e649aa9fc",
    Attack("linf", 15, steps=6, alpha=4): "53106880d828bf0f",
    Attack("linf", 2.5, steps=3, alpha=1.2): "1778d48e97e6aa89",
    Attack("linf", 15, steps=3, alpha=6, copies=4, sigma=15): "2630a394e8f01118",
    Attack("linf", 20, steps=3, alpha=15, copies=4, sigma=15, targeted=True): "652a99654922e76f",
    Attack("l2", 15, steps=4, alpha=6, copies=2, sigma=7): "9a74586358da8761",
    Attack("linf", 15, copies=6, sigma=40, variant="clipped"): "ad483af0c6895c65",
    Attack("linf", 15, copies=6, sigma=15, variant="normalised"): "9e900d3827acf56b",
    Attack("linf", 15, steps=2, alpha=9, copies=3, sigma=40, variant="clipped"): "fd1e79fcb04a1c80",
    Attack("linf", 15, variant="random"): "bd99e6601d1b7535",
    Attack("l2", 15, variant="random"): "52cc24c1f8979e09",
    Attack("linf", 15, loss="carlini-wagner"): "6a7f0a5dc757e8ae",
    Attack("linf", 15, copies=2, sigma=15, loss="float32-cross-entropy"): "c87eb4658ac3f83f",
}


@pytest.fixture(scope="module")
def sets() -> dict[str, np.ndarray]:
    """What the attacks make of twelve images, crafted together from an ensemble of two."""
    return crafted([exact_network(0), exact_network(1)], [*SETS], images(12), microbatch=5)[0]


@pytest.mark.parametrize("attack", SETS, ids=lambda attack: attack.name)
def test_their_sets_are_the_same_to_the_byte(sets, attack):
    assert hashlib.sha256(sets[attack.name].tobytes()).hexdigest()[:16] == SETS[attack]


def test_their_names_are_the_same():
    """Of all exhibits, on the digits and at the paper's own scale; files have these names."""
    exhibits = [load_exhibits(load_suite(suite, {})) for suite in ("digits", "imagenet")]
    names = {a.name for each in exhibits for e in each.values() for a in e.attacks}
    assert names >= {*NAMES.read_text().split()}
