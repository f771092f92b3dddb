"""Simulated panels whose truth is known, and tests as data, for the tests of claims."""

import numpy as np
import pandas as pd
from nrg.analysis.panels import Panel, new_panel
from nrg.claims.confidences import compute_order_terms
from nrg.claims.kinds import judge
from nrg.claims.ledger import list_printed_models
from nrg.claims.parts import CannotTest
from scipy.stats import norm

VERDICTS = ("supported", "contradicted", "inconclusive", "not run")
MODELS = ["alexnet", "densenet121", "resnet152", "resnet34", "vgg13_bn", "vgg19_bn"]
NOTHING = pd.DataFrame({"family": {}})
PAIRS = {"kind": "every", "box": "black", "left": {"method": "a"}, "right": {"method": "b"}}
FAMILIES = list_printed_models()
ZOO = list(FAMILIES.index)


def draw_panel(rows: list[tuple[dict, float]], n: int = 400, seed: int = 0) -> Panel:
    """Draw the outcomes of n images in each cell.

    Args:
        rows: cells, and their rates in percent.
    """
    random = np.random.default_rng(seed)
    cells = [{"exhibit": "e", "method": "a", "source": "s", "target": "t"} | c for c, _ in rows]
    rates = np.array([rate for _, rate in rows])
    outcomes = np.where(random.random((len(rows), n)) * 100 < rates[:, None], 100, 0)
    return new_panel(pd.DataFrame(cells), outcomes.astype(np.float32), [f"i{k}" for k in range(n)])


def two_methods(*pairs: tuple[float, float], **arguments) -> Panel:
    """Draw methods a and b, one target for each pair of rates in percent."""
    rows = [
        ({"method": method, "target": f"t{place}"}, rate)
        for place, pair in enumerate(pairs)
        for method, rate in zip("ab", pair, strict=True)
    ]
    return draw_panel(rows, **arguments)


def verdict(test: dict, panel: Panel, models: pd.DataFrame = NOTHING) -> str:
    """The verdict of a claim with this one test."""
    try:
        return judge([test], panel, models).verdict
    except CannotTest:
        return "not run"


def curve(axis: str, *rates: float, **cell) -> list[tuple[dict, float]]:
    """Cells along an axis, one for each rate, as `draw_panel` takes them."""
    return [(cell | {axis: float(x)}, rate) for x, rate in enumerate(rates)]


TREND = {"kind": "trend", "axis": "m"}
PEAK = {"kind": "peak", "axis": "m", "inner": True, "about": {"s": 2}}
DIFFER = {"kind": "peaks_differ", "axis": "m"}


def tops(*curves: list[float]) -> Panel:
    """Draw a curve for each source: a, b and c."""
    named = zip("abc", curves, strict=False)
    return draw_panel([row for source, rates in named for row in curve("m", *rates, source=source)])


MEAN = PAIRS | {"kind": "mean"}
ALIKE = {"kind": "alike", "factor": 2, "left": {"method": "a"}, "right": {"method": "b"}}
DENIED = PAIRS | {"kind": "within", "margin": [-np.inf, 5]}
ORDER = {key: PAIRS[key] for key in ("kind", "left", "right")} | {"by": "order", "direction": -1}


def distance_panel(later: float) -> Panel:
    """Distances along two directions; the second is longer by `later` pixels."""
    random = np.random.default_rng(0)
    steps = random.exponential(10, (2, 80))
    steps[1] += later
    steps[:, :20] = np.inf
    rows = [{"exhibit": "e", "method": m, "source": "s", "target": "t"} for m in "ab"]
    return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(80)])


def ratio_panel(
    ratio: float, n: int = 100, reach: float = np.inf, spread: float = 1, seed: int = 0
) -> Panel:
    """Distances along a and b with this median ratio of b to a.

    Args:
        reach: longer distances are infinite.
        spread: the standard deviation of the ratio's logarithm.
    """
    random = np.random.default_rng(seed)
    a = random.lognormal(0, 1, n)
    steps = np.stack([a, a * ratio * random.lognormal(0, spread, n)])
    steps[steps > reach] = np.inf
    rows = [{"exhibit": "e", "method": m, "source": "s", "target": "t"} for m in "ab"]
    return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(n)])


def family_panel(own: float, other: float) -> Panel:
    """Success with one rate within families of models, and another between them."""
    rates = [
        ({"source": s, "target": t}, own if s[:3] == t[:3] else other)
        for s in MODELS
        for t in MODELS
        if s != t
    ]
    return draw_panel(rows=rates)


def zoo_models(**columns) -> pd.DataFrame:
    """The zoo's models with these columns besides their families."""
    return FAMILIES.assign(**{name: list(values) for name, values in columns.items()})


# Within families of 1, 4, 5, 1 and 4 models, error and size are not correlated.
WITHIN = [1, *(2, 4, 1, 3), *(2, 5, 3, 1, 4), 1, *(2, 4, 1, 3)]
RANKED = zoo_models(parameters=np.arange(15), top1_error=WITHIN)


