"""The ledger of claims on made data whose truth is known, and on the paper's own tables."""

import json
import time

import numpy as np
import pandas as pd
import pytest
from nrg import claims
from nrg.claims import KINDS, judge
from nrg.contrasts import CannotTest
from nrg.exhibits import load_exhibits
from nrg.frames import write_frame
from nrg.ledger import ledger, load_claims, printed_models
from nrg.outcomes import destruction_panel, joined, new_panel, printed_panels, success_panel
from nrg.settings import WORKFLOW, load_suite

FILE = WORKFLOW / "resources/claims.yaml"
CLAIMS = {claim.id: claim for claim in load_claims(FILE)}
PRINTED = printed_panels()
MODELS = ["alexnet", "densenet121", "resnet152", "resnet34", "vgg13_bn", "vgg19_bn"]
NOTHING = pd.DataFrame({"family": {}})
PAIRS = {"kind": "every", "box": "black", "left": {"method": "a"}, "right": {"method": "b"}}


def made(rows: list[tuple[dict, float]], n: int = 400, seed: int = 0):
    """A panel of cells and the rates, in percent, that their images are drawn with."""
    random = np.random.default_rng(seed)
    cells = [{"exhibit": "e", "method": "a", "source": "s", "target": "t"} | c for c, _ in rows]
    rates = np.array([rate for _, rate in rows])
    outcomes = np.where(random.random((len(rows), n)) * 100 < rates[:, None], 100, 0)
    return new_panel(pd.DataFrame(cells), outcomes.astype(np.float32), [f"i{k}" for k in range(n)])


def two_methods(*pairs: tuple[float, float], **arguments):
    """Methods a and b on so many targets, at these rates."""
    rows = [
        ({"method": method, "target": f"t{place}"}, rate)
        for place, pair in enumerate(pairs)
        for method, rate in zip("ab", pair, strict=True)
    ]
    return made(rows, **arguments)


def verdict(test: dict, panel, models: pd.DataFrame = NOTHING) -> str:
    try:
        return judge([test], panel, models).verdict
    except CannotTest:
        return "not run"


def curve(axis: str, *rates: float, **cell):
    return [(cell | {axis: float(x)}, rate) for x, rate in enumerate(rates)]


def family_panel(own: float, other: float):
    rates = [
        ({"source": s, "target": t}, own if s[:3] == t[:3] else other)
        for s in MODELS
        for t in MODELS
        if s != t
    ]
    return made(rows=rates)


FAMILIES = printed_models()
ZOO = list(FAMILIES.index)


def zoo_models(**columns) -> pd.DataFrame:
    return FAMILIES.assign(**{name: list(values) for name, values in columns.items()})


RANKED = zoo_models(parameters=np.arange(15), top1_error=np.roll(np.arange(15), 4))


def target_panel(slope: float):
    """Success on a target of the zoo that changes with its place, hence its parameters."""
    rows = [
        ({"source": s, "target": t}, 50 + slope * place)
        for s in MODELS[:3]
        for place, t in enumerate(ZOO)
    ]
    return made(rows, n=800)


def source_panel(slope: float):
    """Success from a source of the zoo that falls or rises with error and with parameters."""
    values = slope * (RANKED["parameters"] + RANKED["top1_error"])
    return made([({"source": s, "target": "t"}, 50 + v) for s, v in values.items()], n=3000)


def depth_panel(difference: float, seeds: int = 5):
    names = ["mlp_d1", "mlp_d3", "mlp_d9"]
    cells = [
        {"exhibit": "e", "method": "fgsm", "source": s, "target": t, "optimiser": "adam"}
        for s in names
        for t in names
    ]
    random = np.random.default_rng(0)
    rates = [50 + difference * (cell["source"] == "mlp_d1") for cell in cells]
    outcomes = np.array(rates)[:, None] + 4 * random.standard_normal((len(cells), seeds))
    return new_panel(pd.DataFrame(cells), outcomes, [str(k) for k in range(seeds)])


def worst_panel(rate: float):
    return made(
        [({"source": s, "target": t}, rate if s == "a" else 50) for s in "abc" for t in "abcd"]
    )


