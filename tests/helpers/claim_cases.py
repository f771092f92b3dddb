"""Cases of every kind of test: made panels whose truth is known, and the verdict they come to."""

import numpy as np
import pandas as pd
from claim_panels import FAMILIES, MODELS, NOTHING, PAIRS, ZOO, curve, made, two_methods
from nrg.analysis.panels import new_panel
from nrg.claims.confidences import order_terms
from scipy.stats import norm

TREND = {"kind": "trend", "axis": "m"}
PEAK = {"kind": "peak", "axis": "m", "inner": True, "about": {"s": 2}}
DIFFER = {"kind": "peaks_differ", "axis": "m"}


def tops(*curves: list[float]):
    """A curve of every source, a and on."""
    named = zip("abc", curves, strict=False)
    return made([row for source, rates in named for row in curve("m", *rates, source=source)])


MEAN = PAIRS | {"kind": "mean"}
ALIKE = {"kind": "alike", "factor": 2, "left": {"method": "a"}, "right": {"method": "b"}}
DENIED = PAIRS | {"kind": "within", "margin": [-np.inf, 5]}
ORDER = {key: PAIRS[key] for key in ("kind", "left", "right")} | {"by": "order", "direction": -1}
UNIFORM = two_methods((0, 0))


def distance_panel(later: float):
    """Distances along two directions; the second is `later` by so much."""
    random = np.random.default_rng(0)
    steps = random.exponential(10, (2, 80))
    steps[1] += later
    steps[:, :20] = np.inf
    rows = [{"exhibit": "e", "method": m, "source": "s", "target": "t"} for m in "ab"]
    return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(80)])


def ratio_panel(
    ratio: float, n: int = 100, reach: float = np.inf, spread: float = 1, seed: int = 0
):
    """Distances whose median ratio, b to a, is this, its logarithm with this deviation; those that
    are longer than the reach are infinite."""
    random = np.random.default_rng(seed)
    a = random.lognormal(0, 1, n)
    steps = np.stack([a, a * ratio * random.lognormal(0, spread, n)])
    steps[steps > reach] = np.inf
    rows = [{"exhibit": "e", "method": m, "source": "s", "target": "t"} for m in "ab"]
    return new_panel(pd.DataFrame(rows), steps, [f"i{k}" for k in range(n)])


def family_panel(own: float, other: float):
    rates = [
        ({"source": s, "target": t}, own if s[:3] == t[:3] else other)
        for s in MODELS
        for t in MODELS
        if s != t
    ]
    return made(rows=rates)


def zoo_models(**columns) -> pd.DataFrame:
    return FAMILIES.assign(**{name: list(values) for name, values in columns.items()})


# Within families of 1, 4, 5, 1 and 4 models, error and size are not correlated.
WITHIN = [1, *(2, 4, 1, 3), *(2, 5, 3, 1, 4), 1, *(2, 4, 1, 3)]
RANKED = zoo_models(parameters=np.arange(15), top1_error=WITHIN)


def target_panel(slope: float):
    """Success on a target of the zoo that changes with its place, hence its parameters."""
    rows = [
        ({"source": s, "target": t}, 50 + slope * place)
        for s in MODELS[:3]
        for place, t in enumerate(ZOO)
    ]
    return made(rows, n=800)


def source_panel(slope: float, models: pd.DataFrame = RANKED):
    """Success from a source of the zoo that falls or rises with error and with parameters."""
    values = slope * (models["parameters"] + models["top1_error"] - 10)
    rows = [({"source": s, "target": "t"}, 50 + v) for s, v in values.items()]
    return made(rows, n=5000)


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


BEST = {"kind": "consistent", "box": "black", "named": "densenet121"}
SURER = {"kind": "surer", "box": "black"}


def named_panel(gain: float, one: float | None = None, n: int = 400, seed: int = 0):
    """densenet121 succeeds more often by this much than others, on resnet34 by another."""
    gains = {"resnet34": gain if one is None else one}
    rows = [
        ({"source": s, "target": t}, 50 + gains.get(t, gain) * (s == "densenet121"))
        for s in MODELS
        for t in MODELS
        if s != t
    ]
    return made(rows, n=n, seed=seed)


def confidence(slope: float, n: int = 200, cells: int = 6, seed: int = 0, rate: float = 0.3):
    """Images transfer with a probability that depends on confidence as much as on their own ease,
    times the slope; targets share the confidence and part of the ease."""
    random = np.random.default_rng(seed)
    sure, ease = random.normal(size=(2, n))
    rows, outcomes = [], []
    for place in range(cells):
        own = sure + random.normal(size=n)
        score = slope * own + ease + random.normal(size=n)
        limit = norm.isf(rate) * (2 + 2 * slope**2) ** 0.5
        outcomes.append(order_terms(own, score > limit))
        rows.append({"exhibit": "e", "method": "a", "source": "s", "target": f"t{place}"})
    return new_panel(pd.DataFrame(rows), np.array(outcomes), [f"i{k}" for k in range(n)])


