"""Tests reject at their nominal rate when there is nothing to find, and cover what there is."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats
from simulated import grid, kernel, ratings

from app.reading.statistics import dbm, mrmc_gallas, mrmc_or
from app.reading.statistics.covariance import METHODS, delong
from app.reading.statistics.equivalence import tost
from app.reading.statistics.grid import accuracy_kernel, auc_kernel, sensitivity_kernel
from app.reading.statistics.power import Plan, chance_band, expected, simulate

RUNS = 300
#: Three Monte-Carlo standard errors at 5 %; the tests are mildly liberal by 1 to 2 % with few
#: readers (Hillis 2007, and the reference this project follows: 3 to 8 %).
LOW, HIGH = 0.05 - 3 * np.sqrt(0.05 * 0.95 / RUNS), 0.07 + 3 * np.sqrt(0.05 * 0.95 / RUNS)


def _rates(one_run):
    generator = np.random.default_rng(7)
    return np.mean([one_run(generator) for _ in range(RUNS)], axis=0)


def test_reader_mean_against_chance():
    def one_run(generator):
        found = kernel(generator, readers=8)
        classic = mrmc_or.single(found.performance[0], delong(found))
        return [
            classic[mrmc_or.RANDOM].p < 0.05,
            mrmc_gallas.single(found, 0).p < 0.05,
            dbm.single(found, 0)[mrmc_or.RANDOM].p < 0.05,
        ]

    assert np.all(((rates := _rates(one_run)) > LOW) & (rates < HIGH)), rates


def test_fixed_readers_against_chance():
    def one_run(generator):
        found = kernel(generator, readers=4, reader_sd=0.0)
        classic = mrmc_or.single(found.performance[0], delong(found))
        return classic[mrmc_or.FIXED_READERS].p < 0.05

    assert LOW < _rates(one_run) < HIGH


def test_difference_of_two_modalities():
    def one_run(generator):
        found = kernel(generator, modalities=2, readers=6, cases=40, skill=0.8)
        table = mrmc_or.anova(found.performance, delong(found))
        return [
            mrmc_or.difference(table, 0, 1)[mrmc_or.RANDOM].p < 0.05,
            mrmc_or.overall(table)[mrmc_or.RANDOM].p < 0.05,
            mrmc_gallas.difference(found, 0, 1).p < 0.05,
        ]

    rates = _rates(one_run)
    assert rates[0] == rates[1]
    assert np.all((rates > LOW) & (rates < HIGH)), rates


def test_difference_of_two_groups_of_readers():
    def one_run(generator):
        scores = ratings(generator, readers=12, cases=40, skill=0.8)
        flat = auc_kernel(grid(scores))
        own = flat.performance[0, :5], flat.performance[0, 5:]
        found = mrmc_or.difference_nested(own, delong(flat))
        apart = np.full((2, 12, 80), np.nan)
        apart[0, :5], apart[1, 5:] = scores[0, :5], scores[0, 5:]
        gallas = mrmc_gallas.difference(auc_kernel(grid(apart)), 0, 1)
        return [found[mrmc_or.RANDOM].p < 0.05, gallas.p < 0.05]

    assert np.all(((rates := _rates(one_run)) > LOW) & (rates < HIGH)), rates


def test_equivalence_at_the_margin():
    """At a true AUC of exactly 0.6 equivalence to 0.5 +- 0.1 is found in at most 5 %."""
    limit = []
    for _ in range(30):  # the AUC of this model with ties, by a large sample
        found = kernel(np.random.default_rng(len(limit)), readers=20, cases=400, skill=0.37)
        limit.append(found.performance.mean())
    margin = float(np.mean(limit)) - 0.5
    assert 0.08 < margin < 0.12

    def one_run(generator):
        found = kernel(generator, readers=8, cases=70, skill=0.37, reader_sd=0.3)
        classic = mrmc_or.single(found.performance[0], delong(found))[mrmc_or.RANDOM]
        return [
            tost(classic, 0.5, margin).equivalent,
            tost(mrmc_gallas.single(found, 0), 0.5, margin).equivalent,
        ]

    assert np.all(((rates := _rates(one_run)) > LOW) & (rates < HIGH)), rates


def test_u_statistic_variance_is_unbiased_when_ratings_are_missing():
    """Each reader rated a random part of the cases: mean estimate against the true variance."""
    generator = np.random.default_rng(11)
    holes = generator.random((1, 5, 40)) < 0.4
    values, variances = [], []
    for _ in range(900):
        scores = ratings(generator, readers=5, cases=20, skill=0.8)
        found = mrmc_gallas.single(auc_kernel(grid(np.where(holes, np.nan, scores))), 0)
        values.append(found.value)
        variances.append(found.parts["variance_unbiased"])
    error = np.var(values) * np.sqrt(2 / len(values)) + np.std(variances) / np.sqrt(len(values))
    assert np.mean(variances) == pytest.approx(np.var(values, ddof=1), abs=2.5 * error)
    assert np.mean(variances) == pytest.approx(np.var(values, ddof=1), rel=0.15)


def test_difference_is_unbiased_when_modalities_share_one_class():
    """Two sets of positives against the same negatives, by the same readers."""
    generator = np.random.default_rng(12)
    values, variances = [], []
    for _ in range(900):
        scores = ratings(generator, modalities=2, readers=4, cases=20, skill=0.8)
        apart = np.full((2, 4, 60), np.nan)
        apart[0, :, :20] = scores[0, :, :20]
        apart[1, :, 20:40] = ratings(generator, modalities=1, readers=4, cases=20)[0, :, :20]
        apart[:, :, 40:] = scores[:, :, 20:]
        shared = replace(grid(apart), truth=np.arange(60) < 40)
        found = mrmc_gallas.difference(auc_kernel(shared), 0, 1)
        values.append(found.value)
        variances.append(found.parts["variance_unbiased"])
    assert np.mean(variances) == pytest.approx(np.var(values, ddof=1), rel=0.15)


@pytest.mark.parametrize("of", [accuracy_kernel, sensitivity_kernel])
def test_binary_endpoints_against_chance(of):
    def one_run(generator):
        scores = ratings(generator, readers=8) + 0.1 * generator.choice([-1, 1], (1, 8, 100))
        found = of(grid(scores))
        classic = mrmc_or.single(found.performance[0], METHODS["unbiased"](found))
        return [classic[mrmc_or.RANDOM].p < 0.05, mrmc_gallas.single(found, 0).p < 0.05]

    assert np.all(((rates := _rates(one_run)) > LOW) & (rates < HIGH)), rates


def test_delong_against_a_bootstrap():
    """Cases drawn again within their class; AUC by scipy's rank test, not by our kernel."""
    generator = np.random.default_rng(3)
    scores = ratings(generator, readers=2, cases=60, skill=1.0)[0]
    positive, negative = scores[:, :60], scores[:, 60:]
    draws = np.empty((4000, 2))
    for run in range(len(draws)):
        i, j = generator.integers(60, size=60), generator.integers(60, size=60)
        for r in (0, 1):
            both = np.concatenate([positive[r, i], negative[r, j]])
            draws[run, r] = (stats.rankdata(both)[:60].sum() - 60 * 61 / 2) / 3600
    wanted = np.cov(draws.T)
    found = delong(auc_kernel(grid(scores[None])))
    assert np.diag(found) == pytest.approx(np.diag(wanted), rel=0.10)
    assert found[0, 1] == pytest.approx(wanted[0, 1], abs=0.10 * wanted[0, 0])


