"""The tests of the paper's sentences: every kind of test by its name.

A test sees a panel of cells, and never the paper's numbers next to them. The paper's own tables,
which come without images, go through the same tests as if they were the panel of another run. The
docstring of a kind is its rule, as the report prints it (`claims.ledger`). Throughout, a part is
significant if its p is below 0.05 after Holm's adjustment over all parts of the claim. A module of
kinds lists them in its own `KINDS`.
"""

from collections.abc import Callable, Sequence
from typing import Any, get_type_hints

import pandas as pd

from nrg.analysis.panels import Panel
from nrg.base.errors import UnknownName, UserError
from nrg.claims import of_curves, of_distances, of_models, of_pairs, of_settings, of_sources
from nrg.claims.cells import Test
from nrg.claims.parts import CannotTest
from nrg.claims.verdicts import Findings, Verdict, conclude

Kind = Callable[[Any, Panel, pd.DataFrame], Findings]  # each takes a test with keys of its own

MODULES = (of_pairs, of_curves, of_models, of_sources, of_settings, of_distances)
KINDS: dict[str, Kind] = {kind.__name__: kind for module in MODULES for kind in module.KINDS}


def check_test(test: Test, where: str) -> None:
    """Check that a test has the keys that its kind needs, and no others.

    Args:
        where: what holds the test, for the message.

    Raises:
        UserError: if it has not; the message names the key.
    """
    kind = test.get("kind", "")
    if kind not in KINDS:
        raise UnknownName(f"kind of test in {where}:", kind, KINDS)
    schema = get_type_hints(KINDS[kind])["test"]
    known = get_type_hints(schema)
    for key in test:
        if key not in known:
            raise UnknownName(f"key of the kind '{kind}' in {where}:", key, known)
    for key in sorted(schema.__required_keys__ - test.keys()):
        raise UserError(f"{where}: the kind '{kind}' needs the key '{key}'")


def judge(
    tests: Sequence[Test], panel: Panel, models: pd.DataFrame, partly: bool = False
) -> Verdict:
    """Carry out a claim's tests together, as one family.

    Args:
        models: family, parameters and top1_error of every model, indexed by its name.
        partly: whether to leave out tests that the panel cannot answer, as long as it answers one.

    Raises:
        CannotTest: the panel does not hold what a test needs.
    """
    findings, reasons = [], []
    for test in tests:
        try:
            findings.append(KINDS[test["kind"]](test, panel, models))
        except CannotTest as reason:
            reasons.append(reason)
    if reasons and not (partly and findings):
        raise reasons[0]
    return conclude(findings)