SENSITIVE = {
    "kind": "sensitive",
    "axis": "alpha",
    "left": {"exhibit": "plain"},
    "right": {"exhibit": "targeted"},
}


def setting_panel(plain, targeted, n: int = 300, seed: int = 0):
    """Success along α of either attack, from three sources on two targets."""
    rows = [
        ({"exhibit": name, "source": source, "target": target, "alpha": float(alpha)}, rate)
        for name, rates in (("plain", plain), ("targeted", targeted))
        for source in "abc"
        for target in ("t", "u")
        for alpha, rate in enumerate(rates)
    ]
    return made(rows, n=n, seed=seed)


FLAT, PEAKED = (70, 70, 70, 70, 70), (20, 30, 40, 45, 35)
STRONG = {"kind": "exceeds", "limit": 0.5, "unit": "cosine"}


def cosines(*means: float, n: int = 50, seed: int = 0):
    """Cosines of the images of so many models about these means."""
    random = np.random.default_rng(seed)
    ends = [{"exhibit": "e", "method": "g", "source": f"s{k}", "target": "t"} for k in range(9)]
    rows = pd.DataFrame(ends[: len(means)])
    outcomes = np.array(means)[:, None] + 0.15 * random.standard_normal((len(means), n))
    return new_panel(rows, outcomes, [f"i{k}" for k in range(n)])


SIZES = {"r1": 1, "r2": 2, "r3": 3, "v1": 50, "v2": 60, "a": 40}
SIZED = pd.DataFrame({"parameters": SIZES, "family": {name: name[0] for name in SIZES}})
FARTHER = {"kind": "farther"}


def growth_panel(*farther: float, n: int = 60, seed: int = 0):
    """Distances that grow by these factors with each model of a family; some are beyond reach."""
    random = np.random.default_rng(seed)
    common, rows, outcomes = random.normal(size=n), [], []
    for name in SIZES:
        grown = {"r": farther[0], "v": farther[-1]}.get(name[0], 1.0)
        size = common + random.normal(size=n) + np.log(grown) * int(name[1:] or 0)
        rows.append({"exhibit": "e", "method": "parallel", "source": "s", "target": name})
        outcomes.append(np.where(size > 2.5, np.inf, np.exp(size)))
    return new_panel(pd.DataFrame(rows), np.array(outcomes), [f"i{k}" for k in range(n)])


OF_CURVES = [
    (TREND, made(curve("m", 20, 40, 60, 80)), "supported"),
    (TREND, made(curve("m", 20, 60, 40, 80)), "contradicted"),
    (TREND, made(curve("m", 50, 50, 50, 50)), "inconclusive"),
    (TREND, made(curve("m", 50)), "not run"),
    (PEAK, made(curve("m", 20, 40, 70, 40, 20)), "supported"),
    (PEAK, made(curve("m", 70, 40, 30, 20, 10)), "contradicted"),
    (PEAK, made(curve("m", 50, 50, 50, 50, 50)), "inconclusive"),
    (PEAK, made(curve("m", 0, 0, 0)), "not run"),
    (PEAK | {"about": {"other": 2}}, made(curve("m", 20, 40, 20)), "not run"),
    (DIFFER, tops([20, 40, 70, 40], [20, 70, 40, 20]), "supported"),
    (DIFFER, tops([20, 40, 70, 40], [20, 40, 70, 40]), "contradicted"),
    (DIFFER, tops([20, 50, 50, 20], [20, 50, 50, 20]), "inconclusive"),
    (DIFFER, tops([20, 40, 70, 40]), "not run"),
]


OF_PAIRS = [
    (PAIRS, two_methods((30, 60), (40, 60)), "supported"),
    (PAIRS, two_methods((30, 60), (60, 40)), "contradicted"),
    (PAIRS, two_methods((30, 60), (50, 50)), "inconclusive"),
    (PAIRS, UNIFORM, "not run"),
    (PAIRS | {"left": {"method": "c"}}, two_methods((30, 60)), "not run"),
    (PAIRS | {"kind": "most_pairs"}, two_methods((30, 60), (40, 60), (60, 40)), "supported"),
    (PAIRS | {"kind": "most_pairs"}, two_methods((60, 30), (40, 60), (60, 40)), "contradicted"),
    (PAIRS | {"kind": "most_pairs"}, two_methods(*[(50, 50)] * 9), "inconclusive"),
    (PAIRS | {"kind": "most_pairs"}, UNIFORM, "not run"),
    (DENIED, two_methods((60, 30)), "supported"),
    (DENIED, two_methods((30, 60)), "contradicted"),
    (DENIED, two_methods((30, 31), n=30), "inconclusive"),
    (DENIED, two_methods((40, 47), n=100), "inconclusive"),
    (DENIED, two_methods((0, 0), (100, 100)), "inconclusive"),
    (DENIED, UNIFORM, "not run"),
    (ORDER, distance_panel(5), "supported"),
    (ORDER | {"direction": 1}, distance_panel(5), "contradicted"),
    (ORDER, distance_panel(0), "inconclusive"),
    (ORDER, distance_panel(np.inf * 0), "not run"),
    ({"kind": "rate_above", "percent": 90}, two_methods((98, 97)), "supported"),
    ({"kind": "rate_above", "percent": 90}, two_methods((98, 70)), "contradicted"),
    ({"kind": "rate_above", "percent": 90}, two_methods((98, 91)), "inconclusive"),
    ({"kind": "rate_above", "percent": 90, "where": {"m": [3]}}, made(curve("m", 9, 9)), "not run"),
    (MEAN, two_methods((30, 60), (50, 45)), "supported"),
    (MEAN, two_methods((30, 10), (50, 55)), "contradicted"),
    (MEAN, two_methods((30, 32), (50, 48)), "inconclusive"),
    (MEAN, UNIFORM, "not run"),
    (MEAN | {"gradients": "equal"}, two_methods((30, 60)), "not run"),
    (ALIKE, ratio_panel(1), "supported"),
    (ALIKE, ratio_panel(5), "contradicted"),
    (ALIKE, ratio_panel(1 / 5), "contradicted"),
    (ALIKE, ratio_panel(2), "inconclusive"),
    (ALIKE, ratio_panel(1, n=4), "inconclusive"),
    (ALIKE, ratio_panel(1, reach=0), "not run"),
]


