"""The ledger of claims on simulated data, and on the paper's own tables."""

import json
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from claim_panels import FAMILIES, MODELS, NOTHING, ZOO
from nrg.analysis.panels import new_panel
from nrg.analysis.printed import read_printed_panels
from nrg.base.errors import UserError
from nrg.base.resources import WORKFLOW
from nrg.claims.claims_file import load_claims
from nrg.claims.entries import to_json
from nrg.claims.kinds import KINDS
from nrg.claims.ledger import judge_claim, judge_claims, list_printed_models
from nrg.claims.verdicts import ALPHA
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite

FILE = WORKFLOW / "resources/claims.yaml"
CLAIMS = {claim.id: claim for claim in load_claims(FILE)}
PRINTED = read_printed_panels()
IDS = """
    nrg-on-average nrg-on-average-equal-cost equal-cost-beyond-the-paper
    equal-cost-igsm equal-cost-mi equal-cost-di equal-cost-vmi equal-cost-momentum
    equal-cost-transformers equal-cost-robust equal-cost-jpeg
    nrg-fgsm-blackbox nrg-whitebox nrg-igsm-blackbox nrg-l2 igsm-over-fgsm similar-architectures
    large-targets-robust nrg-ensemble nrg-targeted low-capacity-attacks sigma-optimum larger-m
    destruction boundary-direction boundary-distance capacity-and-error large-steps-targeted
    smoother-gradient shared-component alexnet-worst-source top1-saturated cw-loss
    igsm-against-alexnet nrg-from-alexnet alexnet-boundary densenet121-source confidence-transfers
    few-steps targeted-step-size distances-grow other-sources noise-correlation spectrum-of-parts
"""


def test_every_sentence_of_the_paper_is_there():
    assert list(CLAIMS) == IDS.split()
    exhibits = load_exhibits(load_suite("imagenet", {}))
    assert {name for claim in CLAIMS.values() for name in claim.reads} <= exhibits.keys()
    assert {test["kind"] for claim in CLAIMS.values() for test in claim.tests} == KINDS.keys()


def test_pixels_are_at_the_suites_scale():
    scaled = {claim.id: claim for claim in load_claims(FILE, load_suite("digits", {}).pixel_scale)}
    assert scaled["sigma-optimum"].tests[0]["about"] == {"resnet18": 40, "densenet161": 53}
    assert scaled["large-steps-targeted"].tests[1]["where"] == {"alpha": [13]}


def with_entry(tmp_path, **changes) -> Path:
    """A file with one claim, and these changes of it and of its test."""
    test = {"kind": "every", "left": {"method": "a"}, "right": {"method": "b"}}
    entry = {"id": "mine", "exhibits": ["table1"], "says": "So.", "test": "So.", "tests": [test]}
    test |= changes.pop("of_test", {})
    path = tmp_path / "claims.yaml"
    path.write_text(yaml.safe_dump([entry | changes]))
    return path


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"writen": False}, "mine: 'writen'; did you mean 'written'?"),
        ({"measure": "confidense"}, "mine: 'confidense'; did you mean 'confidence'?"),
        ({"of_test": {"directoin": -1}}, "mine: 'directoin'; did you mean 'direction'?"),
        ({"of_test": {"kind": "evry"}}, "mine: 'evry'; did you mean 'every'?"),
        ({"of_test": {"kind": "peak", "axis": "sigma"}}, "kind 'peak' in .*mine: 'left'"),
        ({"tests": [{"kind": "peak", "axis": "m"}]}, "mine: the kind 'peak' needs the key 'about'"),
        ({"tests": [{"kind": "alike", "left": {}, "right": {}, "by": "order"}]}, "mine: 'by'"),
    ],
)
def test_an_unknown_or_missing_key_is_an_error_that_names_claim_and_key(tmp_path, changes, message):
    assert load_claims(with_entry(tmp_path))[0].reads == ("table1",)
    with pytest.raises(UserError, match=message):
        load_claims(with_entry(tmp_path, **changes))


def judge_all(claims, panels, models) -> dict:
    """The ledger of claims as JSON holds it."""
    return to_json(judge_claims(list(claims), panels, PRINTED, models, list_printed_models()))


def on_paper(claim: str) -> dict:
    return judge_all([CLAIMS[claim]], {}, NOTHING)["claims"][0]["paper"]


