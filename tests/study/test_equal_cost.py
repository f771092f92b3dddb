"""Attacks at equal numbers of gradients: grids, budgets, and what is said of mistakes."""

from dataclasses import replace
from textwrap import dedent

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st
from nrg.base.errors import UserError
from nrg.base.resources import WORKFLOW
from nrg.study.attacks import Attack, count_gradients_per_image, group_by_gradients
from nrg.study.equal_cost import find_least_gradients, fit_equal_cost, spend_budget
from nrg.study.exhibits import load_exhibits
from nrg.study.pieces import make_piece
from nrg.study.settings import load_suite

MINE = {
    "title": "Mine",
    "kind": "equal_cost",
    "metric": "top1_success",
    "sources": ["resnet18"],
    "targets": ["resnet34", "alexnet"],
    "budgets": [30, 10],
}
IGSM = {"ball": "linf", "epsilon": 15, "grid": [{"alpha": 1.5}, {"alpha": 3}]}
VMI = {
    "like": "vmi",
    "epsilon": 15,
    "grid": [{"look": [{"neighbours": {"count": 20}}]}, {"look": ["neighbours"], "alpha": 2}],
}


def load_mine(tmp_path, attacks, suite="imagenet", **entries):
    """An exhibit `mine` with these attacks."""
    path = tmp_path / "exhibits.yaml"
    entry = MINE | {"attacks": attacks} | entries
    path.write_text(yaml.safe_dump({"mine": entry}, sort_keys=False))
    return load_exhibits(load_suite(suite, {"overrides": {}}), path)["mine"]


def test_every_setting_takes_as_many_steps_as_its_budget_allows(tmp_path):
    exhibit = load_mine(tmp_path, {"igsm": IGSM})
    grid = [(m.axes, m.attack.steps, m.attack.alpha) for m in exhibit.methods]
    assert grid == [
        ((("budget", 10), ("setting", "alpha 1.5")), 10, 1.5),
        ((("budget", 10), ("setting", "alpha 3")), 10, 3),
        ((("budget", 30), ("setting", "alpha 1.5")), 30, 1.5),
        ((("budget", 30), ("setting", "alpha 3")), 30, 3),
    ]
    groups = group_by_gradients(exhibit.attacks)
    assert [count_gradients_per_image(group) for group in groups] == [30, 30], "one run serves both"


@settings(deadline=None)
@given(
    points=st.integers(1, 40),
    budget=st.integers(1, 400),
    epsilon=st.integers(1, 60),
    alpha=st.floats(0.1, 80),
)
def test_a_budget_is_spent_and_never_exceeded(points, budget, epsilon, alpha):
    attack = Attack(
        "linf", epsilon, alpha=alpha, look=(make_piece("look", "uniform", count=points),)
    )
    if points > budget:
        return
    spending = spend_budget(attack, budget)
    assert budget - points < spending.gradients <= budget
    assert spending.steps * spending.alpha >= epsilon - 1e-6, "it can reach the edge of the ball"
    assert spending.alpha == alpha or alpha < spending.alpha < epsilon / spending.steps + 1


def test_one_step_within_a_budget_is_the_fast_attack():
    attack = spend_budget(Attack("linf", 15, alpha=5, copies=20, sigma=15), 30)
    assert attack.is_fast
    assert (attack.method, attack.gradients) == ("nr-fgsm", 20)


def test_a_setting_that_costs_more_than_the_budget_is_left_out(tmp_path):
    methods = load_mine(tmp_path, {"igsm": IGSM, "vmi": VMI}).methods
    kept = [method.axes for method in methods if method.name == "vmi"]
    assert [budget for (_, budget), _ in kept] == [30, 30], "21 gradients are more than 10"
    assert kept[1][1] == ("setting", "neighbours-c20-r1.5-a0, alpha 15")
    assert find_least_gradients(methods, "vmi") == 21


