"""Tests and intervals, against closed forms, other implementations and simulation."""

from itertools import permutations

import numpy as np
import pytest
from nrg.analysis import statistics
from scipy.stats import binomtest, false_discovery_control, norm, spearmanr, ttest_1samp

NAMES = tuple(f"image {k}" for k in range(150))


def draws(*rates: float, seed: int = 0, n: int = 150) -> np.ndarray:
    """Successes of cells of these rates, in percent."""
    random = np.random.default_rng(seed)
    return 100.0 * (random.random((len(rates), n)) < np.array(rates)[:, None])


@pytest.mark.parametrize(("up", "down"), [(0, 0), (5, 0), (3, 9), (10, 10), (40, 21)])
def test_mcnemar_is_a_binomial_test_of_the_images_that_differ(up, down):
    differences = np.array([100] * up + [-100] * down + [0] * 7 + [np.nan] * 3)
    expected = binomtest(up, up + down).pvalue if up + down else 1
    assert statistics.sign_test(differences) == pytest.approx(expected)


def test_mcnemar_takes_many_pairs_at_once():
    before, after = draws(*[0.3] * 20), draws(*[0.5] * 20, seed=1)
    together = statistics.sign_test(after - before)
    assert together.tolist() == [statistics.sign_test(row) for row in after - before]


@pytest.mark.parametrize("n", [60, 400])
def test_mcnemar_keeps_its_level_and_finds_what_is_there(n):
    random = np.random.default_rng(0)
    same = random.random((2000, n)) < 0.4
    null = 100.0 * (random.random((2000, n)) < 0.4) - 100 * same
    assert (statistics.sign_test(null) < 0.05).mean() <= 0.05
    rise = 100.0 * (random.random((2000, n)) < 0.7) - 100 * same
    assert (statistics.sign_test(rise) < 0.05).mean() > 0.85


@pytest.mark.parametrize(("k", "n", "rate"), [(0, 5, 0.9), (95, 100, 0.9), (50, 100, 0.5)])
def test_a_rate_has_twice_the_nearer_binomial_tail(k, n, rate):
    tails = [binomtest(k, n, rate, alternative=side).pvalue for side in ("less", "greater")]
    assert statistics.rate_test(k, n, rate) == pytest.approx(min(1, 2 * min(tails)))


def closed_holm(p: np.ndarray) -> list[float]:
    """Holm by its definition: over the hypotheses no less significant, the largest product."""
    ranks = [sum((p < x) | ((p == x) & (np.arange(len(p)) < i))) for i, x in enumerate(p)]
    scaled = [min(1, (len(p) - rank) * x) for rank, x in zip(ranks, p, strict=True)]
    return [max(s for s, r in zip(scaled, ranks, strict=True) if r <= rank) for rank in ranks]


@pytest.mark.parametrize("seed", range(5))
def test_holm(seed):
    p = np.random.default_rng(seed).random(12) ** 3
    got = statistics.holm(p)
    assert got.tolist() == pytest.approx(closed_holm(p))
    assert (got >= false_discovery_control(p)).all(), "stricter than Benjamini and Hochberg"
    with_gaps = statistics.holm(np.insert(p, [0, 5], np.nan))
    assert with_gaps[~np.isnan(with_gaps)].tolist() == got.tolist()


def test_holm_of_many_families_is_that_of_each():
    p = np.random.default_rng(0).random((20, 7)) ** 4
    p[::3, 2] = np.nan
    each = [statistics.holm(row) for row in p]
    assert np.array_equal(statistics.holm(p), np.array(each), equal_nan=True)


def test_holm_holds_the_familys_error():
    random = np.random.default_rng(0)
    wrong = [(statistics.holm(random.random(30)) < 0.05).any() for _ in range(2000)]
    assert np.mean(wrong) < 0.05 + 3 * np.sqrt(0.05 * 0.95 / 2000)


def test_resamples_are_of_the_units_and_depend_on_their_names_alone():
    weights = statistics.resampling_weights(NAMES)
    assert set(weights.sum(1)) == {len(NAMES)}
    again = statistics.resampling_weights.__wrapped__(NAMES)
    assert (weights == again).all()
    assert (weights != statistics.resampling_weights((*NAMES[:-1], "another"))).any()


def test_resampled_means_leave_out_what_is_unknown():
    outcomes = draws(0.4, 0.6)
    outcomes[1, :50] = np.nan
    weights = statistics.resampling_weights(NAMES)
    own = [np.average(outcomes[1, 50:], weights=w[50:]) for w in weights[:20]]
    got = statistics.resampled_means(outcomes, NAMES)
    assert got[:20, 1] == pytest.approx(own, rel=1e-5)
    assert statistics.means(outcomes).tolist() == pytest.approx(np.nanmean(outcomes, 1).tolist())


def test_bootstrap_intervals_of_paired_differences_cover():
    hits = []
    for seed in range(300):
        cells = draws(0.4, 0.55, seed=seed)
        means = statistics.resampled_means(cells, NAMES)
        low, high = statistics.interval(means[:, 1] - means[:, 0], 0.05)
        hits.append(low <= 15 <= high)
    assert 0.91 < np.mean(hits) < 0.985


