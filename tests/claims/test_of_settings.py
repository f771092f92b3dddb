"""Tests of how much settings matter, on simulated data whose truth is known."""

import numpy as np
import pandas as pd
import pytest
from claim_panels import FLAT, PEAKED, SENSITIVE, STRONG, cosines, setting_panel, verdict
from nrg.analysis.panels import build_panel
from nrg.base.resources import WORKFLOW
from nrg.base.table_files import write_parquet
from nrg.claims.claims_file import load_claims
from nrg.claims.ledger import judge_claim
from nrg.claims.of_settings import compute_variance_terms
from nrg.study.exhibits import load_exhibits
from nrg.study.settings import load_suite


def test_a_mean_at_the_limit_is_seldom_called_above_and_one_that_exceeds_it_is_found():
    null = [verdict(STRONG, cosines(0.5, n=30, seed=seed)) for seed in range(100)]
    assert null.count("supported") <= 0.06 * 100
    assert null.count("contradicted") <= 0.06 * 100
    above = [verdict(STRONG, cosines(0.6, 0.6, n=50, seed=seed)) for seed in range(40)]
    assert above.count("supported") >= 0.8 * 40


TURNED = PEAKED[::-1]


@pytest.mark.parametrize("curves", [(FLAT, (30,) * 5), (PEAKED, TURNED), ((95,) * 5, (50,) * 5)])
def test_chance_seldom_makes_one_attack_more_sensitive(curves):
    runs = [verdict(SENSITIVE, setting_panel(*curves, n=100, seed=seed)) for seed in range(60)]
    assert runs.count("supported") <= 0.06 * 60
    assert runs.count("contradicted") <= 0.06 * 60


def test_a_curve_that_rises_and_falls_by_ten_points_more_is_mostly_found():
    curves = (60, 62, 65, 64, 63), (25, 32, 40, 36, 30)
    runs = [verdict(SENSITIVE, setting_panel(*curves, n=500, seed=seed)) for seed in range(30)]
    assert runs.count("supported") >= 0.8 * 30


def test_the_variance_is_that_of_the_rates_without_the_chance_of_few_images():
    random = np.random.default_rng(0)
    flat = [
        compute_variance_terms(100.0 * (random.random((5, 40)) < 0.5)).mean() for _ in range(400)
    ]
    assert abs(np.mean(flat)) < 3 * np.std(flat) / 400**0.5
    curves = [
        100.0 * (random.random((5, 100)) < np.array(PEAKED)[:, None] / 100) for _ in range(400)
    ]
    found = [compute_variance_terms(curve).mean() for curve in curves]
    assert np.mean(found) == pytest.approx(np.var(PEAKED, ddof=1), rel=0.05)
    errors = [compute_variance_terms(curve).std() / 100**0.5 for curve in curves]
    assert np.mean(errors) == pytest.approx(np.std(found), rel=0.15)


def test_images_that_some_point_lacks_play_no_part():
    curve = np.array([[0.0, 0, 0, np.nan, 0], [100, 100, 100, 100, 100]])
    found = compute_variance_terms(curve)
    assert np.isnan(found).tolist() == [False, False, False, True, False]
    assert found[0] == pytest.approx(np.var([0, 100], ddof=1))
    assert np.isnan(compute_variance_terms(curve * np.nan)).all()


def test_readings_of_gradients_are_tested_as_their_probes_write_them(tmp_path):
    """The files of a probe, through panels, to the claims that read them, at the digits' scale."""
    random = np.random.default_rng(0)
    suite = load_suite("digits", {})
    exhibits = load_exhibits(suite)
    names = [f"i{k}" for k in range(40)]
    shares = [
        pd.DataFrame({"method": method, "m": m, "image_id": names, "share": mean})
        for method, m, mean in (
            ("gradient", 0, 40 + random.normal(0, 5, 40)),
            ("parallel", 100, 20 + random.normal(0, 5, 40)),
            ("perpendicular", 100, 50 + random.normal(0, 5, 40)),
            ("difference", 100, 45 + random.normal(0, 5, 40)),
        )
    ]
    write_parquet(pd.concat(shares, ignore_index=True), tmp_path / "shares.parquet")
    noisy = exhibits["reading_noisy_copies"]
    cosines = [
        pd.DataFrame(
            {"source": model, "target": model, "sigma": sigma, "image_id": names}
            | {"cosine": 0.9 - 0.1 * step + random.normal(0, 0.05, 40)}
        )
        for model in noisy.sources
        for step, sigma in enumerate(noisy.probe.sigmas)
    ]
    write_parquet(pd.concat(cosines, ignore_index=True), tmp_path / "cosines.parquet")
    others = exhibits["reading_other_sources"]
    steps = [
        pd.DataFrame(
            {"source": source, "target": target, "image_id": names}
            | {"u": np.exp(random.normal(0, 0.3, 40))}
            | {"v": np.exp(random.normal(0 if source == target else 1, 0.3, 40))}
        )
        for source in others.sources
        for target in others.targets
    ]
    write_parquet(pd.concat(steps, ignore_index=True), tmp_path / "distances.parquet")
    files = {what: tmp_path / f"{what}.parquet" for what in ("shares", "cosines", "distances")}
    panels = {
        name: build_panel(exhibits[name], files)
        for name in ("reading_components", "reading_noisy_copies", "reading_other_sources")
    }
    claims = load_claims(WORKFLOW / "resources/claims.yaml", suite.pixel_scale)
    read = [claim for claim in claims if set(claim.reads) <= panels.keys()]
    assert [claim.id for claim in read] == [
        "other-sources",
        "noise-correlation",
        "spectrum-of-parts",
    ]
    for claim in read:
        found = judge_claim(claim, panels, pd.DataFrame({"family": {}}))
        assert found.verdict == "supported", found.summary