def test_a_setting_without_a_piece_has_a_name_of_its_own(tmp_path):
    di = {"like": "di", "epsilon": 15, "grid": [{"look": []}, {"remember": []}]}
    methods = load_mine(tmp_path, {"di": di}, budgets=[10]).methods
    assert [dict(method.axes)["setting"] for method in methods] == ["no look", "no remember"]


def test_settings_of_one_cost_at_a_small_scale_count_once(tmp_path):
    grid = [{"alpha": 15}, {"alpha": 15.1}]
    methods = load_mine(tmp_path, {"igsm": IGSM | {"grid": grid}}, "digits").methods
    assert [method.axes[0][1] for method in methods] == [10, 30]


@pytest.mark.parametrize(
    ("attacks", "message"),
    [
        ({"a": IGSM, "b": {**IGSM, "grid": [{"alpha": 1}]}}, "mine: .* grids are: a 2, b 1; give"),
        ({"a": {"ball": "linf", "epsilon": 15}}, "mine: .* grids are: a 0"),
        ({"a": IGSM | {"steps": 3}}, "mine.a: 'steps' follows from the exhibit's budgets"),
        ({"a": IGSM | {"budget": 3}}, "mine.a: 'budget' follows from"),
        (
            {"a": VMI | {"grid": [{"look": [{"neighbours": {"count": 50}}]}]}},
            "mine.a: needs 51 .*30",
        ),
        ({"a": VMI | {"grid": [{"look": ["scale"]}]}}, "mine.a: unknown look 'scale'; did you"),
        ({"a": VMI | {"grid": [{"look": ["along"]}]}}, "mine.a: .*'neighbours'"),
        ({"a": IGSM | {"grid": [{"steps": 4}]}}, "unknown key 'attacks.a.grid.0.steps'"),
        ({"a": IGSM | {"grid": []}}, r"attacks.a.grid: \[\] should be non-empty"),
        ({"a": IGSM | {"variant": "random"}}, "mine.a: it takes no gradient"),
        ({"a": IGSM | {"like": "logit"}}, "mine.a: it is targeted, .* leave their own label"),
    ],
)
def test_mistakes_are_told_with_exhibit_and_attack(tmp_path, attacks, message):
    with pytest.raises(UserError, match=message):
        load_mine(tmp_path, attacks)


@pytest.mark.parametrize(
    ("entries", "message"),
    [
        (
            {"tuning_images": 5000},
            "mine: 5000 images are to choose .* attacks 5000, .* none is left",
        ),
        ({"compared_with": ["igms"]}, "mine: compared_with: 'igms'; did you mean 'igsm'"),
        ({"budgets": []}, r"mine: budgets: \[\] should be non-empty"),
        ({"budgets": [10**9]}, "mine: budgets.0: 1000000000 is greater than the maximum"),
        ({"targets": ["noise~jpeg75"]}, "'noise~jpeg75' does not match .* or one behind a defence"),
        (
            {"axes": {"steps": [1]}},
            "mine: its attacks have 'grid' and 'budgets' in place of 'axes'",
        ),
        ({"kind": "matrix"}, "mine.igsm: a 'grid' is for exhibits of the kind equal_cost"),
        ({"metric": "targeted_top1_success"}, "mine.igsm: it is not targeted, .* 'targeted: true'"),
    ],
)
def test_mistakes_of_the_comparison_are_told_with_the_exhibit(tmp_path, entries, message):
    with pytest.raises(UserError, match=message):
        load_mine(tmp_path, {"igsm": IGSM}, **entries)


def test_keys_that_another_kind_would_ignore_are_refused(tmp_path):
    fgsm = {"ball": "linf", "epsilon": 15}
    with pytest.raises(UserError, match="mine: 'budgets' is for exhibits of the kind equal_cost"):
        load_mine(tmp_path, {"fgsm": fgsm}, kind="matrix")