def test_the_papers_own_numbers_go_through_the_ledger():
    whitebox = on_paper("nrg-whitebox")
    assert whitebox["verdict"] == "inconclusive", "a sign alone is no evidence"
    assert (whitebox["holding"], whitebox["of"]) == (5, 6)
    assert whitebox["exceptions"] == ["alexnet → alexnet: 98.3 → 98.1"]
    assert on_paper("nrg-l2")["exceptions"] == ["alexnet → vgg13_bn: 47.2 → 46.2"]
    assert on_paper("top1-saturated") is None, "Table 7 is of other attacks than Table 3a"
    whole = {"nrg-fgsm-blackbox": 30, "nrg-igsm-blackbox": 25, "nrg-ensemble": 36}
    for claim, pairs in whole.items():
        found = on_paper(claim)
        assert (found["verdict"], found["holding"], found["of"]) == ("supported", pairs, pairs)
    assert on_paper("nrg-targeted")["of"] == 22
    single = on_paper("igsm-against-alexnet")["summary"]
    assert single == "The printed numbers agree with the sentence; +24.4 points."
    assert on_paper("igsm-over-fgsm")["of"] == 25
    assert on_paper("larger-m") is None, "the paper prints no such numbers"


def test_the_mean_gain_in_print_is_that_of_its_numbers():
    """By hand: the gains of Tables 1, 2 and 5, of 3a, 6 and 7, and of 3b and 8."""
    means = {(m["label"], m["gradients"]): m for m in on_paper("nrg-on-average")["means"]}
    assert [m["pairs"] for m in means.values()] == [90, 36, 22]
    assert [m["effect"] for m in means.values()] == pytest.approx([19.41, 23.52, 22.34], abs=0.01)
    equal = on_paper("nrg-on-average-equal-cost")["means"]
    found = [(m["label"], m["setting"], m["pairs"], round(m["effect"], 2)) for m in equal]
    cost = "equally many gradients"
    assert found == [
        ("single sources", f"Table 2, {cost}", 30, 18.24),
        ("ensembles", f"Table 3a, {cost}", 12, 30.75),
    ]


def test_a_claim_of_many_exhibits_is_tested_on_those_that_are_built():
    panels = {"table1": imagenet_panel("table1", 0.1, 0)}
    claims = [CLAIMS["nrg-on-average"], CLAIMS["nrg-on-average-equal-cost"]]
    first, second = judge_all(claims, panels, NOTHING)["claims"]
    assert (first["verdict"], first["of"]) == ("supported", 1)
    (part,) = first["parts"]
    assert (part["label"], part["pairs"], part["gradients"]) == ("single sources", 30, "as printed")
    assert part["unit"] == "points"
    assert part["over"] == first["over"] == "images; models held fixed"
    assert part["ci_low"] < part["effect"] < part["ci_high"]
    assert (
        "without Table 2, Table 3a, Table 3b, Table 5, Table 6, Table 7 and Table 8, which"
        in first["summary"]
    )
    assert first["lacking"] == [f"Table {n}" for n in ("2", "3a", "3b", "5", "6", "7", "8")]
    assert second["verdict"] == "not run", "of Table 1 no two attacks cost the same"
    assert first["seen"] == "digits"


def test_a_run_without_the_exhibits_says_so():
    found = judge_all(CLAIMS.values(), {}, NOTHING)
    assert {claim["verdict"] for claim in found["claims"]} == {"not run"}
    summaries = {claim["id"]: claim["summary"] for claim in found["claims"]}
    assert summaries["igsm-over-fgsm"] == "Not tested: this run does not build Table 1 and Table 2."
    assert set(found["rules"]) == {*KINDS, "paper", "outcome"}
    assert "MNIST" in found["blindness"]
    json.dumps(found, allow_nan=False)


def imagenet_panel(name: str, gain: float, seed: int):
    """Table 1 or 2 at full scale: every target of the zoo, 5,000 images."""
    exhibit = load_exhibits(load_suite("imagenet", {}))[name]
    random = np.random.default_rng(seed)
    cells = pd.DataFrame(
        [
            {
                "exhibit": name,
                "method": m.name,
                "source": s,
                "target": t,
                "shown": t in MODELS,
                "gradients": m.attack.steps * m.attack.copies,
            }
            for s in exhibit.sources
            for t in ZOO
            for m in exhibit.methods
        ]
    )
    rates = 0.3 + gain * cells["method"].str.startswith("nr-").to_numpy()
    outcomes = (random.random((len(cells), 5000), np.float32) < rates[:, None]) * np.float32(100)
    return new_panel(cells, outcomes, [f"i{k}" for k in range(5000)])


