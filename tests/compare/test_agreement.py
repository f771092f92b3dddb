"""What two runs' outcomes say, with numbers known beforehand."""

import numpy as np
import pytest
from made_equal_cost import make_exhibit, make_files
from made_runs import make_crate
from nrg.analysis.panels import build_panel
from nrg.analysis.tables import build_table
from nrg.base.errors import UserError
from nrg.compare.agreement import Kind, judge_agreement
from nrg.compare.cells import compare_exhibits
from nrg.compare.run_record import RunRecord, read_record
from scipy.stats import binomtest

SENTENCE = "agree within sampling error"


def compare(folder, this=None, other=None):
    here = read_record(make_crate(folder, **(this or {})), "this run")
    there = read_record(make_crate(folder, **(other or {})), "there")
    return judge_agreement(here, there)


def test_a_run_is_identical_to_itself(tmp_path):
    found = compare(tmp_path)
    assert found.kind is Kind.IDENTICAL
    assert (found.cells["difference"] == 0).all()
    assert (found.cells["p_holm"] == 1).all()
    assert not found.networks


def test_equal_networks_and_images_agree_or_differ_by_mcnemars_test(tmp_path):
    close = compare(tmp_path, other={"successes": (31, 45)})
    assert close.kind is Kind.AGREE
    assert SENTENCE in close.sentence
    far = compare(tmp_path, other={"successes": (30, 75)})
    assert far.kind is Kind.DIFFER
    assert SENTENCE not in far.sentence
    cell = far.cells.query("method == 'nr-fgsm'").iloc[0]
    assert cell["difference"] == 30
    assert cell["p"] == pytest.approx(binomtest(30, 30, 0.5).pvalue)
    assert cell["ci_low"] < 30 < cell["ci_high"]
    assert (far.cells["basis"] == "paired").all()
    assert far.exhibits[0].different == 4
    assert far.exhibits[0].comparison.mean == pytest.approx(15)


def test_a_small_shift_of_all_cells_is_found_in_their_mean(tmp_path):
    found = compare(tmp_path, other={"successes": (38, 53)})
    assert found.exhibits[0].p_holm < 0.05 or found.exhibits[0].different
    assert found.kind is Kind.DIFFER


def test_other_images_are_independent_samples(tmp_path):
    found = compare(tmp_path, other={"images": range(200, 300), "successes": (240, 245)})
    assert found.kind is Kind.OTHER_IMAGES
    assert SENTENCE not in found.sentence
    assert set(found.cells["basis"]) == {"independent"}
    paired = compare(tmp_path, other={"successes": (40, 45)}).cells.iloc[0]
    apart = found.cells.iloc[0]
    assert paired["difference"] == apart["difference"] == 10
    assert apart["ci_high"] - apart["ci_low"] > paired["ci_high"] - paired["ci_low"]
    assert apart["p"] > paired["p"]


def test_of_some_common_images_the_others_count_as_independent(tmp_path):
    found = compare(tmp_path, other={"images": range(50, 150), "successes": (80, 80)})
    assert found.kind is Kind.OTHER_IMAGES
    assert set(found.cells["basis"]) == {"partly paired"}
    assert set(found.cells["shared"]) == {50}


def test_the_same_names_at_another_size_are_other_images(tmp_path):
    found = compare(tmp_path, other={"image size": 32})
    assert set(found.cells["basis"]) == {"independent"}


def test_other_pixels_under_the_same_names_are_other_images(tmp_path):
    found = compare(tmp_path, other={"evaluation set sha256": "1", "successes": (31, 45)})
    assert found.kind is Kind.OTHER_IMAGES
    assert SENTENCE not in found.sentence


def test_other_weights_are_other_networks_and_nothing_is_said_of_agreement(tmp_path):
    found = compare(tmp_path, other={"weights sha256": "alexnet 01; resnet18 03"})
    assert found.kind is Kind.OTHER_NETWORKS
    assert "different networks" in found.sentence
    assert SENTENCE not in found.sentence.partition(":")[0].replace("about " + SENTENCE, "")
    assert "The runs agree" not in found.sentence
    assert list(found.networks) == ["resnet18"]
    same = found.cells.query("same_networks")
    assert set(zip(same["source"], same["target"], strict=True)) == {("alexnet", "alexnet")}


def test_other_settings_of_an_attack_are_named(tmp_path):
    found = compare(tmp_path, other={"epsilon": 27})
    assert found.kind is Kind.OTHER_ATTACKS
    assert not found.cells["same_attack"].any()


def test_rates_without_outcomes_are_compared_as_independent_samples(tmp_path):
    found = compare(tmp_path, other={"with_outcomes": False, "successes": (30, 60)})
    assert found.kind is Kind.UNKNOWN
    assert set(found.cells["basis"]) == {"independent"}
    assert found.cells["p"].between(0, 1).all()
    assert np.isnan(found.exhibits[0].comparison.mean)


def test_runs_with_nothing_in_common_are_refused(tmp_path):
    here = read_record(make_crate(tmp_path), "this run")
    with pytest.raises(UserError, match="no exhibit or no cell in common"):
        judge_agreement(here, RunRecord("there", {}))


def test_attacks_that_chose_other_settings_are_the_same_cell(tmp_path):
    """A setting is what an attack chose at a budget, and no name of a cell."""
    exhibit = make_exhibit(tmp_path)
    files = make_files(tmp_path, exhibit, lambda method, source, target: np.arange(60) % 3 == 0)
    here = build_table(exhibit, build_panel(exhibit, files), files)
    there = here.assign(setting="another", gradients=1, rmsd=0.0)
    runs = [
        RunRecord(name, {}, tables={"mine": table})
        for name, table in zip("ab", (here, there), strict=True)
    ]
    (comparison,) = compare_exhibits(*runs)
    assert comparison.axes == ["budget"]
    assert len(comparison.cells) == len(here)
    assert (comparison.cells["difference"] == 0).all()
