"""The study of Van Dyke et al. (1993): published results of three other programs.

Cine against spin-echo MRI for aortic dissection, 2 modalities, 5 readers, 45 + 69 patients, ratings
1 to 5 (a digit for each case). Numbers with jackknife covariances are those of OR-DBM MRMC 2.51
(University of Iowa) and RJafroc, the others those of MRMCaov (vignette).
"""

import csv
from dataclasses import replace
from pathlib import Path

import pytest

from app.reading.ratings import CompletedReading, Rating
from app.reading.statistics.analysis import Analysis, analyse
from app.reading.statistics.mrmc_or import FIXED_CASES, FIXED_READERS, RANDOM

DATA = Path(__file__).with_name("van_dyke.csv")


def study(case: str = "{case}") -> CompletedReading:
    """Return the study; `case` names the cases, and so tells who shares them."""
    with DATA.open(encoding="utf-8") as file:
        truth, *rows = csv.DictReader(file)
    return CompletedReading(
        ratings=tuple(
            Rating(
                reader=row["reader"],
                modality=row["treatment"],
                case=case.format(case=n, **row),
                truth=is_positive == "1",
                rating=float(value),
            )
            for row in rows
            for n, (is_positive, value) in enumerate(
                zip(truth["ratings"], row["ratings"], strict=True)
            )
        ),
        threshold=2.5,
    )


@pytest.fixture(scope="module")
def found() -> Analysis:
    return analyse(study())


def near(value: float):
    return pytest.approx(value, rel=2e-6, abs=2e-9)


def test_areas_of_readers(found) -> None:
    wanted = (
        [0.91964573, 0.85877617, 0.90386473, 0.97310789, 0.82979066],
        [0.94782609, 0.90531401, 0.92173913, 0.99935588, 0.92995169],
    )
    for panel, areas in zip(found.panel["auc"], wanted, strict=True):
        assert list(panel.performance.values()) == pytest.approx(areas, abs=5e-9)


@pytest.mark.parametrize(
    ("method", "parts", "statistic", "df", "p", "low", "high"),
    [
        (
            "jackknife",
            (0.00080228827, 0.00034661371, 0.00034407483, 0.00023902837, 0.001534999, 0.0002004025),
            4.4563187,
            15.259675,
            0.051665686,
            -0.087959499,
            0.00035885444,
        ),
        (
            "delong",
            (0.0007921325, 0.0003420090, 0.0003395265, 0.0002358497, 0.0015364254, 0.0002045840),
            4.484854,
            15.06611,
            0.05123303,
            -0.0878671960,
            0.0002665519,
        ),
        (
            "unbiased",
            (0.0007883925, 0.0003416706, 0.0003390650, 0.0002356148, 0.0015365290, 0.0002077588),
            4.489614,
            15.03418,
            0.0511618,
            -0.0878519409,
            0.0002512968,
        ),
    ],
)  # fmt: skip
def test_readers_and_cases_random(found, method, parts, statistic, df, p, low, high) -> None:
    test = found.overall["auc"].obuchowski_rockette[method][RANDOM]
    assert (test.statistic, test.df_denominator, test.p) == (
        pytest.approx(statistic, abs=1e-6),
        pytest.approx(df, abs=1e-5),
        pytest.approx(p, abs=1e-7),
    )
    pair = found.comparisons["auc"][0].obuchowski_rockette[method][RANDOM]
    pooled = found.overall["auc"].differences[0].obuchowski_rockette[method][RANDOM]
    assert (pair.value, pooled.p) == (near(-0.043800322), near(pair.p))
    assert pair.p == near(test.p)
    assert (pair.low, pair.high) == (pytest.approx(low, abs=1e-8), pytest.approx(high, abs=1e-8))
    names = (
        "error_variance",
        "cov1",
        "cov2",
        "cov3",
        "reader_variance",
        "modality_reader_variance",
    )
    assert [pair.parts[name] for name in names] == pytest.approx(parts, abs=5e-10)


def test_dorfman_berbaum_metz_agrees(found) -> None:
    test = found.overall["auc"].dorfman_berbaum_metz[RANDOM]
    assert (test.statistic, test.df_denominator, test.p) == (
        near(4.4563187),
        near(15.259675),
        near(0.051665686),
    )


