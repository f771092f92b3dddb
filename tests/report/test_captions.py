"""The setting of an exhibit is the paper's, and then the run's."""

from dataclasses import replace

import pytest
from nrg.report.captions import quote_values, write_setting
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_settings


def test_a_setting_is_the_papers_and_then_the_runs():
    probe = {"figure5": {"sources": ["resnet34"], "probe": {"images": 12, "copies": [300]}}}
    settings = load_settings({"suite": "digits", "overrides": probe})
    exhibits = load_exhibits(settings.suite)

    def text(name, **changes):
        return write_setting(replace(exhibits[name], **changes), settings, {})

    assert text("table1") == "In the paper: ε 15 (here 40); m 20 and σ 15 (here 40) inferred."
    assert text("table4").startswith("In the paper: ε 40, width 500")
    assert text("figure5", targets=("vgg19_bn",)).endswith(
        "Here the source is resnet34; 12 images; m 300."
    )
    ends = {"sources": ["alexnet", "resnet34"], "targets": ["alexnet", "resnet34"]}
    overridden = load_settings({"suite": "digits", "overrides": {"table1": ends}})
    said = write_setting(load_exhibits(overridden.suite)["table1"], overridden, {})
    assert said.endswith("Here the sources and targets are alexnet and resnet34.")
    assert text("reading_cw").startswith("Not in the paper but for its footnote 2")
    assert text("figure8") == f"In the paper: {exhibits['figure8'].setting}."
    assert text("reading_shared_component", setting="").startswith("Here ε, α and σ")


def test_other_attacks_and_budgets_are_told():
    attacks = {"fgsm": {"ball": "linf", "epsilon": 3}}
    grid = {"mi": {"like": "mi", "grid": [{"alpha": 1}, {"alpha": 2}]}}
    at_equal_cost = {"attacks": grid, "budgets": [20, 10], "compared_with": []}
    overrides = {"table1": {"attacks": attacks}, "equal_cost": at_equal_cost}
    settings = load_settings({"suite": "digits", "overrides": overrides})
    exhibits = load_exhibits(settings.suite)
    said = [write_setting(exhibits[name], settings, {}) for name in overrides]
    assert said[0].endswith("Here the attack is FGSM (ε 8).")
    assert said[1].endswith("Here the attack is MI; budgets 10 and 20.")


@pytest.mark.parametrize(
    ("text", "quoted"),
    [
        ("ε 15; k 100, α 1, m 20", "ε 15 (here 30); k 100, α 1 (here 2), m 20"),
        ("σ 0 to 25", "σ 0 to 25 (here 0 to 50)"),
        ("α from 1 to 40.", "α from 1 to 40 (here 2 to 80)."),
        ("noise of RMSD 15", "noise of RMSD 15 (here 30)"),
        ("from α 2ε on", "from α 2ε on"),
    ],
)
def test_a_quoted_value_stands_beside_the_value_here(text, quoted):
    assert quote_values(text, 2) == quoted
    assert quote_values(text, 1) == text
