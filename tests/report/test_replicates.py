"""What the page says of other zoos."""

import json
import re
from dataclasses import replace

import pytest
from nrg.report.context import gather
from nrg.report.replicates import read_replicates
from nrg.report.write import render_page


def spread(values: list[float], low: float | None, zoos_low: float | None) -> dict:
    mean = sum(values) / len(values)
    known = {"label": "", "own": values[0], "ci_low": low, "ci_high": 9.0}
    zoos_high = None if zoos_low is None else 8.0
    return known | {"values": values, "mean": mean, "zoos_low": zoos_low, "zoos_high": zoos_high}


def gain(reduced: str, low: float, zoos_low: float | None) -> dict:
    of_zoos = spread([5.0, 3.0, 7.0], low, zoos_low)
    return {"exhibit": "table1", "plain": "fgsm", "reduced": reduced, "gain": of_zoos}


def claim(name: str, *outcomes: str) -> dict:
    counts = {outcome: outcomes.count(outcome) for outcome in outcomes}
    entry = {"id": name, "says": f"It is {name}.", "unit": "points", "outcomes": outcomes}
    return entry | {"counts": counts, "effects": [spread([1.0, 2.0, 0.0], 0.5, None)]}


@pytest.fixture
def run_on_zoos(run):
    """A run of which Table 1 is made on three zoos."""
    gains = [gain("nr-fgsm", 4.0, 1.5), gain("nr-igsm", 0.5, -0.5), gain("nr-fgm-l2", 0.5, None)]
    claims = [claim("sure", "holds", "holds", "holds"), claim("unsure", "holds", "undecided")]
    found = {"zoo_seeds": [0, 1, 2], "gains": gains, "claims": claims}
    run.results.fill("replicates.json").write_text(json.dumps(found))
    return replace(run, settings=replace(run.settings, replicates=3))


def test_gains_are_counted_by_their_intervals_over_images_and_over_zoos(run_on_zoos):
    replicates = read_replicates(run_on_zoos)
    assert (replicates.zoos, replicates.claims) == (3, 2)
    assert (replicates.above_on_images, replicates.above_on_zoos) == (3, 1)
    assert [claim["id"] for claim in replicates.differing] == ["unsure"]


def test_a_run_on_its_own_zoo_alone_says_nothing_of_others(run_on_zoos):
    alone = replace(run_on_zoos, settings=replace(run_on_zoos.settings, replicates=1))
    assert read_replicates(alone) is None
    run_on_zoos.results.fill("replicates.json").unlink()
    assert read_replicates(run_on_zoos) is None
    assert 'id="zoos"' not in render_page(gather(run_on_zoos), b"")


def test_the_page_sets_both_intervals_side_by_side(run_on_zoos):
    page = render_page(gather(run_on_zoos), b"")
    part = page.partition('<section aria-labelledby="zoos">')[2].partition("</section>")[0]
    text = " ".join(re.sub("<[^>]+>", " ", part).split())
    assert "3 of 3 gains" in text
    assert "1 of 3 are, by their interval over 3 zoos" in text
    assert "nr-FGSM +5.0 +4.0 to +9.0 +5.0 +1.5 to +8.0 +3.0 to +7.0" in text
    assert "nr-FGM ℓ2 +5.0 +0.5 to +9.0 +5.0 – +3.0 to +7.0" in text
    assert "1 of the 2 claims that every zoo can test has the same outcome on each zoo" in text
    assert "It is unsure “holds” here; of all zoos 1 × “holds”, 1 × “undecided”; mean" in text
    assert "It is sure" not in text
