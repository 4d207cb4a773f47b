"""Effects of order: nominal rates where there are none, found where they were put in."""

from dataclasses import replace

import numpy as np
import pytest

from app.reading.ratings import Rating
from app.reading.statistics.order import order_effects, time_effects


def _reading(generator, *, learns=0.0, repeats_itself=0.0, readers=8, cases=80):
    hard = generator.normal(0, 0.7, cases)
    rows = []
    for r in range(readers):
        lean, before = generator.normal(0, 0.4), 0.0
        for order, c in enumerate(generator.permutation(cases)):
            truth = c < cases // 2
            skill = learns * order / cases * (1 if truth else -1)
            felt = hard[c] + lean + skill + repeats_itself * before + generator.normal()
            before = float(np.sign(felt))
            rows.append(
                Rating(
                    reader=f"r{r}",
                    case=f"c{c}",
                    truth=bool(truth),
                    rating=float(felt > 0),
                    order=order + 1,
                    seconds=float(np.exp(generator.normal(2 + 0.2 * hard[c], 0.5))),
                )
            )
    return rows


def test_nominal_rates_without_effects():
    generator = np.random.default_rng(1)
    found = []
    for _ in range(120):
        rows = _reading(generator)
        order, time = order_effects(rows, 0.5), time_effects(rows, 0.5)
        estimates = (order.learning, order.previous_call, order.previous_truth, time.positive)
        found.append([e.p < 0.05 for e in estimates])
    rates = np.mean(found, axis=0)
    assert np.all(rates <= 0.05 + 3 * np.sqrt(0.05 * 0.95 / 120)), rates


def test_effects_that_are_there():
    generator = np.random.default_rng(2)
    learns = order_effects(_reading(generator, learns=2.0, cases=200), 0.5)
    assert learns.learning.low > 0
    assert learns.stretches[0].right.value < learns.stretches[-1].right.value
    assert sum(s.right.trials for s in learns.stretches) == 1600
    serial = order_effects(_reading(generator, repeats_itself=0.8, cases=200), 0.5)
    assert serial.previous_call.low > 0


def test_interrupted_trials_are_no_times():
    rows = _reading(np.random.default_rng(3))
    wanted = time_effects(rows, 0.5)
    late = [replace(r, case=f"x{i}", seconds=1e4, interrupted=True) for i, r in enumerate(rows)]
    assert time_effects(rows + late, 0.5).correct.value == pytest.approx(wanted.correct.value)


def test_nothing_to_tell():
    assert order_effects([Rating(reader="r", case="c", truth=True, rating=1)], 0.5) is None
    assert time_effects([], 0.5) is None
