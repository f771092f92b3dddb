"""A run in a few sentences, for the first page of Snakemake's own report."""

import json
import re
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nrg.base.number_text import format_interval, format_signed
from nrg.study.exhibits import label_exhibit, label_method


def describe_findings(claims: Path) -> list[str]:
    """What noise reduction gains in the paper's tables, and how many claims have which outcome.

    Args:
        claims: the ledger, claims.json.

    Returns:
        Sentences in reStructuredText; none if the claims are not tested yet.
    """
    if not claims.exists():
        return []
    ledger = json.loads(claims.read_text(encoding="utf-8"))
    gains = [g for g in ledger.get("gains", []) if not g["exhibit"].startswith("reading_")]
    sentences = [describe_gain(gain) for gain in gains]
    outcomes = Counter(claim["outcome"] for claim in ledger["claims"] if claim.get("outcome"))
    counts = [f"“{outcome}” {count}" for outcome, count in outcomes.most_common()]
    if counts:
        sentences.append(f"Outcomes of the {outcomes.total()} claims tested: {', '.join(counts)}.")
    return [re.sub(r"([\\*`_|])", r"\\\1", sentence) for sentence in sentences]


def describe_gain(gain: Mapping[str, Any]) -> str:
    """One of the ledger's gains as a sentence."""
    plain, reduced = label_method(gain["plain"]), label_method(gain["reduced"])
    here = f"{reduced} fools other networks in {gain['reduced_mean']:.1f} % of cases, {plain} in"
    size = f"{format_signed(gain['gain'])} points"
    interval = format_interval(gain["ci_low"], gain["ci_high"], "points")
    text = f"{label_exhibit(gain['exhibit'])}: {here} {gain['plain_mean']:.1f} %: {size}"
    if printed := gain["paper"]:
        pair = f"{printed['reduced_mean']:.1f} and {printed['plain_mean']:.1f} %"
        return f"{text} (95 % interval {interval}). The paper prints {pair}."
    return f"{text} (95 % interval {interval})."
