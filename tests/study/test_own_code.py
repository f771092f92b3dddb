"""Attacks that name functions of the user's own, as the workflow reads them."""

import sys

import pytest
from nrg.base.errors import UserError
from nrg.base.factory_files import hash_content, hash_own_code
from nrg.base.resources import WORKFLOW
from nrg.base.schemas import check
from nrg.base.yaml_files import read_yaml
from nrg.report.attack_text import describe_attack, label_attack
from nrg.study.attacks import Attack, count_gradients_per_image, group_by_gradients
from nrg.study.catalogue import build_attack, fit_budget, look_up
from nrg.study.equal_cost import fit_grids
from own_code import write_module

MODULE = """
import a_library_that_is_nowhere


def view(x, sight, numbers, *, count=4, reach=-0.5, wild=True):
    return x


def single(x, sight, numbers):
    return x


def leading(x, sight, *, count=3):
    yield from ()


def has_lambda(x, sight, numbers, *, count=2):
    rows = lambda: (yield)
    return x


def smooth(gradient, *, width=3):
    return gradient


def keep(groups, memory):
    return groups


def whole(gradient, clean, epsilon, steps, draws, *, decay=0.5):
    return clean


def awkward(gradient, clean, epsilon, steps, draws, *, name=1, role=2, given=3):
    return clean


def endless(gradient, clean, epsilon, steps, draws, *, decay=1e999):
    return clean


def open_ended(gradient, clean, epsilon, steps, draws, *, name="x"):
    return clean
"""
MODULE += "".join(f"\n\ndef {letter * 60}(x, sight, numbers):\n    return x\n" for letter in "ab")
ENTRY = {"ball": "linf", "epsilon": 15}
WHOLE = {"attack": "my_attacks:whole", "budget": 10, "steps": 5}


@pytest.fixture(autouse=True)
def module(tmp_path, monkeypatch):
    write_module(tmp_path, monkeypatch, MODULE)


def build(**entry) -> Attack:
    return build_attack(look_up(ENTRY | entry))


def test_reading_an_attack_runs_none_of_its_code():
    build(look=["my_attacks:view"])
    assert "my_attacks" not in sys.modules


def test_a_pieces_settings_are_its_keyword_arguments():
    attack = build(look=[{"my_attacks:view": {"count": 3}}, "my_attacks:single"])
    assert attack.look[0].settings == (("count", 3), ("reach", -0.5), ("wild", 1))
    assert attack.gradients == 3
    assert attack.name == "fgsm-linf-e15-my_attacks.view-c3-r-0.5-w1-my_attacks.single"
    assert attack.own_functions == ("my_attacks:view", "my_attacks:single")
    assert describe_attack(attack).endswith(
        "own look my_attacks:view (count 3, reach -0.5, wild 1), own look my_attacks:single"
    )


def test_a_generator_leads_and_other_looks_do_not():
    kinds = [build(look=[f"my_attacks:{name}"]).look[0].kind for name in ("leading", "has_lambda")]
    assert [kind.leads for kind in kinds] == [True, False]
    assert build(look=["my_attacks:leading", "scaled"]).gradients == 15
    with pytest.raises(UserError, match="'my_attacks:leading' must come first"):
        build(look=["scaled", "my_attacks:leading"])


def test_own_filters_and_memories_join_the_packages():
    attack = build(filter=["my_attacks:smooth"], remember=["my_attacks:keep", "momentum"])
    assert [piece.name for piece in attack.remember] == ["my_attacks:keep", "momentum"]
    assert attack.gradients == 1


def test_a_whole_attack_costs_its_budget():
    attack = build(**WHOLE)
    assert attack.gradients == count_gradients_per_image([attack]) == 10
    assert attack.name == "own-linf-e15-k5-a15-my_attacks.whole-b10-d0.5"
    assert label_attack(attack) == "own attack"
    function = "own attack my_attacks:whole (budget 10, decay 0.5)"
    assert describe_attack(attack) == f"ε 15, k 5, {function}"
    other = build(**WHOLE | {"attack": {"my_attacks:whole": {"decay": 1}}})
    assert other.name.endswith("-b10-d1")
    assert fit_budget([attack], 10) == [attack]


def test_at_equal_cost_a_whole_attack_gets_each_budget():
    own = {"attack": {"my_attacks:whole": {"decay": 1}}}
    entry = ENTRY | {"attack": "my_attacks:whole", "grid": [own, {"epsilon": 10}]}
    methods = fit_grids("mine", {"whole": entry}, [10, 30], 1)
    spent = [(m.attack.gradients, m.attack.steps, m.attack.epsilon) for m in methods]
    assert spent == [(10, 10, 15), (10, 10, 10), (30, 30, 15), (30, 30, 10)]
    assert dict(methods[0].axes) == {"budget": 10, "setting": "my_attacks.whole-b10-d1"}
    assert len({m.attack.name for m in methods}) == 4


def test_a_file_that_a_library_hides_is_to_have_another_name(tmp_path):
    (tmp_path / "json.py").write_text("def view(x, sight, numbers):\n    return x\n")
    with pytest.raises(UserError, match=r"a module 'json' of its own, .* before json.py in"):
        build(look=["json:view"])


def test_a_setting_may_be_called_as_anything_within():
    settings = {"name": 3, "given": 4}
    grid = [{"attack": {"my_attacks:awkward": settings}}]
    (method,) = fit_grids("mine", {"a": ENTRY | {"grid": grid}}, [10], 1)
    assert method.attack.function.settings == (
        ("budget", 10), ("name", 3), ("role", 2), ("given", 4)
    )  # fmt: skip