def test_the_resampled_p_of_resamples_is_that_of_a_z_test():
    cells = draws(0.4, 0.5)
    difference = cells[1] - cells[0]
    means = statistics.resampled_means(cells, NAMES)
    z = difference.mean() / (difference.std() / np.sqrt(len(NAMES)))
    got = statistics.resampled_p(difference.mean(), means[:, 1] - means[:, 0])
    assert got == pytest.approx(2 * norm.sf(abs(z)), rel=0.25)
    assert statistics.resampled_p(3.0, np.full(10, 3.0)) == 1


def test_student():
    values = np.array([1.0, 2.5, 0.3, 1.9])
    low, high, p = statistics.student(values, 0.05)
    expected = ttest_1samp(values, 0)
    assert p == pytest.approx(expected.pvalue)
    assert (low, high) == pytest.approx(tuple(expected.confidence_interval(0.95)))
    assert np.isnan(statistics.student(values[:1], 0.05)).all()


def test_spearman_and_its_strata():
    random = np.random.default_rng(0)
    x, y = random.random(9), np.round(random.random((5, 9)), 1)
    together = np.zeros(9)
    got = statistics.rank_correlation(x, y, together)
    assert got.tolist() == pytest.approx([spearmanr(x, row).statistic for row in y])
    strata = np.array([0, 0, 0, 1, 1, 1, 1, 2, 2])
    shifted = x + 10 * strata, -x - 100 * strata
    assert statistics.rank_correlation(*shifted, strata) == pytest.approx(-1)


def test_permutations_within_strata_are_the_exact_test():
    x, strata = np.arange(7.0), np.array([0, 0, 0, 1, 1, 1, 1])
    y = np.array([1.0, 3, 2, 4, 5, 7, 6])

    def rho(values):
        return statistics.rank_correlation(x, values, strata)

    every = [rho(np.array([*a, *b])) for a in permutations(y[:3]) for b in permutations(y[3:])]
    exact = np.mean(np.abs(every) >= rho(y) - 1e-12)
    got = statistics.permutation_p(rho, y, strata, ["a", "b"])
    assert got == pytest.approx(exact, abs=0.015)


def test_rank_regression_solves_least_squares():
    random = np.random.default_rng(1)
    x, y = random.random((2, 12)), random.random(12)
    ranks = [np.argsort(np.argsort(row)).astype(float) for row in (*x, y)]
    a, b, c = [(row - row.mean()) / row.std() for row in ranks]
    solved = np.linalg.lstsq(np.stack([a, b], 1), c, rcond=None)[0]
    assert statistics.rank_regression(x, y, np.zeros(12)).tolist() == pytest.approx(solved.tolist())


def test_rank_regression_tells_the_variables_apart(monkeypatch):
    monkeypatch.setattr(statistics, "PERMUTATIONS", 499)
    random = np.random.default_rng(0)
    wrong, found = [], []
    for trial in range(300):
        x = random.random((2, 14))
        y = -3 * x[0] + 0.3 * random.random(14)
        first, second = statistics.regression_p(x, y, np.zeros(14), [str(trial)])
        found.append(first < 0.05)
        wrong.append(second < 0.05)
    assert np.mean(found) > 0.95
    assert np.mean(wrong) <= 0.06


@pytest.mark.parametrize("n", [5, 9, 40, 101])
def test_the_interval_of_a_median_is_exact(n):
    values = np.random.default_rng(0).normal(size=(4000, n))
    hits = []
    for row in values:
        low, high = statistics.median_interval(row, row, 0.05)
        hits.append(low <= 0 <= high if low else high == np.inf)
    assert np.mean(hits) >= 0.945
    assert statistics.majority_p(n, n) == pytest.approx(0.5**n)


def test_a_rate_that_units_share_is_known_better_together():
    random = np.random.default_rng(0)
    both = 100.0 * (random.random(60) < 0.5)
    more = np.where(random.random(60) < 0.2, 100.0, both)
    left, right = np.append(both, np.nan), np.append(more, 100.0)
    apart = np.full((2, 121), np.nan)
    apart[0, :60], apart[1, 60:] = both, right
    assert statistics.rates_p(left, right) < statistics.rates_p(*apart)


def test_a_statistic_of_no_image_is_not_a_number():
    got = statistics.bootstrap(np.array([]), np.median)
    assert got["n"] == 0
    assert np.isnan([got["value"], got["ci_low"], got["ci_high"]]).all()


def test_bootstrap_intervals_cover_the_truth():
    rng = np.random.default_rng(1)
    hits = 0
    for _ in range(200):
        got = statistics.bootstrap(rng.normal(3, 1, 60), np.mean)
        hits += got["ci_low"] <= 3 <= got["ci_high"]
    assert 180 <= hits <= 199
    censored = statistics.bootstrap(np.array([1.0, 2.0, np.inf, np.inf, np.inf]), np.median)
    assert not np.isnan(censored["value"])
    assert censored["value"] == np.inf
