"""A ledger of claims as claims.json holds it."""

from typing import Any


def made_claim(name: str, **fields: Any) -> dict[str, Any]:
    """A claim that holds; `fields` replace its own."""
    claim = {"id": name, "says": f"The claim {name}.", "test": "It is tested by pairs."}
    claim |= {"exhibits": ["table1"], "kinds": ["paired"], "written": True, "our_limit": None}
    claim |= {"lacking": []}
    claim |= {"verdict": "supported", "outcome": "holds", "on_average": "supported"}
    claim |= {"outcome_reason": "Every pair agrees.", "summary": "All pairs agree.", "direction": 1}
    claim |= {"effect": 5.0, "unit": "points", "ci_low": 4.0, "ci_high": 6.0, "p": 0.01}
    claim |= {"over": "images", "seen": "digits", "holding": 1, "of": 1, "parts": [], "paper": None}
    return claim | fields


def made_gain(exhibit: str = "table1", **fields: Any) -> dict[str, Any]:
    """A gain of nr-FGSM over FGSM; `fields` replace its own."""
    gain = {"exhibit": exhibit, "plain": "fgsm", "reduced": "nr-fgsm", "pairs": 30, "images": 50}
    gain |= {"pairs_raised": 29}
    gain |= {"plain_mean": 30.0, "reduced_mean": 36.0, "gain": 6.0, "ci_low": 5.0, "ci_high": 7.0}
    gain |= {"p": 0.001, "plain_gradients": 1, "reduced_gradients": 20}
    gain |= {"paper": {"plain_mean": 40.0, "reduced_mean": 60.0}}
    return gain | fields


def made_ledger(
    *claims: dict[str, Any], gains: list[dict[str, Any]] | None = None
) -> dict[str, Any]:
    """A ledger of these claims and gains."""
    ledger = {"claims": list(claims), "gains": gains or [], "alpha": 0.05}
    return ledger | {"rules": {"paired": "By McNemar."}, "blindness": "Nobody peeked."}
