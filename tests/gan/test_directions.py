"""Directions are found where they are known to lie, and nowhere else."""

import numpy as np
import pytest
import torch
from scipy import stats

from gan.attributes import ATTRIBUTES
from gan.config import NetworkConfig
from gan.directions import find, ground, ridge
from gan.latent import from_seed, left_of, moved
from gan.networks import Generator

AIR = -0.9
SIZE = 16


class Known(torch.nn.Module):
    """Stands for a generator: entry 0 is the brightness, entry 1 the depth of the breast."""

    config = NetworkConfig(latent=SIZE, rungs=3, channel_base=64, channel_max=8)

    def __init__(self) -> None:
        super().__init__()
        self.first = torch.nn.Linear(SIZE, 40)

    def start(self, z, label):
        return torch.stack([3 * z[:, 2], z[:, 3] ** 2], dim=1)[:, :, None, None]

    def forward(self, z, label, rung, noise=()):
        bright = (0.1 * z[:, 0]).clamp(-0.5, 0.5).reshape(-1, 1, 1)
        deep = (8 + 2 * z[:, 1]).reshape(-1, 1, 1)
        inside = torch.sigmoid(deep - torch.arange(16.0)).expand(-1, 20, 16)
        return ((1 + bright) * inside - 1)[:, None]


class Flat(Known):
    """Shows nothing but ground."""

    def forward(self, z, label, rung, noise=()):
        return torch.full((len(z), 1, 10, 8), -0.95)


@pytest.fixture(scope="module")
def directions():
    told = []
    found = find(
        Known(), AIR, 2, samples=600, progress=lambda d, t: told.append((d, t)), draw=Known()
    )
    assert told[-1][0] == told[-1][1]
    assert [d for d, _ in told] == sorted(d for d, _ in told)
    return found


def step_of(directions, name):
    names = [facts.name for facts in directions.facts]
    k = names.index(name)
    return directions.steps[k], directions.facts[k]


@pytest.mark.parametrize(("name", "entry"), [("brightness", 0), ("breast area", 1)])
def test_a_measured_direction_is_the_entry_that_makes_the_attribute(directions, name, entry):
    step, facts = step_of(directions, name)
    assert facts.kind == "measured"
    assert facts.r2 > 0.7
    cosine = step[entry] / np.linalg.norm(step)
    assert cosine > 0.8  # and more of it, not less
    # Read back on latents neither fit nor calibration has seen: one step is about one SD.
    assert facts.slope == pytest.approx(1, abs=0.3)


def test_a_feature_that_the_latent_tells_is_found_and_one_that_it_does_not_is_not(directions):
    features = [(s, f) for s, f in zip(*astuple(directions), strict=True) if f.kind == "feature"]
    assert len(features) == 1
    assert abs(features[0][0][2]) / np.linalg.norm(features[0][0]) > 0.99


def astuple(directions):
    return directions.steps, directions.facts


def test_a_random_direction_stands_at_the_end_and_is_near_no_other(directions):
    assert directions.facts[-1].kind == "random"
    unit = directions.steps[-1] / np.linalg.norm(directions.steps[-1])
    assert abs(unit[0]) < 0.7


def test_too_few_samples_are_refused():
    with pytest.raises(ValueError, match="20 samples; a fit of 16 numbers needs at least 32"):
        find(Known(), AIR, 2, samples=20, draw=Known())


def test_r2_of_noise_is_near_zero_and_of_a_plane_near_one():
    rng = np.random.default_rng(0)
    z = np.stack([from_seed(i, SIZE) for i in range(1000)])
    truth = rng.standard_normal(SIZE)
    values = np.stack([z @ truth, rng.standard_normal(1000)], axis=1)
    weights, r2 = ridge(z, values)
    assert r2[0] > 0.999
    assert abs(r2[1]) < 0.1
    slope = stats.linregress(truth, weights[0]).slope
    assert slope == pytest.approx(1, abs=0.01)


def test_every_attribute_of_an_untrained_network_is_found_or_dropped():
    torch.manual_seed(0)
    config = NetworkConfig(latent=8, rungs=2, channel_base=64, channel_max=8, labels=("CC", "MLO"))
    found = find(Generator(config), AIR, 1, samples=200)
    for facts in found.facts:
        assert facts.kind != "measured" or (facts.name in ATTRIBUTES and facts.r2 >= 0.1)
    assert len({facts.name for facts in found.facts}) == len(found.facts) == len(found.steps)


def test_locked_attributes_stay_and_the_asked_one_moves():
    """Two directions that lean on each other: by the linear model each is met exactly."""
    rng = np.random.default_rng(3)
    weights = rng.standard_normal((3, 64))
    weights[1] += weights[0]
    steps = (weights / np.sum(weights**2, axis=1, keepdims=True)).astype(np.float32)
    z = from_seed(0, 64)
    length = np.linalg.norm(z)

    def change(amounts, locked=()):
        end = moved(z, steps, amounts, locked).astype(np.float64)
        # Before it was brought back to the sphere: the shift is what the linear model speaks of.
        scale = length / np.linalg.norm(end)
        best = min(
            np.linspace(0.5, 1.5, 4001),
            key=lambda s: abs(np.dot(weights[0], s * end - z) - amounts[0]),
        )
        return weights @ (best * scale * end - z)

    assert change((0.5,), ()) == pytest.approx([0.5, change((0.5,), ())[1], 0], abs=0.6)
    locked = change((0.5,), (1, 2))
    np.testing.assert_allclose(locked, [0.5, 0.0, 0.0], atol=0.05)
    free = change((0.5,), ())
    assert abs(free[1]) > 5 * abs(locked[1])


def test_a_direction_within_locked_ones_has_nothing_left():
    steps = np.eye(4, dtype=np.float32)[:2]
    both = np.concatenate([steps, steps.sum(axis=0, keepdims=True)])
    assert left_of(both, 2, (0, 1)) == pytest.approx(0, abs=1e-7)
    assert left_of(both, 2, (0,)) == pytest.approx(np.sqrt(0.5))
    assert left_of(both, 0, ()) == left_of(both, 0, (0,)) == 1


def test_ground_is_what_the_nipple_side_shows():
    assert ground(Flat(), 0, draw=Flat()) == pytest.approx(-0.95)
    noisy = Generator(NetworkConfig(latent=8, rungs=2, channel_base=64, channel_max=8))
    assert -1.0 <= ground(noisy, 1) <= -0.8
