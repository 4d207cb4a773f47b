"""What must not change the result, and what must change it in a known way."""

from dataclasses import replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats
from simulated import grid, ratings

from app.reading.statistics import mrmc_gallas, mrmc_or
from app.reading.statistics.covariance import METHODS
from app.reading.statistics.grid import Grid, auc_kernel
from app.reading.statistics.regression import linear, logistic
from app.reading.statistics.single_reader import holm, mean_roc, roc

SEEDS = st.integers(0, 10_000)


def _numbers(found: Grid):
    kernel = auc_kernel(found)
    pair = mrmc_gallas.difference(kernel, 0, 1)
    numbers = [pair.value, pair.variance, pair.df, mrmc_gallas.single(kernel, 0).variance]
    for method in METHODS.values():
        table = mrmc_or.anova(kernel.performance, method(kernel))
        for one in mrmc_or.difference(table, 0, 1).values():
            numbers += [one.variance, one.p]
    return np.array(numbers)


def _panel(seed):
    return ratings(np.random.default_rng(seed), modalities=2, readers=4, cases=12, skill=0.7)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_monotone_transform_and_relabelling(seed):
    scores = _panel(seed)
    wanted = _numbers(grid(scores))
    assert _numbers(grid(np.exp(scores) * 3 - 7)) == pytest.approx(wanted, rel=1e-9)
    assert _numbers(grid(scores[:, ::-1])) == pytest.approx(wanted, rel=1e-9)
    positive, negative = scores[..., :12], scores[..., 12:]
    mixed = np.concatenate([positive[..., ::-1], np.roll(negative, 3, axis=2)], axis=2)
    assert _numbers(grid(mixed)) == pytest.approx(wanted, rel=1e-9)


@settings(max_examples=10, deadline=None)
@given(SEEDS)
def test_swapped_truth_mirrors_the_auc(seed):
    found = grid(_panel(seed))
    kernel, mirrored = auc_kernel(found), auc_kernel(replace(found, truth=~found.truth))
    assert mirrored.performance == pytest.approx(1 - kernel.performance)
    for method in METHODS.values():
        assert method(mirrored) == pytest.approx(method(kernel), abs=1e-12)
    one, other = mrmc_gallas.single(kernel, 0), mrmc_gallas.single(mirrored, 0)
    assert (one.variance, one.df) == pytest.approx((other.variance, other.df))


def test_auc_and_kernel_against_scipy():
    found = grid(_panel(1))
    for m in range(2):
        for r in range(4):
            one, other = found.scores[m, r, :12], found.scores[m, r, 12:]
            u = stats.mannwhitneyu(one, other).statistic
            assert auc_kernel(found).performance[m, r] == pytest.approx(u / 144)
            curve = roc(one, other)
            area = np.trapezoid(curve.true_positive, curve.false_positive)
            assert area == pytest.approx(u / 144)


def test_mean_roc_has_the_mean_area():
    found = grid(ratings(np.random.default_rng(2), readers=5, cases=200, skill=1.0))
    curves = [roc(found.scores[0, r, :200], found.scores[0, r, 200:]) for r in range(5)]
    mean = mean_roc(curves)
    area = np.trapezoid(mean.true_positive, mean.false_positive)
    assert area == pytest.approx(auc_kernel(found).performance.mean(), abs=0.01)


def test_unbiased_covariances_by_enumeration():
    """Every quadruple of a tiny study, written as in Gallas 2006, against the fast sums."""
    scores = ratings(np.random.default_rng(3), readers=2, cases=4)
    kernel = auc_kernel(grid(scores))
    one, other = kernel.values[0, 0], kernel.values[0, 1]
    for a, b, wanted in ((one, one, (0, 0)), (one, other, (0, 1))):
        same, by_i, by_j, apart = [], [], [], []
        kind = {(1, 1): same, (1, 0): by_i, (0, 1): by_j, (0, 0): apart}
        for i, j, i2, j2 in product(range(4), repeat=4):
            kind[i == i2, j == j2].append(a[i, j] * b[i2, j2])
        found = a.mean() * b.mean() - np.mean(apart)
        assert METHODS["unbiased"](kernel)[wanted] == pytest.approx(found, abs=1e-12)
        assert len(same) + len(by_i) + len(by_j) + len(apart) == 256


def test_cases_shared_in_one_class_only():
    """Two generators against the same real images: covariance through the real ones alone."""
    scores = ratings(np.random.default_rng(4), readers=3, cases=30, modalities=2)
    apart = np.full((2, 3, 90), np.nan)
    apart[0, :, :30], apart[1, :, 30:60] = scores[0, :, :30], scores[1, :, :30]
    apart[:, :, 60:] = scores[:, :, 30:]
    found = replace(grid(apart), truth=np.arange(90) < 60)
    kernel = auc_kernel(found)
    matrix = METHODS["delong"](kernel)
    full = auc_kernel(grid(scores))
    negative = full.values.mean(axis=2).reshape(6, 30)
    assert matrix[:3, 3:] == pytest.approx(np.cov(negative)[:3, 3:] / 30)
    assert matrix[:3, :3] == pytest.approx(METHODS["delong"](full)[:3, :3])
    pair = mrmc_gallas.difference(kernel, 0, 1)
    assert pair.parts["components"]["negative_cases"] > -1
    assert pair.estimable


def test_holm_by_hand():
    assert holm([0.01, 0.04, None, 0.03]) == pytest.approx([0.03, 0.06, None, 0.06])
    assert holm([]) == []


def test_regressions_recover_what_was_put_in():
    generator = np.random.default_rng(5)
    readers = [f"r{i % 8}" for i in range(4000)]
    cases = [f"c{i // 8}" for i in range(4000)]
    x = generator.standard_normal(4000)
    by_reader = np.array([int(r[1:]) / 8 for r in readers])
    y = 0.5 * x + by_reader + generator.standard_normal(4000)
    found = linear({"x": x}, y, readers, cases)["x"]
    assert found.value == pytest.approx(0.5, abs=0.06)
    slope = np.linalg.lstsq(
        np.column_stack([x, *(np.array(readers) == f"r{i}" for i in range(8))]), y, rcond=None
    )[0][0]
    assert found.value == pytest.approx(slope)
    chance = 1 / (1 + np.exp(-(0.7 * x + by_reader - 0.5)))
    odds = logistic({"x": x}, (generator.random(4000) < chance).astype(float), readers, cases)["x"]
    assert odds.low < 0.7 < odds.high
    perfect = logistic({"x": x}, (x > 0).astype(float), readers, cases)["x"]
    assert "predicted perfectly" in perfect.reason
