"""Panels of made outcomes whose truth is known, for the tests of claims."""

import numpy as np
import pandas as pd
from nrg.analysis.panels import new_panel
from nrg.claims.contrasts import CannotTest
from nrg.claims.kinds import judge
from nrg.claims.ledger import printed_models

VERDICTS = ("supported", "contradicted", "inconclusive", "not run")
MODELS = ["alexnet", "densenet121", "resnet152", "resnet34", "vgg13_bn", "vgg19_bn"]
NOTHING = pd.DataFrame({"family": {}})
PAIRS = {"kind": "every", "box": "black", "left": {"method": "a"}, "right": {"method": "b"}}
FAMILIES = printed_models()
ZOO = list(FAMILIES.index)


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