def distance_panel(later: float):
    """Distances along two directions; the second is `later` by so much."""
    random = np.random.default_rng(0)
    steps = random.exponential(10, (2, 80))
    steps[1] += later
    steps[:, :20] = np.inf
    rows = [{"exhibit": "e", "method": m, "source": "s", "target": "t"} for m in "ab"]
    return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(80)])


DENIED = PAIRS | {"kind": "within", "margin": [-np.inf, 5]}
ORDER = {key: PAIRS[key] for key in ("kind", "left", "right")} | {"by": "order", "direction": -1}
TREND = {"kind": "trend", "axis": "m"}
PEAK = {"kind": "peak", "axis": "m", "inner": True, "about": {"s": 2}}
FLAT = two_methods((0, 0))
CASES = [
    (PAIRS, two_methods((30, 60), (40, 60)), "supported"),
    (PAIRS, two_methods((30, 60), (60, 40)), "contradicted"),
    (PAIRS, two_methods((30, 60), (50, 50)), "inconclusive"),
    (PAIRS, FLAT, "not run"),
    (PAIRS | {"left": {"method": "c"}}, two_methods((30, 60)), "not run"),
    (PAIRS | {"kind": "most"}, two_methods((30, 60), (40, 60), (60, 40)), "supported"),
    (PAIRS | {"kind": "most"}, two_methods((60, 30), (40, 60), (60, 40)), "contradicted"),
    (PAIRS | {"kind": "most"}, two_methods(*[(50, 50)] * 9), "inconclusive"),
    (PAIRS | {"kind": "most"}, FLAT, "not run"),
    (DENIED, two_methods((60, 30)), "supported"),
    (DENIED, two_methods((30, 60)), "contradicted"),
    (DENIED, two_methods((30, 31), n=30), "inconclusive"),
    (DENIED, two_methods((40, 47), n=100), "inconclusive"),
    (DENIED, two_methods((0, 0), (100, 100)), "inconclusive"),
    (DENIED, FLAT, "not run"),
    (ORDER, distance_panel(5), "supported"),
    (ORDER | {"direction": 1}, distance_panel(5), "contradicted"),
    (ORDER, distance_panel(0), "inconclusive"),
    (ORDER, distance_panel(np.inf * 0), "not run"),
    (TREND, made(curve("m", 20, 40, 60, 80)), "supported"),
    (TREND, made(curve("m", 20, 60, 40, 80)), "contradicted"),
    (TREND, made(curve("m", 50, 50, 50, 50)), "inconclusive"),
    (TREND, made(curve("m", 50)), "not run"),
    (PEAK, made(curve("m", 20, 40, 70, 40, 20)), "supported"),
    (PEAK, made(curve("m", 70, 40, 30, 20, 10)), "contradicted"),
    (PEAK, made(curve("m", 50, 50, 50, 50, 50)), "inconclusive"),
    (PEAK, made(curve("m", 0, 0, 0)), "not run"),
    (PEAK | {"about": {"other": 2}}, made(curve("m", 20, 40, 20)), "not run"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(70, 40), "supported"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(40, 60), "contradicted"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(50, 50), "inconclusive"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, two_methods((3, 9)), "not run"),
    ({"kind": "size", "box": "black"}, target_panel(-3), "supported"),
    ({"kind": "size", "box": "black"}, target_panel(3), "contradicted"),
    ({"kind": "size", "box": "black"}, target_panel(0), "inconclusive"),
    ({"kind": "size", "box": "black"}, family_panel(70, 40), "not run"),
    ({"kind": "capacity", "box": "black"}, source_panel(-1.7), "supported"),
    ({"kind": "capacity", "box": "black"}, source_panel(1.7), "contradicted"),
    ({"kind": "capacity", "box": "black"}, source_panel(0), "inconclusive"),
    ({"kind": "capacity", "box": "black"}, two_methods((3, 9)), "not run"),
    ({"kind": "depth", "box": "black"}, depth_panel(20), "supported"),
    ({"kind": "depth", "box": "black"}, depth_panel(-20), "contradicted"),
    ({"kind": "depth", "box": "black"}, depth_panel(20, seeds=1), "inconclusive"),
    ({"kind": "depth", "box": "black"}, depth_panel(20).only(np.arange(9) < 2), "not run"),
    ({"kind": "above", "percent": 90}, two_methods((98, 97)), "supported"),
    ({"kind": "above", "percent": 90}, two_methods((98, 70)), "contradicted"),
    ({"kind": "above", "percent": 90}, two_methods((98, 91)), "inconclusive"),
    ({"kind": "above", "percent": 90, "where": {"m": [3]}}, made(curve("m", 9, 9)), "not run"),
    ({"kind": "worst", "box": "black", "named": "a"}, worst_panel(20), "supported"),
    ({"kind": "worst", "box": "black", "named": "a"}, worst_panel(80), "contradicted"),
    ({"kind": "worst", "box": "black", "named": "a"}, worst_panel(50), "inconclusive"),
    ({"kind": "worst", "box": "black", "named": "x"}, worst_panel(20), "not run"),
]