OF_MODELS = [
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(70, 40), "supported"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(40, 60), "contradicted"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, family_panel(50, 50), "inconclusive"),
    ({"kind": "kinship", "box": "black", "named": "vgg"}, two_methods((3, 9)), "not run"),
    ({"kind": "target_size", "box": "black"}, target_panel(-3), "supported"),
    ({"kind": "target_size", "box": "black"}, target_panel(3), "contradicted"),
    ({"kind": "target_size", "box": "black"}, target_panel(0), "inconclusive"),
    ({"kind": "target_size", "box": "black"}, family_panel(70, 40), "not run"),
    ({"kind": "capacity", "box": "black"}, source_panel(-2), "supported"),
    ({"kind": "capacity", "box": "black"}, source_panel(2), "contradicted"),
    ({"kind": "capacity", "box": "black"}, source_panel(0), "inconclusive"),
    ({"kind": "capacity", "box": "black"}, two_methods((3, 9)), "not run"),
    ({"kind": "shallow_versus_deep", "box": "black"}, depth_panel(20), "supported"),
    ({"kind": "shallow_versus_deep", "box": "black"}, depth_panel(-20), "contradicted"),
    ({"kind": "shallow_versus_deep", "box": "black"}, depth_panel(20, seeds=1), "inconclusive"),
    (
        {"kind": "shallow_versus_deep", "box": "black"},
        depth_panel(20).only(np.arange(9) < 2),
        "not run",
    ),
    ({"kind": "worst_source", "box": "black", "named": "a"}, worst_panel(20), "supported"),
    ({"kind": "worst_source", "box": "black", "named": "a"}, worst_panel(80), "contradicted"),
    ({"kind": "worst_source", "box": "black", "named": "a"}, worst_panel(50), "inconclusive"),
    ({"kind": "worst_source", "box": "black", "named": "x"}, worst_panel(20), "not run"),
]


OF_SOURCES = [
    (BEST, named_panel(20), "supported"),
    (BEST, named_panel(20, one=-20), "contradicted"),
    (BEST, named_panel(20, one=0), "inconclusive"),
    (BEST | {"named": "alexnet2"}, named_panel(20), "not run"),
    (SURER, confidence(1.0), "supported"),
    (SURER, confidence(-1.0), "contradicted"),
    (SURER, confidence(0.0), "inconclusive"),
    (SURER, confidence(1.0, n=12), "not run"),
]


OF_SETTINGS = [
    (SENSITIVE, setting_panel(FLAT, PEAKED), "supported"),
    (SENSITIVE, setting_panel(PEAKED, FLAT), "contradicted"),
    (SENSITIVE, setting_panel(FLAT, FLAT), "inconclusive"),
    (SENSITIVE, setting_panel(FLAT, PEAKED[:1]), "not run"),
    (STRONG, cosines(0.8, 0.7), "supported"),
    (STRONG, cosines(0.8, 0.3), "contradicted"),
    (STRONG, cosines(0.8, 0.5), "inconclusive"),
    (STRONG | {"where": {"source": ["x"]}}, cosines(0.8), "not run"),
]


OF_DISTANCES = [
    (FARTHER, growth_panel(2.5), "supported"),
    (FARTHER, growth_panel(2.5, 0.2), "contradicted"),
    (FARTHER, growth_panel(2.5, 1.0), "inconclusive"),
    (FARTHER, growth_panel(2.5).only(np.array([1, 0, 0, 0, 0, 1], bool)), "not run"),
]


CASES = [
    (*case, models)
    for cases, models in (
        (OF_CURVES, NOTHING),
        (OF_PAIRS, NOTHING),
        (OF_MODELS, RANKED),
        (OF_SOURCES, FAMILIES),
        (OF_SETTINGS, NOTHING),
        (OF_DISTANCES, SIZED),
    )
    for case in cases
]
