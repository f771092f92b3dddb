"""The setting of an exhibit is the paper's, and then the run's."""

from dataclasses import replace

from nrg.report.captions import setting_text
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_settings


def test_a_setting_is_the_papers_and_then_the_runs():
    probe = {"figure5": {"sources": ["resnet34"], "probe": {"images": 12, "copies": [300]}}}
    settings = load_settings({"suite": "digits", "overrides": probe})
    exhibits = load_exhibits(settings.suite)

    def text(name, **changes):
        return setting_text(replace(exhibits[name], **changes), settings, {})

    assert text("table1").startswith("In the paper: ε 15; ")
    assert "Here ε, α and σ are 2.67 times the paper’s, in whole pixels: FGSM ε 40; nr-FG" in (
        text("table1")
    )
    assert text("figure5", targets=("vgg19_bn",)).endswith(
        "Here: resnet34 → vgg19_bn; images 12; m 300."
    )
    assert text("reading_cw").startswith("Not in the paper but for its footnote 2")
    assert text("figure8") == f"In the paper: {exhibits['figure8'].setting}."
    assert text("reading_shared_component", setting="").startswith("Here ε, α and σ")
