"""Walks with even steps, by hand."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.core.pace import bounced, even, strides


def test_strides_are_mean_differences():
    frames = np.array([[[0, 0]], [[1, 3]], [[1, 3]]], np.uint8)
    np.testing.assert_allclose(strides(frames), [2, 0])


def test_half_of_the_change_is_where_most_changes():
    steps = np.array([0.0, 0.0, 8.0, 2.0])
    assert even(0.4, steps) == pytest.approx(0.5 + 0.25 * 0.5)
    assert even(1.0, steps) == 1.0
    assert even(0.3, np.zeros(4)) == 0.3
    assert even(0.3, np.full(4, 2e-313)) == 0.3


@given(st.lists(st.floats(0, 10), min_size=1, max_size=20), st.floats(0, 1), st.floats(0, 1))
def test_even_steps_never_go_back(steps, one, two):
    low, high = sorted((one, two))
    steps = np.array(steps)
    assert 0 <= even(low, steps) <= even(high, steps) <= 1


def test_there_and_back():
    assert [bounced(s) for s in (0.0, 0.25, 1.0, 1.5, 2.0, 3.75)] == [0, 0.25, 1, 0.5, 0, 0.25]
