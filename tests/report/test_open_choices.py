"""What the paper leaves open is said, and no setting is put into its mouth."""

import re

from made_tables import made_table
from nrg.base.resources import WORKFLOW
from nrg.base.yaml_files import read_yaml
from nrg.report.open_choices import load_choices
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

EXHIBITS = load_exhibits(load_suite("digits", {}))
PAPER = [exhibit for exhibit in EXHIBITS.values() if not exhibit.reading]
# Where the paper's captions and text print these, read in the paper.
PRINTED = {
    "σ": {"table2", "table3a", "table3b", "table7", "table8", "figure1b", "figure4", "figure5"},
    "m": {"table2", "table3a", "table3b", "table7", "table8", "figure1b", "figure4", "figure5"},
    "ε": {
        *("table1", "table2", "table3a", "table3b", "table4", "table5", "table6", "table7"),
        *("table8", "figure4", "figure6", "figure7", "figure9"),
    },
}


def taken(exhibit) -> dict[str, bool]:
    """Which settings an exhibit fixes, and so must tell of."""
    attacks = exhibit.attacks
    axes = {axis for method in exhibit.methods for axis, _ in method.axes}
    return {
        "σ": "sigma" not in axes
        and (exhibit.probe.sigma > 0 or any(attack.sigma for attack in attacks)),
        "m": "m" not in axes and any(attack.copies > 1 for attack in attacks),
        "ε": "epsilon" not in axes and bool(attacks),
    }


def test_a_setting_that_the_paper_does_not_print_is_called_inferred():
    for exhibit in PAPER:
        for symbol, fixed in taken(exhibit).items():
            if not fixed:
                continue
            told = re.search(rf"(?<!\w){symbol} [\d.]+([^;]*)", exhibit.setting)
            assert told, f"{exhibit.name} does not tell its {symbol}"
            inferred = "inferred" in told[1]
            assert inferred != (exhibit.name in PRINTED[symbol]), f"{exhibit.name}: {symbol}"


def test_comparisons_name_runs_that_are_declared():
    choices = read_yaml(WORKFLOW / "resources/choices.yaml")["choices"]
    for choice in choices:
        assert re.search(r"\?( |$)", choice["question"]), "it is a question"
        assert choice["choice"].endswith(".")
        for run in choice.get("compare", []):
            methods = {method.name for method in EXHIBITS[run["exhibit"]].methods}
            assert run["method"] in methods
    places = [choice["where"] for choice in choices]
    assert len(set(places)) == len(places)


def test_every_choice_names_runs_that_exist_and_gives_means_over_black_box_pairs():
    table = made_table()
    choices = load_choices({"table1": table}, scale=1)
    compared = [mean for choice in choices for mean in choice.means]
    for mean in compared:
        methods = {method.name for method in EXHIBITS[mean.exhibit].methods}
        assert mean.method in methods
    own = [mean for mean in compared if mean.exhibit == "table1" and mean.method == "fgsm"]
    assert {(mean.value, mean.pairs) for mean in own} == {(10.0, 30)}
    assert all(mean.value is None for mean in compared if mean.exhibit != "table1")


def test_values_of_the_paper_stand_beside_those_of_the_run():
    choices = {choice.where: choice for choice in load_choices({}, scale=2)}
    assert choices["Figure 2"].choice == "σ 15 (here 30), and m 1 and 10."
    assert choices["Table 2"].means[0].says == "IGSM, α 1 (here 2)"
    assert choices["Table 4"].choice == next(
        choice.choice for choice in load_choices({}, scale=1) if choice.where == "Table 4"
    )
