"""Every kind of test comes to every verdict, on made data whose truth is known."""

import pytest
from claim_cases import CASES
from claim_panels import VERDICTS, verdict
from nrg.claims.kinds import KINDS


@pytest.mark.parametrize(("test", "panel", "expected", "models"), CASES)
def test_every_kind_comes_to_every_verdict(test, panel, expected, models):
    assert verdict(test, panel, models) == expected


def test_the_cases_are_of_every_kind_and_verdict():
    seen = {(test["kind"], expected) for test, _, expected, _ in CASES}
    assert seen == {(kind, verdict) for kind in KINDS for verdict in VERDICTS}
