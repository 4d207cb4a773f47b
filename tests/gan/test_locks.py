"""What locked directions are moved by is found from what is measured, in a few tries."""

import numpy as np
import pytest

from gan.locks import NEAR, TRIES, corrected

LEANING = np.array([[1.1, 0.3], [-0.2, 0.8]])
START = np.array([0.6, -0.4])


@pytest.mark.parametrize("bend", [0.0, 0.15])
def test_what_two_directions_change_is_taken_back(bend):
    asked = []

    def off(at):
        asked.append(at)
        return START + LEANING @ at + bend * at**2

    found = corrected(off, 2)
    assert np.abs(off(found)).max() < 2 * NEAR < 0.2 * np.abs(START).max()
    assert len(asked) - 1 <= TRIES


def test_what_holds_is_left_alone_and_what_cannot_be_held_stays_within_bounds():
    assert not corrected(lambda at: np.array([0.01, -0.02]), 2).any()
    stuck = corrected(lambda at: np.array([2.0]) - 0.01 * np.tanh(at), 1)
    assert np.abs(stuck).max() <= 3
    worse = corrected(lambda at: START + 5 * np.abs(at), 2)
    assert not worse.any()  # the best try counts: none at all
