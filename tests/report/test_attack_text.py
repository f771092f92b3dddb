"""Attacks in the paper's words."""

import pytest
from nrg.report.attack_text import label_attack
from nrg.study.attacks import Attack


@pytest.mark.parametrize(
    ("attack", "family"),
    [
        (Attack("linf", 15), "FGSM"),
        (Attack("l2", 15, copies=20, sigma=15), "nr-FGM ℓ2"),
        (Attack("linf", 20, steps=20, alpha=15, targeted=True), "targeted IGSM"),
    ],
)
def test_an_attacks_family_is_named_as_in_the_paper(attack, family):
    assert label_attack(attack) == family