#: Half-width and power at margin 0.1 from an independent simulation of 400 runs a cell.
TABLE = [
    (4, 50, 0.15, 0.078, 0.41),
    (6, 50, 0.30, 0.084, 0.28),
    (6, 100, 0.15, 0.052, 0.88),
    (10, 100, 0.30, 0.058, 0.75),
    (16, 50, 0.30, 0.062, 0.69),
]


@pytest.mark.parametrize(("readers", "cases", "sd", "half_width", "power"), TABLE)
def test_power_as_in_an_independent_simulation(readers, cases, sd, half_width, power):
    plan = Plan(readers=readers, positives=cases, negatives=cases, reader_sd=sd)
    simulated, computed = simulate(plan, runs=300), expected(plan)
    assert simulated.half_width == pytest.approx(half_width, abs=0.004)
    assert simulated.equivalence == pytest.approx(power, abs=0.1)
    assert computed.half_width == pytest.approx(half_width, abs=0.004)
    assert computed.equivalence == pytest.approx(power, abs=0.07)


def test_power_grows_with_readers_and_cases():
    def power(readers, cases):
        plan = Plan(readers=readers, positives=cases, negatives=cases)
        return expected(plan).equivalence

    assert power(4, 50) < power(8, 50) < power(16, 50) < power(16, 100)


def test_what_guessing_explains():
    assert [chance_band(n) for n in (60, 100, 200)] == [(22, 38), (40, 60), (86, 114)]