def test_the_ledger_is_fast_at_full_scale_and_writes_plain_json():
    panels = {
        name: imagenet_panel(name, 0.1, seed) for seed, name in enumerate(("table1", "table2"))
    }
    models = FAMILIES.assign(parameters=np.arange(15), top1_error=30.0)
    start = time.process_time()
    found = judge_all(CLAIMS.values(), panels, models)
    assert time.process_time() - start < 30
    json.dumps(found, allow_nan=False)
    entries = {claim["id"]: claim for claim in found["claims"]}
    first = entries["nrg-fgsm-blackbox"]
    assert (first["verdict"], first["of"], len(first["parts"])) == ("supported", 30, 30)
    cells, outcomes = panels["table1"].cells, panels["table1"].outcomes
    black = (cells["shown"] & ~cells["white"]).to_numpy()
    noisy = (cells["method"] == "nr-fgsm").to_numpy()
    gains = outcomes[black & noisy].mean(0) - outcomes[black & ~noisy].mean(0)
    half = 1.96 * gains.std() / 5000**0.5
    expected = [gains.mean(), gains.mean() - half, gains.mean() + half]
    assert [first[key] for key in ("effect", "ci_low", "ci_high")] == pytest.approx(
        expected, abs=0.03
    )
    assert max(part["p_holm"] for part in first["parts"]) < ALPHA
    assert first["summary"].startswith("30 of 30 pairs agree significantly; none ")
    assert entries["large-targets-robust"]["verdict"] == "inconclusive"
    claim = CLAIMS["nrg-fgsm-blackbox"]
    again = judge_all([claim], panels, models)
    assert again["claims"][0] == first, "resamples depend on the images alone"


def built(name: str, rate, n: int = 400, seed: int = 0):
    """An exhibit of the digits as a run would build it, with this rate of each cell, in percent."""
    exhibit = load_exhibits(load_suite("digits", {}))[name]
    random = np.random.default_rng(seed)
    cells = [
        {"exhibit": name, "method": method.name, "source": source, "target": target}
        | dict(method.axes)
        for source in exhibit.sources
        for target in exhibit.targets
        for method in exhibit.methods
    ]
    rates = np.array([rate(cell) for cell in cells])
    outcomes = 100.0 * (random.random((len(cells), n)) * 100 < rates[:, None])
    return new_panel(pd.DataFrame(cells), outcomes.astype(np.float32), [f"i{k}" for k in range(n)])


def true_of(claim: str, cell: dict) -> float:
    """A rate with which the sentence is true."""
    method, source, target = (cell[key] for key in ("method", "source", "target"))
    match claim:
        case "igsm-against-alexnet":
            return 30 if method == "igsm" else 45
        case "nrg-from-alexnet":
            return 30 if (method, source) == ("nr-igsm", "alexnet") else 45
        case "densenet121-source":
            return 65 if source == "densenet121" else 40
        case "few-steps":
            return {"fgsm": 50, "igsm": 30 if cell["exhibit"] == "reading_few_steps" else 55}.get(
                method, 50
            )
        case "targeted-step-size" if cell["exhibit"] == "figure7":
            return 10 + cell["alpha"]
    return 50 + 0 * len(target)


TRUE = """
    igsm-against-alexnet nrg-from-alexnet densenet121-source few-steps targeted-step-size
""".split()


@pytest.mark.parametrize("name", TRUE)
def test_a_claim_reads_the_exhibits_as_they_are_built(name):
    """At the digits' scale of pixels: supported where it is true, and not where nothing differs."""
    (claim,) = (c for c in load_claims(FILE, load_suite("digits", {}).pixel_scale) if c.id == name)
    models = FAMILIES
    panels = {one: built(one, lambda cell: true_of(name, cell)) for one in claim.reads}
    assert judge_claim(claim, panels, models).verdict == "supported"
    level = {one: built(one, lambda _: 50, seed=1) for one in claim.reads}
    assert judge_claim(claim, level, models).verdict != "supported"
