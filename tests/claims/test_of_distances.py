"""Tests of how far boundaries lie, on simulated data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import FARTHER, SIZED, growth_panel, verdict
from nrg.analysis import statistics
from nrg.analysis.panels import new_panel
from nrg.base.resources import WORKFLOW
from nrg.claims.claims_file import load_claims
from nrg.claims.kinds import judge
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

CLAIMS = WORKFLOW / "resources/claims.yaml"
EXHIBITS = load_exhibits(load_suite("imagenet", {}))


def test_chance_seldom_makes_a_family_grow():
    runs = [verdict(FARTHER, growth_panel(1.0, n=40, seed=seed), SIZED) for seed in range(80)]
    assert runs.count("supported") <= 0.06 * 80
    assert runs.count("contradicted") <= 0.06 * 80


def test_distances_twice_as_long_are_mostly_found():
    """There are 100 images, whose distances spread by a factor of e."""
    runs = [verdict(FARTHER, growth_panel(2.0, n=100, seed=seed), SIZED) for seed in range(30)]
    assert runs.count("supported") >= 0.8 * 30


def test_families_are_not_compared_with_one_another():
    """vgg has more parameters than resnet, and shorter distances; that says nothing here."""
    near = growth_panel(2.5)
    near.outcomes[3:5] /= 100
    assert verdict(FARTHER, near, SIZED) == "supported"


def test_without_parameters_there_is_no_test():
    assert verdict(FARTHER, growth_panel(2.5), SIZED[["family"]]) == "not run"


def directions(of_targets: float, of_source: float, seed: int, n: int = 100):
    """Distances of Figures 1b and 5, with these median ratios of ∇f⊥'s to ∇f∥'s; 8 is the reach."""
    random, rows, outcomes = np.random.default_rng(seed), [], []
    common = random.normal(size=n)
    for name in ("figure1b", "figure5"):
        (source,) = EXHIBITS[name].sources
        for target in EXHIBITS[name].targets:
            near = np.exp(common + 0.7 * random.normal(size=n))
            ratio = of_source if target == source else of_targets
            far = near * ratio * np.exp(random.normal(size=n))
            for method, steps in (("parallel", near), ("perpendicular", far)):
                rows.append({"exhibit": name, "method": method, "source": source, "target": target})
                outcomes.append(np.where(steps > 8, np.inf, steps))
    return new_panel(pd.DataFrame(rows), np.array(outcomes), [f"i{k}" for k in range(n)])


@pytest.mark.parametrize(
    ("of_targets", "of_source", "wanted"), [(1, 2, ""), (1, 1, ""), (2, 2, ""), (2, 1, "supported")]
)
def test_both_halves_of_the_claim_on_directions_keep_its_level_together(
    of_targets, of_source, wanted, monkeypatch
):
    """With 100 images, as the figures have: an edge seldom decides, and a true sentence mostly."""
    monkeypatch.setattr(statistics, "RESAMPLES", 100)
    (claim,) = (c for c in load_claims(CLAIMS) if c.id == "boundary-direction")
    known = pd.DataFrame({"family": {}})
    panels = [directions(of_targets, of_source, seed) for seed in range(34)]
    found = [judge(claim.tests, own, known).verdict for own in panels]
    assert {EXHIBITS[name].probe.images for name in claim.reads} == {100}
    if wanted:
        assert found.count(wanted) >= 0.8 * 34
    else:
        assert max(found.count("supported"), found.count("contradicted")) <= 0.06 * 34