def test_a_name_of_any_length_is_the_name_of_a_file():
    looks = [f"my_attacks:{letter * 60}" for letter in "ab"]
    views = [{"my_attacks:view": {"reach": reach}} for reach in (0.1, 0.2)]
    names = [build(look=[*looks, view]).name for view in views]
    assert names[0] != names[1]
    assert {len(name) for name in names} == {129}
    assert names[0].startswith("fgsm-linf-e15-my_attacks.aaa")


def test_own_attacks_share_no_gradients():
    some = [build(**WHOLE), build(**WHOLE | {"epsilon": 10})]
    some += [build(look=["my_attacks:view"], steps=steps, alpha=5) for steps in (2, 4)]
    assert group_by_gradients(some) == [(attack,) for attack in some]


def test_other_attacks_are_written_as_they_were():
    assert repr(Attack("linf", 15)) == (
        "Attack(ball='linf', epsilon=15, steps=1, alpha=15, copies=1, sigma=0, "
        "loss='cross-entropy', targeted=False, variant='', look=(), filter=(), remember=())"
    )
    assert "function=Piece(role='attack', name='my_attacks:whole'" in repr(build(**WHOLE))


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"look": ["my_atacks:view"]}, "no module 'my_atacks' in the folder of the run"),
        ({"look": ["json:dumps"]}, "no module 'json' .* module of your own"),
        ({"look": ["my_attacks:vew"]}, "function of my_attacks.py 'vew'; did you mean 'view'"),
        ({"look": ["my_attacks:"]}, "write it as my_module:function"),
        ({"look": ["../my_attacks:view"]}, "write it as my_module:function"),
        ({"look": ["my_attacks:smooth"]}, r"3 arguments, \(x, sight, numbers\), .* takes 1"),
        ({"look": ["my_attacks:whole"]}, "must take 3 arguments"),
        ({"remember": ["my_attacks:view"]}, r"2 arguments, \(groups, memory\)"),
        ({"look": [{"my_attacks:view": {"coutn": 3}}]}, "did you mean 'count'"),
        ({"look": [{"my_attacks:view": {"count": 0}}]}, "count must be a whole number from 1"),
        ({"look": ["my_attacks:view", "my_attacks:view"]}, "stands twice"),
        ({"attack": "my_attacks:whole"}, "'my_attacks:whole' needs a 'budget'"),
        ({"attack": "whole", "budget": 10}, "write it as my_module:function"),
        ({"attack": "my_attacks:open_ended", "budget": 1}, "'name' .* needs a number as default"),
        (WHOLE | {"alpha": 3}, "'alpha' means nothing .* a setting of 'my_attacks:whole'"),
        (WHOLE | {"look": ["scaled"]}, "'look' means nothing"),
        (WHOLE | {"like": "mi"}, "'like' means nothing"),
        (WHOLE | {"attack": {"my_attacks:whole": {"budget": 9}}}, "'budget' stands beside"),
        ({"attack": "my_attacks:endless", "budget": 1}, "'decay' .* needs a number as default"),
        (WHOLE | {"attack": {"my_attacks:whole": {"dekay": 1}}}, "did you mean 'decay'"),
    ],
)
def test_mistakes_are_told_when_the_workflow_is_read(entry, message):
    with pytest.raises(UserError, match=message):
        build(**entry)


@pytest.mark.parametrize(
    ("attack", "message"),
    [
        ({"ball": "linf", "look": ["my_attacks:view"]}, None),
        ({"ball": "linf", "look": [{"my_attacks:view": {"count": 3, "wild": False}}]}, None),
        ({"ball": "linf", "attack": {"my_attacks:whole": {"decay": -1}}, "budget": 3}, None),
        ({"ball": "linf", "look": [{"my_attacks:view": {"count": "many"}}]}, "'many' is not of"),
        ({"ball": "linf", "attack": ["my_attacks:whole"]}, "attacks.a.attack: "),
    ],
)
def test_the_schema_allows_own_functions_with_numbers(attack, message):
    schema = read_yaml(WORKFLOW / "schemas/exhibit.schema.yaml")
    exhibit = {"title": "", "kind": "matrix", "metric": "top1_success", "attacks": {"a": attack}}
    exhibit |= {"sources": ["x"], "targets": ["x"]}
    if message is None:
        check(exhibit, schema, "mine")
    else:
        with pytest.raises(UserError, match=message):
            check(exhibit, schema, "mine")


def test_the_hash_follows_the_code_and_the_files_that_it_names(tmp_path, monkeypatch):
    ends = ["W = 1", "W = 1  # one", "W = 2", "W = open('weights.txt')", "W = open('weights.txt')"]
    hashes = []
    for number, end in enumerate(ends):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "weights.txt").write_text(str(number))
        (folder / "mine.py").write_text(f"def f(gradient):\n    return W\n\n\n{end}\n")
        monkeypatch.chdir(folder)
        hash_content.cache_clear()  # which knows files by their paths in the folder of the run
        hashes.append(hash_own_code(["mine:f", "mine:f"]))
    assert hashes[0] == hashes[1] != hashes[2]
    assert hashes[3][0] == hashes[4][0]
    assert hashes[3][1:] != hashes[4][1:]
    assert hash_own_code([]) == []
