"""Published and hand-computed numbers.

`imrmc_example.csv` is the worked example of the public-domain program iMRMC (CC0), with the
results that program prints.
"""

from pathlib import Path

import numpy as np
import pytest
from scipy import stats

from app.reading.ratings import CompletedReading
from app.reading.statistics import dbm, mrmc_gallas, mrmc_or
from app.reading.statistics.agreement import fleiss_kappa, gwet_ac1, intraclass
from app.reading.statistics.covariance import METHODS
from app.reading.statistics.grid import auc_kernel, grid_of
from app.reading.statistics.single_reader import detection, proportion
from app.reading.table import read_table

EXAMPLE = Path(__file__).with_name("imrmc_example.csv")


@pytest.fixture(scope="module")
def example() -> CompletedReading:
    return read_table(EXAMPLE.read_text())


@pytest.fixture(scope="module")
def kernel(example):
    return auc_kernel(grid_of(example))


def test_auc_of_each_reader_as_imrmc(kernel):
    wanted = [
        [0.631875, 0.72625, 0.893125, 0.484375, 0.78625],
        [0.675, 0.839375, 0.76375, 0.721875, 0.7925],
    ]
    assert kernel.performance == pytest.approx(np.array(wanted), abs=1e-6)


@pytest.mark.parametrize(
    ("of", "mean", "unbiased", "plug_in", "df", "p", "low", "high", "normal_p"),
    [
        ("A", 0.704375, 0.00631393, 0.005892, 6.805222, 0.042219, 0.509943, 0.898807, 0.01011),
        ("B", 0.7585, 0.00237205, 0.002650, 27.408388, 0.000013, 0.658568, 0.858432, None),
        ("A-B", -0.054125, 0.00498951, 0.004813, 7.350070, 0.468576, -0.221154, 0.112904, 0.443529),
    ],
)
def test_u_statistics_as_imrmc(kernel, of, mean, unbiased, plug_in, df, p, low, high, normal_p):
    found = {
        "A": lambda: mrmc_gallas.single(kernel, 0),
        "B": lambda: mrmc_gallas.single(kernel, 1),
        "A-B": lambda: mrmc_gallas.difference(kernel, 0, 1),
    }[of]()
    assert found.value == pytest.approx(mean, abs=1e-6)
    assert found.variance == pytest.approx(unbiased, abs=1e-6)
    assert found.parts["variance_plug_in"] == pytest.approx(plug_in, abs=1e-6)
    assert found.df == pytest.approx(df, abs=1e-4)
    assert found.p == pytest.approx(p, abs=1e-4)
    assert (found.low, found.high) == pytest.approx((low, high), abs=1e-5)
    if normal_p is not None:
        assert found.parts["normal_p"] == pytest.approx(normal_p, abs=1e-4)


def test_u_statistic_variances_equal_unbiased_obuchowski_rockette(kernel):
    matrix = METHODS["unbiased"](kernel)
    table = mrmc_or.anova(kernel.performance, matrix)
    pair = mrmc_or.difference(table, 0, 1)[mrmc_or.RANDOM]
    assert pair.variance == pytest.approx(mrmc_gallas.difference(kernel, 0, 1).variance, abs=1e-12)
    for m in (0, 1):
        own = matrix.reshape(2, 5, 2, 5)[m, :, m]
        alone = mrmc_or.single(kernel.performance[m], own)[mrmc_or.RANDOM]
        assert alone.variance == pytest.approx(mrmc_gallas.single(kernel, m).variance, abs=1e-12)