@pytest.mark.parametrize(("test", "panel", "expected"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected):
    assert verdict(test, panel, RANKED) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected in CASES}
    verdicts = ("supported", "contradicted", "inconclusive", "not run")
    assert seen == {(kind, verdict) for kind in KINDS for verdict in verdicts}


def test_chance_seldom_supports_or_contradicts():
    made_up = [two_methods(*[(45, 45)] * 6, n=120, seed=seed) for seed in range(200)]
    found = [verdict(PAIRS, panel) for panel in made_up]
    assert "supported" not in found
    assert found.count("contradicted") <= 0.05 * 200
    most = [verdict(PAIRS | {"kind": "most"}, panel) for panel in made_up]
    assert most.count("supported") <= 0.05 * 200
    assert most.count("contradicted") <= 0.05 * 200


def test_a_rise_of_ten_points_is_mostly_found():
    panels = [two_methods((40, 50), n=700, seed=seed) for seed in range(100)]
    assert [verdict(PAIRS, panel) for panel in panels].count("supported") > 85


def test_renaming_the_sides_turns_the_verdict():
    panel = two_methods((30, 60), (40, 55))
    swapped = PAIRS | {"left": {"method": "b"}, "right": {"method": "a"}}
    assert verdict(swapped, panel) == "contradicted"
    assert verdict(swapped | {"direction": -1}, panel) == "supported"


def test_a_guest_is_compared_on_the_images_it_knows():
    panel = two_methods((30, 60))
    panel.outcomes[:, 100:] = np.nan
    (part,) = judge([PAIRS], panel, NOTHING).parts
    assert part.n == 100


