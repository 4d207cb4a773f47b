"""The ladder as a pure function of the images shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from train.schedule import Growth, lasting, settled, stage_at, total

GROWTH = Growth(start=0, top=2, fade_kimg=(0, 1, 2), hold_kimg=(3, 4, 5))


@pytest.mark.parametrize(
    ("images", "rung", "alpha"),
    [
        (0, 0, 1.0),
        (2999, 0, 1.0),
        (3000, 1, 0.0),
        (3500, 1, 0.5),
        (4000, 1, 1.0),
        (7999, 1, 1.0),
        (8000, 2, 0.0),
        (9000, 2, 0.5),
        (10_000, 2, 1.0),
        (10**9, 2, 1.0),
    ],
)
def test_stages_by_hand(images, rung, alpha):
    stage = stage_at(images, GROWTH)
    assert (stage.rung, stage.alpha) == (rung, alpha)


def test_total_and_ends():
    assert GROWTH.total == 15_000
    assert stage_at(0, GROWTH).ends_at == 3000
    assert stage_at(14_999, GROWTH).ends_at == 15_000


def test_a_longer_training_holds_the_top_rung_on():
    longer = lasting(GROWTH, 21_000)
    assert longer.total == 21_000
    assert (longer.hold_kimg, longer.fade_kimg) == ((3, 4, 11), GROWTH.fade_kimg)
    assert lasting(GROWTH, 15_000) is lasting(GROWTH, 9000) is GROWTH


@given(st.integers(0, 20_000), st.integers(0, 20_000))
def test_never_steps_down(one, two):
    low, high = sorted((one, two))
    a, b = stage_at(low, GROWTH), stage_at(high, GROWTH)
    assert (a.rung, a.alpha) <= (b.rung, b.alpha)


def test_start_above_zero_begins_without_fading():
    assert stage_at(0, Growth(start=3, top=4)).alpha == 1.0


@pytest.mark.parametrize(
    "wrong", [{"start": 3, "top": 2}, {"fade_kimg": (-1,)}, {"hold_kimg": (0,)}]
)
def test_refuses(wrong):
    with pytest.raises(ValueError, match="growth"):
        Growth(**wrong)


def test_a_rung_left_early_moves_all_that_follows():
    assert stage_at(2500, GROWTH, (2000,)).alpha == 0.5
    assert stage_at(2500, GROWTH, (2000,)).rung == 1
    assert total(GROWTH, (2000,)) == 14_000
    assert total(GROWTH, (2000, 4000)) == 4000 + 2000 + 5000


@pytest.mark.parametrize(
    ("values", "over"),
    [
        ([10], False),
        ([10, 9.9], False),
        ([10, 9.9, 9.85], True),
        ([10, 9.7, 9.65, 9.4], False),
        ([10, 9.7, 9.65, 9.6], True),
        ([10, 11, 5, 6], False),
    ],
)
def test_settled_by_hand(values, over):
    assert settled(values, Growth(patience=2, gain=0.02)) is over
    assert not settled(values, Growth(patience=0))
