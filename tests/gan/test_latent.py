"""Walks on the hypersphere and directions."""

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from gan.latent import factorised_directions, from_seed, moved, normalised, slerp, through, turned

SEEDS = st.integers(0, 2**32 - 1)


def angle(a, b):
    cosine = np.dot(a, b) / (np.linalg.norm(a) * np.linalg.norm(b))
    return math.acos(float(np.clip(cosine, -1, 1)))


@given(SEEDS)
def test_latents_lie_on_the_sphere_and_repeat(seed):
    z = from_seed(seed, 64)
    assert np.linalg.norm(z) == pytest.approx(8.0, rel=1e-5)
    np.testing.assert_array_equal(z, from_seed(seed, 64))


@given(SEEDS, SEEDS, st.floats(0, 1))
def test_slerp_has_constant_speed_on_the_sphere(one, two, t):
    a, b = from_seed(one, 64), from_seed(two, 64)
    z = slerp(a, b, t)
    assert np.linalg.norm(z) == pytest.approx(8.0, rel=1e-4)
    assert angle(a, z) == pytest.approx(t * angle(a, b), abs=2e-3)


def test_slerp_between_antipodes_is_a_half_circle():
    a = from_seed(5, 32)
    middle = slerp(a, -a, 0.5)
    assert angle(a, middle) == pytest.approx(math.pi / 2, abs=1e-3)
    np.testing.assert_allclose(slerp(a, -a, 1.0), -a, atol=1e-4)


@given(SEEDS, st.floats(0, 1))
def test_turned_departs_by_the_asked_angle(seed, amount):
    z = from_seed(seed, 64)
    assert angle(z, turned(z, seed, amount)) == pytest.approx(amount * math.pi / 2, abs=2e-3)


def test_moved_stays_on_the_sphere_and_refuses_too_many_edits():
    z, directions = from_seed(1, 16), np.eye(16, dtype=np.float32)[:3]
    assert np.linalg.norm(moved(z, directions, (1.0, -2.0))) == pytest.approx(4.0, rel=1e-5)
    np.testing.assert_allclose(moved(z, directions, ()), z, rtol=1e-6)
    with pytest.raises(ValueError, match="4 edits given; the model has 3"):
        moved(z, directions, (0.0,) * 4)


def test_factorisation_finds_the_direction_that_moves_the_layer_most():
    torch.manual_seed(0)
    strong = torch.nn.functional.normalize(torch.randn(12), dim=0)
    weight = 0.05 * torch.randn(200, 12) + torch.randn(200, 1) * strong
    found = factorised_directions(weight, 4)
    assert found.shape == (4, 12)
    assert abs(float(found[0] @ strong.numpy())) > 0.99
    np.testing.assert_allclose(found @ found.T, np.eye(4), atol=1e-5)


def test_normalised_by_hand():
    np.testing.assert_allclose(normalised(np.array([3.0, 4.0])), np.array([3, 4]) * 2**0.5 / 5)


@pytest.mark.parametrize("closed", [False, True])
def test_a_way_through_keys_meets_them_and_has_no_corner(closed) -> None:
    keys = np.stack([from_seed(seed, 64) for seed in range(4)])
    segments = 4 if closed else 3

    def at(place: float) -> np.ndarray:
        return through(keys, place, closed=closed)[2].astype(np.float64)

    for k in range(segments + 1):
        np.testing.assert_allclose(at(k / segments), keys[k % 4], atol=1e-4)
        np.testing.assert_allclose(np.linalg.norm(at((k + 0.4) / (segments + 1))), 8, rtol=1e-5)
    h = 1e-3
    for k in range(0 if closed else 1, segments):
        here = k / segments
        before, after = at((here - h) % 1.0 if closed else here - h), at(here + h)
        corner = np.linalg.norm(after - 2 * at(here) + before)
        assert corner < 0.05 * np.linalg.norm(after - before)  # a corner of slerps has over 0.5


def test_a_way_through_the_same_key_twice_stays() -> None:
    keys = np.stack([from_seed(1, 16)] * 3)
    np.testing.assert_allclose(through(keys, 0.4, closed=True)[2], keys[0], atol=1e-5)