IDS = """
    nrg-fgsm-blackbox nrg-whitebox nrg-igsm-blackbox nrg-l2 igsm-over-fgsm similar-architectures
    large-targets-robust nrg-ensemble nrg-targeted low-capacity-attacks sigma-optimum larger-m
    destruction boundary-direction boundary-distance capacity-and-error large-steps-targeted
    smoother-gradient shared-component alexnet-worst-source top1-saturated cw-loss
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


def on_paper(claim: str) -> dict:
    found = ledger([CLAIMS[claim]], {}, PRINTED, NOTHING, printed_models())
    return found["claims"][0]["paper"]


def test_the_papers_own_numbers_go_through_the_ledger():
    whitebox = on_paper("nrg-whitebox")
    assert whitebox["verdict"] == "contradicted"
    assert (whitebox["holding"], whitebox["of"]) == (5, 6)
    assert whitebox["exceptions"] == ["alexnet → alexnet: 98.3 → 98.1"]
    assert on_paper("nrg-l2")["exceptions"] == ["alexnet → vgg13_bn: 47.2 → 46.2"]
    saturated = on_paper("top1-saturated")
    assert "resnet34+vgg16_bn+alexnet → resnet152: 54.6" in saturated["exceptions"]
    whole = {"nrg-fgsm-blackbox": 30, "nrg-igsm-blackbox": 25, "nrg-ensemble": 36}
    for claim, pairs in whole.items():
        found = on_paper(claim)
        assert (found["verdict"], found["holding"], found["of"]) == ("supported", pairs, pairs)
    assert on_paper("nrg-targeted")["of"] == 22
    assert on_paper("igsm-over-fgsm")["of"] == 25
    assert on_paper("larger-m") is None, "the paper prints no such numbers"


def test_a_run_without_the_exhibits_says_so():
    found = ledger(list(CLAIMS.values()), {}, PRINTED, NOTHING, printed_models())
    assert {claim["verdict"] for claim in found["claims"]} == {"not run"}
    summaries = {claim["id"]: claim["summary"] for claim in found["claims"]}
    assert summaries["igsm-over-fgsm"] == "Not tested: this run does not build Table 1 and Table 2."
    assert set(found["rules"]) == {*KINDS, "paper"}
    json.dumps(found, allow_nan=False)


def imagenet_panel(name: str, gain: float, seed: int):
    """Table 1 or 2 at full scale: every target of the zoo, 5,000 images."""
    exhibit = load_exhibits(load_suite("imagenet", {}))[name]
    random = np.random.default_rng(seed)
    cells = pd.DataFrame(
        [
            {"exhibit": name, "method": m.name, "source": s, "target": t, "shown": t in MODELS}
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
    models = RANKED.assign(top1_accuracy=70.0)
    start = time.process_time()
    found = ledger(list(CLAIMS.values()), panels, PRINTED, models, printed_models())
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
    assert max(part["p_holm"] for part in first["parts"]) < claims.ALPHA
    assert first["summary"].startswith("30 of 30 pairs go as said, 30 significantly; none ")
    assert entries["large-targets-robust"]["verdict"] == "inconclusive"
    again = ledger([CLAIMS["nrg-fgsm-blackbox"]], panels, PRINTED, models, printed_models())
    assert again["claims"][0] == first, "resamples depend on the images alone"


def test_panels_join_on_their_images():
    left, right = two_methods((30, 60), n=5), two_methods((30, 60), n=8)
    both = joined([left, right])
    assert both.outcomes.shape == (4, 8)
    assert np.isnan(both.outcomes[:2, 5:]).all()


def test_success_is_read_from_predictions(tmp_path):
    exhibit = load_exhibits(load_suite("imagenet", {}))["table1"]
    images = pd.DataFrame({"image_id": list("abc"), "label": [1, 2, 3], "target_label": 0})
    write_frame(images.assign(in_subset=False), tmp_path / "images.parquet")
    rows = [
        {"source": "alexnet", "attack": a.name, "target": t, "image_id": i, "top1": top}
        for a in exhibit.attacks
        for t, known in (("resnet34", "cba"), ("guest", "b"))
        for i, top in zip("cba", (3, 9, 1), strict=True)
        if i in known
    ]
    frame = pd.DataFrame(rows).assign(top2=-1, top3=-1, top4=-1, top5=-1)
    write_frame(
        frame.astype({"image_id": "category", "attack": "category"}), tmp_path / "p.parquet"
    )
    files = {"images": tmp_path / "images.parquet", "predictions": [tmp_path / "p.parquet"]}
    panel = success_panel(exhibit, files)
    cells = panel.cells[panel.cells["method"] == "fgsm"]
    assert cells["shown"].tolist() == [True, False]
    assert panel.units == ("a", "b", "c")
    expected = np.array([[0, 100, 0], [np.nan, 100, np.nan]])
    assert np.array_equal(panel.outcomes[cells.index], expected, equal_nan=True)
    assert cells["value"].tolist() == pytest.approx([100 / 3, 100])


def test_destruction_is_of_the_images_that_fooled(tmp_path):
    exhibit = load_exhibits(load_suite("imagenet", {}))["figure4"]
    images = pd.DataFrame({"image_id": list("abc"), "label": 1})
    write_frame(images, tmp_path / "images.parquet")
    moves = {("none", 0.0): (2, 2, 1), ("rotation", 5.0): (1, 2, 1)}
    attacks = [attack.name for attack in exhibit.attacks]
    rows = [
        {"attack": attack, "transformation": t, "strength": s, "image_id": i, "top1": top}
        for attack in ["clean", *attacks]
        for (t, s), tops in moves.items()
        for i, top in zip("abc", (1, 1, 1) if attack == "clean" else tops, strict=True)
    ]
    write_frame(pd.DataFrame(rows), tmp_path / "p.parquet")
    files = {"images": tmp_path / "images.parquet", "predictions": tmp_path / "p.parquet"}
    panel = destruction_panel(exhibit, files)
    assert panel.cells["value"].tolist() == [50] * 4
    assert np.array_equal(panel.outcomes[0], [100, 0, np.nan], equal_nan=True)