def test_one_population_fixed(found) -> None:
    tests = found.overall["auc"].obuchowski_rockette["jackknife"]
    assert (tests[FIXED_READERS].statistic, tests[FIXED_READERS].p) == (
        near(5.4759532),
        near(0.019279843),
    )
    assert (tests[FIXED_CASES].statistic, tests[FIXED_CASES].p) == (near(8.704), near(0.041958752))
    pair = found.comparisons["auc"][0].obuchowski_rockette["jackknife"]
    assert (pair[FIXED_READERS].low, pair[FIXED_READERS].high) == (
        near(-0.080485914),
        near(-0.0071147303),
    )
    assert (pair[FIXED_CASES].low, pair[FIXED_CASES].high) == (
        near(-0.085020224),
        near(-0.0025804202),
    )


@pytest.mark.parametrize(
    ("modality", "mean", "se", "df", "low", "high", "fixed"),
    [
        (0, 0.89703704, 0.033173597, 12.744648, 0.82522360, 0.96885048, 0.024289710),
        (1, 0.94083736, 0.021566368, 12.710190, 0.89413783, 0.98753689, 0.016776324),
    ],
)
def test_one_modality_alone(found, modality, mean, se, df, low, high, fixed) -> None:
    by_population = found.panel["auc"][modality].obuchowski_rockette["jackknife"]
    alone = by_population[RANDOM]
    assert (alone.value, alone.se, alone.df) == (near(mean), near(se), near(df))
    assert (alone.low, alone.high) == (near(low), near(high))
    assert by_population[FIXED_READERS].se == near(fixed)


def test_sensitivity_by_the_same_machinery(found) -> None:
    """MRMCaov calls a rating of 3 or more positive; its jackknife is over all cases, as ours."""
    panels = found.panel["sensitivity"]
    assert [p.primary.value for p in panels] == pytest.approx([0.8222222, 0.92], abs=1e-6)
    test = found.overall["sensitivity"].obuchowski_rockette["jackknife"][RANDOM]
    assert test.parts["ms_modality"] == pytest.approx(0.02390123, abs=1e-8)
    assert test.parts["ms_modality_reader"] == pytest.approx(0.001802469, abs=1e-9)
    assert test.statistic == pytest.approx(6.689493, rel=0.01)
    assert test.p == pytest.approx(0.02008822, rel=0.02)


def test_each_reader_with_cases_of_his_own() -> None:
    found = analyse(study("{reader}-{case}"))
    test = found.overall["auc"].obuchowski_rockette["jackknife"][RANDOM]
    assert (test.statistic, test.df_denominator, test.p) == (near(8.704), near(4), near(0.04195875))
    assert test.parts["cov1"] == pytest.approx(3.490676e-04, abs=1e-10)
    assert test.parts["error_variance"] == pytest.approx(8.079682e-04, abs=1e-10)


def test_each_modality_with_cases_of_its_own() -> None:
    found = analyse(study("{treatment}-{case}"))
    test = found.overall["auc"].obuchowski_rockette["jackknife"][RANDOM]
    assert test.statistic == pytest.approx(2.104491, abs=1e-6)
    assert test.df_denominator == pytest.approx(68.42325, abs=1e-5)
    assert test.p == pytest.approx(0.1514363, abs=1e-7)
    pair = found.comparisons["auc"][0].obuchowski_rockette["jackknife"][RANDOM]
    assert (pair.low, pair.high) == pytest.approx((-0.10404242, 0.01644178), abs=1e-8)


def test_u_statistics_of_readers_who_read_one_modality_each() -> None:
    """Here iMRMC adds what ours keeps apart; for crossed readers the two are the same."""
    crossed = analyse(study()).comparisons["auc"][0].gallas
    assert crossed.df == crossed.parts["df_imrmc"]
    whole = study()
    rows = tuple(r for r in whole.ratings if (r.reader in "12") == (r.modality == "1"))
    apart = analyse(replace(whole, ratings=rows)).comparisons["auc"][0].gallas
    assert apart.df >= apart.parts["df_imrmc"] >= 1