def target_panel(slope: float) -> Panel:
    """Success that changes by `slope` points with each rank of the target's parameters."""
    rows = [
        ({"source": s, "target": t}, 50 + slope * place)
        for s in MODELS[:3]
        for place, t in enumerate(ZOO)
    ]
    return draw_panel(rows, n=800)


def source_panel(slope: float, models: pd.DataFrame = RANKED) -> Panel:
    """Success that changes by `slope` points with each rank of the source's error and size."""
    values = slope * (models["parameters"] + models["top1_error"] - 10)
    rows = [({"source": s, "target": "t"}, 50 + v) for s, v in values.items()]
    return draw_panel(rows, n=5000)


def depth_panel(difference: float, seeds: int = 5) -> Panel:
    """Networks of three depths, of which the shallowest succeeds more often by `difference`."""
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


def worst_panel(rate: float) -> Panel:
    """Three sources, of which a has this rate and the others 50 percent."""
    return draw_panel(
        [({"source": s, "target": t}, rate if s == "a" else 50) for s in "abc" for t in "abcd"]
    )


BEST = {"kind": "consistent", "box": "black", "named": "densenet121"}
SURER = {"kind": "surer", "box": "black"}


def named_panel(gain: float, one: float | None = None, n: int = 400, seed: int = 0) -> Panel:
    """densenet121 succeeds more often than others by `gain` points, and on resnet34 by `one`."""
    gains = {"resnet34": gain if one is None else one}
    rows = [
        ({"source": s, "target": t}, 50 + gains.get(t, gain) * (s == "densenet121"))
        for s in MODELS
        for t in MODELS
        if s != t
    ]
    return draw_panel(rows, n=n, seed=seed)


def confidence(
    slope: float, n: int = 200, cells: int = 6, seed: int = 0, rate: float = 0.3
) -> Panel:
    """Images whose transfer depends on the source's confidence, `slope` times as much as on ease.

    Targets share the confidence and part of the ease.
    """
    random = np.random.default_rng(seed)
    sure, ease = random.normal(size=(2, n))
    rows, outcomes = [], []
    for place in range(cells):
        own = sure + random.normal(size=n)
        score = slope * own + ease + random.normal(size=n)
        limit = norm.isf(rate) * (2 + 2 * slope**2) ** 0.5
        outcomes.append(compute_order_terms(own, score > limit))
        rows.append({"exhibit": "e", "method": "a", "source": "s", "target": f"t{place}"})
    return new_panel(pd.DataFrame(rows), np.array(outcomes), [f"i{k}" for k in range(n)])


SENSITIVE = {
    "kind": "sensitive",
    "axis": "alpha",
    "left": {"exhibit": "plain"},
    "right": {"exhibit": "targeted"},
}


def setting_panel(plain, targeted, n: int = 300, seed: int = 0) -> Panel:
    """Success of two attacks along α, from three sources on two targets."""
    rows = [
        ({"exhibit": name, "source": source, "target": target, "alpha": float(alpha)}, rate)
        for name, rates in (("plain", plain), ("targeted", targeted))
        for source in "abc"
        for target in ("t", "u")
        for alpha, rate in enumerate(rates)
    ]
    return draw_panel(rows, n=n, seed=seed)


FLAT, PEAKED = (70, 70, 70, 70, 70), (20, 30, 40, 45, 35)
STRONG = {"kind": "exceeds", "limit": 0.5, "unit": "cosine"}


def cosines(*means: float, n: int = 50, seed: int = 0) -> Panel:
    """Cosines of images, for one model per mean."""
    random = np.random.default_rng(seed)
    ends = [{"exhibit": "e", "method": "g", "source": f"s{k}", "target": "t"} for k in range(9)]
    rows = pd.DataFrame(ends[: len(means)])
    outcomes = np.array(means)[:, None] + 0.15 * random.standard_normal((len(means), n))
    return new_panel(rows, outcomes, [f"i{k}" for k in range(n)])


SIZES = {"r1": 1, "r2": 2, "r3": 3, "v1": 50, "v2": 60, "a": 40}
SIZED = pd.DataFrame({"parameters": SIZES, "family": {name: name[0] for name in SIZES}})
FARTHER = {"kind": "farther"}


def growth_panel(*factors: float, n: int = 60, seed: int = 0) -> Panel:
    """Distances that grow with each model of a family, by a factor for each of two families.

    Some are beyond reach.
    """
    random = np.random.default_rng(seed)
    common, rows, outcomes = random.normal(size=n), [], []
    for name in SIZES:
        grown = {"r": factors[0], "v": factors[-1]}.get(name[0], 1.0)
        size = common + random.normal(size=n) + np.log(grown) * int(name[1:] or 0)
        rows.append({"exhibit": "e", "method": "parallel", "source": "s", "target": name})
        outcomes.append(np.where(size > 2.5, np.inf, np.exp(size)))
    return new_panel(pd.DataFrame(rows), np.array(outcomes), [f"i{k}" for k in range(n)])
