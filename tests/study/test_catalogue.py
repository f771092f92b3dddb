"""Attacks as exhibits write them: pieces, the catalogue, budgets, and what is said of mistakes."""

import pytest
import yaml
from nrg.base.errors import UserError
from nrg.base.resources import WORKFLOW
from nrg.base.schemas import check
from nrg.base.yaml_files import read_yaml
from nrg.data.dataset_size import measure_data_set
from nrg.plan.tasks import crafting_tasks
from nrg.report.attack_text import describe_attack
from nrg.study.attacks import Attack
from nrg.study.catalogue import build_attack, fit_budget, look_up, read_catalogue
from nrg.study.crafting_jobs import list_jobs, plan_crafting
from nrg.study.exhibits import find_reduced_forms, load_exhibits
from nrg.study.settings import load_settings, load_suite

MINE = {
    "title": "Mine",
    "kind": "matrix",
    "metric": "top1_success",
    "sources": ["resnet18"],
    "targets": ["resnet34"],
}


def load_mine(tmp_path, attacks, suite="digits", **entries):
    """An exhibit `mine` with these attacks."""
    path = tmp_path / "exhibits.yaml"
    path.write_text(
        yaml.safe_dump({"mine": MINE | {"attacks": attacks} | entries}, sort_keys=False)
    )
    return load_exhibits(load_suite(suite, {"overrides": {}}), path)["mine"]


def test_the_catalogue_is_as_the_schema_says():
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    check(MINE | {"attacks": read_catalogue()}, schema, "attacks.yaml")


def test_an_attack_like_another_replaces_what_it_says_itself(tmp_path):
    attacks = {
        "vmi": {"like": "vmi"},
        "mine": {"like": "vmi", "steps": 2, "remember": ["variance"]},
    }
    vmi, mine = load_mine(tmp_path, attacks, "imagenet").attacks
    assert vmi == build_attack(look_up({"like": "vmi"}))
    assert (mine.steps, mine.epsilon, mine.look) == (2, 16, vmi.look)
    assert [piece.name for piece in mine.remember] == ["variance"]


def test_a_suites_scale_multiplies_pixels_and_leaves_lengths_in_epsilon(tmp_path):
    (vmi,) = load_mine(tmp_path, {"vmi": {"like": "vmi"}}).attacks
    assert (vmi.epsilon, vmi.alpha) == (43, 4)
    assert vmi.look == build_attack(look_up({"like": "vmi"})).look


def test_names_of_pieces_and_settings_can_be_read():
    attack = build_attack(look_up({"like": "admix"}))
    pieces = "mixed-c3-s0.2-scaled-c5-momentum-d1-n1"
    assert attack.name == f"igsm-linf-e16-k10-a1.6-{pieces}"
    assert describe_attack(attack) == (
        "ε 16, k 10, α 1.6, mixed (count 3, share 0.2), scaled (count 5), "
        "momentum (decay 1, normalise 1)"
    )


def test_a_number_may_be_whole_or_not_and_names_the_same_attack():
    entry = {"ball": "linf", "epsilon": 16, "look": [{"uniform": {"radius": 2}}]}
    same = entry | {"look": [{"uniform": {"radius": 2.0}}]}
    assert build_attack(entry) == build_attack(same)
    assert build_attack(entry).name == build_attack(same).name


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ({"like": "vim"}, "mine.a: unknown attack of the catalogue 'vim'"),
        ({"epsilon": 16}, "mine: attacks.a: 'ball' is a required property"),
        ({"ball": "linf"}, "mine.a: an attack needs 'epsilon', the radius of its ball"),
        ({"ball": "linf", "epsilon": 16, "copies": 9}, "mine.a: 'copies' of what noise"),
        ({"like": "mi", "looks": []}, "unknown key 'attacks.a.looks'; did you mean 'look'"),
        ({"like": "mi", "look": "scaled"}, "attacks.a.look: 'scaled' is not of type 'array'"),
        ({"like": "mi", "look": ["scale"]}, "mine.a: unknown look 'scale'; did you mean 'scaled'"),
        ({"like": "mi", "look": [{"scale": {}}]}, "mine.a: unknown look 'scale'; did you mean"),
        (
            {"like": "mi", "look": [{"scaled": {"number": 5}}]},
            "mine.a: unknown setting of scaled 'number'; known: count",
        ),
        (
            {"like": "mi", "look": [{"scaled": {"count": 0}}]},
            "mine.a: scaled: count must be a whole number from 1, and is 0",
        ),
        ({"like": "mi", "look": [{"scaled": 5}]}, "attacks.a.look.0.scaled: 5 is not of type"),
        ({"like": "mi", "look": ["resized", "along"]}, "mine.a: the look 'along' must come first"),
        ({"like": "vmi", "remember": ["momentum"]}, "mine.a: the look 'neighbours' finds two"),
        ({"like": "vmi", "budget": 20}, "mine.a: needs 210 gradients per image, .* budget of 20"),
        ({"like": "vmi", "steps": 1, "budget": 20}, "mine.a: needs 21 gradients per image"),
        ({"like": "mi", "budget": 0}, "attacks.a.budget: 0 is less than the minimum"),
    ],
)
def test_mistakes_are_told_with_exhibit_and_attack(tmp_path, attack, message):
    with pytest.raises(UserError, match=message):
        load_mine(tmp_path, {"a": attack})


def test_a_grid_keeps_what_its_budget_allows(tmp_path):
    attacks = {"vmi": {"like": "vmi", "budget": 100}, "mi": {"like": "mi"}}
    exhibit = load_mine(tmp_path, attacks, axes={"steps": [1, 4, 10]})
    kept = [(method.name, method.attack.steps) for method in exhibit.methods]
    assert kept == [("vmi", 1), ("vmi", 4), ("mi", 1), ("mi", 4), ("mi", 10)]


def test_without_a_budget_every_setting_fits():
    grid = [Attack("linf", 15, steps=steps) for steps in (1, 10, 10)]
    assert fit_budget(grid, None) == [grid[0], grid[1]]
    assert fit_budget(grid, 9) == [grid[0]]
    with pytest.raises(UserError, match="needs 1 gradients per image"):
        fit_budget(grid, 0)


def test_momentum_has_a_noise_reduced_form(tmp_path):
    attacks = {"mi": {"like": "mi"}, "nr-mi": {"like": "nr-mi"}, "ni": {"like": "ni"}}
    pairs = find_reduced_forms(load_mine(tmp_path, attacks))
    assert [(plain.name, reduced.name) for plain, reduced in pairs] == [("mi", "nr-mi")]


def test_the_plan_counts_what_the_rule_implies(tmp_path):
    attacks = {name: {"like": name} for name in ("mi", "vmi", "pgn")}
    exhibit = load_mine(tmp_path, attacks)
    settings = load_settings({"suite": "digits"})
    data = measure_data_set(settings.suite.data)
    jobs = list_jobs([exhibit], plan_crafting([exhibit], "source"))
    tasks = [task for job in jobs for task in crafting_tasks(job, settings, data, held=False)]
    images = settings.suite.evaluation_images
    assert sum(task.count("gradient") for task in tasks) == images * (10 + 210 + 400)