def test_dbm_equals_jackknife_obuchowski_rockette(kernel):
    matrix = METHODS["jackknife"](kernel)
    classic = mrmc_or.anova(kernel.performance, matrix)
    pseudo = dbm.mean_squares(dbm.pseudovalues(kernel))
    for population in (mrmc_or.RANDOM, mrmc_or.FIXED_READERS, mrmc_or.FIXED_CASES):
        one = mrmc_or.difference(classic, 0, 1)[population]
        other = dbm.difference(pseudo, 0, 1)[population]
        assert one.variance == pytest.approx(other.variance, rel=1e-9)
        f, g = mrmc_or.overall(classic)[population], dbm.overall(pseudo)[population]
        assert f.statistic == pytest.approx(g.statistic, rel=1e-9)
        if population != mrmc_or.FIXED_READERS:  # there chi-square against F
            assert (one.df, one.p) == pytest.approx((other.df, other.p), rel=1e-9)
    for population, one in mrmc_or.single(
        kernel.performance[0], matrix.reshape(2, 5, 2, 5)[0, :, 0]
    ).items():
        assert one.variance == pytest.approx(dbm.single(kernel, 0)[population].variance, rel=1e-9)


def test_delong_covariance_by_hand(kernel):
    """The textbook double loop, reader by reader."""
    values = kernel.values.reshape(10, 40, 40)
    positive = [[values[r, i].mean() for i in range(40)] for r in range(10)]
    negative = [[values[r, :, j].mean() for j in range(40)] for r in range(10)]
    wanted = np.cov(positive) / 40 + np.cov(negative) / 40
    assert METHODS["delong"](kernel) == pytest.approx(wanted, abs=1e-12)


#: Krippendorff's reliability data, 4 observers x 12 units, as analysed in Gwet's irrCAC.
FOUR_RATERS = np.array(
    [
        [1, 2, 3, 3, 2, 1, 4, 1, 2, np.nan, np.nan, np.nan],
        [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, np.nan, 3],
        [np.nan, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, np.nan],
        [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, np.nan],
    ]
)


def test_gwet_ac1_and_kappa_as_published():
    found = gwet_ac1(FOUR_RATERS)
    assert found.value == pytest.approx(0.77544, abs=1e-5)
    assert found.se == pytest.approx(0.14295, abs=1e-5)
    found = fleiss_kappa(FOUR_RATERS)
    assert found.value == pytest.approx(0.76117, abs=1e-5)
    assert found.se == pytest.approx(0.15302, abs=1e-5)


#: Shrout & Fleiss 1979, table 2: six targets, four judges.
JUDGES = np.array(
    [[9, 6, 8, 7, 10, 6], [2, 1, 4, 1, 5, 2], [5, 3, 6, 2, 6, 4], [8, 2, 8, 6, 9, 7]], dtype=float
)


def test_intraclass_correlation_as_shrout_and_fleiss():
    one, mean = intraclass(JUDGES)
    assert (one.value, mean.value) == pytest.approx((0.29, 0.62), abs=0.005)
    # Intervals as printed by R's psych::ICC and irr::icc for these data.
    assert (one.low, one.high) == pytest.approx((0.019, 0.761), abs=0.001)
    assert (mean.low, mean.high) == pytest.approx((0.071, 0.927), abs=0.001)


def test_wilson_interval_of_a_published_reading():
    found = proportion(1781, 3000)  # Park et al. 2021
    assert found.wilson == pytest.approx((0.576, 0.611), abs=5e-4)


@pytest.mark.parametrize(("right", "of"), [(0, 7), (7, 7), (3, 7), (58, 100)])
def test_both_intervals_as_scipy(right, of):
    found, wanted = proportion(right, of, alpha=0.1), stats.binomtest(right, of)
    for own, method in ((found.wilson, "wilson"), (found.exact, "exact")):
        assert own == pytest.approx(tuple(wanted.proportion_ci(0.9, method)), abs=1e-9)
    assert found.p == wanted.pvalue


def test_detection_by_hand():
    found = detection(30, 40, 10, 40)  # (30.5 / 41, 10.5 / 41)
    assert found.dprime.value == pytest.approx(2 * 0.65542, abs=1e-4)
    assert found.criterion.value == pytest.approx(0, abs=1e-12)
