"""The ledger of claims on hardly any data: every claim still comes to a verdict with a text."""

import json
import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from claim_panels import FAMILIES
from nrg.analysis import statistics
from nrg.analysis.panels import Panel, new_panel
from nrg.base.resources import WORKFLOW
from nrg.claims import units_needed as needed
from nrg.claims.claims_file import Claim, load_claims
from nrg.claims.entries import to_json
from nrg.claims.ledger import judge_claim
from nrg.study.exhibits import Exhibit, load_exhibits
from nrg.study.settings import load_suite

SUITE = load_suite("digits", {})
EXHIBITS = load_exhibits(SUITE)
CLAIMS = load_claims(WORKFLOW / "resources/claims.yaml", SUITE.pixel_scale)
KNOWN = FAMILIES.assign(
    parameters=np.arange(len(FAMILIES)) + 1e6, top1_error=np.arange(len(FAMILIES)) % 4
)
Cells = list[dict]


def cells_of(exhibit: Exhibit) -> Cells:
    """The cells that a run makes for an exhibit of its kind."""
    ends = [{"source": s, "target": t} for s in exhibit.sources for t in exhibit.targets]
    own = [end for end in ends if end["source"] == end["target"]]
    match exhibit.kind.name:
        case "destruction":
            moves = [(t, float(s)) for t, strengths in exhibit.transformations for s in strengths]
            axes = [{"method": m.name, "transformation": t, "strength": s}
                    for m in exhibit.methods for t, s in moves]  # fmt: skip
        case "boundaries":
            axes = [{"method": method} for method in ("parallel", "perpendicular")]
        case "gradients" if exhibit.probe.parts:
            axes = [
                {"method": part, "m": 100} for part in ("parallel", "perpendicular", "difference")
            ]
        case "gradients":
            axes = [{"method": "nrg", "m": m} for m in exhibit.probe.copies]
        case "cosines":
            ends = [e for e in ends if e["source"] < e["target"]]
            axes = [{"method": "nrg" if m else "gradient", "m": m} for m in exhibit.probe.copies]
        case "copies":
            ends, axes = own, [{"method": "gradient", "sigma": s} for s in exhibit.probe.sigmas]
        case "mlps":
            names = [f"mlp_d{depth}" for depth in (1, 3, 9)]
            ends = [{"source": s, "target": t} for s in names for t in names]
            axes = [{"method": "fgsm", "optimiser": name} for name in ("adam", "sgd")]
        case _:
            axes = [{"method": m.name, "gradients": m.attack.steps * m.attack.copies}
                    | dict(m.axes) for m in exhibit.methods]  # fmt: skip
    return [{"exhibit": exhibit.name} | end | axis for end in ends for axis in axes]


def outcomes_of(exhibit: Exhibit, count: int, n: int) -> np.ndarray:
    random = np.random.default_rng(0)
    if exhibit.kind.is_probe or exhibit.kind.attacks_mlps:
        return random.lognormal(0, 1, (count, n))
    return 100.0 * (random.random((count, n)) < 0.4)


def everything(outcomes: np.ndarray, _: Cells) -> np.ndarray:
    return outcomes


def nothing(outcomes: np.ndarray, _: Cells) -> np.ndarray:
    return outcomes * np.nan


def holes(outcomes: np.ndarray, _: Cells) -> np.ndarray:
    """Every third cell has no image, and some others lack half of them."""
    outcomes[::3] = np.nan
    outcomes[1::3, ::2] = np.nan
    return outcomes


def ties(outcomes: np.ndarray, _: Cells) -> np.ndarray:
    """Images differ, cells do not."""
    return np.broadcast_to(outcomes[:1], outcomes.shape)


def far(outcomes: np.ndarray, cells: Cells) -> np.ndarray:
    """All boundaries along ∇f∥ are beyond reach."""
    outcomes[[cell["method"] == "parallel" for cell in cells]] = np.inf
    return outcomes


def one_pair(cells: Cells) -> Cells:
    last = (cells[-1]["source"], cells[-1]["target"])
    return [cell for cell in cells if (cell["source"], cell["target"]) == last]


def judge_simulated(
    claim: Claim, change: Callable = everything, n: int = 30, keep: Callable = list,
    models: pd.DataFrame = KNOWN,
) -> dict:  # fmt: skip
    """Judge a claim on simulated data; its entry must be plain JSON, and its summary a text."""
    panels: dict[str, Panel] = {}
    for name, panel in zip(claim.reads, claim.panels, strict=True):
        cells = keep(cells_of(EXHIBITS[name]))
        outcomes = outcomes_of(EXHIBITS[name], len(cells), n).astype(np.float32)
        names = [f"i{k}" for k in range(n)]
        panels[panel] = new_panel(pd.DataFrame(cells), change(outcomes, cells), names)
    result = to_json(judge_claim(claim, panels, models))
    json.dumps(result, allow_nan=False)
    assert not re.search(r"\b(nan|inf|None(?! of \d))\b", result["summary"]), result["summary"]
    return result


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    monkeypatch.setattr(statistics, "RESAMPLES", 100)
    monkeypatch.setattr(statistics, "PERMUTATIONS", 99)
    monkeypatch.setattr(needed, "MULTIPLES", needed.MULTIPLES[::16])
    statistics.resampling_weights.cache_clear()
    yield
    statistics.resampling_weights.cache_clear()


EACH = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


@EACH
def test_hardly_any_data_come_to_a_verdict_with_a_text(claim):
    assert judge_simulated(claim, nothing)["verdict"] == "not run"
    assert judge_simulated(claim, n=1)["verdict"] in ("inconclusive", "not run")
    judge_simulated(claim, holes)
    if any(EXHIBITS[name].kind.name == "boundaries" for name in claim.reads):
        judge_simulated(claim, far)
    judge_simulated(claim, keep=one_pair)


@EACH
def test_cells_that_all_agree_support_no_difference(claim):
    """Ties decide only claims that cells are alike, or that compare a cell with a limit."""
    decided = {"alike", "rate_above", "exceeds", "peak", "surer"} & {t["kind"] for t in claim.tests}
    result = judge_simulated(claim, ties)
    assert decided or result["verdict"] in ("inconclusive", "not run"), result["summary"]


@pytest.mark.parametrize("known", [[], ["family"], ["family", "parameters"]])
@pytest.mark.parametrize("name", ["large-targets-robust", "capacity-and-error", "distances-grow"])
def test_models_of_which_little_is_known_come_to_a_verdict_with_a_text(name, known):
    (claim,) = (claim for claim in CLAIMS if claim.id == name)
    models = KNOWN[known] if known else pd.DataFrame({"family": {}})
    judge_simulated(claim, models=models)
    judge_simulated(claim, models=models.assign(family="one"))
    judge_simulated(claim, models=KNOWN.assign(family=KNOWN.index))