def test_exhibits_that_are_not_asked_for_may_name_other_models(tmp_path):
    path = tmp_path / "exhibits.yaml"
    mine = MINE | {"attacks": {"igsm": IGSM}}
    path.write_text(yaml.safe_dump({"mine": mine, "other": mine | {"targets": ["tiny"]}}))
    suite = load_suite("imagenet", {"overrides": {}})
    assert [*load_exhibits(suite, path, names=["mine"])] == ["mine"]
    with pytest.raises(UserError, match="'tiny'"):
        load_exhibits(suite, path)


def test_a_function_of_ones_own_may_stand_in_the_grid_alone(tmp_path, monkeypatch):
    (tmp_path / "grid_attacks.py").write_text(
        "def heavy(gradient, clean, epsilon, steps, draws, *, decay=1): ..."
    )
    monkeypatch.chdir(tmp_path)
    grid = [{"attack": {"grid_attacks:heavy": {"decay": decay}}} for decay in (0.5, 0.9)]
    heavy = {"ball": "linf", "epsilon": 15, "grid": grid}
    methods = load_mine(tmp_path, {"heavy": heavy}).methods
    assert {method.attack.gradients for method in methods} == {10, 30}
    assert len(methods) == 4


@pytest.mark.parametrize(("images", "tuning"), [(5000, 100), (300, 100), (60, 20), (2, 0)])
def test_a_third_of_the_images_chooses_unless_the_exhibit_says_how_many(images, tuning):
    asked = {"budgets": [10], "attacks": {}}
    assert fit_equal_cost("mine", asked, images).tuning_images == tuning
    assert fit_equal_cost("mine", asked | {"tuning_images": 1}, images).tuning_images == 1


def test_a_suite_without_a_subset_compares_attacks_on_all_images(tmp_path):
    path = tmp_path / "exhibits.yaml"
    entry = MINE | {"attacks": {"igsm": IGSM}, "images": "subset"}
    path.write_text(yaml.safe_dump({"mine": entry}))
    for subset, images, tuning in [(60, "subset", 20), (0, "all", 100)]:
        suite = replace(load_suite("imagenet", {"overrides": {}}), subset_images=subset)
        exhibit = load_exhibits(suite, path)["mine"]
        assert (exhibit.images, exhibit.equal_cost.tuning_images) == (images, tuning)


def test_it_needs_a_pair_of_different_models(tmp_path):
    assert load_mine(tmp_path, {"igsm": IGSM}).can_be_shown
    assert not load_mine(tmp_path, {"igsm": IGSM}, targets=["resnet18"]).can_be_shown


def test_the_projects_own_comparison_fits_every_suite():
    for suite in ("digits", "imagenet", "imagenetv2", "mnist"):
        exhibit = load_exhibits(load_suite(suite, {}))["equal_cost"]
        names = dict.fromkeys(method.name for method in exhibit.methods)
        assert len(names) == 10
        for name in names:
            costs = {
                dict(method.axes)["budget"]: method.attack.gradients
                for method in exhibit.methods
                if method.name == name
            }
            assert {*costs} == {10, 30, 100}
            assert all(cost <= budget for budget, cost in costs.items())


def test_the_documented_exhibit_is_as_documented(tmp_path):
    page = (WORKFLOW.parent / "docs/attacks-and-exhibits.md").read_text(encoding="utf-8")
    section = page.partition("## At equal numbers of gradients")[2].partition("\n- ")[0]
    text = "\n".join(line for line in section.splitlines() if line.startswith("    "))
    (tmp_path / "exhibits.yaml").write_text(dedent(text), encoding="utf-8")
    suite = load_suite("digits", {"overrides": {}})
    methods = load_exhibits(suite, tmp_path / "exhibits.yaml")["mine"].methods
    assert {dict(m.axes)["budget"] for m in methods if m.name == "mine"} == {10, 30, 100}
    assert find_least_gradients(methods, "mine") == 6
